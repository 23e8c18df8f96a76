//! What ranks tell each other while an answer runs: a check needs it when what happens on one rank
//! is to depend on how far the others are. The answer neither sees it nor is charged for it.

// A profiling twin is a C function.
#![allow(unsafe_code)]

use crate::inspect;
use mpi::{datatype::PartitionMut, ffi, topology::SimpleCommunicator, traits::*};

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
    ///
    /// Whoever asks where this rank is learns nothing of it: it is at work for its answer.
    pub fn hear(&self) -> (usize, u64) {
        let mut what = 0_u64;
        // SAFETY: an all-zero status is a valid value of this struct of integers.
        let mut status: ffi::MPI_Status = unsafe { std::mem::zeroed() };
        // SAFETY: the communicator lives as long as `self`, and only `tell` sends on it: one `u64`
        // each. The twin is not counted, so that counting can stay on: off, it means that the
        // answer has returned.
        unsafe {
            ffi::PMPI_Recv(
                (&raw mut what).cast(),
                1,
                u64::equivalent_datatype().as_raw(),
                ffi::RSMPI_ANY_SOURCE,
                ffi::RSMPI_ANY_TAG,
                self.comm.as_raw(),
                &raw mut status,
            );
        }
        (status.MPI_SOURCE.unsigned_abs() as usize, what)
    }

    /// Whether any rank has told something that this one has not heard yet.
    pub fn is_told(&self) -> bool {
        inspect::on(&self.comm).is_some()
    }

    /// The communicator below, as the recorder names it.
    pub(crate) fn handle(&self) -> usize {
        inspect::handle(self.comm.as_raw())
    }

    /// Every rank's number on every rank. All ranks must call it.
    pub fn share(&self, mine: u64) -> Vec<u64> {
        let mut all = vec![0; self.comm.size().unsigned_abs() as usize];
        unseen(|| self.comm.all_gather_into(&mine, &mut all[..]));
        all
    }

    /// Every rank's numbers on every rank, in the order of the ranks. Each has as many as it likes.
    /// All ranks must call it.
    pub fn share_all(&self, mine: &[u64]) -> Vec<Vec<u64>> {
        let lengths = self.share(mine.len() as u64);
        let counts: Vec<i32> = lengths
            .iter()
            .map(|length| i32::try_from(*length).unwrap_or(i32::MAX))
            .collect();
        let starts: Vec<i32> = counts
            .iter()
            .scan(0, |next, count| {
                Some(std::mem::replace(next, *next + count))
            })
            .collect();
        let mut all = vec![0; lengths.iter().sum::<u64>() as usize];
        let mut parts = PartitionMut::new(&mut all[..], counts, starts);
        unseen(|| self.comm.all_gather_varcount_into(mine, &mut parts));
        let mut rest = all.into_iter();
        lengths
            .iter()
            .map(|length| rest.by_ref().take(*length as usize).collect())
            .collect()
    }
}

/// Calls MPI for the harness: nothing of it is noted.
fn unseen<R>(call: impl FnOnce() -> R) -> R {
    let aside = recorder::aside(true);
    let result = call();
    recorder::aside(aside);
    result
}
