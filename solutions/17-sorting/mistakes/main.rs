//! Grades the reference and every known mistake, with the exercise's own checks.

use sorting_solution as subject;

mod lists;
mod order;
mod sample;
mod shares;
#[path = "../../../exercises/17-sorting/checks/tasks.rs"]
mod tasks;

fn main() {
    let suite = tasks::suite()
        .mistakes(order::MISTAKES)
        .mistakes(sample::MISTAKES)
        .mistakes(shares::MISTAKES);
    harness_mpi::main(suite);
}
