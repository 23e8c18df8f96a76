//! Mistakes in the task `uneven`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{datatype::Partition, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("uneven": scatterv = drops_the_rest => WrongResult,
        "gives every rank the same amount, and loses what is left over"),
    mistake!("uneven": scatterv = rest_to_the_last => WrongResult,
        "gives everything that is left over to the last rank"),
    mistake!("uneven": scatterv = rounds_up => WrongResult,
        "rounds the amount up, so that the last ranks get less or nothing"),
    mistake!("uneven": scatterv = all_start_at_0 => WrongResult,
        "counts right, but lets every part start at 0"),
    mistake!("uneven": scatterv = guesses_the_length => Truncation,
        "keeps the length on rank 0, so that the others guess how much room they need"),
    mistake!("uneven": scatterv = unwraps_it_everywhere => Panic,
        "unwraps the vector that only rank 0 has"),
    mistake!("uneven": gatherv = as_if_all_had_the_same => CollectiveMismatch,
        "gathers as if all parts were as long as that of rank 0"),
    mistake!("uneven": gatherv = receives_by_hand => WrongOperation,
        "receives the parts one by one"),
];

/// Deals out with any counts; the root's length is known to all.
fn deal(
    world: &SimpleCommunicator,
    all: Option<&[f64]>,
    count: impl Fn(usize, usize) -> usize,
) -> Vec<f64> {
    let root = world.process_at_rank(0);
    let mut length = all.map_or(0, <[f64]>::len);
    root.broadcast_into(&mut length);
    let ranks = 0..world.size() as usize;
    let counts: Vec<i32> = ranks.map(|rank| count(length, rank) as i32).collect();
    let mut mine = vec![0.0; counts[world.rank() as usize] as usize];
    match all {
        Some(all) => {
            let start = |rank| counts[..rank].iter().sum();
            let starts: Vec<i32> = (0..counts.len()).map(start).collect();
            let parts = Partition::new(all, &counts[..], starts);
            root.scatter_varcount_into_root(&parts, &mut mine[..]);
        }
        None => root.scatter_varcount_into(&mut mine[..]),
    }
    mine
}

fn drops_the_rest(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let size = world.size() as usize;
    deal(world, all, |length, _| length / size)
}

fn rest_to_the_last(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let size = world.size() as usize;
    deal(world, all, |length, rank| {
        let rest = if rank + 1 == size { length % size } else { 0 };
        length / size + rest
    })
}

fn rounds_up(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let size = world.size() as usize;
    deal(world, all, |length, rank| {
        let most = length.div_ceil(size);
        length.saturating_sub(rank * most).min(most)
    })
}

fn all_start_at_0(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let (size, root) = (world.size() as usize, world.process_at_rank(0));
    let mut length = all.map_or(0, <[f64]>::len);
    root.broadcast_into(&mut length);
    let count = |rank| length / size + usize::from(rank < length % size);
    let mut mine = vec![0.0; count(world.rank() as usize)];
    match all {
        Some(all) => {
            let counts: Vec<i32> = (0..size).map(|rank| count(rank) as i32).collect();
            let parts = Partition::new(all, counts, vec![0; size]);
            root.scatter_varcount_into_root(&parts, &mut mine[..]);
        }
        None => root.scatter_varcount_into(&mut mine[..]),
    }
    mine
}

fn guesses_the_length(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let (size, root) = (world.size() as usize, world.process_at_rank(0));
    let Some(all) = all else {
        let mut mine = vec![0.0; 1];
        root.scatter_varcount_into(&mut mine[..]);
        return mine;
    };
    let count = |rank| all.len() / size + usize::from(rank < all.len() % size);
    let counts: Vec<i32> = (0..size).map(|rank| count(rank) as i32).collect();
    let start = |rank| counts[..rank].iter().sum();
    let starts: Vec<i32> = (0..size).map(start).collect();
    let mut mine = vec![0.0; count(0)];
    let parts = Partition::new(all, &counts[..], starts);
    root.scatter_varcount_into_root(&parts, &mut mine[..]);
    mine
}

fn unwraps_it_everywhere(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let block = all.unwrap().len() / world.size() as usize;
    deal(world, all, |_, _| block)
}

fn as_if_all_had_the_same(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>> {
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.gather_into(mine);
        return None;
    }
    let mut all = vec![0.0; mine.len() * world.size() as usize];
    root.gather_into_root(mine, &mut all[..]);
    Some(all)
}

fn receives_by_hand(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>> {
    if world.rank() != 0 {
        world.process_at_rank(0).send(mine);
        return None;
    }
    let mut all = mine.to_vec();
    for rank in 1..world.size() {
        all.extend(world.process_at_rank(rank).receive_vec::<f64>().0);
    }
    Some(all)
}
