//! `cargo xtask trace`: an exercise's own program under the witness, and a picture of what it did; or a task
//! where it fails.

use super::{
    look::{self, look},
    run::{RANKS, demo, warn_if_crowded},
    slide,
    witness::{WITNESS, become_witness, build_tool},
};
use crate::{Answer, cli, show, workbook::Workbook};
use anyhow::{Context, Result, bail};
use course::{Selection, Task};
use grade::build::Program;
use setup::Environment;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};
use verdict::Status;

/// Where pictures lie, from the workbook's folder: git passes over it.
const FOLDER: &str = ".workbook/traces";

pub(crate) fn run(arguments: &cli::Run) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let folder = workbook.root().join(FOLDER);
    if let Some(name) = slide::named(&arguments.name) {
        look::refuse_seed(arguments)?;
        let (program, environment) = slide::build(&workbook, name)?;
        let Some(environment) = environment else {
            bail!(
                "slides/{name} does not use MPI, and what is drawn are calls of MPI; try \
                 `cargo xtask run slides/{name}`"
            );
        };
        return draw(
            &workbook,
            &program,
            &environment,
            arguments,
            &folder.join(format!("slides.{name}")),
        );
    }
    let selection = workbook.course.select(&arguments.name)?;
    let exercise = selection.exercise;
    if !exercise.needs_mpi() {
        let name = match selection.task {
            Some(task) => exercise.task_name(task),
            None => format!("{:02}", exercise.number),
        };
        bail!(
            "exercise {:02} does not use MPI, and what is drawn are calls of MPI; try \
             `cargo xtask run {name}`",
            exercise.number,
        );
    }
    if let Some(task) = selection.task {
        let name = folder.join(format!("{}.{}", exercise.folder, task.name));
        return trace_task(&workbook, &selection, task, arguments, name);
    }
    look::refuse_seed(arguments)?;
    let environment = workbook.mpi()?.connecting(exercise.connects);
    let Some(program) = demo(&workbook, exercise, Some(&environment))? else {
        return Ok(Answer::DoesNotPass);
    };
    draw(
        &workbook,
        &program,
        &environment,
        arguments,
        &folder.join(&exercise.folder),
    )
}

/// Runs a program under the witness, which draws it into files of this name.
fn draw(
    workbook: &Workbook,
    program: &Program,
    environment: &Environment,
    arguments: &cli::Run,
    name: &Path,
) -> Result<Answer> {
    let ranks = arguments.ranks.unwrap_or(RANKS);
    warn_if_crowded(environment, ranks);
    let mut command = environment.launcher(ranks);
    command.push(program.path.clone().into());
    command.extend(arguments.arguments.iter().cloned());
    let options: [OsString; 2] = ["--trace".into(), name.into()];
    match become_witness(workbook, &options, &command, &program.env)? {}
}

/// Draws what a task did where it fails, or else for its smallest input.
fn trace_task(
    workbook: &Workbook,
    selection: &Selection<'_>,
    task: &Task,
    arguments: &cli::Run,
    name: PathBuf,
) -> Result<Answer> {
    let exercise = selection.exercise;
    let mut looked = look(workbook, selection, arguments)?;
    let report = &looked.checked.report;
    let answer = look::answer(report);
    let seed = report.seed;
    let failure = report.tasks.first().and_then(|task| task.failures.first());
    let why = failure.map(|failure| format!("{}: {}", failure.kind, failure.message));
    let shown = looked.shown.as_mut();
    let recorded =
        shown.and_then(|shown| Some((shown.ranks, &shown.input, shown.recording.as_mut()?)));
    let Some((ranks, input, recording)) = recorded else {
        let is_open = report
            .tasks
            .iter()
            .any(|task| task.status == Status::NotStarted);
        let reason = if looked.checked.build.is_some() {
            "the exercise does not compile"
        } else if is_open {
            "the task is not written yet"
        } else {
            "no rank has run it"
        };
        anstream::eprintln!("There is nothing to draw: {reason}.\n");
        show::checked(workbook, selection, &looked.checked, false)?;
        return Ok(answer);
    };
    let on = match ranks {
        Some(1) => String::from(" on 1 rank"),
        Some(ranks) => format!(" on {ranks} ranks"),
        None => String::new(),
    };
    let part = &mut recording.part;
    part.title = format!(
        "cargo xtask check {}{on}, seed {seed}",
        exercise.task_name(task)
    );
    part.about = Vec::new();
    match input {
        Some(input) => part.about.push(format!("Input: {input}.")),
        None => part
            .about
            .push(String::from("All of its inputs are drawn.")),
    }
    if why.is_none() {
        part.about.push(String::from(
            "The task passes. This is the smallest of its inputs that says something.",
        ));
    }
    part.failure = why;
    part.answers = format!("exercises/{}/src/", exercise.folder);
    let program = build_tool(workbook.root(), "witness", WITNESS)?;
    let status = Command::new(&program)
        .arg("--recorded")
        .arg(recording.folder()?)
        .arg("--trace")
        .arg(&name)
        .status()
        .with_context(|| format!("starting {}", program.display()))?;
    if !status.success() {
        bail!("the picture could not be drawn; the line above says why");
    }
    Ok(answer)
}
