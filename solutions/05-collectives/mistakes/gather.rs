//! Mistakes in the task `gather`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("gather": gather = room_for_one_block => CollectiveMismatch,
        "makes room on rank 0 for one block instead of all"),
    mistake!("gather": gather = on_every_rank => WrongResult,
        "gathers on every rank, and returns it there"),
    mistake!("gather": gather = on_every_rank_for_one => WrongOperation,
        "gathers on every rank, and throws it away on all but one"),
    mistake!("gather": gather = root_call_everywhere => Panic,
        "calls on every rank what only the root may call"),
    mistake!("gather": gather = forgets_its_own => WrongResult,
        "receives from all others, and forgets rank 0 itself"),
    mistake!("gather": gather = receives_by_hand => WrongOperation,
        "receives the blocks one by one"),
];

fn room_for_one_block(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.gather_into(mine);
        return None;
    }
    let mut all = vec![0; mine.len()];
    root.gather_into_root(mine, &mut all[..]);
    Some(all)
}

fn on_every_rank(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let mut all = vec![0; mine.len() * world.size() as usize];
    world.all_gather_into(mine, &mut all[..]);
    Some(all)
}

fn on_every_rank_for_one(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    on_every_rank(world, mine).filter(|_| world.rank() == 0)
}

fn root_call_everywhere(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let mut all = vec![0; mine.len() * world.size() as usize];
    world
        .process_at_rank(0)
        .gather_into_root(mine, &mut all[..]);
    (world.rank() == 0).then_some(all)
}

fn forgets_its_own(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    if world.rank() != 0 {
        world.process_at_rank(0).send(mine);
        return None;
    }
    let block = |rank| world.process_at_rank(rank).receive_vec::<i32>().0;
    Some((1..world.size()).flat_map(block).collect())
}

fn receives_by_hand(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let others = forgets_its_own(world, mine)?;
    Some([mine, &others].concat())
}
