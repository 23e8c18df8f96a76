//! Exercise 17: the reference.

use mpi::{
    Count,
    collective::SystemOperation,
    datatype::{Partition, PartitionMut},
    point_to_point::send_receive_into,
    topology::SimpleCommunicator,
    traits::*,
};
use std::{cmp::Ordering, iter};

/// The number of this rank, and how many there are.
fn place(world: &SimpleCommunicator) -> (usize, usize) {
    (world.rank() as usize, world.size() as usize)
}

/// Returns for each key of `mine` its position among the keys of all ranks when they are sorted by
/// [`f64::total_cmp`]: how many keys come before it.
///
/// Of two equal keys, the one of the lower rank comes first, and on the same rank the one with the lower index. Each
/// rank sorts its own keys, and searches all lists for them: O(n log n) comparisons in all for each rank's share.
pub fn rank(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    let (rank, _) = place(world);
    let mut order: Vec<usize> = (0..mine.len()).collect();
    // Stable: of equal keys, the one with the lower index stays first.
    order.sort_by(|&one, &other| mine[one].total_cmp(&mine[other]));
    let sorted: Vec<f64> = order.iter().map(|&index| mine[index]).collect();
    let lists = lists_of_all(world, &sorted);
    let (lower, higher) = (&lists[..rank], &lists[rank + 1..]);

    let mut positions = vec![0; mine.len()];
    for (before, index) in order.into_iter().enumerate() {
        let key = mine[index];
        let smaller = |list: &Vec<f64>| list.partition_point(|other| other.total_cmp(&key).is_lt());
        let not_larger =
            |list: &Vec<f64>| list.partition_point(|other| other.total_cmp(&key).is_le());
        let elsewhere: usize = lower
            .iter()
            .map(not_larger)
            .chain(higher.iter().map(smaller))
            .sum();
        positions[index] = (elsewhere + before) as u64;
    }
    positions
}

/// The list of every rank, on every rank.
fn lists_of_all<T>(world: &SimpleCommunicator, mine: &[T]) -> Vec<Vec<T>>
where
    T: Equivalence + Copy + Default,
{
    let mut counts = vec![0; world.size() as usize];
    world.all_gather_into(&(mine.len() as Count), &mut counts[..]);
    let starts = starts(&counts);
    let mut all = vec![T::default(); total(&counts)];
    let mut parts = PartitionMut::new(&mut all[..], &counts[..], &starts[..]);
    world.all_gather_varcount_into(mine, &mut parts);
    iter::zip(&starts, &counts)
        .map(|(&start, &count)| all[start as usize..][..count as usize].to_vec())
        .collect()
}

/// Where each part begins, if the parts follow one another.
fn starts(counts: &[Count]) -> Vec<Count> {
    counts
        .iter()
        .scan(0, |next, count| {
            Some(std::mem::replace(next, *next + count))
        })
        .collect()
}

fn total(counts: &[Count]) -> usize {
    counts.iter().map(|&count| count as usize).sum()
}

/// Merges the sorted lists of all ranks into one, on rank 0, in pairs: `⌈log2 p⌉` rounds.
pub fn merge(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let (rank, size) = (world.rank(), world.size());
    let mut merged = mine.to_vec();
    let mut distance = 1;
    while distance < size {
        if rank % (2 * distance) != 0 {
            world.process_at_rank(rank - distance).send(&merged[..]);
            return None;
        }
        if rank + distance < size {
            let (theirs, _) = world.process_at_rank(rank + distance).receive_vec::<i64>();
            merged = merge_two(&merged, &theirs);
        }
        distance *= 2;
    }
    Some(merged)
}

/// Merges two sorted lists: as many comparisons as there are keys, at most.
pub fn merge_two(mut one: &[i64], mut other: &[i64]) -> Vec<i64> {
    let mut merged = Vec::with_capacity(one.len() + other.len());
    while let ([first, rest @ ..], [second, others @ ..]) = (one, other) {
        if first <= second {
            merged.push(*first);
            one = rest;
        } else {
            merged.push(*second);
            other = others;
        }
    }
    merged.extend_from_slice(one);
    merged.extend_from_slice(other);
    merged
}

/// Sorts the keys of all ranks by odd-even transposition: in each of `p` rounds neighbors merge their lists, and the
/// lower rank keeps the smaller half. All ranks have the same number of keys.
///
/// Knuth, The Art of Computer Programming, volume 3, section 5.3.4, exercise 37: p rounds are enough.
pub fn odd_even(world: &SimpleCommunicator, mine: &mut [i64]) {
    let (rank, size) = (world.rank(), world.size());
    mine.sort_unstable();
    let mut theirs = vec![0; mine.len()];
    for round in 0..size {
        let is_left = (rank + round) % 2 == 0;
        let partner = if is_left { rank + 1 } else { rank - 1 };
        if !(0..size).contains(&partner) {
            continue;
        }
        let process = world.process_at_rank(partner);
        send_receive_into(&*mine, &process, &mut theirs[..], &process);
        let both = merge_two(mine, &theirs);
        let (smaller, larger) = both.split_at(mine.len());
        mine.copy_from_slice(if is_left { smaller } else { larger });
    }
}

/// Chooses `p - 1` splitters that cut the keys of all ranks, which are all different, into `p` buckets of at most
/// `2 n / p` keys, rounded up.
///
/// Regular sampling: Shi and Schaeffer, Parallel Sorting by Regular Sampling, Journal of Parallel and Distributed
/// Computing 14 (1992); with as many keys for each sample on all ranks, so that lists may differ in length.
pub fn splitters(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let places = places(world, mine, u64::cmp);
    places.into_iter().map(|place| place.key).collect()
}

/// A key, and where it lies: on which rank, and at which index of that rank's sorted list. No two are the same, even
/// if their keys are equal.
struct Place<K> {
    key: K,
    rank: usize,
    index: usize,
}

/// The places of `p - 1` splitters. `sorted` is sorted on each rank.
///
/// A rank gives every `step`-th of its keys. Between two neighboring samples of one rank lie `step - 1` of its keys, so
/// that a bucket from one sample to the t-th after it holds at most `t * step + p * (step - 1)` keys. With `step` at
/// most `n / (p (p + 1))` these are at most `2 n / p`.
fn places<K>(
    world: &SimpleCommunicator,
    sorted: &[K],
    compare: impl Fn(&K, &K) -> Ordering,
) -> Vec<Place<K>>
where
    K: Equivalence + Copy + Default,
{
    let (_, size) = place(world);
    let mut all = 0_u64;
    world.all_reduce_into(&(sorted.len() as u64), &mut all, SystemOperation::sum());
    let step = (all as usize / (size * (size + 1))).max(1);
    let samples: Vec<K> = sorted
        .iter()
        .skip(step - 1)
        .step_by(step)
        .copied()
        .collect();
    let mut places: Vec<Place<K>> = Vec::new();
    for (rank, samples) in lists_of_all(world, &samples).into_iter().enumerate() {
        let place = |(number, key)| Place {
            key,
            rank,
            index: (number + 1) * step - 1,
        };
        places.extend(samples.into_iter().enumerate().map(place));
    }
    // Stable: equal keys stay in the order of their ranks, and of their indices.
    places.sort_by(|one, other| compare(&one.key, &other.key));
    let chosen = |bucket| {
        let place = places.get(bucket * places.len() / size)?;
        Some(Place { ..*place })
    };
    let nothing = || Place {
        key: K::default(),
        rank: 0,
        index: 0,
    };
    (1..size)
        .map(|bucket| chosen(bucket).unwrap_or_else(nothing))
        .collect()
}

/// Sorts the keys of all ranks into buckets, by one all-to-all with a count for each rank: rank `b` returns the keys
/// from splitter `b - 1` on and below splitter `b`, sorted by [`f64::total_cmp`].
pub fn sample_sort(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    let mut sorted = mine.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let ends: Vec<usize> = splitters
        .iter()
        .map(|splitter| sorted.partition_point(|key| key.total_cmp(splitter).is_lt()))
        .collect();
    let mut bucket = deal(world, &sorted, &ends);
    bucket.sort_unstable_by(f64::total_cmp);
    bucket
}

/// Sends each rank its part of a list: rank 0 gets the part before the first of `ends`, the last rank the part after
/// the last one. Returns what this rank receives from all ranks, in their order.
fn deal<T>(world: &SimpleCommunicator, list: &[T], ends: &[usize]) -> Vec<T>
where
    T: Equivalence + Copy + Default,
{
    let begins = iter::once(0).chain(ends.iter().copied());
    let ends = ends.iter().copied().chain(iter::once(list.len()));
    let counts: Vec<Count> = iter::zip(begins, ends)
        .map(|(begin, end)| (end - begin) as Count)
        .collect();
    let mut incoming = vec![0; counts.len()];
    world.all_to_all_into(&counts[..], &mut incoming[..]);
    let mut received = vec![T::default(); total(&incoming)];
    world.all_to_all_varcount_into(
        &Partition::new(list, &counts[..], starts(&counts)),
        &mut PartitionMut::new(&mut received[..], &incoming[..], starts(&incoming)),
    );
    received
}

/// Sorts the keys of all ranks; no rank returns more than `2 n / p` of them, rounded up, even if all are equal.
pub fn balance(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    sort_by(world, mine, u64::cmp)
}

/// A key, and other data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Equivalence)]
pub struct Record {
    /// Records are sorted by this.
    pub key: f64,
    /// Other data of the record.
    pub id: u64,
}

/// Sorts the records of all ranks by key, stably, and balanced as by [`balance`].
pub fn records(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    sort_by(world, mine, |one, other| one.key.total_cmp(&other.key))
}

/// Sorts the items of all ranks, stably. Equal items are told apart by their places, so that they can be split.
fn sort_by<T>(
    world: &SimpleCommunicator,
    mine: &[T],
    compare: impl Fn(&T, &T) -> Ordering + Copy,
) -> Vec<T>
where
    T: Equivalence + Copy + Default,
{
    let (rank, _) = place(world);
    let mut sorted = mine.to_vec();
    sorted.sort_by(compare);
    let before = |splitter: &Place<T>| match splitter.rank.cmp(&rank) {
        Ordering::Greater => sorted.partition_point(|item| compare(item, &splitter.key).is_le()),
        Ordering::Equal => splitter.index.min(sorted.len()),
        Ordering::Less => sorted.partition_point(|item| compare(item, &splitter.key).is_lt()),
    };
    let ends: Vec<usize> = places(world, &sorted, compare).iter().map(before).collect();
    let mut part = deal(world, &sorted, &ends);
    // The received items are in the order of the ranks, and a stable sort keeps equal items in that order.
    part.sort_by(compare);
    part
}
