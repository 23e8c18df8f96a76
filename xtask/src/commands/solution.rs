//! `cargo xtask solution`: the difference between the user's answer and the reference.

use crate::{Answer, cli, show, workbook::Workbook};
use anyhow::{Context, Result};
use course::{Exercise, Task, source};
use similar::TextDiff;
use verdict::Subject;

pub(crate) fn run(arguments: &cli::Solution) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let selection = workbook.course.select(&arguments.name)?;
    let exercise = selection.exercise;
    let mine = read(exercise, Subject::Exercise)?;
    let reference = read(exercise, Subject::Solution)?;
    let (mine, reference) = match selection.task {
        Some(task) => (functions(&mine, task), functions(&reference, task)),
        None => (mine, reference),
    };
    let (from, to) = (
        exercise.source_name(Subject::Exercise),
        exercise.source_name(Subject::Solution),
    );
    let diff = TextDiff::from_lines(&mine, &reference);
    if diff.ratio() >= 1.0 {
        anstream::println!("{from} and {to} say the same.");
    } else {
        show::diff(&diff, &from, &to);
    }
    Ok(Answer::Passes)
}

fn read(exercise: &Exercise, subject: Subject) -> Result<String> {
    let path = exercise.source(subject);
    std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}

/// The functions of a task, one after the other; the whole file where they cannot be told apart,
/// because a file that does not parse must not stop anybody from looking at the reference.
fn functions(file: &str, task: &Task) -> String {
    let texts: Option<Vec<&str>> = task
        .functions
        .iter()
        .map(|name| Some(source::find(file, name).ok()??.text(file)))
        .collect();
    texts.map_or_else(|| file.to_owned(), |texts| texts.join("\n"))
}
