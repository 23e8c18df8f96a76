//! The checks of exercise 13: one source for the student's crate, the reference and every mistake.
//!
//! - `lean`: what an answer may hold in memory, and how it must describe where data is;
//! - `ring`: from each rank to the next;
//! - `root`: from rank 0 to all, or from all to one.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "lean.rs"]
mod lean;
#[path = "ring.rs"]
mod ring;
#[path = "root.rs"]
mod root;

use crate::subject::{Particle, Place};
use harness_mpi::{Check, SimpleCommunicator, Suite};
use mpi::{Count, Rank};

harness_mpi::answers! {
    fn column(
        world: &SimpleCommunicator,
        matrix: &[f64],
        columns: usize,
        column: usize,
        received: &mut [f64],
    ) -> ();
    fn block(
        world: &SimpleCommunicator,
        block: [usize; 2],
        field: &[f64],
        from: Place,
        copy: &mut [f64],
        to: Place,
    ) -> ();
    fn record(world: &SimpleCommunicator, particles: &mut [Particle]) -> ();
    fn every_other(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) -> ();
    fn indexed(
        world: &SimpleCommunicator,
        points: &[f64],
        width: usize,
        positions: &[usize],
        received: &mut [f64],
    ) -> ();
    fn transpose(
        world: &SimpleCommunicator,
        matrix: &[f64],
        columns: usize,
        received: &mut [f64],
    ) -> ();
    fn in_place(world: &SimpleCommunicator, root: Rank, counts: &[Count], numbers: &mut [i64]) -> ();
    fn broken_stride(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) -> ();
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("column", ring::column)
        .task("block", ring::block)
        .task("record", root::record)
        .task("every-other", root::every_other)
        .task("indexed", ring::indexed)
        .task("transpose", ring::transpose)
        .task("in-place", root::in_place)
        .task("broken-stride", root::broken_stride)
}

/// The number of numbers with which a copy is noticed.
const LARGE: usize = 80_000;

/// Inputs with many numbers are tried only on few ranks.
fn only_on_few<T>(check: &Check, large: T) -> Option<T> {
    (check.size() <= 4).then_some(large)
}

/// Numbers that differ on every rank and in every place, each with all digits of an `f64`.
#[derive(Clone, Copy)]
struct Numbers(u32);

impl Numbers {
    /// The same on all ranks.
    fn new(check: &mut Check) -> Self {
        Self(check.draw(1..1_000_000))
    }

    /// Those of a rank.
    fn of(self, rank: usize, length: usize) -> Vec<f64> {
        let first = f64::from(self.0) + 1e7 * rank as f64;
        (0..length)
            .map(|index| (first + index as f64) / 7.0)
            .collect()
    }
}

/// Runs one part of a check. Returns, the same on all ranks, whether nothing was wrong on any rank and every
/// message was received: only then does the next part run.
fn part(check: &mut Check, input: &str, run: impl FnOnce(&mut Check)) -> bool {
    check.input(input);
    run(check);
    check.everywhere(check.is_clean()) && check.all_received("every message must be received")
}
