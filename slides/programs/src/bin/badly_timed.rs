//! A measurement with several mistakes, for the room to find.

use mpi::{topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let all = measured(&world, f64::from(world.rank()));
    assert!(all.iter().copied().eq((0..world.size()).map(f64::from)));
}

fn measured(world: &SimpleCommunicator, mine: f64) -> Vec<f64> {
    let mut all = vec![0.0; world.size() as usize];
    // ANCHOR: measured
    let start = mpi::time();
    world.all_gather_into(&mine, &mut all[..]);
    if world.rank() == 0 {
        println!("an all-gather takes {} s", mpi::time() - start);
    }
    // ANCHOR_END: measured
    all
}
