//! The checks of the tasks that share work out: which part went to which thread.

use super::{Answers, Roll, all_met, leave_last, lock};
use harness::{
    Check, Kind,
    patience::{BRIEF, Meeting, patiently},
    plural,
};
use std::{
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, ThreadId},
};

pub fn spawn(check: &mut Check, answers: &Answers) {
    let drawn = (check.draw(2..9), check.draw(1000..100_000));
    let cases = [(1, 5), (2, 10), (3, 10), (4, 9), (7, 100), (5, 3), (4, 0)];
    for (threads, length) in cases.into_iter().chain([drawn]) {
        let first = check.draw(1..1_000_000);
        let numbers: Vec<u64> = (first..).take(length).collect();
        let (what, by) = (plural(length, "number"), plural(threads, "thread"));
        check.input(format!("{what}, {by}"));
        if !shared_out(check, answers, &numbers, threads) {
            return;
        }
    }
}

/// What the check's work makes of a part: it differs for parts that differ in any number, or in their
/// order, and is 0 only for none.
fn digest(part: &[u64]) -> u64 {
    part.iter()
        .fold(0, |sum, number| sum.wrapping_mul(31).wrapping_add(*number))
}

fn shared_out(check: &mut Check, answers: &Answers, numbers: &[u64], threads: usize) -> bool {
    let (roll, meeting) = (Roll::default(), Meeting::of(threads));
    let (parts, left) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    let work = |part: &[u64]| {
        roll.sign();
        lock(&parts).push(part.to_vec());
        meeting.enter();
        if part.first() == numbers.first() {
            leave_last(&left, threads - 1);
        }
        left.fetch_add(1, SeqCst);
        digest(part)
    };
    let results = (answers.spawn)(numbers, threads, &work);
    let mut parts = parts.into_inner().unwrap_or_default();
    parts.sort();
    let lengths: Vec<usize> = parts.iter().map(Vec::len).collect();

    let why = "`work` is called once for each part, also for one without numbers";
    let right = check.holds("calls", parts.len(), threads, why)
        && check.require(parts.concat() == numbers, Kind::WrongResult, || {
            format!(
                "made parts with the lengths {lengths:?}, which are not the {} one after another: a \
                 part begins where the one before it ends, and the last ends at the end",
                plural(numbers.len(), "number")
            )
        })
        && check.require(even(&lengths), Kind::WrongResult, || {
            format!(
                "made parts of {lengths:?} numbers: spread the remainder, so that none is more than \
                 one number longer than another"
            )
        });
    if !right {
        return false;
    }
    // Where the empty parts stand is the answer's choice.
    let expected: Vec<u64> = parts
        .iter()
        .map(|part| digest(part))
        .filter(nonzero)
        .collect();
    let found: Vec<u64> = results.iter().copied().filter(nonzero).collect();
    let why = "join the threads in the order of their parts";
    check.returned(results.len(), threads, "one result for each part")
        && check.returned(found, expected, why)
        && all_met(
            check,
            meeting.met(),
            threads,
            "threads at work",
            "start all of them before you join the first (an iterator is lazy: collect the handles)",
        )
        && check.holds("threads", roll.threads(), threads, "each part has its own")
}

fn even(lengths: &[usize]) -> bool {
    let (shortest, longest) = (lengths.iter().min(), lengths.iter().max());
    shortest
        .zip(longest)
        .is_none_or(|(shortest, longest)| longest - shortest <= 1)
}

fn nonzero(result: &u64) -> bool {
    *result != 0
}

/// So many threads are in the pool, however many cores the machine has.
const POOL: usize = 4;
/// From so many numbers on, all of them must take part.
const ENOUGH: usize = 10_000;

pub fn rayon(check: &mut Check, answers: &Answers) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(POOL).build();
    let Ok(pool) = pool else {
        check.require(false, Kind::Crash, || "could not start four threads".into());
        return;
    };
    let drawn = check.draw(ENOUGH..2 * ENOUGH);
    for (length, least) in [
        (0, 0),
        (1, 0),
        (1, 9999),
        (2, -400),
        (drawn, 500),
        (drawn, -4000),
    ] {
        let (factor, summand) = (2 * check.draw(0..2) - 1, check.draw(-9..10));
        let map = |number: i64| 3 * factor * number + summand;
        let mut numbers = check.draw_vec(length, -1000..1000);
        if let Some(first) = numbers.first_mut() {
            // No other becomes so large.
            *first = 2000 * factor;
        }
        let numbers_given = plural(length, "number");
        check.input(format!(
            "{numbers_given}, of which values from {least} on are kept"
        ));
        if !pool.install(|| Steps::new(&numbers).are_parallel(check, answers, &map, least)) {
            return;
        }
    }
}

/// What the check sees of a parallel iterator: its first two steps.
struct Steps<'a> {
    numbers: &'a [i64],
    /// How many threads must meet in each step.
    threads: usize,
    mapping: Meeting,
    keeping: Meeting,
    maps: Roll,
    keeps: Roll,
    /// The thread that had the largest value in the second step.
    ahead: OnceLock<ThreadId>,
    /// Who has gone on to another number since then.
    later: Roll,
    /// How many they were when it did not wait any longer.
    pause: OnceLock<usize>,
}

impl<'a> Steps<'a> {
    fn new(numbers: &'a [i64]) -> Self {
        let threads = if numbers.len() < ENOUGH { 0 } else { POOL };
        Self {
            numbers,
            threads,
            mapping: Meeting::of(threads),
            keeping: Meeting::of(threads),
            maps: Roll::default(),
            keeps: Roll::default(),
            ahead: OnceLock::new(),
            later: Roll::default(),
            pause: OnceLock::new(),
        }
    }

    fn are_parallel(
        &self,
        check: &mut Check,
        answers: &Answers,
        map: &(dyn Fn(i64) -> i64 + Sync),
        least: i64,
    ) -> bool {
        let values = || self.numbers.iter().map(|number| map(*number));
        let (smallest, largest) = (
            values().filter(|value| *value >= least).min(),
            values().max(),
        );
        let found = (answers.rayon)(
            self.numbers,
            &|number| {
                self.map();
                map(number)
            },
            &|value| {
                self.keep(Some(value) == largest);
                value >= least
            },
        );
        let expected = smallest.zip(largest);
        let why = "the smallest and the largest of all values that are kept, none if there is none";
        check.returned(found, expected, why)
            && (self.threads == 0 || self.took_one_pass(check))
            && [("map", &self.mapping), ("keep", &self.keeping)]
                .iter()
                .all(|(step, meeting)| {
                    let threads = format!("threads of the pool in `{step}`");
                    let why = "every step from `par_iter` to the reduction is one for all threads";
                    all_met(check, meeting.met(), self.threads, &threads, why)
                })
    }

    fn took_one_pass(&self, check: &mut Check) -> bool {
        let (maps, keeps, length) = (self.maps.times(), self.keeps.times(), self.numbers.len());
        check.require((maps, keeps) == (length, length), Kind::WrongOperation, || {
            format!(
                "called `map` {} and `keep` {} for {}: one pass is enough for the smallest and the \
                 largest",
                plural(maps, "time"),
                plural(keeps, "time"),
                plural(length, "number")
            )
        })
    }

    fn map(&self) {
        self.maps.sign();
        self.mapping.enter();
        if self.ahead.get().is_some() {
            self.later.sign();
        }
        if self.ahead.get() == Some(&thread::current().id()) {
            self.pause
                .get_or_init(|| patiently(BRIEF, self.threads, || self.later.threads()));
        }
    }

    /// Lets the thread with the largest value go first to the next number, and wait there until the
    /// others have followed: if they write what they knew before, the largest is lost.
    fn keep(&self, is_largest: bool) {
        self.keeps.sign();
        let is_early = self.keeps.times() <= self.threads;
        self.keeping.enter();
        if is_largest {
            self.ahead.get_or_init(|| thread::current().id());
        } else if is_early {
            patiently(BRIEF, 1, || self.later.threads());
        }
    }
}
