//! All tasks at all rank counts, as a report.

use crate::{
    Event,
    build::{self, BuildFailure, Program, Which},
    job::{self, Ahead, Item, Ran, Runner},
    merge::{Verdict, at},
    shown::Shown,
    signature,
};
use anyhow::{Context, Result};
use course::{Exercise, Limits, Task, source::Lines};
use setup::Environment;
use std::{
    cell::LazyCell, collections::BTreeSet, hash::BuildHasher, ops::Range, path::Path, time::Instant,
};
use verdict::{
    Failure, Kind, Report, Status, Subject, TaskReport, Where,
    report::{self, SCHEMA},
    wire::Place,
};

/// What to check.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The workbook's folder.
    pub root: &'a Path,
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The tasks, in the exercise's order.
    pub tasks: &'a [Task],
    /// Whose answers.
    pub subject: Subject,
    /// The seed of the inputs; drawn when there is none.
    pub seed: Option<u64>,
    /// Rank counts that replace those of the tasks.
    pub ranks: Option<&'a [u32]>,
    /// What each job may use.
    pub limits: Limits,
    /// The MPI; none when the exercise needs none.
    pub environment: Option<&'a Environment>,
    /// Whether the witness watches the ranks' MPI calls.
    pub witness: bool,
    /// Whether the compiler may use colour.
    pub colour: bool,
}

/// A report, and what the compiler printed when there was nothing to run.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The report.
    pub report: Report,
    /// Why the crate does not compile, if it does not.
    pub build: Option<BuildFailure>,
}

/// Draws a seed that is short enough to be typed.
pub fn draw_seed() -> u64 {
    std::hash::RandomState::new().hash_one("seed") % 1_000_000
}

/// Builds and runs the checks that were asked for.
///
/// # Errors
/// When the question or the machine is at fault; whatever the student's code does is in the report.
/// [`Interrupted`](crate::Interrupted) when the user stopped it.
pub fn check(request: &Request<'_>, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Checked> {
    Ok(check_and_show(request, false, on_event)?.0)
}

/// The same, and hands out one run of the tasks to look at: the first that fails, or else one on few
/// ranks; none where nothing has run to an end. It takes longer, as the ranks tell all their values.
///
/// # Errors
/// As [`check()`].
pub fn show(
    request: &Request<'_>,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<(Checked, Option<Shown>)> {
    check_and_show(request, true, on_event)
}

fn check_and_show(
    request: &Request<'_>,
    shows: bool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<(Checked, Option<Shown>)> {
    let begin = Instant::now();
    let seed = request.seed.unwrap_or_else(draw_seed);
    let package = request.exercise.package_of(request.subject);
    on_event(Event::Building { package: &package });
    let which = Which::Check(request.subject);
    // While cargo finds out that nothing has changed, the ranks of the last build can start.
    let mut ahead = Ahead::default();
    let last = build::last(
        request.root,
        request.exercise,
        request.subject,
        request.environment,
    );
    if let Some(last) = &last {
        let first = job::first(&items(request, seed));
        // Should it fail, it fails again in its turn, if the program is not built anew.
        ahead.started = runner(request, last, seed, shows).start(first).ok();
    }
    let built = build::build(
        request.root,
        request.exercise,
        which,
        request.environment,
        request.colour,
        &mut |progress| on_event(Event::Built(progress)),
    )?;
    if let Ok(program) = &built
        && (!program.is_fresh || last.is_none_or(|last| last.path != program.path))
    {
        ahead.started = None;
    }
    report_on(request, built, ahead, (seed, begin, shows), on_event)
}

/// The same as [`check()`] with a program, or the compiler's words, that [`build::build`] has returned for this
/// request: nothing is built, and nothing is written in the workbook's folder.
///
/// # Errors
/// As [`check()`].
pub fn check_built(
    request: &Request<'_>,
    built: Result<Program, BuildFailure>,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Checked> {
    let seed = request.seed.unwrap_or_else(draw_seed);
    let how = (seed, Instant::now(), false);
    Ok(report_on(request, built, Ahead::default(), how, on_event)?.0)
}

/// Runs what was built. `how`: the seed, when the check began, and whether ranks tell all their values.
fn report_on(
    request: &Request<'_>,
    built: Result<Program, BuildFailure>,
    ahead: Ahead,
    (seed, begin, shows): (u64, Instant, bool),
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<(Checked, Option<Shown>)> {
    let mut shown = None;
    let (tasks, build) = match built {
        Ok(program) => {
            let runner = runner(request, &program, seed, shows);
            let (tasks, run) = run(request, &runner, ahead, on_event)?;
            shown = run;
            (tasks, None)
        }
        Err(failure) => {
            let failure = match request.subject {
                Subject::Exercise => signature::explained(request.root, request.exercise, failure),
                Subject::Solution => failure,
            };
            (not_built(request.tasks, &failure), Some(failure))
        }
    };
    let report = Report {
        schema: SCHEMA,
        exercise: request.exercise.folder.clone(),
        subject: request.subject,
        seed,
        mpi: request.environment.map(|environment| report::Mpi {
            name: environment.mpi.name().to_owned(),
            version: environment.mpi.version.clone(),
        }),
        seconds: begin.elapsed().as_secs_f64(),
        diagnosis: diagnosis(&tasks),
        tasks,
    };
    Ok((Checked { report, build }, shown))
}

/// The numbers of ranks that were asked for, or else those of a task. It runs on no fewer than its exercise names:
/// a task may make no sense there, as two programs do not on one rank.
fn counts(request: &Request<'_>, task: &Task, seed: u64) -> BTreeSet<Option<u32>> {
    let least = task.ranks.iter().min().copied().unwrap_or(1);
    match request.ranks.filter(|_| request.exercise.needs_mpi()) {
        Some(chosen) => chosen.iter().map(|many| Some(least.max(*many))).collect(),
        None => counts_of(task, seed),
    }
}

/// The numbers of ranks at which a task runs: those that the exercise names, and one that the seed
/// draws, where the task is for any number; one entry of none when it needs no MPI.
pub(crate) fn counts_of(task: &Task, seed: u64) -> BTreeSet<Option<u32>> {
    /// Numbers that are not tried by hand.
    const DRAWN: Range<u64> = 5..13;
    let own = &task.ranks;
    if own.is_empty() {
        return BTreeSet::from([None]);
    }
    let drawn = DRAWN.start + seed % (DRAWN.end - DRAWN.start);
    let drawn = (own.len() > 1).then_some(drawn as u32);
    own.iter().copied().chain(drawn).map(Some).collect()
}

/// All tasks at all their numbers of ranks, the smallest first.
fn items(request: &Request<'_>, seed: u64) -> Vec<Item> {
    let tasks = request.tasks.iter();
    let all: BTreeSet<Option<u32>> = tasks.flat_map(|task| counts(request, task, seed)).collect();
    let tasks_at = |ranks: Option<u32>| {
        let tasks = request.tasks.iter();
        let has = move |task: &&Task| counts(request, task, seed).contains(&ranks);
        tasks
            .filter(has)
            .map(move |task| Item::answer(&task.name, ranks))
    };
    all.into_iter().flat_map(tasks_at).collect()
}

fn runner<'a>(request: &Request<'a>, program: &'a Program, seed: u64, shows: bool) -> Runner<'a> {
    Runner {
        witness: request.witness,
        root: request.root,
        folder: &request.exercise.folder,
        program,
        environment: request.environment,
        limits: request.limits,
        seed,
        shows,
    }
}

fn run(
    request: &Request<'_>,
    runner: &Runner<'_>,
    mut ahead: Ahead,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<(Vec<TaskReport>, Option<Shown>)> {
    let path = request.exercise.source(request.subject);
    let source =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    // Only a failure asks for lines.
    let lines = LazyCell::new(|| Lines::of(&source));
    let mut reports: Vec<TaskReport> = request.tasks.iter().map(|task| blank(&task.name)).collect();
    let unfinished = |task: &Task| {
        let functions = || task.functions.iter();
        functions().any(|name| !lines.begins_with_todo(name))
            && functions().any(|name| lines.begins_with_todo(name))
    };
    let mut items = items(request, runner.seed);
    for item in &mut items {
        let task = request.tasks.iter().find(|task| task.name == item.task);
        item.unfinished = task.is_some_and(unfinished);
    }
    let Ran { verdicts, shown } = runner.run(&items, &mut ahead, on_event)?;
    for (item, verdict) in items.iter().zip(verdicts) {
        let known = request.tasks.iter().zip(&mut reports);
        let Some((verdict, (task, report))) =
            verdict.zip(known.into_iter().find(|(task, _)| task.name == item.task))
        else {
            continue;
        };
        let (status, failures) = match verdict {
            Verdict::Passed => (Status::Passed, Vec::new()),
            Verdict::NotStarted(place) => {
                // One that is all of its function need not be looked for.
                let is_whole = task
                    .functions
                    .iter()
                    .any(|name| lines.begins_with_todo(name));
                report.todo = place.filter(|_| !is_whole);
                (Status::NotStarted, Vec::new())
            }
            // Whoever has no device is not to blame, and has not passed either.
            Verdict::Failed(failures) if is_without_device(&failures) => (Status::NotRun, failures),
            Verdict::Failed(mut failures) => {
                let homes = homes(request, task, &lines);
                for failure in &mut failures {
                    place_in(failure, &homes, request.root);
                }
                (Status::Failed, failures)
            }
        };
        judge(report, item.ranks, status, failures);
    }
    Ok((reports, shown))
}

/// Adds the verdict at one more number of ranks. What failed at fewer is not undone by what passes at more: some
/// failures are found only at the end of a job. Of several the first is told.
fn judge(report: &mut TaskReport, ranks: Option<u32>, status: Status, failures: Vec<Failure>) {
    if report.status != Status::Failed {
        report.ranks.extend(ranks);
        (report.status, report.failures) = (status, failures);
    } else if status == Status::Passed {
        report.ranks.extend(ranks);
    }
}

/// Whether a task could not be tried, because the machine lacks a device for it.
fn is_without_device(failures: &[Failure]) -> bool {
    let first = failures.first();
    first.is_some_and(|failure| failure.kind == Kind::NoDevice)
}

/// Where the functions of a task stand, by name.
fn homes<'t>(request: &Request<'_>, task: &'t Task, lines: &Lines<'_>) -> Vec<(&'t str, Place)> {
    let home = |name: &'t String| {
        let file = request.exercise.source_name(request.subject);
        let line = lines.line_of(name)?;
        Some((name.as_str(), Place { file, line }))
    };
    // It is not in one that is not written, as long as there is another.
    let (open, written): (Vec<_>, Vec<_>) = task
        .functions
        .iter()
        .partition(|name| lines.begins_with_todo(name));
    let those = if written.is_empty() { open } else { written };
    those.into_iter().filter_map(home).collect()
}

/// A failure that does not know its line is at the function of its task. Of several it is the one that
/// the check names; where it names none, it may be any of them.
fn place_in(failure: &mut Failure, homes: &[(&str, Place)], root: &Path) {
    if !failure.places.is_empty() {
        return;
    }
    let named = homes.iter().position(|(name, _)| is_about(failure, name));
    let homes = named.map_or(homes, |index| &homes[index..=index]);
    let places = homes
        .iter()
        .map(|(_, home)| at(failure.rank, None, Some(home), root));
    failure.places = places.collect();
}

/// Whether the input says that it is for this function: `reduce_sum: 3 numbers`, or the same in
/// backticks.
fn is_about(failure: &Failure, function: &str) -> bool {
    let input = failure.input.as_deref().unwrap_or_default();
    let name = function.rsplit("::").next().unwrap_or(function);
    let quoted = input.strip_prefix('`').and_then(|rest| {
        let rest = rest.strip_prefix(name)?;
        rest.strip_prefix('`')
    });
    let plain = input.strip_prefix(name);
    quoted.is_some() || plain.is_some_and(|rest| rest.starts_with(':'))
}

fn blank(name: &str) -> TaskReport {
    TaskReport {
        name: name.to_owned(),
        status: Status::NotRun,
        ranks: Vec::new(),
        failures: Vec::new(),
        todo: None,
    }
}

fn not_built(tasks: &[Task], failure: &BuildFailure) -> Vec<TaskReport> {
    let failures: Vec<Failure> = failure
        .errors
        .iter()
        .filter(|error| error.place.is_some())
        .chain(failure.errors.iter().filter(|error| error.place.is_none()))
        .take(if failure.rendered.is_empty() {
            failure.errors.len()
        } else {
            1
        })
        .map(|error| Failure {
            kind: Kind::Build,
            ranks: None,
            rank: None,
            message: error.message.clone(),
            input: None,
            expected: None,
            actual: None,
            places: error
                .place
                .iter()
                .map(|(file, line)| Where {
                    file: Some(file.clone()),
                    line: Some(*line),
                    ..Where::default()
                })
                .collect(),
            printed: None,
            prints: Vec::new(),
            reason: None,
        })
        .collect();
    tasks
        .iter()
        .map(|task| TaskReport {
            failures: failures.clone(),
            ..blank(&task.name)
        })
        .collect()
}

/// What is to be said about the run as a whole.
fn diagnosis(tasks: &[TaskReport]) -> Vec<String> {
    let failed: Vec<&TaskReport> = tasks
        .iter()
        .filter(|task| task.status == Status::Failed)
        .collect();
    let first = |task: &&TaskReport| task.failures.first().and_then(|failure| failure.ranks);
    let mut sentences = Vec::new();
    let many = failed.len() > 1;
    if many
        && failed
            .iter()
            .all(|task| first(task).is_some_and(|ranks| ranks > 1) && task.ranks.contains(&1))
    {
        sentences.push(String::from(
            "All failing tasks pass with one rank: look at what happens between ranks.",
        ));
    }
    let kind = |task: &&TaskReport| task.failures.first().map(|failure| failure.kind);
    if many && failed.iter().all(|task| kind(task) == Some(Kind::Timeout)) {
        sentences.push(String::from(
            "All failing tasks ran into the time limit: look for what they have in common.",
        ));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_at_few_ranks_is_not_undone_by_what_passes_at_more() {
        let failure = Failure::new(Kind::Leftover, "a thread is still computing");
        let mut report = blank("scatter");
        judge(&mut report, Some(1), Status::Passed, Vec::new());
        judge(&mut report, Some(2), Status::Failed, vec![failure.clone()]);
        judge(&mut report, Some(3), Status::Failed, vec![failure.clone()]);
        judge(&mut report, Some(4), Status::Passed, Vec::new());
        // At 3 it did not pass either.
        assert_eq!(report.ranks, [1, 2, 4]);
        assert_eq!(
            (report.status, report.failures),
            (Status::Failed, vec![failure])
        );
    }

    #[test]
    fn what_failing_tasks_have_in_common_is_said() {
        let failed = |kind, at: u32| TaskReport {
            name: String::from("scatter"),
            status: Status::Failed,
            ranks: vec![1, 2, 3],
            todo: None,
            failures: vec![Failure {
                kind,
                ranks: Some(at),
                rank: None,
                message: String::new(),
                input: None,
                expected: None,
                actual: None,
                places: Vec::new(),
                printed: None,
                prints: Vec::new(),
                reason: None,
            }],
        };
        let said = |tasks: &[TaskReport]| diagnosis(tasks).join(" ");
        let late = failed(Kind::Timeout, 1);
        assert!(said(&[late.clone(), late.clone()]).contains("ran into the time limit"));
        assert_eq!(said(std::slice::from_ref(&late)), "");
        assert_eq!(said(&[late, failed(Kind::Panic, 1)]), "");
        let between = failed(Kind::Deadlock, 2);
        assert!(said(&[between.clone(), between]).contains("between ranks"));
    }

    /// The lines of the places of a failure with this input, in a task of these functions.
    fn lines(input: Option<&str>, functions: &[&str]) -> Vec<Option<u32>> {
        let homes: Vec<(&str, Place)> = (7..)
            .zip(functions)
            .map(|(line, name)| {
                let file = String::from("exercises/05-collectives/src/lib.rs");
                (*name, Place { file, line })
            })
            .collect();
        let mut failure = Failure {
            kind: Kind::WrongResult,
            ranks: Some(3),
            rank: Some(2),
            message: String::new(),
            input: input.map(str::to_owned),
            expected: None,
            actual: None,
            places: Vec::new(),
            printed: None,
            prints: Vec::new(),
            reason: None,
        };
        place_in(&mut failure, &homes, Path::new("/c"));
        assert!(failure.places.iter().all(|place| place.rank == Some(2)));
        failure.places.iter().map(|place| place.line).collect()
    }

    #[test]
    fn a_failure_without_a_line_is_at_the_function_that_the_check_names() {
        let both = ["reduce_sum", "reduce_max"];
        assert_eq!(lines(Some("reduce_max: the numbers [1]"), &both), [Some(8)]);
        assert_eq!(lines(Some("`reduce_max` of 3 numbers"), &both), [Some(8)]);
        assert_eq!(
            lines(Some("step: 4"), &["Grid::new", "Grid::step"]),
            [Some(8)]
        );
        // A task of one function needs no name.
        assert_eq!(lines(Some("3 numbers"), &["scatter"]), [Some(7)]);
        assert_eq!(lines(None, &[]), []);
    }

    #[test]
    fn where_no_function_is_named_it_may_be_any() {
        let both = ["reduce", "reduce_max"];
        for input in [
            None,
            Some("3 numbers"),
            Some("reduce them: 3"),
            Some("`reduce them"),
        ] {
            assert_eq!(lines(input, &both), [Some(7), Some(8)], "{input:?}");
        }
        assert_eq!(lines(Some("reduce_max: 3"), &both), [Some(8)]);
    }
}
