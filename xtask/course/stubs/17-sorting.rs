//! Exercise 17: sorting. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 17`.
//!
//! In every task, `p` is the number of ranks of `world`, `mine` is the list of this rank, and `n` is the number
//! of keys of all ranks together. **Lists may have any length,** unless a task says otherwise: some ranks may
//! have no keys at all, and there may be fewer keys than ranks. Keys may have any value of their type.
//!
//! **The order of `f64`** is that of [`f64::total_cmp`]: `-0.0` comes before `0.0`, a positive NaN after
//! infinity, a negative NaN before minus infinity. All bits of a key are kept.
//!
//! In the checks, every send waits for its receive, so that no answer depends on MPI's buffers.

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

/// Returns, for each key of `mine`, its position in the sorted list of the keys of all ranks: the number of
/// keys that come before it, from 0 to `n - 1`.
///
/// A key comes before another one if it is smaller. Of two equal keys, the one on the lower rank comes first,
/// and on the same rank the one with the lower index. All positions are therefore different.
///
/// A rank that has keys receives the keys of all other ranks, and compares its own keys with them. Send keys in
/// lists: a rank sends messages and calls collectives at most `4 * p + 4` times in total, however many keys there
/// are. Receives do not count, and `send_receive_into` counts as one message.
pub fn rank(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    todo!()
}

/// Merges the lists of all ranks. `mine` is sorted on every rank; rank 0 returns one sorted list of all keys,
/// and the other ranks return `None`.
///
/// Use messages, in rounds, and no collectives. In each round, the ranks that still have a list form pairs. One
/// rank of a pair sends its list to the other and is finished; the other one merges the two lists. There are
/// `⌈log2 p⌉` rounds. A rank therefore sends its list to one other rank, and receives lists from at most
/// `⌈log2 p⌉` ranks; for each list, a second message may contain its length. No key is sent more often than there
/// are rounds.
pub fn merge(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    todo!()
}

/// Sorts the keys of all ranks by odd-even transposition: when it returns, `mine` is sorted on each rank, and
/// no key is larger than any key of the next rank.
///
/// Here, all ranks have the same number of keys; it may be 0. Send messages to neighbors only, which are the
/// previous and the next rank, and call no collective. There are `p` rounds, and a rank sends its keys at most
/// once in a round: at most `p` messages, each with at most `mine.len()` keys.
pub fn odd_even(world: &SimpleCommunicator, mine: &mut [i64]) {
    todo!()
}

/// Chooses `p - 1` splitters that divide the keys of all ranks into `p` buckets, and returns them in ascending
/// order, the same on all ranks.
///
/// `mine` is sorted, and all keys of all ranks are different. Bucket `b` holds the keys that are not smaller
/// than splitter `b - 1`, and smaller than splitter `b`; the first bucket has no lower limit and the last no
/// upper one. **No bucket has more than `2 * ⌈n / p⌉` keys,** however different the lengths of the lists are.
/// Splitters need not be keys, and some may be equal; if there are no keys, they may be any numbers.
///
/// A rank passes at most `2048 * p + 128 * p * p` bytes to MPI to send, and receives no more, however many keys
/// there are. (That is enough for `p * (p + 1)` samples, several times.)
pub fn splitters(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    todo!()
}

/// Sorts the keys of all ranks into buckets: rank `b` returns bucket `b`, sorted.
///
/// `splitters` holds `p - 1` splitters in ascending order, the same on all ranks. Bucket `b` holds the keys
/// that are not smaller than splitter `b - 1`, and smaller than splitter `b`; the first bucket has no lower
/// limit and the last no upper one. Splitters may be equal; the bucket between two equal splitters is empty.
/// `mine` is in any order.
///
/// Send the keys with an all-to-all-v (`all_to_all_varcount_into`), each of them once, to the rank of its
/// bucket and to no other. In addition to its keys, a rank may send and receive `256 * p + 256` bytes.
pub fn sample_sort(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    todo!()
}

/// Sorts the keys of all ranks: each rank returns a sorted list, no key of which is larger than any key of a
/// later rank. Together, the lists contain the keys of all ranks.
///
/// A rank's share is `⌈n / p⌉` keys. **No rank returns more than twice its share,** whatever the keys are: they
/// may be sorted already, all equal, or all on one rank. Apart from that, you decide how many keys each rank
/// returns.
///
/// Each key is sent at most once: a rank passes no more keys to MPI than it has, and receives at most twice its
/// share. Keys that stay on their rank count only if they are passed to MPI. In addition, a rank may send and
/// receive `4096 * p + 256 * p * p` bytes, for samples, counts and other small data.
pub fn balance(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    todo!()
}

/// An element of the lists that [`records`] sorts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Equivalence)]
pub struct Record {
    /// Records are sorted by this.
    pub key: f64,
    /// Other data of the record.
    pub id: u64,
}

/// Sorts the records of all ranks by key, and stably: records with equal keys keep their order. Those of a
/// lower rank come before those of a higher one, and those of one rank are in the order of `mine`.
///
/// Each rank returns a part of the sorted list: rank 0 the first one, rank 1 the next one, and so on. As in
/// [`balance`], no rank returns more than `2 * ⌈n / p⌉` records, each record is sent at most once, and in addition to
/// the records a rank may send and receive `4096 * p + 256 * p * p` bytes. `-0.0` and `0.0` are different keys,
/// and so are NaNs that [`f64::total_cmp`] distinguishes.
pub fn records(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    todo!()
}
