//! Mistakes in the task `slice`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("slice": slice = last_one_missing => WrongResult,
        "sends all but the last number"),
    mistake!("slice": slice = receives_elsewhere => WrongResult,
        "receives into a vector of its own, and leaves the buffer as it was"),
    mistake!("slice": slice = everyones_buffer => WrongResult,
        "sends to all ranks, and overwrites all buffers"),
    mistake!("slice": slice = room_for_half => Truncation,
        "receives into half of the buffer"),
    mistake!("slice": slice = one_by_one => TooMuchCommunication,
        "sends a message for each number"),
];

fn last_one_missing(world: &SimpleCommunicator, numbers: &mut [i32]) {
    let length = numbers.len().saturating_sub(1);
    mpi_p2p_solution::slice(world, &mut numbers[..length]);
}

fn receives_elsewhere(world: &SimpleCommunicator, numbers: &mut [i32]) {
    mpi_p2p_solution::slice(world, &mut numbers.to_vec());
}

fn everyones_buffer(world: &SimpleCommunicator, numbers: &mut [i32]) {
    if world.rank() > 0 {
        world.process_at_rank(0).receive_into(numbers);
        return;
    }
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(numbers);
    }
}

fn room_for_half(world: &SimpleCommunicator, numbers: &mut [i32]) {
    let half = numbers.len() / 2;
    match world.rank() {
        1 => mpi_p2p_solution::slice(world, &mut numbers[..half]),
        _ => mpi_p2p_solution::slice(world, numbers),
    }
}

fn one_by_one(world: &SimpleCommunicator, numbers: &mut [i32]) {
    for number in numbers.chunks_mut(1) {
        mpi_p2p_solution::slice(world, number);
    }
}
