//! What a recorded run would cost on another machine: the calls that its ranks made, and the time for which
//! they computed between them, are replayed by SimGrid on a model of that machine.
//!
//! - [`Script`]: listens to a recording, and becomes a [`Plan`]: what each rank does, step by step;
//! - `collective`: the messages of a collective that SimGrid cannot replay as one;
//! - [`Network`]: a machine: some have names, others are described by a short file;
//! - [`Simgrid`]: writes a plan as a time-independent trace, has it replayed, and reads when each step was;
//! - [`Outcome`]: what became of a plan: its time, and the lines at which it was spent;
//! - [`table`]: what is told about the outcomes at several numbers of ranks;
//! - [`curve`]: the same as a picture, beside Amdahl's law.
//!
//! The engine is SimGrid's replay of time-independent traces (F. Desprez, G. S. Markomanolis, M. Quinson,
//! F. Suter: Assessing the performance of MPI applications through time-independent trace replay, 2011).
//! Nothing here runs ranks, or prints anything.

mod collective;
pub mod curve;
mod network;
mod outcome;
mod paje;
mod plan;
mod script;
mod simgrid;
pub mod table;

pub use network::Network;
pub use outcome::{Cost, Lines, Outcome, timeline};
pub use plan::{Action, Call, Envelope, Plan, Step};
pub use script::Script;
pub use simgrid::{INSTALL, Run, Simgrid, Times};
