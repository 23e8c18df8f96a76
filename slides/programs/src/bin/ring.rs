//! Every rank sends a number to the next one in a ring. Rank 0 alone begins by receiving.

use mpi::traits::*;

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let (rank, size) = (world.rank(), world.size());
    let previous = world.process_at_rank((rank + size - 1) % size);
    let next = world.process_at_rank((rank + 1) % size);
    if rank == 0 {
        previous.receive::<i32>();
        next.send(&rank);
    } else {
        next.send(&rank);
        previous.receive::<i32>();
    }
}
