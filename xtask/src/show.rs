//! How the commands show things: colour, width, progress, differences, errors. What is said of a
//! report is `explain`'s.

use crate::workbook::Workbook;
use anstyle::{AnsiColor, Style as Ink};
use anyhow::{Context as _, Result};
use course::{Exercise, Selection, Task, source::Lines};
use explain::{Context, Next, Style, TaskFunction};
use grade::{Checked, Event};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use similar::{ChangeTag, TextDiff};
use std::{io::IsTerminal, time::Duration};
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

/// The line that says what goes on, on standard error, and only where somebody watches.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    pub(crate) fn start() -> Self {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template("{spinner} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    pub(crate) fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Shows what the grader is doing.
    pub(crate) fn event(&self, event: &Event<'_>) {
        let at = |ranks: Option<u32>| match ranks {
            Some(1) => String::from(" with 1 rank"),
            Some(ranks) => format!(" with {ranks} ranks"),
            None => String::new(),
        };
        match *event {
            Event::Building { package } => self.say(&format!("building {package}")),
            Event::Starting { ranks } => self.say(&format!("starting{}", at(ranks))),
            Event::Running { task, ranks } => self.say(&format!("{task}{}", at(ranks))),
            _ => {}
        }
    }

    pub(crate) fn stop(self) {
        self.0.finish_and_clear();
    }
}

/// Shows what came of a check.
pub(crate) fn checked(
    workbook: &Workbook,
    selection: &Selection<'_>,
    checked: &Checked,
) -> Result<()> {
    let exercise = selection.exercise;
    let subject = checked.report.subject;
    let (functions, next) = if checked.report.passed() {
        (Vec::new(), next(workbook, exercise)?)
    } else {
        (functions(selection, subject)?, Next::ThisExercise)
    };
    let root = workbook.root();
    let load = |file: &str| std::fs::read_to_string(root.join(file)).ok();
    let context = Context {
        number: exercise.number,
        title: &exercise.title,
        width: width(),
        one_task: selection.task.is_some(),
        next,
        functions: &functions,
        diagnostics: checked.build.as_ref().map_or("", |build| &build.rendered),
        load_source: &load,
    };
    anstream::print!("{}", explain::human(&checked.report, &context, style()));
    Ok(())
}

/// What is still to be done, when this exercise or a task of it passes.
fn next<'a>(workbook: &'a Workbook, exercise: &Exercise) -> Result<Next<'a>> {
    let progress = workbook.progress()?;
    if progress.next_task(exercise).is_some() {
        return Ok(Next::ThisExercise);
    }
    let next = progress.next_exercise(&workbook.course, exercise);
    Ok(next.map_or(Next::Nothing, |next| Next::Exercise {
        number: next.number,
        title: &next.title,
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
    fn code_is_not_broken_and_text_is() {
        let text = "Join them in order:\n\n```rust\nlet parts: Vec<_> = threads.collect();\n\nOk(())\n```\n\n\
                    Then put the parts together.";
        let shown = "Join them in order:\n\n    let parts: Vec<_> = threads.collect();\n\n    Ok(())\n\n\
                     Then put the parts\ntogether.";
        assert_eq!(filled_to(text, 20), shown);
    }
}
