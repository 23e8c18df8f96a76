//! Exercise 02: multiprocessing, the reference.

pub use mapped_file::Counters;
use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Write},
    iter,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

/// Why there is no answer from a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It could not be started.
    NotStarted,
    /// It ended by itself, with this exit status.
    Status(i32),
    /// It was ended by this signal.
    Signal(i32),
    /// What it printed is not a number.
    Garbage,
    /// It did not answer in time.
    Late,
}

/// Starts one worker and returns the number that it prints.
///
/// The worker needs no input. It prints one number on one line, in decimal digits, and ends. There may be
/// any number of spaces around the number, it may come in pieces, and the worker may take any time. Return
/// the number, which can be any `u64`, if the worker ends with exit status 0. Otherwise return why there is
/// none:
///
/// - [`Trouble::NotStarted`] if it could not be started;
/// - [`Trouble::Status`] or [`Trouble::Signal`] if it ended with another status or by a signal, whatever
///   it had printed before;
/// - [`Trouble::Garbage`] if it ended with status 0, and what it printed, of any length, is not a single
///   number that a `u64` holds.
///
/// What it writes to its standard error, of any length, is meant for people, and is not part of the
/// answer.
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

/// Sends numbers to several workers that work at the same time, each on its part of them.
///
/// There is at least one worker. A worker reads numbers from its standard input, one on each line, and
/// answers each before it reads the next, with a number on a line of its own. Every line ends with a newline.
/// Both numbers can be any `u64`. A worker ends at the end of its input. A line may come in pieces, and a worker may
/// take any time: meanwhile the others go on, however many numbers they have. It may write text of any length to its
/// standard error, which is meant for people.
///
/// Each worker is started once, and gets its part of `numbers`, in blocks or in turn: any division is right
/// in which no worker gets more than one number more than another. A worker whose part is empty need not be
/// started. There may be very many numbers, more than a pipe holds, or none at all. Each number is sent to
/// a worker, even if it is equal to another: the answers may differ.
///
/// Returns the answers in the order of `numbers`, or an error if a worker cannot be started. Nothing else
/// goes wrong.
pub fn pipes(workers: &mut [Command], numbers: &[u64]) -> io::Result<Vec<u64>> {
    let parts = parts(numbers, workers.len());
    thread::scope(|scope| {
        let threads: Vec<_> = iter::zip(workers, parts)
            .map(|(worker, part)| scope.spawn(|| feed(worker, part)))
            .collect();
        let parts: io::Result<Vec<_>> = threads.into_iter().map(joined).collect();
        Ok(parts?.concat())
    })
}

/// Splits numbers into `many` parts: if they cannot be equal, the first ones have one number more.
fn parts(numbers: &[u64], many: usize) -> Vec<&[u64]> {
    let (length, longer) = (numbers.len() / many, numbers.len() % many);
    let mut rest = numbers;
    (0..many)
        .map(|index| {
            let part;
            (part, rest) = rest.split_at(length + usize::from(index < longer));
            part
        })
        .collect()
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Sends all the numbers to one worker, and returns its answers.
fn feed(worker: &mut Command, numbers: &[u64]) -> io::Result<Vec<u64>> {
    let (mut child, mut input, output) = piped(worker)?;
    thread::scope(|scope| {
        // One thread writes while another one reads: otherwise both sides could wait for each other,
        // each at a full pipe.
        let writer = scope.spawn(move || {
            numbers
                .iter()
                .try_for_each(|number| writeln!(input, "{number}"))
            // `input` is dropped here, and the worker sees the end of its input.
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

/// Gives tasks to whichever worker is free.
///
/// The workers are those of [`pipes`]. Each is started at most once, and has one task at a time: it is
/// given the next one when it has answered, and not before. How long an answer takes differs between
/// tasks and between workers: as long as there are tasks left, no worker is without one because another
/// is slow. There may be fewer tasks than workers, or none at all: a worker that gets no task need not be
/// started. Each task is given to one worker, even if it is equal to another: the
/// answers may differ.
///
/// Returns the answers in the order of `tasks`, or an error if a worker cannot be started. Nothing else
/// goes wrong.
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
    /// What went wrong with each worker that failed, by its index in `workers`.
    pub troubles: BTreeMap<usize, Trouble>,
}

/// Gives tasks to workers as [`pool`] does, except that these may fail. The results of the others
/// survive.
///
/// A worker has one task at a time. It fails
///
/// - if it cannot be started ([`Trouble::NotStarted`]); it need not be started if there is no task for it;
/// - if it ends before it has answered ([`Trouble::Status`], even with status 0, or [`Trouble::Signal`]);
///   a line without a newline at its end is not an answer;
/// - if it answers with a line, of any length, that is not a number that a `u64` holds, or not even text
///   ([`Trouble::Garbage`]);
/// - if the whole line of its answer is not there within `limit` after it got the task
///   ([`Trouble::Late`]). Each task has the whole limit, which is an hour at most.
///
/// A worker that closes its standard output and goes on running can no longer answer: it is late when the
/// limit is over; or you kill it before that, and then that signal is its trouble.
///
/// A worker that has failed gets no other task; if it still runs, it is killed. The task that it had has
/// no result, and is not tried again: it may be what made the worker fail. All other tasks are done by
/// the workers that are left; if none is left, the rest of the tasks have no result either. How a worker
/// ends once it has answered everything does not matter; if it goes on running, it is killed.
///
/// Returns the results, and the trouble of each worker that failed. All tasks are different.
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

/// A worker that may fail in any way.
struct Suspect {
    child: Child,
    input: ChildStdin,
    /// Its answers, line by line; the channel is closed when no more will come.
    lines: Receiver<Vec<u8>>,
}

impl Suspect {
    fn start(worker: &mut Command) -> Result<Self, Trouble> {
        let (child, input, mut output) = piped(worker).map_err(|_| Trouble::NotStarted)?;
        let (sender, lines) = mpsc::channel();
        // Reading from a pipe has no timeout, receiving from a channel does.
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
        // Writing to a worker that is gone is an error; the code below finds out how it ended.
        let _ = writeln!(self.input, "{task}");
        match self.lines.recv_timeout(limit) {
            Ok(line) => number(&line),
            Err(RecvTimeoutError::Timeout) => Err(Trouble::Late),
            Err(RecvTimeoutError::Disconnected) => Err(self.end()),
        }
    }

    /// Kills the worker if it has not ended by itself, and says how it ended.
    fn end(&mut self) -> Trouble {
        // Fails if there is nothing to kill; a worker that has ended keeps its status.
        let _ = self.child.kill();
        self.child.wait().map_or(Trouble::NotStarted, how_it_ended)
    }
}

impl Drop for Suspect {
    /// Whatever happened, no process is left behind.
    fn drop(&mut self) {
        self.end();
    }
}

/// Counts into shared memory: each worker of [`shared`] calls this function.
///
/// `file` was made by [`Counters::create`], in another process. For each number in `numbers`, its counter
/// goes up by 1. Every number has a counter. Other processes add to the same counters at the same time,
/// with [`Counters::add`], and nothing that they add may be lost.
///
/// Returns an error if the file cannot be opened.
pub fn tally(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let counters = Counters::open(file)?;
    for number in numbers {
        counters.add(*number, 1);
    }
    Ok(())
}

/// Starts several workers that count into one file at the same time.
///
/// Makes `file` with `length` counters, all 0, even if there is already such a file. Then starts every
/// worker with one argument in addition to those its command already has: the file. Each calls [`tally`]
/// with numbers of its own, and ends with status 0; until all have ended, the counters are not complete.
///
/// Returns the counters. Returns an error if the file cannot be made, if a worker cannot be started, or
/// if one ends by a signal or with a status other than 0; in each case, all workers that were started
/// have been waited for. The file stays where it is.
pub fn shared(workers: &mut [Command], file: &Path, length: usize) -> io::Result<Vec<u64>> {
    let counters = Counters::create(file, length)?;
    let started: Vec<io::Result<Child>> = workers
        .iter_mut()
        .map(|worker| worker.arg(file).spawn())
        .collect();
    // Whatever goes wrong with one worker, all that run are waited for.
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

/// What a thread and a process cost: each field is the mean time of one round, to the nanosecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// To start a thread and get its answer to one number.
    pub thread_start: Duration,
    /// To send a number to a thread that was started before and receive the answer.
    pub thread_message: Duration,
    /// To start a worker, get its answer to one number, and wait for its end, which comes when its input
    /// ends.
    pub process_start: Duration,
    /// To send a number to a worker that was started before and receive the answer.
    pub process_message: Duration,
}

/// Measures what a thread and what a process cost, each in `rounds` rounds, one after the other.
///
/// A thread works on a number by calling `work` with it. A worker is as in [`pipes`]. In total, `rounds`
/// threads and `rounds` workers are started for one number each; and one more thread and one more worker
/// for `rounds` messages each. `rounds` is at least 1.
///
/// Each of the four measurements begins with the number 0, and the answer of each round is the number of
/// the next. A round is over when its answer is there; if a worker is started for it, when that worker has
/// ended. The end of a thread may belong to its round or not. One measurement ends before the next begins.
///
/// `clock` returns the time that has passed since some moment. Measure with it, and with no other clock:
/// anything that is not part of a round, and every pause, lies outside the two moments at which you read
/// it.
///
/// Returns an error if a worker cannot be started. Nothing else goes wrong.
pub fn cost(
    worker: &mut Command,
    work: &(dyn Fn(u64) -> u64 + Sync),
    rounds: u32,
    clock: &(dyn Fn() -> Duration + Sync),
) -> io::Result<Cost> {
    let mut number = 0;
    let begin = clock();
    for _ in 0..rounds {
        number = thread::scope(|scope| joined(scope.spawn(|| work(number))));
    }
    let thread_start = (clock() - begin) / rounds;

    let mut number = 0;
    let begin = clock();
    for _ in 0..rounds {
        let (mut child, mut input, mut output) = piped(worker)?;
        number = ask(&mut input, &mut output, number)?;
        drop(input);
        child.wait()?;
    }
    let process_start = (clock() - begin) / rounds;

    Ok(Cost {
        thread_start,
        thread_message: message_to_thread(work, rounds, clock),
        process_start,
        process_message: message_to_process(worker, rounds, clock)?,
    })
}

fn message_to_thread(
    work: &(dyn Fn(u64) -> u64 + Sync),
    rounds: u32,
    clock: &(dyn Fn() -> Duration + Sync),
) -> Duration {
    let (sender, numbers) = mpsc::channel();
    let (results, answers) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in numbers {
                // A receiver that is gone no longer wants the answer.
                let _ = results.send(work(number));
            }
        });
        let mut number = 0;
        let begin = clock();
        for _ in 0..rounds {
            // The thread runs until `sender` is dropped, unless `work` panics: then the scope passes
            // that on.
            let _ = sender.send(number);
            number = answers.recv().unwrap_or_default();
        }
        let elapsed = clock() - begin;
        drop(sender);
        elapsed / rounds
    })
}

fn message_to_process(
    worker: &mut Command,
    rounds: u32,
    clock: &(dyn Fn() -> Duration + Sync),
) -> io::Result<Duration> {
    let (mut child, mut input, mut output) = piped(worker)?;
    let mut number = 0;
    let begin = clock();
    for _ in 0..rounds {
        number = ask(&mut input, &mut output, number)?;
    }
    let elapsed = clock() - begin;
    drop(input);
    child.wait()?;
    Ok(elapsed / rounds)
}
