//! Two ranks swap a number, and both receive first, so no send ever happens.

use mpi::{topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let theirs = swap(&world, f64::from(world.rank()));
    println!("rank {} has {theirs}", world.rank());
}

// ANCHOR: swap
/// Ranks 0 and 1 swap a number.
fn swap(world: &SimpleCommunicator, mine: f64) -> f64 {
    let other = world.process_at_rank(1 - world.rank());
    let (theirs, _) = other.receive::<f64>();
    other.send(&mine);
    theirs
}
// ANCHOR_END: swap
