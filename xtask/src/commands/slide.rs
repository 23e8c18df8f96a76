//! The programs on the slides, for `cargo xtask run slides/NAME` and `trace slides/NAME`: what the
//! speaker shows the room.

use crate::{show, workbook::Workbook};
use anyhow::{Context, Result, bail};
use grade::build::{Program, cargo, target_dir};
use setup::Environment;
use std::path::Path;

/// Where they lie, from the workbook's folder: a file for each.
pub(crate) const PROGRAMS: &str = "slides/programs/src/bin";
/// Their package.
pub(crate) const PACKAGE: &str = "slide-programs";

/// The program that a name such as `slides/hello` means; none if it is of another kind.
pub(crate) fn named(name: &str) -> Option<&str> {
    name.strip_prefix("slides/")
}

/// Whether a program calls MPI, and so needs a launcher.
pub(crate) fn calls_mpi(source: &Path) -> Result<bool> {
    let text =
        std::fs::read_to_string(source).with_context(|| format!("reading {}", source.display()))?;
    Ok(text.contains("mpi::initialize"))
}

/// Builds the program of this name. Also says under which MPI it runs, if it calls one.
pub(crate) fn build(workbook: &Workbook, name: &str) -> Result<(Program, Option<Environment>)> {
    let folder = workbook.root().join(PROGRAMS);
    let names = names(&folder)?;
    if !names.iter().any(|known| known == name) {
        bail!(
            "there is no program `{name}` on the slides; there are {}",
            names.join(", ")
        );
    }
    // Even those that do not call MPI are in one package with those that do.
    let environment = workbook.mpi()?;
    let spinner = show::Spinner::start();
    spinner.building(&format!("slides/{name}"));
    let mut command = cargo(workbook.root());
    command
        .args(["build", "--package", PACKAGE, "--bin", name])
        .env(
            "CARGO_TARGET_DIR",
            target_dir(workbook.root(), Some(&environment)),
        )
        .envs(environment.build_env());
    let said = grade::watched(&mut command, &mut |progress| spinner.built(progress))
        .context("running cargo; is it still installed?")?;
    spinner.stop();
    let Some(output) = said else {
        bail!(grade::Interrupted);
    };
    if !output.status.success() {
        bail!(
            "cargo could not build slides/{name}:\n\n{}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    let mut program = Program::default();
    program.path = target_dir(workbook.root(), Some(&environment))
        .join("debug")
        .join(name);
    program.env = environment.run_env();
    let is_mpi = calls_mpi(&folder.join(format!("{name}.rs")))?;
    Ok((program, is_mpi.then_some(environment)))
}

/// What can be named, in order.
fn names(folder: &Path) -> Result<Vec<String>> {
    let reading = || format!("reading {}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(reading)? {
        let path = entry.with_context(reading)?.path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            names.extend(
                path.file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned()),
            );
        }
    }
    names.sort();
    Ok(names)
}
