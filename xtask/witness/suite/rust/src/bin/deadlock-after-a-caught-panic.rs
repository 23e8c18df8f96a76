// about: rank 1 catches a panic and goes on; then rank 0 waits for one message more than it sends
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 24 MPI_Recv

//! Wrong or right, as its argument says.

use mpi::traits::*;
use std::panic::catch_unwind;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    if world.rank() == 1 {
        let parse = || "ten".parse::<i32>().expect("a number was asked for");
        let number = catch_unwind(parse).unwrap_or(10);
        world.process_at_rank(0).send(&number);
    } else if world.rank() == 0 {
        let (number, _) = world.process_at_rank(1).receive::<i32>();
        assert_eq!(number, 10);
        if wrong {
            // Nobody sends a second one.
            let _ = world.process_at_rank(1).receive::<i32>();
        }
    }
}
