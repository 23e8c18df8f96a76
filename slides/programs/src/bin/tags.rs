//! Two messages from one rank to another, received in the other order.

use mpi::{Tag, topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    urgent_first(&world);
}

// ANCHOR: tags
const CALM: Tag = 1;
const URGENT: Tag = 2;

fn urgent_first(world: &SimpleCommunicator) {
    if world.rank() == 1 {
        let receiver = world.process_at_rank(0);
        receiver.send_with_tag(&10, CALM);
        receiver.send_with_tag(&20, URGENT);
    } else if world.rank() == 0 {
        let sender = world.process_at_rank(1);
        let (first, _) = sender.receive_with_tag::<i32>(URGENT);
        let (second, status) = sender.receive::<i32>();
        println!("{first}, then {second} with tag {}", status.tag());
    }
}
// ANCHOR_END: tags
