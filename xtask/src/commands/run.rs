//! `cargo xtask run`: an exercise's own program, under MPI's launcher, in the terminal.

use crate::{Answer, cli, show, unwritten, workbook::Workbook};
use anyhow::{Context, Result, bail};
use course::Exercise;
use grade::build::{Program, Which, build};
use launch::{Company, Outcome, Scratch, Spec};
use setup::Environment;
use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};
use verdict::Subject;

/// After a `todo!()` so long may the job take to end by itself: what ranks have printed takes its way
/// through their launcher.
const MOMENT: Duration = Duration::from_millis(300);

/// Builds the exercise's own program; none if its code does not compile, which is shown.
pub(crate) fn demo(
    workbook: &Workbook,
    exercise: &Exercise,
    environment: Option<&Environment>,
) -> Result<Option<Program>> {
    let spinner = show::Spinner::start();
    spinner.say(&format!("building {}", exercise.package()));
    let built = build(
        workbook.root(),
        exercise,
        Which::Demo,
        environment,
        show::has_colour(),
    )?;
    spinner.stop();
    Ok(match built {
        Ok(program) => Some(program),
        Err(failure) => {
            anstream::eprint!("{}", failure.rendered);
            None
        }
    })
}

pub(crate) fn run(arguments: &cli::Run) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let exercise = workbook.exercise(&arguments.exercise.name)?;
    let environment = workbook.environment(exercise)?;
    let Some(program) = demo(&workbook, exercise, environment.as_ref())? else {
        return Ok(Answer::DoesNotPass);
    };
    let launcher = environment
        .as_ref()
        .map(|environment| environment.launcher(arguments.ranks));
    let mut command = launcher.unwrap_or_default();
    command.push(program.path.into());
    // Before the program's own arguments: none of those names hosts to a launcher.
    let scratch = environment.is_some().then(Scratch::create).transpose()?;
    let mut env = program.env;
    if let Some(scratch) = &scratch {
        env.extend(scratch.for_mpi(&command));
    }
    command.extend(arguments.arguments.iter().cloned());
    let spec = Spec {
        program: command.remove(0),
        args: command,
        env,
        // Relative paths among the arguments are the user's, from where they stand.
        cwd: None,
        scratch: scratch.as_ref().map(|scratch| scratch.path().to_owned()),
        limits: launch::Limits {
            memory: Some(exercise.limits.memory),
            output: None,
        },
    };
    let source = exercise.source_name(Subject::Exercise);
    let (errors, theirs) = std::io::pipe().context("making a pipe")?;
    let enough = AtomicBool::new(false);
    let (outcome, unwritten) = thread::scope(|scope| {
        let listening = scope.spawn(|| unwritten::listen(errors, &source, &enough));
        let mut since = None;
        let mut look = || {
            if !enough.load(Ordering::Acquire) {
                return Ok(ControlFlow::Continue(()));
            }
            let since = *since.get_or_insert_with(Instant::now);
            Ok(if since.elapsed() < MOMENT {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        };
        let company = Company {
            errors: Some(theirs.into()),
            look: Some(&mut look),
        };
        let outcome = launch::foreground(&spec, company);
        (outcome, listening.join().unwrap_or_default())
    });
    let outcome = outcome?;
    if let Some(line) = unwritten
        && outcome != Outcome::Interrupted
    {
        let path = exercise.source(Subject::Exercise);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        anstream::eprintln!("\n{}", unwritten::message(exercise, &text, line));
        return Ok(Answer::DoesNotPass);
    }
    match outcome {
        Outcome::Ended(status) if status.success() => Ok(Answer::Passes),
        Outcome::Ended(status) => {
            anstream::eprintln!("\nThe program ended with {status}.");
            Ok(Answer::DoesNotPass)
        }
        // It is only where something is unwritten.
        Outcome::Enough => Ok(Answer::DoesNotPass),
        Outcome::Interrupted => bail!(grade::Interrupted),
        Outcome::MemoryLimit(usage) => {
            anstream::eprintln!(
                "\nThe program was ended: it used {} MiB, and may use {} MiB.",
                usage.total >> 20,
                exercise.limits.memory >> 20
            );
            Ok(Answer::DoesNotPass)
        }
    }
}
