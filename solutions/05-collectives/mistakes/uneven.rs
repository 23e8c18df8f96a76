//! Mistakes in the task `uneven`.

use crate::{kept::kept, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    datatype::{Partition, PartitionMut},
    topology::SimpleCommunicator,
    traits::*,
};

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
    mistake!("uneven": scatterv = length_as_u16 => WrongResult,
        "tells the length in 16 bits"),
    mistake!("uneven": scatterv = as_f32 => WrongResult,
        "deals out half of the digits"),
    mistake!("uneven": scatterv = everything_as_a_part => TooMuchCommunication,
        "names everything as the part of every rank"),
    mistake!("uneven": scatterv = waits_afterwards => WrongOperation,
        "lets all ranks wait behind the scatterv"),
    mistake!("uneven": scatterv = one_for_show => TooMuchCommunication,
        "broadcasts everything, and deals out nothing for show"),
    mistake!("uneven": scatterv = kept_from_before => WrongResult,
        "returns the part of an earlier call, where it was as long"),
    mistake!("uneven": gatherv = lengths_as_u16 => WrongResult,
        "gathers lengths in 16 bits"),
    mistake!("uneven": gatherv = on_every_rank => WrongOperation,
        "gathers on every rank, and throws it away on all but one"),
    mistake!("uneven": gatherv = one_by_one_for_show => TooMuchCommunication,
        "gathers nothing for show, and receives the parts one by one"),
    mistake!("uneven": gatherv = parts_kept_from_before => WrongResult,
        "returns the parts of an earlier call with its own"),
    mistake!("uneven": scatterv = messages_beside_an_empty_one => TooMuchCommunication,
        "deals the parts out by messages, and calls scatterv with nothing for show"),
    mistake!("uneven": gatherv = messages_beside_it => TooMuchCommunication,
        "sends the parts by messages, and gathers nothing for show"),
    mistake!("uneven": gatherv = gather_beside_it => TooMuchCommunication,
        "gathers parts that are made equally long, and calls gatherv with nothing for show"),
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

fn length_as_u16(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let size = world.size() as usize;
    deal(world, all, |length, rank| {
        let length = usize::from(length as u16);
        length / size + usize::from(rank < length % size)
    })
}

fn as_f32(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let short = |all: &[f64]| -> Vec<f64> {
        let short = |number: &f64| f64::from(*number as f32);
        all.iter().map(short).collect()
    };
    collectives_solution::scatterv(world, all.map(short).as_deref())
}

/// The part of this rank in all numbers.
fn part(world: &SimpleCommunicator, all: &[f64]) -> Vec<f64> {
    let (size, rank) = (world.size() as usize, world.rank() as usize);
    let (block, longer) = (all.len() / size, all.len() % size);
    let start = rank * block + rank.min(longer);
    all[start..][..block + usize::from(rank < longer)].to_vec()
}

fn everything_as_a_part(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let (size, root) = (world.size() as usize, world.process_at_rank(0));
    let mut length = all.map_or(0, <[f64]>::len);
    root.broadcast_into(&mut length);
    let mut everything = vec![0.0; length];
    match all {
        Some(all) => {
            let parts = Partition::new(all, vec![length as i32; size], vec![0; size]);
            root.scatter_varcount_into_root(&parts, &mut everything[..]);
        }
        None => root.scatter_varcount_into(&mut everything[..]),
    }
    part(world, &everything)
}

fn waits_afterwards(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let mine = collectives_solution::scatterv(world, all);
    world.barrier();
    mine
}

fn one_for_show(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let root = world.process_at_rank(0);
    let mut length = all.map_or(0, <[f64]>::len);
    root.broadcast_into(&mut length);
    let mut everything = all.map_or_else(|| vec![0.0; length], <[f64]>::to_vec);
    root.broadcast_into(&mut everything[..]);
    collectives_solution::scatterv(world, all.map(|_| &[][..]));
    part(world, &everything)
}

fn kept_from_before(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let mine = collectives_solution::scatterv(world, all);
    kept((world.size(), world.rank(), mine.len()), mine)
}

fn lengths_as_u16(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>> {
    let short = usize::from(mine.len() as u16);
    collectives_solution::gatherv(world, &mine[..short])
}

fn on_every_rank(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>> {
    let mut counts = vec![0; world.size() as usize];
    world.all_gather_into(&(mine.len() as i32), &mut counts[..]);
    let mut all = vec![0.0; counts.iter().sum::<i32>() as usize];
    let start = |rank| counts[..rank].iter().sum();
    let starts: Vec<i32> = (0..counts.len()).map(start).collect();
    world.all_gather_varcount_into(
        mine,
        &mut PartitionMut::new(&mut all[..], &counts[..], starts),
    );
    (world.rank() == 0).then_some(all)
}

fn one_by_one_for_show(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>> {
    collectives_solution::gatherv(world, &[]);
    let all = receives_by_hand(world, mine);
    collectives_solution::gatherv(world, mine);
    all
}

fn parts_kept_from_before(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>> {
    let all = collectives_solution::gatherv(world, mine);
    kept((world.size(), world.rank(), mine), all)
}

fn messages_beside_an_empty_one(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    collectives_solution::scatterv(world, all.map(|_| &[][..]));
    let Some(all) = all else {
        return world.process_at_rank(0).receive_vec().0;
    };
    let size = world.size() as usize;
    let start = |rank: usize| rank * (all.len() / size) + rank.min(all.len() % size);
    for rank in 1..size {
        let part = &all[start(rank)..start(rank + 1)];
        world.process_at_rank(rank as i32).send(part);
    }
    all[..start(1)].to_vec()
}

fn messages_beside_it(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>> {
    collectives_solution::gatherv(world, &[]);
    receives_by_hand(world, mine)
}

fn gather_beside_it(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>> {
    let mut lengths = vec![0; world.size() as usize];
    world.all_gather_into(&mine.len(), &mut lengths[..]);
    let longest = lengths.iter().copied().max()?;
    let mut padded = mine.to_vec();
    padded.resize(longest, 0.0);
    let root = world.process_at_rank(0);
    collectives_solution::gatherv(world, &[]);
    if world.rank() != 0 {
        root.gather_into(&padded[..]);
        return None;
    }
    let mut blocks = vec![0.0; longest * lengths.len()];
    root.gather_into_root(&padded[..], &mut blocks[..]);
    let parts = blocks.chunks(longest.max(1)).zip(&lengths);
    Some(
        parts
            .flat_map(|(block, length)| &block[..*length])
            .copied()
            .collect(),
    )
}
