//! What each rank does, in its order: the steps that are replayed.

use recording::event::{PlaceId, Rank};
use std::fmt::{self, Display, Formatter};
use trace::Class;

/// What the ranks of a run do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The calls of each rank.
    pub calls: Vec<Vec<Call>>,
    /// The steps of each rank.
    pub steps: Vec<Vec<Step>>,
    /// What of the recorded run is not in these steps, or only roughly, in sentences.
    pub unmodelled: Vec<String>,
}

/// A call that the recorded program made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call {
    /// The function.
    pub function: &'static str,
    /// What kind of call it is.
    pub class: Class,
    /// Where it was called.
    pub place: PlaceId,
    /// The other rank, or the root.
    pub peer: Option<Rank>,
    /// How much it sends, or receives, in bytes.
    pub bytes: Option<u64>,
}

/// One action, and the call of its rank that it belongs to; none for what a rank computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// The call, by its place in [`Plan::calls`].
    pub call: Option<u32>,
}

/// What SimGrid can replay.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Computes for so many nanoseconds of a core of the recording's machine.
    Compute(u64),
    /// Sends, and waits until the buffer is free.
    Send(Envelope),
    /// Begins to send.
    Isend(Envelope),
    /// Receives.
    Receive(Envelope),
    /// Begins to receive.
    Ireceive(Envelope),
    /// Waits for what was begun.
    Wait(Envelope),
    /// A collective of all ranks: its name and its arguments.
    Together(String),
}

/// A message. No other of the run has its tag, so that it is received where the recorded one was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Who sends it.
    pub from: Rank,
    /// Who receives it.
    pub to: Rank,
    /// Its tag.
    pub tag: u32,
    /// How long it is.
    pub bytes: u64,
}

/// SimGrid's number of `MPI_BYTE` in traces.
pub(crate) const BYTE: u32 = 6;

/// As a line of a time-independent trace has it, after the rank. A core of the recording's machine makes one
/// operation in a nanosecond.
impl Display for Action {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compute(nanos) => write!(to, "compute {nanos}"),
            Self::Send(it) => write!(to, "send {} {} {} {BYTE}", it.to, it.tag, it.bytes),
            Self::Isend(it) => write!(to, "isend {} {} {} {BYTE}", it.to, it.tag, it.bytes),
            Self::Receive(it) => write!(to, "recv {} {} {} {BYTE}", it.from, it.tag, it.bytes),
            Self::Ireceive(it) => write!(to, "irecv {} {} {} {BYTE}", it.from, it.tag, it.bytes),
            Self::Wait(it) => write!(to, "wait {} {} {}", it.from, it.to, it.tag),
            Self::Together(line) => to.write_str(line),
        }
    }
}

impl Plan {
    /// How many ranks there are.
    #[must_use]
    pub fn ranks(&self) -> usize {
        self.steps.len()
    }

    /// For how long all ranks together compute on the recording's machine, in nanoseconds.
    #[must_use]
    pub fn work(&self) -> u64 {
        let steps = self.steps.iter().flatten();
        steps
            .map(|step| match step.action {
                Action::Compute(nanos) => nanos,
                _ => 0,
            })
            .sum()
    }

    /// The time-independent trace of a rank.
    #[must_use]
    pub fn trace(&self, rank: usize) -> String {
        let mut text = format!("{rank} init\n");
        for step in &self.steps[rank] {
            text += &format!("{rank} {}\n", step.action);
        }
        text + &format!("{rank} finalize\n")
    }
}
