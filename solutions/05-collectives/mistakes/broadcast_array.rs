//! Mistakes in the task `broadcast-array`.

use crate::{kept::kept, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("broadcast-array": broadcast_array = always_from_rank_0 => WrongResult,
        "takes rank 0 for the root, whoever is"),
    mistake!("broadcast-array": broadcast_array = into_a_copy => WrongResult,
        "broadcasts into a copy, and throws that away"),
    mistake!("broadcast-array": broadcast_array = length_in_16_bits => WrongResult,
        "broadcasts as many numbers as 16 bits of the length tell"),
    mistake!("broadcast-array": broadcast_array = one_by_one => TooMuchCommunication,
        "broadcasts number by number"),
    mistake!("broadcast-array": broadcast_array = sends_to_each => WrongOperation,
        "sends the array to each rank by hand"),
    mistake!("broadcast-array": broadcast_array = only_the_root => WrongOperation,
        "calls the broadcast on the root alone"),
    mistake!("broadcast-array": broadcast_array = as_f32 => WrongResult,
        "broadcasts half of the digits"),
    mistake!("broadcast-array": broadcast_array = waits_afterwards => TooMuchCommunication,
        "lets all ranks wait behind the broadcast"),
    mistake!("broadcast-array": broadcast_array = one_for_show => TooMuchCommunication,
        "broadcasts one number for show, and gathers the array"),
    mistake!("broadcast-array": broadcast_array = root_has_nothing_to_send => WrongOperation,
        "leaves the call out on the root alone if there are no numbers"),
    mistake!("broadcast-array": broadcast_array = kept_from_before => WrongResult,
        "returns what an array of that length held before"),
    mistake!("broadcast-array": broadcast_array = where_they_differ => WrongResult,
        "overwrites the numbers that are unequal, so that 0.0 stays where the root has -0.0"),
];

fn where_they_differ(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]) {
    let mut all = numbers.to_vec();
    world.process_at_rank(root).broadcast_into(&mut all[..]);
    for (number, new) in numbers.iter_mut().zip(all) {
        if *number != new {
            *number = new;
        }
    }
}

fn always_from_rank_0(world: &SimpleCommunicator, _: i32, numbers: &mut [f64]) {
    world.process_at_rank(0).broadcast_into(numbers);
}

fn only_the_root(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]) {
    if world.rank() == root {
        world.process_at_rank(root).broadcast_into(numbers);
    }
}

fn into_a_copy(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]) {
    let mut copy = numbers.to_vec();
    world.process_at_rank(root).broadcast_into(&mut copy[..]);
}

fn length_in_16_bits(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]) {
    let length = usize::from(numbers.len() as u16);
    world
        .process_at_rank(root)
        .broadcast_into(&mut numbers[..length]);
}

fn one_by_one(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]) {
    for number in numbers {
        world.process_at_rank(root).broadcast_into(number);
    }
}

fn sends_to_each(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]) {
    if world.rank() != root {
        world.process_at_rank(root).receive_into(numbers);
        return;
    }
    for rank in (0..world.size()).filter(|rank| *rank != root) {
        world.process_at_rank(rank).send(numbers);
    }
}

fn as_f32(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]) {
    let mut short: Vec<f32> = numbers.iter().map(|number| *number as f32).collect();
    world.process_at_rank(root).broadcast_into(&mut short[..]);
    for (number, short) in numbers.iter_mut().zip(short) {
        *number = short.into();
    }
}

fn waits_afterwards(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]) {
    world.process_at_rank(root).broadcast_into(numbers);
    world.barrier();
}

fn one_for_show(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]) {
    world.process_at_rank(root).broadcast_into(&mut 1);
    let mut all = vec![0.0; numbers.len() * world.size() as usize];
    world.all_gather_into(numbers, &mut all[..]);
    let length = numbers.len();
    numbers.copy_from_slice(&all[root as usize * length..][..length]);
}

fn kept_from_before(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]) {
    world.process_at_rank(root).broadcast_into(numbers);
    let question = (world.size(), world.rank(), root, numbers.len());
    numbers.copy_from_slice(&kept(question, numbers.to_vec()));
}

fn root_has_nothing_to_send(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]) {
    if !numbers.is_empty() || world.rank() != root {
        collectives_solution::broadcast_array(world, root, numbers);
    }
}
