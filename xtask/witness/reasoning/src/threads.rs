//! Threads of one rank that are in collectives of one communicator at the same time: MPI cannot tell then
//! which of the calls belongs to which of another rank (MPI standard 4.1, section 6.14).

use crate::finding::{Call, Finding, Rule, Severity};
use recording::event::CommId;
use std::collections::BTreeMap;

/// The last collective that each thread of a rank has entered.
#[derive(Default)]
pub(crate) struct Meetings(BTreeMap<u16, Last>);

/// A collective of a thread.
#[derive(Clone, Copy)]
struct Last {
    comm: CommId,
    call: Call,
    entered: u64,
    left: Option<u64>,
}

impl Meetings {
    /// A thread enters a collective; what is wrong with that.
    pub fn enter(&mut self, comm: CommId, call: Call, entered: u64) -> Vec<Finding> {
        let last = Last {
            comm,
            call,
            entered,
            left: None,
        };
        self.0.insert(call.thread, last);
        // Calls of threads that wait for each other do not overlap: one is back before the other begins.
        self.others(last, |other| other.left.is_some_and(|left| left > entered))
    }

    /// It comes out.
    pub fn leave(&mut self, call: Call, left: u64) -> Vec<Finding> {
        let Some(last) = self.0.get_mut(&call.thread) else {
            return Vec::new();
        };
        last.left = Some(left);
        let last = *last;
        self.others(last, |other| {
            other.call.number > call.number && other.entered < left
        })
    }

    fn others(&self, mine: Last, overlaps: impl Fn(&Last) -> bool) -> Vec<Finding> {
        let others = self.0.values().filter(|other| {
            other.call.thread != mine.call.thread && other.comm == mine.comm && overlaps(other)
        });
        others
            .filter_map(|other| of_two(mine.comm, mine.call, other.call))
            .collect()
    }
}

/// The first two of a rank's threads that are in collectives of one communicator now, and wait.
pub(crate) fn crowded(mut inside: Vec<(CommId, Call)>) -> Option<Finding> {
    inside.sort_unstable();
    let mut pairs = inside.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    pairs.find_map(|pair| of_two(pair[0].0, pair[0].1, pair[1].1))
}

/// What is to be said of two calls; nothing of those of a check's harness.
fn of_two(comm: CommId, one: Call, other: Call) -> Option<Finding> {
    let mut calls = vec![one, other];
    calls.sort_by_key(|call| call.number);
    let is_aside = calls.iter().any(|call| call.aside);
    (!is_aside).then(|| Rule::ThreadsMeet { comm }.found(Severity::Error, calls))
}
