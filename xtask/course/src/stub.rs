//! The pristine stubs: a copy of each exercise's first `src/lib.rs`, and the way back to it. The
//! copies stand in `xtask/course/stubs/`; `cargo xtask verify` compares them with the exercises, so
//! that they cannot go stale.

use crate::{Course, Exercise, Task, durable, source};
use anyhow::{Context, Result, bail};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use verdict::Subject;

const FOLDER: &str = "xtask/course/stubs";

/// What a reset did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reset {
    /// Where the student's file went; none when there was no work in it.
    ///
    /// It is to be brought back by copying, not by moving: a moved file keeps its old time, at
    /// which cargo sees no reason to build.
    pub kept: Option<PathBuf>,
}

/// Where the copy of an exercise's pristine stub is kept.
pub fn path(course: &Course, exercise: &Exercise) -> PathBuf {
    course
        .root()
        .join(FOLDER)
        .join(format!("{}.rs", exercise.folder))
}

/// The pristine text of an exercise's `src/lib.rs`.
///
/// # Errors
/// When the copy cannot be read.
pub fn pristine(course: &Course, exercise: &Exercise) -> Result<String> {
    let path = path(course, exercise);
    fs::read_to_string(&path).with_context(|| {
        format!(
            "reading the pristine stub of {} in {}: if the file is gone, `git checkout {FOLDER}` brings \
             it back",
            exercise.folder,
            path.display()
        )
    })
}

/// Whether the student's file is still, or again, the pristine stub, byte for byte.
///
/// # Errors
/// When the copy or the student's file cannot be read. A missing student's file is not pristine.
pub fn is_pristine(course: &Course, exercise: &Exercise) -> Result<bool> {
    let pristine = pristine(course, exercise)?;
    Ok(current(exercise)?.is_some_and(|current| current == pristine.as_bytes()))
}

/// Puts the pristine stub in the place of the student's file, which is kept beside it as
/// `lib.rs.kept-<n>`. At every moment the student's work stands under one of the two names. Does
/// nothing when the file is pristine already.
///
/// # Errors
/// When a file cannot be read or written; the student's work is then where it was, or kept.
pub fn reset(course: &Course, exercise: &Exercise) -> Result<Reset> {
    let pristine = pristine(course, exercise)?;
    let path = exercise.source(Subject::Exercise);
    let kept = match current(exercise)? {
        Some(current) if current == pristine.as_bytes() => return Ok(Reset { kept: None }),
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
            "writing the pristine stub to {}; your work is safe in {}",
            path.display(),
            kept.display()
        ),
        None => format!("writing the pristine stub to {}", path.display()),
    })?;
    Ok(Reset { kept })
}

/// Puts the pristine text of a task's functions in the place of the student's, and leaves the rest of
/// the file as it is; a function that is no longer there is added at the end. The file so far is kept
/// beside it, as by [`reset`].
///
/// # Errors
/// As for [`reset`]; and when the student's file is not Rust at the moment, so that nobody can tell
/// where a function ends.
pub fn reset_task(course: &Course, exercise: &Exercise, task: &Task) -> Result<Reset> {
    let pristine = pristine(course, exercise)?;
    let name = exercise.source_name(Subject::Exercise);
    let path = exercise.source(Subject::Exercise);
    let Some(current) = current(exercise)? else {
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
        return Ok(Reset { kept: None });
    }
    let kept = durable::keep(&path)
        .with_context(|| format!("keeping your {name} under another name; nothing was changed"))?;
    durable::write(&path, text.as_bytes())
        .with_context(|| format!("writing {name}; your work is safe in {}", kept.display()))?;
    Ok(Reset { kept: Some(kept) })
}

/// Makes the file that now stands in the exercise its pristine stub: for those who write exercises.
///
/// # Errors
/// When the file is not Rust or lacks a function that `exercise.toml` names, or cannot be copied.
pub fn accept(course: &Course, exercise: &Exercise) -> Result<()> {
    let name = exercise.source_name(Subject::Exercise);
    let Some(current) = current(exercise)? else {
        bail!("{name} is missing; write the stub first");
    };
    let text = str::from_utf8(&current).with_context(|| format!("reading {name} as UTF-8"))?;
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
    let copy = path(course, exercise);
    let writing = || {
        format!(
            "keeping the pristine stub of {} in {}",
            exercise.folder,
            copy.display()
        )
    };
    if let Some(folder) = copy.parent() {
        fs::create_dir_all(folder).with_context(writing)?;
    }
    durable::write(&copy, &current).with_context(writing)
}

/// Copies that belong to no exercise: leftovers of one that was renamed or removed.
///
/// # Errors
/// When the copies cannot be listed.
pub fn strays(course: &Course) -> Result<Vec<PathBuf>> {
    let folder = course.root().join(FOLDER);
    let listing = || format!("listing the pristine stubs in {}", folder.display());
    let belongs = |copy: &Path| course.exercises().iter().any(|e| path(course, e) == copy);
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

/// The student's file, as bytes: it need not even be text. None when it is missing.
fn current(exercise: &Exercise) -> Result<Option<Vec<u8>>> {
    let path = exercise.source(Subject::Exercise);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert!(is_pristine(&course, exercise).unwrap());
        assert_eq!(reset(&course, exercise).unwrap(), Reset { kept: None });
        assert_eq!(files(&mini), 1);
    }

    #[test]
    fn every_reset_keeps_the_work_before_it() {
        let mini = Miniature::new();
        let course = mini.course();
        let exercise = course.select("05").unwrap().exercise;
        for n in 1..=3 {
            mini.write(LIB, &format!("work {n}"));
            assert!(!is_pristine(&course, exercise).unwrap());
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
        assert!(!is_pristine(&course, exercise).unwrap());
        assert_eq!(reset(&course, exercise).unwrap(), Reset { kept: None });
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
            Reset { kept: None }
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
        fs::remove_file(path(&course, exercise)).unwrap();
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
        assert_eq!(pristine(&course, exercise).unwrap(), STUB);
        let better = STUB.replace("Scatters.", "Hands out.");
        mini.write(LIB, &better);
        accept(&course, exercise).unwrap();
        assert_eq!(pristine(&course, exercise).unwrap(), better);
        assert!(is_pristine(&course, exercise).unwrap());
    }

    #[test]
    fn copies_of_no_exercise_are_found() {
        let mini = Miniature::new();
        assert_eq!(strays(&mini.course()).unwrap(), [""; 0].map(PathBuf::from));
        mini.write("xtask/course/stubs/04-collectives.rs", "");
        let stray = mini.root().join("xtask/course/stubs/04-collectives.rs");
        assert_eq!(strays(&mini.course()).unwrap(), [stray]);
    }
}
