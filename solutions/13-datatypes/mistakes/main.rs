//! Grades the reference and every known mistake, with the exercise's own checks.

use datatypes_solution as subject;

mod ring;
mod root;
#[path = "../../../exercises/13-datatypes/checks/tasks.rs"]
mod tasks;

fn main() {
    let suite = tasks::suite()
        .mistakes(ring::MISTAKES)
        .mistakes(root::MISTAKES);
    harness_mpi::main(suite);
}
