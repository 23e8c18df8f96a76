//! Exercise 07: the mean of a matrix, by ranks and threads. The lesson is in README.md, one folder up.
//!
//! Each function that is still to be written belongs to one task; the others are given. Replace a
//! `todo!()`, then type `cargo xtask check 07`.
//!
//! When a function returns, nothing that it started is still at work: requests are complete, and threads
//! have ended, or sleep, as those of a pool do.

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

/// A sum in two numbers: what fits into an `f64`, and what rounding has lost of it on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Equivalence)]
pub struct Sum {
    /// The sum, rounded after each step.
    pub total: f64,
    /// All that those roundings have lost, to be added in the end.
    pub lost: f64,
}

impl Sum {
    /// The sum in one number.
    pub fn value(self) -> f64 {
        self.total + self.lost
    }
}

/// Adds two numbers, and returns their sum, rounded to an `f64`, and what the rounding lost: the two
/// together are exactly `a + b`, whichever of them is larger.
///
/// Source: Knuth, The Art of Computer Programming, volume 2, section 4.2.2, theorem B.
pub fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    let of_a = sum - of_b;
    (sum, (a - of_a) + (b - of_b))
}

/// Adds a number to a sum, so that nothing is lost: what rounding takes from `total` goes to `lost`.
pub fn plus(sum: Sum, number: f64) -> Sum {
    todo!()
}

/// Returns the mean of all numbers of a matrix; `None` when it has no rows, or no columns.
///
/// Twelve digits are right, even when most of the numbers are up to 10^17 times as large as the mean, and
/// cancel each other.
pub fn serial(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    todo!()
}

/// Returns which rows are those of one rank, when `rows` rows are spread over `ranks` ranks.
///
/// The ranks have their rows one after another, in the order of the ranks. When the rows do not divide
/// by the number of ranks, the first ranks have one row more than the others: this course divides
/// everything by this rule. When there are fewer rows than ranks, the last ranks have none: for them, the
/// range is empty (`start == end`), and lies within `0..=rows`. There is at least one rank; there may be
/// any number of rows up to 2^61.
pub fn blocks(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    todo!()
}

/// Deals a matrix out by rows: each rank returns its own rows, which are those of [`blocks`].
///
/// Rank 0 has the whole matrix, row after row in memory; on the other ranks `matrix` is `None`, and they
/// do not know how many rows and columns it has. A rank that has no rows returns a matrix of 0 rows and
/// as many columns as the whole. A rank gets its own rows and no more, and sends on none of them. The rows
/// of a rank go together: more rows take no more messages.
pub fn scatter(world: &SimpleCommunicator, matrix: Option<ArrayView2<'_, f64>>) -> Array2<f64> {
    todo!()
}

/// Which threads of a rank call MPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// The only one: the rank has no other threads.
    Only,
    /// The main one, which initialized MPI; other threads compute.
    Main,
    /// Any, but never two at the same time.
    OneAtATime,
    /// Any, whenever they like.
    Any,
}

/// Returns whether an MPI that provides this level of thread support is enough for a program in which
/// these threads call it. A level is enough for all that a lower one allows.
pub fn enough(callers: Callers, provided: Threading) -> bool {
    todo!()
}

/// Joins the sums of two parts to the sum of both, so that nothing is lost.
pub fn merge(one: Sum, other: Sum) -> Sum {
    todo!()
}

/// What gives the sum of one row: [`sum_row`], or something in its place that also sees who calls it. What
/// it returns is what counts, and nothing else adds up a row.
pub type SumRow<'a> = &'a (dyn Fn(ArrayView1<'_, f64>) -> Sum + Sync);

/// Adds up one row.
pub fn sum_row(row: ArrayView1<'_, f64>) -> Sum {
    row.iter().copied().fold(Sum::default(), plus)
}

/// Adds up a matrix on all threads of the rayon pool in which it is called: no other threads, and no pool
/// of its own. Each row is added up by one call of `sum_row`. Without rows the sum is 0.
pub fn threads(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    todo!()
}

/// Returns the mean of all numbers of a matrix, on every rank; `None` when it has no rows, or no
/// columns.
///
/// Rank 0 has the whole matrix, row after row in memory; on the other ranks `matrix` is `None`. Each rank
/// gets its own rows, as in [`scatter`], and adds them up as in [`threads`], each by one call of
/// `sum_row`: called outside of a pool, as here, that is on the threads of rayon's global pool. Twelve
/// digits are right, as in [`serial`], also when what cancels lies on different ranks.
pub fn mean(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    todo!()
}

/// What is known of some numbers, without the numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Equivalence)]
pub struct Moments {
    /// How many they are.
    pub count: u64,
    /// Their mean; 0 when there are none.
    pub mean: f64,
    /// The sum of the squares of their distances from their mean.
    pub squares: f64,
}

impl Moments {
    /// The variance: the mean of the squares of the distances from the mean. `None` without numbers.
    pub fn variance(self) -> Option<f64> {
        (self.count > 0).then(|| self.squares / self.count as f64)
    }
}

/// Adds a number to those of which the moments are known; they may be any number that a `u64` counts.
///
/// Source: Welford, Note on a method for calculating corrected sums of squares and products,
/// Technometrics 4 (1962), 419–420.
pub fn welford(known: Moments, number: f64) -> Moments {
    todo!()
}

/// Joins the moments of two parts to the moments of both. Either may have no numbers, also both; together
/// they may be any number that a `u64` counts.
///
/// Source: Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing sample
/// variances, Stanford report STAN-CS-79-773 (1979).
pub fn chan(one: Moments, other: Moments) -> Moments {
    todo!()
}

/// Returns the variance of the numbers of all ranks together, on every rank; `None` when there are none.
///
/// The ranks may have different amounts of numbers, also none, and the numbers stay where they are: what
/// a rank sends does not grow with them. Five digits are right, even when the mean is 10^9 times as large
/// as the distances from it.
pub fn variance(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    todo!()
}

/// One measured run of a program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run {
    /// How many ranks there were.
    pub ranks: usize,
    /// How many threads each rank had.
    pub threads: usize,
    /// The size of the problem: how many rows there were in all.
    pub rows: usize,
    /// How many seconds it took.
    pub seconds: f64,
}

/// What a run gains against the run on one rank with one thread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// The run.
    pub run: Run,
    /// How many times as much work it does in a second.
    pub speed_up: f64,
    /// The speed-up for each worker: 1 is the best that can be expected. Workers are all threads of all
    /// ranks together.
    pub efficiency: f64,
}

/// Computes the table of strong scaling: the problem stays the same, the workers become more.
///
/// The run on one rank with one thread is the one to compare with: there is at most one, which may stand
/// anywhere in `runs`, and without it the table is empty. The table has all runs with exactly as many rows
/// as that one, in their order, also those that were made twice.
pub fn strong(runs: &[Run]) -> Vec<Scaling> {
    todo!()
}

/// Computes the table of weak scaling: each worker has as much work as the one alone.
///
/// The run on one rank with one thread is the one to compare with: there is at most one, which may stand
/// anywhere in `runs`, and without it the table is empty. The table has all runs with exactly as many rows
/// for each worker as that one, in their order, also those that were made twice. Work is measured in
/// rows.
pub fn weak(runs: &[Run]) -> Vec<Scaling> {
    todo!()
}
