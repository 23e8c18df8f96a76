// about: even ranks reduce on one duplicate first, odd ranks on the other
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 23 MPI_Allreduce

//! Wrong or right, as its argument says.

use mpi::{collective::SystemOperation, traits::*};

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let (one, other) = (world.duplicate(), world.duplicate());
    let turned = wrong && rank % 2 == 1;
    for comm in if turned {
        [&other, &one]
    } else {
        [&one, &other]
    } {
        let mut sum = 0;
        comm.all_reduce_into(&1, &mut sum, SystemOperation::sum());
        assert_eq!(sum, world.size());
    }
}
