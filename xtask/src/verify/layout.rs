//! What stands where: the fixed top level, the files of an exercise, and the copies of the stubs.

use super::Problem;
use anyhow::{Context, Result};
use course::{
    Course, Exercise,
    stub::{self, Original},
};
use std::path::{Path, PathBuf};

/// What may stand at the top, beside hidden folders and licences.
const TOP: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "exercises",
    "scripts",
    "slides",
    "solutions",
    "xtask",
];
/// What cargo makes there.
const BUILT: [&str; 1] = ["target"];

/// The files that every exercise has, from its folder.
const OF_EXERCISE: [&str; 8] = [
    "Cargo.toml",
    "README.md",
    "exercise.toml",
    "src/lib.rs",
    "src/main.rs",
    "checks/Cargo.toml",
    "checks/main.rs",
    "checks/tasks.rs",
];
/// The files that every reference has, from its folder.
const OF_SOLUTION: [&str; 5] = [
    "Cargo.toml",
    "demo/Cargo.toml",
    "src/lib.rs",
    "mistakes/Cargo.toml",
    "mistakes/main.rs",
];

/// Stands where something is still to be written: `cargo xtask new` leaves it.
const UNWRITTEN: &str = "TO WRITE";

/// The top level, and copies of stubs that no exercise has.
pub(crate) fn course(course: &Course) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for entry in std::fs::read_dir(course.root()).context("reading the workbook's folder")? {
        let name = entry.context("reading the workbook's folder")?.file_name();
        let name = name.to_string_lossy();
        let known = TOP.contains(&&*name) || BUILT.contains(&&*name);
        if !known && !name.starts_with('.') && !name.starts_with("LICENSE") {
            problems.push(Problem::new(
                &*name,
                "does not belong at the top level, which is fixed",
            ));
        }
    }
    for path in stub::strays(course)? {
        let name = from_root(course, &path);
        problems.push(Problem::new(
            name,
            "is the copy of a stub that no exercise has; remove it",
        ));
    }
    Ok(problems)
}

/// The files of one exercise, and its stub against the copy that `reset` brings back.
pub(crate) fn exercise(course: &Course, exercise: &Exercise) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let needed = OF_EXERCISE
        .iter()
        .map(|name| exercise.dir.join(name))
        .chain(
            OF_SOLUTION
                .iter()
                .map(|name| exercise.solution_dir.join(name)),
        );
    for path in needed {
        if !path.is_file() {
            problems.push(Problem::new(
                from_root(course, &path),
                "is missing: every exercise has it",
            ));
        }
    }
    problems.extend(unwritten(course, exercise)?);
    let minutes: u32 = exercise.tasks.iter().map(|task| task.minutes).sum();
    if minutes > exercise.minutes {
        problems.push(Problem::new(
            format!("exercises/{}/exercise.toml", exercise.folder),
            format!(
                "plans {} minutes, and its tasks alone take {minutes}",
                exercise.minutes
            ),
        ));
    }
    for original in Original::ALL {
        let name = original.name(exercise);
        match stub::is_pristine(course, exercise, original) {
            Ok(true) => {}
            Ok(false) => problems.push(Problem::new(
                name,
                "differs from the copy that `cargo xtask reset` brings back; if this is right, \
                 `cargo xtask verify --accept-stubs` keeps it as the copy",
            )),
            Err(error) => problems.push(Problem::new(
                name,
                format!("has no copy to come back to ({error:#}); `cargo xtask verify --accept-stubs` makes one"),
            )),
        }
    }
    problems.extend(own_manifests(course, exercise)?);
    Ok(problems)
}

/// What answers may do is for the course to say, not for a file of theirs.
fn own_manifests(course: &Course, exercise: &Exercise) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for dir in [&exercise.dir, &exercise.solution_dir] {
        let path = dir.join("Cargo.toml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        for (line, why) in [
            ("build = false", "an answer has no build script"),
            (
                "[lints]\nworkspace = true",
                "the workspace forbids unsafe code, and so must the answers",
            ),
        ] {
            // Where a macro of a crate allows unsafe code for itself, the lint can only deny it.
            let denies = line.starts_with("[lints]") && text.contains("unsafe_code = \"deny\"");
            if !denies && !text.contains(line) {
                problems.push(Problem::new(
                    from_root(course, &path),
                    format!("must say `{}`: {why}", line.replace('\n', " ")),
                ));
            }
        }
        if text
            .lines()
            .any(|line| line.starts_with("harness.") || line.starts_with("harness-mpi"))
        {
            problems.push(Problem::new(
                from_root(course, &path),
                "depends on the harness, which is for checks alone: `checks/` and `mistakes/` have \
                 manifests of their own",
            ));
        }
    }
    Ok(problems)
}

/// What is still to be written in an exercise, in the order in which one writes it.
fn unwritten(course: &Course, exercise: &Exercise) -> Result<Vec<Problem>> {
    let own = ["exercise.toml", "README.md", "src/lib.rs", "src/main.rs"];
    let mut paths: Vec<PathBuf> = own.iter().map(|name| exercise.dir.join(name)).collect();
    let rust_in = |folder: PathBuf| -> Result<Vec<PathBuf>> {
        let reading = || format!("reading {}", folder.display());
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&folder).with_context(reading)? {
            found.push(entry.with_context(reading)?.path());
        }
        found.sort();
        Ok(found)
    };
    paths.push(exercise.solution_dir.join("src/lib.rs"));
    paths.extend(rust_in(exercise.dir.join("checks"))?);
    paths.extend(rust_in(exercise.solution_dir.join("mistakes"))?);
    let mut problems = Vec::new();
    for path in paths.iter().filter(|path| path.is_file()) {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        for (number, line) in (1..).zip(text.lines()) {
            if let Some((_, what)) = line.split_once(UNWRITTEN) {
                let what = what.trim_start_matches(':').trim();
                let what = what.trim_end_matches(['"', ',', ')', ';']);
                problems.push(Problem::new(
                    format!("{}:{number}", from_root(course, path)),
                    format!("is still to be written: {what}"),
                ));
            }
        }
    }
    Ok(problems)
}

/// A path as problems name it.
pub(crate) fn from_root(course: &Course, path: &Path) -> String {
    path.strip_prefix(course.root())
        .unwrap_or(path)
        .display()
        .to_string()
}
