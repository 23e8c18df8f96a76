//! `cargo xtask bench`: how fast an exercise's reference is, beside what the machine could do, as one
//! table with one unit. With arguments for the benchmarks, cargo takes this program's place, as plain
//! `cargo bench` would run.

use crate::{Answer, cli, commands::peers, show, workbook::Workbook};
use anyhow::{Context, Result, bail};
use course::Exercise;
use grade::build::{Which, build};
use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::Stdio,
};

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
    if arguments.peers {
        let has = |exercise: &&Exercise| peers::folder(exercise).is_dir();
        if !has(&exercise) {
            let all = workbook.course.exercises().iter().filter(has);
            let those: Vec<&str> = all.map(|exercise| exercise.folder.as_str()).collect();
            bail!(
                "{} has no peers; these have: {}",
                exercise.folder,
                those.join(", ")
            );
        }
        return peers::run(&workbook, exercise, arguments);
    }
    // Sets up what the exercise needs, and writes it where cargo reads it.
    workbook.environment(exercise)?;
    // What cargo itself takes for built may be older files.
    let spinner = show::Spinner::start();
    spinner.building(&exercise.solution_package());
    let built = build(
        workbook.root(),
        exercise,
        Which::Benches,
        None,
        show::has_colour(),
        &mut |progress| spinner.built(progress),
    )?;
    spinner.stop();
    if let Err(failure) = built {
        anstream::eprint!("{}", failure.rendered);
        return Ok(Answer::DoesNotPass);
    }
    let mut cargo = grade::build::cargo(workbook.root());
    cargo.args([
        "bench",
        "--quiet",
        "--package",
        &exercise.solution_package(),
    ]);
    if !arguments.arguments.is_empty() {
        // Only comes back when that is not possible.
        let error = cargo.arg("--").args(&arguments.arguments).exec();
        return Err(error).context("running cargo; is it still installed?");
    }
    let mut child = cargo
        .args(["--", "--output-format", "bencher"])
        .stdout(Stdio::piped())
        // How many samples were too slow, and how to change that, is for those who write benchmarks.
        .stderr(Stdio::null())
        .spawn()
        .context("running cargo; is it still installed?")?;
    let said = child.stdout.take().context("reading what cargo says")?;
    for line in BufReader::new(said).lines() {
        let line = line.context("reading what the benchmarks say")?;
        match measured(&line) {
            Some((name, milliseconds)) => anstream::println!("{name:48} {milliseconds:12.3} ms"),
            None => anstream::println!("{line}"),
        }
    }
    let status = child.wait().context("waiting for cargo")?;
    if !status.success() {
        let package = exercise.solution_package();
        bail!("the benchmarks ended with {status}; `cargo bench -p {package}` says more");
    }
    Ok(Answer::Passes)
}

/// A benchmark and how many milliseconds it takes, in a line as Criterion writes them for programs:
/// `test pi/serial ... bench:  97,322,199 ns/iter (+/- 5,318)`.
fn measured(line: &str) -> Option<(&str, f64)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... bench:")?;
    let nanoseconds = rest.split_once("ns/iter")?.0.trim().replace(',', "");
    Some((name, nanoseconds.parse::<f64>().ok()? / 1e6))
}

/// Where the benchmarks of an exercise's reference would be.
fn benches(exercise: &Exercise) -> PathBuf {
    exercise.solution_dir.join("benches")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_criterion_is_a_name_and_a_time() {
        let line =
            "test sum of 128 MiB/spawn, 2 threads ... bench:  69,929,081 ns/iter (+/- 22,026,591)";
        let (name, milliseconds) = measured(line).unwrap();
        assert_eq!(name, "sum of 128 MiB/spawn, 2 threads");
        assert_eq!(milliseconds, 69.929_081);
        assert_eq!(measured("serial            9.1 GB/s"), None);
    }
}
