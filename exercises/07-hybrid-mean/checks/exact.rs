//! Numbers that are hard to add, and their exact sums.

use crate::subject::Sum;
use harness_mpi::Check;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Slice};

/// Numbers whose sum is small compared with most of them: a third have many sizes and both signs, up to
/// 10^17 times as large as the mean, others cancel their sum, to the last digit, and the rest remains.
/// They are in random order, so that neither place nor size shows which ones belong together. Of fewer
/// than six numbers, two are large.
pub fn cancelling(check: &mut Check, length: usize) -> Vec<f64> {
    if length < 3 {
        return check.fractions(length);
    }
    let scale = sign(check) * 2_f64.powi(check.draw(-30..31));
    let mean = check.draw(1e3..1e5);
    let mut numbers: Vec<f64> = Vec::with_capacity(length);
    for index in 0..length / 3 {
        // The first one is as large as any.
        let zeros = if index == 0 {
            17.0
        } else {
            check.draw(3.0..17.0)
        };
        let number = sign(check) * check.draw(0.5..1.0) * mean * 10_f64.powf(zeros);
        numbers.push(number);
    }
    let opposite: Vec<f64> = parts(numbers.iter().copied())
        .iter()
        .map(|part| -part)
        .collect();
    numbers.extend(opposite);
    while numbers.len() < length {
        numbers.push(mean * check.draw(0.5..1.5));
    }
    for number in &mut numbers {
        *number *= scale;
    }
    check.shuffle(&mut numbers);
    numbers
}

fn sign(check: &mut Check) -> f64 {
    check.pick(&[-1.0, 1.0])
}

/// A matrix of these numbers.
pub fn matrix(numbers: Vec<f64>, rows: usize, columns: usize) -> Array2<f64> {
    Array2::from_shape_vec((rows, columns), numbers)
        .unwrap_or_else(|error| panic!("{rows} by {columns} numbers were made: {error}"))
}

/// A matrix whose every second row and column has the numbers of this one; between them are others.
pub fn among_others(check: &mut Check, numbers: &Array2<f64>) -> Array2<f64> {
    let (rows, columns) = (2 * numbers.nrows(), 2 * numbers.ncols());
    let mut whole = matrix(check.floats(rows * columns), rows, columns);
    for ((row, column), number) in numbers.indexed_iter() {
        whole[[2 * row, 2 * column]] = *number;
    }
    whole
}

/// Every second row and every second column of a matrix: a view with gaps in both directions.
pub fn every_second(matrix: &Array2<f64>) -> ArrayView2<'_, f64> {
    let mut view = matrix.view();
    for axis in [Axis(0), Axis(1)] {
        view.slice_axis_inplace(axis, Slice::new(0, None, 2));
    }
    view
}

/// Two numbers added, and what rounding loses. The check has its own, in case an answer changes
/// the function that it is given.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    let of_a = sum - of_b;
    (sum, (a - of_a) + (b - of_b))
}

/// The sum, rounded once, at the end.
pub fn sum(numbers: impl IntoIterator<Item = f64>) -> f64 {
    parts(numbers).iter().sum()
}

/// The sum as numbers that do not overlap, the smallest first: together they are exact.
///
/// Source: Shewchuk, Adaptive precision floating-point arithmetic and fast robust geometric predicates,
/// Discrete & Computational Geometry 18 (1997), Grow-Expansion.
fn parts(numbers: impl IntoIterator<Item = f64>) -> Vec<f64> {
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
    parts
}

/// The value of a sum in two numbers, even if `value` of the answer is wrong.
pub fn value(sum: Sum) -> f64 {
    sum.total + sum.lost
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
