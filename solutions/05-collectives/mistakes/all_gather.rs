//! Mistakes in the task `all-gather`.

use crate::{kept::kept, tasks::Answers};
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
    mistake!("all-gather": all_gather = as_f32 => WrongResult,
        "takes the numbers for an f32, which does not hold all of them"),
    mistake!("all-gather": all_gather = one_for_show => TooMuchCommunication,
        "gathers one number on every rank for show, and the table in two steps"),
    mistake!("all-gather": all_gather = column_by_column => TooMuchCommunication,
        "makes one call for each column"),
    mistake!("all-gather": all_gather = kept_from_before => WrongResult,
        "returns the table of an earlier call with its factor"),
    mistake!("all-gather": all_gather = a_copy_for_each => WrongOperation,
        "sends a copy of its row to every rank by an all-to-all"),
    mistake!("all-gather": all_gather = factors_only => WrongOperation,
        "gathers the factors, and computes the whole table on every rank"),
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

fn as_f32(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    let row: Vec<f32> = (1..=width)
        .map(|column| factor as f32 * column as f32)
        .collect();
    let mut table = vec![0.0; width * world.size() as usize];
    world.all_gather_into(&row[..], &mut table[..]);
    table.into_iter().map(|number: f32| number as i32).collect()
}

fn one_for_show(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    let mut factors = vec![0; world.size() as usize];
    world.all_gather_into(&factor, &mut factors[..]);
    gathers_and_broadcasts(world, factor, width)
}

fn column_by_column(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    let size = world.size() as usize;
    let mut table = vec![0; width * size];
    for column in 0..width {
        let (number, mut numbers) = (factor * (column as i32 + 1), vec![0; size]);
        world.all_gather_into(&number, &mut numbers[..]);
        for (rank, number) in numbers.into_iter().enumerate() {
            table[rank * width + column] = number;
        }
    }
    table
}

fn kept_from_before(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    let table = collectives_solution::all_gather(world, factor, width);
    kept((world.size(), world.rank(), factor, width), table)
}

fn a_copy_for_each(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    let row: Vec<i32> = (1..=width as i32).map(|column| factor * column).collect();
    let copies = row.repeat(world.size() as usize);
    let mut table = vec![0; copies.len()];
    world.all_to_all_into(&copies[..], &mut table[..]);
    table
}

fn factors_only(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    let mut factors = vec![0; world.size() as usize];
    world.all_gather_into(&factor, &mut factors[..]);
    let row = |factor: i32| (1..=width as i32).map(move |column| factor * column);
    factors.into_iter().flat_map(row).collect()
}
