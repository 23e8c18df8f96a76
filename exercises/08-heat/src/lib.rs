//! Exercise 08: the two-dimensional heat equation. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 08`. One function is
//! a broken program: there, delete the line with `todo!()`, and fix the code below it.
//!
//! The functions that take `world` are called by every rank. No function may rely on a send that returns before
//! its receive has begun: the check makes every send wait for its receive.
//!
//! Wherever a function gets `update`, call it to compute the new cells of a row. In a check, it is not the
//! formula of [`update`] but a different one, which only the check knows. The new cells must come from that
//! call, not from your own formula. On any number of ranks, all results must be the same as those of one
//! program for the whole grid, to the last bit.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{topology::SimpleCommunicator, traits::*};
use std::{mem::swap, ops::Range, path::Path};

/// A rectangle of cells, row after row, with a frame around it: the outermost cells on all four sides.
///
/// In the whole grid, the frame is the boundary, whose cells never change. A block is the part of the grid that
/// belongs to one rank. Its frame holds ghost cells, which are copies of the cells of other ranks. Where the
/// block is at the edge of the grid, its frame holds the boundary.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// The number of cells in a row, with the two of the frame: at least 2.
    pub width: usize,
    /// All cells, row after row.
    pub cells: Vec<f64>,
}

impl Grid {
    /// The number of rows, with the two of the frame: at least 2.
    pub fn height(&self) -> usize {
        self.cells.len() / self.width
    }

    /// A row, with its two cells of the frame. Row 0 belongs to the frame.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.width..][..self.width]
    }

    /// The same row, mutable.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.cells[row * self.width..][..self.width]
    }
}

/// Computes the new cells of one row: this is [`update`] with its first argument, the rate, already given.
///
/// The arguments are the row above, the row itself, and the row below, as they are before the step, and then
/// the row to write to. All four have the same length. It writes all cells but the first and the last.
pub type Update<'a> = &'a dyn Fn(&[f64], &[f64], &[f64], &mut [f64]);

/// Which of `length` rows (or columns) belong to part `index` of `parts`.
///
/// Each part has consecutive rows. The first `length % parts` parts have one row more than the others. If there
/// are more parts than rows, the last parts have none.
pub fn share(length: usize, parts: usize, index: usize) -> Range<usize> {
    let start = |index: usize| index * (length / parts) + index.min(length % parts);
    start(index)..start(index + 1)
}

/// Computes the new cells of one row.
///
/// Each new cell is `old + rate * (above + left + right + below - 4.0 * old)`, computed in `f64` and in this
/// order, from left to right: another order rounds differently, and two programs would not give the same bits.
/// `left` and `right` are the cells beside the old cell in `row`. The first and the last cell of `new` stay
/// unchanged. All four rows have the same length, at least 2.
pub fn update(rate: f64, above: &[f64], row: &[f64], below: &[f64], new: &mut [f64]) {
    todo!()
}

/// Simulates `steps` steps on the whole grid, without MPI.
///
/// In each step, call `update` once for each row but the first and the last, in any order. It must get all
/// cells as they were before the step. When the function returns, `grid` holds the result.
///
/// Use two grids, and swap them after each step: `update` writes a grid in one step, and reads the same grid in
/// the next. Copy from one grid to the other only once, before the first step.
pub fn serial(grid: &mut Grid, steps: usize, update: Update<'_>) {
    todo!()
}

/// Exchanges the edges of the blocks, once.
///
/// The `rows` rows of the grid inside its frame are split among the ranks as [`share`] says. Each rank's block
/// holds its own rows between two ghost rows. When the function returns, the upper ghost row holds the last row
/// of the rank above, and the lower ghost row holds the first row of the rank below. The first and the last
/// cell of a ghost row are part of the grid's boundary; you may exchange them with the others or not. The upper
/// frame of the first block and the lower frame of the last block that has rows are boundary: they stay
/// unchanged, and so do the rows themselves. There are at least one row and one column in total; a rank without
/// rows sends and receives nothing, and takes part in no collective; making a communicator is one, too.
///
/// Send one message to each neighbor, with one row, and nothing else. The row may leave out its first and its last
/// cell. You may use any calls. A neighbor may already be in its next call of this function: the row of that call must
/// not be taken for the row of this one.
pub fn halo(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    todo!()
}

/// Simulates `steps` steps in blocks of rows.
///
/// The blocks are those of [`halo`]. When the function begins, the ghost rows hold no valid values: fill them
/// before the first step, and again before each other step. In each step, call `update` once for each of
/// the rank's rows. When the function returns, these rows hold the result, and the boundary is unchanged. The
/// ghost rows may hold anything.
///
/// All ranks that have rows, including the first and the last of them, make the same MPI calls, each equally
/// often: a missing neighbor is `MPI_PROC_NULL`. With one rank, you may leave the calls out. In each step, send
/// one message with one row to each neighbor, as in [`halo`], and nothing else, even if the row has not changed. No
/// rank waits for all other ranks. So make no communicator, because that takes all of them, and do not let the ranks
/// wait in a chain, each for the next one, from one end of the grid to the other.
pub fn open_ends(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    todo!()
}

/// Simulates `steps` steps in blocks of rows, and computes while the ghost rows are in transit.
///
/// As [`open_ends`], except for the order, and that the ranks need not all make the same calls. In each step,
/// each rank first starts to send its edges and to receive its ghost rows. Then it calls `update` for all rows
/// that need no ghost row. Only then does it wait for the ghost rows, and call `update` for its first and its
/// last row. No rank may wait for its neighbors before it has computed its interior, and none may compute
/// its interior before its edges are on their way. The first row of the grid and the last one need no ghost row,
/// unless a block has no other row: you may compute them before the wait, or after it with the other edges.
pub fn overlap(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    todo!()
}

/// Simulates until hardly anything changes, and checks for that without interrupting the simulation.
///
/// `step` does one step on this rank, with all that belongs to it, and returns the largest change of any of
/// this rank's cells: a number, 0 or more. What matters is the largest change on all ranks. Find it with one
/// non-blocking all-reduce for each step. Start it when the step is done, and wait for its result only when
/// this rank has done the next step. The result comes one step late, and meanwhile no rank waits for it. Whether you
/// first wait for that result or first start the next reduction is up to you. Nothing else is sent, and no
/// communicator is made.
///
/// The simulation therefore ends one step after the first step whose largest change is `tolerance` or less. It
/// ends after `limit` steps at the latest; in that case, the change of the last step is not needed. Returns the
/// number of steps done, which is the same on all ranks.
pub fn converged(
    world: &SimpleCommunicator,
    tolerance: f64,
    limit: usize,
    step: &mut dyn FnMut() -> f64,
) -> usize {
    todo!()
}

/// Simulates `steps` steps in blocks of rows and columns.
///
/// `shape` is the number of rows and of columns inside the grid's frame, and `ranks` is the number of parts
/// into which the rows and the columns are split, each as [`share`] says. There are as many ranks as parts,
/// `ranks[0] * ranks[1]`. Rank r has part r / `ranks[1]` of the rows and part r % `ranks[1]` of the columns, as
/// on a Cartesian grid of ranks without reordering. Some ranks may have no rows, or no columns, and therefore
/// no cells: they need not call `update`, and they are nobody's neighbors.
///
/// Each rank has its own cells in a block, with a frame of ghost cells. The corners of the frame are never
/// needed. All else is as in [`open_ends`], except that the ranks need not make the same calls.
///
/// In each step, each neighbor gets the one row or column that it needs, in one message, and nothing else: a
/// block of r rows and c columns sends at most 2 r + 2 c cells. Each row or column may also include the two cells
/// beyond its ends, which are in the corners of the frame. The cells of a column are scattered in memory. Send a
/// column from where it is, without a copy, as one element of a datatype that describes all of it, such as that of
/// `MPI_Type_vector`. You may receive it in any way. A communicator is made by all ranks together, so make what you
/// need of them once, before the first step.
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
/// The blocks are those of [`blocks`], with at least one row and one column in total. The picture is a PNG file
/// with one pixel for each cell inside the grid's frame, row after row, with the red, green and blue that
/// `colour` returns. Rank 0 writes it to `path`, and replaces a file that is already there, however long. On the
/// other ranks, `path` means nothing. No other file is changed, and a path need not be text.
///
/// No rank but rank 0 receives more than a few numbers. Each rank sends its own cells once, either as they are
/// or as colors, which take 3 bytes instead of 8, and nothing to fill up its block.
///
/// Returns `Ok` on all ranks if the whole picture was written, and otherwise an error on all ranks: on rank 0 the
/// reason, such as the text of the `io::Error`, on the other ranks any text. If rank 0 cannot make the file, it may
/// tell the others before they send anything, and it may send them the reason.
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

/// Simulates `steps` steps in blocks of rows. The program is broken: it is there to be fixed.
///
/// As [`open_ends`], except that the ghost rows are filled when it begins, and that the ranks need not make the
/// same calls. Each neighbor gets one row for each step; since the ghost rows are filled when it begins, one row less
/// is enough.
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
