//! Exercise 02: multiprocessing. The lesson is in README.md, one folder up.
//!
//! Each function is one task; `shared` has two. Replace its `todo!()`, then run `cargo xtask check 02`.
//!
//! A worker is a program that you start. You get it as a `Command`, complete with the program's name and
//! its arguments. When your function returns, no worker is left behind: each has ended, and has been
//! waited for. Nor does any thread that you have started go on, unless it is about to end. `spawn`, `crash`
//! and `shared` ensure this even when something goes wrong; in the other tasks, you need not ensure it if a
//! worker cannot be started.

#![allow(
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

pub use mapped_file::Counters;

use std::{collections::BTreeMap, io, path::Path, process::Command, time::Duration};

/// Why there is no answer from a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It could not be started.
    NotStarted,
    /// It ended by itself, with this exit status.
    Status(i32),
    /// It was ended by this signal.
    Signal(i32),
    /// What it printed is not a number.
    Garbage,
    /// It did not answer in time.
    Late,
}

/// Starts one worker and returns the number that it prints.
///
/// The worker needs no input. It prints one number on one line, in decimal digits, and ends. There may be
/// any number of spaces around the number, it may come in pieces, and the worker may take any time. Return
/// the number, which can be any `u64`, if the worker ends with exit status 0. Otherwise return why there is
/// none:
///
/// - [`Trouble::NotStarted`] if it could not be started;
/// - [`Trouble::Status`] or [`Trouble::Signal`] if it ended with another status or by a signal, whatever
///   it had printed before;
/// - [`Trouble::Garbage`] if it ended with status 0, and what it printed, of any length, is not a single
///   number that a `u64` holds.
///
/// What it writes to its standard error, of any length, is meant for people, and is not part of the
/// answer.
pub fn spawn(worker: &mut Command) -> Result<u64, Trouble> {
    todo!()
}

/// Sends numbers to several workers that work at the same time, each on its part of them.
///
/// There is at least one worker. A worker reads numbers from its standard input, one on each line, and
/// answers each before it reads the next, with a number on a line of its own. Every line ends with a newline.
/// Both numbers can be any `u64`. A worker ends at the end of its input. A line may come in pieces, and a worker may
/// take any time: meanwhile the others go on, however many numbers they have. It may write text of any length to its
/// standard error, which is meant for people.
///
/// Each worker is started once, and gets its part of `numbers`, in blocks or in turn: any division is right
/// in which no worker gets more than one number more than another. A worker whose part is empty need not be
/// started. There may be very many numbers, more than a pipe holds, or none at all. Each number is sent to
/// a worker, even if it is equal to another: the answers may differ.
///
/// Returns the answers in the order of `numbers`, or an error if a worker cannot be started. Nothing else
/// goes wrong.
pub fn pipes(workers: &mut [Command], numbers: &[u64]) -> io::Result<Vec<u64>> {
    todo!()
}

/// Gives tasks to whichever worker is free.
///
/// The workers are those of [`pipes`]. Each is started at most once, and has one task at a time: it is
/// given the next one when it has answered, and not before. How long an answer takes differs between
/// tasks and between workers: as long as there are tasks left, no worker is without one because another
/// is slow. There may be fewer tasks than workers, or none at all: a worker that gets no task need not be
/// started. Each task is given to one worker, even if it is equal to another: the
/// answers may differ.
///
/// Returns the answers in the order of `tasks`, or an error if a worker cannot be started. Nothing else
/// goes wrong.
pub fn pool(workers: &mut [Command], tasks: &[u64]) -> io::Result<Vec<u64>> {
    todo!()
}

/// What [`crash`] returns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// The answer to each task, in the order of the tasks; `None` where there is none.
    pub results: Vec<Option<u64>>,
    /// What went wrong with each worker that failed, by its index in `workers`.
    pub troubles: BTreeMap<usize, Trouble>,
}

/// Gives tasks to workers as [`pool`] does, except that these may fail. The results of the others
/// survive.
///
/// A worker has one task at a time. It fails
///
/// - if it cannot be started ([`Trouble::NotStarted`]); it need not be started if there is no task for it;
/// - if it ends before it has answered ([`Trouble::Status`], even with status 0, or [`Trouble::Signal`]);
///   a line without a newline at its end is not an answer;
/// - if it answers with a line, of any length, that is not a number that a `u64` holds, or not even text
///   ([`Trouble::Garbage`]);
/// - if the whole line of its answer is not there within `limit` after it got the task
///   ([`Trouble::Late`]). Each task has the whole limit, which is an hour at most.
///
/// A worker that closes its standard output and goes on running can no longer answer: it is late when the
/// limit is over; or you kill it before that, and then that signal is its trouble.
///
/// A worker that has failed gets no other task; if it still runs, it is killed. The task that it had has
/// no result, and is not tried again: it may be what made the worker fail. All other tasks are done by
/// the workers that are left; if none is left, the rest of the tasks have no result either. How a worker
/// ends once it has answered everything does not matter; if it goes on running, it is killed.
///
/// Returns the results, and the trouble of each worker that failed. All tasks are different.
pub fn crash(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    todo!()
}

/// Counts into shared memory: each worker of [`shared`] calls this function.
///
/// `file` was made by [`Counters::create`], in another process. For each number in `numbers`, its counter
/// goes up by 1. Every number has a counter. Other processes add to the same counters at the same time,
/// with [`Counters::add`], and nothing that they add may be lost.
///
/// Returns an error if the file cannot be opened.
pub fn tally(file: &Path, numbers: &[usize]) -> io::Result<()> {
    todo!()
}

/// Starts several workers that count into one file at the same time.
///
/// Makes `file` with `length` counters, all 0, even if there is already such a file. Then starts every
/// worker with one argument in addition to those its command already has: the file. Each calls [`tally`]
/// with numbers of its own, and ends with status 0; until all have ended, the counters are not complete.
///
/// Returns the counters. Returns an error if the file cannot be made, if a worker cannot be started, or
/// if one ends by a signal or with a status other than 0; in each case, all workers that were started
/// have been waited for. The file stays where it is.
pub fn shared(workers: &mut [Command], file: &Path, length: usize) -> io::Result<Vec<u64>> {
    todo!()
}

/// What a thread and a process cost: each field is the mean time of one round, to the nanosecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// To start a thread and get its answer to one number.
    pub thread_start: Duration,
    /// To send a number to a thread that was started before and receive the answer.
    pub thread_message: Duration,
    /// To start a worker, get its answer to one number, and wait for its end, which comes when its input
    /// ends.
    pub process_start: Duration,
    /// To send a number to a worker that was started before and receive the answer.
    pub process_message: Duration,
}

/// Measures what a thread and what a process cost, each in `rounds` rounds, one after the other.
///
/// A thread works on a number by calling `work` with it. A worker is as in [`pipes`]. In total, `rounds`
/// threads and `rounds` workers are started for one number each; and one more thread and one more worker
/// for `rounds` messages each. `rounds` is at least 1.
///
/// Each of the four measurements begins with the number 0, and the answer of each round is the number of
/// the next. A round is over when its answer is there; if a worker is started for it, when that worker has
/// ended. The end of a thread may belong to its round or not. One measurement ends before the next begins.
///
/// `clock` returns the time that has passed since some moment. Measure with it, and with no other clock:
/// anything that is not part of a round, and every pause, lies outside the two moments at which you read
/// it.
///
/// Returns an error if a worker cannot be started. Nothing else goes wrong.
pub fn cost(
    worker: &mut Command,
    work: &(dyn Fn(u64) -> u64 + Sync),
    rounds: u32,
    clock: &(dyn Fn() -> Duration + Sync),
) -> io::Result<Cost> {
    todo!()
}
