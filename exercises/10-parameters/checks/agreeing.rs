//! The checks of the tasks in which rank 0 reads, and all ranks must know.

use super::{Answers, Fields, by_collectives, fields};
use crate::subject::Parameters;
use harness_mpi::{Bounds, Check, Kind, Reason, Traffic, plural};
use std::cell::{Cell, RefCell};

/// The largest number of collectives: for example, whether there is a value, and then three numbers.
const COLLECTIVES: u64 = 4;

/// The exit status that the stub names: the constant there is the answer's own, and may have changed.
const BAD_PARAMETERS: i32 = 2;

pub fn environment(check: &mut Check, answers: &Answers) {
    let rank = check.rank();
    // Not in capitals alone.
    let name = format!("Count_{}", check.draw(0..1_000_000));
    let text = check.names(3).concat();
    let some = |text: &str| Some(text.to_owned());
    let mut cases = vec![
        ("set on rank 0 only", some(&text), None),
        ("not set on rank 0, but on the others", None, some(&text)),
        ("empty on rank 0", some(""), some(&text)),
        ("not set on any rank", None, None),
        ("the same on all ranks", some(&text), some(&text)),
        ("long on rank 0", Some("größer-".repeat(50_000)), some("x")),
        (
            "set on rank 0, with blanks and a line break",
            Some(format!(" {text}\n")),
            some(&text),
        ),
        ("long on the others", some(&text), Some("x".repeat(70_000))),
    ];
    // No possible value may stand for a missing one.
    cases.extend(
        [
            "None",
            "none",
            "NONE",
            "<none>",
            "null",
            "nil",
            "unset",
            "<unset>",
            "undefined",
            "0",
            "-1",
            "-",
            "?",
        ]
        .map(|word| ("a word", some(word), None)),
    );
    for (what, of_root, of_others) in cases {
        check.input(match (what, &of_root) {
            ("a word", Some(word)) => format!("the variable {name} is {word:?} on rank 0 only"),
            _ => format!("the variable {name} is {what}"),
        });
        let asked = RefCell::new(Vec::new());
        let read = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            let value = if rank == 0 { &of_root } else { &of_others };
            value.clone()
        };
        let (value, traffic) = check.observe(|world| (answers.environment)(world, &name, &read));
        let asked = asked.take();
        let other = asked.iter().find(|asked| **asked != name);
        let mut right = called_by_root(check, "read", asked.len());
        right &= check.require(other.is_none(), Kind::WrongResult, || {
            let other = other.cloned().unwrap_or_default();
            format!("read the variable {other:?}, but should read {name}")
        });
        let length = of_root.as_ref().map_or(0, String::len);
        right &= check.returned(value, of_root, "what rank 0 has read, on every rank");
        if !check.everywhere(right) || !by_broadcasts(check, &traffic, length) {
            return;
        }
    }
}

pub fn agree(check: &mut Check, answers: &Answers) {
    let mut drawn = || Parameters {
        from: check.draw(0..u64::MAX),
        to: check.draw(0..u64::MAX),
        digit: check.draw(0..10),
    };
    let (one, other) = (drawn(), drawn());
    // Of several lines, as those of a library often are.
    let message = format!(
        "the digit is {},\n  and 9 is the largest\n",
        check.draw(10..200)
    );
    let long = format!("{message}: {}", "größer ".repeat(10_000));
    let good = |parameters: &Parameters| Ok(parameters.clone());
    let of = |from, to, digit| Ok(Parameters { from, to, digit });
    let bad = |message: &str| Err(message.to_owned());
    for (what, of_root, of_others) in [
        ("valid on rank 0", good(&one), bad(&message)),
        ("invalid on rank 0", bad(&message), good(&other)),
        (
            "valid on all ranks, but different",
            good(&other),
            good(&one),
        ),
        ("invalid on all ranks", bad(&message), bad(&message)),
        (
            "invalid on rank 0, with a long message",
            bad(&long),
            good(&one),
        ),
        (
            "invalid on rank 0, with an empty message",
            bad(""),
            good(&one),
        ),
        // No possible parameters may stand for invalid ones.
        ("all 0 on rank 0", of(0, 0, 0), good(&one)),
        ("the defaults on rank 0", of(0, 1000, 8), good(&one)),
        (
            "1, 0 and 0 on rank 0, which is an empty range",
            of(1, 0, 0),
            good(&one),
        ),
        (
            "as large as possible and 0 on rank 0",
            of(u64::MAX, 0, 0),
            good(&one),
        ),
        (
            "as large as possible on rank 0",
            of(u64::MAX, u64::MAX, 9),
            good(&one),
        ),
        (
            "valid on rank 0, with an empty range of numbers",
            of(u64::MAX, 0, 9),
            good(&one),
        ),
    ] {
        check.input(format!("parameters that are {what}"));
        if !agrees(check, answers, &of_root, &of_others) {
            return;
        }
    }
}

type Read = Result<Parameters, String>;

/// Returns whether it was right everywhere.
fn agrees(check: &mut Check, answers: &Answers, of_root: &Read, of_others: &Read) -> bool {
    let rank = check.rank();
    let (reads, said) = (Cell::new(0), RefCell::new(Vec::new()));
    let read = || {
        reads.set(reads.get() + 1);
        if rank == 0 { of_root } else { of_others }.clone()
    };
    let say = |text: &str| said.borrow_mut().push(text.to_owned());
    let (found, traffic) = check.observe(|world| (answers.agree)(world, &read, &say));

    let mut right = called_by_root(check, "read", reads.get());
    right &= said_once(check, &said.take(), of_root.as_ref().err());
    let expected: Result<Fields, i32> = match of_root {
        Ok(parameters) => Ok(fields(parameters)),
        Err(_) => Err(BAD_PARAMETERS),
    };
    let found = found.as_ref().map(fields).map_err(|status| *status);
    let why = "all ranks get what rank 0 has read, or leave with the same status";
    right &= check.returned(found, expected, why);

    // Room for any way to write it down, the message too.
    let enough = 4 * of_root.as_ref().err().map_or(0, String::len) as u64 + 1_000;
    let enough = enough * check.size() as u64;
    let bounds = Bounds {
        given: enough,
        got: enough,
        calls: COLLECTIVES,
    };
    let why = "collectives tell all ranks whether there are parameters, and which";
    check.everywhere(right) && by_collectives(check, &traffic, bounds, why)
}

/// Requires that rank 0 said what is wrong, if something is, and that no rank said anything else.
fn said_once(check: &mut Check, said: &[String], message: Option<&String>) -> bool {
    let is_root = check.rank() == 0;
    match (said, message.filter(|_| is_root)) {
        ([], None) => true,
        ([said], Some(message)) => {
            let why = "`say` gets the message that `read` has returned";
            check.holds("message", said, message, why)
        }
        (said, wanted) => check.require(false, Kind::WrongResult, || match said.len() {
            0 => String::from(
                "never called `say`: the user must learn what is wrong with the parameters",
            ),
            _ if !is_root => String::from("called `say`: only rank 0 gives the message"),
            _ if wanted.is_none() => {
                String::from("called `say`, although the parameters are valid")
            }
            times => format!("called `say` {times} times: once is enough"),
        }),
    }
}

/// Requires that rank 0 alone called something, and once.
fn called_by_root(check: &Check, what: &str, times: usize) -> bool {
    let is_root = check.rank() == 0;
    let right = times == usize::from(is_root);
    check.require(right, Kind::WrongResult, || match times {
        0 => format!("never called `{what}`"),
        _ if !is_root => {
            format!("called `{what}`, but only rank 0 may: other ranks may find something else")
        }
        more => format!(
            "called `{what}` {}, but should call it once: each call may find something else",
            plural(more, "time")
        ),
    })
}

/// Requires that broadcasts told a text of rank 0 to all ranks. All ranks agree on the answer.
fn by_broadcasts(check: &mut Check, traffic: &Traffic, length: usize) -> bool {
    const BROADCAST: &[&str] = &["MPI_Bcast", "MPI_Ibcast"];
    let why = "rank 0 tells all by broadcasts: how many bytes there are, and the bytes";
    let rank = check.rank();
    let mut called = traffic.collectives().into_iter();
    let other = called.find(|name| !BROADCAST.contains(name) && traffic.calls(rank, name) > 0);
    let broadcasts = check.size() == 1 || check.uses(traffic, BROADCAST, why);
    let only = broadcasts
        && check.require_rule(
            other.is_none(),
            Kind::WrongOperation,
            Reason::OtherCall,
            || format!("calls {}: {why}", other.unwrap_or_default()),
        );
    // Room to serialize it, and for a few numbers; not for letters that are wider than in the value.
    let length = length as u64;
    let enough = length + length / 4 + 1_000;
    let bounds = Bounds {
        given: if check.rank() == 0 { enough } else { 0 },
        got: enough,
        calls: COLLECTIVES,
    };
    check.everywhere(only) && by_collectives(check, traffic, bounds, why)
}
