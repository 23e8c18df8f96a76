//! Mistakes in the task `by-hand`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("by-hand": by_hand = rank_0_sends_all => TooMuchCommunication,
        "lets rank 0 send to everybody, one after another"),
    mistake!("by-hand": by_hand = in_a_chain => TooMuchCommunication,
        "hands the numbers on from rank to rank, in n - 1 rounds"),
    mistake!("by-hand": by_hand = powers_of_two_only => Panic,
        "sends to ranks that are not there, unless their number is a power of two"),
    mistake!("by-hand": by_hand = a_round_too_few => WrongResult,
        "rounds log2 n down"),
    mistake!("by-hand": by_hand = counts_rounds => WrongResult,
        "counts the rounds in place of its messages"),
    mistake!("by-hand": by_hand = by_the_library => WrongOperation,
        "calls the broadcast that it should stand in for"),
];

fn rank_0_sends_all(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    if world.rank() != 0 {
        world.process_at_rank(0).receive_into(numbers);
        return 0;
    }
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(numbers);
    }
    world.size() as usize - 1
}

fn in_a_chain(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    let rank = world.rank();
    if rank > 0 {
        world.process_at_rank(rank - 1).receive_into(numbers);
    }
    if rank + 1 == world.size() {
        return 0;
    }
    world.process_at_rank(rank + 1).send(numbers);
    1
}

/// The tree, for ranks below `size` and so many rounds.
fn tree(world: &SimpleCommunicator, numbers: &mut [f64], size: i32, rounds: u32) -> usize {
    let (rank, mut messages) = (world.rank(), 0);
    for have in (0..rounds).map(|round| 1 << round) {
        if rank < have && rank + have < size {
            world.process_at_rank(rank + have).send(numbers);
            messages += 1;
        } else if (have..2 * have).contains(&rank) {
            world.process_at_rank(rank - have).receive_into(numbers);
        }
    }
    messages
}

fn rounds(world: &SimpleCommunicator) -> u32 {
    (world.size() as u32).next_power_of_two().ilog2()
}

fn powers_of_two_only(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    tree(world, numbers, i32::MAX, rounds(world))
}

fn a_round_too_few(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    tree(world, numbers, world.size(), world.size().ilog2())
}

fn counts_rounds(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    tree(world, numbers, world.size(), rounds(world));
    rounds(world) as usize
}

fn by_the_library(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    world.process_at_rank(0).broadcast_into(numbers);
    0
}
