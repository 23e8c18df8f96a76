//! A task that somebody looks at: its check runs, and one of its runs is kept, the one that fails or else
//! one that is easy to read.

use super::check;
use crate::{Answer, cli, show, workbook::Workbook};
use anyhow::{Result, bail};
use course::{Selection, Task};
use explain::Look;
use grade::{Checked, Request, Shown};
use verdict::{Report, Subject};

/// What came of it.
pub(crate) struct Looked {
    pub(crate) checked: Checked,
    /// The run to look at, if there was any.
    pub(crate) shown: Option<Shown>,
}

/// A seed is for inputs that are drawn; the program of an exercise has its own.
pub(crate) fn refuse_seed(arguments: &cli::Run) -> Result<()> {
    if arguments.seed.is_some() {
        bail!(
            "--seed is for a task, such as `{0}.1`: the program of an exercise draws no inputs",
            arguments.name
        );
    }
    Ok(())
}

/// Checks a task.
pub(crate) fn look(
    workbook: &Workbook,
    selection: &Selection<'_>,
    arguments: &cli::Run,
) -> Result<Looked> {
    if !arguments.arguments.is_empty() {
        bail!(
            "a task takes no arguments of its own; the program of its exercise does: \
             `cargo xtask run {:02} -- …`",
            selection.exercise.number
        );
    }
    let exercise = selection.exercise;
    let environment = workbook.environment(exercise)?;
    let ranks = arguments.ranks.map(|ranks| [ranks]);
    let request = Request {
        witness: true,
        root: workbook.root(),
        exercise,
        tasks: selection.tasks(),
        subject: Subject::Exercise,
        seed: arguments.seed,
        ranks: ranks.as_ref().map(|ranks| &ranks[..]),
        limits: exercise.limits,
        environment: environment.as_ref(),
        colour: show::has_colour(),
    };
    let spinner = show::Spinner::start();
    let (checked, shown) = grade::show(&request, &mut |event| spinner.event(&event))?;
    spinner.stop();
    Ok(Looked { checked, shown })
}

/// Whether everything passes.
pub(crate) fn answer(report: &Report) -> Answer {
    check::answer(report.passed())
}

/// Shows the run: its input, what each rank returned and printed, and the verdict.
pub(crate) fn tell(
    workbook: &Workbook,
    selection: &Selection<'_>,
    task: &Task,
    looked: &Looked,
) -> Result<Answer> {
    let Looked { checked, shown } = looked;
    let answer = answer(&checked.report);
    let (Some(shown), Some(report)) = (shown, checked.report.tasks.first()) else {
        show::checked(workbook, selection, checked, false)?;
        return Ok(answer);
    };
    let look = Look {
        name: &selection.exercise.task_name(task),
        seed: checked.report.seed,
        ranks: shown.ranks,
        input: shown.input.as_deref(),
        values: &shown.values,
        prints: &shown.prints,
        report,
        width: show::width(),
    };
    anstream::print!("{}", explain::look(&look, show::style()));
    Ok(answer)
}
