//! Mistakes in the task `baseline`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::time::{Duration, Instant};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("baseline": baseline = mean => WrongResult,
        "takes the mean, into which everything goes that disturbed a run"),
    mistake!("baseline": baseline = one_clock_for_all => WrongResult,
        "starts the clock before the loop, so that it never reads the time of one run"),
    mistake!("baseline": baseline = first_run_only => WrongResult,
        "measures the first run and believes it"),
    mistake!("baseline": baseline = reads_too_early => WrongResult,
        "reads the clock before the work is done"),
    mistake!("baseline": baseline = once_more_to_warm_up => WrongResult,
        "runs the work once more than it was told to"),
    mistake!("baseline": baseline = longest => WrongResult,
        "keeps the longest"),
];

fn mean(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let start = Instant::now();
    let mut value = 0.0;
    for _ in 0..runs {
        value = work();
    }
    (value, start.elapsed() / runs as u32)
}

fn one_clock_for_all(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let start = Instant::now();
    let (mut value, mut shortest) = (0.0, Duration::MAX);
    for _ in 0..runs {
        value = work();
        shortest = shortest.min(start.elapsed());
    }
    (value, shortest)
}

fn first_run_only(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let start = Instant::now();
    let value = work();
    let first = start.elapsed();
    for _ in 1..runs {
        work();
    }
    (value, first)
}

fn reads_too_early(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (mut value, mut shortest) = (0.0, Duration::MAX);
    for _ in 0..runs {
        let start = Instant::now();
        shortest = shortest.min(start.elapsed());
        value = work();
    }
    (value, shortest)
}

fn once_more_to_warm_up(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    work();
    threading_solution::baseline(runs, work)
}

fn longest(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (mut value, mut longest) = (0.0, Duration::ZERO);
    for _ in 0..runs {
        let start = Instant::now();
        value = work();
        longest = longest.max(start.elapsed());
    }
    (value, longest)
}
