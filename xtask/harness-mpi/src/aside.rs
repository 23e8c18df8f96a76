//! What ranks tell each other while an answer runs: a check needs it when what happens on one rank
//! is to depend on how far the others are. The answer neither sees it nor is charged for it.

use mpi::{topology::SimpleCommunicator, traits::*};

/// A line between all ranks beside the communicator of the task.
pub struct Aside {
    comm: SimpleCommunicator,
}

impl Aside {
    /// All ranks must open the line at the same time.
    pub(crate) fn open(own: &SimpleCommunicator) -> Self {
        Self {
            comm: unseen(|| own.duplicate()),
        }
    }

    /// Tells a rank something. Numbers that one rank tells another arrive in the order in which
    /// they were told; all must have been heard when the task ends.
    pub fn tell(&self, rank: usize, what: u64) {
        let rank = i32::try_from(rank).unwrap_or(i32::MAX);
        unseen(|| self.comm.process_at_rank(rank).send(&what));
    }

    /// Waits until any rank has told something, and hands out who it was and what.
    pub fn hear(&self) -> (usize, u64) {
        let (what, status) = unseen(|| self.comm.any_process().receive());
        (status.source_rank().unsigned_abs() as usize, what)
    }

    /// Every rank's number on every rank. All ranks must call it.
    pub fn share(&self, mine: u64) -> Vec<u64> {
        let mut all = vec![0; self.comm.size().unsigned_abs() as usize];
        unseen(|| self.comm.all_gather_into(&mine, &mut all[..]));
        all
    }
}

/// Calls MPI for the harness: nothing of it is noted.
fn unseen<R>(call: impl FnOnce() -> R) -> R {
    let watched = witness::record::watch(false);
    let result = call();
    witness::record::watch(watched);
    result
}
