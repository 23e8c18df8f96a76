//! Mistakes in the task `step`.

use crate::{
    habits::{own, update_rows},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use heat_solution::{Grid, Update};
use std::mem::swap;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("step": update = in_pairs => WrongResult,
        "adds the neighbors in another order"),
    mistake!("step": update = in_single => WrongResult,
        "computes in f32"),
    mistake!("step": update = writes_the_ends => WrongResult,
        "also writes the first and the last cell"),
    mistake!("step": update = overwrites_left => WrongResult,
        "takes the new cell on the left in place of the old one"),
    mistake!("step": serial = in_place => WrongResult,
        "writes each row back before it computes the next one"),
    mistake!("step": serial = copies_back => WrongOperation,
        "copies the new grid into the old one after each step"),
    mistake!("step": serial = clones_each_step => WrongOperation,
        "makes a copy of the grid in each step"),
    mistake!("step": serial = no_frame => WrongResult,
        "begins with a second grid whose frame is 0"),
    mistake!("step": serial = in_the_other_one => WrongResult,
        "leaves the result in its own grid after an odd number of steps"),
    mistake!("step": serial = one_more => WrongOperation,
        "does one step too many"),
    mistake!("step": serial = leaves_the_last_row => WrongOperation,
        "does not compute the last row inside the frame"),
    mistake!("step": update = copies_what_is_even => WrongResult,
        "copies a cell whose neighbors are equal to it: -0.0 is equal to 0.0"),
    mistake!("step": serial = in_tiles => WrongOperation,
        "computes long rows in several parts"),
    mistake!("step": serial = stops_when_steady => WrongOperation,
        "ends when a step has changed nothing"),
    mistake!("step": update = in_fours => WrongResult,
        "adds in another order in the cells that remain of a row after blocks of four"),
    mistake!("step": serial = copies_at_the_end => WrongOperation,
        "copies the result back after an odd number of steps"),
    mistake!("step": serial = copies_even_rows => WrongOperation,
        "copies a row in place of computing it if all cells around it are equal"),
];

fn in_fours(rate: f64, above: &[f64], row: &[f64], below: &[f64], new: &mut [f64]) {
    heat_solution::update(rate, above, row, below, new);
    let inside = row.len() - 2;
    for column in inside / 4 * 4 + 1..=inside {
        let (left, old, right) = (row[column - 1], row[column], row[column + 1]);
        new[column] = old + rate * (left + right + above[column] + below[column] - 4.0 * old);
    }
}

fn copies_at_the_end(grid: &mut Grid, steps: usize, update: Update<'_>) {
    let mut other = grid.clone();
    for step in 0..steps {
        let (old, new) = match step % 2 {
            0 => (&*grid, &mut other),
            _ => (&other, &mut *grid),
        };
        update_rows(old, new, own(old), update);
    }
    if steps % 2 == 1 {
        grid.cells.copy_from_slice(&other.cells);
    }
}

fn copies_even_rows(grid: &mut Grid, steps: usize, update: Update<'_>) {
    let mut next = grid.clone();
    for _ in 0..steps {
        for row in own(grid) {
            let around = &grid.cells[(row - 1) * grid.width..][..3 * grid.width];
            match around.iter().all(|cell| *cell == around[0]) {
                true => next.row_mut(row).copy_from_slice(grid.row(row)),
                false => update_rows(grid, &mut next, [row], update),
            }
        }
        swap(grid, &mut next);
    }
}

fn copies_what_is_even(rate: f64, above: &[f64], row: &[f64], below: &[f64], new: &mut [f64]) {
    heat_solution::update(rate, above, row, below, new);
    for column in 1..row.len() - 1 {
        let (left, right) = (row[column - 1], row[column + 1]);
        if [above[column], left, right, below[column]] == [row[column]; 4] {
            new[column] = row[column];
        }
    }
}

fn in_tiles(grid: &mut Grid, steps: usize, update: Update<'_>) {
    heat_solution::serial(grid, steps, &|above, row, below, new| {
        for start in (0..row.len() - 2).step_by(64) {
            let tile = start..(start + 66).min(row.len());
            update(
                &above[tile.clone()],
                &row[tile.clone()],
                &below[tile.clone()],
                &mut new[tile],
            );
        }
    });
}

fn stops_when_steady(grid: &mut Grid, steps: usize, update: Update<'_>) {
    let mut next = grid.clone();
    for _ in 0..steps {
        update_rows(grid, &mut next, own(grid), update);
        swap(grid, &mut next);
        if *grid == next {
            return;
        }
    }
}

fn in_pairs(rate: f64, above: &[f64], row: &[f64], below: &[f64], new: &mut [f64]) {
    for column in 1..row.len() - 1 {
        let (left, old, right) = (row[column - 1], row[column], row[column + 1]);
        new[column] = old + rate * ((above[column] + below[column]) + (left + right) - 4.0 * old);
    }
}

fn in_single(rate: f64, above: &[f64], row: &[f64], below: &[f64], new: &mut [f64]) {
    for column in 1..row.len() - 1 {
        let [left, old, right] = [column - 1, column, column + 1].map(|column| row[column] as f32);
        let neighbours = above[column] as f32 + left + right + below[column] as f32;
        new[column] = f64::from(old + rate as f32 * (neighbours - 4.0 * old));
    }
}

fn writes_the_ends(rate: f64, above: &[f64], row: &[f64], below: &[f64], new: &mut [f64]) {
    heat_solution::update(rate, above, row, below, new);
    let last = row.len() - 1;
    (new[0], new[last]) = (row[0], row[last]);
}

fn overwrites_left(rate: f64, above: &[f64], row: &[f64], below: &[f64], new: &mut [f64]) {
    let mut row = row.to_vec();
    for column in 1..row.len() - 1 {
        let (left, old, right) = (row[column - 1], row[column], row[column + 1]);
        row[column] = old + rate * (above[column] + left + right + below[column] - 4.0 * old);
        new[column] = row[column];
    }
}

fn in_place(grid: &mut Grid, steps: usize, update: Update<'_>) {
    for _ in 0..steps {
        for row in own(grid) {
            let mut new = grid.row(row).to_vec();
            update(
                grid.row(row - 1),
                grid.row(row),
                grid.row(row + 1),
                &mut new,
            );
            grid.row_mut(row).copy_from_slice(&new);
        }
    }
}

fn copies_back(grid: &mut Grid, steps: usize, update: Update<'_>) {
    let mut next = grid.clone();
    for _ in 0..steps {
        update_rows(grid, &mut next, own(grid), update);
        grid.cells.copy_from_slice(&next.cells);
    }
}

fn clones_each_step(grid: &mut Grid, steps: usize, update: Update<'_>) {
    for _ in 0..steps {
        let mut next = grid.clone();
        update_rows(grid, &mut next, own(grid), update);
        *grid = next;
    }
}

fn no_frame(grid: &mut Grid, steps: usize, update: Update<'_>) {
    let mut next = Grid {
        width: grid.width,
        cells: vec![0.0; grid.cells.len()],
    };
    for _ in 0..steps {
        update_rows(grid, &mut next, own(grid), update);
        swap(grid, &mut next);
    }
}

fn in_the_other_one(grid: &mut Grid, steps: usize, update: Update<'_>) {
    let mut other = grid.clone();
    let (mut old, mut new) = (grid, &mut other);
    for _ in 0..steps {
        update_rows(old, new, own(old), update);
        swap(&mut old, &mut new);
    }
}

fn one_more(grid: &mut Grid, steps: usize, update: Update<'_>) {
    heat_solution::serial(grid, steps + 1, update);
}

fn leaves_the_last_row(grid: &mut Grid, steps: usize, update: Update<'_>) {
    let mut next = grid.clone();
    for _ in 0..steps {
        update_rows(grid, &mut next, 1..grid.height() - 2, update);
        swap(grid, &mut next);
    }
}
