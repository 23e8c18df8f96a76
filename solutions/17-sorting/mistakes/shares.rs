//! Mistakes in the tasks `balance` and `records`.

use crate::{
    lists::{deal, deal_by_samples, deal_by_tags, gather, lists_of_all, place},
    subject::{self, Record},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("balance": balance = equal_keys_together => WrongResult,
        "chooses splitters by keys alone: all equal keys go to one rank"),
    mistake!("balance": balance = told_apart_by_rank => WrongResult,
        "tells equal keys apart by their rank alone"),
    mistake!("balance": balance = as_many_of_each_rank => WrongResult,
        "takes as many samples from each rank, however many keys it has"),
    mistake!("balance": balance = all_samples_of_each_rank => WrongResult,
        "takes p (p + 1) samples from each rank, however many keys it has"),
    mistake!("balance": balance = each_its_own => WrongResult,
        "sorts what each rank has"),
    mistake!("balance": balance = all_on_rank_zero => WrongResult,
        "returns all keys on rank 0"),
    mistake!("balance": balance = equal_ranges => WrongResult,
        "gives each rank an equal part of all 64-bit numbers"),
    mistake!("balance": balance = equal_keys_once => WrongResult,
        "keeps one of equal keys"),
    mistake!("balance": balance = everything_to_all => TooMuchCommunication,
        "gathers all keys on all ranks, and each takes its share"),
    mistake!("balance": balance = tags_travel => TooMuchCommunication,
        "sends rank and index along with each key"),
    mistake!("balance": balance = compared_as_floats => WrongResult,
        "compares keys as f64 numbers, of which many are equal beyond 2^53"),
    mistake!("balance": balance = few_on_the_last => WrongResult,
        "leaves fewer keys than ranks to the last rank"),
    mistake!("balance": balance = not_merged => WrongResult,
        "does not sort what has arrived"),
    mistake!("balance": balance = by_index_alone => WrongResult,
        "takes the index of a key for the key"),
    mistake!("records": records = unstable_before => WrongResult,
        "sorts its own records by `sort_unstable_by`"),
    mistake!("records": records = unstable_after => WrongResult,
        "sorts what has arrived by `sort_unstable_by`"),
    mistake!("records": records = by_id_too => WrongResult,
        "sorts equal keys by id"),
    mistake!("records": records = by_bits => WrongResult,
        "compares the bits of keys as integers"),
    mistake!("records": records = zeros_are_equal => WrongResult,
        "takes -0.0 and 0.0 for one key"),
    mistake!("records": records = all_nans_are_equal => WrongResult,
        "takes all NaNs of a sign for one key"),
    mistake!("records": records = higher_ranks_first => WrongResult,
        "tells equal keys apart by the rank, but the wrong way round"),
    mistake!("records": records = equal_keys_on_one_rank => WrongResult,
        "chooses splitters by keys alone: all equal keys go to one rank"),
    mistake!("records": records = told_apart_by_rank_alone => WrongResult,
        "tells equal keys apart by their rank, but not those of one rank"),
    mistake!("records": records = equal_records_once => WrongResult,
        "keeps one of equal records"),
    mistake!("records": records = keys_without_ids => WrongResult,
        "sorts keys, and leaves the ids where they are"),
    mistake!("records": records = everything_on_all => TooMuchCommunication,
        "gathers all records on all ranks, and each takes its share"),
    mistake!("records": records = below_the_largest => WrongResult,
        "takes the largest NaN for the mark of a place without a record"),
    mistake!("records": records = quiet_nans => WrongResult,
        "makes every NaN a quiet one"),
];

/// Sorts keys by these tags of key, rank and index.
fn by_tags(
    world: &SimpleCommunicator,
    mine: &[u64],
    tag: impl Fn(u64, u64, u64) -> [u64; 3],
) -> Vec<u64> {
    let mut sorted = mine.to_vec();
    sorted.sort_unstable();
    let mut part = dealt(world, &sorted, |key| *key, tag);
    part.sort_unstable();
    part
}

fn dealt<T: Equivalence + Copy + Default>(
    world: &SimpleCommunicator,
    sorted: &[T],
    key: impl Fn(&T) -> u64,
    tag: impl Fn(u64, u64, u64) -> [u64; 3],
) -> Vec<T> {
    let rank = world.rank() as u64;
    let tags: Vec<[u64; 3]> = (0..)
        .zip(sorted)
        .map(|(index, item)| tag(key(item), rank, index))
        .collect();
    deal_by_tags(world, sorted, &tags)
}

fn equal_keys_together(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    by_tags(world, mine, |key, _, _| [key, 0, 0])
}

fn told_apart_by_rank(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    by_tags(world, mine, |key, rank, _| [key, rank, 0])
}

fn as_many_of_each_rank(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    with_own_samples(world, mine, world.size() as usize + 1)
}

fn all_samples_of_each_rank(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let size = world.size() as usize;
    with_own_samples(world, mine, size * (size + 1))
}

/// Takes so many samples on this rank, if it has as many keys.
fn with_own_samples(world: &SimpleCommunicator, mine: &[u64], samples: usize) -> Vec<u64> {
    let (rank, _) = place(world);
    let mut sorted = mine.to_vec();
    sorted.sort_unstable();
    let tags = (0..)
        .zip(&sorted)
        .map(|(index, key)| [*key, rank as u64, index]);
    let tags: Vec<[u64; 3]> = tags.collect();
    let step = (sorted.len() / samples).max(1);
    let mut part = deal_by_samples(world, &sorted, &tags, step);
    part.sort_unstable();
    part
}

fn each_its_own(_: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let mut sorted = mine.to_vec();
    sorted.sort_unstable();
    sorted
}

fn all_on_rank_zero(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let (mut all, _) = gather(world, mine);
    all.sort_unstable();
    all
}

fn compared_as_floats(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let mut part = subject::balance(world, mine);
    part.reverse();
    part.sort_by(|one, other| (*one as f64).total_cmp(&(*other as f64)));
    part
}

fn few_on_the_last(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let (rank, size) = place(world);
    let mut keys = 0_u64;
    world.all_reduce_into(&(mine.len() as u64), &mut keys, SystemOperation::sum());
    if keys as usize >= size {
        return subject::balance(world, mine);
    }
    let mut all = lists_of_all(world, mine).concat();
    all.sort_unstable();
    if rank + 1 < size {
        all.clear();
    }
    all
}

fn equal_ranges(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let size = world.size() as u64;
    let mut sorted = mine.to_vec();
    sorted.sort_unstable();
    let end = |bucket| sorted.partition_point(|key| *key < bucket * (u64::MAX / size));
    let ends: Vec<usize> = (1..size).map(end).collect();
    let mut part = deal(world, &sorted, &ends);
    part.sort_unstable();
    part
}

fn equal_keys_once(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let mut part = subject::balance(world, mine);
    part.dedup();
    part
}

/// A rank's share of what all ranks have, sorted.
fn share<T: Clone>(world: &SimpleCommunicator, all: &[T]) -> Vec<T> {
    let (rank, size) = place(world);
    let at = |rank: usize| rank * all.len() / size;
    all[at(rank)..at(rank + 1)].to_vec()
}

fn everything_to_all(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let mut all = lists_of_all(world, mine).concat();
    all.sort_unstable();
    share(world, &all)
}

/// A key, and where it comes from.
#[derive(Clone, Copy, Default, Equivalence)]
struct Tagged {
    key: u64,
    rank: u64,
    index: u64,
}

fn tags_travel(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let rank = world.rank() as u64;
    let mut sorted = mine.to_vec();
    sorted.sort_unstable();
    let tags: Vec<[u64; 3]> = (0..)
        .zip(sorted)
        .map(|(index, key)| [key, rank, index])
        .collect();
    let tagged: Vec<Tagged> = tags
        .iter()
        .map(|&[key, rank, index]| Tagged { key, rank, index })
        .collect();
    let part = deal_by_tags(world, &tagged, &tags);
    let mut part: Vec<u64> = part.iter().map(|tagged| tagged.key).collect();
    part.sort_unstable();
    part
}

fn not_merged(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let mut sorted = mine.to_vec();
    sorted.sort_unstable();
    dealt(
        world,
        &sorted,
        |key| *key,
        |key, rank, index| [key, rank, index],
    )
}

fn by_index_alone(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let mut sorted = mine.to_vec();
    sorted.sort_unstable();
    let tags: Vec<[u64; 3]> = (0..)
        .map(|index| [index, world.rank() as u64, 0])
        .take(sorted.len())
        .collect();
    let mut part = deal_by_tags(world, &sorted, &tags);
    part.sort_unstable();
    part
}

/// The bits of a key, in the order of `total_cmp`.
fn bits(key: f64) -> u64 {
    let bits = key.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

fn stably_by(
    world: &SimpleCommunicator,
    mine: &[Record],
    key: impl Fn(&Record) -> u64 + Copy,
    tag: impl Fn(u64, u64, u64) -> [u64; 3],
) -> Vec<Record> {
    let mut sorted = mine.to_vec();
    sorted.sort_by_key(key);
    let mut part = dealt(world, &sorted, key, tag);
    part.sort_by_key(key);
    part
}

fn of(record: &Record) -> u64 {
    bits(record.key)
}

fn unstable_before(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let mut sorted = mine.to_vec();
    sorted.sort_unstable_by_key(of);
    let mut part = dealt(world, &sorted, of, |key, rank, index| [key, rank, index]);
    part.sort_by_key(of);
    part
}

fn unstable_after(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let mut sorted = mine.to_vec();
    sorted.sort_by_key(of);
    let mut part = dealt(world, &sorted, of, |key, rank, index| [key, rank, index]);
    part.sort_unstable_by_key(of);
    part
}

fn by_id_too(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let mut sorted = mine.to_vec();
    sorted.sort_by_key(|record| (of(record), record.id));
    let mut part = dealt(world, &sorted, of, |key, rank, index| [key, rank, index]);
    part.sort_by_key(|record| (of(record), record.id));
    part
}

fn by_bits(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let key = |record: &Record| record.key.to_bits();
    stably_by(world, mine, key, |key, rank, index| [key, rank, index])
}

fn zeros_are_equal(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let key = |record: &Record| bits(record.key + 0.0);
    stably_by(world, mine, key, |key, rank, index| [key, rank, index])
}

fn all_nans_are_equal(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let key = |record: &Record| match record.key.is_nan() {
        true => bits(f64::NAN.copysign(record.key)),
        false => of(record),
    };
    stably_by(world, mine, key, |key, rank, index| [key, rank, index])
}

fn higher_ranks_first(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let last = world.size() as u64 - 1;
    stably_by(world, mine, of, |key, rank, index| {
        [key, last - rank, index]
    })
}

fn equal_keys_on_one_rank(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    stably_by(world, mine, of, |key, _, _| [key, 0, 0])
}

fn told_apart_by_rank_alone(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    stably_by(world, mine, of, |key, rank, _| [key, rank, 0])
}

fn equal_records_once(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let mut part = subject::records(world, mine);
    part.dedup_by_key(|record| (record.key.to_bits(), record.id));
    part
}

fn keys_without_ids(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let mut keys: Vec<f64> = mine.iter().map(|record| record.key).collect();
    keys.sort_by(f64::total_cmp);
    let swapped: Vec<Record> = keys
        .into_iter()
        .zip(mine)
        .map(|(key, record)| Record { key, id: record.id })
        .collect();
    subject::records(world, &swapped)
}

fn everything_on_all(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let mut all = lists_of_all(world, mine).concat();
    all.sort_by_key(of);
    share(world, &all)
}

fn below_the_largest(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let below = mine.iter().filter(|record| of(record) < u64::MAX);
    subject::records(world, &below.copied().collect::<Vec<_>>())
}

fn quiet_nans(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record> {
    let quiet = |record: &Record| match record.key.is_nan() {
        true => Record {
            key: f64::from_bits(record.key.to_bits() | 1 << 51),
            ..*record
        },
        false => *record,
    };
    subject::records(world, &mine.iter().map(quiet).collect::<Vec<_>>())
}
