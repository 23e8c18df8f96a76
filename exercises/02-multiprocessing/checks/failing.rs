//! The check of `crash`: who fails takes nothing along but the task that it has.
//!
//! A worker that never answers is told from one that is slow by a time limit, and by nothing else. So
//! where one hangs, either nobody else works, or the check grants more time, should a worker that is
//! well have missed the limit on a machine that does much else.

use super::{
    Answers, draw_numbers,
    farm::{done_once, serve},
    staff::{self, Board, Folder, Seen, Worker},
    worker::{Order, answer},
};
use crate::subject::{Trouble, Work};
use harness::{Check, Kind, plural};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    time::Duration,
};

/// A limit that nobody reaches.
const AMPLE: Duration = Duration::from_secs(600);
/// A limit that somebody is to reach who works alone.
const SHORT: Duration = Duration::from_millis(100);
/// The same where others work that should not reach it.
const FAIR: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
];
/// How many tasks there are where some are left when a worker has failed.
const LENGTH: usize = 12;

/// What a worker does with a task instead of answering; what that is called, and the trouble with it.
#[derive(Clone, Copy)]
struct Fall {
    what: &'static str,
    fall: fn(&mut Worker) -> Option<()>,
    trouble: Trouble,
}

const FALLS: [Fall; 7] = [
    Fall {
        what: "ends with status 3 instead of answering",
        fall: |worker| worker.order(&Order::Exit(3)),
        trouble: Trouble::Status(3),
    },
    Fall {
        what: "is ended by signal 9 instead of answering",
        fall: |worker| worker.order(&Order::Die),
        trouble: Trouble::Signal(9),
    },
    Fall {
        what: "ends with status 0 without an answer",
        fall: |worker| worker.order(&Order::Exit(0)),
        trouble: Trouble::Status(0),
    },
    Fall {
        what: "prints the first half of a line and ends with status 4",
        fall: |worker| {
            worker.print("12")?;
            worker.order(&Order::Exit(4))
        },
        trouble: Trouble::Status(4),
    },
    Fall {
        what: "answers `12 apples`",
        fall: |worker| worker.print("12 apples\n"),
        trouble: Trouble::Garbage,
    },
    Fall {
        what: "answers an empty line",
        fall: |worker| worker.print("\n"),
        trouble: Trouble::Garbage,
    },
    Fall {
        what: "answers bytes that are not text",
        fall: |worker| worker.order(&Order::Print(vec![0x31, 0xff, 0xfe, 0x0a])),
        trouble: Trouble::Garbage,
    },
];

const HANGS: [Fall; 2] = [
    Fall {
        what: "never answers",
        fall: |worker| worker.hang(),
        trouble: Trouble::Late,
    },
    Fall {
        what: "prints the first half of a line and then nothing more",
        fall: |worker| {
            worker.print("12")?;
            worker.hang()
        },
        trouble: Trouble::Late,
    },
];

pub fn crash(check: &mut Check, answers: &Answers) {
    nobody_fails(check, answers);
    // In the order of the lesson, and only as far as all is well: who does not see one way to fail may
    // fall over another one in a way that says less.
    for (index, fall) in FALLS.into_iter().enumerate() {
        if check.is_clean() {
            one_fails(check, answers, fall, index % 3, index % 2);
        }
    }
    let ends: [fn(&mut Check, &Answers); 3] =
        [all_die_between_tasks, one_is_missing, |check, answers| {
            all_fail(check, answers, FALLS[0], AMPLE);
        }];
    let hangs: [fn(&mut Check, &Answers); 3] = [
        |check, answers| all_fail(check, answers, HANGS[0], SHORT),
        |check, answers| all_fail(check, answers, HANGS[1], SHORT),
        one_hangs,
    ];
    for part in ends.into_iter().chain(hangs) {
        if check.is_clean() {
            part(check, answers);
        }
    }
}

fn nobody_fails(check: &mut Check, answers: &Answers) {
    for (many, length) in [(2, 0), (3, 2), (3, LENGTH)] {
        check.input(format!(
            "{} for {}, all well",
            plural(length, "task"),
            plural(many, "worker")
        ));
        let (tasks, salt) = draw_numbers(check, length);
        let script = |_: usize, worker: &mut Worker| serve(worker, salt);
        let seen = run(answers, many, &script, &tasks, AMPLE);
        judge(check, seen, &tasks, salt, &BTreeSet::new(), []);
    }
}

/// What the workers tell each other, and the check.
#[derive(Default)]
struct Ward {
    /// Whether the one that is to fail has the task at which it does, or will never have it.
    fallen: bool,
    /// The tasks that workers had when they failed.
    lost: BTreeSet<u64>,
    /// A task that a worker got after it had failed.
    after: Option<u64>,
}

/// One of three workers fails, after it has answered so many tasks.
fn one_fails(check: &mut Check, answers: &Answers, fall: Fall, failing: usize, before: usize) {
    let tale = format!(
        "{LENGTH} tasks for 3 workers; worker {failing} answers {before}, gets another, and {}",
        fall.what
    );
    check.input(tale);
    let (tasks, salt) = draw_numbers(check, LENGTH);
    let board = Board::<Ward>::default();
    let script = |index: usize, worker: &mut Worker| {
        if index != failing {
            return wait_and_serve(worker, &board, salt);
        }
        for _ in 0..before {
            let task = worker.read()?;
            worker.print(format!("{}\n", answer(task, salt)))?;
        }
        fall_and_serve(worker, &board, fall, salt)
    };
    let seen = run(answers, 3, &script, &tasks, AMPLE);
    let lost = board.note(|ward| std::mem::take(&mut ward.lost));
    judge(check, seen, &tasks, salt, &lost, [(failing, fall.trouble)]);
    board.note(|ward| left_alone(check, failing, ward));
}

/// Serves, but not before somebody else has come to fail: else all could be done by then.
fn wait_and_serve(worker: &mut Worker, board: &Board<Ward>, salt: u64) -> Option<()> {
    let first = worker.read()?;
    worker.until(board, |ward| ward.fallen)?;
    worker.print(format!("{}\n", answer(first, salt)))?;
    serve(worker, salt)
}

/// Fails at the next task. Who is still there then would do more, which nobody should ask for.
fn fall_and_serve(worker: &mut Worker, board: &Board<Ward>, fall: Fall, salt: u64) -> Option<()> {
    let task = worker.read();
    board.note(|ward| {
        ward.fallen = true;
        ward.lost.extend(task);
    });
    task?;
    (fall.fall)(worker)?;
    let after = worker.read()?;
    board.note(|ward| ward.after = Some(after));
    worker.print(format!("{}\n", answer(after, salt)))?;
    serve(worker, salt)
}

fn left_alone(check: &mut Check, failing: usize, ward: &Ward) {
    check.require(ward.after.is_none(), Kind::WrongOperation, || {
        format!(
            "gave the task {} to worker {failing}, which had answered garbage: it is not to be \
             trusted any more",
            ward.after.unwrap_or_default()
        )
    });
}

/// Workers answer, and end while they have no task: who gives them the next one finds nobody. All do,
/// so that none can take the tasks that are left.
fn all_die_between_tasks(check: &mut Check, answers: &Answers) {
    for many in [1, 2] {
        check.input(format!(
            "{LENGTH} tasks for {}, each of which answers one, and ends with status 5 before it gets \
             another",
            plural(many, "worker")
        ));
        let (tasks, salt) = draw_numbers(check, LENGTH);
        let script = |_: usize, worker: &mut Worker| {
            let task = worker.read()?;
            // Whatever is written to it from here on is an error, and not only by chance.
            worker.order(&Order::Deafen)?;
            worker.print(format!("{}\n", answer(task, salt)))?;
            worker.order(&Order::Exit(5))
        };
        let seen = run(answers, many, &script, &tasks, AMPLE);
        let given: BTreeSet<u64> = seen.given.iter().map(|(_, task)| *task).collect();
        let lost = tasks.iter().copied().filter(|task| !given.contains(task));
        let (lost, died) = (lost.collect(), Trouble::Status(5));
        let troubles = (0..many).map(|index| (index, died));
        judge(check, seen, &tasks, salt, &lost, troubles);
    }
}

fn one_is_missing(check: &mut Check, answers: &Answers) {
    check.input(format!(
        "{LENGTH} tasks for 3 workers; the program of worker 1 is not there"
    ));
    let (tasks, salt) = draw_numbers(check, LENGTH);
    let script = |_: usize, worker: &mut Worker| serve(worker, salt);
    let seen = staff::with(3, &script, |workers| {
        workers[1] = Command::new(Folder::new().path("missing"));
        (answers.crash)(workers, &tasks, AMPLE)
    });
    let troubles = [(1, Trouble::NotStarted)];
    judge(check, seen, &tasks, salt, &BTreeSet::new(), troubles);
}

fn all_fail(check: &mut Check, answers: &Answers, fall: Fall, limit: Duration) {
    for many in [1, 2] {
        check.input(format!(
            "{LENGTH} tasks for {}, each of which {} at its first; limit {limit:?}",
            plural(many, "worker"),
            fall.what
        ));
        let (tasks, salt) = draw_numbers(check, LENGTH);
        let board = Board::<Ward>::default();
        let script = |_: usize, worker: &mut Worker| fall_and_serve(worker, &board, fall, salt);
        let seen = run(answers, many, &script, &tasks, limit);
        let lost = tasks.iter().copied().collect();
        let troubles = (0..many).map(|index| (index, fall.trouble));
        judge(check, seen, &tasks, salt, &lost, troubles);
    }
}

fn one_hangs(check: &mut Check, answers: &Answers) {
    for limit in FAIR {
        check.input(format!(
            "{LENGTH} tasks for 2 workers; worker 1 never answers its first; limit {limit:?}"
        ));
        let (tasks, salt) = draw_numbers(check, LENGTH);
        let board = Board::<Ward>::default();
        let script = |index: usize, worker: &mut Worker| match index {
            0 => wait_and_serve(worker, &board, salt),
            _ => fall_and_serve(worker, &board, HANGS[0], salt),
        };
        let seen = run(answers, 2, &script, &tasks, limit);
        let missed = seen.returned.troubles.get(&0) == Some(&Trouble::Late);
        if missed && Some(&limit) != FAIR.last() {
            continue;
        }
        let lost = board.note(|ward| std::mem::take(&mut ward.lost));
        judge(check, seen, &tasks, salt, &lost, [(1, Trouble::Late)]);
        return;
    }
}

fn run(
    answers: &Answers,
    many: usize,
    script: &(dyn Fn(usize, &mut Worker) -> Option<()> + Sync),
    tasks: &[u64],
    limit: Duration,
) -> Seen<Work> {
    let reached = (limit < AMPLE).then_some(limit);
    staff::with_limit(many, reached, script, |workers| {
        (answers.crash)(workers, tasks, limit)
    })
}

/// Requires all results but those of the tasks that are lost, and the troubles.
fn judge(
    check: &mut Check,
    seen: Seen<Work>,
    tasks: &[u64],
    salt: u64,
    lost: &BTreeSet<u64>,
    troubles: impl IntoIterator<Item = (usize, Trouble)>,
) {
    done_once(check, &seen.given);
    let work = seen.in_order(check, 1);
    let result = |task: &u64| (!lost.contains(task)).then(|| answer(*task, salt));
    let expected: Vec<_> = tasks.iter().map(result).collect();
    let why = "there is one place for each task";
    if !check.holds("results.len()", work.results.len(), tasks.len(), why) {
        return;
    }
    let why = "only what a worker had in hand when it failed is lost, the others do the rest";
    let mut results = work.results.into_iter().zip(expected).enumerate();
    if let Some((index, (actual, expected))) = results.find(|(_, (one, other))| one != other) {
        check.holds(&format!("results[{index}]"), actual, expected, why);
    }
    let expected: BTreeMap<usize, Trouble> = troubles.into_iter().collect();
    let why = "every worker that failed is named, with the reason, and no other";
    check.holds("troubles", work.troubles, expected, why);
}
