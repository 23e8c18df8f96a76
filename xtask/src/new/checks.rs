//! Grades the student's crate. The checks are in `tasks.rs`, which the reference is graded with too.

use CRATE as subject;

mod tasks;

fn main() {
    HARNESS::main(tasks::suite());
}
