//! `cargo xtask reset`: back to the stub. The work so far is kept beside it.

use crate::{Answer, cli, workbook::Workbook};
use anyhow::Result;
use course::stub;
use verdict::Subject;

pub(crate) fn run(arguments: &cli::Reset) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let selection = workbook.course.select(&arguments.name)?;
    let exercise = selection.exercise;
    let source = workbook.from_here(&exercise.source(Subject::Exercise));
    let source = source.display();
    let (reset, what) = match selection.task {
        None => (
            stub::reset(&workbook.course, exercise)?,
            format!("{source} is as the course brought it"),
        ),
        Some(task) => (
            stub::reset_task(&workbook.course, exercise, task)?,
            format!("`{}` in {source} is as the course brought it", task.name),
        ),
    };
    workbook.note(|progress| progress.start_over(exercise, selection.tasks()))?;
    match reset.kept {
        None => anstream::println!("{what}; nothing to do."),
        Some(kept) => {
            let kept = workbook.from_here(&kept);
            let kept = kept.display();
            anstream::println!("{what}.");
            anstream::println!("Your work is kept: {kept}");
            // `cp`, not `mv`: a moved file keeps its time, and cargo would not build it again.
            anstream::println!("To have it back:   cp {kept} {source}");
        }
    }
    Ok(Answer::Passes)
}
