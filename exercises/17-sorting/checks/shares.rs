//! The checks of `balance` and `records`.

use super::{
    Answers,
    keys::{ENDS, Keys, floats, spreads},
    part, tried,
};
use crate::subject::Record;
use harness_mpi::{Bounds, Check, Kind, Traffic, exact::Exact, plural};
use mpi::traits::*;
use std::fmt::Debug;

/// The number of keys of each rank in inputs in which they must not all be on one rank: more than twice a share and
/// everything else that may be sent. Only on three or four ranks, because more would only take longer.
const MANY: usize = 2500;

/// The number of keys of the other ranks where one has most keys: enough for as many samples as it can send.
const FEW: usize = 200;

fn has_many(check: &Check) -> bool {
    (3..=4).contains(&check.size())
}

pub fn balance(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let mut inputs = Vec::new();
    for lengths in spreads(check) {
        let all = check.integers(lengths.iter().sum());
        inputs.push(("random keys", Keys::new(all, lengths)));
    }
    for (what, key) in [("keys that are all 7", 7), ("keys that are all 0", 0)] {
        let lengths = check.draw_vec(size, 5..15);
        let all = vec![key; lengths.iter().sum()];
        inputs.push((what, Keys::new(all, lengths)));
    }
    let alone = check.draw(0..size);
    let lengths = (0..size)
        .map(|rank| if rank == alone { 60 } else { 0 })
        .collect();
    inputs.push(("keys that are all 7", Keys::new(vec![7; 60], lengths)));
    let length = check.draw(20..40);
    let total = (length * size) as u64;
    let even = |all| Keys::new(all, vec![length; size]);
    let ascending: Vec<u64> = (0..total).map(|key| key << 33).collect();
    let descending = ascending.iter().rev().copied().collect();
    inputs.push(("keys that are sorted already", even(ascending)));
    inputs.push(("keys in descending order", even(descending)));
    // As close as keys can be, and beyond 2⁵³.
    let mut close: Vec<u64> = (0..total).map(|index| u64::MAX - index).collect();
    check.shuffle(&mut close);
    inputs.push((
        "consecutive keys up to the largest `u64`, in any order",
        even(close),
    ));
    let one = check.draw(0..size);
    let with_one: Vec<u64> = (0..total)
        .map(|index| {
            if index as usize / length == one {
                index
            } else {
                u64::MAX
            }
        })
        .collect();
    inputs.push((
        "keys that are the largest `u64`, except on one rank",
        even(with_one),
    ));
    // Samples represent different numbers of keys: one rank has most keys, and the others have the smallest ones.
    let full = check.draw(0..size);
    let lengths: Vec<usize> = (0..size)
        .map(|rank| if rank == full { 20 * FEW } else { FEW })
        .collect();
    let all = (0..size)
        .flat_map(|rank| {
            let largest = if rank == full { 1 << 40 } else { 0 };
            (0..lengths[rank]).map(move |index| largest + (index * size + rank) as u64)
        })
        .collect();
    inputs.push((
        "keys of which the smallest are on ranks with few of them",
        Keys::new(all, lengths),
    ));
    let two: Vec<u64> = (0..total).map(|_| check.draw(0..2)).collect();
    inputs.push(("keys that are 0 or 1", even(two)));
    if has_many(check) {
        let many = |all| Keys::new(all, vec![MANY; size]);
        inputs.push(("keys that are all 7", many(vec![7; MANY * size])));
        let sorted = (0..(MANY * size) as u64).collect();
        inputs.push(("keys that are sorted already", many(sorted)));
        let mixed = (0..MANY * size)
            .map(|index| (index * 7919 % (MANY * size) / 3) as u64)
            .collect();
        inputs.push(("mixed keys, each three times", many(mixed)));
    }
    for (what, keys) in tried(check, inputs) {
        let right = part(check, &keys.describe(what), |check| {
            let mine = keys.of(rank).to_vec();
            let (returned, traffic) = check.observe(|world| (answers.balance)(world, &mine));
            let mut sorted = keys.all.clone();
            sorted.sort_unstable();
            if is_a_part(check, &returned, &sorted) {
                in_shares(check, &traffic, 8, mine.len(), sorted.len());
            }
        });
        if !right {
            return;
        }
    }
}

/// Requires that what the ranks returned, one after the other, is this list, and that no rank has too much of it.
/// The same on all ranks.
fn is_a_part<T: Clone + Debug + PartialEq>(check: &mut Check, returned: &[T], list: &[T]) -> bool {
    let (rank, size) = (check.rank(), check.size());
    let mut lengths = vec![0_u64; size];
    let own = returned.len() as u64;
    check.aside_call(|world| world.all_gather_into(&own, &mut lengths[..]));
    let start = lengths[..rank].iter().sum::<u64>() as usize;
    let total = lengths.iter().sum::<u64>() as usize;
    let expected = list.iter().skip(start).take(returned.len());
    let why = format!(
        "the ranks return {lengths:?} items, and these are the {} that begin at position {start} of the sorted list",
        returned.len()
    );
    // If there are too many in all, this is not what is wrong.
    let right = check.returned(returned.to_vec(), expected.cloned().collect(), &why)
        && check.require(rank > 0 || total == list.len(), Kind::WrongResult, || {
            format!(
                "found that the ranks returned {lengths:?} items, {total} in total, but there are {}: none may be lost, \
                 and none may be there twice",
                list.len()
            )
        });
    if !check.everywhere(right) {
        return false;
    }
    let most = 2 * list.len().div_ceil(size);
    let fair = check.require(returned.len() <= most, Kind::WrongResult, || {
        format!(
            "returned {} of {}, but may return at most {most}, twice its share: the ranks return {lengths:?} items",
            plural(own, "item"),
            list.len()
        )
    });
    check.everywhere(fair)
}

/// Requires that each item traveled once, `bytes` each, and that no rank got more than twice its share.
fn in_shares(check: &mut Check, traffic: &Traffic, bytes: usize, own: usize, all: usize) {
    let size = check.size();
    let room = 4096 * size + 256 * size * size;
    let bounds = Bounds {
        given: (bytes * own + room) as u64,
        got: (bytes * 2 * all.div_ceil(size) + room) as u64,
        ..Bounds::NONE
    };
    let why = "each item is sent once, and no rank gets more than twice its share; in addition, only samples and \
               counts are sent";
    check.moves(traffic, bounds, why);
}

/// A record by its fields: whether two are equal is not asked of the student's type.
fn fields(record: &Record) -> (Exact, u64) {
    (Exact(record.key), record.id)
}

pub fn records(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let mut inputs: Vec<(&str, Vec<f64>, Vec<usize>)> = Vec::new();
    for lengths in spreads(check) {
        let keys = floats(check, lengths.iter().sum());
        inputs.push(("random keys", keys, lengths));
    }
    let length = check.draw(25..40);
    let total = length * size;
    let even = vec![length; size];
    inputs.push(("keys that are all 7", vec![7.0; total], even.clone()));
    let few = [1.0, -0.0, 0.0, f64::NAN, 2.0];
    let keys = (0..total).map(|_| check.pick(&few)).collect();
    inputs.push(("keys, many of which are equal", keys, even.clone()));
    // The usual ones, some with more bits, signaling ones, and the ends of the order.
    let usual = [0x7ff8 << 48, 0xfff8 << 48].into_iter();
    let nans: Vec<f64> = usual
        .flat_map(|nan: u64| [nan, nan + 1, nan - 1])
        .map(f64::from_bits)
        .chain(ENDS)
        .collect();
    let mut keys: Vec<f64> = nans.into_iter().cycle().take(total).collect();
    check.shuffle(&mut keys);
    inputs.push(("keys that are NaNs of several kinds", keys, even.clone()));
    let keys = (0..total).map(|index| (index / 3) as f64).collect();
    inputs.push(("keys that are sorted already", keys, even.clone()));
    let keys = (0..total).rev().map(|index| (index / 3) as f64).collect();
    inputs.push(("keys in descending order", keys, even));
    let one = check.draw(0..size);
    let lengths = (0..size)
        .map(|rank| if rank == one { 70 } else { 1 })
        .collect::<Vec<_>>();
    // So many of one rank are equal that they must be divided.
    let keys = (0..lengths.iter().sum())
        .map(|index: usize| f64::from(u8::from(index.is_multiple_of(20))))
        .collect();
    inputs.push(("keys that are 0, and a few 1", keys, lengths));
    if has_many(check) {
        let keys = (0..MANY * size).map(|index| (index % 4) as f64).collect();
        inputs.push(("keys from 0 to 3", keys, vec![MANY; size]));
    }
    for (what, keys, lengths) in tried(check, inputs) {
        // Ids that say nothing of the order, and beyond 2⁵³. Every eighth record has the id of the one before it.
        let first = check.draw(1..u64::MAX);
        let record = |(index, key): (u64, f64)| Record {
            key,
            id: first.wrapping_mul(2 * (index - u64::from(index % 8 == 7)) + 1),
        };
        let all = (0..).zip(keys).map(record).collect();
        let keys: Keys<Record> = Keys::new(all, lengths);
        let right = part(check, &keys.describe(what), |check| {
            let mine = keys.of(rank).to_vec();
            let (returned, traffic) = check.observe(|world| (answers.records)(world, &mine));
            let mut sorted: Vec<(Exact, u64)> = keys.all.iter().map(fields).collect();
            sorted.sort_by(|(Exact(one), _), (Exact(other), _)| one.total_cmp(other));
            let returned: Vec<(Exact, u64)> = returned.iter().map(fields).collect();
            if is_a_part(check, &returned, &sorted) {
                in_shares(
                    check,
                    &traffic,
                    size_of::<Record>(),
                    mine.len(),
                    sorted.len(),
                );
            }
        });
        if !right {
            return;
        }
    }
}
