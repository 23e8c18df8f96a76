//! A part of what a check of the workbook has recorded: drawn as a run that was watched is.

use crate::{
    report,
    run::Picture,
    symbols::Symbols,
    timeline::{Facts, Files},
};
use anyhow::{Context, Result};
use observer::{Life, Observer};
use std::{path::Path, process::ExitCode};
use verdict::{Part, part};

/// Draws the part that is described in a recording's folder, into the files of this name and, if it is
/// small, as text on standard output. Nothing is running any more.
pub(crate) fn draw(folder: &Path, name: &Path) -> Result<ExitCode> {
    let path = folder.join(part::FILE);
    let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let part: Part =
        serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))?;
    let files = Files::of(name)?;
    let mut observer = Observer::open(folder)?.errors_only().keeping();
    let picture = Picture::begin(&mut observer, files, Some(part.clone()));
    let size = observer.size().unwrap_or_default();
    let life: Vec<Life> = (0..size)
        .map(|rank| {
            if part.returned.contains(&rank) {
                Life::Returned
            } else {
                Life::Running
            }
        })
        .collect();
    // What it says has been said. A deadlock shows when two looks see nothing move.
    observer.look(&life)?;
    if part.ended.is_some() {
        observer.look(&life)?;
    }
    observer.catch_up()?;
    let facts = Facts {
        title: part.title.clone(),
        about: part.about.clone(),
        failure: part.failure.clone(),
        ranks: part.ranks,
        ended: part.ended,
        deadlock: observer.deadlock(),
        unreceived: observer.unreceived(),
        wrong: part.wrong.iter().copied().collect(),
        is_cut: observer.is_blind(),
    };
    let mut symbols = Symbols::of_answers(part.answers.clone());
    let drawn = picture.draw(&observer, &mut symbols, facts)?;
    anstream::print!("{}", report::drawing(&drawn));
    Ok(ExitCode::SUCCESS)
}
