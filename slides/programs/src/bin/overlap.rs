//! A rank needs its neighbor's edge for a part of its computation. It receives first and then
//! computes, or, with the argument `immediate`, computes during the transfer.

use mpi::{request, traits::*};

const INSIDE: &str = "compute the inside";
const EDGE: &str = "compute the edge";

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let is_immediate = std::env::args().nth(1).as_deref() == Some("immediate");
    let (neighbour, mut edge) = (world.process_at_rank(1 - world.rank()), [0.0; 4]);
    if world.rank() == 1 {
        return neighbour.send(&edge[..]);
    }
    if is_immediate {
        request::scope(|scope| {
            let receiving = neighbour.immediate_receive_into(scope, &mut edge[..]);
            println!("0 after 1: {INSIDE}");
            receiving.wait();
        });
        println!("0 after 2: {EDGE}");
    } else {
        neighbour.receive_into(&mut edge[..]);
        println!("0 after 1: {INSIDE}");
        println!("0 after 1: {EDGE}");
    }
}
