//! Exercise 08: the two-dimensional heat equation. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 08`. One is a broken
//! program: there, delete the line with `todo!()`, and fix what is below it.
//!
//! The functions that get `world` are called by every rank. No function may rely on a send that returns before
//! its receive has begun: the check makes every send wait.
//!
//! `update` computes the new cells of a row, wherever it is called. In a check it is not the formula of [`update`]
//! but another one, which only the check knows: so the new cells come from there, and not from your own formula.
//! All results must be those of one program for the whole grid, to the last bit, on any number of ranks.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{topology::SimpleCommunicator, traits::*};
use std::{mem::swap, ops::Range, path::Path};

/// A rectangle of cells, row after row, with a frame around it: the outermost cells on all four sides.
///
/// In the whole grid, the frame is the boundary, whose cells never change. In a block, which is a part of the
/// grid on one rank, the frame holds ghost cells, copies of the cells that belong to other ranks; and the
/// boundary, where the block lies at the edge of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// How many cells a row has, the two of the frame included: at least 2.
    pub width: usize,
    /// All cells, row after row.
    pub cells: Vec<f64>,
}

impl Grid {
    /// How many rows there are, the two of the frame included: at least 2.
    pub fn height(&self) -> usize {
        self.cells.len() / self.width
    }

    /// A row, with its two cells of the frame. Row 0 belongs to the frame.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.width..][..self.width]
    }

    /// The same, to be changed.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.cells[row * self.width..][..self.width]
    }
}

/// Computes the new cells of one row: see [`update`], whose first argument it knows already.
///
/// It is called with the row above, the row itself, and the row below, as they are before the step, and with
/// the row to be written. All four have the same length. It writes all but the first and the last cell.
pub type Update<'a> = &'a dyn Fn(&[f64], &[f64], &[f64], &mut [f64]);

/// Which of `length` rows, or columns, belong to one of `parts`: neighbouring ones, and the first
/// `length % parts` have one more than the others. With more parts than rows, the last ones have none.
pub fn share(length: usize, parts: usize, index: usize) -> Range<usize> {
    let start = |index: usize| index * (length / parts) + index.min(length % parts);
    start(index)..start(index + 1)
}

/// Computes the new cells of one row.
///
/// Each new cell is `old + rate * (above + left + right + below - 4.0 * old)`, computed in `f64` and in this
/// order, from left to right: another order rounds otherwise, and then no two programs give the same bits.
/// `left` and `right` are the cells beside it in `row`. The first and the last cell of `new` stay as they are.
/// All four rows have the same length, at least 2.
pub fn update(rate: f64, above: &[f64], row: &[f64], below: &[f64], new: &mut [f64]) {
    todo!()
}

/// Simulates so many steps on the whole grid, without MPI.
///
/// In each step, `update` is called once for each row but the first and the last, in any order. It must find
/// all cells as they were before the step. When the function returns, `grid` holds the result.
///
/// There are two grids, and after each step they change places: what `update` has written in one step, it
/// reads from the very same place in the next. Nothing is copied from one grid to the other but once, before
/// the first step.
pub fn serial(grid: &mut Grid, steps: usize, update: Update<'_>) {
    todo!()
}

/// Exchanges the edges of the blocks, once.
///
/// The `rows` rows of the grid inside its frame are split among the ranks as [`share`] says. Each rank has its
/// own rows in a block, between two ghost rows. When the function returns, the upper ghost row holds the last
/// own row of the rank above, and the lower one the first own row of the rank below. The first and the last
/// cell of a ghost row are part of the grid's boundary; whether they are exchanged with the others is up to
/// you. The upper frame of the first block and the lower frame of the last one that has rows are boundary: they
/// stay as they are, and so do all own cells. There is at least one row; a rank without rows takes no part.
///
/// To each neighbour goes one message, with one row; nothing else is moved. By which calls is up to you.
pub fn halo(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    todo!()
}

/// Simulates so many steps in blocks of rows.
///
/// The blocks are those of [`halo`]. When it begins, the ghost rows hold nothing of use: they have to be
/// filled before the first step, and again before each other one. In each step, `update` is called once for
/// each own row. When it returns, `block` holds the result in its own cells; the boundary is as it was, and
/// in the ghost rows may be anything.
///
/// All ranks that have rows make the same MPI calls, each as often, also the first and the last of them:
/// where there is no neighbour, there is `MPI_PROC_NULL`. With one rank, you may do without. To each neighbour
/// go one message and one row in each step; nothing else is sent, and no rank waits for all others.
pub fn open_ends(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    todo!()
}

/// Simulates so many steps in blocks of rows, and computes while the ghost rows travel.
///
/// As [`open_ends`], except that the ranks need not all make the same calls, and that the order is different.
/// In each step, each rank first starts to send its edges and to receive its ghost rows. Then it calls `update`
/// for all rows that need no ghost row, and only then waits for the ghost rows, and calls `update` for the
/// first and the last own row. So no rank waits for its neighbours before it has computed its inside, and none
/// computes its inside before its edges are on their way.
pub fn overlap(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    todo!()
}

/// Simulates until hardly anything changes, and asks whether that is so while it goes on.
///
/// `step` does one step on this rank, with all that belongs to it, and returns the largest change of any of
/// this rank's cells: a number, 0 or more. What counts is the largest change on all ranks. It is asked for by
/// one immediate all-reduce for each step, which is started when the step is done, and waited for only when
/// this rank has done the next step: so the answer comes one step late, and nobody waits for it.
///
/// So the simulation ends one step after the first one whose largest change is `tolerance` or less. It ends
/// after `limit` steps at the latest; then nobody needs to know the change of the last one. Returns how many
/// steps were done, the same on all ranks.
pub fn converged(
    world: &SimpleCommunicator,
    tolerance: f64,
    limit: usize,
    step: &mut dyn FnMut() -> f64,
) -> usize {
    todo!()
}

/// Simulates so many steps in blocks of rows and columns.
///
/// `shape` says how many rows and columns the grid has inside its frame, and `ranks` into how many parts the
/// rows and the columns are split, each as [`share`] says. There are as many ranks as parts, `ranks[0] *
/// ranks[1]`; rank r has part r / `ranks[1]` of the rows and part r % `ranks[1]` of the columns, as on a
/// Cartesian grid of ranks without reordering. Some may have no rows, or no columns, and so no cells.
///
/// Each rank has its own cells in a block, with a frame of ghost cells. The frame's corners are never needed.
/// All else is as in [`open_ends`], except that the ranks need not make the same calls.
///
/// In each step, each neighbour gets the one row or column that it needs, in one message, and nothing else: a
/// block of r rows and c columns sends at most 2 r + 2 c cells, and the four corners with them if you like. A
/// column lies scattered in memory. It is sent from where it lies, without a copy: as one element of a datatype
/// that describes all of it (`MPI_Type_vector`).
pub fn blocks(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    todo!()
}

/// Gathers the grid from the blocks on rank 0, which writes it as a picture.
///
/// The blocks are those of [`blocks`], with at least one row and one column in all. The picture is a PNG file
/// with one pixel for each cell inside the grid's frame, row after row, with the red, green and blue that
/// `colour` says. Rank 0 writes it to `path`; on the other ranks `path` means nothing. A file that is there
/// already is replaced.
///
/// No rank but rank 0 gets more than a few numbers, and each sends its own cells once, as they are or as
/// colours, which take 3 bytes in place of 8.
///
/// Returns `Ok` on all ranks if the picture was written, and else an error on all ranks: on rank 0 the reason,
/// on the others any text.
pub fn picture(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: &dyn Fn(f64) -> [u8; 3],
    path: &Path,
) -> Result<(), String> {
    todo!()
}

/// Simulates so many steps in blocks of rows. The program is broken: it is there to be fixed.
///
/// As [`open_ends`], except that the ghost rows are filled when it begins, and that the ranks need not make the same
/// calls. Each neighbour gets one row for each step.
#[allow(
    unreachable_code,
    reason = "the program below is broken: it is there to be fixed"
)]
pub fn broken_order(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    todo!("read it, predict what it does, then delete this line and fix it");

    let mut next = block.clone();
    for _ in 0..steps {
        for row in 1..block.height() - 1 {
            update(
                block.row(row - 1),
                block.row(row),
                block.row(row + 1),
                next.row_mut(row),
            );
        }
        halo(world, rows, block);
        swap(block, &mut next);
    }
}
