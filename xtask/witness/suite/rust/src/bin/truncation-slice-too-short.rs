// about: five numbers are sent, and the slice that receives has room for four
// verdict: truncation
// ranks: 2 3 4 8
// lines: 16 MPI_Send, 20 MPI_Recv

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank == 0 {
        world.process_at_rank(1).send(&[1, 2, 3, 4, 5]);
    } else if rank == 1 {
        let mut room = [0; 8];
        let room = if wrong { &mut room[..4] } else { &mut room[..] };
        world.process_at_rank(0).receive_into(room);
    }
}
