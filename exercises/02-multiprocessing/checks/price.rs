//! The check of `cost`: how often threads and workers were started, what they were sent, and whether
//! the measurements are right.
//!
//! The answer measures with the clock that it is given, which is a stand-in: it moves only when a worker
//! starts, answers or ends, and when a thread works, each time by a different amount. Therefore, the
//! four results are known to the last digit. Each number has to be the answer to the one before, so that
//! the numbers sent prove what was received.

// To run code in a new process before its program starts is unsafe.
#![allow(unsafe_code)]

use super::{
    Answers, COMPLAINTS, is_an_error, pause, quiet,
    staff::{self, Worker, ok},
    well,
    worker::{Order, answer},
};
use crate::subject::Cost;
use harness::{Check, Kind, folder::Folder, patience::patiently, plural};
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    ffi::OsString,
    fs,
    io::{Read, Write},
    iter,
    net::Shutdown,
    os::unix::{net::UnixStream, process::CommandExt},
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
    time::Duration,
};

/// Rounds of patience in which the clock checks whether anything is still going on.
const SETTLE: usize = 30;
/// Rounds of patience for which a worker waits to see whether the clock is read too early.
const HOLD: usize = 40;

pub fn cost(check: &mut Check, answers: &Answers) {
    // The last number reveals an answer that does at most ten rounds.
    for (rounds, complaints) in [(3, 0), (1, COMPLAINTS), (check.draw(11..14), 0)] {
        one_run(check, answers, rounds, complaints);
        if !check.is_clean() {
            return;
        }
    }
    check.input("1 round; the program of the worker does not exist");
    let mut missing = Command::new(Folder::new().path("missing"));
    let returned = (answers.cost)(&mut missing, &|number| number, 1, &|| Duration::ZERO);
    is_an_error(check, &returned);
}

fn one_run(check: &mut Check, answers: &Answers, rounds: u32, complaints: usize) {
    let what = plural(rounds as usize, "round");
    check.input(match complaints {
        0 => what,
        _ => {
            format!("{what}; the worker first writes more to its standard error than a pipe holds")
        }
    });
    let salt = check.draw(1..u64::MAX);
    let chain: Vec<u64> = iter::successors(Some(0), |number| Some(answer(*number, salt)))
        .take(rounds as usize)
        .collect();
    let time = Time::new(check, rounds, chain[chain.len() - 1]);
    let work = |number: u64| {
        time.work(number);
        answer(number, salt)
    };
    let script = |_: usize, worker: &mut Worker| {
        worker.order(&Order::Complain(complaints))?;
        time.serve(worker, salt)
    };
    let clock = || time.read();
    // The clock itself waits when it is read.
    let others = || {
        let book = time.book();
        book.events + book.asked + book.answered
    };
    let seen = staff::with_others(1, &others, &script, |workers| {
        quiet(workers);
        time.starts_are_seen(&mut workers[0], |worker| {
            pause::watch();
            let returned = (answers.cost)(worker, &work, rounds, &clock);
            pause::take();
            returned
        })
    });
    let returned = seen.in_order(check, rounds as usize + 1);
    let Some(cost) = well(check, returned).filter(|_| check.is_clean()) else {
        return;
    };
    let Book {
        threads,
        lives,
        asked,
        ..
    } = time.into_book();
    let uses_it = check.require(asked > 0, Kind::WrongResult, || {
        String::from(
            "never read `clock`: measure with the clock that the function is given, and not with another \
             one, such as `Instant`",
        )
    });
    if !uses_it {
        return;
    }
    let main = thread::current().id();
    let threads: Vec<Thread> = threads
        .into_iter()
        .filter(|(thread, _)| *thread != main)
        .map(|(_, thread)| thread)
        .collect();
    let in_threads = threads.iter().map(|thread| thread.numbers.clone());
    let in_lives = lives.iter().map(|life| life.numbers.clone());
    if shared_out(check, "thread", in_threads.collect(), &chain)
        && shared_out(check, "worker", in_lives.collect(), &chain)
    {
        began_in_time(check, &threads);
        ended_in_turn(check, rounds, &lives);
        threads_measured(check, cost, rounds, &threads);
        workers_measured(check, cost, rounds, &lives);
    }
}

/// Requires that as many workers as there are rounds worked on one number each, and that one worked on as
/// many numbers; and that each number is the answer to the one before, which cannot be sent without that
/// answer.
fn shared_out(check: &mut Check, what: &str, mut given: Vec<Vec<u64>>, chain: &[u64]) -> bool {
    let mut counts: Vec<usize> = given.iter().map(Vec::len).collect();
    counts.sort_unstable();
    let rounds = chain.len();
    let mut expected = vec![1; rounds];
    expected.push(rounds);
    let why = "one is started for each round, to work on one number, and one more for all messages";
    if !check.holds(&format!("numbers for each {what}"), counts, expected, why) {
        return false;
    }
    // The longest list last: that of the messages. With one round, all have the same length.
    given.sort_by_key(|numbers| {
        let place = chain.iter().position(|number| *number == numbers[0]);
        (numbers.len(), place)
    });
    let messages = given.pop().unwrap_or_default();
    let why = "the first number is 0, and each of the others is the answer to the one before: send a \
               number only when the answer to the last one has been received, so that whole rounds are \
               measured";
    let name = format!("messages to one {what}");
    let sent = check.holds(&name, messages, chain.to_vec(), why);
    let why = "the first number is 0, and each of the others is the answer of the one started before: a \
               round with a start ends when its answer is there";
    let name = format!("numbers for new {what}s");
    sent && check.holds(&name, given.concat(), chain.to_vec(), why)
}

/// Requires that the clock was read before a thread was started for one number, and that one which
/// runs already did so before the clock was read.
fn began_in_time(check: &mut Check, threads: &[Thread]) {
    // If the system does not tell, all are unknown.
    let known = threads.iter().filter_map(|thread| thread.was_there);
    let there = known.clone().filter(|there| *there).count();
    let new = known.count() - there;
    check.require(there + new == 0 || there == 1, Kind::WrongResult, || {
        if there > 1 {
            String::from(
                "read the clock when the thread for a number had already been started: for \
                 `thread_start`, read it before the start",
            )
        } else {
            String::from(
                "read the clock before the thread for the messages was started: for `thread_message`, \
                 read it when that thread has been started",
            )
        }
    });
}

/// Requires that each worker ended at the end of its input, and that the next was started after that.
fn ended_in_turn(check: &mut Check, rounds: u32, lives: &[Life]) {
    let by_itself = lives.iter().all(|life| life.end > Duration::ZERO);
    let by_itself = check.require(by_itself, Kind::WrongResult, || {
        String::from(
            "killed a worker, which does not belong to a round: let its input end, and wait for its end",
        )
    });
    // The worker for the messages may be there all the time.
    let is_new = |life: &Life| rounds > 1 && life.numbers.len() == 1;
    let overlaps = |life: &Life| life.open.iter().any(|other| is_new(&lives[*other]));
    let one_by_one = !lives.iter().any(|life| is_new(life) && overlaps(life));
    check.require(!by_itself || one_by_one, Kind::WrongResult, || {
        String::from(
            "started a worker before the last one had ended: the rounds come one after the other, and one \
             with a new worker ends when that worker has ended",
        )
    });
}

fn threads_measured(check: &mut Check, cost: Cost, rounds: u32, threads: &[Thread]) {
    let worked = |thread: &Thread| thread.worked.iter().sum();
    let expected =
        of_messages(threads, rounds, |thread| thread.numbers.len()).map(|(one, others)| {
            let starts = others.map(worked).collect();
            [starts, one.worked.clone()]
        });
    let found = [
        ("thread_start", cost.thread_start),
        ("thread_message", cost.thread_message),
    ];
    let whole = [
        "a round with a start ends when the answer is there",
        "a round with a message ends when the answer is there",
    ];
    measured(check, found, rounds, expected.collect(), whole);
}

/// Each that may be the one for the messages, with the others.
fn of_messages<T>(
    all: &[T],
    rounds: u32,
    numbers: impl Fn(&T) -> usize,
) -> impl Iterator<Item = (&T, impl Iterator<Item = &T>)> {
    let fits = move |(_, one): &(usize, &T)| numbers(one) == rounds as usize;
    all.iter().enumerate().filter(fits).map(|(place, one)| {
        let others = all.iter().enumerate();
        let others = others.filter(move |(other, _)| *other != place);
        (one, others.map(|(_, other)| other))
    })
}

fn workers_measured(check: &mut Check, cost: Cost, rounds: u32, lives: &[Life]) {
    let whole = |life: &Life| life.start + life.worked.iter().sum::<Duration>() + life.end;
    let expected = of_messages(lives, rounds, |life| life.numbers.len()).map(|(one, others)| {
        let starts = others.map(whole).collect();
        [starts, one.worked.clone()]
    });
    let found = [
        ("process_start", cost.process_start),
        ("process_message", cost.process_message),
    ];
    let whole = [
        "a round begins before the worker is started, and ends when the worker has ended",
        "the rounds begin when the worker has been started, and end when the last answer is there; the \
         worker's end is not part of them",
    ];
    measured(check, found, rounds, expected.collect(), whole);
}

/// Requires that two means are what the clock said; `expected` holds what each round of the two took, in
/// each way in which that can be understood.
fn measured(
    check: &mut Check,
    found: [(&str, Duration); 2],
    rounds: u32,
    expected: Vec<[Vec<Duration>; 2]>,
    whole: [&str; 2],
) {
    // A division in floating point loses the last digit.
    let near = |found: Duration, time: Duration| found.abs_diff(time) <= Duration::from_nanos(2);
    let mean = |times: &Vec<Duration>| times.iter().sum::<Duration>() / rounds;
    let [first, second] = found;
    let fits = |[start, message]: &[Vec<Duration>; 2]| {
        near(first.1, mean(start)) && near(second.1, mean(message))
    };
    if expected.iter().any(fits) {
        return;
    }
    let Some(expected) = expected.first() else {
        return;
    };
    let means = expected.each_ref().map(mean);
    let swapped = near(first.1, means[1]) && near(second.1, means[0]);
    check.require(!swapped, Kind::WrongResult, || {
        format!(
            "returned `{}` and `{}` the wrong way round",
            second.0, first.0
        )
    });
    for (place, (name, found)) in [first, second].into_iter().enumerate() {
        let (mean, whole) = (means[place], whole[place]);
        let why = match expected[place].iter().find(|time| near(found, **time)) {
            Some(_) => {
                "that is the time of a single round, but the task asks for the mean of all rounds"
            }
            None if near(found / rounds, mean) => "that is the total time of all rounds",
            None if found.abs_diff(mean) < Duration::from_millis(1) => {
                "that is nearly right, but the last digits are lost: divide the `Duration` itself, which \
                 has nanoseconds"
            }
            None => whole,
        };
        check.require(swapped || near(found, mean), Kind::WrongResult, || {
            format!(
                "measured {found:?} as `{name}`, but by the clock that it was given a round takes \
                 {mean:?} on average: {why}"
            )
        });
    }
}

/// A thread in which `work` was called.
#[derive(Default)]
struct Thread {
    numbers: Vec<u64>,
    /// How far the clock moved with each number.
    worked: Vec<Duration>,
    /// Whether it was already running when the clock was last read before its first number, if that is known.
    was_there: Option<bool>,
}

/// A process that was started.
#[derive(Default)]
struct Life {
    numbers: Vec<u64>,
    /// How far the clock moved when it started, with each number, and when it ended.
    start: Duration,
    worked: Vec<Duration>,
    end: Duration,
    /// The processes that had not ended when it started.
    open: Vec<usize>,
}

/// The stand-in of the clock.
struct Time {
    /// The last number that is sent in each of the four measurements.
    last: u64,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    now: Duration,
    /// How far the clock moves next.
    steps: Vec<Duration>,
    /// How often the clock was asked, and how often it has answered.
    asked: usize,
    answered: usize,
    /// The threads that existed when it was last read.
    known: BTreeSet<OsString>,
    /// The starts of processes that have not reported anything yet.
    starts: VecDeque<Duration>,
    threads: HashMap<ThreadId, Thread>,
    lives: Vec<Life>,
    /// Counts events, to see whether anything is still going on.
    events: usize,
}

impl Time {
    fn new(check: &mut Check, rounds: u32, last: u64) -> Self {
        // Two sums are equal only by a rare chance.
        let most = u64::from(rounds) * 1_000_000_000;
        let step = |_| Duration::from_nanos(check.draw(1_000_000..most));
        // For each round, two of a thread, and five of a worker that is started or gets a message.
        let steps = (0..7 * rounds + 8).map(step).collect();
        let book = Book {
            now: Duration::from_secs(check.draw(1000..2000)),
            steps,
            ..Book::default()
        };
        Self {
            last,
            book: Mutex::new(book),
        }
    }

    /// What the answer sees of the clock.
    fn read(&self) -> Duration {
        let slept = pause::take();
        let mut book = self.book();
        book.now += slept;
        book.asked += 1;
        drop(book);
        // Anything that others do at this moment belongs to the time before.
        patiently(SETTLE, usize::MAX, || self.book().events);
        let mut book = self.book();
        book.answered += 1;
        book.known = threads();
        let now = book.now;
        drop(book);
        pause::watch();
        now
    }

    /// Moves on by an amount that is used only once.
    fn step(&self) -> Duration {
        let mut book = self.book();
        book.events += 1;
        let step = book.steps.pop().unwrap_or(Duration::from_micros(1));
        book.now += step;
        step
    }

    /// Waits to see whether the clock is read now, which is too early.
    fn hold(&self) {
        let asked = self.book().asked;
        patiently(HOLD, 1, || usize::from(self.book().asked > asked));
        let is_read = || {
            let book = self.book();
            usize::from(book.asked == book.answered)
        };
        patiently(usize::MAX, 1, is_read);
    }

    /// A thread is given a number.
    fn work(&self, number: u64) {
        let thread = thread::current().id();
        let name = own_name();
        let mut book = self.book();
        book.events += 1;
        let was_there = name.map(|name| book.known.contains(&name));
        let new = || Thread {
            was_there,
            ..Thread::default()
        };
        let known = book.threads.entry(thread).or_insert_with(new);
        known.numbers.push(number);
        drop(book);
        if number == self.last {
            self.hold();
        }
        let step = self.step();
        let mut book = self.book();
        book.threads.entry(thread).or_default().worked.push(step);
    }

    /// Moves the clock when a worker starts, while the answer is in `spawn`.
    fn starts_are_seen<R>(
        &self,
        worker: &mut Command,
        answer: impl FnOnce(&mut Command) -> R,
    ) -> R {
        let (here, there) = ok(UnixStream::pair());
        let started = move || {
            (&there).write_all(&[0])?;
            (&there).read_exact(&mut [0])
        };
        // SAFETY: the function runs in the new process before its program does. It only reads and
        // writes, and takes no memory and no lock, as is asked of it there.
        unsafe { worker.pre_exec(started) };
        thread::scope(|scope| {
            scope.spawn(|| {
                while (&here).read_exact(&mut [0]).is_ok() {
                    let step = self.step();
                    self.book().starts.push_back(step);
                    // Otherwise the process is gone.
                    let _ = (&here).write_all(&[0]);
                }
            });
            // Even if the answer is still `todo!()`, and unwinds.
            let _end = HangUp(&here);
            answer(worker)
        })
    }

    /// Moves one process.
    fn serve(&self, worker: &mut Worker, salt: u64) -> Option<()> {
        let life = {
            let mut book = self.book();
            let start = book.starts.pop_front().unwrap_or_default();
            let ended = |life: usize| book.lives[life].end > Duration::ZERO;
            let open = (0..book.lives.len()).filter(|life| !ended(*life));
            let open = open.collect();
            book.lives.push(Life {
                start,
                open,
                ..Life::default()
            });
            book.lives.len() - 1
        };
        while let Some(number) = worker.read() {
            let mut book = self.book();
            book.events += 1;
            book.lives[life].numbers.push(number);
            drop(book);
            if number == self.last {
                self.hold();
            }
            let step = self.step();
            self.book().lives[life].worked.push(step);
            worker.answer(number, salt)?;
        }
        // A process that was killed does not report its end.
        worker.has_more()?;
        // An answer that reads the clock too late measures some of this, and one that reads it too early misses some.
        let begin = self.step();
        self.hold();
        let rest = self.step();
        self.book().lives[life].end = begin + rest;
        Some(())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_book(self) -> Book {
        self.book
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

struct HangUp<'a>(&'a UnixStream);

impl Drop for HangUp<'_> {
    fn drop(&mut self) {
        // An error means that it is already closed.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// The system's ids of the threads of this process; none if it does not tell.
fn threads() -> BTreeSet<OsString> {
    let entries = fs::read_dir("/proc/self/task").into_iter().flatten();
    entries.flatten().map(|entry| entry.file_name()).collect()
}

/// The system's id of this thread.
fn own_name() -> Option<OsString> {
    let link = fs::read_link("/proc/thread-self").ok()?;
    link.file_name().map(OsString::from)
}
