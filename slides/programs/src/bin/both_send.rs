//! Two ranks swap numbers, and both send first. The argument is how many numbers.

use mpi::{topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let length = std::env::args().nth(1).and_then(|word| word.parse().ok());
    let mine = vec![f64::from(world.rank()); length.unwrap_or(1)];
    let theirs = swap(&world, &mine);
    println!("rank {} has {} bytes", world.rank(), 8 * theirs.len());
}

// ANCHOR: swap
/// Ranks 0 and 1 swap their numbers.
fn swap(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let other = world.process_at_rank(1 - world.rank());
    other.send(mine);
    let (theirs, _) = other.receive_vec();
    theirs
}
// ANCHOR_END: swap
