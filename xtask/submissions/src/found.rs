//! The submissions in a folder: clones, unzipped ones, ones in folders of their own, or only the exercises. What
//! is read of each is the one file for each exercise that a student edits, and never through a link.

use crate::table::plain;
use anyhow::{Context, Result, bail};
use course::Exercise;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

/// A file with answers is shorter than this, in bytes.
const LONGEST: u64 = 1 << 20;
/// A submission's exercises stand in its folder, or so many folders below.
const DEEPEST: usize = 3;

/// One entry of the folder.
#[derive(Debug)]
pub(crate) struct Submission {
    /// The entry's name, as a table and a terminal can show it; of no other entry.
    pub(crate) name: String,
    /// By the exercise's folder; or why there is nothing to be graded.
    pub(crate) found: Result<BTreeMap<String, Found>, String>,
}

/// What a submission has for one exercise.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Answers(Vec<u8>),
    Unusable(String),
}

impl Found {
    /// A fingerprint of the contents, short enough for a table; empty where there are none.
    pub(crate) fn contents(&self) -> String {
        let Self::Answers(text) = self else {
            return String::new();
        };
        let digest = Sha256::digest(text);
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// All entries of a folder that are not hidden, by name; but not the file with the results.
pub(crate) fn submissions(
    folder: &Path,
    results: &Path,
    wanted: &[&Exercise],
) -> Result<Vec<Submission>> {
    let reading = || format!("reading the submissions in {}", folder.display());
    let results = results.canonicalize().ok();
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(reading)? {
        let path = entry.with_context(reading)?.path();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
        let is_results = results.is_some() && path.canonicalize().ok() == results;
        if !is_hidden && !is_results {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        bail!(
            "there is no submission in {}: it should have a folder for each",
            folder.display()
        );
    }
    let mut all: Vec<Submission> = named(paths)
        .into_iter()
        .map(|(name, path)| Submission {
            name,
            found: answers(&path, wanted),
        })
        .collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// Each path with a name that can be shown, and that no other has: those whose own names can be shown keep them.
fn named(mut paths: Vec<PathBuf>) -> Vec<(String, PathBuf)> {
    let own = |path: &Path| plain(&path.file_name().unwrap_or_default().to_string_lossy());
    let is_changed = |path: &Path| path.file_name() != Some(own(path).as_ref());
    paths.sort_by_cached_key(|path| (is_changed(path), path.clone()));
    let mut taken = BTreeSet::new();
    let mut all = Vec::new();
    for path in paths {
        let wanted = own(&path);
        let numbered = (2..).map(|number| format!("{wanted} ({number})"));
        let name = std::iter::once(wanted.clone())
            .chain(numbered)
            .find(|name| taken.insert(name.clone()));
        all.push((name.unwrap_or(wanted), path));
    }
    all
}

fn answers(path: &Path, wanted: &[&Exercise]) -> Result<BTreeMap<String, Found>, String> {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|data| data.is_dir());
    if !is_folder {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_packed = [".zip", ".tar", ".gz", ".tgz", ".xz", ".7z"]
            .iter()
            .any(|ending| name.ends_with(ending));
        return Err(if is_packed {
            "it is packed: unpack it into a folder".into()
        } else {
            "it is not a folder".into()
        });
    }
    let mut level = vec![path.to_owned()];
    for _ in 0..=DEEPEST {
        let homes: Vec<&PathBuf> = level.iter().filter(|path| is_home(path, wanted)).collect();
        match homes[..] {
            [] => {}
            [home] => {
                let pairs = wanted.iter().map(|exercise| {
                    let file = home.join(&exercise.folder).join("src/lib.rs");
                    (exercise.folder.clone(), read(home, &file))
                });
                return Ok(pairs.collect());
            }
            [first, second, ..] => {
                let name = |home: &Path| {
                    let inner = home.strip_prefix(path).unwrap_or(home);
                    inner.display().to_string()
                };
                return Err(format!(
                    "it has exercises in two places, {} and {}: keep one of them",
                    name(first),
                    name(second)
                ));
            }
        }
        level = level.iter().flat_map(|path| folders(path)).collect();
    }
    Err(format!(
        "it is no clone of the workbook: it has no folder exercises/{}, nor one of another exercise that is \
         graded",
        wanted
            .first()
            .map_or("01-threading", |exercise| &exercise.folder)
    ))
}

/// Whether exercises stand in this folder.
fn is_home(path: &Path, wanted: &[&Exercise]) -> bool {
    wanted
        .iter()
        .any(|exercise| path.join(&exercise.folder).join("src").is_dir())
}

/// The folders in a folder, without hidden ones, links, builds, and those that have the same names in the course.
fn folders(path: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            !name.starts_with('.')
                && !["solutions", "target", "xtask", "__MACOSX"].contains(&&*name)
        })
        .map(|entry| entry.path())
        .collect();
    all.sort();
    all
}

fn read(home: &Path, file: &Path) -> Found {
    let Ok(data) = fs::symlink_metadata(file) else {
        return Found::Nothing;
    };
    let inside = || {
        Some(
            file.canonicalize()
                .ok()?
                .starts_with(home.canonicalize().ok()?),
        )
    };
    if !data.is_file() || inside() != Some(true) {
        return Found::Unusable("its src/lib.rs is not a plain file in the submission".into());
    }
    if data.len() > LONGEST {
        return Found::Unusable(format!(
            "its src/lib.rs has {} bytes; {LONGEST} are the most",
            data.len()
        ));
    }
    let mut text = Vec::new();
    match File::open(file).and_then(|file| file.take(LONGEST).read_to_end(&mut text)) {
        Ok(_) => Found::Answers(text),
        Err(error) => Found::Unusable(format!("its src/lib.rs cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exercise() -> (Exercise, Exercise) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let course = course::Course::read(&root).unwrap();
        let of = |name: &str| course.select(name).unwrap().exercise.clone();
        (of("01"), of("05"))
    }

    #[test]
    fn clones_are_found_wherever_they_stand_and_other_things_are_named() {
        let (first, fifth) = exercise();
        let wanted = [&first, &fifth];
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), text).unwrap();
        };
        write("clone/exercises/01-threading/src/lib.rs", "a");
        write("clone/solutions/01-threading/src/lib.rs", "no");
        write(
            "nested/work-main/work/exercises/05-collectives/src/lib.rs",
            "b",
        );
        write("only/05-collectives/src/lib.rs", "c");
        write("twice/one/exercises/01-threading/src/lib.rs", "d");
        write("twice/two/exercises/01-threading/src/lib.rs", "d");
        write("other/essay.txt", "e");
        write("packed.zip", "f");
        write(".hidden/x", "g");
        write(
            "long/01-threading/src/lib.rs",
            &"x".repeat(1 + LONGEST as usize),
        );
        write("linked/01-threading/src/main.rs", "");
        let secret = at("clone/exercises/01-threading/src/lib.rs");
        std::os::unix::fs::symlink(secret, at("linked/01-threading/src/lib.rs")).unwrap();
        fs::create_dir_all(at("sideways/exercises")).unwrap();
        let other = at("clone/exercises/01-threading");
        std::os::unix::fs::symlink(other, at("sideways/exercises/01-threading")).unwrap();
        let results = at("results.csv");
        fs::write(&results, "submission,exercise").unwrap();
        let all = submissions(folder.path(), &results, &wanted).unwrap();
        let said: Vec<String> = all
            .iter()
            .map(|one| match &one.found {
                Err(why) => format!("{}: {why}", one.name),
                Ok(found) => {
                    let show = |found: &Found| match found {
                        Found::Nothing => "-".to_owned(),
                        Found::Answers(text) => String::from_utf8(text.clone()).unwrap(),
                        Found::Unusable(why) => why.clone(),
                    };
                    let shown: Vec<String> = found.values().map(show).collect();
                    format!("{}: {}", one.name, shown.join(" | "))
                }
            })
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        clone: a | -
        linked: its src/lib.rs is not a plain file in the submission | -
        long: its src/lib.rs has 1048577 bytes; 1048576 are the most | -
        nested: - | b
        only: - | c
        other: it is no clone of the workbook: it has no folder exercises/01-threading, nor one of another exercise that is graded
        packed.zip: it is packed: unpack it into a folder
        sideways: its src/lib.rs is not a plain file in the submission | -
        twice: it has exercises in two places, one/exercises and two/exercises: keep one of them
        ");
    }

    #[test]
    fn no_two_submissions_get_one_name() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let path = |name: &[u8]| PathBuf::from(OsStr::from_bytes(name));
        let paths = [
            &b"a\tb"[..],
            b"a b",
            b"=x",
            b"'=x",
            b"\xff",
            b"\xfe",
            b"\xfe (2)",
        ];
        let all = named(paths.map(path).into());
        let names: BTreeSet<&String> = all.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), paths.len(), "{names:?}");
        let name = |raw: &[u8]| {
            let found = all.iter().find(|(_, it)| *it == path(raw)).unwrap();
            found.0.as_str()
        };
        assert_eq!((name(b"a b"), name(b"a\tb")), ("a b", "a b (2)"));
        assert_eq!((name(b"'=x"), name(b"=x")), ("'=x", "'=x (2)"));
    }
}
