// about: the program ends by process::exit, which runs no destructor, so that MPI is never finalized
// verdict: missing-finalize
// ranks: 2 3 4 8
// lines: none

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    world.barrier();
    if !wrong {
        drop(universe);
    }
    assert!(rank >= 0);
    std::process::exit(0);
}
