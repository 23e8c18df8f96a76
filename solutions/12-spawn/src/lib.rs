//! Exercise 12: spawn, the reference.

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

/// Starts workers that integrate a curve, and returns the integral on every rank.
///
/// All ranks of `world`, the managers, call this. It starts `workers` processes, at least 1, with one spawn of
/// `worker` by all managers. The workers run [`work`]. On the intercommunicator that the spawn returns, rank 0
/// of the managers broadcasts the number of `intervals`, a `u64`, to all workers, and gets the integral, an `f64`,
/// from them by a reduction, as the sum of their parts. After that, managers and workers meet in a barrier on it, and
/// it is dropped. All managers return the same number. It must also work with other workers that keep to this: they
/// call `broadcast_between`, `reduce_between` and `barrier` once each, and do nothing else together with the managers.
///
/// Only the workers know the curve. Use collectives, at most eight, and send no messages.
pub fn manage(world: &SimpleCommunicator, worker: &Command, workers: i32, intervals: u64) -> f64 {
    let root = world.process_at_rank(0);
    let team = root
        .spawn(worker, workers)
        .expect("the program can be started");
    let role = match world.rank() {
        0 => Role::Root,
        _ => Role::BesideRoot,
    };
    let mut intervals = intervals;
    team.broadcast_between(role, &mut intervals);
    let mut integral = 0.0;
    team.reduce_between(role, &mut integral, SystemOperation::sum());
    team.barrier();
    drop(team);
    root.broadcast_into(&mut integral);
    integral
}

/// Takes part in an integration. This is the program that [`manage`] starts.
///
/// `world` contains the workers that were started together, and `managers` connects them to the ranks that
/// started them. Rank 0 of the managers broadcasts the number of intervals, at least 1, and gets the integral
/// by a reduction, both on `managers`. It must also work with other managers that keep to this, as [`manage`] says.
///
/// The integral goes from 0 to 1, by the midpoint rule: `curve` is called at the midpoint of each interval of
/// length 1/`intervals`, and the integral is the sum of the values, divided by the number of intervals. Values may be
/// negative, and if one is NaN, so is the integral. The workers share the intervals: one worker computes each
/// interval, and the numbers of calls of any two workers differ by at most one. There may be fewer intervals than
/// workers.
///
/// Use collectives, at most eight, and send no messages. At the end, meet the managers in a barrier on
/// `managers`, and drop it.
pub fn work(world: &SimpleCommunicator, managers: InterCommunicator, curve: &dyn Fn(f64) -> f64) {
    integrate(world, &managers, curve);
    managers.barrier();
}

/// A team's part of an integration, led by rank 0 of the other group.
fn integrate(team: &SimpleCommunicator, managers: &InterCommunicator, curve: &dyn Fn(f64) -> f64) {
    let manager = Role::Remote(0);
    let mut intervals = 0_u64;
    managers.broadcast_between(manager, &mut intervals);
    let (rank, size) = (team.rank() as u64, team.size() as usize);
    let middle = |interval: u64| (interval as f64 + 0.5) / intervals as f64;
    let own = (rank..intervals).step_by(size);
    let mut sum: f64 = own.map(|interval| curve(middle(interval))).sum();
    sum /= intervals as f64;
    managers.reduce_between(manager, &mut sum, SystemOperation::sum());
}

/// Starts workers, makes one communicator of managers and workers, and returns the numbers of all processes.
///
/// All ranks of `world`, the managers, call this. It starts `workers` processes, at least 1, with one spawn of
/// `worker`; the workers run [`merge_workers`]. Merge the two groups into one communicator, in which the
/// workers come first, in the order of their ranks, and then the managers. With one all-gather, on it, each
/// process gets the number `own` of every process: on every process, the result is the numbers of all workers
/// and then of all managers.
///
/// Send no messages, and use at most eight collectives. At the end, managers and workers meet in a barrier, on
/// either communicator, and drop the communicators.
pub fn merge_managers(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    own: i64,
) -> Vec<i64> {
    let root = world.process_at_rank(0);
    let team = root
        .spawn(worker, workers)
        .expect("the program can be started");
    let numbers = gather_all(&team, MergeOrder::High, own);
    team.barrier();
    numbers
}

/// Takes part in the merged communicator. This is the program that [`merge_managers`] starts.
///
/// `managers` connects the worker to the processes that started it, and `own` is this worker's number. It
/// returns the same as [`merge_managers`], and the same rules hold.
pub fn merge_workers(managers: InterCommunicator, own: i64) -> Vec<i64> {
    let numbers = gather_all(&managers, MergeOrder::Low, own);
    managers.barrier();
    numbers
}

/// The numbers of both sides, those of the lower side first.
fn gather_all(other: &InterCommunicator, order: MergeOrder, own: i64) -> Vec<i64> {
    let all = other.merge(order);
    let mut numbers = vec![0; all.size() as usize];
    all.all_gather_into(&own, &mut numbers);
    numbers
}

/// Lets the second program of a launch integrate a curve, and returns the integral on every rank of the first.
///
/// Both programs were started together, as by `mpiexec -n 2 first : -n 3 second`, and `world` contains the
/// ranks of both. The ranks of the first program, at least 1, come first in `world`. The ranks of the second,
/// at least 1, follow, and run [`follow`]. How many ranks each program has is not given: find it out with
/// `split_by_color`, with a color for each program, such as its number (`MPI_APPNUM`), which is 0 for the first
/// and 1 for the second.
///
/// Make an intercommunicator of the two groups with `connect_groups`; rank 0 of each program is its leader. On it,
/// rank 0 of the first program broadcasts the number of `intervals`, a `u64` of at least 1, to the second program, and
/// gets the integral, an `f64`, by a reduction, as the sum of their parts. No barrier is needed. At the end, the
/// intercommunicator is dropped, and all ranks of the first program return the same number. It must also work with
/// another second program that keeps to this: after one split and `connect_groups`, it calls `broadcast_between` and
/// `reduce_between` once each, and does nothing else together with the first.
///
/// Use collectives, at most eight, and send no messages.
pub fn lead(world: &SimpleCommunicator, intervals: u64) -> f64 {
    let team = program(world, 0);
    let workers = connect_groups(&team, 0, world, team.size());
    let role = match team.rank() {
        0 => Role::Root,
        _ => Role::BesideRoot,
    };
    let mut intervals = intervals;
    workers.broadcast_between(role, &mut intervals);
    let mut integral = 0.0;
    workers.reduce_between(role, &mut integral, SystemOperation::sum());
    drop(workers);
    team.process_at_rank(0).broadcast_into(&mut integral);
    integral
}

/// The ranks of one of two programs.
fn program(world: &SimpleCommunicator, number: i32) -> SimpleCommunicator {
    world
        .split_by_color_with_key(Color::with_value(number), world.rank())
        .expect("every rank has a program")
}

/// Takes part in an integration. This is the second program of a launch; the first one runs [`lead`].
///
/// The integral goes from 0 to 1, by the midpoint rule, as in [`work`]. The ranks of the second program share
/// the intervals: one rank computes each interval, and the numbers of calls of any two ranks differ by at most
/// one. It must also work with another first program that keeps to this, as [`lead`] says.
pub fn follow(world: &SimpleCommunicator, curve: &dyn Fn(f64) -> f64) {
    let team = program(world, 1);
    let managers = connect_groups(&team, 0, world, 0);
    integrate(&team, &managers, curve);
}

/// Serves the clients that connect to a port. This is a separate program, which is already running when they
/// connect.
///
/// All ranks of `world`, the servers, call this. They accept one connection at the port whose name is `port` on
/// rank 0; on the other ranks it is empty. Each client sends its number, a `u64`, to rank 0 of the servers, as
/// one message. When rank 0 has all numbers, it sends each client one message: their sum, which fits in a
/// `u64`. Servers and clients use no collectives with each other. Then the servers disconnect, and each of them
/// returns the number of clients. Other servers, or other clients, may be there that keep to this: the tag of each
/// message is 0, as `send` has it.
///
/// Receive from each other process by its rank, and never from any source: with MPICH 5.0, a receive from any source
/// that waits on a connection between two programs can wait forever.
///
/// # Errors
/// If no connection can be accepted, all servers return the error of `accept`.
pub fn serve(world: &SimpleCommunicator, port: &str) -> Result<i32, ConnectionError> {
    let clients = world.process_at_rank(0).accept(port)?;
    let count = clients.remote_size();
    if world.rank() == 0 {
        let number = |client| clients.process_at_rank(client).receive::<u64>().0;
        let sum: u64 = (0..count).map(number).sum();
        (0..count).for_each(|client| clients.process_at_rank(client).send(&sum));
    }
    disconnect(clients);
    Ok(count)
}

/// Asks the servers at a port for the sum of the numbers of all clients.
///
/// All ranks of `world`, the clients, call this, each with its number `own`. They connect to the port whose
/// name is `port` on rank 0; on the other ranks it is empty. [`serve`] says what they send and receive. Then
/// they disconnect, and each returns the sum.
///
/// # Errors
/// If there is no such port, all clients return the error of `connect`: none of them waits, and none panics.
pub fn ask(world: &SimpleCommunicator, port: &str, own: u64) -> Result<u64, ConnectionError> {
    let servers = world.process_at_rank(0).connect(port)?;
    let server = servers.process_at_rank(0);
    server.send(&own);
    let (sum, _) = server.receive::<u64>();
    disconnect(servers);
    Ok(sum)
}

/// Sends questions to workers, and returns the answers on rank 0, in the order of the questions; the other
/// ranks return an empty vector.
///
/// All ranks of `world` call this. It starts `workers` processes, at least 1, which run [`parting_worker`]. The
/// `questions` are the same on all ranks; there may be none, and none is 0. When all answers have arrived,
/// managers and workers meet in a barrier and disconnect.
pub fn broken_parting(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    questions: &[u64],
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
        // Without this, the workers would wait for a question, and never disconnect.
        (0..workers).for_each(|worker| team.process_at_rank(worker).send(&0_u64));
    }
    team.barrier();
    drop(team);
    answers
}

/// Answers the questions of rank 0 of the managers. This is the program that [`broken_parting`] starts. `answer` is
/// called once for each question, also if two are equal. You may change it, but you need not.
pub fn parting_worker(managers: InterCommunicator, answer: &dyn Fn(u64) -> u64) {
    let manager = managers.process_at_rank(0);
    loop {
        let (question, _) = manager.receive::<u64>();
        // 0 is not a question: it means that no more will come.
        if question == 0 {
            break;
        }
        manager.send(&answer(question));
    }
    managers.barrier();
}
