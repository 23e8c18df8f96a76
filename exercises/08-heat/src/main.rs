//! Simulates a hot word on a cold plate, and shows it: first the examples of the lesson, then what you have
//! written. `cargo xtask run 08 -n 4`
//!
//! `cargo xtask run 08 -n 4 -- 240 400 300 heat.png` sets the numbers of rows, columns and steps, and the file for
//! the picture.

mod lesson;
mod plate;
mod request;

use demo::{REFUSED, stop_all_on_panic, tell};
use heat::*;
use mpi::{Rank, topology::SimpleCommunicator, traits::*};
use plate::{colour, draw, plate};
use request::Request;
use std::process::ExitCode;

/// The rate of the update. It is unstable above 1/4.
const RATE: f64 = 0.2;
/// Degrees.
const TOLERANCE: f64 = 0.1;

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    // One rank reads the arguments, and all ranks act on the result.
    let request = match Request::agree(&world) {
        Ok(request) => request,
        Err(status) => return status,
    };
    lesson::examples(&world);
    if show(&world, &request) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(REFUSED)
    }
}

/// The update of the heat equation.
fn by_heat(above: &[f64], row: &[f64], below: &[f64], new: &mut [f64]) {
    update(RATE, above, row, below, new);
}

/// Simulates with each function. Returns whether the picture could be written, the same on all ranks.
fn show(world: &SimpleCommunicator, request: &Request) -> bool {
    let Request { shape, steps, .. } = *request;
    let [rows, columns] = shape;
    let first = plate(shape);
    let mut whole = first.clone();
    tell(world, "\nserial: the whole grid in one process");
    serial(&mut whole, steps, &by_heat);

    let lines = [world.size() as usize, 1];
    let own = Part::of(world, shape, lines);
    tell(world, "\nhalo: one exchange");
    let mut block = own.cut(&first);
    halo(world, rows, &mut block);
    own.compare(world, "halo", &block, &first);
    for (name, way) in [
        ("open-ends", open_ends as Way),
        ("broken-order", broken_order),
        ("overlap", overlap),
    ] {
        let mut block = own.cut(&first);
        way(world, rows, &mut block, steps, &by_heat);
        own.compare(world, name, &block, &whole);
    }

    let ranks = squarest(world.size() as usize);
    let tile = Part::of(world, shape, ranks);
    let mut block = tile.cut(&first);
    blocks(world, shape, ranks, &mut block, steps, &by_heat);
    tile.compare(world, "blocks", &block, &whole);
    tell(
        world,
        &format!(
            "in each step, an inner rank sends {} bytes with blocks of rows, {} bytes with {} × {} blocks",
            16 * columns,
            16 * (rows.div_ceil(ranks[0]) + columns.div_ceil(ranks[1])),
            ranks[0],
            ranks[1]
        ),
    );

    tell(world, "\npicture: gather the blocks, and write the file");
    let written = picture(world, shape, ranks, &block, &colour, &request.path);
    if world.rank() == 0 {
        match &written {
            Ok(()) => println!("picture after {steps} steps: {}", request.path.display()),
            Err(message) => eprintln!("{message}"),
        }
        let has_colour = drawing::has_colour();
        println!("\nbefore the first step\n{}", draw(&first, has_colour));
        println!("after {steps} steps\n{}", draw(&whole, has_colour));
    }

    let mut block = own.cut(&first);
    let mut step = || {
        let before = block.clone();
        open_ends(world, rows, &mut block, 1, &by_heat);
        largest_change(&before, &block)
    };
    let done = converged(world, TOLERANCE, steps.saturating_mul(20), &mut step);
    tell(
        world,
        &format!("converged: no cell changes by more than {TOLERANCE} degrees after {done} steps"),
    );
    written.is_ok()
}

/// A function that simulates a number of steps in blocks of rows.
type Way = fn(&SimpleCommunicator, usize, &mut Grid, usize, Update<'_>);

/// The largest change of a cell of this rank.
fn largest_change(old: &Grid, new: &Grid) -> f64 {
    let rows = 1..old.height() - 1;
    let changes = rows.flat_map(|row| {
        let cells = old.row(row).iter().zip(new.row(row));
        cells.map(|(old, new)| (new - old).abs())
    });
    changes.fold(0.0, f64::max)
}

/// The numbers of ranks above and beside each other for which blocks are as square as possible.
fn squarest(size: usize) -> [usize; 2] {
    let fits = |above: &usize| size.is_multiple_of(*above) && above * above <= size;
    let above = (1..=size).rev().find(fits).unwrap_or(1);
    [above, size / above]
}

/// The part of the grid that belongs to this rank.
struct Part {
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
}

impl Part {
    fn of(world: &SimpleCommunicator, shape: [usize; 2], ranks: [usize; 2]) -> Self {
        let rank = world.rank() as usize;
        Self {
            rows: share(shape[0], ranks[0], rank / ranks[1]),
            columns: share(shape[1], ranks[1], rank % ranks[1]),
        }
    }

    /// The part with its frame, cut out of the whole grid.
    fn cut(&self, grid: &Grid) -> Grid {
        let width = self.columns.len() + 2;
        let rows = self.rows.start..self.rows.end + 2;
        let cells = rows.flat_map(|row| grid.row(row)[self.columns.start..][..width].to_vec());
        Grid {
            width,
            cells: cells.collect(),
        }
    }

    /// Prints how many cells of this rank are not the same, to the last bit, as those of the whole grid.
    fn compare(&self, world: &SimpleCommunicator, name: &str, block: &Grid, whole: &Grid) {
        let should = self.cut(whole);
        let rows = 1..block.height() - 1;
        let cells = rows.flat_map(|row| {
            let columns = 1..block.width - 1;
            columns.map(move |column| (row, column))
        });
        let other = cells
            .filter(|(row, column)| block.row(*row)[*column] != should.row(*row)[*column])
            .count() as u64;
        let mut all = vec![0; world.size() as usize];
        world.all_gather_into(&other, &mut all[..]);
        let wrong: Vec<Rank> = (0..)
            .zip(&all)
            .filter(|(_, other)| **other > 0)
            .map(|(rank, _)| rank)
            .collect();
        let verdict = match wrong[..] {
            [] => String::from("the same as the serial grid, bit for bit"),
            _ => format!(
                "{} cells differ from the serial grid, on ranks {wrong:?}",
                all.iter().sum::<u64>()
            ),
        };
        tell(world, &format!("{name:12} {verdict}"));
    }
}
