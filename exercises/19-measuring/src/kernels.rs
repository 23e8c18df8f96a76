//! The work that is measured: like that of exercises 07 and 08, by ranks and threads. The crates of these exercises are
//! not used, because they may not be written yet.

use mpi::{
    collective::SystemOperation, point_to_point::send_receive_into, topology::SimpleCommunicator,
    traits::*,
};
use std::{hint::black_box, mem, thread};

/// The number of numbers in a row.
const COLUMNS: usize = 1024;
/// How often a plate is updated.
const STEPS: usize = 4;

/// Something to measure: the rows of one rank.
pub trait Kernel {
    /// Does the work once, on this many threads. All ranks of the communicator must call it.
    fn run(&mut self, world: &SimpleCommunicator, threads: usize);
}

/// The number of rows of a rank.
pub fn share(rows: u64, world: &SimpleCommunicator) -> usize {
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let rows = rows as usize;
    rows / size + usize::from(rank < rows % size)
}

/// The mean of all numbers, as in 07: each is used once.
pub struct Mean(Vec<f64>);

impl Mean {
    pub fn new(rows: usize) -> Self {
        Self(
            (0..rows * COLUMNS)
                .map(|index| (index % 99) as f64 / 7.0)
                .collect(),
        )
    }
}

impl Kernel for Mean {
    fn run(&mut self, world: &SimpleCommunicator, threads: usize) {
        let part = self.0.len().div_ceil(threads).max(1);
        let own: f64 = thread::scope(|scope| {
            let sums: Vec<_> = self
                .0
                .chunks(part)
                .map(|part| scope.spawn(|| part.iter().sum::<f64>()))
                .collect();
            sums.into_iter()
                .map(|sum| sum.join().unwrap_or(f64::NAN))
                .sum()
        });
        let mut sum = 0.0;
        world.all_reduce_into(&own, &mut sum, SystemOperation::sum());
        black_box(sum);
    }
}

/// The heat equation on a plate, as in 08: ghost rows are exchanged in each step.
pub struct Heat {
    old: Vec<f64>,
    new: Vec<f64>,
}

impl Heat {
    /// The rows of this rank, and a ghost row on both sides.
    pub fn new(rows: usize) -> Self {
        let old: Vec<f64> = (0..(rows + 2) * COLUMNS)
            .map(|index| (index % 97) as f64)
            .collect();
        Self {
            new: old.clone(),
            old,
        }
    }
}

impl Kernel for Heat {
    fn run(&mut self, world: &SimpleCommunicator, threads: usize) {
        for _ in 0..STEPS {
            exchange(world, &mut self.old);
            update(&self.old, &mut self.new, threads);
            mem::swap(&mut self.old, &mut self.new);
        }
    }
}

/// Fills the ghost rows with the edges of the neighbors: first all ranks send upwards, then downwards.
fn exchange(world: &SimpleCommunicator, rows: &mut [f64]) {
    let (rank, size) = (world.rank(), world.size());
    let count = rows.len() / COLUMNS;
    let row = |number: usize| number * COLUMNS..(number + 1) * COLUMNS;
    for (edge, to, ghost, from) in [
        (1, rank - 1, count - 1, rank + 1),
        (count - 2, rank + 1, 0, rank - 1),
    ] {
        let out = rows[row(edge)].to_vec();
        let process = |rank: i32| {
            (0..size)
                .contains(&rank)
                .then(|| world.process_at_rank(rank))
        };
        match (process(to), process(from)) {
            (Some(to), Some(from)) => {
                send_receive_into(&out[..], &to, &mut rows[row(ghost)], &from);
            }
            (Some(to), None) => to.send(&out[..]),
            (None, Some(from)) => {
                from.receive_into(&mut rows[row(ghost)]);
            }
            (None, None) => {}
        }
    }
}

fn update(old: &[f64], new: &mut [f64], threads: usize) {
    let inner = old.len() / COLUMNS - 2;
    let part = inner.div_ceil(threads).max(1);
    let rows = &mut new[COLUMNS..(inner + 1) * COLUMNS];
    thread::scope(|scope| {
        for (number, rows) in rows.chunks_mut(part * COLUMNS).enumerate() {
            scope.spawn(move || {
                for (place, row) in rows.chunks_exact_mut(COLUMNS).enumerate() {
                    let middle = (number * part + place + 1) * COLUMNS;
                    update_row(&old[middle - COLUMNS..middle + 2 * COLUMNS], row);
                }
            });
        }
    });
}

/// Updates the middle one of three rows.
fn update_row(three: &[f64], new: &mut [f64]) {
    let (above, rest) = three.split_at(COLUMNS);
    let (row, below) = rest.split_at(COLUMNS);
    for column in 1..COLUMNS - 1 {
        let around = above[column] + below[column] + row[column - 1] + row[column + 1];
        new[column] = row[column] + 0.2 * (around - 4.0 * row[column]);
    }
}
