//! Builds an exercise's check program, runs it on every rank count, and merges what the ranks say
//! into a report. It shows nothing: what goes on is told as [`Event`]s.
//!
//! - [`build`]: the check program, or what the compiler says against it;
//! - `contents`: what a build was made from, whatever the times of files say;
//! - [`job`]: one start of the ranks, from the first task to the last or to the first that ends it;
//! - [`stack`]: return addresses become lines and reasons;
//! - [`merge`]: the records of the ranks become the verdict about one task at one rank count;
//! - [`check()`]: all tasks at all rank counts, as a [`Report`](verdict::Report); [`show()`] the same,
//!   and [`Shown`]: one of its runs to look at; [`check_built()`]: the same of a program that is there;
//! - [`mistakes`]: every known mistake, and the verdict that it got.

mod buffers;
pub mod build;
mod check;
mod contents;
pub mod job;
pub mod merge;
pub mod mistakes;
mod printed;
mod progress;
mod shown;
mod signature;
pub mod stack;

pub use build::{BuildFailure, Program};
pub use check::{Checked, Request, check, check_built, draw_seed, show};
pub use job::Interrupted;
pub use progress::{Progress, watched};
pub use shown::{Recording, Shown};

/// What the grader is doing, for whoever shows progress.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The check program is being built.
    Building {
        /// The cargo package.
        package: &'a str,
    },
    /// How far that is.
    Built(Progress<'a>),
    /// Ranks are being started.
    Starting {
        /// How many; none without MPI.
        ranks: Option<u32>,
    },
    /// A task runs.
    Running {
        /// The task.
        task: &'a str,
        /// At how many ranks; none without MPI.
        ranks: Option<u32>,
    },
}
