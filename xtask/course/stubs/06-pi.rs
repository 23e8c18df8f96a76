//! Exercise 06: pi. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then run `cargo xtask check 06`.
//!
//! When a function returns, nothing that it started is still running: requests are complete, every message
//! has been received, and threads have ended or are asleep, as those of a pool are.

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

/// A stream of random numbers: xoshiro256+ by Blackman and Vigna ("Scrambled linear pseudorandom number
/// generators", 2021). Its period is 2^256 - 1 numbers; `jump` skips 2^128 of them, `long_jump` skips
/// 2^192.
pub type Stream = Xoshiro256Plus;

/// The number of points drawn, and the number of those that lie in the quarter circle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Points in the quarter circle.
    pub hits: u64,
    /// All points.
    pub samples: u64,
}

impl Count {
    /// The resulting estimate of pi: the quarter circle covers pi/4 of the square.
    pub fn pi(&self) -> f64 {
        4.0 * self.hits as f64 / self.samples as f64
    }
}

/// A summary of many estimates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation: the square root of the sum of all squared distances from the mean,
    /// divided by one less than the number of estimates.
    pub deviation: f64,
}

/// Draws points in the unit square, and returns how many lie in the quarter circle: those with
/// `x * x + y * y < 1.0`, computed with `f64`.
///
/// Each of the `samples` points takes exactly two numbers from the stream, those that
/// `stream.random::<f64>()` returns: one for `x` and one for `y`. The stream advances by these numbers and no
/// others. `samples` may be 0.
pub fn hits(stream: &mut Stream, samples: u64) -> u64 {
    todo!()
}

/// Counts in blocks: returns the hits of each block of `block` points. The blocks follow one another in
/// the stream, which advances as with [`hits`].
///
/// If `samples` is not a multiple of `block`, the last block has the points that are left; if `samples` is
/// 0, there is no block. `block` is at least 1, and may be larger than `samples`.
pub fn blocks(stream: &mut Stream, samples: u64, block: u64) -> Vec<u64> {
    todo!()
}

/// Returns this rank's own stream of random numbers.
///
/// All ranks take parts of one long sequence, which begins with `Stream::seed_from_u64(seed)`. Each rank's
/// part begins some number of `long_jump`s after that: the number depends only on the rank, and is
/// different for every rank.
///
/// The rank is that in `world`, which may be any communicator. The same seed on the same rank therefore always
/// gives the same stream: in the next run, and with any number of ranks. Any other rank and any other seed give
/// other numbers: seed 8 on rank 0 has none in common with seed 7 on rank 1. There is room for threads: even after
/// up to 1,000 calls of `jump`, a stream has no numbers in common with those of other ranks. `seed` may be any
/// `u64`.
pub fn streams(world: &SimpleCommunicator, seed: u64) -> Stream {
    todo!()
}

/// Draws `samples` points on all ranks together: rank 0 returns the total number of hits, and `samples`; the other
/// ranks return `None`.
///
/// Each rank draws its share of the points from its own stream, which advances, and counts them as [`hits`]
/// does. The shares are as even as possible: the first `samples % size` ranks have one point more than the
/// others. Then collectives bring the numbers together: at most eight calls on each rank, which give MPI only a
/// few numbers, however many points there are. Ranks send each other no messages. `samples` is the same on all
/// ranks, and may be less than the number of ranks, or far beyond 2^32; if it is 0, collectives are not needed.
pub fn reduce(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    todo!()
}

/// Counts in `pieces` pieces, in parallel on the threads of `pool`, and returns the hits of all pieces.
///
/// Each piece has its own stream, which begins some number of `jump`s after `stream`, at most 1,000, and no
/// two pieces have the same number. `long_jump` is not for pieces: it leads to another rank's numbers.
/// `count` counts the hits among a given number of points of a stream, as [`hits`] does. It is called once
/// for each piece, with shares of `samples` that are as even as possible: `samples % pieces` pieces have
/// one point more than the others. A piece with a share of 0 may be left out.
///
/// All calls of `count` are made by threads of `pool`. If there are at least 16 pieces for each thread, all
/// threads are in `count` at the same time. The same stream gives the same result for any number of
/// threads. `pieces` is from 1 to 500; `samples` and the hits may be far beyond 2^32, up to 2^63.
pub fn threads(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: &(dyn Fn(&mut Stream, u64) -> u64 + Sync),
) -> u64 {
    todo!()
}

/// Random bits without a state: scrambles a counter with a key, in ten rounds of Philox2x64 (Salmon,
/// Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
pub fn philox(mut counter: [u64; 2], mut key: u64) -> [u64; 2] {
    for _ in 0..10 {
        let product = 0xd2b7_4407_b1ce_6e93 * u128::from(counter[0]);
        counter = [(product >> 64) as u64 ^ key ^ counter[1], product as u64];
        key = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    }
    counter
}

/// The point with the index `index` in the sequence of `seed`: any rank and any thread can compute any
/// point at any time.
pub fn point(seed: u64, index: u64) -> (f64, f64) {
    // 53 bits of each, as many as an `f64` holds.
    let [x, y] = philox([index, 0], seed).map(|bits| (bits >> 11) as f64 / (1_u64 << 53) as f64);
    (x, y)
}

/// Returns how many of the points with these indices in the sequence of `seed` lie in the quarter
/// circle; [`point`] computes them. The range may be empty, but never ends before it starts.
pub fn hits_between(seed: u64, indices: Range<u64>) -> u64 {
    todo!()
}

/// The largest number of points that [`same_digits`] counts at a time.
pub const BLOCK: u64 = 4096;

/// Returns the hits among the points 0, 1, 2, …, `samples` - 1, on every rank: the same result for
/// any number of ranks and threads.
///
/// `count` counts the hits among the points with the given indices, as [`hits_between`] does; the check
/// counts something else, which may give more than one for each point. Only the sum matters: it fits in a
/// `u64`, and may need all of its bits. All ranks together call `count` so that each index is counted once,
/// with at most [`BLOCK`] indices at a time; a call may have none. The number of points that a rank counts differs
/// from `samples / size` by at most two times `BLOCK`.
///
/// All calls of `count` are made by threads of `pool`. If a rank has at least 16 blocks for each thread, all
/// threads are in `count` at the same time. Then collectives bring the sums of the ranks together: at most
/// eight calls on each rank, which give MPI only a few numbers, however many blocks there are. Ranks send each
/// other no messages. `samples` is the same on all ranks, and may be beyond 2^32, up to 2^63, or 0: then
/// collectives are not needed.
pub fn same_digits(
    world: &SimpleCommunicator,
    pool: &ThreadPool,
    samples: u64,
    count: &(dyn Fn(Range<u64>) -> u64 + Sync),
) -> u64 {
    todo!()
}

/// Makes one estimate of pi for each run, from `samples` points (at least 1) each. The runs follow one
/// another in the stream, which advances as with [`hits`].
pub fn estimates(stream: &mut Stream, runs: usize, samples: u64) -> Vec<f64> {
    todo!()
}

/// Returns the mean and the standard deviation of the estimates of all ranks together, on every rank.
///
/// The ranks may have different numbers of estimates, some none; all ranks together have at least two. The
/// estimates are between 1 and 4, not always near pi. The mean has at least eleven correct digits. The deviation
/// may be a millionth of the mean, or less, and still has at least six. Each rank sends only a few numbers,
/// however many estimates it has.
pub fn statistics(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    todo!()
}

/// Returns the theoretical standard deviation of an estimate of pi from `samples` points (at
/// least 1).
///
/// Each point is a hit with probability `p` = pi/4, so the number of hits has a binomial distribution, with
/// the variance `samples * p * (1 - p)`. Twelve digits are correct.
pub fn theory(samples: u64) -> f64 {
    todo!()
}

/// Integrates `f` from 0 to 1 by the midpoint rule: returns the integral on every rank.
///
/// The interval is divided into `steps` steps of equal width (at least 1 step), and `f` is evaluated once
/// in the middle of each. The ranks share the evaluations as evenly as possible: the first `steps % size`
/// ranks have one more than the others. Then collectives bring the sums of the ranks together: at most eight
/// calls on each rank, which give MPI only a few numbers, however many steps there are. Ranks send each other no
/// messages. At least nine digits of the midpoint rule's result are correct, if `f` does not change its sign.
pub fn integrate(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    todo!()
}
