//! The checks of exercise 06: one source for the student's crate, the reference and every mistake.
//!
//! - `drawing`: points from streams, on one rank and on many;
//! - `sharing`: the work shared out among threads, and among ranks and threads;
//! - `measuring`: statistics, and the integral.
//!
//! Counts of hits are integers, and all inputs are known here: so every count is compared exactly.
//! Nothing depends on luck, on a clock, or on the number of cores.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "drawing.rs"]
mod drawing;
#[path = "measuring.rs"]
mod measuring;
#[path = "sharing.rs"]
mod sharing;

use crate::subject::{Count, Statistics, Stream};
use harness_mpi::{Aside, Check, Kind, SimpleCommunicator, Suite, Traffic, plural};
use rand::{Rng, RngExt, SeedableRng};
use rayon::ThreadPool;
use std::ops::Range;

harness_mpi::answers! {
    fn hits(stream: &mut Stream, samples: u64) -> u64;
    fn blocks(stream: &mut Stream, samples: u64, block: u64) -> Vec<u64>;
    fn streams(world: &SimpleCommunicator, seed: u64) -> Stream;
    fn reduce(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count>;
    fn threads(
        pool: &ThreadPool,
        stream: &Stream,
        samples: u64,
        pieces: usize,
        count: &(dyn Fn(&mut Stream, u64) -> u64 + Sync),
    ) -> u64;
    fn point(seed: u64, index: u64) -> (f64, f64);
    fn hits_between(seed: u64, indices: Range<u64>) -> u64;
    fn same_digits(
        world: &SimpleCommunicator,
        pool: &ThreadPool,
        samples: u64,
        count: &(dyn Fn(Range<u64>) -> u64 + Sync),
    ) -> u64;
    fn estimates(stream: &mut Stream, runs: usize, samples: u64) -> Vec<f64>;
    fn statistics(world: &SimpleCommunicator, mine: &[f64]) -> Statistics;
    fn theory(samples: u64) -> f64;
    fn integrate(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("serial", drawing::serial)
        .task("streams", drawing::streams)
        .task("reduce", drawing::reduce)
        .task("threads", sharing::threads)
        .task("same-digits", sharing::same_digits)
        .task("statistics", measuring::statistics)
        .task("integrate", measuring::integrate)
}

/// Whether a point lies in the quarter circle.
fn is_hit((x, y): (f64, f64)) -> bool {
    x * x + y * y < 1.0
}

/// Draws points, and counts the hits.
fn draw_hits(stream: &mut Stream, samples: u64) -> u64 {
    (0..samples)
        .map(|_| u64::from(is_hit(stream.random())))
        .sum()
}

/// The stream of a rank for a drawn seed.
fn stream_of(seed: u64, rank: usize) -> Stream {
    let mut stream = Stream::seed_from_u64(seed);
    (0..rank).for_each(|_| stream.long_jump());
    stream
}

/// The next numbers of a stream, which itself stays where it is.
fn ahead(stream: &Stream, length: usize) -> Vec<u64> {
    let mut stream = stream.clone();
    (0..length).map(|_| stream.next_u64()).collect()
}

/// How many numbers lie between two states of a stream, if at most `most`.
fn numbers_between(before: &Stream, after: &Stream, most: u64) -> Option<u64> {
    let mut stream = before.clone();
    (0..=most).find(|_| {
        let found = stream == *after;
        stream.next_u64();
        found
    })
}

/// Requires that an answer has drawn `points` points from its stream, and no more. Returns whether it
/// is so.
fn has_drawn(check: &mut Check, before: &Stream, after: &Stream, points: u64) -> bool {
    let numbers = numbers_between(before, after, 3 * points + 2);
    check.require(numbers == Some(2 * points), Kind::WrongResult, || {
        let unknown = || String::from("an unknown amount of numbers");
        let drawn = numbers.map_or_else(unknown, |numbers| plural(numbers, "number"));
        let wanted = 2 * points;
        format!(
            "has drawn {drawn}, should draw {wanted}: two for each point, from the stream itself"
        )
    })
}

/// Requires that this rank's part of the work is an even share, give or take `slack`. Returns whether
/// it is so.
fn is_even(check: &mut Check, part: u64, total: u64, slack: u64, what: &str) -> bool {
    let size = check.size() as u64;
    let (least, most) = (total / size, total.div_ceil(size));
    let even = (least.saturating_sub(slack)..=most + slack).contains(&part);
    check.require(even, Kind::WrongResult, || {
        format!(
            "{what} {part} of {total}, an even share is from {least} to {most}: share the work out"
        )
    })
}

/// Requires that the parts of the ranks come together in some collective, whichever. A rank that is
/// alone has no parts to bring together.
fn by_collective(check: &mut Check, traffic: &Traffic) {
    let used = check.size() == 1 || !traffic.collectives().is_empty();
    check.require(used, Kind::WrongOperation, || {
        String::from(
            "brings the parts together by messages: one collective does it, in fewer rounds",
        )
    });
}

/// The sum of one number from each rank, on every rank.
fn of_all(aside: &Aside, mine: u64) -> u64 {
    aside.share(mine).iter().sum()
}

/// Requires something that is the same on all ranks: one of them is enough to say what is wrong.
fn together(check: &mut Check, holds: bool, message: impl FnOnce() -> String) -> bool {
    if check.rank() == 0 {
        check.require(holds, Kind::WrongResult, message);
    }
    holds
}
