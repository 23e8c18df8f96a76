//! Stands between a check program and MPI: counts what each rank calls and sends, knows which call
//! it is in, and hears of MPI's errors before MPI ends the job because of them.
//!
//! It defines MPI's functions under their own names and forwards each to its profiling twin
//! (`MPI_Send` to `PMPI_Send`; MPI standard 4.1, chapter 15). A program that links this crate needs
//! nothing else: its calls bind to the definitions here, not to those of the shared library.
//!
//! - `functions`: the table of functions;
//! - [`record`]: what is noted of a call: counters, the call in progress, errors.

// This crate's whole work is to stand in for C functions.
#![allow(unsafe_code)]

mod functions;
pub mod record;

pub use record::{Counts, Error, InProgress, Moved, Turn};

/// The names of the functions that are counted, in the same order in every program.
pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
    functions::ALL.iter().map(|(name, _)| *name)
}

/// Makes sure that the functions are linked, and has MPI return its errors instead of ending the
/// job; `on_error` is called with each, in the thread and below the call that caused it.
///
/// Call it once, right after MPI is initialized. Communicators made from the world inherit it.
pub fn install(on_error: fn(Error)) {
    assert!(
        functions::ALL
            .iter()
            .all(|(_, address)| !address.0.is_null())
    );
    record::install(on_error);
}
