//! What the ranks of a job did in MPI: the model that everybody who reasons about it shares, and the
//! files in which ranks write it down.
//!
//! - [`event`]: a call, its arguments as far as they matter, and what came back.
//! - [`functions`]: MPI's functions, by number.
//! - [`mod@format`]: how a call is laid out in a rank's file: records of 128 bytes, each sealed.
//! - [`header`]: the first page of that file: who writes it, and how far it is.
//! - [`clock`]: the counter that ranks stamp their records with, and what it is in nanoseconds.
//! - [`reader`]: follows the files of a folder while ranks write them.
//!
//! Ranks write with the `recorder` crate.

pub mod clock;
pub mod event;
pub mod format;
pub mod functions;
pub mod header;
pub mod reader;

pub use reader::{Batch, News, Reader};

/// The environment variable with the folder into which ranks record; without it they do not.
pub const FOLDER: &str = "WORKBOOK_RECORDING";
/// The environment variable that makes standard sends synchronous, if it is `1`.
pub const STRICT: &str = "WORKBOOK_STRICT";
/// The environment variable that has ranks note how their process ends early, if it is `1`.
pub const ENDINGS: &str = "WORKBOOK_ENDINGS";
