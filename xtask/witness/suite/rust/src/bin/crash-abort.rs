// about: the last rank aborts, as a panic in a destructor makes a program do, while rank 0 waits for its vector
// verdict: crash
// ranks: 2 3 4 8
// lines: 23 MPI_Mprobe

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let last = world.size() - 1;
    if rank == last {
        std::thread::sleep(std::time::Duration::from_millis(300));
        if wrong {
            std::process::abort();
        }
        world.process_at_rank(0).send(&[1, 2, 3]);
    } else if rank == 0 {
        world.process_at_rank(last).receive_vec::<i32>();
    }
}
