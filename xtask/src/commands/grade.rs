//! `cargo xtask grade`: the results of a class. A program of its own does the work; it is built first and then
//! takes this one's place.

use super::witness::build_like_this;
use crate::{Answer, cli, workbook::Workbook};
use anyhow::{Context, Result};
use std::{os::unix::process::CommandExt, process::Command};

pub(crate) fn run(arguments: &cli::Grade) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let program = build_like_this(workbook.root(), "submissions", "the grader of submissions")?;
    let mut command = Command::new(&program);
    command.arg("--root").arg(workbook.root());
    command.arg("--out").arg(&arguments.out);
    command.args(
        arguments
            .only
            .as_ref()
            .map(|names| format!("--only={names}")),
    );
    for (flag, limit) in [
        ("--time-limit", arguments.time_limit),
        ("--memory-limit", arguments.memory_limit),
    ] {
        command.args(limit.map(|limit| format!("{flag}={limit}")));
    }
    for (flag, given) in [
        ("--again", arguments.again),
        ("--unsandboxed", arguments.unsandboxed),
    ] {
        if given {
            command.arg(flag);
        }
    }
    command.arg("--").arg(&arguments.submissions);
    // Only comes back when that is not possible.
    let error = command.exec();
    Err(error).with_context(|| format!("starting {}", program.display()))
}
