//! The working copy: a workbook with the course's own files, in `.workbook/grade/course`. Of the references, and of
//! the programs on slides, it has only what cargo needs to read the workspace: manifests, and empty files of
//! code. Its builds stay from one call to the next. Cargo's settings are those of the clone, in whose folder the
//! copy is: cargo would add up two of them.

use anyhow::{Context, Result, bail};
use course::{
    Course, Exercise, durable,
    stub::{Original, pristine},
};
use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
};

/// From the workbook's folder.
const FOLDER: &str = ".workbook/grade";

pub(crate) struct Copy {
    /// The working copy's folder.
    pub(crate) root: PathBuf,
    /// The clone that it is a copy of.
    pub(crate) clone: PathBuf,
    /// Where other files of a grading may be.
    pub(crate) beside: PathBuf,
    // One grading at a time.
    _lock: File,
}

impl Copy {
    /// Makes it equal to the course, or makes it. Files that are equal keep their times, so that cargo does not build
    /// them again.
    pub(crate) fn prepare(course: &Course) -> Result<Self> {
        let from = course.root();
        let beside = from.join(FOLDER);
        let making = || format!("making the working copy in {}", beside.display());
        fs::create_dir_all(&beside).with_context(making)?;
        let lock = File::create(beside.join("lock")).with_context(making)?;
        if lock.try_lock().is_err() {
            bail!("submissions are being graded in this clone already: wait until that has ended");
        }
        let root = beside.join("course");
        fs::create_dir_all(root.join("slides")).with_context(making)?;
        for (name, blank) in [
            ("Cargo.toml", false),
            ("Cargo.lock", false),
            ("rust-toolchain.toml", false),
            ("exercises", false),
            ("xtask", false),
            ("solutions", true),
            ("slides/programs", true),
        ] {
            follow(&from.join(name), &root.join(name), blank).with_context(making)?;
        }
        let copy = Self {
            root,
            clone: from.to_owned(),
            beside: beside.clone(),
            _lock: lock,
        };
        for exercise in course.exercises() {
            // Whoever teaches may have played with them.
            for original in Original::ALL {
                let text = pristine(from, exercise, original)?;
                put(&copy.root.join(original.name(exercise)), text.as_bytes())?;
            }
        }
        copy.link_mpi(from).with_context(making)?;
        Ok(copy)
    }

    /// The workbook's own MPI, and the choice of it.
    fn link_mpi(&self, from: &Path) -> std::io::Result<()> {
        let (from, to) = (from.join(".workbook"), self.root.join(".workbook"));
        fs::create_dir_all(&to)?;
        if from.join("mpi").is_dir() && !to.join("mpi").exists() {
            std::os::unix::fs::symlink(from.join("mpi"), to.join("mpi"))?;
        }
        if from.join("setup.json").is_file() && !to.join("setup.json").exists() {
            fs::copy(from.join("setup.json"), to.join("setup.json"))?;
        }
        Ok(())
    }

    /// Puts answers into the working copy.
    pub(crate) fn put(&self, exercise: &Exercise, text: &[u8]) -> Result<()> {
        put(&self.root.join(Original::Stub.name(exercise)), text)
    }
}

fn put(path: &Path, text: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    durable::write(path, text).with_context(|| format!("writing {}", path.display()))
}

fn entries(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).collect()
}

/// Makes a file or folder hold what another one holds; `blank`: of code nothing but the name.
fn follow(from: &Path, to: &Path, blank: bool) -> std::io::Result<()> {
    let Ok(data) = fs::symlink_metadata(from) else {
        return remove(to);
    };
    if data.is_dir() {
        if !to.is_dir() {
            remove(to)?;
            fs::create_dir(to)?;
        }
        let wanted = entries(from);
        for name in entries(to).iter().filter(|name| !wanted.contains(name)) {
            remove(&to.join(name))?;
        }
        // What `reset` has kept are answers.
        let kept = |name: &OsString| name.to_string_lossy().contains(".kept-");
        for name in wanted.iter().filter(|name| !kept(name)) {
            follow(&from.join(name), &to.join(name), blank)?;
        }
        return Ok(());
    }
    let is_needed = from.extension().is_some_and(|ending| ending == "toml");
    let text = match () {
        () if !data.is_file() => return remove(to),
        () if blank && !is_needed => Vec::new(),
        () => fs::read(from)?,
    };
    if fs::read(to).ok().as_deref() != Some(&text) {
        remove(to)?;
        fs::write(to, &text)?;
    }
    Ok(())
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_left_blank_and_equal_files_keep_their_times() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for (path, text) in [
            ("from/a/Cargo.toml", "[package]"),
            ("from/a/src/lib.rs", "the answer"),
            ("from/notes.md", "the answer"),
            ("to/old/lib.rs", "gone"),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        follow(&from, &to, true).unwrap();
        assert_eq!(
            fs::read_to_string(to.join("a/Cargo.toml")).unwrap(),
            "[package]"
        );
        assert_eq!(fs::read_to_string(to.join("a/src/lib.rs")).unwrap(), "");
        assert_eq!(fs::read_to_string(to.join("notes.md")).unwrap(), "");
        assert!(!to.join("old").exists());
        let time = || {
            fs::metadata(to.join("a/src/lib.rs"))
                .unwrap()
                .modified()
                .unwrap()
        };
        let before = time();
        follow(&from, &to, true).unwrap();
        assert_eq!(time(), before);
        follow(&from, &to, false).unwrap();
        assert_eq!(
            fs::read_to_string(to.join("a/src/lib.rs")).unwrap(),
            "the answer"
        );
    }
}
