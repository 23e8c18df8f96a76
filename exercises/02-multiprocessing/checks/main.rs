//! Grades the student's crate. The checks are in `tasks.rs`, which the reference is graded with too.

use multiprocessing as subject;

mod tasks;

fn main() {
    tasks::worker::obey_if_asked();
    harness::main(tasks::suite());
}
