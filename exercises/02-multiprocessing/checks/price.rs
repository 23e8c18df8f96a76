//! The check of `cost`: who was started how often, and was sent what. Each number is to be the answer
//! to the one before, so that what is sent proves what was received.
//!
//! The times themselves are not judged. But work that takes ten milliseconds at least cannot have been
//! measured as less, and the parts cannot be longer than the whole: that holds on every machine,
//! however slow it is.

use super::{
    Answers,
    staff::{self, Board, Worker},
    well,
    worker::answer,
};
use crate::subject::Cost;
use harness::{Check, Kind, plural};
use std::{
    collections::HashMap,
    iter,
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

/// How long an answer takes at least.
const WORK: Duration = Duration::from_millis(10);
/// What is measured for it at least.
const LEAST: Duration = Duration::from_millis(9);

/// What the threads and the workers were given: one list for each.
type Given = Board<Vec<Vec<u64>>>;

pub fn cost(check: &mut Check, answers: &Answers) {
    for rounds in [3, 1] {
        check.input(plural(rounds as usize, "round"));
        // So small that all fits into an `i32` too: which type is meant is not what this is about.
        // Not 1: then 0, 1 and 2 would each be the answer to the one before, and to count would pass.
        let salt = check.draw(2..100);
        let threads = Board::<HashMap<ThreadId, Vec<u64>>>::default();
        let work = |number: u64| {
            thread::sleep(WORK);
            let me = thread::current().id();
            threads.note(|all| all.entry(me).or_default().push(number));
            answer(number, salt)
        };
        let workers = Given::default();
        let script = |_: usize, worker: &mut Worker| {
            let mut numbers = Vec::new();
            while let Some(number) = worker.read() {
                numbers.push(number);
                thread::sleep(WORK);
                worker.print(format!("{}\n", answer(number, salt)))?;
            }
            workers.note(|all| all.push(numbers));
            Some(())
        };
        let begin = Instant::now();
        let seen = staff::with(1, &script, |workers| {
            (answers.cost)(&mut workers[0], &work, rounds)
        });
        let elapsed = begin.elapsed();
        let returned = seen.in_order(check, rounds as usize + 1);
        let Some(cost) = well(check, returned) else {
            return;
        };
        let threads = threads.note(|all| {
            all.remove(&thread::current().id());
            all.drain().map(|(_, numbers)| numbers).collect()
        });
        shared_out(check, "thread", threads, rounds, salt);
        shared_out(check, "worker", workers.note(std::mem::take), rounds, salt);
        measured(check, cost, rounds, elapsed);
        if !check.is_clean() {
            return;
        }
    }
}

/// Requires `rounds` that worked on one number each, and one that worked on `rounds` numbers; and that
/// each number is the answer to the one before, which nobody can send who does not have that answer.
fn shared_out(check: &mut Check, what: &str, mut given: Vec<Vec<u64>>, rounds: u32, salt: u64) {
    let mut counts: Vec<usize> = given.iter().map(Vec::len).collect();
    counts.sort_unstable();
    let rounds = rounds as usize;
    let mut expected = vec![1; rounds];
    expected.push(rounds);
    let why = "so many are started for one number each, and one more for all messages";
    if !check.holds(&format!("numbers for each {what}"), counts, expected, why) {
        return;
    }
    let chain: Vec<u64> = iter::successors(Some(0), |number| Some(answer(*number, salt)))
        .take(rounds)
        .collect();
    // The longest list last: that of the messages. With one round, they are all alike.
    given.sort_by_key(|numbers| (numbers.len(), numbers[0]));
    let messages = given.pop().unwrap_or_default();
    let why = "it begins with 0, and each number is the answer to the one before: only who has \
               received that can send the next, so that the whole way there and back is measured";
    check.holds(
        &format!("the messages to one {what}"),
        messages,
        chain.clone(),
        why,
    );
    let why = "it begins with 0, and each is given what the one before has answered: a start is over \
               when its answer is there";
    let name = format!("the numbers for a new {what} each");
    check.holds(&name, given.concat(), chain, why);
}

/// Requires that the times fit together.
fn measured(check: &mut Check, cost: Cost, rounds: u32, elapsed: Duration) {
    let parts = [
        ("thread_start", cost.thread_start),
        ("thread_message", cost.thread_message),
        ("process_start", cost.process_start),
        ("process_message", cost.process_message),
    ];
    for (name, mean) in parts {
        check.require(mean >= LEAST, Kind::WrongResult, || {
            format!(
                "measured {mean:?} as `{name}`, and the work alone takes {WORK:?} here: the clock is \
                 stopped when the answer is there"
            )
        });
    }
    let total: Duration = parts.iter().map(|(_, mean)| *mean * rounds).sum();
    check.require(total <= elapsed, Kind::WrongResult, || {
        format!(
            "measured {total:?} in all {rounds} rounds together, but was done after {elapsed:?}: each \
             is the mean of one round"
        )
    });
}
