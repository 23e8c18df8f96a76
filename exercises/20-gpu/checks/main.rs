//! Grades the student's crate. The checks are in `tasks.rs`, which the reference is graded with too.

use gpu as subject;

mod tasks;

fn main() {
    harness_mpi::main(tasks::suite());
}
