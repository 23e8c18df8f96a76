//! One number with a tag. What the ranks print between their calls stands in the figure.

use mpi::traits::*;

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    match world.rank() {
        0 => {
            println!("0 after 0: has 21.5");
            world.process_at_rank(1).send_with_tag(&21.5, 7);
        }
        1 => {
            let (number, _status) = world.process_at_rank(0).receive_with_tag::<f64>(7);
            println!("1 after 1: has {number}");
        }
        _ => {}
    }
}
