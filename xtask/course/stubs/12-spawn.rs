//! Exercise 12: spawn, programs that start other programs. The lesson is in README.md, one folder up.
//!
//! Replace the `todo!()` of both functions, then type `cargo xtask check 12`.
//!
//! When a function returns, nothing that it started is still at work: requests are complete, and threads
//! have ended, or sleep, as those of a pool do. The workers have parted from their managers.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{
    collective::SystemOperation,
    topology::{InterCommunicator, SimpleCommunicator},
    traits::*,
};
use mpi_extra::between::{Between, Role};
use std::process::Command;

/// Starts workers, has them integrate a curve, and returns the integral on every rank.
///
/// All ranks of `world`, the managers, call it. It starts `workers` processes, at least 1, by one spawn of
/// `worker`. The workers run [`work`]. Rank 0 of the managers tells all workers by a broadcast how many
/// `intervals` there are, and gets the integral from them by a reduction. Then managers and workers meet in
/// a barrier, and the intercommunicator is dropped. At the end all managers return the same.
///
/// The curve itself only the workers know. Use collectives, at most eight; there are no messages.
pub fn manage(world: &SimpleCommunicator, worker: &Command, workers: i32, intervals: u64) -> f64 {
    todo!()
}

/// Takes part in an integration: the other program, which [`manage`] has started.
///
/// `world` has the workers that were started together, and `managers` connects them to the ranks that
/// have started them. How many intervals there are, at least 1, they are told by rank 0 of the managers.
///
/// The integral goes from 0 to 1, by the midpoint rule: `curve` is called in the middle of each interval
/// of length 1/`intervals`, and the integral is the sum of what it returns, divided by the number of
/// intervals. The workers share the intervals: each is looked at by one worker, and the numbers of calls
/// of any two workers differ by at most one. There may be fewer intervals than workers.
///
/// Use collectives, at most eight. At the end meet the managers in a barrier, and drop `managers`.
pub fn work(world: &SimpleCommunicator, managers: InterCommunicator, curve: &dyn Fn(f64) -> f64) {
    todo!()
}
