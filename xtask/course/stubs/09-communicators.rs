//! Exercise 09: communicators. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 09`. In the checks
//! every send waits for its receive, so that no answer depends on MPI's buffers.
//!
//! The communicator that a function gets need not be the world, nor have its ranks in the world's order.
//!
//! When a function returns, nothing that it started is still at work: requests are complete, and threads
//! have ended, or sleep, as those of a pool do.

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

/// Makes a communicator for each team: all ranks that name the same `team` get the same one.
///
/// A team is a number from 0 on, however large. In its communicator the ranks stand in the order of their
/// `key`, the smallest first; ranks with the same key stand in the order of `world`. Keys may be negative. A
/// rank without a team (`None`) gets no communicator, and is in no other rank's. All ranks of `world` call
/// this. Use one split (`MPI_Comm_split`), and nothing else.
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
/// number of ranks is a multiple of `columns`; the grid need not be square, and may be a single row or a
/// single column. An `i64` holds all sums. Use one all-reduce among the ranks of the row and one among those
/// of the column, and nothing else; in a row or a column of one rank there need not be any.
pub fn rows_and_columns(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    todo!()
}

/// A function of a library: gives `numbers` to the next rank, and returns those of the rank before. The last
/// rank gives its own to rank 0.
///
/// `caller` is the communicator of the program that calls the library. That program may have messages on
/// their way: some that it has sent on `caller` and that nobody has received yet, and receives that it has
/// started for messages from any rank with any tag. So on `caller` itself nothing is sent, received or
/// reduced: use another communicator of the same ranks. On that one each rank sends one message, and nothing
/// else; `numbers` has the same length on all ranks, also 0, and then there need not be any. All ranks of
/// `caller` call this.
pub fn duplicate(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    todo!()
}

/// Makes a communicator of some ranks in an order of their own: its rank `i` is the rank `chosen[i]` of
/// `world`. A rank that is not chosen gets `None`.
///
/// `chosen` is the same wherever this is called, and names no rank twice; it may name all ranks or none. Those
/// that are not chosen may be busy: they call this late, or not at all, and nobody waits for them. Use a group
/// and `MPI_Comm_create_group`, and nothing else.
pub fn groups(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    todo!()
}

/// Where a rank is in a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its coordinate in each dimension, from 0 on.
    pub coordinates: Vec<i32>,
    /// In each dimension the rank whose coordinate is one smaller, and the one whose coordinate is one larger.
    pub neighbours: Vec<(Option<Rank>, Option<Rank>)>,
}

/// Arranges the ranks of `world` as a grid, and returns this rank's place in it; `None` if the grid is full
/// without this rank.
///
/// `lengths` says how long the grid is in each dimension, and has one to three of them, each at least 1; the
/// grid has as many places as `world` has ranks, or fewer. The first ranks fill it, in row-major order: the
/// last coordinate changes fastest. Where `periodic` is true for a dimension, the last place and the first are
/// neighbours; where it is false, there is no rank beyond them (`None`). Neighbours are named by their ranks
/// in `world`. Use one Cartesian communicator without reordering (`MPI_Cart_create`), and send nothing.
pub fn cartesian(world: &SimpleCommunicator, lengths: &[i32], periodic: &[bool]) -> Option<Place> {
    todo!()
}

/// Exchanges the edges of a rank's part of a field with all neighbours in the grid: returns what has come from
/// them, in the same order.
///
/// `edges` consists of equal parts, two for each dimension of the grid: what goes to the neighbour below and
/// what goes to the one above in dimension 0, then the same in dimension 1, and so on. What comes from the
/// neighbour below stands in the place of what goes there. Where there is no neighbour, each number is
/// `outside`. All ranks have equally many numbers, also none. A grid may be periodic in any dimension, and as
/// short as 1 or 2. Use one neighbourhood collective (`MPI_Neighbor_alltoall` or one of its kin), and nothing
/// else.
pub fn neighbours(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64> {
    todo!()
}

/// Makes a communicator of the ranks that share memory with this one, which are those on its node, and counts
/// the nodes: returns both, on every rank.
///
/// The ranks of a node stand in the order of `world`. Which ranks share memory is what `MPI_Comm_split_type`
/// says; the checks let it pretend that there are several nodes. Use it once. Beside it, a rank gives MPI no
/// more than 16 bytes and gets no more than that, by two messages or collectives at most.
pub fn node(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    todo!()
}

/// Adds up the vectors of all ranks, element by element, in two levels: within each node, then among the
/// leaders of the nodes. Every rank returns the sums.
///
/// `node` has the ranks of `world` that are on the same node as this one, in any order. Nodes may have
/// different numbers of ranks, which need not follow each other in `world`. The leader of a node is rank 0 of
/// `node`. `mine` has the same length on all ranks, also 0, and an `i64` holds all sums.
///
/// Between nodes use one all-reduce among the leaders, and nothing else; where there is one node, or no
/// number, there need not be any. Within a node use what you like. That communicators are made is not counted.
pub fn leaders(world: &SimpleCommunicator, node: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    todo!()
}

/// Adds up what the ranks of the ocean have computed: each of them returns the sum. The other ranks, those of
/// the atmosphere, return `None`.
///
/// There may be any number of ocean ranks, also none or all of them. An `i64` holds all sums, in whatever
/// order they are made.
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
/// `team` is a number from 0 on. `captain` is the rank in `world` of this team's captain, who is one of the
/// team; all ranks of a team name the same one. The decisions of the others do not count.
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
