// about: rank 0 waits for any of its receives before it sends the start signal for which the senders wait
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 17 MPI_Recv, 35 MPI_Waitany

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let workers = world.size() - 1;
    if rank > 0 {
        let (start, _) = world.process_at_rank(0).receive::<i32>();
        world.process_at_rank(0).send(&(start + rank));
        return;
    }
    let start = || (1..=workers).for_each(|to| world.process_at_rank(to).send(&100));
    let mut results = vec![0; workers as usize];
    mpi::request::multiple_scope(results.len(), |scope, requests| {
        for (worker, result) in (1..).zip(&mut results) {
            requests.add(
                world
                    .process_at_rank(worker)
                    .immediate_receive_into(scope, result),
            );
        }
        if !wrong {
            start();
        }
        while requests.incomplete() > 0 {
            requests.wait_any();
        }
        if wrong {
            start();
        }
    });
    assert_eq!(results[0], 101);
}
