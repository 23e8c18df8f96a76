//! Mistakes in the task `manager-worker`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, request, topology::SimpleCommunicator, traits::*};
use std::{cell::RefCell, collections::BTreeMap, iter};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("manager-worker": manager_worker = dealt_out_beforehand => WrongOperation,
        "gives each worker an equal share at the beginning"),
    mistake!("manager-worker": manager_worker = by_turns_without_asking => WrongOperation,
        "tells all workers the tasks, and each does every so-manieth"),
    mistake!("manager-worker": manager_worker = manager_alone => WrongOperation,
        "works on everything on rank 0"),
    mistake!("manager-worker": manager_worker = one_worker_for_all => WrongOperation,
        "gives all tasks to worker 1"),
    mistake!("manager-worker": manager_worker = done_by_everyone => WrongOperation,
        "has every worker do every task"),
    mistake!("manager-worker": manager_worker = order_of_arrival => WrongResult,
        "returns the results in the order in which they arrive"),
    mistake!("manager-worker": manager_worker = last_results_lost => WrongResult,
        "stops as soon as no task is left, and does not wait for those at work"),
    mistake!("manager-worker": manager_worker = a_task_for_each => Panic,
        "begins with a task for each worker, also when there are fewer tasks"),
    mistake!("manager-worker": manager_worker = in_rounds => WrongOperation,
        "waits for all workers before it gives out the next round"),
    mistake!("manager-worker": manager_worker = one_at_a_time => WrongOperation,
        "waits for each result before it gives out the next task"),
    mistake!("manager-worker": manager_worker = equal_tasks_once => WrongOperation,
        "has equal tasks worked on once"),
    mistake!("manager-worker": manager_worker = three_at_a_time => WrongOperation,
        "hands out three tasks at a time"),
    mistake!("manager-worker": manager_worker = in_advance_and_waits => UnsafeSend,
        "gives the next task in advance, by a send that waits for a worker that is busy"),
    mistake!("manager-worker": manager_worker = a_task_that_stops => WrongResult,
        "takes a task of -1 for the sign to stop, and returns it as it is"),
    mistake!("manager-worker": manager_worker = thirty_two_bits => WrongResult,
        "keeps results in 32 bits"),
    mistake!("manager-worker": manager_worker = probe_then_any => Deadlock,
        "asks a probe for the source, and then receives from anyone"),
    mistake!("manager-worker": manager_worker = index_in_8_bits => WrongResult,
        "sends the index of a task in 8 bits"),
    mistake!("manager-worker": manager_worker = remembers_results => WrongOperation,
        "keeps what `work` returned, and has an equal task worked on by looking it up"),
    mistake!("manager-worker": manager_worker = two_in_advance => WrongOperation,
        "gives each worker two tasks in advance"),
    mistake!("manager-worker": manager_worker = again_if_zero => WrongOperation,
        "works on a task again if its result is 0"),
];

type Tasks<'a> = Option<&'a [i64]>;
type Work<'a> = &'a dyn Fn(i64) -> i64;
type Results = Option<Vec<i64>>;

/// A worker's whole life: tasks with their indices, until an empty message comes.
fn serve(world: &SimpleCommunicator, work: Work) -> Results {
    let manager = world.process_at_rank(0);
    while let [index, task] = manager.receive_vec::<i64>().0[..] {
        manager.send(&[index, work(task)]);
    }
    None
}

fn give(world: &SimpleCommunicator, worker: Rank, index: usize, tasks: &[i64]) {
    world
        .process_at_rank(worker)
        .send(&[index as i64, tasks[index]]);
}

fn stop(world: &SimpleCommunicator, worker: Rank) {
    world.process_at_rank(worker).send(&[0_i64; 0]);
}

/// Receives a result from a rank, or from any, and puts it where it belongs.
fn collect(source: &impl Source, results: &mut [i64]) -> Rank {
    let mut done = [0_i64; 2];
    let status = source.receive_into(&mut done);
    results[done[0] as usize] = done[1];
    status.source_rank()
}

fn alone(tasks: &[i64], work: Work) -> Results {
    Some(tasks.iter().map(|task| work(*task)).collect())
}

fn dealt_out_beforehand(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let manager = world.process_at_rank(0);
    let Some(tasks) = tasks else {
        let (share, _) = manager.receive_vec::<i64>();
        let results: Vec<i64> = share.into_iter().map(work).collect();
        manager.send(&results[..]);
        return None;
    };
    let workers = world.size() as usize - 1;
    if workers == 0 {
        return alone(tasks, work);
    }
    for worker in 0..workers {
        let share = worker * tasks.len() / workers..(worker + 1) * tasks.len() / workers;
        world
            .process_at_rank(worker as Rank + 1)
            .send(&tasks[share]);
    }
    let of = |worker| world.process_at_rank(worker).receive_vec::<i64>().0;
    Some((1..world.size()).flat_map(of).collect())
}

fn by_turns_without_asking(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let all = broadcast(world, tasks);
    let workers = world.size() as usize - 1;
    if workers == 0 {
        return alone(&all, work);
    }
    if tasks.is_none() {
        for task in all.iter().skip(world.rank() as usize - 1).step_by(workers) {
            world.process_at_rank(0).send(&work(*task));
        }
        return None;
    }
    let ranks = (1..world.size()).cycle().take(all.len());
    Some(
        ranks
            .map(|rank| world.process_at_rank(rank).receive().0)
            .collect(),
    )
}

fn broadcast(world: &SimpleCommunicator, tasks: Tasks) -> Vec<i64> {
    let root = world.process_at_rank(0);
    let mut length = tasks.map_or(0, <[i64]>::len);
    root.broadcast_into(&mut length);
    let mut all = tasks.map_or(vec![0; length], <[i64]>::to_vec);
    root.broadcast_into(&mut all[..]);
    all
}

fn manager_alone(_: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    alone(tasks?, work)
}

fn one_worker_for_all(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    match (world.rank(), tasks) {
        (0, Some(tasks)) if world.size() == 1 => alone(tasks, work),
        (0, Some(tasks)) => {
            let mut results = vec![0; tasks.len()];
            for index in 0..tasks.len() {
                give(world, 1, index, tasks);
                collect(&world.process_at_rank(1), &mut results);
            }
            stop(world, 1);
            Some(results)
        }
        (1, _) => serve(world, work),
        _ => None,
    }
}

fn done_by_everyone(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let all = broadcast(world, tasks);
    if tasks.is_some() && world.size() > 1 {
        return Some(world.process_at_rank(1).receive_vec().0);
    }
    let results = alone(&all, work)?;
    if world.rank() == 1 {
        world.process_at_rank(0).send(&results[..]);
    }
    tasks.map(|_| results)
}

fn order_of_arrival(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let Some(tasks) = tasks else {
        return serve(world, work);
    };
    if world.size() == 1 {
        return alone(tasks, work);
    }
    let mut next = 0;
    let mut feed = |worker| {
        if next < tasks.len() {
            give(world, worker, next, tasks);
            next += 1;
        } else {
            stop(world, worker);
        }
    };
    (1..world.size()).for_each(&mut feed);
    let mut results = Vec::new();
    for _ in tasks {
        let mut done = [0_i64; 2];
        feed(world.any_process().receive_into(&mut done).source_rank());
        results.push(done[1]);
    }
    Some(results)
}

fn last_results_lost(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let Some(tasks) = tasks else {
        return serve(world, work);
    };
    if world.size() == 1 {
        return alone(tasks, work);
    }
    let mut results = vec![0; tasks.len()];
    let first = tasks.len().min(world.size() as usize - 1);
    for index in 0..first {
        give(world, index as Rank + 1, index, tasks);
    }
    for index in first..tasks.len() {
        let worker = collect(&world.any_process(), &mut results);
        give(world, worker, index, tasks);
    }
    (1..world.size()).for_each(|worker| stop(world, worker));
    Some(results)
}

fn a_task_for_each(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let Some(tasks) = tasks else {
        return serve(world, work);
    };
    if world.size() == 1 {
        return alone(tasks, work);
    }
    let mut results = vec![0; tasks.len()];
    let workers = world.size() as usize - 1;
    for index in 0..workers {
        give(world, index as Rank + 1, index, tasks);
    }
    for next in workers..tasks.len() + workers {
        let worker = collect(&world.any_process(), &mut results);
        if next < tasks.len() {
            give(world, worker, next, tasks);
        } else {
            stop(world, worker);
        }
    }
    Some(results)
}

fn in_rounds(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let Some(tasks) = tasks else {
        return serve(world, work);
    };
    let mut results = vec![0; tasks.len()];
    let workers = world.size() as usize - 1;
    if workers == 0 {
        return alone(tasks, work);
    }
    for begin in (0..tasks.len()).step_by(workers) {
        let round = begin..tasks.len().min(begin + workers);
        for index in round.clone() {
            give(world, (index - begin) as Rank + 1, index, tasks);
        }
        for index in round {
            collect(
                &world.process_at_rank((index - begin) as Rank + 1),
                &mut results,
            );
        }
    }
    (1..world.size()).for_each(|worker| stop(world, worker));
    Some(results)
}

fn one_at_a_time(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let Some(tasks) = tasks else {
        return serve(world, work);
    };
    if world.size() == 1 {
        return alone(tasks, work);
    }
    let mut results = vec![0; tasks.len()];
    for (index, worker) in (0..tasks.len()).zip((1..world.size()).cycle()) {
        give(world, worker, index, tasks);
        collect(&world.any_process(), &mut results);
    }
    (1..world.size()).for_each(|worker| stop(world, worker));
    Some(results)
}

fn equal_tasks_once(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let mut different = tasks.map(<[i64]>::to_vec);
    if let Some(different) = &mut different {
        different.sort_unstable();
        different.dedup();
    }
    let results = mpi_p2p_solution::manager_worker(world, different.as_deref(), work)?;
    let different = different?;
    let find = |task| different.binary_search(task).map(|at| results[at]);
    tasks?.iter().map(|task| find(task).ok()).collect()
}

fn three_at_a_time(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    in_batches(world, tasks, work, 3)
}

/// A message holds the index of its first task, and so many tasks.
fn in_batches(world: &SimpleCommunicator, tasks: Tasks, work: Work, many: usize) -> Results {
    let Some(tasks) = tasks else {
        let manager = world.process_at_rank(0);
        while let [index, tasks @ ..] = &manager.receive_vec::<i64>().0[..] {
            let results = tasks.iter().map(|task| work(*task));
            let message: Vec<i64> = iter::once(*index).chain(results).collect();
            manager.send(&message[..]);
        }
        return None;
    };
    if world.size() == 1 {
        return alone(tasks, work);
    }
    let mut batches = (0..).step_by(many).zip(tasks.chunks(many));
    let mut feed = |worker| match batches.next() {
        Some((index, batch)) => {
            let message = [&[index], batch].concat();
            world.process_at_rank(worker).send(&message[..]);
        }
        None => stop(world, worker),
    };
    (1..world.size()).for_each(&mut feed);
    let mut results = vec![0; tasks.len()];
    for _ in tasks.chunks(many) {
        let (done, status) = world.any_process().receive_vec::<i64>();
        results[done[0] as usize..][..done.len() - 1].copy_from_slice(&done[1..]);
        feed(status.source_rank());
    }
    Some(results)
}

fn in_advance_and_waits(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let Some(tasks) = tasks else {
        return serve(world, work);
    };
    if world.size() == 1 {
        return alone(tasks, work);
    }
    let mut results = vec![0; tasks.len()];
    let mut left = 0..tasks.len();
    let mut feed = |worker| {
        if let Some(index) = left.next() {
            give(world, worker, index, tasks);
        }
    };
    for _ in 0..2 {
        (1..world.size()).for_each(&mut feed);
    }
    for _ in tasks {
        feed(collect(&world.any_process(), &mut results));
    }
    (1..world.size()).for_each(|worker| stop(world, worker));
    Some(results)
}

fn a_task_that_stops(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let work = |task| if task == -1 { -1 } else { work(task) };
    mpi_p2p_solution::manager_worker(world, tasks, &work)
}

fn thirty_two_bits(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let results = mpi_p2p_solution::manager_worker(world, tasks, work)?;
    Some(
        results
            .into_iter()
            .map(|result| (result as i32).into())
            .collect(),
    )
}

fn two_in_advance(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let Some(tasks) = tasks else {
        return serve(world, work);
    };
    if world.size() == 1 {
        return alone(tasks, work);
    }
    let mut results = vec![0; tasks.len()];
    let messages: Vec<[i64; 2]> = (0..)
        .zip(tasks)
        .map(|(index, task)| [index, *task])
        .collect();
    request::scope(|scope| {
        let (mut left, mut sent) = (messages.iter(), Vec::new());
        let mut feed = |worker: Rank| {
            if let Some(message) = left.next() {
                let worker = world.process_at_rank(worker);
                sent.push(worker.immediate_send(scope, message));
            }
        };
        for _ in 0..3 {
            (1..world.size()).for_each(&mut feed);
        }
        for _ in tasks {
            feed(collect(&world.any_process(), &mut results));
        }
        for request in sent {
            request.wait();
        }
    });
    (1..world.size()).for_each(|worker| stop(world, worker));
    Some(results)
}

fn probe_then_any(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let Some(tasks) = tasks else {
        let manager = world.process_at_rank(0);
        while let [task] = manager.receive_vec::<i64>().0[..] {
            manager.send(&work(task));
        }
        return None;
    };
    if world.size() == 1 {
        return alone(tasks, work);
    }
    let mut results = vec![0; tasks.len()];
    // Which task each worker has.
    let mut has = vec![0; world.size() as usize];
    let mut left = 0..tasks.len();
    let mut feed = |worker: Rank, has: &mut [usize]| match left.next() {
        Some(index) => {
            has[worker as usize] = index;
            world.process_at_rank(worker).send(&tasks[index]);
        }
        None => stop(world, worker),
    };
    (1..world.size()).for_each(|worker| feed(worker, &mut has));
    for _ in tasks {
        let worker = world.any_process().probe().source_rank();
        results[has[worker as usize]] = world.any_process().receive().0;
        feed(worker, &mut has);
    }
    Some(results)
}

fn index_in_8_bits(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let Some(tasks) = tasks else {
        return serve(world, work);
    };
    if world.size() == 1 {
        return alone(tasks, work);
    }
    let mut results = vec![0; tasks.len()];
    let mut left = (0..).zip(tasks);
    let mut feed = |worker: Rank| match left.next() {
        Some((index, task)) => {
            let short = i64::from(index as u8);
            world.process_at_rank(worker).send(&[short, *task]);
        }
        None => stop(world, worker),
    };
    (1..world.size()).for_each(&mut feed);
    for _ in tasks {
        feed(collect(&world.any_process(), &mut results));
    }
    Some(results)
}

fn remembers_results(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let known = RefCell::new(BTreeMap::new());
    let work = |task| *known.borrow_mut().entry(task).or_insert_with(|| work(task));
    mpi_p2p_solution::manager_worker(world, tasks, &work)
}

fn again_if_zero(world: &SimpleCommunicator, tasks: Tasks, work: Work) -> Results {
    let work = |task| match work(task) {
        0 => work(task),
        result => result,
    };
    mpi_p2p_solution::manager_worker(world, tasks, &work)
}
