//! Exercise 05: collectives. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then run `cargo xtask check 05`. Where
//! messages are allowed, every send waits for its receive in the checks, so that no answer depends on
//! buffering in MPI.
//!
//! Where a task asks for one call, its other forms count as the call itself: non-blocking (`MPI_Ibcast`), in
//! place, or with counts (`MPI_Scatterv`). A rank may copy its own part itself, and an operation of your own may
//! stand in for one of MPI's. "Nothing else" means no other communication: `rank` and `size` are no communication.
//! The numbers travel in no more bytes than they have in the arguments, unless the stub allows more; their type may
//! be another one. A rank that is alone may leave the call out. So may all ranks if they know that there is nothing
//! to move, because the length that they share is 0.
//!
//! Calls may follow one another directly. A rank may then be in the next call while others are still in this one.
//!
//! When a function returns, nothing that it started is still running: requests are complete, and threads
//! have ended or are asleep, as those of a pool are.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{
    collective::SystemOperation,
    datatype::{Partition, PartitionMut},
    request,
    topology::{Rank, SimpleCommunicator},
    traits::*,
};
use mpi_extra::OwnOperation;
use serde::{Deserialize, Serialize};

/// Settings that a program reads from a file on one rank and needs on all ranks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// A name for the run, of any length.
    pub title: String,
    /// The number of steps to compute.
    pub steps: u32,
    /// The width of each cell; there may be any number of cells.
    pub widths: Vec<f64>,
}

/// Runs `enter` and then `leave`, each once, so that no rank runs `leave` before every rank has run
/// `enter`.
///
/// Other calls could do that too. Use one barrier that begins after `enter` and ends before `leave`, and
/// nothing else. A non-blocking barrier ends with the wait, or with the test that finds it complete.
pub fn barrier(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    todo!()
}

/// Gives every rank the numbers of rank `root`.
///
/// `numbers` has the same length on all ranks, which may be 0. On the root it holds the numbers to send; on
/// the other ranks it holds something else, which is overwritten. Use one broadcast, and nothing else.
pub fn broadcast_array(world: &SimpleCommunicator, root: Rank, numbers: &mut [f64]) {
    todo!()
}

/// Gives every rank the settings of rank `root`: all ranks return them.
///
/// `settings` is `Some` on the root and `None` on the other ranks, which do not know how long its string
/// and its vector are. Use at most two broadcasts, and nothing else. Together they may have up to four times
/// as many bytes as the title and the widths, and 65,536 more.
pub fn broadcast_object(
    world: &SimpleCommunicator,
    root: Rank,
    settings: Option<&Settings>,
) -> Settings {
    todo!()
}

/// Splits a vector into equal blocks: rank `r` returns the `r`-th block of `block` numbers.
///
/// On rank 0, `all` is the whole vector, with `block` times as many numbers as there are ranks; on the
/// other ranks it is `None`. Use one scatter, and nothing else: a rank gets the bytes of its own block and
/// no more.
pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    todo!()
}

/// Collects one block from each rank: rank 0 returns all blocks, one after another in rank order; the
/// other ranks return `None`.
///
/// `mine` has the same length on all ranks, which may be 0. Use one gather, and nothing else: no rank
/// except rank 0 gets the blocks of other ranks.
pub fn gather(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    todo!()
}

/// Computes a multiplication table, one row on each rank, and returns the whole table on every rank, row
/// by row in rank order.
///
/// A rank's row is its `factor` times 1, 2, 3, …, `width`; every product fits in an `i32`. Each rank has
/// its own factor, which the other ranks do not know; `width` is the same on all ranks, and may be 0. Use
/// one all-gather of the rows, and nothing else: a rank computes no row but its own.
pub fn all_gather(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    todo!()
}

/// Adds up the vectors of all ranks, element by element: rank 0 returns the sum, the other ranks
/// return `None`.
///
/// `mine` has the same length on all ranks, which may be 0. The sums fit in an `i64`, in whatever order the
/// numbers are added. Use one reduce, and nothing else.
pub fn reduce_sum(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    todo!()
}

/// Finds the largest of one number from each rank: rank 0 returns it, the other ranks return `None`. Use
/// one reduce, and nothing else.
pub fn reduce_max(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    todo!()
}

/// Merges the entries of all ranks by an operation that MPI does not provide: at each position, the
/// entry of the highest rank that has one wins. Rank 0 returns the winners, the other ranks `None`.
///
/// 0 means "no entry here"; where no rank has an entry, the result is 0. `mine` has the same length on all
/// ranks, which may be 0. Use one reduce with an operation that you define (`OwnOperation`), and nothing else: MPI's
/// maximum of packed values does not count. An entry may travel together with something else, such as its rank, in up
/// to 16 bytes for each position.
pub fn own_operation(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    todo!()
}

/// Returns the mean of the numbers of all ranks together, on every rank.
///
/// The ranks may have different amounts of numbers; some ranks may have none, but not all of them. Use one
/// all-reduce for the two totals that a mean needs, or one for each of them, and nothing else. One all-reduce may have
/// up to 32 bytes, two of them 8 each.
pub fn all_reduce(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    todo!()
}

/// Numbers the items of all ranks consecutively, from 0, in rank order: returns the number of this rank's
/// first item, and the number after that of its last item.
///
/// `items` is the number of items on this rank. It may be 0; both results are then the same. The total
/// number of items fits in a `u64`. Use one scan, inclusive or exclusive, and nothing else.
pub fn scan(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    todo!()
}

/// Splits a vector of any length as evenly as possible: returns this rank's block.
///
/// The blocks follow one another in rank order. If the length is not a multiple of the number of
/// ranks, the first ranks get one number more than the others; if there are fewer numbers than ranks,
/// the last ranks get none. On rank 0, `all` is the whole vector; on the other ranks it is `None`, and
/// they do not know its length. Use one scatterv for the whole vector. Apart from it, a few numbers for each rank may be
/// sent, such as lengths, by any other calls but a barrier. No rank gets the numbers of other ranks.
pub fn scatterv(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    todo!()
}

/// Collects the blocks of all ranks: rank 0 returns them, one after another in rank order; the other
/// ranks return `None`.
///
/// The blocks may have any lengths, even 0; no rank knows the lengths of the others. Use one gatherv for the
/// whole blocks. Apart from it, a few numbers for each rank may be sent, such as lengths, by any other calls but a
/// barrier. Only rank 0 gets the blocks of others.
pub fn gatherv(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>> {
    todo!()
}

/// Transposes a square matrix that is distributed over the ranks by rows: returns this rank's rows of the
/// transposed matrix.
///
/// On rank `r`, `rows` is the `r`-th block of `height` rows (at least 1), row by row. The matrix therefore
/// has `height` times as many rows as there are ranks, and as many columns as rows. Use one all-to-all,
/// and nothing else.
pub fn all_to_all(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    todo!()
}

/// Broadcasts the numbers of rank 0 by sends and receives alone, in as few rounds as possible, and
/// returns how many messages this rank has sent.
///
/// `numbers` has the same length on all ranks, which may be 0; on rank 0 it holds the numbers to send. In each
/// round, every rank that has the numbers can send them to one rank that does not, so `n` ranks need
/// ⌈log2 `n`⌉ rounds, and `n` - 1 messages in all, each with all numbers and nothing else. The rounds are counted
/// from the order of each rank's sends and receives: in one round, a rank sends one message or receives one. Where
/// sends do not wait (`MPI_Isend`), the best order counts. If there are no numbers, there are either no messages or
/// `n` - 1 empty ones, which are counted too.
pub fn by_hand(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    todo!()
}

/// Reports the largest of one number from each rank: rank 0 returns `Some("the largest is 17")`, the
/// other ranks return `None`.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn broken_branch(world: &SimpleCommunicator, number: i32) -> Option<String> {
    todo!("read it, predict what it does, then delete this line and fix it");

    if world.rank() == 0 {
        let mut largest = number;
        world.all_reduce_into(&number, &mut largest, SystemOperation::max());
        return Some(format!("the largest is {largest}"));
    }
    None
}

/// Gives every rank the settings that one rank has read: all ranks return them, with the same bits.
///
/// `read` is `Some` on exactly one rank, the reader, and `None` on all others. Any rank can be the
/// reader, and the others do not know which.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn broken_root(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    todo!("read it, predict what it does, then delete this line and fix it");

    let mut settings = read.unwrap_or_default();
    let root = if read.is_some() { world.rank() } else { 0 };
    world
        .process_at_rank(root)
        .broadcast_into(&mut settings[..]);
    settings
}

/// Counts how often each number 0, 1, 2, … occurs among the numbers of all ranks: rank 0 returns the
/// counts, from that of 0 to that of the largest number on any rank; the other ranks return `None`.
///
/// The ranks may have different amounts of numbers, even none; if no rank has any, there is nothing to
/// count, and the result is empty.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn broken_count(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    todo!("read it, predict what it does, then delete this line and fix it");

    let length = numbers.iter().max().map_or(0, |largest| largest + 1);
    let mut counts = vec![0_u64; length];
    for &number in numbers {
        counts[number] += 1;
    }
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.reduce_into(&counts[..], SystemOperation::sum());
        return None;
    }
    let mut all = vec![0; length];
    root.reduce_into_root(&counts[..], &mut all[..], SystemOperation::sum());
    Some(all)
}

/// Adds up the vectors of all ranks, element by element, and does work meanwhile: every rank returns the sums.
///
/// Each rank calls `work` once, after it has started a non-blocking all-reduce, and before it waits for it or
/// checks whether it is complete. `mine` has the same length on all ranks, which may be 0, and all sums fit in an
/// `i64`. Use one non-blocking all-reduce (`MPI_Iallreduce`), and nothing else. Where a rank may leave it out, it calls
/// `work` all the same.
pub fn overlap(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    todo!()
}
