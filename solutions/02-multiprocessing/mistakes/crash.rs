//! Mistakes in the task `crash`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use multiprocessing_solution::{Trouble, Work};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Mutex,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("crash": crash = everybody_is_well => Panic,
        "expects a number on every line that a worker answers"),
    mistake!("crash": crash = writing_always_works => Panic,
        "expects that a worker that has answered is still there for the next task"),
    mistake!("crash": crash = gives_up => WrongResult,
        "stops everything as soon as one worker has failed"),
    mistake!("crash": crash = tries_again => WrongResult,
        "gives the task of a worker that failed to another one"),
    mistake!("crash": crash = counts_the_failures => WrongResult,
        "numbers those that failed in the order in which they did"),
    mistake!("crash": crash = garbage_is_zero => WrongResult,
        "takes 0 for what is no number"),
    mistake!("crash": crash = half_a_line_will_do => WrongResult,
        "takes what came of a line before the worker died"),
    mistake!("crash": crash = every_end_is_a_status => WrongResult,
        "does not tell a signal from a status"),
    mistake!("crash": crash = gone_is_gone => WrongResult,
        "takes a worker that ends with status 0 for one that has finished"),
    mistake!("crash": crash = goes_on_after_garbage => WrongOperation,
        "gives the next task to a worker that has answered garbage"),
    mistake!("crash": crash = leaves_it_hanging => ResourceLeak,
        "does not end a worker that never answers"),
    mistake!("crash": crash = waits_for_ever => Deadlock,
        "reads without a limit"),
    mistake!("crash": crash = keeps_a_sender => Deadlock,
        "keeps a sender of the channel, so that the end of the worker does not show"),
    mistake!("crash": crash = waits_for_the_late => Deadlock,
        "waits for the end of a worker that is late, and has not killed it"),
];

/// A worker, and what it prints, line by line, also a last one without an end.
struct Running {
    child: Child,
    input: ChildStdin,
    lines: Receiver<Vec<u8>>,
}

impl Running {
    fn start(worker: &mut Command) -> Result<Self, Trouble> {
        let worker = worker.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = worker.spawn().map_err(|_| Trouble::NotStarted)?;
        let input = child.stdin.take().expect("it is piped");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            loop {
                let mut line = Vec::new();
                match output.read_until(b'\n', &mut line) {
                    Ok(bytes) if bytes > 0 && sender.send(line).is_ok() => {}
                    _ => return,
                }
            }
        });
        Ok(Self {
            child,
            input,
            lines,
        })
    }

    fn give(&mut self, task: u64) {
        let _ = writeln!(self.input, "{task}");
    }

    /// What it answers, without judging it.
    fn line(&mut self, limit: Duration) -> Result<Vec<u8>, Trouble> {
        self.lines.recv_timeout(limit).map_err(|error| match error {
            RecvTimeoutError::Timeout => Trouble::Late,
            RecvTimeoutError::Disconnected => self.end(),
        })
    }

    /// The right way.
    fn answer(&mut self, limit: Duration) -> Result<u64, Trouble> {
        let line = self.line(limit)?;
        if line.ends_with(b"\n") {
            number(&line)
        } else {
            self.line(limit).and(Err(Trouble::Late))
        }
    }

    fn end(&mut self) -> Trouble {
        let _ = self.child.kill();
        let status = self.child.wait().expect("it was started");
        match (status.code(), status.signal()) {
            (Some(code), _) => Trouble::Status(code),
            (None, signal) => Trouble::Signal(signal.unwrap_or(0)),
        }
    }
}

fn number(line: &[u8]) -> Result<u64, Trouble> {
    let text = str::from_utf8(line).map_err(|_| Trouble::Garbage)?;
    text.trim().parse().map_err(|_| Trouble::Garbage)
}

type Tasks = Mutex<Vec<(usize, u64)>>;
type Results = Mutex<Vec<Option<u64>>>;

/// Looks after each worker in a thread of its own. The tasks that are left stand in reverse order.
fn farm(
    workers: &mut [Command],
    tasks: &[u64],
    look_after: impl Fn(&mut Running, &Tasks, &Results) -> Result<(), Trouble> + Sync,
) -> Work {
    let left: Tasks = Mutex::new(tasks.iter().copied().enumerate().rev().collect());
    let results: Results = Mutex::new(vec![None; tasks.len()]);
    let troubles = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for (index, worker) in workers.iter_mut().enumerate() {
            let (left, results, troubles, look_after) = (&left, &results, &troubles, &look_after);
            scope.spawn(move || {
                let end = Running::start(worker).and_then(|mut worker| {
                    let end = look_after(&mut worker, left, results);
                    worker.end();
                    end
                });
                if let Err(trouble) = end {
                    troubles.lock().expect("no panics").insert(index, trouble);
                }
            });
        }
    });
    Work {
        results: results.into_inner().expect("no panics"),
        troubles: troubles.into_inner().expect("no panics"),
    }
}

fn pop(left: &Tasks) -> Option<(usize, u64)> {
    left.lock().expect("no panics").pop()
}

fn put(results: &Results, place: usize, answer: u64) {
    results.lock().expect("no panics")[place] = Some(answer);
}

fn everybody_is_well(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            let mut line = worker.line(limit)?;
            if !line.ends_with(b"\n") {
                line.extend(worker.line(limit)?);
            }
            let text = String::from_utf8_lossy(&line);
            put(results, place, text.trim().parse().expect("a number"));
        }
        Ok(())
    })
}

fn writing_always_works(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        while let Some((place, task)) = pop(left) {
            writeln!(worker.input, "{task}").expect("the worker reads it");
            put(results, place, worker.answer(limit)?);
        }
        Ok(())
    })
}

fn gives_up(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            let answer = worker.answer(limit).inspect_err(|_| {
                left.lock().expect("no panics").clear();
            })?;
            put(results, place, answer);
        }
        Ok(())
    })
}

fn tries_again(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            let answer = worker.answer(limit).inspect_err(|_| {
                left.lock().expect("no panics").push((place, task));
            })?;
            put(results, place, answer);
        }
        Ok(())
    })
}

fn counts_the_failures(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let work = multiprocessing_solution::crash(workers, tasks, limit);
    Work {
        troubles: work.troubles.into_values().enumerate().collect(),
        ..work
    }
}

fn garbage_is_zero(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            let answer = match worker.answer(limit) {
                Err(Trouble::Garbage) => 0,
                answer => answer?,
            };
            put(results, place, answer);
        }
        Ok(())
    })
}

fn half_a_line_will_do(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            put(results, place, number(&worker.line(limit)?)?);
        }
        Ok(())
    })
}

fn every_end_is_a_status(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let mut work = multiprocessing_solution::crash(workers, tasks, limit);
    for trouble in work.troubles.values_mut() {
        if let Trouble::Signal(_) = trouble {
            *trouble = Trouble::Status(-1);
        }
    }
    work
}

fn gone_is_gone(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let mut work = multiprocessing_solution::crash(workers, tasks, limit);
    work.troubles
        .retain(|_, trouble| *trouble != Trouble::Status(0));
    work
}

fn goes_on_after_garbage(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        let mut end = Ok(());
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            match worker.answer(limit) {
                Err(Trouble::Garbage) => end = Err(Trouble::Garbage),
                answer => put(results, place, answer?),
            }
        }
        end
    })
}

fn leaves_it_hanging(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let left: Tasks = Mutex::new(tasks.iter().copied().enumerate().rev().collect());
    let results: Results = Mutex::new(vec![None; tasks.len()]);
    let troubles = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for (index, worker) in workers.iter_mut().enumerate() {
            let (left, results, troubles) = (&left, &results, &troubles);
            scope.spawn(move || {
                let mut serve = || {
                    let mut worker = Running::start(worker)?;
                    while let Some((place, task)) = pop(left) {
                        worker.give(task);
                        // The one way out that does not pass by `end`.
                        match worker.answer(limit) {
                            Ok(answer) => put(results, place, answer),
                            Err(Trouble::Late) => return Err(Trouble::Late),
                            Err(trouble) => {
                                worker.end();
                                return Err(trouble);
                            }
                        }
                    }
                    worker.end();
                    Ok(())
                };
                if let Err(trouble) = serve() {
                    troubles.lock().expect("no panics").insert(index, trouble);
                }
            });
        }
    });
    Work {
        results: results.into_inner().expect("no panics"),
        troubles: troubles.into_inner().expect("no panics"),
    }
}

fn waits_for_ever(workers: &mut [Command], tasks: &[u64], _: Duration) -> Work {
    multiprocessing_solution::crash(workers, tasks, Duration::from_secs(3600))
}

fn keeps_a_sender(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        let (sender, lines) = mpsc::channel();
        let output = std::mem::replace(&mut worker.lines, mpsc::channel().1);
        let own = sender.clone();
        thread::spawn(move || output.iter().try_for_each(|line| sender.send(line)));
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            let line = lines.recv_timeout(limit).map_err(|error| match error {
                RecvTimeoutError::Timeout => Trouble::Late,
                RecvTimeoutError::Disconnected => worker.end(),
            })?;
            put(results, place, number(&line)?);
        }
        drop(own);
        Ok(())
    })
}

fn waits_for_the_late(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            let answer = worker.answer(limit).inspect_err(|trouble| {
                if *trouble == Trouble::Late {
                    let _ = worker.child.wait();
                }
            })?;
            put(results, place, answer);
        }
        Ok(())
    })
}
