//! A call into MPI, as a rank wrote it down: before it went in, and once it came back.
//!
//! Ranks are always ranks of `MPI_COMM_WORLD`, whatever the communicator of the call. Communicators,
//! datatypes and places are named by numbers that are defined once ([`Definition`]).

use std::sync::Arc;

/// A rank of `MPI_COMM_WORLD`.
pub type Rank = u32;

/// A communicator, under one name on all its ranks: computed from its parent, from how many were
/// made of that parent before, and from what tells its siblings apart (colour, members).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommId(pub u64);

impl CommId {
    /// `MPI_COMM_WORLD`; that of the first world, if others were spawned.
    pub const WORLD: Self = Self(0);

    /// The upper half of what names another world's: by chance one in four thousand million others has it.
    const OTHER_WORLD: u64 = 0x574F_524C_0000_0000;

    /// The `MPI_COMM_WORLD` whose rank 0 has this number.
    #[must_use]
    pub const fn world(base: Rank) -> Self {
        match base {
            0 => Self::WORLD,
            base => Self(Self::OTHER_WORLD | base as u64),
        }
    }

    /// Whether it is the `MPI_COMM_WORLD` of a world.
    #[must_use]
    pub const fn is_world(self) -> bool {
        self.0 == 0 || self.0 & !(Rank::MAX as u64) == Self::OTHER_WORLD
    }
}

/// A datatype, as numbered by one rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub u32);

/// A reduction operation, as numbered by one rank; predefined ones have the same number everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u32);

impl OpId {
    /// `MPI_NO_OP`.
    pub const NO_OP: Self = Self(14);
}

/// A request, as numbered by one rank in the order in which it got them: never the handle, which MPI
/// gives out again. A persistent request keeps its number over all its starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A message taken out of the queue by a matched probe, as numbered by one rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// A stack of return addresses, as numbered by one rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceId(pub u32);

impl PlaceId {
    /// Of a call that nobody asks for the place of. It is never defined.
    pub const NONE: Self = Self(u32::MAX - 1);
}

/// A call of one rank.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number among the rank's calls: 0, 1, 2 …; over all threads, in the order in which they
    /// went in.
    pub number: u64,
    /// The thread, counted from 0 in the order in which threads first called MPI.
    pub thread: u16,
    /// The function, such as `MPI_Send`.
    pub function: &'static str,
    /// Where it was called.
    pub place: PlaceId,
    /// Whether the harness of a check called it, not the program that is looked at.
    pub aside: bool,
    /// When it went in: nanoseconds of the machine's monotonic clock.
    pub entered: u64,
    /// How it came back; none while it is inside MPI.
    pub left: Option<Left>,
    /// What it does.
    pub what: What,
    /// What was found wrong with it before it went into MPI. The rank is parked then: the call is
    /// never entered, unless the rank was told to go on.
    pub complaint: Option<Complaint>,
}

/// What is wrong with a call, as the rank itself can tell before it goes into MPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// MPI does not allow the value of an argument.
    Argument {
        /// Which argument.
        argument: Argument,
        /// Its value. Of a handle: 0 if it is null, 1 if it was freed, 2 if it is
        /// none at all, 3 if it is a communicator without the grid that the call is about.
        value: i64,
        /// The first value that would be too large, where there is one: the size of the
        /// communicator, the largest tag and one.
        limit: Option<i64>,
    },
    /// A call before `MPI_Init`.
    BeforeInit,
    /// A call after `MPI_Finalize`.
    AfterFinalize,
    /// `MPI_Init` for a second time.
    InitTwice,
    /// A thread that may not call MPI, or not now.
    Threads {
        /// The level of threads that the program was told: 0 single, 1 funneled, 2 serialized.
        level: u8,
        /// Up to funneled the thread that may call MPI; else the one that is in MPI too.
        other: u16,
    },
    /// The rank that arrived first at this collective called it otherwise.
    Differs {
        /// The rank that arrived first, or at least before this one.
        first: Rank,
        /// What that rank called: its function, which may be the same.
        function: &'static str,
        /// In what they differ.
        what: Difference,
        /// The value here: a root (rank of `MPI_COMM_WORLD`), an [`OpId`], a number of elements, bytes.
        here: i64,
        /// The value there.
        there: i64,
    },
}

/// An argument that was found wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Argument {
    /// The rank of a destination.
    Destination,
    /// The rank of a source.
    Source,
    /// The tag.
    Tag,
    /// The number of elements.
    Count,
    /// The root.
    Root,
    /// The communicator.
    Communicator,
    /// The datatype.
    Datatype,
    /// The datatype: a derived one, that was not committed.
    Uncommitted,
    /// The operation.
    Operation,
    /// The request.
    Request,
    /// The window.
    Window,
    /// The file.
    File,
    /// The group.
    Group,
    /// The buffer: a null address, for so many elements.
    Buffer,
    /// `MPI_IN_PLACE` where this rank may not use it.
    InPlace,
    /// The colour of a split.
    Colour,
    /// The length of a Cartesian grid in a dimension.
    Dimension,
    /// The number of places in a Cartesian grid.
    Grid,
    /// The message of a buffered send: the bytes that it needs in the buffer that is attached, which has fewer.
    Room,
    /// The buffer that is attached for buffered sends, which is there no more: 1 if it was freed, 2 if it lay
    /// in a function that has returned.
    Attached,
    /// The number of a partition.
    Partition,
    /// The number of a partition that was marked as ready before.
    Ready,
    /// The request of a send in partitions: one that was not started.
    NotStarted,
}

/// An error that MPI found in a call: it refused it. Or an exception of an interpreted program that
/// nobody has caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The thread that called.
    pub thread: u16,
    /// The function; empty if it is not known.
    pub function: &'static str,
    /// Where it was called.
    pub place: PlaceId,
    /// When MPI refused it: nanoseconds of the machine's monotonic clock.
    pub at: u64,
    /// Whether it ends the job; else the program got the error, as it had asked for.
    pub fatal: bool,
    /// Whether it is an exception: then the class is its type, the text what it says, and the place where
    /// it was raised.
    pub raised: bool,
    /// The error class, such as `MPI_ERR_RANK`; empty if it is not known.
    pub class: Arc<str>,
    /// What MPI says of it (`MPI_Error_string`).
    pub text: Arc<str>,
    /// Where it is no error, but an `MPI_Abort` that was called by a function which runs within another call.
    pub abort: Option<Abort>,
}

/// A call of `MPI_Abort` within another call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abort {
    /// The error code that the program named.
    pub code: i32,
    /// The function of the other call; empty if it is not known.
    pub within: &'static str,
}

/// In what two ranks' calls of the same collective differ. In the order in which they are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Difference {
    /// They called different collectives, or one waits and the other does not.
    Function,
    /// The root.
    Root,
    /// The operation.
    Operation,
    /// How much is moved: bytes.
    Amount,
    /// The same number of bytes, of another type.
    Datatype,
}

/// How a call came back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Left {
    /// When: nanoseconds of the machine's monotonic clock.
    pub at: u64,
    /// What it returned; 0 is `MPI_SUCCESS`.
    pub code: i32,
    /// What it completed: for a blocking receive, a probe that found something or a send-receive one
    /// entry without a request; for waits and tests an entry for each request that they completed. A call
    /// that ends an epoch, or flushes, has one for each one-sided operation whose buffer the program has
    /// changed or given back before.
    pub completed: Vec<Completed>,
}

/// An operation that came to its end, and the status that MPI gave for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The request; none for the call's own operation.
    pub request: Option<RequestId>,
    /// Where the message came from; none for sends, collectives and `MPI_PROC_NULL`.
    pub source: Option<Rank>,
    /// The message's tag, where there is a source.
    pub tag: i32,
    /// Bytes received, where there is a source and MPI tells.
    pub bytes: Option<u64>,
    /// Whether it was cancelled instead.
    pub cancelled: bool,
    /// Whether the program has written to the buffer meanwhile, as far as the rank looked.
    pub changed: bool,
    /// Why the buffer was there no more, if so.
    pub gone: Option<Gone>,
    /// Of what that is said; of a message that was received always of the buffer.
    pub part: Part,
}

/// Memory of the program that belongs to MPI until an operation is complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The buffer.
    #[default]
    Buffer,
    /// The counts, or the displacements, of a collective.
    Counts,
    /// This partition of the buffer of a send in partitions.
    Partition(u32),
}

/// Why a buffer is there no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gone {
    /// It lay in a stack frame of the thread, of a function that has returned.
    Returned,
    /// It lay in memory that was freed.
    Freed,
}

/// What a call does.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Sends, blocking (without a request) or immediate (with one).
    Send(Send, Option<RequestId>),
    /// Receives, blocking or immediate.
    Receive(Receive, Option<RequestId>),
    /// Sends and receives at once (`MPI_Sendrecv`, `MPI_Sendrecv_replace`), blocking or immediate:
    /// waits for both.
    SendReceive(Send, Receive, Option<RequestId>),
    /// Looks for a message.
    Probe {
        /// The communicator.
        comm: CommId,
        /// From whom.
        source: Source,
        /// With which tag.
        tag: Tag,
        /// Whether it waits until there is one.
        waits: bool,
        /// For a matched probe: the message that it took, once it has returned with one. Only
        /// [`What::MatchedReceive`] can receive it then.
        takes: Option<Option<MessageId>>,
        /// How often in a row the same probe found nothing, this call included.
        in_vain: u64,
    },
    /// Receives a message that a matched probe took.
    MatchedReceive {
        /// The message; none for `MPI_MESSAGE_NO_PROC`.
        message: Option<MessageId>,
        /// The room for it.
        data: Data,
        /// With one it is immediate.
        request: Option<RequestId>,
    },
    /// Makes a persistent request; nothing moves yet.
    Prepare(RequestId, Box<Persistent>),
    /// Starts persistent requests.
    Start(Vec<RequestId>),
    /// Marks partitions of a send as ready (`MPI_Pready` and its kin).
    Ready(RequestId, Vec<u32>),
    /// Waits for requests, or tests them. Null and inactive requests are left out.
    Complete {
        /// All of them, or one, or as many as are done.
        how: How,
        /// Whether it waits; a test does not.
        waits: bool,
        /// Which.
        requests: Vec<RequestId>,
        /// How often in a row the same test found nothing, this call included.
        in_vain: u64,
    },
    /// Cancels a request.
    Cancel(RequestId),
    /// Gives a request up without waiting for it.
    FreeRequest(RequestId),
    /// A collective, blocking or immediate.
    Collective(Collective, Option<RequestId>),
    /// Makes an object that must be freed, or a communicator without all ranks of another taking
    /// part. None until it has returned one.
    Make(Object, Option<u64>),
    /// Frees an object; none if it is not known which.
    Free(Object, Option<u64>),
    /// Starts MPI.
    Init,
    /// Ends MPI: waits for all ranks that have not ended it.
    Finalize,
    /// Ends the job.
    Abort {
        /// The error code that the program named.
        code: i32,
    },
    /// Reads or writes the memory of a window, one-sided.
    OneSided(OneSided),
    /// Begins or ends an epoch of one-sided communication, completes operations within one, or changes which
    /// memory a window without an end opens; all ranks of the window together do the first by a collective
    /// (`MPI_Win_fence`).
    Epoch {
        /// The window, by its own communicator.
        window: CommId,
        /// What is done.
        step: Step,
    },
    /// Reads or writes a buffer of this rank, and is done with it when it returns (`MPI_Pack`,
    /// `MPI_Unpack`).
    Local {
        /// The buffer.
        data: Data,
        /// Whether it is written.
        written: bool,
    },
    /// Anything else; whether it waits is not known, so nobody is accused because of it.
    Other,
}

/// An operation of one-sided communication (MPI standard 5.0, section 12.3). Which it is, the function
/// says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneSided {
    /// The window, by its own communicator.
    pub window: CommId,
    /// In whose memory; none is `MPI_PROC_NULL`.
    pub target: Option<Rank>,
    /// What is read at the origin, or written there by a get.
    pub origin: Data,
    /// What is touched at the target: in place of the address the displacement, in the target's units.
    pub there: Data,
    /// Where what was found at the target is written to, by those that fetch and change it.
    pub result: Option<Data>,
    /// The operation of an accumulate.
    pub op: Option<OpId>,
    /// Its number, also of one that has no request of its own.
    pub id: RequestId,
    /// Whether it has a request, to be waited for.
    pub has_request: bool,
}

/// What begins or ends an epoch (MPI standard 5.0, section 12.5), or opens memory to others and closes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `MPI_Win_lock`; of nobody for `MPI_PROC_NULL`.
    Lock {
        /// Whose memory.
        target: Option<Rank>,
        /// Whether nobody else may hold it.
        exclusive: bool,
    },
    /// `MPI_Win_unlock`.
    Unlock(Option<Rank>),
    /// `MPI_Win_lock_all`.
    LockAll,
    /// `MPI_Win_unlock_all`.
    UnlockAll,
    /// `MPI_Win_flush` and its kin.
    Flush {
        /// The operations on whose memory; none for all.
        target: Option<Rank>,
        /// Whether they are complete at the origin only.
        local: bool,
    },
    /// `MPI_Win_start`, with the ranks whose memory will be touched; none if they are not known.
    Start(Option<Arc<[Rank]>>),
    /// `MPI_Win_complete`.
    Complete,
    /// `MPI_Win_post`, with the ranks that will touch the memory; none if they are not known.
    Post(Option<Arc<[Rank]>>),
    /// `MPI_Win_wait`.
    Wait,
    /// `MPI_Win_test`; it has ended the epoch if it completed something.
    Test,
    /// `MPI_Win_sync`.
    Sync,
    /// `MPI_Win_attach`: opens memory of the rank.
    Attach {
        /// Where it begins.
        address: u64,
        /// Its bytes.
        size: u64,
    },
    /// `MPI_Win_detach`: closes the memory that begins there.
    Detach(u64),
}

impl Step {
    /// The operations that it completes, at the origin at least, by whose memory they are on: that of one
    /// rank, or within, if that is none, of all. None if it completes none.
    #[must_use]
    pub fn completes(&self) -> Option<Option<Rank>> {
        match self {
            Self::Flush { target, .. } => Some(*target),
            Self::Unlock(Some(target)) => Some(Some(*target)),
            Self::UnlockAll | Self::Complete => Some(None),
            _ => None,
        }
    }

    /// Whose memory alone it is about.
    #[must_use]
    pub fn target(&self) -> Option<Rank> {
        match self {
            Self::Lock { target, .. } | Self::Unlock(target) | Self::Flush { target, .. } => {
                *target
            }
            _ => None,
        }
    }
}

/// What a program promises of a fence (MPI standard 5.0, section 12.5.5): a sum of these.
pub mod assertion {
    /// `MPI_MODE_NOSTORE`.
    pub const NO_STORE: u32 = 1;
    /// `MPI_MODE_NOPUT`.
    pub const NO_PUT: u32 = 2;
    /// `MPI_MODE_NOPRECEDE`.
    pub const NO_PRECEDE: u32 = 4;
    /// `MPI_MODE_NOSUCCEED`.
    pub const NO_SUCCEED: u32 = 8;
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// The communicator.
    pub comm: CommId,
    /// To whom; none is `MPI_PROC_NULL`.
    pub to: Option<Rank>,
    /// The tag.
    pub tag: i32,
    /// The mode in which the program asked for it.
    pub mode: Mode,
    /// Whether it was made synchronous by a strict run, although the program asked for standard.
    pub made_synchronous: bool,
    /// What is sent.
    pub data: Data,
}

/// Room for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receive {
    /// The communicator.
    pub comm: CommId,
    /// From whom.
    pub source: Source,
    /// With which tag.
    pub tag: Tag,
    /// The room.
    pub data: Data,
}

/// When a send is complete (MPI standard 4.1, section 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// When MPI chooses: at once into a buffer, or with the receive.
    Standard,
    /// When the receive has begun.
    Synchronous,
    /// At once, into the program's own buffer.
    Buffered,
    /// Like standard; the receive must have been posted.
    Ready,
}

/// From whom a message is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// From this rank.
    Rank(Rank),
    /// `MPI_ANY_SOURCE`.
    Any,
    /// `MPI_PROC_NULL`: from nobody.
    Nobody,
}

/// Which tags are awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// This one.
    Is(i32),
    /// `MPI_ANY_TAG`.
    Any,
}

/// A buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Data {
    /// Where it begins in the rank's memory; 0 for none.
    pub address: u64,
    /// How many elements.
    pub count: i64,
    /// Of which type; none where the call names none.
    pub datatype: Option<TypeId>,
}

/// What a persistent request does at each start.
#[derive(Clone, Debug, PartialEq)]
pub enum Persistent {
    /// Sends.
    Send(Send),
    /// Receives.
    Receive(Receive),
    /// Takes part in a collective.
    Collective(Collective),
    /// Sends or receives in partitions.
    Partitioned(Partitioned),
}

/// A message whose parts its sender marks as ready one by one (MPI standard 5.0, chapter 4). It is matched when
/// it is set up, with no other kind of message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partitioned {
    /// The communicator.
    pub comm: CommId,
    /// To whom, or from whom; none is `MPI_PROC_NULL`.
    pub peer: Option<Rank>,
    /// The tag.
    pub tag: i32,
    /// Whether it sends.
    pub sends: bool,
    /// In how many parts.
    pub partitions: u32,
    /// The first of them.
    pub data: Data,
}

/// How many of its requests a wait or test is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// `MPI_Wait`, `MPI_Waitall`, `MPI_Test`, `MPI_Testall`.
    All,
    /// `MPI_Waitany`, `MPI_Testany`.
    Any,
    /// `MPI_Waitsome`, `MPI_Testsome`.
    Some,
}

/// A rank's part in a collective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collective {
    /// The communicator.
    pub comm: CommId,
    /// How many collectives this rank had called on it before.
    pub index: u64,
    /// Whether a strict run made all ranks wait for each other before it, although MPI need not.
    pub made_synchronous: bool,
    /// Without regard to whether it is immediate: `MPI_Bcast` for `MPI_Ibcast` too. A blocking
    /// collective never meets an immediate one all the same (MPI standard 4.1, section 6.12).
    pub kind: &'static str,
    /// The root, where there is one; none on the ranks of its group that are `MPI_PROC_NULL` in a
    /// collective between groups.
    pub root: Option<Rank>,
    /// The operation, where there is one.
    pub op: Option<OpId>,
    /// What this rank gives to each of the others, or to all of them; none where it gives nothing, or
    /// gives what it has in place (`MPI_IN_PLACE`), or each gets another amount ([`Self::each`]).
    pub gives: Option<Data>,
    /// What this rank takes from each of the others, or in all; none as with `gives`.
    pub takes: Option<Data>,
    /// The counts and types of a v-variant for each rank of the communicator in its order: given,
    /// taken. Those of a neighbourhood are for each of the rank's [`Neighbours`]. Empty where the call
    /// has none, or where they do not count on this rank.
    pub each: (Vec<Data>, Vec<Data>),
    /// The communicator that it makes, once it has returned one; none if it makes none. A window or a
    /// file has a communicator of its own, which is its number too.
    pub makes: Option<CommId>,
    /// What is promised of a fence: a sum of [`assertion`]s.
    pub assertion: u32,
    /// On the leader of a group that is to be connected to another: whom it meets there. The leader is the
    /// root.
    pub meets: Option<Leader>,
}

/// The other group's leader, as a leader names it in `MPI_Intercomm_create`. The two meet if each names the
/// other, on the same communicator with the same tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Leader {
    /// The communicator that both leaders are in.
    pub comm: CommId,
    /// The other leader.
    pub rank: Rank,
    /// The tag.
    pub tag: i32,
}

impl Collective {
    /// Whether it frees what it is called on: a window or file, or the communicator itself.
    #[must_use]
    pub fn frees(&self) -> bool {
        matches!(
            self.kind,
            "MPI_Win_free" | "MPI_File_close" | "MPI_Comm_disconnect"
        )
    }
}

/// What must be freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// A communicator; its number is its [`CommId`].
    Communicator,
    /// A datatype; its number is its [`TypeId`].
    Datatype,
    /// A group.
    Group,
    /// A reduction operation; its number is its [`OpId`].
    Operation,
    /// A window; its number is the [`CommId`] of its own communicator.
    Window,
    /// A file; its number is the [`CommId`] of its own communicator.
    File,
    /// An error handler.
    ErrorHandler,
    /// An info object.
    Info,
    /// A key of attributes.
    Keyval,
}

/// What a number stands for. Every definition comes before the first event that uses it.
#[derive(Clone, Debug, PartialEq)]
pub enum Definition {
    /// A communicator.
    Communicator(CommId, Communicator),
    /// A datatype.
    Datatype(TypeId, Datatype),
    /// An operation.
    Operation(OpId, Operation),
    /// A place.
    Place(PlaceId, Arc<[Address]>),
    /// This rank's part of a window, which is named by its own communicator.
    Window(CommId, Window),
    /// This rank's neighbours on a communicator that has a topology.
    Neighbours(CommId, Neighbours),
}

/// With whom a rank exchanges in the neighbourhood collectives of a communicator (MPI standard 5.0,
/// section 8.6), in the order of their blocks; none is `MPI_PROC_NULL`, beyond an open end of a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbours {
    /// From whom it receives.
    pub sources: Arc<[Option<Rank>]>,
    /// To whom it sends.
    pub destinations: Arc<[Option<Rank>]>,
}

/// The memory that a rank opens to others by a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where it begins; 0 where displacements are addresses (`MPI_Win_create_dynamic`).
    pub base: u64,
    /// Bytes; as many as there are where it has no end.
    pub size: u64,
    /// Bytes in one unit of displacement.
    pub unit: u64,
    /// Whether other ranks may reach it by loads and stores too (`MPI_Win_allocate_shared`).
    pub shared: bool,
}

/// A communicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Communicator {
    /// What it was made of; none for the predefined ones.
    pub parent: Option<CommId>,
    /// The function that made it; empty for the predefined ones.
    pub made_by: &'static str,
    /// Its ranks, in its own order. For an intercommunicator: the local group.
    pub members: Arc<[Rank]>,
    /// The other group of an intercommunicator, if its ranks are recorded too.
    pub remote: Option<Arc<[Rank]>>,
    /// Whether its number is not the same on all its ranks: this rank made one up, because the
    /// communicator reaches beyond the job, or came from where the rank did not see it made.
    pub only_here: bool,
}

/// A datatype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datatype {
    /// Its name, such as `MPI_DOUBLE`; for a derived one how it was made, such as
    /// `MPI_Type_vector`.
    pub name: Arc<str>,
    /// Bytes in one element, gaps not counted.
    pub size: u64,
    /// Bytes from one element to the next.
    pub extent: i64,
    /// What one element consists of, in order, run by run; empty if it is not known.
    pub signature: Arc<[(u32, Basic)]>,
    /// Where the runs lie: how many bytes behind the address of the element, how many, of what; in the
    /// order of the signature. Empty if it is not known, or there are too many.
    pub layout: Arc<[(i64, u32, Basic)]>,
}

/// A basic type, as far as it matters whether two ranks mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basic {
    /// A signed integer of so many bytes.
    Signed(u8),
    /// An unsigned integer of so many bytes.
    Unsigned(u8),
    /// A floating-point number of so many bytes.
    Float(u8),
    /// A complex number of so many bytes.
    Complex(u8),
    /// A truth value of so many bytes.
    Bool(u8),
    /// A character of so many bytes.
    Character(u8),
    /// `MPI_BYTE`: raw bytes, whatever they mean.
    Byte,
    /// `MPI_PACKED`: what was packed, and may be sent or received as anything.
    Packed,
    /// Something else.
    Other(u32),
}

impl Basic {
    /// Bytes of one; none if that is not known.
    #[must_use]
    pub fn width(self) -> Option<u64> {
        match self {
            Self::Signed(bytes)
            | Self::Unsigned(bytes)
            | Self::Float(bytes)
            | Self::Complex(bytes)
            | Self::Bool(bytes)
            | Self::Character(bytes) => (bytes > 0).then_some(u64::from(bytes)),
            Self::Byte | Self::Packed => Some(1),
            Self::Other(_) => None,
        }
    }
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name, such as `MPI_SUM`; the function that made it for an own one.
    pub name: Arc<str>,
    /// Whether it comes with MPI: then the same name on two ranks is the same operation.
    pub predefined: bool,
}

/// A return address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The file that the code was loaded from; or [`SCRIPT`] and the file of a script.
    pub module: Arc<str>,
    /// The address's distance from where that file was loaded; of a script the line.
    pub offset: u64,
}

/// How the module of an address begins that is a line of an interpreted program.
pub const SCRIPT: &str = "script:";

impl Address {
    /// The file and the line, if it is of an interpreted program.
    #[must_use]
    pub fn script(&self) -> Option<(&str, u32)> {
        let file = self.module.strip_prefix(SCRIPT)?;
        Some((file, u32::try_from(self.offset).unwrap_or(0)))
    }
}
