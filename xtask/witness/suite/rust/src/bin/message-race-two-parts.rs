// about: rank 0 joins two parts in the order in which they come, from any source
// verdict: message-race
// notes: yes
// ranks: 3 4 8
// lines: 18 MPI_Recv, 24 MPI_Send

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank == 0 {
        let part = |of| match wrong {
            true => world.any_process().receive::<i32>().0,
            false => world.process_at_rank(of).receive::<i32>().0,
        };
        let joined = (part(1), part(2));
        assert!(wrong || joined == (1, 2));
    } else if rank < 3 {
        world.process_at_rank(0).send(&rank);
    }
}
