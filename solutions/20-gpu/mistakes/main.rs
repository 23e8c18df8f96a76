//! Grades the reference and every known mistake, with the exercise's own checks.

use gpu_solution as subject;

mod changed;
mod pieces;
mod places;
mod points;
#[path = "../../../exercises/20-gpu/checks/tasks.rs"]
mod tasks;
mod vectors;

fn main() {
    let suite = tasks::suite()
        .mistakes(places::DEVICE)
        .mistakes(vectors::ADD)
        .mistakes(vectors::SUM)
        .mistakes(points::MISTAKES)
        .mistakes(pieces::MISTAKES)
        .mistakes(places::ALL);
    harness_mpi::main(suite);
}
