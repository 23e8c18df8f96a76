//! The check of `pool`: whoever is free gets the next task.
//!
//! No clock decides whether a worker is free: one is kept busy with its first task until the others
//! have done nearly all the rest, or have been told that nothing is left.

use super::{
    Answers, answered, draw_numbers,
    staff::{self, Board, Worker},
    worker::answer,
};
use harness::{Check, Kind, plural};
use std::collections::BTreeSet;

/// So many tasks the busy worker may have got: the one that it works on, and one in advance.
const HELD: usize = 2;

pub fn pool(check: &mut Check, answers: &Answers) {
    for (many, length) in [(1, 7), (3, 0), (3, 1), (4, 3)] {
        let (tasks, workers) = (plural(length, "task"), plural(many, "worker"));
        check.input(format!("{tasks} for {workers}, all equally fast"));
        let (tasks, salt) = draw_numbers(check, length);
        let script = |_: usize, worker: &mut Worker| serve(worker, salt);
        let seen = staff::with(many, &script, |workers| (answers.pool)(workers, &tasks));
        done_once(check, &seen.given);
        let returned = seen.in_order(check, 1);
        answered(check, returned, &tasks, salt);
        if !check.is_clean() {
            return;
        }
    }
    for busy in 0..3 {
        one_is_busy(check, answers, 3, busy);
    }
}

/// Answers one task after the other.
pub fn serve(worker: &mut Worker, salt: u64) -> Option<()> {
    while let Some(task) = worker.read() {
        worker.print(format!("{}\n", answer(task, salt)))?;
    }
    Some(())
}

/// Requires that no task was given to two workers, or twice to one.
pub fn done_once(check: &mut Check, given: &[(usize, u64)]) {
    let mut known = BTreeSet::new();
    let twice = given.iter().find(|(_, task)| !known.insert(task));
    check.require(twice.is_none(), Kind::WrongOperation, || {
        let (worker, task) = twice.copied().unwrap_or_default();
        format!(
            "gave the task {task} out a second time, to worker {worker}: each is worked on once"
        )
    });
}

/// What the workers know of each other while one of them is busy.
#[derive(Default)]
struct Shift {
    /// Whether the busy one has its first task, or will never have one.
    begun: bool,
    /// How many tasks the others have done.
    done: usize,
    /// How many of the others have come to the end of their input.
    ended: usize,
    /// How many tasks the others had done when the busy one's first was done.
    meanwhile: Option<usize>,
}

fn one_is_busy(check: &mut Check, answers: &Answers, many: usize, busy: usize) {
    let length = 4 * many + check.draw(0..many);
    check.input(format!(
        "{} for {}; worker {busy} is busy with its first until the others have done nearly all the \
         rest",
        plural(length, "task"),
        plural(many, "worker")
    ));
    let (tasks, salt) = draw_numbers(check, length);
    let (enough, board) = (length - HELD, Board::<Shift>::default());
    let free = |worker: &mut Worker| {
        while let Some(task) = worker.read() {
            // Else all could be done before the busy one has come to its first.
            worker.until(&board, |shift| shift.begun)?;
            worker.print(format!("{}\n", answer(task, salt)))?;
            board.note(|shift| shift.done += 1);
        }
        Some(())
    };
    let script = |index: usize, worker: &mut Worker| {
        if index != busy {
            let end = free(worker);
            board.note(|shift| shift.ended += 1);
            return end;
        }
        let first = worker.read();
        board.note(|shift| shift.begun = true);
        worker.until(&board, |shift| {
            shift.done >= enough || shift.ended == many - 1
        })?;
        board.note(|shift| shift.meanwhile = first.map(|_| shift.done));
        worker.print(format!("{}\n", answer(first?, salt)))?;
        serve(worker, salt)
    };
    let seen = staff::with(many, &script, |workers| (answers.pool)(workers, &tasks));
    done_once(check, &seen.given);
    let returned = seen.in_order(check, 1);
    answered(check, returned, &tasks, salt);
    board.note(|shift| judge(check, shift, busy, enough, length));
}

fn judge(check: &mut Check, shift: &Shift, busy: usize, enough: usize, length: usize) {
    let Some(meanwhile) = shift.meanwhile else {
        check.require(false, Kind::WrongOperation, || {
            format!("never gave worker {busy} one of {length} tasks, and it was free all the time")
        });
        return;
    };
    check.require(meanwhile >= enough, Kind::WrongOperation, || {
        format!(
            "left workers idle: while worker {busy} was busy with its first task, the others did only \
             {meanwhile} of {length} and got no more: the next task goes to whoever is free"
        )
    });
}
