//! Mistakes in the task `nonblocking`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{
    request,
    topology::{Process, SimpleCommunicator},
    traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("nonblocking": nonblocking = waits_before_it_works => WrongOperation,
        "waits for both before it works, so that nothing overlaps"),
    mistake!("nonblocking": nonblocking = works_first => WrongOperation,
        "works before it starts anything"),
    mistake!("nonblocking": nonblocking = send_that_waits => WrongOperation,
        "starts to receive, and then sends with a call that waits"),
    mistake!("nonblocking": nonblocking = receives_afterwards => WrongOperation,
        "starts to send only, and receives after its work"),
    mistake!("nonblocking": nonblocking = never_waits_for_the_send => Panic,
        "waits for what it receives, and never for what it sends"),
    mistake!("nonblocking": nonblocking = forgets_to_work => WrongResult,
        "forgets to work"),
    mistake!("nonblocking": nonblocking = backwards => WrongResult,
        "shifts the other way round"),
    mistake!("nonblocking": nonblocking = one_call_for_both => WrongOperation,
        "sends and receives in one call, which waits"),
    mistake!("nonblocking": nonblocking = looks_before_it_works => WrongOperation,
        "tests whether the numbers have come before it works"),
];

fn looks_before_it_works(world: &SimpleCommunicator, mine: &[f64], work: &dyn Fn()) -> Vec<f64> {
    let (previous, next) = neighbours(world);
    let mut theirs = vec![0.0; mine.len()];
    request::scope(|scope| {
        let receiving = previous.immediate_receive_into(scope, &mut theirs[..]);
        let sending = next.immediate_send(scope, mine);
        let receiving = receiving.test().err();
        work();
        if let Some(receiving) = receiving {
            receiving.wait();
        }
        sending.wait();
    });
    theirs
}

fn neighbours(world: &SimpleCommunicator) -> (Process<'_>, Process<'_>) {
    let (rank, size) = (world.rank(), world.size());
    let previous = world.process_at_rank((rank + size - 1) % size);
    (previous, world.process_at_rank((rank + 1) % size))
}

fn waits_before_it_works(world: &SimpleCommunicator, mine: &[f64], work: &dyn Fn()) -> Vec<f64> {
    let (previous, next) = neighbours(world);
    let mut theirs = vec![0.0; mine.len()];
    request::scope(|scope| {
        let receiving = previous.immediate_receive_into(scope, &mut theirs[..]);
        next.immediate_send(scope, mine).wait();
        receiving.wait();
    });
    work();
    theirs
}

fn works_first(world: &SimpleCommunicator, mine: &[f64], work: &dyn Fn()) -> Vec<f64> {
    work();
    deadlock_avoidance_solution::nonblocking(world, mine, &|| {})
}

fn send_that_waits(world: &SimpleCommunicator, mine: &[f64], work: &dyn Fn()) -> Vec<f64> {
    let (previous, next) = neighbours(world);
    let mut theirs = vec![0.0; mine.len()];
    request::scope(|scope| {
        let receiving = previous.immediate_receive_into(scope, &mut theirs[..]);
        next.send(mine);
        work();
        receiving.wait();
    });
    theirs
}

fn receives_afterwards(world: &SimpleCommunicator, mine: &[f64], work: &dyn Fn()) -> Vec<f64> {
    let (previous, next) = neighbours(world);
    request::scope(|scope| {
        let sending = next.immediate_send(scope, mine);
        work();
        let (theirs, _) = previous.receive_vec();
        sending.wait();
        theirs
    })
}

fn never_waits_for_the_send(world: &SimpleCommunicator, mine: &[f64], work: &dyn Fn()) -> Vec<f64> {
    let (previous, next) = neighbours(world);
    let mut theirs = vec![0.0; mine.len()];
    request::scope(|scope| {
        let receiving = previous.immediate_receive_into(scope, &mut theirs[..]);
        let _sending = next.immediate_send(scope, mine);
        work();
        receiving.wait();
    });
    theirs
}

fn forgets_to_work(world: &SimpleCommunicator, mine: &[f64], _work: &dyn Fn()) -> Vec<f64> {
    deadlock_avoidance_solution::nonblocking(world, mine, &|| {})
}

fn backwards(world: &SimpleCommunicator, mine: &[f64], work: &dyn Fn()) -> Vec<f64> {
    let (previous, next) = neighbours(world);
    let mut theirs = vec![0.0; mine.len()];
    request::scope(|scope| {
        let receiving = next.immediate_receive_into(scope, &mut theirs[..]);
        let sending = previous.immediate_send(scope, mine);
        work();
        receiving.wait();
        sending.wait();
    });
    theirs
}

fn one_call_for_both(world: &SimpleCommunicator, mine: &[f64], work: &dyn Fn()) -> Vec<f64> {
    work();
    deadlock_avoidance_solution::sendrecv(world, mine)
}
