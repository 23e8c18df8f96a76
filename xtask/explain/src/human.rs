//! One check as a student reads it: what works, what does not and why, and what to do next. How lines
//! are wrapped and coloured is left to `page`, the source to `snippet`.

use crate::{
    compiler::as_typed,
    findings::show_places,
    lesson::section,
    page::{Page, Style, clean, ink},
    rule::{Failed, rule},
    snippet::{Label, Sources},
    words,
};
use std::collections::BTreeSet;
use textwrap::core::display_width;
use verdict::{Failure, Kind, Prints, Report, Status, Subject, TaskReport, Where, plural};

/// What a report does not have and a person wants to know.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The exercise's number, such as 5.
    pub number: u32,
    /// The exercise's title, such as `Collectives`.
    pub title: &'a str,
    /// The width to keep to, in columns; at least 40 are used.
    pub width: usize,
    /// Whether one task was asked for, and not the exercise.
    pub one_task: bool,
    /// The task to go on with when everything passes that was asked for; none when the whole course
    /// passes.
    pub next: Option<Next<'a>>,
    /// Where the functions of the tasks stand, all of a task; they need not be complete.
    pub functions: &'a [TaskFunction],
    /// What the compiler printed when the crate does not build, with or without colour; else empty.
    pub diagnostics: &'a str,
    /// Where the files are that are named by their paths from the workbook's folder.
    pub sources: Sources<'a>,
}

/// The task to go on with, as far as the student's progress tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next<'a> {
    /// The number of its exercise, such as 6.
    pub number: u32,
    /// The title of its exercise.
    pub title: &'a str,
    /// Its name.
    pub task: &'a str,
    /// The lesson's path from the workbook's folder.
    pub lesson: &'a str,
    /// Where in the lesson to read on, with the line; none where it does not say.
    pub section: Option<(&'a str, usize)>,
}

/// A function that belongs to a task.
#[derive(Clone, Debug)]
pub struct TaskFunction {
    /// The task's name.
    pub task: String,
    /// The function's name.
    pub function: String,
    /// The file's path from the workbook's folder.
    pub file: String,
    /// The line of its `fn`, counted from 1, if it was found.
    pub line: Option<u32>,
    /// Whether its body still begins with `todo!()`.
    pub open: bool,
}

/// So many lines of what was printed are shown, shared among the ranks that printed.
const PRINTED: usize = 24;
/// And so many of one rank: no more, and no less.
const OF_A_RANK: std::ops::RangeInclusive<usize> = 3..=8;
/// Names of tasks are given so many columns at most.
const NAME: usize = 24;

/// The report as text of the given width.
///
/// If the crate does not build, it is what the compiler printed, as it is, and nothing else.
pub fn human(report: &Report, context: &Context<'_>, style: Style) -> String {
    let mut page = Page::new(context.width, style);
    let view = View { report, context };
    let failures = || report.tasks.iter().flat_map(|task| &task.failures);
    if let Some(failure) = failures().find(|failure| failure.kind == Kind::Build) {
        return view.build(failure, page);
    }
    view.header(&mut page);
    view.tasks(&mut page);
    if let Some(task) = view.first_to_explain() {
        view.explain(task, &mut page);
        view.others(task, &mut page);
    }
    for sentence in &report.diagnosis {
        page.blank();
        page.paragraph(0, (ink::LABEL, "note: "), (ink::NONE, sentence));
    }
    view.next(&mut page);
    page.into_text()
}

/// The outcome in one line of at most this width: for where the whole text does not fit on the screen.
pub fn in_one_line(report: &Report, number: u32, width: usize, style: Style) -> String {
    let mut page = Page::new(width, style);
    let failing = report.tasks.iter().find_map(|task| {
        let failure = task.failures.first()?;
        Some((mark(task.status), &task.name, failure))
    });
    let of_tasks = |status| {
        let mut tasks = report.tasks.iter();
        tasks.any(|task| task.status == status)
    };
    match failing {
        Some(((ink, mark), name, failure)) => page.line(&[
            (ink, mark),
            (
                ink::BOLD,
                &format!(" {number:02}.{name}: {}: ", failure.kind),
            ),
            (ink::NONE, &failure.message),
        ]),
        None => {
            let status = [Status::NotStarted, Status::NotRun, Status::Passed]
                .into_iter()
                .find(|status| of_tasks(*status))
                .unwrap_or(Status::Passed);
            let (ink, mark) = mark(status);
            page.line(&[(ink, mark), (ink::NONE, &format!(" {number:02}"))]);
        }
    }
    page.into_text()
}

/// Whether a picture of the messages helps to understand it.
fn is_drawn(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        Kind::Deadlock
            | Kind::UnsafeSend
            | Kind::CollectiveMismatch
            | Kind::UnmatchedMessage
            | Kind::Timeout
    )
}

struct View<'a> {
    report: &'a Report,
    context: &'a Context<'a>,
}

impl View<'_> {
    /// What the compiler says, as it says it, and nothing around it.
    fn build(&self, failure: &Failure, mut page: Page) -> String {
        let text = self.context.diagnostics.trim_end();
        if !text.is_empty() {
            return format!("{}\n", as_typed(text, self.context.sources));
        }
        // What concerns the crate stands at every task.
        let tasks = self.report.tasks.iter();
        let all = tasks
            .map(|task| &task.failures[..])
            .find(|failures| failures.contains(failure))
            .unwrap_or_default();
        for failure in all {
            page.blank();
            page.paragraph(0, (ink::BAD, "error: "), (ink::NONE, &failure.message));
            let alone = std::slice::from_ref(failure);
            show_places(alone, Vec::new(), None, self.context.sources, &mut page);
        }
        page.into_text()
    }

    fn header(&self, page: &mut Page) {
        let Self { report, context } = self;
        let mut title = format!("{:02} {}", context.number, context.title);
        if report.subject == Subject::Solution {
            title += ", the solution";
        }
        page.paragraph(0, (ink::NONE, ""), (ink::BOLD, &title));
        let tried: BTreeSet<u32> = report
            .tasks
            .iter()
            .flat_map(|task| task.ranks.iter().copied())
            .collect();
        let tried: Vec<u32> = tried.into_iter().collect();
        let counts = (!tried.is_empty()).then(|| words::counts(&tried));
        let mut parts = Vec::new();
        match (&report.mpi, counts) {
            (Some(mpi), Some(counts)) => {
                parts.push(format!("{} {} on {counts}", mpi.name, mpi.version))
            }
            (Some(mpi), None) => parts.push(format!("{} {}", mpi.name, mpi.version)),
            (None, Some(counts)) => parts.push(counts),
            (None, None) => {}
        }
        if self.first_to_explain().is_some() {
            parts.push(format!("seed {}", report.seed));
        }
        parts.push(format!("{:.1} s", report.seconds));
        page.paragraph(0, (ink::NONE, ""), (ink::DIM, &parts.join(", ")));
    }

    /// One line for each task.
    fn tasks(&self, page: &mut Page) {
        page.blank();
        let tasks = &self.report.tasks;
        let longest = tasks
            .iter()
            .map(|task| display_width(&task.name))
            .max()
            .unwrap_or(0);
        for task in tasks {
            let (ink, mark) = mark(task.status);
            let gap = longest.min(NAME).saturating_sub(display_width(&task.name));
            let name = format!("{}{}  ", clean(&task.name), " ".repeat(gap));
            page.line(&[
                (ink::NONE, "  "),
                (ink, mark),
                (ink::NONE, &"      "[mark.len()..]),
                (ink::NONE, &name),
                (ink::DIM, &self.outcome(task)),
            ]);
        }
        if tasks.len() > 1 && !self.report.passed() {
            let count = |status| tasks.iter().filter(|task| task.status == status).count();
            let mut parts = vec![format!(
                "{} of {} pass",
                count(Status::Passed),
                plural(tasks.len(), "task")
            )];
            for (status, one, many) in [
                (Status::Failed, "fails", "fail"),
                (Status::NotStarted, "is not started", "are not started"),
                (Status::NotRun, "was not run", "were not run"),
            ] {
                match count(status) {
                    0 => {}
                    1 => parts.push(format!("1 {one}")),
                    several => parts.push(format!("{several} {many}")),
                }
            }
            page.blank();
            page.paragraph(
                0,
                (ink::NONE, ""),
                (ink::NONE, &format!("{}.", parts.join(", "))),
            );
        }
    }

    /// The task that is explained in full: the first that fails, or else could not be tried.
    fn first_to_explain(&self) -> Option<&TaskReport> {
        let tasks = &self.report.tasks;
        let failed = tasks.iter().find(|task| task.status == Status::Failed);
        failed.or_else(|| {
            tasks
                .iter()
                .find(|task| task.status == Status::NotRun && !task.failures.is_empty())
        })
    }

    /// One task in full.
    fn explain(&self, task: &TaskReport, page: &mut Page) {
        page.blank();
        let mark = mark(task.status).1;
        let Some(first) = task.failures.first() else {
            page.paragraph(
                0,
                (ink::BAD, &format!("{mark} ")),
                (ink::BOLD, &format!("{}: no reason was reported", task.name)),
            );
            return;
        };
        if task.status == Status::NotRun {
            let title = format!("{} could not be tried", task.name);
            page.paragraph(0, (ink::OPEN, &format!("{mark} ")), (ink::BOLD, &title));
            page.blank();
            page.paragraph(2, (ink::NONE, ""), (ink::NONE, &first.message));
            printed(&first.prints, first.ranks, page);
            return;
        }
        let on = first.ranks.map_or(String::new(), |ranks| {
            format!(" on {}", words::counts(&[ranks]))
        });
        page.paragraph(
            0,
            (ink::BAD, &format!("{mark} ")),
            (ink::BOLD, &format!("{}{on}: {}", task.name, first.kind)),
        );
        page.blank();
        page.paragraph(2, (ink::NONE, ""), (ink::NONE, &first.message));
        self.places(task, page);
        values(first, page);
        printed(&first.prints, first.ranks, page);
        page.blank();
        for line in also(&task.failures) {
            page.paragraph(2, (ink::LABEL, "also: "), (ink::NONE, &line));
        }
        if let Some(open) = self.open_beside(&task.name) {
            let text = format!("{open}; this is about the rest");
            page.paragraph(2, (ink::LABEL, "also: "), (ink::NONE, &text));
        }
        let under_mpi = self.report.mpi.is_some();
        let failed = if under_mpi {
            Failed::Task
        } else {
            Failed::TaskWithoutMpi
        };
        let sentence = rule(first, failed);
        page.paragraph(2, (ink::LABEL, "rule: "), (ink::NONE, sentence));
        if let Some(section) = section(first).filter(|_| under_mpi) {
            let text = format!("{} ({})", section.heading, self.typed(section.file));
            page.paragraph(2, (ink::LABEL, "read: "), (ink::NONE, &text));
        }
    }

    /// The source, with who did what where.
    fn places(&self, task: &TaskReport, page: &mut Page) {
        let Some(first) = task.failures.first() else {
            return;
        };
        // Without a place the functions themselves are the place to look at; all of them, where it is
        // not known in which one it is.
        let functions = self.functions(&task.name);
        let names: Vec<[&str; 1]> = functions
            .iter()
            .map(|function| [function.function.rsplit("::").next().unwrap_or_default()])
            .collect();
        let mut instead = Vec::new();
        let mut remark = None;
        let known = task.failures.iter().flat_map(|failure| &failure.places);
        let nowhere = !known.clone().any(|place| place.line.is_some());
        if nowhere || self.is_anywhere(task, first) {
            for (function, names) in functions.iter().zip(&names) {
                instead.extend(function.line.map(|line| Label {
                    file: &function.file,
                    line,
                    text: format!("`{}` begins here", function.function),
                    names,
                }));
            }
            if instead.len() > 1 {
                let parts: Vec<String> = functions
                    .iter()
                    .map(|function| format!("`{}`", function.function))
                    .collect();
                remark = Some(format!("it is in one of {}", parts.join(", ")));
            }
        }
        show_places(&task.failures, instead, remark, self.context.sources, page);
    }

    /// The other tasks that fail, in one line each.
    fn others(&self, explained: &TaskReport, page: &mut Page) {
        let others: Vec<&TaskReport> = self
            .report
            .tasks
            .iter()
            .filter(|task| task.status == Status::Failed && !std::ptr::eq(*task, explained))
            .collect();
        if others.is_empty() {
            return;
        }
        let longest = others
            .iter()
            .map(|task| display_width(&task.name))
            .max()
            .unwrap_or(0);
        page.heading("Also failing");
        for task in others {
            let gap = longest.min(NAME).saturating_sub(display_width(&task.name)) + 2;
            let (kind, message) = task
                .failures
                .first()
                .map_or(("", "no reason was reported"), |failure| {
                    (failure.kind.name(), failure.message.as_str())
                });
            page.line(&[
                (ink::NONE, "  "),
                (
                    ink::NONE,
                    &format!("{}{}", clean(&task.name), " ".repeat(gap)),
                ),
                (ink::BAD, kind),
                (ink::NONE, if kind.is_empty() { "" } else { ": " }),
                (ink::NONE, message),
            ]);
        }
    }

    /// What to do now.
    fn next(&self, page: &mut Page) {
        let Self { report, context } = self;
        let first = |status| report.tasks.iter().find(|task| task.status == status);
        let number = format!("{:02}", context.number);
        let hint = |task: &TaskReport| {
            (
                format!("cargo xtask hint {number}.{}", task.name),
                "one hint at a time".to_owned(),
            )
        };
        page.blank();
        if let Some(task) = first(Status::Failed) {
            page.heading("Next");
            let ranks = task.failures.first().and_then(|failure| failure.ranks);
            // The same input again, on the same ranks.
            let option = ranks.map_or(String::new(), |ranks| format!(" -n {ranks}"));
            let look = format!("{number}.{}{option} --seed {}", task.name, report.seed);
            let mut commands = Vec::new();
            if report.subject == Subject::Exercise {
                commands.push(hint(task));
                commands.push((
                    format!("cargo xtask run {look}"),
                    match ranks {
                        Some(_) => "what each rank returned".to_owned(),
                        None => "what your function returned".to_owned(),
                    },
                ));
            }
            // What is drawn are calls of MPI.
            let is_drawn = report.mpi.is_some() && task.failures.iter().any(is_drawn);
            if report.subject == Subject::Exercise && is_drawn {
                commands.push((
                    format!("cargo xtask trace {look}"),
                    "a picture of its calls".to_owned(),
                ));
            }
            commands.push((
                format!("{} --seed {}", self.check(Some(task)), report.seed),
                "the same inputs again".to_owned(),
            ));
            page.commands(&commands);
        } else if let Some(task) = first(Status::NotStarted) {
            page.heading("Next");
            let function = self.function(&task.name);
            let branch = task.todo.as_ref().and_then(|place| {
                let line = place.line?;
                Some(format!("{}:{line}", self.typed(place.file.as_deref()?)))
            });
            let sentence = match function {
                _ if let Some(place) = &branch => {
                    let who = task.todo.as_ref().and_then(|place| place.rank);
                    let who =
                        who.map_or_else(|| "The check".to_owned(), |rank| format!("Rank {rank}"));
                    format!("{who} reaches the `todo!()` at {place}: write what is missing there.")
                }
                Some(TaskFunction {
                    function,
                    file,
                    line,
                    ..
                }) => {
                    let file = self.typed(file);
                    let line = line.map_or(String::new(), |line| format!(":{line}"));
                    format!("Write `{function}` in {file}{line}, in place of its `todo!()`.")
                }
                None => format!("Write the task `{}`, in place of its `todo!()`.", task.name),
            };
            page.paragraph(2, (ink::NONE, ""), (ink::NONE, &sentence));
            let mut commands = Vec::new();
            if report.subject == Subject::Exercise {
                commands.push(hint(task));
            }
            commands.push((self.check_of(task), "checks this task alone".to_owned()));
            page.commands(&commands);
        } else if first(Status::NotRun).is_some() {
            page.heading("Next");
            page.commands(&[
                (
                    "cargo xtask doctor".to_owned(),
                    "looks for what is wrong on this machine".to_owned(),
                ),
                (self.check(None), "tries again".to_owned()),
            ]);
        } else {
            self.passed(page);
        }
    }

    /// All is well: say so, and what comes now.
    fn passed(&self, page: &mut Page) {
        let Self { report, context } = self;
        let number = context.number;
        let sentence = match (report.tasks.as_slice(), report.subject) {
            ([], _) => "There is no task to check.".to_owned(),
            ([task], Subject::Exercise) if context.one_task => {
                format!("Well done: `{}` passes.", task.name)
            }
            (tasks, Subject::Exercise) => {
                format!(
                    "Well done: all of exercise {number:02} passes ({}).",
                    plural(tasks.len(), "task")
                )
            }
            (_, Subject::Solution) => "The solution passes.".to_owned(),
        };
        page.paragraph(0, (ink::NONE, ""), (ink::GOOD, &sentence));
        if report.subject == Subject::Solution || report.tasks.is_empty() {
            return;
        }
        let Some(next) = context.next else {
            let sentence = "That was the last open task: the whole course passes.";
            return page.paragraph(0, (ink::NONE, ""), (ink::NONE, sentence));
        };
        page.heading("Next");
        let name = format!("{:02}.{}", next.number, next.task);
        let is_here = next.number == number;
        let mut sentence = if is_here {
            format!("The next task is `{}`.", next.task)
        } else {
            format!(
                "The next task is `{}` of exercise {:02} {}.",
                next.task, next.number, next.title
            )
        };
        if let Some((heading, line)) = next.section {
            let to = if heading == next.task {
                String::new()
            } else {
                format!(" to \"{}\"", next.task)
            };
            let lesson = self.typed(next.lesson);
            sentence += &format!(" Read \"{heading}\"{to} in {lesson}:{line}.");
        }
        page.paragraph(2, (ink::NONE, ""), (ink::NONE, &sentence));
        let mut commands = vec![(
            format!("cargo xtask check {name}"),
            "the next task".to_owned(),
        )];
        let (all, what) = if is_here {
            (number, "the other tasks".to_owned())
        } else {
            (next.number, format!("{:02} {}", next.number, next.title))
        };
        commands.push((format!("cargo xtask check {all:02}"), what));
        page.commands(&commands);
    }

    /// A file's path as the reader types it.
    fn typed(&self, file: &str) -> String {
        (self.context.sources.as_typed)(file)
    }

    /// The command that checks what was asked for once more.
    fn check(&self, task: Option<&TaskReport>) -> String {
        let task = task
            .or(self.report.tasks.first())
            .filter(|_| self.context.one_task);
        match task {
            Some(task) => self.check_of(task),
            None => format!(
                "cargo xtask check {:02}{}",
                self.context.number,
                self.option()
            ),
        }
    }

    /// The command that checks one task.
    fn check_of(&self, task: &TaskReport) -> String {
        format!(
            "cargo xtask check {:02}.{}{}",
            self.context.number,
            task.name,
            self.option()
        )
    }

    fn option(&self) -> &'static str {
        match self.report.subject {
            Subject::Exercise => "",
            Subject::Solution => " --solution",
        }
    }

    /// What stands behind a task's name.
    fn outcome(&self, task: &TaskReport) -> String {
        match (task.status, &task.todo, self.open_beside(&task.name)) {
            (Status::NotStarted, _, Some(open)) => open,
            (Status::NotStarted, Some(place), None) => match place.line {
                Some(line) => format!("not finished: `todo!()` in line {line}"),
                None => "not finished".to_owned(),
            },
            _ => outcome(task),
        }
    }

    /// That functions of a task are not written, if others of it are.
    fn open_beside(&self, task: &str) -> Option<String> {
        let functions = self.functions(task);
        let (open, written): (Vec<&TaskFunction>, Vec<&TaskFunction>) =
            functions.into_iter().partition(|function| function.open);
        if open.is_empty() || written.is_empty() {
            return None;
        }
        let names: Vec<String> = open
            .iter()
            .map(|function| format!("`{}`", function.function))
            .collect();
        let are = if open.len() == 1 { "is" } else { "are" };
        Some(format!("{} {are} not written yet", words::and(&names)))
    }

    /// The functions of a task.
    fn functions(&self, task: &str) -> Vec<&TaskFunction> {
        let all = self.context.functions.iter();
        all.filter(|function| function.task == task).collect()
    }

    /// The function of a task that is to be written next.
    fn function(&self, task: &str) -> Option<&TaskFunction> {
        let functions = self.functions(task);
        let open = functions.iter().find(|function| function.open);
        open.or(functions.first()).copied()
    }

    /// Whether the places of a failure are all functions of its task: then nothing better is known.
    fn is_anywhere(&self, task: &TaskReport, failure: &Failure) -> bool {
        let mut functions = self.functions(&task.name);
        functions.retain(|function| function.line.is_some());
        let begins = |place: &Where| {
            let here = (place.file.as_deref(), place.line);
            let mut functions = functions.iter();
            place.call.is_none() && functions.any(|other| here == (Some(&*other.file), other.line))
        };
        failure.places.len() > 1
            && failure.places.len() == functions.len()
            && failure.places.iter().all(begins)
    }
}

/// The mark of a status. In letters, so that it can be read aloud, searched for, and read in a log.
pub(crate) fn mark(status: Status) -> (anstyle::Style, &'static str) {
    match status {
        Status::Passed => (ink::GOOD, "ok"),
        Status::Failed => (ink::BAD, "FAIL"),
        Status::NotStarted => (ink::OPEN, "todo"),
        Status::NotRun => (ink::OPEN, "skip"),
    }
}

/// What stands behind a task's name.
fn outcome(task: &TaskReport) -> String {
    match task.status {
        Status::Passed if task.ranks.is_empty() => String::new(),
        Status::Passed => words::counts(&task.ranks),
        Status::NotStarted => "not started".to_owned(),
        Status::NotRun => match task.failures.first() {
            Some(failure) => format!("not run: {}", failure.message),
            None => "not run".to_owned(),
        },
        Status::Failed => {
            let fails: BTreeSet<u32> = task
                .failures
                .iter()
                .filter_map(|failure| failure.ranks)
                .collect();
            let fails: Vec<u32> = fails.into_iter().collect();
            if fails.is_empty() {
                return task
                    .failures
                    .first()
                    .map_or("fails".to_owned(), |first| first.kind.to_string());
            }
            let passes: Vec<u32> = task
                .ranks
                .iter()
                .copied()
                .filter(|count| !fails.contains(count))
                .collect();
            let mut text = format!("fails on {}", words::counts(&fails));
            // A failure that concerns no rank count in particular may concern all of them.
            if !passes.is_empty() && task.failures.iter().all(|failure| failure.ranks.is_some()) {
                let parts: Vec<String> = passes.iter().map(u32::to_string).collect();
                text += &format!(", passes on {}", words::and(&parts));
            }
            text
        }
    }
}

/// Input, expected and actual value, below each other.
pub(crate) fn values(failure: &Failure, page: &mut Page) {
    let values = [
        ("input", &failure.input, ink::NONE),
        ("expected", &failure.expected, ink::GOOD),
        ("actual", &failure.actual, ink::BAD),
    ];
    if values.iter().all(|(_, value, _)| value.is_none()) {
        return;
    }
    page.blank();
    for (name, value, ink) in values {
        if let Some(value) = value {
            page.paragraph(
                2,
                (ink::LABEL, &format!("{:<10}", format!("{name}:"))),
                (ink, value),
            );
        }
    }
    if let (Some(expected), Some(actual)) = (&failure.expected, &failure.actual) {
        let (expected, actual) = (clean(expected), clean(actual));
        let room = page.width() - 12;
        let fit = |text: &str| display_width(text) <= room && !text.contains('\n');
        if fit(&expected) && fit(&actual) && expected != actual {
            let same: String = expected
                .chars()
                .zip(actual.chars())
                .take_while(|(one, other)| one == other)
                .map(|(sign, _)| sign)
                .collect();
            // Where the values part company, in the middle of a word or number included.
            let column = 12 + display_width(&same);
            page.line(&[(ink::NONE, &" ".repeat(column)), (ink::BAD, "^")]);
        }
    }
}

/// What ranks printed or returned, rank by rank; ranks with the same text share it. Without a rank it is
/// the program, or the launcher of the ranks.
pub(crate) fn grouped(prints: &[Prints]) -> Vec<(Vec<u32>, String)> {
    let mut groups: Vec<(Vec<u32>, String)> = Vec::new();
    for Prints { rank, text } in prints {
        let text = clean(text).trim_end().to_owned();
        let mut known = groups.iter_mut();
        match (
            rank,
            known.find(|(who, same)| !who.is_empty() && *same == text),
        ) {
            (Some(rank), Some((who, _))) => who.push(*rank),
            _ => groups.push((rank.iter().copied().collect(), text)),
        }
    }
    groups.retain(|(_, text)| !text.is_empty());
    groups
}

/// What each rank printed for the input; none of `size` without MPI.
pub(crate) fn printed(prints: &[Prints], size: Option<u32>, page: &mut Page) {
    let groups = grouped(prints);
    let each = PRINTED / groups.len().max(1);
    let each = each.clamp(*OF_A_RANK.start(), *OF_A_RANK.end());
    for (ranks, text) in groups {
        let who = match (&ranks[..], size) {
            ([], None) => "printed:".to_owned(),
            ([], Some(_)) => "MPI printed:".to_owned(),
            (ranks, size) => format!("{} printed:", words::ranks(ranks, size)),
        };
        page.blank();
        page.paragraph(2, (ink::NONE, ""), (ink::LABEL, &who));
        let lines: Vec<&str> = text.lines().collect();
        let before = lines.len().saturating_sub(each);
        if before > 0 {
            let more = format!("… {} before", plural(before, "line"));
            page.line(&[(ink::NONE, "    "), (ink::DIM, &more)]);
        }
        for line in &lines[before..] {
            page.line(&[(ink::NONE, "    "), (ink::DIM, "| "), (ink::NONE, line)]);
        }
    }
}

/// What else is wrong with the task that is explained: other ranks in the same way, and the first
/// failure of each other kind.
fn also(failures: &[Failure]) -> Vec<String> {
    let Some((first, rest)) = failures.split_first() else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let mut ranks: Vec<u32> = rest
        .iter()
        .filter(|other| (other.kind, other.ranks) == (first.kind, first.ranks))
        .filter_map(|other| other.rank)
        .filter(|rank| Some(*rank) != first.rank)
        .collect();
    ranks.sort_unstable();
    ranks.dedup();
    if !ranks.is_empty() && first.rank.is_some() {
        lines.push(format!("the same on {}", words::ranks(&ranks, None)));
    }
    let mut seen = vec![first.kind];
    for other in rest {
        if !seen.contains(&other.kind) {
            seen.push(other.kind);
            lines.push(format!("{}: {}", other.kind, other.message));
        }
    }
    lines
}
