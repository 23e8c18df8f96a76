//! What the `mpi` crate lacks and this course needs, in that crate's style and behind safe interfaces.
//!
//! - [`OwnOperation`]: reduction operations of one's own, without libffi;
//! - [`Neighbour`] and [`send_receive_into`]: a process that may not be there, `MPI_PROC_NULL`.

mod neighbour;
mod operation;

pub use neighbour::{Neighbour, send_receive_into};
pub use operation::{OwnOperation, take_broken_promise};
