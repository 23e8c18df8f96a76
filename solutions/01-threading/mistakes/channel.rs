//! Mistakes in the task `channel`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::{
    sync::{Barrier, Mutex, mpsc},
    thread,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("channel": channel = works_under_the_lock => WrongOperation,
        "receives in `while let`, which holds the lock on the receiver to the end of the loop's body"),
    mistake!("channel": channel = keeps_a_sender => Deadlock,
        "keeps the sender that it cloned the others from, so that the collector waits for ever"),
    mistake!("channel": channel = as_they_come => WrongResult,
        "returns the results in the order in which they came"),
    mistake!("channel": channel = deals_in_turn => WrongOperation,
        "gives each worker a channel of its own and deals the tasks out in turn"),
    mistake!("channel": channel = all_tasks_first => WrongOperation,
        "takes all tasks before the first is worked on"),
    mistake!("channel": channel = a_thread_for_each => WrongOperation,
        "starts a thread for each task"),
    mistake!("channel": channel = ends_when_it_is_quiet => WrongResult,
        "takes an empty channel for the end of the tasks"),
    mistake!("channel": channel = without_workers => WrongOperation,
        "does all work where the tasks come from"),
];

type Tasks<'a> = &'a mut (dyn Iterator<Item = u64> + Send);
type Work<'a> = &'a (dyn Fn(u64) -> u64 + Sync);

/// What the collector does with results that carry their index.
fn sorted(results: impl IntoIterator<Item = (usize, u64)>) -> Vec<u64> {
    let mut results: Vec<_> = results.into_iter().collect();
    results.sort_unstable();
    results.into_iter().map(|(_, result)| result).collect()
}

fn works_under_the_lock(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let (task_sender, task_receiver) = mpsc::channel();
    let (result_sender, result_receiver) = mpsc::channel();
    let queue = &Mutex::new(task_receiver);
    thread::scope(|scope| {
        scope.spawn(move || {
            for task in tasks.enumerate() {
                task_sender.send(task).unwrap();
            }
        });
        for _ in 0..workers {
            let results = result_sender.clone();
            scope.spawn(move || {
                while let Ok((index, task)) = queue.lock().unwrap().recv() {
                    results.send((index, work(task))).unwrap();
                }
            });
        }
        drop(result_sender);
        sorted(result_receiver)
    })
}

fn keeps_a_sender(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let (task_sender, task_receiver) = mpsc::channel();
    let (result_sender, result_receiver) = mpsc::channel();
    let queue = &Mutex::new(task_receiver);
    thread::scope(|scope| {
        scope.spawn(move || {
            for task in tasks.enumerate() {
                task_sender.send(task).unwrap();
            }
        });
        for _ in 0..workers {
            let results = result_sender.clone();
            scope.spawn(move || {
                loop {
                    let next = queue.lock().unwrap().recv();
                    let Ok((index, task)) = next else { break };
                    results.send((index, work(task))).unwrap();
                }
            });
        }
        sorted(result_receiver)
    })
}

fn as_they_come(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let (task_sender, task_receiver) = mpsc::channel();
    let (result_sender, result_receiver) = mpsc::channel();
    let queue = &Mutex::new(task_receiver);
    thread::scope(|scope| {
        scope.spawn(move || tasks.for_each(|task| task_sender.send(task).unwrap()));
        for _ in 0..workers {
            let results = result_sender.clone();
            scope.spawn(move || {
                loop {
                    let next = queue.lock().unwrap().recv();
                    let Ok(task) = next else { break };
                    results.send(work(task)).unwrap();
                }
            });
        }
        drop(result_sender);
        result_receiver.into_iter().collect()
    })
}

fn deals_in_turn(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let (result_sender, result_receiver) = mpsc::channel();
    thread::scope(|scope| {
        let queues: Vec<mpsc::Sender<(usize, u64)>> = (0..workers)
            .map(|_| {
                let (task_sender, task_receiver) = mpsc::channel();
                let results = result_sender.clone();
                scope.spawn(move || {
                    for (index, task) in task_receiver {
                        results.send((index, work(task))).unwrap();
                    }
                });
                task_sender
            })
            .collect();
        for (index, task) in tasks.enumerate() {
            queues[index % workers].send((index, task)).unwrap();
        }
        drop((queues, result_sender));
        sorted(result_receiver)
    })
}

fn all_tasks_first(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let all: Vec<u64> = tasks.collect();
    threading_solution::channel(&mut all.into_iter(), workers, work)
}

fn a_thread_for_each(tasks: Tasks, _: usize, work: Work) -> Vec<u64> {
    thread::scope(|scope| {
        let handles: Vec<_> = tasks.map(|task| scope.spawn(move || work(task))).collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap())
            .collect()
    })
}

fn ends_when_it_is_quiet(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let (task_sender, task_receiver) = mpsc::channel();
    let (result_sender, result_receiver) = mpsc::channel();
    let queue = &Mutex::new(task_receiver);
    // Without it the first task may happen to be there in time, and what goes wrong then is chance.
    let looked = &Barrier::new(workers + 1);
    thread::scope(|scope| {
        for _ in 0..workers {
            let results = result_sender.clone();
            scope.spawn(move || {
                let mut next = queue.lock().unwrap().try_recv();
                looked.wait();
                while let Ok((index, task)) = next {
                    results.send((index, work(task))).unwrap();
                    next = queue.lock().unwrap().try_recv();
                }
            });
        }
        drop(result_sender);
        looked.wait();
        for task in tasks.enumerate() {
            task_sender.send(task).unwrap();
        }
        sorted(result_receiver)
    })
}

fn without_workers(tasks: Tasks, _: usize, work: Work) -> Vec<u64> {
    tasks.map(work).collect()
}
