//! Mistakes in the tasks `splitters` and `sample-sort`.

use crate::{
    lists::{deal, lists_of_all, place},
    subject,
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("splitters": splitters = all_keys => TooMuchCommunication,
        "gathers all keys on all ranks"),
    mistake!("splitters": splitters = as_many_of_each_rank => WrongResult,
        "takes as many samples from each rank, however many keys it has"),
    mistake!("splitters": splitters = of_its_own => WrongResult,
        "has each rank cut its own keys"),
    mistake!("splitters": splitters = distances_rounded_down => WrongResult,
        "rounds the distance between samples down, so that many keys come after the last one"),
    mistake!("splitters": splitters = of_rank_zero => WrongResult,
        "takes the keys of rank 0 for those of all"),
    mistake!("splitters": splitters = samples_not_sorted => WrongResult,
        "takes the samples in the order of the ranks"),
    mistake!("splitters": splitters = equal_distances => WrongResult,
        "cuts the range from the smallest key to the largest into equal parts"),
    mistake!("splitters": splitters = one_too_many => WrongResult,
        "returns p splitters"),
    mistake!("splitters": splitters = medians => WrongResult,
        "takes one sample from each rank, its median"),
    mistake!("splitters": splitters = first_keys => WrongResult,
        "takes the first keys of each rank for samples"),
    mistake!("splitters": splitters = lengths_of_rank_0 => WrongResult,
        "takes all lists to be as long as that of rank 0"),
    mistake!("splitters": splitters = every_sixteenth => TooMuchCommunication,
        "takes every 16th key for a sample, however many keys there are"),
    mistake!("splitters": splitters = rounded_before => WrongResult,
        "divides the number of samples by p before it multiplies, so that the last bucket gets what is left"),
    mistake!("sample-sort": sample_sort = not_sorted_after => WrongResult,
        "does not sort what has arrived"),
    mistake!("sample-sort": sample_sort = not_sorted_before => WrongResult,
        "deals out keys that are not sorted by bucket"),
    mistake!("sample-sort": sample_sort = splitter_to_the_left => WrongResult,
        "puts keys that are equal to a splitter into the bucket before it"),
    mistake!("sample-sort": sample_sort = partial_order => Panic,
        "sorts by `partial_cmp`, which says nothing of NaN"),
    mistake!("sample-sort": sample_sort = less_than => WrongResult,
        "finds buckets by `<`, which knows neither NaN nor the sign of 0"),
    mistake!("sample-sort": sample_sort = everything_to_all => WrongOperation,
        "gathers all keys on all ranks, each takes its bucket, and the all-to-all-v is for show"),
    mistake!("sample-sort": sample_sort = sent_twice => TooMuchCommunication,
        "sends all keys once more, to verify what has arrived"),
    mistake!("sample-sort": sample_sort = one_nan => WrongResult,
        "makes every NaN the same one"),
    mistake!("sample-sort": sample_sort = by_messages => WrongOperation,
        "sends each bucket by a message"),
    mistake!("sample-sort": sample_sort = last_bucket_lost => WrongResult,
        "forgets what is not smaller than the last splitter"),
    mistake!("splitters": splitters = one_above => Panic,
        "adds 1 to a key to get a splitter above it, also to the largest `u64`"),
    mistake!("sample-sort": sample_sort = below_the_largest => WrongResult,
        "ends the last bucket at the largest NaN, and loses the keys that are not smaller"),
];

/// The splitters that these samples of all ranks give.
fn chosen(world: &SimpleCommunicator, samples: &[u64]) -> Vec<u64> {
    let (_, size) = place(world);
    let mut all = lists_of_all(world, samples).concat();
    all.sort_unstable();
    cut(&all, size)
}

fn cut(all: &[u64], size: usize) -> Vec<u64> {
    (1..size)
        .map(|bucket| all.get(bucket * all.len() / size).copied().unwrap_or(0))
        .collect()
}

fn all_keys(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    chosen(world, mine)
}

fn as_many_of_each_rank(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let step = (mine.len() / world.size() as usize).max(1);
    let samples: Vec<u64> = mine.iter().step_by(step).copied().collect();
    chosen(world, &samples)
}

fn distances_rounded_down(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let size = world.size() as usize;
    let step = (mine.len() / size).max(1);
    let samples: Vec<u64> = mine.iter().step_by(step).take(size).copied().collect();
    chosen(world, &samples)
}

fn of_its_own(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    cut(mine, world.size() as usize)
}

fn of_rank_zero(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let mut splitters = cut(mine, world.size() as usize);
    if !splitters.is_empty() {
        world.process_at_rank(0).broadcast_into(&mut splitters[..]);
    }
    splitters
}

fn samples_not_sorted(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let samples = samples(world, mine);
    cut(
        &lists_of_all(world, &samples).concat(),
        world.size() as usize,
    )
}

fn samples(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    at_most_apart(world, mine, usize::MAX)
}

/// Samples at equal distances, which are no longer than this.
fn at_most_apart(world: &SimpleCommunicator, mine: &[u64], longest: usize) -> Vec<u64> {
    let size = world.size() as usize;
    let mut all = 0_u64;
    world.all_reduce_into(&(mine.len() as u64), &mut all, SystemOperation::sum());
    let step = (all as usize / (size * (size + 1))).clamp(1, longest);
    mine.iter().skip(step - 1).step_by(step).copied().collect()
}

fn lengths_of_rank_0(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let (rank, size) = place(world);
    let mut length = mine.len() as u64;
    world.process_at_rank(0).broadcast_into(&mut length);
    let step = (length as usize / (size + 1)).max(1);
    // Samples of one rank are at most as many as there is room for.
    let most = if rank == 0 { usize::MAX } else { 16 * size };
    let samples: Vec<u64> = mine.iter().step_by(step).take(most).copied().collect();
    chosen(world, &samples)
}

fn every_sixteenth(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    chosen(world, &at_most_apart(world, mine, 16))
}

fn rounded_before(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let samples = samples(world, mine);
    let mut all = lists_of_all(world, &samples).concat();
    all.sort_unstable();
    let each = all.len() / world.size() as usize;
    (1..world.size() as usize)
        .map(|bucket| all.get(bucket * each).copied().unwrap_or(0))
        .collect()
}

fn equal_distances(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let (mut least, mut most) = (u64::MAX, 0_u64);
    let own = mine.first().copied().unwrap_or(u64::MAX);
    world.all_reduce_into(&own, &mut least, SystemOperation::min());
    let own = mine.last().copied().unwrap_or(0);
    world.all_reduce_into(&own, &mut most, SystemOperation::max());
    let width = most.saturating_sub(least) / world.size() as u64;
    (1..world.size() as u64)
        .map(|bucket| least.saturating_add(bucket * width))
        .collect()
}

fn one_too_many(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let mut splitters = subject::splitters(world, mine);
    splitters.push(u64::MAX);
    splitters
}

fn medians(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let median: Vec<u64> = mine.get(mine.len() / 2).copied().into_iter().collect();
    chosen(world, &median)
}

fn first_keys(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let first = mine.len().min(world.size() as usize);
    chosen(world, &mine[..first])
}

fn sorted(mine: &[f64]) -> Vec<f64> {
    let mut sorted = mine.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// Where the buckets end.
fn ends(sorted: &[f64], splitters: &[f64], before: impl Fn(&f64, &f64) -> bool) -> Vec<usize> {
    let end = |splitter: &f64| sorted.partition_point(|key| before(key, splitter));
    splitters.iter().map(end).collect()
}

fn is_less(key: &f64, splitter: &f64) -> bool {
    key.total_cmp(splitter).is_lt()
}

fn not_sorted_after(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    let mine = sorted(mine);
    deal(world, &mine, &ends(&mine, splitters, is_less))
}

fn not_sorted_before(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    let end = |splitter: &f64| mine.iter().filter(|key| is_less(key, splitter)).count();
    let ends: Vec<usize> = splitters.iter().map(end).collect();
    sorted(&deal(world, mine, &ends))
}

fn splitter_to_the_left(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    let mine = sorted(mine);
    let ends = ends(&mine, splitters, |key, splitter| {
        key.total_cmp(splitter).is_le()
    });
    sorted(&deal(world, &mine, &ends))
}

fn partial_order(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    // The zeros are as they must be.
    let by = |one: &f64, other: &f64| one.partial_cmp(other).unwrap().then(one.total_cmp(other));
    let mut sorted = mine.to_vec();
    sorted.sort_by(by);
    let ends = ends(&sorted, splitters, |key, splitter| {
        key.total_cmp(splitter).is_lt()
    });
    let mut bucket = deal(world, &sorted, &ends);
    bucket.sort_by(by);
    bucket
}

fn less_than(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    let mine = sorted(mine);
    let mut ends = ends(&mine, splitters, |key, splitter| key < splitter);
    // Without an order of NaN, they need not ascend.
    let mut least = 0;
    for end in &mut ends {
        least = least.max(*end);
        *end = least;
    }
    sorted(&deal(world, &mine, &ends))
}

fn everything_to_all(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    let (rank, size) = place(world);
    let all = sorted(&lists_of_all(world, mine).concat());
    let mut ends = ends(&all, splitters, is_less);
    ends.push(all.len());
    let begin = if rank == 0 { 0 } else { ends[rank - 1] };
    let bucket = all[begin..ends[rank]].to_vec();
    if size > 1 {
        // For show.
        deal(world, &[0.0; 0], &vec![0; size - 1]);
    }
    bucket
}

fn sent_twice(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    let bucket = subject::sample_sort(world, mine, splitters);
    assert_eq!(
        subject::sample_sort(world, mine, splitters).len(),
        bucket.len()
    );
    bucket
}

fn one_nan(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    let mine: Vec<f64> = mine
        .iter()
        .map(|key| if key.is_nan() { f64::NAN } else { *key })
        .collect();
    subject::sample_sort(world, &mine, splitters)
}

fn by_messages(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    let (rank, size) = place(world);
    let mine = sorted(mine);
    let mut ends = ends(&mine, splitters, is_less);
    ends.insert(0, 0);
    ends.push(mine.len());
    let mut received = mine[ends[rank]..ends[rank + 1]].to_vec();
    for distance in 1..size {
        let (to, from) = ((rank + distance) % size, (rank + size - distance) % size);
        mpi::request::scope(|scope| {
            let bucket = &mine[ends[to]..ends[to + 1]];
            let sent = world
                .process_at_rank(to as Rank)
                .immediate_send(scope, bucket);
            received.extend(world.process_at_rank(from as Rank).receive_vec::<f64>().0);
            sent.wait();
        });
    }
    sorted(&received)
}

fn last_bucket_lost(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    let mine = sorted(mine);
    let ends = ends(&mine, splitters, is_less);
    let kept = ends.last().copied().unwrap_or(mine.len());
    sorted(&deal(world, &mine[..kept], &ends))
}

fn one_above(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64> {
    let mut splitters = subject::splitters(world, mine);
    splitters.iter_mut().for_each(|splitter| *splitter += 1);
    splitters
}

fn below_the_largest(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64> {
    let largest = f64::from_bits(i64::MAX as u64);
    let below = mine.iter().filter(|key| is_less(key, &largest));
    subject::sample_sort(world, &below.copied().collect::<Vec<_>>(), splitters)
}
