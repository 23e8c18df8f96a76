//! The checks of sums and moments, number by number, and of parts that are joined.

use super::{
    Answers, FIVE, TWELVE, close,
    exact::{self, cancelling},
    shape,
};
use crate::subject::{Moments, Sum};
use harness_mpi::{Check, Traffic, plural};

pub fn serial(check: &mut Check, answers: &Answers) {
    if !plus(check, answers) {
        return;
    }
    let cases = [(3, 4), (1, 1), (1, 7), (5, 1), (0, 5), (4, 0), (300, 700)];
    for (rows, columns) in cases {
        let numbers = check.fractions(rows * columns);
        check.input(format!("serial: {}", shape(rows, columns)));
        let expected = exact::mean(&numbers);
        let matrix = exact::matrix(numbers, rows, columns);
        let mean = (answers.serial)(matrix.view());
        let why = match expected {
            Some(_) => "the mean of all its numbers",
            None => "without numbers there is no mean",
        };
        if !close(check, mean, expected, TWELVE, why) {
            return;
        }
    }
    for (rows, columns) in [(1, 3), (2, 5), (40, 50)] {
        let numbers = cancelling(check, rows * columns);
        check.input(format!(
            "serial: {}, of which two cancel and are 10^20 times as large",
            shape(rows, columns)
        ));
        let expected = exact::mean(&numbers);
        let matrix = exact::matrix(numbers, rows, columns);
        let mean = (answers.serial)(matrix.view());
        let why = "one accumulator has lost the small numbers: add what each rounding takes, too";
        if !close(check, mean, expected, TWELVE, why) {
            return;
        }
    }
}

/// Returns whether it was right.
fn plus(check: &mut Check, answers: &Answers) -> bool {
    let (small, large) = (check.draw(1.0..2.0), check.draw(1.0..2.0) * 1e20);
    let cases = [
        vec![small],
        vec![small, large, -large],
        vec![large, small, -large],
        vec![-large, small, large, small],
        cancelling(check, 100),
    ];
    for numbers in cases {
        let shown = &numbers[..numbers.len().min(4)];
        check.input(format!(
            "plus: {}, {shown:?} …",
            plural(numbers.len(), "number")
        ));
        let total = numbers.iter().copied().fold(Sum::default(), answers.plus);
        let expected = exact::sum(numbers);
        let why = "`total` and `lost` together are the whole sum, whichever number is larger; what was \
                   lost before must stay in `lost`";
        if !check.close(total.value(), expected, TWELVE, why) {
            return false;
        }
    }
    true
}

pub fn variance(check: &mut Check, answers: &Answers) {
    // All ranks take part in each step, whatever it comes to.
    let right = welford(check, answers) && chan(check, answers);
    if check.everywhere(right) {
        of_all(check, answers);
    }
}

/// Numbers about `mean`, a few units away from it.
fn around(check: &mut Check, mean: f64, length: usize) -> Vec<f64> {
    let mut numbers = check.draw_vec(length, -2.0..2.0);
    for number in &mut numbers {
        *number += mean;
    }
    numbers
}

fn moments(numbers: &[f64]) -> Moments {
    let mean = exact::mean(numbers).unwrap_or(0.0);
    let variance = exact::variance(numbers).unwrap_or(0.0);
    Moments {
        count: numbers.len() as u64,
        mean,
        squares: variance * numbers.len() as f64,
    }
}

/// Returns whether moments agree: the count wholly, the rest to some digits.
fn agree(check: &mut Check, name: &str, actual: Moments, expected: Moments, why: &str) -> bool {
    let what = |part| format!("the {part} that `{name}` gives: {why}");
    check.returned(actual.count, expected.count, &what("count"))
        && check.close(actual.mean, expected.mean, TWELVE, &what("mean"))
        && check.close(actual.squares, expected.squares, FIVE, &what("squares"))
}

/// Returns whether it was right.
fn welford(check: &mut Check, answers: &Answers) -> bool {
    for (mean, length) in [(0.0, 0), (5.0, 1), (-3.0, 2), (4.0, 100), (1e9, 1000)] {
        let numbers = around(check, mean, length);
        check.input(format!(
            "welford: {} about {mean:e}",
            plural(length, "number")
        ));
        let known = numbers.iter().copied();
        let known = known.fold(Moments::default(), answers.welford);
        let why = "squares of distances from the mean so far, not of the numbers themselves";
        if !agree(check, "welford", known, moments(&numbers), why) {
            return false;
        }
    }
    true
}

/// Returns whether it was right.
fn chan(check: &mut Check, answers: &Answers) -> bool {
    let cases = [(2, 3), (1, 0), (0, 4), (0, 0), (7, 7), (1, 500), (400, 3)];
    for (first, second) in cases {
        for (one, other) in [(2.0, 2.0), (-4.0, 9.0), (1e9, 1e9 + 10.0)] {
            let (one, other) = (around(check, one, first), around(check, other, second));
            check.input(format!(
                "chan: {} and {}",
                plural(first, "number"),
                plural(second, "number")
            ));
            let joined = (answers.chan)(moments(&one), moments(&other));
            let expected = moments(&[one, other].concat());
            let why = "the means may differ, and so may the counts; either part may be empty";
            if !agree(check, "chan", joined, expected, why) {
                return false;
            }
        }
    }
    true
}

fn of_all(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let rising: Vec<usize> = (1..=size).map(|rank| 3 * rank).collect();
    // Of few numbers that lie close together, the offset alone takes more than these digits.
    let mut drawn = check.draw_vec(size, 30..400);
    if size > 1 {
        drawn[size / 2] = 0;
    }
    let only_last: Vec<usize> = (1..=size).map(|rank| rank / size * 50).collect();
    let one_number = (1..=size).map(|rank| rank / size).collect();
    for (mean, step, amounts) in [
        (3.0, 0.0, rising.clone()),
        (0.0, 5.0, rising),
        (1e9, 1.0, vec![1_000; size]),
        (1e9, 0.0, drawn),
        (1e9, 0.0, only_last),
        (7.0, 0.0, one_number),
        (0.0, 0.0, vec![0; size]),
    ] {
        // The mean of each rank lies `step` above that of the rank before.
        let parts: Vec<Vec<f64>> = (0..size)
            .map(|rank| around(check, mean + step * rank as f64, amounts[rank]))
            .collect();
        check.input(format!(
            "variance: the ranks have {amounts:?} numbers about {mean:e}, each {step} above the last"
        ));
        let mine = &parts[check.rank()];
        let (variance, traffic) = check.observe(|world| (answers.variance)(world, mine));
        let expected = exact::variance(&parts.concat());
        let why = match expected {
            Some(_) => "the variance of the numbers of all ranks, on every rank",
            None => "without numbers there is no variance",
        };
        let right = close(check, variance, expected, FIVE, why);
        if !check.everywhere(right) {
            return;
        }
        let why =
            "three numbers tell all that is needed of a rank; its numbers stay where they are";
        let allowed = 100 + 40 * size as u64;
        check.at_most(
            "bytes sent by this rank",
            given(check, &traffic),
            allowed,
            why,
        );
    }
}

/// How many bytes this rank gave to MPI to send, by whatever call.
fn given(check: &Check, traffic: &Traffic) -> u64 {
    traffic.moves(check.rank()).given
}
