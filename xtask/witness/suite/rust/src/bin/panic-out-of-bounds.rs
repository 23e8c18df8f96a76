// about: rank 1 panics on an index and unwinds, which finalizes MPI there, while rank 0 waits for its message
// verdict: panic
// ranks: 2 3 4 8
// lines: 20 MPI_Recv

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let numbers = [1, 2, 3];
    if rank == 1 {
        let index = if wrong { world.size() as usize + 1 } else { 2 };
        world.process_at_rank(0).send(&numbers[index]);
    } else if rank == 0 {
        let (number, _) = world.process_at_rank(1).receive::<i32>();
        assert_eq!(number, 3);
    }
}
