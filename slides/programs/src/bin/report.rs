//! One number from the last rank to the first.

use mpi::{topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    if world.size() > 1 {
        report(&world);
    }
}

// ANCHOR: report
fn report(world: &SimpleCommunicator) {
    let last = world.size() - 1;
    if world.rank() == last {
        world.process_at_rank(0).send(&21.5);
    } else if world.rank() == 0 {
        let (celsius, status) = world.process_at_rank(last).receive::<f64>();
        println!("{celsius} °C from rank {}", status.source_rank());
    }
}
// ANCHOR_END: report
