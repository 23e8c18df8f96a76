//! Ranks in a row fill their ghost cells with copies of their neighbors' edges.

use mpi::{topology::SimpleCommunicator, traits::*};
use mpi_extra::{Neighbour, send_receive_into};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let own = 10.0 * f64::from(world.rank() + 1);
    let mut cells = [0.0, own + 1.0, own + 2.0, own + 3.0, 0.0];
    exchange(&world, &mut cells);
    println!("rank {}: {cells:?}", world.rank());
}

// ANCHOR: exchange
fn exchange(world: &SimpleCommunicator, cells: &mut [f64; 5]) {
    let left = Neighbour::at(world, world.rank() - 1);
    let right = Neighbour::at(world, world.rank() + 1);
    let [left_ghost, first, _, last, right_ghost] = cells;
    send_receive_into(last, &right, left_ghost, &left);
    send_receive_into(first, &left, right_ghost, &right);
}
// ANCHOR_END: exchange
