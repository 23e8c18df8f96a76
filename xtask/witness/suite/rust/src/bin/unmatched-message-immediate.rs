// about: an immediate send is waited for, but never received
// verdict: unmatched-message
// ranks: 2 3 4 8
// lines: 18 MPI_Isend

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let text = *b"done";
    mpi::request::scope(|scope| {
        if rank == 1 {
            world.process_at_rank(0).immediate_send(scope, &text).wait();
        }
    });
    if rank == 0 && !wrong {
        let (text, _) = world.process_at_rank(1).receive_vec::<u8>();
        assert_eq!(text, b"done");
    }
}
