//! Grades the reference and every known mistake, with the exercise's own checks.

use hybrid_mean_solution as subject;

mod blocks;
mod mean;
mod scaling;
mod scatter;
mod serial;
#[path = "../../../exercises/07-hybrid-mean/checks/tasks.rs"]
mod tasks;
mod threads;
mod variance;

fn main() {
    let suite = tasks::suite()
        .mistakes(serial::MISTAKES)
        .mistakes(blocks::MISTAKES)
        .mistakes(scatter::MISTAKES)
        .mistakes(threads::MISTAKES)
        .mistakes(mean::MISTAKES)
        .mistakes(variance::MISTAKES)
        .mistakes(scaling::MISTAKES);
    harness_mpi::main(suite);
}
