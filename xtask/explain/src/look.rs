//! One run of a task as a student reads it: an input, what each rank returned and printed for it, and the
//! verdict.

use crate::{
    human::{grouped, mark, printed, values},
    page::{Page, Style, ink},
    words,
};
use verdict::{Failure, Kind, Prints, Status, TaskReport};

/// A run of a task on one number of ranks.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The task, as it is typed, such as `05.scan`.
    pub name: &'a str,
    /// The seed of its inputs.
    pub seed: u64,
    /// How many ranks; none without MPI.
    pub ranks: Option<u32>,
    /// The input; none if the check names none.
    pub input: Option<&'a str>,
    /// What each rank has for it, such as `returned Some(5)`: a line for each value.
    pub values: &'a [Prints],
    /// What each rank printed for it.
    pub prints: &'a [Prints],
    /// What came of the task.
    pub report: &'a TaskReport,
    /// The width to keep to, in columns.
    pub width: usize,
}

/// The run as text of the given width.
pub fn look(look: &Look<'_>, style: Style) -> String {
    let mut page = Page::new(look.width, style);
    let on = look.ranks.map_or(String::new(), |ranks| {
        format!(" on {}", words::counts(&[ranks]))
    });
    let title = format!("{}{on}", look.name);
    page.line(&[
        (ink::BOLD, &title),
        (ink::DIM, &format!(", seed {}", look.seed)),
    ]);
    page.blank();
    if let Some(input) = look.input {
        page.paragraph(2, (ink::LABEL, "input: "), (ink::NONE, input));
        page.blank();
    }
    for (ranks, text) in grouped(look.values) {
        let who = match (&ranks[..], look.ranks) {
            ([], _) => String::from("your function"),
            (ranks, size) => words::ranks(ranks, size),
        };
        for line in text.lines() {
            page.paragraph(2, (ink::LABEL, &who), (ink::NONE, line));
        }
    }
    let failure = look.report.failures.first();
    if look.values.is_empty() {
        let text = match (failure, look.ranks) {
            (None, _) => {
                "The check looks at what your function does, and at no value that it returns."
            }
            (Some(_), None) => "Your function has returned no value that the check looks at.",
            (Some(_), Some(_)) => "No rank has returned a value that the check looks at.",
        };
        page.paragraph(2, (ink::NONE, ""), (ink::DIM, text));
    }
    printed(look.prints, look.ranks, &mut page);
    page.blank();
    let mark = mark(look.report.status);
    match failure {
        Some(failure) => {
            let kind = failure.kind.to_string();
            page.line(&[(mark.0, mark.1), (ink::NONE, " "), (ink::BOLD, &kind)]);
            page.blank();
            page.paragraph(2, (ink::NONE, ""), (ink::NONE, &failure.message));
            let other = failure
                .input
                .as_deref()
                .filter(|own| Some(*own) != look.input);
            values(
                &Failure {
                    input: other.map(str::to_owned),
                    expected: failure.expected.clone(),
                    actual: failure.actual.clone(),
                    ..Failure::new(Kind::WrongResult, "")
                },
                &mut page,
            );
        }
        None => {
            let tried = match &look.report.ranks[..] {
                [] => String::new(),
                tried => format!(" on {}", words::counts(tried)),
            };
            let text = match look.input {
                Some(_) => {
                    format!("passes{tried}; this is the smallest of its inputs that says something")
                }
                None => format!("passes{tried}"),
            };
            page.paragraph(0, (mark.0, &format!("{} ", mark.1)), (ink::NONE, &text));
        }
    }
    if look.ranks.is_some() || look.report.status == Status::Failed {
        page.heading("Next");
        let option = look
            .ranks
            .map_or(String::new(), |ranks| format!(" -n {ranks}"));
        let (name, seed) = (look.name, look.seed);
        let mut commands = Vec::new();
        if look.ranks.is_some() {
            commands.push((
                format!("cargo xtask trace {name}{option} --seed {seed}"),
                "a picture of its calls".to_owned(),
            ));
        }
        if failure.is_some() {
            commands.push((
                format!("cargo xtask check {name} --seed {seed}"),
                "where it fails, and the rule behind it".to_owned(),
            ));
        }
        page.commands(&commands);
    }
    page.into_text()
}
