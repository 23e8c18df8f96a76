//! The check of `cost`: who was started how often, and was sent what.
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
use harness::{Check, Kind};
use std::{
    collections::HashMap,
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

/// How long an answer takes at least.
const WORK: Duration = Duration::from_millis(10);
/// What is measured for it at least.
const LEAST: Duration = Duration::from_millis(9);

pub fn cost(check: &mut Check, answers: &Answers) {
    for rounds in [3, 1] {
        check.input(format!("{rounds} rounds"));
        let threads = Board::<HashMap<ThreadId, u32>>::default();
        let work = |number: u64| {
            thread::sleep(WORK);
            threads.note(|calls| *calls.entry(thread::current().id()).or_default() += 1);
            number
        };
        let workers = Board::<Vec<u32>>::default();
        let hasty = Board::<bool>::default();
        let script = |_: usize, worker: &mut Worker| {
            let mut messages = 0;
            while let Some(number) = worker.read() {
                messages += 1;
                thread::sleep(WORK);
                if worker.peek()? {
                    hasty.note(|hasty| *hasty = true);
                }
                worker.print(format!("{}\n", answer(number, 1)))?;
            }
            workers.note(|all| all.push(messages));
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
        let calls = threads.note(|calls| {
            calls.remove(&thread::current().id());
            calls.values().copied().collect()
        });
        shared_out(check, "threads", calls, rounds);
        let messages = workers.note(std::mem::take);
        shared_out(check, "workers", messages, rounds);
        check.require(!hasty.note(|hasty| *hasty), Kind::WrongOperation, || {
            String::from(
                "sent a worker the next number before it had answered: then it is not the way there \
                 and back that is measured",
            )
        });
        measured(check, cost, rounds, elapsed);
    }
}

/// Requires `rounds` that worked on one number each, and one that worked on `rounds` numbers.
fn shared_out(check: &mut Check, what: &str, mut numbers: Vec<u32>, rounds: u32) {
    numbers.sort_unstable();
    let mut expected = vec![1; rounds as usize];
    expected.push(rounds);
    let why = "so many are started for one number each, and one more for all messages";
    check.holds(&format!("numbers for {what}"), numbers, expected, why);
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
