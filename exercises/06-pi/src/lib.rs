//! Exercise 06: pi. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 06`.
//!
//! When a function returns, nothing that it started is still at work: requests are complete, and threads
//! have ended, or sleep, as those of a pool do.

#![allow(
    unused_variables,
    unused_imports,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;
use rayon::{ThreadPool, prelude::*};
use std::{f64::consts::PI, ops::Range};

/// A stream of random numbers: xoshiro256+ of Blackman and Vigna ("Scrambled linear pseudorandom number
/// generators", 2021). Its numbers come round again after 2^256 - 1 of them; `jump` goes 2^128 ahead,
/// `long_jump` 2^192.
pub type Stream = Xoshiro256Plus;

/// How many points were drawn, and how many of them lie in the quarter circle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Points in the quarter circle.
    pub hits: u64,
    /// Points in all.
    pub samples: u64,
}

impl Count {
    /// The estimate of pi that follows: the quarter circle covers pi/4 of the square.
    pub fn pi(&self) -> f64 {
        4.0 * self.hits as f64 / self.samples as f64
    }
}

/// Many estimates in two numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation: the root of the sum of all squared distances from the mean, over
    /// one less than the number of estimates.
    pub deviation: f64,
}

/// Draws points in the unit square, and returns how many lie in the quarter circle `x² + y² < 1`.
///
/// Each of the `samples` points takes two numbers from the stream, `stream.random::<f64>()`, one for
/// `x` and one for `y`; no more. `samples` may be 0.
pub fn hits(stream: &mut Stream, samples: u64) -> u64 {
    todo!()
}

/// Counts in blocks: returns the hits of each block of `block` points, one after another in the
/// stream.
///
/// When `samples` does not divide by `block`, the last block has what is left; when `samples` is 0,
/// there is no block. `block` is at least 1, and may be larger than `samples`.
pub fn blocks(stream: &mut Stream, samples: u64, block: u64) -> Vec<u64> {
    todo!()
}

/// Returns this rank's own stream of random numbers.
///
/// All ranks take parts of one long sequence, the one that `Stream::seed_from_u64(seed)` begins. Each
/// part begins some number of `long_jump`s further on: the number depends on the rank alone, and every
/// rank has another.
///
/// So the same seed on the same rank gives the same stream, always: in the next run, and with any number
/// of ranks. Any other rank and any other seed give other numbers: seed 8 on rank 0 has none in common
/// with seed 7 on rank 1. And there is room for threads: even after up to 1,000 calls of `jump`, a stream
/// has no numbers in common with those of other ranks. `seed` may be any `u64`.
pub fn streams(world: &SimpleCommunicator, seed: u64) -> Stream {
    todo!()
}

/// Draws `samples` points by all ranks together: rank 0 returns how many hits and how many points
/// there were in all, the other ranks return `None`.
///
/// Each rank draws its share of the points from its own stream, which so moves on, and counts them
/// with [`hits`]. The shares are as even as can be: the first `samples % size` ranks have one point more
/// than the others. Then collectives bring the numbers together, called once or a few times for all that a
/// rank has; ranks send each other no messages. `samples` is the same on all ranks, and may be less than
/// the number of ranks, or far beyond 2^32.
pub fn reduce(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    todo!()
}

/// Counts in `pieces` pieces, side by side on the threads of `pool`, and returns the hits of all.
///
/// Each piece has a stream of its own, which begins some number of `jump`s after `stream`, at most 1,000,
/// and no two pieces have the same number. `long_jump` is not for pieces: it leads to another rank's
/// numbers. `count` counts the hits among so many points of a stream, as [`hits`] does, and is called once
/// for each piece, with as even shares of the `samples` as can be: `samples % pieces` pieces have one
/// point more than the others. A piece with a share of 0 may be left out.
///
/// All calls of `count` are made by threads of `pool`, and where there are many pieces for each thread,
/// all threads are in `count` at the same time. The same stream gives the same result, whatever the
/// number of threads. `pieces` is from 1 to 500; `samples` and the hits may be far beyond 2^32.
pub fn threads(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: &(dyn Fn(&mut Stream, u64) -> u64 + Sync),
) -> u64 {
    todo!()
}

/// Random bits without a state: scrambles a counter under a key, by ten rounds of Philox2x64 (Salmon,
/// Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
pub fn philox(mut counter: [u64; 2], mut key: u64) -> [u64; 2] {
    for _ in 0..10 {
        let product = 0xd2b7_4407_b1ce_6e93 * u128::from(counter[0]);
        counter = [(product >> 64) as u64 ^ key ^ counter[1], product as u64];
        key = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    }
    counter
}

/// The point with the number `index` in the sequence of `seed`: any rank, any thread can make any
/// point at any time.
pub fn point(seed: u64, index: u64) -> (f64, f64) {
    // 53 bits of each, as many as an `f64` holds.
    let [x, y] = philox([index, 0], seed).map(|bits| (bits >> 11) as f64 / (1_u64 << 53) as f64);
    (x, y)
}

/// Returns how many of the points with these numbers in the sequence of `seed` lie in the quarter
/// circle; [`point`] makes them. There may be none.
pub fn hits_between(seed: u64, indices: Range<u64>) -> u64 {
    todo!()
}

/// How many points [`same_digits`] counts at a time.
pub const BLOCK: u64 = 4096;

/// Returns the hits among the points 0, 1, 2, …, `samples` - 1, on every rank: the same number for
/// every number of ranks and of threads.
///
/// `count` counts the hits among the points with some numbers, as [`hits_between`] does; the check
/// counts something else, of which there may be more than points. What counts is the sum: it fits a `u64`,
/// and may need all of it. All ranks together call `count` so that each number is counted once, with at
/// most [`BLOCK`] numbers at a time. The ranks' shares are even, give or take two blocks.
///
/// All calls of `count` are made by threads of `pool`, and where there are many blocks for each thread,
/// all threads are in `count` at the same time. Then collectives bring the sums of the ranks together,
/// called once or a few times for all that a rank has; ranks send each other no messages. `samples` is the
/// same on all ranks, and may be 0, or far beyond 2^32.
pub fn same_digits(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: &(dyn Fn(Range<u64>) -> u64 + Sync),
) -> u64 {
    todo!()
}

/// Makes one estimate of pi for each run, from `samples` points (at least 1) each. The runs follow each
/// other in the stream.
pub fn estimates(stream: &mut Stream, runs: usize, samples: u64) -> Vec<f64> {
    todo!()
}

/// Returns the mean and the standard deviation of the estimates of all ranks together, on every rank.
///
/// The ranks may have different amounts of estimates, some none; all together have at least two. The
/// mean has at least eleven right digits. The deviation may be a millionth of the mean, or less, and still
/// has at least six. A few numbers of each rank travel, however many estimates it has.
pub fn statistics(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    todo!()
}

/// Returns the standard deviation that theory gives to an estimate of pi from `samples` points (at
/// least 1).
///
/// Each point is a hit with the probability `p` = pi/4. So the hits have a binomial distribution, with
/// the variance `samples * p * (1 - p)`.
pub fn theory(samples: u64) -> f64 {
    todo!()
}

/// Integrates `f` from 0 to 1 by the midpoint rule: returns the integral on every rank.
///
/// The interval is cut into `steps` parts of equal width (at least 1 part), and `f` is evaluated once
/// in the middle of each. The ranks share the evaluations as evenly as can be: the first `steps % size`
/// ranks have one more than the others. Then collectives bring the sums of the ranks together, called once
/// or a few times for all that a rank has; ranks send each other no messages.
pub fn integrate(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    todo!()
}
