//! Numbers that are hard to add, and what they really come to.

use crate::subject::{Sum, two_sum};
use harness_mpi::Check;
use ndarray::{Array2, ArrayView1};

/// `Check::fractions` with two among them that are larger than all others together, by more than an
/// `f64` has digits, and that cancel each other: one in the middle, one at the end.
pub fn cancelling(check: &mut Check, length: usize) -> Vec<f64> {
    let mut numbers = check.fractions(length);
    if length > 2 {
        let large = check.draw(1.0..2.0) * 1e20;
        numbers[length / 2] = large;
        numbers[length - 1] = -large;
    }
    numbers
}

/// A matrix of these numbers.
pub fn matrix(numbers: Vec<f64>, rows: usize, columns: usize) -> Array2<f64> {
    Array2::from_shape_vec((rows, columns), numbers)
        .unwrap_or_else(|error| panic!("{rows} by {columns} numbers were made: {error}"))
}

/// The sum, rounded once, at the end: partial sums are kept as numbers that do not overlap.
///
/// Source: Shewchuk, Adaptive precision floating-point arithmetic and fast robust geometric predicates,
/// Discrete & Computational Geometry 18 (1997), Grow-Expansion.
pub fn sum(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut parts: Vec<f64> = Vec::new();
    for mut number in numbers {
        parts.retain_mut(|part| {
            let (total, lost) = two_sum(number, *part);
            number = total;
            *part = lost;
            lost != 0.0
        });
        parts.push(number);
    }
    parts.iter().sum()
}

/// The mean; none without numbers.
pub fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| sum(numbers.iter().copied()) / numbers.len() as f64)
}

/// The variance; none without numbers. In two passes, and with what the rounded mean is off by.
pub fn variance(numbers: &[f64]) -> Option<f64> {
    let (mean, count) = (mean(numbers)?, numbers.len() as f64);
    let distances = || numbers.iter().map(|number| number - mean);
    let squares = sum(distances().map(|distance| distance * distance));
    Some((squares - sum(distances()).powi(2) / count) / count)
}

/// The sum of a row as the checks add it up, whatever the answer does.
pub fn sum_row(row: ArrayView1<'_, f64>) -> Sum {
    row.iter().fold(Sum::default(), |sum, number| {
        let (total, lost) = two_sum(sum.total, *number);
        Sum {
            total,
            lost: sum.lost + lost,
        }
    })
}
