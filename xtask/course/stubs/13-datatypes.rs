//! Exercise 13: datatypes. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 13`.
//!
//! Matrices are slices in row-major order: the element in row `r` and column `c` of a matrix with `columns`
//! columns has the index `r * columns + c`. Every matrix has at least one row and one column, and its size is
//! the same on all ranks.
//!
//! **Copy no data.** MPI reads the data from where it is, and writes it where it belongs, as your datatypes
//! describe. Datatypes are small, and you may make as many as you like. A check refuses memory that grows with
//! the data, such as a copy of a column, or a list of all its positions. It also refuses messages that contain
//! more than the task asks for.
//!
//! **In a ring.** Where a task says so, every rank sends to the next rank, and the last rank to rank 0; every
//! rank therefore receives from the previous rank. If there is only one rank, it sends to itself, or does
//! without a message, and copies the numbers by hand. In the checks, every send waits for its receive, so that
//! no answer depends on MPI's buffers.
//!
//! **By one collective.** A broadcast, scatter or gather may have any form, also an immediate one or one with a
//! count for each rank. It moves the parts of all ranks, unless the task says otherwise. If there is only one
//! rank, it may do without the collective, and copy the numbers by hand.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{
    Address, Count, Rank,
    datatype::{PartitionMut, UserDatatype},
    point_to_point::send_receive_into,
    topology::SimpleCommunicator,
    traits::*,
};
use mpi_extra::{
    datatype::{resized, subarray, view, view_mut},
    traits::*,
};
use std::mem::offset_of;

/// Sends a column in a ring: `received` gets column `column` of the previous rank's matrix.
///
/// `matrix` has `columns` columns, and `received` has one element for each row. Each rank sends one message,
/// with the column and nothing else.
pub fn column(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    todo!()
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

/// Sends a block in a ring: from the matrix `field`, where it is at `from`, into the matrix `copy` of the next
/// rank, where it belongs at `to`. All other elements of `copy` stay unchanged.
///
/// `block` is the number of rows and of columns of the block, at least one of each; the block is inside both
/// matrices. All ranks have the same `block`, `from` and `to`. Each rank sends one message, with the block and
/// nothing else.
pub fn block(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    todo!()
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

/// Broadcasts `charge`, `position` and `id` of all particles from rank 0, with one broadcast. `looks` and
/// `weight` stay unchanged on every rank.
///
/// All ranks have the same number of particles. If there are none, you may leave the broadcast out. Neither the
/// other fields nor the padding between fields may be sent: 33 bytes for each particle are enough.
pub fn record(world: &SimpleCommunicator, particles: &mut [Particle]) {
    todo!()
}

/// Scatters the columns of rank 0's matrix like cards: rank `r` of `size` ranks receives the columns `r`,
/// `r + size`, `r + 2 * size` and so on. With two ranks, each gets every other column.
///
/// `matrix` is `Some` on rank 0 and `None` on the other ranks. The number of its columns is a multiple of
/// `size`. `received` has room for the rank's share: the matrix that is left if you remove all other columns,
/// row after row. The number of columns is not given, and you need not know it. Use one scatter, and nothing
/// else: it moves the columns of rank 0, too.
pub fn every_other(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) {
    todo!()
}

/// Sends some of many points in a ring: `received` gets the points at `positions` of the previous rank, in the
/// order of the list.
///
/// `points` holds `width` numbers for each point, and `received` has room for `width` numbers for each
/// position. `width` is at least 1. Positions count points, from 0. They are in any order, some may occur
/// twice, and the list may be empty. All ranks have the same list. You may convert and copy the list, but not
/// the points. Each rank sends one message, with the points on the list and nothing else; if there are none,
/// you may leave it out.
pub fn indexed(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    todo!()
}

/// Sends a matrix in a ring, and transposes it on the way: the previous rank's matrix arrives in `received`
/// with its rows as columns.
///
/// `matrix` has `columns` columns, and `received` has `columns` rows. Each rank sends one message, with the
/// matrix and nothing else.
pub fn transpose(world: &SimpleCommunicator, matrix: &[f64], columns: usize, received: &mut [f64]) {
    todo!()
}

/// Gathers numbers on the rank `root`, whose own part is already in its place, and stays there.
///
/// On the root, `numbers` has room for the numbers of all ranks, in the order of the ranks; the places of the
/// other ranks are overwritten. On every other rank, `numbers` is its own part, and stays unchanged. Rank `r`
/// has `counts[r]` numbers, which may be 0; `counts` and `root` are the same on all ranks. Use one gather, and
/// nothing else; if no rank has numbers, you may leave it out. The root passes MPI no numbers to send.
pub fn in_place(world: &SimpleCommunicator, root: Rank, counts: &[Count], numbers: &mut [i64]) {
    todo!()
}

/// Gathers columns: every rank has one, `column`, and on rank 0 they become the columns of `matrix`, in the
/// order of the ranks.
///
/// `matrix` is `Some` on rank 0 and `None` on the other ranks. All columns have the same length, at least 1.
/// Use one gather, and nothing else: it moves the column of rank 0, too. Copy no data.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn broken_stride(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) {
    todo!("read it, predict what it does, then delete this line and fix it");

    let root = world.process_at_rank(0);
    let Some(matrix) = matrix else {
        return root.gather_into(column);
    };
    // A row of the matrix has a number of each rank.
    let row = world.size() * size_of::<f64>() as Count;
    let rows = column.len() as Count;
    let as_column = UserDatatype::vector(rows, 1, row, &f64::equivalent_datatype());
    // The next column begins one number further on.
    let as_column = resized(&as_column, 0, 1);
    root.gather_into_root(column, &mut view_mut(matrix, world.size(), &as_column));
}
