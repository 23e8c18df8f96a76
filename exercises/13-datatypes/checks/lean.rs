//! What an answer may hold in memory, and how it must say where data lies.

use harness::memory;
use harness_mpi::{Bounds, Check, Kind, Reason, SimpleCommunicator, Traffic, plural};

/// So much an answer may hold for its datatypes, and what watches its calls holds for them: a list of a
/// thousand pieces for each, at most. The data of a part in which copies are to show is several times as much.
const SMALL: u64 = 192 << 10;

/// All calls that say where data lies.
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

/// What was seen of an answer.
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

    /// Requires that this rank held no copy of its data, which has so many bytes and is named `what`. Lists of
    /// positions are no copy: they may have so many bytes.
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

    /// Requires that this rank made a datatype, unless it is alone; `why` completes the sentence.
    pub fn makes_a_datatype(&self, check: &Check, why: &str) -> bool {
        let rank = check.rank();
        let called = |function: &&str| self.traffic.calls(rank, function) > 0;
        let made = check.size() == 1 || CONSTRUCTORS.iter().any(called);
        check.require_rule(made, Kind::WrongOperation, Reason::OtherCall, || {
            format!("made no datatype: {why}")
        })
    }
}
