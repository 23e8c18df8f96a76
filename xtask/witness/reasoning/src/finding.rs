//! What is found: rules, the calls involved and the facts behind them. The words are made elsewhere.

use recording::event::{Basic, CommId, Event, Gone, Object, PlaceId, Rank, Source, Tag, What};
use std::sync::Arc;
use verdict::Kind;

/// A call that takes part in a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    /// Who called.
    pub rank: Rank,
    /// The number of the call among the rank's.
    pub number: u64,
    /// The function, such as `MPI_Send`.
    pub function: &'static str,
    /// The thread of the rank.
    pub thread: u16,
    /// Where in the program.
    pub place: PlaceId,
    /// Whether the harness of a check called, not the program that is looked at.
    pub aside: bool,
    /// The other rank: destination, source or root; none where a call has none.
    pub peer: Option<Peer>,
    /// The tag.
    pub tag: Option<Match>,
    /// The communicator.
    pub comm: Option<CommId>,
}

/// The other rank of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// This one.
    Rank(Rank),
    /// `MPI_ANY_SOURCE`.
    Any,
    /// `MPI_PROC_NULL`.
    Nobody,
}

/// The tag of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// This one.
    Is(i32),
    /// `MPI_ANY_TAG`.
    Any,
}

impl From<Source> for Peer {
    fn from(source: Source) -> Self {
        match source {
            Source::Rank(rank) => Self::Rank(rank),
            Source::Any => Self::Any,
            Source::Nobody => Self::Nobody,
        }
    }
}

impl From<Tag> for Match {
    fn from(tag: Tag) -> Self {
        match tag {
            Tag::Is(tag) => Self::Is(tag),
            Tag::Any => Self::Any,
        }
    }
}

impl Call {
    /// The call behind an event.
    pub fn of(rank: Rank, event: &Event) -> Self {
        let mut call = Self {
            rank,
            number: event.number,
            function: event.function,
            thread: event.thread,
            place: event.place,
            aside: event.aside,
            peer: None,
            tag: None,
            comm: None,
        };
        match &event.what {
            What::Send(send, _) => call = call.sending(send.to, send.tag, send.comm),
            // A send-receive has two peers; the half that waits for somebody is named with its operation.
            What::SendReceive(_, receive, _) | What::Receive(receive, _) => {
                call = call.receiving(receive.source, receive.tag, receive.comm);
            }
            What::Probe {
                comm, source, tag, ..
            } => call = call.receiving(*source, *tag, *comm),
            What::Collective(collective, _) => {
                call.comm = Some(collective.comm);
                call.peer = collective.root.map(Peer::Rank);
            }
            What::OneSided(one) => {
                call.comm = Some(one.window);
                call.peer = Some(one.target.map_or(Peer::Nobody, Peer::Rank));
            }
            What::Epoch { window, step } => {
                call.comm = Some(*window);
                call.peer = step.target().map(Peer::Rank);
            }
            _ => {}
        }
        call
    }

    /// The same call, seen as a send.
    pub fn sending(mut self, to: Option<Rank>, tag: i32, comm: CommId) -> Self {
        self.peer = Some(to.map_or(Peer::Nobody, Peer::Rank));
        self.tag = Some(Match::Is(tag));
        self.comm = Some(comm);
        self
    }

    /// The same call, seen as a receive.
    pub fn receiving(mut self, source: Source, tag: Tag, comm: CommId) -> Self {
        self.peer = Some(source.into());
        self.tag = Some(tag.into());
        self.comm = Some(comm);
        self
    }
}

/// How sure and how bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth a look; programs that leave it so are called right by many.
    Note,
    /// Wrong in many programs, right in some.
    Warning,
    /// Against the standard.
    Error,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What sort of trouble.
    pub kind: Kind,
    /// How bad.
    pub severity: Severity,
    /// The rule that is broken, with its facts.
    pub rule: Rule,
    /// The calls involved, the most telling one first.
    pub calls: Vec<Call>,
    /// How often the same was found at the same places.
    pub times: u64,
}

/// The rule behind a finding, with what tells the case.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// A message was sent, and the rank that it went to finalized without receiving it.
    NeverReceived {
        /// How many bytes, if known.
        bytes: Option<u64>,
    },
    /// A matched probe took a message, and nobody received it.
    ProbedNeverReceived,
    /// A receive was posted, and no message arrived for it.
    ReceiveNeverMatched,
    /// An immediate operation that was neither waited for nor tested to its end.
    RequestNeverCompleted {
        /// What the request is for.
        of: Operation,
        /// Whether its other side was there: then only the wait is missing.
        matched: bool,
    },
    /// A request was freed while its receive, or its collective, was under way. Calls: the one that has
    /// freed it, the one that has begun it.
    FreedUnderWay {
        /// What the request was for.
        of: Operation,
    },
    /// A persistent request that was never freed.
    PersistentNeverFreed,
    /// An object that was never freed.
    NeverFreed {
        /// What sort.
        object: Object,
        /// Its number.
        number: u64,
        /// How many from the same place.
        count: u64,
    },
    /// A message longer than the room for it. Calls: the receive, the send.
    Truncated {
        /// Bytes sent.
        sent: u64,
        /// Bytes that fit.
        room: u64,
        /// Whether one side names raw bytes and the other a type.
        has_bytes: bool,
    },
    /// Sender and receiver name different types. Calls: the receive, the send.
    TypesDiffer {
        /// The element, counted from 0, where they begin to differ.
        element: u64,
        /// What was sent.
        sent: Basic,
        /// What it was received as.
        received: Basic,
    },
    /// Ranks called different collectives as their next one on a communicator.
    CollectivesDiffer {
        /// The communicator.
        comm: CommId,
        /// The how-many-eth collective on it, from 0.
        index: u64,
        /// In what they differ.
        by: Difference,
    },
    /// A collective that some members of the communicator never entered, although all of them came to
    /// `MPI_Finalize`. Calls: of those who have entered it.
    NotByAll {
        /// The communicator.
        comm: CommId,
        /// Who has not.
        missing: Vec<Rank>,
    },
    /// Two blocks that a collective receives overlap in memory.
    BlocksOverlap {
        /// The communicator.
        comm: CommId,
        /// From whom the two blocks come.
        from: (Rank, Rank),
        /// How many bytes both use.
        bytes: u64,
    },
    /// A call receives into a buffer whose type has parts that overlap.
    TypeOverlaps {
        /// How many bytes two of the parts share.
        bytes: u64,
    },
    /// A struct has a part where no value of its type begins, unless the struct is packed.
    Misaligned {
        /// Where it lies in the struct.
        offset: i64,
        /// What it is.
        part: Basic,
    },
    /// A wildcard received one message and could as well have received another. Calls: the wildcard
    /// receive, the send that it met, the other send, the receive that met the other.
    Race {
        /// How much the program's result is likely to depend on it.
        confidence: Confidence,
    },
    /// The buffer of a send, or of what a collective sends, was written before it was complete.
    SendBufferChanged,
    /// The buffer of a receive was written by the program before it was complete.
    ReceiveBufferChanged,
    /// The buffer of an immediate operation was there no more before the operation was complete. Calls: the
    /// operation, the wait.
    BufferGone(Gone),
    /// The counts or displacements of a collective were changed before it was complete, or were there no more.
    /// Calls: the collective, the wait.
    CountsLost(Option<Gone>),
    /// Memory that a receive (the second call) fills was handed to MPI again; without a second call by
    /// the very call that fills it.
    BuffersOverlap {
        /// First address that both use, in the rank's memory.
        from: u64,
        /// How many bytes both use.
        bytes: u64,
    },
    /// One-sided communication outside of an epoch, or epochs that are doubled or never closed.
    Epoch {
        /// The window.
        window: CommId,
        /// What is wrong. Calls: the call that is wrong, the one that explains why.
        fault: EpochFault,
    },
    /// Two accesses to one place in a window, and nothing orders them. Calls: both.
    WindowRace {
        /// The window.
        window: CommId,
        /// In whose memory.
        target: Rank,
        /// How many bytes both touch.
        bytes: u64,
        /// What must not meet.
        clash: Clash,
        /// All ranks that did so at these places.
        ranks: Vec<Rank>,
    },
    /// A one-sided operation reaches beyond the memory that its target gave to the window.
    BeyondWindow {
        /// The window.
        window: CommId,
        /// In whose memory.
        target: Rank,
        /// Where what is touched begins, in bytes from the beginning of that memory.
        from: i128,
        /// From the first byte to the last.
        bytes: u64,
        /// How many bytes the target gave.
        size: u64,
        /// Bytes in one unit of displacement.
        unit: u64,
        /// The displacement that the call names.
        displacement: i64,
    },
    /// A one-sided operation on memory that its target has not attached to the window, or no longer. Calls:
    /// the operation, the one that has detached it.
    NotAttached {
        /// The window.
        window: CommId,
        /// In whose memory.
        target: Rank,
        /// How many bytes, from the first that is not attached to the last.
        bytes: u64,
    },
    /// The origin's buffer of a one-sided operation that is not complete was handed to MPI again, or the other
    /// way round, and one of both fills it. Calls: the later, the earlier.
    OriginRace {
        /// How many bytes both use.
        bytes: u64,
    },
    /// The origin's buffer of a one-sided operation was written by the program before the operation was
    /// complete. Calls: the operation, the call that has completed it.
    OriginChanged,
    /// It was there no more by then. Calls: the same.
    OriginGone(Gone),
    /// Two threads of a rank are in collectives of one communicator at the same time. Calls: both.
    ThreadsMeet {
        /// The communicator.
        comm: CommId,
    },
    /// A rank ended without finalizing.
    NotFinalized,
    /// A call before `MPI_Init`.
    BeforeInit,
    /// A call after `MPI_Finalize`.
    AfterFinalize,
}

/// What is wrong with an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EpochFault {
    /// An operation, and no epoch is open. The second call, if any, is a fence that promised that nothing
    /// follows.
    Outside,
    /// An operation on a rank that the second call, `MPI_Win_start`, does not name.
    NotStarted(Rank),
    /// An operation or a flush on a rank that is not locked; the second call locks another.
    NotLocked(Rank),
    /// An epoch begins while that of the second call is open.
    AlreadyOpen,
    /// An epoch ends that was never begun, or operations are flushed without one.
    NothingOpen,
    /// An epoch is open when the second call frees the window, or finalizes MPI.
    NeverClosed,
    /// An operation after the last fence, when the second call frees the window, or finalizes MPI.
    NeverFenced,
    /// A fence promises that nothing precedes it, and the second call does.
    Promised,
}

/// Why two accesses to one place must not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clash {
    /// One of them at least writes, and not both accumulate.
    Overlap,
    /// Both accumulate, by different operations.
    Operations,
    /// Both accumulate, with different types: that of the second call, of the first.
    Types(Basic, Basic),
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A send.
    Send,
    /// A receive.
    Receive,
    /// Both.
    SendReceive,
    /// A collective.
    Collective,
    /// Something that this model does not know.
    Unknown,
}

/// How much depends on who comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The other message went to another wildcard, which could as well have had this one's: often a
    /// program that takes what comes, as in a sum.
    Low,
    /// The same, but a probe had said which message is there, and the receive after it does not ask for
    /// that one.
    Medium,
    /// The other message went to a receive that could not have had this one's, because it names another
    /// source or tag, or one of the two messages would not be right in the other's room: had the messages
    /// come in the other order, something would wait forever, or take something else.
    High,
}

/// In what the parts of a collective differ: those of the first two calls.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// Different collectives.
    Function,
    /// A blocking one meets an immediate one.
    Blocking,
    /// Different roots.
    Root,
    /// Different operations, by their names; of the function that made it for one of the program's own.
    Operation {
        /// That of the first call.
        one: Arc<str>,
        /// That of the second.
        other: Arc<str>,
    },
    /// One rank gives more or fewer elements than another takes.
    Count {
        /// Bytes given, or of the first rank where all give the same.
        gives: u64,
        /// Bytes taken, or of the other rank where all give the same.
        takes: u64,
    },
    /// The group of the first rank reduces more or fewer bytes than that of the second.
    Groups {
        /// Bytes of the first.
        gives: u64,
        /// Bytes of the second.
        takes: u64,
    },
    /// One end of an edge of a neighbourhood does not know of it: the first rank names the second so often as
    /// one to which it sends, and the second the first so often as one from which it receives.
    Edges {
        /// By the first.
        to: usize,
        /// By the second.
        from: usize,
    },
    /// One rank gives other types than another takes.
    Types {
        /// The element, counted from 0.
        element: u64,
        /// Given.
        gives: Basic,
        /// Taken.
        takes: Basic,
    },
}

impl Rule {
    /// The kind under which it is reported.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NeverReceived { .. } | Self::ProbedNeverReceived => Kind::UnmatchedMessage,
            // Some MPIs refuse them.
            Self::FreedUnderWay {
                of: Operation::Collective,
            }
            | Self::BeyondWindow { .. }
            | Self::NotAttached { .. } => Kind::InvalidArgument,
            Self::ReceiveNeverMatched
            | Self::RequestNeverCompleted { .. }
            | Self::FreedUnderWay { .. }
            | Self::PersistentNeverFreed => Kind::RequestLeak,
            Self::NeverFreed { .. } => Kind::ResourceLeak,
            Self::Truncated { .. } => Kind::Truncation,
            Self::TypesDiffer { .. } | Self::Misaligned { .. } => Kind::TypeMismatch,
            Self::CollectivesDiffer { .. } | Self::NotByAll { .. } => Kind::CollectiveMismatch,
            Self::Race { .. } => Kind::MessageRace,
            Self::SendBufferChanged
            | Self::ReceiveBufferChanged
            | Self::BufferGone(_)
            | Self::CountsLost(_)
            | Self::BuffersOverlap { .. }
            | Self::BlocksOverlap { .. }
            | Self::TypeOverlaps { .. } => Kind::BufferReuse,
            Self::Epoch { .. } => Kind::Epoch,
            Self::WindowRace { .. }
            | Self::OriginRace { .. }
            | Self::OriginChanged
            | Self::OriginGone(_) => Kind::MemoryRace,
            Self::ThreadsMeet { .. } => Kind::ThreadLevel,
            // There is no kind of its own for calls outside; the issue names them together.
            Self::NotFinalized | Self::BeforeInit | Self::AfterFinalize => Kind::MissingFinalize,
        }
    }

    /// Whether two ranks have broken it in the same way, each by itself: then they can be named together.
    pub fn is_alike(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::NeverFreed { object, count, .. },
                Self::NeverFreed {
                    object: theirs,
                    count: many,
                    ..
                },
            ) => (object, count) == (theirs, many),
            (
                Self::RequestNeverCompleted { .. }
                | Self::FreedUnderWay { .. }
                | Self::ReceiveNeverMatched
                | Self::PersistentNeverFreed
                | Self::SendBufferChanged
                | Self::OriginChanged
                | Self::CountsLost(None)
                | Self::NotFinalized
                | Self::Misaligned { .. },
                _,
            ) => self == other,
            // Where in its memory is a rank's own affair.
            (Self::BlocksOverlap { comm, .. }, Self::BlocksOverlap { comm: theirs, .. }) => {
                comm == theirs
            }
            (Self::BuffersOverlap { .. }, Self::BuffersOverlap { .. })
            | (Self::TypeOverlaps { .. }, Self::TypeOverlaps { .. })
            | (Self::ReceiveBufferChanged, Self::ReceiveBufferChanged) => true,
            _ => false,
        }
    }

    /// Tells rules apart that share a kind.
    pub(crate) fn number(&self) -> u8 {
        match self {
            Self::NeverReceived { .. } => 0,
            Self::ProbedNeverReceived => 1,
            Self::ReceiveNeverMatched => 2,
            Self::RequestNeverCompleted { .. } => 3,
            Self::PersistentNeverFreed => 4,
            Self::NeverFreed { .. } => 5,
            Self::Truncated { .. } => 6,
            Self::TypesDiffer { .. } => 7,
            Self::CollectivesDiffer { .. } => 8,
            Self::Race { .. } => 9,
            Self::SendBufferChanged => 10,
            Self::BuffersOverlap { .. } => 11,
            Self::NotFinalized => 12,
            Self::BeforeInit => 13,
            Self::AfterFinalize => 14,
            Self::NotByAll { .. } => 15,
            Self::BlocksOverlap { .. } => 16,
            Self::TypeOverlaps { .. } => 17,
            Self::Misaligned { .. } => 18,
            Self::Epoch { .. } => 19,
            Self::WindowRace { .. } => 20,
            Self::OriginRace { .. } => 21,
            Self::ReceiveBufferChanged => 22,
            Self::BufferGone(_) => 23,
            Self::ThreadsMeet { .. } => 24,
            Self::FreedUnderWay { .. } => 25,
            Self::BeyondWindow { .. } => 26,
            Self::OriginChanged => 27,
            Self::OriginGone(_) => 28,
            Self::NotAttached { .. } => 29,
            Self::CountsLost(_) => 30,
        }
    }

    /// A finding of this rule.
    pub(crate) fn found(self, severity: Severity, calls: Vec<Call>) -> Finding {
        Finding {
            kind: self.kind(),
            severity,
            rule: self,
            calls,
            times: 1,
        }
    }
}

/// How a rank is or ended, as the one who started it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Life {
    /// Its process runs.
    #[default]
    Running,
    /// Its process runs, but it has panicked: it unwinds, and may sit in `MPI_Finalize` because a
    /// destructor called it.
    Panicked,
    /// Its process ended by itself, with this status: main returned, or all was done.
    Exited(i32),
    /// Its process ended because something called `exit` with this status before all was done.
    Quit(i32),
    /// Its process ended with this status, and by nothing that it could take note of: `_exit`, say.
    Left(i32),
    /// Its process was ended by this signal.
    Killed(i32),
    /// Its process runs, but it has returned from the task that is checked, and does nothing until all
    /// others have.
    Returned,
    /// Its process is there no more, and nobody who is asked has seen how it ended.
    Gone,
}

impl Life {
    /// Whether nothing more can come from it, as long as others wait.
    pub fn ended(self) -> bool {
        matches!(
            self,
            Self::Exited(_)
                | Self::Quit(_)
                | Self::Left(_)
                | Self::Killed(_)
                | Self::Gone
                | Self::Returned
        )
    }
}
