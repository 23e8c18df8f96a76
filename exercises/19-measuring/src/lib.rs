//! Exercise 19: measuring. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 19`.
//!
//! **Times are in seconds, and a clock is a function that returns them,** such as `mpi::time`. Read the clock
//! that your function gets, and no other: the checks pass one that shows known times. Clocks of different
//! ranks do not show the same time. Only the difference of two readings on the same rank means something.
//!
//! A time is **usable** if it is a finite number greater than 0. Not all measured times are: a coarse clock
//! shows 0 for work that was too short for it. `stopwatch`, `ping_pong`, and `object` return the time that they
//! have measured, even if it is 0; the functions that compare times say what they do with such a time.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

/// Measures work that all ranks do together: returns, on every rank, the time of the shortest of `rounds`
/// rounds.
///
/// In each round, every rank waits in a barrier (`MPI_Barrier`), reads the clock, calls `work` once, and
/// reads the clock again. **A round takes as long as its slowest rank.** Only `work` comes between the two
/// readings. The ranks may find the slowest one after each round, or once after all rounds. Returns `None` if
/// `rounds` is 0. `work` is called `rounds` times on each rank.
pub fn stopwatch(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    todo!()
}

/// The time of a message of some length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The length of the message.
    pub bytes: usize,
    /// The time from the first rank to the second, in one direction.
    pub seconds: f64,
}

/// Sends messages of the given sizes from rank 0 to the last rank and back, and measures how long they take.
///
/// For each of `sizes`, in this order, a message of that many bytes makes `rounds + 1` round trips: the last
/// rank receives it with a blocking call, and then sends a message of the same length back with another
/// blocking call. The first round trip of each size is a warm-up, and is not measured. Rank 0, which may use
/// non-blocking calls, reads the clock before and after each of the other round trips, and returns for each
/// size **half of the shortest round trip.** Both ranks know the sizes; 0 may be one of them. `rounds` is at
/// least 1.
///
/// The other ranks send and receive nothing, and no rank calls a collective: ranks that wait in one can slow
/// down these two. All ranks except rank 0 return no rows. If there is only one rank, it sends nothing and
/// returns no rows.
pub fn ping_pong(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    todo!()
}

/// A model of a network: a message of n bytes takes `latency + n / bandwidth`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// α: the time of an empty message, in seconds.
    pub latency: f64,
    /// β: bytes per second.
    pub bandwidth: f64,
}

/// Fits `seconds = latency + bytes / bandwidth` to rows by least squares of the **relative** errors: the sum
/// of `((latency + bytes / bandwidth - seconds) / seconds)²` over all usable rows is as small as it can be
/// with a latency that is not negative. Rows whose time is not usable are ignored.
///
/// The best line is the one with the smallest sum. If the best line of all has a negative latency, the latency
/// is 0, and the bandwidth is that of the best line through the origin. Returns `None` if no line can be
/// found: if the usable rows have fewer than two different sizes, or if the slope of the best line is 0 or
/// negative, because the times do not grow with the size. Slopes that differ from 0 only by rounding do not
/// occur.
pub fn fit(rows: &[Row]) -> Option<Line> {
    todo!()
}

/// The way in which a list of numbers becomes bytes, and bytes become numbers again.
#[derive(Clone, Copy)]
pub struct Codec<'a> {
    /// Serializes numbers.
    pub encode: &'a dyn Fn(&[u64]) -> Vec<u8>,
    /// Deserializes bytes that `encode` has returned. The numbers may differ a little from those that were
    /// encoded, because a codec may round.
    pub decode: &'a dyn Fn(&[u8]) -> Vec<u64>,
}

/// The cost of one way to send numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// The number of bytes that rank 0 sends.
    pub bytes: usize,
    /// The time that the numbers need in one direction, in seconds.
    pub seconds: f64,
}

/// Sends numbers from rank 0 to the last rank and back, first as a buffer of `u64`, then as an object.
/// Returns, on rank 0, the cost of each of the two ways, in this order.
///
/// Only rank 0 has the numbers, and on the other ranks they are `None`; the last rank does not know how many
/// numbers it will receive. As a buffer, they are one message there and one back. As an object, rank 0
/// encodes them and sends the bytes; the last rank decodes these, encodes the resulting numbers, and sends
/// the bytes back; rank 0 decodes them. Each of the two ranks encodes once and decodes once. The time is
/// **half of the whole round trip,** which begins with the numbers on rank 0 and ends with numbers on rank 0.
/// The end of the first way may be the beginning of the second one.
///
/// The other ranks send and receive nothing, and no rank calls a collective. All ranks except rank 0 return
/// `None`, and so does rank 0 if it is the only rank.
pub fn object(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    todo!()
}

/// All rounds of a run with a number of workers (ranks × threads).
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The number of workers.
    pub workers: usize,
    /// The time of each round, in seconds.
    pub rounds: Vec<f64>,
}

/// A run compared with the run of one worker, which solves the same problem.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// The number of workers.
    pub workers: usize,
    /// The speed-up: how many times as fast as one worker.
    pub speed_up: f64,
    /// The efficiency: the speed-up divided by the number of workers.
    pub efficiency: f64,
    /// The serial fraction of this run, according to Karp and Flatt; `None` for one worker, for which it is
    /// undefined.
    pub serial: Option<f64>,
}

/// Compares runs with that of one worker.
///
/// **The time of a run is its shortest usable round,** because a disturbance only makes a round longer. Runs
/// without a usable round, or without workers, are left out. All others are in the table, in their order. If
/// there are several runs of one worker, all runs are compared with the fastest of these. If there is none,
/// the table is empty.
///
/// The serial fraction is `(1 / speed_up - 1 / workers) / (1 - 1 / workers)`. Do not change it if it is
/// negative.
///
/// Source: Karp and Flatt, Measuring parallel processor performance, Communications of the ACM 33 (1990),
/// 539–543.
pub fn speed_up(runs: &[Run]) -> Vec<Scaling> {
    todo!()
}

/// Fits Amdahl's law to a table: returns the serial fraction s, from 0 to 1, for which the sum of
/// `(s + (1 - s) / workers - 1 / speed_up)²` over all lines is smallest. If a number below 0 or above 1 fits
/// better, this is 0 or 1.
///
/// Only `workers` and `speed_up` of a line are used. Lines whose speed-up is not a finite number greater than
/// 0, and lines with fewer than two workers, contain no information and are left out. Returns `None` if no
/// line is left.
///
/// Source: Amdahl, Validity of the single processor approach to achieving large scale computing capabilities,
/// AFIPS spring joint computer conference (1967), 483–485.
pub fn amdahl(table: &[Scaling]) -> Option<f64> {
    todo!()
}

/// Fits Gustafson's law to a table of weak scaling: returns the serial fraction s, from 0 to 1, for which the
/// sum of `(s + (1 - s) * workers - speed_up)²` over all lines is smallest.
///
/// Here, the speed-up is that of work per second. Lines are left out as in [`amdahl`]; returns `None` if no
/// line is left.
///
/// Source: Gustafson, Reevaluating Amdahl's law, Communications of the ACM 31 (1988), 532–533.
pub fn gustafson(table: &[Scaling]) -> Option<f64> {
    todo!()
}

/// The hardware of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// The number of sockets (processors).
    pub sockets: usize,
    /// The number of cores of all its sockets.
    pub cores: usize,
    /// The number of hardware threads of all its cores: the system calls these CPUs.
    pub threads: usize,
}

/// Determines the hardware of this node, from the files that Linux has below `/sys/devices/system/cpu`.
///
/// `read` takes the name of a file, relative to that folder, and returns its text, or `None` if there is no
/// such file. Read:
///
/// - `online`: the numbers of the CPUs that are switched on, as in `0-3,8,10-11`, followed by a line break;
/// - `cpu8/topology/physical_package_id`: the socket of CPU 8, a number, followed by a line break;
/// - `cpu8/topology/core_id`: its core, a number that is unique only within its socket.
///
/// The numbers of sockets and cores may have gaps, and may be -1. A file that exists contains what it should,
/// but `online` may be empty. CPUs with the same socket and core are hardware threads of that core. A CPU that
/// lacks one of its two files, or both, counts as a core of its own. If the file about its socket is missing,
/// the CPU is on one additional socket, which all such CPUs share. CPUs that are not online do not count, even
/// if there are files about them. Returns `None` if there is no file `online`, or if it contains no CPU.
pub fn topology(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    todo!()
}

/// The machine that a communicator runs on: the vector S(nodes, sockets, cores, threads). All are totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The number of nodes: ranks on one node share memory.
    pub nodes: usize,
    /// The number of sockets of all nodes.
    pub sockets: usize,
    /// The number of cores of all nodes.
    pub cores: usize,
    /// The number of hardware threads of all nodes.
    pub threads: usize,
}

/// Adds up the hardware of all nodes that the ranks of `world` are on. Returns the totals on every rank.
///
/// `node` describes this rank's node; all ranks of a node have the same value. **Each node counts once,**
/// however many ranks it has. Nodes may differ. `split_shared` (`MPI_Comm_split_type`) determines which ranks
/// share a node.
pub fn machine(world: &SimpleCommunicator, node: Node) -> Machine {
    todo!()
}

/// The parameters of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// The size of the problem.
    pub size: u64,
    /// The number of ranks.
    pub ranks: usize,
    /// The number of threads of each rank.
    pub threads: usize,
}

/// The first line of a log. Each line after it is one run: `n17,1000,4,2,0.0125` is a run of size 1000 on
/// machine n17, with 4 ranks of 2 threads each, which took 0.0125 s. Each line ends with `\n`. Names of
/// machines contain no comma, no quotation mark, and no line break; case and spaces in them count.
pub const HEADER: &str = "machine,size,ranks,threads,seconds";

/// Measures points, all of which differ, and writes a line for each to a log. A sweep that was interrupted
/// continues where it stopped.
///
/// Rank 0 has the path of the log; on the other ranks it is `None`. The points and the machine are the same
/// on all ranks. For each point that the log does not yet have for this machine, in their order, all ranks
/// call `measure`. The log has a point if a complete line contains the machine, the point, and a time, usable
/// or not. Lines with fewer than five fields are not runs. Lines with more fields do not occur, and numbers of
/// points are written as `{}` prints them. The value that `measure` returns on rank 0 is
/// written to the log with all its digits (`{}` prints them). **A line is in the file before any rank begins
/// to measure the next point.**
///
/// The program may be killed at any time, even while it writes. If there is no file, or if the file does not
/// contain a single complete line (an empty line is one), the log begins anew, with [`HEADER`]. Anything after
/// the last line break is a partial line, which may end in the middle of a character: it is removed, and its
/// point is measured. All complete lines stay as they are, in their order, including those of other machines
/// and of other points, and lines that are not runs; new lines come after them. They are in the file at any
/// time: a file with a complete line is never emptied and written again, and never replaced by another file.
/// No point is measured again if the log already has it for this machine.
///
/// If rank 0 cannot read or write the log, nothing more is measured, and **all ranks** return an error; its
/// text is up to you. If it can read the log, and no point is missing, it need not find out whether it can
/// write.
pub fn sweep(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    todo!()
}

/// Merges logs, which may come from several machines, into one: [`HEADER`] once, and then all lines of all
/// logs.
///
/// If several lines are identical to the last character, the result has only the first of them. Lines with the
/// same point and machine but different times are two measurements, and both stay. The lines are sorted by
/// machine (as text), size, ranks and threads (as numbers); lines of the same machine and point stay in the
/// order in which they came, log after log. Anything after the last line break of a log is a partial line, and
/// is left out. A log may be empty, and may contain the header several times or not at all; all its other
/// complete lines are runs.
pub fn merge(logs: &[&str]) -> String {
    todo!()
}

/// An event of a rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// The rank computed for this many seconds.
    Compute(f64),
    /// The rank sent a message.
    Send {
        /// The receiver, which is another rank.
        to: usize,
        /// The length of the message.
        bytes: usize,
    },
    /// The rank received the next message from another rank.
    Receive {
        /// The sender, which is another rank.
        from: usize,
    },
    /// The rank took part in a collective of all ranks.
    Collective {
        /// The number of bytes that each rank contributed: the same on all ranks.
        bytes: usize,
    },
}

/// Predicts how long a recorded run would take on another network: the seconds until its last rank has
/// finished.
///
/// `ranks` has the events of each rank, in the order in which they happened there. All ranks begin at 0, and
/// each starts its next event as soon as it has finished the one before:
///
/// - `Compute(s)` takes s seconds;
/// - `Send` keeps the sender busy for `bytes / bandwidth`, and the message arrives `latency` later. The
///   sender does not wait for that;
/// - `Receive` takes the next message from that rank, in the order in which they were sent, and ends when the
///   message has arrived: at once, if it is already there;
/// - `Collective` begins when all ranks have reached it, and ends on all of them after ⌈log₂ p⌉ rounds of
///   `latency + bytes / bandwidth`, where p is the number of ranks.
///
/// Returns `None` if the run cannot end, because a rank would wait forever for a message, or in a collective
/// that another rank does not reach.
/// A message that is never received does no harm. Without ranks, a run takes 0 seconds.
pub fn predict(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    todo!()
}
