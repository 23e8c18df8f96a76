//! Mistakes in the task `rayon`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use rayon::prelude::*;
use std::{
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    thread,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("rayon": rayon = serial => WrongOperation,
        "forgets `par_` before `iter`"),
    mistake!("rayon": rayon = parallel_in_the_first_step => WrongOperation,
        "collects after the map and goes on in one thread"),
    mistake!("rayon": rayon = two_passes => WrongOperation,
        "runs through all numbers once for the smallest and once for the largest"),
    mistake!("rayon": rayon = begins_at_zero => WrongResult,
        "reduces from (0, 0), which may be smaller or larger than every value"),
    mistake!("rayon": rayon = keeps_then_maps => WrongResult,
        "filters the numbers in place of the values"),
    mistake!("rayon": rayon = last_one_wins => WrongResult,
        "keeps the extremes in shared variables, and looks and writes in two steps"),
    mistake!("rayon": rayon = unwraps_nothing => Panic,
        "unwraps the smallest, also where no value is kept"),
    mistake!("rayon": rayon = in_a_pool_of_its_own => WrongOperation,
        "starts a pool of its own, in place of the one that it is called in"),
    mistake!("rayon": rayon = in_threads_of_its_own => WrongOperation,
        "starts threads of its own, and leaves the pool idle"),
    mistake!("rayon": rayon = in_32_bits => WrongResult,
        "keeps values in 32 bits"),
    mistake!("rayon": rayon = takes_the_largest_for_none => WrongResult,
        "takes the largest number of the type to mean that there is none"),
    mistake!("rayon": rayon = maps_equal_numbers_once => WrongOperation,
        "throws equal numbers away before it maps"),
    mistake!("rayon": rayon = serial_up_to_10_000 => WrongOperation,
        "takes 10,000 numbers for few"),
];

type Map<'a> = &'a (dyn Fn(i64) -> i64 + Sync);
type Keep<'a> = &'a (dyn Fn(i64) -> bool + Sync);

fn serial(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    numbers
        .iter()
        .map(|number| map(*number))
        .filter(|value| keep(*value))
        .map(|value| (value, value))
        .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
}

fn parallel_in_the_first_step(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    let values: Vec<i64> = numbers.par_iter().map(|number| map(*number)).collect();
    serial(&values, &|value| value, keep)
}

fn two_passes(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    let kept = || {
        numbers
            .par_iter()
            .map(|number| map(*number))
            .filter(|value| keep(*value))
    };
    kept().min().zip(kept().max())
}

fn begins_at_zero(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    let extremes = numbers
        .par_iter()
        .map(|number| map(*number))
        .filter(|value| keep(*value))
        .map(|value| (value, value))
        .reduce(
            || (0, 0),
            |one, other| (one.0.min(other.0), one.1.max(other.1)),
        );
    Some(extremes)
}

fn keeps_then_maps(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    numbers
        .par_iter()
        .filter(|number| keep(**number))
        .map(|number| map(*number))
        .map(|value| (value, value))
        .reduce_with(|one, other| (one.0.min(other.0), one.1.max(other.1)))
}

fn last_one_wins(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    let (smallest, largest) = (AtomicI64::new(i64::MAX), AtomicI64::new(i64::MIN));
    numbers.par_iter().for_each(|number| {
        let value = map(*number);
        let (low, high) = (smallest.load(Relaxed), largest.load(Relaxed));
        if keep(value) {
            smallest.store(low.min(value), Relaxed);
            largest.store(high.max(value), Relaxed);
        }
    });
    let (smallest, largest) = (smallest.into_inner(), largest.into_inner());
    (smallest <= largest).then_some((smallest, largest))
}

fn unwraps_nothing(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    let values: Vec<i64> = numbers
        .par_iter()
        .map(|number| map(*number))
        .filter(|value| keep(*value))
        .collect();
    Some((*values.iter().min().unwrap(), *values.iter().max().unwrap()))
}

fn in_a_pool_of_its_own(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build();
    pool.unwrap()
        .install(|| threading_solution::rayon(numbers, map, keep))
}

fn in_threads_of_its_own(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    let length = numbers.len().div_ceil(4).max(1);
    let one = |one: (i64, i64), other: (i64, i64)| (one.0.min(other.0), one.1.max(other.1));
    thread::scope(|scope| {
        let handles: Vec<_> = numbers
            .chunks(length)
            .map(|part| scope.spawn(|| serial(part, map, keep)))
            .collect();
        handles
            .into_iter()
            .filter_map(|handle| handle.join().unwrap())
            .reduce(one)
    })
}

fn in_32_bits(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    let (smallest, largest) = threading_solution::rayon(numbers, map, keep)?;
    Some((i64::from(smallest as i32), i64::from(largest as i32)))
}

fn takes_the_largest_for_none(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    let (smallest, largest) = numbers
        .par_iter()
        .map(|number| map(*number))
        .filter(|value| keep(*value))
        .map(|value| (value, value))
        .reduce(
            || (i64::MAX, i64::MIN),
            |one, other| (one.0.min(other.0), one.1.max(other.1)),
        );
    (smallest != i64::MAX).then_some((smallest, largest))
}

fn maps_equal_numbers_once(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    threading_solution::rayon(&numbers, map, keep)
}

fn serial_up_to_10_000(numbers: &[i64], map: Map, keep: Keep) -> Option<(i64, i64)> {
    match numbers.len() {
        ..=10_000 => serial(numbers, map, keep),
        _ => threading_solution::rayon(numbers, map, keep),
    }
}
