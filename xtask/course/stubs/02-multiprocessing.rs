//! Exercise 02: multiprocessing. The lesson is in README.md, one folder up.
//!
//! Each function is one task; `shared` has two. Replace its `todo!()`, then type
//! `cargo xtask check 02`.
//!
//! A worker is a program that you start. You get it as a `Command`, complete with the program's name
//! and its arguments. When your function returns, no worker is left behind: each has ended, and has
//! been waited for. `spawn`, `crash` and `shared` see to that also when something goes wrong; in the
//! other tasks all workers are well.

#![allow(
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

mod counters;

pub use counters::Counters;

use std::{collections::BTreeMap, io, path::Path, process::Command, time::Duration};

/// Why there is no answer from a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It could not be started.
    NotStarted,
    /// It ended by itself, with this exit status.
    Status(i32),
    /// A signal ended it: this one.
    Signal(i32),
    /// What it printed is not a number.
    Garbage,
    /// It did not answer in time.
    Late,
}

/// Starts one worker and returns the number that it prints.
///
/// The worker needs no input. It prints one number on one line, and ends. Return the number if the
/// worker ends with exit status 0. Otherwise return why not:
///
/// - [`Trouble::NotStarted`] if it could not be started;
/// - [`Trouble::Status`] or [`Trouble::Signal`] if it ended with another status or by a signal,
///   whatever it had printed before;
/// - [`Trouble::Garbage`] if it ended with status 0, and what it printed is not one number.
///
/// What it writes to its standard error is for people, and is not part of the answer.
pub fn spawn(worker: &mut Command) -> Result<u64, Trouble> {
    todo!()
}

/// Has numbers worked on by several workers at the same time, each its share of them.
///
/// There is at least one worker. A worker reads numbers from its standard input, one on each line,
/// and answers each at once with a number on a line of its own. It ends at the end of its input.
///
/// Each worker is started once, and gets its part of `numbers`; none gets more than one number more
/// than another. A worker whose part is empty need not be started. There may be very many numbers, and
/// none at all.
///
/// Returns the answers in the order of `numbers`. These workers are well: an error is one of starting,
/// writing or reading.
pub fn pipes(workers: &mut [Command], numbers: &[u64]) -> io::Result<Vec<u64>> {
    todo!()
}

/// Has tasks worked on by whichever worker is free.
///
/// The workers are those of [`pipes`]. Each is started at most once, and is given one task after the
/// other: the next one when it has answered. How long an answer takes differs between tasks and
/// between workers: nobody waits for the slowest as long as there are tasks left. There may be fewer
/// tasks than workers, and none at all.
///
/// Returns the answers in the order of `tasks`. An error is one of starting, writing or reading.
pub fn pool(workers: &mut [Command], tasks: &[u64]) -> io::Result<Vec<u64>> {
    todo!()
}

/// What [`crash`] returns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// The answer to each task, in the order of the tasks; `None` where there is none.
    pub results: Vec<Option<u64>>,
    /// What went wrong with which worker, by its index in `workers`.
    pub troubles: BTreeMap<usize, Trouble>,
}

/// Has tasks worked on as [`pool`] does, by workers that may fail. What the others do survives.
///
/// A worker has one task at a time. It fails
///
/// - if it cannot be started ([`Trouble::NotStarted`]);
/// - if it ends before it has answered ([`Trouble::Status`], also with status 0, or
///   [`Trouble::Signal`]); a line without its end is no answer;
/// - if it answers a line that is not a number, or not even text ([`Trouble::Garbage`]);
/// - if it does not answer within `limit` after it got the task ([`Trouble::Late`]).
///
/// A worker that has failed gets no other task; if it still runs, it is ended. The task that it had
/// has no result, and is not tried again: it may be what made the worker fail. All other tasks are
/// done by the workers that are left; if none is left, the rest of the tasks has no result either.
///
/// Returns the results, and the trouble of each worker that failed.
pub fn crash(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    todo!()
}

/// Counts into shared memory: what each worker of [`shared`] calls.
///
/// `file` was made by [`Counters::create`], in another process. Other processes count at the same time.
/// For each number in `numbers` its counter goes up by 1. Every number has a counter.
///
/// An error is one of opening the file.
pub fn tally(file: &Path, numbers: &[usize]) -> io::Result<()> {
    todo!()
}

/// Has several workers count into one file at the same time.
///
/// Makes `file` with `length` counters, all 0, also if there is such a file already. Then starts
/// every worker with one argument more than its command has already: the file. Each calls [`tally`]
/// with numbers of its own, and ends with status 0; until all have ended, the counters are not
/// complete.
///
/// Returns the counters. An error is one of making the file or of starting; and it is an error if a
/// worker does not end with status 0. Then too all that were started have been waited for. The file
/// stays where it is.
pub fn shared(workers: &mut [Command], file: &Path, length: usize) -> io::Result<Vec<u64>> {
    todo!()
}

/// What a thread and a process cost: each is the mean time of one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// To start a thread, to have one number worked on by it, and to wait for its end.
    pub thread_start: Duration,
    /// To send a number to a thread that runs already, and to receive the answer.
    pub thread_message: Duration,
    /// To start a worker, to have one number worked on by it, and to wait for its end.
    pub process_start: Duration,
    /// To send a number to a worker that runs already, and to receive the answer.
    pub process_message: Duration,
}

/// Measures what a thread and what a process costs, each in `rounds` rounds, one after the other.
///
/// A thread works on a number by calling `work` with it. A worker is as in [`pipes`]. So `rounds`
/// threads and `rounds` workers are started for one number each; and one thread and one worker more
/// for `rounds` messages each. `rounds` is at least 1.
///
/// Each of the four measurements begins with the number 0, and the answer of each round is the number
/// of the next: so a round is over when its answer is there, also that of a thread or worker that is
/// started for it.
///
/// An error is one of starting, writing or reading.
pub fn cost(
    worker: &mut Command,
    work: &(dyn Fn(u64) -> u64 + Sync),
    rounds: u32,
) -> io::Result<Cost> {
    todo!()
}
