//! What the `mpi` crate lacks and this course needs, in that crate's style and behind safe interfaces.
//!
//! - [`OwnOperation`]: reduction operations of one's own, without libffi;
//! - [`Neighbour`] and [`send_receive_into`]: a process that may not be there, `MPI_PROC_NULL`;
//! - [`datatype`]: subarrays, resized datatypes, and views of a slice by any datatype, checked;
//! - [`in_place`]: gather, scatter and reduce whose own part is there already, `MPI_IN_PLACE`;
//! - [`neighbourhood`]: one call that exchanges with all neighbors of a Cartesian grid or of a graph;
//! - [`persistent`]: messages that are set up once and sent or received many times;
//! - [`between`]: collectives between the two groups of an intercommunicator;
//! - [`port`]: programs that were not started together, and meet at a port or by the name of a service;
//! - [`window`]: memory that other ranks read and write, one-sided, and memory that ranks of a node share;
//! - [`mod@file`]: files that all ranks read and write together, MPI-IO.
//!
//! What the crate has, it has: communicators split by shared memory (`split_shared`), and processes that
//! are started by others (`spawn`, `parent`, `merge`).

pub mod between;
mod contents;
pub mod datatype;
pub mod file;
pub mod in_place;
mod neighbour;
pub mod neighbourhood;
mod operation;
pub mod persistent;
pub mod port;
pub mod window;

pub use neighbour::{Neighbour, send_receive_into};
pub use operation::{OwnOperation, take_broken_promise};

/// All traits of this crate, beside those of [`mpi::traits`].
pub mod traits {
    pub use crate::{
        between::Between,
        file::ParallelIo,
        in_place::{CollectivesInPlace, RootInPlace},
        neighbourhood::Neighbourhood,
        persistent::{PersistentDestination, PersistentSource},
        port::Meet,
        window::OneSided,
    };
}
