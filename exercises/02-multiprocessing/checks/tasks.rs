//! The checks of exercise 02: one source for the student's crate, the reference and every mistake.
//!
//! The workers are moved by scripts, see `staff.rs`: each check says what a worker does, and when.

#[path = "failing.rs"]
mod failing;
#[path = "farm.rs"]
mod farm;
#[path = "memory.rs"]
mod memory;
#[path = "pause.rs"]
mod pause;
#[path = "price.rs"]
mod price;
#[path = "staff.rs"]
mod staff;
#[path = "standstill.rs"]
mod standstill;
#[path = "worker.rs"]
pub mod worker;

use crate::subject::{self, Cost, Work};
use harness::{Check, Kind, Suite, folder::Folder, plural};
use rustix::process::Signal;
use staff::{Board, Worker};
use std::{
    collections::BTreeSet,
    io,
    ops::Range,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use worker::{Order, answer};

harness::answers! {
    fn spawn(worker: &mut Command) -> Result<u64, subject::Trouble>;
    fn pipes(workers: &mut [Command], numbers: &[u64]) -> io::Result<Vec<u64>>;
    fn pool(workers: &mut [Command], tasks: &[u64]) -> io::Result<Vec<u64>>;
    fn crash(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work;
    fn tally(file: &Path, numbers: &[usize]) -> io::Result<()>;
    fn shared(workers: &mut [Command], file: &Path, length: usize) -> io::Result<Vec<u64>>;
    fn cost(
        worker: &mut Command,
        work: &(dyn Fn(u64) -> u64 + Sync),
        rounds: u32,
        clock: &(dyn Fn() -> Duration + Sync),
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

/// What an answer says is wrong. How its own type compares and prints is for the answer's crate to say;
/// how this one does is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    NotStarted,
    Status(i32),
    Signal(i32),
    Garbage,
    Late,
}

impl From<subject::Trouble> for Trouble {
    fn from(trouble: subject::Trouble) -> Self {
        match trouble {
            subject::Trouble::NotStarted => Self::NotStarted,
            subject::Trouble::Status(status) => Self::Status(status),
            subject::Trouble::Signal(signal) => Self::Signal(signal),
            subject::Trouble::Garbage => Self::Garbage,
            subject::Trouble::Late => Self::Late,
        }
    }
}

/// The number of numbers for which input and answers together do not fit into the pipes.
const MANY: usize = 60_000;
/// More bytes than the largest pipe of Linux holds, which is 1 MiB.
const LONG: usize = 1_200_000;
/// More lines on the standard error than a pipe holds.
const COMPLAINTS: usize = 10_000;
/// More workers than run at the same time if an answer has a limit of its own.
const CROWD: Range<usize> = 17..21;
/// Rounds of patience that a slow worker lets pass.
const SLOW: usize = 300;

/// A worker of `spawn`: what it does, how, and the expected result.
struct Life {
    what: String,
    steps: Vec<Step>,
    expected: Result<u64, Trouble>,
}

enum Step {
    Do(Order),
    Dawdle,
}

impl Life {
    fn new<const STEPS: usize>(
        what: impl Into<String>,
        steps: [Order; STEPS],
        expected: Result<u64, Trouble>,
    ) -> Self {
        Self {
            what: what.into(),
            steps: steps.into_iter().map(Step::Do).collect(),
            expected,
        }
    }
}

fn printed(text: impl ToString) -> Order {
    Order::Print(text.to_string().into_bytes())
}

/// Signals that end a process which does not handle them, and that are not ignored.
pub fn draw_signal(check: &mut Check) -> i32 {
    let signals = [
        Signal::KILL,
        Signal::TERM,
        Signal::ALARM,
        Signal::USR1,
        Signal::USR2,
    ];
    check.pick(&signals).as_raw()
}

/// A status that means an error.
pub fn draw_status(check: &mut Check) -> i32 {
    // Except 137 and similar ones, which shells show for a signal, and 255, which others show as -1.
    let likely = [1, 2, 101, 127, 137, 143, 255];
    match check.draw(0..2) {
        0 => check.pick(&likely),
        _ => check.draw(1..256),
    }
}

/// Lines, without their ends, that are no number of a `u64`: some that are nearly one, and some names.
pub fn draw_garbage(check: &mut Check) -> Vec<String> {
    let near = [
        "12 apples",
        "18446744073709551616",
        "-5",
        "3.0",
        "1e3",
        "0x1f",
        "1_000",
        "7 8",
        "\u{661}\u{662}",
        "NaN",
        "",
    ];
    let mut garbage: Vec<String> = near.map(String::from).into();
    let names = check.names(3).into_iter();
    garbage.extend(names.filter(|name| name.trim().parse::<u64>().is_err()));
    check.shuffle(&mut garbage);
    garbage
}

fn lives(check: &mut Check) -> Vec<Life> {
    let number = |check: &mut Check| {
        let numbers: Vec<u64> = check.integers(4);
        check.pick(&numbers)
    };
    let mut lives = Vec::new();
    // The first does not fit into a signed number.
    for plain in [check.draw(1 << 63..u64::MAX), number(check)] {
        lives.push(Life::new(
            "prints its number and ends",
            [printed(format!("{plain}\n"))],
            Ok(plain),
        ));
    }
    let plain = check.draw(1_000_000..u64::MAX);
    lives.push(Life::new(
        "writes a lot to its standard error, prints its number and ends",
        [Order::Complain(COMPLAINTS), printed(format!("{plain}\n"))],
        Ok(plain),
    ));
    let digits = plain.to_string();
    let (start, end) = digits.split_at(check.draw(1..digits.len()));
    lives.push(Life {
        what: String::from("prints its number in two pieces, pauses, and ends"),
        steps: vec![
            Step::Do(Order::Pieces(vec![start.into(), end.into()])),
            Step::Dawdle,
            Step::Do(printed("\n")),
        ],
        expected: Ok(plain),
    });
    lives.push(Life::new(
        format!(
            "prints {LONG} blanks, writes a lot to its standard error, prints its number on the same line \
             and ends"
        ),
        [
            Order::Fill(b' ', LONG),
            Order::Complain(COMPLAINTS),
            printed(format!("{plain} \n")),
        ],
        Ok(plain),
    ));
    let status = draw_status(check);
    lives.push(Life::new(
        format!("prints its number and exits with status {status}"),
        [printed(format!("{plain}\n")), Order::Exit(status)],
        Err(Trouble::Status(status)),
    ));
    let status = draw_status(check);
    lives.push(Life::new(
        format!("prints nothing and exits with status {status}"),
        [Order::Exit(status)],
        Err(Trouble::Status(status)),
    ));
    for _ in 0..2 {
        let signal = draw_signal(check);
        lives.push(Life::new(
            format!("prints its number and is terminated by signal {signal}"),
            [printed(format!("{plain}\n")), Order::Die(signal)],
            Err(Trouble::Signal(signal)),
        ));
    }
    let (status, signal) = (draw_status(check), draw_signal(check));
    for (what, end, trouble) in [
        (
            format!("exits with status {status}"),
            Order::Exit(status),
            Trouble::Status(status),
        ),
        (
            format!("is terminated by signal {signal}"),
            Order::Die(signal),
            Trouble::Signal(signal),
        ),
    ] {
        let garbage = "no number";
        lives.push(Life::new(
            format!("prints {garbage:?} and {what}"),
            [printed(format!("{garbage}\n")), end],
            Err(trouble),
        ));
    }
    for garbage in draw_garbage(check) {
        lives.push(Life::new(
            format!("prints {garbage:?} and exits with status 0"),
            [printed(garbage + "\n")],
            Err(Trouble::Garbage),
        ));
    }
    lives.push(Life::new(
        "prints nothing and exits with status 0",
        [],
        Err(Trouble::Garbage),
    ));
    lives.push(Life::new(
        "prints nothing, writes a number to its standard error, and exits with status 0",
        [Order::Complain(1)],
        Err(Trouble::Garbage),
    ));
    lives.push(Life::new(
        "prints two numbers, each on its own line, and exits with status 0",
        [printed(format!("{plain}\n{plain}\n"))],
        Err(Trouble::Garbage),
    ));
    lives.push(Life::new(
        format!("prints its number and then {LONG} letters, and exits with status 0"),
        [printed(format!("{plain}\n")), Order::Fill(b'x', LONG)],
        Err(Trouble::Garbage),
    ));
    lives.push(Life::new(
        "prints bytes that are not text and exits with status 0",
        [Order::Print(vec![0x31, 0xff, 0xfe, 0x0a])],
        Err(Trouble::Garbage),
    ));
    let status = draw_status(check);
    lives.push(Life::new(
        format!("prints {LONG} blanks and no number, and exits with status {status}"),
        [Order::Fill(b' ', LONG), Order::Exit(status)],
        Err(Trouble::Status(status)),
    ));
    lives
}

fn spawn(check: &mut Check, answers: &Answers) {
    for Life {
        what,
        steps,
        expected,
    } in lives(check)
    {
        check.input(format!("a worker that {what}"));
        let script = |_: usize, worker: &mut Worker| {
            steps.iter().try_for_each(|step| match step {
                Step::Do(order) => worker.order(order),
                Step::Dawdle => worker.dawdle(SLOW),
            })
        };
        let seen = staff::with(1, &script, |workers| (answers.spawn)(&mut workers[0]));
        let returned = seen.in_order(check, 1).map_err(Trouble::from);
        let why = match expected {
            Err(Trouble::Garbage) => {
                "what the worker prints must be a single number that fits in a `u64`"
            }
            _ => {
                "the number counts only if the worker exits with status 0; otherwise the result says what \
                 went wrong"
            }
        };
        // One after the other: an answer that fails here may fail at a later one in a less clear way.
        if !check.returned(returned, expected, why) || !check.is_clean() {
            return;
        }
    }
    let folder = Folder::new();
    let not_there = folder.path("missing");
    for (what, program) in [
        ("a program that does not exist", not_there.as_path()),
        ("a folder instead of a program", folder.whole()),
    ] {
        check.input(what);
        let returned = (answers.spawn)(&mut Command::new(program)).map_err(Trouble::from);
        let why = "the worker could not be started";
        check.returned(returned, Err(Trouble::NotStarted), why);
    }
}

fn pipes(check: &mut Check, answers: &Answers) {
    let drawn = check.draw(4..7);
    for many in [1, 3, drawn] {
        for length in check.lengths(many) {
            in_parts(check, answers, many, length, false);
            if !check.is_clean() {
                return;
            }
        }
        // This reveals workers that run one after the other. Uneven parts have been found before.
        let length = check.draw(many..4 * many);
        in_parts(check, answers, many, length, true);
        if !check.is_clean() {
            return;
        }
    }
    let many = check.draw(CROWD);
    let length = check.draw(many..2 * many);
    in_parts(check, answers, many, length, true);
    if !check.is_clean() {
        return;
    }
    very_many(check, answers);
    if check.is_clean() {
        slowly(check, answers);
    }
    if check.is_clean() {
        equal_numbers(check, |workers, numbers| (answers.pipes)(workers, numbers));
    }
    if check.is_clean() {
        nobody_to_start(check, 3, |workers, numbers| {
            (answers.pipes)(workers, numbers)
        });
    }
}

/// Numbers for several workers; `together` if none answers before each has a number.
fn in_parts(check: &mut Check, answers: &Answers, many: usize, length: usize, together: bool) {
    let what = format!(
        "{} for {}",
        plural(length, "number"),
        plural(many, "worker")
    );
    check.input(match together {
        true => what + "; none of them answers before each has a number",
        false => what,
    });
    let (numbers, salt) = draw_numbers(check, length);
    let board = Board::<usize>::default();
    let script = |_: usize, worker: &mut Worker| {
        let mut next = worker.read();
        if together {
            board.note(|begun| *begun += 1);
            worker.until(&board, |begun| *begun >= many)?;
        }
        while let Some(number) = next {
            worker.answer(number, salt)?;
            next = worker.read();
        }
        Some(())
    };
    let seen = staff::with(many, &script, |workers| (answers.pipes)(workers, &numbers));
    let given = seen.given.clone();
    let returned = seen.in_order(check, 1);
    answered(check, returned, &numbers, salt);
    all_given(check, given.len(), numbers.len());
    shared_out(check, &given, many);
}

/// More numbers than a pipe holds. Each of the two workers waits for the other once, which has more to answer
/// meanwhile than a pipe holds, too: so whoever feeds or reads one worker after the other never ends, whatever the
/// order.
fn very_many(check: &mut Check, answers: &Answers) {
    const HALF: usize = MANY / 4;
    check.input(format!(
        "{MANY} numbers for 2 workers, which first write a lot to their standard error: neither the \
         numbers nor the answers nor that text fit into a pipe. Worker 1 answers half of its numbers, then worker 0 all \
         of its own, then worker 1 the rest"
    ));
    let (numbers, salt) = draw_numbers(check, MANY);
    let board = Board::<[bool; 2]>::default();
    let script = |index: usize, worker: &mut Worker| {
        worker.order(&Order::Complain(COMPLAINTS))?;
        if index == 1 {
            worker.work(salt, HALF)?;
            board.note(|done| done[1] = true);
        }
        worker.until(&board, |done| done[1 - index])?;
        worker.work(salt, usize::MAX)?;
        board.note(|done| done[index] = true);
        Some(())
    };
    let seen = staff::with(2, &script, |workers| {
        quiet(workers);
        (answers.pipes)(workers, &numbers)
    });
    let returned = seen.in_order(check, 1);
    answered(check, returned, &numbers, salt);
}

/// The standard error of workers goes nowhere by default: it would only fill the terminal.
fn quiet(workers: &mut [Command]) {
    for worker in workers {
        worker.stderr(Stdio::null());
    }
}

fn slowly(check: &mut Check, answers: &Answers) {
    check.input("2 numbers for 2 workers, which are slow to answer");
    let (numbers, salt) = draw_numbers(check, 2);
    let script = |_: usize, worker: &mut Worker| {
        let number = worker.read()?;
        worker.dawdle(SLOW)?;
        worker.answer(number, salt)
    };
    let seen = staff::with(2, &script, |workers| (answers.pipes)(workers, &numbers));
    let returned = seen.in_order(check, 1);
    answered(check, returned, &numbers, salt);
}

/// Workers may answer an equal number by another one, each time.
fn equal_numbers(
    check: &mut Check,
    answer: impl FnOnce(&mut [Command], &[u64]) -> io::Result<Vec<u64>>,
) {
    const LENGTH: u64 = 9;
    check.input(format!(
        "{LENGTH} equal numbers for 3 workers, which give a different answer each time"
    ));
    let (number, salt) = (check.draw(0..u64::MAX), check.draw(1..u64::MAX));
    let board = Board::<u64>::default();
    let script = |_: usize, worker: &mut Worker| {
        while let Some(number) = worker.read() {
            let nth = board.note(|answered| {
                *answered += 1;
                *answered
            });
            worker.answer(number, salt ^ nth)?;
        }
        Some(())
    };
    let seen = staff::with(3, &script, |workers| {
        answer(workers, &[number; LENGTH as usize])
    });
    let returned = seen.in_order(check, 1);
    if let Some(mut returned) = well(check, returned) {
        let mut expected: Vec<u64> = (1..=LENGTH)
            .map(|nth| worker::answer(number, salt ^ nth))
            .collect();
        // Any of them may have been the first.
        returned.sort_unstable();
        expected.sort_unstable();
        let why = "each answer is returned once, even if several numbers are equal";
        check.holds("the answers, sorted", returned, expected, why);
    }
}

/// One of the workers cannot be started. Whether the others are left behind then is not checked.
fn nobody_to_start(
    check: &mut Check,
    many: usize,
    answer: impl FnOnce(&mut [Command], &[u64]) -> io::Result<Vec<u64>>,
) {
    let missing = check.draw(0..many);
    check.input(format!(
        "{} for {}; the program of worker {missing} does not exist",
        plural(2 * many, "number"),
        plural(many, "worker")
    ));
    let (numbers, salt) = draw_numbers(check, 2 * many);
    let script = |_: usize, worker: &mut Worker| farm::serve(worker, salt);
    let seen = staff::with(many, &script, |workers| {
        workers[missing] = Command::new(Folder::new().path("missing"));
        answer(workers, &numbers)
    });
    is_an_error(check, &seen.returned);
}

/// Requires an error if a worker could not be started.
fn is_an_error<T>(check: &mut Check, returned: &io::Result<T>) {
    check.require(returned.is_err(), Kind::WrongResult, || {
        String::from("returned no error, although a worker could not be started")
    });
}

/// Numbers of any size, some of them twice, in no order; and a salt for the answers to them. One of the answers
/// is 0.
fn draw_numbers(check: &mut Check, length: usize) -> (Vec<u64>, u64) {
    let (numbers, salt) = (check.integers(length), check.draw(1..u64::MAX));
    (with_answer_zero(check, numbers, salt), salt)
}

/// The same, and no number twice.
fn draw_different_numbers(check: &mut Check, length: usize) -> (Vec<u64>, u64) {
    let salt = check.draw(1..u64::MAX);
    let mut known = BTreeSet::from([salt]);
    let mut numbers: Vec<u64> = Vec::new();
    while numbers.len() < length {
        let drawn = check.integers(length);
        numbers.extend(drawn.into_iter().filter(|number| known.insert(*number)));
    }
    numbers.truncate(length);
    (with_answer_zero(check, numbers, salt), salt)
}

/// Puts the number that is answered by 0 in place of another one: an answer may take a 0 for none. Not in place of
/// the last one: whether that was given to a worker must not depend on what is drawn.
fn with_answer_zero(check: &mut Check, mut numbers: Vec<u64>, salt: u64) -> Vec<u64> {
    if numbers.len() > 1 {
        let place = check.draw(0..numbers.len() - 1);
        numbers[place] = salt;
    }
    numbers
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
            "gave the workers {parts:?} numbers: spread the remainder so that no worker gets more than \
             one number more than another"
        )
    });
}

/// Requires the answers to all numbers, in their order.
fn answered(check: &mut Check, returned: io::Result<Vec<u64>>, numbers: &[u64], salt: u64) {
    let expected: Vec<u64> = numbers.iter().map(|number| answer(*number, salt)).collect();
    if let Some(returned) = well(check, returned) {
        let why = "there is one answer from a worker to each number, in the order of the numbers";
        check.returned(returned, expected, why);
    }
}

/// Requires that the workers got as many numbers as there are, where all else is right.
fn all_given(check: &mut Check, given: usize, numbers: usize) {
    let all = !check.is_clean() || given == numbers;
    check.require(all, Kind::WrongOperation, || {
        format!(
            "gave the workers {}, but there were {numbers}: each is given to a worker, even if it is \
             equal to another",
            plural(given, "number")
        )
    });
}

/// Requires that there was no error.
fn well<T>(check: &mut Check, returned: io::Result<T>) -> Option<T> {
    let error = returned.as_ref().err().map(ToString::to_string);
    check.require(error.is_none(), Kind::WrongResult, || {
        format!(
            "returned the error `{}`, although nothing went wrong",
            error.unwrap_or_default()
        )
    });
    returned.ok()
}
