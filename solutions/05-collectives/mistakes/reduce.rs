//! Mistakes in the task `reduce`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("reduce": reduce_sum = all_in_one_number => WrongResult,
        "adds everything up to one number, not element by element"),
    mistake!("reduce": reduce_sum = its_own_again => WrongResult,
        "adds the vector of rank 0 once more"),
    mistake!("reduce": reduce_sum = on_every_rank => WrongResult,
        "reduces on every rank, and returns it there"),
    mistake!("reduce": reduce_sum = gathers_and_adds => WrongOperation,
        "gathers all vectors on rank 0 and adds them there"),
    mistake!("reduce": reduce_max = starts_from_0 => WrongResult,
        "looks for the largest from 0 on, and finds no negative one"),
    mistake!("reduce": reduce_max = only_looks_at_its_own => WrongResult,
        "returns the number of rank 0"),
    mistake!("reduce": reduce_max = root_call_everywhere => Panic,
        "calls on every rank what only the root may call"),
    mistake!("reduce": reduce_max = in_another_order => WrongOperation,
        "calls a barrier too, before the reduce on rank 0 and after it on the others"),
];

fn all_in_one_number(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    collectives_solution::reduce_sum(world, &[mine.iter().sum()])
}

fn its_own_again(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let sums = collectives_solution::reduce_sum(world, mine)?;
    Some(sums.iter().zip(mine).map(|(sum, own)| sum + own).collect())
}

fn on_every_rank(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let mut sums = vec![0; mine.len()];
    world.all_reduce_into(mine, &mut sums[..], SystemOperation::sum());
    Some(sums)
}

fn gathers_and_adds(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let (size, root) = (world.size() as usize, world.process_at_rank(0));
    if world.rank() != 0 {
        root.gather_into(mine);
        return None;
    }
    let mut all = vec![0; mine.len() * size];
    root.gather_into_root(mine, &mut all[..]);
    let sum = |at| (0..size).map(|rank| all[rank * mine.len() + at]).sum();
    Some((0..mine.len()).map(sum).collect())
}

fn starts_from_0(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    let all = collectives_solution::gather(world, &[mine])?;
    Some(all.into_iter().fold(0, i32::max))
}

fn only_looks_at_its_own(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    (world.rank() == 0).then_some(mine)
}

fn root_call_everywhere(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    let mut largest = mine;
    let root = world.process_at_rank(0);
    root.reduce_into_root(&mine, &mut largest, SystemOperation::max());
    (world.rank() == 0).then_some(largest)
}

fn in_another_order(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    if world.rank() == 0 {
        world.barrier();
    }
    let largest = collectives_solution::reduce_max(world, mine);
    if world.rank() != 0 {
        world.barrier();
    }
    largest
}
