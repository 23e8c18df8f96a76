//! Finds an MPI and a libclang, or installs private ones, and tells cargo about them.
//!
//! Everything it makes lies in the git-ignored `.workbook` folder; nothing outside changes.
//!
//! - [`ensure`] is the one entry: it gives an [`Environment`] to build and to launch with, in a few
//!   stats of files when nothing has changed;
//! - [`mpi`]: what is known of an MPI, and how its ranks are started;
//! - [`trouble`]: what a machine can lack, and what to type there;
//! - [`Notice`]: what it says while it works;
//! - [`machine`] and [`hello()`]: what `doctor` reports.
//!
//! It does not judge, build or run an exercise.

pub mod machine;
pub mod mpi;
pub mod trouble;

mod choose;
mod compiler;
mod config;
mod files;
mod hello;
mod inspect;
mod install;
mod libclang;
mod notice;
mod process;
mod python;
mod record;
mod surroundings;
mod words;

#[cfg_attr(target_os = "macos", path = "os/macos.rs")]
#[cfg_attr(not(target_os = "macos"), path = "os/linux.rs")]
mod os;

pub use choose::{Choice, Environment, ensure};
pub use hello::hello;
pub use install::{Package, install};
pub use libclang::Libclang;
pub use machine::{Machine, probe_machine};
pub use mpi::{CONFINING, Flavour, Mpi};
pub use notice::{Notice, Step};
pub use process::stop_when;
pub use record::Decision;
pub use trouble::{Lack, Trouble};
