// about: every rank sends to all others in turn and then receives from all of them
// verdict: unsafe-send
// ranks: 2 3 4 8
// lines: 22 MPI_Send
// strict: yes

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let others = || (0..world.size()).filter(|other| *other != rank);
    let receive = |from| world.process_at_rank(from).receive::<i32>();
    for to in others() {
        if !wrong && to < rank {
            receive(to);
        }
        world.process_at_rank(to).send(&(rank * to));
        if !wrong && to > rank {
            receive(to);
        }
    }
    if wrong {
        for from in others() {
            receive(from);
        }
    }
}
