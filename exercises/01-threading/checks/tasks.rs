//! The checks of exercise 01: one source for the student's crate, the reference and every mistake.
//!
//! - `timing`: what is measured, and waits that overlap;
//! - `sharing`: which thread does which part of the work;
//! - `flowing`: tasks and results that go from thread to thread;
//! - `locking`: what several threads change;
//! - `poisoned`: a search among many locks.
//!
//! No verdict hangs on a clock or on the number of cores: that threads work at the same time is proven
//! by a [`Meeting`](harness::patience::Meeting) that they cannot leave otherwise, and what is measured
//! is a clock of the check's own.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "flowing.rs"]
mod flowing;
#[path = "locking.rs"]
mod locking;
#[path = "poisoned.rs"]
mod poisoned;
#[path = "sharing.rs"]
mod sharing;
#[path = "timing.rs"]
mod timing;

use harness::{
    Check, Kind, Suite,
    patience::{BRIEF, patiently},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, ThreadId},
    time::Duration,
};

harness::answers! {
    fn baseline(runs: usize, work: &dyn Fn() -> f64) -> (f64, Duration);
    fn spawn(numbers: &[u64], threads: usize, work: &(dyn Fn(&[u64]) -> u64 + Sync)) -> Vec<u64>;
    fn counter_mutex(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64;
    fn counter_atomic(threads: usize, times: usize, next: &(dyn Fn(u64) -> u64 + Sync)) -> u64;
    fn channel(
        tasks: &mut (dyn Iterator<Item = u64> + Send),
        workers: usize,
        work: &(dyn Fn(u64) -> u64 + Sync),
    ) -> Vec<u64>;
    fn waiting(names: &[&str], ask: &(dyn Fn(&str) -> String + Sync)) -> Vec<String>;
    fn rayon(
        numbers: &[i64],
        map: &(dyn Fn(i64) -> i64 + Sync),
        keep: &(dyn Fn(i64) -> bool + Sync),
    ) -> Option<(i64, i64)>;
    fn transfer(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("baseline", timing::baseline)
        .task("spawn", sharing::spawn)
        .task("counter", locking::counter)
        .task("channel", flowing::channel)
        .task("waiting", timing::waiting)
        .task("rayon", sharing::rayon)
        .task("two-locks", locking::two_locks)
}

/// More threads than a pool has on any machine, and than a `u8` can count.
const MANY_THREADS: usize = 260;

/// The threads that took part, and how often each did.
#[derive(Default)]
struct Roll(Mutex<HashMap<ThreadId, usize>>);

impl Roll {
    /// Notes the thread that calls.
    fn sign(&self) {
        *lock(&self.0).entry(thread::current().id()).or_default() += 1;
    }

    /// How many threads there were.
    fn threads(&self) -> usize {
        lock(&self.0).len()
    }

    /// Whether a thread is among both.
    fn meets(&self, other: &Roll) -> bool {
        let other: Vec<ThreadId> = lock(&other.0).keys().copied().collect();
        let own = lock(&self.0);
        other.iter().any(|thread| own.contains_key(thread))
    }

    /// The number of threads that are not among these.
    fn threads_beside(&self, known: &HashSet<ThreadId>) -> usize {
        let own = lock(&self.0);
        own.keys().filter(|thread| !known.contains(thread)).count()
    }

    /// How often each of them signed, in no order.
    fn shares(&self) -> Vec<usize> {
        lock(&self.0).values().copied().collect()
    }

    /// How often all of them signed together.
    fn times(&self) -> usize {
        lock(&self.0).values().sum()
    }
}

/// Requires that `expected` threads met. `what` completes the sentence, and `why` names likely reasons.
fn all_met(check: &mut Check, met: usize, expected: usize, what: &str, why: &str) -> bool {
    check.require(met == expected, Kind::WrongOperation, || {
        format!("had only {met} of {expected} {what} at the same time: {why}")
    })
}

/// Lets a thread continue a while after `others` have left, which reveals results that are in the order
/// in which they arrived.
fn leave_last(left: &AtomicUsize, others: usize) {
    patiently(BRIEF, others, || left.load(SeqCst));
    patiently(BRIEF / 2, 1, || 0);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // After a panic of an answer, nothing is compared.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
