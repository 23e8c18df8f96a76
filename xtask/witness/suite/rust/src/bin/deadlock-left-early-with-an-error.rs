// about: rank 1 leaves its work with an error, and MPI is finalized for it while rank 0 waits for its message
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 16 MPI_Recv, 29 MPI_Finalize

//! Wrong or right, as its argument says.

use mpi::{topology::SimpleCommunicator, traits::*};
use std::num::ParseIntError;

fn work(world: &SimpleCommunicator, input: &str) -> Result<(), ParseIntError> {
    let number: i32 = input.parse()?;
    if world.rank() == 1 {
        world.process_at_rank(0).send(&number);
    } else if world.rank() == 0 {
        let (twin, _) = world.process_at_rank(1).receive::<i32>();
        assert_eq!(twin, number);
    }
    Ok(())
}

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    let input = if wrong && rank == 1 { "" } else { "42" };
    let done = work(&world, input);
    drop(universe);
    assert_eq!(done.is_err(), wrong);
}
