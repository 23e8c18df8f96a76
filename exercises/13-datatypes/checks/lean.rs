//! What an answer may hold in memory, and how it must describe where data is.

use harness::memory;
use harness_mpi::{Bounds, Check, Kind, Reason, SimpleCommunicator, Traffic, plural};

/// How much memory an answer may hold for its datatypes, with the records of its calls: at most a list of a
/// thousand pieces for each. Parts of a check that look for copies use several times as much data.
const SMALL: u64 = 192 << 10;

/// All calls that describe where data is.
const CONSTRUCTORS: [&str; 10] = [
    "MPI_Type_vector",
    "MPI_Type_create_hvector",
    "MPI_Type_create_subarray",
    "MPI_Type_create_resized",
    "MPI_Type_create_struct",
    "MPI_Type_indexed",
    "MPI_Type_create_indexed_block",
    "MPI_Type_create_hindexed",
    "MPI_Type_create_hindexed_block",
    "MPI_Type_contiguous",
];

/// The side of a rank on which data is not contiguous in memory: it has gaps, or another order.
#[derive(Clone, Copy, Debug)]
pub enum Side {
    /// The data that it sends.
    Sent,
    /// The data that it receives.
    Received,
    /// One of the two; the answer chooses.
    Either,
}

/// What was observed of an answer.
pub struct Seen {
    traffic: Traffic,
    /// The most bytes that it held at one time.
    held: u64,
}

/// Runs an answer, and sees what it sends and what it holds.
pub fn observe(check: &Check, answer: impl FnOnce(&SimpleCommunicator)) -> Seen {
    let watched = |world: &SimpleCommunicator| memory::most_held(|| answer(world)).1;
    let (held, traffic) = check.observe(watched);
    Seen { traffic, held }
}

impl Seen {
    /// Requires that this rank moves no more than it may.
    pub fn moves(&self, check: &mut Check, bounds: Bounds, why: &str) -> bool {
        check.moves(&self.traffic, bounds, why)
    }

    /// Requires that this rank called one of these functions.
    pub fn uses(&self, check: &mut Check, functions: &[&str], why: &str) -> bool {
        check.uses(&self.traffic, functions, why)
    }

    /// Requires that MPI moves this rank's own part too: that it is given, and that it gets, as many bytes.
    pub fn leaves_it_to_mpi(&self, check: &Check, given: u64, got: u64) -> bool {
        let moves = self.traffic.moves(check.rank());
        let all = moves.given >= given && moves.got >= got;
        check.require_rule(all, Kind::WrongOperation, Reason::Copied, || {
            String::from(
                "moved its own part by hand, and only the parts of the other ranks by MPI. Copy no data: pass MPI \
                 both the data that you have and the place where your own part belongs",
            )
        })
    }

    /// Requires that this rank held no copy of its data, which has `bytes` bytes and is named `what`. Lists of
    /// positions are not a copy: they may have `lists` bytes.
    pub fn copies_nothing(&self, check: &Check, what: &str, bytes: u64, lists: u64) -> bool {
        let lean = self.held <= SMALL + lists;
        check.require_rule(lean, Kind::WrongOperation, Reason::Copied, || {
            format!(
                "allocated {} while it ran; {what} has {}. Copy no data: MPI reads it from where it is, and writes \
                 it where it belongs",
                plural(self.held, "byte"),
                plural(bytes, "byte")
            )
        })
    }

    /// Requires that a datatype of this rank's says where the sent data is, unless it is alone; `why`
    /// completes the sentence. A datatype that is made and not used says nothing.
    pub fn described(&self, check: &Check, side: Side, why: &str) -> bool {
        let rank = check.rank();
        let (given, got) = (self.traffic.given_apart(rank), self.traffic.got_apart(rank));
        let (described, what) = match side {
            Side::Sent => (
                given > 0,
                "sent the data from one piece of memory, to which it must have been copied",
            ),
            Side::Received => (
                got > 0,
                "received the data into one piece of memory, and moved it from there",
            ),
            Side::Either => (
                given + got > 0,
                "sent and received the data in one piece, and moved it before or after",
            ),
        };
        let called = |function: &&str| self.traffic.calls(rank, function) > 0;
        let made = CONSTRUCTORS.iter().any(called);
        let described = check.size() == 1 || described;
        check.require_rule(
            described,
            Kind::WrongOperation,
            Reason::OtherCall,
            || match made {
                true => format!("made a datatype, but {what}: {why}"),
                false => format!("made no datatype: {why}"),
            },
        )
    }
}
