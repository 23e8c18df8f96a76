// about: every rank receives a vector from the left, whatever its length, before it sends one to the right
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 23 MPI_Mprobe

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
    let mine = vec![rank; rank as usize];
    let begins = rank == 0 && !wrong;
    if begins {
        right.send(&mine[..]);
    }
    let (theirs, _) = left.receive_vec::<i32>();
    assert!(theirs.len() < size as usize);
    if !begins {
        right.send(&mine[..]);
    }
}
