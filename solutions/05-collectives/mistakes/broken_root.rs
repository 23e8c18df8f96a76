//! Mistakes in the task `broken-root`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("broken-root": broken_root = as_found => CollectiveMismatch,
        "is the program as it was found: the reader and the others name different roots"),
    mistake!("broken-root": broken_root = always_rank_0 => WrongResult,
        "agrees on rank 0, which need not be the reader"),
    mistake!("broken-root": broken_root = always_the_last => WrongResult,
        "agrees on the last rank, which need not be the reader"),
    mistake!("broken-root": broken_root = largest_of_all => WrongResult,
        "takes the largest of all: the zeros of the others win over negative settings"),
];

fn from(world: &SimpleCommunicator, read: Option<[f64; 3]>, root: i32) -> [f64; 3] {
    let mut settings = read.unwrap_or_default();
    world
        .process_at_rank(root)
        .broadcast_into(&mut settings[..]);
    settings
}

fn as_found(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let root = if read.is_some() { world.rank() } else { 0 };
    from(world, read, root)
}

fn always_rank_0(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    from(world, read, 0)
}

fn always_the_last(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    from(world, read, world.size() - 1)
}

fn largest_of_all(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let (mine, mut settings) = (read.unwrap_or_default(), [0.0; 3]);
    world.all_reduce_into(&mine[..], &mut settings[..], SystemOperation::max());
    settings
}
