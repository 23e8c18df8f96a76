//! Exercise 09: communicators. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 09`. In the checks,
//! every send waits for its receive, so that no answer depends on MPI's buffers.
//!
//! The communicator that a function gets need not be `MPI_COMM_WORLD`, and its ranks may be in a different
//! order.
//!
//! When a function returns, nothing that it started is still running: requests are complete, and threads have
//! ended, or sleep, as the threads of a pool do. It has freed each communicator that it made and does not return.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{
    collective::SystemOperation,
    topology::{CartesianCommunicator, Color, Rank, SimpleCommunicator},
    traits::*,
};
use mpi_extra::traits::*;

/// Makes a communicator for each team: all ranks that pass the same `team` get the same one.
///
/// A team is a number, 0 or more; it may be large. In the team's communicator, the ranks are in the order of
/// their `key`, the smallest first; ranks with the same key are in the order of `world`. Keys may be negative.
/// A rank without a team (`None`) gets no communicator, and is in no other rank's. All ranks of `world` call
/// this. Use one split (`MPI_Comm_split`), and nothing else: make no other communicator, and send nothing.
pub fn split(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    todo!()
}

/// Adds up one number from each rank along the rows and along the columns of a grid: returns the sum of this
/// rank's row, and the sum of its column.
///
/// The ranks of `world` fill the grid row by row: with 3 columns, ranks 0, 1 and 2 are its first row. The
/// number of ranks is a multiple of `columns`; the grid need not be square, and may be a single row or a single
/// column. An `i64` holds all sums. Use one all-reduce among the ranks of the row and one among the ranks of
/// the column, each of one number, and nothing else; in a row or a column of one rank, you may leave it out.
/// Making communicators does not count.
pub fn rows_and_columns(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    todo!()
}

/// A function of a library: passes `numbers` to the next rank, and returns the numbers of the previous rank.
/// The last rank passes its numbers to rank 0.
///
/// `caller` is the communicator of the program that calls the library. That program may have messages in
/// transit: messages that it has sent on `caller` and that are not yet received, and receives that it has
/// started for messages from any rank with any tag. Therefore send, receive and reduce nothing on `caller`
/// itself: use another communicator of the same ranks. On that one, each rank sends one message, and nothing
/// else: call no collective. Unlike a real library, make this communicator in each call, and keep none.
///
/// `numbers` has the same length on all ranks, which may be 0. If there is no number, or only one rank, you may
/// leave out the communicator and the message. All ranks of `caller` call this.
pub fn duplicate(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    todo!()
}

/// Makes a communicator of some ranks in a given order: its rank `i` is the rank `chosen[i]` of `world`. A rank
/// that is not chosen gets `None`.
///
/// `chosen` is the same on all ranks that call this, and names no rank twice; it may name all ranks or none.
/// All chosen ranks call this. The others may be busy: they call it late, or not at all, and no rank may wait
/// for them. Use a group and one `MPI_Comm_create_group` on `world`, even for a single rank, and nothing else:
/// make no other communicator, and send nothing.
pub fn groups(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    todo!()
}

/// The place of a rank in a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its coordinate in each dimension, counted from 0.
    pub coordinates: Vec<i32>,
    /// In each dimension, the rank whose coordinate is one smaller, and the rank whose coordinate is one
    /// larger.
    pub neighbours: Vec<(Option<Rank>, Option<Rank>)>,
}

/// Arranges the ranks of `world` as a grid, and returns this rank's place in it; `None` if the grid is full
/// without this rank.
///
/// `lengths` is the length of the grid in each of one to three dimensions, each at least 1. The grid has as
/// many places as `world` has ranks, or fewer. The first ranks fill it in row-major order: the last coordinate
/// changes fastest. Where `periodic` is true for a dimension, the last place and the first are neighbors; where
/// it is false, there is no rank beyond them (`None`). Neighbors are given by their ranks in `world`. Make one
/// Cartesian communicator of `world` without reordering (`MPI_Cart_create`), and no other communicator, and
/// send nothing.
pub fn cartesian(world: &SimpleCommunicator, lengths: &[i32], periodic: &[bool]) -> Option<Place> {
    todo!()
}

/// Exchanges the edges of a rank's part of a field with all neighbors in the grid: returns what the neighbors
/// have sent, in the same order.
///
/// `edges` consists of equal parts, two for each dimension of the grid: in dimension 0, the part for the
/// neighbor below and the part for the neighbor above, then the same in dimension 1, and so on. In the result,
/// what comes from a neighbor is at the same place as the part for that neighbor in `edges`. Where there is no
/// neighbor, each number is `outside`. All ranks have equally many numbers; there may be none. A grid may be
/// periodic in any dimension, and as short as 1 or 2. Where the same rank is the neighbor on both sides, what
/// it has for its neighbor above comes from below, and the other way round.
///
/// Use one neighborhood collective on `grid` (`MPI_Neighbor_alltoall`, its variants `v` and `w`, or an
/// immediate one of these), and nothing else: make no communicator. If there is no number, or only one rank,
/// you may leave it out.
pub fn neighbours(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64> {
    todo!()
}

/// Makes a communicator of the ranks that share memory with this rank, which are the ranks on its node, and
/// counts the nodes: returns both, on every rank.
///
/// The ranks of a node are in the order of `world`. `MPI_Comm_split_type` says which ranks share memory; the
/// checks make it pretend that there are several nodes. Use it once. Apart from it, a rank gives MPI no more
/// than 16 bytes and gets no more than 16 bytes, and makes at most two calls: each sends one message, or is a
/// collective. Receiving a message and making other communicators do not count.
pub fn node(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    todo!()
}

/// Adds up the vectors of all ranks, element by element, in two levels: within each node, then among the
/// leaders of the nodes. Every rank returns the sums.
///
/// `node` has the ranks of `world` that are on the same node as this one, in any order. Nodes may have
/// different numbers of ranks, which need not be consecutive in `world`. The leader of a node is rank 0 of
/// `node`. `mine` has the same length on all ranks, which may be 0, and an `i64` holds all sums.
///
/// Between nodes, use one all-reduce of one vector among the leaders, and nothing else; if there is only one
/// node, or no number, you may leave it out. Within a node, use any calls. Making communicators does not count.
pub fn leaders(world: &SimpleCommunicator, node: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    todo!()
}

/// Adds up what the ocean ranks have computed: each of them returns the sum. The other ranks, those of the
/// atmosphere, return `None`.
///
/// There may be any number of ocean ranks: none, some, or all. An `i64` holds all sums, in any order of
/// addition. All ranks of `world` call this. Any calls are allowed, also on the ranks of the atmosphere, and
/// these may wait for the ocean.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn broken_world(world: &SimpleCommunicator, is_ocean: bool, flux: i64) -> Option<i64> {
    todo!("read it, predict what it does, then delete this line and fix it");

    let model = world.split_by_color(Color::with_value(i32::from(is_ocean)));
    let model = model.expect("every rank has a model");
    if !is_ocean {
        return None;
    }
    let mut total: i64 = 0;
    world.all_reduce_into(&flux, &mut total, SystemOperation::sum());
    Some(total)
}

/// Tells every rank what the captain of its team has decided: all ranks of a team return the `decision` that
/// its captain has.
///
/// `team` is a number, 0 or more. `captain` is the rank in `world` of the captain of this team, who is a member
/// of the team; all ranks of a team pass the same one. The decisions of the other members don't count. All
/// ranks of `world` call this. Any calls are allowed.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn broken_rank(world: &SimpleCommunicator, team: i32, captain: Rank, decision: i64) -> i64 {
    todo!("read it, predict what it does, then delete this line and fix it");

    let team = world
        .split_by_color(Color::with_value(team))
        .expect("every rank has a team");
    let mut decided = decision;
    team.process_at_rank(captain).broadcast_into(&mut decided);
    decided
}
