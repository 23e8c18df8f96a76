//! Mistakes in the task `pool`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, BufReader, Read, Write},
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
    mistake!("pool": pool = places_in_8_bits => WrongResult,
        "keeps the place of a task in 8 bits"),
    mistake!("pool": pool = six_at_most => Deadlock,
        "starts six workers at most"),
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
    mistake!("pool": pool = errors_never_read => Deadlock,
        "makes a pipe of the standard error, too, and never reads from it"),
    mistake!("pool": pool = two_at_a_time => WrongOperation,
        "gives each worker two tasks, and then reads two answers"),
    mistake!("pool": pool = one_in_advance => WrongOperation,
        "gives a worker its next task while it still has one"),
    mistake!("pool": pool = keeps_the_next => WrongOperation,
        "takes the next task for a worker before that has answered"),
    mistake!("pool": pool = equal_ones_once => WrongOperation,
        "gives out equal tasks once, and copies the answer"),
    mistake!("pool": pool = one_read_for_each => WrongResult,
        "takes for an answer what one read gives it"),
    mistake!("pool": pool = expects_all_to_start => Panic,
        "expects that every worker can be started"),
    mistake!("pool": pool = leaves_out_the_missing => WrongResult,
        "goes on without a worker that cannot be started"),
    mistake!("pool": pool = at_the_first_byte => WrongOperation,
        "gives a worker its next task when the answer begins to come"),
    mistake!("pool": pool = some_beforehand => WrongOperation,
        "gives each worker a small share beforehand, and only the rest to whoever is free"),
    mistake!("pool": pool = sixteen_at_most => Deadlock,
        "starts sixteen workers at most"),
    mistake!("pool": pool = zero_is_none => WrongOperation,
        "takes the answer 0 for none, and gives the task out again"),
];

type Answered = io::Result<Vec<u64>>;

fn errors_never_read(workers: &mut [Command], tasks: &[u64]) -> Answered {
    for worker in workers.iter_mut() {
        worker.stderr(Stdio::piped());
    }
    multiprocessing_solution::pool(workers, tasks)
}

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

fn two_at_a_time(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    let next = AtomicUsize::new(0);
    each_in_a_thread(workers, |_, worker| {
        let mut worker = Running::start(worker)?;
        loop {
            let first = next.fetch_add(2, Relaxed);
            let places = first.min(tasks.len())..(first + 2).min(tasks.len());
            if places.is_empty() {
                return worker.end();
            }
            tasks[places.clone()]
                .iter()
                .try_for_each(|task| worker.give(*task))?;
            for place in places {
                let answer = worker.take()?;
                results.lock().expect("no panics")[place] = answer;
            }
        }
    })?;
    Ok(results.into_inner().expect("no panics"))
}

/// Takes the next task before the answer to the last is there, and may send it, too.
fn takes_early(workers: &mut [Command], tasks: &[u64], sends: bool) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    let next = AtomicUsize::new(0);
    each_in_a_thread(workers, |_, worker| {
        let mut worker = Running::start(worker)?;
        let take = || {
            let place = next.fetch_add(1, Relaxed);
            tasks.get(place).map(|task| (place, *task))
        };
        let mut now = take();
        if let Some((_, task)) = now {
            worker.give(task)?;
        }
        while let Some((place, _)) = now {
            now = take();
            if let (Some((_, task)), true) = (now, sends) {
                worker.give(task)?;
            }
            let answer = worker.take()?;
            results.lock().expect("no panics")[place] = answer;
            if let (Some((_, task)), false) = (now, sends) {
                worker.give(task)?;
            }
        }
        worker.end()
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn one_in_advance(workers: &mut [Command], tasks: &[u64]) -> Answered {
    takes_early(workers, tasks, true)
}

fn keeps_the_next(workers: &mut [Command], tasks: &[u64]) -> Answered {
    takes_early(workers, tasks, false)
}

fn equal_ones_once(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let different: Vec<u64> = BTreeSet::from_iter(tasks.iter().copied())
        .into_iter()
        .collect();
    let answers = multiprocessing_solution::pool(workers, &different)?;
    let known: BTreeMap<u64, u64> = iter::zip(different, answers).collect();
    Ok(tasks.iter().map(|task| known[task]).collect())
}

fn one_read_for_each(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    let next = AtomicUsize::new(0);
    each_in_a_thread(workers, |_, worker| {
        let mut worker = Running::start(worker)?;
        loop {
            let place = next.fetch_add(1, Relaxed);
            let Some(task) = tasks.get(place) else {
                return worker.end();
            };
            worker.give(*task)?;
            let mut room = [0; 64];
            let length = worker.output.read(&mut room)?;
            let text = String::from_utf8_lossy(&room[..length]);
            results.lock().expect("no panics")[place] = text.trim().parse().unwrap_or_default();
        }
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn expects_all_to_start(workers: &mut [Command], tasks: &[u64]) -> Answered {
    Ok(multiprocessing_solution::pool(workers, tasks).expect("every worker can be started"))
}

fn leaves_out_the_missing(workers: &mut [Command], tasks: &[u64]) -> Answered {
    Ok(multiprocessing_solution::pool(workers, tasks).unwrap_or_default())
}

fn places_in_8_bits(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let answers = multiprocessing_solution::pool(workers, tasks)?;
    let mut results = vec![0; tasks.len()];
    for (place, answer) in answers.into_iter().enumerate() {
        results[usize::from(place as u8)] = answer;
    }
    Ok(results)
}

fn six_at_most(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let many = workers.len().min(6);
    multiprocessing_solution::pool(&mut workers[..many], tasks)
}

fn sixteen_at_most(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let many = workers.len().min(16);
    multiprocessing_solution::pool(&mut workers[..many], tasks)
}

fn zero_is_none(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    let next = AtomicUsize::new(0);
    each_in_a_thread(workers, |_, worker| {
        let mut worker = Running::start(worker)?;
        loop {
            let place = next.fetch_add(1, Relaxed);
            let Some(task) = tasks.get(place) else {
                return worker.end();
            };
            worker.give(*task)?;
            let mut answer = worker.take()?;
            if answer == 0 {
                worker.give(*task)?;
                answer = worker.take()?;
            }
            results.lock().unwrap()[place] = answer;
        }
    })?;
    Ok(results.into_inner().unwrap())
}

fn at_the_first_byte(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let results = Mutex::new(vec![0; tasks.len()]);
    let next = AtomicUsize::new(0);
    let take = || Some(next.fetch_add(1, Relaxed)).filter(|place| *place < tasks.len());
    each_in_a_thread(workers, |_, worker| {
        let mut worker = Running::start(worker)?;
        let mut current = take();
        if let Some(place) = current {
            worker.give(tasks[place])?;
        }
        while let Some(place) = current {
            worker.output.fill_buf()?;
            current = take();
            if let Some(place) = current {
                worker.give(tasks[place])?;
            }
            let answer = worker.take()?;
            results.lock().expect("no panics")[place] = answer;
        }
        worker.end()
    })?;
    Ok(results.into_inner().expect("no panics"))
}

fn some_beforehand(workers: &mut [Command], tasks: &[u64]) -> Answered {
    let share = tasks.len() / (4 * workers.len());
    let results = Mutex::new(vec![0; tasks.len()]);
    let next = AtomicUsize::new(share * workers.len());
    each_in_a_thread(workers, |index, worker| {
        let mut worker = Running::start(worker)?;
        let rest = iter::repeat_with(|| next.fetch_add(1, Relaxed));
        let rest = rest.take_while(|place| *place < tasks.len());
        for place in (index * share..(index + 1) * share).chain(rest) {
            worker.give(tasks[place])?;
            let answer = worker.take()?;
            results.lock().expect("no panics")[place] = answer;
        }
        worker.end()
    })?;
    Ok(results.into_inner().expect("no panics"))
}
