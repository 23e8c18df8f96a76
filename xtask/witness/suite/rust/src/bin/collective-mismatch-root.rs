// about: every rank broadcasts with itself as root
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 17 MPI_Bcast

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let mut value = rank;
    let root = if wrong { rank } else { 0 };
    world.process_at_rank(root).broadcast_into(&mut value);
    assert_eq!(value, root);
}
