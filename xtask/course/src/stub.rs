//! The pristine stubs: a copy of each exercise's first `src/lib.rs` and of its manifest, and the way
//! back to them. The copies stand in `xtask/course/stubs/`; `cargo xtask verify` compares them with the
//! exercises, so that they cannot go stale.

use crate::{Course, Exercise, Task, durable, source};
use anyhow::{Context, Result, bail};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use verdict::Subject;

const FOLDER: &str = "xtask/course/stubs";

/// A file of an exercise that has a pristine copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Original {
    /// `src/lib.rs`, with the functions to write.
    Stub,
    /// `Cargo.toml`, which says what an answer is built with.
    Manifest,
}

impl Original {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Stub, Self::Manifest];

    /// The file, from the workbook's folder.
    pub fn name(self, exercise: &Exercise) -> String {
        match self {
            Self::Stub => exercise.source_name(Subject::Exercise),
            Self::Manifest => exercise.manifest_name(),
        }
    }

    /// Its copy, from the workbook's folder.
    pub fn copy_name(self, exercise: &Exercise) -> String {
        let extension = match self {
            Self::Stub => "rs",
            Self::Manifest => "toml",
        };
        format!("{FOLDER}/{}.{extension}", exercise.folder)
    }
}

/// What a reset did: where the student's files went; none when there was no work in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reset {
    /// The answers.
    pub kept: Option<PathBuf>,
    /// The manifest.
    pub kept_manifest: Option<PathBuf>,
}

/// The pristine text of a file of an exercise.
///
/// # Errors
/// When the copy cannot be read.
pub fn pristine(root: &Path, exercise: &Exercise, original: Original) -> Result<String> {
    let path = root.join(original.copy_name(exercise));
    fs::read_to_string(&path).with_context(|| {
        format!(
            "reading the course's copy of {} in {}: if the file is gone, `git checkout {FOLDER}` brings \
             it back",
            original.name(exercise),
            path.display()
        )
    })
}

/// Whether a file of the exercise is still, or again, as the course brought it, byte for byte.
///
/// # Errors
/// When the copy or the file cannot be read. A missing file is not pristine.
pub fn is_pristine(course: &Course, exercise: &Exercise, original: Original) -> Result<bool> {
    let pristine = pristine(course.root(), exercise, original)?;
    let current = current(&course.root().join(original.name(exercise)))?;
    Ok(current.is_some_and(|current| current == pristine.as_bytes()))
}

/// How a student's manifest differs from the one that the course brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The first line that the course's manifest does not have, with its number; none when there are
    /// only too few.
    pub line: Option<(u32, String)>,
    /// The first line that only the course's has.
    pub missing: Option<String>,
}

/// How the manifest differs from the course's; none when both say the same. Blank lines, comments and
/// the ends of lines say nothing.
///
/// # Errors
/// When one of them cannot be read.
pub fn manifest_change(root: &Path, exercise: &Exercise) -> Result<Option<Change>> {
    let original = pristine(root, exercise, Original::Manifest)?;
    let path = root.join(exercise.manifest_name());
    let mine = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let (mine, original) = (sayings(&mine), sayings(&original));
    if mine
        .iter()
        .map(|(_, line)| line)
        .eq(original.iter().map(|(_, line)| line))
    {
        return Ok(None);
    }
    let only = |these: &[(u32, &str)], those: &[(u32, &str)]| {
        let there = |line: &str| those.iter().any(|(_, other)| *other == line);
        let only = these.iter().find(|(_, line)| !there(line));
        only.map(|(number, line)| (*number, (*line).to_owned()))
    };
    // The same lines in another order, or one of them twice.
    let moved = || {
        let pairs = mine.iter().zip(original.iter());
        let moved = pairs.map(|(mine, original)| (mine.0, mine.1, original.1));
        let moved = moved
            .into_iter()
            .find(|(_, mine, original)| mine != original);
        moved.map(|(number, line, _)| (number, line.to_owned()))
    };
    let missing = only(&original, &mine).map(|(_, line)| line);
    let line = only(&mine, &original).or_else(|| missing.is_none().then(moved).flatten());
    Ok(Some(Change { line, missing }))
}

/// The lines of a manifest that say something, with their numbers.
fn sayings(manifest: &str) -> Vec<(u32, &str)> {
    let lines = (1..).zip(manifest.lines().map(str::trim));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// Puts the pristine files in the place of the student's, which are kept beside them as
/// `lib.rs.kept-<n>` and `Cargo.toml.kept-<n>`. At every moment the student's work stands under one of
/// two names. Does nothing to a file that is pristine already.
///
/// # Errors
/// When a file cannot be read or written; the student's work is then where it was, or kept.
pub fn reset(course: &Course, exercise: &Exercise) -> Result<Reset> {
    Ok(Reset {
        kept: bring_back(course, exercise, Original::Stub)?,
        kept_manifest: bring_back(course, exercise, Original::Manifest)?,
    })
}

fn bring_back(course: &Course, exercise: &Exercise, original: Original) -> Result<Option<PathBuf>> {
    let pristine = pristine(course.root(), exercise, original)?;
    let path = course.root().join(original.name(exercise));
    let kept = match current(&path)? {
        Some(current) if current == pristine.as_bytes() => return Ok(None),
        Some(_) => Some(durable::keep(&path).with_context(|| {
            format!(
                "keeping your {} under another name; nothing was changed",
                path.display()
            )
        })?),
        None => None,
    };
    durable::write(&path, pristine.as_bytes()).with_context(|| match &kept {
        Some(kept) => format!(
            "bringing the course's file back to {}; your work is safe in {}",
            path.display(),
            kept.display()
        ),
        None => format!("bringing the course's file back to {}", path.display()),
    })?;
    Ok(kept)
}

/// Puts the pristine text of a task's functions in the place of the student's, and leaves the rest of
/// the file as it is; a function that is no longer there is added at the end. The file so far is kept
/// beside it, as by [`reset`].
///
/// # Errors
/// As for [`reset`]; and when the student's file is not Rust at the moment, so that nobody can tell
/// where a function ends.
pub fn reset_task(course: &Course, exercise: &Exercise, task: &Task) -> Result<Reset> {
    let pristine = pristine(course.root(), exercise, Original::Stub)?;
    let name = exercise.source_name(Subject::Exercise);
    let path = exercise.source(Subject::Exercise);
    let Some(current) = current(&path)? else {
        return reset(course, exercise);
    };
    let whole = || {
        format!(
            "looking for the functions of `{}` in {name}; `cargo xtask reset {:02}` puts back the whole \
             file, and keeps yours",
            task.name, exercise.number
        )
    };
    let mut text = String::from_utf8(current).with_context(whole)?;
    let before = text.clone();
    for function in &task.functions {
        let Some(stub) = source::find(&pristine, function).with_context(whole)? else {
            continue;
        };
        let stub = stub.text(&pristine);
        match source::find(&text, function).with_context(whole)? {
            Some(own) => {
                let own = own.text(&text);
                let at = own.as_ptr() as usize - text.as_ptr() as usize;
                text.replace_range(at..at + own.len(), stub);
            }
            None => {
                text.push('\n');
                text.push_str(stub);
            }
        }
    }
    if text == before {
        return Ok(Reset::default());
    }
    let kept = durable::keep(&path)
        .with_context(|| format!("keeping your {name} under another name; nothing was changed"))?;
    durable::write(&path, text.as_bytes())
        .with_context(|| format!("writing {name}; your work is safe in {}", kept.display()))?;
    Ok(Reset {
        kept: Some(kept),
        kept_manifest: None,
    })
}

/// Makes the files that now stand in the exercise its pristine ones: for those who write exercises.
///
/// # Errors
/// When the stub is not Rust or lacks a function that `exercise.toml` names, or a file cannot be copied.
pub fn accept(course: &Course, exercise: &Exercise) -> Result<()> {
    for original in Original::ALL {
        let name = original.name(exercise);
        let Some(current) = current(&course.root().join(&name))? else {
            bail!("{name} is missing; write it first");
        };
        if original == Original::Stub {
            has_all_functions(exercise, &name, &current)?;
        }
        let copy = course.root().join(original.copy_name(exercise));
        let writing = || format!("keeping a copy of {name} in {}", copy.display());
        if let Some(folder) = copy.parent() {
            fs::create_dir_all(folder).with_context(writing)?;
        }
        durable::write(&copy, &current).with_context(writing)?;
    }
    Ok(())
}

fn has_all_functions(exercise: &Exercise, name: &str, stub: &[u8]) -> Result<()> {
    let text = str::from_utf8(stub).with_context(|| format!("reading {name} as UTF-8"))?;
    let functions = source::functions(text).with_context(|| format!("reading {name} as Rust"))?;
    for task in &exercise.tasks {
        for wanted in &task.functions {
            if !functions.iter().any(|function| function.name == *wanted) {
                bail!(
                    "{name} has no function `{wanted}` for the task `{}`; write it, or name the right one \
                     under `functions` in exercises/{}/exercise.toml",
                    task.name,
                    exercise.folder
                );
            }
        }
    }
    Ok(())
}

/// Copies that belong to no exercise: leftovers of one that was renamed or removed.
///
/// # Errors
/// When the copies cannot be listed.
pub fn strays(course: &Course) -> Result<Vec<PathBuf>> {
    let folder = course.root().join(FOLDER);
    let listing = || format!("listing the pristine stubs in {}", folder.display());
    let belongs = |copy: &Path| {
        let all = course.exercises().iter();
        let mut names = all.flat_map(|exercise| Original::ALL.map(|it| it.copy_name(exercise)));
        names.any(|name| course.root().join(name) == copy)
    };
    let mut strays = Vec::new();
    for entry in fs::read_dir(&folder).with_context(listing)? {
        let copy = entry.with_context(listing)?.path();
        if !belongs(&copy) {
            strays.push(copy);
        }
    }
    strays.sort();
    Ok(strays)
}

/// A student's file, as bytes: it need not even be text. None when it is missing.
fn current(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Original::Stub, *};
    use crate::miniature::{Miniature, STUB};

    const LIB: &str = "exercises/05-collectives/src/lib.rs";

    fn read(mini: &Miniature, path: &str) -> String {
        fs::read_to_string(mini.root().join(path)).unwrap()
    }

    fn files(mini: &Miniature) -> usize {
        fs::read_dir(mini.root().join("exercises/05-collectives/src"))
            .unwrap()
            .count()
    }

    #[test]
    fn a_pristine_file_is_left_alone() {
        let mini = Miniature::new();
        let course = mini.course();
        let exercise = course.select("05").unwrap().exercise;
        assert!(is_pristine(&course, exercise, Stub).unwrap());
        assert_eq!(reset(&course, exercise).unwrap(), Reset::default());
        assert_eq!(files(&mini), 1);
    }

    #[test]
    fn every_reset_keeps_the_work_before_it() {
        let mini = Miniature::new();
        let course = mini.course();
        let exercise = course.select("05").unwrap().exercise;
        for n in 1..=3 {
            mini.write(LIB, &format!("work {n}"));
            assert!(!is_pristine(&course, exercise, Stub).unwrap());
            let kept = format!("{LIB}.kept-{n}");
            let reset = reset(&course, exercise).unwrap();
            assert_eq!(reset.kept, Some(mini.root().join(&kept)));
            assert_eq!(read(&mini, LIB), STUB);
            assert_eq!(read(&mini, &kept), format!("work {n}"));
        }
        assert_eq!(files(&mini), 4);
        assert_eq!(read(&mini, &format!("{LIB}.kept-1")), "work 1");
    }

    #[test]
    fn work_that_is_not_text_is_kept_too_and_a_missing_file_comes_back() {
        let mini = Miniature::new();
        let course = mini.course();
        let exercise = course.select("05").unwrap().exercise;
        fs::write(mini.root().join(LIB), [0xff, 0]).unwrap();
        let kept = reset(&course, exercise).unwrap().kept.unwrap();
        assert_eq!(fs::read(kept).unwrap(), [0xff, 0]);
        fs::remove_file(mini.root().join(LIB)).unwrap();
        assert!(!is_pristine(&course, exercise, Stub).unwrap());
        assert_eq!(reset(&course, exercise).unwrap(), Reset::default());
        assert_eq!(read(&mini, LIB), STUB);
    }

    #[test]
    fn a_task_is_reset_alone() {
        let mini = Miniature::new();
        let course = mini.course();
        let exercise = course.select("05").unwrap().exercise;
        let task = exercise.task("scatter").unwrap();
        assert_eq!(
            reset_task(&course, exercise, task).unwrap(),
            Reset::default()
        );
        let stub = source::find(STUB, "scatter").unwrap().unwrap();
        let mine = "/// Mine.\npub fn scatter() {\n    1;\n}\n";
        let solved = STUB.replace(stub.text(STUB), mine) + "\nfn own() {}\n";
        mini.write(LIB, &solved);
        let kept = reset_task(&course, exercise, task).unwrap().kept.unwrap();
        assert_eq!(fs::read_to_string(kept).unwrap(), solved);
        assert_eq!(read(&mini, LIB), format!("{STUB}\nfn own() {{}}\n"));

        mini.write(LIB, "fn own() {}\n");
        reset_task(&course, exercise, task).unwrap();
        let text = read(&mini, LIB);
        assert!(
            text.starts_with("fn own() {}\n\n") && text.contains("pub fn scatter"),
            "{text}"
        );

        let broken = "fn own( {}\n";
        mini.write(LIB, broken);
        let error = format!("{:#}", reset_task(&course, exercise, task).unwrap_err());
        assert!(error.contains("`cargo xtask reset 05`"), "{error}");
        assert_eq!(read(&mini, LIB), broken);
    }

    #[test]
    fn without_a_copy_nothing_is_touched() {
        let mini = Miniature::new();
        let course = mini.course();
        let exercise = course.select("05").unwrap().exercise;
        mini.write(LIB, "work");
        fs::remove_file(mini.root().join(Stub.copy_name(exercise))).unwrap();
        let error = reset(&course, exercise).unwrap_err().to_string();
        assert!(error.contains("git checkout xtask/course/stubs"), "{error}");
        assert_eq!((read(&mini, LIB).as_str(), files(&mini)), ("work", 1));
    }

    #[test]
    fn only_a_file_with_all_functions_becomes_the_stub() {
        let mini = Miniature::new();
        let course = mini.course();
        let p2p = course.select("03").unwrap().exercise;
        // Its functions stand in modules.
        accept(&course, p2p).unwrap();
        let exercise = course.select("05").unwrap().exercise;
        mini.write(LIB, &STUB.replace("fn scatter", "fn scater"));
        insta::assert_snapshot!(accept(&course, exercise).unwrap_err(), @"exercises/05-collectives/src/lib.rs has no function `scatter` for the task `scatter`; write it, or name the right one under `functions` in exercises/05-collectives/exercise.toml");
        mini.write(LIB, &STUB.replace("fn scatter", "fn scatter)"));
        insta::assert_snapshot!(format!("{:#}", accept(&course, exercise).unwrap_err()), @"reading exercises/05-collectives/src/lib.rs as Rust: line 12, column 15: a bracket, quotation mark or comment has no partner");
        assert_eq!(pristine(mini.root(), exercise, Stub).unwrap(), STUB);
        let better = STUB.replace("Scatters.", "Hands out.");
        mini.write(LIB, &better);
        accept(&course, exercise).unwrap();
        assert_eq!(pristine(mini.root(), exercise, Stub).unwrap(), better);
        assert!(is_pristine(&course, exercise, Stub).unwrap());
    }

    #[test]
    fn copies_of_no_exercise_are_found() {
        let mini = Miniature::new();
        assert_eq!(strays(&mini.course()).unwrap(), [""; 0].map(PathBuf::from));
        mini.write("xtask/course/stubs/04-collectives.rs", "");
        let stray = mini.root().join("xtask/course/stubs/04-collectives.rs");
        assert_eq!(strays(&mini.course()).unwrap(), [stray]);
    }

    #[test]
    fn a_manifest_is_compared_and_comes_back() {
        let mini = Miniature::new();
        let course = mini.course();
        let exercise = course.select("05").unwrap().exercise;
        let manifest = "exercises/05-collectives/Cargo.toml";
        let change = |text: &str| {
            mini.write(manifest, text);
            manifest_change(mini.root(), exercise).unwrap()
        };
        let own = "[package]\nbuild = false\n\n[dependencies]\nmpi.workspace = true\n";
        mini.write(manifest, own);
        accept(&course, exercise).unwrap();
        assert_eq!(change(own), None);
        assert_eq!(change(&own.replace('\n', "\r\n")), None);
        assert_eq!(change(&format!("# mine\n{own}\n")), None);
        let first = |text: &str| change(text).unwrap().line;
        assert_eq!(
            first(&format!("{own}libc = \"0.2\"\n")),
            Some((6, String::from("libc = \"0.2\"")))
        );
        assert_eq!(
            change(&own.replace("build = false\n", "")),
            Some(Change {
                line: None,
                missing: Some(String::from("build = false"))
            })
        );
        let moved = "[package]\n[dependencies]\nbuild = false\nmpi.workspace = true\n";
        assert_eq!(first(moved), Some((2, String::from("[dependencies]"))));

        let reset = reset(&course, exercise).unwrap();
        assert_eq!(reset.kept, None);
        let kept = mini.root().join(format!("{manifest}.kept-1"));
        assert_eq!(reset.kept_manifest.as_ref(), Some(&kept));
        assert_eq!(fs::read_to_string(kept).unwrap(), moved);
        assert_eq!(read(&mini, manifest), own);
    }
}
