//! Exercise 01: threading, the reference.

use rayon::prelude::*;
use std::{
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// Calls `work` `runs` times and times each call: returns what `work` returned, and the time of the
/// shortest call. `runs` is at least 1, and `work` returns the same value each time.
///
/// The time of a call runs from right before it to right after it, and includes nothing else.
pub fn baseline(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration) {
    let (mut value, mut shortest) = (f64::NAN, Duration::MAX);
    for _ in 0..runs {
        let start = Instant::now();
        value = work();
        shortest = shortest.min(start.elapsed());
    }
    (value, shortest)
}

/// Splits a slice over threads that work at the same time: returns what `work` makes of each part, in the
/// order of the parts.
///
/// There are `threads` parts, at least 1, and each begins where the one before it ends. If `threads` does
/// not divide the length, the first `length % threads` parts have one number more than the others; if
/// there are fewer numbers than threads, the last parts are therefore empty. `work` is called once for
/// each part, even an empty one, and each time in a different thread, one of which may be the caller's.
pub fn spawn(numbers: &[u64], threads: usize, work: &(dyn Fn(&[u64]) -> u64 + Sync)) -> Vec<u64> {
    let (length, longer) = (numbers.len() / threads, numbers.len() % threads);
    // The first `longer` parts have one number more.
    let start = |part: usize| part * length + part.min(longer);
    thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|part| &numbers[start(part)..start(part + 1)])
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().expect("work does not panic"))
            .collect()
    })
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
pub fn counter_mutex(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..times {
                    let mut count = lock(&counter);
                    *count = next(*count);
                }
            });
        }
    });
    *lock(&counter)
}

/// The same with an atomic instead of the mutex: no thread ever waits for another.
///
/// A step may call `next` more than once, until its update succeeds.
pub fn counter_atomic(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..times {
                    counter.update(Relaxed, Relaxed, next);
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
    let (task_sender, task_receiver) = mpsc::channel();
    let (result_sender, result_receiver) = mpsc::channel();
    let queue = Mutex::new(task_receiver);
    let worker = |results: mpsc::Sender<(usize, u64)>| {
        loop {
            // The lock is released at the end of this statement, before the work begins.
            let Ok((index, task)) = lock(&queue).recv() else {
                return;
            };
            send(&results, (index, work(task)));
        }
    };
    thread::scope(|scope| {
        scope.spawn(move || {
            for task in tasks.enumerate() {
                send(&task_sender, task);
            }
        });
        for _ in 0..workers {
            let results = result_sender.clone();
            scope.spawn(move || worker(results));
        }
        // The workers have clones; the collector ends only when all senders are dropped.
        drop(result_sender);
        let mut results: Vec<(usize, u64)> = result_receiver.into_iter().collect();
        results.sort_unstable();
        results.into_iter().map(|(_, result)| result).collect()
    })
}

/// Asks for every name at the same time: returns the answers in the order of the names.
///
/// `ask` is called once for each name, even if two names are equal. It computes nothing: it waits until
/// the answer has come, which may be empty.
pub fn waiting(names: &[&str], ask: &(dyn Fn(&str) -> String + Sync)) -> Vec<String> {
    thread::scope(|scope| {
        let waits: Vec<_> = names
            .iter()
            .map(|name| scope.spawn(move || ask(name)))
            .collect();
        waits
            .into_iter()
            .map(|wait| wait.join().expect("asking does not panic"))
            .collect()
    })
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
    numbers
        .par_iter()
        .map(|number| map(*number))
        .filter(|value| keep(*value))
        .map(|value| (value, value))
        .reduce_with(|one, other| (one.0.min(other.0), one.1.max(other.1)))
}

/// Moves `amount` from one account to another, and returns whether it did: if the account `from` holds
/// less than that, nothing changes. Both may be the same account: its money stays, and the result is the
/// same as for two.
///
/// Any number of threads do this at the same time, and every call completes. No thread ever finds the
/// money in neither account or in both, and no call waits for accounts that take no part in it.
pub fn transfer(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    if from == to {
        return *lock(&accounts[from]) >= amount;
    }
    // Every call locks the account with the lower index first, whichever way the money goes.
    let mut low = lock(&accounts[from.min(to)]);
    let mut high = lock(&accounts[from.max(to)]);
    let (from, to) = if from < to {
        (&mut *low, &mut *high)
    } else {
        (&mut *high, &mut *low)
    };
    if *from < amount {
        return false;
    }
    *from -= amount;
    *to += amount;
    true
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no thread has panicked with the lock")
}

fn send<T>(sender: &mpsc::Sender<T>, message: T) {
    sender.send(message).expect("the receiver is still there");
}
