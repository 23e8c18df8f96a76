//! The workers of a check, seen from the check: it hands out their commands, moves every worker that
//! the answer starts by a script, and sees what the answer leaves behind.

use super::{
    standstill::{self, Doing, Watch},
    worker::{self, Order, Word},
};
use harness::{
    Check, Kind,
    folder::Folder,
    patience::{PATIENT, patiently, watched_with_patience},
    plural,
};
use rustix::{
    io::Errno,
    process::{WaitOptions, wait},
};
use std::{
    cell::Cell,
    fs,
    io::{self, BufRead, BufReader},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    process::Command,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::{self, Scope},
    time::{Duration, Instant},
};

/// Rounds of patience for threads that are about to end.
const FAREWELL: usize = 200;

/// The outcome of an answer with workers.
pub struct Seen<R> {
    /// The value that it returned.
    pub returned: R,
    /// How often each worker was started.
    pub starts: Vec<usize>,
    /// What each worker read, in the order of the reads.
    pub given: Vec<(usize, u64)>,
    /// What was wrong with a line that a worker was given.
    odd: Option<String>,
    /// The processes that were left behind.
    left: Left,
    /// How many threads were left behind.
    threads: usize,
}

impl<R> Seen<R> {
    /// Requires what every task requires: no worker is left behind, none is started more often than
    /// `starts` times, and what they are given are numbers. Hands out what was returned.
    pub fn in_order(self, check: &mut Check, starts: usize) -> R {
        check.require(self.left == Left::Nobody, Kind::ResourceLeak, || {
            String::from(match self.left {
                Left::Running => {
                    "returned while a worker was still running: `wait` for every child. A worker that has \
                     failed or is late may never end by itself: `kill` it first"
                }
                _ => {
                    "returned without waiting for a worker that had ended: `wait` for every child, even \
                     for one that was killed. Until then it stays in the system's table of processes, as \
                     a zombie"
                }
            })
        });
        check.require(self.threads == 0, Kind::Leftover, || {
            format!(
                "returned, but {} that it had started still {}: a thread that reads must stop at the end \
                 of its input, where `read_line` and `read_until` return 0",
                plural(self.threads, "thread"),
                if self.threads == 1 { "runs" } else { "run" }
            )
        });
        if let Some(fault) = self.odd {
            check.require(false, Kind::WrongOperation, || fault);
        }
        for (index, times) in self.starts.iter().enumerate() {
            check.require(*times <= starts, Kind::WrongOperation, || {
                format!(
                    "started worker {index} {}, but {} is enough: a running process can work on one \
                     number after another",
                    plural(*times, "time"),
                    plural(starts, "time")
                )
            });
        }
        self.returned
    }
}

/// The processes that an answer has left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Nobody,
    /// A process that has ended, and was not waited for.
    Ended,
    /// No process of that kind, but one that is still running.
    Running,
}

/// A worker, as its script sees it. Whatever it is to do fails with `None` when the worker is gone, or
/// the answer has returned; a script ends then.
pub struct Worker<'a> {
    check: UnixStream,
    words: BufReader<UnixStream>,
    index: usize,
    /// Its number in the watch's book.
    life: usize,
    state: &'a State,
}

impl Worker<'_> {
    /// Gives an order. If it was to write, the text has been written when this returns.
    pub fn order(&mut self, order: &Order) -> Option<()> {
        let doing = match order {
            Order::Read | Order::Work { .. } => Doing::Reading,
            Order::Print(_) | Order::Fill(..) | Order::Pieces(_) => Doing::Printing,
            Order::Complain(_) => Doing::Complaining,
            Order::Tally(_) => Doing::Counting,
            // It first finishes earlier orders, if there are any.
            Order::Peek | Order::Deafen | Order::Mute | Order::Exit(_) | Order::Die(_) => {
                Doing::SameAsBefore
            }
        };
        self.state.watch.note(self.life, doing);
        worker::send(&mut self.check, order).ok()?;
        if matches!(doing, Doing::Printing | Doing::Complaining) {
            let mut word = self.word()?;
            while word == Word::Part {
                self.state.watch.note(self.life, doing);
                word = self.word()?;
            }
            self.state.watch.note(self.life, Doing::Nothing);
            return (word == Word::Written).then_some(());
        }
        Some(())
    }

    /// Lets the worker print.
    pub fn print(&mut self, text: impl ToString) -> Option<()> {
        self.order(&Order::Print(text.to_string().into_bytes()))
    }

    /// Lets the worker answer a number: usually in one piece, otherwise in two with a pause between them.
    pub fn answer(&mut self, number: u64, salt: u64) -> Option<()> {
        let line = format!("{}\n", worker::answer(number, salt)).into_bytes();
        if !number.is_multiple_of(4) {
            return self.order(&Order::Print(line));
        }
        let (start, end) = line.split_at(1 + number as usize / 4 % (line.len() - 1));
        self.order(&Order::Pieces(vec![start.to_vec(), end.to_vec()]))
    }

    /// Whether the worker was given more than it has read.
    pub fn has_more(&mut self) -> Option<bool> {
        self.order(&Order::Peek)?;
        match self.word()? {
            Word::More(more) => Some(more),
            _ => None,
        }
    }

    /// Lets a number of rounds of patience pass.
    pub fn dawdle(&self, rounds: usize) -> Option<()> {
        self.state.watch.note(self.life, Doing::Working);
        let closing = || {
            // A slow worker is not at a standstill.
            self.state.watch.note(self.life, Doing::SameAsBefore);
            usize::from(self.state.closing.load(SeqCst))
        };
        (patiently(rounds, 1, closing) == 0).then_some(())
    }

    /// Lets this much time pass on the clock.
    pub fn sleep(&self, time: Duration) -> Option<()> {
        let begin = Instant::now();
        while begin.elapsed() < time {
            if self.state.closing.load(SeqCst) {
                return None;
            }
            self.state.watch.note(self.life, Doing::SameAsBefore);
            thread::sleep(Duration::from_millis(10));
        }
        Some(())
    }

    /// Lets the worker read the next number; `None` also at the end of its input.
    pub fn read(&mut self) -> Option<u64> {
        self.order(&Order::Read)?;
        self.line()
    }

    fn line(&mut self) -> Option<u64> {
        let Some(Word::Line(line, is_whole)) = self.word() else {
            return None;
        };
        let is_odd = |why: &str| {
            let fault = format!("wrote the line {line:?} to a worker{why}");
            lock(&self.state.odd).get_or_insert(fault);
        };
        let Ok(number) = line.parse() else {
            is_odd(": write one number on each line");
            return None;
        };
        if !is_whole {
            is_odd(" and no newline: each line ends with one, the last one, too");
        }
        self.state.watch.given(self.life);
        lock(&self.state.given).push((self.index, number));
        Some(number)
    }

    /// Lets the worker answer number after number until the end of its input, or until there were `most`. Returns
    /// how many there were.
    pub fn work(&mut self, salt: u64, most: usize) -> Option<usize> {
        self.order(&Order::Work { salt, most })?;
        loop {
            match self.word()? {
                Word::Answered(lines, is_writing) => {
                    self.state.watch.answered(self.life, lines, is_writing);
                }
                Word::End(lines) => return Some(lines),
                _ => return None,
            }
        }
    }

    /// Lets the worker only listen until it is gone. Returns what it is given meanwhile. `what` is what it
    /// has done instead of answering; `at_once` says whether it should have been ended for that at once,
    /// or only after the limit.
    pub fn hang(&mut self, what: &str, at_once: bool) -> Option<u64> {
        self.order(&Order::Read)?;
        self.state.watch.fail(self.life, what, at_once);
        let given = self.line();
        // It does not end, even at the end of its input.
        given.or_else(|| self.word().and(None))
    }

    /// Lets the worker, which has answered everything, go on running until it is gone.
    pub fn stay(&mut self) -> Option<()> {
        self.state.watch.note(self.life, Doing::Staying);
        while self.word().is_some() {}
        None
    }

    /// Waits until something holds on a board.
    pub fn until<T>(&self, board: &Board<T>, holds: impl Fn(&T) -> bool) -> Option<()> {
        self.state.watch.note(self.life, Doing::Working);
        let mut value = lock(&board.value);
        while !holds(&value) {
            if self.state.closing.load(SeqCst) {
                return None;
            }
            // Only to check whether the answer has returned: nothing depends on this time.
            let nap = Duration::from_millis(20);
            value = board
                .changed
                .wait_timeout(value, nap)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        self.state.watch.note(self.life, Doing::Nothing);
        Some(())
    }

    fn word(&mut self) -> Option<Word> {
        receive(&mut self.words)
    }
}

/// A board on which the scripts of several workers write for each other.
#[derive(Default)]
pub struct Board<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Board<T> {
    /// Writes on the board, or reads it.
    pub fn note<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut lock(&self.value));
        self.changed.notify_all();
        result
    }
}

#[derive(Default)]
struct State {
    starts: Mutex<Vec<usize>>,
    given: Mutex<Vec<(usize, u64)>>,
    odd: Mutex<Option<String>>,
    /// The connections to all workers.
    lines: Mutex<Vec<UnixStream>>,
    /// Whether the answer has returned.
    closing: AtomicBool,
    /// Whether all its workers are gone.
    closed: AtomicBool,
    /// What each worker is doing, in case that nothing happens any more.
    watch: Watch,
}

/// Calls an answer with the commands of `many` workers. Each worker that is started is moved by
/// `script`, which gets its index; when the script ends, the worker ends with status 0.
pub fn with<R>(
    many: usize,
    script: &(dyn Fn(usize, &mut Worker) -> Option<()> + Sync),
    answer: impl FnOnce(&mut [Command]) -> R,
) -> Seen<R> {
    with_limit(many, None, script, answer)
}

/// The same where something happens that the workers have no part in: `others` counts that.
pub fn with_others<R>(
    many: usize,
    others: &(dyn Fn() -> usize + Sync),
    script: &(dyn Fn(usize, &mut Worker) -> Option<()> + Sync),
    answer: impl FnOnce(&mut [Command]) -> R,
) -> Seen<R> {
    with_all(many, None, others, script, answer)
}

/// The same for an answer that waits for a worker that never answers, until this limit is over.
pub fn with_limit<R>(
    many: usize,
    limit: Option<Duration>,
    script: &(dyn Fn(usize, &mut Worker) -> Option<()> + Sync),
    answer: impl FnOnce(&mut [Command]) -> R,
) -> Seen<R> {
    with_all(many, limit, &|| 0, script, answer)
}

fn with_all<R>(
    many: usize,
    limit: Option<Duration>,
    others: &(dyn Fn() -> usize + Sync),
    script: &(dyn Fn(usize, &mut Worker) -> Option<()> + Sync),
    answer: impl FnOnce(&mut [Command]) -> R,
) -> Seen<R> {
    let folder = Folder::new();
    let socket = folder.path("socket");
    let listener = ok(UnixListener::bind(&socket));
    let command = |index| ok(worker::command(&socket, index));
    let mut commands: Vec<Command> = (0..many).map(command).collect();
    let state = State {
        starts: Mutex::new(vec![0; many]),
        watch: Watch::new(many, limit),
        ..State::default()
    };
    let threads_before = threads();
    let (returned, left) = thread::scope(|scope| {
        let state = &state;
        scope.spawn(move || accept(scope, &listener, state, script));
        // Dropped even if the answer is still `todo!()`: otherwise nothing would end the acceptor.
        let closing = Closing {
            state,
            socket: &socket,
        };
        let returned = watched_with_patience(
            standstill::PATIENCE,
            || state.watch.events() + others(),
            || state.watch.sentence(),
            || answer(&mut commands),
        );
        (returned, closing.close())
    });
    // Threads that are just ending may take a moment.
    let more = || threads().saturating_sub(threads_before);
    patiently(FAREWELL, 1, || usize::from(more() == 0));
    Seen {
        returned,
        left,
        threads: more(),
        starts: into_inner(state.starts),
        given: into_inner(state.given),
        odd: into_inner(state.odd),
    }
}

/// The number of threads of this process; 0 if the system does not tell.
fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

fn accept<'scope>(
    scope: &'scope Scope<'scope, '_>,
    listener: &UnixListener,
    state: &'scope State,
    script: &'scope (dyn Fn(usize, &mut Worker) -> Option<()> + Sync),
) {
    // Blocks until `closed`; then accepts the workers that have connected before that, and ends.
    while let Ok((check, _)) = listener.accept() {
        if state.closed.load(SeqCst) {
            ok(listener.set_nonblocking(true));
        }
        ok(check.set_nonblocking(false));
        scope.spawn(move || serve(check, state, script));
    }
}

/// Moves one worker from its first word to its end.
fn serve(
    check: UnixStream,
    state: &State,
    script: &(dyn Fn(usize, &mut Worker) -> Option<()> + Sync),
) {
    let (Ok(words), Ok(line)) = (check.try_clone(), check.try_clone()) else {
        return;
    };
    let mut words = BufReader::new(words);
    let Some(Word::Here(index)) = receive(&mut words) else {
        return;
    };
    if let Some(times) = lock(&state.starts).get_mut(index) {
        *times += 1;
    }
    lock(&state.lines).push(line);
    if state.closing.load(SeqCst) {
        return drop(check.shutdown(Shutdown::Both));
    }
    let life = state.watch.begin(index);
    let mut worker = Worker {
        check,
        words,
        index,
        life,
        state,
    };
    // A script that ends early has lost its worker, or the worker has lost its input.
    let _ = script(index, &mut worker);
    let _ = worker.order(&Order::Exit(0));
    // The worker ends with this connection, which therefore stays until the worker has ended.
    while worker.word().is_some() {}
    state.watch.note(life, Doing::Gone);
}

fn receive(words: &mut BufReader<UnixStream>) -> Option<Word> {
    let mut line = String::new();
    words.read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

/// The end of a run.
struct Closing<'a> {
    state: &'a State,
    socket: &'a Path,
}

impl Closing<'_> {
    /// Ends all workers. Returns those that the answer has left behind.
    fn close(&self) -> Left {
        let left = loop {
            match wait(WaitOptions::NOHANG) {
                Err(Errno::INTR) => {}
                Ok(Some(_)) => break Left::Ended,
                Ok(None) => break Left::Running,
                // There is no child that was not waited for.
                Err(_) => break Left::Nobody,
            }
        };
        self.state.closing.store(true, SeqCst);
        for line in lock(&self.state.lines).drain(..) {
            // The connection of a worker that is gone is already closed.
            let _ = line.shutdown(Shutdown::Both);
        }
        // Workers end with their lines. Whatever else the answer has left the harness finds and names: it
        // may never end.
        let ended = Cell::new(0);
        patiently(PATIENT, usize::MAX, || {
            loop {
                match wait(WaitOptions::NOHANG) {
                    Ok(Some(_)) => ended.update(|many| many + 1),
                    Ok(None) => break ended.get(),
                    Err(Errno::INTR) => {}
                    Err(_) => break usize::MAX,
                }
            }
        });
        self.state.closed.store(true, SeqCst);
        // Wakes the acceptor.
        drop(UnixStream::connect(self.socket));
        left
    }
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        if !self.state.closed.load(SeqCst) {
            self.close();
        }
    }
}

/// What the machine must be able to do. If it is not, only the grader can report it, which hears panics.
pub fn ok<T>(result: io::Result<T>) -> T {
    result.unwrap_or_else(|error| {
        panic!(
            "the check, not your answer, got an error in the folder for temporary files: {error}"
        )
    })
}

/// The lock, even if a thread has panicked with it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
