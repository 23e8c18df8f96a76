//! Grades the reference and every known mistake, with the exercise's own checks.

use task_farm_solution as subject;

mod dealing;
mod farming;
mod losing;
mod pooling;
mod row;
#[path = "../../../exercises/11-task-farm/checks/tasks.rs"]
mod tasks;

fn main() {
    let suite = tasks::suite()
        .mistakes(row::MISTAKES)
        .mistakes(dealing::MISTAKES)
        .mistakes(farming::MISTAKES)
        .mistakes(pooling::MISTAKES)
        .mistakes(losing::MISTAKES);
    harness_mpi::main(suite);
}
