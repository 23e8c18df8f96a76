//! What a recorded run would cost on another machine: the calls that its ranks made, and the time for which
//! they computed between them, are replayed by SimGrid on a model of that machine.
//!
//! - [`Script`]: listens to a recording, and becomes a [`Plan`]: what each rank does, step by step;
//! - `collective`, `neighbours`: the messages of a collective that SimGrid cannot replay as one;
//! - `one_sided`: the messages of one-sided transfers between fences;
//! - [`Network`]: a machine: some have names, others are described by a short file;
//! - [`Simgrid`]: writes a plan as a time-independent trace, has it replayed, and reads when each step was;
//! - [`Outcome`]: what became of a plan: its time, and the lines at which it was spent;
//! - [`table`]: what is told about the outcomes at several numbers of ranks;
//! - [`curve`]: the same as a picture, beside Amdahl's law;
//! - [`sheet`]: the same as CSV.
//!
//! The engine is SimGrid's replay of time-independent traces (F. Desprez, G. S. Markomanolis, M. Quinson,
//! F. Suter: Assessing the performance of MPI applications through time-independent trace replay, 2011).
//! Nothing here runs ranks, or prints anything.
//!
//! # How exact it is
//!
//! A replayed collective against the same one in a C program that SimGrid runs online, on `gigabit`: what
//! `cargo run -p predict --example collectives` has printed.
//!
//! | collective | ranks | bytes | online, µs | replayed, µs | error |
//! |-|-|-|-|-|-|
//! | broadcast | 16 | 8 | 4.4 | 4.4 | -0.2 % |
//! | broadcast | 16 | 65536 | 35.6 | 35.6 | -0.0 % |
//! | broadcast | 48 | 8 | 52.8 | 52.8 | -0.0 % |
//! | broadcast | 48 | 65536 | 3260.8 | 3260.8 | -0.0 % |
//! | reduce | 16 | 8 | 4.4 | 4.4 | -0.2 % |
//! | reduce | 16 | 65536 | 35.6 | 35.6 | -0.0 % |
//! | reduce | 48 | 8 | 100.8 | 100.8 | -0.0 % |
//! | reduce | 48 | 65536 | 1245.5 | 1245.5 | -0.0 % |
//! | all-reduce | 16 | 8 | 4.4 | 4.4 | -0.2 % |
//! | all-reduce | 16 | 65536 | 23.5 | 23.4 | -0.0 % |
//! | all-reduce | 48 | 8 | 106.7 | 106.7 | -0.0 % |
//! | all-reduce | 48 | 65536 | 1406.2 | 1406.2 | -0.0 % |
//! | gather | 16 | 8 | 4.4 | 4.4 | -0.2 % |
//! | gather | 16 | 65536 | 121.4 | 121.4 | -0.0 % |
//! | gather | 48 | 8 | 102.9 | 102.9 | -0.0 % |
//! | gather | 48 | 65536 | 18035.5 | 18035.5 | -0.0 % |
//! | scatter | 16 | 8 | 4.4 | 4.4 | -0.2 % |
//! | scatter | 16 | 65536 | 213.9 | 213.9 | -0.0 % |
//! | scatter | 48 | 8 | 54.9 | 54.9 | -0.0 % |
//! | scatter | 48 | 65536 | 18249.4 | 18249.4 | -0.0 % |
//! | all-gather | 16 | 8 | 4.4 | 4.4 | -0.2 % |
//! | all-gather | 16 | 65536 | 133.6 | 133.6 | -0.0 % |
//! | all-gather | 48 | 8 | 292.2 | 292.2 | -0.0 % |
//! | all-gather | 48 | 65536 | 301667.7 | 301667.7 | -0.0 % |
//! | all-to-all | 16 | 8 | 4.4 | 4.4 | -0.2 % |
//! | all-to-all | 16 | 65536 | 8.9 | 8.9 | -0.1 % |
//! | all-to-all | 48 | 8 | 301.8 | 301.8 | -0.0 % |
//! | all-to-all | 48 | 65536 | 299459.7 | 299459.7 | -0.0 % |
//!
//! So the replay adds nothing to the error of the model. How large that is shows where it predicts for the machine
//! of the recording: the table that the command prints has the measured time beside the predicted one. They can
//! only be compared where nothing else runs. On a virtual machine with two cores,
//! `cargo xtask predict NN --solution -n 4 --on laptop` has printed, in the median of three runs (05 and 07: one):
//!
//! | program | ranks | measured | predicted | error |
//! |-|-|-|-|-|
//! | `08 -- 1000 1000 400` | 2 | 8.73 s | 8.21 s | -6 % |
//! | `08 -- 1000 1000 400` | 4 | 10.4 s | 8.94 s | -14 % |
//! | `17 -- 1000000` | 2 | 6.31 s | 5.78 s | -8 % |
//! | `17 -- 1000000` | 4 | 11.7 s | 10.6 s | -9 % |
//! | `05` | 1 | 11.8 ms | 2.01 ms | -83 % |
//! | `05` | 2 | 30.4 ms | 17.1 ms | -44 % |
//! | `05` | 4 | 125 ms | 27.2 ms | -78 % |
//! | `07` | 1 | 3.87 s | 5.37 s | +39 % |
//! | `07` | 2 | 7.29 s | 7.86 s | +8 % |
//! | `07` | 4 | 12.6 s | 11.3 s | -10 % |
//!
//! A program that computes for seconds is predicted to about a tenth. Exercise 05's only prints a few lines: most
//! of its time is not spent on a processor. In exercise 07's, each rank has threads, which share the rank's one
//! core in the model, and have all cores of the machine where there is one rank.
//!
//! # How large a run may be
//!
//! What is recorded are as many ranks as are predicted for, which take turns on the cores of this machine. SimGrid
//! keeps each message of a run until its end: `cargo xtask predict 08 --solution -n 256 -- 256 256 10`, in which 256
//! ranks send 540,000 messages, has needed up to 5.9 GB of memory.

mod collective;
pub mod curve;
mod neighbours;
mod network;
mod one_sided;
mod outcome;
mod paje;
mod plan;
mod script;
pub mod sheet;
mod simgrid;
pub mod table;

pub use network::Network;
pub use outcome::{Cost, Lines, Outcome, timeline};
pub use plan::{Action, Call, Envelope, Plan, Step};
pub use script::Script;
pub use simgrid::{INSTALL, Run, Simgrid, Times};
