//! The smallest MPI program: each process says its rank.

use mpi::traits::*;

// ANCHOR: main
fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    println!("rank {} of {}", world.rank(), world.size());
}
// ANCHOR_END: main
