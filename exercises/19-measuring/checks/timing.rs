//! The checks of the tasks that measure: `stopwatch`, `ping-pong` and `object`. The clock belongs to the check.

use super::{
    Answers, part,
    stand_in::{self, Messages},
    ticks,
};
use crate::subject::{Codec, Price};
use harness_mpi::{COMMUNICATOR_MAKERS, Check, Kind, Reason, Traffic, Turn, plural};
use std::{
    cell::{Cell, RefCell},
    ops::Range,
};

/// The clock advances by this many seconds with each MPI call: longer than any work.
const CALL: f64 = 1024.0;
/// Times of `work` are multiples of this.
const FINEST: f64 = 1.0 / 1_073_741_824.0;

/// Which round is the shortest on a rank. If there is no such round, the shortest one is drawn.
type Shortest = fn(usize) -> usize;

pub fn stopwatch(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let (many, more) = (check.draw(5..9), check.draw(20..30));
    let cases: [(usize, Shortest); 6] = [
        (1, |_| usize::MAX),
        (4, |rank| rank),
        (0, |_| 0),
        (many, |_| 0),
        (4, |_| 3),
        (more, |_| 1),
    ];
    for (rounds, shortest) in cases {
        let mut times: Vec<Vec<f64>> = (0..size).map(|_| drawn(check, rounds)).collect();
        for (rank, times) in times.iter_mut().enumerate() {
            // The clocks are too coarse for the shortest of many rounds.
            let short = match rounds == more {
                true => 0,
                false => check.draw(1..1 << 10),
            };
            if let Some(time) = times.get_mut(shortest(rank)) {
                *time = f64::from(short) * FINEST;
            }
        }
        let own = &times[check.rank()];
        let input = match (rounds, size) {
            (0, _) => String::from("no rounds"),
            (_, 1) => format!("{}; `work` takes {own:?} s", plural(rounds, "round")),
            _ => format!(
                "{}; `work` takes {own:?} s on this rank, and other times on the others",
                plural(rounds, "round")
            ),
        };
        if !part(check, &input, |check| {
            measured(check, answers, &times, rounds)
        }) {
            return;
        }
    }
}

/// Times from microseconds to a second, which an `f32` cannot hold.
fn drawn(check: &mut Check, length: usize) -> Vec<f64> {
    let times = check.draw_vec(length, 1..1 << 20);
    let finer = check.draw_vec(length, 0..1 << 10);
    let times = times.into_iter().zip(finer);
    times
        .map(|(time, finer)| ticks(time) + f64::from(finer) * FINEST)
        .collect()
}

fn measured(check: &mut Check, answers: &Answers, times: &[Vec<f64>], rounds: usize) {
    let (rank, size) = (check.rank(), check.size());
    let own = &times[rank];
    let (worked, too_early) = (Cell::new(0), Cell::new(None));
    let work = || {
        let round = worked.replace(worked.get() + 1);
        if stand_in::barriers(check) <= round as u64 && too_early.get().is_none() {
            too_early.set(Some(round));
        }
    };
    let (seen, idle) = (Cell::new(None), Cell::new(0.0));
    let clock = || {
        // The clocks of the ranks start at different times.
        let start = 65_536.0 * (1 + rank) as f64;
        let work: f64 = own.iter().take(worked.get()).sum();
        let done = Some((worked.get(), stand_in::calls(check)));
        // Time passes even if nothing is done between two readings, but it is no part of the work.
        if seen.replace(done) == done {
            idle.set(idle.get() + ticks(5));
        }
        start + work + CALL * stand_in::calls(check) as f64 + idle.get()
    };
    let (found, traffic) = check.observe(|world| (answers.stopwatch)(world, rounds, &clock, &work));

    let why = "each rank calls `work` once in each round";
    let right = check.holds("calls of `work`", worked.get(), rounds, why);
    let too_early = too_early.get().filter(|_| size > 1);
    let kind = Kind::WrongOperation;
    let ordered = check.require_rule(too_early.is_none(), kind, Reason::OtherCall, || {
        format!(
            "called `work` in round {} without a barrier (MPI_Barrier) since the round before: all ranks \
             must begin a round together, or the time of one rank includes waiting for the others",
            too_early.unwrap_or(0) + 1
        )
    });
    let whole = ["MPI_Barrier", "MPI_Ibarrier"].map(|name| traffic.calls_of_whole(rank, name));
    let all_wait = size == 1 || !ordered || whole.iter().sum::<u64>() >= rounds as u64;
    let reason = Reason::OtherCall;
    let ordered = ordered && check.require_rule(all_wait, Kind::WrongOperation, reason, || {
        String::from(
            "waited in a barrier of only some of the ranks: all ranks must wait for each other in each round",
        )
    });
    let slowest = |round: usize| times.iter().map(|times| times[round]).fold(0.0, f64::max);
    let slowest: Vec<f64> = (0..rounds).map(slowest).collect();
    let expected = slowest.iter().copied().reduce(f64::min);
    if right && ordered && found != expected {
        let why = found.map_or("there is a time if there is at least one round", |found| {
            why_not(found, own, &slowest)
        });
        let close = found
            .zip(expected)
            .is_some_and(|(found, expected)| (found - expected).abs() <= 1e-12 * expected);
        if !close {
            check.returned(found, expected, why);
        }
    }
}

/// What a wrong time seems to be.
fn why_not(found: f64, own: &[f64], slowest: &[f64]) -> &'static str {
    let is = |time: f64| (found - time).abs() <= 1e-9;
    let (rounds, all) = (slowest.len() as f64, slowest.iter().sum::<f64>());
    let shortest = own.iter().copied().fold(f64::INFINITY, f64::min);
    if slowest.is_empty() {
        "without rounds there is no time"
    } else if (found / FINEST).fract() != 0.0 && !is(all / rounds) {
        "no two readings of the given clock are this far apart: read only the clock that you were given, and return \
         a difference of two of its readings"
    } else if !(0.0..CALL / 2.0).contains(&found) {
        "this is not the time of `work` alone: read the clock after the barrier, right before `work`, and again right \
         after `work`, before any other call, and do not compare clocks of different ranks"
    } else if is(shortest) {
        "this is the shortest round of this rank alone: a round takes as long as its slowest rank, and every rank \
         must return the same time"
    } else if is(all / rounds) || is(all) {
        "this is the mean or the sum of all rounds: return the shortest one, which was disturbed least"
    } else if is(slowest.iter().copied().fold(0.0, f64::max)) && slowest.len() > 1 {
        "this is the longest round: return the shortest one, which was disturbed least"
    } else {
        "a round takes as long as its slowest rank, and the result is the time of the shortest round"
    }
}

pub fn ping_pong(check: &mut Check, answers: &Answers) {
    let (few, drawn, odd) = (
        check.draw(2..5),
        check.draw(5..8),
        check.draw(1..2_000) * 2 + 1,
    );
    for (sizes, rounds) in [
        (vec![8], few),
        (vec![0, 1, odd, 8, 8], drawn),
        (vec![], few),
        (vec![100_000, 3], 1),
        (vec![odd, 64], few),
    ] {
        let input = format!("messages of {sizes:?} bytes, {}", plural(rounds, "round"));
        let right = part(check, &input, |check| {
            returned_in_half(check, answers, &sizes, rounds);
        });
        if !right {
            return;
        }
    }
    part(
        check,
        "messages of [8, 3] bytes, 2 rounds: the order of calls on the last rank",
        |check| {
            there_before_back(check, answers);
        },
    );
}

/// Requires that the last rank sends nothing before it has received the message that it answers. Otherwise two messages
/// travel at the same time, and half of a round trip is not the time of one.
fn there_before_back(check: &mut Check, answers: &Answers) {
    let clock = || ticks(1);
    let (_, turns) = check.observe_turns(|world| (answers.ping_pong)(world, &[8, 3], 2, &clock));
    if check.rank() + 1 < check.size() || check.size() == 1 {
        return;
    }
    let is_send = |turn: &Turn| matches!(turn, Turn::Send(_));
    let in_turn = turns.chunks(2).all(|pair| match pair {
        [one, other] => !is_send(one) && is_send(other),
        _ => false,
    });
    check.require(in_turn, Kind::WrongOperation, || {
        String::from(
            "sent a message before it had received the one that it answers: two messages then travel at the same time, \
             and half of a round trip is not the time of one. Receive first, then send",
        )
    });
}

/// Requires that the last rank receives and sends by blocking calls, one after the other.
fn one_after_the_other(check: &mut Check, traffic: &Traffic) -> bool {
    const TOGETHER: [&str; 9] = [
        "MPI_Sendrecv",
        "MPI_Sendrecv_replace",
        "MPI_Isend",
        "MPI_Issend",
        "MPI_Ibsend",
        "MPI_Irecv",
        "MPI_Imrecv",
        "MPI_Startall",
        "MPI_Start",
    ];
    let why = "the last rank receives with one blocking call and then sends with another, so that the two messages of a \
               round trip never travel at the same time";
    check.rank() + 1 < check.size() || check.avoids(traffic, &TOGETHER, why)
}

fn returned_in_half(check: &mut Check, answers: &Answers, sizes: &[usize], rounds: usize) {
    // The first trip of each size is the shortest, which shows whether it is counted.
    let one_way = |check: &mut Check| -> Vec<f64> {
        let trip = |trip: usize| match trip {
            0 => check.draw(1..1 << 10),
            _ => check.draw(1 << 10..1 << 20),
        };
        let times: Vec<u32> = (0..sizes.len())
            .flat_map(|_| 0..=rounds)
            .map(trip)
            .collect();
        times.into_iter().map(ticks).collect()
    };
    let (mut there, mut back) = (one_way(check), one_way(check));
    if rounds > 4 {
        // The clock is too coarse for the second round of the first size.
        (there[2], back[2]) = (0.0, 0.0);
    }
    let trips: Vec<f64> = there
        .iter()
        .zip(&back)
        .map(|(there, back)| there + back)
        .collect();
    let time = Messages::new(there.clone(), back);
    let clock = || time.read(check);
    let (rows, traffic) = check.observe(|world| (answers.ping_pong)(world, sizes, rounds, &clock));
    let rows: Vec<(usize, f64)> = rows.iter().map(|row| (row.bytes, row.seconds)).collect();

    let last = check.size() - 1;
    if check.rank() > 0 || last == 0 {
        let why = match last {
            0 => "a single rank has no other rank to send to",
            _ => "only rank 0 returns rows",
        };
        check.returned(rows.clone(), vec![], why);
    }
    if last == 0 {
        let why = "a single rank has no other rank to send to";
        check.at_most("messages", traffic.sent().times, 0, why);
        return;
    }
    let right = carried(check, &traffic, sizes, rounds) && one_after_the_other(check, &traffic);
    if !right || check.rank() > 0 {
        return;
    }
    let given: Vec<usize> = rows.iter().map(|row| row.0).collect();
    let why = "there is one row for each size, in the order of `sizes`";
    if !check.holds("the sizes of the rows", given, sizes.to_vec(), why) {
        return;
    }
    for (place, (bytes, seconds)) in rows.into_iter().enumerate() {
        let of_size = place * (rounds + 1)..(place + 1) * (rounds + 1);
        let (trips, there) = (&trips[of_size.clone()], &there[of_size]);
        let shortest = |times: &[f64]| times.iter().copied().fold(f64::INFINITY, f64::min);
        let expected = shortest(&trips[1..]) / 2.0;
        let is = |time: f64| (seconds - time).abs() <= 1e-9 * time;
        let why = if is(2.0 * expected) {
            "this is the whole round trip: a row contains the time of one direction, which is half of it"
        } else if is(shortest(trips) / 2.0) {
            "this is half of the first round trip, which is the warm-up and is not measured"
        } else if is(shortest(&there[1..])) || is(shortest(&there[1..]) / 2.0) {
            "this is the time until the message was sent: stop the clock when the answer has been received"
        } else if is(trips[1..].iter().sum::<f64>() / (2 * rounds) as f64) {
            "this is half of the mean: take the shortest round trip, which was disturbed least"
        } else {
            "a row contains half of the shortest round trip; the first one, the warm-up, does not count"
        };
        if !check.close(seconds, expected, 1e-12, &format!("{bytes} bytes: {why}")) {
            return;
        }
    }
}

/// Requires that the messages went there and back, and that there were no others.
fn carried(check: &mut Check, traffic: &Traffic, sizes: &[usize], rounds: usize) -> bool {
    let last = check.size() - 1;
    let trips = (rounds + 1) as u64;
    let (times, bytes) = (
        trips * sizes.len() as u64,
        trips * sizes.iter().sum::<usize>() as u64,
    );
    for (from, to) in [(0, last), (last, 0)] {
        let moved = traffic.between(from, to);
        let found = (moved.times, moved.bytes);
        let kind = if found > (times, bytes) {
            Kind::TooMuchCommunication
        } else {
            Kind::WrongOperation
        };
        let right = check.require(found == (times, bytes), kind, || {
            format!(
                "counted {} with {} from rank {from} to rank {to}, but there should be {times} with {bytes}: each size \
                 makes one round trip as a warm-up, and one for each round",
                plural(moved.times as usize, "message"),
                plural(moved.bytes as usize, "byte"),
            )
        });
        if !right {
            return false;
        }
    }
    only_of_two(check, traffic, 2 * times)
}

/// Requires that the other ranks send nothing beside the messages of the two, and that nobody calls a collective.
fn only_of_two(check: &mut Check, traffic: &Traffic, messages: u64) -> bool {
    let others = traffic.sent().times - messages;
    let why = "only rank 0 and the last rank take part";
    let collective = "only rank 0 and the last rank take part, by sends and receives: ranks that wait in a collective can \
                      slow down these two";
    let all = [&traffic.collectives()[..], COMMUNICATOR_MAKERS].concat();
    check.at_most("messages of other ranks", others, 0, why)
        && check.avoids(traffic, &all, collective)
}

pub fn object(check: &mut Check, answers: &Answers) {
    let length = check.draw(20..300);
    // More than 2¹⁶ numbers.
    let many = check.draw_vec(70_000, 0..100);
    let (small, large) = (
        check.draw_vec(length, 0..100),
        check.draw_vec(length, 1 << 62..u64::MAX),
    );
    let mixed = check.integers::<u64>(length);
    for (what, numbers) in [
        ("small numbers", small),
        ("large numbers", large),
        ("no numbers", vec![]),
        ("numbers of all sizes", mixed),
        ("one number", vec![length as u64]),
        ("many small numbers", many),
    ] {
        let input = format!("{what}: {}", plural(numbers.len(), "number"));
        if !part(check, &input, |check| {
            both_ways(check, answers, &numbers, 1..1 << 20)
        }) {
            return;
        }
    }
    let input = "one number, and a clock that is too coarse and shows the same time throughout";
    part(check, input, |check| {
        both_ways(check, answers, &[length as u64], 0..1)
    });
}

/// The check's own format: a salt, more often on higher ranks, then seven bits in each byte, the lowest first. As with
/// postcard, small numbers become shorter than in a buffer, and large ones longer.
fn encoded(salt: u8, numbers: &[u64]) -> Vec<u8> {
    let mut bytes = vec![salt; 1 + usize::from(salt % 16)];
    for number in numbers {
        let mut rest = *number;
        while rest >= 1 << 7 {
            bytes.push(rest as u8 | 1 << 7);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    }
    bytes
}

fn both_ways(check: &mut Check, answers: &Answers, numbers: &[u64], times: Range<u32>) {
    let (rank, last) = (check.rank(), check.size() - 1);
    let size = check.size();
    let salts = check.draw_vec(size, 0..u8::MAX).into_iter();
    // No two ranks have the same salt, which shows whether bytes are sent back unchanged.
    let salts: Vec<u8> = salts
        .zip(0..)
        .map(|(salt, rank): (u8, u8)| salt / 16 * 16 + rank)
        .collect();
    let [encoding, decoding] = [(); 2].map(|()| ticks(check.draw(times.clone())));
    // As with a codec that rounds, what is decoded differs from what was encoded: this shows what is encoded then.
    let rounded: Vec<u64> = numbers.iter().map(|number| number ^ 1).collect();
    let two = |check: &mut Check| {
        let times = check.draw_vec(2, times.clone());
        times.into_iter().map(ticks).collect()
    };
    let (there, back): (Vec<f64>, Vec<f64>) = (two(check), two(check));
    let expected = [
        (8 * numbers.len(), (there[0] + back[0]) / 2.0),
        (
            encoded(salts[0], numbers).len(),
            (encoding + there[1] + back[1] + decoding) / 2.0,
        ),
    ];
    let time = Messages::new(there, back);
    let (gave, took) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let too_early = Cell::new(false);
    let encode = |numbers: &[u64]| {
        time.pass(encoding);
        too_early.set(too_early.get() || rank > 0 && took.borrow().is_empty());
        gave.borrow_mut().push(numbers.to_vec());
        encoded(salts[rank], numbers)
    };
    let decode = |bytes: &[u8]| {
        time.pass(decoding);
        took.borrow_mut().push(bytes.to_vec());
        // An answer that has other numbers did not get them from here.
        rounded.clone()
    };
    let codec = Codec {
        encode: &encode,
        decode: &decode,
    };
    let clock = || time.read(check);
    let given = (rank == 0).then_some(numbers);
    let (found, traffic) = check.observe(|world| (answers.object)(world, given, codec, &clock));
    let prices = |prices: [Price; 2]| prices.map(|price| (price.bytes, price.seconds));
    let found = found.map(prices);
    if last == 0 || rank > 0 {
        let why = match last {
            0 => "a single rank has no other rank to send to",
            _ => "only rank 0 returns the costs",
        };
        check.returned(found, None, why);
    }
    if last == 0 {
        return;
    }
    let objects = [encoded(salts[0], numbers), encoded(salts[last], &rounded)];
    let back = objects[1].len();
    let in_turn = check.require(!too_early.get(), Kind::WrongOperation, || {
        String::from(
            "encoded numbers before it had decoded the object: it encodes the numbers that it has decoded, and rank 0 \
             waits for that",
        )
    });
    // Rank 0 may have received what was encoded too early.
    if !check.everywhere(in_turn) {
        return;
    }
    let (gave, took) = (gave.into_inner(), took.into_inner());
    if rank == 0 || rank == last {
        let (own, why, other) = match rank {
            0 => (numbers, "this rank encodes the numbers once", &objects[1]),
            _ => (
                &rounded[..],
                "this rank encodes once: the numbers that it has decoded from the object",
                &objects[0],
            ),
        };
        let right = check.holds("what `encode` was given", gave, vec![own.to_vec()], why);
        let why = "this rank decodes once: the bytes that the other rank has encoded";
        let expected = vec![other.clone()];
        if !(right && check.holds("what `decode` was given", took, expected, why)) {
            return;
        }
    } else {
        let why = "only rank 0 and the last rank take part";
        let calls = gave.len() + took.len();
        check.holds("calls of the codec", calls, 0, why);
    }
    let [buffer, there] = expected.map(|(bytes, _)| bytes);
    if !once_each_way(check, &traffic, [buffer + there, buffer + back]) || rank > 0 {
        return;
    }
    let Some(found) = found else {
        let why = "rank 0 returns the costs of both ways";
        check.returned(found, Some(expected), why);
        return;
    };
    let ways = ["as a buffer", "as an object"];
    let why = [
        "from before the numbers are sent until they have come back",
        "from before the numbers are encoded until those that came back have been decoded",
    ];
    for place in 0..2 {
        let ((bytes, seconds), way) = (found[place], ways[place]);
        let travel = format!("bytes {way}");
        let each = "this is the number of bytes that rank 0 sends";
        let half = format!("{way}: half of the time {}", why[place]);
        if !(check.holds(&travel, bytes, expected[place].0, each)
            && check.close(seconds, expected[place].1, 1e-12, &half))
        {
            return;
        }
    }
}

/// Requires two messages in each direction, one for each way, with so many bytes there and back, and no others.
fn once_each_way(check: &mut Check, traffic: &Traffic, bytes: [usize; 2]) -> bool {
    let last = check.size() - 1;
    let [there, back] = bytes.map(|bytes| bytes as u64);
    for (from, to, bytes) in [(0, last, there), (last, 0, back)] {
        let moved = traffic.between(from, to);
        let found = (moved.times, moved.bytes);
        let kind = if found > (2, bytes) {
            Kind::TooMuchCommunication
        } else {
            Kind::WrongOperation
        };
        let right = check.require(found == (2, bytes), kind, || {
            format!(
                "counted {} with {} from rank {from} to rank {to}, but there should be 2 with {bytes}: one as a buffer, \
                 and one as an object",
                plural(moved.times as usize, "message"),
                plural(moved.bytes as usize, "byte"),
            )
        });
        if !right {
            return false;
        }
    }
    only_of_two(check, traffic, 4)
}
