//! The check of `manager-worker`: whether a worker that is free gets the next task.
//!
//! No clock decides that. One worker is kept busy with its first task until the others have done
//! nearly all the rest, of which they tell it. Whoever deals the tasks out beforehand gets the others
//! to the end of their share and no further: then they return, and that is told too. (A manager that
//! waits for the busy worker while others are free makes all of them wait for ever: a timeout.)

use super::{Answers, Mode, Standard, Synchronous, amount, part};
use harness_mpi::{Aside, Check, Kind};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

/// What the ranks tell each other: the busy worker has its first task, or will never have one;
const BEGUN: u64 = 0;
/// the teller works on one task more;
const WORKED: u64 = 1;
/// the teller has returned from the answer.
const RETURNED: u64 = 2;

/// So many tasks the busy worker may have got, as the stub says: the one that it works on, and one in
/// advance.
const HELD: usize = 2;

pub fn manager_worker(check: &mut Check, answers: &Answers) {
    let (aside, workers) = (check.aside(), check.size() - 1);
    let many = 3 * workers + 2;
    for (length, mode) in [
        (1, Standard),
        (0, Standard),
        (workers.saturating_sub(1), Standard),
        (many, Standard),
        (many, Synchronous),
    ] {
        let input = format!(
            "{} for {}, all equally fast",
            amount(length, "task"),
            amount(workers, "worker")
        );
        let right = part(check, mode, &input, |check| {
            let worked = Cell::new(0);
            let work = || worked.set(worked.get() + 1);
            run(check, answers, length, work, || {});
            done_once(check, &aside.share(worked.get()), length);
        });
        if !right {
            return;
        }
    }
    if workers < 2 {
        return;
    }
    let drawn = check.draw(1..workers + 1);
    let each = (1..=workers).map(|busy| (busy, Standard));
    for (busy, mode) in each.chain([(drawn, Synchronous)]) {
        if !one_is_busy(check, answers, &aside, busy, mode) {
            return;
        }
    }
}

fn one_is_busy(
    check: &mut Check,
    answers: &Answers,
    aside: &Aside,
    busy: usize,
    mode: Mode,
) -> bool {
    let workers = check.size() - 1;
    let length = 4 * workers + check.draw(0..workers);
    let input = format!(
        "{} for {}; the check keeps worker {busy} in its first task until the others have done nearly \
         all the rest: a manager that waits for it meanwhile waits for ever",
        amount(length, "task"),
        amount(workers, "worker")
    );
    part(check, mode, &input, |check| {
        let shift = Shift::new(check, aside, busy, length);
        run(
            check,
            answers,
            length,
            || shift.work(),
            || shift.tell_of_the_return(),
        );
        shift.hear_the_rest();
        done_once(check, &aside.share(shift.worked.get()), length);
        shift.judge(check, length);
    })
}

/// Runs the answer on drawn tasks. Something of the check's happens whenever this rank works on one,
/// and when the answer has returned here, as yet perhaps not elsewhere.
fn run(
    check: &mut Check,
    answers: &Answers,
    length: usize,
    at_work: impl Fn(),
    at_return: impl FnOnce(),
) {
    // Any number is a task, so that none can be a sign of something, and some are equal.
    let mut tasks: Vec<i64> = check.integers(length);
    for (task, sign) in tasks.iter_mut().zip([-1, 0, i64::MAX, -1]) {
        *task = sign;
    }
    check.shuffle(&mut tasks);
    let salt: i64 = check.draw(1..1000);
    let result = |task: i64| task.wrapping_mul(3).wrapping_add(salt);
    let work = |task| {
        at_work();
        result(task)
    };
    let manager = check.rank() == 0;
    let given = manager.then_some(&tasks[..]);
    let (returned, _) = check.observe(|world| {
        let returned = (answers.manager_worker)(world, given, &work);
        at_return();
        returned
    });
    let expected = manager.then(|| tasks.iter().copied().map(result).collect::<Vec<_>>());
    let why = "rank 0 has the result of every task, in the order of the tasks";
    check.returned(returned, expected, why);
}

/// Requires that each task was worked on once, and by a worker.
fn done_once(check: &mut Check, worked: &[u64], length: usize) {
    if check.rank() != 0 || worked.len() == 1 {
        return;
    }
    check.require(worked[0] == 0, Kind::WrongOperation, || {
        format!(
            "worked on {}: the manager only hands them out",
            amount(worked[0] as usize, "task")
        )
    });
    let total: u64 = worked.iter().sum();
    check.require(total == length as u64, Kind::WrongOperation, || {
        format!(
            "had {}, and called `work` {} on all ranks: each is done once, also those that are equal",
            amount(length, "task"),
            amount(total as usize, "time")
        )
    });
}

/// A run in which one worker is kept busy.
struct Shift<'a> {
    aside: &'a Aside,
    rank: usize,
    size: usize,
    busy: usize,
    /// How many tasks the others must have taken before the busy worker is done with its first.
    enough: usize,
    /// How many tasks this rank has worked on.
    worked: Cell<u64>,
    /// Whether this rank has heard of the busy worker's beginning.
    begun: Cell<bool>,
    /// What the busy worker knows of the others: how many tasks they have taken, and who returned.
    others: Cell<usize>,
    returned: RefCell<BTreeSet<usize>>,
    /// How many tasks the others had taken when the busy worker's first was done.
    meanwhile: Cell<Option<usize>>,
}

impl<'a> Shift<'a> {
    fn new(check: &Check, aside: &'a Aside, busy: usize, length: usize) -> Self {
        Self {
            aside,
            rank: check.rank(),
            size: check.size(),
            busy,
            enough: length - HELD,
            worked: Cell::new(0),
            begun: Cell::new(false),
            others: Cell::new(0),
            returned: RefCell::new(BTreeSet::new()),
            meanwhile: Cell::new(None),
        }
    }

    /// Happens whenever this rank works on a task.
    fn work(&self) {
        let first = self.worked.get() == 0;
        self.worked.set(self.worked.get() + 1);
        if self.rank != self.busy {
            // Else all could be done before the busy worker has come to ask for its first task.
            if self.rank != 0 {
                self.hear_of_the_beginning();
            }
            self.aside.tell(self.busy, WORKED);
        } else if first {
            self.tell_of_the_beginning();
            while self.others.get() < self.enough && !self.is_alone() {
                self.hear();
            }
            self.meanwhile.set(Some(self.others.get()));
        }
    }

    /// Happens when the answer has returned on this rank.
    fn tell_of_the_return(&self) {
        if self.rank != self.busy {
            self.aside.tell(self.busy, RETURNED);
        } else if self.worked.get() == 0 {
            self.tell_of_the_beginning();
        }
    }

    /// Happens when the answer has returned on all ranks: what was told must be heard.
    fn hear_the_rest(&self) {
        if self.rank != self.busy {
            return self.hear_of_the_beginning();
        }
        while self.returned.borrow().len() < self.size - 1 {
            self.hear();
        }
    }

    fn judge(&self, check: &mut Check, length: usize) {
        if self.rank != self.busy {
            return;
        }
        let Some(meanwhile) = self.meanwhile.get() else {
            check.require(false, Kind::WrongOperation, || {
                format!(
                    "never got one of {}, and was free all the time",
                    amount(length, "task")
                )
            });
            return;
        };
        check.require(meanwhile >= self.enough, Kind::WrongOperation, || {
            format!(
                "was busy with its first task until the others had nothing to do, but they had done \
                 only {meanwhile} of {length}: the next task goes to whoever is free"
            )
        });
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
            (rank, RETURNED) => drop(self.returned.borrow_mut().insert(rank)),
            _ => self.others.set(self.others.get() + 1),
        }
    }

    /// Whether every other worker has returned.
    fn is_alone(&self) -> bool {
        let returned = self.returned.borrow();
        (1..self.size).all(|rank| rank == self.busy || returned.contains(&rank))
    }
}
