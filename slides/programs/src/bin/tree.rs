//! A broadcast by hand: whoever has the number helps, and their number doubles in each round.

use mpi::traits::*;

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let (rank, size) = (world.rank(), world.size());
    let mut number = if rank == 0 { 42 } else { 0 };
    // Whoever has it sends it so far; at the beginning rank 0 half of the way.
    let mut far = size.cast_unsigned().next_power_of_two().cast_signed() / 2;
    while far > 0 {
        if rank % (2 * far) == 0 && rank + far < size {
            world.process_at_rank(rank + far).send(&number);
        } else if rank % (2 * far) == far {
            number = world.process_at_rank(rank - far).receive::<i32>().0;
        }
        far /= 2;
    }
    assert_eq!(number, 42);
}
