//! Mistakes in the task `sendrecv`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{
    Rank,
    point_to_point::{send_receive, send_receive_into},
    request,
    topology::SimpleCommunicator,
    traits::*,
};
use mpi_extra::Neighbour;
use std::{cell::RefCell, collections::BTreeMap};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("sendrecv": sendrecv = backwards => WrongResult,
        "sends to the previous rank and receives from the next: with two ranks they are the same"),
    mistake!("sendrecv": sendrecv = no_way_round => Panic,
        "takes the rank after the last for its next"),
    mistake!("sendrecv": sendrecv = negative_remainder => Panic,
        "takes the remainder of -1 for the last rank, but in Rust it is -1"),
    mistake!("sendrecv": sendrecv = two_calls => WrongOperation,
        "sends and receives in two calls, of which rank 0 turns the order round"),
    mistake!("sendrecv": sendrecv = one_by_one => TooMuchCommunication,
        "sends one number after the other"),
    mistake!("sendrecv": sendrecv = immediate => WrongOperation,
        "uses two immediate calls and two waits"),
    mistake!("sendrecv": sendrecv = partner_instead => WrongResult,
        "swaps with a partner instead of shifting round the ring"),
    mistake!("sendrecv": sendrecv = on_the_world => Deadlock,
        "takes the world for the communicator that it is given"),
    mistake!("sendrecv": sendrecv = kept_from_before => WrongResult,
        "keeps what it received for each length, and returns it the next time"),
    mistake!("sendrecv": sendrecv = for_show => TooMuchCommunication,
        "makes the call with nothing in it, and has a collective move the numbers"),
    mistake!("sendrecv": sendrecv = a_row_closed_by_hand => WrongOperation,
        "shifts along a row, and brings the last rank's numbers to rank 0 by two calls more"),
];

fn on_the_world(_: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    deadlock_avoidance_solution::sendrecv(&SimpleCommunicator::world(), mine)
}

fn kept_from_before(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    thread_local! {
        static KEPT: RefCell<BTreeMap<(i32, usize), Vec<f64>>> = RefCell::default();
    }
    let theirs = deadlock_avoidance_solution::sendrecv(world, mine);
    let shape = (world.size(), mine.len());
    KEPT.with_borrow_mut(|kept| kept.entry(shape).or_insert(theirs).clone())
}

fn for_show(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    deadlock_avoidance_solution::sendrecv(world, &[]);
    let mut all = vec![0.0; mine.len() * world.size() as usize];
    world.all_gather_into(mine, &mut all[..]);
    let previous = (world.rank() + world.size() - 1) % world.size();
    all[previous as usize * mine.len()..][..mine.len()].to_vec()
}

fn next(world: &SimpleCommunicator) -> Rank {
    (world.rank() + 1) % world.size()
}

fn previous(world: &SimpleCommunicator) -> Rank {
    (world.rank() + world.size() - 1) % world.size()
}

/// The right call, to and from these ranks.
fn shift(world: &SimpleCommunicator, to: Rank, from: Rank, mine: &[f64]) -> Vec<f64> {
    let (to, from) = (world.process_at_rank(to), world.process_at_rank(from));
    let mut theirs = vec![0.0; mine.len()];
    send_receive_into(mine, &to, &mut theirs[..], &from);
    theirs
}

fn backwards(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    shift(world, previous(world), next(world), mine)
}

fn no_way_round(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    shift(world, world.rank() + 1, previous(world), mine)
}

fn negative_remainder(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let previous = (world.rank() - 1) % world.size();
    shift(world, next(world), previous, mine)
}

fn two_calls(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    if world.size() == 1 {
        return mine.to_vec();
    }
    let next = world.process_at_rank(next(world));
    let previous = world.process_at_rank(previous(world));
    if world.rank() == 0 {
        next.send(mine);
        return previous.receive_vec().0;
    }
    let (theirs, _) = previous.receive_vec();
    next.send(mine);
    theirs
}

fn one_by_one(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let next = world.process_at_rank(next(world));
    let previous = world.process_at_rank(previous(world));
    let shift = |number| send_receive(number, &next, &previous).0;
    mine.iter().map(shift).collect()
}

fn immediate(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let mut theirs = vec![0.0; mine.len()];
    request::scope(|scope| {
        let previous = world.process_at_rank(previous(world));
        let receiving = previous.immediate_receive_into(scope, &mut theirs[..]);
        let next = world.process_at_rank(next(world));
        next.immediate_send(scope, mine).wait();
        receiving.wait();
    });
    theirs
}

fn partner_instead(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let partner = world.rank() ^ 1;
    if partner == world.size() {
        return mine.to_vec();
    }
    shift(world, partner, partner, mine)
}

fn a_row_closed_by_hand(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let (rank, last) = (world.rank(), world.size() - 1);
    let (left, right) = (
        Neighbour::at(world, rank - 1),
        Neighbour::at(world, rank + 1),
    );
    let mut theirs = mine.to_vec();
    mpi_extra::send_receive_into(mine, &right, &mut theirs[..], &left);
    if rank == last && last > 0 {
        world.process_at_rank(0).send(mine);
    } else if rank == 0 && last > 0 {
        world.process_at_rank(last).receive_into(&mut theirs[..]);
    }
    theirs
}
