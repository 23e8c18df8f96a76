//! `cargo xtask hint`: the hints of a task, one more at each call.

use crate::{Answer, cli, show, workbook::Workbook};
use anyhow::Result;

pub(crate) fn run(arguments: &cli::Name) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let selection = workbook.select(arguments.name.as_deref())?;
    let exercise = selection.exercise;
    let task = match selection.task {
        Some(task) => task,
        None => {
            let progress = workbook.progress()?;
            let Some(task) = progress.next_task(exercise) else {
                anstream::println!(
                    "Every task of {} passes. For the hints of one, name it: cargo xtask hint {}",
                    exercise.folder,
                    exercise.task_name(&exercise.tasks[0])
                );
                return Ok(Answer::Passes);
            };
            task
        }
    };
    let index = workbook.note(|progress| progress.show_hint(exercise, task))?;
    let name = exercise.task_name(task);
    anstream::println!("Hint {} of {} for {name}\n", index + 1, task.hints.len());
    anstream::println!("{}\n", show::filled(&task.hints[index]));
    if index + 1 < task.hints.len() {
        anstream::println!("Not enough? cargo xtask hint {name}");
    } else {
        anstream::println!("That was the last one. The reference: cargo xtask solution {name}");
    }
    Ok(Answer::Passes)
}
