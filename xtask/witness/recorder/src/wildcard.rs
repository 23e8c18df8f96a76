//! Which message a receive from any source takes. MPI leaves that open, and nearly always takes the one
//! that came first; a check can ask for another order, which is as good. Then a program that relies on
//! the usual one (the source of a probe, and then the message from anywhere) is wrong each time.

use crate::{abi::Handle, call, counts, library::abi, mpi};
use std::{
    ffi::c_int,
    sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

/// How long a call with a wildcard waits for ranks that have sent nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Until each has: no other rank waits for this one before it sends.
    Endless,
    /// Until nothing new has come for some time: a rank may be waiting for this one. Whatever a right
    /// program finds then is right; a wrong one is mostly given the choice that it gets wrong.
    Limited,
}

/// So many looks in a row at which no other rank has sent something end a limited patience.
const LOOKS: usize = 60;
/// After so many of them there is a pause between looks, for others to do something.
const QUICK: usize = 20;
/// The pause.
const PAUSE: Duration = Duration::from_millis(1);

/// Whether messages are rearranged, and the communicator on which ranks say that they are done.
static ON: AtomicBool = AtomicBool::new(false);
static LIMITED: AtomicBool = AtomicBool::new(false);
static DONE: AtomicUsize = AtomicUsize::new(0);
/// The rank whose message was found last.
static LAST: AtomicI32 = AtomicI32::new(0);

/// Rearranges from now on what calls with a wildcard for the source find, or no longer: they wait until
/// every other rank either has a message for this one or has sent one on `done`, which says that it has
/// no more, as far as their patience goes, and then look at the ranks in turn, downwards. Immediate
/// receives are left alone.
///
/// `done` must have the ranks of the communicator that the calls name, and must not be freed meanwhile.
pub fn rearrange(done: Option<(Handle, Patience)>) {
    let limited = done.is_some_and(|(_, patience)| patience == Patience::Limited);
    LIMITED.store(limited, Ordering::Relaxed);
    DONE.store(done.map_or(0, |(handle, _)| handle), Ordering::Relaxed);
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
    let mut open: Vec<c_int> = (0..size).filter(|rank| *rank != own).collect();
    let (limited, mut idle) = (LIMITED.load(Ordering::Relaxed), 0);
    loop {
        let before = open.len();
        open.retain(|rank| !settled(*rank));
        idle = if open.len() < before { 0 } else { idle + 1 };
        if open.is_empty() || limited && idle > LOOKS {
            break;
        }
        if limited && idle > QUICK {
            thread::sleep(PAUSE);
        } else {
            thread::yield_now();
        }
    }
    let last = LAST.load(Ordering::Relaxed);
    let mut next = (1..=size).map(|step| (last - step).rem_euclid(size));
    let found = next.find(|rank| waits(*rank, tag, comm))?;
    LAST.store(found, Ordering::Relaxed);
    Some(found)
}
