//! Mistakes in the task `hello`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{environment::processor_name, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("hello": hello = counts_from_one => WrongResult,
        "counts ranks from 1"),
    mistake!("hello": hello = size_first => WrongResult,
        "takes the number of ranks for the rank"),
    mistake!("hello": hello = only_rank_0 => WrongResult,
        "lets only rank 0 say something, as if there were one program"),
    mistake!("hello": hello = another_world => WrongResult,
        "asks the communicator of all processes instead of the one that it is given"),
    mistake!("hello": hello = starts_again => Panic,
        "initializes MPI in the function, which is possible only once"),
    mistake!("hello": hello = with_a_barrier => WrongOperation,
        "waits for all ranks first"),
    mistake!("hello": hello = host_of_rank_0 => TooMuchCommunication,
        "sends the name of rank 0's machine to all ranks"),
];

fn host() -> String {
    processor_name().unwrap_or_default()
}

fn counts_from_one(world: &SimpleCommunicator) -> String {
    format!(
        "rank {} of {} on {}",
        world.rank() + 1,
        world.size(),
        host()
    )
}

fn size_first(world: &SimpleCommunicator) -> String {
    format!("rank {} of {} on {}", world.size(), world.rank(), host())
}

fn only_rank_0(world: &SimpleCommunicator) -> String {
    if world.rank() > 0 {
        return String::new();
    }
    mpi_p2p_solution::hello(world)
}

fn another_world(_: &SimpleCommunicator) -> String {
    mpi_p2p_solution::hello(&SimpleCommunicator::world())
}

fn starts_again(_: &SimpleCommunicator) -> String {
    let universe = mpi::initialize().unwrap();
    mpi_p2p_solution::hello(&universe.world())
}

fn with_a_barrier(world: &SimpleCommunicator) -> String {
    world.barrier();
    mpi_p2p_solution::hello(world)
}

fn host_of_rank_0(world: &SimpleCommunicator) -> String {
    if world.rank() > 0 {
        let (host, _) = world.process_at_rank(0).receive_vec::<u8>();
        let host = String::from_utf8_lossy(&host);
        return format!("rank {} of {} on {host}", world.rank(), world.size());
    }
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(host().as_bytes());
    }
    mpi_p2p_solution::hello(world)
}
