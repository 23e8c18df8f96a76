//! Grades the reference and every known mistake, with the exercise's own checks.

use heat_solution as subject;

mod alone;
mod habits;
mod hiding;
mod rows;
#[path = "../../../exercises/08-heat/checks/tasks.rs"]
mod tasks;
mod tiles;

fn main() {
    let suite = tasks::suite()
        .mistakes(alone::MISTAKES)
        .mistakes(rows::MISTAKES)
        .mistakes(hiding::MISTAKES)
        .mistakes(tiles::MISTAKES);
    harness_mpi::main(suite);
}
