//! What is drawn: a recorded run, reduced to the calls, what joins them, and where it got stuck.
//!
//! Every time is in nanoseconds since some moment that is the same for all ranks; which one does not
//! matter, the pictures count from the first event. Ranks are ranks of `MPI_COMM_WORLD`. Where a call
//! is meant, it is by its place in [`Timeline::calls`]. What does not fit together (a rank beyond
//! [`Timeline::ranks`], an end before its beginning, a number beyond the list) is left out or
//! shortened by the pictures, never a reason to panic.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A recorded run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// What was run, such as `cargo xtask check 05.scan on 4 ranks`.
    pub title: String,
    /// What is to be known of the run beside that, in sentences, such as its input.
    #[serde(default)]
    pub about: Vec<String>,
    /// Why it failed, in a sentence, if it is known to have failed.
    #[serde(default)]
    pub failure: Option<String>,
    /// How many ranks there were, also those without a call.
    pub ranks: u32,
    /// When watching ended, if that is known and later than the last event. Calls that never came
    /// back are drawn at least until then.
    pub ended_ns: Option<u64>,
    /// The calls, in any order.
    pub calls: Vec<Call>,
    /// The messages, in any order.
    pub messages: Vec<Message>,
    /// The collectives, in any order.
    pub collectives: Vec<Meeting>,
    /// Who waits for whom in the deadlock; empty without one.
    pub stuck: Vec<Edge>,
    /// What is missing from the timeline, in one sentence; none if nothing is.
    pub left_out: Option<String>,
}

/// A call into MPI, or a part of the program that the caller wants to see beside them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Who called.
    pub rank: u32,
    /// Which of its threads, counted from 0.
    pub thread: u32,
    /// The function, such as `MPI_Recv`; for a block of [`merge()`](crate::merge) what it holds.
    pub function: Arc<str>,
    /// What kind of call it is, which decides how it is drawn.
    pub class: Class,
    /// Where in the program.
    pub place: Option<Place>,
    /// When it began.
    pub from_ns: u64,
    /// When it came back; none if it never did.
    pub to_ns: Option<u64>,
    /// The part in which it could only wait, from and to: until the matching send began, until the
    /// last rank came to the collective. For a call that never came back the end does not matter.
    pub waiting: Option<(u64, u64)>,
    /// Whom it sends to, receives from, or has for root.
    pub peer: Option<Peer>,
    /// The tag it gives.
    pub tag: Option<Tag>,
    /// How much it moved, in bytes.
    pub bytes: Option<u64>,
    /// The communicator's name; none if it has none or it goes without saying.
    pub communicator: Option<Arc<str>>,
    /// Whether something is wrong with it: it returned an error, or a finding is about it.
    pub error: bool,
    /// How many calls it stands for: 1, but for the blocks of [`merge()`](crate::merge).
    pub count: u32,
}

impl Call {
    /// A call on thread 0 of which no more is known than this.
    pub fn new(
        rank: u32,
        function: impl Into<Arc<str>>,
        class: Class,
        from_ns: u64,
        to_ns: Option<u64>,
    ) -> Self {
        Self {
            rank,
            thread: 0,
            function: function.into(),
            class,
            place: None,
            from_ns,
            to_ns,
            waiting: None,
            peer: None,
            tag: None,
            bytes: None,
            communicator: None,
            error: false,
            count: 1,
        }
    }

    /// How long it waited, in nanoseconds, if the run ended at `end_ns`.
    pub(crate) fn waited(&self, end_ns: u64) -> Option<u64> {
        let (from, to) = self.waiting?;
        let to = self.to_ns.map_or(end_ns, |returned| to.min(returned));
        Some(to.saturating_sub(from.max(self.from_ns)))
    }
}

/// What kind of call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Sends, of any mode, blocking or not.
    Send,
    /// Receives, blocking or not.
    Receive,
    /// Both at once: `MPI_Sendrecv`.
    Exchange,
    /// Looks for a message, with or without waiting for one.
    Probe,
    /// Waits for requests.
    Wait,
    /// Asks for requests and comes back at once.
    Test,
    /// All ranks of a communicator together, also those that make communicators.
    Collective,
    /// One-sided communication.
    OneSided,
    /// Files.
    File,
    /// Anything else in MPI.
    Other,
    /// No call: a part of the program that somebody marked.
    Compute,
}

impl Class {
    /// All of them, in the order in which legends name them.
    pub const ALL: [Self; 11] = [
        Self::Send,
        Self::Receive,
        Self::Exchange,
        Self::Probe,
        Self::Wait,
        Self::Test,
        Self::Collective,
        Self::OneSided,
        Self::File,
        Self::Other,
        Self::Compute,
    ];

    /// Its name for people: `one-sided`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Exchange => "send-receive",
            Self::Probe => "probe",
            Self::Wait => "wait",
            Self::Test => "test",
            Self::Collective => "collective",
            Self::OneSided => "one-sided",
            Self::File => "file",
            Self::Other => "other",
            Self::Compute => "compute",
        }
    }

    /// One letter, for where a name has no room.
    pub fn letter(self) -> char {
        match self {
            Self::Send => 'S',
            Self::Receive => 'R',
            Self::Exchange => 'X',
            Self::Probe => 'P',
            Self::Wait => 'W',
            Self::Test => 'T',
            Self::Collective => 'C',
            Self::OneSided => '1',
            Self::File => 'F',
            Self::Other => 'O',
            Self::Compute => '·',
        }
    }
}

/// A line of the program.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file, as people should read it.
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: u32,
}

/// The other side of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// This rank.
    Rank(u32),
    /// Whoever sends: `MPI_ANY_SOURCE`.
    Any,
    /// Nobody: `MPI_PROC_NULL`.
    Nobody,
}

/// The tag of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tag {
    /// This one.
    Is(i32),
    /// Any: `MPI_ANY_TAG`.
    Any,
}

/// One end of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Whose.
    pub rank: u32,
    /// The call in which it left, or in which the receiver got it (for an immediate receive the one
    /// that completed it); none if that is not known or there was none.
    pub call: Option<u32>,
}

/// A message from one rank to one rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Where it came from.
    pub from: End,
    /// Where it went, or should have gone.
    pub to: End,
    /// When its send began.
    pub sent_ns: u64,
    /// When the receiver had it; none if it was never received.
    pub received_ns: Option<u64>,
    /// How long it was, in bytes.
    pub bytes: u64,
    /// Its tag.
    pub tag: i32,
}

/// One collective: the calls in which its ranks met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// The call of each rank that came.
    pub calls: Vec<u32>,
    /// The ranks that should have come and did not.
    pub missing: Vec<u32>,
}

/// One rank waits for another, forever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Who waits.
    pub from: u32,
    /// For whom.
    pub to: u32,
    /// In which call.
    pub call: Option<u32>,
}

/// Gives every name one allocation, however many calls bear it.
#[derive(Debug, Default)]
pub struct Names(HashSet<Arc<str>>);

impl Names {
    /// The name's one copy.
    pub fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}

impl Timeline {
    /// The first and the last moment at which anything is known to have happened; both 0 if nothing
    /// is.
    pub(crate) fn span(&self) -> (u64, u64) {
        let mut span: Option<(u64, u64)> = None;
        let mut see = |at: u64| {
            let (first, last) = span.unwrap_or((at, at));
            span = Some((first.min(at), last.max(at)));
        };
        for call in self.calls.iter().filter(|call| call.rank < self.ranks) {
            see(call.from_ns);
            see(call.to_ns.unwrap_or(call.from_ns).max(call.from_ns));
        }
        for message in &self.messages {
            if message.from.rank < self.ranks && message.to.rank < self.ranks {
                see(message.sent_ns);
                see(message.received_ns.unwrap_or(message.sent_ns));
            }
        }
        let (first, last) = span.unwrap_or((0, 0));
        let last = match self.ended_ns {
            Some(ended) if span.is_some() => last.max(ended),
            _ => last,
        };
        (first, last)
    }

    /// The call of that number, if there is one on a rank that is drawn.
    pub(crate) fn call(&self, number: Option<u32>) -> Option<&Call> {
        let call = self.calls.get(number? as usize)?;
        (call.rank < self.ranks).then_some(call)
    }

    /// The ranks for which `rank` waits forever, ascending.
    pub(crate) fn waits_for(&self, rank: u32) -> Vec<u32> {
        let mut to: Vec<u32> = self
            .stuck
            .iter()
            .filter(|edge| edge.from == rank)
            .map(|edge| edge.to)
            .collect();
        to.sort_unstable();
        to.dedup();
        to
    }
}
