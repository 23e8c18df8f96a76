//! What a task left behind, looked for once all ranks are done with it, or with a part of it.

// A communicator's handle is handed to the C interface.
#![allow(unsafe_code)]

use crate::Check;
use harness::{death, identity};
use mpi::{ffi::RSMPI_COMM_WORLD, topology::SimpleCommunicator, traits::AsRaw};
use verdict::Kind;

/// Reports a message that nobody received.
pub(crate) fn leftovers(mut check: Check) {
    witness::record::watch(false);
    if let Some(message) = waiting(check.world()) {
        check.fail(death::failure(Kind::UnmatchedMessage, message));
    }
}

/// Tells of a message that has arrived and that nobody received, on the task's communicator or on
/// the world's.
pub(crate) fn waiting(world: &SimpleCommunicator) -> Option<String> {
    let raw = world.as_raw();
    // SAFETY: the task's communicator is borrowed, and the world's is never freed.
    let found = unsafe {
        witness::record::waiting(raw).or_else(|| witness::record::waiting(RSMPI_COMM_WORLD))
    };
    found.map(|(source, tag)| {
        format!(
            "a message from rank {source} with tag {tag} has arrived at {}, and nobody received it",
            identity::who()
        )
    })
}
