//! `cargo xtask setup`: decides which MPI to use, and brings it if need be.

use crate::{Answer, cli, workbook::Workbook};
use ::setup::Choice;
use anyhow::Result;

pub(crate) fn run(arguments: &cli::Setup) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let choice = match arguments {
        cli::Setup { private: true, .. } => Choice::Private,
        cli::Setup { system: true, .. } => Choice::System,
        cli::Setup {
            automatic: true, ..
        } => Choice::Anew,
        _ => Choice::Automatic,
    };
    let environment = workbook.set_up(choice)?;
    let mpi = &environment.mpi;
    anstream::println!("Exercises use {mpi}, {}.", mpi.mpicc.display());
    anstream::println!("Plain `cargo build`, `cargo run -p …` and rust-analyzer use it too.");
    Ok(Answer::Passes)
}
