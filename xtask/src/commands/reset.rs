//! `cargo xtask reset`: back to the stub. The work so far is kept beside it.

use crate::{Answer, cli, workbook::Workbook};
use anyhow::Result;

pub(crate) fn run(arguments: &cli::Exercise) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let exercise = workbook.exercise(&arguments.name)?;
    let source = exercise.source_name(verdict::Subject::Exercise);
    let reset = course::stub::reset(&workbook.course, exercise)?;
    workbook.note(|progress| progress.start_over(exercise))?;
    match reset.kept {
        None => anstream::println!("{source} is as the course brought it; nothing to do."),
        Some(kept) => {
            let kept = kept
                .strip_prefix(workbook.root())
                .unwrap_or(&kept)
                .display();
            anstream::println!("{source} is as the course brought it.");
            anstream::println!("Your work is kept: {kept}");
            // `cp`, not `mv`: a moved file keeps its time, and cargo would not build it again.
            anstream::println!("To have it back:   cp {kept} {source}");
        }
    }
    Ok(Answer::Passes)
}
