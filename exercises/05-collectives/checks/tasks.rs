//! The checks of exercise 05: one source for the student's crate, the reference and every mistake.
//!
//! - `order`: who goes when, and who sends how often;
//! - `moving`: data goes from rank to rank as it is;
//! - `combining`: data is combined on its way;
//! - `mending`: broken programs, judged by what they return and by nothing else.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "combining.rs"]
mod combining;
#[path = "mending.rs"]
mod mending;
#[path = "moving.rs"]
mod moving;
#[path = "order.rs"]
mod order;

use crate::subject::Settings;
use harness_mpi::{Check, Kind, Reason, SimpleCommunicator, Suite, Traffic};
use std::ops::Range;

harness_mpi::answers! {
    fn barrier(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn());
    fn broadcast_array(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]);
    fn broadcast_object(world: &SimpleCommunicator, root: i32, settings: Option<&Settings>) -> Settings;
    fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32>;
    fn gather(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>>;
    fn all_gather(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32>;
    fn reduce_sum(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>>;
    fn reduce_max(world: &SimpleCommunicator, mine: i32) -> Option<i32>;
    fn own_operation(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>>;
    fn all_reduce(world: &SimpleCommunicator, mine: &[f64]) -> f64;
    fn scan(world: &SimpleCommunicator, items: u64) -> (u64, u64);
    fn scatterv(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64>;
    fn gatherv(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>>;
    fn all_to_all(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32>;
    fn by_hand(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize;
    fn broken_branch(world: &SimpleCommunicator, number: i32) -> Option<String>;
    fn broken_root(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3];
    fn broken_count(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("barrier", order::barrier)
        .task("broadcast-array", moving::broadcast_array)
        .task("broadcast-object", moving::broadcast_object)
        .task("scatter", moving::scatter)
        .task("gather", moving::gather)
        .task("all-gather", moving::all_gather)
        .task("reduce", combining::reduce)
        .task("own-operation", combining::own_operation)
        .task("all-reduce", combining::all_reduce)
        .task("scan", combining::scan)
        .task("uneven", moving::uneven)
        .task("all-to-all", moving::all_to_all)
        .task("by-hand", order::by_hand)
        .task("broken-branch", mending::broken_branch)
        .task("broken-root", mending::broken_root)
        .task("broken-count", mending::broken_count)
}

/// Requires one of these functions of every rank, the first being the usual one. A rank that is alone
/// has nobody to call it with, so that an answer may leave it out there.
fn by_one_of(check: &mut Check, traffic: &Traffic, functions: &[&str], why: &str) -> bool {
    check.size() == 1 || check.uses(traffic, functions, why)
}

/// Whether an answer was right on every rank. When ranks differ in who called the collective at all, the
/// ones that did not say that too, next to what they have got wrong by it. All ranks must call it.
fn right_everywhere(check: &mut Check, right: bool, traffic: &Traffic, functions: &[&str]) -> bool {
    let everywhere = check.everywhere(right);
    if !everywhere && calls(check, traffic, functions) == 0 {
        let calls = |rank: &usize| traffic.calls(*rank, functions[0]) > 0;
        if let Some(caller) = (0..check.size()).find(calls) {
            let reason = Reason::NotOnAllRanks;
            check.require_rule(false, Kind::WrongOperation, reason, || {
                format!(
                    "never called {}, and rank {caller} did: all ranks make the call",
                    functions[0]
                )
            });
        }
    }
    everywhere
}

/// How often this rank called any of these functions.
fn calls(check: &Check, traffic: &Traffic, functions: &[&str]) -> u64 {
    let rank = check.rank();
    functions
        .iter()
        .map(|function| traffic.calls(rank, function))
        .sum()
}

/// One number from `range` for each rank, but on rank `top` one that is larger than all others: so no
/// rank can be right by reporting its own.
fn with_peak(check: &mut Check, range: Range<i32>, top: usize) -> Vec<i32> {
    let size = check.size();
    let mut numbers = check.draw_vec(size, range);
    numbers[top] = numbers.iter().max().map_or(0, |largest| largest + 1);
    numbers
}
