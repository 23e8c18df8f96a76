//! A message that waits while a more urgent one from another rank is received.

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
    let receiver = world.process_at_rank(0);
    match world.rank() {
        1 => receiver.send_with_tag(&10, CALM),
        2 => receiver.send_with_tag(&20, URGENT),
        0 => {
            let (first, _) = world.any_process().receive_with_tag::<i32>(URGENT);
            let (second, status) = world.any_process().receive::<i32>();
            println!("{first}, then {second} with tag {}", status.tag());
        }
        _ => {}
    }
}
// ANCHOR_END: tags
