//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use hybrid_mean::two_sum;
use mpi::{Threading, point_to_point as p2p, topology::SimpleCommunicator, traits::*};
use ndarray::Array2;
use rayon::prelude::*;
use std::thread;

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator, provided: Threading) {
    what_rounding_takes();
    rows_of_a_matrix();
    one_after_another_or_both(provided);
    widest_row();
    earliest_and_latest(world);
    squares_minus_square();
}

// ANCHOR: what-rounding-takes
fn what_rounding_takes() {
    assert_eq!([1e20, 1.0, -1e20].iter().sum::<f64>(), 0.0);
    assert_eq!(two_sum(1e20, 1.0), (1e20, 1.0));
    assert_eq!(two_sum(1.0, 1e20), (1e20, 1.0));
}
// ANCHOR_END: what-rounding-takes

fn rows_of_a_matrix() {
    let numbers = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let matrix = Array2::from_shape_vec((2, 3), numbers).expect("2 rows of 3 numbers are 6");
    assert_eq!((matrix.nrows(), matrix.ncols()), (2, 3));
    assert_eq!(matrix.row(1).to_vec(), [4.0, 5.0, 6.0]);
    // A view is to a matrix what a slice is to a vector.
    assert_eq!(
        matrix.view().to_slice(),
        Some(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0][..])
    );
}

fn one_after_another_or_both(provided: Threading) {
    let talk = || {
        let world = SimpleCommunicator::world();
        let mut heard = 0;
        p2p::send_receive_into(&1, &world.this_process(), &mut heard, &world.this_process());
        heard
    };
    let heard = if provided >= Threading::Multiple {
        thread::scope(|scope| {
            let other = scope.spawn(talk);
            talk() + other.join().expect("it does not panic")
        })
    } else {
        talk() + talk()
    };
    assert_eq!(heard, 2);
}

fn widest_row() {
    let matrix = Array2::from_shape_fn((100, 8), |(row, column)| (row * column % 13) as f64);
    let widths = matrix
        .outer_iter()
        .into_par_iter()
        .map(|row| row[7] - row[0]);
    let widest = widths.reduce(|| 0.0, f64::max);
    assert_eq!(widest, 12.0);
}

/// What each rank knows, as one MPI datatype.
#[derive(Clone, Copy, Default, Equivalence)]
struct Seen {
    earliest: f64,
    latest: f64,
}

fn earliest_and_latest(world: &SimpleCommunicator) {
    let rank = f64::from(world.rank());
    let mine = Seen {
        earliest: 5.0 - rank,
        latest: 5.0 + rank,
    };
    let mut all = vec![Seen::default(); world.size() as usize];
    world.all_gather_into(&mine, &mut all[..]);
    let latest = all.iter().map(|seen| seen.latest).fold(f64::MIN, f64::max);
    let earliest = all
        .iter()
        .map(|seen| seen.earliest)
        .fold(f64::MAX, f64::min);
    assert_eq!(latest - earliest, 2.0 * f64::from(world.size() - 1));
}

fn squares_minus_square() {
    // Their variance is 2/3.
    let numbers = [1e9, 1e9 + 1.0, 1e9 + 2.0];
    let mean = numbers.iter().sum::<f64>() / 3.0;
    let mean_of_squares = numbers.iter().map(|x| x * x).sum::<f64>() / 3.0;
    assert!((mean_of_squares - mean * mean - 2.0 / 3.0).abs() > 0.5);
}
