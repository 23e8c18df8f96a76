//! One number from every rank, combined in three ways.

use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    combine(&world);
}

// ANCHOR: combine
fn combine(world: &SimpleCommunicator) {
    let mine = [3, 1, 4, 2][world.rank() as usize % 4];
    let (mut largest, mut so_far) = (0, 0);
    world.all_reduce_into(&mine, &mut largest, SystemOperation::max());
    world.scan_into(&mine, &mut so_far, SystemOperation::sum());
    println!("rank {}: largest {largest}, so far {so_far}", world.rank());
}
// ANCHOR_END: combine
