// about: the last rank broadcasts a slice that is one element shorter than the root's
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 18 MPI_Bcast

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let mut values = [1.5; 6];
    let short = wrong && rank == world.size() - 1;
    let values = &mut values[usize::from(short)..];
    world.process_at_rank(0).broadcast_into(values);
}
