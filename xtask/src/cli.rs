//! The command line, declared in one place.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::num::NonZeroUsize;

/// A workbook for parallel programming: threads, processes, MPI.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true,
    after_help = "Name an exercise by its number or topic, and a task with a period and its name:\n  \
                  cargo xtask check 05\n  cargo xtask check collectives.scatter\n  cargo xtask hint 05.2"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// End when standard input ends: `watch` starts this program with it
    #[arg(long, hide = true)]
    pub(crate) end_with_input: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find an MPI, or install a private one
    Setup(Setup),
    /// Show what was found on this machine, and test it
    Doctor,
    /// Build the documentation of `mpi` and the other crates, and open it
    Docs,
    /// List the exercises and your progress
    List,
    /// Check an exercise or a task
    Check(Check),
    /// Check again at every save
    Watch(Watch),
    /// Show the next hint for a task
    Hint(Name),
    /// Run an exercise's own program, or a task with a small input
    #[command(after_help = RUN)]
    Run(Run),
    /// Draw the communication of an exercise's program, or of a task
    #[command(after_help = TRACE)]
    Trace(Run),
    /// Predict what an exercise's program would take on another machine
    #[command(after_help = PREDICT)]
    Predict(Predict),
    /// Measure how fast an exercise's reference is
    Bench(Bench),
    /// Serve lessons, slides and traces as pages, a lesson beside your file
    Read(Read),
    /// Compare your answer with the reference
    Solution(Solution),
    /// Restore the stub of an exercise or a task; your work is kept
    Reset(Reset),
    /// Check all exercises
    Report(Report),
    /// Grade a folder of submissions, each in a sandbox
    #[command(after_help = GRADE)]
    Grade(Grade),
    /// Join the room of a course, whose board shows how your checks end
    #[command(after_help = JOIN)]
    Join(Join),
    /// Raise your hand in the room
    Hand(Hand),
    /// Show an instructor how far the room is, and who is stuck
    #[command(after_help = BOARD)]
    Board(Board),
    /// Run any MPI program, and report errors in its communication
    Witness(Witness),
    /// Build the slides
    Slides(Slides),
    /// Write the files of a new exercise or task, for you to fill in
    New(New),
    /// Check the course itself
    Verify(Verify),
}

const RUN: &str = "For an exercise, this runs its own program, which uses your functions:\n  \
                   cargo xtask run 05 -n 4\n\
                   For a task, it runs the check, and shows one input, what each rank returned and printed \
                   for it, and the verdict. The input is the one that fails, or else the smallest one:\n  \
                   cargo xtask run 05.scan\n\
                   For a program on the slides:\n  \
                   cargo xtask run slides/both_send -n 2 -- 1000000";
const TRACE: &str = "For an exercise, this draws a run of its own program:\n  \
                     cargo xtask trace 05 -n 4\n\
                     For a task, it runs the check, and draws your function's MPI calls for the input that \
                     fails, or else for the smallest one:\n  \
                     cargo xtask trace 05.scan";

const PREDICT: &str = "It records the program on 1, 2, 4, … ranks of this machine, and has SimGrid replay\n\
                       each run on a model of another machine:\n  \
                       cargo xtask predict 08 -n 64 --on infiniband\n\
                       A machine of your own is a file:\n  \
                       cargo xtask predict 08 -n 16 --on own.toml\n\
                       with lines such as\n  \
                       nodes = 4\n  cores = 8\n  latency_us = 25.0\n  bandwidth_mb_s = 117.0\n\
                       It may also set speed (of a core, relative to this machine's), switch_mb_s,\n\
                       memory_latency_us, memory_bandwidth_mb_s, and eager_bytes.";

const GRADE: &str = "Each entry of FOLDER is a submission: a clone, an unpacked archive of one, or a folder with \
                     its exercises. Only its exercises/*/src/lib.rs are used, in a copy of this clone:\n  \
                     cargo xtask grade submissions/ --out results.csv --only 01,05\n\
                     Results that the file has already are kept, unless the submission has changed.\n\n\
                     Exit status: 0 if all was graded, 1 if something could not be graded, 2 if the request or the \
                     machine is at fault.";
const JOIN: &str = "The instructor's board shows the line to type, such as:\n  \
                    cargo xtask join 192.168.1.20:8100 K7Q-M2F --name Ada\n  \
                    cargo xtask join --folder /shared/course/room K7Q-M2F\n\
                    Without arguments, it shows which room you are in. Only summaries of checks are sent, never \
                    code or output: joining prints what.";
const BOARD: &str = "It prints the address of your page, and the line that participants type. By default, only this \
                     machine reaches it:\n  \
                     cargo xtask board --listen 0.0.0.0\n\
                     On a cluster, a folder that all participants reach takes the place of the network:\n  \
                     cargo xtask board --folder /shared/course/room\n\
                     The next start opens the same room again.";

#[derive(Args, Debug)]
pub(crate) struct Setup {
    /// Use the workbook's own MPI from now on
    #[arg(long, conflicts_with = "system")]
    pub(crate) private: bool,
    /// Use the machine's MPI from now on
    #[arg(long)]
    pub(crate) system: bool,
    /// From now on, use the machine's MPI if it has a suitable one, else the workbook's own
    #[arg(long, conflicts_with_all = ["private", "system"])]
    pub(crate) automatic: bool,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Name {
    /// An exercise or a task, such as 05 or 05.scatter; by default, the current one
    pub(crate) name: Option<String>,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Exercise {
    /// The exercise, such as 05 or collectives
    pub(crate) name: String,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Reset {
    /// An exercise or a task, such as 05 or 05.scatter
    pub(crate) name: String,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) name: Name,
    /// Check the reference instead of your answer
    #[arg(long)]
    pub(crate) solution: bool,
    /// Draw the same inputs as the run that printed this seed
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// The numbers of ranks to try instead of the exercise's own; a task that takes several ranks gets them
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) ranks: Option<Vec<u32>>,
    /// Do not watch the MPI calls: a deadlock is not explained, but runs into the time limit
    #[arg(long)]
    pub(crate) no_witness: bool,
    /// Keep the outcome on the screen: `watch` starts a check with it
    #[arg(long, hide = true)]
    pub(crate) in_watch: bool,
    #[command(flatten)]
    pub(crate) limits: Limits,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Seconds that a task may take on each number of ranks
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) time_limit: Option<u32>,
    /// Memory that all ranks together may use, in MiB
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) memory_limit: Option<u32>,
    /// Output that all ranks together may print, in KiB
    #[arg(long, value_name = "KIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) output_limit: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Human,
    /// One JSON object
    Json,
    /// JUnit XML
    Junit,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) name: Name,
    /// Look for changes every second, for network folders that do not report them
    #[arg(long)]
    pub(crate) poll: bool,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Bench {
    #[command(flatten)]
    pub(crate) exercise: Exercise,
    /// Compare with programs in C and Python that do the same work, in turn
    #[arg(long)]
    pub(crate) peers: bool,
    /// With --peers: how often each does it
    #[arg(long, value_name = "NUMBER", default_value_t = 9, requires = "peers",
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) rounds: u32,
    /// With --peers: the Python that has numpy and numba
    #[arg(
        long,
        value_name = "FILE",
        default_value = "python3",
        requires = "peers"
    )]
    pub(crate) python: std::path::PathBuf,
    /// Arguments for the benchmarks, after --: part of a name selects benchmarks; --help shows more
    #[arg(last = true, conflicts_with = "peers")]
    pub(crate) arguments: Vec<std::ffi::OsString>,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Run {
    /// An exercise, a task, or a program on the slides, such as 05, 05.scatter or slides/ring
    pub(crate) name: String,
    /// The number of ranks; by default 4 for an exercise, and those of its check for a task
    #[arg(short = 'n', long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) ranks: Option<u32>,
    /// For a task: draw the same inputs as the check that printed this seed
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// For an exercise: arguments for its program, after --
    #[arg(last = true)]
    pub(crate) arguments: Vec<std::ffi::OsString>,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Predict {
    /// An exercise or a program on the slides: 08 or slides/ring
    pub(crate) name: String,
    /// The largest number of ranks; by default 4
    #[arg(short = 'n', long, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) ranks: Option<u32>,
    /// laptop, gigabit, infiniband, or a file such as own.toml
    #[arg(long, value_name = "NETWORK", default_value = "gigabit")]
    pub(crate) on: String,
    /// End SimGrid after this many seconds of replaying one run; by default 600
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) replay_limit: Option<u32>,
    /// Run the reference instead of your answer
    #[arg(long)]
    pub(crate) solution: bool,
    /// Arguments for the program, after --
    #[arg(last = true)]
    pub(crate) arguments: Vec<std::ffi::OsString>,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Solution {
    /// An exercise or a task, such as 05 or 05.scatter
    pub(crate) name: String,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Report {
    /// Check the references instead of your answers
    #[arg(long)]
    pub(crate) solution: bool,
    /// Check only these exercises
    #[arg(long, value_name = "NN,NN,…", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object
    Json,
    /// JUnit XML
    Junit,
    /// A line of comma-separated values for each task, with points
    Csv,
    /// A result for Classroom 50, as one JSON object
    Classroom,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Grade {
    /// The folder that has a folder for each submission
    #[arg(value_name = "FOLDER")]
    pub(crate) submissions: std::path::PathBuf,
    /// The table of results to write, or to complete
    #[arg(long, value_name = "FILE")]
    pub(crate) out: std::path::PathBuf,
    /// Grade only these exercises
    #[arg(long, value_name = "NN,NN,…")]
    pub(crate) only: Option<String>,
    /// Grade again what has results already
    #[arg(long)]
    pub(crate) again: bool,
    /// Run the submissions with all your permissions, where no sandbox is possible
    #[arg(long)]
    pub(crate) unsandboxed: bool,
    /// Seconds that an exercise of a submission may take, its build included
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) time_limit: Option<u32>,
    /// Memory that an exercise of a submission may use, its build included, in MiB
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) memory_limit: Option<u32>,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Read {
    /// The lesson or task to begin with, such as 05 or 05.scatter; by default, the list of all lessons
    pub(crate) name: Option<String>,
    /// The port to serve on, on this machine only; by default 8000, or another one if that is taken
    #[arg(long, value_name = "NUMBER")]
    pub(crate) port: Option<u16>,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Join {
    /// The board's address, such as 192.168.1.20:8100; not with --folder
    #[arg(value_name = "ADDRESS")]
    pub(crate) first: Option<String>,
    /// The room's code, such as K7Q-M2F
    #[arg(value_name = "CODE")]
    pub(crate) second: Option<String>,
    /// How the board shows you; without it, you are a guest with a number
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Join by this shared folder, in place of the network
    #[arg(long, value_name = "FOLDER", conflicts_with = "second")]
    pub(crate) folder: Option<std::path::PathBuf>,
    /// Leave the room: nothing is sent from then on
    #[arg(long, conflicts_with_all = ["first", "second", "name", "folder"])]
    pub(crate) leave: bool,
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Hand {
    /// Lower it again; the next task that you solve does so, too
    #[arg(long)]
    pub(crate) down: bool,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Board {
    /// The address to listen on, such as 0.0.0.0 or 192.168.1.20:8100; by default, only this machine's own
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// A shared folder by which participants join, in place of the network
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<std::path::PathBuf>,
    /// Open a new room, with a new code; the events of the last one are kept
    #[arg(long)]
    pub(crate) new: bool,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Slides {
    /// Only this deck, such as 5 or collectives
    pub(crate) deck: Option<String>,
    /// Rebuild at every save, and serve the pages with live reload
    #[arg(long, conflicts_with_all = ["check", "pdf"])]
    pub(crate) watch: bool,
    /// Put the tasks of this timetable of the guide on the slides, such as two-days
    #[arg(long, value_name = "NAME")]
    pub(crate) timetable: Option<String>,
    /// The port on which --watch serves
    #[arg(long, value_name = "NUMBER", requires = "watch")]
    pub(crate) port: Option<u16>,
    /// Only report errors in the decks
    #[arg(long)]
    pub(crate) check: bool,
    /// Also print the handouts, the guide, and the cheat sheet to PDF; this needs a Chromium
    #[arg(long)]
    pub(crate) pdf: bool,
    /// Redraw the figures from their functions
    #[arg(long)]
    pub(crate) figures: bool,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct New {
    #[command(subcommand)]
    pub(crate) what: What,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum What {
    /// Write a new exercise with one task, in a folder such as 21-wind
    Exercise(NewExercise),
    /// Add a new task at the end of an exercise
    Task {
        /// The exercise and the task, such as 21.gusts
        name: String,
    },
}

#[derive(Args, Clone, Debug)]
pub(crate) struct NewExercise {
    /// The folder: two digits, a hyphen and the topic
    pub(crate) folder: String,
    /// The exercise needs no MPI
    #[arg(long)]
    pub(crate) without_mpi: bool,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Verify {
    /// Only these exercises
    pub(crate) names: Vec<String>,
    /// Save the present stubs as the copies that `reset` restores
    #[arg(long)]
    pub(crate) accept_stubs: bool,
    /// Try only every NUMBER-th known mistake, beginning with a random one
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    pub(crate) one_in: NonZeroUsize,
}

#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example:\n  cargo xtask witness -- mpiexec -n 4 ./program\n\n\
                        Exit status: 0 if it found nothing except notes, 1 if it found anything else, 2 if it could not \
                        watch the program."
)]
pub(crate) struct Witness {
    /// Unless the first run shows an error, run the program again with every standard send and every
    /// collective waiting for the other ranks: a program that hangs only then relies on MPI to buffer
    /// its messages, or to let ranks leave a collective before others have called it
    #[arg(long)]
    pub(crate) strict: bool,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: WitnessFormat,
    /// Also show what is rarely an error, such as a datatype that was never freed
    #[arg(long)]
    pub(crate) notes: bool,
    /// End the program after this many seconds, and say what each rank was doing
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) time_limit: Option<u32>,
    /// Draw the run to NAME.svg, NAME.html, and NAME.json (for the Perfetto viewer)
    #[arg(long, value_name = "NAME")]
    pub(crate) trace: Option<std::path::PathBuf>,
    /// Say what the run would cost on another machine: laptop, gigabit, infiniband, or a file such as
    /// own.toml; --trace draws that run then
    #[arg(long, value_name = "NETWORK", conflicts_with_all = ["strict", "notes", "format"])]
    pub(crate) predict: Option<String>,
    /// End SimGrid after this many seconds of replaying the run; by default 600
    #[arg(long, value_name = "SECONDS", requires = "predict", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) replay_limit: Option<u32>,
    /// The launcher and the program, after --
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<std::ffi::OsString>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum WitnessFormat {
    /// For people, on standard error
    #[default]
    Human,
    /// One JSON object on standard output; what the program prints there goes to standard error
    Json,
}
