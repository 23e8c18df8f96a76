// about: every rank waits for its immediate send to the right before it receives from the left
// verdict: unsafe-send
// ranks: 2 3 4 8
// lines: 22 MPI_Wait
// strict: yes

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
    mpi::request::scope(|scope| {
        let request = right.immediate_send(scope, &rank);
        if wrong {
            request.wait();
            left.receive::<i32>();
        } else {
            left.receive::<i32>();
            request.wait();
        }
    });
}
