//! Mistakes in the task `all-gather`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("all-gather": all_gather = rank_for_factor => WrongResult,
        "takes the rank for the factor"),
    mistake!("all-gather": all_gather = counts_from_0 => WrongResult,
        "multiplies with 0, 1, 2, … instead of 1, 2, 3, …"),
    mistake!("all-gather": all_gather = only_its_own_row => WrongResult,
        "fills its own row in and leaves the others zero"),
    mistake!("all-gather": all_gather = its_own_row_first => WrongResult,
        "puts its own row first on every rank"),
    mistake!("all-gather": all_gather = gathers_and_broadcasts => WrongOperation,
        "gathers on rank 0, which then broadcasts"),
];

fn rank_for_factor(world: &SimpleCommunicator, _: i32, width: usize) -> Vec<i32> {
    collectives_solution::all_gather(world, world.rank() + 1, width)
}

fn counts_from_0(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    let row: Vec<i32> = (0..width as i32).map(|column| factor * column).collect();
    let mut table = vec![0; width * world.size() as usize];
    world.all_gather_into(&row[..], &mut table[..]);
    table
}

fn only_its_own_row(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    let mut table = vec![0; width * world.size() as usize];
    let start = world.rank() as usize * width;
    for column in 0..width {
        table[start + column] = factor * (column as i32 + 1);
    }
    table
}

fn its_own_row_first(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    let mut table = collectives_solution::all_gather(world, factor, width);
    table.rotate_left(world.rank() as usize * width);
    table
}

fn gathers_and_broadcasts(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    let row: Vec<i32> = (1..=width as i32).map(|column| factor * column).collect();
    let mut table = collectives_solution::gather(world, &row)
        .unwrap_or_else(|| vec![0; width * world.size() as usize]);
    world.process_at_rank(0).broadcast_into(&mut table[..]);
    table
}
