//! Mistakes in the task `slice`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};
use std::sync::Mutex;

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
    mistake!("slice": slice = as_floats => WrongResult,
        "makes an `f32` of each number, which holds 24 bits"),
    mistake!("slice": slice = old_bits_stay => WrongResult,
        "leaves the lowest bit of what was in the buffer before"),
    mistake!("slice": slice = at_most_16_bits => WrongResult,
        "counts the numbers in 16 bits"),
    mistake!("slice": slice = of_all_processes => Deadlock,
        "receives on MPI_COMM_WORLD, whose rank 0 is another process"),
    mistake!("slice": slice = no_zeros_at_the_end => WrongResult,
        "leaves out zeros at the end, where rank 1 has something else"),
    mistake!("slice": slice = sent_once => WrongResult,
        "does not send again what it has sent before"),
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

fn as_floats(world: &SimpleCommunicator, numbers: &mut [i32]) {
    match world.rank() {
        0 if world.size() > 1 => {
            let floats: Vec<f32> = numbers.iter().map(|number| *number as f32).collect();
            world.process_at_rank(1).send(&floats[..]);
        }
        1 => {
            let (floats, _) = world.process_at_rank(0).receive_vec::<f32>();
            for (number, float) in numbers.iter_mut().zip(floats) {
                *number = float as i32;
            }
        }
        _ => {}
    }
}

fn at_most_16_bits(world: &SimpleCommunicator, numbers: &mut [i32]) {
    let length = usize::from(numbers.len() as u16);
    mpi_p2p_solution::slice(world, &mut numbers[..length]);
}

fn of_all_processes(world: &SimpleCommunicator, numbers: &mut [i32]) {
    match world.rank() {
        1 => drop(
            SimpleCommunicator::world()
                .process_at_rank(0)
                .receive_into(numbers),
        ),
        _ => mpi_p2p_solution::slice(world, numbers),
    }
}

fn old_bits_stay(world: &SimpleCommunicator, numbers: &mut [i32]) {
    let old = numbers.to_vec();
    mpi_p2p_solution::slice(world, numbers);
    if world.rank() == 1 {
        numbers
            .iter_mut()
            .zip(old)
            .for_each(|(number, old)| *number |= old & 1);
    }
}

fn no_zeros_at_the_end(world: &SimpleCommunicator, numbers: &mut [i32]) {
    let used = numbers.iter().rposition(|number| *number != 0);
    match world.rank() {
        0 if world.size() > 1 => {
            let used = used.map_or(0, |last| last + 1);
            world.process_at_rank(1).send(&numbers[..used]);
        }
        1 => drop(world.process_at_rank(0).receive_into(numbers)),
        _ => {}
    }
}

fn sent_once(world: &SimpleCommunicator, numbers: &mut [i32]) {
    static SENT: Mutex<Vec<i32>> = Mutex::new(Vec::new());
    match world.rank() {
        0 if world.size() > 1 => {
            let mut sent = SENT.lock().expect("no other thread");
            let all = if *sent == numbers { 0 } else { numbers.len() };
            world.process_at_rank(1).send(&numbers[..all]);
            *sent = numbers.to_vec();
        }
        1 => drop(world.process_at_rank(0).receive_into(numbers)),
        _ => {}
    }
}
