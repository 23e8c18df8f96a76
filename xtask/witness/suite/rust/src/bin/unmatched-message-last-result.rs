// about: rank 0 takes the results of all workers but the last
// verdict: unmatched-message
// ranks: 2 3 4 8
// lines: 16 MPI_Send

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank > 0 {
        world.process_at_rank(0).send(&(rank * rank));
    } else {
        let workers = world.size() - i32::from(wrong);
        for worker in 1..workers {
            world.process_at_rank(worker).receive::<i32>();
        }
    }
}
