//! Grades the reference and every known mistake, with the exercise's own checks.

use spawn_solution as subject;

mod meeting;
mod merge;
mod parting;
mod programs;
#[path = "../../../exercises/12-spawn/checks/tasks.rs"]
mod tasks;
mod workers;

fn main() {
    let suite = tasks::suite()
        .mistakes(workers::MISTAKES)
        .mistakes(merge::MISTAKES)
        .mistakes(programs::MISTAKES)
        .mistakes(meeting::MISTAKES)
        .mistakes(parting::MISTAKES);
    harness_mpi::main(suite);
}
