//! `cargo xtask read`: lessons, slides and traces as pages. The program that builds the slides serves them.

use super::witness::build_tool;
use crate::{Answer, cli, workbook::Workbook};
use anyhow::{Context, Result};
use std::{os::unix::process::CommandExt, process::Command};

pub(crate) fn run(arguments: &cli::Read) -> Result<Answer> {
    let workbook = Workbook::open()?;
    if let Some(name) = &arguments.name {
        // Before anything is built.
        workbook.course.select(name)?;
    }
    let program = build_tool(workbook.root(), "slides", "the pages' server")?;
    let mut command = Command::new(&program);
    command.arg("--read").arg("--root").arg(workbook.root());
    if let Some(port) = arguments.port {
        command.arg("--port").arg(port.to_string());
    }
    command.args(&arguments.name);
    // Only comes back when that is not possible.
    let error = command.exec();
    Err(error).with_context(|| format!("starting {}", program.display()))
}
