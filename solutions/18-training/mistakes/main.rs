//! Grades the reference and every known mistake, with the exercise's own checks.

use training_solution as subject;

mod alone;
mod sums;
#[path = "../../../exercises/18-training/checks/tasks.rs"]
mod tasks;
mod together;

fn main() {
    let suite = tasks::suite()
        .mistakes(alone::MISTAKES)
        .mistakes(together::MISTAKES)
        .mistakes(sums::MISTAKES);
    harness_mpi::main(suite);
}
