//! A collective on a communicator with more ranks than call it: those that do wait forever.

use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    if world.rank() < world.size() / 2 {
        let total = total_flux(&world, 1.5);
        println!("the ocean's flux is {total}");
    }
}

// ANCHOR: ocean
/// The flux of the whole ocean. Every rank of the ocean calls it.
fn total_flux(world: &SimpleCommunicator, mine: f64) -> f64 {
    let mut total = 0.0;
    world.all_reduce_into(&mine, &mut total, SystemOperation::sum());
    total
}
// ANCHOR_END: ocean
