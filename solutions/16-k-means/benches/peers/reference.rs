//! The reference, for `cargo xtask bench 16 --peers`: rounds on one rank.

use k_means_solution::{Point, step};
use mpi::topology::SimpleCommunicator;

/// The peers begin with the same points and the same centers.
const POINTS: usize = 1 << 18;
const CLUSTERS: usize = 16;
const ROUNDS: usize = 5;

/// The fraction of multiples of an irrational number: they spread evenly over 0 to 1.
fn spread(index: usize, by: f64) -> f64 {
    (index as f64 * by).fract()
}

/// Returns a number that stands for all centers after the rounds.
fn rounds(world: &SimpleCommunicator, points: &[Point], first: &[Point]) -> f64 {
    let mut centers = first.to_vec();
    for _ in 0..ROUNDS {
        step(world, points, &mut centers);
    }
    let numbered = (1..).zip(&centers);
    numbered
        .map(|(number, [x, y])| f64::from(number) * (x + 2.0 * y))
        .sum()
}

fn main() -> std::io::Result<()> {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let points: Vec<Point> = (0..POINTS)
        .map(|point| [0.618_034, 0.754_878].map(|by| spread(point, by)))
        .collect();
    let first: Vec<Point> = (1..=CLUSTERS)
        .map(|center| [0.569_84, 0.438_38].map(|by| spread(center, by)))
        .collect();
    peers::serve(
        1e-9,
        &mut [(
            "rounds (step)",
            Box::new(|| rounds(&world, &points, &first)),
        )],
    )
}
