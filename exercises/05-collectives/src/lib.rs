//! Exercise 05: collectives. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 05`. Where
//! messages are allowed, every send waits for its receive in the checks, so that no answer depends on MPI's
//! buffers.
//!
//! When a function returns, nothing that it started is still at work: requests are complete, and threads
//! have ended, or sleep, as those of a pool do.

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

/// What a program reads from a file on one rank, and needs on all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// A name for the run; any length.
    pub title: String,
    /// How many steps to compute.
    pub steps: u32,
    /// The width of each cell; any number of them.
    pub widths: Vec<f64>,
}

/// Runs `enter` and then `leave`, both once, so that no rank runs `leave` before every rank has run
/// `enter`.
///
/// Other calls would do that too; use one barrier (`MPI_Barrier` or `MPI_Ibarrier`) that begins after
/// `enter` and ends before `leave`, and nothing else.
pub fn barrier(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    todo!()
}

/// Gives every rank the numbers of rank `root`.
///
/// `numbers` has the same length on all ranks, also 0. On the root it holds what all shall have; on
/// the other ranks it holds something else, which is overwritten. Use one broadcast, and nothing else.
pub fn broadcast_array(world: &SimpleCommunicator, root: Rank, numbers: &mut [f64]) {
    todo!()
}

/// Gives every rank the settings of rank `root`: all return them.
///
/// On the root `settings` is `Some`, on the other ranks `None`; they do not know how long the texts
/// and lists in it are. Use two broadcasts, whatever is in it, and nothing else.
pub fn broadcast_object(
    world: &SimpleCommunicator,
    root: Rank,
    settings: Option<&Settings>,
) -> Settings {
    todo!()
}

/// Splits a vector into equal blocks: rank `r` returns the `r`-th block of `block` numbers.
///
/// Rank 0 has the whole vector, `block` times as many numbers as there are ranks, in `all`; on the
/// other ranks `all` is `None`. Use one scatter, and nothing else: a rank gets its own block and no more.
pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    todo!()
}

/// Collects one block from each rank: rank 0 returns all of them, one after another in the order of
/// the ranks; the other ranks return `None`.
///
/// `mine` has the same length on all ranks, also 0. Use one gather, and nothing else: no rank but 0 gets
/// the blocks of others.
pub fn gather(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    todo!()
}

/// Makes a multiplication table, one row for each rank, and returns all of it on every rank, row
/// after row in the order of the ranks.
///
/// A rank's row is its `factor` times 1, 2, 3, …, `width`, all of which an `i32` holds. Each rank has a
/// factor of its own, which the others do not know; `width` is the same on all ranks, also 0. Use one
/// all-gather, and nothing else.
pub fn all_gather(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    todo!()
}

/// Adds up the vectors of all ranks, element by element: rank 0 returns the sum, the other ranks
/// return `None`.
///
/// `mine` has the same length on all ranks, also 0; an `i64` holds the sums, in whatever order they are
/// made. Use one reduce, and nothing else.
pub fn reduce_sum(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    todo!()
}

/// Finds the largest of one number from each rank: rank 0 returns it, the other ranks return `None`. Use
/// one reduce, and nothing else.
pub fn reduce_max(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    todo!()
}

/// Merges the entries of all ranks by a rule that MPI does not bring along: at each position the
/// entry of the highest rank that has one wins. Rank 0 returns the winners, the others `None`.
///
/// 0 means "no entry here"; where no rank has an entry, the result is 0. `mine` has the same length
/// on all ranks, also 0. Use one reduce with an operation of your own, and nothing else.
pub fn own_operation(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    todo!()
}

/// Returns the mean of the numbers of all ranks together, on every rank.
///
/// The ranks may have different amounts of numbers; some may have none, but not all of them. Use one
/// all-reduce, or two, of the two totals that a mean needs, and nothing else.
pub fn all_reduce(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    todo!()
}

/// Numbers the items of all ranks consecutively, from 0, in the order of the ranks: returns the number
/// of this rank's first item, and the number that follows its last.
///
/// `items` is how many items this rank has, also 0; then both numbers are the same. A `u64` holds the
/// number of all items. Use one scan, inclusive or exclusive, and nothing else.
pub fn scan(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    todo!()
}

/// Splits a vector of any length as evenly as possible: returns this rank's part.
///
/// The parts stand one after another in the order of the ranks. When the length does not divide by
/// the number of ranks, the first ranks have one number more than the others; when there are fewer
/// numbers than ranks, the last ranks have none. Rank 0 has the whole vector in `all`; on the other
/// ranks `all` is `None`, and they do not know its length. Use one scatterv; beside it only lengths are
/// told, in any way but a barrier, and no rank gets the numbers of others.
pub fn scatterv(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    todo!()
}

/// Collects the parts of all ranks: rank 0 returns them, one after another in the order of the ranks;
/// the other ranks return `None`.
///
/// The parts may have any lengths, also 0; no rank knows those of the others. Use one gatherv; beside it
/// only lengths are told, in any way but a barrier, and no rank but 0 gets the parts of others.
pub fn gatherv(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>> {
    todo!()
}

/// Transposes a square matrix that is spread over the ranks by rows: returns this rank's rows of the
/// transposed matrix.
///
/// Rank `r` has the `r`-th block of `height` rows (at least 1), row after row, in `rows`. So the
/// matrix has `height` times as many rows, and as many columns, as there are ranks. Use one all-to-all,
/// and nothing else.
pub fn all_to_all(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    todo!()
}

/// Broadcasts the numbers of rank 0 by sends and receives alone, in as few rounds as possible, and
/// returns how many messages this rank has sent.
///
/// `numbers` has the same length on all ranks, also 0; on rank 0 it holds what all shall have. In each
/// round, every rank that has the numbers can send them to one that has not: so `n` ranks need
/// ⌈log2 `n`⌉ rounds, and `n` - 1 messages in all, each with all numbers and nothing else. A rank sends or
/// receives one message in a round. Where there are no numbers, there may be no messages either.
pub fn by_hand(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    todo!()
}

/// Reports the largest of one number from each rank: rank 0 returns `Some("the largest is 17")`, the
/// other ranks return `None`.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you mend it"
)]
pub fn broken_branch(world: &SimpleCommunicator, number: i32) -> Option<String> {
    todo!("read it, predict what it does, then delete this line and mend it");

    if world.rank() == 0 {
        let mut largest = number;
        world.all_reduce_into(&number, &mut largest, SystemOperation::max());
        return Some(format!("the largest is {largest}"));
    }
    None
}

/// Gives every rank the settings that one rank has read: all return them.
///
/// `read` is `Some` on exactly one rank, the reader, and `None` on all others. Any rank can be the
/// reader, and the others do not know which.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you mend it"
)]
pub fn broken_root(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    todo!("read it, predict what it does, then delete this line and mend it");

    let mut settings = read.unwrap_or_default();
    let root = if read.is_some() { world.rank() } else { 0 };
    world
        .process_at_rank(root)
        .broadcast_into(&mut settings[..]);
    settings
}

/// Counts how often each number 0, 1, 2, … occurs among the numbers of all ranks: rank 0 returns the
/// counts, from that of 0 to that of the largest number of all; the other ranks return `None`.
///
/// The ranks may have different amounts of numbers, also none; where none has any, there is nothing
/// to count, and the result is empty.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you mend it"
)]
pub fn broken_count(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    todo!("read it, predict what it does, then delete this line and mend it");

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

/// Adds up the vectors of all ranks, element by element, and works meanwhile: every rank returns the sums.
///
/// Each rank calls `work` once, after it has started an immediate all-reduce, and before it waits for it or
/// looks whether it is done. `mine` has the same length on all ranks, also 0, and an `i64` holds all sums. Use
/// one immediate all-reduce, and nothing else.
pub fn overlap(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    todo!()
}
