//! Grades the reference and every known mistake, with the exercise's own checks.

use measuring_solution as subject;

mod logs;
mod network;
mod nodes;
mod numbers;
#[path = "../../../exercises/19-measuring/checks/tasks.rs"]
mod tasks;
mod timing;

fn main() {
    let suite = tasks::suite()
        .mistakes(timing::MISTAKES)
        .mistakes(numbers::MISTAKES)
        .mistakes(nodes::MISTAKES)
        .mistakes(logs::MISTAKES)
        .mistakes(network::MISTAKES);
    harness_mpi::main(suite);
}
