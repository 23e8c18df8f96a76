//! What follows from the MPI calls that the ranks of a job recorded. No file is read here, no process
//! looked at and no clock: everything is a function of the recorded calls.
//!
//! - [`observation`]: takes the calls in as they come; what each rank is doing;
//! - [`deadlock`]: who waits for whom, who waits forever, and what is near it;
//! - [`finish`](Observation::finish): what is left when the job is over;
//! - [`finding`]: what is found, as types;
//! - [`counting`]: how much was communicated;
//! - [`reduction`]: the AND-OR reduction, apart from MPI.
//!
//! Behind them: `matcher` finds out which receive gets which message, `collective` what must agree,
//! `signature` whether types do, `causality` what ranks can know of each other, `buffers` which memory
//! is MPI's, `windows` what one-sided communication may do, `worlds` which worlds there are and which of them
//! are connected, `threads` whether those of a rank get in each other's way.

mod buffers;
mod causality;
mod collective;
pub mod counting;
pub mod deadlock;
pub mod finding;
mod finish;
mod knowledge;
mod matcher;
mod messages;
pub mod observation;
mod pairs;
mod partitions;
pub mod reduction;
mod signature;
#[cfg(test)]
mod simulation;
mod slab;
mod threads;
mod windows;
mod worlds;

pub use collective::Side;
pub use counting::Counting;
pub use deadlock::{Core, Deadlock, Doing, Edge, Near, RankState, Stuck, Why};
pub use finding::{Call, Clash, Confidence, Difference, EpochFault, Finding, Life, Rule, Severity};
pub use observation::{Observation, Origin, Phase};
pub use pairs::{Pair, Unreceived};
