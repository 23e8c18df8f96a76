// about: a datatype made in each round is forgotten, so that its destructor never frees it
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 16 MPI_Type_vector

//! Wrong or right, as its argument says.

use mpi::{datatype::UserDatatype, traits::*};

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    for stride in 1..4 {
        let column = UserDatatype::vector(3, 1, stride, &i32::equivalent_datatype());
        if wrong && rank == 0 {
            std::mem::forget(column);
        }
    }
    world.barrier();
}
