//! The check of `pool`: a worker that is free gets the next task.
//!
//! No clock decides whether a worker is free: one is kept busy with its first task until the others
//! have done all the rest, or have been told that nothing is left.

use super::{
    Answers, COMPLAINTS, CROWD, all_given, answered, draw_numbers, equal_numbers, nobody_to_start,
    quiet,
    staff::{self, Board, Seen, Worker},
    worker::{Order, answer},
};
use harness::{Check, Kind, patience::BRIEF, plural};
use std::{collections::BTreeMap, io};

pub fn pool(check: &mut Check, answers: &Answers) {
    let many = check.draw(2..6);
    let few = check.draw(1..many);
    // More tasks than 8 bits number.
    let long = 257 + check.draw(0..20);
    for (many, length) in [(1, 7), (many, 0), (many, few), (many, 5 * many), (3, long)] {
        let (tasks, workers) = (plural(length, "task"), plural(many, "worker"));
        check.input(format!("{tasks} for {workers}, all equally fast"));
        let (tasks, salt) = draw_numbers(check, length);
        let script = |_: usize, worker: &mut Worker| serve(worker, salt);
        let seen = staff::with(many, &script, |workers| (answers.pool)(workers, &tasks));
        finished(check, seen, &tasks, salt);
        if !check.is_clean() {
            return;
        }
    }
    // Each place once, and once together with others; and once with many more tasks, of which none may be kept
    // for the busy worker.
    for (many, busy, length) in [
        (3, 0, 12),
        (3, 1, 12),
        (3, 2, 60),
        (many, few - 1, 4 * many),
    ] {
        one_is_busy(check, answers, many, busy, length);
        if !check.is_clean() {
            return;
        }
    }
    all_are_needed(check, answers);
    if !check.is_clean() {
        return;
    }
    check.input(format!(
        "{} for {}, which first write more to their standard error than a pipe holds",
        plural(5 * many, "task"),
        plural(many, "worker")
    ));
    let (tasks, salt) = draw_numbers(check, 5 * many);
    let script = |_: usize, worker: &mut Worker| {
        worker.order(&Order::Complain(COMPLAINTS))?;
        serve(worker, salt)
    };
    let seen = staff::with(many, &script, |workers| {
        quiet(workers);
        (answers.pool)(workers, &tasks)
    });
    finished(check, seen, &tasks, salt);
    if !check.is_clean() {
        return;
    }
    equal_numbers(check, |workers, tasks| (answers.pool)(workers, tasks));
    if !check.is_clean() {
        return;
    }
    nobody_to_start(check, many, |workers, tasks| (answers.pool)(workers, tasks));
}

/// More workers than are mostly there, all of which must have a task at the same time.
fn all_are_needed(check: &mut Check, answers: &Answers) {
    let many = check.draw(CROWD);
    check.input(format!(
        "{many} tasks for {many} workers; none of them answers before each has a task"
    ));
    let (tasks, salt) = draw_numbers(check, many);
    let board = Board::<usize>::default();
    let script = |_: usize, worker: &mut Worker| {
        let task = worker.read()?;
        board.note(|begun| *begun += 1);
        worker.until(&board, |begun| *begun >= many)?;
        worker.answer(task, salt)?;
        serve(worker, salt)
    };
    let seen = staff::with(many, &script, |workers| (answers.pool)(workers, &tasks));
    finished(check, seen, &tasks, salt);
}

/// Answers one task after another.
pub fn serve(worker: &mut Worker, salt: u64) -> Option<()> {
    while let Some(task) = worker.read() {
        worker.answer(task, salt)?;
    }
    Some(())
}

/// Requires that every task was given to a worker once, even equal ones, and that its answer was returned.
fn finished(check: &mut Check, seen: Seen<io::Result<Vec<u64>>>, tasks: &[u64], salt: u64) {
    done_once(check, &seen.given, tasks);
    let given = seen.given.len();
    let returned = seen.in_order(check, 1);
    answered(check, returned, tasks, salt);
    all_given(check, given, tasks.len());
}

/// Requires that no task was given to two workers, or twice to one.
pub fn done_once(check: &mut Check, given: &[(usize, u64)], tasks: &[u64]) {
    let mut left: BTreeMap<u64, usize> = BTreeMap::new();
    for task in tasks {
        *left.entry(*task).or_default() += 1;
    }
    let twice = given.iter().find(|(_, task)| {
        let Some(left) = left.get_mut(task).filter(|left| **left > 0) else {
            return true;
        };
        *left -= 1;
        false
    });
    check.require(twice.is_none(), Kind::WrongOperation, || {
        let (worker, task) = twice.copied().unwrap_or_default();
        if tasks.contains(&task) {
            format!(
                "gave out the task {task} once too often, the last time to worker {worker}: each task is \
                 given to one worker, once"
            )
        } else {
            format!("gave worker {worker} the number {task}, which is not one of the tasks")
        }
    });
}

/// What the workers know about each other while one of them is busy.
#[derive(Default)]
struct Shift {
    /// Whether the busy worker has its first task, or will never have one.
    begun: bool,
    /// The number of tasks that the others have done.
    done: usize,
    /// The number of others that have reached the end of their input.
    ended: usize,
    /// The number of tasks that the others had done when the first task of the busy worker was done.
    meanwhile: Option<usize>,
    /// A worker that was given a task while it had another one.
    crowded: Option<usize>,
}

fn one_is_busy(check: &mut Check, answers: &Answers, many: usize, busy: usize, least: usize) {
    let length = least + check.draw(0..many);
    check.input(format!(
        "{} for {}; worker {busy} is busy with its first task until the others have done all the rest",
        plural(length, "task"),
        plural(many, "worker")
    ));
    let (tasks, salt) = draw_numbers(check, length);
    let (rest, board) = (length - 1, Board::<Shift>::default());
    let free = |index: usize, worker: &mut Worker| {
        let mut is_first = true;
        while let Some(task) = worker.read() {
            // Otherwise all tasks could be done before the busy worker has its first.
            worker.until(&board, |shift| shift.begun)?;
            if std::mem::take(&mut is_first) {
                // It has not answered before the whole line is there.
                let line = format!("{}\n", answer(task, salt));
                let (start, end) = line.split_at(1);
                worker.print(start)?;
                worker.dawdle(BRIEF)?;
                look(&board, index, worker)?;
                worker.print(end)?;
            } else {
                look(&board, index, worker)?;
                worker.answer(task, salt)?;
            }
            board.note(|shift| shift.done += 1);
        }
        Some(())
    };
    let script = |index: usize, worker: &mut Worker| {
        if index != busy {
            let end = free(index, worker);
            board.note(|shift| shift.ended += 1);
            return end;
        }
        let first = worker.read();
        board.note(|shift| shift.begun = true);
        worker.until(&board, |shift| {
            shift.done >= rest || shift.ended == many - 1
        })?;
        look(&board, index, worker)?;
        board.note(|shift| shift.meanwhile = first.map(|_| shift.done));
        worker.answer(first?, salt)?;
        serve(worker, salt)
    };
    let seen = staff::with(many, &script, |workers| (answers.pool)(workers, &tasks));
    finished(check, seen, &tasks, salt);
    board.note(|shift| judge(check, shift, busy, length));
}

/// Notes whether a worker that has a task was given another one.
fn look(board: &Board<Shift>, index: usize, worker: &mut Worker) -> Option<()> {
    if worker.has_more()? {
        board.note(|shift| shift.crowded.get_or_insert(index).to_owned());
    }
    Some(())
}

fn judge(check: &mut Check, shift: &Shift, busy: usize, length: usize) {
    check.require(shift.crowded.is_none(), Kind::WrongOperation, || {
        format!(
            "gave worker {} a task while it still had another: give it the next task only when it has \
             answered, because another worker may be free before that",
            shift.crowded.unwrap_or_default()
        )
    });
    let Some(meanwhile) = shift.meanwhile else {
        check.require(false, Kind::WrongOperation, || {
            format!(
                "never gave worker {busy} any of the {length} tasks, although it was free all the time"
            )
        });
        return;
    };
    check.require(meanwhile + 1 >= length, Kind::WrongOperation, || {
        format!(
            "left workers idle while worker {busy} was busy with its first task: the others did only \
             {meanwhile} of {length} tasks and got no more. The next task goes to whichever worker is \
             free"
        )
    });
}
