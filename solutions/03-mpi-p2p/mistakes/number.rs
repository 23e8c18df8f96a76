//! Mistakes in the task `number`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("number": number = two_ranks_at_least => Panic,
        "sends to rank 1 also when there is none"),
    mistake!("number": number = sender_returns_it_too => WrongResult,
        "returns the number on rank 0 as well"),
    mistake!("number": number = never_receives => WrongResult,
        "sends, and nobody receives"),
    mistake!("number": number = to_everyone => WrongResult,
        "sends the number to every rank"),
    mistake!("number": number = broadcast => WrongOperation,
        "broadcasts, so that every rank takes part"),
    mistake!("number": number = with_a_reply => TooMuchCommunication,
        "waits for a reply that tells nothing new"),
];

fn two_ranks_at_least(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    if let Some(number) = number {
        world.process_at_rank(1).send(&number);
        return None;
    }
    (world.rank() == 1).then(|| world.process_at_rank(0).receive().0)
}

fn sender_returns_it_too(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    mpi_p2p_solution::number(world, number).or(number)
}

fn never_receives(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    if world.rank() == 0 && world.size() > 1 {
        world.process_at_rank(1).send(&number?);
    }
    None
}

fn to_everyone(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    let Some(number) = number else {
        return Some(world.process_at_rank(0).receive().0);
    };
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(&number);
    }
    None
}

fn broadcast(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    let mut received = number.unwrap_or_default();
    world.process_at_rank(0).broadcast_into(&mut received);
    (world.rank() == 1).then_some(received)
}

fn with_a_reply(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    let returned = mpi_p2p_solution::number(world, number);
    if returned.is_some() {
        world.process_at_rank(0).send(&true);
    } else if number.is_some() && world.size() > 1 {
        let (_received, _) = world.process_at_rank(1).receive::<bool>();
    }
    returned
}
