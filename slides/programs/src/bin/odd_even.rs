//! Ranks in a row exchange numbers with their neighbors in two phases.

use mpi::{topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    exchange(&world, world.rank());
}

/// First even ranks with the neighbour to their right, then odd ones.
fn exchange(world: &SimpleCommunicator, mine: i32) {
    for phase in 0..2 {
        let is_left = world.rank() % 2 == phase;
        let partner = world.rank() + if is_left { 1 } else { -1 };
        if !(0..world.size()).contains(&partner) {
            continue;
        }
        let partner = world.process_at_rank(partner);
        if is_left {
            partner.send(&mine);
            partner.receive::<i32>();
        } else {
            partner.receive::<i32>();
            partner.send(&mine);
        }
    }
}
