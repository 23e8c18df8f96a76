//! Exercise 01: threading. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 01`.
//!
//! When a function returns, none of the threads that it started is still computing: they have ended,
//! or they sleep, as the threads of a pool do.

#![allow(
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

/// Calls `work` `runs` times, and times each call: returns what `work` returned, and the time of the
/// shortest call. `runs` is at least 1, and `work` returns the same value each time.
///
/// The time of a call is that from right before it to right after it: nothing else is in it.
pub fn baseline(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    todo!()
}

/// Splits a slice over threads that work at the same time: returns what `work` makes of each part, in
/// the order of the parts.
///
/// There are as many parts as `threads`, at least 1, and each begins where the one before it ends. Where
/// `threads` does not divide the length, the first `length % threads` parts have one number more than
/// the others; so when there are fewer numbers than threads, the last parts are empty. `work` is called
/// once for each part, also for an empty one, and each time in another thread.
pub fn spawn(numbers: &[u64], threads: usize, work: &(dyn Fn(&[u64]) -> u64 + Sync)) -> Vec<u64> {
    todo!()
}

/// Moves a counter on, from several threads at the same time, and returns where it ends.
///
/// The counter begins at 0, and a step takes it from `count` to `next(count)`, any number of 64 bits.
/// Each of the `threads` threads does `times` steps. A mutex protects the counter: `next` is called once
/// for each step, and while a thread is in it, the others wait.
///
/// Without anything to protect it, the compiler refuses a counter that two threads change:
/// ```compile_fail,E0499
/// let mut counter = 0;
/// std::thread::scope(|scope| {
///     scope.spawn(|| counter += 1);
///     scope.spawn(|| counter += 1);
/// });
/// ```
#[allow(
    unreachable_code,
    reason = "the program below is broken: it waits to be mended"
)]
pub fn counter_mutex(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    todo!("read it, predict what it does, then delete this line and mend it");

    let counter = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..times {
                    let count = *counter.lock().unwrap();
                    *counter.lock().unwrap() = next(count);
                }
            });
        }
    });
    counter.into_inner().unwrap()
}

/// The same with an atomic in place of the mutex: no thread ever waits for another.
///
/// A step may call `next` more than once, until it fits.
#[allow(
    unreachable_code,
    reason = "the program below is broken: it waits to be mended"
)]
pub fn counter_atomic(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    todo!("read it, predict what it does, then delete this line and mend it");

    let counter = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..times {
                    let count = counter.load(Relaxed);
                    counter.store(next(count), Relaxed);
                }
            });
        }
    });
    counter.into_inner()
}

/// Runs a pipeline of threads: a producer, workers, a collector. Returns what `work` makes of each
/// task, in the order of the tasks.
///
/// The producer is the one thread that takes tasks from the iterator. It hands each on before it asks
/// for the next, which may take any time to come, and nobody knows beforehand how many there are.
///
/// The `workers` workers, at least 1, are other threads than the producer. Each takes one task at a time,
/// as soon as it is free, and `work` is called once for each task, also where two are the same.
pub fn channel(
    tasks: &mut (dyn Iterator<Item = u64> + Send),
    workers: usize,
    work: &(dyn Fn(u64) -> u64 + Sync),
) -> Vec<u64> {
    todo!()
}

/// Asks for every name at the same time: returns the answers in the order of the names.
///
/// `ask` is called once for each name, also where two are the same. It computes nothing: it waits until
/// the answer has come.
pub fn waiting(names: &[&str], ask: &(dyn Fn(&str) -> String + Sync)) -> Vec<String> {
    todo!()
}

/// Maps, filters and reduces in parallel: returns the smallest and the largest of the values that
/// `map` makes of the numbers, of those that `keep` accepts; none when there is no such value.
///
/// `map` is called once for each number, and `keep` once for each value. All threads of the pool in which
/// the function is called take part in both, and no others.
pub fn rayon(
    numbers: &[i64],
    map: &(dyn Fn(i64) -> i64 + Sync),
    keep: &(dyn Fn(i64) -> bool + Sync),
) -> Option<(i64, i64)> {
    todo!()
}

/// Moves `amount` from one account to another, and returns whether it did: when there is less than
/// that in the account `from`, nothing changes. Both may be the same account.
///
/// Any number of threads do so at the same time, and every call comes to its end. Nobody ever finds the
/// money in neither account or in both, and accounts that take no part are not waited for.
#[allow(
    unreachable_code,
    reason = "the program below is broken: it waits to be mended"
)]
pub fn transfer(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    todo!("read it, predict what it does, then delete this line and mend it");

    let mut from = accounts[from].lock().unwrap();
    let mut to = accounts[to].lock().unwrap();
    if *from < amount {
        return false;
    }
    *from -= amount;
    *to += amount;
    true
}
