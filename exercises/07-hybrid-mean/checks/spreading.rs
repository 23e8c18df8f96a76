//! The checks of what goes to which rank, and to which thread.

use super::{
    Answers, IN_A_ROW, LARGE, NOT_MIXED, TWELVE, WITHOUT_LOST, close,
    exact::{self, cancelling},
    own_rows, shape, two_calls_with_late_sends,
};
use crate::subject::{Callers, Sum};
use harness::{death, patience::Meeting};
use harness_mpi::{Bounds, Check, Kind, Traffic, plural};
use mpi::Threading;
use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{
    collections::HashSet,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    thread::{self, ThreadId},
};

pub fn blocks(check: &mut Check, answers: &Answers) {
    let ranks = check.draw(5..40);
    let mut cases = vec![
        (12, 4),
        (13, 4),
        (15, 4),
        (7, 7),
        (3, 5),
        (1, 6),
        (0, 3),
        (9, 1),
    ];
    cases.extend(check.lengths(ranks).into_iter().map(|rows| (rows, ranks)));
    for (rows, ranks) in cases {
        if !(0..ranks).all(|rank| block(check, answers, rows, (rank, ranks))) {
            return;
        }
    }
    // More rows and ranks than narrower types can count: beyond 2^16, 2^32 and 2^53. If there are many ranks,
    // only some are tried.
    for bits in [16, 32, 53, 60] {
        let rows: usize = (1 << bits) + check.draw(1_000..100_000);
        for ranks in [check.draw(2..9), (1 << 16) + check.draw(1..1_000)] {
            let longer = rows % ranks;
            let some = [
                0,
                1,
                longer,
                longer.saturating_sub(1),
                ranks - 1,
                check.draw(0..ranks),
            ];
            if !some
                .iter()
                .all(|rank| block(check, answers, rows, (*rank, ranks)))
            {
                return;
            }
        }
    }
    let ranks = (1 << 33) - check.draw(2..9);
    let few = check.draw(3..30);
    let many = check.draw(2..9) * ranks + few;
    // Of a few rows, the last of these have none, though their lowest 32 bits are those of a rank that has some.
    let some = [0, 1, 2, 1 << 32, (1 << 32) + 1, ranks - 1];
    let _ = [few, many].into_iter().all(|rows| {
        some.iter()
            .all(|rank| block(check, answers, rows, (*rank, ranks)))
    });
}

/// Returns whether the block of a rank was right.
fn block(check: &mut Check, answers: &Answers, rows: usize, (rank, ranks): (usize, usize)) -> bool {
    let (what, by) = (plural(rows, "row"), plural(ranks, "rank"));
    check.input(format!("blocks: {what}, {by}, rank {rank}"));
    let range = (answers.blocks)(rows, ranks, rank);
    let (first, length) = own_rows(rows, ranks, rank);
    // Where an empty block lies does not matter, as long as it is a valid range.
    let (right, expected) = if length == 0 {
        let empty = range.start == range.end && range.end <= rows;
        (empty, format!("an empty range within 0..={rows}"))
    } else {
        let expected = first..first + length;
        (range == expected, format!("{expected:?}"))
    };
    if !right {
        let why = if length == 0 {
            "a rank without rows gets a range whose start and end are the same, and not beyond the rows"
        } else if is_rounded(&range, first, rows) {
            "an `f64` holds every whole number only up to 2^53, so compute with `usize` throughout"
        } else {
            "each block begins where the one before it ends, and the first `rows % ranks` blocks have one \
             row more"
        };
        wrong_block(check, (rank, ranks), &range, expected, why);
    }
    right
}

/// Whether the range begins where it should, but for what an `f64` of this size loses on the way.
fn is_rounded(range: &Range<usize>, first: usize, rows: usize) -> bool {
    // A few roundings, each of at most half of the last of 53 bits.
    rows > 1 << f64::MANTISSA_DIGITS
        && range.start.abs_diff(first) <= rows >> (f64::MANTISSA_DIGITS - 3)
}

/// Says for which rank: it is not one of those that run.
fn wrong_block(
    check: &mut Check,
    (rank, ranks): (usize, usize),
    range: &Range<usize>,
    expected: String,
    why: &str,
) {
    let message = format!(
        "`blocks` returned {range:?} for rank {rank} of {ranks}, should return {expected}: {why}"
    );
    let mut failure = death::failure(Kind::WrongResult, message);
    failure.expected = Some(expected);
    failure.actual = Some(format!("{range:?}"));
    check.fail(failure);
}

/// Shapes with every possible remainder, and without one; with fewer rows than ranks, with one row, and with none;
/// without columns, with more numbers than a `u16` can count, and with more columns than a `u32` can, which takes
/// no memory if there are no rows.
fn shapes(check: &mut Check) -> Vec<(usize, usize)> {
    let size = check.size();
    let mut shapes = vec![(2 * size + 1, 3), (3 * size - 1, 1), (1, 4), (size - 1, 5)];
    for rows in check.lengths(size) {
        shapes.push((rows, check.draw(1..8)));
    }
    let columns = (1 << 32) + check.draw(1..1_000);
    shapes.extend([(251, 499), (0, 3), (3 * size, 0), (0, columns)]);
    shapes
}

pub fn scatter(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    // More rows, and more columns, than a `u16` counts.
    let many = (1 << 16) + check.draw(1..100);
    for (rows, columns) in shapes(check).into_iter().chain([(many, 1), (2, many)]) {
        let numbers = check.fractions(rows * columns);
        let all = exact::matrix(numbers, rows, columns);
        let (what, by) = (shape(rows, columns), plural(size, "rank"));
        check.input(format!("{what}, {by}"));
        let matrix = (rank == 0).then(|| all.view());
        let (mine, traffic) = check.observe(|world| (answers.scatter)(world, matrix));
        let (first, own) = own_rows(rows, size, rank);
        let why = "(rows, columns): the first ranks have one row more if there is a remainder, and even a \
                   rank without rows has all columns";
        let right = check.returned(mine.dim(), (own, columns), why) && {
            let numbers: Vec<f64> = mine.iter().copied().collect();
            let expected = all.iter().skip(first * columns).take(own * columns);
            let expected: Vec<f64> = expected.copied().collect();
            let why = if is_short_of_digits(&numbers, &expected) {
                "all digits of an `f64` must arrive, but an `f32` holds only about seven of them"
            } else {
                "give counts and displacements in numbers, not in rows"
            };
            check.returned(numbers, expected, why)
        };
        let little = moves_only_rows(check, &traffic, own * columns, all.len());
        if !check.everywhere(right && little) {
            return;
        }
    }
}

/// Whether all numbers are nearly the expected ones.
fn is_short_of_digits(numbers: &[f64], expected: &[f64]) -> bool {
    let near = |(number, expected): (&f64, &f64)| {
        (number - expected).abs() <= 2.0 * f64::from(f32::EPSILON) * expected.abs()
    };
    numbers.len() == expected.len() && numbers.iter().zip(expected).all(near)
}

/// Requires that this rank got its own numbers and little else, and that only rank 0 sent any, each
/// once. Any calls are allowed, if their number does not grow with the number of rows. Returns whether it is so.
fn moves_only_rows(check: &mut Check, traffic: &Traffic, own: usize, all: usize) -> bool {
    // For shapes and sums.
    let rest = 100 + 60 * check.size() as u64;
    let from_here = if check.rank() == 0 { 8 * all as u64 } else { 0 };
    let bounds = Bounds {
        given: from_here + rest,
        got: 8 * own as u64 + rest,
        ..Bounds::NONE
    };
    let why = "rank 0 sends each row once, a rank gets only the shape and its own rows, and nothing else \
               that travels grows with the rows";
    let calls = Bounds {
        calls: 16 + 8 * check.size() as u64,
        ..Bounds::NONE
    };
    let few = "the rows of a rank travel together, not in one message for each row";
    check.moves(traffic, bounds, why) && check.moves(traffic, calls, few)
}

/// The number of threads of the pool of `mean`, whatever the number of cores.
const POOL: usize = 3;
/// The number of rows for each thread with which all threads of a pool must take part.
const MANY: usize = 16;

/// The number of threads that must take part, if there are so many in the pool.
fn needed(rows: usize, threads: usize) -> usize {
    if rows < MANY * threads { 0 } else { threads }
}

/// A pool; without one the task fails.
fn pool(check: &mut Check, threads: usize) -> Option<ThreadPool> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().ok();
    let what =
        || format!("could not be checked, because the check could not start {threads} threads");
    check.require(pool.is_some(), Kind::Crash, what);
    pool
}

/// Adds rows up for an answer, and sees who does it.
struct Adder {
    meeting: Meeting,
    rows: AtomicUsize,
    /// The threads that may add up rows.
    threads: HashSet<ThreadId>,
    elsewhere: AtomicUsize,
    /// What is added to each row, to see that these sums are used.
    extra: f64,
}

impl Adder {
    /// For the threads of the pool in which this is called, and the calling thread. The meeting waits for
    /// `expected` of them.
    fn of_pool(expected: usize, extra: f64) -> Self {
        let mut threads: HashSet<ThreadId> = rayon::broadcast(|_| thread::current().id())
            .into_iter()
            .collect();
        threads.insert(thread::current().id());
        Self {
            meeting: Meeting::of(expected),
            rows: AtomicUsize::new(0),
            threads,
            elsewhere: AtomicUsize::new(0),
            extra,
        }
    }

    fn sum_row(&self, row: ArrayView1<'_, f64>) -> Sum {
        self.rows.fetch_add(1, SeqCst);
        if !self.threads.contains(&thread::current().id()) {
            self.elsewhere.fetch_add(1, SeqCst);
        }
        self.meeting.enter();
        let mut sum = exact::sum_row(row);
        sum.lost += self.extra;
        sum
    }

    /// Requires that each row was added up once, on the pool, by the expected number of threads.
    fn shared_out(&self, check: &mut Check, rows: usize, threads: usize) -> bool {
        let (calls, met) = (self.rows.load(SeqCst), self.meeting.met());
        let elsewhere = self.elsewhere.load(SeqCst);
        check.require(calls == rows, Kind::WrongOperation, || {
            format!(
                "called `sum_row` {}, but has {} of its own: each rank adds up its own rows, each of them \
                 once",
                plural(calls, "time"),
                plural(rows, "row")
            )
        }) && check.require(elsewhere == 0, Kind::WrongOperation, || {
            format!(
                "called `sum_row` {} on a thread outside the pool in which the function runs: a parallel \
                 iterator uses that pool by itself, so build no pool and start no threads",
                plural(elsewhere, "time")
            )
        }) && check.require(met >= threads, Kind::WrongOperation, || {
            format!(
                "had only {met} of {} in `sum_row` at the same time: a parallel iterator over the rows \
                 lets all threads of the pool take part",
                plural(threads, "thread")
            )
        })
    }
}

pub fn threads(check: &mut Check, answers: &Answers) {
    if !levels(check, answers) || !merge(check, answers) {
        return;
    }
    for (rows, columns, pool) in [
        (5, 4, 3),
        (1, 9, 2),
        (0, 3, 3),
        (check.draw(6..40), 6, 2),
        (3 * MANY, 7, 3),
        // A row is a row, however long it is.
        (2, 20_000, 3),
        (301, 500, check.draw(5..9)),
        (4 * MANY + check.draw(1..40), 11, 4),
    ] {
        let (numbers, what) = if rows > 3 * MANY {
            (cancelling(check, rows * columns), format!(", {LARGE}"))
        } else {
            (check.floats(rows * columns), String::new())
        };
        let what = format!("{}{what}, {pool} threads", shape(rows, columns));
        let why = "the sum of all rows; merge the sums of the threads so that nothing is lost";
        let all = exact::matrix(numbers, rows, columns);
        if !sum_of(check, answers, all.view(), (pool, 0.0), &what, why) {
            return;
        }
    }
    let numbers = exact::matrix(cancelling(check, 5 * 4), 5, 4);
    let whole = exact::among_others(check, &numbers);
    let what = format!(
        "every second row and column of {}, {LARGE}, 3 threads",
        shape(10, 8)
    );
    let why = "the sum of the rows that the view has, and of nothing between them";
    let view = exact::every_second(&whole);
    if !sum_of(check, answers, view, (3, 0.0), &what, why) {
        return;
    }
    let whole = exact::matrix(cancelling(check, 9 * 6), 9, 6);
    let what = format!(
        "{}, {LARGE}, column by column in memory, 3 threads",
        shape(6, 9)
    );
    let why = "the sum of the rows, wherever their numbers lie";
    if !sum_of(check, answers, whole.t(), (3, 0.0), &what, why) {
        return;
    }
    // Only the rows themselves have the right first numbers.
    check.input(format!(
        "threads: {what}, and a `sum_row` that returns the first number of a row"
    ));
    let Some(pool) = pool(check, 3) else {
        return;
    };
    let first = |row: ArrayView1<'_, f64>| Sum {
        total: row[0],
        lost: 0.0,
    };
    let sum = pool.install(|| (answers.threads)(whole.t(), &first));
    let firsts = exact::sum(whole.row(0).iter().copied());
    let why = "`sum_row` gets the rows, wherever their numbers lie";
    if !check.close(exact::value(sum), firsts, TWELVE, why) {
        return;
    }
    let (rows, extra) = (check.draw(5..30), f64::from(check.draw(1..9) * 1_000));
    // Twice, so that a sum that was kept from the first time is the wrong one. A single number is a row, too.
    for (columns, extra) in [(3, extra), (3, extra + 500.0), (1, extra)] {
        let all = with_zeros(check.fractions(rows * columns), rows, columns);
        let what = format!(
            "{}, 3 threads, and a `sum_row` that adds {extra} to each row",
            shape(rows, columns)
        );
        let why = "the result is the sum of what `sum_row` returns for each row";
        if !sum_of(check, answers, all.view(), (3, extra), &what, why) {
            return;
        }
    }
}

/// A matrix of these numbers, except that its first and last rows are 0: `sum_row` may make something of them.
fn with_zeros(numbers: Vec<f64>, rows: usize, columns: usize) -> Array2<f64> {
    let mut matrix = exact::matrix(numbers, rows, columns);
    for row in [0, rows - 1] {
        matrix.row_mut(row).fill(0.0);
    }
    matrix
}

/// Returns whether the sum was right, and made on all threads of a pool.
fn sum_of(
    check: &mut Check,
    answers: &Answers,
    all: ArrayView2<'_, f64>,
    (threads, extra): (usize, f64),
    what: &str,
    why: &str,
) -> bool {
    let Some(pool) = pool(check, threads) else {
        return false;
    };
    check.input(format!("threads: {what}"));
    let rows = all.nrows();
    let least = needed(rows, threads);
    let (sum, adder) = pool.install(|| {
        let adder = Adder::of_pool(least.max(1), extra);
        let sum = (answers.threads)(all, &|row| adder.sum_row(row));
        (exact::value(sum), adder)
    });
    let expected = exact::sum(all.iter().copied().chain([rows as f64 * extra]));
    check.close(sum, expected, TWELVE, why) && adder.shared_out(check, rows, least)
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
        let why = "a level is sufficient for everything that it or a lower level allows";
        check.returned((answers.enough)(callers, provides), provided >= needed, why)
    })
}

/// Returns whether it was right.
fn merge(check: &mut Check, answers: &Answers) -> bool {
    let join = answers.merge;
    let why = "the sum includes what either part has lost and what adding the two totals loses";
    let large = check.draw(1.0..2.0) * 1e17;
    for length in [1, 0, 100] {
        let small = check.fractions(length);
        check.input(format!(
            "merge: the sums of {}, {large:e} and its negative",
            plural(length, "number")
        ));
        let [one, two, three] =
            [&small[..], &[large, 1.5], &[0.25, -large]].map(|part| exact::sum_row(part.into()));
        let expected = exact::sum(small.iter().copied().chain([1.5, 0.25]));
        // All that there is of this one is lost.
        let lost = exact::sum_row((&[large, 1.75, -large][..]).into());
        let sums = [
            join(one, lost),
            join(lost, one),
            join(join(one, two), three),
            join(three, join(two, one)),
            join(join(two, three), one),
        ];
        let right = |sum: &Sum| check.close(exact::value(*sum), expected, TWELVE, why);
        if !sums.iter().all(right) {
            return false;
        }
        let total = |(one, other): (Sum, Sum)| {
            let (joined, total) = (join(one, other).total, one.total + other.total);
            check.holds("the `total` of the sum", joined, total, WITHOUT_LOST)
        };
        if ![(one, lost), (lost, one), (one, two), (two, three)]
            .into_iter()
            .all(total)
        {
            return false;
        }
    }
    // Parts of one to five numbers each.
    let numbers = cancelling(check, 200);
    check.input(format!("merge: the sums of parts of 200 numbers, {LARGE}"));
    let mut rest = &numbers[..];
    let mut sum = Sum::default();
    while !rest.is_empty() {
        let (part, others) = rest.split_at(check.draw(1..6).min(rest.len()));
        sum = join(sum, exact::sum_row(part.into()));
        rest = others;
    }
    check.close(exact::value(sum), exact::sum(numbers), TWELVE, why)
}

pub fn mean(check: &mut Check, answers: &Answers) {
    // The answer runs on the main thread, as MPI may ask for, and so in the pool for all. A pool
    // that is there already is from an earlier task, and the same.
    let _ = ThreadPoolBuilder::new().num_threads(POOL).build_global();
    let size = check.size();
    for (rows, columns) in shapes(check) {
        let numbers = check.floats(rows * columns);
        let (what, by) = (shape(rows, columns), plural(size, "rank"));
        check.input(format!("{what}, {by}"));
        let why = if numbers.is_empty() {
            "without numbers there is no mean"
        } else {
            "the mean of the whole matrix, on every rank"
        };
        let all = exact::matrix(numbers, rows, columns);
        if !mean_of(check, answers, all, 0.0, why) {
            return;
        }
    }
    let drawn = (check.draw(2..6) * size + check.draw(0..size), 3);
    for (rows, columns) in [
        (MANY * POOL * size + 1, 5),
        (size + 1, 7),
        (2 * size, 1),
        drawn,
    ] {
        let numbers = cancelling(check, rows * columns);
        check.input(format!("{}, {LARGE}", shape(rows, columns)));
        let why = "numbers that cancel may lie on different ranks, so no part may be rounded to one \
                   number, as `value()` and MPI's own sum do: combine `total` and `lost` of all parts \
                   with `merge`";
        let all = exact::matrix(numbers, rows, columns);
        if !mean_of(check, answers, all, 0.0, why) {
            return;
        }
    }
    let (rows, extra) = (2 * size + 1, f64::from(check.draw(1..9) * 1_000));
    let all = with_zeros(check.fractions(rows * 3), rows, 3);
    check.input(format!(
        "{}, and a `sum_row` that adds {extra} to each row",
        shape(rows, 3)
    ));
    let why = "the mean is computed from what `sum_row` returns for each row";
    if mean_of(check, answers, all, extra, why) && size == 3 {
        means_in_a_row(check, answers);
    }
}

fn means_in_a_row(check: &mut Check, answers: &Answers) {
    let matrices = [2.0, -7.0].map(|shift| {
        let numbers = check.fractions(5 * 3).into_iter();
        exact::matrix(numbers.map(|number| number + shift).collect(), 5, 3)
    });
    check.input(IN_A_ROW);
    let is_first = check.rank() == 0;
    let means = two_calls_with_late_sends(check, |world, at| {
        let matrix = is_first.then(|| matrices[at].view());
        (answers.mean)(world, matrix, &exact::sum_row)
    });
    let _ = means.into_iter().zip(matrices).all(|(mean, matrix)| {
        let expected = exact::mean(&matrix.into_raw_vec_and_offset().0);
        close(check, mean, expected, TWELVE, NOT_MIXED)
    });
}

/// Returns whether it was right everywhere.
fn mean_of(check: &mut Check, answers: &Answers, all: Array2<f64>, extra: f64, why: &str) -> bool {
    let (rank, (rows, columns)) = (check.rank(), all.dim());
    let (_, own) = own_rows(rows, check.size(), rank);
    let threads = needed(own, POOL);
    let adder = Adder::of_pool(threads.max(1), extra);
    let matrix = (rank == 0).then(|| all.view());
    let (mean, traffic) =
        check.observe(|world| (answers.mean)(world, matrix, &|row| adder.sum_row(row)));
    let sum = exact::sum(all.iter().copied().chain([rows as f64 * extra]));
    let expected = (!all.is_empty()).then(|| sum / all.len() as f64);
    let right = close(check, mean, expected, TWELVE, why);
    if !check.everywhere(right) {
        return false;
    }
    // Rows without columns may be left out.
    let shared = columns == 0 || adder.shared_out(check, own, threads);
    let little = moves_only_rows(check, &traffic, own * columns, all.len());
    check.everywhere(shared && little)
}
