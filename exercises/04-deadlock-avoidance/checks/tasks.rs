//! The checks of exercise 04: one source for the student's crate, the reference and every mistake.
//!
//! - `order`: who sends first, with calls that wait;
//! - `together`: one call that sends and receives, even at open ends;
//! - `requests`: transfers that are under way at the same time.
//!
//! Every answer is tried with standard sends, as they are, and in synchronous mode, in which a send
//! waits for its receive however short the message is. What MPI buffers differs from one machine to
//! the next, so that no answer may rely on it.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "order.rs"]
mod order;
#[path = "requests.rs"]
mod requests;
#[path = "together.rs"]
mod together;

use harness_mpi::{
    Bounds, COMMUNICATOR_MAKERS, Check, Moved, SimpleCommunicator, Suite, Traffic, exact,
};
use mpi::Rank;

harness_mpi::answers! {
    fn both_receive(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64>;
    fn both_send(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64>;
    fn sendrecv(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64>;
    fn nonblocking(world: &SimpleCommunicator, mine: &[f64], work: &dyn Fn()) -> Vec<f64>;
    fn ring(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64>;
    fn odd_even(world: &SimpleCommunicator, to_left: &[f64], to_right: &[f64]) -> (Vec<f64>, Vec<f64>);
    fn chain(world: &SimpleCommunicator, cells: &mut [f64]);
    fn wait_all(world: &SimpleCommunicator, outgoing: &[f64]) -> Vec<f64>;
    fn wait_any(world: &SimpleCommunicator, mine: &[f64], handle: &mut dyn FnMut(Rank, &[f64]));
    fn stray(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("both-receive", order::both_receive)
        .task("both-send", order::both_send)
        .task("sendrecv", together::sendrecv)
        .task("nonblocking", requests::nonblocking)
        .task("ring", order::ring)
        .task("odd-even", order::odd_even)
        .task("chain", together::chain)
        .task("wait-all", requests::wait_all)
        .task("wait-any", requests::wait_any)
        .task("stray", order::stray)
}

/// As many numbers as make 8 MB: far more than any MPI buffers.
const MANY: usize = 1_000_000;

/// How standard sends behave.
#[derive(Clone, Copy)]
enum Mode {
    /// As MPI makes them.
    Standard,
    /// Each waits for its receive.
    Synchronous,
}
use Mode::{Standard, Synchronous};

/// Runs one part of a check. Returns, the same on all ranks, whether it was right on all ranks and every
/// message was received: only then does the next part run.
fn part(check: &mut Check, mode: Mode, input: &str, run: impl FnOnce(&mut Check) -> bool) -> bool {
    let right = match mode {
        Standard => {
            check.input(input);
            check.standard(run)
        }
        Synchronous => {
            check.input(format!(
                "{input}, in synchronous mode: every send waits until its receive has begun"
            ));
            run(check)
        }
    };
    check.everywhere(right) && check.all_received("every message must be received")
}

/// How much every rank has.
fn amount(length: usize) -> String {
    let what = match length {
        0 => return String::from("no numbers on any rank"),
        1 => String::from("1 number (8 bytes)"),
        MANY => format!("{length} numbers (8 MB)"),
        _ => format!("{length} numbers"),
    };
    format!("{what} on each rank, {WHOSE}")
}

/// How a number tells where it comes from.
const WHOSE: &str = "those of rank r above r * 100,000";

/// The numbers of all ranks: all need every digit of an `f64`, and the first digit tells whose they are. If there
/// are a few, one in three is NaN instead, some are infinite or extreme, and one is a zero, whose sign differs from
/// rank to rank. Each rank makes only those that it needs.
struct Numbers {
    first: i32,
    length: usize,
}

impl Numbers {
    /// After this many, the numbers of a rank repeat, because copying is far faster than generating.
    /// A prime, so that no block of another length fits by chance.
    const PERIOD: usize = 9973;

    fn draw(check: &mut Check, length: usize) -> Self {
        let first = check.draw(1..90_000);
        Self { first, length }
    }

    fn of(&self, rank: usize) -> Vec<f64> {
        const EXTREMES: [f64; 2] = [f64::INFINITY, f64::MIN];
        /// They are equal, and not the same.
        const ZEROS: [f64; 2] = [0.0, -0.0];
        let few = (2..10).contains(&self.length);
        let zero = self.first as usize % self.length.max(1);
        let first = 100_000 * rank as i32 + self.first;
        let period: Vec<f64> = (first..)
            .take(self.length.min(Self::PERIOD))
            .enumerate()
            .map(|(index, number)| {
                // From rank to rank in another place.
                let place = index + rank + self.first as usize;
                match place % 3 {
                    _ if few && index == zero => ZEROS[rank % 2],
                    0 if few => f64::NAN,
                    1 if few && place.is_multiple_of(2) => EXTREMES[place / 6 % 2],
                    _ => f64::from(number) + 1.0 / 7.0,
                }
            })
            .collect();
        let mut numbers = period.repeat(self.length.div_ceil(Self::PERIOD));
        numbers.truncate(self.length);
        numbers
    }
}

/// The ranks before and after this one in a ring.
fn neighbours(check: &Check) -> (usize, usize) {
    let (rank, size) = (check.rank(), check.size());
    ((rank + size - 1) % size, (rank + 1) % size)
}

/// Requires one of these functions, the first being the usual one. On a single rank, an answer may leave
/// it out.
fn by_one_of(check: &mut Check, traffic: &Traffic, functions: &[&str], why: &str) -> bool {
    check.size() == 1 || check.uses(traffic, functions, why)
}

/// Requires that this rank called no collective: here ranks talk to each other one by one. To make a
/// communicator is one too. And no message is called back: whether it arrives then, MPI leaves open.
fn no_collectives(check: &mut Check, traffic: &Traffic) -> bool {
    let why = "it is a collective, and this task is about messages between two ranks";
    let all = [&traffic.collectives()[..], COMMUNICATOR_MAKERS].concat();
    check.avoids(traffic, &all, why)
        && check.avoids(
            traffic,
            &["MPI_Cancel"],
            "a message that is canceled may never arrive; wait for the request instead",
        )
}

/// Requires that this rank moved its own numbers once in each direction, and hardly more: a length or an
/// answer may go with them. `each_way` is how many numbers that is, `calls` how many messages and
/// collectives are enough.
fn only_its_own(check: &mut Check, traffic: &Traffic, each_way: usize, calls: u64) -> bool {
    let bytes = 8 * each_way as u64 + 64;
    let bounds = Bounds {
        given: bytes,
        got: bytes,
        calls,
    };
    let why = "a rank sends its numbers only where they are needed, and receives only those that it needs";
    check.moves(traffic, bounds, why)
}

/// Requires that this rank sent another one this many numbers, in this many messages or more: the other
/// rank must have received what it returns, and not computed it. A rank may keep what is for itself.
fn sends(check: &mut Check, traffic: &Traffic, to: usize, numbers: usize, messages: usize) -> bool {
    let least = Moved {
        times: messages as u64,
        bytes: 8 * numbers as u64,
    };
    let why = "that rank must receive its numbers from this one, in messages";
    to == check.rank() || check.sends(traffic, to, least, why)
}

/// How often this rank called any of these functions.
fn calls(check: &Check, traffic: &Traffic, functions: &[&str]) -> u64 {
    functions
        .iter()
        .map(|function| traffic.calls(check.rank(), function))
        .sum()
}
