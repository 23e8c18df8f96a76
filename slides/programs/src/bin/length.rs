//! A message whose length only its sender knows.

use mpi::{topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    text(&world);
}

// ANCHOR: text
fn text(world: &SimpleCommunicator) {
    if world.rank() == 1 {
        world.process_at_rank(0).send("Grüezi".as_bytes());
    } else if world.rank() == 0 {
        let (bytes, _status) = world.process_at_rank(1).receive_vec::<u8>();
        let text = String::from_utf8_lossy(&bytes);
        println!("{} bytes: {text}", bytes.len());
    }
}
// ANCHOR_END: text
