//! Threads of one rank that are in collectives of one communicator at the same time: MPI cannot tell then
//! which of the calls belongs to which of another rank (MPI standard 4.1, section 6.14).

use crate::{
    finding::{Call, Finding, Rule, Severity},
    observation::Observation,
};
use recording::event::{CommId, Rank, What};

/// The last collective that a thread has entered.
#[derive(Clone, Copy)]
pub(crate) struct Last {
    comm: CommId,
    call: Call,
    entered: u64,
    left: Option<u64>,
}

impl Observation {
    /// A thread enters a collective.
    pub(crate) fn meets(&mut self, comm: CommId, call: Call, entered: u64) {
        let log = &mut self.ranks[call.rank as usize];
        let thread = log.threads.entry(call.thread).or_default();
        thread.collective = Some(Last {
            comm,
            call,
            entered,
            left: None,
        });
        // Calls of threads that wait for each other do not overlap: one is back before the other begins.
        self.compare_threads(call, |other| other.left.is_some_and(|left| left > entered));
    }

    /// It comes out.
    pub(crate) fn met(&mut self, call: Call, left: u64) {
        let log = &mut self.ranks[call.rank as usize];
        let thread = log.threads.entry(call.thread).or_default();
        if let Some(last) = &mut thread.collective {
            last.left = Some(left);
        }
        self.compare_threads(call, |other| {
            other.call.number > call.number && other.entered < left
        });
    }

    fn compare_threads(&mut self, call: Call, overlaps: impl Fn(&Last) -> bool) {
        let threads = &self.ranks[call.rank as usize].threads;
        if threads.len() < 2 {
            return;
        }
        let Some(mine) = threads.get(&call.thread).and_then(|it| it.collective) else {
            return;
        };
        let others = threads
            .values()
            .filter_map(|thread| thread.collective)
            .filter(|other| other.call.thread != call.thread && other.comm == mine.comm);
        let found: Vec<Finding> = others
            .filter(overlaps)
            .filter_map(|other| of_two(mine.comm, mine.call, other.call))
            .collect();
        for finding in found {
            self.note(finding, None);
        }
    }

    /// Two threads of a rank that are in collectives of one communicator now, both waiting.
    pub fn crowded(&self) -> Option<Finding> {
        (0..self.ranks.len() as Rank).find_map(|rank| {
            let threads = self.ranks[rank as usize].threads.values();
            let mut inside: Vec<(CommId, Call)> = threads
                .filter_map(|thread| thread.now.as_ref())
                .filter_map(|inside| match &inside.event.what {
                    What::Collective(collective, None) => Some((collective.comm, inside.call)),
                    _ => None,
                })
                .collect();
            inside.sort_unstable();
            let mut pairs = inside.windows(2).filter(|pair| pair[0].0 == pair[1].0);
            pairs.find_map(|pair| of_two(pair[0].0, pair[0].1, pair[1].1))
        })
    }
}

/// What is to be said of two calls; nothing of those of a check's harness.
fn of_two(comm: CommId, one: Call, other: Call) -> Option<Finding> {
    let mut calls = vec![one, other];
    calls.sort_by_key(|call| call.number);
    let is_aside = calls.iter().any(|call| call.aside);
    (!is_aside).then(|| Rule::ThreadsMeet { comm }.found(Severity::Error, calls))
}
