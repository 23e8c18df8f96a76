//! What a task left behind, looked for once all ranks are done with it.

// A communicator's handle is handed to the C interface.
#![allow(unsafe_code)]

use crate::Check;
use harness::{death, identity};
use mpi::{ffi::RSMPI_COMM_WORLD, traits::AsRaw};
use verdict::Kind;

/// Reports a message that nobody received, on the task's communicator or on the world's.
pub(crate) fn leftovers(mut check: Check) {
    witness::record::watch(false);
    let raw = check.world().as_raw();
    // SAFETY: the task's communicator lives in `check`, and the world is never freed.
    let found = unsafe {
        witness::record::waiting(raw).or_else(|| witness::record::waiting(RSMPI_COMM_WORLD))
    };
    if let Some((source, tag)) = found {
        let message = format!(
            "a message from rank {source} with tag {tag} has arrived at {}, and nobody received it",
            identity::who()
        );
        check.fail(death::failure(Kind::UnmatchedMessage, message));
    }
}
