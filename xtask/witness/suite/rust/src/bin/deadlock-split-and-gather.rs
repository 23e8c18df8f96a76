// about: in each half all but the last rank gather; the last has gone to the barrier of all
// verdict: deadlock
// ranks: 3 4 8
// lines: 20 MPI_Allgather, 22 MPI_Barrier

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let half = world
        .split_by_color(mpi::topology::Color::with_value(rank % 2))
        .expect("a color");
    let mut all = vec![0; half.size() as usize];
    if !wrong || rank + 2 < world.size() {
        half.all_gather_into(&rank, &mut all[..]);
    }
    world.barrier();
}
