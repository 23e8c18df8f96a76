// about: ranks 0, 1 and 2 send synchronously in a circle before they receive
// verdict: deadlock
// ranks: 3 4 8
// lines: 19 MPI_Ssend

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank < 3 {
        let next = world.process_at_rank((rank + 1) % 3);
        let previous = world.process_at_rank((rank + 2) % 3);
        if wrong || rank > 0 {
            next.synchronous_send(&rank);
        }
        let (_, status) = previous.receive::<i32>();
        assert_eq!(status.source_rank(), (rank + 2) % 3);
        if !wrong && rank == 0 {
            next.synchronous_send(&rank);
        }
    }
}
