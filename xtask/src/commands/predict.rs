//! `cargo xtask predict`: what an exercise's own program, or one of the slides', would cost on another machine,
//! at 1, 2, 4, … ranks.

use super::{
    run::{RANKS, demo_of, warn_if_crowded},
    slide,
    witness::become_witness,
};
use crate::{Answer, cli, workbook::Workbook};
use anyhow::{Result, bail};
use grade::build::Program;
use setup::Environment;
use std::{env, ffi::OsString, path::Path};
use verdict::Subject;

/// Where pictures lie, from the workbook's folder: git passes over it.
const FOLDER: &str = ".workbook/predictions";
/// Stands for the number of ranks in the command that the witness runs at each of them.
const PLACE: &str = "{ranks}";

pub(crate) fn run(arguments: &cli::Predict) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let folder = workbook.root().join(FOLDER);
    if let Some(name) = slide::named(&arguments.name) {
        let (program, environment) = slide::build(&workbook, name)?;
        let Some(environment) = environment else {
            bail!("slides/{name} does not use MPI, and what is replayed are calls of MPI");
        };
        let name = folder.join(format!("slides.{name}"));
        return predict(&workbook, &program, &environment, arguments, &name);
    }
    let selection = workbook.course.select(&arguments.name)?;
    let exercise = selection.exercise;
    if selection.task.is_some() {
        bail!(
            "a task's check moves too little to say what it costs; try `cargo xtask predict {:02}`, the \
             exercise's own program",
            exercise.number
        );
    }
    if !exercise.needs_mpi() {
        bail!(
            "exercise {:02} does not use MPI, and what is replayed are calls of MPI",
            exercise.number
        );
    }
    let environment = workbook.mpi()?.connecting(exercise.connects);
    let subject = match arguments.solution {
        true => Subject::Solution,
        false => Subject::Exercise,
    };
    let Some(program) = demo_of(&workbook, exercise, subject, Some(&environment))? else {
        return Ok(Answer::DoesNotPass);
    };
    let name = folder.join(&exercise.folder);
    predict(&workbook, &program, &environment, arguments, &name)
}

/// Has the witness run a program at each number of ranks, and replay it.
fn predict(
    workbook: &Workbook,
    program: &Program,
    environment: &Environment,
    arguments: &cli::Predict,
    name: &Path,
) -> Result<Answer> {
    let most = arguments.ranks.unwrap_or(RANKS);
    warn_if_crowded(environment, most);
    let mut command = environment.launcher(most);
    // The launcher's last word is the number of ranks.
    command.pop();
    command.push(PLACE.into());
    command.push(program.path.clone().into());
    command.extend(arguments.arguments.iter().cloned());
    let counts: Vec<String> = counts(most).iter().map(u32::to_string).collect();
    let mut options: Vec<OsString> = vec![
        "--predict".into(),
        arguments.on.clone().into(),
        "--at".into(),
        counts.join(",").into(),
        "--trace".into(),
        name.into(),
        "--asked".into(),
        asked().into(),
    ];
    options.extend(replay_limit(arguments.replay_limit));
    match become_witness(workbook, &options, &command, &program.env)? {}
}

/// What the user has typed.
fn asked() -> String {
    let words = env::args_os().skip(1);
    let words = words.map(|word| word.to_string_lossy().into_owned());
    [String::from("cargo xtask")]
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The witness's option for how long SimGrid may replay a run, in seconds; none for its own.
pub(crate) fn replay_limit(seconds: Option<u32>) -> Option<OsString> {
    seconds.map(|seconds| format!("--replay-limit={seconds}").into())
}

/// 1, 2, 4, … and at last `most`.
fn counts(most: u32) -> Vec<u32> {
    let doubled = std::iter::successors(Some(1_u32), |count| count.checked_mul(2));
    let mut counts: Vec<u32> = doubled.take_while(|count| *count < most).collect();
    counts.push(most);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_ranks_double_up_to_the_last() {
        assert_eq!(counts(1), [1]);
        assert_eq!(counts(4), [1, 2, 4]);
        assert_eq!(counts(6), [1, 2, 4, 6]);
    }
}
