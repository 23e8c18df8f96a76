//! Stubs, references and known mistakes get the verdicts that they must get.

use super::Problem;
use anyhow::Result;
use course::{Exercise, Limits};
use grade::{
    Event, Request,
    build::{Which, build},
    check, draw_seed,
    mistakes::{Tried, try_all},
};
use setup::Environment;
use std::{
    env,
    fmt::{self, Display, Formatter},
    num::NonZeroUsize,
    path::Path,
    time::Duration,
};
use verdict::{Kind, Report, Status, Subject, TaskReport, wire::MistakeListing};

/// So many known mistakes show that a check can fail for more than one reason.
const MISTAKES: usize = 3;
/// A mistake that hangs does so however long one waits; any other gets the exercise's own limit.
const HANGS: Duration = Duration::from_secs(2);

/// The known mistakes that are tried: one in so many, in the order in which they are listed.
#[derive(Clone, Copy)]
pub(crate) struct Drawn {
    one_in: NonZeroUsize,
    first: usize,
}

impl Drawn {
    /// Draws where to begin.
    pub(crate) fn new(one_in: NonZeroUsize) -> Self {
        let first = draw_seed() as usize % one_in;
        Self { one_in, first }
    }

    fn of(self, listed: Vec<MistakeListing>) -> Vec<MistakeListing> {
        let drawn = listed.into_iter().skip(self.first);
        drawn.step_by(self.one_in.get()).collect()
    }
}

impl Display for Drawn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.one_in.get() {
            1 => f.write_str("every mistake"),
            many => write!(
                f,
                "one mistake in {many}, from number {} on,",
                self.first + 1
            ),
        }
    }
}

/// What has become of a step.
pub(crate) enum Taken {
    Found(Vec<Problem>),
    /// It cannot be taken on this machine, and why.
    LeftOut(String),
}

impl From<Vec<Problem>> for Taken {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Found(problems)
    }
}

/// What the checks of one exercise run with.
pub(crate) struct Bench<'a> {
    pub(crate) root: &'a Path,
    pub(crate) exercise: &'a Exercise,
    pub(crate) environment: Option<&'a Environment>,
}

impl Bench<'_> {
    fn report(&self, subject: Subject, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Report> {
        let request = Request {
            witness: true,
            root: self.root,
            exercise: self.exercise,
            tasks: &self.exercise.tasks,
            subject,
            seed: None,
            ranks: None,
            limits: self.exercise.limits,
            environment: self.environment,
            colour: false,
        };
        Ok(check(&request, on_event)?.report)
    }

    /// Every task of the stub is reported as not started. Left out where the machine lacks a device, unless this is
    /// CI.
    pub(crate) fn stub(&self, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Taken> {
        let report = self.report(Subject::Exercise, on_event)?;
        if let Some(why) = without_device(&report)
            && env::var_os("CI").is_none()
        {
            return Ok(Taken::LeftOut(why.to_owned()));
        }
        let place = self.exercise.source_name(Subject::Exercise);
        let problems = unlike(&report, Status::NotStarted)
            .map(|task| {
                Problem::new(
                    &place,
                    format!("the stub of `{}` is {}", task.name, said(task)),
                )
            })
            .collect();
        Ok(Taken::Found(problems))
    }

    /// Every task of the reference passes, with inputs from two seeds.
    pub(crate) fn reference(&self, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        for _ in 0..2 {
            let report = self.report(Subject::Solution, on_event)?;
            let place = self.exercise.source_name(Subject::Solution);
            let seed = report.seed;
            problems.extend(unlike(&report, Status::Passed).map(|task| {
                Problem::new(
                    &place,
                    format!(
                        "the reference of `{}` is {} (seed {seed})",
                        task.name,
                        said(task)
                    ),
                )
            }));
        }
        Ok(problems)
    }

    /// Every known mistake that is drawn gets the verdict that it declares, and every task has some.
    pub(crate) fn mistakes(
        &self,
        drawn: Drawn,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Vec<Problem>> {
        let place = format!("solutions/{}/mistakes", self.exercise.folder);
        let program = match build(
            self.root,
            self.exercise,
            Which::Check(Subject::Solution),
            self.environment,
            false,
            &mut |progress| on_event(Event::Built(progress)),
        )? {
            Ok(program) => program,
            Err(failure) => return Ok(vec![Problem::new(place, failure.rendered)]),
        };
        let listing = program.list()?;
        let mut problems = Vec::new();
        let names: Vec<&String> = self.exercise.tasks.iter().map(|task| &task.name).collect();
        if listing.tasks.iter().collect::<Vec<_>>() != names {
            problems.push(Problem::new(
                format!("exercises/{}/checks/tasks.rs", self.exercise.folder),
                format!(
                    "checks {:?}, but exercise.toml has {names:?}",
                    listing.tasks
                ),
            ));
        }
        for task in &self.exercise.tasks {
            let many = listing
                .mistakes
                .iter()
                .filter(|mistake| mistake.task == task.name)
                .count();
            if many < MISTAKES {
                let message = format!(
                    "has {many} mistakes for `{}`; at least {MISTAKES} are needed",
                    task.name
                );
                problems.push(Problem::new(&place, message));
            }
        }
        let (hanging, ending): (Vec<MistakeListing>, Vec<MistakeListing>) = drawn
            .of(listing.mistakes)
            .into_iter()
            .partition(|mistake| mistake.kind == Kind::Timeout);
        let own = self.exercise.limits;
        for (group, limits) in [
            (ending, own),
            (
                hanging,
                Limits {
                    time: HANGS.min(own.time),
                    ..own
                },
            ),
        ] {
            for tried in try_all(
                self.root,
                self.exercise,
                &program,
                group,
                self.environment,
                limits,
                on_event,
            )? {
                if !tried.is_right() {
                    problems.push(Problem::new(&place, complaint(&tried)));
                }
            }
        }
        Ok(problems)
    }
}

fn complaint(tried: &Tried) -> String {
    let mistake = &tried.mistake;
    let found = tried.found.as_ref().map_or_else(
        || String::from("passes"),
        |failure| {
            let ranks = failure
                .ranks
                .map_or_else(String::new, |ranks| format!(" at {ranks} ranks"));
            format!("gets {}{ranks}: {}", failure.kind, failure.message)
        },
    );
    format!(
        "`{}` of `{}` must get {}, and {found}",
        mistake.name, mistake.task, mistake.kind
    )
}

/// Why tasks were not run, if that is for want of a device.
fn without_device(report: &Report) -> Option<&str> {
    let mut failures = report.tasks.iter().flat_map(|task| &task.failures);
    let none = failures.find(|failure| failure.kind == Kind::NoDevice)?;
    Some(&none.message)
}

fn unlike(report: &Report, status: Status) -> impl Iterator<Item = &TaskReport> {
    report
        .tasks
        .iter()
        .filter(move |task| task.status != status)
}

/// A task's verdict in words.
fn said(task: &TaskReport) -> String {
    let status = match task.status {
        Status::Passed => "passed",
        Status::Failed => "failed",
        Status::NotStarted => "not started",
        Status::NotRun => "not run",
    };
    task.failures.first().map_or_else(
        || status.to_owned(),
        |failure| {
            let ranks = failure
                .ranks
                .map_or_else(String::new, |ranks| format!(" at {ranks} ranks"));
            format!("{status}: {}{ranks}: {}", failure.kind, failure.message)
        },
    )
}
