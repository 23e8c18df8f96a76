//! Grades the reference and every known mistake, with the exercise's own checks.

use parallel_io_solution as subject;

mod arrays;
mod checkpoint;
mod log;
mod npy;
#[path = "../../../exercises/15-parallel-io/checks/tasks.rs"]
mod tasks;

fn main() {
    let suite = tasks::suite()
        .mistakes(arrays::MISTAKES)
        .mistakes(npy::MISTAKES)
        .mistakes(log::MISTAKES)
        .mistakes(checkpoint::MISTAKES);
    harness_mpi::main(suite);
}
