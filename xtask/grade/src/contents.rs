//! What a build was made from. Cargo looks at the times of files: it takes one that `cp -p`, `unzip` or
//! `mv` has put in the place of another, with an older time, for unchanged. A verdict belongs to the
//! contents, so beside each thing that is built stands a note of what it was made from.

use crate::buffers;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// The hash of each file, by its path; none where it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contents(BTreeMap<PathBuf, Option<u64>>);

/// What is known of something that was built.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    /// It is this one, and not one that somebody has built since.
    built: Identity,
    made_from: Contents,
    /// Whether it may call a function with two buffers that do not fit each other; none for a library. To
    /// find that out takes as long as a small check.
    unlike: Option<bool>,
}

/// When a file was written, in nanoseconds, and how long it is. Not its inode: cargo copies programs
/// where it cannot link them.
type Identity = (u128, u64);

impl Contents {
    /// The contents of these files.
    fn of(files: impl IntoIterator<Item = PathBuf>) -> Self {
        Self(
            files
                .into_iter()
                .map(|file| (hash(&file), file))
                .map(|(hash, file)| (file, hash))
                .collect(),
        )
    }

    /// The files.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().map(PathBuf::as_path)
    }

    /// The contents of all files in these folders.
    pub(crate) fn below(folders: &[&Path]) -> Self {
        let mut files = Vec::new();
        for folder in folders {
            collect(folder, &mut files);
        }
        Self::of(files)
    }
}

/// Files that cannot be listed are none: what was built from them does not agree with its note then.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&path, files),
            _ => files.push(path),
        }
    }
}

fn hash(file: &Path) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    fs::read(file).ok()?.hash(&mut hasher);
    Some(hasher.finish())
}

fn identity(file: &Path) -> Option<Identity> {
    let data = file.metadata().ok()?;
    let written = data.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let age = written.duration_since(UNIX_EPOCH).unwrap_or_default();
    Some((age.as_nanos(), data.len()))
}

/// Where the note on something that was built is kept.
fn note_on(built: &Path) -> PathBuf {
    let mut name = built.as_os_str().to_owned();
    name.push(".made-from");
    name.into()
}

fn read(built: &Path) -> Option<Note> {
    let note = fs::read(note_on(built)).ok()?;
    let note: Note = serde_json::from_slice(&note).ok()?;
    is_same(note.built, identity(built)?).then_some(note)
}

/// Whether this is what was noted. The layers of a container's image, and archives, keep whole seconds.
fn is_same(noted: Identity, now: Identity) -> bool {
    const SECOND: u128 = 1_000_000_000;
    let cut = |(written, length): Identity| (written / SECOND * SECOND, length);
    now == noted || now == cut(noted)
}

/// Whether a program may call a function with two buffers that do not fit each other, if that was noted.
pub(crate) fn unlike(built: &Path) -> Option<bool> {
    read(built)?.unlike
}

/// Whether this was made from what its sources hold now. Somebody may have built it by hand: then
/// nothing is known of it.
pub(crate) fn is_current(built: &Path) -> bool {
    read(built).is_some_and(|note| {
        let files = note.made_from.0.keys().cloned();
        Contents::of(files) == note.made_from
    })
}

/// Notes that this was made from what its sources hold now.
///
/// # Errors
/// When the note cannot be written.
pub(crate) fn note(built: &Path, root: &Path) -> Result<()> {
    let (Some(identity), Some(files)) = (identity(built), sources(built, root)) else {
        // Without a note it is built again the next time.
        return Ok(());
    };
    let note = Note {
        built: identity,
        made_from: Contents::of(files),
        unlike: built.extension().is_none().then(|| buffers::is_in(built)),
    };
    let path = note_on(built);
    // Another check may be reading it. Only one writes, under the lock of the builds.
    let new = path.with_extension("made-from-new");
    let written = serde_json::to_vec(&note)
        .map_err(io::Error::from)
        .and_then(|text| fs::write(&new, text))
        .and_then(|()| fs::rename(&new, &path));
    written.with_context(|| format!("noting in {} what was built", path.display()))
}

/// The files that this was compiled from, from the list that the compiler leaves beside it: `x.d` for
/// `libx.rlib` and for `x` (The rustc book, `--emit=dep-info`).
fn sources(built: &Path, root: &Path) -> Option<Vec<PathBuf>> {
    let name = built.file_name()?.to_str()?;
    let name = name
        .strip_prefix("lib")
        .and_then(|name| name.strip_suffix(".rlib"))
        .unwrap_or(name);
    let list = fs::read_to_string(built.with_file_name(format!("{name}.d"))).ok()?;
    Some(listed(&list).iter().map(|file| root.join(file)).collect())
}

/// The files in a rule of `make`, in which blanks in names are escaped.
fn listed(rule: &str) -> Vec<String> {
    let first = rule.lines().next().unwrap_or_default();
    let files = first.split_once(": ").map_or("", |(_, files)| files);
    let escaped = files.replace("\\ ", "\0");
    let names = escaped.split(' ').filter(|name| !name.is_empty());
    names.map(|name| name.replace('\0', " ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs::File, time::Duration};

    fn set_time(file: &Path, time: SystemTime) {
        File::options()
            .write(true)
            .open(file)
            .unwrap()
            .set_modified(time)
            .unwrap();
    }

    #[test]
    fn what_was_built_is_known_again_in_an_image() {
        let noted = (5_000_000_700, 11);
        assert!(is_same(noted, noted));
        assert!(is_same(noted, (5_000_000_000, 11)));
        for other in [
            (5_000_000_701, 11),
            (6_000_000_000, 11),
            (5_000_000_000, 12),
        ] {
            assert!(!is_same(noted, other), "{other:?}");
        }
        assert!(!is_same((5_000_000_000, 11), noted));
    }

    #[test]
    fn contents_count_and_times_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (name, text) in [
            ("main.rs", "fn main() {}"),
            ("with blank.rs", ""),
            ("x", "a program"),
            ("x.d", "/t/x: main.rs with\\ blank.rs\n\nmain.rs:\n"),
        ] {
            fs::write(path(name), text).unwrap();
        }
        let (built, main) = (path("x"), path("main.rs"));
        assert!(!is_current(&built));
        note(&built, folder.path()).unwrap();
        assert!(is_current(&built));

        let later = SystemTime::now() + Duration::from_secs(3);
        set_time(&main, later);
        assert!(is_current(&built));
        for time in [later, SystemTime::UNIX_EPOCH] {
            fs::write(&main, "fn main() { }").unwrap();
            set_time(&main, time);
            assert!(!is_current(&built));
            fs::write(&main, "fn main() {}").unwrap();
            set_time(&main, time);
            assert!(is_current(&built));
        }
        fs::remove_file(path("with blank.rs")).unwrap();
        assert!(!is_current(&built));
        fs::write(path("with blank.rs"), "").unwrap();
        assert!(is_current(&built));
        // Another one, which somebody has built by hand.
        set_time(&built, later);
        assert!(!is_current(&built));
    }

    #[test]
    fn all_files_of_a_folder_count() {
        let folder = tempfile::tempdir().unwrap();
        let contents = || Contents::below(&[folder.path()]);
        let empty = contents();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/a.rs"), "a").unwrap();
        let one = contents();
        assert_ne!(one, empty);
        fs::rename(
            folder.path().join("src/a.rs"),
            folder.path().join("src/b.rs"),
        )
        .unwrap();
        assert_ne!(contents(), one);
    }
}
