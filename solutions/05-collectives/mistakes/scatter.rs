//! Mistakes in the task `scatter`.

use crate::{kept::kept, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{datatype::Partition, topology::SimpleCommunicator, traits::*};

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
    mistake!("scatter": scatter = as_f32 => WrongResult,
        "takes the numbers for an f32, which does not hold all of them"),
    mistake!("scatter": scatter = one_for_show => TooMuchCommunication,
        "scatters one number for show, and broadcasts everything"),
    mistake!("scatter": scatter = everything_as_a_part => TooMuchCommunication,
        "names everything as the part of every rank"),
    mistake!("scatter": scatter = number_by_number => TooMuchCommunication,
        "makes one scatter for each number of a block"),
    mistake!("scatter": scatter = by_a_third => TooMuchCommunication,
        "sends everything to the last rank, which scatters it"),
    mistake!("scatter": scatter = kept_from_before => WrongResult,
        "returns what a block of that length held before"),
    mistake!("scatter": scatter = alone_for_show => WrongOperation,
        "scatters to itself for show, and broadcasts everything"),
    mistake!("scatter": scatter = barrier_for_nothing => TooMuchCommunication,
        "calls a barrier if there is nothing to scatter"),
    mistake!("scatter": scatter = length_in_front => TooMuchCommunication,
        "puts its length in front of each block"),
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

fn as_f32(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let short = |numbers: &[i32]| -> Vec<i32> {
        numbers.iter().map(|number| *number as f32 as i32).collect()
    };
    collectives_solution::scatter(world, all.map(short).as_deref(), block)
}

fn one_for_show(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let ones = vec![1; world.size() as usize];
    collectives_solution::scatter(world, all.map(|_| &ones[..]), 1);
    everything_to_all(world, all, block)
}

fn everything_as_a_part(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let (size, root) = (world.size() as usize, world.process_at_rank(0));
    let mut everything = vec![0; block * size];
    match all {
        Some(all) => {
            let counts = vec![all.len() as i32; size];
            let parts = Partition::new(all, counts, vec![0; size]);
            root.scatter_varcount_into_root(&parts, &mut everything[..]);
        }
        None => root.scatter_varcount_into(&mut everything[..]),
    }
    everything[world.rank() as usize * block..][..block].to_vec()
}

fn number_by_number(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let number = |at: usize| -> i32 {
        let column =
            |all: &[i32]| -> Vec<i32> { all.iter().skip(at).step_by(block).copied().collect() };
        collectives_solution::scatter(world, all.map(column).as_deref(), 1)[0]
    };
    (0..block).map(number).collect()
}

fn by_a_third(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let last = world.size() - 1;
    if last == 0 {
        return all.unwrap().to_vec();
    }
    let (root, mut mine) = (world.process_at_rank(last), vec![0; block]);
    if world.rank() == last {
        let (all, _) = world.process_at_rank(0).receive_vec::<i32>();
        root.scatter_into_root(&all[..], &mut mine[..]);
        return mine;
    }
    if let Some(all) = all {
        root.send(all);
    }
    root.scatter_into(&mut mine[..]);
    mine
}

fn kept_from_before(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let mine = collectives_solution::scatter(world, all, block);
    kept((world.size(), world.rank(), block), mine)
}

fn alone_for_show(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    collectives_solution::scatter(&SimpleCommunicator::self_comm(), Some(&[1]), 1);
    everything_to_all(world, all, block)
}

fn barrier_for_nothing(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    if block == 0 {
        world.barrier();
        return vec![];
    }
    collectives_solution::scatter(world, all, block)
}

fn length_in_front(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let framed = all.map(|all| {
        (0..world.size() as usize)
            .flat_map(|rank| [&[block as i32], &all[rank * block..][..block]].concat())
            .collect::<Vec<i32>>()
    });
    let mine = collectives_solution::scatter(world, framed.as_deref(), block + 1);
    mine[1..].to_vec()
}
