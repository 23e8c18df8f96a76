// about: every rank posts its receive immediately, but waits for it before it sends
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 22 MPI_Wait

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let size = world.size();
    let mut theirs = 0;
    mpi::request::scope(|scope| {
        let left = world.process_at_rank((rank + size - 1) % size);
        let right = world.process_at_rank((rank + 1) % size);
        let request = left.immediate_receive_into(scope, &mut theirs);
        if wrong {
            request.wait();
            right.send(&rank);
        } else {
            right.send(&rank);
            request.wait();
        }
    });
    assert_eq!(theirs, (rank + size - 1) % size);
}
