//! A collective that only one rank calls: it waits for the other ranks forever.

use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    total(&world, 1);
}

// ANCHOR: total
fn total(world: &SimpleCommunicator, mine: i32) {
    if world.rank() == 0 {
        let mut sum = 0;
        world.all_reduce_into(&mine, &mut sum, SystemOperation::sum());
        println!("the sum is {sum}");
    }
}
// ANCHOR_END: total
