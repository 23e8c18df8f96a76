// about: f64 values are sent, and received as a vector of i32
// verdict: type-mismatch
// ranks: 2 3 4 8
// lines: 16 MPI_Send, 18 MPI_Mrecv

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank == 0 {
        world.process_at_rank(1).send(&[1.0_f64, 2.0][..]);
    } else if rank == 1 && wrong {
        world.process_at_rank(0).receive_vec::<i32>();
    } else if rank == 1 {
        let (values, _) = world.process_at_rank(0).receive_vec::<f64>();
        assert_eq!(values, [1.0, 2.0]);
    }
}
