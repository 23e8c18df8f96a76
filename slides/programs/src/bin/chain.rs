//! Every rank of a row sends to its right and receives from its left, in one call.

use mpi::traits::*;
use mpi_extra::{Neighbour, send_receive_into};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let left = Neighbour::at(&world, world.rank() - 1);
    let right = Neighbour::at(&world, world.rank() + 1);
    let mut theirs = -1;
    send_receive_into(&world.rank(), &right, &mut theirs, &left);
}
