//! The checks of what goes to which rank, and to which thread.

use super::{
    Answers, TWELVE, close,
    exact::{self, cancelling},
    own_rows, shape,
};
use crate::subject::{Callers, Sum};
use harness::patience::Meeting;
use harness_mpi::{Check, Kind, Traffic, plural};
use mpi::Threading;
use ndarray::{Array2, ArrayView1};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

pub fn blocks(check: &mut Check, answers: &Answers) {
    let drawn = (check.draw(50..1000), check.draw(8..50));
    let cases = [
        (12, 4),
        (13, 4),
        (15, 4),
        (7, 7),
        (3, 5),
        (1, 6),
        (0, 3),
        (9, 1),
    ];
    for (rows, ranks) in cases.into_iter().chain([drawn]) {
        for rank in 0..ranks {
            let (what, by) = (plural(rows, "row"), plural(ranks, "rank"));
            check.input(format!("blocks: {what}, {by}, rank {rank}"));
            let range = (answers.blocks)(rows, ranks, rank);
            let (first, length) = own_rows(rows, ranks, rank);
            let why =
                "one block begins where the one before it ends, and the first ones take the rest";
            // An empty block has no place that would matter, as long as it can be cut out.
            let right = if length == 0 {
                check.computed(range.len(), 0, "no rows are left for it")
                    && check.require(range.end <= rows, Kind::WrongResult, || {
                        format!("returned {range:?}, which does not lie within 0..={rows}")
                    })
            } else {
                check.computed(range, first..first + length, why)
            };
            if !right {
                return;
            }
        }
    }
}

/// Shapes that divide and that do not, with fewer rows than ranks, with one, with none, and with more
/// bytes than MPI sends without being asked for.
fn shapes(size: usize) -> [(usize, usize); 7] {
    [
        (2 * size + 1, 3),
        (3 * size, 2),
        (3 * size - 1, 1),
        (1, 4),
        (size - 1, 5),
        (0, 3),
        (101, 499),
    ]
}

pub fn scatter(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for (rows, columns) in shapes(size) {
        let numbers = check.fractions(rows * columns);
        let all = exact::matrix(numbers, rows, columns);
        let (what, by) = (shape(rows, columns), plural(size, "rank"));
        check.input(format!("{what}, {by}"));
        let given = (rank == 0).then(|| all.view());
        let (mine, traffic) = check.observe(|world| (answers.scatter)(world, given));
        let (first, own) = own_rows(rows, size, rank);
        let why =
            "(rows, columns): the first ranks have one row more; without rows, columns remain";
        let right = check.returned(mine.dim(), (own, columns), why) && {
            let numbers: Vec<f64> = mine.iter().copied().collect();
            let expected = all.iter().skip(first * columns).take(own * columns);
            let why = "counts and starts are in numbers, not in rows";
            check.returned(numbers, expected.copied().collect(), why)
        };
        if !check.everywhere(right) {
            return;
        }
        gets_only_its_own(check, &traffic, own * columns);
    }
}

/// Requires that this rank was sent its own numbers and little else, by whatever calls.
fn gets_only_its_own(check: &mut Check, traffic: &Traffic, numbers: usize) {
    let (rank, size) = (check.rank(), check.size());
    let got = traffic.moves(rank).got;
    // On rank 0 the numbers are already; the rest is for shapes and sums.
    let enough = 8 * numbers as u64 + 100 + 60 * size as u64;
    if rank > 0 {
        let why = "a rank needs its own rows and the shape, not the rows of others";
        check.at_most("bytes sent to this rank", got, enough, why);
    }
}

/// So many threads are in the pool, however many cores the machine has.
const POOL: usize = 3;
/// From so many rows on, all of them must take part.
const MANY: usize = 60;

/// A pool; without one the task fails.
fn pool(check: &mut Check) -> Option<ThreadPool> {
    let pool = ThreadPoolBuilder::new().num_threads(POOL).build().ok();
    let what = || format!("could not start {POOL} threads");
    check.require(pool.is_some(), Kind::Crash, what);
    pool
}

/// Adds rows up for an answer, and sees who does it.
struct Adder {
    meeting: Meeting,
    rows: AtomicUsize,
}

impl Adder {
    /// Of so many threads.
    fn of(threads: usize) -> Self {
        Self {
            meeting: Meeting::of(threads),
            rows: AtomicUsize::new(0),
        }
    }

    fn sum_row(&self, row: ArrayView1<'_, f64>) -> Sum {
        self.rows.fetch_add(1, SeqCst);
        self.meeting.enter();
        exact::sum_row(row)
    }

    /// Requires that each row was added up once, and that so many threads did it.
    fn shared_out(&self, check: &mut Check, rows: usize, threads: usize) -> bool {
        let (calls, met) = (self.rows.load(SeqCst), self.meeting.met());
        check.require(calls == rows, Kind::WrongOperation, || {
            format!(
                "called `sum_row` {}, and has {} of its own: each rank adds up its own rows, each of \
                 them once",
                plural(calls, "time"),
                plural(rows, "row")
            )
        }) && check.require(met >= threads, Kind::WrongOperation, || {
            format!(
                "had {met} of {} in `sum_row` at the same time: a parallel iterator \
                 over the rows lets all threads of the pool take part",
                plural(threads, "thread")
            )
        })
    }
}

pub fn threads(check: &mut Check, answers: &Answers) {
    let right = levels(check, answers) && merge(check, answers);
    let Some(pool) = right.then(|| pool(check)).flatten() else {
        return;
    };
    for (rows, columns) in [
        (5, 4),
        (1, 9),
        (0, 3),
        (MANY, 7),
        (301, 1000),
        (MANY + 1, 11),
    ] {
        let numbers = if rows > MANY {
            cancelling(check, rows * columns)
        } else {
            check.fractions(rows * columns)
        };
        let expected = exact::sum(numbers.iter().copied());
        let matrix = exact::matrix(numbers, rows, columns);
        check.input(format!("threads: {}, {POOL} threads", shape(rows, columns)));
        let adder = Adder::of(if rows < MANY { 1 } else { POOL });
        let answer = || (answers.threads)(matrix.view(), &|row| adder.sum_row(row)).value();
        let why = "the sum of all rows; the threads' sums are joined so that nothing is lost";
        let sum = pool.install(answer);
        let least = if rows < MANY { 0 } else { POOL };
        if !check.close(sum, expected, TWELVE, why) || !adder.shared_out(check, rows, least) {
            return;
        }
    }
}

/// Returns whether it was right for all callers and all levels.
fn levels(check: &mut Check, answers: &Answers) -> bool {
    let callers = [
        Callers::Only,
        Callers::Main,
        Callers::OneAtATime,
        Callers::Any,
    ];
    let levels = [
        Threading::Single,
        Threading::Funneled,
        Threading::Serialized,
        Threading::Multiple,
    ];
    let all = (0..4).flat_map(|needed| (0..4).map(move |provided| (needed, provided)));
    all.into_iter().all(|(needed, provided)| {
        let (callers, provides) = (callers[needed], levels[provided]);
        check.input(format!("enough: {callers:?} with {provides:?}"));
        let why = "a level allows what it says, and all that a lower one allows";
        check.returned((answers.enough)(callers, provides), provided >= needed, why)
    })
}

/// Returns whether it was right.
fn merge(check: &mut Check, answers: &Answers) -> bool {
    let large = check.draw(1.0..2.0) * 1e20;
    for length in [1, 0, 100] {
        let small = check.fractions(length);
        check.input(format!(
            "merge: the sums of {}, {large:e} and its opposite",
            plural(length, "number")
        ));
        let [one, two, three] =
            [&small[..], &[large, 1.5], &[0.25, -large]].map(|part| exact::sum_row(part.into()));
        let expected = exact::sum(small.iter().copied().chain([1.5, 0.25]));
        let why = "what either part has lost, and what adding the totals loses, belongs to the sum";
        let join = answers.merge;
        let sums = [
            join(join(one, two), three),
            join(three, join(two, one)),
            join(join(two, three), one),
        ];
        let right = |sum: &Sum| check.close(sum.value(), expected, TWELVE, why);
        if !sums.iter().all(right) {
            return false;
        }
    }
    true
}

pub fn mean(check: &mut Check, answers: &Answers) {
    // The answer runs on the main thread, as MPI may ask for, and so in the pool for all. A pool
    // that is there already is from an earlier task, and the same.
    let _ = ThreadPoolBuilder::new().num_threads(POOL).build_global();
    let size = check.size();
    for (rows, columns) in shapes(size) {
        let numbers = check.fractions(rows * columns);
        let (what, by) = (shape(rows, columns), plural(size, "rank"));
        check.input(format!("{what}, {by}"));
        let why = if numbers.is_empty() {
            "without numbers there is no mean"
        } else {
            "the mean of the whole matrix, on every rank"
        };
        if !mean_of(check, answers, exact::matrix(numbers, rows, columns), why) {
            return;
        }
    }
    for (rows, columns) in [(MANY * size + 1, 5), (size + 1, 7), (2 * size, 1)] {
        let numbers = cancelling(check, rows * columns);
        check.input(format!(
            "{}, of which two cancel and are 10^20 times as large",
            shape(rows, columns)
        ));
        let why = "until what cancels has come together, from whichever rank, no part may be rounded to \
                   one number, as `value()` and MPI's own sum do: join `total` and `lost` of all parts \
                   by `merge`";
        if !mean_of(check, answers, exact::matrix(numbers, rows, columns), why) {
            return;
        }
    }
}

/// Returns whether it was right everywhere.
fn mean_of(check: &mut Check, answers: &Answers, all: Array2<f64>, why: &str) -> bool {
    let (rank, (rows, columns)) = (check.rank(), all.dim());
    let (_, own) = own_rows(rows, check.size(), rank);
    let threads = if own < MANY { 0 } else { POOL };
    let adder = Adder::of(threads.max(1));
    let given = (rank == 0).then(|| all.view());
    let (mean, traffic) =
        check.observe(|world| (answers.mean)(world, given, &|row| adder.sum_row(row)));
    let numbers: Vec<f64> = all.iter().copied().collect();
    let right = close(check, mean, exact::mean(&numbers), TWELVE, why);
    if !check.everywhere(right) {
        return false;
    }
    let shared = adder.shared_out(check, if columns == 0 { 0 } else { own }, threads);
    gets_only_its_own(check, &traffic, own * columns);
    check.everywhere(shared)
}
