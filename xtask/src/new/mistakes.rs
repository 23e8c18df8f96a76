//! Grades the reference and every known mistake, with the exercise's own checks.

use CRATE_solution as subject;

#[path = "../../../exercises/FOLDER/checks/tasks.rs"]
mod tasks;

fn main() {
    let suite = tasks::suite();
    HARNESS::main(suite);
}
