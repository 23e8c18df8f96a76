// about: the last rank gathers its part at the root, where all others reduce
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 22 MPI_Reduce, 24 MPI_Gather

//! Wrong or right, as its argument says.

use mpi::{collective::SystemOperation, traits::*};

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let root = world.process_at_rank(0);
    if rank > 0 {
        // The root arrives first.
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    if rank == 0 {
        let mut sum = 0;
        root.reduce_into_root(&rank, &mut sum, SystemOperation::sum());
    } else if wrong && rank == world.size() - 1 {
        root.gather_into(&rank);
    } else {
        root.reduce_into(&rank, SystemOperation::sum());
    }
}
