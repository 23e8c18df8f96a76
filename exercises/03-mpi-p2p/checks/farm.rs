//! The check of `manager-worker`: whether a worker that is free gets the next task.
//!
//! No clock decides that: a `Shift` keeps one worker busy until the others have done nearly all the rest.

use super::{Answers, Mode, Standard, Synchronous, amount, part};
use harness_mpi::{
    Aside, Check, Kind, Patience, SimpleCommunicator, Traffic,
    shift::{Shift, Tasks},
};
use std::cell::Cell;

/// The number of tasks that the busy worker may have, as the stub says: the one that it works on, and one
/// in advance.
const HELD: usize = 2;

/// More tasks than 8 bits number.
const MANY: usize = 300;

/// Which result the manager is given when several wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As MPI has them.
    Arrival,
    /// In another order, which MPI may choose as well. An answer that takes the source of a probe for that
    /// of the next message from any source then has the wrong one.
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
            input += "; results that wait are received in a different order from the one in which they \
                      were sent, as MPI may do";
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
        "{} for {}; worker {busy} stays in its first task until the others have done nearly all the rest, \
         so a manager that waits for it in the meantime stops everything",
        amount(length, "task"),
        amount(workers, "worker")
    );
    part(check, mode, &input, |check| {
        let tasks = Tasks {
            noun: "task",
            many: length,
            held: HELD,
            advance: "1",
        };
        let shift = Shift::new(check, aside, busy, tasks);
        run(
            check,
            answers,
            (length, Arrival),
            || shift.work(),
            || shift.tell_of_the_return(),
        );
        shift.hear_the_rest();
        done_once(check, &aside.share(shift.worked()), length);
        shift.judge(check);
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
    // Any number is a task, so that none can have a special meaning. Some are equal; of many tasks, so
    // many that each worker gets equal ones.
    let mut tasks: Vec<i64> = check.integers(length);
    if length == MANY {
        let often: Vec<i64> = check.integers(7);
        tasks.truncate(MANY / 2);
        tasks.extend(often.into_iter().cycle().take(MANY / 2));
    }
    let salt: i64 = check.draw(4..1000);
    // Times 3, this is 1. Nor may a result have a special meaning.
    let third = 0xaaaa_aaaa_aaaa_aaab_u64.cast_signed();
    let task_of = |result: i64| result.wrapping_sub(salt).wrapping_mul(third);
    for (task, sign) in tasks
        .iter_mut()
        .zip([-1, task_of(0), 0, i64::MAX, -1, task_of(-1)])
    {
        *task = sign;
    }
    check.shuffle(&mut tasks);
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
    let why = "rank 0 returns the result of every task, in the order of the tasks";
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
            "sent {}, but {what} are {least} numbers: the manager sends each task to a worker, and the \
             worker sends back what `work` returned",
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
            "worked on {}: the manager only hands tasks out",
            amount(worked[0] as usize, "task")
        )
    });
    let total: u64 = worked.iter().sum();
    check.require(total == length as u64, Kind::WrongOperation, || {
        format!(
            "had {}, but `work` was called {} on all ranks together: each task is done once, even if two \
             tasks are equal",
            amount(length, "task"),
            amount(total as usize, "time")
        )
    });
}
