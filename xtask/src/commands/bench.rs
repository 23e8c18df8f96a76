//! `cargo xtask bench`: how fast an exercise's reference is, beside what the machine could do. Cargo
//! takes this program's place, as plain `cargo bench` would run.

use crate::{Answer, cli, show, workbook::Workbook};
use anyhow::{Context, Result, bail};
use course::Exercise;
use grade::build::{Which, build};
use std::{os::unix::process::CommandExt, path::PathBuf};

pub(crate) fn run(arguments: &cli::Bench) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let exercise = workbook.exercise(&arguments.exercise.name)?;
    if !benches(exercise).is_dir() {
        let all = workbook.course.exercises().iter();
        let measured: Vec<&str> = all
            .filter(|exercise| benches(exercise).is_dir())
            .map(|exercise| exercise.folder.as_str())
            .collect();
        bail!(
            "{} has no benchmarks; these have: {}",
            exercise.folder,
            measured.join(", ")
        );
    }
    // Sets up what the exercise needs, and writes it where cargo reads it.
    workbook.environment(exercise)?;
    // What cargo itself takes for built may be older files.
    let spinner = show::Spinner::start();
    spinner.say(&format!("building {}", exercise.solution_package()));
    let built = build(
        workbook.root(),
        exercise,
        Which::Benches,
        None,
        show::has_colour(),
    )?;
    spinner.stop();
    if let Err(failure) = built {
        anstream::eprint!("{}", failure.rendered);
        return Ok(Answer::DoesNotPass);
    }
    let mut cargo = grade::build::cargo(workbook.root());
    cargo.args(["bench", "--package", &exercise.solution_package()]);
    if !arguments.arguments.is_empty() {
        cargo.arg("--").args(&arguments.arguments);
    }
    // Only comes back when that is not possible.
    let error = cargo.exec();
    Err(error).context("running cargo; is it still installed?")
}

/// Where the benchmarks of an exercise's reference would be.
fn benches(exercise: &Exercise) -> PathBuf {
    exercise.solution_dir.join("benches")
}
