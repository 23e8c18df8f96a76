//! `cargo xtask reset`: back to the stub. The work so far is kept beside it.

use crate::{Answer, cli, workbook::Workbook};
use anyhow::Result;
use course::stub;
use verdict::Subject;

pub(crate) fn run(arguments: &cli::Reset) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let selection = workbook.course.select(&arguments.name)?;
    let exercise = selection.exercise;
    let reset = match selection.task {
        None => stub::reset(&workbook.course, exercise)?,
        Some(task) => stub::reset_task(&workbook.course, exercise, task)?,
    };
    workbook.note(|progress| progress.start_over(exercise, selection.tasks()))?;
    let source = workbook.as_typed(&exercise.source(Subject::Exercise));
    let manifest = workbook.as_typed(&workbook.root().join(exercise.manifest_name()));
    let part = selection
        .task
        .map_or_else(String::new, |task| format!("`{}` in ", task.name));
    let kept = [(&source, reset.kept), (&manifest, reset.kept_manifest)];
    let changed: Vec<_> = kept
        .into_iter()
        .filter_map(|(file, kept)| Some((file.display(), kept?)))
        .collect();
    if changed.is_empty() {
        let source = source.display();
        anstream::println!("{part}{source} is as the course brought it; nothing to do.");
    }
    for (file, kept) in changed {
        let kept = workbook.as_typed(&kept);
        let kept = kept.display();
        anstream::println!("{part}{file} is as the course brought it.");
        anstream::println!("Your work is kept: {kept}");
        anstream::println!("To have it back:   cp {kept} {file}");
    }
    Ok(Answer::Passes)
}
