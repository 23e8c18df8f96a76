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

use crate::subject::{Count, Statistics};
use harness_mpi::{Aside, Check, Kind, SimpleCommunicator, Suite, Traffic, plural};
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;
use rayon::ThreadPool;
use std::ops::Range;

/// The generator of the exercise, whatever the crate under test calls so.
type Stream = Xoshiro256Plus;

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

/// Whether a point is in the quarter circle.
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

/// A coordinate: that many times 2^-53.
const fn coordinate(times: u64) -> f64 {
    times as f64 / (1_u64 << 53) as f64
}

/// Points so close to the circle that an `f32` cannot tell on which side they are, the hits that they are, and why.
const NEAR: [((f64, f64), u64, &str); 4] = [
    ((0.6, 0.8), 0, "x² + y² is 1, which is not less than 1"),
    (
        (0.6 - 1.0 / (1_u64 << 40) as f64, 0.8),
        1,
        "x² + y² is less than 1, but only just",
    ),
    // Just outside, but inside if a product is not rounded before the sum.
    (
        (
            coordinate(5_939_343_044_926_801),
            coordinate(6_771_546_544_865_974),
        ),
        0,
        "`x * x + y * y` is 1 when both products and the sum are rounded to an `f64`",
    ),
    // Just outside, but inside if a coordinate loses the last of its 53 bits.
    (
        (
            coordinate(5_678_344_239_749_963),
            coordinate(6_991_855_627_049_597),
        ),
        0,
        "`x * x + y * y` is 1 with the numbers that `stream.random::<f64>()` returns",
    ),
];

/// A stream that draws this point first, whose coordinates are multiples of 2^-53. `free` is a part of its
/// state that may be anything.
///
/// The generator has four words: it returns the sum of the first and the last, and makes the next ones
/// by exclusive or, a shift and a rotation. The words can therefore be computed from what it is to return.
fn stream_to((x, y): (f64, f64), free: u64) -> Stream {
    let [first, second] = [x, y].map(|number| ((number * 2_f64.powi(53)) as u64) << 11);
    let s0 = second.wrapping_sub(free.rotate_left(45)) ^ free;
    let s3 = first.wrapping_sub(s0);
    let words = [s0, s3 ^ free, free, s3];
    let mut seed = [0; 32];
    for (bytes, word) in seed.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    Stream::from_seed(seed)
}

/// The next numbers of a stream, which itself stays where it is.
fn ahead(stream: &Stream, length: usize) -> Vec<u64> {
    let mut stream = stream.clone();
    (0..length).map(|_| stream.next_u64()).collect()
}

/// How many numbers are between two states of a stream, if at most `most`.
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
            "drew {drawn}, should draw {wanted}: draw two for each point, from the stream itself and not \
             from a copy"
        )
    })
}

/// Requires that this rank has its share of the work, by the rule of the course: the remainder of a
/// division goes to the first ranks, one each. Returns whether it is so.
fn has_share(check: &mut Check, part: u64, total: u64, does: &str, what: &str) -> bool {
    let (rank, size) = (check.rank() as u64, check.size() as u64);
    let (least, more) = (total / size, total % size);
    let share = least + u64::from(rank < more);
    check.require(part == share, Kind::WrongResult, || {
        let rule = match more {
            0 => format!("each of {} has the same share", plural(size, "rank")),
            1 => String::from("rank 0 has one more than the others"),
            _ => format!("the first {more} ranks have one more than the others"),
        };
        let of = plural(total, what);
        format!("{does} {part} of {of}, but its share is {share}: {rule}")
    })
}

/// "1 is", "2 are".
fn so_many(count: u64) -> String {
    format!("{count} {}", if count == 1 { "is" } else { "are" })
}

/// What is wrong if all parts together make `total` instead of `wanted`.
fn reason(total: u64, wanted: u64, parts: u64) -> String {
    match total {
        0 => String::from("none at all"),
        _ if total == wanted / parts * parts => {
            format!("the remainder of the division by {parts} is missing")
        }
        _ if total < wanted => format!("{} missing", so_many(wanted - total)),
        _ => format!("{} too many", so_many(total - wanted)),
    }
}

/// Requires that collectives combine the ranks' parts, and that little data is sent. A single rank has no parts to
/// combine, nor have several ranks if there is no work in all (`total`). All ranks agree on the answer.
fn by_collective(check: &mut Check, traffic: &Traffic, total: u64) -> bool {
    let (rank, size) = (check.rank(), check.size() as u64);
    let (collectives, messages) = (traffic.collectives(), traffic.sent().times);
    let idle = size == 1 || total == 0;
    let used = messages == 0 && (idle || !collectives.is_empty());
    let used = check.require(used, Kind::WrongOperation, || {
        let seen = match messages {
            0 => String::from("called no collective"),
            more => format!("counted {} between ranks", plural(more, "message")),
        };
        format!("{seen}: this task asks you to combine the parts with collectives only")
    });
    let calls: u64 = collectives
        .iter()
        .map(|function| traffic.calls(rank, function))
        .sum();
    let why =
        "first add up everything that this rank has, then call a collective once for all of it";
    let few = used && check.at_most("calls of collectives", calls, 8, why);
    let why = "only one or two numbers from each rank have to travel";
    let bytes = moved(traffic, rank);
    let little = few && check.at_most("bytes given to MPI", bytes, 256 + 64 * size, why);
    check.everywhere(little)
}

/// The bytes that a rank gave to MPI to send.
fn moved(traffic: &Traffic, rank: usize) -> u64 {
    traffic.moves(rank).given
}

/// The sum of one number from each rank, on every rank.
fn of_all(aside: &Aside, mine: u64) -> u64 {
    aside.share(mine).iter().sum()
}

/// Requires something that is the same on all ranks, so only rank 0 reports what is wrong.
fn together(check: &mut Check, holds: bool, message: impl FnOnce() -> String) -> bool {
    if check.rank() == 0 {
        check.require(holds, Kind::WrongResult, message);
    }
    holds
}
