//! Grades the reference and every known mistake, with the exercise's own checks.

use k_means_solution as subject;

mod choosing;
mod digits;
mod rounds;
#[path = "../../../exercises/16-k-means/checks/tasks.rs"]
mod tasks;

fn main() {
    let suite = tasks::suite()
        .mistakes(rounds::MISTAKES)
        .mistakes(choosing::MISTAKES)
        .mistakes(digits::MISTAKES);
    harness_mpi::main(suite);
}
