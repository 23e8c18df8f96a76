//! Mistakes in the task `TASK`. TO WRITE: those that students make in its place.

use crate::{subject, tasks::Answers};
use harness::{Mistake, mistake};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("TASK": FUNCTION = last_left_out => WrongResult,
        "leaves out the last number"),
    mistake!("TASK": FUNCTION = too_narrow => WrongResult,
        "adds up in a type that does not hold the numbers"),
    mistake!("TASK": FUNCTION = panics_without_numbers => Panic,
        "takes for granted that there is a number"),
];

fn last_left_out(numbers: &[i64]) -> i64 {
    subject::FUNCTION(numbers.split_last().map_or(&[], |(_, rest)| rest))
}

fn too_narrow(numbers: &[i64]) -> i64 {
    numbers.iter().map(|number| *number as f64).sum::<f64>() as i64
}

fn panics_without_numbers(numbers: &[i64]) -> i64 {
    numbers[0] + subject::FUNCTION(&numbers[1..])
}
