//! Grades the reference and every known mistake, with the exercise's own checks.

use pi_solution as subject;

mod integrate;
mod reduce;
mod same_digits;
mod serial;
mod statistics;
mod streams;
#[path = "../../../exercises/06-pi/checks/tasks.rs"]
mod tasks;
mod threads;

fn main() {
    let suite = tasks::suite()
        .mistakes(serial::MISTAKES)
        .mistakes(streams::MISTAKES)
        .mistakes(reduce::MISTAKES)
        .mistakes(threads::MISTAKES)
        .mistakes(same_digits::MISTAKES)
        .mistakes(statistics::MISTAKES)
        .mistakes(integrate::MISTAKES);
    harness_mpi::main(suite);
}
