//! The check of `manager-worker`: whether a worker that is free gets the next task.
//!
//! No clock decides that. One worker is kept busy with its first task until the others have done
//! nearly all the rest, of which they tell it. Whoever deals the tasks out beforehand gets the others
//! to the end of their share and no further: then they return, and that is told too. A manager that waits
//! for the busy worker while others are free makes all of them wait: then nothing is told any more, and in
//! the end the busy worker goes on, so that it can be said what was wrong.

use super::{Answers, Mode, Standard, Synchronous, amount, part};
use harness::patience::{PATIENT, patiently};
use harness_mpi::{Aside, Check, Kind, Patience, SimpleCommunicator, Traffic};
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

/// More tasks than 8 bits number.
const MANY: usize = 300;

/// Which result the manager is given when several wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As MPI has them.
    Arrival,
    /// In another order, which MPI may choose as well: whoever takes the source of a probe for that of the
    /// next message from anywhere has the wrong one.
    Another,
}
use Order::{Another, Arrival};

pub fn manager_worker(check: &mut Check, answers: &Answers) {
    let (aside, workers) = (check.aside(), check.size() - 1);
    let some = 3 * workers + 2;
    for (length, mode, order) in [
        (1, Standard, Arrival),
        (0, Standard, Arrival),
        (workers.saturating_sub(1), Standard, Arrival),
        (some, Standard, Arrival),
        (some, Synchronous, Arrival),
        (some, Standard, Another),
        (MANY, Standard, Arrival),
    ] {
        let mut input = format!(
            "{} for {}, all equally fast",
            amount(length, "task"),
            amount(workers, "worker")
        );
        if order == Another {
            input += "; results that wait are received in an order that is not that of sending, as MPI \
                      may do";
        }
        let right = part(check, mode, &input, |check| {
            let worked = Cell::new(0);
            let work = || worked.set(worked.get() + 1);
            let traffic = run(check, answers, (length, order), work, || {});
            done_once(check, &aside.share(worked.get()), length);
            handed_out(check, &traffic, worked.get(), length);
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
         all the rest: a manager that waits for it meanwhile brings all to a standstill",
        amount(length, "task"),
        amount(workers, "worker")
    );
    part(check, mode, &input, |check| {
        let shift = Shift::new(check, aside, busy, length);
        run(
            check,
            answers,
            (length, Arrival),
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
    (length, order): (usize, Order),
    at_work: impl Fn(),
    at_return: impl FnOnce(),
) -> Traffic {
    // Any number is a task, so that none can be a sign of something, and some are equal; of many, so many
    // that each worker gets equal ones.
    let mut tasks: Vec<i64> = check.integers(length);
    if length == MANY {
        let often: Vec<i64> = check.integers(7);
        tasks.truncate(MANY / 2);
        tasks.extend(often.into_iter().cycle().take(MANY / 2));
    }
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
    let answer = |world: &SimpleCommunicator| {
        let returned = (answers.manager_worker)(world, given, &work);
        at_return();
        returned
    };
    let (returned, traffic) = match order {
        Arrival => check.observe(answer),
        Another => {
            // A worker that has nothing to do waits for the manager.
            let (returned, traffic, _) = check.observe_rearranged(Patience::Limited, answer);
            (returned, traffic)
        }
    };
    let expected = manager.then(|| tasks.iter().copied().map(result).collect::<Vec<_>>());
    let why = "rank 0 has the result of every task, in the order of the tasks";
    check.returned(returned, expected, why);
    traffic
}

/// Requires that tasks went to the workers, and their results back, by messages.
fn handed_out(check: &mut Check, traffic: &Traffic, worked: u64, length: usize) {
    if check.size() == 1 {
        return;
    }
    let rank = check.rank();
    // An encoding may need less than eight bytes for a number, and no less than one.
    let (least, what) = match rank {
        0 => (length as u64, "the tasks"),
        _ => (worked, "its results"),
    };
    let sent = traffic.moves(rank).given;
    check.require(sent >= least, Kind::WrongOperation, || {
        format!(
            "sent {}, and {what} are {least} numbers: the manager hands each task out, and its worker sends \
             back what `work` returned",
            amount(sent as usize, "byte")
        )
    });
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
    /// Whether the others had come to a standstill by then, and had not returned.
    stood_still: Cell<bool>,
}

/// So many rounds in which none of the others takes a task, or returns, are a standstill.
const STANDSTILL: usize = 4 * PATIENT;

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
            stood_still: Cell::new(false),
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
            while self.others.get() < self.enough && !self.is_alone() && !self.stood_still.get() {
                let told = || usize::from(self.aside.is_told());
                match patiently(STANDSTILL, 1, told) {
                    0 => self.stood_still.set(true),
                    _ => self.hear(),
                }
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
        let (worked, rest) = (self.worked.get() as usize, self.others.get() - meanwhile);
        check.require(meanwhile >= self.enough, Kind::WrongOperation, || {
            match self.stood_still.get() {
                // All that was left lay here.
                true if rest == 0 && worked > HELD => format!(
                    "had {worked} of {length} tasks at once, the one that it was kept in and {} in advance, \
                     while the others had nothing to do: a worker may have 1 in advance, and the next task \
                     goes to whoever is free",
                    worked - 1
                ),
                true => format!(
                    "was kept in its first task, and the others came to a standstill when they had done only \
                     {meanwhile} of {length}: the manager waits for no worker while others are free, and \
                     gives each of them the next task"
                ),
                false => format!(
                    "was busy with its first task until the others had nothing to do, but they had done \
                     only {meanwhile} of {length}: the next task goes to whoever is free"
                ),
            }
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
