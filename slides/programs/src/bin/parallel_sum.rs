//! Rank 0 splits an array, all ranks add up their parts, and rank 0 adds the sums.

use mpi::{topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    if world.rank() == 0 {
        root(&world);
    } else {
        let mut share = [0; 2];
        let root = world.process_at_rank(0);
        root.receive_into(&mut share[..]);
        root.send(&add(&world, 1, share));
    }
}

fn root(world: &SimpleCommunicator) {
    let others = 1..world.size();
    let share = |rank: i32| [2 * rank + 1, 2 * rank + 2];
    for rank in others.clone() {
        world.process_at_rank(rank).send(&share(rank)[..]);
    }
    let mut sum = add(world, others.len(), share(0));
    for rank in others.clone() {
        sum += world.process_at_rank(rank).receive::<i32>().0;
    }
    println!("0 after {}: {sum}", 2 * others.len());
}

/// Adds up after so many calls.
fn add(world: &SimpleCommunicator, calls: usize, [one, two]: [i32; 2]) -> i32 {
    let sum = one + two;
    println!("{} after {calls}: {one} + {two} = {sum}", world.rank());
    sum
}
