//! Grades the reference and every known mistake, with the exercise's own checks.

use parameters_solution as subject;

mod count;
mod environment;
mod refuse;
mod sources;
#[path = "../../../exercises/10-parameters/checks/tasks.rs"]
mod tasks;

fn main() {
    let suite = tasks::suite()
        .mistakes(count::MISTAKES)
        .mistakes(environment::MISTAKES)
        .mistakes(sources::MISTAKES)
        .mistakes(refuse::MISTAKES);
    harness_mpi::main(suite);
}
