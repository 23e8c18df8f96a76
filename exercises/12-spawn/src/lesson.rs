//! The examples of the lesson, each complete. They solve no task, but many tasks have their like here.

use mpi::{
    topology::{InterCommunicator, SimpleCommunicator},
    traits::*,
};
use std::{env, process::Command};

/// The argument of a program that is to answer.
pub const ANSWER: &str = "--answer";

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    ask(world);
}

// ANCHOR: ask
fn ask(world: &SimpleCommunicator) {
    // The same program once more, with an argument that tells it what to do.
    let mut program = Command::new(env::current_exe().expect("the program knows where it is"));
    program.arg(ANSWER);
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
    // Here both sides disconnect.
    drop(started);
}

/// What each of the started processes does. `parent` is what `world.parent()` has returned.
pub fn answer(world: &SimpleCommunicator, parent: InterCommunicator) {
    if world.rank() == 1 {
        parent.process_at_rank(0).send(&42_u64);
    }
    parent.barrier();
}
// ANCHOR_END: ask
