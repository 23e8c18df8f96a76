//! The checks of exercise 12: one source for the student's crate, the reference and every mistake.
//!
//! What managers start is this check program again, which then runs the student's other function: `worker`
//! says what it does. Two programs of one launch, and two that meet at a port, are two parts of the task's
//! ranks.
//!
//! - `working`: workers that integrate, started or launched together with their managers;
//! - `merging`: one communicator of both;
//! - `meeting`: servers and clients;
//! - `parting`: the broken program;
//! - `groups`: what was called between two groups of processes.

#[path = "groups.rs"]
mod groups;
#[path = "meeting.rs"]
mod meeting;
#[path = "merging.rs"]
mod merging;
#[path = "parting.rs"]
mod parting;
#[path = "working.rs"]
mod working;

use harness_mpi::{Check, InterCommunicator, Kind, SimpleCommunicator, Suite};
use mpi_extra::port::ConnectionError;
use std::process::Command;

harness_mpi::answers! {
    fn manage(world: &SimpleCommunicator, worker: &Command, workers: i32, intervals: u64) -> f64;
    fn work(
        world: &SimpleCommunicator,
        managers: InterCommunicator,
        curve: &dyn Fn(f64) -> f64,
    );
    fn merge_managers(
        world: &SimpleCommunicator,
        worker: &Command,
        workers: i32,
        own: i64,
    ) -> Vec<i64>;
    fn merge_workers(managers: InterCommunicator, own: i64) -> Vec<i64>;
    fn lead(world: &SimpleCommunicator, intervals: u64) -> f64;
    fn follow(world: &SimpleCommunicator, curve: &dyn Fn(f64) -> f64);
    fn serve(world: &SimpleCommunicator, port: &str) -> Result<i32, ConnectionError>;
    fn ask(world: &SimpleCommunicator, port: &str, own: u64) -> Result<u64, ConnectionError>;
    fn broken_parting(
        world: &SimpleCommunicator,
        worker: &Command,
        workers: i32,
        questions: &[u64],
    ) -> Vec<u64>;
    fn parting_worker(managers: InterCommunicator, answer: &dyn Fn(u64) -> u64);
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("workers", working::managers)
        .worker("workers", working::workers)
        .task("merge", merging::managers)
        .worker("merge", merging::workers)
        .task("two-programs", working::programs)
        .task("port", meeting::at_a_port)
        .task("broken-parting", parting::managers)
        .worker("broken-parting", parting::workers)
}

/// Requires of a worker that as many were started as the check asked for.
fn is_team(check: &Check, workers: i32) {
    let size = check.size();
    check.require(size == workers as usize, Kind::WrongResult, || {
        format!(
            "was started as one of {size}, but the check asked for {}",
            harness_mpi::plural(workers as u64, "worker")
        )
    });
}
