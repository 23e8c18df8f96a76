//! `cargo xtask trace`: an exercise's own program under the witness, and a picture of what it did.

use super::{
    run::{demo, warn_if_crowded},
    witness::become_witness,
};
use crate::{Answer, cli, workbook::Workbook};
use anyhow::{Result, bail};
use std::{ffi::OsString, path::Path};

/// Where pictures lie, from the workbook's folder: git passes over it.
const FOLDER: &str = ".workbook/traces";

pub(crate) fn run(arguments: &cli::Run) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let exercise = workbook.exercise(&arguments.exercise.name)?;
    let Some(environment) = workbook.environment(exercise)? else {
        bail!(
            "exercise {:02} does not use MPI, and what is drawn are calls of MPI; try \
             `cargo xtask run {:02}`",
            exercise.number,
            exercise.number
        );
    };
    let Some(program) = demo(&workbook, exercise, Some(&environment))? else {
        return Ok(Answer::DoesNotPass);
    };
    warn_if_crowded(&environment, arguments.ranks);
    let mut command = environment.launcher(arguments.ranks);
    command.push(program.path.clone().into());
    command.extend(arguments.arguments.iter().cloned());
    let name = Path::new(FOLDER).join(&exercise.folder);
    let options: [OsString; 2] = ["--trace".into(), workbook.root().join(name).into()];
    match become_witness(&workbook, &options, &command, &program.env)? {}
}
