//! Grades the reference and every known mistake, with the exercise's own checks.

use collectives_solution as subject;

mod scatter;
#[path = "../../../exercises/05-collectives/checks/tasks.rs"]
mod tasks;

fn main() {
    let suite = tasks::suite().mistakes(scatter::MISTAKES);
    harness_mpi::main(suite, env!("CARGO_MANIFEST_DIR"));
}
