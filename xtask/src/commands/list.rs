//! `cargo xtask list`: the exercises, and how far the user is.

use crate::{Answer, show, workbook::Workbook};
use anyhow::Result;
use course::Track;
use explain::ListRow;

pub(crate) fn run() -> Result<Answer> {
    let workbook = Workbook::open()?;
    let progress = workbook.progress()?;
    let next = progress
        .next(&workbook.course)
        .map(|next| next.exercise.number);
    let rows: Vec<ListRow> = workbook
        .course
        .exercises()
        .iter()
        .map(|exercise| ListRow {
            track: Track::of_exercise(exercise.number).title(),
            number: exercise.number,
            title: exercise.title.clone(),
            minutes: exercise.minutes,
            total: exercise.tasks.len(),
            passed: progress.count_passed(exercise),
            next: next == Some(exercise.number),
        })
        .collect();
    anstream::print!("{}", explain::list(&rows, show::width(), show::style()));
    Ok(Answer::Passes)
}
