//! The checks of the tasks that share work out among threads, and among ranks and threads.

use super::{
    Answers, Stream, ahead, by_collective, draw_hits, is_hit, reason, stream_of, together,
};
use harness::patience::Meeting;
use harness_mpi::{Aside, Check, Kind, plural};
use rand::Rng;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{
    collections::HashMap,
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

fn pool_of(threads: usize) -> ThreadPool {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    // Without threads there is nothing to check.
    pool.expect("the system can start a few threads")
}

/// The number of pieces for each thread with which all threads of a pool must take part.
const MANY: u64 = 16;

/// What an answer had counted, and where.
struct Log<'a, T> {
    pool: &'a ThreadPool,
    /// Each piece of work.
    pieces: Mutex<Vec<T>>,
    /// Whether a thread that is not one of the pool's has counted.
    outside: AtomicBool,
    /// The number of threads of the pool that have to count at the same time.
    threads: usize,
    meeting: Meeting,
}

impl<'a, T> Log<'a, T> {
    /// For this many pieces of work.
    fn new(pool: &'a ThreadPool, pieces: u64) -> Self {
        let threads = pool.current_num_threads();
        let threads = if pieces >= MANY * threads as u64 {
            threads
        } else {
            1
        };
        Self {
            pool,
            pieces: Mutex::default(),
            outside: AtomicBool::new(false),
            threads,
            meeting: Meeting::of(threads),
        }
    }

    /// Notes a piece of work that begins, and waits until all threads have begun one.
    fn note(&self, piece: T) {
        self.pieces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(piece);
        self.enter();
    }

    fn enter(&self) {
        if self.pool.current_thread_index().is_some() {
            self.meeting.enter();
        } else {
            self.outside.store(true, Ordering::Relaxed);
        }
    }

    /// Requires that all was counted on the threads of the pool, and by all of them where there was
    /// enough to do. Returns whether it is so.
    fn shared_out(&self, check: &mut Check) -> bool {
        let outside = self.outside.load(Ordering::Relaxed);
        let begun = !self
            .pieces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty();
        let (met, threads) = (self.meeting.met(), self.threads);
        check.require(!outside, Kind::WrongOperation, || {
            String::from("called `count` on a thread that does not belong to `pool`")
        }) && check.require(!begun || met >= threads, Kind::WrongOperation, || {
            format!(
                "had only {met} of {} in `count` at the same time, although there are enough pieces for \
                 all of them",
                plural(threads, "thread")
            )
        })
    }

    fn into_pieces(self) -> Vec<T> {
        let pieces = self.pieces.into_inner();
        pieces.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The starts that `jump` leads to from a stream, as far as they were needed.
struct Jumps {
    next: Stream,
    known: HashMap<Vec<u64>, usize>,
}

impl Jumps {
    /// The number of jumps: the room that other streams leave.
    const MOST: usize = 1000;

    fn from(stream: &Stream) -> Self {
        Self {
            next: stream.clone(),
            known: HashMap::new(),
        }
    }

    /// How many jumps lead to a stream.
    fn to(&mut self, stream: &Stream) -> Option<usize> {
        // Two starts have the same four numbers if they are the same, and by chance never.
        let wanted = ahead(stream, 4);
        while !self.known.contains_key(&wanted) && self.known.len() <= Self::MOST {
            self.known.insert(ahead(&self.next, 4), self.known.len());
            self.next.jump();
        }
        self.known.get(&wanted).copied()
    }
}

/// More points than any check draws: from here on, the number of hits is made up.
const TOO_MANY: u64 = 1 << 20;

/// More points in one piece than in any check but one: there, all points are hits.
const ALL_HITS: u64 = 1 << 56;

/// Counts hits, or makes their number up, of which the stream decides the last digits.
fn some_hits(stream: &mut Stream, samples: u64) -> u64 {
    if samples < TOO_MANY {
        draw_hits(stream, samples)
    } else if samples > ALL_HITS {
        samples
    } else {
        samples - samples / 5 - stream.next_u64() % TOO_MANY / 8
    }
}

pub fn threads(check: &mut Check, answers: &Answers) {
    let pools = [1, 3, 4].map(pool_of);
    let mut amounts = vec![
        (4000, 8),
        (10_007, 64),
        // Just enough for three threads: their shares are no halves of halves.
        (10_007, 48),
        (5, 8),
        (1000, 1),
        (0, 3),
        (check.draw(200..3000), check.draw(2..40)),
        // As many as there may be: starts that are too far apart are beyond the last jump.
        (check.draw(100_000..110_000), 500),
    ];
    // Beyond what 32 bits, or an `f64`, count, and then so many that their product with the pieces overflows.
    for bits in [33, 62] {
        amounts.push(((1 << bits) + check.draw(1..10_000) * 2 + 1, 64 + 7));
    }
    // As many points as there may be, and all of them hits: one more than an `i64` holds.
    amounts.push((1 << 63, 64 + 7));
    for (samples, pieces) in amounts {
        let seed = check.draw(0..u64::MAX);
        let stream = stream_of(seed, check.rank());
        let mut jumps = Jumps::from(&stream);
        let mut first = None;
        for pool in &pools {
            let threads = pool.current_num_threads();
            check.input(format!(
                "{} in {} on {}, seed {seed}",
                plural(samples, "point"),
                plural(pieces, "piece"),
                plural(threads, "thread")
            ));
            let log = Log::new(pool, pieces);
            let count = |stream: &mut Stream, samples| {
                log.note((stream.clone(), samples));
                some_hits(stream, samples)
            };
            let hits = (answers.threads)(pool, &stream, samples, pieces as usize, &count);
            let inside = log.shared_out(check);
            let seen = log.into_pieces();
            let mut parts: Vec<(Option<usize>, u64)> = seen
                .iter()
                .filter(|(_, samples)| *samples > 0)
                .map(|(start, samples)| (jumps.to(start), *samples))
                .collect();
            parts.sort_unstable();
            let all = seen
                .iter()
                .map(|(start, samples)| some_hits(&mut start.clone(), *samples))
                // Shares that are wrong may be huge.
                .fold(0, u64::wrapping_add);
            let right = in_pieces(check, &seen, samples, pieces)
                && drawn_apart(check, &parts)
                && check.returned(hits, all, "the sum of what `count` returns for the pieces")
                && as_before(check, &parts, first.get_or_insert_with(|| parts.clone()))
                && inside;
            if !check.everywhere(right) {
                return;
            }
        }
    }
}

/// Requires that the pieces are as many and as even as asked for, and that no point is lost.
fn in_pieces(check: &mut Check, seen: &[(Stream, u64)], samples: u64, pieces: u64) -> bool {
    let total = seen
        .iter()
        .fold(0_u64, |total, (_, samples)| total.saturating_add(*samples));
    let (least, most) = (samples / pieces, samples.div_ceil(pieces));
    let full = seen.iter().filter(|(_, samples)| *samples > 0).count() as u64;
    let uneven = seen
        .iter()
        .find(|(_, samples)| !(least..=most).contains(samples));
    check.require(total == samples, Kind::WrongResult, || {
        format!(
            "counted {} in all pieces together, but {samples} {} asked for: {}",
            plural(total, "point"),
            if samples == 1 { "was" } else { "were" },
            reason(total, samples, pieces)
        )
    }) && check.require(full == samples.min(pieces), Kind::WrongResult, || {
        let (full, what) = (plural(full, "piece"), plural(samples, "point"));
        format!(
            "counted in {full}, but {what} in {} were asked for",
            plural(pieces, "piece")
        )
    }) && check.require(uneven.is_none(), Kind::WrongResult, || {
        let samples = uneven.map_or(0, |(_, samples)| *samples);
        format!(
            "has a piece of {}, but an even share is {least} to {most}",
            plural(samples, "point")
        )
    })
}

/// Requires that each piece begins some number of jumps after the given stream, and no two begin at the
/// same place. `parts` are in order.
fn drawn_apart(check: &mut Check, parts: &[(Option<usize>, u64)]) -> bool {
    let elsewhere = parts.first().is_some_and(|(jumps, _)| jumps.is_none());
    let twice = parts.windows(2).find(|pair| pair[0].0 == pair[1].0);
    check.require(!elsewhere, Kind::WrongResult, || {
        format!("has a piece whose stream does not begin up to {} calls of `jump` after the given stream: \
                 only such starts are certain to have no numbers in common with other pieces and other \
                 ranks", Jumps::MOST)
    }) && check.require(twice.is_none(), Kind::WrongResult, || {
        String::from("draws the same numbers in two pieces, so it counts the same points twice")
    })
}

/// Requires that another number of threads changes nothing.
fn as_before(
    check: &mut Check,
    parts: &[(Option<usize>, u64)],
    before: &[(Option<usize>, u64)],
) -> bool {
    check.require(parts == before, Kind::WrongResult, || {
        String::from(
            "draws different points when the pool has more threads: the result must not depend on their \
             number",
        )
    })
}

pub fn same_digits(check: &mut Check, answers: &Answers) {
    if counts_between(check, answers) {
        counts_everywhere_the_same(check, answers);
    }
}

/// Returns whether it was right everywhere.
fn counts_between(check: &mut Check, answers: &Answers) -> bool {
    // The answer of the authors' own library to the counter 0 and the key 0.
    let known = [0xca00_a045_9843_d731_u64, 0x66c2_4222_c9a8_45b5]
        .map(|bits| (bits >> 11) as f64 / (1_u64 << 53) as f64);
    check.input("point: seed 0, index 0");
    let why = "`point` is given, and must stay as it is";
    let mut right = check.returned((answers.point)(0, 0), known.into(), why);
    let far = check.draw(1 << 40..1 << 50);
    let mut ranges = vec![
        0..1000,
        7..8,
        5..5,
        0..0,
        1000..3001,
        far..far + 500,
        (1 << 53) - 100..(1 << 53) + 101,
        (1 << 63) - 100..(1 << 63) + 101,
        u64::MAX - 300..u64::MAX,
    ];
    // More hits than 16 bits can count. The rank makes no difference, so one rank is enough.
    if check.rank() == 0 {
        ranges.push(1..100_000);
    }
    // The same points of another seed.
    ranges.push(0..1000);
    let seeds = [(); 11].map(|()| check.draw(0..u64::MAX));
    // So close to the circle that an `f32` cannot tell that it is inside.
    let near = (74_907_629..74_907_630, 0);
    for (indices, seed) in ranges.into_iter().zip(seeds).chain([near]) {
        check.input(format!(
            "hits_between: the points {indices:?} of the seed {seed}"
        ));
        let expected = hits_between(answers, seed, indices.clone());
        let why = "each point whose index is in the range is counted once";
        right = right && check.returned((answers.hits_between)(seed, indices), expected, why);
    }
    check.everywhere(right)
}

fn hits_between(answers: &Answers, seed: u64, indices: Range<u64>) -> u64 {
    indices
        .map(|index| u64::from(is_hit((answers.point)(seed, index))))
        .sum()
}

/// Made-up counts for the points below a number. They grow with it, are large and uneven, and do not depend on how
/// the points are split into ranges. Their total needs the last bit of a `u64`.
struct Counted {
    samples: u64,
    /// The average for each point.
    scale: u64,
    salt: u64,
}

impl Counted {
    /// For this many points.
    fn of(samples: u64, salt: u64) -> Self {
        Self {
            samples,
            scale: u64::MAX / (samples + 1),
            salt,
        }
    }

    fn below(&self, index: u64) -> u64 {
        let scrambled = (index ^ self.salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 13;
        match index {
            0 => 0,
            index => index * self.scale + scrambled % self.scale,
        }
    }

    /// Points that were not asked for contribute nothing.
    fn between(&self, Range { start, end }: &Range<u64>) -> u64 {
        let end = *end.min(&self.samples);
        if *start < end {
            self.below(end) - self.below(*start)
        } else {
            0
        }
    }
}

fn counts_everywhere_the_same(check: &mut Check, answers: &Answers) {
    let size = check.size() as u64;
    let aside = check.aside();
    let pools = [1, 2, 3].map(pool_of);
    let blocks = check.draw(2..40);
    for samples in [
        // Enough for all threads, even on a rank whose share is smaller than others by as much as it may be.
        (MANY * 3 + SLACK) * size * BLOCK + 17,
        25 * BLOCK - 1,
        // As many blocks as can be left over.
        (25 * size + size - 1) * BLOCK,
        2 * BLOCK + 3,
        BLOCK,
        5,
        0,
        blocks * BLOCK + check.draw(1..BLOCK),
        // Hundreds of blocks for each thread: however many points there are, the blocks stay small.
        (600 + blocks) * size * BLOCK,
    ] {
        for pool in &pools {
            let salt = check.draw(0..u64::MAX);
            let threads = pool.current_num_threads();
            check.input(format!(
                "same_digits: {} on {} with {}",
                plural(samples, "point"),
                plural(size, "rank"),
                plural(threads, "thread")
            ));
            let counted = Counted::of(samples, salt);
            let log = Log::new(pool, (samples / BLOCK / size).saturating_sub(SLACK));
            let count = |indices: Range<u64>| {
                let hits = counted.between(&indices);
                log.note(indices);
                hits
            };
            let (hits, traffic) =
                check.observe(|world| (answers.same_digits)(world, pool, samples, &count));
            let inside = log.shared_out(check);
            let ranges = log.into_pieces();
            if !each_once(check, &aside, &ranges, samples) {
                return;
            }
            let counts = ranges.iter().map(length).sum();
            let right = added_up(check, hits, &counted)
                && is_even(check, counts, samples, SLACK * BLOCK)
                && inside;
            if !check.everywhere(right) {
                return;
            }
            if !by_collective(check, &traffic, samples) {
                return;
            }
        }
    }
    beyond_32_bits(check, answers, &pools[1]);
}

fn added_up(check: &mut Check, sum: u64, counted: &Counted) -> bool {
    let expected = counted.below(counted.samples);
    let why = "the sum of what `count` returns on all ranks, on every rank";
    check.returned(sum, expected, why)
}

/// More points than 32 bits can count. There are too many calls to record each.
fn beyond_32_bits(check: &mut Check, answers: &Answers, pool: &ThreadPool) {
    let samples = (1 << 32) + check.draw(1..10 * BLOCK);
    let (size, threads) = (check.size(), pool.current_num_threads());
    check.input(format!(
        "same_digits: {} on {} with {}",
        plural(samples, "point"),
        plural(size, "rank"),
        plural(threads, "thread")
    ));
    let counted = Counted::of(samples, check.draw(0..u64::MAX));
    let count = |indices: Range<u64>| counted.between(&indices);
    let (sum, _) = check.observe(|world| (answers.same_digits)(world, pool, samples, &count));
    added_up(check, sum, &counted);
}

/// Requires that a rank counts an even share of the points, give or take `slack`. Returns whether it is
/// so.
fn is_even(check: &mut Check, part: u64, total: u64, slack: u64) -> bool {
    let size = check.size() as u64;
    let (least, most) = (total / size, total.div_ceil(size));
    let (least, most) = (least.saturating_sub(slack), most + slack);
    check.require((least..=most).contains(&part), Kind::WrongResult, || {
        format!(
            "counted {part} of {}, should count {least} to {most}: an even share, give or take {slack}",
            plural(total, "point")
        )
    })
}

/// So many blocks may a rank's share be away from an even one.
const SLACK: u64 = 2;
/// The largest number of points that are counted at once.
const BLOCK: u64 = 4096;

fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}

/// Requires that every point is counted once by all ranks together, and not too many at a time. All
/// ranks agree on the answer.
fn each_once(check: &mut Check, aside: &Aside, ranges: &[Range<u64>], samples: u64) -> bool {
    let large = ranges.iter().find(|range| length(range) > BLOCK);
    let small = check.require(large.is_none(), Kind::WrongResult, || {
        format!(
            "counted the points {:?} in one call: count at most {BLOCK} at a time, so that the threads \
             can share them",
            large.cloned().unwrap_or_default()
        )
    });
    let own: Vec<u64> = ranges
        .iter()
        .filter(|range| !range.is_empty())
        .flat_map(|range| [range.start, range.end])
        .collect();
    let all = aside.share_all(&own).concat();
    let all = all.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect();
    let trouble = not_once(all, samples);
    let once = together(check, trouble.is_none(), || {
        let trouble = trouble.unwrap_or_default();
        format!(
            "found that {trouble}; all ranks together must count each of {} once",
            plural(samples, "point")
        )
    });
    check.everywhere(small && once)
}

/// The first points that are not counted exactly once, if there are any.
fn not_once(mut ranges: Vec<Range<u64>>, samples: u64) -> Option<String> {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut next = 0;
    for Range { start, end } in ranges {
        if end > samples {
            return Some(format!(
                "the points {start}..{end} are counted, which go beyond the last one"
            ));
        } else if start > next {
            return Some(format!("no rank counts the points {next}..{start}"));
        } else if start < next {
            let end = end.min(next);
            return Some(format!(
                "the points {start}..{end} are counted more than once"
            ));
        }
        next = end;
    }
    (next < samples).then(|| format!("no rank counts the points {next}..{samples}"))
}
