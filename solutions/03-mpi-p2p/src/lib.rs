//! Exercise 03: MPI, point to point, the reference.

use mpi::{
    Rank, Tag,
    environment::processor_name,
    topology::{Process, SimpleCommunicator},
    traits::*,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Says which rank this is: "rank 2 of 4 on node17".
///
/// Every rank returns its own line: its rank in `world`, the communicator that it is given, how many ranks
/// that has, and the name of the machine, as `mpi::environment::processor_name` gives it. No messages are
/// sent.
pub fn hello(world: &SimpleCommunicator) -> String {
    let host = processor_name().unwrap_or_default();
    format!("rank {} of {} on {host}", world.rank(), world.size())
}

/// Sends a number from rank 0 to rank 1.
///
/// Rank 0 has the number; on the other ranks `number` is `None`. Rank 1 returns the number that it
/// received; every other rank, including rank 0, returns `None`. One message is sent, and the ranks above
/// 1 take no part: they do not even look for a message. With one rank there is no rank to send to: return
/// `None`.
pub fn number(world: &SimpleCommunicator, number: Option<i32>) -> Option<i32> {
    match (world.rank(), number) {
        (0, Some(number)) if world.size() > 1 => {
            world.process_at_rank(1).send(&number);
            None
        }
        (1, _) => Some(world.process_at_rank(0).receive().0),
        _ => None,
    }
}

/// Sends a buffer from rank 0 into the buffer of rank 1, in one message.
///
/// All ranks have buffers of the same length. If it is 0, both ranks may leave the message out. Afterwards
/// the `numbers` of rank 1 hold what those of rank 0 hold; the buffers of all other ranks are unchanged. With
/// one rank nothing happens.
pub fn slice(world: &SimpleCommunicator, numbers: &mut [i32]) {
    match world.rank() {
        0 if world.size() > 1 => world.process_at_rank(1).send(numbers),
        1 => drop(world.process_at_rank(0).receive_into(numbers)),
        _ => {}
    }
}

/// Sends numbers from rank 0 to the last rank, which does not know how many there are.
///
/// Rank 0 has any number of numbers, possibly none; on the other ranks `numbers` is `None`. The last rank
/// returns what it received, every other rank returns `None`. One message is sent, which carries its own
/// length. Rank 0 may be a call ahead, so that the message of the next call has arrived, too. With one rank there is
/// no rank to send to: return `None`.
pub fn vector(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    let last = world.size() - 1;
    if let Some(numbers) = numbers {
        if last > 0 {
            world.process_at_rank(last).send(numbers);
        }
        return None;
    }
    (world.rank() == last).then(|| world.process_at_rank(0).receive_vec().0)
}

/// A charged particle: what [`record`] sends.
///
/// Deriving `Equivalence` gives the struct an MPI datatype.
#[derive(Clone, Copy, Debug, PartialEq, Equivalence)]
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
    let last = world.size() - 1;
    if let Some(particles) = particles {
        if last > 0 {
            world.process_at_rank(last).send(particles);
        }
        return None;
    }
    (world.rank() == last).then(|| world.process_at_rank(0).receive_vec().0)
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
    let last = world.size() - 1;
    if let Some(map) = map {
        if last > 0 {
            let bytes = postcard::to_stdvec(map).ok()?;
            world.process_at_rank(last).send(&bytes[..]);
        }
        return None;
    }
    if world.rank() != last {
        return None;
    }
    let (bytes, _) = world.process_at_rank(0).receive_vec::<u8>();
    postcard::from_bytes(&bytes).ok()
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
    match world.rank() {
        0 if world.size() > 1 => ask(&world.process_at_rank(1), questions),
        1 => {
            answer(&world.process_at_rank(0));
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn ask(oracle: &Process<'_>, questions: &[(Tag, Vec<i64>)]) -> Vec<i64> {
    let answers = questions
        .iter()
        .map(|(tag, numbers)| {
            oracle.send_with_tag(&numbers[..], *tag);
            oracle.receive_with_tag(*tag).0
        })
        .collect();
    oracle.send_with_tag(&[0_i64; 0], STOP);
    answers
}

fn answer(asker: &Process<'_>) {
    loop {
        let (numbers, status) = asker.receive_vec::<i64>();
        let answer = match status.tag() {
            SUM => numbers.iter().sum(),
            LARGEST => numbers.into_iter().max().unwrap_or_default(),
            _ => return,
        };
        asker.send_with_tag(&answer, status.tag());
    }
}

/// Collects reports on rank 0, which does not know which ranks will report.
///
/// Every rank but 0 has any number of reports in `mine`, possibly none, and sends each to rank 0 as a
/// message of its own. Rank 0, which has none, knows only how many there are in `total`, the same on all
/// ranks. It returns each report with the rank that sent it, in the order in which it receives them;
/// every other rank returns an empty vector. MPI may deliver messages from different ranks in any order, and the
/// check makes it do so.
pub fn any_source(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Vec<(Rank, i64)> {
    if world.rank() == 0 {
        let report = |_| {
            let (report, status) = world.any_process().receive();
            (status.source_rank(), report)
        };
        return (0..total).map(report).collect();
    }
    for report in mine {
        world.process_at_rank(0).send(report);
    }
    Vec::new()
}

/// Sends numbers from rank 0 to every other rank, by messages from one rank to another.
///
/// Rank 0 has any number of numbers, possibly none; on the other ranks `numbers` is `None`, and they do
/// not know how many will come. Every rank, including rank 0, returns the numbers. Each rank but 0
/// receives one message, from rank 0 or from a rank that already has the numbers. There may be any number of
/// ranks, even just one.
pub fn one_to_many(world: &SimpleCommunicator, numbers: Option<&[i32]>) -> Vec<i32> {
    let Some(numbers) = numbers else {
        return world.process_at_rank(0).receive_vec().0;
    };
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(numbers);
    }
    numbers.to_vec()
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
    let Some(numbers) = numbers else {
        let root = world.process_at_rank(0);
        let (share, _) = root.receive_vec::<i64>();
        root.send(&add_up(&share));
        return None;
    };
    let size = world.size() as usize;
    // Each share begins where the one before it ends, so no number is lost or counted twice.
    let begin = |rank| rank * numbers.len() / size;
    let share = |rank| &numbers[begin(rank)..begin(rank + 1)];
    for rank in 1..size {
        world.process_at_rank(rank as Rank).send(share(rank));
    }
    let own = add_up(share(0));
    let others: i64 = (1..size)
        .map(|_| world.any_process().receive::<i64>().0)
        .sum();
    Some(own + others)
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
    match tasks {
        Some(tasks) if world.size() == 1 => Some(tasks.iter().map(|task| work(*task)).collect()),
        Some(tasks) => Some(manage(world, tasks)),
        None => {
            let manager = world.process_at_rank(0);
            // An empty message says that no task is left.
            while let [index, task] = manager.receive_vec::<i64>().0[..] {
                manager.send(&[index, work(task)]);
            }
            None
        }
    }
}

fn manage(world: &SimpleCommunicator, tasks: &[i64]) -> Vec<i64> {
    // The index travels with the task and comes back with the result: it says where the result belongs.
    let mut left = (0..).zip(tasks).map(|(index, task)| vec![index, *task]);
    let mut feed = |worker: Rank| {
        let next = left.next().unwrap_or_default();
        world.process_at_rank(worker).send(&next[..]);
    };
    (1..world.size()).for_each(&mut feed);

    let mut results = vec![0; tasks.len()];
    for _ in tasks {
        let mut done = [0_i64; 2];
        let status = world.any_process().receive_into(&mut done);
        let [index, result] = done;
        results[index as usize] = result;
        feed(status.source_rank());
    }
    results
}
