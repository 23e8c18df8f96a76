//! Mistakes in the task `counter`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("counter": counter_mutex = as_found => WrongResult,
        "is the program as it was found: the lock is given back between looking and writing"),
    mistake!("counter": counter_atomic = atomic_as_found => WrongResult,
        "is the program as it was found: load and store are two steps"),
    mistake!("counter": counter_mutex = locks_twice_in_a_line => Deadlock,
        "locks on both sides of `=`, and the second lock waits for the first"),
    mistake!("counter": counter_mutex = a_counter_each => WrongResult,
        "gives each thread a counter of its own and adds them up"),
    mistake!("counter": counter_mutex = one_thread_for_all => WrongResult,
        "lets one thread do the steps of all"),
    mistake!("counter": counter_atomic = adds_one => WrongResult,
        "adds 1, which is only what `next` mostly does"),
    mistake!("counter": counter_atomic = adds_the_difference => WrongResult,
        "looks how far the next count is, and adds that in one step"),
    mistake!("counter": counter_atomic = exchanges_once => WrongResult,
        "tries to exchange, and does not try again where it fails"),
    mistake!("counter": counter_atomic = swaps => WrongResult,
        "swaps the new count in, and throws away what was there meanwhile"),
    mistake!("counter": counter_atomic = a_mutex_again => WrongOperation,
        "takes the mutex again"),
];

/// Does `step` `times` times in each of `threads` threads.
fn in_threads(threads: usize, times: usize, step: impl Fn() + Sync) {
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..times).for_each(|_| step()));
        }
    });
}

fn as_found(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = Mutex::new(0);
    in_threads(threads, times, || {
        let count = *counter.lock().unwrap();
        *counter.lock().unwrap() = next(count);
    });
    counter.into_inner().unwrap()
}

fn atomic_as_found(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = AtomicU64::new(0);
    in_threads(threads, times, || {
        counter.store(next(counter.load(Relaxed)), Relaxed);
    });
    counter.into_inner()
}

fn locks_twice_in_a_line(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = Mutex::new(0);
    in_threads(threads, times, || {
        *counter.lock().unwrap() = next(*counter.lock().unwrap());
    });
    counter.into_inner().unwrap()
}

fn a_counter_each(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let total = Mutex::new(0_u64);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let own = (0..times).fold(0, |count, _| next(count));
                let mut total = total.lock().unwrap();
                *total = total.wrapping_add(own);
            });
        }
    });
    total.into_inner().unwrap()
}

fn one_thread_for_all(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    (0..threads * times).fold(0, |count, _| next(count))
}

fn adds_one(threads: usize, times: usize, _: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = AtomicU64::new(0);
    in_threads(threads, times, || {
        counter.fetch_add(1, Relaxed);
    });
    counter.into_inner()
}

fn adds_the_difference(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = AtomicU64::new(0);
    in_threads(threads, times, || {
        let count = counter.load(Relaxed);
        counter.fetch_add(next(count) - count, Relaxed);
    });
    counter.into_inner()
}

fn exchanges_once(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = AtomicU64::new(0);
    in_threads(threads, times, || {
        let count = counter.load(Relaxed);
        let _ = counter.compare_exchange(count, next(count), Relaxed, Relaxed);
    });
    counter.into_inner()
}

fn swaps(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = AtomicU64::new(0);
    in_threads(threads, times, || {
        counter.swap(next(counter.load(Relaxed)), Relaxed);
    });
    counter.into_inner()
}

fn a_mutex_again(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    threading_solution::counter_mutex(threads, times, next)
}
