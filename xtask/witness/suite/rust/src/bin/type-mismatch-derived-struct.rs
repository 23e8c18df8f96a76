// about: a struct of two f32 and an i32 is received as three f32; an equal struct under another name is allowed
// verdict: type-mismatch
// ranks: 2 3 4 8
// lines: 35 MPI_Send, 38 MPI_Recv

//! Wrong or right, as its argument says.

use mpi::traits::*;

#[derive(Equivalence)]
struct Point {
    x: f32,
    y: f32,
    id: i32,
}

#[derive(Default, Equivalence)]
struct Place {
    across: f32,
    up: f32,
    number: i32,
}

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank == 0 {
        let point = Point {
            x: 0.5,
            y: 1.5,
            id: 7,
        };
        world.process_at_rank(1).send(&point);
    } else if rank == 1 && wrong {
        let mut numbers = [0.0_f32; 3];
        world.process_at_rank(0).receive_into(&mut numbers);
    } else if rank == 1 {
        let mut place = Place::default();
        world.process_at_rank(0).receive_into(&mut place);
        assert_eq!((place.across, place.up, place.number), (0.5, 1.5, 7));
    }
}
