//! `cargo xtask check`: is the answer right, and if not, why not?

use crate::{Answer, cli, sending, show, workbook::Workbook};
use anyhow::Result;
use course::{Exercise, Limits, Selection};
use grade::{Checked, Request};
use std::time::{Duration, SystemTime};
use verdict::Subject;

pub(crate) fn run(arguments: &cli::Check) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let selection = workbook.select(arguments.name.name.as_deref())?;
    let (checked, passed) = check(&workbook, &selection, arguments)?;
    match arguments.format {
        cli::Format::Human => show::checked(&workbook, &selection, &checked, arguments.in_watch)?,
        cli::Format::Json => anstream::print!("{}", explain::json(&checked.report)),
        cli::Format::Junit => {
            anstream::print!("{}", explain::junit(std::slice::from_ref(&checked.report)))
        }
    }
    // The verdict is there: nobody waits for the room.
    if checked.report.subject == Subject::Exercise {
        sending::check(workbook.root(), &checked.report, &passed);
    }
    Ok(answer(checked.report.passed()))
}

/// Whether everything that was asked for passes.
pub(crate) fn answer(passes: bool) -> Answer {
    if passes {
        Answer::Passes
    } else {
        Answer::DoesNotPass
    }
}

/// Checks, and keeps what came of it as the user's progress. Returns the tasks that passed before, too.
pub(crate) fn check(
    workbook: &Workbook,
    selection: &Selection<'_>,
    arguments: &cli::Check,
) -> Result<(Checked, Vec<String>)> {
    let exercise = selection.exercise;
    let environment = workbook.environment(exercise)?;
    let request = Request {
        witness: !arguments.no_witness,
        root: workbook.root(),
        exercise,
        tasks: selection.tasks(),
        subject: if arguments.solution {
            Subject::Solution
        } else {
            Subject::Exercise
        },
        seed: arguments.seed,
        ranks: arguments.ranks.as_deref(),
        limits: limits(exercise, arguments.limits),
        environment: environment.as_ref(),
        colour: arguments.format == cli::Format::Human && show::has_colour(),
    };
    let spinner = show::Spinner::start();
    let checked = grade::check(&request, &mut |event| spinner.event(&event))?;
    spinner.stop();
    let passed = match request.subject {
        Subject::Exercise => workbook.note(|progress| {
            let passed = exercise.tasks.iter();
            let passed = passed.filter(|task| progress.passed(exercise, task));
            let passed = passed.map(|task| task.name.clone()).collect();
            progress.work_on(exercise);
            progress.record(exercise, &checked.report, SystemTime::now());
            passed
        })?,
        _ => Vec::new(),
    };
    Ok((checked, passed))
}

fn limits(exercise: &Exercise, asked: cli::Limits) -> Limits {
    let own = exercise.limits;
    Limits {
        time: asked
            .time_limit
            .map_or(own.time, |seconds| Duration::from_secs(seconds.into())),
        memory: asked
            .memory_limit
            .map_or(own.memory, |mib| u64::from(mib) << 20),
        output: asked
            .output_limit
            .map_or(own.output, |kib| u64::from(kib) << 10),
    }
}
