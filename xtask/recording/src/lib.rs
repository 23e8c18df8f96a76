//! What the ranks of a job did in MPI: the model that everybody who reasons about it shares, and the
//! files in which ranks write it down.
//!
//! - [`event`]: a call, its arguments as far as they matter, and what came back.

pub mod event;
