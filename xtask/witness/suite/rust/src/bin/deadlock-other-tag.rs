// about: rank 1 waits for tag 2, rank 0 sends synchronously with tag 1
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 20 MPI_Ssend, 26 MPI_Recv

//! Wrong or right, as its argument says.

use mpi::traits::*;

const TAG: mpi::Tag = 1;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank == 0 {
        world
            .process_at_rank(1)
            .synchronous_send_with_tag(&[1.0, 2.0], TAG);
    } else if rank == 1 {
        let tag = if wrong { TAG + 1 } else { TAG };
        let mut pair = [0.0; 2];
        world
            .process_at_rank(0)
            .receive_into_with_tag(&mut pair, tag);
        assert_eq!(pair, [1.0, 2.0]);
    }
}
