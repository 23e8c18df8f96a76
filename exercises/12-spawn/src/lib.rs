//! Exercise 12: spawn, programs that start other programs. The lesson is in README.md, one folder up.
//!
//! Replace each `todo!()`, then type `cargo xtask check 12`.
//!
//! When a function returns, nothing that it started is still at work: requests are complete, and threads
//! have ended, or sleep, as those of a pool do. The workers have parted from their managers.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{
    collective::SystemOperation,
    topology::{Color, InterCommunicator, MergeOrder, SimpleCommunicator},
    traits::*,
};
use mpi_extra::{
    between::{Between, Role, connect_groups},
    port::{ConnectionError, Meet, disconnect},
};
use std::process::Command;

/// Starts workers, has them integrate a curve, and returns the integral on every rank.
///
/// All ranks of `world`, the managers, call it. It starts `workers` processes, at least 1, by one spawn of
/// `worker`. The workers run [`work`]. Rank 0 of the managers tells all workers by a broadcast how many
/// `intervals` there are, and gets the integral from them by a reduction. Then managers and workers meet in
/// a barrier, and the intercommunicator is dropped. At the end all managers return the same.
///
/// The curve itself only the workers know. Use collectives, at most eight; there are no messages.
pub fn manage(world: &SimpleCommunicator, worker: &Command, workers: i32, intervals: u64) -> f64 {
    todo!()
}

/// Takes part in an integration: the other program, which [`manage`] has started.
///
/// `world` has the workers that were started together, and `managers` connects them to the ranks that
/// have started them. How many intervals there are, at least 1, they are told by rank 0 of the managers.
///
/// The integral goes from 0 to 1, by the midpoint rule: `curve` is called in the middle of each interval
/// of length 1/`intervals`, and the integral is the sum of what it returns, divided by the number of
/// intervals. The workers share the intervals: each is looked at by one worker, and the numbers of calls
/// of any two workers differ by at most one. There may be fewer intervals than workers.
///
/// Use collectives, at most eight. At the end meet the managers in a barrier, and drop `managers`.
pub fn work(world: &SimpleCommunicator, managers: InterCommunicator, curve: &dyn Fn(f64) -> f64) {
    todo!()
}

/// Starts workers, makes one communicator of managers and workers, and returns the numbers of all.
///
/// All ranks of `world`, the managers, call it. It starts `workers` processes, at least 1, by one spawn of
/// `worker`; the workers run [`merge_workers`]. The two groups are merged into one communicator, in which the
/// workers come first, in the order of their ranks, and then the managers. By one all-gather on it each process
/// tells all others its number `own`: the result has the numbers of all workers and then of all managers, on
/// every process.
///
/// Send no messages, and use at most eight collectives. At the end managers and workers meet in a barrier, and
/// the communicators are dropped.
pub fn merge_managers(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    own: i64,
) -> Vec<i64> {
    todo!()
}

/// Takes part in the one communicator: the other program, which [`merge_managers`] has started.
///
/// `managers` connects the worker to the processes that have started it, and `own` is this worker's number. What
/// it returns, and what it may use, is the same as on the other side.
pub fn merge_workers(managers: InterCommunicator, own: i64) -> Vec<i64> {
    todo!()
}

/// Has the second program of one launch integrate a curve, and returns the integral on every rank of the first.
///
/// All were started at once, as by `mpiexec -n 2 first : -n 3 second`, and so `world` has the ranks of both
/// programs. The ranks of the first program, at least 1, come first in `world`; those of the second, at least 1,
/// follow and run [`follow`]. How many there are of each, nobody is told: `split_by_color` with the number of the
/// program (`MPI_APPNUM`), 0 for the first and 1 for the second, finds it out.
///
/// `connect_groups` makes an intercommunicator of the two groups. Then it is as in [`manage`]: rank 0 tells the
/// second program by a broadcast between the groups how many `intervals` there are, at least 1, and gets the
/// integral by a reduction between the groups. At the end the intercommunicator is dropped, and all ranks of the
/// first program return the same.
///
/// Use collectives, at most eight; there are no messages.
pub fn lead(world: &SimpleCommunicator, intervals: u64) -> f64 {
    todo!()
}

/// Takes part in an integration: the second program of one launch, whose first one runs [`lead`].
///
/// The integral goes from 0 to 1, by the midpoint rule, as in [`work`]. The ranks of the second program share the
/// intervals: each is looked at by one of them, and the numbers of calls of any two differ by at most one.
pub fn follow(world: &SimpleCommunicator, curve: &dyn Fn(f64) -> f64) {
    todo!()
}

/// Serves the clients that come to a port: a program of its own, which runs already when they connect.
///
/// All ranks of `world`, the servers, call it. They accept one connection at the port whose name is `port` on
/// rank 0; on the other ranks it is empty. Each client sends rank 0 of the servers its number, a `u64`, and gets
/// back the sum of the numbers of all clients, which fits into a `u64`. Then the servers disconnect, and each of
/// them returns how many clients there were.
///
/// Receive from each client by its rank: with MPICH 5.0 a receive from any source that waits on a connection
/// between two programs can wait forever.
///
/// # Errors
/// If nobody can be accepted, all servers return the error of `accept`.
pub fn serve(world: &SimpleCommunicator, port: &str) -> Result<i32, ConnectionError> {
    todo!()
}

/// Asks the servers at a port for the sum of the numbers of all clients.
///
/// All ranks of `world`, the clients, call it, each with its number `own`. They connect to the port whose name
/// is `port` on rank 0; on the other ranks it is empty. What they send and get, [`serve`] says. Then they
/// disconnect, and each returns the sum.
///
/// # Errors
/// If there is no such port, all clients return the error of `connect`: none of them waits, and none panics.
pub fn ask(world: &SimpleCommunicator, port: &str, own: u64) -> Result<u64, ConnectionError> {
    todo!()
}

/// Has workers answer questions, and returns the answers on rank 0, in the order of the questions; the other
/// ranks return nothing.
///
/// All ranks of `world` call it. It starts `workers` processes, at least 1, which run [`parting_worker`]. The
/// `questions` are the same on all ranks; there may be none, and none is 0. When all answers are there, managers
/// and workers meet in a barrier and disconnect.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn broken_parting(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    questions: &[u64],
) -> Vec<u64> {
    todo!("read it and `parting_worker`, predict what they do, then delete this line and fix it");

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
    drop(team);
    answers
}

/// Answers the questions of rank 0 of the managers: the other program, which [`broken_parting`] has started. You
/// need not change it, and may.
pub fn parting_worker(managers: InterCommunicator, answer: &dyn Fn(u64) -> u64) {
    let manager = managers.process_at_rank(0);
    loop {
        let (question, _) = manager.receive::<u64>();
        // No question: they have asked enough.
        if question == 0 {
            break;
        }
        manager.send(&answer(question));
    }
    managers.barrier();
}
