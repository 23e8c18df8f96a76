//! Mistakes that any task may have: what the answer starts outlives it, here on one rank.

use crate::tasks::Answers;
use collectives_solution as reference;
use harness_mpi::{Mistake, SimpleCommunicator, mistake};
use mpi::traits::*;
use std::{cell::RefCell, hint, process::Command, thread};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("scan": scan = leaves_a_thread_spinning => Leftover,
        "starts a thread that polls for ever, and never ends it"),
    mistake!("scan": scan = leaves_a_process => Leftover,
        "starts a program and forgets it"),
    mistake!("scan": scan = never_ends => Leftover,
        "keeps a value whose destructor waits for what never comes"),
];

fn is_last(world: &SimpleCommunicator) -> bool {
    world.rank() == world.size() - 1
}

fn leaves_a_thread_spinning(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    if is_last(world) {
        thread::spawn(|| {
            loop {
                hint::spin_loop();
            }
        });
    }
    reference::scan(world, items)
}

fn leaves_a_process(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    if is_last(world) {
        let child = Command::new("sleep").arg("303").spawn();
        drop(child.expect("the program is there"));
    }
    reference::scan(world, items)
}

/// Waits for ever when it is dropped.
struct Stays;

impl Drop for Stays {
    fn drop(&mut self) {
        loop {
            thread::park();
        }
    }
}

thread_local! {
    static KEPT: RefCell<Vec<Stays>> = const { RefCell::new(Vec::new()) };
}

fn never_ends(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    if is_last(world) {
        KEPT.with_borrow_mut(|kept| kept.push(Stays));
    }
    reference::scan(world, items)
}
