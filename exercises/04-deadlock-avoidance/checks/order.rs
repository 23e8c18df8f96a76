//! The checks of the tasks in which calls that wait must come in the right order.

use super::{
    Answers, MANY, Mode, Numbers, Standard, Synchronous, amount, exact, neighbours, no_collectives,
    only_its_own, part, sends,
};
use harness_mpi::{Bounds, Check, Kind, SimpleCommunicator, Traffic, plural};
use mpi::{Rank, traits::*};
use std::iter;

pub fn both_receive(check: &mut Check, answers: &Answers) {
    let partner = check.rank() ^ 1;
    let partner = (partner < check.size()).then_some(partner);
    swap(check, answers.both_receive, partner);
}

pub fn both_send(check: &mut Check, answers: &Answers) {
    let opposite = check.size() - 1 - check.rank();
    swap(check, answers.both_send, Some(opposite));
}

/// Two ranks are judged by their results, and by how much is sent between them: any fix is right, as long
/// as it needs no other rank.
fn swap(
    check: &mut Check,
    answer: fn(&SimpleCommunicator, &[f64]) -> Vec<f64>,
    partner: Option<usize>,
) {
    /// A message of fewer numbers is a short one.
    const SHORT: usize = 100;
    let rank = check.rank();
    let partner = partner.filter(|partner| *partner != rank);
    // On two ranks, more numbers than 16 bits can count. More ranks share the cores.
    let long = if check.size() <= 2 { 70_000 } else { 10_000 };
    let mut of_rank_0: Option<Numbers> = None;
    let mut in_short_messages = false;
    for (length, mode) in [
        (1, Standard),
        (long, Standard),
        (MANY, Standard),
        (1, Synchronous),
        (0, Synchronous),
        (1, Standard),
        (1, Standard),
        (7, Standard),
    ] {
        // Any number of messages is right, but a million take long.
        if length == MANY && in_short_messages {
            continue;
        }
        let numbers = Numbers::draw(check, length);
        // Rank 0 keeps its numbers where there are as many as before: its partner has others.
        let kept = of_rank_0.take().filter(|kept| kept.length == length);
        let of = |rank| match &kept {
            Some(kept) if rank == 0 => kept.of(rank),
            _ => numbers.of(rank),
        };
        let (mine, theirs) = (of(rank), of(partner.unwrap_or(rank)));
        let mut messages = 0;
        let run = |check: &mut Check| {
            let (returned, traffic) = check.observe(|world| answer(world, &mine));
            messages = traffic.sent_by(rank).times as usize;
            let why = "a rank returns its partner's numbers, or its own if it has no partner";
            check.returned(exact(returned), exact(theirs), why)
                && match partner {
                    Some(_) => {
                        only_its_own(check, &traffic, length, u64::MAX)
                            && swapped(check, &traffic, length)
                    }
                    None => only_its_own(check, &traffic, 0, 0),
                }
                && no_collectives(check, &traffic)
        };
        if !part(check, mode, &amount(length), run) {
            return;
        }
        of_rank_0 = Some(numbers);
        in_short_messages = length == long && !check.everywhere(messages * SHORT <= length);
    }
}

/// Requires that this rank gave its numbers away and got others, by whatever calls.
fn swapped(check: &mut Check, traffic: &Traffic, length: usize) -> bool {
    let (moves, bytes) = (traffic.moves(check.rank()), 8 * length as u64);
    check.require(moves.given.min(moves.got) >= bytes, Kind::WrongOperation, || {
        format!(
            "sent {} and received {}, but should move {bytes} each way: send your numbers to the partner, \
             and receive the partner's numbers from it",
            plural(moves.given, "byte"),
            plural(moves.got, "byte")
        )
    })
}

pub fn ring(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size() as i64);
    let (_, next) = neighbours(check);
    for (count, mode) in [
        (1, Standard),
        (4, Standard),
        (0, Standard),
        (2, Standard),
        (3, Synchronous),
        // With two ranks, more than 8 bits count.
        (if size > 2 { 25 } else { 300 }, Synchronous),
    ] {
        // Beyond what fewer than 64 bits hold, and the neighbors of zero.
        let token = match count {
            0 => check.draw(-9..9_i64),
            // Tokens like any other: no sign that there is none.
            2 => 0,
            3 => -1,
            1 => check.draw((1 << 31) - 3..(1_i64 << 31)),
            4 => check.draw(-(1_i64 << 60)..-(1 << 59)) | 1,
            _ => check.draw(-(1_i64 << 60)..1 << 60) | 1,
        };
        // Rank 0 receives it last.
        let hops = if rank == 0 { size } else { rank as i64 };
        let expected: Vec<i64> = (0..count)
            .map(|round| token + round * size + hops)
            .collect();
        let run = |check: &mut Check| {
            let given = (rank == 0).then_some(token);
            let (seen, traffic) =
                check.observe(|world| (answers.ring)(world, given, count as usize));
            let why = "each rank adds 1 to the token and sends it on, once in each round";
            let right = check.returned(seen, expected, why) && no_collectives(check, &traffic);
            let sent = traffic.sent_by(rank).times;
            let why = "the token visits each rank once in each round";
            let (calls, bytes) = (count as u64, 8 * count as u64);
            let bounds = Bounds {
                given: bytes,
                got: bytes,
                calls,
            };
            right
                && check.at_most("messages sent", sent, calls, why)
                && check.moves(&traffic, bounds, "each message holds only the token")
                && sends(check, &traffic, next, count as usize, count as usize)
        };
        let input = format!("the token {token} on rank 0, {}", plural(count, "round"));
        if !part(check, mode, &input, run) {
            return;
        }
    }
    if size > 1 {
        one_token(check, answers);
    }
}

/// The check is rank 1, and adds more to the token than a rank does: what the others send on and return can
/// only be right if they have waited for the token.
fn one_token(check: &mut Check, answers: &Answers) {
    const ROUNDS: usize = 3;
    let (rank, size) = (check.rank(), check.size());
    let token = check.draw(1..100_i64);
    let added = check.draw_vec(ROUNDS, 1000..100_000_i64);
    // What rank 1 receives; the others receive what it adds to that, and one for each rank between.
    let others = size as i64 - 1;
    let arriving: Vec<i64> = added
        .iter()
        .scan(token + 1, |next, added| {
            let arriving = *next;
            *next += added + others;
            Some(arriving)
        })
        .collect();
    let between = ((rank + size - 2) % size) as i64;
    let run = |check: &mut Check| {
        let why = "there is only one token: a rank sends on what it has received, with 1 added, and a round \
                   begins when the one before it has ended";
        if rank != 1 {
            let given = (rank == 0).then_some(token);
            let seen = (answers.ring)(check.world(), given, ROUNDS);
            let expected: Vec<i64> = iter::zip(&arriving, &added)
                .map(|(arriving, added)| arriving + added + between)
                .collect();
            return check.returned(seen, expected, why);
        }
        let (previous, next) = neighbours(check);
        let at = |rank: usize| check.world().process_at_rank(rank as Rank);
        let seen: Vec<i64> = added
            .iter()
            .map(|added| {
                let (token, status) = at(previous).receive::<i64>();
                at(next).send_with_tag(&(token + added), status.tag());
                token
            })
            .collect();
        check.holds("the sequence of tokens from rank 0", seen, arriving, why)
    };
    let input = format!(
        "the token {token} on rank 0, {ROUNDS} rounds; the check plays rank 1, and adds {added:?} to the token \
         instead of 1"
    );
    part(check, Standard, &input, run);
}

pub fn odd_even(check: &mut Check, answers: &Answers) {
    /// Calls that need no order, because they do not wait, or wait for several transfers at once.
    const OTHERS: &[&str] = &[
        "MPI_Sendrecv",
        "MPI_Sendrecv_replace",
        "MPI_Bsend",
        "MPI_Isend",
        "MPI_Issend",
        "MPI_Ibsend",
        "MPI_Irecv",
        "MPI_Imrecv",
        "MPI_Start",
        "MPI_Startall",
    ];
    let (rank, (left, right)) = (check.rank(), neighbours(check));
    // With two ranks, each is the other's neighbor on both sides.
    let twice = if left == right { 2 } else { 1 };
    for (length, mode) in [
        (3, Standard),
        (1, Standard),
        (0, Standard),
        (100_000, Standard),
        (2, Synchronous),
    ] {
        let (leftward, rightward) = (Numbers::draw(check, length), Numbers::draw(check, length));
        let expected = (rightward.of(left), leftward.of(right));
        let run = |check: &mut Check| {
            let (to_left, to_right) = (leftward.of(rank), rightward.of(rank));
            let (received, traffic, steps) =
                check.observe_steps(|world| (answers.odd_even)(world, &to_left, &to_right));
            let of_left = "the numbers that the left neighbor sends to the right";
            let of_right = "the numbers that the right neighbor sends to the left";
            let is_right = check.holds(
                "the value from the left",
                exact(received.0),
                exact(expected.0),
                of_left,
            ) && check.holds(
                "the value from the right",
                exact(received.1),
                exact(expected.1),
                of_right,
            );
            let why = "blocking sends and receives are enough if neighbors take turns";
            is_right
                && check.avoids(&traffic, OTHERS, why)
                && no_collectives(check, &traffic)
                && few_steps(check, steps)
                && only_its_own(check, &traffic, 2 * length, u64::MAX)
                && sends(check, &traffic, left, twice * length, 0)
                && sends(check, &traffic, right, twice * length, 0)
        };
        if !part(check, mode, &amount(length), run) {
            return;
        }
    }
}

/// Requires that the ranks did not queue up. Two directions are four steps; where two even ranks are
/// neighbors, in a ring of an odd number of ranks, each takes one more.
fn few_steps(check: &mut Check, steps: Option<u64>) -> bool {
    // The same on all ranks: one is enough to say so. A circle, which has no number of steps, hangs
    // in synchronous mode.
    let steps = steps.filter(|_| check.rank() == 0).unwrap_or_default();
    let why = "if every second rank sends first, all pairs exchange at the same time";
    check.few_rounds("steps one after the other", steps, 6, why)
}

/// As far from the start of a list as a byte can count, and one that says "nowhere" by its largest number cannot.
const FAR: Option<usize> = Some(u8::MAX as usize);

pub fn stray(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let (first, last) = (vec![0], vec![size - 1]);
    let all: Vec<usize> = (0..size).collect();
    let behind_rank_0 = all[1..].to_vec();
    for (owners, place, mode) in [
        (last.clone(), None, Standard),
        (last, FAR, Standard),
        (vec![], None, Standard),
        (first, None, Standard),
        (behind_rank_0, None, Standard),
        (all, None, Standard),
        (vec![size / 2], None, Synchronous),
    ] {
        if !found(check, answers, (&owners, place), mode) {
            return;
        }
    }
    if size > 2 {
        twice(check, answers);
    }
}

/// Two calls in a row, of which the last rank has made both before rank 1 begins.
fn twice(check: &mut Check, answers: &Answers) {
    let (rank, last) = (check.rank(), check.size() - 1);
    let wanted = [1, 2].map(|number| 100 * number + check.draw(0..100));
    let mine = if rank == last {
        vec![wanted[1]]
    } else {
        Vec::new()
    };
    let run = |check: &mut Check| {
        let owners = check.a_call_ahead(last, 1, |world| {
            wanted.map(|wanted| (answers.stray)(world, &mine, wanted))
        });
        let expected = [None, (rank == 0).then_some(last as Rank)];
        let why = "a message of the next call is no answer to this one";
        check.returned(owners, expected, why)
    };
    let input = format!(
        "two calls in a row: no rank has the number of the first, and rank {last} has that of the second; \
         rank 1 begins when rank {last} is done"
    );
    part(check, Standard, &input, run);
}

/// Has a number looked for that these ranks have, at this place of their numbers or somewhere among them. Returns
/// whether the answer was right everywhere.
fn found(
    check: &mut Check,
    answers: &Answers,
    (owners, place): (&[usize], Option<usize>),
    mode: Mode,
) -> bool {
    let (rank, bits) = (check.rank(), check.draw(2..62));
    let wanted = check.draw(1_i64 << (bits - 1)..1 << bits);
    // Numbers that are nearly it, on every rank one more than on the rank before.
    let near = [
        -wanted,
        wanted + 1,
        wanted ^ 1 << 62,
        !wanted,
        wanted ^ 1 << 32,
    ];
    let mut mine: Vec<i64> = near.into_iter().cycle().take(rank).collect();
    if owners.contains(&rank) {
        let place = place.unwrap_or(rank / 2);
        mine.extend(near.into_iter().cycle().take(place.saturating_sub(rank)));
        mine.insert(place, wanted);
    }
    let run = |check: &mut Check| {
        let (owner, traffic) = check.observe(|world| (answers.stray)(world, &mine, wanted));
        let lowest = owners.first().filter(|_| rank == 0);
        let expected = lowest.map(|owner| *owner as Rank);
        let why = "rank 0 returns the lowest rank that has the number, if there is one, and all other \
                   ranks return `None`";
        check.returned(owner, expected, why) && no_collectives(check, &traffic)
    };
    let mut input = format!("the ranks that have the wanted number are {owners:?}");
    if let Some(place) = place {
        input += &format!(", at index {place}");
    }
    part(check, mode, &input, run)
}
