//! What ranks and grader say to each other.
//!
//! Each rank opens a stream socket to the grader. Over it go lines: the rank sends [`Record`]s, the
//! grader sends [`Order`]s, one JSON object on each line. A second connection, opened with
//! [`Hello::output`] set, carries everything that the rank prints, as raw bytes after that line.
//! The grader leads: it names the task to run, waits until every rank is done with it, has every
//! rank look for what the task left behind, and names the next. So no task begins before all ranks
//! have ended the one before.

use crate::{Kind, Reason};
use serde::{Deserialize, Serialize};

/// Environment variable with the path of the grader's socket.
pub const CHANNEL: &str = "WORKBOOK_CHANNEL";
/// Environment variable with the name of the machine that the grader runs on, where the system tells
/// it: its socket cannot be reached from any other.
pub const HOST: &str = "WORKBOOK_HOST";
/// Environment variable with the secret of this job, which every [`Hello`] repeats.
pub const TOKEN: &str = "WORKBOOK_TOKEN";

/// The first line on every connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The job's secret, from [`TOKEN`].
    pub token: String,
    /// This process, by its place in the job's order; 0 without MPI.
    pub rank: u32,
    /// How many processes the job has; 1 without MPI.
    pub size: u32,
    /// The process id.
    pub pid: u32,
    /// Whether the connection carries what the rank prints, instead of records.
    pub output: bool,
}

/// What a rank reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Record {
    /// The input of what follows, in the student's terms.
    Input {
        /// A description, such as `12 numbers, 4 for each of 3 ranks`.
        text: String,
        /// Which of the task's inputs it is, counted from 1.
        #[serde(default)]
        number: u32,
        /// How many calls of MPI this rank had begun before it, where that is asked for by
        /// [`Order::Run`].
        #[serde(default)]
        calls: u64,
    },
    /// A value that a check holds against another, where that is asked for by [`Order::Run`].
    Value {
        /// The number of the input that it is for.
        number: u32,
        /// What the rank has, such as `returned Some(5)`.
        text: String,
    },
    /// What was printed up to here belongs to an input that is over, as far as it does not belong to
    /// an earlier one. It is sent only if something was printed.
    Printed {
        /// The input's number; 0 before the first.
        number: u32,
        /// How many bytes this process has printed so far.
        end: u64,
    },
    /// A check did not hold, or the rank cannot go on.
    Failed {
        /// What happened.
        failure: RankFailure,
        /// Whether the rank cannot go on: it waits to be ended.
        fatal: bool,
    },
    /// A signal is about to end the rank: it waits to be ended. Written by a signal handler.
    Signal {
        /// The signal's number.
        signal: i32,
        /// Where.
        stack: Stack,
    },
    /// The task reached `todo!()` on this rank.
    NotStarted {
        /// Where the `todo!()` stands.
        place: Option<Place>,
        /// Whether the check goes on with another function of the task.
        #[serde(default)]
        goes_on: bool,
    },
    /// The program has no such task, or no such mistake.
    Unknown,
    /// The rank has returned from the task and waits for the next order.
    Done,
    /// Where the rank is, as an answer to [`Order::Locate`].
    Seen(Seen),
    /// Nothing is left to be said about the task: what it left behind has been looked for.
    Inspected,
    /// The rank has finalized MPI and is about to end.
    Finished,
    /// The rank ends with status 0: what ran at its end, such as destructors, has come to an end too.
    Ended,
}

/// Where a rank is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Whether the answer has returned and the check itself waits for the other ranks.
    pub returned: bool,
    /// The MPI function that it is in, such as `MPI_Recv`; none when it computes.
    pub call: Option<String>,
    /// The other rank of that call.
    pub peer: Option<i32>,
    /// The tag of that call.
    pub tag: Option<i32>,
    /// Where it is.
    pub stack: Stack,
}

/// Return addresses, innermost first, each as its distance from a fixed place in the check program,
/// so that any other process of the same program can tell their lines ([`RESOLVE`]). A rank that is
/// in trouble does not do that itself: it takes long, and may not work any more.
pub type Stack = Vec<i64>;

/// The first argument by which a check program is asked for the lines of a [`Stack`], whose addresses
/// are the other arguments. It prints a list with an entry for each address, a list of [`Frame`]s.
pub const RESOLVE: &str = "--resolve";

/// The first argument by which a check program is asked for its [`Listing`].
pub const LIST: &str = "--list";

/// A function on the stack; inlined functions have one address together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The function's name.
    pub function: Option<String>,
    /// The line, if the program knows it.
    pub place: Option<Place>,
}

/// A failure as one rank saw it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankFailure {
    /// What sort of trouble.
    pub kind: Kind,
    /// Which rule was broken, where the kind does not say it.
    #[serde(default)]
    pub reason: Option<Reason>,
    /// A sentence in the student's terms.
    pub message: String,
    /// What should have come out.
    pub expected: Option<String>,
    /// What came out.
    pub actual: Option<String>,
    /// The line, where the compiler has told it, as with a panic.
    pub place: Option<Place>,
    /// Where it happened, if that matters: the innermost line of the answer counts.
    pub stack: Stack,
    /// The MPI function in which it happened, such as `MPI_Recv`.
    pub call: Option<String>,
}

/// A line in a source file, as the compiler names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file's path.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
}

/// What the grader tells a rank to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum Order {
    /// Run one task.
    Run {
        /// The task's name.
        task: String,
        /// The known mistake to run in place of the crate's own answer, by its function's name.
        mistake: Option<String>,
        /// How many ranks take part: the first of the job's processes, in their order. The others have
        /// nothing to do. None without MPI.
        ranks: Option<u32>,
        /// The seed of the inputs; the same on all ranks.
        seed: u64,
        /// Whether every input is told at once, with its number of calls, and every value.
        #[serde(default)]
        shows: bool,
        /// Whether standard sends are left to MPI, which may buffer them, and not made synchronous.
        #[serde(default)]
        standard: bool,
    },
    /// Every rank is done with the task: look for what it left behind, such as messages that
    /// nobody received. Only now can that be told from what another rank was about to receive.
    Inspect,
    /// Say where you are; asked when a task takes too long.
    Locate,
    /// Finalize and end.
    End,
}

/// What a check program prints when its first argument is [`LIST`]: no MPI is started for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The names of the tasks that have a check, in order.
    pub tasks: Vec<String>,
    /// The known mistakes; empty in the student's check program.
    pub mistakes: Vec<MistakeListing>,
}

/// One known mistake and the verdict that it must get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MistakeListing {
    /// The task that it answers.
    pub task: String,
    /// The function's name.
    pub name: String,
    /// What the student did, in one sentence.
    pub about: String,
    /// The kind of failure that the check must report.
    pub kind: Kind,
}
