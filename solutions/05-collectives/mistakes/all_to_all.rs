//! Mistakes in the task `all-to-all`.

use crate::{kept::kept, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("all-to-all": all_to_all = without_packing => WrongResult,
        "sends its rows as they are, though a piece for one rank is not in one place"),
    mistake!("all-to-all": all_to_all = without_unpacking => WrongResult,
        "leaves the pieces in the order in which they came"),
    mistake!("all-to-all": all_to_all = only_its_own_block => WrongResult,
        "turns only its own block, and talks to nobody"),
    mistake!("all-to-all": all_to_all = gathers_everything => WrongOperation,
        "gathers the whole matrix on every rank"),
    mistake!("all-to-all": all_to_all = row_by_row => TooMuchCommunication,
        "makes one all-to-all for each row"),
    mistake!("all-to-all": all_to_all = as_f32 => WrongResult,
        "takes the numbers for an f32, which does not hold all of them"),
    mistake!("all-to-all": all_to_all = one_for_show => TooMuchCommunication,
        "exchanges one number for show, and gathers the whole matrix"),
    mistake!("all-to-all": all_to_all = everything_to_all => TooMuchCommunication,
        "sends all its rows to every rank"),
    mistake!("all-to-all": all_to_all = kept_from_before => WrongResult,
        "returns the rows of an earlier call with its own"),
    mistake!("all-to-all": all_to_all = nothing_to_exchange => Deadlock,
        "leaves the call out on a rank whose numbers are all the same"),
];

/// From pieces in the order in which the ranks have sent them, a line for each row.
fn unpacked(pieces: &[i32], height: usize) -> Vec<i32> {
    let line = |row| pieces.chunks(height).skip(row).step_by(height).flatten();
    (0..height).flat_map(line).copied().collect()
}

fn packed(rows: &[i32], width: usize) -> Vec<i32> {
    let column = |at| rows.iter().skip(at).step_by(width).copied();
    (0..width).flat_map(column).collect()
}

fn without_packing(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    let mut pieces = vec![0; rows.len()];
    world.all_to_all_into(rows, &mut pieces[..]);
    unpacked(&pieces, height)
}

fn without_unpacking(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    let columns = packed(rows, height * world.size() as usize);
    let mut pieces = vec![0; rows.len()];
    world.all_to_all_into(&columns[..], &mut pieces[..]);
    pieces
}

fn only_its_own_block(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    let width = height * world.size() as usize;
    let first = height * world.rank() as usize;
    let mut turned = rows.to_vec();
    for row in 0..height {
        for column in 0..height {
            turned[row * width + first + column] = rows[column * width + first + row];
        }
    }
    turned
}

fn gathers_everything(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    let size = world.size() as usize;
    let mut matrix = vec![0; rows.len() * size];
    world.all_gather_into(rows, &mut matrix[..]);
    let start = world.rank() as usize * rows.len();
    packed(&matrix, height * size)[start..][..rows.len()].to_vec()
}

fn row_by_row(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    let width = height * world.size() as usize;
    let mut turned = vec![0; rows.len()];
    for (row, numbers) in rows.chunks(width).enumerate() {
        let mut pieces = vec![0; width];
        world.all_to_all_into(numbers, &mut pieces[..]);
        for (source, piece) in pieces.chunks(height).enumerate() {
            for (column, number) in piece.iter().enumerate() {
                turned[column * width + source * height + row] = *number;
            }
        }
    }
    turned
}

fn as_f32(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    let short = rows.iter().map(|number| *number as f32 as i32);
    collectives_solution::all_to_all(world, &short.collect::<Vec<i32>>(), height)
}

fn one_for_show(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    let ones = vec![1; world.size() as usize];
    world.all_to_all_into(&ones[..], &mut ones.clone()[..]);
    gathers_everything(world, rows, height)
}

fn everything_to_all(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    let size = world.size() as usize;
    let mut matrix = vec![0; rows.len() * size];
    world.all_to_all_into(&rows.repeat(size)[..], &mut matrix[..]);
    let start = world.rank() as usize * rows.len();
    packed(&matrix, height * size)[start..][..rows.len()].to_vec()
}

fn kept_from_before(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    let turned = collectives_solution::all_to_all(world, rows, height);
    kept((world.size(), world.rank(), rows), turned)
}

fn nothing_to_exchange(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    if rows.iter().all(|number| *number == rows[0]) {
        return rows.to_vec();
    }
    collectives_solution::all_to_all(world, rows, height)
}
