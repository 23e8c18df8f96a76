// about: a send has a tag below 0
// verdict: invalid-argument
// ranks: 2 3 4 8
// lines: 17 MPI_Send

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let tag = if wrong { -40 } else { 40 };
    if rank == 0 {
        world.process_at_rank(1).send_with_tag(&rank, tag);
    } else if rank == 1 {
        world.process_at_rank(0).receive_with_tag::<i32>(40);
    }
}
