//! The checks of exercise NUMBER: one source for the student's crate, the reference and every mistake.

use HARNESS::{Check, Suite};

HARNESS::answers! {
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
}
