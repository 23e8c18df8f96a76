//! The checks of the tasks that share work out among threads, and among ranks and threads.

use super::{
    Answers, ahead, by_collective, draw_hits, is_even, is_hit, of_all, stream_of, together,
};
use crate::subject::{BLOCK, Stream};
use harness_mpi::{Aside, Check, Kind, plural};
use rayon::{ThreadPool, ThreadPoolBuilder, Yield};
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

/// What an answer had counted, and where.
struct Log<'a, T> {
    pool: &'a ThreadPool,
    /// Each piece of work, and the thread of the pool that did it.
    pieces: Mutex<Vec<(T, Option<usize>)>>,
    /// Whether a piece has begun and waits for others.
    waiting: AtomicBool,
    /// Whether there was other work to do meanwhile.
    beside: AtomicBool,
}

impl<'a, T> Log<'a, T> {
    fn new(pool: &'a ThreadPool) -> Self {
        Self {
            pool,
            pieces: Mutex::default(),
            waiting: AtomicBool::new(false),
            beside: AtomicBool::new(false),
        }
    }

    /// Notes a piece of work that begins.
    ///
    /// Then it lets its thread do other work that waits in the pool, if there is any. So the check
    /// sees that pieces can run side by side also where there is only one core: either another thread
    /// has taken one, or one waits here.
    fn note(&self, piece: T) {
        let thread = self.pool.current_thread_index();
        self.pieces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((piece, thread));
        // One that waits is enough: if each did, many small pieces would need a deep stack.
        if self.waiting.swap(true, Ordering::Relaxed) {
            self.beside.store(true, Ordering::Relaxed);
        } else {
            if rayon::yield_now() == Some(Yield::Executed) {
                self.beside.store(true, Ordering::Relaxed);
            }
            self.waiting.store(false, Ordering::Relaxed);
        }
    }

    /// What was noted. How the threads shared it is added to what earlier runs have shown.
    fn read(self, sharing: &mut Sharing) -> Vec<T> {
        let pieces = self.pieces.into_inner();
        let pieces = pieces.unwrap_or_else(PoisonError::into_inner);
        let (pieces, threads): (Vec<T>, Vec<_>) = pieces.into_iter().unzip();
        sharing.outside |= threads.contains(&None);
        if threads.len() > 1 && self.pool.current_num_threads() > 1 {
            sharing.possible = true;
            sharing.seen |=
                self.beside.into_inner() || threads.iter().any(|thread| *thread != threads[0]);
        }
        pieces
    }
}

/// How threads shared the work of all runs. In one run, a thread may happen to be done with everything
/// before another has woken up.
#[derive(Default)]
struct Sharing {
    /// Something was counted outside the pool.
    outside: bool,
    /// There was a run with several pieces and several threads.
    possible: bool,
    /// In such a run, pieces could run side by side.
    seen: bool,
}

impl Sharing {
    fn judge(&self, check: &mut Check) {
        check.input("all runs together");
        let inside = check.require(!self.outside, Kind::WrongOperation, || {
            String::from("counts outside the pool: its threads have nothing to do")
        });
        let seen = self.seen || !self.possible;
        check.require(seen || !inside, Kind::WrongOperation, || {
            String::from(
                "counts one piece after another: nothing is left for the other threads of the pool",
            )
        });
    }
}

pub fn threads(check: &mut Check, answers: &Answers) {
    let pools = [1, 2, 4].map(pool_of);
    let (mut starts, mut sharing) = (HashMap::new(), Sharing::default());
    for (samples, pieces) in [(4000, 8), (10_007, 64), (5, 8), (1000, 1), (0, 3)] {
        let seed = check.draw(0..1_000_000);
        let stream = stream_of(seed, check.rank());
        let mut first = None;
        for pool in &pools {
            let threads = pool.current_num_threads();
            check.input(format!(
                "{} in {} on {}, seed {seed}",
                plural(samples, "point"),
                plural(pieces as u64, "piece"),
                plural(threads as u64, "thread")
            ));
            let log = Log::new(pool);
            let count = |stream: &mut Stream, samples| {
                log.note((stream.clone(), samples));
                draw_hits(stream, samples)
            };
            let hits = (answers.threads)(pool, &stream, samples, pieces, &count);
            let seen = log.read(&mut sharing);
            let again = first.is_some();
            let mut right = in_pieces(check, &seen, samples, pieces)
                && (again || drawn_apart(check, &seen, &mut starts));
            let all = seen
                .iter()
                .map(|(start, samples)| draw_hits(&mut start.clone(), *samples))
                .sum();
            let first = *first.get_or_insert(hits);
            right = right
                && check.returned(hits, all, "the sum of what `count` returns for the pieces")
                && check.returned(hits, first, "one more thread changes nothing");
            if !check.everywhere(right) {
                return;
            }
        }
    }
    sharing.judge(check);
}

/// Requires that the pieces are as many and as even as asked for, and that no point is lost.
fn in_pieces(check: &mut Check, seen: &[(Stream, u64)], samples: u64, pieces: usize) -> bool {
    let total: u64 = seen.iter().map(|(_, samples)| samples).sum();
    let (least, most) = (samples / pieces as u64, samples.div_ceil(pieces as u64));
    let full = seen.iter().filter(|(_, samples)| *samples > 0).count() as u64;
    let uneven = seen
        .iter()
        .find(|(_, samples)| !(least..=most).contains(samples));
    check.require(total == samples, Kind::WrongResult, || {
        format!(
            "counts {} in all pieces, {samples} were asked for: what about the remainder?",
            plural(total, "point")
        )
    }) && check.require(
        full == samples.min(pieces as u64),
        Kind::WrongResult,
        || {
            format!(
                "counts in {}, {pieces} were asked for",
                plural(full, "piece")
            )
        },
    ) && check.require(uneven.is_none(), Kind::WrongResult, || {
        let samples = uneven.map_or(0, |(_, samples)| *samples);
        format!(
            "has a piece of {}, the shares are from {least} to {most}: they are not even",
            plural(samples, "point")
        )
    })
}

/// Requires that no two pieces draw the same numbers, neither of this stream nor of those before it.
/// `drawn` has every number of those, and the stream that it belongs to.
fn drawn_apart(check: &mut Check, seen: &[(Stream, u64)], drawn: &mut HashMap<u64, usize>) -> bool {
    let mark = drawn.len();
    let mut twice = None;
    for (start, samples) in seen {
        for number in ahead(start, 2 * *samples as usize) {
            twice = twice.or(drawn.insert(number, mark));
        }
    }
    check.require(twice.is_none(), Kind::WrongResult, || {
        String::from(if twice == Some(mark) {
            "draws the same numbers in two pieces, and counts the same points twice"
        } else {
            "draws numbers that it has drawn for another stream too: the pieces' streams do not come from the one that is given"
        })
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
    for indices in [
        0..1000,
        7..8,
        5..5,
        1000..3001,
        far..far + 500,
        u64::MAX - 300..u64::MAX,
    ] {
        let seed = check.draw(0..1_000_000);
        check.input(format!(
            "hits_between: the points {indices:?} of the seed {seed}"
        ));
        let expected = hits_between(answers, seed, indices.clone());
        let why = "every point between has its number and is counted once";
        right = right && check.returned((answers.hits_between)(seed, indices), expected, why);
    }
    check.everywhere(right)
}

fn hits_between(answers: &Answers, seed: u64, indices: Range<u64>) -> u64 {
    indices
        .map(|index| u64::from(is_hit((answers.point)(seed, index))))
        .sum()
}

fn counts_everywhere_the_same(check: &mut Check, answers: &Answers) {
    let size = check.size() as u64;
    let aside = check.aside();
    let pools = [1, 2, 3].map(pool_of);
    let mut sharing = Sharing::default();
    for samples in [3 * size * BLOCK, 25 * BLOCK - 1, 2 * BLOCK + 3, 5, 0] {
        let seed = check.draw(0..1_000_000);
        for pool in &pools {
            let threads = pool.current_num_threads();
            check.input(format!(
                "same_digits: {} on {} with {}, seed {seed}",
                plural(samples, "point"),
                plural(size, "rank"),
                plural(threads as u64, "thread")
            ));
            let log = Log::new(pool);
            let count = |indices: Range<u64>| {
                log.note(indices.clone());
                hits_between(answers, seed, indices.start..indices.end.min(samples))
            };
            let (hits, traffic) =
                check.observe(|world| (answers.same_digits)(world, pool, samples, &count));
            let ranges = log.read(&mut sharing);
            if !each_once(check, &aside, &ranges, samples) {
                return;
            }
            let own: u64 = ranges
                .iter()
                .map(|range| hits_between(answers, seed, range.clone()))
                .sum();
            let expected = of_all(&aside, own);
            let why = "the hits among all points, on every rank, however many there are";
            let mut right = check.returned(hits, expected, why);
            let counted = ranges.iter().map(length).sum();
            right = right && is_even(check, counted, samples, 2 * BLOCK, "counts");
            if !check.everywhere(right) {
                return;
            }
            by_collective(check, &traffic);
        }
    }
    sharing.judge(check);
}

fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}

/// Requires that every point is counted once by all ranks together, and not too many at a time. All
/// ranks agree on the answer.
fn each_once(check: &mut Check, aside: &Aside, ranges: &[Range<u64>], samples: u64) -> bool {
    let large = ranges.iter().find(|range| length(range) > BLOCK);
    let small = check.require(large.is_none(), Kind::WrongResult, || {
        format!("counts the points {:?} at once, at most {BLOCK} is asked for: so the threads can share them", large.cloned().unwrap_or_default())
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
        format!("sees that {trouble}; each of {samples} points is to be counted once")
    });
    check.everywhere(small && once)
}

/// The first points that are not counted exactly once, if there are any.
fn not_once(mut ranges: Vec<Range<u64>>, samples: u64) -> Option<String> {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut next = 0;
    for Range { start, end } in ranges {
        if end > samples {
            return Some(format!("the points {start}..{end} are counted"));
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
