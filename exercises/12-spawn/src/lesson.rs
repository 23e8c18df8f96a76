//! The examples of the lesson, each complete. None solves a task, but many tasks have a similar example here.

use mpi::{
    collective::SystemOperation,
    topology::{Color, InterCommunicator, MergeOrder, SimpleCommunicator},
    traits::*,
};
use mpi_extra::{
    between::{Between, Role, connect_groups},
    port::{ConnectionError, Meet, Port, disconnect},
};
use std::{env, process::Command};

/// The arguments of a program that takes part in an example.
pub const PARTS: [&str; 3] = [ANSWER, JOIN, COUNT];
const ANSWER: &str = "--answer";
const JOIN: &str = "--join";
const COUNT: &str = "--count";

/// Runs every example. All ranks must call it.
///
/// # Errors
/// If this MPI has no ports between programs.
pub fn examples(world: &SimpleCommunicator) -> Result<(), ConnectionError> {
    ask(world);
    join(world);
    count(world);
    // Two programs need two ranks.
    if world.size() > 1 {
        two_teams(world);
        meet(world)?;
    }
    Ok(())
}

/// Takes part in an example: what a started process does.
pub fn part(name: &str, world: &SimpleCommunicator, parent: InterCommunicator) {
    match name {
        ANSWER => answer(world, parent),
        JOIN => joined(parent),
        _ => counted(parent),
    }
}

// ANCHOR: ask
fn ask(world: &SimpleCommunicator) {
    // The same program again, with an argument that says what to do.
    let mut program = Command::new(env::current_exe().expect("the program knows where it is"));
    program.arg(ANSWER);
    // ANCHOR: spawned
    let started = world
        .process_at_rank(0)
        .spawn(&program, 2)
        .expect("the program can be started");
    assert_eq!(started.remote_size(), 2);
    if world.rank() == 0 {
        let (number, _) = started.process_at_rank(1).receive::<u64>();
        assert_eq!(number, 42);
    }
    started.barrier();
    // Both sides disconnect here.
    drop(started);
    // ANCHOR_END: spawned
}

// ANCHOR: spawned-answer
/// What each of the spawned processes does. `parent` is the intercommunicator of `world.parent()`.
pub fn answer(world: &SimpleCommunicator, parent: InterCommunicator) {
    if world.rank() == 1 {
        parent.process_at_rank(0).send(&42_u64);
    }
    parent.barrier();
}
// ANCHOR_END: spawned-answer
// ANCHOR_END: ask

/// Starts two processes for an example.
fn started(world: &SimpleCommunicator, part: &str) -> InterCommunicator {
    let mut program = Command::new(env::current_exe().expect("the program knows where it is"));
    program.arg(part);
    let root = world.process_at_rank(0);
    root.spawn(&program, 2).expect("the program can be started")
}

// ANCHOR: join
fn join(world: &SimpleCommunicator) {
    let started = started(world, JOIN);
    // The two spawned processes come last.
    let all = started.merge(MergeOrder::Low);
    assert_eq!(all.rank(), world.rank());
    let mut sum = 0;
    all.all_reduce_into(&all.rank(), &mut sum, SystemOperation::sum());
    started.barrier();
}

fn joined(parent: InterCommunicator) {
    let all = parent.merge(MergeOrder::High);
    let mut sum = 0;
    all.all_reduce_into(&all.rank(), &mut sum, SystemOperation::sum());
    assert_eq!(sum, (0..all.size()).sum());
    parent.barrier();
}
// ANCHOR_END: join

// ANCHOR: two_teams
fn two_teams(world: &SimpleCommunicator) {
    // In a real launch, the teams are two programs.
    let odd = world.rank() % 2;
    let team = world
        .split_by_color(Color::with_value(odd))
        .expect("every rank has a team");
    // The leaders are ranks 0 and 1 of the world, and rank 0 in their teams.
    let others = connect_groups(&team, 0, world, 1 - odd);
    // ANCHOR: roles
    let role = match (odd, team.rank()) {
        (0, 0) => Role::Root,
        (0, _) => Role::BesideRoot,
        _ => Role::Remote(0),
    };
    let mut number = if odd == 0 { 17 } else { 0 };
    others.broadcast_between(role, &mut number);
    // ANCHOR_END: roles
    assert_eq!(number, 17);
}
// ANCHOR_END: two_teams

// ANCHOR: meet
fn meet(world: &SimpleCommunicator) -> Result<(), ConnectionError> {
    // Rank 0 is a server, and the other ranks are a client.
    let serves = world.rank() == 0;
    let team = world
        .split_by_color(Color::with_value(i32::from(serves)))
        .expect("every rank has a team");
    let root = team.process_at_rank(0);
    let other = if serves {
        let port = Port::open()?;
        // Real programs pass the name in a file.
        world.process_at_rank(1).send(port.name().as_bytes());
        root.accept(port.name())?
    } else {
        let mut name = String::new();
        if team.rank() == 0 {
            let (bytes, _) = world.process_at_rank(0).receive_vec::<u8>();
            name = String::from_utf8_lossy(&bytes).into_owned();
        }
        root.connect(&name)?
    };
    if serves {
        other.process_at_rank(0).send(&42_u64);
    } else if team.rank() == 0 {
        let (number, _) = other.process_at_rank(0).receive::<u64>();
        assert_eq!(number, 42);
    }
    disconnect(other);
    Ok(())
}
// ANCHOR_END: meet

// ANCHOR: count
fn count(world: &SimpleCommunicator) {
    let started = started(world, COUNT);
    if world.rank() == 0 {
        for worker in 0..started.remote_size() {
            let worker = started.process_at_rank(worker);
            [true, true, false]
                .iter()
                .for_each(|goes_on| worker.send(goes_on));
        }
    }
    started.barrier();
    drop(started);
}

fn counted(parent: InterCommunicator) {
    let mut rounds = 0;
    while parent.process_at_rank(0).receive::<bool>().0 {
        rounds += 1;
    }
    assert_eq!(rounds, 2);
    parent.barrier();
}
// ANCHOR_END: count
