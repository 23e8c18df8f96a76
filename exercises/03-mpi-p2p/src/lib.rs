//! Exercise 03: MPI, point to point. The lesson is in README.md, one folder up.
//!
//! Each function is one task. Replace its `todo!()`, then run `cargo xtask check 03`. Ranks exchange data
//! here only by messages from one rank to another: use no collective, not even to make another communicator.
//! Send only the messages that a task names, and no others, such as acknowledgments. In `manager_worker`, you
//! choose which other messages you need.
//!
//! How many bytes MPI buffers differs from one machine to the next, and it may be none. The check
//! therefore also runs every function in synchronous mode, in which a send returns only when its receive
//! has begun: no function may rely on a send that returns before that.
//!
//! When a function returns, nothing that it started is still at work: requests are complete, and threads
//! have ended, or sleep, as those of a pool do.

#![allow(
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{Rank, Tag, topology::SimpleCommunicator};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Says which rank this is: "rank 2 of 4 on node17".
///
/// Every rank returns its own line: its rank in `world`, the communicator that it is given, how many ranks
/// that has, and the name of the machine, as `mpi::environment::processor_name` gives it. No messages are
/// sent.
pub fn hello(world: &SimpleCommunicator) -> String {
    todo!()
}

/// Sends a number from rank 0 to rank 1.
///
/// Rank 0 has the number; on the other ranks `number` is `None`. Rank 1 returns the number that it
/// received; every other rank, including rank 0, returns `None`. One message is sent, and the ranks above
/// 1 take no part: they do not even look for a message. With one rank there is no rank to send to: return
/// `None`.
pub fn number(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    todo!()
}

/// Sends a buffer from rank 0 into the buffer of rank 1, in one message.
///
/// All ranks have buffers of the same length. If it is 0, both ranks may leave the message out. Afterwards
/// the `numbers` of rank 1 hold what those of rank 0 hold; the buffers of all other ranks are unchanged. With
/// one rank nothing happens.
pub fn slice(world: &SimpleCommunicator, numbers: &mut [i32]) {
    todo!()
}

/// Sends numbers from rank 0 to the last rank, which does not know how many there are.
///
/// Rank 0 has any number of numbers, possibly none; on the other ranks `numbers` is `None`. The last rank
/// returns what it received, every other rank returns `None`. One message is sent, which carries its own
/// length. Rank 0 may be a call ahead, so that the message of the next call has arrived, too. With one rank there is
/// no rank to send to: return `None`.
pub fn vector(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    todo!()
}

/// A charged particle: what [`record`] sends.
///
/// It has no MPI datatype yet. Deriving `Equivalence`, from `mpi::traits`, gives it one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Particle {
    /// The particle's own number; all 64 bits may be used.
    pub id: u64,
    /// In units of the elementary charge.
    pub charge: i8,
    /// Along x, y and z, in meters.
    pub position: [f64; 3],
}

/// Sends particles from rank 0 to the last rank, all of them in one message.
///
/// Rank 0 has any number of particles, possibly none; on the other ranks `particles` is `None`. The last
/// rank returns what it received, every other rank returns `None`. With one rank there is no rank to send
/// to: return `None`.
pub fn record(world: &SimpleCommunicator, particles: Option<&[Particle]>) -> Option<Vec<Particle>> {
    todo!()
}

/// A value of any kind in the map that [`object`] sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(f64),
    /// A text in any language.
    Text(String),
    /// Values of any kind.
    List(Vec<Value>),
}

/// Sends a map from rank 0 to the last rank, in one message.
///
/// Rank 0 has the map, which may be empty; on the other ranks `map` is `None`. The last rank returns what
/// it received, every other rank returns `None`. With one rank there is no rank to send to: return
/// `None`.
pub fn object(
    world: &SimpleCommunicator,
    map: Option<&BTreeMap<String, Value>>,
) -> Option<BTreeMap<String, Value>> {
    todo!()
}

/// Tag of a question that asks for the sum of its numbers.
pub const SUM: Tag = 1;
/// Tag of a question that asks for the largest of its numbers.
pub const LARGEST: Tag = 2;
/// Tag of the empty message after the last question.
pub const STOP: Tag = 3;

/// Rank 0 asks, rank 1 answers: the tag alone says what is asked about the numbers.
///
/// Rank 0 has `questions`, each a tag and at least one number; it sends the numbers of each question, in their
/// order, as one message with that tag, and after the last, or if there are none, an empty message,
/// `&[0_i64; 0]`, with the tag [`STOP`]. Rank 1, whose `questions` are empty, does not know how many will come,
/// nor which. It answers each before it receives the next, in the order in which they were sent, with one
/// number under the same tag: the sum for [`SUM`], which fits in an `i64`, in whatever order the numbers are
/// added, the largest for [`LARGEST`]. Rank 0 may wait for each answer before it asks again, or send questions
/// ahead by immediate sends. It asks equal questions, too.
///
/// Rank 0 returns the answers that it got, in the order of its questions; every other rank returns an empty
/// vector, and so does a single rank, which has nobody to ask. The check also asks in the place of
/// rank 0, and answers in the place of rank 1, on `world`: then an answer is a number that only the check
/// knows.
pub fn tags(world: &SimpleCommunicator, questions: &[(Tag, Vec<i64>)]) -> Vec<i64> {
    todo!()
}

/// Collects reports on rank 0, which does not know which ranks will report.
///
/// Every rank but 0 has any number of reports in `mine`, possibly none, and sends each to rank 0 as a
/// message of its own. Rank 0, which has none, knows only how many there are in `total`, the same on all
/// ranks. It returns each report with the rank that sent it, in the order in which it receives them;
/// every other rank returns an empty vector. MPI may deliver messages from different ranks in any order, and the
/// check makes it do so.
pub fn any_source(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Vec<(Rank, i64)> {
    todo!()
}

/// Sends numbers from rank 0 to every other rank, by messages from one rank to another.
///
/// Rank 0 has any number of numbers, possibly none; on the other ranks `numbers` is `None`, and they do
/// not know how many will come. Every rank, including rank 0, returns the numbers. Each rank but 0
/// receives one message, from rank 0 or from a rank that already has the numbers. There may be any number of
/// ranks, even just one.
pub fn one_to_many(world: &SimpleCommunicator, numbers: Option<&[i32]>) -> Vec<i32> {
    todo!()
}

/// Adds up numbers: every rank adds up its share of them.
///
/// Rank 0 has any number of numbers; on the other ranks `numbers` is `None`, and they do not know how
/// many there are. Rank 0 sends each other rank its share in one message and keeps its own. Every rank
/// calls `add_up` once, with its share, even if that is empty, and each rank but 0 sends rank 0 the one
/// number that it returns: the sum of the share, to which the check adds a number that only this rank
/// knows. Rank 0 sends all shares before it adds up its own, and adds up its own before it waits for the first
/// sum, so that all ranks add up at the same time. The shares are about equal, but one of them may take what
/// remains of the division: of `n` numbers on `p` ranks, none has more than `n` / `p` + `p`. Each number is in
/// one share; in which is up to you.
///
/// Rank 0 returns the sum of what `add_up` has returned on all ranks, which an `i64` holds, added in any
/// order; every other rank returns `None`. A single rank adds up everything by itself.
pub fn parallel_sum(
    world: &SimpleCommunicator,
    numbers: Option<&[i64]>,
    add_up: &dyn Fn(&[i64]) -> i64,
) -> Option<i64> {
    todo!()
}

/// Hands out tasks to whichever worker is free.
///
/// Rank 0, the manager, has any number of tasks; on the other ranks, the workers, `tasks` is `None`. A
/// task is any `i64`. `work` returns the same for equal tasks, but each of them is worked on. The manager hands
/// each task to a worker that has at most one, and works on none itself; every worker gets some, if there are
/// enough. A worker calls `work` once with each task that it gets, and sends back what `work` returns. How long
/// that takes differs between tasks and between workers: no worker waits for the slowest as long as there are
/// tasks left. The simplest manager gives a task only to a worker that has none. A task in advance, for a
/// worker that is still at work, needs an immediate send: a send that waits for its receive would make the
/// manager wait for that worker.
///
/// The check deliberately keeps one worker in its first task until the others have done nearly all the
/// rest: a manager that waits for that worker meanwhile brings everything to a standstill, and the check
/// says so.
///
/// Rank 0 returns the results in the order of the tasks, every other rank returns `None`. With one rank
/// there are no workers: rank 0 does all the work.
pub fn manager_worker(
    world: &SimpleCommunicator,
    tasks: Option<&[i64]>,
    work: &dyn Fn(i64) -> i64,
) -> Option<Vec<i64>> {
    todo!()
}
