//! Mistakes in the task `ring`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{
    point_to_point::send_receive_into,
    request,
    topology::{Process, SimpleCommunicator},
    traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("ring": ring = nobody_begins => Deadlock,
        "receives first on all ranks, so that nobody begins"),
    mistake!("ring": ring = grows_at_rank_0_only => WrongResult,
        "adds one for each round instead of for each rank"),
    mistake!("ring": ring = alone_does_nothing => WrongResult,
        "returns nothing when there is only one rank"),
    mistake!("ring": ring = one_round_too_few => WrongResult,
        "counts the rounds from 1"),
    mistake!("ring": ring = last_one_computed => UnmatchedMessage,
        "does not receive the token at the very end, since rank 0 knows what it would be"),
    mistake!("ring": ring = everything_computed => WrongOperation,
        "broadcasts the token, and computes what would be received"),
    mistake!("ring": ring = what_it_sends => WrongResult,
        "returns what it sends instead of what it receives"),
    mistake!("ring": ring = narrow_token => WrongResult,
        "sends the token as a number of 32 bits"),
    mistake!("ring": ring = one_round_sent => WrongOperation,
        "sends the token round once, and computes the other rounds"),
    mistake!("ring": ring = empty_messages => WrongOperation,
        "sends the token round once, and then messages without a number"),
    mistake!("ring": ring = all_rounds_at_once => WrongResult,
        "begins all rounds at once, since rank 0 knows how much the token grows in each"),
    mistake!("ring": ring = zero_is_no_token => Deadlock,
        "takes 0 for a sign that this rank has no token"),
    mistake!("ring": ring = eight_bits_of_the_count => WrongResult,
        "counts the rounds in 8 bits"),
    mistake!("ring": ring = all_rounds_started => WrongResult,
        "starts the sends of all rounds before it receives, since rank 0 knows how much the token grows in each"),
    mistake!("ring": ring = minus_one_is_no_token => Deadlock,
        "takes -1 for a sign that this rank has no token"),
    mistake!("ring": ring = round_in_the_message => TooMuchCommunication,
        "sends the number of the round with the token"),
    mistake!("ring": ring = negative_is_the_end => Deadlock,
        "takes a token below 0 for the end"),
];

fn narrow_token(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    let token = token.map(|token| i64::from(token as i32));
    deadlock_avoidance_solution::ring(world, token, count)
}

fn neighbours(world: &SimpleCommunicator) -> (Process<'_>, Process<'_>) {
    let (rank, size) = (world.rank(), world.size());
    let previous = world.process_at_rank((rank + size - 1) % size);
    (previous, world.process_at_rank((rank + 1) % size))
}

/// Goes round with more than one rank; each adds what `grow` says.
fn go_round(
    world: &SimpleCommunicator,
    mut token: Option<i64>,
    count: usize,
    grow: i64,
) -> Vec<i64> {
    let (previous, next) = neighbours(world);
    let mut seen = Vec::new();
    for _ in 0..count {
        if let Some(token) = token {
            next.send(&(token + grow));
        }
        let (received, _) = previous.receive::<i64>();
        seen.push(received);
        match &mut token {
            Some(token) => *token = received,
            None => next.send(&(received + grow)),
        }
    }
    seen
}

fn nobody_begins(world: &SimpleCommunicator, _token: Option<i64>, count: usize) -> Vec<i64> {
    let (previous, next) = neighbours(world);
    let hand_on = |_| {
        let (token, _) = previous.receive::<i64>();
        next.send(&(token + 1));
        token
    };
    (0..count).map(hand_on).collect()
}

fn grows_at_rank_0_only(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    if world.size() == 1 {
        return deadlock_avoidance_solution::ring(world, token, count);
    }
    go_round(world, token, count, i64::from(world.rank() == 0))
}

fn alone_does_nothing(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    if world.size() == 1 {
        return Vec::new();
    }
    go_round(world, token, count, 1)
}

fn one_round_too_few(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    deadlock_avoidance_solution::ring(world, token, count.saturating_sub(1))
}

fn last_one_computed(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    let (Some(mut token), 2..) = (token, world.size()) else {
        return deadlock_avoidance_solution::ring(world, token, count);
    };
    let (previous, next) = neighbours(world);
    let mut seen = Vec::new();
    for round in 1..=count {
        next.send(&(token + 1));
        token += i64::from(world.size());
        if round < count {
            (token, _) = previous.receive();
        }
        seen.push(token);
    }
    seen
}

fn everything_computed(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    let (rank, size) = (i64::from(world.rank()), i64::from(world.size()));
    let mut token = token.unwrap_or_default();
    world.process_at_rank(0).broadcast_into(&mut token);
    let hops = if rank == 0 { size } else { rank };
    (0..count as i64)
        .map(|round| token + round * size + hops)
        .collect()
}

fn what_it_sends(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    let seen = deadlock_avoidance_solution::ring(world, token, count);
    seen.into_iter().map(|token| token + 1).collect()
}

/// What a rank receives in all rounds when it knows the first.
fn computed(world: &SimpleCommunicator, first: Vec<i64>, count: usize) -> Vec<i64> {
    let step = world.size() as usize;
    first
        .into_iter()
        .flat_map(|first| (first..).step_by(step).take(count))
        .collect()
}

fn one_round_sent(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    let first = deadlock_avoidance_solution::ring(world, token, count.min(1));
    computed(world, first, count)
}

fn empty_messages(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    let (previous, next) = neighbours(world);
    let first = deadlock_avoidance_solution::ring(world, token, count.min(1));
    for _ in 1..count {
        send_receive_into(&[0_i64; 0], &next, &mut [0_i64; 0], &previous);
    }
    computed(world, first, count)
}

fn all_rounds_at_once(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    let (Some(token), 2..) = (token, world.size()) else {
        return deadlock_avoidance_solution::ring(world, token, count);
    };
    let (previous, next) = neighbours(world);
    let size = i64::from(world.size());
    // Each rank between holds one token.
    let ahead = count.min(world.size() as usize - 1);
    let mut tokens = (0..count as i64).map(|round| token + 1 + round * size);
    tokens
        .by_ref()
        .take(ahead)
        .for_each(|token| next.send(&token));
    let mut seen = Vec::new();
    for _ in 0..count {
        seen.push(previous.receive::<i64>().0);
        if let Some(token) = tokens.next() {
            next.send(&token);
        }
    }
    seen
}

fn zero_is_no_token(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    let token = token.filter(|token| *token != 0);
    deadlock_avoidance_solution::ring(world, token, count)
}

fn eight_bits_of_the_count(
    world: &SimpleCommunicator,
    token: Option<i64>,
    count: usize,
) -> Vec<i64> {
    deadlock_avoidance_solution::ring(world, token, usize::from(count as u8))
}

fn all_rounds_started(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    let (rank, size) = (world.rank(), world.size());
    let previous = world.process_at_rank((rank + size - 1) % size);
    let next = world.process_at_rank((rank + 1) % size);
    let Some(token) = token else {
        return (0..count)
            .map(|_| {
                let (token, _) = previous.receive::<i64>();
                next.send(&(token + 1));
                token
            })
            .collect();
    };
    let tokens: Vec<i64> = (0..count as i64)
        .map(|round| token + 1 + round * i64::from(size))
        .collect();
    request::multiple_scope(count, |scope, requests| {
        for token in &tokens {
            requests.add(next.immediate_send(scope, token));
        }
        let received = (0..count).map(|_| previous.receive().0).collect();
        requests.wait_all(&mut Vec::new());
        received
    })
}

fn minus_one_is_no_token(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    let token = token.filter(|token| *token != -1);
    deadlock_avoidance_solution::ring(world, token, count)
}

fn round_in_the_message(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    let (rank, size) = (world.rank(), world.size());
    if size == 1 {
        return (1..=count as i64)
            .map(|step| token.unwrap() + step)
            .collect();
    }
    let previous = world.process_at_rank((rank + size - 1) % size);
    let next = world.process_at_rank((rank + 1) % size);
    let mut received = Vec::new();
    let mut message = [token.unwrap_or(0), 0];
    for round in 1..=count as i64 {
        if rank == 0 {
            next.send(&[message[0] + 1, round]);
        }
        previous.receive_into(&mut message);
        assert_eq!(message[1], round);
        received.push(message[0]);
        if rank > 0 {
            next.send(&[message[0] + 1, round]);
        }
    }
    received
}

fn negative_is_the_end(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    if token.is_some() {
        return deadlock_avoidance_solution::ring(world, token, count);
    }
    let (previous, next) = neighbours(world);
    let mut seen = Vec::new();
    while seen.len() < count && seen.last().is_none_or(|last| *last >= 0) {
        let (token, _) = previous.receive::<i64>();
        next.send(&(token + 1));
        seen.push(token);
    }
    seen
}
