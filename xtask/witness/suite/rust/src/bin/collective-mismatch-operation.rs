// about: rank 0 asks for the maximum, the others for the sum
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 20 MPI_Allreduce

//! Wrong or right, as its argument says.

use mpi::{collective::SystemOperation, traits::*};

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let operation = match rank {
        0 if wrong => SystemOperation::max(),
        _ => SystemOperation::sum(),
    };
    let mut whole = 0;
    world.all_reduce_into(&rank, &mut whole, operation);
}
