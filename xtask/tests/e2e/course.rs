//! The copy of the course that all tests share.

use crate::command::Command;
use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

/// What is made in the workbook's folder, and so is neither copied nor removed.
const MADE: [&str; 3] = [".git", ".workbook", "target"];

/// The student's file, from the workbook's folder.
pub const STUDENT: &str = "exercises/05-collectives/src/lib.rs";
/// The reference's.
pub const REFERENCE: &str = "solutions/05-collectives/src/lib.rs";

/// Where exercises have their files.
const PARENTS: [&str; 2] = ["solutions", "exercises"];
/// Where exercises are that the course shall not have for a while.
const ASIDE: &str = ".workbook/aside";

static TURN: Mutex<()> = Mutex::new(());

/// A copy of the course, as the repository has it, and nobody else's until it is dropped.
pub struct Course {
    root: PathBuf,
    _turn: MutexGuard<'static, ()>,
    // Another `cargo test` may run at the same time.
    _lock: File,
}

/// Waits for the copy, and makes it equal to the repository: whatever the test before has changed is
/// as it was, and nothing is known of a student's progress. Its MPI is the private one.
pub fn course() -> Course {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = File::create(folder.join("course.lock")).unwrap();
    lock.lock().unwrap();
    let course = Course {
        root: folder.join("course"),
        _turn: turn,
        _lock: lock,
    };
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::create_dir_all(&course.root).unwrap();
    course.bring_back();
    make_equal(repository, &course.root, &MADE, &course.root);
    for entry in entries(&course.root.join(".workbook")) {
        if entry.to_string_lossy().starts_with("progress") {
            fs::remove_file(course.path(".workbook").join(entry)).unwrap();
        }
    }
    // The machine may have an MPI, of any kind; the tests are about the workbook's own.
    static SET_UP: Once = Once::new();
    SET_UP.call_once_force(|_| {
        let fresh = !course.path(".workbook").exists();
        let said = course.xtask("setup --private").run();
        assert_eq!(said.code, Some(0), "{said:#?}");
        if fresh {
            // What it does, where, and how much it is; then its steps, two for each package.
            let lines: Vec<&str> = said.stderr.lines().collect();
            assert!(said.stderr.contains(" MB"), "{said:#?}");
            let steps = ["[1/4] fetching MPICH", "[2/4] unpacking MPICH"];
            assert!(lines.len() == 6, "{said:#?}");
            assert!(
                std::iter::zip(&lines[2..], steps).all(|(line, step)| line.starts_with(step)),
                "{said:#?}"
            );
        }
    });
    course
}

impl Course {
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces a text that stands in a file.
    pub fn change(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} does not say {from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// The folders of the exercises, in order.
    pub fn exercises(&self) -> Vec<String> {
        let names = entries(&self.path("exercises")).into_iter();
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| self.path("exercises").join(name).is_dir());
        names.sort();
        names
    }

    /// Leaves only these exercises in the course. The others are moved, not removed, so that their
    /// files keep their times.
    pub fn keep_only(&self, exercises: &[&str]) {
        for parent in PARENTS {
            fs::create_dir_all(self.path(ASIDE).join(parent)).unwrap();
            for name in self.exercises() {
                let (here, there) = (
                    format!("{parent}/{name}"),
                    format!("{ASIDE}/{parent}/{name}"),
                );
                if !exercises.contains(&name.as_str()) && self.path(&here).exists() {
                    fs::rename(self.path(&here), self.path(&there)).unwrap();
                }
            }
        }
    }

    fn bring_back(&self) {
        for parent in PARENTS {
            let aside = self.path(ASIDE).join(parent);
            for name in entries(&aside) {
                let home = self.path(parent).join(&name);
                remove(&home);
                fs::rename(aside.join(&name), home).unwrap();
            }
        }
    }

    /// The command with these arguments, which must not hold blanks, in the workbook's folder.
    pub fn xtask(&self, arguments: &str) -> Command {
        Command::alone_in(&self.root, arguments)
    }
}

fn entries(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).collect()
}

/// Makes a folder hold what another one holds. Files that are equal keep their times, so that cargo
/// does not build them again.
fn make_equal(from: &Path, to: &Path, but: &[&str], copy: &Path) {
    // The target folder may have any name.
    let left_out =
        |name: &OsString| but.iter().any(|it| *it == name) || copy.starts_with(from.join(name));
    let (wanted, found) = (entries(from), entries(to));
    for name in found {
        if !left_out(&name) && !wanted.contains(&name) {
            remove(&to.join(name));
        }
    }
    for name in wanted.into_iter().filter(|name| !left_out(name)) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            if !to.is_dir() {
                remove(&to);
                fs::create_dir(&to).unwrap();
            }
            make_equal(&from, &to, &[], copy);
        } else if fs::read(&to).ok() != Some(fs::read(&from).unwrap()) {
            remove(&to);
            fs::copy(&from, &to).unwrap();
        }
    }
}

fn remove(path: &Path) {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    removed.unwrap();
}

#[test]
fn equal_files_keep_their_times_and_the_rest_follows() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    for (path, text) in [
        ("from/same/a", "a"),
        ("from/new/b", "b"),
        ("from/changed", "new"),
        ("from/was-a-folder", ""),
        ("from/target/x", ""),
        ("to/same/a", "a"),
        ("to/changed", "old"),
        ("to/was-a-folder/c", ""),
        ("to/gone/d", ""),
        ("to/target/y", ""),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let time = |name: &str| fs::metadata(to.join(name)).unwrap().modified().unwrap();
    let before = time("same/a");
    make_equal(&from, &to, &MADE, &to);
    assert_eq!(time("same/a"), before);
    let mut names = entries(&to);
    names.sort();
    assert_eq!(names, ["changed", "new", "same", "target", "was-a-folder"]);
    assert_eq!(fs::read_to_string(to.join("changed")).unwrap(), "new");
    assert_eq!(fs::read_to_string(to.join("new/b")).unwrap(), "b");
    assert!(to.join("was-a-folder").is_file());
    assert_eq!(entries(&to.join("target")), ["y"]);
}
