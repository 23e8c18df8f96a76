// about: rank 1 parses what is no number; caught, the panic is over, and else it unwinds out of main
// verdict: panic
// ranks: 2 3 4 8
// lines: 24 MPI_Barrier

//! Wrong or right, as its argument says.

use mpi::traits::*;
use std::panic::catch_unwind;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let parse = || "ten".parse::<i32>().expect("a number was asked for");
    if world.rank() == 1 {
        let number = if wrong {
            parse()
        } else {
            catch_unwind(parse).unwrap_or(10)
        };
        assert_eq!(number, 10);
    }
    world.barrier();
}
