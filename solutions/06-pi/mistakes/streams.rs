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
    mistake!("streams": streams = by_the_process => WrongResult,
        "takes the process into the seed, so that the next run gets other numbers"),
    mistake!("streams": streams = by_an_address => WrongResult,
        "takes an address into the seed, so that the next run gets other numbers"),
    mistake!("streams": streams = by_the_number_of_ranks => WrongResult,
        "deals seeds out by the number of ranks, so that another number of ranks gets other numbers"),
    mistake!("streams": streams = counted_from_the_last => WrongResult,
        "jumps as often as there are ranks behind it"),
    mistake!("streams": streams = half_of_the_seed => WrongResult,
        "takes 32 bits of the seed"),
    mistake!("streams": streams = without_the_sign => WrongResult,
        "takes 63 bits of the seed"),
    mistake!("streams": streams = seed_shifted => WrongResult,
        "shifts the seed to make room for the rank, and loses its upper bits"),
    mistake!("streams": streams = a_hundred_jumps => WrongResult,
        "leaves room for a hundred jumps"),
    mistake!("streams": streams = a_jump_too_few => WrongResult,
        "leaves room for 999 jumps and not for a thousand"),
    mistake!("streams": streams = many_numbers_on => WrongResult,
        "skips thousands of numbers for each rank, more than the check compares, and still too few"),
    mistake!("streams": streams = from_rank_0_on => WrongResult,
        "makes rank 1 begin where rank 0 does"),
    mistake!("streams": streams = eight_parts => WrongResult,
        "has eight parts, and begins again with the first of them"),
    mistake!("streams": streams = sixteen_parts => WrongResult,
        "has sixteen parts, as its four bits for a rank tell"),
    mistake!("streams": streams = ten_jumps_at_most => WrongResult,
        "makes ten long jumps at most"),
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

fn by_the_process(world: &SimpleCommunicator, seed: u64) -> Stream {
    pi_solution::streams(world, seed ^ u64::from(std::process::id()) << 32)
}

fn by_an_address(world: &SimpleCommunicator, seed: u64) -> Stream {
    static HERE: u8 = 0;
    pi_solution::streams(world, seed ^ (&raw const HERE).addr() as u64)
}

fn by_the_number_of_ranks(world: &SimpleCommunicator, seed: u64) -> Stream {
    let number = seed.wrapping_mul(world.size() as u64 + 1);
    pi_solution::streams(world, number)
}

fn jumped(seed: u64, times: i32, jump: fn(&mut Stream)) -> Stream {
    let mut stream = Stream::seed_from_u64(seed);
    (0..times).for_each(|_| jump(&mut stream));
    stream
}

fn counted_from_the_last(world: &SimpleCommunicator, seed: u64) -> Stream {
    jumped(seed, world.size() - world.rank(), Stream::long_jump)
}

fn half_of_the_seed(world: &SimpleCommunicator, seed: u64) -> Stream {
    pi_solution::streams(world, u64::from(seed as u32))
}

fn without_the_sign(world: &SimpleCommunicator, seed: u64) -> Stream {
    pi_solution::streams(world, seed & i64::MAX as u64)
}

fn seed_shifted(world: &SimpleCommunicator, seed: u64) -> Stream {
    Stream::seed_from_u64(seed << 8 | world.rank() as u64)
}

fn a_hundred_jumps(world: &SimpleCommunicator, seed: u64) -> Stream {
    jumped(seed, 101 * world.rank(), Stream::jump)
}

fn a_jump_too_few(world: &SimpleCommunicator, seed: u64) -> Stream {
    jumped(seed, 1000 * world.rank(), Stream::jump)
}

fn many_numbers_on(world: &SimpleCommunicator, seed: u64) -> Stream {
    let mut stream = Stream::seed_from_u64(seed);
    for _ in 0..20_000 * world.rank() {
        stream.next_u64();
    }
    stream
}

fn from_rank_0_on(world: &SimpleCommunicator, seed: u64) -> Stream {
    jumped(seed, (world.rank() - 1).max(0), Stream::long_jump)
}

fn eight_parts(world: &SimpleCommunicator, seed: u64) -> Stream {
    jumped(seed, world.rank() % 8, Stream::long_jump)
}

fn sixteen_parts(world: &SimpleCommunicator, seed: u64) -> Stream {
    jumped(seed, world.rank() % 16, Stream::long_jump)
}

fn ten_jumps_at_most(world: &SimpleCommunicator, seed: u64) -> Stream {
    jumped(seed, world.rank().min(10), Stream::long_jump)
}
