//! What a check found, as types.
//!
//! - [`report`]: the report of one check, in the shape of `check --format json`;
//! - [`kind`]: the kinds of failure, whose names are a contract;
//! - [`wire`]: the records that ranks send to the grader, and the orders they get;
//! - [`plural`]: counts in messages.
//!
//! Nothing here runs or prints; every output is a function of these types.

pub mod kind;
pub mod report;
pub mod wire;
mod words;

pub use kind::Kind;
pub use report::{Failure, Mpi, Report, Status, Subject, TaskReport, Where};
pub use words::plural;
