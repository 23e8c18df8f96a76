//! What is noted of each call: counters, the call in progress, and MPI's errors.

use mpi::ffi::*;
use std::{
    collections::BTreeMap,
    ffi::{CStr, c_int},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// How often something was moved, and how many bytes in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Calls, or messages.
    pub times: u64,
    /// Bytes in all.
    pub bytes: u64,
}

impl Moved {
    fn add(&mut self, bytes: u64) {
        self.times += 1;
        self.bytes += bytes;
    }
}

/// What one rank did between two calls of [`take`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By MPI function: how often it was called, and the bytes of what it was given to send.
    pub calls: BTreeMap<&'static str, Moved>,
    /// Point-to-point messages by destination, as ranks of the communicator of the call.
    pub sent: BTreeMap<i32, Moved>,
    /// The calls that wait for one other rank, in their order.
    pub turns: Vec<Turn>,
}

/// A call that waits for one other rank, or may do so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A send in standard or synchronous mode, to a rank of the communicator of the call.
    Send(i32),
    /// A receive, or a probe that takes the message out of the queue; from any rank, when there is
    /// none.
    Receive(Option<i32>),
}

impl Turn {
    /// What a call waits for. Nobody waits for `MPI_PROC_NULL`, which every MPI gives a negative rank.
    fn of(function: &str, peer: Option<i32>) -> Option<Self> {
        match (function, peer) {
            (_, Some(..0)) => None,
            ("MPI_Send" | "MPI_Ssend", Some(peer)) => Some(Self::Send(peer)),
            ("MPI_Recv" | "MPI_Mprobe", _) => Some(Self::Receive(peer)),
            _ => None,
        }
    }
}

/// The call that the program is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InProgress {
    /// The function.
    pub function: &'static str,
    /// The other rank, as a rank of the call's communicator; none for collectives and wildcards.
    pub peer: Option<i32>,
    /// The tag; none for collectives and wildcards.
    pub tag: Option<i32>,
}

/// An error that MPI returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The function that returned it.
    pub function: &'static str,
    /// The error class (MPI standard 4.1, section 9.4), such as `MPI_ERR_TRUNCATE`.
    pub class: u32,
    /// The implementation's own words.
    pub text: String,
}

static WATCHING: AtomicBool = AtomicBool::new(false);
static SYNCHRONOUS: AtomicBool = AtomicBool::new(false);
static COUNTS: Mutex<Counts> = Mutex::new(Counts {
    calls: BTreeMap::new(),
    sent: BTreeMap::new(),
    turns: Vec::new(),
});
static IN_PROGRESS: Mutex<Option<InProgress>> = Mutex::new(None);
static ON_ERROR: OnceLock<fn(Error)> = OnceLock::new();

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn install(on_error: fn(Error)) {
    // Only the first call counts; the crate documents that there is one.
    let _ = ON_ERROR.set(on_error);
    // SAFETY: MPI is initialized (the caller's promise), and both handles are MPI's own constants.
    unsafe { PMPI_Comm_set_errhandler(RSMPI_COMM_WORLD, RSMPI_ERRORS_RETURN) };
}

/// Begins or ends noting calls: on while an answer runs, off while the harness itself calls MPI.
/// Returns whether it was on.
pub fn watch(on: bool) -> bool {
    WATCHING.swap(on, Ordering::AcqRel)
}

/// Whether calls are noted now.
pub fn is_watching() -> bool {
    WATCHING.load(Ordering::Acquire)
}

/// Begins or ends synchronous mode: from now on a standard send that is noted goes to its synchronous
/// twin (`MPI_Send` to `MPI_Ssend`, `MPI_Isend` to `MPI_Issend`), and is complete only when its receive
/// has begun. A standard send may always behave so (MPI standard 4.1, section 3.4): a program that
/// hangs only now has relied on MPI to buffer its messages. It is counted under the name by which it
/// was called. `MPI_Sendrecv` stays as it is: it cannot wait for itself. Returns whether it was on.
pub fn synchronous(on: bool) -> bool {
    SYNCHRONOUS.swap(on, Ordering::AcqRel)
}

/// Whether a standard send is to be made synchronous now: never one of the harness itself.
pub(crate) fn is_synchronous() -> bool {
    SYNCHRONOUS.load(Ordering::Acquire) && is_watching()
}

/// Hands out what was counted so far, and begins again from nothing.
pub fn take() -> Counts {
    std::mem::take(&mut *lock(&COUNTS))
}

/// How often an MPI function was called since the last [`take`], a call in progress included.
pub fn called(function: &str) -> u64 {
    lock(&COUNTS)
        .calls
        .get(function)
        .map_or(0, |moved| moved.times)
}

/// The MPI call that the program is in, if it is in one and that was noted.
pub fn in_progress() -> Option<InProgress> {
    *lock(&IN_PROGRESS)
}

/// A call on its way into MPI.
pub(crate) struct Call(Option<&'static str>);

/// Notes a call whose amount is not looked at.
pub(crate) fn calls(function: &'static str) -> Call {
    note(function, None, None)
}

/// Notes a call that waits for a message.
pub(crate) fn receives(function: &'static str, source: c_int, tag: c_int) -> Call {
    // SAFETY: both are constants that MPI has set before the program began.
    let (any_source, any_tag) = unsafe { (RSMPI_ANY_SOURCE, RSMPI_ANY_TAG) };
    let peer = (source != any_source).then_some(source);
    note(
        function,
        None,
        Some((peer, (tag != any_tag).then_some(tag))),
    )
}

/// Notes a collective that is given `count` elements to send.
pub(crate) fn moves(function: &'static str, count: c_int, datatype: MPI_Datatype) -> Call {
    note(function, Some((None, bytes(count, datatype))), None)
}

/// Notes a message of `count` elements to `destination`.
pub(crate) fn sends(
    function: &'static str,
    count: c_int,
    datatype: MPI_Datatype,
    destination: c_int,
    tag: c_int,
) -> Call {
    let amount = (Some(destination), bytes(count, datatype));
    note(function, Some(amount), Some((Some(destination), Some(tag))))
}

fn bytes(count: c_int, datatype: MPI_Datatype) -> u64 {
    if !WATCHING.load(Ordering::Acquire) {
        return 0;
    }
    let mut size = 0;
    // SAFETY: `size` outlives the call. A datatype that does not exist is an error that is
    // returned, because errors on the world return; the real call will report it.
    unsafe { PMPI_Type_size(datatype, &raw mut size) };
    u64::try_from(count).unwrap_or(0) * u64::try_from(size).unwrap_or(0)
}

/// Notes a call: what it sends, with the destination of a message, and with whom it deals.
fn note(
    function: &'static str,
    amount: Option<(Option<c_int>, u64)>,
    partner: Option<(Option<i32>, Option<i32>)>,
) -> Call {
    // Now it is the harness that calls, and nobody asks about that.
    if !WATCHING.load(Ordering::Acquire) {
        return Call(None);
    }
    let (destination, bytes) = amount.unwrap_or_default();
    let mut counts = lock(&COUNTS);
    counts.calls.entry(function).or_default().add(bytes);
    if let Some(destination) = destination {
        counts.sent.entry(destination).or_default().add(bytes);
    }
    let (peer, tag) = partner.unwrap_or_default();
    counts.turns.extend(Turn::of(function, peer));
    drop(counts);
    *lock(&IN_PROGRESS) = Some(InProgress {
        function,
        peer,
        tag,
    });
    Call(Some(function))
}

impl Call {
    /// Notes that MPI has returned, and reports an error.
    pub(crate) fn returned(self, code: c_int) -> c_int {
        let Self(Some(function)) = self else {
            return code;
        };
        *lock(&IN_PROGRESS) = None;
        if code != MPI_SUCCESS as c_int
            && let Some(on_error) = ON_ERROR.get()
        {
            on_error(explain(function, code));
        }
        code
    }
}

fn explain(function: &'static str, code: c_int) -> Error {
    let mut class = 0;
    let mut text = [0; MPI_MAX_ERROR_STRING as usize];
    let mut length = 0;
    // SAFETY: the buffer has the length that MPI asks for, and all three outlive the calls; MPI
    // ends the text with a zero, and the buffer began as zeros.
    let text = unsafe {
        PMPI_Error_class(code, &raw mut class);
        PMPI_Error_string(code, text.as_mut_ptr(), &raw mut length);
        CStr::from_ptr(text.as_ptr())
    };
    Error {
        function,
        class: u32::try_from(class).unwrap_or(MPI_ERR_UNKNOWN),
        text: text.to_string_lossy().into_owned(),
    }
}

/// Counts the messages that wait on a communicator and that nobody has received.
///
/// # Safety
/// `comm` must be a communicator that is not freed.
pub unsafe fn waiting(comm: MPI_Comm) -> Option<(i32, i32)> {
    // A message that was sent before all ranks were done is in reach, but MPI only sees it when it
    // looks, and it may look at one source at a time.
    const LOOKS: usize = 16;
    for _ in 0..LOOKS {
        let mut found = 0;
        // SAFETY: an all-zero status is a valid value of this struct of integers.
        let mut status: MPI_Status = unsafe { std::mem::zeroed() };
        // SAFETY: the communicator is the caller's promise; both results outlive the call.
        unsafe {
            PMPI_Iprobe(
                RSMPI_ANY_SOURCE,
                RSMPI_ANY_TAG,
                comm,
                &raw mut found,
                &raw mut status,
            );
        }
        if found != 0 {
            return Some((status.MPI_SOURCE, status.MPI_TAG));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_noted_is_made_synchronous() {
        assert!(!is_synchronous());
        assert!(!synchronous(true));
        assert!(!is_synchronous());
        watch(true);
        assert!(is_synchronous());
        assert!(synchronous(false));
        assert!(!is_synchronous());
        watch(false);
    }

    #[test]
    fn only_calls_that_wait_for_a_rank_are_turns() {
        assert_eq!(Turn::of("MPI_Send", Some(2)), Some(Turn::Send(2)));
        assert_eq!(
            Turn::of("MPI_Mprobe", Some(0)),
            Some(Turn::Receive(Some(0)))
        );
        assert_eq!(Turn::of("MPI_Recv", None), Some(Turn::Receive(None)));
        assert_eq!(Turn::of("MPI_Send", Some(-1)), None);
        assert_eq!(Turn::of("MPI_Isend", Some(2)), None);
        // A probe leaves the message to the receive that follows.
        assert_eq!(Turn::of("MPI_Probe", Some(2)), None);
    }
}
