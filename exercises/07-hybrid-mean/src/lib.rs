//! Exercise 07: the mean of a matrix, by ranks and threads. The lesson is in README.md, one folder up.
//!
//! Each function that contains a `todo!()` belongs to one task; the other functions are given. Replace a
//! `todo!()`, then run `cargo xtask check 07`.
//!
//! When a function returns, nothing that it started is still running: requests are complete, every message
//! has been received, and threads have ended or are asleep, as those of a pool are.

#![allow(
    unused_variables,
    unused_imports,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{
    Threading, collective::SystemOperation, datatype::Partition, topology::SimpleCommunicator,
    traits::*,
};
use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;
use std::ops::Range;

/// A sum in two numbers: the rounded total, and what the roundings have lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Equivalence)]
pub struct Sum {
    /// The sum of all numbers, in which each addition was rounded.
    pub total: f64,
    /// Everything that those roundings have lost, to be added at the end.
    pub lost: f64,
}

impl Sum {
    /// The sum as one number.
    pub fn value(self) -> f64 {
        self.total + self.lost
    }
}

/// Adds two numbers, and returns their sum, rounded to an `f64`, and what the rounding lost: together,
/// the two are exactly `a + b`, whichever of `a` and `b` is larger, unless the sum overflows.
///
/// Source: Knuth, The Art of Computer Programming, volume 2, section 4.2.2, theorem B.
pub fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    let of_a = sum - of_b;
    (sum, (a - of_a) + (b - of_b))
}

/// Adds a number to a sum: what rounding takes from `total` is added to `lost`.
pub fn plus(sum: Sum, number: f64) -> Sum {
    todo!()
}

/// Returns the mean of all numbers of a matrix, or `None` if it has no rows or no columns.
///
/// Twelve digits are correct, even if most of the numbers are up to 10^17 times as large as the mean, and
/// cancel each other. The matrix may be a view with gaps, such as every second column of another one,
/// or lie column by column in memory.
pub fn serial(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    todo!()
}

/// Returns the rows of one rank when `rows` rows are distributed over `ranks` ranks.
///
/// The ranks' blocks of rows follow one another in rank order. If the number of rows is not a multiple of
/// the number of ranks, the first ranks have one row more than the others: this course divides everything
/// by this rule. If there are fewer rows than ranks, the last ranks have none: their ranges are empty
/// (`start == end`), and may lie anywhere within `0..=rows`. There is at least one rank; there may be up to 2^61
/// rows, and up to 2^33 ranks: too many for a loop over the ranks or the rows.
pub fn blocks(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    todo!()
}

/// Distributes a matrix by rows: each rank returns its own rows, which are those of [`blocks`].
///
/// Rank 0 has the whole matrix, row by row in memory; on the other ranks `matrix` is `None`, and they do not know
/// how many rows and columns it has. A rank that has no rows returns a matrix of 0 rows and as many columns as the
/// whole matrix. Rank 0 sends each row once, to the rank that it belongs to (its own rows need not be sent), and a
/// rank gets nothing else but the shape, of the matrix or of its part: it passes no rows on, and sends none back.
/// The number of messages does not grow with the number of rows. What a rank returns may have any order in memory.
pub fn scatter(world: &SimpleCommunicator, matrix: Option<ArrayView2<'_, f64>>) -> Array2<f64> {
    todo!()
}

/// The threads of a rank that call MPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// The only thread: the rank has no others.
    Only,
    /// The main thread, which initialized MPI; the rank has other threads, which only compute.
    Main,
    /// Any thread, but never two at the same time.
    OneAtATime,
    /// Any thread at any time.
    Any,
}

/// Returns whether an MPI that provides this level of thread support is sufficient for a program in which
/// these threads call it. A level is sufficient for everything that a lower one allows.
pub fn enough(callers: Callers, provided: Threading) -> bool {
    todo!()
}

/// Merges the sums of two parts into the sum of both: `lost` has what either part has lost, and what
/// adding the totals loses.
pub fn merge(one: Sum, other: Sum) -> Sum {
    todo!()
}

/// A function that returns the sum of one row: [`sum_row`], or one in its place that also records its callers.
/// The sum of a row is the result of this call; nothing else adds up a row.
pub type SumRow<'a> = &'a (dyn Fn(ArrayView1<'_, f64>) -> Sum + Sync);

/// Adds up one row.
pub fn sum_row(row: ArrayView1<'_, f64>) -> Sum {
    row.iter().copied().fold(Sum::default(), plus)
}

/// Adds up a matrix on all threads of the rayon pool in which it is called, on no other threads, and without
/// a pool of its own. Outside of a pool, these are the threads of rayon's global one, and the calling thread may
/// add up rows, too. If there are at least 16 rows for each thread, all threads are in `sum_row` at the same time.
///
/// Each row is added up by one call of `sum_row`; rows without columns may be left out. Without rows, the sum is 0.
/// The matrix may lie in memory in any way, as in [`serial`].
pub fn threads(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    todo!()
}

/// Returns the mean of all numbers of a matrix, on every rank, or `None` if it has no rows or no
/// columns.
///
/// Rank 0 has the whole matrix, row by row in memory; on the other ranks `matrix` is `None`. Each rank gets
/// its own rows, as in [`scatter`], and adds them up as in [`threads`], each row by one call of `sum_row`.
/// Because `mean` is called outside of a pool, these are the threads of rayon's global pool. Then only a few
/// numbers travel from each rank. Twelve digits are correct, as in [`serial`], even if numbers that cancel lie on
/// different ranks.
pub fn mean(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    todo!()
}

/// A summary of some numbers, without the numbers themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Equivalence)]
pub struct Moments {
    /// How many numbers there are.
    pub count: u64,
    /// Their mean, or 0 if there are none.
    pub mean: f64,
    /// The sum of their squared distances from their mean.
    pub squares: f64,
}

impl Moments {
    /// The variance: the mean of the squared distances from the mean. `None` without numbers.
    pub fn variance(self) -> Option<f64> {
        (self.count > 0).then(|| self.squares / self.count as f64)
    }
}

/// Adds a number to those that `known` describes; together they are at most as many as a `u64` can count.
///
/// Source: Welford, Note on a method for calculating corrected sums of squares and products,
/// Technometrics 4 (1962), 419–420.
pub fn welford(known: Moments, number: f64) -> Moments {
    todo!()
}

/// Merges the moments of two parts into the moments of both. Either part may have no numbers, or both;
/// together they have at most as many as a `u64` can count.
///
/// Source: Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing sample
/// variances, Stanford report STAN-CS-79-773 (1979).
pub fn chan(one: Moments, other: Moments) -> Moments {
    todo!()
}

/// Returns the variance of the numbers of all ranks together, on every rank, or `None` if there are none.
///
/// The ranks may have different amounts of numbers, even none, and the numbers stay where they are: what
/// a rank sends does not grow with their amount. Five digits are correct, even if the mean is 10^9 times as
/// large as the distances from it.
pub fn variance(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    todo!()
}

/// One measured run of a program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run {
    /// The number of ranks, at least 1.
    pub ranks: usize,
    /// The number of threads of each rank, at least 1.
    pub threads: usize,
    /// The problem size: the total number of rows, at least 1. The rows of a run with one worker, times the
    /// workers of any other run, fit in a `usize`.
    pub rows: usize,
    /// The seconds that it took, more than 0.
    pub seconds: f64,
}

/// A run compared with the run on one rank with one thread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// The run.
    pub run: Run,
    /// How many times as much work it does per second.
    pub speed_up: f64,
    /// The speed-up per worker: 1 is the best that can be expected. The workers are all threads of all
    /// ranks together.
    pub efficiency: f64,
}

/// Computes the table of strong scaling: the problem stays the same, and the number of workers grows.
///
/// The reference is the run on one rank with one thread. There is at most one such run; it may be anywhere
/// in `runs`, and without it the table is empty. The table has all runs with exactly as many rows as the
/// reference, in their order. Runs on more workers may be repeated, and are then repeated in the table.
pub fn strong(runs: &[Run]) -> Vec<Scaling> {
    todo!()
}

/// Computes the table of weak scaling: each worker has as much work as the single worker of the reference.
///
/// The reference is the run on one rank with one thread. There is at most one such run; it may be anywhere in
/// `runs`, and without it the table is empty. The table has all runs with exactly as many rows per worker as the
/// reference (its rows times the workers, without rounding), in their order. Runs on more workers may be repeated,
/// and are then repeated in the table. Work is measured in rows.
pub fn weak(runs: &[Run]) -> Vec<Scaling> {
    todo!()
}
