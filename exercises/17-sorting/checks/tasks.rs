//! The checks of exercise 17: one source for the student's crate, the reference and every mistake.
//!
//! - `keys`: lists of keys for the ranks, and how they are told apart;
//! - `order`: the tasks `rank`, `merge` and `odd-even`;
//! - `sample`: the tasks `splitters` and `sample-sort`;
//! - `shares`: the tasks `balance` and `records`.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "keys.rs"]
mod keys;
#[path = "order.rs"]
mod order;
#[path = "sample.rs"]
mod sample;
#[path = "shares.rs"]
mod shares;

use crate::subject::Record;
use harness_mpi::{Check, SimpleCommunicator, Suite};

harness_mpi::answers! {
    fn rank(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64>;
    fn merge(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>>;
    fn odd_even(world: &SimpleCommunicator, mine: &mut [i64]) -> ();
    fn splitters(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64>;
    fn sample_sort(world: &SimpleCommunicator, mine: &[f64], splitters: &[f64]) -> Vec<f64>;
    fn balance(world: &SimpleCommunicator, mine: &[u64]) -> Vec<u64>;
    fn records(world: &SimpleCommunicator, mine: &[Record]) -> Vec<Record>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("rank", order::rank)
        .task("merge", order::merge)
        .task("odd-even", order::odd_even)
        .task("splitters", sample::splitters)
        .task("sample-sort", sample::sample_sort)
        .task("balance", shares::balance)
        .task("records", shares::records)
}

/// Those of these inputs that are tried. The more ranks there are, the more time each takes: on five to
/// eight it is every other one, on more every third, beginning with a drawn one.
fn tried<T>(check: &mut Check, inputs: Vec<T>) -> impl Iterator<Item = T> + use<T> {
    let step = check.size().div_ceil(4);
    inputs.into_iter().skip(check.draw(0..step)).step_by(step)
}

/// Runs one part of a check. Returns, the same on all ranks, whether nothing was wrong on any rank and every
/// message was received: only then does the next part run.
fn part(check: &mut Check, input: &str, run: impl FnOnce(&mut Check)) -> bool {
    check.input(input);
    run(check);
    check.everywhere(check.is_clean()) && check.all_received("every message must be received")
}
