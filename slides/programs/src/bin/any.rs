//! Rank 0 takes messages from any source.

use mpi::{topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    first_come(&world);
}

// ANCHOR: any
fn first_come(world: &SimpleCommunicator) {
    if world.rank() > 0 {
        return world.process_at_rank(0).send(&world.rank().pow(2));
    }
    for _ in 1..world.size() {
        let (square, status) = world.any_process().receive::<i32>();
        println!("{square} from rank {}", status.source_rank());
    }
}
// ANCHOR_END: any
