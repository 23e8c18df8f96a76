//! Mistakes in the task `same-digits`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use pi_solution::{BLOCK, hits_between, point};
use rayon::{ThreadPool, prelude::*};
use std::{ops::Range, sync::Mutex};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("same-digits": hits_between = always_from_0 => WrongResult,
        "counts as many points, but from number 0 on"),
    mistake!("same-digits": hits_between = the_end_included => WrongResult,
        "counts the point after the last as well"),
    mistake!("same-digits": same_digits = each_rank_from_0 => WrongResult,
        "lets every rank count from number 0 on"),
    mistake!("same-digits": same_digits = loses_the_remainder => WrongResult,
        "gives every rank the same, and counts the remainder nowhere"),
    mistake!("same-digits": same_digits = beyond_the_end => WrongResult,
        "counts a full block at the end"),
    mistake!("same-digits": same_digits = the_edges_twice => WrongResult,
        "lets each rank begin where the one before it ends, one point too early"),
    mistake!("same-digits": same_digits = rank_0_alone => WrongResult,
        "counts everything on rank 0"),
    mistake!("same-digits": same_digits = all_count_all => WrongResult,
        "counts everything on every rank: the digits are the same, and nothing is gained"),
    mistake!("same-digits": same_digits = only_rank_0_knows => WrongResult,
        "leaves the result on rank 0"),
    mistake!("same-digits": same_digits = in_one_piece => WrongResult,
        "counts the share of a rank in one piece"),
    mistake!("same-digits": same_digits = block_after_block => WrongOperation,
        "leaves the threads out"),
    mistake!("same-digits": same_digits = by_messages => WrongOperation,
        "sends the counts to rank 0, and back, one by one"),
    mistake!("same-digits": hits_between = seed_of_32_bits => WrongResult,
        "takes 32 bits of the seed"),
    mistake!("same-digits": hits_between = numbers_of_32_bits => WrongResult,
        "takes 32 bits of a point's number"),
    mistake!("same-digits": hits_between = in_16_bits => WrongResult,
        "counts in 16 bits"),
    mistake!("same-digits": same_digits = messages_and_a_barrier => WrongOperation,
        "calls a collective, and sends the counts one by one"),
    mistake!("same-digits": same_digits = one_block_at_a_time => TooMuchCommunication,
        "calls an all-reduce for each block"),
    mistake!("same-digits": same_digits = a_pool_of_its_own => WrongOperation,
        "counts on threads that it was not given"),
    mistake!("same-digits": same_digits = under_a_lock => WrongOperation,
        "counts while it holds a lock that all threads share"),
    mistake!("same-digits": same_digits = samples_of_32_bits => WrongResult,
        "takes the number of points for one of 32 bits"),
    mistake!("same-digits": same_digits = sum_of_floats => WrongResult,
        "adds the hits up as floating-point numbers"),
    mistake!("same-digits": same_digits = sum_of_32_bits => WrongResult,
        "lets the hits of all ranks overflow 32 bits"),
    mistake!("same-digits": same_digits = sum_with_a_sign => Panic,
        "keeps the sum in an `i64`, which has no room for the last bit"),
    mistake!("same-digits": hits_between = kept_by_range => WrongResult,
        "keeps the hits of each range, whatever the seed is"),
    mistake!("same-digits": hits_between = in_single_precision => WrongResult,
        "takes the coordinates for numbers of 32 bits"),
    mistake!("same-digits": same_digits = blocks_grow => WrongResult,
        "makes blocks larger than `BLOCK` if there would be more than 64 for each thread"),
    mistake!("same-digits": same_digits = the_rest_to_the_last => WrongResult,
        "gives the blocks that are left over to the last rank"),
    mistake!("same-digits": hits_between = with_a_sign => WrongResult,
        "takes indices for numbers with a sign"),
    mistake!("same-digits": hits_between = to_the_last_index => Panic,
        "counts up to the last index, which an empty range at 0 does not have"),
];

type Counter<'a> = &'a (dyn Fn(Range<u64>) -> u64 + Sync);

fn always_from_0(seed: u64, indices: Range<u64>) -> u64 {
    hits_between(seed, 0..indices.end - indices.start)
}

fn the_end_included(seed: u64, indices: Range<u64>) -> u64 {
    hits_between(seed, indices.start..indices.end + 1)
}

fn rank_and_size(world: &SimpleCommunicator) -> (u64, u64) {
    (world.rank() as u64, world.size() as u64)
}

/// The numbers of this rank, as they should be.
fn own_range(world: &SimpleCommunicator, samples: u64) -> Range<u64> {
    let (rank, size) = rank_and_size(world);
    rank * samples / size..(rank + 1) * samples / size
}

/// Counts a range in blocks on the threads of the pool.
fn in_blocks(pool: &ThreadPool, range: Range<u64>, count: Counter<'_>) -> u64 {
    let blocks = range.end.saturating_sub(range.start).div_ceil(BLOCK);
    let start = |block| range.start + block * BLOCK;
    pool.install(|| {
        let blocks = (0..blocks).into_par_iter();
        blocks
            .map(|block| count(start(block)..range.end.min(start(block + 1))))
            .sum()
    })
}

fn on_all(world: &SimpleCommunicator, own: u64) -> u64 {
    let mut all = 0;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    all
}

fn each_rank_from_0(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let Range { start, end } = own_range(world, samples);
    on_all(world, in_blocks(pool, 0..end - start, count))
}

fn loses_the_remainder(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let (rank, size) = rank_and_size(world);
    let share = samples / size;
    on_all(
        world,
        in_blocks(pool, rank * share..(rank + 1) * share, count),
    )
}

fn beyond_the_end(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let (rank, size) = rank_and_size(world);
    let blocks = samples.div_ceil(BLOCK);
    let range = rank * blocks / size * BLOCK..(rank + 1) * blocks / size * BLOCK;
    on_all(world, in_blocks(pool, range, count))
}

fn the_edges_twice(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let Range { start, end } = own_range(world, samples);
    on_all(world, in_blocks(pool, start.saturating_sub(1)..end, count))
}

fn rank_0_alone(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let samples = if world.rank() == 0 { samples } else { 0 };
    on_all(world, in_blocks(pool, 0..samples, count))
}

fn all_count_all(
    _: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    in_blocks(pool, 0..samples, count)
}

fn only_rank_0_knows(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let own = in_blocks(pool, own_range(world, samples), count);
    let root = world.process_at_rank(0);
    let mut all = own;
    if world.rank() == 0 {
        root.reduce_into_root(&own, &mut all, SystemOperation::sum());
    } else {
        root.reduce_into(&own, SystemOperation::sum());
    }
    all
}

fn in_one_piece(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let own = own_range(world, samples);
    on_all(world, pool.install(|| count(own)))
}

fn block_after_block(
    world: &SimpleCommunicator,
    _: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let Range { mut start, end } = own_range(world, samples);
    let mut own = 0;
    while start < end {
        let next = end.min(start + BLOCK);
        own += count(start..next);
        start = next;
    }
    on_all(world, own)
}

fn by_messages(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let mut hits = in_blocks(pool, own_range(world, samples), count);
    let others = || (1..world.size()).map(|rank| world.process_at_rank(rank));
    if world.rank() != 0 {
        world.process_at_rank(0).send(&hits);
        return world.process_at_rank(0).receive().0;
    }
    hits += others().map(|other| other.receive::<u64>().0).sum::<u64>();
    others().for_each(|other| other.send(&hits));
    hits
}

fn seed_of_32_bits(seed: u64, indices: Range<u64>) -> u64 {
    hits_between(u64::from(seed as u32), indices)
}

fn numbers_of_32_bits(seed: u64, indices: Range<u64>) -> u64 {
    hits_between(
        seed,
        u64::from(indices.start as u32)..u64::from(indices.end as u32),
    )
}

fn in_16_bits(seed: u64, indices: Range<u64>) -> u64 {
    u64::from(hits_between(seed, indices) as u16)
}

fn messages_and_a_barrier(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    world.barrier();
    by_messages(world, pool, samples, count)
}

fn one_block_at_a_time(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let own = own_range(world, samples);
    let (_, size) = rank_and_size(world);
    let blocks: Vec<u64> = pool.install(|| {
        (0..samples.div_ceil(size).div_ceil(BLOCK) + 1)
            .into_par_iter()
            .map(|block| {
                let start = (own.start + block * BLOCK).min(own.end);
                count(start..own.end.min(start + BLOCK))
            })
            .collect()
    });
    blocks.into_iter().map(|hits| on_all(world, hits)).sum()
}

fn a_pool_of_its_own(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let threads = pool.current_num_threads();
    let own = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pi_solution::same_digits(world, &own.build().unwrap(), samples, count)
}

fn under_a_lock(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let lock = Mutex::new(());
    pi_solution::same_digits(world, pool, samples, &|indices| {
        let _held = lock.lock();
        count(indices)
    })
}

fn samples_of_32_bits(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    pi_solution::same_digits(world, pool, u64::from(samples as u32), count)
}

fn sum_of_floats(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let own = in_blocks(pool, own_range(world, samples), count) as f64;
    let mut all = 0.0;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    all as u64
}

fn sum_of_32_bits(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let own = in_blocks(pool, own_range(world, samples), count) as u32;
    let mut all = 0_u32;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    u64::from(all)
}

fn sum_with_a_sign(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let all = on_all(world, in_blocks(pool, own_range(world, samples), count));
    i64::try_from(all).expect("it fits").unsigned_abs()
}

fn kept_by_range(seed: u64, indices: Range<u64>) -> u64 {
    static KNOWN: Mutex<Vec<(Range<u64>, u64)>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap();
    if let Some((_, hits)) = known.iter().find(|(range, _)| *range == indices) {
        return *hits;
    }
    let hits = hits_between(seed, indices.clone());
    known.push((indices, hits));
    hits
}

fn in_single_precision(seed: u64, indices: Range<u64>) -> u64 {
    let hit = |index| {
        let (x, y) = point(seed, index);
        let (x, y) = (x as f32, y as f32);
        x * x + y * y < 1.0
    };
    indices.map(|index| u64::from(hit(index))).sum()
}

fn the_rest_to_the_last(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: Counter<'_>,
) -> u64 {
    let (rank, size) = rank_and_size(world);
    let share = samples.div_ceil(BLOCK) / size * BLOCK;
    let end = match rank + 1 == size {
        true => samples,
        false => (rank + 1) * share,
    };
    on_all(world, in_blocks(pool, rank * share..end, count))
}

fn with_a_sign(seed: u64, indices: Range<u64>) -> u64 {
    let indices = indices.start.cast_signed()..indices.end.cast_signed();
    indices
        .map(|index| index.cast_unsigned())
        .map(|index| hits_between(seed, index..index + 1))
        .sum()
}

fn to_the_last_index(seed: u64, indices: Range<u64>) -> u64 {
    let last = indices.end - 1;
    let hit = |index| hits_between(seed, index..index + 1);
    (indices.start..=last).map(hit).sum()
}

fn blocks_grow(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: &(dyn Fn(Range<u64>) -> u64 + Sync),
) -> u64 {
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    let length = BLOCK.max(samples / (64 * size * pool.current_num_threads() as u64));
    let own: Vec<u64> = (rank..samples.div_ceil(length))
        .step_by(size as usize)
        .collect();
    let sum = pool.install(|| {
        own.par_iter()
            .map(|block| count(block * length..samples.min((block + 1) * length)))
            .sum()
    });
    on_all(world, sum)
}
