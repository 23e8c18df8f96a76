//! How the commands show things: colour, width, progress, differences, errors. What is said of a
//! report is `explain`'s.

use crate::workbook::Workbook;
use anstyle::{AnsiColor, Style as Ink};
use anyhow::{Context as _, Result};
use course::{Exercise, Section, Selection, Task, source::Lines};
use explain::{Context, Next, Sources, Style, TaskFunction};
use grade::{Checked, Event, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use setup::Notice;
use similar::{ChangeTag, TextDiff};
use std::{cell::RefCell, io::IsTerminal, time::Duration};
use verdict::Subject;

/// Lines of agreement around a difference.
const AGREEMENT: usize = 3;
/// Without a terminal, text is this wide.
const WIDTH: usize = 80;
/// Wider lines are hard to read.
const WIDEST: usize = 100;

/// Whether standard output takes colour: a terminal that is not told otherwise.
pub(crate) fn has_colour() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// How text for people is shown on standard output.
pub(crate) fn style() -> Style {
    if has_colour() {
        Style::Ansi
    } else {
        Style::Plain
    }
}

/// The width of lines for people, in columns.
pub(crate) fn width() -> usize {
    let terminal = console::Term::stdout();
    terminal
        .size_checked()
        .map_or(WIDTH, |(_, columns)| usize::from(columns).min(WIDEST))
}

/// Text in lines of the terminal's width. The lines of a fenced block of code stay as they are.
pub(crate) fn filled(text: &str) -> String {
    filled_to(text, width())
}

fn filled_to(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if line.is_empty() {
            lines.push(String::new());
        } else if is_code {
            lines.push(format!("    {line}"));
        } else {
            lines.extend(textwrap::wrap(line, width).into_iter().map(String::from));
        }
    }
    lines.join("\n")
}

/// The line that says what goes on, on standard error, where somebody watches. Elsewhere lines tell of
/// builds that take long, and of nothing else.
pub(crate) struct Spinner {
    bar: ProgressBar,
    milestones: Option<RefCell<Milestones>>,
    /// What is being built.
    package: RefCell<String>,
}

impl Spinner {
    pub(crate) fn start() -> Self {
        let is_watched = std::io::stderr().is_terminal();
        let target = if is_watched {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template("{spinner} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self {
            bar,
            milestones: (!is_watched).then(RefCell::default),
            package: RefCell::default(),
        }
    }

    pub(crate) fn say(&self, what: &str) {
        self.bar.set_message(what.to_owned());
    }

    /// A build begins.
    pub(crate) fn building(&self, package: &str) {
        self.say(&format!("building {package}"));
        *self.package.borrow_mut() = package.to_owned();
    }

    /// How far the build is.
    pub(crate) fn built(&self, progress: Progress<'_>) {
        let package = self.package.borrow();
        let building = match &**package {
            "" => String::from("building"),
            package => format!("building {package}"),
        };
        match progress {
            Progress::Before(doing) => self.say(&format!("{building}: {doing}")),
            Progress::Parts { done, total, now } => {
                self.say(&format!("{building}: {done} of {total} parts, now {now}"));
                if let Some(milestones) = &self.milestones
                    && milestones.borrow_mut().is_one(done, total)
                {
                    anstream::eprintln!("{building}: {done} of {total} parts");
                }
            }
        }
    }

    /// Shows what the grader is doing.
    pub(crate) fn event(&self, event: &Event<'_>) {
        let at = |ranks: Option<u32>| match ranks {
            Some(1) => String::from(" with 1 rank"),
            Some(ranks) => format!(" with {ranks} ranks"),
            None => String::new(),
        };
        match *event {
            Event::Building { package } => self.building(package),
            Event::Built(progress) => self.built(progress),
            Event::Starting { ranks } => self.say(&format!("starting{}", at(ranks))),
            Event::Running { task, ranks } => self.say(&format!("{task}{}", at(ranks))),
            _ => {}
        }
    }

    pub(crate) fn stop(self) {
        self.bar.finish_and_clear();
    }
}

/// Shows what a set-up says, on standard error: where somebody watches, how far it is; elsewhere a line
/// for each step.
#[derive(Default)]
pub(crate) struct SettingUp {
    bar: Option<ProgressBar>,
    step: u32,
}

impl SettingUp {
    pub(crate) fn notice(&mut self, notice: Notice<'_>) {
        match (notice, &self.bar) {
            (Notice::Line(line), Some(bar)) => bar.suspend(|| anstream::eprintln!("{line}")),
            (Notice::Line(line), None) => anstream::eprintln!("{line}"),
            (Notice::Step(step), _) if std::io::stderr().is_terminal() => {
                let bar = self.bar.get_or_insert_with(|| {
                    let style = ProgressStyle::with_template("{spinner} {bar:20} {wide_msg}")
                        .unwrap_or_else(|_| ProgressStyle::default_bar());
                    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
                    bar.enable_steady_tick(Duration::from_millis(100));
                    bar.with_style(style)
                });
                bar.set_length(1_000_000 * u64::from(step.megabytes));
                bar.set_position(step.bytes);
                bar.set_message(step.to_string());
            }
            (Notice::Step(step), _) if step.number > self.step => {
                self.step = step.number;
                let most = match step.megabytes {
                    0 => String::new(),
                    most => format!(": at most {most} MB"),
                };
                anstream::eprintln!("{}{most}", step.title());
            }
            (Notice::Step(_), _) => {}
        }
    }
}

impl Drop for SettingUp {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// At which parts of a build a line tells of it: at the first of many, and four times on the way.
#[derive(Debug, Default)]
struct Milestones {
    next: Option<u32>,
    step: u32,
}

impl Milestones {
    /// A build of fewer parts is no news: an answer and its check are two.
    const MANY: u32 = 10;

    fn is_one(&mut self, done: u32, total: u32) -> bool {
        let next = match self.next {
            Some(next) => next,
            None if total.saturating_sub(done) < Self::MANY => return false,
            None => {
                self.step = (total - done).div_ceil(4);
                done
            }
        };
        if done >= next {
            self.next = Some(next + self.step * ((done - next) / self.step + 1));
        }
        done >= next
    }
}

/// Shows what came of a check.
///
/// In a watch, where the screen is cleared for every check, the outcome stays in sight.
pub(crate) fn checked(
    workbook: &Workbook,
    selection: &Selection<'_>,
    checked: &Checked,
    in_watch: bool,
) -> Result<()> {
    let exercise = selection.exercise;
    let subject = checked.report.subject;
    let passed = checked.report.passed();
    let functions = if passed {
        Vec::new()
    } else {
        functions(selection, subject)?
    };
    let next = if passed {
        next(workbook, exercise)?
    } else {
        None
    };
    let root = workbook.root();
    let load = |file: &str| std::fs::read_to_string(root.join(file)).ok();
    let as_typed = |file: &str| workbook.name_as_typed(file);
    let context = Context {
        number: exercise.number,
        title: &exercise.title,
        width: width(),
        one_task: selection.task.is_some(),
        next: next.as_ref().map(Goal::next),
        functions: &functions,
        diagnostics: checked.build.as_ref().map_or("", |build| &build.rendered),
        sources: Sources {
            load: &load,
            as_typed: &as_typed,
        },
    };
    let text = explain::human(&checked.report, &context, style());
    anstream::print!("{text}");
    if in_watch && !fits(&text) {
        let line = explain::in_one_line(&checked.report, exercise.number, width(), style());
        anstream::print!("\n{line}");
    }
    Ok(())
}

/// Lines that a watch shows below a check.
const BELOW: usize = 4;

/// Whether all of a text is on the screen, and what a watch shows below it.
fn fits(text: &str) -> bool {
    let size = console::Term::stdout().size_checked();
    size.is_none_or(|(rows, _)| text.lines().count() + BELOW <= usize::from(rows))
}

/// The task to go on with, and where to read about it.
struct Goal<'a> {
    exercise: &'a Exercise,
    task: &'a Task,
    lesson: String,
    section: Option<Section>,
}

impl Goal<'_> {
    fn next(&self) -> Next<'_> {
        let section = self.section.as_ref();
        Next {
            number: self.exercise.number,
            title: &self.exercise.title,
            task: &self.task.name,
            lesson: &self.lesson,
            section: section.map(|section| (&*section.heading, section.line)),
        }
    }
}

/// What is still to be done, when this exercise or a task of it passes.
fn next<'a>(workbook: &'a Workbook, exercise: &'a Exercise) -> Result<Option<Goal<'a>>> {
    let progress = workbook.progress()?;
    let here = progress.next_task(exercise).map(|task| (exercise, task));
    let goal = here.or_else(|| {
        let next = progress.next_exercise(&workbook.course, exercise)?;
        Some((next, progress.next_task(next)?))
    });
    Ok(goal.map(|(exercise, task)| {
        let lesson = exercise.lesson();
        // A lesson that cannot be read says nothing of the answer.
        let text = std::fs::read_to_string(&lesson).unwrap_or_default();
        Goal {
            exercise,
            task,
            lesson: format!("exercises/{}/README.md", exercise.folder),
            section: course::section_before(&text, &exercise.tasks, task),
        }
    }))
}

/// Where the functions of the tasks stand.
fn functions(selection: &Selection<'_>, subject: Subject) -> Result<Vec<TaskFunction>> {
    let exercise = selection.exercise;
    let path = exercise.source(subject);
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let lines = Lines::of(&text);
    let of_task = |task: &Task| {
        let function = |name: &String| TaskFunction {
            task: task.name.clone(),
            function: name.clone(),
            file: exercise.source_name(subject),
            line: lines.line_of(name),
            open: lines.begins_with_todo(name),
        };
        task.functions.iter().map(function).collect::<Vec<_>>()
    };
    Ok(selection.tasks().iter().flat_map(of_task).collect())
}

/// Shows a difference as a unified diff, with colour where there is a terminal.
pub(crate) fn diff(diff: &TextDiff<'_, '_, str>, from: &str, to: &str) {
    let paint = |ink: Ink, text: &str| anstream::print!("{ink}{text}{ink:#}");
    let (gone, come) = (AnsiColor::Red.on_default(), AnsiColor::Green.on_default());
    paint(gone, &format!("--- {from}\n"));
    paint(come, &format!("+++ {to}\n"));
    for hunk in diff.unified_diff().context_radius(AGREEMENT).iter_hunks() {
        paint(
            AnsiColor::Cyan.on_default(),
            &format!("{}\n", hunk.header()),
        );
        for change in hunk.iter_changes() {
            let (sign, ink) = match change.tag() {
                ChangeTag::Delete => ('-', gone),
                ChangeTag::Insert => ('+', come),
                ChangeTag::Equal => (' ', Ink::new()),
            };
            let end = if change.missing_newline() { "\n" } else { "" };
            paint(ink, &format!("{sign}{}{end}", change.value()));
        }
    }
}

/// The text with those of its lines wrapped that are wider than the terminal; lines that are laid out
/// already stay as they are.
fn fitted(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let indent = &line[..line.len() - line.trim_start().len()];
        textwrap::fill(
            line,
            textwrap::Options::new(width()).subsequent_indent(indent),
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Shows why a command could not do its work.
pub(crate) fn error(error: &anyhow::Error) {
    let ink = AnsiColor::Red.on_default().bold();
    let text = fitted(&format!("error: {error}"));
    let text = text.strip_prefix("error").unwrap_or(&text);
    anstream::eprintln!("{ink}error{ink:#}{text}");
    for cause in error.chain().skip(1) {
        anstream::eprintln!("{}", fitted(&format!("  because: {cause}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_builds_are_told_of_five_times_and_short_ones_never() {
        let told = |parts: std::ops::RangeInclusive<u32>| {
            let (mut milestones, total) = (Milestones::default(), *parts.end());
            let is_one = |done: &u32| milestones.is_one(*done, total);
            parts.filter(is_one).collect::<Vec<_>>()
        };
        assert_eq!(told(0..=63), [0, 16, 32, 48]);
        assert_eq!(told(60..=100), [60, 70, 80, 90, 100]);
        assert!(told(98..=100).is_empty());
    }

    #[test]
    fn code_is_not_broken_and_text_is() {
        let text = "Join them in order:\n\n```rust\nlet parts: Vec<_> = threads.collect();\n\nOk(())\n```\n\n\
                    Then put the parts together.";
        let shown = "Join them in order:\n\n    let parts: Vec<_> = threads.collect();\n\n    Ok(())\n\n\
                     Then put the parts\ntogether.";
        assert_eq!(filled_to(text, 20), shown);
    }
}
