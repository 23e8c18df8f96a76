// about: all ranks, the manager too, receive from any process
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 20 MPI_Recv

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank == 0 && !wrong {
        for worker in 1..world.size() {
            world.process_at_rank(worker).send(&(10 * worker));
        }
    } else {
        let (task, _) = world.any_process().receive::<i32>();
        assert_eq!(task, 10 * rank);
    }
}
