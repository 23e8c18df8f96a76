//! Grades the reference and every known mistake, with the exercise's own checks.

use multiprocessing_solution as subject;

mod cost;
mod crash;
mod pipes;
mod pool;
mod shared;
mod spawn;
mod staying;
#[path = "../../../exercises/02-multiprocessing/checks/tasks.rs"]
mod tasks;

fn main() {
    tasks::worker::obey_if_asked();
    let suite = tasks::suite()
        .mistakes(spawn::MISTAKES)
        .mistakes(pipes::MISTAKES)
        .mistakes(pool::MISTAKES)
        .mistakes(crash::MISTAKES)
        .mistakes(shared::MISTAKES)
        .mistakes(cost::MISTAKES)
        .mistakes(staying::MISTAKES);
    harness::main(suite);
}
