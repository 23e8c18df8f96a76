//! Mistakes in the task `pool`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::{
    io::{self, BufRead, BufReader, Write},
    iter,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("pool": pool = dealt_out_beforehand => WrongOperation,
        "gives each worker an equal share of the tasks"),
    mistake!("pool": pool = everybody_does_everything => WrongOperation,
        "lets every worker begin at the first task"),
    mistake!("pool": pool = a_process_for_each_task => WrongOperation,
        "starts a worker anew for every task"),
    mistake!("pool": pool = order_of_completion => WrongResult,
        "returns the answers in the order in which they come"),
    mistake!("pool": pool = stops_one_early => WrongResult,
        "leaves the last task where it is"),
    mistake!("pool": pool = a_task_for_each => Panic,
        "begins with a task for each worker, also when there are fewer tasks"),
    mistake!("pool": pool = never_waits => ResourceLeak,
        "waits for no worker when nothing is left to do"),
    mistake!("pool": pool = in_rounds => Deadlock,
        "waits for all workers before it gives out the next round"),
    mistake!("pool": pool = locks_while_it_waits => Deadlock,
        "keeps the lock on what is left until the answer is there"),
    mistake!("pool": pool = waits_with_the_input => Deadlock,
        "waits for a worker's end while it still has the worker's input"),
];

type Answered = io::Result<Vec<u64>>;

struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn start(worker: &mut Command) -> io::Result<Self> {
        let mut child = worker
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Ok(Self {
            child,
            input,
            output,
        })
    }

    fn give(&mut self, task: u64) -> io::Result<()> {
        writeln!(self.input, "{task}")
    }

    fn take(&mut self) -> io::Result<u64> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        line.trim().parse().map_err(io::Error::other)
    }

    fn end(mut self) -> io::Result<()> {
        drop(self.input);
        self.child.wait().map(drop)
    }
}

/// Looks after each worker in a thread of its own.
fn each_in_a_thread(
    workers: &mut [Command],
    look_after: impl Fn(usize, &mut Command) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let look_after = &look_after;
    thread::scope(|scope| {
        let threads: Vec<_> = workers
            .iter_mut()
            .enumerate()
            .map(|(index, worker)| scope.spawn(move || look_after(index, worker)))
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| thread.join().expect("no panics");
        threads.into_iter().try_for_each(join)
    })
}

fn dealt_out_beforehand(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let many = workers.len();
    let results = Mutex::new(vec![0; tasks.len()]);
    each_in_a_thread(workers, |index, worker| {
        let mut worker = Running::start(worker)?;
        for place in (index..tasks.len()).step_by(many) {
            worker.give(tasks[place])?;
            let answer = worker.take()?;
            results.lock().expect("no panics")[place] = answer;
        }
        worker.end()
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn everybody_does_everything(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    each_in_a_thread(workers, |_, worker| {
        let mut worker = Running::start(worker)?;
        for (place, task) in tasks.iter().enumerate() {
            worker.give(*task)?;
            let answer = worker.take()?;
            results.lock().expect("no panics")[place] = answer;
        }
        worker.end()
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn a_process_for_each_task(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    let next = AtomicUsize::new(0);
    each_in_a_thread(workers, |_, worker| {
        loop {
            let place = next.fetch_add(1, Relaxed);
            let Some(task) = tasks.get(place) else {
                return Ok(());
            };
            let mut worker = Running::start(worker)?;
            worker.give(*task)?;
            let answer = worker.take()?;
            results.lock().expect("no panics")[place] = answer;
            worker.end()?;
        }
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn order_of_completion(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(Vec::new());
    let left = Mutex::new(tasks.iter());
    each_in_a_thread(workers, |_, worker| {
        let mut worker = Running::start(worker)?;
        loop {
            let next = left.lock().expect("no panics").next();
            let Some(task) = next else {
                return worker.end();
            };
            worker.give(*task)?;
            let answer = worker.take()?;
            results.lock().expect("no panics").push(answer);
        }
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn stops_one_early(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    let next = AtomicUsize::new(0);
    each_in_a_thread(workers, |_, worker| {
        let mut worker = Running::start(worker)?;
        loop {
            let place = next.fetch_add(1, Relaxed);
            if place + 1 >= tasks.len() {
                return worker.end();
            }
            worker.give(tasks[place])?;
            let answer = worker.take()?;
            results.lock().expect("no panics")[place] = answer;
        }
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn a_task_for_each(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    let next = AtomicUsize::new(workers.len());
    each_in_a_thread(workers, |index, worker| {
        let mut worker = Running::start(worker)?;
        let mut place = index;
        loop {
            worker.give(tasks[place])?;
            let answer = worker.take()?;
            results.lock().expect("no panics")[place] = answer;
            place = next.fetch_add(1, Relaxed);
            if place >= tasks.len() {
                return worker.end();
            }
        }
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn never_waits(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    let next = AtomicUsize::new(0);
    each_in_a_thread(workers, |_, worker| {
        let mut worker = Running::start(worker)?;
        loop {
            let place = next.fetch_add(1, Relaxed);
            let Some(task) = tasks.get(place) else {
                return Ok(());
            };
            worker.give(*task)?;
            let answer = worker.take()?;
            results.lock().expect("no panics")[place] = answer;
        }
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn locks_while_it_waits(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    let left = Mutex::new(tasks.iter().enumerate());
    each_in_a_thread(workers, |_, worker| {
        let mut worker = Running::start(worker)?;
        // The guard lives to the end of the loop's body.
        while let Some((place, task)) = left.lock().expect("no panics").next() {
            worker.give(*task)?;
            let answer = worker.take()?;
            results.lock().expect("no panics")[place] = answer;
        }
        worker.end()
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn waits_with_the_input(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    let next = AtomicUsize::new(0);
    each_in_a_thread(workers, |_, worker| {
        let mut worker = Running::start(worker)?;
        loop {
            let place = next.fetch_add(1, Relaxed);
            let Some(task) = tasks.get(place) else {
                return worker.child.wait().map(drop);
            };
            worker.give(*task)?;
            let answer = worker.take()?;
            results.lock().expect("no panics")[place] = answer;
        }
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn in_rounds(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let mut running: Vec<Running> = workers
        .iter_mut()
        .map(Running::start)
        .collect::<io::Result<_>>()?;
    let mut answers = Vec::new();
    for round in tasks.chunks(workers.len()) {
        for (worker, task) in iter::zip(&mut running, round) {
            worker.give(*task)?;
        }
        for (worker, _) in iter::zip(&mut running, round) {
            answers.push(worker.take()?);
        }
    }
    running.into_iter().try_for_each(Running::end)?;
    Ok(answers)
}
