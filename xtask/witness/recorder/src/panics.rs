//! Panics of Rust programs that finalize MPI on their way out: values are dropped, one of them calls
//! `MPI_Finalize`, and there the rank waits for others that may wait for it. Seen from MPI alone, such a
//! rank has done its work.
//!
//! The unwinder's function is the only one that every panic goes through and that a library which was
//! loaded before the program can stand in for. A panic that is caught goes through it too: so it counts
//! only if the thread does nothing with MPI but to free and to finalize, and if the process does not
//! end well.

use crate::ending;
use recording::event::What;
use std::{
    ffi::{c_int, c_void},
    mem::transmute,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, ThreadId},
};

/// The last panic, and the thread that it is on.
struct Raised {
    thread: ThreadId,
    stack: Vec<u64>,
}

/// Whether there is one.
static IS_RAISED: AtomicBool = AtomicBool::new(false);
static RAISED: Mutex<Option<Raised>> = Mutex::new(None);

/// How Rust's standard library marks its exceptions: these eight bytes stand at the beginning of each.
const RUST: u64 = u64::from_ne_bytes(*b"MOZ\0RUST");

/// Stands in for the function that raises an exception, of Rust or of any other language.
///
/// # Safety
/// As the Itanium C++ ABI for exception handling asks: the exception is valid, and begins with its class.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _Unwind_RaiseException(exception: *mut c_void) -> c_int {
    type Raise = unsafe extern "C-unwind" fn(*mut c_void) -> c_int;
    // SAFETY: an exception begins with its class.
    let class = unsafe { exception.cast::<u64>().read() };
    // Older releases of Rust had them in the other order.
    if class == RUST || class == RUST.swap_bytes() {
        note();
    }
    // SAFETY: looks up a name; the function behind has this signature in every unwinder.
    let next = unsafe { libc::dlsym(libc::RTLD_NEXT, c"_Unwind_RaiseException".as_ptr()) };
    if next.is_null() {
        /// What the unwinder returns when it cannot unwind; the caller then ends the process.
        const FATAL_PHASE1_ERROR: c_int = 3;
        return FATAL_PHASE1_ERROR;
    }
    // SAFETY: handed on as it came. It unwinds through this function, which has nothing to drop.
    unsafe {
        let raise: Raise = transmute(next);
        raise(exception)
    }
}

#[inline(never)]
fn note() {
    let mut stack = [0; ending::STACK];
    let raised = Raised {
        thread: thread::current().id(),
        stack: ending::stack_of(&mut stack).to_vec(),
    };
    *RAISED.lock().unwrap_or_else(PoisonError::into_inner) = Some(raised);
    IS_RAISED.store(true, Ordering::Relaxed);
}

/// A call goes into MPI. Whoever communicates has caught the panic.
#[inline(always)]
pub(crate) fn goes_on(what: &What) {
    // The `mpi` crate asks for the communicator of the job's parent before it finalizes: that is `Make`.
    let tidies = matches!(
        what,
        What::Free(..)
            | What::Make(..)
            | What::FreeRequest(_)
            | What::Cancel(_)
            | What::Complete { .. }
            | What::Finalize
            | What::Epoch { .. }
            | What::Local { .. }
            | What::Other
    ) || matches!(what, What::Collective(collective, None) if collective.frees());
    if !tidies && IS_RAISED.load(Ordering::Relaxed) {
        forget();
    }
}

#[cold]
fn forget() {
    let mut raised = RAISED.lock().unwrap_or_else(PoisonError::into_inner);
    if raised
        .as_ref()
        .is_some_and(|raised| raised.thread == thread::current().id())
    {
        *raised = None;
        IS_RAISED.store(false, Ordering::Relaxed);
    }
}

/// `MPI_Finalize` is called.
pub(crate) fn finalizes() {
    if !IS_RAISED.load(Ordering::Relaxed) {
        return;
    }
    let raised = RAISED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(raised) = raised
        .as_ref()
        .filter(|raised| raised.thread == thread::current().id())
    {
        ending::note_panic(&raised.stack);
    }
}
