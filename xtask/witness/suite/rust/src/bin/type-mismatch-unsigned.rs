// about: neighbours exchange, sending u64 and receiving i64
// verdict: type-mismatch
// ranks: 2 3 4 8
// lines: 20 MPI_Sendrecv

//! Wrong or right, as its argument says.

use mpi::{point_to_point::send_receive, traits::*};

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let size = world.size();
    let right = world.process_at_rank((rank + 1) % size);
    let left = world.process_at_rank((rank + size - 1) % size);
    let mine = u64::from(rank.unsigned_abs());
    if wrong {
        send_receive::<i64, _, _, _>(&mine, &right, &left);
    } else {
        send_receive::<u64, _, _, _>(&mine, &right, &left);
    }
}
