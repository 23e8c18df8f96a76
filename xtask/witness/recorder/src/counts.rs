//! Counts for the harness of checks: what one rank called and sent since it last asked. They need no
//! folder for records.

use crate::{
    abi::Handle,
    library::abi,
    mpi::{self, Slot, mpi},
    tables::Comm,
};
use recording::functions;
use std::{
    collections::BTreeMap,
    ffi::{c_int, c_void},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering},
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

/// The calls of one function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// How often.
    pub times: u64,
    /// How often on a communicator of fewer processes than [`expect`] has named.
    pub partial: u64,
    /// How often on one of more.
    pub beyond: u64,
    /// The bytes that it was given to send, or to write, one-sided or to a file.
    pub given: u64,
    /// The bytes that a collective was given room for, or an operation that reads, one-sided or from a file. Those that messages
    /// bring are counted where they are sent.
    pub got: u64,
    /// The bytes of the largest element that it was given to send.
    pub widest: u64,
    /// How often its datatype said that what it was given to send lies apart: with gaps, or in another order.
    pub given_apart: u64,
    /// How often its datatype said so of what it was to receive.
    pub got_apart: u64,
}

/// What one rank did between two calls of [`take`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By MPI function.
    pub calls: BTreeMap<&'static str, Called>,
    /// Point-to-point messages by the destination's [place](recording::place); a negative one is
    /// nobody.
    pub sent: BTreeMap<i32, Moved>,
    /// The calls that wait for one other rank, in their order.
    pub turns: Vec<Turn>,
    /// The [places](recording::place) of the processes whose messages a receive or a matched probe took,
    /// in the order in which it took them. Those of immediate receives are not among them: when such a
    /// message came, nobody sees.
    pub arrivals: Vec<u32>,
    /// The messages and collectives, by function, communicator and peer.
    pub among: Vec<Among>,
}

/// The calls of one function with one peer on one communicator: those that move something, and barriers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Among {
    /// The function.
    pub function: &'static str,
    /// The communicator, as a number: no two that there are at the same time have the same.
    pub communicator: usize,
    /// The [places](recording::place) of its members, in the order of their ranks.
    pub members: Vec<u32>,
    /// Those of the other group, if it is an intercommunicator.
    pub remote: Option<Vec<u32>>,
    /// Whom the calls name.
    pub peer: Peer,
    /// How often.
    pub times: u64,
    /// The bytes that it was given to send.
    pub given: u64,
    /// The number of the first of them, among all such calls of this rank.
    pub first: u64,
    /// The number of the last of them.
    pub last: u64,
}

impl Among {
    /// Whether the function sends or receives messages, or looks for one.
    pub fn is_message(&self) -> bool {
        const STEMS: [&str; 4] = ["send", "recv", "probe", "start"];
        let name = self.function.to_ascii_lowercase();
        STEMS.iter().any(|stem| name.contains(stem))
    }
}

/// Whom a call names: as destination or source of a message, or as root of a collective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Nobody: it is a collective without a root.
    Unnamed,
    /// A process, by its rank in the communicator, or in the other group.
    Rank(i32),
    /// Any source.
    Any,
    /// `MPI_PROC_NULL`; of a collective between groups: another process of the same group is the root.
    Nobody,
    /// `MPI_ROOT`: of a collective between groups, whose root is this process.
    Itself,
}

impl Peer {
    /// Of a message.
    pub fn of_message(peer: c_int) -> Self {
        match peer {
            any if any == abi().any_source => Self::Any,
            _ => Self::of_root(peer),
        }
    }

    /// Of a collective.
    pub fn of_root(root: c_int) -> Self {
        match root {
            nobody if nobody == abi().proc_null => Self::Nobody,
            itself if itself == abi().root => Self::Itself,
            rank => Self::Rank(rank),
        }
    }
}

/// A call that waits for one other rank, or may do so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A send in standard or synchronous mode, to the process of this [place](recording::place).
    Send(i32),
    /// A receive, or a probe that takes the message out of the queue, from the process of this place;
    /// from any, when there is none.
    Receive(Option<i32>),
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
    /// The error class (MPI standard 4.1, section 9.4), such as that of `MPI_ERR_TRUNCATE`. Each
    /// implementation has its own numbers.
    pub class: u32,
    /// The implementation's own words.
    pub text: String,
}

#[derive(Debug)]
struct Kept {
    calls: Vec<Called>,
    sent: BTreeMap<i32, Moved>,
    turns: Vec<Turn>,
    arrivals: Vec<u32>,
    among: BTreeMap<(u16, usize, u64, Peer), Alike>,
    /// How many calls were counted in it.
    moves: u64,
    now: Option<InProgress>,
}

/// What is kept of calls that are alike.
#[derive(Debug)]
struct Alike {
    comm: Arc<Comm>,
    moved: Moved,
    first: u64,
    last: u64,
}

static KEPT: Mutex<Kept> = Mutex::new(Kept {
    calls: Vec::new(),
    sent: BTreeMap::new(),
    turns: Vec::new(),
    arrivals: Vec::new(),
    among: BTreeMap::new(),
    moves: 0,
    now: None,
});
/// How many processes take part in what is counted.
static EXPECTED: AtomicU32 = AtomicU32::new(0);
/// The node on which this rank is said to be; negative for the one on which it is.
static NODE: AtomicI32 = AtomicI32::new(-1);
static ON_ERROR: OnceLock<fn(Error)> = OnceLock::new();
static ON_ABORT: OnceLock<fn(c_int)> = OnceLock::new();
/// Who is told of each call before it is made.
static BEFORE: Mutex<Option<fn(&'static str)>> = Mutex::new(None);
static IS_HEARD: AtomicBool = AtomicBool::new(false);

fn lock() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says whom to tell: `on_error` of each error, `on_abort` of an `MPI_Abort`, with its code.
pub fn tell(on_error: fn(Error), on_abort: fn(c_int)) {
    // Only the first call counts; it is documented that there is one.
    let _ = ON_ERROR.set(on_error);
    let _ = ON_ABORT.set(on_abort);
}

/// Has `hear` told of each call that is counted, by its name, before MPI is entered; or nobody.
pub fn before_each(hear: Option<fn(&'static str)>) {
    *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = hear;
    IS_HEARD.store(hear.is_some(), Ordering::Relaxed);
}

/// Says how many processes take part in what is counted from now on.
pub fn expect(processes: u32) {
    EXPECTED.store(processes, Ordering::Relaxed);
}

/// Hands out what was counted so far, and begins again from nothing.
pub fn take() -> Counts {
    let mut kept = lock();
    let calls = std::mem::take(&mut kept.calls);
    kept.moves = 0;
    let calls = (0u16..).zip(calls).filter(|(_, called)| called.times > 0);
    Counts {
        calls: calls
            .filter_map(|(function, called)| Some((functions::name(function)?, called)))
            .collect(),
        sent: std::mem::take(&mut kept.sent),
        turns: std::mem::take(&mut kept.turns),
        arrivals: std::mem::take(&mut kept.arrivals),
        among: std::mem::take(&mut kept.among)
            .into_iter()
            .filter_map(|((function, handle, _, peer), kind)| {
                Some(Among {
                    function: functions::name(function)?,
                    communicator: handle,
                    members: kind.comm.members.to_vec(),
                    remote: kind.comm.remote.as_ref().map(|remote| remote.to_vec()),
                    peer,
                    times: kind.moved.times,
                    given: kind.moved.bytes,
                    first: kind.first,
                    last: kind.last,
                })
            })
            .collect(),
    }
}

/// Lets `MPI_Comm_split_type` answer from now on as if this rank were on the node of this number, with the
/// others that are said to be there; or as it is, if there is none. Ranks of one machine so see several.
/// All ranks that make such a call together must have a node, or none of them.
pub fn pretend_node(node: Option<u16>) {
    NODE.store(node.map_or(-1, i32::from), Ordering::Relaxed);
}

/// The node on which this rank is said to be.
pub(crate) fn pretended_node() -> Option<c_int> {
    let node = NODE.load(Ordering::Relaxed);
    (node >= 0).then_some(node)
}

/// How often an MPI function was called since the last [`take`], a call in progress included.
pub fn called(function: &str) -> u64 {
    let Some(function) = functions::find(function) else {
        return 0;
    };
    let kept = lock();
    let called = kept.calls.get(usize::from(function));
    called.map_or(0, |called| called.times)
}

/// The MPI call that the program is in, if it is in one and that was counted.
pub fn in_progress() -> Option<InProgress> {
    lock().now
}

/// What a call is, for the counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Note {
    /// The bytes that it was given to send.
    pub given: u64,
    /// The bytes that a collective was given room for.
    pub got: u64,
    /// The bytes of the largest element that it was given to send.
    pub widest: u64,
    /// How many processes its communicator has, where that matters.
    pub processes: Option<usize>,
    /// The destination of a message, as a rank of the call's communicator.
    pub to: Option<i32>,
    /// The same by its [place](recording::place), where it is known.
    pub to_place: Option<u32>,
    /// The source from which it waits for one, and whether it takes it: none within for any.
    pub from: Option<Option<i32>>,
    /// The tag, unless it is any.
    pub tag: Option<i32>,
    /// In whose turn the call is.
    pub turn: Option<Turn>,
}

/// The calls of each function, by its number.
fn calls(kept: &mut Kept) -> &mut [Called] {
    if kept.calls.is_empty() {
        kept.calls = vec![Called::default(); functions::NAMES.len()];
    }
    &mut kept.calls
}

/// Counts a call whose datatype says that what it is given, or else what it is to receive, lies apart.
pub fn note_apart(function: u16, given: bool) {
    let mut kept = lock();
    if let Some(called) = calls(&mut kept).get_mut(usize::from(function)) {
        called.given_apart += u64::from(given);
        called.got_apart += u64::from(!given);
    }
}

/// Counts a call.
pub fn note(function: u16, note: Note) {
    let name = functions::name(function).unwrap_or("");
    if IS_HEARD.load(Ordering::Relaxed) {
        let hear = *BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hear) = hear {
            hear(name);
        }
    }
    let mut kept = lock();
    let expected = EXPECTED.load(Ordering::Relaxed) as usize;
    if let Some(called) = calls(&mut kept).get_mut(usize::from(function)) {
        called.times += 1;
        let has = |unlike: fn(&usize, &usize) -> bool| {
            u64::from(
                note.processes
                    .is_some_and(|processes| unlike(&processes, &expected)),
            )
        };
        called.partial += has(usize::lt);
        called.beyond += has(usize::gt);
        called.given += note.given;
        called.got += note.got;
        called.widest = called.widest.max(note.widest);
    }
    if let Some(to) = note.to {
        let place = note.to_place.map_or(to, |place| place as i32);
        kept.sent.entry(place).or_default().add(note.given);
    }
    kept.turns.extend(note.turn);
    kept.now = Some(InProgress {
        function: name,
        peer: note.to.or(note.from.flatten()),
        tag: note.tag,
    });
}

/// Counts a call that moves something, or is a barrier, under its communicator.
pub fn note_among(function: u16, handle: Handle, comm: &Arc<Comm>, peer: Peer, given: u64) {
    let mut kept = lock();
    kept.moves += 1;
    let number = kept.moves;
    // A handle is given out again, an identity is not.
    let key = (function, handle, comm.id.0, peer);
    let kind = kept.among.entry(key).or_insert_with(|| Alike {
        comm: Arc::clone(comm),
        moved: Moved::default(),
        first: number,
        last: number,
    });
    kind.moved.add(given);
    kind.last = number;
}

/// Counts a message that was set up before, and is sent now, to the process of this place.
pub fn started(place: i32, bytes: u64) {
    lock().sent.entry(place).or_default().add(bytes);
}

/// Notes that a call has taken a message from the process of this place.
pub fn arrived(place: u32) {
    lock().arrivals.push(place);
}

/// Notes that MPI has returned, and reports an error.
pub fn returned(function: u16, code: c_int) {
    lock().now = None;
    if code != 0
        && let Some(on_error) = ON_ERROR.get()
    {
        on_error(explain(functions::name(function).unwrap_or(""), code));
    }
}

/// Says that the job is about to be ended with this code, to whoever wants to know.
pub fn aborting(code: c_int) {
    if let Some(on_abort) = ON_ABORT.get() {
        on_abort(code);
    }
}

#[cold]
fn explain(function: &'static str, code: c_int) -> Error {
    let (class, text) = mpi::error(code);
    Error {
        function,
        class: u32::try_from(class).unwrap_or(0),
        text,
    }
}

/// Finds a message that waits on a communicator and that nobody has received: its source and tag.
///
/// # Safety
/// `comm` must be a communicator that is not freed.
pub unsafe fn waiting(comm: Handle) -> Option<(i32, i32)> {
    // A message that was sent before all ranks were done is in reach, but MPI only sees it when it
    // looks, and it may look at one source at a time.
    const LOOKS: usize = 16;
    let abi = abi();
    // SAFETY: the caller's promise.
    (0..LOOKS).find_map(|_| unsafe { look(abi.any_source, abi.any_tag, comm) })
}

/// Looks once for a message from a rank, or from any, with a tag, or with any: its source and tag.
///
/// # Safety
/// `comm` must be a communicator that is not freed.
pub(crate) unsafe fn look(source: c_int, tag: c_int, comm: Handle) -> Option<(i32, i32)> {
    let abi = abi();
    let mut found: c_int = 0;
    let mut status = [
        Slot::default(),
        Slot::default(),
        Slot::default(),
        Slot::default(),
    ];
    let status: *mut c_void = status.as_mut_ptr().cast();
    // SAFETY: the communicator is the caller's promise; both results outlive the call, and four
    // words are room for the status of every interface.
    unsafe {
        mpi!(PMPI_Iprobe(
            source => c_int,
            tag => c_int,
            comm => Handle,
            &raw mut found => *mut c_int,
            status => *mut c_void,
        ));
        let at = |offset| status.byte_add(offset).cast::<c_int>().read_unaligned();
        (found != 0).then(|| (at(abi.status.source), at(abi.status.tag)))
    }
}
