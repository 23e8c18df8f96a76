// about: every rank gets a pair from the left and receives a single value
// verdict: truncation
// ranks: 2 3 4 8
// lines: 20 MPI_Isend, 22 MPI_Recv

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let size = world.size();
    let right = world.process_at_rank((rank + 1) % size);
    let left = world.process_at_rank((rank + size - 1) % size);
    let pair = [rank, -rank];
    mpi::request::scope(|scope| {
        let request = right.immediate_send(scope, &pair);
        if wrong {
            left.receive::<i32>();
        } else {
            left.receive_into(&mut [0; 2]);
        }
        request.wait();
    });
}
