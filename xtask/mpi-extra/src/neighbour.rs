//! A neighbor that may not be there, for the `mpi` crate: `MPI_PROC_NULL` (MPI standard 4.1, "Null
//! Processes").
//!
//! What is sent to no process goes nowhere, and what is received from no process comes at once and
//! leaves the buffer as it was. The crate's own `process_at_rank` refuses such a rank, since its
//! `receive` returns a value, and from no process there is none to return. Here a receive has a buffer.

// To receive from a rank of its own, the `mpi` crate asks for a promise.
#![allow(unsafe_code)]

use crate::{persistent::Persistent, traits::PersistentSource};
use mpi::{
    Rank,
    datatype::{Buffer, BufferMut, Equivalence},
    ffi,
    point_to_point::{self, Status},
    request::{Request, Scope},
    topology::SimpleCommunicator,
    traits::{AsCommunicator, Communicator, Destination, Source},
};

/// The process at some rank, or no process, `MPI_PROC_NULL`.
///
/// It is a [`Destination`]: `send` and all its kin work with it.
///
/// ```standalone_crate
/// use mpi::traits::*;
/// use mpi_extra::Neighbour;
///
/// let universe = mpi::initialize().unwrap();
/// let world = universe.world();
/// // Each rank asks the one before it; rank 0 has none, and keeps its own.
/// let mut heard = world.rank();
/// Neighbour::at(&world, world.rank() + 1).send(&world.rank());
/// Neighbour::at(&world, world.rank() - 1).receive_into(&mut heard);
/// ```
pub struct Neighbour<'a, C: Communicator = SimpleCommunicator> {
    world: &'a C,
    rank: Rank,
}

// Derived, they would ask for a communicator that can be copied.
impl<C: Communicator> Clone for Neighbour<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Communicator> Copy for Neighbour<'_, C> {}

impl<'a, C: Communicator> Neighbour<'a, C> {
    /// The process at `rank`; no process, when there is no such rank: -1 lies before the first, the
    /// number of ranks behind the last.
    pub fn at(world: &'a C, rank: Rank) -> Self {
        if (0..world.size()).contains(&rank) {
            return Self { world, rank };
        }
        // SAFETY: a constant, which MPI's library brings along.
        let rank = unsafe { ffi::RSMPI_PROC_NULL };
        Self { world, rank }
    }

    /// Whether there is a process.
    pub fn exists(&self) -> bool {
        // SAFETY: as in `at`.
        self.rank != unsafe { ffi::RSMPI_PROC_NULL }
    }

    /// Receives a message into `buffer`; from no process, at once, and leaves `buffer` as it is.
    pub fn receive_into<B: BufferMut + ?Sized>(&self, buffer: &mut B) -> Status {
        Origin(self).receive_into(buffer)
    }

    /// Starts to receive a message into `buffer`; from no process, it is complete at once, and `buffer` stays
    /// as it is: `MPI_Irecv`.
    pub fn immediate_receive_into<'b, B: BufferMut + ?Sized + 'b, S: Scope<'b>>(
        &self,
        scope: S,
        buffer: &'b mut B,
    ) -> Request<'b, B, S> {
        Origin(self).immediate_receive_into(scope, buffer)
    }

    /// Sets up the receiving into `buffer` of a message with any tag, again and again: see
    /// [`persistent`](crate::persistent). From no process it is complete as soon as it is started.
    pub fn receive_init<'b, T: Equivalence, S: Scope<'b>>(
        &self,
        scope: S,
        buffer: &'b mut [T],
    ) -> Persistent<'b, T, S> {
        Origin(self).receive_init(scope, buffer)
    }
}

/// Sends `message` to `destination`, and at the same time receives one from `source` into `buffer`,
/// which stays as it is when `source` is no process: `MPI_Sendrecv`.
pub fn send_receive_into<M: Buffer + ?Sized, B: BufferMut + ?Sized, C: Communicator>(
    message: &M,
    destination: &Neighbour<'_, C>,
    buffer: &mut B,
    source: &Neighbour<'_, C>,
) -> Status {
    point_to_point::send_receive_into(message, destination, buffer, &Origin(source))
}

impl<C: Communicator> AsCommunicator for Neighbour<'_, C> {
    type Out = C;

    fn as_communicator(&self) -> &C {
        self.world
    }
}

impl<C: Communicator> Destination for Neighbour<'_, C> {
    fn destination_rank(&self) -> Rank {
        self.rank
    }
}

/// A neighbor to receive from. It stays in here: whoever has a [`Source`] may also ask it for a
/// value, and no process would leave that uninitialized.
struct Origin<'a, C: Communicator>(&'a Neighbour<'a, C>);

impl<C: Communicator> AsCommunicator for Origin<'_, C> {
    type Out = C;

    fn as_communicator(&self) -> &C {
        self.0.world
    }
}

// SAFETY: the rank is one of the communicator, or MPI_PROC_NULL, from which MPI allows to receive. Only
// functions that receive into a buffer are called with it, which is initialized as it comes.
unsafe impl<C: Communicator> Source for Origin<'_, C> {
    fn source_rank(&self) -> Rank {
        self.0.rank
    }
}
