//! The checks of sums and moments, number by number, and of parts that are joined.

use super::{
    Answers, FIVE, IN_A_ROW, LARGE, NOT_MIXED, TWELVE, WITHOUT_LOST, close,
    exact::{self, cancelling},
    shape, two_calls_with_late_sends,
};
use crate::subject::{Moments, Sum};
use harness_mpi::{Bounds, Check, plural};
use ndarray::ArrayView2;

pub fn serial(check: &mut Check, answers: &Answers) {
    if !plus(check, answers) {
        return;
    }
    let drawn = (check.draw(2..40), check.draw(2..40));
    let cases = [
        (3, 4),
        (1, 1),
        (1, 7),
        (5, 1),
        (0, 5),
        (4, 0),
        (0, 0),
        drawn,
    ];
    for (rows, columns) in cases.into_iter().chain([(300, 700)]) {
        let numbers = check.floats(rows * columns);
        check.input(format!("serial: {}", shape(rows, columns)));
        let why = if numbers.is_empty() {
            "without numbers there is no mean"
        } else {
            "the mean of all its numbers"
        };
        let matrix = exact::matrix(numbers, rows, columns);
        if !mean_of(check, answers, matrix.view(), why) {
            return;
        }
    }
    for (rows, columns) in [(1, 3), (2, 5), (40, 50), drawn, (150, 1)] {
        let numbers = cancelling(check, rows * columns);
        check.input(format!("serial: {}, {LARGE}", shape(rows, columns)));
        let why = "a single accumulator loses the small numbers: also add what each rounding loses";
        let matrix = exact::matrix(numbers, rows, columns);
        if !mean_of(check, answers, matrix.view(), why) {
            return;
        }
    }
    unusual(check, answers);
}

/// Returns whether it was right.
fn mean_of(check: &mut Check, answers: &Answers, matrix: ArrayView2<'_, f64>, why: &str) -> bool {
    let numbers: Vec<f64> = matrix.iter().copied().collect();
    let mean = (answers.serial)(matrix);
    close(check, mean, exact::mean(&numbers), TWELVE, why)
}

/// Matrices that are unlike others in more than their numbers: a view with gaps, one whose mean is 0, and one that
/// lies where another did.
fn unusual(check: &mut Check, answers: &Answers) {
    let numbers = exact::matrix(cancelling(check, 6 * 10), 6, 10);
    let whole = exact::among_others(check, &numbers);
    check.input(format!(
        "serial: every second row and column of {}, {LARGE}",
        shape(12, 20)
    ));
    let why = "the mean of the numbers that the view has, and of no others; also add what each rounding loses";
    if !mean_of(check, answers, exact::every_second(&whole), why) {
        return;
    }

    let whole = exact::matrix(cancelling(check, 8 * 9), 8, 9);
    check.input(format!(
        "serial: {}, {LARGE}, column by column in memory",
        shape(9, 8)
    ));
    let why = "the mean of the numbers, wherever they lie; also add what each rounding loses";
    if !mean_of(check, answers, whole.t(), why) {
        return;
    }

    // Whole numbers, so that no rounding is left over.
    let numbers = check.draw_vec(6, 1..1_000).into_iter().map(f64::from);
    let numbers: Vec<f64> = numbers.flat_map(|number| [number, -number]).collect();
    check.input(format!("serial: {}, whose sum is 0", shape(3, 4)));
    let matrix = exact::matrix(numbers, 3, 4);
    if !mean_of(check, answers, matrix.view(), "0 is a mean, too") {
        return;
    }

    let mut matrix = exact::matrix(check.floats(3 * 5), 3, 5);
    let _ = ["", ", which had other numbers in the call before"]
        .iter()
        .all(|before| {
            let numbers = check.floats(matrix.len());
            matrix
                .iter_mut()
                .zip(numbers)
                .for_each(|(at, number)| *at = number);
            check.input(format!("serial: {}{before}", shape(3, 5)));
            mean_of(
                check,
                answers,
                matrix.view(),
                "the mean of the numbers that it has now",
            )
        });
}

/// Returns whether it was right.
fn plus(check: &mut Check, answers: &Answers) -> bool {
    let (small, large) = (check.draw(1.0..2.0), check.draw(1.0..2.0) * 1e17);
    let cases = [
        vec![small],
        vec![small, large, -large],
        vec![large, small, -large],
        vec![-large, small, large, small],
        check.floats(50),
        cancelling(check, 100),
        cancelling(check, 1000),
    ];
    for numbers in cases {
        let (shown, more) = match numbers.len() {
            0..5 => (&numbers[..], ""),
            _ => (&numbers[..4], " and so on"),
        };
        let count = plural(numbers.len(), "number");
        check.input(format!("plus: {count}, {shown:?}{more}"));
        let sum = numbers.iter().copied().fold(Sum::default(), answers.plus);
        let total = numbers.iter().fold(0.0, |total, number| total + number);
        let expected = exact::sum(numbers);
        let why = "`total` and `lost` together are the whole sum, whichever number is larger; what was \
                   lost before must stay in `lost`";
        if !check.close(exact::value(sum), expected, TWELVE, why)
            || !check.holds("the `total` of the sum", sum.total, total, WITHOUT_LOST)
        {
            return false;
        }
    }
    true
}

pub fn variance(check: &mut Check, answers: &Answers) {
    // All ranks take part in each step, whatever its result is.
    let right = welford(check, answers) && chan(check, answers);
    if check.everywhere(right) {
        of_all(check, answers);
    }
}

/// Numbers about `mean`, up to `spread` away from it; some are equal.
fn around(check: &mut Check, mean: f64, spread: f64, length: usize) -> Vec<f64> {
    let mut numbers = check.draw_vec(length, -spread..spread);
    for number in &mut numbers {
        *number += mean;
    }
    for index in (3..length).step_by(5) {
        numbers[index] = numbers[check.draw(0..index)];
    }
    check.shuffle(&mut numbers);
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

/// Returns whether moments agree: the count exactly, the rest to some digits.
fn agree(check: &mut Check, name: &str, actual: Moments, expected: Moments, why: &str) -> bool {
    let what = |part| format!("the {part} that `{name}` returns; {why}");
    check.returned(actual.count, expected.count, &what("count"))
        && check.close(actual.mean, expected.mean, TWELVE, &what("mean"))
        && check.close(actual.squares, expected.squares, FIVE, &what("squares"))
}

/// Returns whether it was right.
fn welford(check: &mut Check, answers: &Answers) -> bool {
    let cases = [
        (0.0, 2.0, 0),
        (5.0, 2.0, 1),
        (-3.0, 2.0, 2),
        (4.0, 1e-3, 100),
        (0.0, 1e6, 30),
        (1e9, 2.0, 1000),
    ];
    for (mean, spread, length) in cases {
        let mut numbers = around(check, mean, spread, length);
        if length == 30 {
            // As the mean before, with and without numbers.
            numbers[..3].fill(0.0);
        }
        let count = plural(length, "number");
        check.input(format!("welford: {count} about {mean:e}"));
        let known = numbers.iter().copied();
        let known = known.fold(Moments::default(), answers.welford);
        let why =
            "`squares` adds up squares of distances from the mean, not of the numbers themselves";
        if !agree(check, "welford", known, moments(&numbers), why) {
            return false;
        }
    }
    let many = many(check, 0);
    // A number that is as large as their count moves the mean, however many they are.
    let numbers = many.map(|known| [check.draw(10.0..20.0), known.count as f64]);
    let cases = many.into_iter().zip(numbers);
    for (known, number) in cases.flat_map(|(known, numbers)| numbers.map(|number| (known, number)))
    {
        check.input(format!("welford: {number} after {known:?}"));
        let distance = number - known.mean;
        let mean = known.mean + distance / (known.count + 1) as f64;
        let expected = Moments {
            count: known.count + 1,
            mean,
            squares: known.squares + distance * (number - mean),
        };
        let why =
            "a count may be as large as a `u64` allows, and a number makes it greater by exactly 1";
        if !agree(
            check,
            "welford",
            (answers.welford)(known, number),
            expected,
            why,
        ) {
            return false;
        }
    }
    true
}

/// Moments of more numbers than narrower types can count: beyond 2^16, 2^32, 2^53 and 2^63. The counts are all
/// even, plus `odd`: beyond 2^53 only an odd one is sure not to be an `f64`.
fn many(check: &mut Check, odd: u64) -> [Moments; 4] {
    [16, 32, 53, 63].map(|bits| {
        let count = (1_u64 << bits) + 2 * check.draw(1..1_000) + odd;
        Moments {
            count,
            mean: check.draw(1.0..9.0),
            squares: count as f64 * check.draw(0.5..2.0),
        }
    })
}

/// Returns whether it was right.
fn chan(check: &mut Check, answers: &Answers) -> bool {
    let cases = [
        (2, 3),
        (1, 0),
        (0, 4),
        (0, 0),
        (1, 1),
        (7, 7),
        (1, 500),
        (400, 3),
    ];
    let why = "the means may differ, and so may the counts; either part may be empty";
    for (first, second) in cases {
        for (one, other) in [(2.0, 2.0), (-4.0, 9.0), (1e9, 1e9 + 10.0)] {
            let one = around(check, one, 2.0, first);
            let other = around(check, other, 2.0, second);
            check.input(format!(
                "chan: {} and {}",
                plural(first, "number"),
                plural(second, "number")
            ));
            let joined = (answers.chan)(moments(&one), moments(&other));
            let expected = moments(&[one, other].concat());
            if !agree(check, "chan", joined, expected, why) {
                return false;
            }
        }
    }
    let twin = around(check, 3.0, 2.0, 8);
    check.input("chan: the same 8 numbers twice");
    let joined = (answers.chan)(moments(&twin), moments(&twin));
    if !agree(check, "chan", joined, moments(&twin.repeat(2)), why) {
        return false;
    }
    // Numbers, although there is no distance, or although the mean is 0.
    let parts = [&[5.0; 4][..], &[-1.0, 1.0], &[2.0, 3.0]];
    for (first, second) in [(0, 2), (2, 0), (1, 2), (2, 1), (0, 1)] {
        let [one, other] = [first, second].map(|part: usize| parts[part]);
        check.input(format!("chan: {one:?} and {other:?}"));
        let joined = (answers.chan)(moments(one), moments(other));
        if !agree(check, "chan", joined, moments(&[one, other].concat()), why) {
            return false;
        }
    }
    let (one, other) = (many(check, 0), many(check, 1));
    for (first, second) in [
        (0, 0),
        (1, 0),
        (0, 1),
        (1, 1),
        (2, 1),
        (0, 2),
        (2, 2),
        (3, 0),
        (2, 3),
    ] {
        let (one, other) = (one[first], other[second]);
        check.input(format!("chan: {one:?} and {other:?}"));
        let count = one.count + other.count;
        let [share_of_one, share] = [one, other].map(|part| part.count as f64 / count as f64);
        let distance = other.mean - one.mean;
        let between = distance * distance * share * one.count as f64;
        let expected = Moments {
            count,
            mean: one.mean * share_of_one + other.mean * share,
            squares: one.squares + other.squares + between,
        };
        let why =
            "counts may be as large as a `u64` allows, so their product may not fit into a `u64`";
        if !agree(check, "chan", (answers.chan)(one, other), expected, why) {
            return false;
        }
    }
    true
}

/// The numbers of all ranks.
struct Spread {
    /// The value around which they lie, and how far from it they may be.
    about: (f64, f64),
    /// How far the mean of each rank is above that of the rank before.
    step: f64,
    /// How many each rank has.
    amounts: Vec<usize>,
}

fn of_all(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let mut rising: Vec<usize> = (1..=size).map(|rank| 3 * rank).collect();
    let mut shuffled = rising.clone();
    check.shuffle(&mut shuffled);
    // If there are few numbers close together, the offset alone needs more than these digits.
    let mut drawn = check.draw_vec(size, 30..400);
    if size > 1 {
        drawn[size / 2] = 0;
    }
    let only_last = |length: usize| (1..=size).map(|rank| rank / size * length).collect();
    // One rank has more than a `u16` can count.
    let busy = check.draw(0..size);
    rising[busy] += 1 << 16;
    for (about, step, amounts) in [
        ((3.0, 2.0), 0.0, shuffled.clone()),
        ((-8.0, 2.0), 5.0, shuffled),
        ((0.0, 1e-3), 1e-4, rising),
        ((1e9, 2.0), 1.0, vec![1_000; size]),
        ((1e9, 2.0), 0.0, drawn),
        ((1e9, 2.0), 0.0, only_last(50)),
        ((7.0, 2.0), 0.0, only_last(1)),
        // All the same.
        ((3.0, 0.0), 0.0, vec![2; size]),
        ((0.0, 2.0), 0.0, vec![0; size]),
    ] {
        let spread = Spread {
            about,
            step,
            amounts,
        };
        if !variance_of(check, answers, &spread) {
            return;
        }
    }
    if size == 3 {
        let numbers = [(3.0, 9), (-50.0, 5)]
            .map(|(mean, amount)| [(); 3].map(|()| around(check, mean, 2.0, amount)));
        check.input(format!("variance: {IN_A_ROW}"));
        let rank = check.rank();
        let variances = two_calls_with_late_sends(check, |world, at| {
            (answers.variance)(world, &numbers[at][rank])
        });
        let _ = variances
            .into_iter()
            .zip(numbers)
            .all(|(variance, numbers)| {
                close(
                    check,
                    variance,
                    exact::variance(&numbers.concat()),
                    FIVE,
                    NOT_MIXED,
                )
            });
    }
}

/// Returns whether it was right everywhere.
fn variance_of(check: &mut Check, answers: &Answers, spread: &Spread) -> bool {
    let Spread {
        about: (mean, far),
        step,
        amounts,
    } = spread;
    let parts: Vec<Vec<f64>> = (0..)
        .zip(amounts)
        .map(|(rank, amount)| {
            let mean = mean + step * f64::from(rank);
            if *far > 0.0 {
                around(check, mean, *far, *amount)
            } else {
                vec![mean; *amount]
            }
        })
        .collect();
    check.input(format!(
        "variance: the ranks have {amounts:?} numbers, up to {far} away from {mean:e}; those of each rank \
         are {step} higher than those of the rank before"
    ));
    let mine = &parts[check.rank()];
    let (variance, traffic) = check.observe(|world| (answers.variance)(world, mine));
    let expected = exact::variance(&parts.concat());
    let why = match expected {
        Some(_) => "the variance of the numbers of all ranks, on every rank",
        None => "without numbers there is no variance",
    };
    let right = close(check, variance, expected, FIVE, why);
    let why =
        "three numbers hold everything that is needed from a rank; its numbers stay where they are";
    let bounds = Bounds {
        given: 100 + 40 * check.size() as u64,
        ..Bounds::NONE
    };
    let little = check.moves(&traffic, bounds, why);
    check.everywhere(right && little)
}
