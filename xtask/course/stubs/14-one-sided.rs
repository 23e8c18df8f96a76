//! Exercise 14: one-sided communication. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 14`.
//!
//! All functions but [`post_start`] are called by every rank of `world`. When one returns, everything is
//! complete, including what other ranks do to this rank's memory.
//!
//! **Send no messages.** Do each task with the operations of a window. The checks count these, and refuse other
//! messages and collectives, unless the task names one. Creating a window, its fences, and freeing it do not
//! count. With a single rank, the operations are not counted.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{Rank, collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use mpi_extra::{
    traits::*,
    window::{Lock, Window},
};

/// Lets all ranks use the memory of all others: creates a window on all of `memory`, not on a copy, and calls
/// `work` with it, once, between two fences; there may be more of them.
///
/// When this function returns, all operations that `work` has started on any rank are complete. Ranks may open
/// different amounts of memory; a rank may open none.
pub fn expose(world: &SimpleCommunicator, memory: &mut [f64], work: &dyn Fn(&Window<'_, f64>)) {
    todo!()
}

/// Writes the row of each rank into the table of every rank.
///
/// `mine` is the row of this rank; all ranks have rows of the same length, which may be 0. `table` has room for
/// one row of each rank, and this function fills it: first the row of rank 0, then the row of rank 1, and so
/// on, the same on all ranks. Put each row once into each table, in one put, from whichever rank. A rank may
/// write its own row into its own table in any way, also between the fences.
pub fn put(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    todo!()
}

/// Looks up numbers in a vector whose blocks are distributed over all ranks.
///
/// The vector consists of the `block` of rank 0, then the `block` of rank 1, and so on. All blocks have the
/// same length, at least 1, and stay unchanged. `positions` are the positions that this rank wants to know,
/// counted from 0 over the whole vector, in any order; some may occur twice, and there may be none. Each rank
/// has different ones.
///
/// Returns the numbers at these positions, in their order. Get no more numbers than there are positions.
pub fn get(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    todo!()
}

/// Counts how often each value occurs, in a histogram whose bins are distributed over all ranks.
///
/// Rank 0 has the bins of the values 0 to `share - 1`, rank 1 the next `share` bins, and so on; `share` is at
/// least 1 and the same on all ranks. `values` are the values of this rank: any number of them, each with a
/// bin.
///
/// Returns the bins of this rank: for each, how often its value occurs among the values of all ranks. Use
/// accumulates or fetch-and-ops; a rank may add to its own bins in any way. A rank must not accumulate more
/// numbers than it has values, or than there are bins, whichever is larger.
pub fn accumulate(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    todo!()
}

/// Hands out tasks without a manager: `work` is called once for each of the tasks 0 to `tasks - 1`, on some
/// rank. `tasks` is the same on all ranks, and may be 0.
///
/// The number of the next task is in the memory of one rank, for example rank 0. Whenever a rank is ready for a
/// task, it fetches this number and adds 1 in the same operation, a fetch-and-op, for one task at a time. It is
/// done when no task is left. Each rank therefore fetches once for each of its tasks, and once more, even if
/// `tasks` is 0; only the rank that gets the last task may leave that out. No rank waits for another before all
/// tasks are handed out: at most one fence before the first task and one after the last are allowed. Locks are
/// allowed, but a rank that works keeps no other rank out.
pub fn counter(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    todo!()
}

/// Appends the entries of all ranks to a log in the memory of rank 0.
///
/// On rank 0, `log[0]` is the number of entries, and the entries follow it. There may be some entries already,
/// and there is room for all. On the other ranks, `log` is empty. When this function returns, the entries of
/// all ranks follow those that were there before: the entries of one rank in their order and without a gap, the
/// ranks in any order. What comes after the last entry stays unchanged. A rank may have no entries.
///
/// Each rank locks the memory of rank 0 once, until its entries and their number are there. A rank without
/// entries may leave that out. The lock may be shared if ranks reserve different places, for example by a
/// fetch-and-op. Use no fence.
pub fn lock(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    todo!()
}

/// Takes one of `seats` seats: the first of this rank's `wishes` that is free.
///
/// `wishes` are numbers of seats, counted from 0, each at most once; there may be none. The window holds which
/// seats are taken, for example in the memory of rank 0. Each rank tries the seats of its wishes in their
/// order, and takes the first one that no rank has taken before. It tries one seat at a time, with a
/// compare-and-swap, and no further seat once it has one. It does not look at the seats in any other way.
///
/// Returns the seat; `None` if other ranks have all seats that this rank wishes.
pub fn ticket(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize> {
    todo!()
}

/// Exchanges edges with the neighbors, and with no other rank.
///
/// `window` has two places on each rank: place 0 for the number that comes from below, place 1 for the number
/// that comes from above. `neighbours` are the ranks below and above, if there are any; there is at least one.
/// `edges` are this rank's lowest and highest number: put the lowest into place 1 of the neighbor below, and
/// the highest into place 0 of the neighbor above. If one rank is another rank's neighbor below, the other is
/// its neighbor above. The ranks form lines, not rings.
///
/// When this function returns, the numbers of the neighbors have arrived. Only ranks with a neighbor call it:
/// no rank may wait for any other rank than its neighbors, so there can be neither fences nor locks. Start one
/// epoch for both neighbors together.
pub fn post_start(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    todo!()
}

/// Gives each node one table, which all its ranks read without a copy.
///
/// `split_shared` says which ranks are on the same node. On each node, one rank, whichever, calls `fill` once
/// with a slice of `length` numbers, which fills the table of this node. Then every rank calls `look` once with
/// the table of its node; the rank that filled it may do so while it still writes.
///
/// `length` is the same on all ranks, and at least 1. The table exists once on each node, in memory that the
/// ranks of the node share, which has room for one table: it is neither copied nor sent. On a node with a
/// single rank, any memory will do. Barriers are allowed.
pub fn shared(
    world: &SimpleCommunicator,
    length: usize,
    fill: &dyn Fn(&mut [f64]),
    look: &dyn Fn(&[f64]),
) {
    todo!()
}

/// Passes a number around a ring: returns the number of the previous rank. The previous rank of rank 0 is the
/// last one. Any operations of a window are allowed, in this task and in the next two.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn missing_fence(world: &SimpleCommunicator, mine: i64) -> i64 {
    todo!("read it, predict what it does, then delete this line and fix it");

    let next = (world.rank() + 1) % world.size();
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        window.fence();
        window.put(vec![mine], next, 0);
    });
    memory[0]
}

/// Adds up the numbers of all ranks: returns the sum on every rank. A sum that does not fit in an `i64` wraps
/// around.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn two_puts(world: &SimpleCommunicator, mine: i64) -> i64 {
    todo!("read it, predict what it does, then delete this line and fix it");

    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        // The sum is in the memory of rank 0.
        window.fence();
        let so_far = window.get(0, 0..1);
        window.fence();
        window.put(vec![so_far.value().wrapping_add(mine)], 0, 0);
        window.fence();
        let sum = window.get(0, 0..1);
        window.fence();
        sum.value()
    })
}

/// Returns this rank's number minus the previous rank's number. The previous rank of rank 0 is the last one.
/// The difference fits in an `i64`.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn early_read(world: &SimpleCommunicator, mine: i64) -> i64 {
    todo!("read it, predict what it does, then delete this line and fix it");

    let previous = (world.rank() + world.size() - 1) % world.size();
    let mut memory = [mine];
    world.with_window(&mut memory, |window| {
        window.fence();
        let theirs = window.get(previous, 0..1);
        let difference = mine - theirs.value();
        window.fence();
        difference
    })
}
