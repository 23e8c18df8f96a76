// about: a duplicated communicator is leaked, so that its destructor never frees it
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 15 MPI_Comm_dup

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let copy = world.duplicate();
    assert_eq!(copy.rank(), rank);
    if wrong {
        std::mem::forget(copy);
    }
}
