//! Exercise 06: pi, the reference.

use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;
use rayon::{ThreadPool, prelude::*};
use std::{f64::consts::PI, iter, ops::Range};

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
    let mut hit = || {
        let (x, y): (f64, f64) = stream.random();
        x * x + y * y < 1.0
    };
    (0..samples).map(|_| u64::from(hit())).sum()
}

/// Counts in blocks: returns the hits of each block of `block` points. The blocks follow one another in
/// the stream, which advances as with [`hits`].
///
/// If `samples` is not a multiple of `block`, the last block has the points that are left; if `samples` is
/// 0, there is no block. `block` is at least 1, and may be larger than `samples`.
pub fn blocks(stream: &mut Stream, samples: u64, block: u64) -> Vec<u64> {
    (0..samples)
        .step_by(block as usize)
        .map(|start| hits(stream, block.min(samples - start)))
        .collect()
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
    let mut stream = Stream::seed_from_u64(seed);
    for _ in 0..world.rank() {
        stream.long_jump();
    }
    stream
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
    let samples = share(samples, world.size() as usize, world.rank() as usize);
    let own = [hits(stream, samples), samples];
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.reduce_into(&own[..], SystemOperation::sum());
        return None;
    }
    let mut all = [0; 2];
    root.reduce_into_root(&own[..], &mut all[..], SystemOperation::sum());
    let [hits, samples] = all;
    Some(Count { hits, samples })
}

/// The share of one of `parts` in `total`: the remainder goes to the first ones, one each.
fn share(total: u64, parts: usize, part: usize) -> u64 {
    let (parts, part) = (parts as u64, part as u64);
    total / parts + u64::from(part < total % parts)
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
    let jump = |stream: &Stream| {
        let mut next = stream.clone();
        next.jump();
        Some(next)
    };
    let streams: Vec<Stream> = iter::successors(Some(stream.clone()), jump)
        .take(pieces)
        .collect();
    pool.install(|| {
        streams
            .into_par_iter()
            .enumerate()
            .map(|(piece, mut stream)| count(&mut stream, share(samples, pieces, piece)))
            .sum()
    })
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
    let hit = |index| {
        let (x, y) = point(seed, index);
        x * x + y * y < 1.0
    };
    indices.map(|index| u64::from(hit(index))).sum()
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
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let blocks = samples.div_ceil(BLOCK);
    let first: u64 = (0..rank).map(|rank| share(blocks, size, rank)).sum();
    let own: u64 = pool.install(|| {
        (first..first + share(blocks, size, rank))
            .into_par_iter()
            .map(|block| count(block * BLOCK..samples.min((block + 1) * BLOCK)))
            .sum()
    });
    let mut all = 0;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    all
}

/// Makes one estimate of pi for each run, from `samples` points (at least 1) each. The runs follow one
/// another in the stream, which advances as with [`hits`].
pub fn estimates(stream: &mut Stream, runs: usize, samples: u64) -> Vec<f64> {
    let estimate = |hits| Count { hits, samples }.pi();
    (0..runs).map(|_| estimate(hits(stream, samples))).collect()
}

/// Returns the mean and the standard deviation of the estimates of all ranks together, on every rank.
///
/// The ranks may have different numbers of estimates, some none; all ranks together have at least two. The
/// estimates are between 1 and 4, not always near pi. The mean has at least eleven correct digits. The deviation
/// may be a millionth of the mean, or less, and still has at least six. Each rank sends only a few numbers,
/// however many estimates it has.
pub fn statistics(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let mut total = [0.0; 2];
    world.all_reduce_into(
        &[mine.iter().sum(), mine.len() as f64][..],
        &mut total[..],
        SystemOperation::sum(),
    );
    let [sum, runs] = total;
    let mean = sum / runs;

    // A second round, because the difference of two large sums of squares would lose the digits.
    let own: f64 = mine.iter().map(|estimate| (estimate - mean).powi(2)).sum();
    let mut squares = 0.0;
    world.all_reduce_into(&own, &mut squares, SystemOperation::sum());
    Statistics {
        mean,
        deviation: (squares / (runs - 1.0)).sqrt(),
    }
}

/// Returns the theoretical standard deviation of an estimate of pi from `samples` points (at
/// least 1).
///
/// Each point is a hit with probability `p` = pi/4, so the number of hits has a binomial distribution, with
/// the variance `samples * p * (1 - p)`. Twelve digits are correct.
pub fn theory(samples: u64) -> f64 {
    let p = PI / 4.0;
    4.0 * (p * (1.0 - p) / samples as f64).sqrt()
}

/// Integrates `f` from 0 to 1 by the midpoint rule: returns the integral on every rank.
///
/// The interval is divided into `steps` steps of equal width (at least 1 step), and `f` is evaluated once
/// in the middle of each. The ranks share the evaluations as evenly as possible: the first `steps % size`
/// ranks have one more than the others. Then collectives bring the sums of the ranks together: at most eight
/// calls on each rank, which give MPI only a few numbers, however many steps there are. Ranks send each other no
/// messages. At least nine digits of the midpoint rule's result are correct, if `f` does not change its sign.
pub fn integrate(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let width = 1.0 / steps as f64;
    let own: f64 = (world.rank() as u64..steps)
        .step_by(world.size() as usize)
        .map(|step| f((step as f64 + 0.5) * width))
        .sum();
    let mut sum = 0.0;
    world.all_reduce_into(&own, &mut sum, SystemOperation::sum());
    sum * width
}

/// Streams that [`hits_wide`] draws from side by side.
const LANES: usize = 16;

/// [`hits`], faster: 16 streams side by side, seeded from `stream`, so that the compiler can work on
/// several of them with each instruction (SIMD).
///
/// Here too, the points have 53 random bits in each coordinate. Four things make it fast:
/// - No lane waits for another, and all lanes do the same operations; the values for one step of all lanes
///   are contiguous in memory.
/// - `to_float` needs only operations that every x86-64 processor has for vectors.
/// - A program that runs everywhere may only use what every processor has: two numbers in a register. `pulp` asks
///   the processor once and calls a version of the loop that was compiled for what it has: four numbers in a
///   register with AVX2, eight with AVX-512.
/// - The coordinates run from 0 to 2^64. Comparing with 2^128 instead of 1 saves two
///   multiplications, and a power of two changes no digit.
pub fn hits_wide(stream: &mut Stream, samples: u64) -> u64 {
    let states = seeds(stream);
    let in_lanes = InLanes {
        states,
        samples: samples / LANES as u64,
    };
    pulp::Arch::new().dispatch(in_lanes) + hits(stream, samples % LANES as u64)
}

/// The hits of so many points in each lane.
struct InLanes {
    states: [[u64; LANES]; 4],
    samples: u64,
}

impl pulp::NullaryFnOnce for InLanes {
    type Output = u64;

    // Always inlined, as is all that it calls: so it is compiled for the processor that the caller is compiled for.
    #[inline(always)]
    fn call(self) -> u64 {
        let [mut s0, mut s1, mut s2, mut s3] = self.states;
        let mut hits_of = [0; LANES];
        let radius = 2_f64.powi(64);
        for _ in 0..self.samples {
            for (lane, hits) in hits_of.iter_mut().enumerate() {
                let mut state = [s0[lane], s1[lane], s2[lane], s3[lane]];
                let (x, y) = (to_float(next(&mut state)), to_float(next(&mut state)));
                [s0[lane], s1[lane], s2[lane], s3[lane]] = state;
                *hits += u64::from(x * x + y * y < radius * radius);
            }
        }
        hits_of.iter().sum()
    }
}

/// The initial states of all lanes: the four words of each are in four arrays.
fn seeds(stream: &mut Stream) -> [[u64; LANES]; 4] {
    [(); 4].map(|()| [(); LANES].map(|()| stream.next_u64()))
}

/// One step of xoshiro256+, as its authors publish it in C.
#[inline(always)]
fn next(state: &mut [u64; 4]) -> u64 {
    let bits = state[0].wrapping_add(state[3]);
    let shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = state[3].rotate_left(45);
    bits
}

/// The upper 53 bits of an integer as a floating-point number, exactly.
///
/// Before AVX-512 there is no instruction that converts a vector of 64-bit integers. But putting an integer
/// below 2^52 into the low bits of 2^52 as an `f64` adds it to that number, and putting it into those of
/// 2^84 adds 2^32 times the integer. The halves are therefore converted by bit operations, and then added.
#[inline(always)]
fn to_float(bits: u64) -> f64 {
    const LOW: f64 = (1_u64 << 52) as f64;
    const HIGH: f64 = (1_u128 << 84) as f64;
    let high = f64::from_bits(HIGH.to_bits() | (bits >> 32));
    let low = f64::from_bits(LOW.to_bits() | (bits & 0xffff_f800));
    high - (HIGH + LOW) + low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `kat_vectors` of Random123, the authors' library.
    #[test]
    fn philox_gives_the_known_answers() {
        assert_eq!(
            philox([0; 2], 0),
            [0xca00_a045_9843_d731, 0x66c2_4222_c9a8_45b5]
        );
        assert_eq!(
            philox([u64::MAX; 2], u64::MAX),
            [0x65b0_21d6_0cd8_310f, 0x4d02_f322_2f86_df20]
        );
        assert_eq!(
            philox(
                [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344],
                0xa409_3822_299f_31d0
            ),
            [0x0a5e_742c_2997_341c, 0xb0f8_83d3_8000_de5d]
        );
    }

    #[test]
    fn the_upper_53_bits_become_a_float() {
        for bits in [
            0,
            1 << 11,
            0xffff_ffff,
            1 << 32,
            1 << 63,
            u64::MAX,
            0x0123_4567_89ab_cdef,
        ] {
            assert_eq!(to_float(bits), (bits & !0x7ff) as f64, "{bits:#x}");
        }
    }

    /// Lane after lane by the crate's own generator.
    fn lane_by_lane(mut stream: Stream, samples: u64) -> u64 {
        let words = seeds(&mut stream);
        let in_lane = |lane: usize| {
            let mut seed = [0; 32];
            for (bytes, words) in seed.chunks_exact_mut(8).zip(words) {
                bytes.copy_from_slice(&words[lane].to_le_bytes());
            }
            hits(&mut Stream::from_seed(seed), samples / LANES as u64)
        };
        let in_lanes: u64 = (0..LANES).map(in_lane).sum();
        in_lanes + hits(&mut stream, samples % LANES as u64)
    }

    #[test]
    fn the_wide_count_is_that_of_its_lanes() {
        let stream = Stream::seed_from_u64(1);
        for samples in [0, 1, 15, 16, 17, 100_003] {
            let wide = hits_wide(&mut stream.clone(), samples);
            assert_eq!(wide, lane_by_lane(stream.clone(), samples), "{samples}");
        }
    }

    #[test]
    fn fast_and_readable_agree_within_their_error() {
        let (mut stream, samples) = (Stream::seed_from_u64(2), 1_000_003);
        for count in [hits, hits_wide] {
            let hits = count(&mut stream, samples);
            let error = Count { hits, samples }.pi() - PI;
            assert!(error.abs() < 6.0 * theory(samples), "{error}");
        }
    }
}
