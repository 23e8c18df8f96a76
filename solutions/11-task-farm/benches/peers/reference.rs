//! The reference, for `cargo xtask bench 11 --peers`.

use rayon::prelude::*;
use task_farm_solution::{View, row, wide};

/// The picture of the lesson, which the peers compute too.
const VIEW: View = View {
    width: 1280,
    height: 960,
    c: (-0.8, 0.156),
    limit: 255,
};

/// All steps of a row.
fn sum(row: Vec<u16>) -> u64 {
    row.into_iter().map(u64::from).sum()
}

fn main() -> std::io::Result<()> {
    let rows = || 0..VIEW.height;
    // A pixel at the edge may take a step more or less where others round otherwise.
    peers::serve(
        1e-5,
        &mut [
            (
                "picture (wide::row)",
                Box::new(|| rows().map(|at| sum(wide::row(&VIEW, at))).sum::<u64>() as f64),
            ),
            (
                "picture (row)",
                Box::new(|| rows().map(|at| sum(row(&VIEW, at))).sum::<u64>() as f64),
            ),
            (
                "picture, all cores (wide::row)",
                Box::new(|| {
                    let rows = rows().into_par_iter();
                    rows.map(|at| sum(wide::row(&VIEW, at))).sum::<u64>() as f64
                }),
            ),
        ],
    )
}
