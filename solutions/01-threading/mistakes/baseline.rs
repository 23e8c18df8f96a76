//! Mistakes in the task `baseline`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::{
    thread,
    time::{Duration, Instant},
};

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
    mistake!("baseline": baseline = all_but_the_first => WrongResult,
        "takes the first run for a rehearsal, and keeps no time of it"),
    mistake!("baseline": baseline = longest => WrongResult,
        "keeps the longest"),
    mistake!("baseline": baseline = pauses_before_it_stops => WrongResult,
        "lets the machine come to rest before it reads the clock"),
    mistake!("baseline": baseline = pauses_after_it_starts => WrongResult,
        "starts the clock, and then waits before the call"),
    mistake!("baseline": baseline = from_end_to_end => WrongResult,
        "measures from the end of one call to the end of the next, with a pause between them"),
    mistake!("baseline": baseline = a_thousand_at_most => WrongResult,
        "stops after a thousand runs"),
    mistake!("baseline": baseline = whole_milliseconds => WrongResult,
        "keeps whole milliseconds and throws the rest away"),
    mistake!("baseline": baseline = nanoseconds_in_32_bits => WrongResult,
        "counts nanoseconds in 32 bits, which are enough for four seconds"),
    mistake!("baseline": baseline = whole_microseconds => WrongResult,
        "keeps whole microseconds and throws the rest away"),
    mistake!("baseline": baseline = one_reading_for_both => WrongResult,
        "takes the end of one call for the start of the next"),
    mistake!("baseline": baseline = gives_way_first => WrongResult,
        "gives way to other threads between the clock and the call"),
    mistake!("baseline": baseline = largest_value => WrongResult,
        "returns the largest of the values, for which NaN does not count"),
    mistake!("baseline": baseline = no_time_yet => WrongResult,
        "takes a shortest time of 0 for a sign that there is none yet"),
];

fn gives_way_first(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (mut value, mut shortest) = (0.0, Duration::MAX);
    for _ in 0..runs {
        let start = Instant::now();
        thread::yield_now();
        value = work();
        shortest = shortest.min(start.elapsed());
    }
    (value, shortest)
}

fn largest_value(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (mut value, mut shortest) = (f64::NEG_INFINITY, Duration::MAX);
    for _ in 0..runs {
        let start = Instant::now();
        value = work().max(value);
        shortest = shortest.min(start.elapsed());
    }
    (value, shortest)
}

fn no_time_yet(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (mut value, mut shortest) = (0.0, Duration::ZERO);
    for _ in 0..runs {
        let start = Instant::now();
        value = work();
        let time = start.elapsed();
        if shortest.is_zero() || time < shortest {
            shortest = time;
        }
    }
    (value, shortest)
}

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

fn all_but_the_first(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (mut value, mut shortest) = (0.0, Duration::MAX);
    for run in 0..runs {
        let start = Instant::now();
        value = work();
        if run > 0 || runs == 1 {
            shortest = shortest.min(start.elapsed());
        }
    }
    (value, shortest)
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

fn pauses_before_it_stops(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (mut value, mut shortest) = (0.0, Duration::MAX);
    for _ in 0..runs {
        let start = Instant::now();
        value = work();
        thread::sleep(Duration::from_millis(1));
        shortest = shortest.min(start.elapsed());
    }
    (value, shortest)
}

fn pauses_after_it_starts(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (mut value, mut shortest) = (0.0, Duration::MAX);
    for _ in 0..runs {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(1) {}
        value = work();
        shortest = shortest.min(start.elapsed());
    }
    (value, shortest)
}

fn from_end_to_end(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (mut value, mut shortest) = (0.0, Duration::MAX);
    let mut last = Instant::now();
    for _ in 0..runs {
        thread::sleep(Duration::from_millis(1));
        value = work();
        shortest = shortest.min(last.elapsed());
        last = Instant::now();
    }
    (value, shortest)
}

fn whole_milliseconds(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (value, shortest) = threading_solution::baseline(runs, work);
    (value, Duration::from_millis(shortest.as_millis() as u64))
}

fn nanoseconds_in_32_bits(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (value, shortest) = threading_solution::baseline(runs, work);
    let nanoseconds = shortest.as_nanos() as u32;
    (value, Duration::from_nanos(nanoseconds.into()))
}

fn whole_microseconds(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (value, time) = threading_solution::baseline(runs, work);
    (value, Duration::from_micros(time.as_micros() as u64))
}

fn a_thousand_at_most(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    threading_solution::baseline(runs.min(1000), work)
}

fn one_reading_for_both(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (mut value, mut shortest, mut last) = (0.0, Duration::MAX, Instant::now());
    for _ in 0..runs {
        value = work();
        let now = Instant::now();
        shortest = shortest.min(now - last);
        last = now;
    }
    (value, shortest)
}
