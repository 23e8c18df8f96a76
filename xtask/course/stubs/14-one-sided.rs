//! Exercise 14: one-sided communication. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 14`.
//!
//! All functions but [`post_start`] are called by every rank of `world`, and return when all is done: what other
//! ranks do to this rank's memory is complete then.
//!
//! **Nothing is sent.** A task is to be done by the operations of a window. The checks count those, and refuse
//! messages and collectives beside them, unless the task names one. To make a window, its fences, and its end are
//! free.

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

/// Lets all ranks use the memory of all others: makes a window on all of `memory`, and calls `work` with it, once,
/// between two fences.
///
/// When this function returns, all that `work` has begun on any rank is complete. Ranks may give different amounts
/// of memory; a rank may give none.
pub fn expose(world: &SimpleCommunicator, memory: &mut [f64], work: &dyn Fn(&Window<'_, f64>)) {
    todo!()
}

/// Writes the row of each rank into the table of every rank.
///
/// `mine` is the row of this rank; all ranks have rows of the same length, which may be 0. `table` has a row for
/// each rank, and this function fills it: first the row of rank 0, then that of rank 1, and so on, the same on all
/// ranks. Put each row once into each table. Its own table a rank may fill in any way.
pub fn put(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    todo!()
}

/// Looks numbers up in a vector whose blocks lie on all ranks.
///
/// The vector consists of the `block` of rank 0, then that of rank 1, and so on. All blocks have the same length, at
/// least 1, and stay as they are. `positions` are those that this rank wants to know, counted from 0 over the whole
/// vector, in any order; some may be there twice, and there may be none. Each rank has other ones.
///
/// Returns the numbers at these positions, in their order. Get no more numbers than there are positions.
pub fn get(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    todo!()
}

/// Counts how often each value occurs, in a histogram whose bins lie on all ranks.
///
/// Rank 0 has the bins of the values 0 to `share - 1`, rank 1 the next `share` bins, and so on; `share` is at least 1
/// and the same on all ranks. `values` are those that this rank has found: any number of them, each with a bin.
///
/// Returns the bins of this rank: for each, how often its value occurs among the values of all ranks. Accumulate;
/// no rank need accumulate more numbers than it has values, or than there are bins.
pub fn accumulate(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    todo!()
}

/// Hands out tasks without a manager: `work` is called once for each of the tasks 0 to `tasks - 1`, on some rank.
///
/// The number of the next task lies in the memory of rank 0. Each rank fetches it, and adds 1 in the same moment, by a
/// fetch-and-op, whenever it is ready for a task, one task at a time; it is done when no task is left. So each rank fetches once
/// for each of its tasks, and once more. No rank waits for another before all tasks are handed out: one fence before
/// the first task and one after the last are as many as there may be.
pub fn counter(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    todo!()
}

/// Appends the entries of all ranks to a log in the memory of rank 0.
///
/// On rank 0, `log[0]` says how many entries there are, and these follow it; there may be some already, and there is
/// room for all. On the other ranks `log` is empty. When this function returns, the log has the entries of all ranks
/// after those that it had: those of one rank in their order and without a gap, the ranks in any order. What is
/// behind the last entry stays as it is. A rank may have no entries.
///
/// Each rank locks the memory of rank 0 once, until its entries and their number are there, and needs no fence.
pub fn lock(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    todo!()
}

/// Takes one of `seats` seats, the first of one's `wishes` that is free.
///
/// `wishes` are numbers of seats, counted from 0, no number twice; maybe none. Who has which seat lies in the memory
/// of rank 0. Each rank asks for the seats that it wishes in their order, and takes the first that nobody has taken
/// before. It asks by comparing and swapping, for one seat at a time, and for none after it has one.
///
/// Returns the seat; none if others have all that this rank wishes.
pub fn ticket(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize> {
    todo!()
}

/// Exchanges edges with the neighbours, and with nobody else.
///
/// `window` has two places on each rank: place 0 for what comes from below, place 1 for what comes from above.
/// `neighbours` are the ranks below and above, as far as there are any; at least one is there. `edges` are this
/// rank's lowest and highest number: the lowest is put into place 1 of the neighbour below, the highest into place 0
/// of the neighbour above. Who is my neighbour below has me as its neighbour above.
///
/// When this function returns, what comes from the neighbours is there. Only ranks with a neighbour call it: nobody
/// may wait for any other rank, so that there can be neither fences nor locks.
pub fn post_start(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    todo!()
}

/// Has each node keep one table, which all its ranks read where it lies.
///
/// A node is what `split_shared` says. On each node one rank, whichever, calls `fill`, once, with a slice of `length`
/// numbers, and so fills the table of this node. Then every rank calls `look`, once, with the table of its node.
///
/// `length` is the same on all ranks, and at least 1. The table is there once on each node, in memory that its ranks
/// share: it is neither copied nor sent. Barriers are allowed.
pub fn shared(
    world: &SimpleCommunicator,
    length: usize,
    fill: &dyn Fn(&mut [f64]),
    look: &dyn Fn(&[f64]),
) {
    todo!()
}

/// Passes a number on in a ring: returns the number of the rank before. The rank before rank 0 is the last one.
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

/// Adds up the numbers of all ranks: returns the sum on every rank. What does not fit an `i64` wraps around.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn two_puts(world: &SimpleCommunicator, mine: i64) -> i64 {
    todo!("read it, predict what it does, then delete this line and fix it");

    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        // The sum lies in the memory of rank 0.
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

/// Returns how much this rank's number is larger than that of the rank before; negative if it is smaller. The rank
/// before rank 0 is the last one. The difference fits an `i64`.
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
