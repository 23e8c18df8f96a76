//! One program, and ranks that do different things in it.

use mpi::traits::*;

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    // ANCHOR: roles
    let mut x = 10;
    if world.rank() == 2 {
        x = 100;
    }
    println!("rank {}: x = {x}", world.rank());
    // ANCHOR_END: roles
}
