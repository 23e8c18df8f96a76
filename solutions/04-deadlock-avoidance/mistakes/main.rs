//! Grades the reference and every known mistake, with the exercise's own checks.

use deadlock_avoidance_solution as subject;

#[path = "../../../exercises/04-deadlock-avoidance/checks/tasks.rs"]
mod tasks;

fn main() {
    harness_mpi::main(tasks::suite());
}
