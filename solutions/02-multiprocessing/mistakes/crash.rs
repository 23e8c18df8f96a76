//! Mistakes in the task `crash`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use multiprocessing_solution::{Trouble, Work};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{
        Mutex,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("crash": crash = everybody_is_well => Panic,
        "expects a number on every line that a worker answers"),
    mistake!("crash": crash = writing_always_works => Panic,
        "expects that a worker that has answered is still there for the next task"),
    mistake!("crash": crash = gives_up => WrongResult,
        "stops everything as soon as one worker has failed"),
    mistake!("crash": crash = tries_again => WrongOperation,
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
    mistake!("crash": crash = trusts_the_late => WrongOperation,
        "gives the next task to a worker that was late"),
    mistake!("crash": crash = one_limit_for_all => WrongResult,
        "counts the limit from the worker's start"),
    mistake!("crash": crash = a_second_at_most => WrongResult,
        "never waits longer than a second, whatever the limit"),
    mistake!("crash": crash = a_second_at_least => WrongResult,
        "always waits for a second at least"),
    mistake!("crash": crash = a_pause_at_least => WrongResult,
        "always waits for 300 ms at least"),
    mistake!("crash": crash = until_nothing_comes => WrongResult,
        "counts the limit anew from everything that it reads"),
    mistake!("crash": crash = until_it_is_silent => WrongResult,
        "gives up when nothing comes for 300 ms after the beginning of a line"),
    mistake!("crash": crash = one_read_for_each => WrongResult,
        "takes for an answer what one read gives it"),
    mistake!("crash": crash = looks_at_every_end => WrongResult,
        "calls it a failure if a worker that has answered everything ends with another status than 0"),
    mistake!("crash": crash = signed => WrongResult,
        "reads the answers as signed numbers"),
    mistake!("crash": crash = expects_all_to_start => Panic,
        "expects that every worker can be started"),
    mistake!("crash": crash = reads_for_ever => Leftover,
        "reads on after the end of the file, for ever"),
    mistake!("crash": crash = wraps_around => WrongResult,
        "reads an answer as a wider number, and cuts it down"),
    mistake!("crash": crash = whole_seconds => WrongResult,
        "counts the limit in whole seconds"),
    mistake!("crash": crash = never_reads_complaints => Deadlock,
        "asks for a pipe to the standard error, and never reads it"),
    mistake!("crash": crash = waits_at_the_end_of_the_output => Deadlock,
        "takes the end of the output for the end of the worker, and waits for that"),
    mistake!("crash": crash = waits_for_what_failed => Deadlock,
        "waits for the end of a worker that has answered garbage, and has not killed it"),
    mistake!("crash": crash = skips_empty_lines => Deadlock,
        "waits for the next line where one is empty"),
    mistake!("crash": crash = half_the_limit => WrongResult,
        "waits for half of the limit"),
    mistake!("crash": crash = twice_the_limit => WrongResult,
        "waits for twice the limit"),
    mistake!("crash": crash = waits_for_every_end => Deadlock,
        "waits for the end of a worker that has answered everything, and does not kill it"),
    mistake!("crash": crash = saves_time_up => WrongResult,
        "adds what is left of the limit to that of the next task"),
    mistake!("crash": crash = numbers_those_that_run => WrongResult,
        "numbers those that failed without the ones that could not be started"),
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
        self.wait()
    }

    /// Waits for its end, which may never come.
    fn wait(&mut self) -> Trouble {
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

fn trusts_the_late(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        let mut end = Ok(());
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            match worker.answer(limit) {
                Err(Trouble::Late) => end = Err(Trouble::Late),
                answer => put(results, place, answer?),
            }
        }
        end
    })
}

fn one_limit_for_all(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        let begin = Instant::now();
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            let answer = worker.answer(limit.saturating_sub(begin.elapsed()))?;
            put(results, place, answer);
        }
        Ok(())
    })
}

fn a_second_at_most(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let limit = limit.min(Duration::from_secs(1));
    multiprocessing_solution::crash(workers, tasks, limit)
}

fn a_pause_at_least(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let limit = limit.max(Duration::from_millis(300));
    multiprocessing_solution::crash(workers, tasks, limit)
}

fn a_second_at_least(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let limit = limit.max(Duration::from_secs(1));
    multiprocessing_solution::crash(workers, tasks, limit)
}

/// Takes over what a worker prints, piece by piece, from a thread of its own.
fn pieces(worker: &mut Command) -> Result<(Running, Receiver<Vec<u8>>), Trouble> {
    let worker = worker.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = worker.spawn().map_err(|_| Trouble::NotStarted)?;
    let input = child.stdin.take().expect("it is piped");
    let mut output = child.stdout.take().expect("it is piped");
    let (sender, pieces) = mpsc::channel();
    thread::spawn(move || {
        let mut room = [0; 4096];
        while let Ok(length @ 1..) = output.read(&mut room) {
            if sender.send(room[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    let lines = mpsc::channel().1;
    let running = Running {
        child,
        input,
        lines,
    };
    Ok((running, pieces))
}

/// The same as `farm`, with what a worker prints in pieces.
fn farm_of_pieces(
    workers: &mut [Command],
    tasks: &[u64],
    answer: impl Fn(&mut Running, &Receiver<Vec<u8>>) -> Result<u64, Trouble> + Sync,
) -> Work {
    let left: Tasks = Mutex::new(tasks.iter().copied().enumerate().rev().collect());
    let results: Results = Mutex::new(vec![None; tasks.len()]);
    let troubles = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for (index, worker) in workers.iter_mut().enumerate() {
            let (left, results, troubles, answer) = (&left, &results, &troubles, &answer);
            scope.spawn(move || {
                let end = pieces(worker).and_then(|(mut worker, pieces)| {
                    let mut serve = || {
                        while let Some((place, task)) = pop(left) {
                            worker.give(task);
                            put(results, place, answer(&mut worker, &pieces)?);
                        }
                        Ok(())
                    };
                    let end = serve();
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

fn piece(
    worker: &mut Running,
    pieces: &Receiver<Vec<u8>>,
    limit: Duration,
) -> Result<Vec<u8>, Trouble> {
    pieces.recv_timeout(limit).map_err(|error| match error {
        RecvTimeoutError::Timeout => Trouble::Late,
        RecvTimeoutError::Disconnected => worker.end(),
    })
}

fn until_nothing_comes(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm_of_pieces(workers, tasks, |worker, pieces| {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            line.extend(piece(worker, pieces, limit)?);
        }
        number(&line)
    })
}

fn until_it_is_silent(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    const SILENCE: Duration = Duration::from_millis(300);
    farm_of_pieces(workers, tasks, |worker, pieces| {
        let begin = Instant::now();
        let mut line = piece(worker, pieces, limit)?;
        while !line.ends_with(b"\n") {
            let left = limit.saturating_sub(begin.elapsed());
            line.extend(piece(worker, pieces, left.min(SILENCE))?);
        }
        number(&line)
    })
}

fn one_read_for_each(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm_of_pieces(workers, tasks, |worker, pieces| {
        number(&piece(worker, pieces, limit)?)
    })
}

fn looks_at_every_end(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    with_ends(workers, tasks, limit, |status| match status.code() {
        Some(0) => Ok(()),
        code => Err(Trouble::Status(code.unwrap_or_default())),
    })
}

fn waits_for_every_end(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    with_ends(workers, tasks, limit, |_| Ok(()))
}

/// Waits for the end of each worker that has answered everything.
fn with_ends(
    workers: &mut [Command],
    tasks: &[u64],
    limit: Duration,
    judge: impl Fn(ExitStatus) -> Result<(), Trouble> + Sync,
) -> Work {
    let judge = &judge;
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
                        let answer = worker.answer(limit).inspect_err(|_| {
                            worker.end();
                        })?;
                        put(results, place, answer);
                    }
                    drop(worker.input);
                    judge(worker.child.wait().expect("it was started"))
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

fn signed(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            let answer = i64::try_from(worker.answer(limit)?);
            let answer = answer.map_err(|_| Trouble::Garbage)?;
            put(results, place, answer.unsigned_abs());
        }
        Ok(())
    })
}

fn expects_all_to_start(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let work = multiprocessing_solution::crash(workers, tasks, limit);
    let missing = |trouble: &Trouble| *trouble == Trouble::NotStarted;
    assert!(!work.troubles.values().any(missing), "it can be started");
    work
}

fn reads_for_ever(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        let (sender, lines) = mpsc::channel();
        let output = std::mem::replace(&mut worker.lines, lines);
        thread::spawn(move || {
            let mut sender = Some(sender);
            loop {
                // At the end nothing comes any more, again and again.
                match output.recv() {
                    Ok(line) => drop(sender.as_ref().map(|sender| sender.send(line))),
                    Err(_) => sender = None,
                }
                thread::yield_now();
            }
        });
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            put(results, place, worker.answer(limit)?);
        }
        Ok(())
    })
}

fn wraps_around(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            let mut line = worker.line(limit)?;
            if !line.ends_with(b"\n") {
                line.extend(worker.line(limit)?);
            }
            let text = str::from_utf8(&line).map_err(|_| Trouble::Garbage)?;
            let number: i128 = text.trim().parse().map_err(|_| Trouble::Garbage)?;
            put(results, place, number as u64);
        }
        Ok(())
    })
}

fn whole_seconds(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let limit = Duration::from_secs(limit.as_secs());
    multiprocessing_solution::crash(workers, tasks, limit)
}

fn never_reads_complaints(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    for worker in workers.iter_mut() {
        worker.stderr(Stdio::piped());
    }
    multiprocessing_solution::crash(workers, tasks, limit)
}

/// The same as the right way, with another way to deal with a line or with none.
fn with_answers(
    workers: &mut [Command],
    tasks: &[u64],
    answer: impl Fn(&mut Running) -> Result<u64, Trouble> + Sync,
) -> Work {
    farm(workers, tasks, |worker, left, results| {
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            put(results, place, answer(worker)?);
        }
        Ok(())
    })
}

fn waits_at_the_end_of_the_output(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let line = |worker: &mut Running| match worker.lines.recv_timeout(limit) {
        Ok(line) => Ok(line),
        Err(RecvTimeoutError::Timeout) => Err(Trouble::Late),
        Err(RecvTimeoutError::Disconnected) => Err(worker.wait()),
    };
    with_answers(workers, tasks, |worker| {
        let found = line(worker)?;
        if found.ends_with(b"\n") {
            number(&found)
        } else {
            line(worker).and(Err(Trouble::Late))
        }
    })
}

fn waits_for_what_failed(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    with_answers(workers, tasks, |worker| {
        worker.answer(limit).inspect_err(|trouble| {
            if *trouble == Trouble::Garbage {
                worker.wait();
            }
        })
    })
}

fn skips_empty_lines(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    with_answers(workers, tasks, |worker| {
        let mut line = worker.line(limit)?;
        while line == b"\n" {
            line = worker.line(limit)?;
        }
        if line.ends_with(b"\n") {
            number(&line)
        } else {
            worker.line(limit).and(Err(Trouble::Late))
        }
    })
}

fn half_the_limit(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    multiprocessing_solution::crash(workers, tasks, limit / 2)
}

fn twice_the_limit(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    multiprocessing_solution::crash(workers, tasks, 2 * limit)
}

fn saves_time_up(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    farm(workers, tasks, |worker, left, results| {
        let (begin, mut all) = (Instant::now(), Duration::ZERO);
        while let Some((place, task)) = pop(left) {
            worker.give(task);
            all += limit;
            let answer = worker.answer(all.saturating_sub(begin.elapsed()))?;
            put(results, place, answer);
        }
        Ok(())
    })
}

fn numbers_those_that_run(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let work = multiprocessing_solution::crash(workers, tasks, limit);
    let mut missing = 0;
    let renumbered = work.troubles.into_iter().map(|(index, trouble)| {
        if trouble == Trouble::NotStarted {
            missing += 1;
            return (index, trouble);
        }
        (index - missing, trouble)
    });
    let troubles = renumbered.collect();
    Work {
        results: work.results,
        troubles,
    }
}
