//! The course as it stands in the folders: exercises, tasks, hints, and the student's progress.
//!
//! Nothing is listed here: what an exercise is called, how it is divided and at which rank counts
//! it is checked is read from `exercises/NN-topic/exercise.toml`, and every other name (package,
//! programs, solution) is derived from the folder's name.
//!
//! - [`Course`]: finds and reads the exercises, and knows them by any spelling of their names;
//! - [`Exercise`], [`Task`], [`Limits`]: what was read;
//! - [`Track`]: the part of the course that an exercise or a deck belongs to;
//! - [`source`]: the functions of a Rust file, also of one that does not compile;
//! - [`stub`]: the pristine stubs, and the way back to them that loses no work;
//! - [`progress`]: what the student has done so far.
//!
//! Nothing here builds, runs or prints.

mod course;
pub mod durable;
mod exercise;
mod heading;
mod manifest;
#[cfg(test)]
mod miniature;
mod name;
pub mod progress;
pub mod source;
pub mod stub;
mod track;

pub use course::Course;
pub use exercise::{Exercise, Limits, Task};
pub use heading::{Section, section_before, slug};
pub use name::{Selection, UnknownName};
pub use progress::Progress;
pub use track::Track;
