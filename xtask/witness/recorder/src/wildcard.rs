//! Which message a receive from any source takes. MPI leaves that open, and nearly always takes the one
//! that came first; a check can ask for another order, which is as good. Then a program that relies on
//! the usual one (the source of a probe, and then the message from anywhere) is wrong each time.

use crate::{abi::Handle, call, counts, library::abi, mpi};
use std::{
    ffi::c_int,
    sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering},
    thread,
};

/// Whether messages are rearranged, and the communicator on which ranks say that they are done.
static ON: AtomicBool = AtomicBool::new(false);
static DONE: AtomicUsize = AtomicUsize::new(0);
/// The rank whose message was found last.
static LAST: AtomicI32 = AtomicI32::new(0);

/// Rearranges from now on what calls with a wildcard for the source find, or no longer: they wait until
/// every other rank either has a message for this one or has sent one on `done`, which says that it has
/// no more, and then look at the ranks in turn, downwards. Immediate receives are left alone.
///
/// It is for answers in which no other rank waits for this one before it sends. `done` must have the
/// ranks of the communicator that the calls name, and must not be freed meanwhile.
pub fn rearrange(done: Option<Handle>) {
    DONE.store(done.unwrap_or(0), Ordering::Relaxed);
    LAST.store(0, Ordering::Relaxed);
    ON.store(done.is_some(), Ordering::Release);
}

/// The source that a call asks for in place of the one that it was given.
pub(crate) fn source(given: c_int, tag: c_int, comm: Handle) -> c_int {
    let any = given == abi().any_source;
    if any && ON.load(Ordering::Acquire) && !call::is_aside() {
        another(tag, comm).unwrap_or(given)
    } else {
        given
    }
}

#[cold]
fn another(tag: c_int, comm: Handle) -> Option<c_int> {
    let (done, any_tag) = (DONE.load(Ordering::Relaxed), abi().any_tag);
    let size = mpi::size(comm);
    if mpi::size(done) != size {
        return None;
    }
    // SAFETY: the program's call names the communicator; the other one is alive (see `rearrange`).
    let waits = |rank, tag, comm| unsafe { counts::look(rank, tag, comm) }.is_some();
    let settled = |rank| waits(rank, any_tag, comm) || waits(rank, any_tag, done);
    let own = mpi::rank(comm);
    for rank in (0..size).filter(|rank| *rank != own) {
        while !settled(rank) {
            thread::yield_now();
        }
    }
    let last = LAST.load(Ordering::Relaxed);
    let mut next = (1..=size).map(|step| (last - step).rem_euclid(size));
    let found = next.find(|rank| waits(*rank, tag, comm))?;
    LAST.store(found, Ordering::Relaxed);
    Some(found)
}
