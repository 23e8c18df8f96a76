//! One rank panics while the other waits for its message. With the argument `abort`, a panic ends all
//! ranks.

use mpi::{topology::SimpleCommunicator, traits::*};
use std::{env, panic};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    if env::args().nth(1).as_deref() == Some("abort") {
        abort_on_panic();
    }
    if world.rank() == 1 {
        panic!("rank 1 has no input");
    }
    let (number, _status) = world.process_at_rank(1).receive::<i32>();
    println!("rank 0 has {number}");
}

// ANCHOR: abort
fn abort_on_panic() {
    panic::set_hook(Box::new(|panic| {
        eprintln!("{panic}");
        SimpleCommunicator::world().abort(1)
    }));
}
// ANCHOR_END: abort
