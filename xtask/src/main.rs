//! The course's command, `cargo xtask`. Each command is a file in `commands/`; the work is done by
//! the crates beside this one.
//!
//! Exit status: 0 everything asked for passes, 1 something does not, 2 the question or the machine
//! is at fault, 130 stopped by the user.

mod cli;
mod commands;
mod sending;
mod show;
mod unwritten;
mod verify;
mod workbook;

use clap::{CommandFactory, Parser};
use cli::{Cli, Command};
use std::process::ExitCode;

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Passes,
    DoesNotPass,
}

fn main() -> ExitCode {
    // A job's supervisor is this program too; then this does not return.
    launch::supervise_if_asked();
    let arguments = Cli::parse();
    if arguments.end_with_input
        && let Err(error) = launch::end_with_input()
    {
        show::error(&error);
        return ExitCode::from(2);
    }
    let Some(command) = arguments.command else {
        // Not an error: whoever types the bare name wants to see what there is.
        anstream::println!("{}", Cli::command().render_help().ansi());
        return ExitCode::SUCCESS;
    };
    let answer = run(command);
    if !launch::interrupted() {
        sending::rest();
    }
    match answer {
        Ok(Answer::Passes) => ExitCode::SUCCESS,
        Ok(Answer::DoesNotPass) => ExitCode::from(1),
        // Whatever could not be done then, this is why.
        Err(error) if error.is::<grade::Interrupted>() || launch::interrupted() => {
            anstream::eprintln!("\n{}", grade::Interrupted);
            ExitCode::from(130)
        }
        Err(error) => {
            show::error(&error);
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> anyhow::Result<Answer> {
    match command {
        Command::Setup(arguments) => commands::setup::run(&arguments),
        Command::Doctor => commands::doctor::run(),
        Command::Docs => commands::docs::run(),
        Command::List => commands::list::run(),
        Command::Check(arguments) => commands::check::run(&arguments),
        Command::Watch(arguments) => commands::watch::run(&arguments),
        Command::Hint(arguments) => commands::hint::run(&arguments),
        Command::Run(arguments) => commands::run::run(&arguments),
        Command::Bench(arguments) => commands::bench::run(&arguments),
        Command::Trace(arguments) => commands::trace::run(&arguments),
        Command::Predict(arguments) => commands::predict::run(&arguments),
        Command::Read(arguments) => commands::read::run(&arguments),
        Command::Solution(arguments) => commands::solution::run(&arguments),
        Command::Reset(arguments) => commands::reset::run(&arguments),
        Command::Report(arguments) => commands::report::run(&arguments),
        Command::Grade(arguments) => commands::grade::run(&arguments),
        Command::Join(arguments) => commands::join::run(&arguments),
        Command::Hand(arguments) => commands::hand::run(arguments),
        Command::Board(arguments) => commands::board::run(&arguments),
        Command::Witness(arguments) => commands::witness::run(&arguments),
        Command::Slides(arguments) => commands::slides::run(&arguments),
        Command::New(arguments) => commands::new::run(&arguments),
        Command::Verify(arguments) => commands::verify::run(&arguments),
    }
}
