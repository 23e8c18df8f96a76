// about: an immediate barrier is entered and never completed
// verdict: request-leak
// ranks: 2 3 4 8
// lines: 15 MPI_Ibarrier

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let request = world.immediate_barrier();
    world.barrier();
    if wrong {
        std::mem::forget(request);
    } else {
        request.wait();
    }
    assert!(rank < world.size());
}
