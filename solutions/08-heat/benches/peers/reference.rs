//! The reference, for `cargo xtask bench 08 --peers`.

use heat_solution::{Grid, update};
use rayon::prelude::*;
use std::mem::swap;

/// Cells in each direction, frame included: two grids of 32 MiB. The peers begin with the same cells.
const SIDE: usize = 2048;
const RATE: f64 = 0.2;
/// Rows for a thread at a time.
const ROWS: usize = 64;

/// Two grids.
struct Plates {
    old: Grid,
    new: Grid,
}

impl Plates {
    fn new() -> Self {
        let cells = (0..SIDE * SIDE).map(|cell| (cell % 97) as f64).collect();
        let old = Grid { width: SIDE, cells };
        let new = old.clone();
        Self { old, new }
    }

    /// The new cells become the old ones; returns the sum of a row of them.
    fn swapped(&mut self) -> f64 {
        swap(&mut self.old, &mut self.new);
        self.old.row(SIDE / 2).iter().sum()
    }

    fn by_one(&mut self) -> f64 {
        for row in 1..SIDE - 1 {
            let [above, own, below] = [row - 1, row, row + 1].map(|row| self.old.row(row));
            update(RATE, above, own, below, self.new.row_mut(row));
        }
        self.swapped()
    }

    fn by_all(&mut self) -> f64 {
        let inside = &mut self.new.cells[SIDE..SIDE * (SIDE - 1)];
        inside
            .par_chunks_mut(SIDE)
            .enumerate()
            .with_min_len(ROWS)
            .for_each(|(row, new)| {
                let [above, own, below] = [row, row + 1, row + 2].map(|row| self.old.row(row));
                update(RATE, above, own, below, new);
            });
        self.swapped()
    }
}

fn main() -> std::io::Result<()> {
    let (mut one, mut all) = (Plates::new(), Plates::new());
    // The order of the operations is given, and with it every bit.
    peers::serve(
        0.0,
        &mut [
            ("step (update)", Box::new(|| one.by_one())),
            ("step, all cores (update)", Box::new(|| all.by_all())),
        ],
    )
}
