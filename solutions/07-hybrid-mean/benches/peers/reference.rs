//! The reference, for `cargo xtask bench 07 --peers`.

use hybrid_mean_solution::{Sum, fast, serial, threads};
use ndarray::Array2;

/// 128 MiB. The peers add up the same numbers.
const SIDE: usize = 4096;

fn main() -> std::io::Result<()> {
    let number = |(row, column)| ((row * SIDE + column) % 1000) as f64 / 7.0;
    let matrix = Array2::from_shape_fn((SIDE, SIDE), number);
    let numbers = matrix.as_slice().unwrap_or_default();
    let mean = |sum: Sum| sum.value() / (SIDE * SIDE) as f64;
    peers::serve(
        1e-9,
        &mut [
            ("mean (fast::sum)", Box::new(|| mean(fast::sum(numbers)))),
            (
                "mean (serial)",
                Box::new(|| serial(matrix.view()).unwrap_or_default()),
            ),
            (
                "mean, all cores (fast::sum)",
                Box::new(|| {
                    mean(threads(matrix.view(), &|row| {
                        fast::sum(row.to_slice().unwrap_or_default())
                    }))
                }),
            ),
        ],
    )
}
