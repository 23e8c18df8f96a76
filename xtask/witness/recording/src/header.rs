//! The first page of a rank's file: who writes it, and how far it is. A page of 64-bit words, each
//! written whole, so that a reader needs no lock.

use crate::{event::Rank, functions};
use std::ops::Range;

/// The version of the layout: of this page, of the records and of the numbers of functions.
pub const VERSION: u32 = 7;

/// Bytes before the first record.
pub const PAGE: usize = 4096;

const MAGIC: u64 = 0x5752_4b42_0000_0000 | VERSION as u64;

/// The places of the words in the page. What every call changes lies in a cache line of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Word {
    /// Says that this is such a file, and of which version. Written last when a rank attaches.
    Magic = 0,
    /// The process.
    Pid = 1,
    /// The rank's number in the lower half, the size of its `MPI_COMM_WORLD` in the upper.
    Rank = 2,
    /// The [`Implementation`].
    Implementation = 3,
    /// The level of threads that MPI provides: 0 single, 1 funneled, 2 serialized, 3 multiple.
    Threads = 4,
    /// Whether times are of the processor's counter (1) or nanoseconds already (0).
    Counter = 5,
    /// The counter when the rank attached, and ...
    AttachTicks = 6,
    /// ... the monotonic clock then.
    AttachNanos = 7,
    /// The counter when the rank was last calibrated: at `MPI_Finalize` or its end.
    LastTicks = 8,
    /// The monotonic clock then.
    LastNanos = 9,
    /// Whether standard sends are made synchronous.
    Strict = 10,
    /// The number of rank 0 of its `MPI_COMM_WORLD`: 0 unless that was spawned.
    World = 11,
    /// Whether the file was written on another machine, and is a copy ([`crate::mirror`]): 1 if so.
    Away = 12,
    /// What must be added to that machine's clock to get this one's, in nanoseconds, signed.
    Ahead = 13,
    /// The [`State`].
    State = 16,
    /// Whether the rank could not write on: 1 no room, 2 its file has grown to the limit.
    Full = 17,
    /// How the process ended before `MPI_Finalize`: an [`Ending`]. Written after the time.
    Ending = 18,
    /// The monotonic clock then.
    EndedAt = 19,
    /// The number of the function, and one, that the process was in when it ended, if that call is
    /// one that is not written down.
    Within = 20,
    /// How many records were begun, of all kinds.
    Records = 24,
    /// How many calls went in.
    Begun = 25,
    /// How many calls came back.
    Returned = 26,
    /// How many tests and probes found nothing and had no record of their own.
    InVain = 27,
    /// Where the stack begins of a process that has ended early: addresses, up to a 0.
    Stack = 32,
    /// Where the text of `MPI_Get_library_version` begins, up to the page's end.
    Text = 64,
}

/// The words of the page that hold the stack, with its end.
#[must_use]
pub const fn stack_words() -> Range<usize> {
    Word::Stack as usize..Word::Text as usize
}

/// How a process ended that had not finalized MPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Its main function returned this status.
    Returned(i32),
    /// Something called `exit` with this status: the program, or MPI when it gave up.
    Exit(i32),
    /// This signal came, and nothing in the program has taken it. It may yet live, if it has.
    Signal(i32),
    /// It has panicked, and called `MPI_Finalize` while it dropped its values. It lives until all others
    /// have called it too.
    Panicked,
}

impl Ending {
    /// As a word of the page; never 0.
    #[must_use]
    pub const fn word(self) -> u64 {
        let (kind, number) = match self {
            Self::Returned(status) => (1, status),
            Self::Exit(status) => (2, status),
            Self::Signal(signal) => (3, signal),
            Self::Panicked => (4, 0),
        };
        kind | (number as u32 as u64) << 32
    }

    const fn of(word: u64) -> Option<Self> {
        let number = (word >> 32) as i32;
        Some(match word as u32 {
            1 => Self::Returned(number),
            2 => Self::Exit(number),
            3 => Self::Signal(number),
            4 => Self::Panicked,
            _ => return None,
        })
    }
}

/// Which MPI a rank runs on, as far as its binary interface goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Implementation {
    /// MPICH and what shares its interface.
    Mpich,
    /// The standard's own interface, since MPI 5.
    Standard,
    /// Open MPI.
    OpenMpi,
}

impl Implementation {
    /// As a word of the page.
    #[must_use]
    pub const fn word(self) -> u64 {
        match self {
            Self::Mpich => 1,
            Self::Standard => 2,
            Self::OpenMpi => 3,
        }
    }

    const fn of(word: u64) -> Option<Self> {
        Some(match word {
            1 => Self::Mpich,
            2 => Self::Standard,
            3 => Self::OpenMpi,
            _ => return None,
        })
    }
}

/// What a rank is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Between `MPI_Init` and `MPI_Finalize`.
    Initialized,
    /// In `MPI_Finalize`.
    Finalizing,
    /// Past it.
    Finalized,
    /// Stopped by the recorder, because its last call is wrong ([`crate::event::Complaint`]).
    Parked,
    /// Its process ended in an orderly way: by returning from main or by `exit`. A process that was
    /// killed stays in the state it had.
    Gone,
}

impl State {
    /// As a word of the page.
    #[must_use]
    pub const fn word(self) -> u64 {
        match self {
            Self::Initialized => 1,
            Self::Finalizing => 2,
            Self::Finalized => 3,
            Self::Parked => 4,
            Self::Gone => 5,
        }
    }

    const fn of(word: u64) -> Option<Self> {
        Some(match word {
            1 => Self::Initialized,
            2 => Self::Finalizing,
            3 => Self::Finalized,
            4 => Self::Parked,
            5 => Self::Gone,
            _ => return None,
        })
    }
}

/// The value of [`Word::Magic`].
#[must_use]
pub const fn magic() -> u64 {
    MAGIC
}

/// A header, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The process.
    pub pid: u32,
    /// The rank. Those of worlds that were spawned are counted on.
    pub rank: Rank,
    /// How many ranks its `MPI_COMM_WORLD` has.
    pub size: u32,
    /// The number of rank 0 of that: 0, unless it was spawned.
    pub base: Rank,
    /// Which MPI.
    pub implementation: Implementation,
    /// What MPI says of itself.
    pub library: String,
    /// The level of threads that MPI provides: 0 single, 1 funneled, 2 serialized, 3 multiple.
    pub threads: u8,
    /// Whether standard sends are made synchronous.
    pub strict: bool,
    /// What the rank is at.
    pub state: State,
    /// Whether the rank had to stop recording, for want of room.
    pub full: bool,
    /// How the process ended, if it has noted that, and when.
    pub ending: Option<(Ending, u64)>,
    /// The function that it was in then, if that is one whose calls are not written down.
    pub within: Option<&'static str>,
    /// The addresses on its stack then, innermost first.
    pub stack: Vec<u64>,
    /// How many records were begun.
    pub records: u64,
    /// How many calls went in.
    pub begun: u64,
    /// How many calls came back.
    pub returned: u64,
    /// How many tests and probes found nothing and had no record of their own.
    pub in_vain: u64,
    /// Whether times are of the processor's counter.
    pub counter: bool,
    /// Counter and monotonic clock when the rank attached.
    pub attached: (u64, u64),
    /// Counter and monotonic clock when it was last calibrated.
    pub calibrated: (u64, u64),
    /// Where the file is a copy from another machine: what must be added to the clock of that machine to
    /// get this one's, in nanoseconds.
    pub away: Option<i64>,
}

impl Header {
    /// Reads a page; none if it is not (yet) one of this version.
    #[must_use]
    pub fn read(page: &[u8]) -> Option<Self> {
        let word = |word: Word| {
            let at = word as usize * 8;
            let bytes = page.get(at..at + 8)?;
            Some(u64::from_ne_bytes(bytes.try_into().ok()?))
        };
        if word(Word::Magic)? != MAGIC {
            return None;
        }
        let text = page.get(Word::Text as usize * 8..).unwrap_or_default();
        let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
        let rank = word(Word::Rank)?;
        let stack = page.get(stack_words().start * 8..stack_words().end * 8)?;
        let stack = stack.chunks_exact(8);
        let stack = stack.map(|word| u64::from_ne_bytes(word.try_into().unwrap_or_default()));
        let ending = Ending::of(word(Word::Ending)?);
        let ahead = match word(Word::Away)? {
            0 => 0,
            _ => word(Word::Ahead)?.cast_signed(),
        };
        let ended = word(Word::EndedAt).map(|at| at.saturating_add_signed(ahead));
        Some(Self {
            ending: ending.zip(ended),
            stack: stack.take_while(|address| *address != 0).collect(),
            within: u16::try_from(word(Word::Within)?)
                .ok()
                .and_then(|number| functions::name(number.checked_sub(1)?)),
            pid: u32::try_from(word(Word::Pid)?).ok()?,
            rank: rank as u32,
            size: (rank >> 32) as u32,
            base: u32::try_from(word(Word::World)?).ok()?,
            implementation: Implementation::of(word(Word::Implementation)?)?,
            library: String::from_utf8_lossy(text).into_owned(),
            threads: u8::try_from(word(Word::Threads)?).ok()?,
            strict: word(Word::Strict)? != 0,
            state: State::of(word(Word::State)?)?,
            full: word(Word::Full)? != 0,
            records: word(Word::Records)?,
            begun: word(Word::Begun)?,
            returned: word(Word::Returned)?,
            in_vain: word(Word::InVain)?,
            counter: word(Word::Counter)? != 0,
            attached: (word(Word::AttachTicks)?, word(Word::AttachNanos)?),
            calibrated: (word(Word::LastTicks)?, word(Word::LastNanos)?),
            away: (word(Word::Away)? != 0)
                .then_some(word(Word::Ahead)?)
                .map(u64::cast_signed),
        })
    }
}
