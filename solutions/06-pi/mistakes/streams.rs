//! Mistakes in the task `streams`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};
use pi_solution::Stream;
use rand::{Rng, SeedableRng};
use std::time::SystemTime;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("streams": streams = the_seed_ignores_the_rank => WrongResult,
        "seeds all ranks alike"),
    mistake!("streams": streams = one_for_all => WrongResult,
        "lets rank 0 choose the seed of all"),
    mistake!("streams": streams = rank_added => WrongResult,
        "adds the rank to the seed, so that the next seed has most of the streams again"),
    mistake!("streams": streams = rank_mixed_in => WrongResult,
        "combines seed and rank by exclusive or"),
    mistake!("streams": streams = rank_times_seed => WrongResult,
        "multiplies the seed by the rank, so that the double seed has half of the streams again"),
    mistake!("streams": streams = the_rank_alone => WrongResult,
        "takes the rank for the seed, and forgets the seed"),
    mistake!("streams": streams = by_the_clock => WrongResult,
        "takes the seed from the clock"),
    mistake!("streams": streams = a_few_numbers_on => WrongResult,
        "skips a few numbers for each rank"),
    mistake!("streams": streams = no_room_for_threads => WrongResult,
        "takes the jump that belongs to the threads"),
];

fn the_seed_ignores_the_rank(_: &SimpleCommunicator, seed: u64) -> Stream {
    Stream::seed_from_u64(seed)
}

fn one_for_all(world: &SimpleCommunicator, seed: u64) -> Stream {
    let mut own = seed.wrapping_mul(31) + world.rank() as u64;
    world.process_at_rank(0).broadcast_into(&mut own);
    Stream::seed_from_u64(own)
}

fn rank_added(world: &SimpleCommunicator, seed: u64) -> Stream {
    Stream::seed_from_u64(seed + world.rank() as u64)
}

fn rank_mixed_in(world: &SimpleCommunicator, seed: u64) -> Stream {
    Stream::seed_from_u64(seed ^ world.rank() as u64)
}

fn rank_times_seed(world: &SimpleCommunicator, seed: u64) -> Stream {
    Stream::seed_from_u64(seed * (world.rank() as u64 + 1))
}

fn the_rank_alone(world: &SimpleCommunicator, _: u64) -> Stream {
    Stream::seed_from_u64(world.rank() as u64)
}

fn by_the_clock(world: &SimpleCommunicator, _: u64) -> Stream {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Stream::seed_from_u64(now.unwrap().as_nanos() as u64 ^ (world.rank() as u64) << 48)
}

fn a_few_numbers_on(world: &SimpleCommunicator, seed: u64) -> Stream {
    let mut stream = Stream::seed_from_u64(seed);
    for _ in 0..100 * world.rank() {
        stream.next_u64();
    }
    stream
}

fn no_room_for_threads(world: &SimpleCommunicator, seed: u64) -> Stream {
    let mut stream = Stream::seed_from_u64(seed);
    for _ in 0..world.rank() {
        stream.jump();
    }
    stream
}
