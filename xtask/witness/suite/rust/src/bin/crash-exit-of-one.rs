// about: rank 1 ends by process::exit(1) while the others wait for it in a barrier
// verdict: crash
// ranks: 2 3 4 8
// lines: 19 MPI_Barrier

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if wrong && rank == 1 {
        std::thread::sleep(std::time::Duration::from_millis(300));
        std::process::exit(1);
    }
    world.barrier();
}
