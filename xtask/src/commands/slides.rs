//! `cargo xtask slides`: the decks as pages. A program of its own does the work; it is built first and
//! then takes this one's place.

use super::witness::build_tool;
use crate::{Answer, cli, workbook::Workbook};
use anyhow::{Context, Result};
use std::{os::unix::process::CommandExt, process::Command};

pub(crate) fn run(arguments: &cli::Slides) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let program = build_tool(workbook.root(), "slides", "the slides' builder")?;
    let mut command = Command::new(&program);
    command.arg("--root").arg(workbook.root());
    for (flag, given) in [
        ("--watch", arguments.watch),
        ("--check", arguments.check),
        ("--pdf", arguments.pdf),
        ("--figures", arguments.figures),
    ] {
        if given {
            command.arg(flag);
        }
    }
    if let Some(port) = arguments.port {
        command.arg("--port").arg(port.to_string());
    }
    if let Some(timetable) = &arguments.timetable {
        command.arg("--timetable").arg(timetable);
    }
    command.args(&arguments.deck);
    // Only comes back when that is not possible.
    let error = command.exec();
    Err(error).with_context(|| format!("starting {}", program.display()))
}
