//! Mistakes in the task `counter`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::{
    sync::{
        Mutex,
        atomic::{
            AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
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
    mistake!("counter": counter_atomic = tries_five_times => WrongResult,
        "tries to exchange five times, which is mostly enough"),
    mistake!("counter": counter_atomic = swaps => WrongResult,
        "swaps the new count in, and throws away what was there meanwhile"),
    mistake!("counter": counter_atomic = a_mutex_again => WrongOperation,
        "takes the mutex again"),
    mistake!("counter": counter_mutex = tries_again => WrongOperation,
        "computes without the lock, and again if the counter is another by then"),
    mistake!("counter": counter_mutex = whoever_is_free => WrongResult,
        "lets the first thread do the steps of the others, but for one"),
    mistake!("counter": counter_mutex = one_after_another => WrongOperation,
        "joins each thread before it starts the next, and so needs no mutex"),
    mistake!("counter": counter_mutex = zero_comes_once => WrongResult,
        "keeps 0 for a counter that has not begun, and stops where it comes again"),
    mistake!("counter": counter_mutex = in_32_bits => WrongResult,
        "keeps the counter in 32 bits"),
    mistake!("counter": counter_mutex = ends_where_nothing_changes => WrongResult,
        "takes no more steps when one has changed nothing"),
    mistake!("counter": counter_atomic = keeps_one_counter => WrongResult,
        "sets a static counter to 0 at the beginning of each call"),
    mistake!("counter": counter_atomic = stores_zero => WrongResult,
        "exchanges in a loop, but stores 0 without looking"),
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
        counter.fetch_add(next(count).wrapping_sub(count), Relaxed);
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

fn tries_five_times(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = AtomicU64::new(0);
    in_threads(threads, times, || {
        let mut count = counter.load(Relaxed);
        for _ in 0..5 {
            match counter.compare_exchange(count, next(count), Relaxed, Relaxed) {
                Ok(_) => return,
                Err(other) => count = other,
            }
        }
    });
    counter.into_inner()
}

fn stores_zero(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = AtomicU64::new(0);
    in_threads(threads, times, || {
        loop {
            let count = counter.load(Relaxed);
            match next(count) {
                0 => return counter.store(0, Relaxed),
                new => {
                    if counter
                        .compare_exchange(count, new, Relaxed, Relaxed)
                        .is_ok()
                    {
                        return;
                    }
                }
            }
        }
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

fn tries_again(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = Mutex::new(0);
    in_threads(threads, times, || {
        loop {
            let before = *counter.lock().unwrap();
            let after = next(before);
            let mut count = counter.lock().unwrap();
            if *count == before {
                *count = after;
                return;
            }
        }
    });
    counter.into_inner().unwrap()
}

fn whoever_is_free(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = &Mutex::new(0);
    thread::scope(|scope| {
        for thread in 0..threads {
            let others = (threads - 1) * times.saturating_sub(1);
            let own = if thread == 0 {
                times + others
            } else {
                times.min(1)
            };
            scope.spawn(move || {
                for _ in 0..own {
                    let mut count = counter.lock().unwrap();
                    *count = next(*count);
                }
            });
        }
    });
    *counter.lock().unwrap()
}

fn one_after_another(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    (0..threads).fold(0, |count, _| {
        let steps = || (0..times).fold(count, |count, _| next(count));
        thread::scope(|scope| scope.spawn(steps).join().unwrap())
    })
}

fn in_32_bits(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = Mutex::new(0_u32);
    in_threads(threads, times, || {
        let mut count = counter.lock().unwrap();
        *count = next((*count).into()) as u32;
    });
    counter.into_inner().unwrap().into()
}

fn zero_comes_once(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    let counter = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..times {
                    let mut count = counter.lock().unwrap();
                    *count = match *count {
                        Some(0) => Some(0),
                        count => Some(next(count.unwrap_or(0))),
                    };
                }
            });
        }
    });
    counter.into_inner().unwrap().unwrap_or(0)
}

fn ends_where_nothing_changes(
    threads: usize,
    times: usize,
    next: &(dyn Fn(u64) -> u64 + Sync),
) -> u64 {
    let counter = Mutex::new(0);
    in_threads(threads, 1, || {
        for _ in 0..times {
            let mut count = counter.lock().unwrap();
            let new = next(*count);
            if new == *count {
                break;
            }
            *count = new;
        }
    });
    counter.into_inner().unwrap()
}

fn keeps_one_counter(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64 {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    COUNTER.store(0, SeqCst);
    in_threads(threads, times, || {
        COUNTER.update(SeqCst, SeqCst, next);
    });
    COUNTER.load(SeqCst)
}
