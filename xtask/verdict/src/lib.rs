//! What a check found, as types.
//!
//! - [`report`]: the report of one check, in the shape of `check --format json`;
//! - [`kind`]: the kinds of failure, whose names are a contract;
//! - [`reason`]: the rule behind a failure, more finely than its kind;
//! - [`wire`]: the records that ranks send to the grader, and the orders they get;
//! - [`part`]: which part of a job's recording is drawn;
//! - [`plural`]: counts in messages.
//!
//! Nothing here runs or prints; every output is a function of these types.

pub mod kind;
pub mod part;
pub mod reason;
pub mod report;
pub mod wire;
mod words;

pub use kind::Kind;
pub use part::Part;
pub use reason::Reason;
pub use report::{Failure, Mpi, Prints, Report, Status, Subject, TaskReport, Where};
pub use words::plural;
