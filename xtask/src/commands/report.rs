//! `cargo xtask report`: all exercises, for a person, a program, or a test server.

use crate::{
    Answer, cli,
    commands::check::{answer, check},
    show,
    workbook::Workbook,
};
use anyhow::Result;
use course::Selection;

pub(crate) fn run(arguments: &cli::Report) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let check_arguments = cli::Check {
        no_witness: false,
        in_watch: false,
        name: cli::Name { name: None },
        solution: arguments.solution,
        seed: None,
        ranks: None,
        limits: cli::Limits {
            time_limit: None,
            memory_limit: None,
            output_limit: None,
        },
        format: arguments.format,
    };
    let reports = workbook
        .course
        .exercises()
        .iter()
        .map(|exercise| {
            let selection = Selection {
                exercise,
                task: None,
            };
            Ok(check(&workbook, &selection, &check_arguments)?.report)
        })
        .collect::<Result<Vec<_>>>()?;
    match arguments.format {
        cli::Format::Human => {
            anstream::print!("{}", explain::table(&reports, show::width(), show::style()))
        }
        cli::Format::Json => anstream::print!("{}", explain::json_all(&reports)),
        cli::Format::Junit => anstream::print!("{}", explain::junit(&reports)),
    }
    Ok(answer(reports.iter().all(verdict::Report::passed)))
}
