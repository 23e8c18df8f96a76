//! The checks of `splitters` and `sample-sort`.

use super::{
    Answers,
    keys::{Keys, distinct, ends, floats, spreads},
    part, tried,
};
use harness_mpi::{Bounds, Check, Kind, exact, plural};
use mpi::traits::*;

/// The number of keys of a rank in inputs in which it must not send all of them.
const MANY: usize = 1000;

/// The number of keys of the other ranks where rank 0 has many: enough for as many samples as it can send.
const FEW: usize = 200;

pub fn splitters(check: &mut Check, answers: &Answers) {
    let inputs = samples(check);
    for (what, keys) in tried(check, inputs) {
        let keys = keys.sorted_on_each_rank();
        let input = keys.describe(&format!("{what}, sorted on each rank"));
        let right = part(check, &input, |check| cut_fairly(check, answers, &keys));
        if !right {
            return;
        }
    }
}

/// Keys that are all different.
fn samples(check: &mut Check) -> Vec<(&'static str, Keys<u64>)> {
    let size = check.size();
    let mut inputs = Vec::new();
    // Every rank sees the same of all keys. Nearly twice as many as samples: distances between these that are
    // rounded down leave many keys behind the last one.
    for length in [50, 2 * size - 1, 2 * size + 1] {
        let ascending = distinct(check, length * size);
        let dealt = (0..length * size)
            .map(|index| ascending[index % length * size + index / length])
            .collect();
        inputs.push((
            "different keys, assigned to the ranks in turn",
            Keys::new(dealt, vec![length; size]),
        ));
    }
    let mut shuffled = |check: &mut Check, lengths: Vec<usize>| {
        let mut all = distinct(check, lengths.iter().sum());
        check.shuffle(&mut all);
        inputs.push(("different keys", Keys::new(all, lengths)));
    };
    shuffled(check, vec![60; size]);
    for lengths in spreads(check) {
        shuffled(check, lengths);
    }
    let uneven = check.draw_vec(size, 1..90);
    shuffled(check, uneven);
    let mut lengths = vec![0; size];
    lengths[0] += 1;
    lengths[size - 1] += 1;
    let keys = Keys::new(vec![0, u64::MAX], lengths);
    inputs.push(("the smallest and the largest key", keys));
    // Samples represent different numbers of keys: one rank has nearly all keys, and the others have the smallest ones.
    for (full, few) in [(0, FEW), (size - 1, 2 * size)] {
        let lengths = (0..size)
            .map(|rank| if rank == full { MANY } else { few })
            .collect::<Vec<_>>();
        let total = lengths.iter().sum();
        let mut all = distinct(check, total);
        let small: usize = lengths[..full].iter().sum();
        // The list of the full rank goes to the end of the order.
        let largest = all.split_off(total - MANY);
        let smaller = all.split_off(small);
        all.extend(largest);
        all.extend(smaller);
        inputs.push((
            "different keys, the smallest on ranks with few of them",
            Keys::new(all, lengths),
        ));
    }
    let all = distinct(check, MANY * size);
    inputs.push((
        "different keys that are sorted already",
        Keys::new(all, vec![MANY; size]),
    ));
    let all: Vec<u64> = distinct(check, 50 * size).into_iter().rev().collect();
    inputs.push((
        "different keys, the largest on rank 0",
        Keys::new(all, vec![50; size]),
    ));
    let crowded = 50 * size as u64;
    let all = (0..crowded)
        .map(|key| if key == crowded / 2 { u64::MAX } else { key })
        .collect();
    inputs.push((
        "different keys, all small except one",
        Keys::new(all, vec![50; size]),
    ));
    // So many that samples at a distance that does not grow with them are too many.
    if size == 2 {
        const LONG: u64 = 20_000;
        let all = (0..2 * LONG).map(|key| key << 30).collect();
        inputs.push((
            "different keys that are sorted already",
            Keys::new(all, vec![LONG as usize; size]),
        ));
    }
    // As close as keys can be, and beyond 2⁵³: no other number fits between them.
    let all = (0..40 * size as u64)
        .map(|index| u64::MAX - index)
        .collect();
    inputs.push((
        "consecutive keys up to the largest `u64`",
        Keys::new(all, vec![40; size]),
    ));
    inputs
}

fn cut_fairly(check: &mut Check, answers: &Answers, keys: &Keys<u64>) {
    let (rank, size) = (check.rank(), check.size());
    let mine = keys.of(rank).to_vec();
    let (returned, traffic) = check.observe(|world| (answers.splitters)(world, &mine));
    let right = check.require(returned.len() + 1 == size, Kind::WrongResult, || {
        format!(
            "returned {} splitters, should return {}: p - 1 splitters make p buckets",
            returned.len(),
            size - 1
        )
    });
    if !check.everywhere(right) || size == 1 {
        return;
    }
    let mut of_first = returned.clone();
    check.aside_call(|own| own.process_at_rank(0).broadcast_into(&mut of_first[..]));
    let why = "all ranks return the same splitters as rank 0";
    let ascending = returned.is_sorted();
    if !check.returned(returned.clone(), of_first, why)
        || !check.require(ascending, Kind::WrongResult, || {
            format!("returned {returned:?}: splitters must be in ascending order")
        })
    {
        return;
    }
    let mut buckets = vec![0; size];
    for key in &keys.all {
        buckets[returned.partition_point(|splitter| splitter <= key)] += 1;
    }
    let most = 2 * keys.all.len().div_ceil(size);
    let largest = buckets.iter().max().copied().unwrap_or_default();
    // The same on all ranks.
    let fair = rank > 0
        || check.require(largest <= most, Kind::WrongResult, || {
            format!(
                "returned splitters that divide {} keys into buckets of {buckets:?} keys: no bucket may have more than \
                 {most}, twice its share",
                keys.all.len()
            )
        });
    let room = (2048 * size + 128 * size * size) as u64;
    let bounds = Bounds {
        given: room,
        got: room,
        ..Bounds::NONE
    };
    let why = "samples of the keys, at equal distances, are enough";
    let _ = fair && check.moves(&traffic, bounds, why);
}

pub fn sample_sort(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let mut inputs = Vec::new();
    for lengths in spreads(check) {
        let all = floats(check, lengths.iter().sum());
        let splitters = floats(check, size - 1);
        inputs.push(("random keys", Keys::new(all, lengths), splitters));
    }
    // Splitters that are keys.
    let lengths = check.draw_vec(size, 3..12);
    let all = floats(check, lengths.iter().sum());
    let splitters = (1..size).map(|_| check.pick(&all)).collect();
    inputs.push(("random keys", Keys::new(all, lengths), splitters));
    let lengths = check.draw_vec(size, 0..9);
    let all = vec![7.0; lengths.iter().sum()];
    let keys = Keys::new(all, lengths);
    inputs.push(("keys that are all 7", keys, vec![7.0; size - 1]));
    let lengths = check.draw_vec(size, 2..9);
    let keys = Keys::new(ends(lengths.iter().sum()), lengths);
    inputs.push(("the largest and the smallest NaN", keys, ends(size - 1)));
    let lengths = check.draw_vec(size, 2..9);
    let zeros = [-0.0, 0.0, f64::NAN];
    let all = (0..lengths.iter().sum())
        .map(|_| check.pick(&zeros))
        .collect();
    let splitters = (1..size).map(|_| check.pick(&zeros)).collect();
    let keys = Keys::new(all, lengths);
    inputs.push(("zeros of both signs and NaN", keys, splitters));
    // Enough for keys that travel too far to show.
    let length = 500 + check.draw(0..30);
    let all: Vec<f64> = (0..length * size)
        .map(|index| (index * 7919 % (length * size)) as f64)
        .collect();
    let splitters = (1..size).map(|bucket| (bucket * length) as f64).collect();
    let keys = Keys::new(all, vec![length; size]);
    inputs.push(("different keys", keys, splitters));
    for (what, keys, mut splitters) in tried(check, inputs) {
        splitters.sort_unstable_by(f64::total_cmp);
        let input =
            keys.describe(what) + &format!(", and the splitters are {:?}", exact(&splitters));
        let right = part(check, &input, |check| {
            deal_out(check, answers, &keys, &splitters);
        });
        if !right {
            return;
        }
    }
}

fn deal_out(check: &mut Check, answers: &Answers, keys: &Keys<f64>, splitters: &[f64]) {
    let (rank, size) = (check.rank(), check.size());
    let mine = keys.of(rank).to_vec();
    let (returned, traffic) = check.observe(|world| (answers.sample_sort)(world, &mine, splitters));
    let bucket_of =
        |key: &f64| splitters.partition_point(|splitter| splitter.total_cmp(key).is_le());
    let mut expected: Vec<f64> = keys
        .all
        .iter()
        .copied()
        .filter(|key| bucket_of(key) == rank)
        .collect();
    expected.sort_unstable_by(f64::total_cmp);
    let why = match rank {
        0 => "bucket 0 holds the keys that are smaller than splitter 0, sorted by `total_cmp`",
        last if last + 1 == size => {
            "the last bucket holds the keys that are not smaller than the last splitter, sorted by `total_cmp`"
        }
        _ => {
            "bucket b holds the keys that are not smaller than splitter b - 1, and smaller than splitter b, sorted by \
             `total_cmp`"
        }
    };
    if !check.returned(exact(&returned), exact(&expected), why) {
        return;
    }
    let room = 256 * (size as u64 + 1);
    let bounds = Bounds {
        given: 8 * mine.len() as u64 + room,
        got: 8 * expected.len() as u64 + room,
        ..Bounds::NONE
    };
    let why = "each key is sent once, to the rank of its bucket, and in addition only counts";
    let right = check.moves(&traffic, bounds, why);
    if !right || size == 1 {
        return;
    }
    let functions = ["MPI_Alltoallv", "MPI_Ialltoallv"];
    let why = "one all-to-all with counts moves all keys to their buckets";
    if !check.uses(&traffic, &functions, why) {
        return;
    }
    let elsewhere = (0..size).filter(|other| *other != rank);
    let from_others = elsewhere
        .flat_map(|other| keys.of(other))
        .filter(|key| bucket_of(key) == rank)
        .count() as u64;
    let got: u64 = functions.map(|name| traffic.got(rank, name)).iter().sum();
    check.require(got >= 8 * from_others, Kind::WrongOperation, || {
        format!(
            "received {} by an all-to-all-v, but the keys of its bucket that other ranks have are {}: an all-to-all-v \
             moves all keys to their buckets",
            plural(got, "byte"),
            8 * from_others
        )
    });
}
