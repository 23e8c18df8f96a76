// about: rank 0 receives what the last rank sends after a barrier, which rank 0 has not reached
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 17 MPI_Barrier, 23 MPI_Recv

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let last = world.size() - 1;
    if !wrong || rank > 0 {
        world.barrier();
    }
    if rank == last {
        world.process_at_rank(0).send(&2.5);
    }
    if rank == 0 {
        let (number, _) = world.process_at_rank(last).receive::<f64>();
        assert_eq!(number, 2.5);
        if wrong {
            world.barrier();
        }
    }
}
