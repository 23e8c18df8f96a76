//! A process that an answer has started: it is this check program again, and does what the suite says of it.
//!
//! It reports to the grader itself, as the ranks do, under a number that follows theirs; and the grader waits
//! until it has ended before it takes the task for done.

use crate::{Check, Suite, watch};
use harness::{
    identity, listener,
    run::{self, Running},
};
use mpi::{topology::SimpleCommunicator, traits::*};
use std::{process::Command, rc::Rc};

impl Check {
    /// How to start a process that takes part in the task that runs: as [`Suite::worker`] says, with
    /// words of the check's, which are plain: letters, digits and hyphens.
    pub fn worker(&self, words: &[String]) -> Command {
        let program = std::env::current_exe().unwrap_or_default();
        let mut command = Command::new(program);
        command.args(Running::arguments());
        command.args(words);
        command
    }

    /// Says that the answers of this task work with so many processes more, which they start or which have
    /// started them: only a communicator of all of them counts as a whole one.
    pub fn joined_by(&self, others: usize) {
        recorder::expect((self.size() + others) as u32);
    }

    /// The words that came with the command, in a process that an answer has started.
    pub fn own_words(&self) -> Vec<String> {
        Running::asked().map_or_else(Vec::new, |running| running.own)
    }
}

/// Takes part in what runs; called by all processes that were started together.
pub(crate) fn work<A: Clone + 'static>(
    suite: &Suite<Check, A>,
    running: &Running,
    world: &SimpleCommunicator,
) {
    let (rank, size) = (world.rank().unsigned_abs(), world.size().unsigned_abs());
    identity::identify_worker(rank, size);
    // Nobody reads the orders, which are for the ranks; but the connection must stay.
    let number = recorder::process(rank);
    let orders = listener::open(number, number + 1);
    std::mem::forget(orders);
    watch();
    let mut check = Check::new(Rc::new(world.duplicate()), running.seed, running.standard);
    run::work(suite, running, &mut check);
    recorder::aside(true);
}
