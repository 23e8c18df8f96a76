//! Grades the reference and every known mistake, with the exercise's own checks.

use communicators_solution as subject;

mod broken;
mod grids;
mod making;
mod moving;
mod nodes;
#[path = "../../../exercises/09-communicators/checks/tasks.rs"]
mod tasks;

fn main() {
    let suite = tasks::suite()
        .mistakes(making::MISTAKES)
        .mistakes(moving::MISTAKES)
        .mistakes(grids::MISTAKES)
        .mistakes(nodes::MISTAKES)
        .mistakes(broken::MISTAKES);
    harness_mpi::main(suite);
}
