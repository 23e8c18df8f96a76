//! What a task left behind, looked for once all ranks are done with it, or with a part of it.

// A communicator's handle is handed to the C interface.
#![allow(unsafe_code)]

use crate::Check;
use harness::{death, identity};
use mpi::{ffi::MPI_Comm, topology::SimpleCommunicator, traits::AsRaw};
use verdict::Kind;

/// Reports a message that nobody received.
pub(crate) fn leftovers(mut check: Check) {
    recorder::aside(true);
    if let Some(message) = waiting(check.world()) {
        check.fail(death::failure(Kind::UnmatchedMessage, message));
    }
}

/// Tells of a message that has arrived and that nobody received, on the task's communicator or on
/// the world's.
pub(crate) fn waiting(world: &SimpleCommunicator) -> Option<String> {
    let communicators = [world.as_raw(), SimpleCommunicator::world().as_raw()];
    let found = communicators.into_iter().find_map(|communicator| {
        // SAFETY: the task's communicator is borrowed, and the world's is never freed.
        unsafe { recorder::waiting(handle(communicator)) }
    });
    found.map(|(source, tag)| {
        format!(
            "a message from rank {source} with tag {tag} has arrived at {}, and nobody received it",
            identity::who()
        )
    })
}

/// A communicator as the recorder names it: a number of 32 bits or a pointer, by the MPI.
fn handle(communicator: MPI_Comm) -> usize {
    let mut bytes = [0; size_of::<usize>()];
    // SAFETY: a handle is a plain number or pointer, no longer than a word, without padding; the
    // array has room for it.
    unsafe {
        std::ptr::copy_nonoverlapping(
            (&raw const communicator).cast::<u8>(),
            bytes.as_mut_ptr(),
            size_of::<MPI_Comm>(),
        );
    }
    // A handle that is shorter than a word keeps its value only where its low end comes first.
    usize::from_le_bytes(bytes)
}
