//! The checks of the tasks that distribute work: which part went to which thread.

use super::{Answers, MANY_THREADS, Roll, all_met, leave_last, lock};
use harness::{
    Check, Kind,
    patience::{BRIEF, Meeting, patiently},
    plural,
};
use std::{
    collections::HashSet,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, ThreadId},
};

pub fn spawn(check: &mut Check, answers: &Answers) {
    let few = check.draw(2..9);
    let shapes: Vec<(usize, usize)> = [1, 4, few]
        .into_iter()
        .flat_map(|threads| {
            check
                .lengths(threads)
                .into_iter()
                .map(move |length| (threads, length))
        })
        .collect();
    // Each with a result that an answer could take for a missing one. The same shapes come again, with other
    // results: an earlier one would be wrong.
    let mut cases: Vec<(usize, usize, u64)> = [0, u64::MAX]
        .into_iter()
        .flat_map(|result| {
            shapes
                .iter()
                .map(move |(threads, length)| (*threads, *length, result))
        })
        .collect();
    // With a remainder.
    let long = few * check.draw(70_000 / few..100_000 / few) + check.draw(1..few);
    cases.push((few, long, 0));
    let threads = MANY_THREADS + check.draw(0..20);
    let length = check.draw(0..3) * threads + check.draw(1..threads);
    cases.push((threads, length, u64::MAX));
    let mut memory = Vec::new();
    for (threads, length, result) in cases {
        // In the same memory, as far as there is room.
        memory.clear();
        memory.extend(check.integers::<u64>(length));
        let (what, by) = (plural(length, "number"), plural(threads, "thread"));
        check.input(format!("{what}, {by}"));
        let part = cut(&memory, threads)[check.draw(0..threads)];
        let digest = Digest::draw(check).making(result, part);
        if !shared_out(check, answers, &memory, threads, digest, true) {
            return;
        }
    }
    check.input(format!(
        "{}, {threads} threads; `work` takes no time, so that a thread could do several parts",
        plural(memory.len(), "number")
    ));
    let digest = Digest::draw(check);
    shared_out(check, answers, &memory, threads, digest, false);
}

/// What the check's work makes of a part: it differs for parts that differ in any number, or in their
/// order, and is another in each call.
#[derive(Clone, Copy)]
struct Digest {
    start: u64,
    factor: u64,
    summand: u64,
}

impl Digest {
    fn draw(check: &mut Check) -> Self {
        Self {
            start: check.draw(1..u64::MAX),
            factor: 2 * check.draw(1 << 40..1 << 60) + 1,
            summand: 0,
        }
    }

    /// The same, but with this result for this part.
    fn making(self, result: u64, part: &[u64]) -> Self {
        Self {
            summand: result.wrapping_sub(self.of(part)),
            ..self
        }
    }

    fn of(self, part: &[u64]) -> u64 {
        let sum = part.iter().fold(self.start, |sum, number| {
            sum.wrapping_mul(self.factor).wrapping_add(*number)
        });
        sum.wrapping_add(self.summand)
    }
}

/// The expected parts: the first ones get the remainder, one number each.
fn cut(numbers: &[u64], threads: usize) -> Vec<&[u64]> {
    let (length, longer) = (numbers.len() / threads, numbers.len() % threads);
    let mut rest = numbers;
    (0..threads)
        .map(|part| {
            let (part, others) = rest.split_at(length + usize::from(part < longer));
            rest = others;
            part
        })
        .collect()
}

/// `together` if no part is done before all have begun.
fn shared_out(
    check: &mut Check,
    answers: &Answers,
    numbers: &[u64],
    threads: usize,
    digest: Digest,
    together: bool,
) -> bool {
    let expected = if together { threads } else { 0 };
    let (roll, meeting) = (Roll::default(), Meeting::of(expected));
    let (parts, left) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    let (right, last) = (cut(numbers, threads), OnceLock::new());
    let work = |part: &[u64]| {
        roll.sign();
        lock(&parts).push((part.as_ptr().addr(), part.to_vec()));
        meeting.enter();
        // Any of them, if several parts are equal.
        if together && part == right[0] && last.set(()).is_ok() {
            leave_last(&left, threads - 1);
        }
        left.fetch_add(1, SeqCst);
        digest.of(part)
    };
    let results = (answers.spawn)(numbers, threads, &work);
    let made: Vec<u64> = right.iter().map(|part| digest.of(part)).collect();
    let why = "what `work` returned for each part, in the order of the parts, of which the first \
               `length % threads` have one number more than the others";
    is_cut(
        check,
        parts.into_inner().unwrap_or_default(),
        numbers,
        &right,
    ) && check.returned(results.len(), threads, "one result for each part")
        && check.returned(results, made, why)
        && check.require(roll.threads() == threads, Kind::WrongOperation, || {
            format!(
                "called `work` for {} in {}: each part, even an empty one, gets a thread of its own",
                plural(threads, "part"),
                plural(roll.threads(), "thread")
            )
        })
        && all_met(
            check,
            meeting.met(),
            expected,
            "threads at work",
            "start all of them before you join the first (an iterator is lazy: collect the handles)",
        )
}

/// Whether `work` got the right parts, each once. Each comes with its address in memory.
fn is_cut(
    check: &mut Check,
    mut parts: Vec<(usize, Vec<u64>)>,
    numbers: &[u64],
    right: &[&[u64]],
) -> bool {
    // If they are not copies, this is their order.
    parts.sort();
    let mut parts: Vec<&[u64]> = parts.iter().map(|(_, part)| &part[..]).collect();
    let lengths = |parts: &[&[u64]]| parts.iter().map(|part| part.len()).collect::<Vec<_>>();
    let (found, expected) = (lengths(&parts), lengths(right));
    let is_whole = parts.concat() == numbers;
    let mut right = right.to_vec();
    parts.sort();
    right.sort();
    let why = "`work` is called once for each part, even for an empty one";
    if !check.holds("calls", parts.len(), right.len(), why) || parts == right {
        return parts == right;
    }
    check.require(false, Kind::WrongResult, || {
        let all = plural(numbers.len(), "number");
        if is_whole {
            format!(
                "split {all} into parts of lengths {found:?}, should be {expected:?}: the first `length % \
                 threads` parts have one number more than the others"
            )
        } else {
            format!(
                "made parts of lengths {found:?} that do not cover the {all} in order: each part begins \
                 where the one before it ends, and the last one ends at the end of the slice"
            )
        }
    })
}

/// The number of threads of the pool, whatever the number of cores.
const POOL: usize = 4;
/// The smallest number of numbers for which all threads must take part.
const ENOUGH: usize = 10_000;

pub fn rayon(check: &mut Check, answers: &Answers) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(POOL).build();
    let Ok(pool) = pool else {
        check.require(false, Kind::Crash, || {
            "could not be checked, because the check could not start four threads".into()
        });
        return;
    };
    let members: HashSet<ThreadId> = pool
        .broadcast(|_| thread::current().id())
        .into_iter()
        .collect();
    let short = check.draw(3..40);
    let long = [ENOUGH, ENOUGH, 70_000].map(|least| check.draw(least..least + ENOUGH));
    let [one, other, longest] = long;
    let cases = [
        Case::draw(check, 0),
        Case::positive(check, short),
        Case::of_one(check, i64::MAX),
        Case::of_one(check, i64::MIN),
        Case::draw(check, 1),
        Case::draw(check, 2),
        Case::draw(check, short),
        Case::draw(check, short),
        Case::draw(check, short).without(),
        Case::draw(check, ENOUGH),
        Case::draw(check, one).ahead(check, i64::MAX),
        Case::draw(check, other).ahead(check, i64::MIN),
        Case::draw(check, longest),
    ];
    for case in cases {
        check.input(format!(
            "{}; `keep` accepts {} of the values",
            plural(case.values.len(), "number"),
            case.values
                .iter()
                .filter(|value| case.keeps(**value))
                .count()
        ));
        let numbers = case.numbers();
        let members = &members;
        if !pool.install(|| Steps::new(&case, members).are_parallel(check, answers, &numbers)) {
            return;
        }
    }
}

/// An input: the values that `map` is to make, and which of them are kept.
struct Case {
    values: Vec<i64>,
    /// `map` exchanges these bits, so that every number has a value of any size.
    key: i64,
    /// How many of 16 values are kept, as if by chance.
    share: u64,
    factor: u64,
    /// Only positive values are kept.
    positive: bool,
    /// The value whose thread goes ahead of the others, with the first number.
    ahead: Option<i64>,
}

impl Case {
    fn draw(check: &mut Check, length: usize) -> Self {
        Self {
            values: check.integers(length),
            key: check.draw(i64::MIN..i64::MAX),
            share: check.draw(3..17),
            factor: 2 * check.draw(1 << 60..1 << 62) + 1,
            positive: false,
            ahead: None,
        }
    }

    /// A single value, which is kept.
    fn of_one(check: &mut Check, value: i64) -> Self {
        Self {
            values: vec![value],
            share: 16,
            ..Self::draw(check, 0)
        }
    }

    /// Nothing is kept.
    fn without(self) -> Self {
        Self { share: 0, ..self }
    }

    /// All values are positive and kept, and none of the numbers is positive.
    fn positive(check: &mut Check, length: usize) -> Self {
        let mut case = Self::draw(check, length);
        for value in &mut case.values {
            *value = value.checked_abs().unwrap_or(i64::MAX).max(1);
        }
        Self {
            key: i64::MIN,
            share: 16,
            positive: true,
            ..case
        }
    }

    /// An extreme value comes once, at the very beginning, and all are kept.
    fn ahead(mut self, check: &mut Check, extreme: i64) -> Self {
        for value in &mut self.values {
            if *value == extreme {
                *value = check.draw(-9..10);
            }
        }
        self.values[0] = extreme;
        Self {
            share: 16,
            ahead: Some(extreme),
            ..self
        }
    }

    fn numbers(&self) -> Vec<i64> {
        // Exchanging bits twice changes nothing.
        self.values.iter().map(|value| self.map(*value)).collect()
    }

    fn map(&self, number: i64) -> i64 {
        number ^ self.key
    }

    fn keeps(&self, value: i64) -> bool {
        let chance = (value as u64).wrapping_mul(self.factor) >> 60;
        chance < self.share && (!self.positive || value > 0)
    }
}

/// What the check observes of a parallel iterator: its first two steps.
struct Steps<'a> {
    case: &'a Case,
    /// The threads of the pool that the answer is called in.
    members: &'a HashSet<ThreadId>,
    /// The number of threads that must meet in each step.
    threads: usize,
    mapping: Meeting,
    keeping: Meeting,
    maps: Roll,
    keeps: Roll,
    /// The thread that had the value that goes ahead in the second step.
    ahead: OnceLock<ThreadId>,
    /// The threads that have gone on to another number since then.
    later: Roll,
    /// How many there were when it stopped waiting.
    pause: OnceLock<usize>,
}

impl<'a> Steps<'a> {
    fn new(case: &'a Case, members: &'a HashSet<ThreadId>) -> Self {
        let threads = if case.values.len() < ENOUGH { 0 } else { POOL };
        Self {
            case,
            members,
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

    fn are_parallel(&self, check: &mut Check, answers: &Answers, numbers: &[i64]) -> bool {
        let kept = || {
            self.case
                .values
                .iter()
                .filter(|value| self.case.keeps(**value))
        };
        let expected = kept().min().copied().zip(kept().max().copied());
        let found = (answers.rayon)(
            numbers,
            &|number| {
                self.map();
                self.case.map(number)
            },
            &|value| {
                self.keep(value);
                self.case.keeps(value)
            },
        );
        let why = "the smallest and the largest of the values that `keep` accepts, or `None` if there is \
                   no such value";
        check.returned(found, expected, why)
            && self.took_one_pass(check)
            && self.stayed_in_the_pool(check)
            && [("map", &self.mapping), ("keep", &self.keeping)]
                .iter()
                .all(|(step, meeting)| {
                    let threads = format!("threads of the pool in `{step}`");
                    let why = "every step, from `par_iter` to the reduction, must be a step of the \
                               parallel iterator";
                    all_met(check, meeting.met(), self.threads, &threads, why)
                })
    }

    fn took_one_pass(&self, check: &mut Check) -> bool {
        let (maps, keeps, length) = (
            self.maps.times(),
            self.keeps.times(),
            self.case.values.len(),
        );
        check.require(
            (maps, keeps) == (length, length),
            Kind::WrongOperation,
            || {
                let why = if maps > length || keeps > length {
                    "one pass is enough to find both the smallest and the largest"
                } else {
                    "map every number and test every value, even if two are equal"
                };
                format!(
                    "called `map` {} and `keep` {} for {}: {why}",
                    plural(maps, "time"),
                    plural(keeps, "time"),
                    plural(length, "number")
                )
            },
        )
    }

    fn stayed_in_the_pool(&self, check: &mut Check) -> bool {
        let strangers = |roll: &Roll| roll.threads_beside(self.members);
        let strangers = strangers(&self.maps).max(strangers(&self.keeps));
        check.require(strangers == 0, Kind::WrongOperation, || {
            format!(
                "worked in {} that {} not in the pool in which it was called: `par_iter` uses that pool \
                 by itself, so build no other pool and start no threads",
                plural(strangers, "thread"),
                if strangers == 1 { "is" } else { "are" }
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

    /// Lets the thread with the extreme value go first to the next number, and wait there until the
    /// others have followed: if they write what they knew before, the extreme is lost.
    fn keep(&self, value: i64) {
        self.keeps.sign();
        let is_early = self.keeps.times() <= self.threads;
        self.keeping.enter();
        if Some(value) == self.case.ahead {
            self.ahead.get_or_init(|| thread::current().id());
        } else if is_early && self.case.ahead.is_some() {
            patiently(BRIEF, 1, || self.later.threads());
        }
    }
}
