//! The checks of `rank`, `merge` and `odd-even`.

use super::{
    Answers,
    keys::{Keys, ends, floats, spreads},
    part, tried,
};
use harness_mpi::{Check, Kind, Reason, Traffic, plural};

pub fn rank(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let mut inputs = Vec::new();
    for lengths in spreads(check) {
        let drawn = floats(check, lengths.iter().sum());
        inputs.push(("random keys", Keys::new(drawn, lengths)));
    }
    let lengths = check.draw_vec(size, 1..9);
    let total = lengths.iter().sum();
    inputs.push(("keys that are all 7", Keys::new(vec![7.0; total], lengths)));
    // Each rank has more than the one before it.
    let lengths: Vec<usize> = (2..).take(size).collect();
    let all = ends(lengths.iter().sum());
    inputs.push(("the largest and the smallest NaN", Keys::new(all, lengths)));
    // So many that a sort that is not stable changes the order of equal keys.
    let lengths = check.draw_vec(size, 100..120);
    let few = [1.0, -0.0, 0.0, f64::NAN];
    let total = lengths.iter().sum();
    let drawn = (0..total).map(|_| check.pick(&few)).collect();
    inputs.push(("keys, many of which are equal", Keys::new(drawn, lengths)));
    // Enough keys that a call for each of them is noticed, or for each hundred.
    let lengths = check.draw_vec(size, 900..1000);
    let drawn = floats(check, lengths.iter().sum());
    inputs.push(("random keys", Keys::new(drawn, lengths)));
    for (what, keys) in tried(check, inputs) {
        let right = part(check, &keys.describe(what), |check| {
            let mine = keys.of(rank).to_vec();
            let (positions, traffic) = check.observe(|world| (answers.rank)(world, &mine));
            let mut order: Vec<usize> = (0..keys.all.len()).collect();
            order.sort_by(|&one, &other| keys.all[one].total_cmp(&keys.all[other]));
            let mut expected = vec![0; order.len()];
            for (position, index) in (0..).zip(order) {
                expected[index] = position;
            }
            let expected = expected[keys.range(rank)].to_vec();
            let why = "the position of a key is the number of keys of all ranks that come before it: smaller ones, \
                       and equal ones of lower ranks or with a lower index";
            if !check.returned(positions, expected, why) {
                return;
            }
            let moves = traffic.moves(rank);
            let others = 8 * (keys.all.len() - mine.len()) as u64;
            let _ = check.require(mine.is_empty() || moves.got >= others, Kind::WrongOperation, || {
                format!(
                    "received {}, but the keys of the other ranks have {others}: a rank that has keys gets all keys, \
                     and finds the positions of its own keys itself",
                    plural(moves.got, "byte")
                )
            }) && check.at_most(
                "messages and collectives begun",
                moves.calls,
                4 * size as u64 + 4,
                "send keys in lists, not one by one",
            );
        });
        if !right {
            return;
        }
    }
}

/// How often 1 must be doubled to reach the number of ranks.
fn rounds(size: usize) -> u64 {
    size.next_power_of_two().trailing_zeros().into()
}

pub fn merge(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let mut spreads = spreads(check);
    let last = |other| if other + 1 == size { 40 } else { 0 };
    spreads.push((0..size).map(last).collect());
    // More than MPI buffers.
    spreads.push(check.draw_vec(size, 900..1000));
    let mut inputs = Vec::new();
    for lengths in spreads {
        let all = check.integers(lengths.iter().sum());
        inputs.push(("random keys", Keys::new(all, lengths)));
    }
    let lengths = check.draw_vec(size, 1..6);
    let total: usize = lengths.iter().sum();
    let descending = (0..total as i64).rev().collect();
    inputs.push((
        "keys that are smaller on higher ranks",
        Keys::new(descending, lengths),
    ));
    for (what, keys) in tried(check, inputs) {
        let keys = keys.sorted_on_each_rank();
        let input = keys.describe(&format!("{what}, sorted on each rank"));
        let right = part(check, &input, |check| {
            let mine = keys.of(rank).to_vec();
            let (merged, traffic) = check.observe(|world| (answers.merge)(world, &mine));
            let mut expected = keys.all.clone();
            expected.sort_unstable();
            let why = "rank 0 returns the keys of all ranks in one sorted list, and the other ranks return `None`";
            if check.returned(merged, (rank == 0).then_some(expected), why) {
                in_pairs(check, &traffic, keys.all.len());
            }
        });
        if !right {
            return;
        }
    }
}

/// Requires that lists were merged in pairs and in rounds.
fn in_pairs(check: &mut Check, traffic: &Traffic, keys: usize) {
    let (rank, size) = (check.rank(), check.size());
    let rounds = rounds(size);
    let all = || (0..size).filter(|other| *other != rank);
    let sources = all().filter(|source| traffic.between(*source, rank).times > 0);
    let sources = sources.count() as u64;
    let takers = all().filter(|taker| traffic.between(rank, *taker).times > 0);
    let takers = takers.count() as u64;
    let sent = traffic.sent_by(rank);
    let travelled = traffic.sent().bytes;
    let _ = no_collectives(check, traffic, "merge lists in pairs, with messages")
        && check.at_most(
            "ranks that sent it a message",
            sources,
            rounds,
            "there are ⌈log2 p⌉ rounds, and in each of them a rank receives at most one list",
        )
        && check.at_most(
            "ranks that it sent a message to",
            takers,
            if rank == 0 { 0 } else { 1 },
            "a rank that has sent its list to another one is finished",
        )
        && check.at_most(
            "messages sent",
            sent.times,
            2,
            "a rank sends its list once, and perhaps the length of its list",
        )
        // The same on all ranks.
        && (rank > 0
            || check.at_most(
                "bytes sent by all ranks",
                travelled,
                8 * rounds * keys as u64 + 16 * size as u64,
                "no key is sent more often than there are rounds, ⌈log2 p⌉",
            ));
}

fn no_collectives(check: &mut Check, traffic: &Traffic, why: &str) -> bool {
    check.avoids(traffic, &traffic.collectives(), why)
}

pub fn odd_even(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let mut inputs: Vec<(&str, usize, Vec<i64>)> = Vec::new();
    for length in [check.draw(2..9), 1, 0, 1] {
        let drawn = check.integers(length * size);
        inputs.push(("random keys", length, drawn));
    }
    let length = check.draw(1..6);
    let total = (length * size) as i64;
    inputs.push(("keys that are all 7", length, vec![7; length * size]));
    inputs.push((
        "keys that are sorted already",
        length,
        (0..total).map(|key| key << 33).collect(),
    ));
    inputs.push((
        "keys in descending order",
        length,
        (0..total).rev().collect(),
    ));
    let same_ends = (0..4 * size as i64).map(|index| match index % 4 {
        0 => -1,
        3 => 1 << 40,
        _ => index,
    });
    inputs.push((
        "keys of which the smallest, and the largest, are equal on all ranks",
        4,
        same_ends.collect(),
    ));
    // The smallest keys on the last rank, and the largest on the first.
    let turned = |to: usize| -> Vec<i64> {
        (0..length * size)
            .map(|index| ((index + to * length) % (length * size)) as i64)
            .collect()
    };
    inputs.push((
        "sorted keys, except that the smallest are on the last rank",
        length,
        turned(1),
    ));
    inputs.push((
        "sorted keys, except that the largest are on rank 0",
        length,
        turned(size - 1),
    ));
    // More than MPI buffers.
    let long = check.draw(900..1000);
    let drawn: Vec<i64> = check.integers(long);
    let many = (0..long * size)
        .map(|index| drawn[index % long] ^ (index / long) as i64)
        .collect();
    inputs.push(("random keys", long, many));
    for (what, length, all) in tried(check, inputs) {
        let keys = Keys::new(all, vec![length; size]);
        let input = format!("{what}, {length} on each rank");
        let right = part(check, &input, |check| {
            let mut mine = keys.of(rank).to_vec();
            let ((), traffic) = check.observe(|world| (answers.odd_even)(world, &mut mine));
            let mut expected = keys.all.clone();
            expected.sort_unstable();
            let expected = expected[keys.range(rank)].to_vec();
            let why = "the keys of all ranks are sorted, and each rank has as many keys as before";
            if check.holds("mine", mine, expected, why) {
                among_neighbours(check, &traffic, length);
            }
        });
        if !right {
            return;
        }
    }
}

/// Requires that a rank sent little, and only to its neighbors.
fn among_neighbours(check: &mut Check, traffic: &Traffic, keys: usize) {
    let (rank, size) = (check.rank(), check.size());
    let stranger = (0..size)
        .filter(|other| rank.abs_diff(*other) > 1)
        .find(|other| traffic.between(rank, *other).times > 0);
    let sent = traffic.sent_by(rank);
    let most = size as u64;
    let (kind, reason) = (Kind::WrongOperation, Reason::OtherCall);
    let _ = no_collectives(
        check,
        traffic,
        "neighbors exchange their keys with messages",
    ) && check.require_rule(stranger.is_none(), kind, reason, || {
        format!(
            "sent a message to rank {}: only the previous and the next rank are neighbors",
            stranger.unwrap_or_default()
        )
    }) && check.at_most(
        "messages sent",
        sent.times,
        most,
        "in each of p rounds, a rank sends its keys at most once",
    ) && check.at_most(
        "bytes sent",
        sent.bytes,
        8 * most * keys as u64,
        "in each of p rounds, a rank sends its own keys, and no others",
    );
}
