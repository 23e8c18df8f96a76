//! The checks of exercise 11: one source for the student's crate, the reference and every mistake.
//!
//! - `painting`: pictures that only the check knows, and who has computed which of their rows;
//! - `steps`: one row of a real picture;
//! - `dealing`: rows that are distributed beforehand, and how unevenly;
//! - `farming`: rows for any worker that is free;
//! - `task`: a task of a pool and its result, which can be of no byte;
//! - `pooling`: any tasks for any worker that is free;
//! - `losing`: rows that panic.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "dealing.rs"]
mod dealing;
#[path = "farming.rs"]
mod farming;
#[path = "losing.rs"]
mod losing;
#[path = "painting.rs"]
mod painting;
#[path = "pooling.rs"]
mod pooling;
#[path = "steps.rs"]
mod steps;
#[path = "task.rs"]
mod task;

use crate::subject::{Panicked, Rescued, View};
use harness_mpi::{Check, SimpleCommunicator, Suite};
pub use task::{Done, Task};

/// Computes a row.
type Row<'a> = &'a dyn Fn(usize) -> Vec<u16>;

/// Tasks of the pool that come one after the other.
type Tasks = Box<dyn Iterator<Item = Task>>;

harness_mpi::answers! {
    fn row(view: &View, row: usize) -> Vec<u16>;
    fn blocks(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Option<Vec<u16>>;
    fn cyclic(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Option<Vec<u16>>;
    fn imbalance(world: &SimpleCommunicator, work: u64) -> f64;
    fn dynamic(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Option<Vec<u16>>;
    fn chunks(
        world: &SimpleCommunicator,
        width: usize,
        height: usize,
        chunk: usize,
        row: Row<'_>,
    ) -> Option<Vec<u16>>;
    fn map_unordered(
        world: &SimpleCommunicator,
        tasks: Option<Tasks>,
        work: &dyn Fn(Task) -> Done,
        each: &mut dyn FnMut(usize, Result<Done, Panicked>),
    ) -> ();
    fn map(
        world: &SimpleCommunicator,
        tasks: Option<Tasks>,
        work: &dyn Fn(Task) -> Done,
    ) -> Option<Vec<Result<Done, Panicked>>>;
    fn worker_lost(
        world: &SimpleCommunicator,
        width: usize,
        height: usize,
        row: Row<'_>,
    ) -> Option<Rescued>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("row", steps::row)
        .task("blocks", dealing::blocks)
        .task("cyclic", dealing::cyclic)
        .task("imbalance", dealing::imbalance)
        .task("dynamic", farming::dynamic)
        .task("chunks", farming::chunks)
        .task("pool", pooling::pool)
        .task("worker-lost", losing::worker_lost)
}

/// Those of these inputs that are tried. The more ranks there are, the more time each takes: on five to
/// eight it is every other one, on more every third.
fn tried<T, I: IntoIterator<Item = T>>(
    check: &Check,
    inputs: I,
) -> impl Iterator<Item = T> + use<T, I> {
    let step = check.size().div_ceil(4);
    inputs.into_iter().step_by(step)
}

/// Runs one part of a check. Returns, the same on all ranks, whether nothing was wrong on any rank and every
/// message was received: only then does the next part run.
fn part(check: &mut Check, input: &str, run: impl FnOnce(&mut Check)) -> bool {
    check.input(input);
    run(check);
    check.everywhere(check.is_clean()) && check.all_received("every message must be received")
}
