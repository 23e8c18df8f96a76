//! The command line.

use clap::{Parser, ValueEnum};
use std::{ffi::OsString, path::PathBuf};

/// Runs any MPI program, and reports errors in its communication.
#[derive(Debug, Parser)]
#[command(
    name = "witness",
    version,
    after_help = "Example:\n  witness -- mpiexec -n 4 ./program\n\n\
                  Exit status: 0 if it found nothing except notes, 1 if it found anything else, 2 if it could not \
                  watch the program."
)]
pub(crate) struct Cli {
    /// Unless the first run shows an error, run the program again with every standard send and every
    /// collective waiting for the other ranks: a program that hangs only then relies on MPI to buffer
    /// its messages, or to let ranks leave a collective before others have called it
    #[arg(long)]
    pub(crate) strict: bool,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Also show what is rarely an error, such as a datatype that was never freed
    #[arg(long)]
    pub(crate) notes: bool,
    /// End the program after this many seconds, and say what each rank was doing
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) time_limit: Option<u32>,
    /// Draw the run to NAME.svg, NAME.html, and NAME.json (for the Perfetto viewer)
    #[arg(long, value_name = "NAME")]
    pub(crate) trace: Option<PathBuf>,
    /// Say what the run would cost on another machine: laptop, gigabit, infiniband, or a file such as
    /// own.toml; --trace draws that run then
    #[arg(long, value_name = "NETWORK", conflicts_with_all = ["strict", "notes", "format"])]
    pub(crate) predict: Option<String>,
    /// Predict for each of these numbers of ranks, which takes the place of the command's word {ranks}
    #[arg(
        long,
        hide = true,
        value_name = "N,N,…",
        value_delimiter = ',',
        requires = "predict"
    )]
    pub(crate) at: Vec<u32>,
    /// What the user has typed, for the head of files that shall say how they were made
    #[arg(long, hide = true, value_name = "COMMAND", requires = "predict")]
    pub(crate) asked: Option<String>,
    /// End SimGrid after this many seconds of replaying one run
    #[arg(
        long,
        value_name = "SECONDS",
        requires = "predict",
        default_value_t = 600,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub(crate) replay_limit: u32,
    /// Run nothing, and draw what a check of the workbook has kept in this folder
    #[arg(long, hide = true, value_name = "FOLDER", requires = "trace")]
    pub(crate) recorded: Option<PathBuf>,
    /// The launcher and the program, after --
    #[arg(
        last = true,
        required_unless_present = "recorded",
        value_name = "COMMAND"
    )]
    pub(crate) command: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, on standard error
    #[default]
    Human,
    /// One JSON object on standard output; what the program prints there goes to standard error
    Json,
}
