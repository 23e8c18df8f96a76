//! The checks of exercise 03: one source for the student's crate, the reference and every mistake.

#[path = "farm.rs"]
mod farm;

use crate::subject::{LARGEST, Particle, STOP, SUM, Value};
use harness_mpi::{Check, Kind, SimpleCommunicator, Suite, Traffic, Turn};
use mpi::{Rank, Tag, environment::processor_name, topology::Color, traits::*};
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
    fn parallel_sum(world: &SimpleCommunicator, numbers: Option<&[i64]>) -> Option<i64>;
    fn manager_worker(
        world: &SimpleCommunicator,
        tasks: Option<&[i64]>,
        work: &dyn Fn(i64) -> i64,
    ) -> Option<Vec<i64>>;
}

type Map = BTreeMap<String, Value>;

/// Many more numbers than MPI buffers for the sender: above some 8 kB, who sends must wait.
const MANY: usize = 20_000;

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("hello", hello)
        .task("number", number)
        .task("slice", slice)
        .task("vector", vector)
        .task("record", record)
        .task("object", object)
        .task("tags", tags)
        .task("any-source", any_source)
        .task("one-to-many", one_to_many)
        .task("parallel-sum", parallel_sum)
        .task("manager-worker", farm::manager_worker)
}

fn hello(check: &mut Check, answers: &Answers) {
    let host = processor_name().unwrap_or_default();
    let why = "every rank runs the same program, and learns from `world` which one it is";
    let (rank, size) = (check.rank(), check.size());
    check.input("the ranks in their order");
    let line = (answers.hello)(check.world());
    check.returned(line, format!("rank {rank} of {size} on {host}"), why);

    check.input("a communicator in which the last rank is rank 0");
    let last_first = check
        .world()
        .split_by_color_with_key(Color::with_value(0), -check.world().rank());
    if let Some(world) = last_first {
        let (line, rank) = ((answers.hello)(&world), world.rank());
        check.returned(line, format!("rank {rank} of {size} on {host}"), why);
    }
}

fn number(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for number in [check.draw(1..1_000_000), check.draw(-1_000_000..0)] {
        check.input(format!("the number {number} on rank 0"));
        let given = (rank == 0).then_some(number);
        let (returned, traffic) = check.observe(|world| (answers.number)(world, given));
        let expected = (rank == 1).then_some(number);
        check.returned(returned, expected, "rank 1 receives it, and nobody else");
        let sent = u64::from(rank == 0 && size > 1);
        messages_only(check, &traffic, sent, "rank 0 sends one message, to rank 1");
    }
}

fn slice(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for length in [1, 5, 0, MANY] {
        check.input(amount(length, "number"));
        let sent = check.draw_vec(length, 1..1_000_000);
        // What lies in the other buffers before: a negative number, another one on each rank.
        let before = vec![-1 - check.world().rank(); length];
        let mut numbers = if rank == 0 {
            sent.clone()
        } else {
            before.clone()
        };
        let ((), traffic) = check.observe(|world| (answers.slice)(world, &mut numbers));
        let expected = if rank <= 1 { sent } else { before };
        let why = "rank 1 has what rank 0 has, and all other buffers stay as they are";
        check.holds("numbers", numbers, expected, why);
        let sent = u64::from(rank == 0 && size > 1);
        messages_only(check, &traffic, sent, "one message holds the whole slice");
    }
}

fn vector(check: &mut Check, answers: &Answers) {
    let medium = check.draw(20..200);
    for length in [medium, 1, 0, MANY] {
        check.input(format!("{} on rank 0", amount(length, "number")));
        let numbers: Vec<f64> = check
            .draw_vec(length, 1..1_000_000)
            .into_iter()
            .map(f64::from)
            .collect();
        let given = (check.rank() == 0).then_some(&numbers[..]);
        let (returned, traffic) = check.observe(|world| (answers.vector)(world, given));
        let why = "the last rank receives as many numbers as were sent, and nobody else does";
        let expected = at_the_last(check, numbers);
        check.returned(returned, expected, why);
        one_to_the_last(check, &traffic, "a message knows its own length");
    }
}

fn record(check: &mut Check, answers: &Answers) {
    let some = check.draw(3..20);
    for length in [1, some, 0, 1000] {
        check.input(format!("{} on rank 0", amount(length, "particle")));
        let particles: Vec<Particle> = (0..length).map(|_| draw_particle(check)).collect();
        let given = (check.rank() == 0).then_some(&particles[..]);
        let (returned, traffic) = check.observe(|world| (answers.record)(world, given));
        let why = "the last rank receives every particle with every field, and nobody else does";
        let expected = at_the_last(check, particles);
        check.returned(returned, expected, why);
        one_to_the_last(
            check,
            &traffic,
            "with a datatype of their own, all particles are one message",
        );
    }
}

/// Its number needs all 64 bits, so that a detour over `f64` shows.
fn draw_particle(check: &mut Check) -> Particle {
    let mut metres = || f64::from(check.draw(-80_000..80_000)) / 8.0;
    let position = [metres(), metres(), metres()];
    Particle {
        id: check.draw(1 << 63..u64::MAX),
        charge: check.draw(-3..4),
        position,
    }
}

fn object(check: &mut Check, answers: &Answers) {
    let some = check.draw(4..12);
    for entries in [some, 1, 0, 1000] {
        check.input(format!("a map with {} on rank 0", amount(entries, "entry")));
        let map: Map = (0..entries)
            .map(|entry| (format!("größe {entry}"), draw_value(check, entry % 4)))
            .collect();
        let given = (check.rank() == 0).then_some(&map);
        let (returned, traffic) = check.observe(|world| (answers.object)(world, given));
        let why = "the last rank receives an equal map, and nobody else does";
        let expected = at_the_last(check, map);
        check.returned(returned, expected, why);
        one_to_the_last(
            check,
            &traffic,
            "the bytes of the whole map are one message",
        );
    }
}

fn draw_value(check: &mut Check, kind: usize) -> Value {
    match kind {
        0 => Value::Number(f64::from(check.draw(1..1_000_000)) / 7.0),
        1 => Value::Text(format!("{} °C", check.draw(1..1000))),
        2 => Value::List([0, 1, 3].map(|inner| draw_value(check, inner)).into()),
        _ => Value::Flag(check.draw(0..2) == 1),
    }
}

fn tags(check: &mut Check, answers: &Answers) {
    let mixed: Vec<Tag> = (0..6).map(|_| check.draw(SUM..LARGEST + 1)).collect();
    let fixed = [SUM, SUM, LARGEST, LARGEST, SUM];
    for kinds in [vec![], vec![LARGEST], [&fixed[..], &mixed].concat()] {
        check.input(format!("questions with the tags {kinds:?}"));
        let questions: Vec<(Tag, Vec<i64>)> = kinds
            .iter()
            .enumerate()
            .map(|(index, tag)| (*tag, draw_numbers(check, index)))
            .collect();
        let given = if check.rank() == 0 {
            &questions[..]
        } else {
            &[]
        };
        let (returned, traffic) = check.observe(|world| (answers.tags)(world, given));
        let asked = check.rank() == 0 && check.size() > 1;
        let expected = if asked {
            questions.iter().map(answer).collect()
        } else {
            Vec::new()
        };
        check.returned(
            returned,
            expected,
            "each answer is to its question, in the order of asking",
        );
        no_collectives(check, &traffic);
        if asked {
            let why = "the tag says which kind it is, without another message or number";
            let sent = traffic.between(0, 1);
            let numbers: usize = questions.iter().map(|(_, numbers)| numbers.len()).sum();
            let limit = questions.len() as u64 + 1;
            at_most(check, sent.times, limit, ("message", "to rank 1"), why);
            // One number more, for whoever does not leave the last message empty.
            let limit = 8 * (numbers as u64 + 1);
            at_most(check, sent.bytes, limit, ("byte", "to rank 1"), why);
        }
    }
    tags_of_answers(check, answers);
}

/// Rank 1 answers questions that the check asks, as the task says that rank 0 does: what tag an answer
/// has, only its receiver sees. All are sent before the first answer is received, because an answer may
/// come as soon as it likes.
fn tags_of_answers(check: &mut Check, answers: &Answers) {
    let clean = check.all_received("each answer is received") && check.is_clean();
    if !check.everywhere(clean) || check.size() == 1 {
        return;
    }
    check.input("the check asks in the place of rank 0: 2 sums, 2 largest, a sum, then STOP");
    let questions = [SUM, SUM, LARGEST, LARGEST, SUM].map(|tag| (tag, check.draw_vec(3, 1..1000)));
    let mut received = Vec::new();
    match check.rank() {
        0 => {
            let rank_1 = check.world().process_at_rank(1);
            for (tag, numbers) in &questions {
                rank_1.send_with_tag(&numbers[..], *tag);
            }
            rank_1.send_with_tag(&[0_i64; 0], STOP);
            for _ in &questions {
                let mut number = 0_i64;
                let tag = rank_1.receive_into(&mut number).tag();
                received.push((tag, number));
            }
        }
        _ => drop((answers.tags)(check.world(), &[])),
    }
    let mut expected: Vec<(Tag, i64)> = questions
        .iter()
        .map(|asked| (asked.0, answer(asked)))
        .collect();
    if check.rank() > 0 {
        expected.clear();
    }
    let why = "rank 1 answers under the tag of the question (here: tag and number of each answer)";
    check.holds("answers", received, expected, why);
}

/// At least two numbers, now and then all negative, and once very many: sum and largest differ.
fn draw_numbers(check: &mut Check, index: usize) -> Vec<i64> {
    let length = if index == 4 { MANY } else { check.draw(2..7) };
    check.draw_vec(
        length,
        if index.is_multiple_of(3) {
            -999..0
        } else {
            1..1000
        },
    )
}

fn answer((tag, numbers): &(Tag, Vec<i64>)) -> i64 {
    match *tag {
        SUM => numbers.iter().sum(),
        _ => numbers.iter().copied().max().unwrap_or_default(),
    }
}

fn any_source(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    // Each rank is once the one that has nothing to report.
    for silent in 0..size {
        let all: Vec<Vec<i64>> = (0..size)
            .map(|rank| {
                let length = check.draw(1..6);
                check.draw_vec(
                    if rank == 0 || rank == silent {
                        0
                    } else {
                        length
                    },
                    1..1_000_000,
                )
            })
            .collect();
        let counts: Vec<usize> = all.iter().map(Vec::len).collect();
        check.input(format!("{counts:?} reports on ranks 0 to {}", size - 1));
        let total = counts.iter().sum();
        let (mut returned, traffic) =
            check.observe(|world| (answers.any_source)(world, &all[rank], total));
        // Reports of different ranks may arrive in any order, those of one rank may not.
        returned.sort_by_key(|(source, _)| *source);
        let sources = (0..).zip(&all).filter(|_| rank == 0);
        let expected: Vec<(Rank, i64)> = sources
            .flat_map(|(source, reports)| reports.iter().map(move |report| (source, *report)))
            .collect();
        let why = "rank 0 has every report with its source (here sorted by source), and those of one \
                   rank in the order in which it sent them";
        check.returned(returned, expected, why);
        messages_only(
            check,
            &traffic,
            counts[rank] as u64,
            "each report is one message to rank 0",
        );
    }
}

fn one_to_many(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size() as u64);
    // Short enough to be buffered: a hundred ranks on two cores are slow to meet for more.
    for length in [1, 5, 0, 500] {
        check.input(format!("{} on rank 0", amount(length, "number")));
        let numbers = check.draw_vec(length, 1..1_000_000);
        let given = (rank == 0).then_some(&numbers[..]);
        let (returned, traffic) = check.observe(|world| (answers.one_to_many)(world, given));
        check.returned(returned, numbers, "every rank gets all the numbers");
        no_collectives(check, &traffic);
        let why = "one message to each rank that has no numbers yet";
        if rank == 0 {
            let sent = traffic.sent().times;
            at_most(check, sent, size - 1, ("message", "from all ranks"), why);
        }
    }
}

fn parallel_sum(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for length in [1, 0, size - 1, 5 * size + size / 2, MANY + 1] {
        check.input(format!("{} on rank 0", amount(length, "number")));
        let numbers = check.draw_vec(length, -1_000_000_000_000..1_000_000_000_000_i64);
        let given = (rank == 0).then_some(&numbers[..]);
        let (returned, traffic) = check.observe(|world| (answers.parallel_sum)(world, given));
        let expected = (rank == 0).then(|| numbers.iter().sum::<i64>());
        check.returned(
            returned,
            expected,
            "rank 0 has the sum of all numbers, each counted once",
        );
        no_collectives(check, &traffic);
        if rank > 0 {
            share(check, &traffic, length);
        } else {
            let kept = (8 * length as u64).saturating_sub(traffic.sent_by(0).bytes) / 8;
            check.require(
                kept <= longest_share(length, size),
                Kind::WrongOperation,
                || {
                    format!(
                        "kept {kept} of {}: every rank adds up its share",
                        amount(length, "number")
                    )
                },
            );
        }
    }
    all_at_once(check, answers);
}

/// Requires that rank 0 sends all shares before it waits for a sum. Its calls that wait are looked at in
/// their order: an immediate receive may be begun at any time.
fn all_at_once(check: &mut Check, answers: &Answers) {
    if !check.everywhere(check.is_clean()) {
        return;
    }
    let length = 2 * check.size();
    check.input(format!(
        "{} on rank 0: the order of its calls",
        amount(length, "number")
    ));
    let numbers = check.draw_vec(length, 1..1000_i64);
    let given = (check.rank() == 0).then_some(&numbers[..]);
    let (_, turns) = check.observe_turns(|world| (answers.parallel_sum)(world, given));
    let receive = turns
        .iter()
        .position(|turn| matches!(turn, Turn::Receive(_)));
    let shares_later = turns[receive.unwrap_or(turns.len())..]
        .iter()
        .filter(|turn| matches!(turn, Turn::Send(_)))
        .count();
    let at_once = check.rank() > 0 || shares_later == 0;
    check.require(at_once, Kind::WrongOperation, || {
        format!(
            "waited for a sum with {} still to be sent: send all shares first, so that all ranks add \
             up at the same time",
            amount(shares_later, "share")
        )
    });
}

fn longest_share(length: usize, size: usize) -> u64 {
    (length / size + size) as u64
}

/// What a rank gets to add up, and what it sends back.
fn share(check: &mut Check, traffic: &Traffic, length: usize) {
    let (rank, limit) = (check.rank(), longest_share(length, check.size()));
    let (there, back) = (traffic.between(0, rank), traffic.between(rank, 0));
    for (count, limit, what, why) in [
        (
            there.times,
            1,
            ("message", "to it"),
            "its share is one message",
        ),
        (
            there.bytes / 8,
            limit,
            ("number", "sent to it"),
            "a rank needs its share only",
        ),
        (
            back.times,
            1,
            ("message", "sent back"),
            "its sum is one message",
        ),
        (
            back.bytes / 8,
            1,
            ("number", "sent back"),
            "its sum is one number",
        ),
    ] {
        at_most(check, count, limit, what, why);
    }
}

/// What the last rank returns; nobody, when there is only one rank.
fn at_the_last<T>(check: &Check, value: T) -> Option<T> {
    (check.size() > 1 && check.rank() == check.size() - 1).then_some(value)
}

fn one_to_the_last(check: &mut Check, traffic: &Traffic, why: &str) {
    let sent = u64::from(check.rank() == 0 && check.size() > 1);
    messages_only(check, traffic, sent, why);
}

/// Requires that this rank sent at most so many messages, and called no collective.
fn messages_only(check: &mut Check, traffic: &Traffic, limit: u64, why: &str) {
    no_collectives(check, traffic);
    let sent = traffic.sent_by(check.rank()).times;
    at_most(check, sent, limit, ("message", "sent"), why);
}

/// Requires that this rank called no collective: they are the matter of exercise 05, and here it is
/// the messages that are to be learnt.
fn no_collectives(check: &mut Check, traffic: &Traffic) {
    let why = "all ranks must take part in that, and here messages go from one rank to another";
    check.avoids(traffic, &traffic.collectives(), why);
}

/// Requires that a count is at most `limit`. Its name is what one of it is called, and what follows.
fn at_most(check: &mut Check, count: u64, limit: u64, name: (&str, &str), why: &str) {
    check.require(count <= limit, Kind::TooMuchCommunication, || {
        let counted = amount(count as usize, name.0);
        let enough = match limit {
            0 => String::from("none is needed"),
            1 => String::from("1 is enough"),
            more => format!("{more} are enough"),
        };
        format!("counts {counted} {}, and {enough}: {why}", name.1)
    });
}

/// "1 number", "2 numbers"; "1 entry", "2 entries".
fn amount(count: usize, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {noun}s"),
    }
}
