//! Exercise 01: threading. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then run `cargo xtask check 01`.
//!
//! When a function returns, none of the threads that it started is still computing: they have ended, or
//! they sleep, as the threads of a pool do.

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

/// Calls `work` `runs` times and times each call: returns what `work` returned, and the time of the
/// shortest call. `runs` is at least 1, and `work` returns the same value each time.
///
/// The time of a call runs from right before it to right after it, and includes nothing else.
pub fn baseline(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    todo!()
}

/// Splits a slice over threads that work at the same time: returns what `work` makes of each part, in the
/// order of the parts.
///
/// There are `threads` parts, at least 1, and each begins where the one before it ends. If `threads` does
/// not divide the length, the first `length % threads` parts have one number more than the others; if
/// there are fewer numbers than threads, the last parts are therefore empty. `work` is called once for
/// each part, even an empty one, and each time in a different thread, one of which may be the caller's.
pub fn spawn(numbers: &[u64], threads: usize, work: &(dyn Fn(&[u64]) -> u64 + Sync)) -> Vec<u64> {
    todo!()
}

/// Advances a counter from several threads at the same time, and returns its final value.
///
/// The counter begins at 0, and a step takes it from `count` to `next(count)`, which may be any 64-bit
/// number. Each of the `threads` threads, at least 1, does `times` steps. A mutex protects the counter:
/// `next` is called once for each step, even if it changes nothing, and while one thread is in it, the others
/// wait. Each call has a counter of its own, even if several run at the same time.
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
    reason = "the program below is broken: it is there to be fixed"
)]
pub fn counter_mutex(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    todo!("read it, predict what it does, then delete this line and fix it");

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

/// The same with an atomic instead of the mutex: no thread ever waits for another.
///
/// A step may call `next` more than once, until its update succeeds.
#[allow(
    unreachable_code,
    reason = "the program below is broken: it is there to be fixed"
)]
pub fn counter_atomic(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    todo!("read it, predict what it does, then delete this line and fix it");

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

/// Runs a pipeline of threads: a producer, workers, a collector. Returns what `work` makes of each task,
/// in the order of the tasks.
///
/// The producer is the only thread that takes tasks from the iterator; it may be the caller's thread. It
/// hands each task on before it asks for the next, which may take any time to come, and how many there are
/// is not known beforehand.
///
/// The `workers` workers, at least 1, are threads other than the producer. All take their tasks from the
/// same queue, which may have room for any number of them. Each takes one task at a time, as soon as it is
/// free, and `work` is called once for each task, even if two tasks are equal.
pub fn channel(
    tasks: &mut (dyn Iterator<Item = u64> + Send),
    workers: usize,
    work: &(dyn Fn(u64) -> u64 + Sync),
) -> Vec<u64> {
    todo!()
}

/// Asks for every name at the same time: returns the answers in the order of the names.
///
/// `ask` is called once for each name, even if two names are equal. It computes nothing: it waits until
/// the answer has come, which may be empty.
pub fn waiting(names: &[&str], ask: &(dyn Fn(&str) -> String + Sync)) -> Vec<String> {
    todo!()
}

/// Maps, filters and reduces in parallel: of the values that `map` makes of the numbers, takes those that
/// `keep` accepts, and returns the smallest and the largest of them; `None` when there is no such value.
///
/// The function is called in a thread of a pool. `map` is called once for each number, and `keep` once for
/// each value. Only threads of that pool take part in both, and all of them if there are many numbers (10,000
/// or more).
pub fn rayon(
    numbers: &[i64],
    map: &(dyn Fn(i64) -> i64 + Sync),
    keep: &(dyn Fn(i64) -> bool + Sync),
) -> Option<(i64, i64)> {
    todo!()
}

/// Moves `amount` from one account to another, and returns whether it did: if the account `from` holds
/// less than that, nothing changes. Both may be the same account: its money stays, and the result is the
/// same as for two.
///
/// Any number of threads do this at the same time, and every call completes. No thread ever finds the
/// money in neither account or in both, and no call waits for accounts that take no part in it.
#[allow(
    unreachable_code,
    reason = "the program below is broken: it is there to be fixed"
)]
pub fn transfer(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    todo!("read it, predict what it does, then delete this line and fix it");

    let mut from = accounts[from].lock().unwrap();
    let mut to = accounts[to].lock().unwrap();
    if *from < amount {
        return false;
    }
    *from -= amount;
    *to += amount;
    true
}
