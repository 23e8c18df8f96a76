//! The checks of the tasks in which rank 0 sends one message to another rank.

use super::{Answers, LONG, MANY, Map, amount, in_both_modes, one_message, part, plain, repeated};
use super::{Standard, Synchronous};
use crate::subject::{Particle, Value};
use harness_mpi::Check;
use std::iter;

pub fn number(check: &mut Check, answers: &Answers) {
    let rank = check.rank();
    // Odd, and so large that an `f32` has no room for the last digit. (What is lost of the largest number
    // comes back with the conversion.) An answer that takes one number for a sign of something meets it here.
    let drawn = check.draw(1 << 25..1 << 30) | 1;
    for (number, mode) in [
        (drawn, Standard),
        (-drawn, Synchronous),
        (0, Standard),
        (-1, Standard),
        (i32::MIN, Synchronous),
        (i32::MAX, Standard),
    ] {
        let input = format!("the number {number} on rank 0");
        let right = part(check, mode, &input, |check| {
            let given = (rank == 0).then_some(number);
            let (returned, traffic) = check.observe(|world| (answers.number)(world, given));
            let expected = (rank == 1).then_some(number);
            check.returned(
                returned,
                expected,
                "rank 1 receives the number, and no other rank does",
            );
            // Room for a wider type.
            one_message(check, &traffic, 1, 8, "rank 0 sends one message, to rank 1");
            if rank > 1 {
                let looks = ["MPI_Iprobe", "MPI_Improbe", "MPI_Irecv"];
                check.avoids(&traffic, &looks, "the ranks above 1 take no part");
            }
        });
        if !right {
            return;
        }
    }
}

pub fn slice(check: &mut Check, answers: &Answers) {
    let rank = check.rank();
    let some = check.draw(20..200);
    for length in [1, some, 0, LONG] {
        let input = amount(length, "number");
        // In both modes the same, so that rank 1 must get numbers that it had before. A number of no value is a number.
        let mut sent: Vec<i32> = repeated(length, |length| check.integers(length));
        if let [first, _, .., last] = &mut sent[..] {
            (*first, *last) = (0, 0);
        }
        let right = in_both_modes(check, length, &input, |check| {
            // The old contents of the other buffers differ from rank to rank, and in nearly all bits from what is sent.
            let own = |number: &i32| !number ^ (rank as i32 / 2);
            let before: Vec<i32> = sent.iter().map(own).collect();
            let mut numbers = if rank == 0 {
                sent.clone()
            } else {
                before.clone()
            };
            let ((), traffic) = check.observe(|world| (answers.slice)(world, &mut numbers));
            let expected = if rank <= 1 { sent.clone() } else { before };
            let why = "rank 1 receives rank 0's numbers, and all other buffers stay unchanged";
            check.holds("numbers", numbers, expected, why);
            let (bytes, why) = (4 * length as u64, "one message holds the whole slice");
            // That there is nothing to send, all ranks know.
            if length > 0 || traffic.sent().times > 0 {
                one_message(check, &traffic, 1, bytes, why);
            }
        });
        if !right {
            return;
        }
    }
}

pub fn vector(check: &mut Check, answers: &Answers) {
    let some = check.draw(20..200);
    // More than a buffer of a million has room for.
    for length in [some, 1, 0, 6 * LONG] {
        let input = format!("{} on rank 0", amount(length, "number"));
        let right = in_both_modes(check, length, &input, |check| {
            let numbers = repeated(length, |length| floats(check, length));
            let given = (check.rank() == 0).then_some(&numbers[..]);
            let (returned, traffic) = check.observe(|world| (answers.vector)(world, given));
            let why =
                "the last rank receives all numbers that were sent, and no other rank receives any";
            let expected = at_the_last(check, numbers);
            check.returned(returned, expected, why);
            let (bytes, why) = (
                8 * length as u64,
                "one message holds all the numbers, and carries its own length",
            );
            one_message(check, &traffic, last(check), bytes, why);
        });
        if !right {
            return;
        }
    }
    if check.size() > 1 {
        twice(check, answers);
    }
}

/// Two calls in a row, of which rank 0 has made both before the last rank begins.
fn twice(check: &mut Check, answers: &Answers) {
    let input = "3 numbers on rank 0, and 2 in a second call; the last rank begins when rank 0 is done with both";
    part(check, Standard, input, |check| {
        let numbers = [3, 2].map(|length| check.floats(length));
        let sends = check.rank() == 0;
        let returned = check.a_call_ahead(0, last(check), |world| {
            let call = |numbers: &Vec<f64>| (answers.vector)(world, sends.then_some(&numbers[..]));
            numbers.each_ref().map(call)
        });
        let expected = numbers.map(|numbers| at_the_last(check, numbers));
        let why = "the message of the second call does not belong to the first";
        check.returned(returned, expected, why);
    });
}

/// Numbers of all sizes; if there are many, the largest, the smallest, infinity, NaN and -0.0 are among them. Next to
/// NaN, which equals nothing, -0.0 is not taken for 0.0.
fn floats(check: &mut Check, length: usize) -> Vec<f64> {
    let edges = [
        f64::NAN,
        -0.0,
        f64::MAX,
        f64::MIN_POSITIVE,
        f64::NEG_INFINITY,
    ];
    let mut numbers = check.floats(length);
    for (number, edge) in numbers.iter_mut().skip(1).step_by(5).zip(edges) {
        *number = edge;
    }
    check.shuffle(&mut numbers);
    numbers
}

pub fn record(check: &mut Check, answers: &Answers) {
    let some = check.draw(12..40);
    for length in [1, some, 0, MANY] {
        let input = format!("{} on rank 0", amount(length, "particle"));
        let right = in_both_modes(check, length, &input, |check| {
            let particles = repeated(length, |length| draw_particles(check, length));
            let given = (check.rank() == 0).then_some(&particles[..]);
            let (returned, traffic) = check.observe(|world| (answers.record)(world, given));
            let why = "the last rank receives every particle with all its fields, and no other rank \
                       receives any";
            let returned = returned.map(|returned| plain::particles(&returned));
            let expected = at_the_last(check, plain::particles(&particles));
            check.returned(returned, expected, why);
            let why = "with an MPI datatype for the struct, one message holds all particles";
            let bytes = (size_of::<Particle>() * length) as u64;
            one_message(check, &traffic, last(check), bytes, why);
        });
        if !right {
            return;
        }
    }
}

/// Their numbers need all 64 bits, so that a detour over `f64` shows; some are equal.
fn draw_particles(check: &mut Check, length: usize) -> Vec<Particle> {
    let ids: Vec<u64> = check.integers(length);
    let charges: Vec<i8> = check.integers(length);
    let metres = floats(check, 3 * length);
    iter::zip(iter::zip(ids, charges), metres.chunks(3))
        .map(|((id, charge), metres)| Particle {
            id,
            charge,
            position: [metres[0], metres[1], metres[2]],
        })
        .collect()
}

pub fn object(check: &mut Check, answers: &Answers) {
    let some = check.draw(8..16);
    for entries in [some, 1, 0, 1000] {
        let input = format!("a map with {} on rank 0", amount(entries, "entry"));
        let right = in_both_modes(check, entries, &input, |check| {
            let map = draw_map(check, entries);
            let given = (check.rank() == 0).then_some(&map);
            let (returned, traffic) = check.observe(|world| (answers.object)(world, given));
            let why = "the last rank receives an equal map, and no other rank receives one";
            let returned = returned.map(|returned| plain::map(&returned));
            let expected = at_the_last(check, plain::map(&map));
            check.returned(returned, expected, why);
            let why = "one message holds the bytes of the whole map";
            one_message(check, &traffic, last(check), u64::MAX, why);
        });
        if !right {
            return;
        }
    }
}

/// A map of all kinds of values under all kinds of names. A large one has more bytes than a buffer of any
/// guessed length.
fn draw_map(check: &mut Check, entries: usize) -> Map {
    let names = check.names(entries);
    // The number keeps equal names apart.
    let mut map: Map = (0..)
        .zip(names)
        .map(|(entry, name)| {
            let name = match entry {
                0 if entries > 1 => String::new(),
                1 => String::from("two\nlines\n"),
                _ => format!("{name} {entry}"),
            };
            (name, draw_value(check, entry % 5))
        })
        .collect();
    if entries == 1000
        && let Some(mut long) = map.first_entry()
    {
        long.insert(Value::Text("größer ".repeat(LONG)));
    }
    map
}

fn draw_value(check: &mut Check, kind: usize) -> Value {
    match kind {
        0 if check.draw(0..4) == 0 => Value::Number(f64::NAN),
        0 => Value::Number(check.floats(1)[0]),
        1 => Value::Text(check.names(1).remove(0)),
        2 => Value::List([0, 1, 3, 4, 5].map(|inner| draw_value(check, inner)).into()),
        3 => Value::Flag(check.draw(0..2) == 1),
        4 => Value::List(Vec::new()),
        _ => {
            let list = Value::List([1, 3, 0].map(|inner| draw_value(check, inner)).into());
            // Lists in lists in lists …
            (0..check.draw(8..16)).fold(list, |list, _| Value::List(vec![list]))
        }
    }
}

fn last(check: &Check) -> usize {
    check.size() - 1
}

/// What the last rank returns; with only one rank, nothing.
fn at_the_last<T>(check: &Check, value: T) -> Option<T> {
    (check.size() > 1 && check.rank() == last(check)).then_some(value)
}
