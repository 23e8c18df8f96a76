//! The checks of exercise 03: one source for the student's crate, the reference and every mistake.
//!
//! - `messages`: from one rank to another;
//! - `talks`: messages that are told apart by their tags and sources;
//! - `shares`: work for all ranks, in equal shares;
//! - `farm`: work for any worker that is free;
//! - `plain`: what the first of them compare.
//!
//! Every answer is tried with standard sends, as they are, and in synchronous mode, in which a send
//! waits for its receive however short the message is: no answer may rely on what MPI buffers.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "farm.rs"]
mod farm;
#[path = "messages.rs"]
mod messages;
#[path = "plain.rs"]
mod plain;
#[path = "shares.rs"]
mod shares;
#[path = "talks.rs"]
mod talks;

use crate::subject::{Particle, Value};
use harness_mpi::{Bounds, COMMUNICATOR_MAKERS, Check, Moved, SimpleCommunicator, Suite, Traffic};
use mpi::{Rank, Tag, environment::processor_name, traits::*};
use std::collections::BTreeMap;

harness_mpi::answers! {
    fn hello(world: &SimpleCommunicator) -> String;
    fn number(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32>;
    fn slice(world: &SimpleCommunicator, numbers: &mut [i32]);
    fn vector(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>>;
    fn record(world: &SimpleCommunicator, particles: Option<&[Particle]>) -> Option<Vec<Particle>>;
    fn object(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map>;
    fn tags(world: &SimpleCommunicator, questions: &[(Tag, Vec<i64>)]) -> Vec<i64>;
    fn any_source(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Vec<(Rank, i64)>;
    fn one_to_many(world: &SimpleCommunicator, numbers: Option<&[i32]>) -> Vec<i32>;
    fn parallel_sum(
        world: &SimpleCommunicator,
        numbers: Option<&[i64]>,
        add_up: &dyn Fn(&[i64]) -> i64,
    ) -> Option<i64>;
    fn manager_worker(
        world: &SimpleCommunicator,
        tasks: Option<&[i64]>,
        work: &dyn Fn(i64) -> i64,
    ) -> Option<Vec<i64>>;
}

type Map = BTreeMap<String, Value>;

/// Many more numbers than MPI buffers for the sender, which it does up to some 8 kB, and more than 16
/// bits can count.
const MANY: usize = 70_001;

/// More than a buffer of any guessed length.
const LONG: usize = 200_003;

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("hello", hello)
        .task("number", messages::number)
        .task("slice", messages::slice)
        .task("vector", messages::vector)
        .task("record", messages::record)
        .task("object", messages::object)
        .task("tags", talks::tags)
        .task("any-source", talks::any_source)
        .task("one-to-many", shares::one_to_many)
        .task("parallel-sum", shares::parallel_sum)
        .task("manager-worker", farm::manager_worker)
}

fn hello(check: &mut Check, answers: &Answers) {
    let last_first: Vec<usize> = (0..check.size()).rev().collect();
    let last_first = check.communicator_of(&last_first);
    let _ = greets(check, answers, "the ranks in their usual order", None)
        && greets(
            check,
            answers,
            "a communicator in which the last rank is rank 0",
            last_first.as_ref(),
        );
}

/// Says hello on the task's communicator, or on another one of all its ranks.
fn greets(
    check: &mut Check,
    answers: &Answers,
    input: &str,
    other: Option<&SimpleCommunicator>,
) -> bool {
    part(check, Standard, input, |check| {
        let host = processor_name().unwrap_or_default();
        let (rank, size) = (other.unwrap_or(check.world()).rank(), check.size());
        let (line, traffic) = check.observe(|world| (answers.hello)(other.unwrap_or(world)));
        let why = "every rank runs the same program, and learns from `world` which rank it is";
        check.returned(line, format!("rank {rank} of {size} on {host}"), why);
        let nothing = Bounds {
            given: 0,
            got: 0,
            calls: 0,
        };
        let why = "MPI tells each rank all that it has to say";
        messages_only(check, &traffic, nothing, why);
    })
}

/// How standard sends behave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// As MPI makes them.
    Standard,
    /// Each waits for its receive.
    Synchronous,
}
use Mode::{Standard, Synchronous};

/// Runs one part of a check. Returns, the same on all ranks, whether nothing was wrong on any rank and
/// every message was received: only then does the next part run.
fn part(check: &mut Check, mode: Mode, input: &str, run: impl FnOnce(&mut Check)) -> bool {
    match mode {
        Standard => {
            check.input(input);
            check.standard(run);
        }
        Synchronous => {
            check.input(format!(
                "{input}, in synchronous mode: every send waits until its receive has begun"
            ));
            run(check);
        }
    }
    check.everywhere(check.is_clean()) && check.all_received("every message must be received")
}

/// The same part in both modes, with other values. For long inputs, one mode is enough: a long message
/// waits for its receive anyway.
fn in_both_modes(
    check: &mut Check,
    length: usize,
    input: &str,
    mut run: impl FnMut(&mut Check),
) -> bool {
    const LONG: usize = 1000;
    part(check, Standard, input, &mut run)
        && (length >= LONG || part(check, Synchronous, input, &mut run))
}

/// Items of this length, of which only the first are drawn: to repeat them is far quicker. Their number is
/// a prime, so that no block of another length fits in by chance.
fn repeated<T: Clone>(length: usize, draw: impl FnOnce(usize) -> Vec<T>) -> Vec<T> {
    const PERIOD: usize = 4999;
    let drawn = draw(length.min(PERIOD));
    drawn.into_iter().cycle().take(length).collect()
}

/// Requires that rank 0 sends one message to another rank, of at most `bytes` bytes, and that nothing
/// else is moved. The message is sent even if it is empty, because the other rank waits for it.
fn one_message(check: &mut Check, traffic: &Traffic, to: usize, bytes: u64, why: &str) {
    let (rank, alone) = (check.rank(), check.size() == 1);
    let (sends, receives) = (rank == 0 && !alone, rank == to && !alone);
    let limit = |holds| if holds { encoded(bytes) } else { 0 };
    let bounds = Bounds {
        given: limit(sends),
        got: limit(receives),
        calls: u64::from(sends),
    };
    let one = Moved { times: 1, bytes: 0 };
    let _ = messages_only(check, traffic, bounds, why)
        && (!sends || traffic.sent().times > 1 || check.sends(traffic, to, one, why));
}

/// The number of bytes that an encoding may need for `bytes` bytes, if it needs a few more for a large
/// number, and includes the length, or a number that marks the end.
fn encoded(bytes: u64) -> u64 {
    const LENGTH: u64 = 8;
    bytes.saturating_add(bytes / 4 + LENGTH)
}

/// Requires that this rank moves no more than it may, and that by messages.
fn messages_only(check: &mut Check, traffic: &Traffic, bounds: Bounds, why: &str) -> bool {
    let sent = traffic.sent_by(check.rank()).times;
    no_collectives(check, traffic)
        && check.at_most("messages sent", sent, bounds.calls, why)
        && check.moves(traffic, bounds, why)
}

/// Requires that this rank called no collective: they are the matter of exercise 05, and here it is
/// the messages that are to be learned. To make a communicator is one as well.
fn no_collectives(check: &mut Check, traffic: &Traffic) -> bool {
    let why = "it is a collective, and this task is about messages from one rank to another";
    check.avoids(traffic, &traffic.collectives(), why)
        && check.avoids(traffic, COMMUNICATOR_MAKERS, why)
}

/// "1 number", "2 numbers"; "1 entry", "2 entries".
fn amount(count: usize, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {noun}s"),
    }
}
