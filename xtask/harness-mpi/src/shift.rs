//! A run in which one worker is kept busy, to see whether whoever is free gets the next task.
//!
//! No clock decides that. One worker is kept busy with its first task until the others have done
//! nearly all the rest, of which they tell it. A manager that distributes the tasks beforehand gets the others
//! to the end of their share and no further: then they return, and that is told too. A manager that waits
//! for the busy worker while others are free makes all of them wait: then nothing is told any more, and in
//! the end the busy worker goes on, so that it can be said what was wrong.

use crate::{Aside, Check, Kind, plural};
use harness::patience::{PATIENT, patiently};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

/// What the ranks tell each other: the busy worker has its first task, or will never have one;
const BEGUN: u64 = 0;
/// the teller works on one task more;
const WORKED: u64 = 1;
/// the teller has returned from the answer, and has worked on so many tasks as this is more.
const RETURNED: u64 = 2;

/// So many rounds in which none of the others takes a task, or returns, are a standstill.
const STANDSTILL: usize = 4 * PATIENT;

/// How much there is to do in a shift, and how much of it one worker may have.
#[derive(Clone, Copy, Debug)]
pub struct Tasks {
    /// What one is called, as in "task".
    pub noun: &'static str,
    /// How many there are.
    pub many: usize,
    /// So many a worker may have: what it works on, and what it has in advance.
    pub held: usize,
    /// What it may have in advance, in words, as in "1".
    pub advance: &'static str,
}

/// A run in which one worker is kept busy. Rank 0 is the manager, all others are workers.
pub struct Shift<'a> {
    aside: &'a Aside,
    rank: usize,
    size: usize,
    busy: usize,
    tasks: Tasks,
    /// How many tasks this rank has worked on.
    worked: Cell<u64>,
    /// Whether this rank has heard of the busy worker's beginning.
    begun: Cell<bool>,
    /// What the busy worker knows of the others: how many tasks they have taken, and who returned.
    others: Cell<usize>,
    returned: RefCell<BTreeSet<usize>>,
    /// How many tasks those have worked on who returned.
    done: Cell<usize>,
    /// How many tasks the others had taken when the busy worker's first was done.
    meanwhile: Cell<Option<usize>>,
    /// Whether the others had come to a standstill by then, and had not returned.
    stood_still: Cell<bool>,
}

impl<'a> Shift<'a> {
    /// A shift in which worker `busy` is kept in its first task.
    pub fn new(check: &Check, aside: &'a Aside, busy: usize, tasks: Tasks) -> Self {
        Self {
            aside,
            rank: check.rank(),
            size: check.size(),
            busy,
            tasks,
            worked: Cell::new(0),
            begun: Cell::new(false),
            others: Cell::new(0),
            returned: RefCell::new(BTreeSet::new()),
            done: Cell::new(0),
            meanwhile: Cell::new(None),
            stood_still: Cell::new(false),
        }
    }

    /// Must happen whenever this rank works on a task.
    pub fn work(&self) {
        self.work_quietly();
        if self.rank != self.busy {
            self.tell_of_progress();
        }
    }

    /// The same where it is not the work that counts as progress: then whoever sees progress must tell of
    /// it by [`tell_of_progress`](Self::tell_of_progress).
    pub fn work_quietly(&self) {
        let first = self.worked.get() == 0;
        self.worked.set(self.worked.get() + 1);
        if self.rank != self.busy {
            // Else all could be done before the busy worker has come to ask for its first task.
            if self.rank != 0 {
                self.hear_of_the_beginning();
            }
        } else if first {
            self.tell_of_the_beginning();
            let enough = self.enough();
            while self.others.get() < enough && !self.is_alone() && !self.stood_still.get() {
                let told = || usize::from(self.aside.is_told());
                match patiently(STANDSTILL, 1, told) {
                    0 => self.stood_still.set(true),
                    _ => self.hear(),
                }
            }
            self.meanwhile.set(Some(self.others.get()));
        }
    }

    /// One task more is as far as it must be; not for the busy worker.
    pub fn tell_of_progress(&self) {
        self.aside.tell(self.busy, WORKED);
    }

    /// Must happen when the answer has returned on this rank, as yet perhaps not elsewhere.
    pub fn tell_of_the_return(&self) {
        if self.rank != self.busy {
            self.aside.tell(self.busy, RETURNED + self.worked.get());
        } else if self.worked.get() == 0 {
            self.tell_of_the_beginning();
        }
    }

    /// Must happen when the answer has returned on all ranks: what was told must be heard.
    pub fn hear_the_rest(&self) {
        if self.rank != self.busy {
            return self.hear_of_the_beginning();
        }
        while self.returned.borrow().len() < self.size - 1 {
            self.hear();
        }
    }

    /// How many tasks this rank has worked on.
    pub fn worked(&self) -> u64 {
        self.worked.get()
    }

    /// Requires that the others have done nearly all the rest while one worker was busy.
    pub fn judge(&self, check: &mut Check) {
        if self.rank != self.busy {
            return;
        }
        let Tasks {
            noun,
            many,
            held,
            advance,
        } = self.tasks;
        let Some(meanwhile) = self.meanwhile.get() else {
            check.require(false, Kind::WrongOperation, || {
                format!(
                    "never got one of {}, although it was free all the time",
                    plural(many as u64, noun)
                )
            });
            return;
        };
        let (worked, rest) = (self.worked.get() as usize, self.others.get() - meanwhile);
        check.require(meanwhile >= self.enough(), Kind::WrongOperation, || {
            match self.stood_still.get() {
                // All that was left lay here.
                true if rest == 0 && worked > held => format!(
                    "had {worked} of {many} {noun}s at once, one at work and {} in advance, while the \
                     others had nothing to do: a worker may have {advance} in advance, and the next \
                     {noun} goes to whichever worker is free",
                    worked - 1
                ),
                true => format!(
                    "was busy with its first {noun}, and the others stopped making progress when they had \
                     done only {meanwhile} of {many}: the manager must not wait for one worker while \
                     others are free, but give each of them the next {noun}"
                ),
                false => format!(
                    "was busy with its first {noun} until the others had nothing to do, but they had done \
                     only {meanwhile} of {many}: the next {noun} goes to whichever worker is free"
                ),
            }
        });
    }

    /// How many tasks the others must have taken before the busy worker is done with its first.
    fn enough(&self) -> usize {
        self.tasks.many.saturating_sub(self.tasks.held)
    }

    fn tell_of_the_beginning(&self) {
        for rank in (0..self.size).filter(|rank| *rank != self.busy) {
            self.aside.tell(rank, BEGUN);
        }
    }

    fn hear_of_the_beginning(&self) {
        if !self.begun.replace(true) {
            self.aside.hear();
        }
    }

    /// The busy worker hears what one of the others tells.
    fn hear(&self) {
        match self.aside.hear() {
            (_, WORKED) => self.others.set(self.others.get() + 1),
            (rank, returned) => {
                self.returned.borrow_mut().insert(rank);
                self.done
                    .set(self.done.get() + (returned - RETURNED) as usize);
            }
        }
    }

    /// Whether every other worker has returned, and all that they have done was told. The manager may tell of a
    /// result after its worker has returned.
    fn is_alone(&self) -> bool {
        let returned = self.returned.borrow();
        self.others.get() >= self.done.get()
            && (1..self.size).all(|rank| rank == self.busy || returned.contains(&rank))
    }
}
