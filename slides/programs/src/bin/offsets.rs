//! Where each rank's part of a file begins, if all write one file and their parts differ in length.

use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let mine = vec![0.0; if world.rank() == 0 { 3 } else { 2 }];
    place(&world, &mine);
}

// ANCHOR: place
fn place(world: &SimpleCommunicator, mine: &[f64]) {
    let (length, mut end) = (size_of_val(mine) as u64, 0);
    world.scan_into(&length, &mut end, SystemOperation::sum());
    println!("rank {}: bytes {} to {end}", world.rank(), end - length);
}
// ANCHOR_END: place
