//! Grades the reference and every known mistake, with the exercise's own checks.

use one_sided_solution as subject;

mod broken;
mod fences;
mod few;
mod locks;
#[path = "../../../exercises/14-one-sided/checks/tasks.rs"]
mod tasks;

fn main() {
    let suite = tasks::suite()
        .mistakes(fences::MISTAKES)
        .mistakes(locks::MISTAKES)
        .mistakes(few::MISTAKES)
        .mistakes(broken::MISTAKES);
    harness_mpi::main(suite);
}
