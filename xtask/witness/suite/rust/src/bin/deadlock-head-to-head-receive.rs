// about: ranks 0 and 1 receive from each other before either sends
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 20 MPI_Recv

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank < 2 {
        let peer = world.process_at_rank(1 - rank);
        if !wrong && rank == 0 {
            peer.send(&rank);
        }
        let (theirs, _) = peer.receive::<i32>();
        assert_eq!(theirs, 1 - rank);
        if wrong || rank == 1 {
            peer.send(&rank);
        }
    }
}
