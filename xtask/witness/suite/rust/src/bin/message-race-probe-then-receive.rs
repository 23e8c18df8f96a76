// about: the length comes from a probe of any process, the message from any process again, instead of a matched probe
// verdict: message-race
// ranks: 3 4 8
// lines: 18 MPI_Send, 25 MPI_Recv

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank > 0 {
        world
            .process_at_rank(0)
            .send(&vec![rank; rank as usize][..]);
        return;
    }
    for _ in 1..world.size() {
        if wrong {
            let status = world.any_process().probe();
            let mut room = vec![0; world.size() as usize];
            world.any_process().receive_into(&mut room[..]);
            assert!(status.source_rank() > 0);
        } else {
            let (numbers, status) = world.any_process().receive_vec::<i32>();
            assert!(numbers.iter().all(|number| *number == status.source_rank()));
        }
    }
}
