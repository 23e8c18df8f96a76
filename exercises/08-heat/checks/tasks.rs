//! The checks of exercise 08: one source for the student's crate, the reference and every mistake.
//!
//! - `plate`: a grid that only the check knows, after each step, and what an answer does with it;
//! - `alone`: one grid, without MPI;
//! - `rows`: blocks of rows;
//! - `hiding`: what is under way while ranks compute;
//! - `tiles`: blocks of rows and columns, and their picture.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "alone.rs"]
mod alone;
#[path = "hiding.rs"]
mod hiding;
#[path = "plate.rs"]
mod plate;
#[path = "rows.rs"]
mod rows;
#[path = "tiles.rs"]
mod tiles;

use crate::subject::Grid;
use harness_mpi::{Check, SimpleCommunicator, Suite};
use std::path::Path;

/// Computes the new cells of a row, from the one above, the row itself, and the one below.
type Update<'a> = &'a dyn Fn(&[f64], &[f64], &[f64], &mut [f64]);

harness_mpi::answers! {
    fn update(rate: f64, above: &[f64], row: &[f64], below: &[f64], new: &mut [f64]) -> ();
    fn serial(grid: &mut Grid, steps: usize, update: Update<'_>) -> ();
    fn halo(world: &SimpleCommunicator, rows: usize, block: &mut Grid) -> ();
    fn open_ends(
        world: &SimpleCommunicator,
        rows: usize,
        block: &mut Grid,
        steps: usize,
        update: Update<'_>,
    ) -> ();
    fn broken_order(
        world: &SimpleCommunicator,
        rows: usize,
        block: &mut Grid,
        steps: usize,
        update: Update<'_>,
    ) -> ();
    fn overlap(
        world: &SimpleCommunicator,
        rows: usize,
        block: &mut Grid,
        steps: usize,
        update: Update<'_>,
    ) -> ();
    fn converged(
        world: &SimpleCommunicator,
        tolerance: f64,
        limit: usize,
        step: &mut dyn FnMut() -> f64,
    ) -> usize;
    fn blocks(
        world: &SimpleCommunicator,
        shape: [usize; 2],
        ranks: [usize; 2],
        block: &mut Grid,
        steps: usize,
        update: Update<'_>,
    ) -> ();
    fn picture(
        world: &SimpleCommunicator,
        shape: [usize; 2],
        ranks: [usize; 2],
        block: &Grid,
        colour: &dyn Fn(f64) -> [u8; 3],
        path: &Path,
    ) -> Result<(), String>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("step", alone::step)
        .task("halo", rows::halo)
        .task("open-ends", rows::open_ends)
        .task("broken-order", rows::broken_order)
        .task("overlap", hiding::overlap)
        .task("converged", hiding::converged)
        .task("blocks", tiles::blocks)
        .task("picture", tiles::picture)
}

/// Runs one part of a check. Returns, the same on all ranks, whether nothing was wrong on any rank and every
/// message was received: only then does the next part run.
fn part(check: &mut Check, input: &str, run: impl FnOnce(&mut Check)) -> bool {
    check.input(input);
    run(check);
    check.everywhere(check.is_clean()) && check.all_received("every message must be received")
}
