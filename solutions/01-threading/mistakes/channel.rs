//! Mistakes in the task `channel`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::{
    collections::{HashMap, VecDeque},
    iter,
    sync::{
        Barrier, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::{self, Receiver, Sender, TryRecvError},
    },
    thread,
    time::Duration,
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
    mistake!("channel": channel = two_at_a_time => WrongOperation,
        "takes a second task along if there is one, so that it waits while others are free"),
    mistake!("channel": channel = takes_the_next_before_it_works => WrongOperation,
        "takes the next task before it works on the one that it has"),
    mistake!("channel": channel = fills_two_hands_first => WrongOperation,
        "lets a worker wait for two tasks before it begins with the first"),
    mistake!("channel": channel = in_batches => WrongOperation,
        "hands tasks on eight at a time"),
    mistake!("channel": channel = one_behind => WrongOperation,
        "looks at the next task before it hands on the one that it has"),
    mistake!("channel": channel = goes_home_when_it_is_quiet => WrongOperation,
        "ends all workers but one when no task comes for a while"),
    mistake!("channel": channel = equal_tasks_once => WrongResult,
        "works on equal tasks once"),
    mistake!("channel": channel = index_in_16_bits => WrongResult,
        "numbers the tasks in 16 bits"),
    mistake!("channel": channel = results_in_32_bits => WrongResult,
        "returns what 32 bits hold of a result"),
    mistake!("channel": channel = collects_too_late => Deadlock,
        "receives the results when the workers have ended, who wait for room in the channel"),
    mistake!("channel": channel = all_are_producers => WrongOperation,
        "lets each worker take its tasks from the iterator, behind a lock"),
];

/// A task or a result, with the index of the task.
type Numbered = (usize, u64);
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

/// A pipeline in which each worker receives in its own way.
fn with_workers(
    tasks: Tasks,
    workers: usize,
    worker: impl Fn(&Mutex<Receiver<Numbered>>, Sender<Numbered>) + Sync,
) -> Vec<u64> {
    let (task_sender, task_receiver) = mpsc::channel();
    let (result_sender, result_receiver) = mpsc::channel();
    let (queue, worker) = (&Mutex::new(task_receiver), &worker);
    thread::scope(|scope| {
        scope.spawn(move || {
            for task in tasks.enumerate() {
                task_sender.send(task).unwrap();
            }
        });
        for _ in 0..workers {
            let results = result_sender.clone();
            scope.spawn(move || worker(queue, results));
        }
        drop(result_sender);
        sorted(result_receiver)
    })
}

fn two_at_a_time(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    with_workers(tasks, workers, |queue, results| {
        loop {
            let queue = queue.lock().unwrap();
            let Ok(one) = queue.recv() else { return };
            let other = queue.try_recv().ok();
            drop(queue);
            for (index, task) in iter::once(one).chain(other) {
                results.send((index, work(task))).unwrap();
            }
        }
    })
}

fn fills_two_hands_first(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    with_workers(tasks, workers, |queue, results| {
        loop {
            let queue = queue.lock().unwrap();
            let both: Vec<_> = queue.iter().take(2).collect();
            drop(queue);
            if both.is_empty() {
                return;
            }
            for (index, task) in both {
                results.send((index, work(task))).unwrap();
            }
        }
    })
}

fn takes_the_next_before_it_works(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    with_workers(tasks, workers, |queue, results| {
        let mut next = None;
        loop {
            let queue = queue.lock().unwrap();
            let Some((index, task)) = next.take().or_else(|| queue.recv().ok()) else {
                return;
            };
            next = queue.try_recv().ok();
            drop(queue);
            results.send((index, work(task))).unwrap();
        }
    })
}

fn goes_home_when_it_is_quiet(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let first = AtomicBool::new(true);
    with_workers(tasks, workers, |queue, results| {
        let stays = first.swap(false, Relaxed);
        let mut quiet = 0;
        while stays || quiet < 20 {
            let next = queue.lock().unwrap().try_recv();
            match next {
                Ok((index, task)) => {
                    results.send((index, work(task))).unwrap();
                    quiet = 0;
                }
                Err(TryRecvError::Empty) => {
                    thread::sleep(Duration::from_millis(1));
                    quiet += 1;
                }
                Err(TryRecvError::Disconnected) => return,
            }
        }
    })
}

fn in_batches(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let mut batch = VecDeque::new();
    let mut eight_at_a_time = iter::from_fn(|| {
        if batch.is_empty() {
            batch.extend(tasks.take(8));
        }
        batch.pop_front()
    });
    threading_solution::channel(&mut eight_at_a_time, workers, work)
}

fn one_behind(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let mut tasks = tasks.peekable();
    let mut ahead = iter::from_fn(|| {
        let task = tasks.next();
        tasks.peek();
        task
    });
    threading_solution::channel(&mut ahead, workers, work)
}

fn equal_tasks_once(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let known = Mutex::new(HashMap::new());
    threading_solution::channel(tasks, workers, &|task| {
        let result = known.lock().unwrap().get(&task).copied();
        result.unwrap_or_else(|| {
            let result = work(task);
            known.lock().unwrap().insert(task, result);
            result
        })
    })
}

fn index_in_16_bits(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let results = threading_solution::channel(tasks, workers, work);
    let mut results: Vec<(u16, u64)> = (0..=u16::MAX).cycle().zip(results).collect();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn results_in_32_bits(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    threading_solution::channel(tasks, workers, &|task| u64::from(work(task) as u32))
}

fn collects_too_late(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let (task_sender, task_receiver) = mpsc::channel();
    let (result_sender, result_receiver) = mpsc::sync_channel(4);
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
    });
    drop(result_sender);
    sorted(result_receiver)
}

fn all_are_producers(tasks: Tasks, workers: usize, work: Work) -> Vec<u64> {
    let (tasks, results) = (&Mutex::new(tasks.enumerate()), &Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(move || {
                loop {
                    let next = tasks.lock().unwrap().next();
                    let Some((index, task)) = next else { return };
                    let result = work(task);
                    results.lock().unwrap().push((index, result));
                }
            });
        }
    });
    sorted(results.lock().unwrap().drain(..))
}
