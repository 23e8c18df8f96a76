//! Files that are never half written and never overwritten unseen: what a student has done must
//! outlast a crash, a full disk and two programs at once.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Writes a file so that whoever opens it, even after a crash, finds the old content or the new.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let (new, mut file) = reserve(path, "new")?;
    let written = file
        .write_all(content)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // What failed is worth saying, not that its remains could not be removed.
        let _ = fs::remove_file(&new);
    }
    written?;
    // The rename itself reaches the disk with the folder. Some file systems cannot sync a folder;
    // then the rename is still atomic and only its moment is open.
    if let Some(folder) = path.parent() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// Gives the file a second name, `<name>.kept-<n>` with the next free number. The next [`write()`]
/// takes the first name away, so that the second keeps the content, with all that an editor writes
/// until then.
pub(crate) fn keep(path: &Path) -> io::Result<PathBuf> {
    // What an editor saved a moment ago may not have reached the disk: it should before the new
    // content does. Where it cannot be synced, the second name is all that can be done.
    let _ = File::open(path).and_then(|file| file.sync_all());
    loop {
        let kept = numbered(path, "kept")?;
        match fs::hard_link(path, &kept) {
            Ok(()) => return Ok(kept),
            // Another program took the number since.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error),
            // A file system without hard links, such as exFAT.
            Err(_) => return move_aside(path, "kept"),
        }
    }
}

/// Renames the file to `<name>.<label>-<n>`, with the next free number.
pub(crate) fn move_aside(path: &Path, label: &str) -> io::Result<PathBuf> {
    // A rename overwrites what is there: it goes over an empty file that is ours.
    let (aside, placeholder) = reserve(path, label)?;
    drop(placeholder);
    match fs::rename(path, &aside) {
        Ok(()) => Ok(aside),
        Err(error) => {
            let _ = fs::remove_file(&aside);
            Err(error)
        }
    }
}

/// Creates an empty file `<name>.<label>-<n>` that was not there before.
fn reserve(path: &Path, label: &str) -> io::Result<(PathBuf, File)> {
    loop {
        let candidate = numbered(path, label)?;
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&candidate)
        {
            Ok(file) => return Ok((candidate, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// `<name>.<label>-<n>`, where n is one above the highest number there: the order of the numbers is
/// the order in time, also when some were deleted.
fn numbered(path: &Path, label: &str) -> io::Result<PathBuf> {
    let mut prefix = path
        .file_name()
        .map(OsStr::to_os_string)
        .unwrap_or_default();
    prefix.push(format!(".{label}-"));
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut highest = 0_u64;
    for entry in fs::read_dir(folder)? {
        if let Some(number) = number_after(&prefix, &entry?.file_name()) {
            highest = highest.max(number.into());
        }
    }
    prefix.push((highest + 1).to_string());
    Ok(folder.join(prefix))
}

fn number_after(prefix: &OsString, name: &OsStr) -> Option<u32> {
    name.to_str()?.strip_prefix(prefix.to_str()?)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn writing_leaves_only_the_file() {
        let folder = folder_with(&[("a", "old")]);
        let path = folder.path().join("a");
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = folder_with(&[]);
        let path = folder.path().join("a");
        fs::create_dir(&path).unwrap();
        assert!(write(&path, b"new").is_err());
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn numbers_rise_and_nothing_is_overwritten() {
        let folder = folder_with(&[
            ("a", "mine"),
            ("a.kept-9", "nine"),
            ("a.kept-x", "x"),
            ("b.kept-20", ""),
        ]);
        let path = folder.path().join("a");
        assert_eq!(keep(&path).unwrap(), folder.path().join("a.kept-10"));
        assert_eq!(
            fs::read(&path).unwrap(),
            b"mine",
            "the first name stays until it is written"
        );
        write(&path, b"next").unwrap();
        assert_eq!(fs::read(folder.path().join("a.kept-10")).unwrap(), b"mine");
        assert_eq!(
            move_aside(&path, "kept").unwrap(),
            folder.path().join("a.kept-11")
        );
        assert_eq!(
            names(folder.path()),
            [
                "a.kept-10",
                "a.kept-11",
                "a.kept-9",
                "a.kept-x",
                "b.kept-20"
            ]
        );
        assert_eq!(fs::read(folder.path().join("a.kept-11")).unwrap(), b"next");
    }

    #[test]
    fn what_is_not_there_cannot_be_kept() {
        let folder = folder_with(&[]);
        let path = folder.path().join("a");
        assert_eq!(keep(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(
            move_aside(&path, "kept").unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    fn a_save_between_keeping_and_writing_is_kept() {
        let folder = folder_with(&[("a", "first save")]);
        let path = folder.path().join("a");
        let kept = keep(&path).unwrap();
        fs::write(&path, "second save").unwrap();
        write(&path, b"pristine").unwrap();
        assert_eq!(fs::read(kept).unwrap(), b"second save");
    }
}
