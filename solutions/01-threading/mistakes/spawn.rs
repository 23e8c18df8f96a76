//! Mistakes in the task `spawn`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use rayon::prelude::*;
use std::{collections::BTreeMap, panic, sync::Mutex, thread};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("spawn": spawn = joins_at_once => WrongOperation,
        "spawns and joins in one lazy chain, so that each thread ends before the next begins"),
    mistake!("spawn": spawn = loses_the_remainder => WrongResult,
        "gives every thread length / k numbers, and the rest to nobody"),
    mistake!("spawn": spawn = last_takes_the_rest => WrongResult,
        "gives the whole remainder to the last thread"),
    mistake!("spawn": spawn = chunks_rounded_up => WrongResult,
        "cuts chunks of the length rounded up, which can be fewer than there are threads"),
    mistake!("spawn": spawn = chunks_rounded_down => WrongResult,
        "cuts chunks of the length rounded down, and so one more than there are threads"),
    mistake!("spawn": spawn = beyond_the_end => Panic,
        "rounds the length up for all parts, and the last goes beyond the end"),
    mistake!("spawn": spawn = one_too_many => WrongResult,
        "lets each part begin with the number that the part before it ends with"),
    mistake!("spawn": spawn = as_they_come => WrongResult,
        "lets each thread push its result, in whatever order they end"),
    mistake!("spawn": spawn = all_on_the_first => WrongOperation,
        "lets the calling thread do all parts"),
    mistake!("spawn": spawn = empty_parts_together => WrongOperation,
        "gives all empty parts to one thread"),
    mistake!("spawn": spawn = longer_parts_anywhere => WrongResult,
        "cuts at i * length / k, which puts the longer parts between the shorter ones"),
    mistake!("spawn": spawn = kept_from_an_earlier_call => WrongResult,
        "keeps results by length and threads, and returns them again for other numbers"),
    mistake!("spawn": spawn = length_in_16_bits => WrongResult,
        "keeps the length in 16 bits"),
    mistake!("spawn": spawn = throws_past_the_hook => Panic,
        "throws on by `resume_unwind` what no panic hook has seen"),
    mistake!("spawn": spawn = no_more_than_64_threads => WrongResult,
        "starts 64 threads at most"),
    mistake!("spawn": spawn = in_a_pool => WrongOperation,
        "has a pool of so many threads, one of which may do several parts"),
    mistake!("spawn": spawn = zero_is_missing => WrongResult,
        "takes a result of 0 for a missing one, and does that part again"),
    mistake!("spawn": spawn = rest_of_many_to_the_last => WrongResult,
        "gives the whole remainder to the last thread if there are many numbers"),
];

type Work<'a> = &'a (dyn Fn(&[u64]) -> u64 + Sync);

/// Forks and joins as it should be.
fn each(parts: Vec<&[u64]>, work: Work) -> Vec<u64> {
    thread::scope(|scope| {
        let handles: Vec<_> = parts
            .into_iter()
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap())
            .collect()
    })
}

/// Parts as they should be.
fn parts(numbers: &[u64], threads: usize) -> Vec<&[u64]> {
    let (length, longer) = (numbers.len() / threads, numbers.len() % threads);
    let start = |part: usize| part * length + part.min(longer);
    (0..threads)
        .map(|part| &numbers[start(part)..start(part + 1)])
        .collect()
}

fn joins_at_once(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    thread::scope(|scope| {
        parts(numbers, threads)
            .into_iter()
            .map(|part| scope.spawn(move || work(part)))
            .map(|handle| handle.join().unwrap())
            .collect()
    })
}

fn loses_the_remainder(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    let length = numbers.len() / threads;
    let parts = (0..threads).map(|part| &numbers[part * length..][..length]);
    each(parts.collect(), work)
}

fn last_takes_the_rest(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    let length = numbers.len() / threads;
    let end = |part| {
        if part + 1 == threads {
            numbers.len()
        } else {
            (part + 1) * length
        }
    };
    let parts = (0..threads).map(|part| &numbers[part * length..end(part)]);
    each(parts.collect(), work)
}

fn rest_of_many_to_the_last(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    match numbers.len() {
        0..1000 => each(parts(numbers, threads), work),
        _ => last_takes_the_rest(numbers, threads, work),
    }
}

fn zero_is_missing(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    let parts = parts(numbers, threads);
    let mut results = each(parts.clone(), work);
    for (result, part) in results.iter_mut().zip(parts) {
        if *result == 0 {
            *result = work(part);
        }
    }
    results
}

fn chunks_rounded_up(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    let length = numbers.len().div_ceil(threads).max(1);
    each(numbers.chunks(length).collect(), work)
}

fn chunks_rounded_down(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    let length = (numbers.len() / threads).max(1);
    each(numbers.chunks(length).collect(), work)
}

fn beyond_the_end(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    let length = numbers.len().div_ceil(threads);
    let parts = (0..threads).map(|part| &numbers[part * length..(part + 1) * length]);
    each(parts.collect(), work)
}

fn one_too_many(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    let parts = parts(numbers, threads);
    let mut start = 0;
    let longer = parts.iter().map(|part| {
        let from = start;
        start += part.len();
        &numbers[from.saturating_sub(1)..start]
    });
    each(longer.collect(), work)
}

fn as_they_come(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for part in parts(numbers, threads) {
            let results = &results;
            scope.spawn(move || {
                let result = work(part);
                results.lock().unwrap().push(result);
            });
        }
    });
    results.into_inner().unwrap()
}

fn all_on_the_first(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    parts(numbers, threads).into_iter().map(work).collect()
}

fn longer_parts_anywhere(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    let start = |part| part * numbers.len() / threads;
    let parts = (0..threads).map(|part| &numbers[start(part)..start(part + 1)]);
    each(parts.collect(), work)
}

fn kept_from_an_earlier_call(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    static KEPT: Mutex<BTreeMap<(usize, usize), Vec<u64>>> = Mutex::new(BTreeMap::new());
    let results = each(parts(numbers, threads), work);
    let mut kept = KEPT.lock().unwrap();
    kept.entry((numbers.len(), threads))
        .or_insert(results)
        .clone()
}

fn length_in_16_bits(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    let length = numbers.len() as u16;
    each(parts(&numbers[..length.into()], threads), work)
}

fn no_more_than_64_threads(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    each(parts(numbers, threads.min(64)), work)
}

fn throws_past_the_hook(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    if !numbers.len().is_multiple_of(threads) {
        panic::resume_unwind(Box::new("the length does not divide"));
    }
    each(parts(numbers, threads), work)
}

fn empty_parts_together(
    numbers: &[u64],
    threads: usize,
    work: &(dyn Fn(&[u64]) -> u64 + Sync),
) -> Vec<u64> {
    let many = threads.min(numbers.len());
    thread::scope(|scope| {
        let empty = scope.spawn(move || (many..threads).map(|_| work(&[])).collect::<Vec<_>>());
        let mut results = if many > 0 {
            threading_solution::spawn(numbers, many, work)
        } else {
            Vec::new()
        };
        results.extend(empty.join().unwrap());
        results
    })
}

fn in_a_pool(numbers: &[u64], threads: usize, work: Work) -> Vec<u64> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let parts = parts(numbers, threads).into_par_iter().with_max_len(1);
    pool.unwrap().install(|| parts.map(work).collect())
}
