//! Mistakes in the task `scatter`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("scatter": scatter = everything_to_all => WrongOperation,
        "broadcasts everything, and each rank cuts out its own block"),
    mistake!("scatter": scatter = always_the_first => WrongResult,
        "every rank keeps the first block"),
    mistake!("scatter": scatter = room_for_one => CollectiveMismatch,
        "makes room for one number instead of a block"),
    mistake!("scatter": scatter = all_on_every_rank => Panic,
        "unwraps the vector that only rank 0 has"),
    mistake!("scatter": scatter = sends_by_hand => WrongOperation,
        "sends the blocks one by one, and keeps the root waiting for nothing"),
];

fn everything_to_all(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let mut everything = vec![0; block * world.size() as usize];
    if let Some(all) = all {
        everything.copy_from_slice(all);
    }
    world.process_at_rank(0).broadcast_into(&mut everything[..]);
    everything[world.rank() as usize * block..][..block].to_vec()
}

fn always_the_first(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let mut mine = collectives_solution::scatter(world, all, block);
    world.process_at_rank(0).broadcast_into(&mut mine[..]);
    mine
}

fn room_for_one(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let root = world.process_at_rank(0);
    let mut mine = vec![0; if all.is_some() { block } else { 1 }];
    match all {
        Some(all) => root.scatter_into_root(all, &mut mine[..]),
        None => root.scatter_into(&mut mine[..]),
    }
    mine
}

fn all_on_every_rank(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let all = all.unwrap();
    let mut mine = vec![0; block];
    world
        .process_at_rank(0)
        .scatter_into_root(all, &mut mine[..]);
    mine
}

fn sends_by_hand(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let Some(all) = all else {
        return world.process_at_rank(0).receive_vec().0;
    };
    for rank in 1..world.size() {
        world
            .process_at_rank(rank)
            .send(&all[rank as usize * block..][..block]);
    }
    all[..block].to_vec()
}
