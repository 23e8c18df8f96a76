//! What is said of an answer that does not return while nothing happens any more: which worker is
//! where, and which idea that points to.
//!
//! A sentence says only what the check knows of its workers, so that it is true whatever the answer
//! does; what it advises is what mostly leads there.

use harness::patience::PATIENT;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long nothing may happen. Everything that the workers do is an event, and none of them waits with
/// patience meanwhile, so no more is needed.
pub const PATIENCE: usize = 2 * PATIENT;

/// The last order of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Nothing yet, or nothing just now.
    Nothing,
    /// To read, which it does until there is something.
    Reading,
    /// To print, which it does until there is room in the pipe.
    Printing,
    /// To write to its standard error, in the same way.
    Complaining,
    /// To call `tally`.
    Counting,
    /// Nothing: it waits for something that other workers do.
    Working,
    /// Nothing, ever: it has failed.
    Failed,
    /// Nothing, ever: it has failed when the limit is over.
    Hanging,
    /// Nothing, ever: it has answered everything, and its input has ended.
    Staying,
    /// It has ended.
    Gone,
    /// The order before; since then something that it does at once.
    SameAsBefore,
}

/// The life of one process.
struct Life {
    index: usize,
    doing: Doing,
    /// The number of numbers that it has got.
    given: usize,
    /// What it did instead of answering.
    fall: String,
}

struct Book {
    lives: Vec<Life>,
    events: usize,
    last: Instant,
}

/// Keeps a record of all processes that an answer starts.
pub struct Watch {
    many: usize,
    limit: Duration,
    book: Mutex<Book>,
}

impl Default for Watch {
    fn default() -> Self {
        Self::new(0, None)
    }
}

impl Watch {
    /// For this many workers. An answer may wait as long as the limit without any event.
    pub fn new(many: usize, limit: Option<Duration>) -> Self {
        Self {
            many,
            limit: limit.unwrap_or_default(),
            book: Mutex::new(Book {
                lives: Vec::new(),
                events: 0,
                last: Instant::now(),
            }),
        }
    }

    /// A process of this worker has started. Returns its number in the record.
    pub fn begin(&self, index: usize) -> usize {
        let mut book = self.happened();
        book.lives.push(Life {
            index,
            doing: Doing::Nothing,
            given: 0,
            fall: String::new(),
        });
        book.lives.len() - 1
    }

    /// A process got an order.
    pub fn note(&self, life: usize, doing: Doing) {
        let mut book = self.happened();
        if doing != Doing::SameAsBefore {
            book.lives[life].doing = doing;
        }
    }

    /// A process has done this instead of answering, and does nothing more. It has failed, or will have
    /// failed when the limit is over.
    pub fn fail(&self, life: usize, what: &str, at_once: bool) {
        let mut book = self.happened();
        let life = &mut book.lives[life];
        life.fall = what.to_owned();
        life.doing = if at_once {
            Doing::Failed
        } else {
            Doing::Hanging
        };
    }

    /// A process has read a number.
    pub fn given(&self, life: usize) {
        self.happened().lives[life].given += 1;
    }

    /// A process that works by itself has answered this many numbers.
    pub fn answered(&self, life: usize, numbers: usize, is_writing: bool) {
        let mut book = self.happened();
        let life = &mut book.lives[life];
        life.given = numbers;
        life.doing = if is_writing {
            Doing::Printing
        } else {
            Doing::Reading
        };
    }

    /// Changes as long as something happens, or may still happen because the limit has not passed.
    pub fn events(&self) -> usize {
        let book = self.book();
        let waited = book.last.elapsed().min(self.limit).as_millis() as usize;
        (book.events << 20) + waited
    }

    /// The message when nothing happens any more.
    pub fn sentence(&self) -> String {
        format!("your function makes no progress: {}", self.why())
    }

    fn why(&self) -> String {
        let book = self.book();
        let who = |doing| book.lives.iter().find(|life| life.doing == doing);
        if let Some(Life { index, fall, .. }) = who(Doing::Hanging) {
            return format!(
                "worker {index} {fall}, and the limit of {:?} passed long ago: wait for each answer no \
                 longer than that limit, and `kill` a worker that is late before you wait for its end",
                self.limit
            );
        }
        if let Some(Life { index, fall, .. }) = who(Doing::Failed) {
            return format!(
                "worker {index} {fall} and does nothing more, so it has failed. Wait for no other answer \
                 from it, and do not expect it to end by itself: `kill` it before you wait for its end"
            );
        }
        if let Some(Life { index, .. }) = who(Doing::Staying) {
            return format!(
                "worker {index} has answered everything, and goes on running at the end of its input: `kill` \
                 it before you wait for its end"
            );
        }
        if let Some(Life { index, .. }) = who(Doing::Counting) {
            return format!("worker {index} is in `tally`, which does not return");
        }
        if let Some(Life { index, .. }) = who(Doing::Printing) {
            return format!(
                "worker {index} cannot go on writing, because its pipe is full: have a thread for each worker \
                 read what it prints, while you write to it, and before you wait for its end"
            );
        }
        if let Some(Life { index, .. }) = who(Doing::Complaining) {
            return format!(
                "worker {index} cannot go on writing to its standard error, because that pipe is full: do \
                 not ask for a pipe there (without one, the worker inherits yours), or have a thread read \
                 it to its end"
            );
        }
        if let Some(Life { index: busy, .. }) = who(Doing::Working) {
            let idle = (0..self.many).find(|index| !book.lives.iter().any(|l| l.index == *index));
            if let Some(idle) = idle {
                return format!(
                    "worker {busy} is at work, and worker {idle} has not even been started: start all \
                     workers before you wait for the first"
                );
            }
            if let Some(Life { index: idle, .. }) = who(Doing::Reading) {
                return format!(
                    "worker {idle} is free and gets no number while worker {busy} works on one: a wait \
                     for one worker must not keep the others waiting. Does a thread hold a lock while it \
                     waits for an answer?"
                );
            }
        }
        match who(Doing::Reading) {
            Some(Life {
                index, given: 0, ..
            }) => format!(
                "worker {index} has not received a number yet, and waits for one or for the end of its \
                 input: write a whole line, with its newline, and flush what is buffered. If there is \
                 nothing for this worker, drop your end of the pipe before you wait for the worker to end"
            ),
            Some(Life { index, given, .. }) => format!(
                "worker {index} has answered everything that it received ({given} in total), and waits \
                 for more or for the end of its input: drop your end of the pipe, which ends its input, \
                 before you wait for the worker to end"
            ),
            None if book.lives.is_empty() => String::from(
                "it has started no worker and does not return. Does a thread still wait to receive? A \
                 loop over a channel ends only when the last sender has been dropped",
            ),
            None => String::from(
                "all workers have ended, but it does not return. A reader must stop at the end of its \
                 input (`read_line` returns 0), and a loop over a channel ends only when the last sender \
                 has been dropped",
            ),
        }
    }

    fn happened(&self) -> MutexGuard<'_, Book> {
        let mut book = self.book();
        book.events += 1;
        book.last = Instant::now();
        book
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
