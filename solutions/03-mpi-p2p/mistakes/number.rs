//! Mistakes in the task `number`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{
    topology::{Color, SimpleCommunicator},
    traits::*,
};
use std::cell::Cell;

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
    mistake!("number": number = on_a_split => WrongOperation,
        "makes a communicator of ranks 0 and 1 first, which every rank must call"),
    mistake!("number": number = on_a_duplicate => WrongOperation,
        "duplicates the communicator first, which every rank must call"),
    mistake!("number": number = with_a_reply => TooMuchCommunication,
        "waits for a reply that tells nothing new"),
    mistake!("number": number = of_all_processes => Deadlock,
        "receives on MPI_COMM_WORLD, whose rank 0 is another process"),
    mistake!("number": number = sixteen_bits => WrongResult,
        "sends the number in 16 bits"),
    mistake!("number": number = zero_is_none => WrongResult,
        "takes 0 for no number"),
    mistake!("number": number = kept_from_before => WrongResult,
        "keeps the number of the first call, and returns it for ever"),
    mistake!("number": number = as_f32 => WrongResult,
        "sends the number as an `f32`, which holds 24 bits"),
    mistake!("number": number = others_look => WrongOperation,
        "looks also on the other ranks whether something has come"),
];

fn two_ranks_at_least(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    if let Some(number) = number {
        world.process_at_rank(1).send(&number);
        return None;
    }
    (world.rank() == 1).then(|| world.process_at_rank(0).receive().0)
}

fn on_a_split(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    let takes_part = world.rank() < 2;
    let color = if takes_part {
        Color::with_value(0)
    } else {
        Color::undefined()
    };
    let pair = world.split_by_color(color)?;
    mpi_p2p_solution::number(&pair, number)
}

fn on_a_duplicate(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    mpi_p2p_solution::number(&world.duplicate(), number)
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

fn of_all_processes(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    match world.rank() {
        1 => Some(SimpleCommunicator::world().process_at_rank(0).receive().0),
        _ => mpi_p2p_solution::number(world, number),
    }
}

fn sixteen_bits(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    match (world.rank(), number) {
        (0, Some(number)) if world.size() > 1 => {
            world.process_at_rank(1).send(&(number as i16));
            None
        }
        (1, _) => Some(world.process_at_rank(0).receive::<i16>().0.into()),
        _ => None,
    }
}

fn zero_is_none(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    mpi_p2p_solution::number(world, number).filter(|number| *number != 0)
}

fn kept_from_before(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    thread_local!(static FIRST: Cell<Option<i32>> = const { Cell::new(None) });
    let received = mpi_p2p_solution::number(world, number)?;
    FIRST.set(FIRST.get().or(Some(received)));
    FIRST.get()
}

fn as_f32(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    let short = number.map(|number| number as f32 as i32);
    mpi_p2p_solution::number(world, short)
}

fn others_look(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    if world.rank() > 1 {
        return world.process_at_rank(0).immediate_probe().map(|_| 0);
    }
    mpi_p2p_solution::number(world, number)
}
