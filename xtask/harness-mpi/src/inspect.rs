//! What a task left behind, looked for once all ranks are done with it, or with a part of it.

// A communicator's handle is handed to the C interface.
#![allow(unsafe_code)]

use crate::Check;
use harness::{channel, death, identity};
use mpi::{ffi::MPI_Comm, point_to_point::Status, topology::SimpleCommunicator, traits::*};
use verdict::{Kind, wire::Record};

/// Reports a message that nobody received. A process that takes no part in the task looks too.
pub(crate) fn leftovers(check: Option<Check>) {
    recorder::aside(true);
    let found = match &check {
        Some(check) => waiting(check.world()),
        None => waiting_in_world(),
    };
    if let Some(message) = found {
        channel::say(&Record::Failed {
            failure: death::failure(Kind::UnmatchedMessage, message),
            fatal: false,
        });
    }
}

/// Tells of a message that has arrived and that nobody received, on the task's communicator or on
/// the world's.
pub(crate) fn waiting(world: &SimpleCommunicator) -> Option<String> {
    let own = on(world).map(|(source, tag)| {
        format!(
            "a message from rank {source} with tag {tag} arrived at {}, but was never received",
            identity::who()
        )
    });
    own.or_else(waiting_in_world)
}

/// The same on the world's communicator, which no task is given.
fn waiting_in_world() -> Option<String> {
    let world = SimpleCommunicator::world();
    let (_, tag) = on(&world)?;
    take_all(&world);
    Some(format!(
        "a message with tag {tag} was sent on MPI_COMM_WORLD, but was never received: the function is \
         given a communicator of its own, in which the ranks are other processes"
    ))
}

/// Takes the messages that wait on a communicator which later tasks have too, so that they are not found
/// there again. Long ones stay: they may need a sender that is in no call any more.
fn take_all(communicator: &SimpleCommunicator) {
    const BUFFERED: i32 = 4096;
    let any = communicator.any_process();
    let short = || {
        any.immediate_probe()
            .is_some_and(|found| bytes(found) <= BUFFERED)
    };
    while short()
        && let Some((message, status)) = any.immediate_matched_probe()
    {
        let mut room = vec![0_u8; bytes(status).unsigned_abs() as usize];
        message.matched_receive_into(&mut room[..]);
    }
}

fn bytes(status: Status) -> i32 {
    status.count(u8::equivalent_datatype())
}

/// The source and the tag of a message that waits on a communicator.
pub(crate) fn on(communicator: &SimpleCommunicator) -> Option<(i32, i32)> {
    // SAFETY: the communicator is borrowed.
    unsafe { recorder::waiting(handle(communicator.as_raw())) }
}

/// A communicator as the recorder names it: a number of 32 bits or a pointer, by the MPI.
pub(crate) fn handle(communicator: MPI_Comm) -> usize {
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
