//! The checks of exercise 09: one source for the student's crate, the reference and every mistake.
//!
//! - `given`: the communicators that answers work on;
//! - `making`: communicators that answers return;
//! - `moving`: answers that send or add up on communicators of their own;
//! - `grids`: Cartesian grids;
//! - `nodes`: ranks on nodes, which are pretended;
//! - `mending`: broken programs, judged only by what they return.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "given.rs"]
mod given;
#[path = "grids.rs"]
mod grids;
#[path = "making.rs"]
mod making;
#[path = "mending.rs"]
mod mending;
#[path = "moving.rs"]
mod moving;
#[path = "nodes.rs"]
mod nodes;

use crate::subject::Place;
use harness_mpi::{Bounds, Check, SimpleCommunicator, Suite, Traffic};
use mpi::topology::CartesianCommunicator;

harness_mpi::answers! {
    fn split(world: &SimpleCommunicator, team: Option<i32>, key: i32) -> Option<SimpleCommunicator>;
    fn rows_and_columns(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64);
    fn duplicate(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64>;
    fn groups(world: &SimpleCommunicator, chosen: &[i32]) -> Option<SimpleCommunicator>;
    fn cartesian(world: &SimpleCommunicator, lengths: &[i32], periodic: &[bool]) -> Option<Place>;
    fn neighbours(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64>;
    fn node(world: &SimpleCommunicator) -> (SimpleCommunicator, usize);
    fn leaders(world: &SimpleCommunicator, node: &SimpleCommunicator, mine: &[i64]) -> Vec<i64>;
    fn broken_world(world: &SimpleCommunicator, is_ocean: bool, flux: i64) -> Option<i64>;
    fn broken_rank(world: &SimpleCommunicator, team: i32, captain: i32, decision: i64) -> i64;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("split", making::split)
        .task("rows-and-columns", moving::rows_and_columns)
        .task("duplicate", moving::duplicate)
        .task("groups", making::groups)
        .task("cartesian", grids::cartesian)
        .task("neighbours", grids::neighbours)
        .task("node", nodes::node)
        .task("leaders", nodes::leaders)
        .task("broken-world", mending::broken_world)
        .task("broken-rank", mending::broken_rank)
}

const ALL_REDUCE: &[&str] = &["MPI_Allreduce", "MPI_Iallreduce"];

/// Requires that this rank took part in making one communicator at most.
fn makes_one(check: &mut Check, traffic: &Traffic, why: &str) -> bool {
    let made = traffic.communicators_made(check.rank());
    check.at_most("calls that make a communicator", made, 1, why)
}

/// These bytes and a few more, by this many messages and collectives.
fn bounds(bytes: usize, calls: u64) -> Bounds {
    const SPARE: usize = 64;
    let bytes = (bytes + SPARE) as u64;
    Bounds {
        given: bytes,
        got: bytes,
        calls,
    }
}

/// Nothing is sent, and no collective called.
const NOTHING: Bounds = Bounds {
    given: 0,
    got: 0,
    calls: 0,
};
