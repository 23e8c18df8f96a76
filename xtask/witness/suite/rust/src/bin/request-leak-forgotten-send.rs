// about: the request of an immediate send is forgotten, so that nobody ever completes it
// verdict: request-leak
// ranks: 2 3 4 8
// lines: 18 MPI_Isend

//! Wrong or right, as its argument says.

use mpi::{request::StaticScope, traits::*};

static TEXT: [u8; 5] = *b"hello";

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank == 0 {
        let request = world.process_at_rank(1).immediate_send(StaticScope, &TEXT);
        if wrong {
            std::mem::forget(request);
        } else {
            request.wait();
        }
    } else if rank == 1 {
        world.process_at_rank(0).receive_vec::<u8>();
    }
}
