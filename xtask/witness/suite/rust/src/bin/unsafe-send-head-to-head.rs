// about: ranks 0 and 1 send before they receive
// verdict: unsafe-send
// ranks: 2 3 4 8
// lines: 19 MPI_Send
// strict: yes

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank < 2 {
        let peer = world.process_at_rank(1 - rank);
        if wrong || rank == 0 {
            peer.send(&rank);
            peer.receive::<i32>();
        } else {
            peer.receive::<i32>();
            peer.send(&rank);
        }
    }
}
