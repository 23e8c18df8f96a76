//! Exercise 08: the two-dimensional heat equation: the reference.

use mpi::{
    Rank,
    collective::SystemOperation,
    datatype::{PartitionMut, UserDatatype},
    request::{multiple_scope, scope},
    topology::SimpleCommunicator,
    traits::*,
};
use mpi_extra::{Neighbour, neighbourhood::Region, send_receive_into, traits::*};
use std::{fs::File, mem::swap, ops::Range, path::Path};

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
    let around = row.array_windows().zip(above[1..].iter().zip(&below[1..]));
    for (new, ([left, old, right], (above, below))) in new[1..].iter_mut().zip(around) {
        *new = old + rate * (above + left + right + below - 4.0 * old);
    }
}

/// Simulates `steps` steps on the whole grid, without MPI.
///
/// In each step, call `update` once for each row but the first and the last, in any order. It must get all
/// cells as they were before the step. When the function returns, `grid` holds the result.
///
/// Use two grids, and swap them after each step: `update` writes a grid in one step, and reads the same grid in
/// the next. Copy from one grid to the other only once, before the first step.
pub fn serial(grid: &mut Grid, steps: usize, update: Update<'_>) {
    let mut next = grid.clone();
    for _ in 0..steps {
        for row in 1..grid.height() - 1 {
            update(
                grid.row(row - 1),
                grid.row(row),
                grid.row(row + 1),
                next.row_mut(row),
            );
        }
        swap(grid, &mut next);
    }
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
    let [above, below] = above_and_below(world, rows);
    exchange(block, &above, &below);
}

/// The ranks that have the rows above and below those of this one; no process if there are no rows.
fn above_and_below(world: &SimpleCommunicator, rows: usize) -> [Neighbour<'_>; 2] {
    let rank = world.rank();
    let has_rows = |rank: Rank| (0..rows.min(world.size() as usize)).contains(&(rank as usize));
    [rank - 1, rank + 1].map(|other| {
        let exists = has_rows(rank) && has_rows(other);
        Neighbour::at(world, if exists { other } else { -1 })
    })
}

/// Sends the edges down and up, and receives the ghost rows.
fn exchange(block: &mut Grid, above: &Neighbour<'_>, below: &Neighbour<'_>) {
    let (width, last) = (block.width, block.height() - 2);
    if last == 0 {
        return;
    }
    let (ghost, own) = block.cells.split_at_mut(width);
    send_receive_into(&own[(last - 1) * width..][..width], below, ghost, above);
    let (own, ghost) = block.cells.split_at_mut((last + 1) * width);
    send_receive_into(&own[width..][..width], above, ghost, below);
}

/// Computes all rows of a block, except the ghost rows, from those of another.
fn update_all(
    block: &Grid,
    next: &mut Grid,
    rows: impl IntoIterator<Item = usize>,
    update: Update<'_>,
) {
    for row in rows {
        update(
            block.row(row - 1),
            block.row(row),
            block.row(row + 1),
            next.row_mut(row),
        );
    }
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
    let [above, below] = above_and_below(world, rows);
    let mut next = block.clone();
    for _ in 0..steps {
        exchange(block, &above, &below);
        update_all(block, &mut next, 1..block.height() - 1, update);
        swap(block, &mut next);
    }
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
    let [above, below] = above_and_below(world, rows);
    let (width, last) = (block.width, block.height() - 2);
    if last == 0 {
        return;
    }
    let mut next = block.clone();
    for _ in 0..steps {
        let (upper_ghost, rest) = block.cells.split_at_mut(width);
        let (own, lower_ghost) = rest.split_at_mut(last * width);
        let row = |row: usize| &own[(row - 1) * width..][..width];
        multiple_scope(4, |scope, requests| {
            if above.exists() {
                requests.add(above.immediate_receive_into(scope, upper_ghost));
                requests.add(above.immediate_send(scope, row(1)));
            }
            if below.exists() {
                requests.add(below.immediate_receive_into(scope, lower_ghost));
                requests.add(below.immediate_send(scope, row(last)));
            }
            for inside in 2..last {
                update(
                    row(inside - 1),
                    row(inside),
                    row(inside + 1),
                    next.row_mut(inside),
                );
            }
            requests.wait_all(&mut Vec::new());
        });
        let edges = if last > 1 { vec![1, last] } else { vec![1] };
        update_all(block, &mut next, edges, update);
        swap(block, &mut next);
    }
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
    if limit == 0 {
        return 0;
    }
    let mut change = step();
    for done in 2..=limit {
        let mut largest = 0.0;
        let next = scope(|scope| {
            let max = SystemOperation::max();
            let asked = world.immediate_all_reduce_into(scope, &change, &mut largest, max);
            let next = step();
            asked.wait();
            next
        });
        if largest <= tolerance {
            return done;
        }
        change = next;
    }
    limit
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
    let grid = world
        .create_cartesian_communicator(&ranks.map(|ranks| ranks as i32), &[false; 2], false)
        .expect("there are as many ranks as parts");
    let rank = world.rank() as usize;
    let (rows, columns, width) = (block.height() - 2, block.width - 2, block.width);
    let cell = f64::equivalent_datatype();
    let column = UserDatatype::vector(rows as i32, 1, width as i32, &cell);
    let row_at = |row: usize| Region::new(row * width + 1, columns as i32, &cell);
    let column_at = |index: usize| Region::new(width + index, 1, &column);
    let mut edges = [row_at(1), row_at(rows), column_at(1), column_at(columns)];
    let mut ghosts = [
        row_at(0),
        row_at(rows + 1),
        column_at(0),
        column_at(columns + 1),
    ];
    // The order is that of the neighbors: above, below, left, right. Only cells have neighbors.
    let is_empty =
        |dimension: usize, part| share(shape[dimension], ranks[dimension], part).is_empty();
    let (part, has_cells) = ([rank / ranks[1], rank % ranks[1]], rows > 0 && columns > 0);
    for (neighbour, exists) in [
        has_cells,
        has_cells && !is_empty(0, part[0] + 1),
        has_cells,
        has_cells && !is_empty(1, part[1] + 1),
    ]
    .into_iter()
    .enumerate()
    {
        if !exists {
            (edges[neighbour], ghosts[neighbour]) = (Region::empty(), Region::empty());
        }
    }
    let mut next = block.clone();
    for _ in 0..steps {
        grid.neighbour_all_to_all_within(&mut block.cells, &edges, &ghosts);
        update_all(block, &mut next, 1..rows + 1, update);
        swap(block, &mut next);
    }
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
    let root = world.process_at_rank(0);
    let own: Vec<u8> = (1..block.height() - 1)
        .flat_map(|row| &block.row(row)[1..block.width - 1])
        .flat_map(|cell| colour(*cell))
        .collect();
    let mut written = Ok(());
    if world.rank() == 0 {
        let parts: Vec<[Range<usize>; 2]> = (0..ranks[0] * ranks[1])
            .map(|rank| {
                [
                    share(shape[0], ranks[0], rank / ranks[1]),
                    share(shape[1], ranks[1], rank % ranks[1]),
                ]
            })
            .collect();
        let bytes = |[rows, columns]: &[Range<usize>; 2]| 3 * rows.len() * columns.len();
        let counts: Vec<i32> = parts.iter().map(|part| bytes(part) as i32).collect();
        let starts: Vec<i32> = counts
            .iter()
            .scan(0, |next, count| {
                Some(std::mem::replace(next, *next + count))
            })
            .collect();
        let mut all = vec![0; 3 * shape[0] * shape[1]];
        let mut gathered = PartitionMut::new(&mut all[..], counts, starts);
        root.gather_varcount_into_root(&own[..], &mut gathered);
        // The blocks come one after another, but their rows are side by side in the picture.
        let mut pixels = vec![0; all.len()];
        let mut rest = &all[..];
        for [rows, columns] in parts {
            for row in rows {
                let (pixels_of_row, others) = rest.split_at(3 * columns.len());
                let start = 3 * (row * shape[1] + columns.start);
                pixels[start..][..pixels_of_row.len()].copy_from_slice(pixels_of_row);
                rest = others;
            }
        }
        written = File::create(path)
            .and_then(|file| drawing::write_png(file, [shape[1], shape[0]], &pixels))
            .map_err(|error| format!("{} cannot be written: {error}", path.display()));
    } else {
        root.gather_varcount_into(&own[..]);
    }
    let mut is_written = written.is_ok();
    root.broadcast_into(&mut is_written);
    match is_written {
        true => Ok(()),
        false => written.and(Err(String::from("rank 0 could not write the picture"))),
    }
}

/// Simulates `steps` steps in blocks of rows. The program is broken: it is there to be fixed.
///
/// As [`open_ends`], except that the ghost rows are filled when it begins, and that the ranks need not make the
/// same calls. Each neighbor gets one row for each step; since the ghost rows are filled when it begins, one row less
/// is enough.
pub fn broken_order(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let mut next = block.clone();
    for _ in 0..steps {
        halo(world, rows, block);
        for row in 1..block.height() - 1 {
            update(
                block.row(row - 1),
                block.row(row),
                block.row(row + 1),
                next.row_mut(row),
            );
        }
        swap(block, &mut next);
    }
}
