//! The checks of exercise 07: one source for the student's crate, the reference and every mistake.
//!
//! - `adding`: sums and moments, number by number, and parts that are joined;
//! - `spreading`: what goes to which rank, and to which thread;
//! - `scaling`: tables, computed from given times;
//! - `exact`: numbers that are hard to add, and their exact sums.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "adding.rs"]
mod adding;
#[path = "exact.rs"]
mod exact;
#[path = "scaling.rs"]
mod scaling;
#[path = "spreading.rs"]
mod spreading;

use crate::subject::{Callers, Moments, Run, Scaling, Sum, SumRow};
use harness::patience::{BRIEF, patiently};
use harness_mpi::{Check, SimpleCommunicator, Suite, plural};
use mpi::Threading;
use ndarray::{Array2, ArrayView2};
use std::ops::Range;

harness_mpi::answers! {
    fn plus(sum: Sum, number: f64) -> Sum;
    fn serial(matrix: ArrayView2<'_, f64>) -> Option<f64>;
    fn blocks(rows: usize, ranks: usize, rank: usize) -> Range<usize>;
    fn scatter(world: &SimpleCommunicator, matrix: Option<ArrayView2<'_, f64>>) -> Array2<f64>;
    fn enough(callers: Callers, provided: Threading) -> bool;
    fn merge(one: Sum, other: Sum) -> Sum;
    fn threads(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum;
    fn mean(
        world: &SimpleCommunicator,
        matrix: Option<ArrayView2<'_, f64>>,
        sum_row: SumRow<'_>,
    ) -> Option<f64>;
    fn welford(known: Moments, number: f64) -> Moments;
    fn chan(one: Moments, other: Moments) -> Moments;
    fn variance(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64>;
    fn strong(runs: &[Run]) -> Vec<Scaling>;
    fn weak(runs: &[Run]) -> Vec<Scaling>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("serial", adding::serial)
        .task("blocks", spreading::blocks)
        .task("scatter", spreading::scatter)
        .task("threads", spreading::threads)
        .task("mean", spreading::mean)
        .task("variance", adding::variance)
        .task("scaling", scaling::scaling)
}

/// Twelve digits, for sums and means.
const TWELVE: f64 = 1e-12;
/// Five digits, for variances.
const FIVE: f64 = 1e-5;
/// The numbers of `exact::cancelling`, in words.
const LARGE: &str =
    "most of which are up to 10^17 times as large as the mean and cancel each other";

/// What `total` is.
const WITHOUT_LOST: &str =
    "each addition to `total` is rounded, and what it loses is in `lost` alone until the end";

/// "1 row of 3 numbers".
fn shape(rows: usize, columns: usize) -> String {
    format!("{} of {}", plural(rows, "row"), plural(columns, "number"))
}

/// Compares a result that may be missing with the exact one.
fn close(
    check: &mut Check,
    actual: Option<f64>,
    expected: Option<f64>,
    tolerance: f64,
    why: &str,
) -> bool {
    match (actual, expected) {
        (Some(actual), Some(expected)) => check.close(actual, expected, tolerance, why),
        _ => check.returned(actual, expected, why),
    }
}

/// The rows that a rank must have: their first, and how many.
fn own_rows(rows: usize, ranks: usize, rank: usize) -> (usize, usize) {
    let longer = rows % ranks;
    let first = rows / ranks * rank + rank.min(longer);
    (first, rows / ranks + usize::from(rank < longer))
}

/// What an input is of two calls in a row.
const IN_A_ROW: &str =
    "two calls in a row; rank 1 sends late, so that another rank may be in the second call";
/// What is asked of them.
const NOT_MIXED: &str = "what is sent in the second call is not received in the first one";

/// Two calls in a row, with nothing between them. Rank 1 waits before each of its messages: a rank that has all that it
/// needs sends its message of the second call meanwhile, and one that receives from any source may take it for a
/// message of the first. Collectives are not held up. All ranks must call it.
fn two_calls_with_late_sends<R>(
    check: &mut Check,
    call: impl Fn(&SimpleCommunicator, usize) -> R,
) -> [R; 2] {
    let hear = if check.rank() == 1 { send_late } else { |_| {} };
    check.before_each_call(hear, |check| {
        check.standard(|check| check.observe(|world| [0, 1].map(|at| call(world, at))).0)
    })
}

fn send_late(function: &'static str) {
    if function.to_ascii_lowercase().contains("send") {
        patiently(BRIEF, 1, || 0);
    }
}
