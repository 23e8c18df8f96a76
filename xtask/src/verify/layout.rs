//! What stands where: the fixed top level, the files of an exercise, and the copies of the stubs.

use super::Problem;
use anyhow::{Context, Result};
use course::{Course, Exercise, stub};
use std::path::Path;

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
const OF_SOLUTION: [&str; 4] = [
    "Cargo.toml",
    "src/lib.rs",
    "mistakes/Cargo.toml",
    "mistakes/main.rs",
];

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
    let source = exercise.source_name(verdict::Subject::Exercise);
    match stub::is_pristine(course, exercise) {
        Ok(true) => {}
        Ok(false) => problems.push(Problem::new(
            source,
            "differs from the copy that `cargo xtask reset` brings back; if this is the stub, \
             `cargo xtask verify --accept-stubs` keeps it as the copy",
        )),
        Err(error) => problems.push(Problem::new(
            source,
            format!("has no copy to come back to ({error:#}); `cargo xtask verify --accept-stubs` makes one"),
        )),
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
