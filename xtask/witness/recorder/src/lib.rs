//! Sits inside each rank, between the program and MPI: writes every call down before it goes into
//! MPI and again when it is back, finds wrong arguments, and counts for the harness of checks.
//!
//! It defines MPI's functions under their own names and forwards each to its profiling twin
//! (`MPI_Send` to `PMPI_Send`; MPI standard 5.0, chapter 15). A check program links it; into any
//! other program it is loaded before MPI (`LD_PRELOAD`). It knows no header of any MPI: which of the
//! binary interfaces lies below is seen at run time.
//!
//! What it does depends on the environment:
//! - `WORKBOOK_RECORDING`: the folder to write into (the `recording` crate reads it). Without it calls are
//!   handed on, and counted if the harness asks.
//! - `WORKBOOK_STRICT=1`: standard sends and collectives are made synchronous.
//! - `WORKBOOK_ENDINGS=1`: a rank notes how its process ends, if that is before `MPI_Finalize`.
//! - `WORKBOOK_CPU_TIME=1`: times are those that the process has computed, in place of the clock's.
//! - `WORKBOOK_PARK=0`: a rank whose call is wrong goes on, instead of sleeping until it is ended.
//! - `WORKBOOK_RECORDING_LIMIT`: the bytes that a rank's file may occupy; 1 GiB if it is not set.
//!
//! The parts:
//! - `functions`: MPI's functions.
//! - `call`: a call on its way.
//! - `tables`: what handles stand for; `signature`: what datatypes consist of.
//! - `worlds`: processes that the job starts, and connects to.
//! - `agree`: whether ranks agree on a collective.
//! - `place`: where a call was made; `python`: in a Python program. `checksum`: of send buffers; `posted`:
//!   whether those of receives are written; `heap`: whether the memory of either is freed.
//! - `log`: the rank's file. `ending`: how its process ends.
//! - `library`, `abi`, `mpi`: the library below. `refusals`: the errors that it finds.
//! - `counts`: what the harness asks. `wildcard`: which message a wildcard takes, if the harness rearranges.

// This crate's whole work is to stand in for C functions.
#![allow(unsafe_code)]

mod abi;
mod agree;
mod call;
mod checksum;
mod counts;
mod ending;
#[allow(non_snake_case, reason = "the standard's names")]
mod functions;
mod heap;
mod library;
mod log;
mod mixed;
mod modules;
mod mpi;
#[cfg(feature = "preloaded")]
mod panics;
mod place;
mod posted;
mod python;
mod refusals;
mod signature;
mod tables;
mod threads;
mod topology;
mod wildcard;
mod worlds;

pub use call::{aside, is_aside, is_strict, strict};
pub use counts::{
    Among, Called, Counts, Error, InProgress, Moved, Peer, Turn, before_each, called, expect,
    in_progress, pretend_node, take, waiting,
};
pub use log::begun;
pub use recording::{order, place};
pub use wildcard::{Patience, rearrange};
/// The number of a process in the recording, by its rank in its own `MPI_COMM_WORLD`: those that others have
/// started come after all that were there before.
pub use worlds::number as process;

/// The name of a function that is counted, by its number, and the number by its name: the same in every
/// program.
pub use recording::functions::{find as number, name};

/// Makes sure that the functions are linked, counts from now on, once [`aside`] is taken back, and
/// has MPI return its errors instead of ending the job; `on_error` is called with each, in the thread
/// and below the call that caused it. `on_abort` is called with the code of an `MPI_Abort`, before MPI
/// is entered: some libraries end the process without a word. A Cartesian grid whose ranks MPI may reorder has
/// them in reverse order from now on, so that nobody relies on the usual one.
///
/// Call it once, right after MPI is initialized. Communicators made from the world inherit it. From
/// here on calls are the harness's own, until `aside(false)`.
pub fn install(on_error: fn(Error), on_abort: fn(std::ffi::c_int)) {
    assert!(functions::all().all(|(_, entry)| !entry.0.is_null()));
    counts::tell(on_error, on_abort);
    aside(true);
    call::start_counting();
    mpi::return_errors();
}

/// Begins a new part of the program, which has nothing in common with the one before: what is found in each part is
/// told of each, and a request that was never completed is none of those to come, even if MPI calls one of these by the
/// same handle.
pub fn new_part() {
    place::new_part();
    tables::with(tables::Tables::forget_requests);
}
