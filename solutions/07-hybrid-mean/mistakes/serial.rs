//! Mistakes in the task `serial`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use hybrid_mean_solution::{Sum, two_sum};
use ndarray::{ArrayView2, Axis};
use std::sync::Mutex;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("serial": plus = forgets_the_rest => WrongResult,
        "adds with one accumulator"),
    mistake!("serial": plus = kahan => WrongResult,
        "finds what is lost only while the sum is larger than the number"),
    mistake!("serial": plus = keeps_the_last_rest => WrongResult,
        "overwrites what was lost before"),
    mistake!("serial": plus = subtracts_the_rest => WrongResult,
        "has the sign of what is lost the wrong way round"),
    mistake!("serial": serial = one_accumulator => WrongResult,
        "leaves the adding to the iterator"),
    mistake!("serial": serial = mean_of_means => WrongResult,
        "takes the mean of the rows' means, each from one accumulator"),
    mistake!("serial": serial = by_rows_alone => WrongResult,
        "divides by the number of rows"),
    mistake!("serial": serial = zero_for_nothing => WrongResult,
        "returns 0 for no numbers"),
    mistake!("serial": serial = first_row_decides => Panic,
        "asks the first row for the number of columns"),
    mistake!("serial": plus = rest_as_f32 => WrongResult,
        "keeps what is lost in half of the digits"),
    mistake!("serial": serial = large_ones_apart => WrongResult,
        "adds large numbers and small ones in two accumulators"),
    mistake!("serial": serial = largest_first => WrongResult,
        "sorts the numbers by size, so that what cancels should come together"),
    mistake!("serial": serial = without_the_first_pair => WrongResult,
        "takes the largest number and its opposite out, and believes that was all"),
    mistake!("serial": serial = counts_to_65535 => WrongResult,
        "keeps the number of numbers in 16 bits"),
    mistake!("serial": serial = only_without_gaps => Panic,
        "takes the numbers for one slice, which those of a view with gaps are not"),
    mistake!("serial": serial = zero_is_nothing => WrongResult,
        "takes a sum of 0 for no numbers"),
    mistake!("serial": serial = by_the_place => WrongResult,
        "keeps the mean of each place in memory, and does not see that the numbers have changed"),
    mistake!("serial": plus = puts_it_back => WrongResult,
        "adds what was lost to the total again, after each number"),
    mistake!("serial": serial = gaps_by_the_iterator => WrongResult,
        "leaves the adding to the iterator where the numbers are no slice"),
];

fn only_without_gaps(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    let numbers = matrix.to_slice().unwrap();
    let row = ArrayView2::from_shape((1, numbers.len()), numbers).unwrap();
    hybrid_mean_solution::serial(row)
}

fn zero_is_nothing(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    hybrid_mean_solution::serial(matrix).filter(|mean| *mean != 0.0)
}

fn by_the_place(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    type Known = ((usize, (usize, usize)), Option<f64>);
    static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());
    let place = (matrix.as_ptr().addr(), matrix.dim());
    let mut known = KNOWN.lock().unwrap();
    if let Some((_, mean)) = known.iter().find(|(other, _)| *other == place) {
        return *mean;
    }
    let mean = hybrid_mean_solution::serial(matrix);
    known.push((place, mean));
    mean
}

fn forgets_the_rest(sum: Sum, number: f64) -> Sum {
    Sum {
        total: sum.total + number,
        lost: 0.0,
    }
}

fn kahan(sum: Sum, number: f64) -> Sum {
    let total = sum.total + number;
    Sum {
        total,
        lost: sum.lost + (number - (total - sum.total)),
    }
}

fn keeps_the_last_rest(sum: Sum, number: f64) -> Sum {
    let (total, lost) = hybrid_mean_solution::two_sum(sum.total, number);
    Sum { total, lost }
}

fn subtracts_the_rest(sum: Sum, number: f64) -> Sum {
    let (total, lost) = hybrid_mean_solution::two_sum(sum.total, number);
    Sum {
        total,
        lost: sum.lost - lost,
    }
}

fn one_accumulator(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    (!matrix.is_empty()).then(|| matrix.iter().sum::<f64>() / matrix.len() as f64)
}

fn mean_of_means(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    matrix.mean_axis(Axis(1))?.mean()
}

fn by_rows_alone(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    let mean = hybrid_mean_solution::serial(matrix)?;
    Some(mean * matrix.ncols() as f64)
}

fn zero_for_nothing(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    hybrid_mean_solution::serial(matrix).or(Some(0.0))
}

fn first_row_decides(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    let columns = matrix.row(0).len();
    (columns > 0).then(|| hybrid_mean_solution::serial(matrix))?
}

fn rest_as_f32(sum: Sum, number: f64) -> Sum {
    let (total, lost) = hybrid_mean_solution::two_sum(sum.total, number);
    let lost = sum.lost as f32 + lost as f32;
    Sum {
        total,
        lost: lost.into(),
    }
}

fn large_ones_apart(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    let smallest = matrix.iter().fold(f64::MAX, |least, x| least.min(x.abs()));
    let sum = |large: bool| {
        let is_large = |x: &&f64| (x.abs() > 1e6 * smallest) == large;
        matrix.iter().filter(is_large).sum::<f64>()
    };
    (!matrix.is_empty()).then(|| (sum(true) + sum(false)) / matrix.len() as f64)
}

fn largest_first(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = matrix.iter().copied().collect();
    numbers.sort_by(|one, other| other.abs().total_cmp(&one.abs()));
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

fn without_the_first_pair(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = matrix.iter().copied().collect();
    numbers.sort_by(f64::total_cmp);
    let all = numbers.len();
    if all > 2 && numbers[0] == -numbers[all - 1] {
        numbers = numbers[1..all - 1].to_vec();
    }
    (all > 0).then(|| numbers.iter().sum::<f64>() / all as f64)
}

fn counts_to_65535(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    let mean = hybrid_mean_solution::serial(matrix)?;
    Some(mean * matrix.len() as f64 / f64::from(matrix.len() as u16))
}

fn puts_it_back(sum: Sum, number: f64) -> Sum {
    let (total, lost) = two_sum(sum.total, number);
    let (total, lost) = two_sum(total, sum.lost + lost);
    Sum { total, lost }
}

fn gaps_by_the_iterator(matrix: ArrayView2<'_, f64>) -> Option<f64> {
    match matrix.to_slice() {
        Some(_) => hybrid_mean_solution::serial(matrix),
        None => one_accumulator(matrix),
    }
}
