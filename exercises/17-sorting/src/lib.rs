//! Exercise 17: sorting. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 17`.
//!
//! In every task, `p` is the number of ranks of `world`, `mine` is the list of this rank, and `n` is how many keys
//! all ranks have together. **Lists have any length,** unless a task says otherwise: some ranks may have no key at
//! all, and there may be fewer keys than ranks. Keys may be any value of their type.
//!
//! **The order of `f64`** is that of [`f64::total_cmp`]: `-0.0` comes before `0.0`, a positive NaN after infinity,
//! a negative NaN before minus infinity. Bits stay as they are.
//!
//! Every send waits for its receive in the checks, so that no answer depends on MPI's buffers.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{
    Count, Rank,
    collective::SystemOperation,
    datatype::{Partition, PartitionMut},
    point_to_point::send_receive_into,
    topology::SimpleCommunicator,
    traits::*,
};
use std::cmp::Ordering;

/// Returns for each key of `mine` its position among the keys of all ranks when they are sorted: how many keys
/// come before it, from 0 to `n - 1`.
///
/// A key comes before another one if it is smaller. Of two equal keys, the one of the lower rank comes first, and on
/// the same rank the one with the lower index. So all positions are different.
///
/// Every rank gets the keys of all others, at least once, and compares its own keys with them. They travel in lists: a
/// rank makes at most `4 * p + 4` messages and calls of collectives, however many keys there are.
pub fn rank(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    todo!()
}

/// Merges the lists of all ranks. `mine` is sorted on every rank; rank 0 returns one sorted list of all keys, the
/// others return `None`.
///
/// By messages, in rounds, and without collectives: in each round the ranks that still have a list form pairs. One of
/// a pair sends its list to the other one, and is finished; the other one merges the two. There are `⌈log2 p⌉`
/// rounds. A rank sends its list once, and receives one list in a round at most. For each list, a second message may
/// tell its length. So no key travels more often than there are rounds.
pub fn merge(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    todo!()
}

/// Sorts the keys of all ranks by odd-even transposition: afterwards `mine` is sorted on each rank, and no key is
/// larger than any of the next rank.
///
/// Here all ranks have the same number of keys; it may be 0. Messages go to neighbours only, to the rank before and
/// to the rank after, and no collective is called. There are `p` rounds, and in a round a rank sends its keys once at
/// most: at most `p` messages with at most `mine.len()` keys each.
pub fn odd_even(world: &SimpleCommunicator, mine: &mut [i64]) {
    todo!()
}

/// Chooses `p - 1` splitters that cut the keys of all ranks into `p` buckets, and returns them in ascending order,
/// the same on all ranks.
///
/// `mine` is sorted, and no two keys of all ranks are equal. Bucket `b` holds the keys that are not smaller than
/// splitter `b - 1`, and smaller than splitter `b`; the first bucket has no lower limit and the last no upper one. **No
/// bucket has more than `2 * ⌈n / p⌉` keys,** however unevenly the ranks' lists are long. Splitters need not be keys,
/// and some may be equal; without any keys, they may be any numbers.
///
/// A rank gives MPI at most `2048 * p + 128 * p * p` bytes to send, and receives no more, however many keys there
/// are. (That is enough for `p * (p + 1)` samples, several times.)
pub fn splitters(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    todo!()
}

/// Sorts the keys of all ranks into buckets: rank `b` returns bucket `b`, sorted.
///
/// `splitters` holds `p - 1` splitters in ascending order, the same on all ranks. Bucket `b` holds the keys that are
/// not smaller than splitter `b - 1`, and smaller than splitter `b`; the first bucket has no lower limit and the last
/// no upper one. Splitters may be equal, and then there is nothing between them. `mine` is in any order.
///
/// The keys travel by all-to-all-v (`all_to_all_varcount_into`), each of them once, to the rank of its bucket and no
/// other. Beside its keys, a rank may give and receive `256 * p + 256` bytes.
pub fn sample_sort(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    todo!()
}

/// Sorts the keys of all ranks: each rank returns a sorted list, no key of which is larger than any of a later rank.
/// Together they hold what all ranks had.
///
/// A rank's share is `⌈n / p⌉` keys. **No rank returns more than twice its share,** whatever the keys: they may be
/// sorted already, all equal, or all on one rank. Which rank returns how many is otherwise up to you.
///
/// Keys travel once: a rank gives MPI its own keys, and receives at most twice its share. Beside them it may give and
/// receive `4096 * p + 256 * p * p` bytes, for samples, counts and the like.
pub fn balance(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    todo!()
}

/// What [`records`] sorts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Equivalence)]
pub struct Record {
    /// What records are sorted by.
    pub key: f64,
    /// What comes along.
    pub id: u64,
}

/// Sorts the records of all ranks by key, and stably: records with equal keys stay in the order in which they were,
/// those of a lower rank before those of a higher one, and those of one rank in the order of `mine`.
///
/// Each rank returns a part of the sorted list: rank 0 the first one, rank 1 the next one, and so on. As in
/// [`balance`], no rank returns more than `2 * ⌈n / p⌉` records, each record travels once, and beside the records a
/// rank may give and receive `4096 * p + 256 * p * p` bytes. `-0.0` and `0.0` are two keys, and so are NaNs that
/// [`f64::total_cmp`] tells apart.
pub fn records(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    todo!()
}
