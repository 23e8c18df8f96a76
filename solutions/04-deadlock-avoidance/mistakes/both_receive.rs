//! Mistakes in the task `both-receive`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{
    point_to_point::send_receive_into,
    request::{self, CancelGuard},
    topology::{Color, SimpleCommunicator},
    traits::*,
};
use std::cell::RefCell;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("both-receive": both_receive = both_send_instead => Deadlock,
        "swaps the two lines, so that both send first: it works for 8 bytes"),
    mistake!("both-receive": both_receive = rank_0_and_rank_1 => WrongResult,
        "mends it for ranks 0 and 1 only"),
    mistake!("both-receive": both_receive = one_way => WrongResult,
        "lets one partner only send and the other only receive"),
    mistake!("both-receive": both_receive = only_a_copy => WrongResult,
        "returns a copy of its own numbers where a receive should be"),
    mistake!("both-receive": both_receive = sends_twice => UnmatchedMessage,
        "sends before and after the receive, to be sure"),
    mistake!("both-receive": both_receive = another_partner => WrongResult,
        "swaps with the opposite rank, which is the partner only when there are two"),
    mistake!("both-receive": both_receive = everybody_gets_all => TooMuchCommunication,
        "has a collective give everything to everyone, and picks the partner's numbers"),
    mistake!("both-receive": both_receive = sends_to_itself => TooMuchCommunication,
        "takes itself for its partner where there is none"),
    mistake!("both-receive": both_receive = a_communicator_for_each_pair => WrongOperation,
        "makes a communicator for each pair, for which all ranks wait"),
    mistake!("both-receive": both_receive = cancels_its_send => WrongOperation,
        "has a guard cancel its send if the partner has not received it by then"),
    mistake!("both-receive": both_receive = keeps_the_last_result => Deadlock,
        "returns what it has returned before for the same numbers, although the partner may have new ones"),
    mistake!("both-receive": both_receive = keeps_what_is_equal => WrongResult,
        "keeps its own number where the partner has an equal one, such as 0.0 for -0.0"),
];

/// The rank that this one swaps with, if there is one.
fn partner(world: &SimpleCommunicator) -> Option<i32> {
    let partner = world.rank() ^ 1;
    (partner < world.size()).then_some(partner)
}

fn both_send_instead(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let Some(partner) = partner(world) else {
        return mine.to_vec();
    };
    let partner = world.process_at_rank(partner);
    partner.send(mine);
    partner.receive_vec().0
}

fn everybody_gets_all(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let mut all = vec![0.0; mine.len() * world.size() as usize];
    world.all_gather_into(mine, &mut all[..]);
    let whose = partner(world).unwrap_or(world.rank()) as usize;
    all[whose * mine.len()..][..mine.len()].to_vec()
}

fn rank_0_and_rank_1(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    match world.rank() {
        0 if world.size() > 1 => {
            world.process_at_rank(1).send(mine);
            world.process_at_rank(1).receive_vec().0
        }
        1 => {
            let (theirs, _) = world.process_at_rank(0).receive_vec();
            world.process_at_rank(0).send(mine);
            theirs
        }
        _ => mine.to_vec(),
    }
}

fn one_way(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let Some(partner) = partner(world) else {
        return mine.to_vec();
    };
    if world.rank() < partner {
        world.process_at_rank(partner).send(mine);
        return mine.to_vec();
    }
    world.process_at_rank(partner).receive_vec().0
}

fn only_a_copy(_world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    mine.to_vec()
}

fn sends_twice(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let Some(partner) = partner(world) else {
        return mine.to_vec();
    };
    let partner = world.process_at_rank(partner);
    if world.rank() < partner.rank() {
        partner.send(mine);
    }
    let (theirs, _) = partner.receive_vec();
    partner.send(mine);
    theirs
}

fn another_partner(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    deadlock_avoidance_solution::both_send(world, mine)
}

fn sends_to_itself(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let partner = partner(world).unwrap_or(world.rank());
    let partner = world.process_at_rank(partner);
    let mut theirs = vec![0.0; mine.len()];
    send_receive_into(mine, &partner, &mut theirs[..], &partner);
    theirs
}

fn a_communicator_for_each_pair(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let pair = world.split_by_color(Color::with_value(world.rank() / 2));
    deadlock_avoidance_solution::both_receive(&pair.expect("each rank has a color"), mine)
}

fn cancels_its_send(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let partner = world.rank() ^ 1;
    if partner == world.size() {
        return mine.to_vec();
    }
    let other = world.process_at_rank(partner);
    request::scope(|scope| {
        let _sending = CancelGuard::from(other.immediate_send(scope, mine));
        other.receive_vec().0
    })
}

fn keeps_the_last_result(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    thread_local! {
        static LAST: RefCell<Option<(Vec<f64>, Vec<f64>)>> = const { RefCell::new(None) };
    }
    let known = LAST.with_borrow(|last| match last {
        Some((before, theirs)) if before == mine => Some(theirs.clone()),
        _ => None,
    });
    if let Some(theirs) = known {
        return theirs;
    }
    let partner = world.rank() ^ 1;
    if partner == world.size() {
        return mine.to_vec();
    }
    let other = world.process_at_rank(partner);
    let mut theirs = vec![0.0; mine.len()];
    send_receive_into(mine, &other, &mut theirs[..], &other);
    LAST.set(Some((mine.to_vec(), theirs.clone())));
    theirs
}

fn keeps_what_is_equal(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let mut theirs = deadlock_avoidance_solution::both_receive(world, mine);
    for (new, old) in theirs.iter_mut().zip(mine) {
        if new == old {
            *new = *old;
        }
    }
    theirs
}
