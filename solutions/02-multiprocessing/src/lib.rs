//! Exercise 02: multiprocessing, the reference.

#[path = "../../../exercises/02-multiprocessing/src/counters.rs"]
mod counters;

pub use counters::Counters;

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

/// Why there is no answer from a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It could not be started.
    NotStarted,
    /// It ended by itself, with this exit status.
    Status(i32),
    /// A signal ended it: this one.
    Signal(i32),
    /// What it printed is not a number.
    Garbage,
    /// It did not answer in time.
    Late,
}

/// Starts one worker and returns the number that it prints.
///
/// The worker needs no input. It prints one number on one line, and ends. Return the number if the
/// worker ends with exit status 0. Otherwise return why not:
///
/// - [`Trouble::NotStarted`] if it could not be started;
/// - [`Trouble::Status`] or [`Trouble::Signal`] if it ended with another status or by a signal,
///   whatever it had printed before;
/// - [`Trouble::Garbage`] if it ended with status 0, and what it printed is not one number.
///
/// What it writes to its standard error is for people, and is not part of the answer.
pub fn spawn(worker: &mut Command) -> Result<u64, Trouble> {
    let output = worker.output().map_err(|_| Trouble::NotStarted)?;
    if !output.status.success() {
        return Err(how_it_ended(output.status));
    }
    number(&output.stdout)
}

fn how_it_ended(status: ExitStatus) -> Trouble {
    match (status.code(), status.signal()) {
        (None, Some(signal)) => Trouble::Signal(signal),
        (code, _) => Trouble::Status(code.unwrap_or_default()),
    }
}

fn number(line: &[u8]) -> Result<u64, Trouble> {
    let text = str::from_utf8(line).map_err(|_| Trouble::Garbage)?;
    text.trim().parse().map_err(|_| Trouble::Garbage)
}

/// Has numbers worked on by several workers at the same time, each its share of them.
///
/// There is at least one worker. A worker reads numbers from its standard input, one on each line,
/// and answers each at once with a number on a line of its own. It ends at the end of its input.
///
/// Each worker is started once, and gets its part of `numbers`; none gets more than one number more
/// than another. A worker whose part is empty need not be started. There may be very many numbers, and
/// none at all.
///
/// Returns the answers in the order of `numbers`. These workers are well: an error is one of starting,
/// writing or reading.
pub fn pipes(workers: &mut [Command], numbers: &[u64]) -> io::Result<Vec<u64>> {
    let many = workers.len();
    let begin = |index| index * numbers.len() / many;
    thread::scope(|scope| {
        let threads: Vec<_> = workers
            .iter_mut()
            .enumerate()
            .map(|(index, worker)| {
                let part = &numbers[begin(index)..begin(index + 1)];
                scope.spawn(|| feed(worker, part))
            })
            .collect();
        let parts: io::Result<Vec<_>> = threads.into_iter().map(joined).collect();
        Ok(parts?.concat())
    })
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Has one worker work on all the numbers.
fn feed(worker: &mut Command, numbers: &[u64]) -> io::Result<Vec<u64>> {
    let (mut child, mut input, output) = piped(worker)?;
    thread::scope(|scope| {
        // Written by one thread while another one reads: else both sides could wait for each other,
        // each before a pipe that is full.
        let writer = scope.spawn(move || {
            numbers
                .iter()
                .try_for_each(|number| writeln!(input, "{number}"))
            // Here `input` is dropped, and the worker sees the end of its input.
        });
        let answers: io::Result<Vec<u64>> = output
            .lines()
            .map(|line| line?.parse().map_err(io::Error::other))
            .collect();
        child.wait()?;
        joined(writer)?;
        answers
    })
}

/// Starts a worker with pipes to its standard input and from its standard output.
fn piped(worker: &mut Command) -> io::Result<(Child, ChildStdin, BufReader<ChildStdout>)> {
    let mut child = worker
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let (Some(input), Some(output)) = (input, output) else {
        unreachable!("both were asked for");
    };
    Ok((child, input, BufReader::new(output)))
}

/// Has tasks worked on by whichever worker is free.
///
/// The workers are those of [`pipes`]. Each is started at most once, and is given one task after the
/// other: the next one when it has answered. How long an answer takes differs between tasks and
/// between workers: nobody waits for the slowest as long as there are tasks left. There may be fewer
/// tasks than workers, and none at all.
///
/// Returns the answers in the order of `tasks`. An error is one of starting, writing or reading.
pub fn pool(workers: &mut [Command], tasks: &[u64]) -> io::Result<Vec<u64>> {
    let next = AtomicUsize::new(0);
    let answers = thread::scope(|scope| {
        let threads: Vec<_> = workers
            .iter_mut()
            .map(|worker| scope.spawn(|| serve(worker, tasks, &next)))
            .collect();
        let answers: io::Result<Vec<_>> = threads.into_iter().map(joined).collect();
        answers
    })?;
    let mut results = vec![0; tasks.len()];
    for (index, answer) in answers.concat() {
        results[index] = answer;
    }
    Ok(results)
}

/// Gives a worker the next task until none is left; returns its answers with their tasks' indices.
fn serve(worker: &mut Command, tasks: &[u64], next: &AtomicUsize) -> io::Result<Vec<(usize, u64)>> {
    let (mut child, mut input, mut output) = piped(worker)?;
    let mut answers = Vec::new();
    loop {
        let index = next.fetch_add(1, Relaxed);
        let Some(task) = tasks.get(index) else { break };
        answers.push((index, ask(&mut input, &mut output, *task)?));
    }
    drop(input);
    child.wait()?;
    Ok(answers)
}

fn ask(input: &mut impl Write, output: &mut impl BufRead, number: u64) -> io::Result<u64> {
    writeln!(input, "{number}")?;
    let mut line = String::new();
    output.read_line(&mut line)?;
    line.trim().parse().map_err(io::Error::other)
}

/// What [`crash`] returns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// The answer to each task, in the order of the tasks; `None` where there is none.
    pub results: Vec<Option<u64>>,
    /// What went wrong with which worker, by its index in `workers`.
    pub troubles: BTreeMap<usize, Trouble>,
}

/// Has tasks worked on as [`pool`] does, by workers that may fail. What the others do survives.
///
/// A worker has one task at a time. It fails
///
/// - if it cannot be started ([`Trouble::NotStarted`]);
/// - if it ends before it has answered ([`Trouble::Status`], also with status 0, or
///   [`Trouble::Signal`]); a line without its end is no answer;
/// - if it answers a line that is not a number, or not even text ([`Trouble::Garbage`]);
/// - if it does not answer within `limit` after it got the task ([`Trouble::Late`]).
///
/// A worker that has failed gets no other task; if it still runs, it is ended. The task that it had
/// has no result, and is not tried again: it may be what made the worker fail. All other tasks are
/// done by the workers that are left; if none is left, the rest of the tasks has no result either.
///
/// Returns the results, and the trouble of each worker that failed.
pub fn crash(workers: &mut [Command], tasks: &[u64], limit: Duration) -> Work {
    let next = AtomicUsize::new(0);
    let (sender, answers) = mpsc::channel();
    let mut work = Work {
        results: vec![None; tasks.len()],
        troubles: BTreeMap::new(),
    };
    thread::scope(|scope| {
        let look_after = |worker: &mut Command, sender: mpsc::Sender<(usize, u64)>| {
            let mut worker = Suspect::start(worker)?;
            loop {
                let index = next.fetch_add(1, Relaxed);
                let Some(task) = tasks.get(index) else {
                    return Ok(());
                };
                // The receiver outlives all threads of this scope.
                let _ = sender.send((index, worker.ask(*task, limit)?));
            }
        };
        let threads: Vec<_> = workers
            .iter_mut()
            .map(|worker| {
                let sender = sender.clone();
                scope.spawn(move || look_after(worker, sender))
            })
            .collect();
        let ends = threads.into_iter().map(joined).enumerate();
        work.troubles = ends
            .filter_map(|(index, end)| Some((index, end.err()?)))
            .collect();
    });
    drop(sender);
    for (index, answer) in answers {
        work.results[index] = Some(answer);
    }
    work
}

/// A worker of which everything is to be expected.
struct Suspect {
    child: Child,
    input: ChildStdin,
    /// Its answers, line by line; closed when no more will come.
    lines: Receiver<Vec<u8>>,
}

impl Suspect {
    fn start(worker: &mut Command) -> Result<Self, Trouble> {
        let (child, input, mut output) = piped(worker).map_err(|_| Trouble::NotStarted)?;
        let (sender, lines) = mpsc::channel();
        // Reading from a pipe knows no time limit, receiving from a channel does.
        thread::spawn(move || {
            loop {
                let mut line = Vec::new();
                let read = output.read_until(b'\n', &mut line);
                if read.is_err() || !line.ends_with(b"\n") || sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            child,
            input,
            lines,
        })
    }

    fn ask(&mut self, task: u64, limit: Duration) -> Result<u64, Trouble> {
        // To write to a worker that is gone is an error; how it went says what follows.
        let _ = writeln!(self.input, "{task}");
        match self.lines.recv_timeout(limit) {
            Ok(line) => number(&line),
            Err(RecvTimeoutError::Timeout) => Err(Trouble::Late),
            Err(RecvTimeoutError::Disconnected) => Err(self.end()),
        }
    }

    /// Ends the worker, if it has not ended by itself, and says how it went.
    fn end(&mut self) -> Trouble {
        // Fails if there is nothing to kill; a worker that has ended keeps its status.
        let _ = self.child.kill();
        self.child.wait().map_or(Trouble::NotStarted, how_it_ended)
    }
}

impl Drop for Suspect {
    /// Whatever has happened, no process is left behind.
    fn drop(&mut self) {
        self.end();
    }
}

/// Counts into shared memory: what each worker of [`shared`] calls.
///
/// `file` was made by [`Counters::create`], in another process. Other processes count at the same time.
/// For each number in `numbers` its counter goes up by 1. Every number has a counter.
///
/// An error is one of opening the file.
pub fn tally(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let counters = Counters::open(file)?;
    for number in numbers {
        counters.add(*number, 1);
    }
    Ok(())
}

/// Has several workers count into one file at the same time.
///
/// Makes `file` with `length` counters, all 0, also if there is such a file already. Then starts
/// every worker with one argument more than its command has already: the file. Each calls [`tally`]
/// with numbers of its own, and ends with status 0; until all have ended, the counters are not
/// complete.
///
/// Returns the counters. An error is one of making the file or of starting; and it is an error if a
/// worker does not end with status 0. Then too all that were started have been waited for. The file
/// stays where it is.
pub fn shared(workers: &mut [Command], file: &Path, length: usize) -> io::Result<Vec<u64>> {
    let counters = Counters::create(file, length)?;
    let started: Vec<io::Result<Child>> = workers
        .iter_mut()
        .map(|worker| worker.arg(file).spawn())
        .collect();
    // Whatever is wrong with one, all that run are waited for.
    let ends: Vec<io::Result<ExitStatus>> =
        started.into_iter().map(|child| child?.wait()).collect();
    for (index, end) in ends.into_iter().enumerate() {
        let status = end?;
        if !status.success() {
            let message = format!("worker {index} ended with {status}");
            return Err(io::Error::other(message));
        }
    }
    Ok((0..counters.len())
        .map(|index| counters.get(index))
        .collect())
}

/// What a thread and a process cost: each is the mean time of one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// To start a thread, to have one number worked on by it, and to wait for its end.
    pub thread_start: Duration,
    /// To send a number to a thread that runs already, and to receive the answer.
    pub thread_message: Duration,
    /// To start a worker, to have one number worked on by it, and to wait for its end.
    pub process_start: Duration,
    /// To send a number to a worker that runs already, and to receive the answer.
    pub process_message: Duration,
}

/// Measures what a thread and what a process costs, each in `rounds` rounds, one after the other.
///
/// A thread works on a number by calling `work` with it. A worker is as in [`pipes`]. So `rounds`
/// threads and `rounds` workers are started for one number each; and one thread and one worker more
/// for `rounds` messages each. `rounds` is at least 1.
///
/// Each of the four measurements begins with the number 0, and the answer of each round is the number
/// of the next: so a round is over when its answer is there, also that of a thread or worker that is
/// started for it.
///
/// An error is one of starting, writing or reading.
pub fn cost(
    worker: &mut Command,
    work: &(dyn Fn(u64) -> u64 + Sync),
    rounds: u32,
) -> io::Result<Cost> {
    let mut number = 0;
    let begin = Instant::now();
    for _ in 0..rounds {
        number = thread::scope(|scope| joined(scope.spawn(|| work(number))));
    }
    let thread_start = begin.elapsed() / rounds;

    let mut number = 0;
    let begin = Instant::now();
    for _ in 0..rounds {
        let (mut child, mut input, mut output) = piped(worker)?;
        number = ask(&mut input, &mut output, number)?;
        drop(input);
        child.wait()?;
    }
    let process_start = begin.elapsed() / rounds;

    Ok(Cost {
        thread_start,
        thread_message: message_to_thread(work, rounds),
        process_start,
        process_message: message_to_process(worker, rounds)?,
    })
}

fn message_to_thread(work: &(dyn Fn(u64) -> u64 + Sync), rounds: u32) -> Duration {
    let (sender, numbers) = mpsc::channel();
    let (results, answers) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in numbers {
                // Who does not want the answer any more does not need it.
                let _ = results.send(work(number));
            }
        });
        let mut number = 0;
        let begin = Instant::now();
        for _ in 0..rounds {
            // The thread is there until `sender` is dropped, or else `work` has panicked: then the
            // scope passes that on.
            let _ = sender.send(number);
            number = answers.recv().unwrap_or_default();
        }
        let elapsed = begin.elapsed();
        drop(sender);
        elapsed / rounds
    })
}

fn message_to_process(worker: &mut Command, rounds: u32) -> io::Result<Duration> {
    let (mut child, mut input, mut output) = piped(worker)?;
    let mut number = 0;
    let begin = Instant::now();
    for _ in 0..rounds {
        number = ask(&mut input, &mut output, number)?;
    }
    let elapsed = begin.elapsed();
    drop(input);
    child.wait()?;
    Ok(elapsed / rounds)
}
