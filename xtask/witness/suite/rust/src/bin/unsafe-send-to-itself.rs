// about: every rank sends to itself before it receives
// verdict: unsafe-send
// ranks: 2 3 4 8
// lines: 20 MPI_Send
// strict: yes

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let me = world.this_process();
    let mut copy = 0;
    mpi::request::scope(|scope| {
        if wrong {
            me.send(&rank);
        }
        let request = me.immediate_receive_into(scope, &mut copy);
        if !wrong {
            me.send(&rank);
        }
        request.wait();
    });
    assert_eq!(copy, rank);
}
