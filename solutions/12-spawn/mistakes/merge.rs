//! Mistakes in the task `merge`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    topology::{InterCommunicator, MergeOrder, SimpleCommunicator},
    traits::*,
};
use std::process::Command;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("merge": merge_managers = without_workers => CollectiveMismatch,
        "gathers among the managers"),
    mistake!("merge": merge_managers = never_merges => CollectiveMismatch,
        "gathers on the intercommunicator, which brings the other side's numbers only"),
    mistake!("merge": merge_managers = known_to_the_root => WrongResult,
        "returns the numbers on rank 0 only"),
    mistake!("merge": merge_managers = one_worker_less => WrongResult,
        "starts a worker less than it is asked for, where there is more than one"),
    mistake!("merge": merge_managers = also_first => WrongResult,
        "says that the managers come first, as the workers say of themselves"),
    mistake!("merge": merge_managers = as_floats => WrongResult,
        "lets the numbers travel as f64"),
    mistake!("merge": merge_workers = own_number_doubled => WrongResult,
        "tells another number than its own"),
    mistake!("merge": merge_workers = turned_around => WrongResult,
        "returns the managers' numbers before those of the workers"),
    mistake!("merge": merge_workers = no_barrier => CollectiveMismatch,
        "parts from the managers without meeting them"),
    mistake!("merge": merge_managers = managers_first, merge_workers = workers_last => WrongOperation,
        "puts the managers first in the communicator, and the numbers in order afterwards"),
    mistake!("merge": merge_managers = meets_early, merge_workers = met_early => WrongOperation,
        "meets before the all-gather, on both sides"),
    mistake!("merge": merge_managers = equal_ones_once => WrongResult,
        "leaves out a number that is the same as the one before it"),
    mistake!("merge": merge_managers = merges_twice, merge_workers = merged_twice => WrongOperation,
        "merges the groups a second time, for the barrier"),
    mistake!("merge": merge_managers = zeros_left_out => WrongResult,
        "leaves out the number 0"),
    mistake!("merge": merge_workers = without_sign => WrongResult,
        "returns the numbers without their signs"),
];

fn start(world: &SimpleCommunicator, worker: &Command, workers: i32) -> InterCommunicator {
    let root = world.process_at_rank(0);
    root.spawn(worker, workers)
        .expect("the program can be started")
}

fn on(all: &SimpleCommunicator, own: i64) -> Vec<i64> {
    let mut numbers = vec![0; all.size() as usize];
    all.all_gather_into(&own, &mut numbers);
    numbers
}

fn without_workers(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    own: i64,
) -> Vec<i64> {
    let team = start(world, worker, workers);
    let numbers = on(world, own);
    team.barrier();
    numbers
}

fn never_merges(world: &SimpleCommunicator, worker: &Command, workers: i32, own: i64) -> Vec<i64> {
    let team = start(world, worker, workers);
    let mut numbers = vec![0; workers as usize];
    team.all_gather_into(&own, &mut numbers);
    team.barrier();
    numbers
}

fn known_to_the_root(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    own: i64,
) -> Vec<i64> {
    let team = start(world, worker, workers);
    let numbers = on(&team.merge(MergeOrder::High), own);
    team.barrier();
    match world.rank() {
        0 => numbers,
        _ => Vec::new(),
    }
}

fn one_worker_less(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    own: i64,
) -> Vec<i64> {
    let team = start(world, worker, (workers - 1).max(1));
    let numbers = on(&team.merge(MergeOrder::High), own);
    team.barrier();
    numbers
}

fn also_first(world: &SimpleCommunicator, worker: &Command, workers: i32, own: i64) -> Vec<i64> {
    let team = start(world, worker, workers);
    let numbers = on(&team.merge(MergeOrder::Low), own);
    team.barrier();
    numbers
}

fn own_number_doubled(managers: InterCommunicator, own: i64) -> Vec<i64> {
    let numbers = on(&managers.merge(MergeOrder::Low), own.wrapping_mul(2));
    managers.barrier();
    numbers
}

fn turned_around(managers: InterCommunicator, own: i64) -> Vec<i64> {
    let mut numbers = on(&managers.merge(MergeOrder::Low), own);
    managers.barrier();
    let theirs = managers.remote_size() as usize;
    numbers.rotate_right(theirs);
    numbers
}

fn no_barrier(managers: InterCommunicator, own: i64) -> Vec<i64> {
    on(&managers.merge(MergeOrder::Low), own)
}

fn as_floats(world: &SimpleCommunicator, worker: &Command, workers: i32, own: i64) -> Vec<i64> {
    let numbers = subject::merge_managers(world, worker, workers, own);
    let numbers = numbers.into_iter();
    numbers.map(|number| number as f64 as i64).collect()
}

/// The numbers of the other order, turned around.
fn turned(all: &SimpleCommunicator, own: i64, managers: i32) -> Vec<i64> {
    let mut numbers = on(all, own);
    numbers.rotate_left(managers as usize);
    numbers
}

fn managers_first(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    own: i64,
) -> Vec<i64> {
    let team = start(world, worker, workers);
    let numbers = turned(&team.merge(MergeOrder::Low), own, world.size());
    team.barrier();
    numbers
}

fn workers_last(managers: InterCommunicator, own: i64) -> Vec<i64> {
    let numbers = turned(
        &managers.merge(MergeOrder::High),
        own,
        managers.remote_size(),
    );
    managers.barrier();
    numbers
}

fn meets_early(world: &SimpleCommunicator, worker: &Command, workers: i32, own: i64) -> Vec<i64> {
    let team = start(world, worker, workers);
    team.barrier();
    on(&team.merge(MergeOrder::High), own)
}

fn met_early(managers: InterCommunicator, own: i64) -> Vec<i64> {
    managers.barrier();
    on(&managers.merge(MergeOrder::Low), own)
}

fn equal_ones_once(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    own: i64,
) -> Vec<i64> {
    let mut numbers = subject::merge_managers(world, worker, workers, own);
    numbers.dedup();
    numbers
}

fn merges_twice(world: &SimpleCommunicator, worker: &Command, workers: i32, own: i64) -> Vec<i64> {
    let team = start(world, worker, workers);
    let numbers = on(&team.merge(MergeOrder::High), own);
    team.merge(MergeOrder::High).barrier();
    numbers
}

fn merged_twice(managers: InterCommunicator, own: i64) -> Vec<i64> {
    let numbers = on(&managers.merge(MergeOrder::Low), own);
    managers.merge(MergeOrder::Low).barrier();
    numbers
}

fn zeros_left_out(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    own: i64,
) -> Vec<i64> {
    let mut numbers = subject::merge_managers(world, worker, workers, own);
    numbers.retain(|number| *number != 0);
    numbers
}

fn without_sign(managers: InterCommunicator, own: i64) -> Vec<i64> {
    let numbers = subject::merge_workers(managers, own);
    numbers.into_iter().map(i64::wrapping_abs).collect()
}
