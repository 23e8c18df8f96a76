//! Exercise 13: the reference.

use mpi::{
    Address, Count, Rank,
    datatype::{PartitionMut, UserDatatype},
    point_to_point::send_receive_into,
    topology::{Process, SimpleCommunicator},
    traits::*,
};
use mpi_extra::{
    datatype::{resized, subarray, view, view_mut},
    traits::*,
};
use std::mem::offset_of;

/// MPI counts in 32 bits.
fn count(length: usize) -> Count {
    Count::try_from(length).expect("a length that MPI can count")
}

/// The bytes from one `T` to the next in a slice.
fn extent<T>() -> Address {
    size_of::<T>() as Address
}

/// The next rank and the previous rank in a ring.
fn next_and_previous(world: &SimpleCommunicator) -> (Process<'_>, Process<'_>) {
    let (rank, size) = (world.rank(), world.size());
    let next = world.process_at_rank((rank + 1) % size);
    (next, world.process_at_rank((rank + size - 1) % size))
}

/// Sends a column in a ring: `received` gets column `column` of the previous rank's matrix.
pub fn column(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let (next, previous) = next_and_previous(world);
    let number = f64::equivalent_datatype();
    let as_column = UserDatatype::vector(count(received.len()), 1, count(columns), &number);
    let sent = view(&matrix[column..], 1, &as_column);
    send_receive_into(&sent, &next, received, &previous);
}

/// The place of a block in a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of rows and of columns of the matrix.
    pub shape: [usize; 2],
    /// Row and column of the block's first element. If row 0 is drawn at the bottom, as on a map, that is the
    /// lower left corner.
    pub corner: [usize; 2],
}

impl Place {
    /// The datatype of a block here.
    fn of(self, block: [usize; 2]) -> UserDatatype {
        let [shape, block, corner] = [self.shape, block, self.corner].map(|pair| pair.map(count));
        subarray(&shape, &block, &corner, &f64::equivalent_datatype())
    }
}

/// Sends a block in a ring, from its place in `field` to its place in the next rank's `copy`.
pub fn block(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let (next, previous) = next_and_previous(world);
    let (here, there) = (from.of(block), to.of(block));
    send_receive_into(
        &view(field, 1, &here),
        &next,
        &mut view_mut(copy, 1, &there),
        &previous,
    );
}

/// A particle: the fields that [`record`] sends, and two that every rank keeps to itself. In memory, the fields
/// are in this order.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Equivalence)]
pub struct Particle {
    /// In units of the elementary charge.
    pub charge: i8,
    /// Along x, y and z, in meters.
    pub position: [f64; 3],
    /// How often this rank has looked at the particle: not sent.
    pub looks: u16,
    /// Unique.
    pub id: u64,
    /// This rank's own weight for the particle: not sent.
    pub weight: f32,
}

/// Broadcasts `charge`, `position` and `id` of all particles from rank 0.
pub fn record(world: &SimpleCommunicator, particles: &mut [Particle]) {
    let shared = UserDatatype::structured(
        &[1, 3, 1],
        &[
            offset_of!(Particle, charge) as Address,
            offset_of!(Particle, position) as Address,
            offset_of!(Particle, id) as Address,
        ],
        &[
            i8::equivalent_datatype(),
            f64::equivalent_datatype(),
            u64::equivalent_datatype(),
        ],
    );
    let shared = resized(&shared, 0, extent::<Particle>());
    let amount = count(particles.len());
    let root = world.process_at_rank(0);
    root.broadcast_into(&mut view_mut(particles, amount, &shared));
}

/// Scatters the columns of rank 0's matrix: each rank gets every `size`-th of them.
pub fn every_other(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) {
    let root = world.process_at_rank(0);
    let Some(matrix) = matrix else {
        return root.scatter_into(received);
    };
    // The length of a row is a multiple of `size`, so that every `size`-th element is in a column of the same rank.
    let size = world.size();
    let number = f64::equivalent_datatype();
    let share = UserDatatype::vector(count(received.len()), 1, size, &number);
    let share = resized(&share, 0, extent::<f64>());
    root.scatter_into_root(&view(matrix, size, &share), received);
}

/// Sends the points at `positions` in a ring.
pub fn indexed(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let (next, previous) = next_and_previous(world);
    let point = UserDatatype::contiguous(count(width), &f64::equivalent_datatype());
    let positions: Vec<Count> = positions.iter().copied().map(count).collect();
    let listed = UserDatatype::indexed_block(1, &positions, &point);
    send_receive_into(&view(points, 1, &listed), &next, received, &previous);
}

/// Sends a matrix in a ring, as rows, and receives it as columns.
pub fn transpose(world: &SimpleCommunicator, matrix: &[f64], columns: usize, received: &mut [f64]) {
    let (next, previous) = next_and_previous(world);
    let (rows, columns) = (count(matrix.len() / columns), count(columns));
    let as_column = UserDatatype::vector(columns, 1, rows, &f64::equivalent_datatype());
    let as_column = resized(&as_column, 0, extent::<f64>());
    let mut transposed = view_mut(received, rows, &as_column);
    send_receive_into(matrix, &next, &mut transposed, &previous);
}

/// Gathers numbers on the rank `root`, whose own part stays in its place.
pub fn in_place(world: &SimpleCommunicator, root: Rank, counts: &[Count], numbers: &mut [i64]) {
    let process = world.process_at_rank(root);
    if world.rank() != root {
        return process.gather_varcount_into(numbers);
    }
    let starts: Vec<Count> = counts
        .iter()
        .scan(0, |next, count| {
            Some(std::mem::replace(next, *next + count))
        })
        .collect();
    process.gather_varcount_into_root_in_place(&mut PartitionMut::new(numbers, counts, starts));
}

/// Gathers columns into the matrix of rank 0.
pub fn broken_stride(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) {
    let root = world.process_at_rank(0);
    let Some(matrix) = matrix else {
        return root.gather_into(column);
    };
    // A stride counts elements, an extent bytes.
    let (rows, columns) = (count(column.len()), world.size());
    let as_column = UserDatatype::vector(rows, 1, columns, &f64::equivalent_datatype());
    let as_column = resized(&as_column, 0, extent::<f64>());
    root.gather_into_root(column, &mut view_mut(matrix, columns, &as_column));
}
