//! Mistakes in the task `TASK`. TO WRITE: those that students make in its place.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("TASK": FUNCTION = own_part => WrongResult,
        "returns the sum of its own numbers"),
    mistake!("TASK": FUNCTION = last_left_out => WrongResult,
        "leaves out the last number of each rank"),
    mistake!("TASK": FUNCTION = everything_to_everyone => TooMuchCommunication,
        "sends all numbers to all ranks"),
];

fn own_part(_: &SimpleCommunicator, mine: &[i64]) -> i64 {
    mine.iter().sum()
}

fn last_left_out(world: &SimpleCommunicator, mine: &[i64]) -> i64 {
    subject::FUNCTION(world, mine.split_last().map_or(&[], |(_, rest)| rest))
}

fn everything_to_everyone(world: &SimpleCommunicator, mine: &[i64]) -> i64 {
    let mut all = vec![0; mine.len() * world.size() as usize];
    world.all_gather_into(mine, &mut all[..]);
    all.iter().fold(0, |sum: i64, number| sum.wrapping_add(*number))
}
