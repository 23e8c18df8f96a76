//! Messages, for those who draw a run.

use crate::finding::Call;
use recording::event::Rank;

/// A message that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The call that sent it; for a persistent request the one that started it.
    pub send: Call,
    /// The call that received it, or posted the receive; for a message that a matched probe took,
    /// either that probe or its receive, whichever was known when they were brought together.
    pub receive: Call,
    /// The tag with which it was sent.
    pub tag: i32,
    /// How long it was, in bytes, as far as its type is known.
    pub bytes: Option<u64>,
}

/// A message that no receive was there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreceived {
    /// The call that sent it.
    pub send: Call,
    /// To whom.
    pub to: Rank,
    /// The tag.
    pub tag: i32,
    /// How long it was, in bytes, as far as its type is known.
    pub bytes: Option<u64>,
}
