//! Mistakes in the task `broken-parting`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    topology::{InterCommunicator, SimpleCommunicator},
    traits::*,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("broken-parting": broken_parting = as_given => Deadlock,
        "is not mended: the managers disconnect while the workers wait for a question"),
    mistake!("broken-parting": broken_parting = barrier_only => Deadlock,
        "meets the workers in a barrier, but tells none of them that there are no more questions"),
    mistake!("broken-parting": broken_parting = tells_one => Deadlock,
        "tells the first worker only that there are no more questions"),
    mistake!("broken-parting": broken_parting = no_barrier => CollectiveMismatch,
        "tells all workers, but disconnects without meeting them"),
    mistake!("broken-parting": parting_worker = leaves, broken_parting = no_barrier => WrongOperation,
        "disconnects without a barrier, on both sides"),
    mistake!("broken-parting": broken_parting = nothing_to_ask => WrongOperation,
        "starts no workers if there is nothing to ask"),
    mistake!("broken-parting": broken_parting = backwards => WrongResult,
        "returns the answers in the order of the last one first"),
    mistake!("broken-parting": broken_parting = one_worker_less => WrongResult,
        "starts a worker less than it is asked for, where there is more than one"),
    mistake!("broken-parting": parting_worker = one_question => UnsafeSend,
        "answers one question, and parts"),
    mistake!("broken-parting": parting_worker = answers_the_end => UnsafeSend,
        "answers the message too that there are no more questions"),
    mistake!("broken-parting": broken_parting = equal_ones_once => WrongResult,
        "asks a question once that is there twice in a row, and returns one answer"),
    mistake!("broken-parting": broken_parting = known_ones_copied => WrongResult,
        "does not ask again what it has asked before, and returns a copy of the answer"),
    mistake!("broken-parting": parting_worker = tries_the_end => WrongResult,
        "calls `answer` with the 0 that means that there are no more questions"),
];

/// Asks, ends in some way, and returns the answers.
fn asking(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    questions: &[u64],
    end: impl FnOnce(&InterCommunicator),
) -> Vec<u64> {
    let root = world.process_at_rank(0);
    let team = root
        .spawn(worker, workers)
        .expect("the program can be started");
    let mut answers = Vec::new();
    if world.rank() == 0 {
        for (worker, question) in (0..workers).cycle().zip(questions) {
            let worker = team.process_at_rank(worker);
            worker.send(question);
            let (answer, _) = worker.receive::<u64>();
            answers.push(answer);
        }
    }
    end(&team);
    answers
}

fn tell(world: &SimpleCommunicator, team: &InterCommunicator, workers: i32) {
    if world.rank() == 0 {
        (0..workers).for_each(|worker| team.process_at_rank(worker).send(&0_u64));
    }
}

fn as_given(world: &SimpleCommunicator, worker: &Command, workers: i32, asked: &[u64]) -> Vec<u64> {
    asking(world, worker, workers, asked, |_| ())
}

fn barrier_only(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    asked: &[u64],
) -> Vec<u64> {
    asking(world, worker, workers, asked, |team| team.barrier())
}

fn tells_one(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    asked: &[u64],
) -> Vec<u64> {
    asking(world, worker, workers, asked, |team| {
        tell(world, team, 1);
        team.barrier();
    })
}

fn no_barrier(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    asked: &[u64],
) -> Vec<u64> {
    asking(world, worker, workers, asked, |team| {
        tell(world, team, workers);
    })
}

fn backwards(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    asked: &[u64],
) -> Vec<u64> {
    let answers = asking(world, worker, workers, asked, |team| {
        tell(world, team, workers);
        team.barrier();
    });
    answers.into_iter().rev().collect()
}

fn one_question(managers: InterCommunicator, answer: &dyn Fn(u64) -> u64) {
    let manager = managers.process_at_rank(0);
    let (question, _) = manager.receive::<u64>();
    if question != 0 {
        manager.send(&answer(question));
    }
    managers.barrier();
}

fn answers_the_end(managers: InterCommunicator, answer: &dyn Fn(u64) -> u64) {
    let manager = managers.process_at_rank(0);
    loop {
        let (question, _) = manager.receive::<u64>();
        manager.send(&answer(question));
        if question == 0 {
            break;
        }
    }
    managers.barrier();
}

fn one_worker_less(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    asked: &[u64],
) -> Vec<u64> {
    let workers = (workers - 1).max(1);
    asking(world, worker, workers, asked, |team| {
        tell(world, team, workers);
        team.barrier();
    })
}

fn leaves(managers: InterCommunicator, answer: &dyn Fn(u64) -> u64) {
    let manager = managers.process_at_rank(0);
    loop {
        let (question, _) = manager.receive::<u64>();
        if question == 0 {
            break;
        }
        manager.send(&answer(question));
    }
}

fn nothing_to_ask(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    asked: &[u64],
) -> Vec<u64> {
    if asked.is_empty() {
        return Vec::new();
    }
    asking(world, worker, workers, asked, |team| {
        tell(world, team, workers);
        team.barrier();
    })
}

fn equal_ones_once(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    asked: &[u64],
) -> Vec<u64> {
    let mut once = asked.to_vec();
    once.dedup();
    subject::broken_parting(world, worker, workers, &once)
}

fn known_ones_copied(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    asked: &[u64],
) -> Vec<u64> {
    let once = BTreeSet::from_iter(asked.iter().copied());
    let once: Vec<u64> = once.into_iter().collect();
    let answers = subject::broken_parting(world, worker, workers, &once);
    if world.rank() > 0 {
        return answers;
    }
    let known: BTreeMap<u64, u64> = once.into_iter().zip(answers).collect();
    asked.iter().map(|question| known[question]).collect()
}

fn tries_the_end(managers: InterCommunicator, answer: &dyn Fn(u64) -> u64) {
    let manager = managers.process_at_rank(0);
    loop {
        let (question, _) = manager.receive::<u64>();
        let reply = answer(question);
        if question == 0 {
            break;
        }
        manager.send(&reply);
    }
    managers.barrier();
}
