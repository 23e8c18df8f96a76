//! The checks of exercise 12: one source for the student's crate, the reference and every mistake.
//!
//! What managers start is this check program again, which then runs the student's other function: `worker`
//! says what it does.

#[path = "working.rs"]
mod working;

use harness_mpi::{Check, InterCommunicator, SimpleCommunicator, Suite};
use std::process::Command;

harness_mpi::answers! {
    fn manage(world: &SimpleCommunicator, worker: &Command, workers: i32, intervals: u64) -> f64;
    fn work(
        world: &SimpleCommunicator,
        managers: InterCommunicator,
        curve: &dyn Fn(f64) -> f64,
    );
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("workers", working::managers)
        .worker("workers", working::workers)
}
