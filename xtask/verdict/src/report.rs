//! The report of one check. Its serialization is the contract of `check --format json`.

use crate::{Kind, Reason};
use serde::{Deserialize, Serialize};

/// The version of the JSON contract.
pub const SCHEMA: u32 = 1;

/// All that one check of one exercise found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The folder's name, such as `05-collectives`.
    pub exercise: String,
    /// Whose answers were checked.
    pub subject: Subject,
    /// The seed from which the inputs were drawn.
    pub seed: u64,
    /// The MPI that ran them; none for exercises that need no MPI.
    pub mpi: Option<Mpi>,
    /// Wall time of the whole check, building included, in seconds.
    pub seconds: f64,
    /// One entry for each task that was asked for, in the exercise's order.
    pub tasks: Vec<TaskReport>,
    /// What is to be said about the run as a whole, in sentences.
    pub diagnosis: Vec<String>,
}

impl Report {
    /// Whether everything that was asked for passes.
    pub fn passed(&self) -> bool {
        self.tasks.iter().all(|task| task.status == Status::Passed)
    }
}

/// Whose answers a check grades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The student's crate, in `exercises/`.
    Exercise,
    /// The reference, in `solutions/`.
    Solution,
}

/// Which MPI ran a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mpi {
    /// The implementation, such as `MPICH` or `Open MPI`.
    pub name: String,
    /// Its version, such as `5.0.2`.
    pub version: String,
}

/// What was found about one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskReport {
    /// The task's name, such as `scatter`.
    pub name: String,
    /// The verdict.
    pub status: Status,
    /// The rank counts that were tried, in that order; empty without MPI or when nothing ran. Of those at which it
    /// failed only the first is told.
    pub ranks: Vec<u32>,
    /// Why it does not pass; the first is the one to read first.
    pub failures: Vec<Failure>,
    /// The `todo!()` that a rank has reached, where one is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub todo: Option<Where>,
}

/// The verdict about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Every rank of every rank count completed it, and every comparison held.
    Passed,
    /// Something was wrong: see the failures.
    Failed,
    /// A rank reached `todo!()`.
    NotStarted,
    /// It could not be tried, because of something outside the task.
    NotRun,
}

/// One reason why a task does not pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What sort of trouble.
    pub kind: Kind,
    /// Which rule was broken, where the kind does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// How many ranks took part; none without MPI or before anything ran.
    pub ranks: Option<u32>,
    /// The rank that reported it; none when it concerns the whole job.
    pub rank: Option<u32>,
    /// A sentence in the student's terms.
    pub message: String,
    /// The input that led to it.
    #[serde(default)]
    pub input: Option<String>,
    /// What should have come out.
    #[serde(default)]
    pub expected: Option<String>,
    /// What came out.
    #[serde(default)]
    pub actual: Option<String>,
    /// The places involved, the most telling one first.
    #[serde(default, rename = "where")]
    pub places: Vec<Where>,
    /// The last lines that the rank printed for this input: those of [`Self::prints`] that are its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<String>,
    /// What each rank printed for this input, rank by rank; only those that printed something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prints: Vec<Prints>,
}

impl Failure {
    /// A failure of which nothing is known but this.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            reason: None,
            ranks: None,
            rank: None,
            message: message.into(),
            input: None,
            expected: None,
            actual: None,
            places: Vec::new(),
            printed: None,
            prints: Vec::new(),
        }
    }
}

/// What one rank printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prints {
    /// The rank; none without MPI, and for the launcher of the ranks.
    pub rank: Option<u32>,
    /// Its last lines.
    pub text: String,
}

/// A place in the source, and the MPI call that a rank was making there, if any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Where {
    /// The rank, if one rank is meant.
    pub rank: Option<u32>,
    /// The MPI function, such as `MPI_Recv`.
    pub call: Option<String>,
    /// The other rank of the call.
    pub peer: Option<i32>,
    /// The tag of the call.
    pub tag: Option<i32>,
    /// Path from the workbook's folder.
    pub file: Option<String>,
    /// Line, counted from 1.
    pub line: Option<u32>,
    /// What is to be said of it, where that is not what the failure is about: a message that almost fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}
