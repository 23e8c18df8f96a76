//! The checks of exercise 02: one source for the student's crate, the reference and every mistake.
//!
//! The workers are moved by scripts, see `staff.rs`: each check says what a worker does, and when.

#[path = "failing.rs"]
mod failing;
#[path = "farm.rs"]
mod farm;
#[path = "memory.rs"]
mod memory;
#[path = "price.rs"]
mod price;
#[path = "staff.rs"]
mod staff;
#[path = "standstill.rs"]
mod standstill;
#[path = "worker.rs"]
pub mod worker;

use crate::subject::{Cost, Trouble, Work};
use harness::{Check, Kind, Suite, plural};
use staff::{Board, Worker};
use std::{io, path::Path, process::Command, time::Duration};
use worker::{Order, answer};

harness::answers! {
    fn spawn(worker: &mut Command) -> Result<u64, Trouble>;
    fn pipes(workers: &mut [Command], numbers: &[u64]) -> io::Result<Vec<u64>>;
    fn pool(workers: &mut [Command], tasks: &[u64]) -> io::Result<Vec<u64>>;
    fn crash(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work;
    fn tally(file: &Path, numbers: &[usize]) -> io::Result<()>;
    fn shared(workers: &mut [Command], file: &Path, length: usize) -> io::Result<Vec<u64>>;
    fn cost(
        worker: &mut Command,
        work: &(dyn Fn(u64) -> u64 + Sync),
        rounds: u32,
    ) -> io::Result<Cost>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("spawn", spawn)
        .task("pipes", pipes)
        .task("pool", farm::pool)
        .task("crash", failing::crash)
        .task("shared", memory::shared)
        .task("cost", price::cost)
}

/// What a worker is given, and what it answers, must fit into pipes together: this does not.
const MANY: usize = 60_000;

/// A worker of `spawn`: what it does, how, and what is to be returned then.
type Life = (
    &'static str,
    fn(&mut Worker, u64) -> Option<()>,
    fn(u64) -> Result<u64, Trouble>,
);

const LIVES: [Life; 9] = [
    (
        "prints its number and ends",
        |worker, number| worker.print(format!("{number}\n")),
        Ok,
    ),
    (
        "complains at length on its standard error, prints its number and ends",
        |worker, number| {
            worker.order(&Order::Complain(10_000))?;
            worker.print(format!("{number}\n"))
        },
        Ok,
    ),
    (
        "prints its number and ends with status 3",
        |worker, number| {
            worker.print(format!("{number}\n"))?;
            worker.order(&Order::Exit(3))
        },
        |_| Err(Trouble::Status(3)),
    ),
    (
        "prints nothing and ends with status 101",
        |worker, _| worker.order(&Order::Exit(101)),
        |_| Err(Trouble::Status(101)),
    ),
    (
        "prints its number and is ended by signal 9",
        |worker, number| {
            worker.print(format!("{number}\n"))?;
            worker.order(&Order::Die)
        },
        |_| Err(Trouble::Signal(9)),
    ),
    (
        "prints `many` and ends with status 0",
        |worker, _| worker.print("many\n"),
        |_| Err(Trouble::Garbage),
    ),
    (
        "prints nothing and ends with status 0",
        |_, _| Some(()),
        |_| Err(Trouble::Garbage),
    ),
    (
        "prints two numbers and ends with status 0",
        |worker, number| worker.print(format!("{number}\n{number}\n")),
        |_| Err(Trouble::Garbage),
    ),
    (
        "prints bytes that are not text and ends with status 0",
        |worker, _| worker.order(&Order::Print(vec![0x31, 0xff, 0xfe, 0x0a])),
        |_| Err(Trouble::Garbage),
    ),
];

fn spawn(check: &mut Check, answers: &Answers) {
    for (what, life, expected) in LIVES {
        check.input(format!("a worker that {what}"));
        let number = check.draw(1 << 40..u64::MAX);
        let script = |_: usize, worker: &mut Worker| life(worker, number);
        let seen = staff::with(1, &script, |workers| (answers.spawn)(&mut workers[0]));
        let returned = seen.in_order(check, 1);
        let why = "the number counts only if the worker has ended with status 0, and else it is said \
                   how it went";
        // One after the other: who does not see this may fall over a later one in another way.
        if !check.returned(returned, expected(number), why) || !check.is_clean() {
            return;
        }
    }
    check.input("a program that is not there");
    let missing = staff::Folder::new().path("missing");
    let returned = (answers.spawn)(&mut Command::new(missing));
    let why = "what cannot be started has no answer";
    check.returned(returned, Err(Trouble::NotStarted), why);
}

fn pipes(check: &mut Check, answers: &Answers) {
    for many in [1, 2, 3, 5] {
        // One is left over, so that who rounds up has none left for the last worker, or too few.
        let uneven = many * check.draw(20 / many..60 / many) + 1;
        for length in [uneven, many, 1, 0] {
            let together = length == uneven;
            let until = if together {
                "; none answers before each has a number"
            } else {
                ""
            };
            check.input(format!(
                "{} for {}{until}",
                plural(length, "number"),
                plural(many, "worker")
            ));
            let (numbers, salt) = draw_numbers(check, length);
            let board = Board::<usize>::default();
            let script = |_: usize, worker: &mut Worker| {
                let mut next = worker.read();
                // A worker that will get none is not waited for.
                board.note(|begun| *begun += 1);
                if together {
                    worker.until(&board, |begun| *begun >= many)?;
                }
                while let Some(number) = next {
                    worker.print(format!("{}\n", answer(number, salt)))?;
                    next = worker.read();
                }
                Some(())
            };
            let seen = staff::with(many, &script, |workers| (answers.pipes)(workers, &numbers));
            let given = seen.given.clone();
            let returned = seen.in_order(check, 1);
            answered(check, returned, &numbers, salt);
            shared_out(check, &given, many);
            if !check.is_clean() {
                return;
            }
        }
    }
    check.input(format!(
        "{MANY} numbers for 2 workers: neither they nor the answers fit into a pipe"
    ));
    let (numbers, salt) = draw_numbers(check, MANY);
    let script = |_: usize, worker: &mut Worker| worker.work(salt).map(drop);
    let seen = staff::with(2, &script, |workers| (answers.pipes)(workers, &numbers));
    let returned = seen.in_order(check, 1);
    answered(check, returned, &numbers, salt);
}

/// Different numbers, and what the workers add to their squares.
fn draw_numbers(check: &mut Check, length: usize) -> (Vec<u64>, u64) {
    let mut last = 1_000_000;
    let mut numbers: Vec<u64> = (0..length)
        .map(|_| {
            last += check.draw(1..1_000);
            last
        })
        .collect();
    // Not in order, so that sorting shows.
    numbers.reverse();
    (numbers, check.draw(1..1_000_000))
}

/// Requires that no worker got more than one number more than another.
fn shared_out(check: &mut Check, given: &[(usize, u64)], workers: usize) {
    let mut parts = vec![0; workers];
    for (worker, _) in given {
        parts[*worker] += 1;
    }
    let (least, most) = (parts.iter().min(), parts.iter().max());
    let even = least
        .zip(most)
        .is_none_or(|(least, most)| most - least <= 1);
    check.require(even, Kind::WrongOperation, || {
        format!(
            "gave the workers {parts:?} numbers: spread the remainder, so that none gets more than one \
             number more than another"
        )
    });
}

/// Requires the answers to all numbers, in their order.
fn answered(check: &mut Check, returned: io::Result<Vec<u64>>, numbers: &[u64], salt: u64) {
    let expected: Vec<u64> = numbers.iter().map(|number| answer(*number, salt)).collect();
    if let Some(returned) = well(check, returned) {
        let why = "there is one answer to each, by a worker, in the order in which they were given";
        check.returned(returned, expected, why);
    }
}

/// Requires that there was no error.
fn well<T>(check: &mut Check, returned: io::Result<T>) -> Option<T> {
    let error = returned.as_ref().err().map(ToString::to_string);
    check.require(error.is_none(), Kind::WrongResult, || {
        format!(
            "returned the error `{}`, and every worker is well",
            error.unwrap_or_default()
        )
    });
    returned.ok()
}
