//! `witness -- mpiexec -n 4 ./program`: runs any MPI program, in whatever language, and says what is
//! wrong with how it communicates.
//!
//! Exit status: 0 nothing was found but notes, 1 something was or the time limit was reached, 2 it could not
//! watch, 130 stopped by the user. The program's own status is reported, and changes nothing of this.

mod book;
mod cli;
mod command;
mod predict;
mod preload;
mod ranks;
mod recorded;
mod report;
mod run;
mod symbols;
mod timeline;

use anyhow::Result;
use clap::Parser;
use cli::{Cli, Format};
use observer::Severity;
use preload::Way;
use report::Report;
use std::process::ExitCode;

fn main() -> ExitCode {
    // A job's supervisor is this program too; then this does not return.
    launch::supervise_if_asked();
    let arguments = Cli::parse();
    let code = match (&arguments.recorded, &arguments.trace) {
        (Some(folder), Some(name)) => recorded::draw(folder, name),
        _ if arguments.predict.is_some() => predict::predict(&arguments),
        _ => watch(&arguments),
    };
    match code {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("witness: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn watch(arguments: &Cli) -> Result<ExitCode> {
    // Before anything is printed: in JSON, standard output is for the report alone.
    let output = run::Output::for_format(arguments.format)?;
    let mut report = run::run(arguments, Way::Plain)?;
    let has_ended = !report.interrupted && report.time_limit.is_none();
    if arguments.strict && has_ended && !report.has(Severity::Error) {
        let first = std::mem::replace(&mut report, run::run(arguments, Way::Strict)?);
        report.add_missing(first.findings);
    }
    match arguments.format {
        Format::Human => anstream::eprint!("{}", report::human(&report)),
        Format::Json => output.write(&report::json(&report)?)?,
    }
    Ok(code(&report))
}

fn code(report: &Report) -> ExitCode {
    if report.interrupted {
        ExitCode::from(130)
    } else if report.has(Severity::Warning) {
        ExitCode::from(1)
    } else if matches!(report.trace, Some(Err(_))) {
        ExitCode::from(2)
    } else if report.time_limit.is_some() {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    }
}
