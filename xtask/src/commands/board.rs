//! `cargo xtask board`: the room's board. A program of its own does the work; it is built first and then
//! takes this one's place.

use super::witness::build_like_this;
use crate::{Answer, cli, workbook::Workbook};
use anyhow::{Context, Result};
use std::{os::unix::process::CommandExt, process::Command};

pub(crate) fn run(arguments: &cli::Board) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let program = build_like_this(workbook.root(), "board", "the board")?;
    let mut command = Command::new(&program);
    command.arg("--root").arg(workbook.root());
    if let Some(listen) = &arguments.listen {
        command.arg("--listen").arg(listen);
    }
    if let Some(folder) = &arguments.folder {
        command.arg("--folder").arg(folder);
    }
    if arguments.new {
        command.arg("--new");
    }
    // Only comes back when that is not possible.
    let error = command.exec();
    Err(error).with_context(|| format!("starting {}", program.display()))
}
