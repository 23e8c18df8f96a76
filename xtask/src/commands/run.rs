//! `cargo xtask run`: an exercise's own program or one of the slides', under MPI's launcher, in the
//! terminal; or a task, with one input.

use super::{
    look::{self, look},
    slide,
};
use crate::{Answer, cli, show, unwritten, workbook::Workbook};
use anyhow::{Context, Result, bail};
use course::Exercise;
use grade::build::{Program, Which, build};
use launch::{Company, Outcome, Spec};
use setup::Environment;
use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};
use verdict::{Subject, plural};

/// So many ranks has an exercise's own program, if nobody says how many.
pub(crate) const RANKS: u32 = 4;

/// After a `todo!()` so long may the job take to end by itself: what ranks have printed takes its way
/// through their launcher.
const MOMENT: Duration = Duration::from_millis(300);

/// With more ranks on each core, a warning says what that means.
const CROWDED: u32 = 16;

/// Warns of more ranks than this machine can take in a reasonable time, before a long silence.
pub(crate) fn warn_if_crowded(environment: &Environment, ranks: u32) {
    // Slurm knows better than this machine what its nodes can take.
    if environment.launcher(ranks)[0] == "srun" {
        return;
    }
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    if let Some(warning) = crowded(ranks, cores) {
        anstream::eprintln!("{warning}");
    }
}

fn crowded(ranks: u32, cores: u32) -> Option<String> {
    let most = CROWDED.saturating_mul(cores);
    let cores = plural(cores, "core");
    (ranks > most).then(|| {
        format!(
            "warning: {ranks} ranks share {cores} on this machine, so each waits for its turn most of the \
             time, and their start alone may take minutes. Ctrl-C ends all of them. Try -n {most}."
        )
    })
}

/// Builds the exercise's own program; none if its code does not compile, which is shown.
pub(crate) fn demo(
    workbook: &Workbook,
    exercise: &Exercise,
    environment: Option<&Environment>,
) -> Result<Option<Program>> {
    demo_of(workbook, exercise, Subject::Exercise, environment)
}

/// The same with the functions of a subject.
pub(crate) fn demo_of(
    workbook: &Workbook,
    exercise: &Exercise,
    subject: Subject,
    environment: Option<&Environment>,
) -> Result<Option<Program>> {
    let spinner = show::Spinner::start();
    spinner.building(exercise.package());
    let built = build(
        workbook.root(),
        exercise,
        Which::Demo(subject),
        environment,
        show::has_colour(),
        &mut |progress| spinner.built(progress),
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
    if let Some(name) = slide::named(&arguments.name) {
        look::refuse_seed(arguments)?;
        let (program, environment) = slide::build(&workbook, name)?;
        return watch(&workbook, None, &program, environment.as_ref(), arguments);
    }
    let selection = workbook.course.select(&arguments.name)?;
    if let Some(task) = selection.task {
        let looked = look(&workbook, &selection, arguments)?;
        return look::tell(&workbook, &selection, task, &looked);
    }
    look::refuse_seed(arguments)?;
    let exercise = selection.exercise;
    let environment = workbook.environment(exercise)?;
    let Some(program) = demo(&workbook, exercise, environment.as_ref())? else {
        return Ok(Answer::DoesNotPass);
    };
    let (exercise, environment) = (Some(exercise), environment.as_ref());
    watch(&workbook, exercise, &program, environment, arguments)
}

/// Runs a program in the terminal: an exercise's own, within its limits, or one of the slides'.
fn watch(
    workbook: &Workbook,
    exercise: Option<&Exercise>,
    program: &Program,
    environment: Option<&Environment>,
    arguments: &cli::Run,
) -> Result<Answer> {
    let ranks = arguments.ranks.unwrap_or(RANKS);
    if let Some(environment) = environment {
        warn_if_crowded(environment, ranks);
    }
    let launcher = environment.map(|environment| environment.launcher(ranks));
    let mut command = launcher.unwrap_or_default();
    command.push(program.path.clone().into());
    command.extend(arguments.arguments.iter().cloned());
    let mut env = program.env.clone();
    if show::has_colour() {
        // What ranks print goes through their launcher, so that they cannot see the terminal.
        env.push(("CLICOLOR_FORCE".into(), "1".into()));
    }
    let spec = Spec {
        program: command.remove(0),
        args: command,
        env,
        // Relative paths among the arguments are the user's, from where they stand.
        cwd: None,
        limits: launch::Limits {
            memory: exercise.map(|exercise| exercise.limits.memory),
            output: None,
        },
        nodes: None,
    };
    let source = exercise.map(|exercise| exercise.source_name(Subject::Exercise));
    let source = source.unwrap_or_default();
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
            bell: None,
        };
        let outcome = launch::foreground(&spec, company);
        (outcome, listening.join().unwrap_or_default())
    });
    let outcome = outcome?;
    if let (Some(line), Some(exercise)) = (unwritten, exercise)
        && outcome != Outcome::Interrupted
    {
        let path = exercise.source(Subject::Exercise);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        anstream::eprintln!(
            "\n{}",
            unwritten::message(exercise, &workbook.name_as_typed(&source), &text, line)
        );
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
            let limit = exercise.map_or(0, |exercise| exercise.limits.memory);
            anstream::eprintln!(
                "\nThe program was ended: it used {} MiB, and may use {} MiB.",
                usage.total >> 20,
                limit >> 20
            );
            Ok(Answer::DoesNotPass)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_ranks_than_the_machine_can_take_are_warned_of() {
        assert_eq!(crowded(32, 2), None);
        let warning = crowded(500, 2).unwrap();
        assert!(
            warning.starts_with("warning: 500 ranks share 2 cores"),
            "{warning}"
        );
        assert!(warning.ends_with("Try -n 32."), "{warning}");
        assert!(crowded(17, 1).unwrap().contains("1 core on"));
    }
}
