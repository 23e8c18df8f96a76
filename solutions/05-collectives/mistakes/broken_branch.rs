//! Mistakes in the task `broken-branch`.

use crate::{kept::kept, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("broken-branch": broken_branch = as_found => Deadlock,
        "is the program as it was found: rank 0 waits for ranks that never call"),
    mistake!("broken-branch": broken_branch = without_the_collective => WrongResult,
        "takes the collective out, and reports the number of rank 0"),
    mistake!("broken-branch": broken_branch = everybody_reports => WrongResult,
        "takes the branch out, and so every rank reports"),
    mistake!("broken-branch": broken_branch = root_call_everywhere => Panic,
        "calls on every rank what only the root may call"),
    mistake!("broken-branch": broken_branch = as_f32 => WrongResult,
        "takes the numbers for an f32, which does not hold all of them"),
    mistake!("broken-branch": broken_branch = from_0 => WrongResult,
        "looks for the largest from 0 on"),
    mistake!("broken-branch": broken_branch = kept_from_before => WrongResult,
        "reports the largest of an earlier call with its own number"),
    mistake!("broken-branch": broken_branch = two_places => WrongResult,
        "puts a space before a single digit"),
    mistake!("broken-branch": broken_branch = whoever_comes => WrongResult,
        "takes the numbers as they come, and with them one of the next call"),
];

fn as_found(world: &SimpleCommunicator, number: i32) -> Option<String> {
    if world.rank() == 0 {
        let mut largest = number;
        world.all_reduce_into(&number, &mut largest, SystemOperation::max());
        return Some(format!("the largest is {largest}"));
    }
    None
}

fn without_the_collective(world: &SimpleCommunicator, number: i32) -> Option<String> {
    (world.rank() == 0).then(|| format!("the largest is {number}"))
}

fn everybody_reports(world: &SimpleCommunicator, number: i32) -> Option<String> {
    let mut largest = number;
    world.all_reduce_into(&number, &mut largest, SystemOperation::max());
    Some(format!("the largest is {largest}"))
}

fn root_call_everywhere(world: &SimpleCommunicator, number: i32) -> Option<String> {
    let mut largest = number;
    let root = world.process_at_rank(0);
    root.reduce_into_root(&number, &mut largest, SystemOperation::max());
    (world.rank() == 0).then(|| format!("the largest is {largest}"))
}

fn as_f32(world: &SimpleCommunicator, number: i32) -> Option<String> {
    collectives_solution::broken_branch(world, number as f32 as i32)
}

fn from_0(world: &SimpleCommunicator, number: i32) -> Option<String> {
    collectives_solution::broken_branch(world, number.max(0))
}

fn kept_from_before(world: &SimpleCommunicator, number: i32) -> Option<String> {
    let line = collectives_solution::broken_branch(world, number);
    kept((world.size(), world.rank(), number), line)
}

fn two_places(world: &SimpleCommunicator, number: i32) -> Option<String> {
    let mut largest = number;
    world.all_reduce_into(&number, &mut largest, SystemOperation::max());
    (world.rank() == 0).then(|| format!("the largest is {largest:2}"))
}

fn whoever_comes(world: &SimpleCommunicator, number: i32) -> Option<String> {
    if world.rank() != 0 {
        world.process_at_rank(0).send(&number);
        return None;
    }
    let others = (1..world.size()).map(|_| world.any_process().receive::<i32>().0);
    let largest = others.fold(number, i32::max);
    Some(format!("the largest is {largest}"))
}
