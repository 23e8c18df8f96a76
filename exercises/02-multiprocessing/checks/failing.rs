//! The check of `crash`: if a worker fails, only the task that it has is lost.
//!
//! Only a time limit tells a worker that never answers from one that is slow. If one hangs, either no
//! other one works, or the check grants more time if a good worker has missed the limit on a busy
//! machine.

use super::{
    Answers, COMPLAINTS, LONG, Trouble, draw_different_numbers, draw_garbage, draw_signal,
    draw_status,
    farm::{done_once, serve},
    printed, quiet,
    staff::{self, Board, Seen, Worker, lock},
    worker::{Order, answer},
};
use crate::subject::Work;
use harness::{Check, Kind, folder::Folder, plural};
use rustix::process::Signal;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

/// The signal of `kill`.
const KILLED: i32 = Signal::KILL.as_raw();
/// A limit that no worker reaches.
const AMPLE: Duration = Duration::from_secs(600);
/// A limit that a worker is to reach while no other one works.
const SHORT: Duration = Duration::from_millis(50);
/// The same if others work that should not reach it: if one does, on a busy machine, the next limit is
/// tried. All are below a second, so that an answer that counts whole seconds is always too early.
const FAIR: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_millis(600),
    Duration::from_millis(990),
    Duration::from_millis(991),
    Duration::from_millis(992),
];
/// Limits for a worker that drips: they are tried in turn until the machine is fast enough for one.
const DRIPPING: [Duration; 4] = [
    SHORT,
    Duration::from_millis(200),
    Duration::from_millis(600),
    Duration::from_millis(990),
];
/// How often an answer is tried that counts a worker as in time that was late. One that is right may have
/// measured too little time by chance; one that grants more than the limit does so each time.
const TRIALS: usize = 8;
/// Rounds of patience from one digit to the next of a worker that drips: far less than the limit; and
/// how many there are: far more.
const DROP: usize = 25;
const DROPS: usize = 400;
/// The time of a worker that answers late, and the rounds of patience of one that is only slow, with an
/// ample limit. A limit that the answer invents is either longer than the one or shorter than the other.
const DELAY: Duration = Duration::from_millis(600);
const SLOW: usize = 1_200;
/// The number of tasks in inputs in which some are left when a worker has failed.
const LENGTH: usize = 12;

/// What a worker does with a task instead of answering: in words, with the expected trouble.
struct Fall {
    what: String,
    deed: Deed,
    trouble: Trouble,
}

/// What a worker does instead of answering.
enum Deed {
    /// These, one after the other.
    Orders(Vec<Order>),
    /// Print this, and then nothing more.
    Hang(&'static str),
    /// Print a digit now and then, and in the end a whole line. The longest time between two digits is
    /// noted.
    Drip(Mutex<Duration>),
    /// Close the standard output, and go on running.
    Mute,
    /// Answer, but after this time. How long it has really been is noted.
    Delay(Duration, Mutex<Duration>),
}

impl Fall {
    fn new<const ORDERS: usize>(
        what: impl Into<String>,
        orders: [Order; ORDERS],
        trouble: Trouble,
    ) -> Self {
        Self {
            what: what.into(),
            deed: Deed::Orders(orders.into()),
            trouble,
        }
    }

    fn late(what: &str, deed: Deed) -> Self {
        Self {
            what: what.into(),
            deed,
            trouble: Trouble::Late,
        }
    }

    /// Fails at a task that the worker has read. Returns what it is given afterwards.
    fn befall(&self, worker: &mut Worker, task: u64, salt: u64) -> Option<u64> {
        match &self.deed {
            Deed::Orders(orders) => {
                orders.iter().try_for_each(|order| worker.order(order))?;
                worker.hang(&self.what, true)
            }
            Deed::Hang(start) => {
                worker.print(start)?;
                worker.hang(&self.what, false)
            }
            Deed::Drip(longest) => {
                worker.print("1")?;
                for _ in 1..DROPS {
                    let begin = Instant::now();
                    let goes_on = worker.dawdle(DROP).and_then(|()| worker.print("1"));
                    // Also where the digit does not come any more: the answer may have given up because of that.
                    let mut longest = lock(longest);
                    *longest = begin.elapsed().max(*longest);
                    goes_on?;
                }
                worker.print("\n")?;
                worker.hang(&self.what, false)
            }
            Deed::Mute => {
                worker.order(&Order::Mute)?;
                worker.hang(&self.what, false)
            }
            Deed::Delay(time, took) => {
                let begin = Instant::now();
                worker.sleep(*time)?;
                let answered = worker.answer(task, salt);
                // Until the line is there, which it is at once, unless the machine is busy.
                *lock(took) = begin.elapsed();
                answered?;
                worker.hang(&self.what, false)
            }
        }
    }

    /// Whether this limit proved nothing, because the machine is busy: the next digit did not come long
    /// before an answer would give up, or the late answer came so late that any limit is over.
    fn was_slow(&self, limit: Duration) -> bool {
        match &self.deed {
            Deed::Drip(longest) => std::mem::take(&mut *lock(longest)) > limit / 3,
            Deed::Delay(time, took) => std::mem::take(&mut *lock(took)) > *time * 5 / 4,
            _ => false,
        }
    }

    /// Whether this may be reported as its trouble. A worker that can no longer answer may be ended at once.
    fn may_be(&self, trouble: Trouble) -> bool {
        let killed = matches!(self.deed, Deed::Mute) && trouble == Trouble::Signal(KILLED);
        killed || trouble == self.trouble
    }
}

/// Workers that end or answer garbage.
fn falls(check: &mut Check) -> Vec<Fall> {
    let (status, other) = (draw_status(check), draw_status(check));
    let signal = draw_signal(check);
    vec![
        Fall::new(
            format!("exits with status {status} instead of answering"),
            [Order::Exit(status)],
            Trouble::Status(status),
        ),
        Fall::new(
            format!("is terminated by signal {signal} instead of answering"),
            [Order::Die(signal)],
            Trouble::Signal(signal),
        ),
        Fall::new(
            "exits with status 0 without an answer",
            [Order::Exit(0)],
            Trouble::Status(0),
        ),
        Fall::new(
            format!("prints the first half of a line and exits with status {other}"),
            [printed("12"), Order::Exit(other)],
            Trouble::Status(other),
        ),
        Fall::new(
            format!("prints {LONG} digits without a newline and is terminated by signal {signal}"),
            [Order::Fill(b'1', LONG), Order::Die(signal)],
            Trouble::Signal(signal),
        ),
        Fall::new(
            "answers `12 apples`",
            [printed("12 apples\n")],
            Trouble::Garbage,
        ),
        Fall::new(
            "answers with an empty line",
            [printed("\n")],
            Trouble::Garbage,
        ),
        Fall::new(
            format!("answers with a line of {LONG} digits"),
            [Order::Fill(b'1', LONG), printed("\n")],
            Trouble::Garbage,
        ),
        Fall::new(
            "answers with bytes that are not text",
            [Order::Print(vec![0x31, 0xff, 0xfe, 0x0a])],
            Trouble::Garbage,
        ),
    ]
}

/// Workers against which only a limit helps.
fn hangs() -> [Fall; 5] {
    [
        Fall::late("never answers", Deed::Hang("")),
        Fall::late(
            "prints the first half of a line and then nothing more",
            Deed::Hang("12"),
        ),
        Fall::late(
            "prints one digit after another, and the newline long after the limit",
            Deed::Drip(Mutex::default()),
        ),
        Fall::late("closes its standard output and keeps running", Deed::Mute),
        Fall::late(
            "answers long after the limit",
            Deed::Delay(DELAY, Mutex::default()),
        ),
    ]
}

pub fn crash(check: &mut Check, answers: &Answers) {
    nobody_fails(check, answers);
    // In the order of the lesson, and only as far as all is well: who does not see one way to fail may
    // fall over another one in a way that says less.
    let falls = falls(check);
    for (index, fall) in falls.iter().enumerate() {
        if check.is_clean() {
            one_fails(check, answers, fall, index % 3, index % 2);
        }
    }
    let ends: [fn(&mut Check, &Answers); 5] = [
        all_answer_garbage,
        all_die_between_tasks,
        some_are_missing,
        one_is_missing_and_one_fails,
        ends_badly,
    ];
    for part in ends {
        if check.is_clean() {
            part(check, answers);
        }
    }
    if check.is_clean() {
        all_fail(check, answers, &falls[0], &[AMPLE]);
    }
    for fall in hangs() {
        if check.is_clean() {
            let limits = match fall.deed {
                Deed::Drip(_) => &DRIPPING[..],
                _ => &[SHORT],
            };
            all_fail(check, answers, &fall, limits);
        }
    }
    let limits: [fn(&mut Check, &Answers); 5] = [
        one_hangs,
        each_in_time,
        not_much_longer,
        all_are_slow,
        never_ends,
    ];
    for part in limits {
        if check.is_clean() {
            part(check, answers);
        }
    }
}

fn nobody_fails(check: &mut Check, answers: &Answers) {
    for (many, length) in [(2, 0), (3, 2), (3, LENGTH)] {
        check.input(format!(
            "{} for {}, none of which fails",
            plural(length, "task"),
            plural(many, "worker")
        ));
        let (tasks, salt) = draw_different_numbers(check, length);
        let script = |_: usize, worker: &mut Worker| serve(worker, salt);
        let seen = run(answers, many, &script, &tasks, AMPLE);
        judge(check, seen, (&tasks, salt), &BTreeSet::new(), [], None);
        if !check.is_clean() {
            return;
        }
    }
    check.input(format!(
        "{LENGTH} tasks for 2 workers, which first write more to their standard error than a pipe holds"
    ));
    let (tasks, salt) = draw_different_numbers(check, LENGTH);
    let script = |_: usize, worker: &mut Worker| {
        worker.order(&Order::Complain(COMPLAINTS))?;
        serve(worker, salt)
    };
    let seen = staff::with(2, &script, |workers| {
        quiet(workers);
        (answers.crash)(workers, &tasks, AMPLE)
    });
    judge(check, seen, (&tasks, salt), &BTreeSet::new(), [], None);
}

/// What the workers report to each other, and to the check.
#[derive(Default)]
struct Ward {
    /// Whether the failing worker has the task at which it fails, or will never have it.
    fallen: bool,
    /// The tasks that workers had when they failed.
    lost: BTreeSet<u64>,
    /// The tasks that one answered before it failed.
    done: BTreeSet<u64>,
    /// A task that a worker got after it had failed.
    after: Option<u64>,
}

/// One of three workers fails, after it has answered some tasks.
fn one_fails(check: &mut Check, answers: &Answers, fall: &Fall, failing: usize, before: usize) {
    let tale = format!(
        "{LENGTH} tasks for 3 workers; worker {failing} answers {before}, gets another, and {}",
        fall.what
    );
    check.input(tale);
    let (tasks, salt) = draw_different_numbers(check, LENGTH);
    let board = Board::<Ward>::default();
    let script = |index: usize, worker: &mut Worker| {
        if index != failing {
            return wait_and_serve(worker, &board, salt);
        }
        for _ in 0..before {
            let task = worker.read()?;
            worker.answer(task, salt)?;
        }
        fall_and_serve(worker, &board, fall, salt)
    };
    let seen = run(answers, 3, &script, &tasks, AMPLE);
    let lost = board.note(|ward| std::mem::take(&mut ward.lost));
    board.note(|ward| left_alone(check, ward, &seen.returned));
    judge(
        check,
        seen,
        (&tasks, salt),
        &lost,
        [(failing, fall.trouble)],
        Some(fall),
    );
}

/// Answers, but not before another worker is about to fail: otherwise all tasks could be done by then.
fn wait_and_serve(worker: &mut Worker, board: &Board<Ward>, salt: u64) -> Option<()> {
    let first = worker.read()?;
    worker.until(board, |ward| ward.fallen)?;
    worker.answer(first, salt)?;
    serve(worker, salt)
}

/// Fails at the next task. If the worker is still running then, it would do more tasks, but none should come.
fn fall_and_serve(worker: &mut Worker, board: &Board<Ward>, fall: &Fall, salt: u64) -> Option<()> {
    let task = worker.read();
    board.note(|ward| {
        ward.fallen = true;
        ward.lost.extend(task);
    });
    let after = fall.befall(worker, task?, salt)?;
    board.note(|ward| ward.after = Some(after));
    worker.answer(after, salt)?;
    serve(worker, salt)
}

/// Requires that no worker got a task after it had failed; of an answer that knows that it had.
fn left_alone(check: &mut Check, ward: &Ward, work: &Work) {
    let alone = ward.after.is_none() || work.troubles.is_empty();
    check.require(alone, Kind::WrongOperation, || {
        format!(
            "gave the task {} to a worker that had failed: such a worker gets no other task",
            ward.after.unwrap_or_default()
        )
    });
}

/// Each answers its first task with its own garbage.
fn all_answer_garbage(check: &mut Check, answers: &Answers) {
    let garbage = draw_garbage(check);
    let many = garbage.len();
    check.input(format!(
        "{} for {}, whose answers are {garbage:?}",
        plural(many, "task"),
        plural(many, "worker")
    ));
    let (tasks, salt) = draw_different_numbers(check, many);
    let board = Board::<usize>::default();
    let script = |index: usize, worker: &mut Worker| {
        worker.read()?;
        // This way, each gets one.
        board.note(|begun| *begun += 1);
        worker.until(&board, |begun| *begun >= many)?;
        worker.print(format!("{}\n", garbage[index]))
    };
    let seen = run(answers, many, &script, &tasks, AMPLE);
    let lost = tasks.iter().copied().collect();
    let troubles = (0..many).map(|index| (index, Trouble::Garbage));
    judge(check, seen, (&tasks, salt), &lost, troubles, None);
}

/// Workers answer, and end while they have no task: the next task finds no worker. All do this, so that
/// none can take the tasks that are left.
fn all_die_between_tasks(check: &mut Check, answers: &Answers) {
    for many in [1, 2] {
        let status = draw_status(check);
        check.input(format!(
            "{LENGTH} tasks for {}, each of which answers one and exits with status {status} before it \
             gets another",
            plural(many, "worker")
        ));
        let (tasks, salt) = draw_different_numbers(check, LENGTH);
        let script = |_: usize, worker: &mut Worker| {
            let task = worker.read()?;
            // From here on, every write to it is an error, and not only by chance.
            worker.order(&Order::Deafen)?;
            worker.print(format!("{}\n", answer(task, salt)))?;
            worker.order(&Order::Exit(status))
        };
        let seen = run(answers, many, &script, &tasks, AMPLE);
        let given: BTreeSet<u64> = seen.given.iter().map(|(_, task)| *task).collect();
        let lost = tasks.iter().copied().filter(|task| !given.contains(task));
        let (lost, died) = (lost.collect(), Trouble::Status(status));
        let troubles = (0..many).map(|index| (index, died));
        judge(check, seen, (&tasks, salt), &lost, troubles, None);
    }
}

fn some_are_missing(check: &mut Check, answers: &Answers) {
    let one = check.draw(0..3);
    for missing in [vec![one], vec![0, 1, 2]] {
        check.input(format!(
            "{LENGTH} tasks for 3 workers; the programs of workers {missing:?} do not exist"
        ));
        let (tasks, salt) = draw_different_numbers(check, LENGTH);
        let script = |_: usize, worker: &mut Worker| serve(worker, salt);
        let seen = staff::with(3, &script, |workers| {
            for worker in &missing {
                workers[*worker] = Command::new(Folder::new().path("missing"));
            }
            (answers.crash)(workers, &tasks, AMPLE)
        });
        let lost = if missing.len() == 3 { &tasks[..] } else { &[] };
        let lost = lost.iter().copied().collect();
        let troubles = missing
            .into_iter()
            .map(|worker| (worker, Trouble::NotStarted));
        judge(check, seen, (&tasks, salt), &lost, troubles, None);
    }
}

/// The index of a worker that fails is that in `workers`, whoever could not be started.
fn one_is_missing_and_one_fails(check: &mut Check, answers: &Answers) {
    let fall = falls(check).swap_remove(0);
    check.input(format!(
        "{LENGTH} tasks for 3 workers; the program of worker 0 does not exist, and worker 2, given its first \
         task, {}",
        fall.what
    ));
    let (tasks, salt) = draw_different_numbers(check, LENGTH);
    let board = Board::<Ward>::default();
    let script = |index: usize, worker: &mut Worker| match index {
        2 => fall_and_serve(worker, &board, &fall, salt),
        _ => wait_and_serve(worker, &board, salt),
    };
    let seen = staff::with(3, &script, |workers| {
        workers[0] = Command::new(Folder::new().path("missing"));
        (answers.crash)(workers, &tasks, AMPLE)
    });
    let lost = board.note(|ward| std::mem::take(&mut ward.lost));
    let troubles = [(0, Trouble::NotStarted), (2, fall.trouble)];
    judge(check, seen, (&tasks, salt), &lost, troubles, None);
}

/// A worker that has answered everything may also go on running, even at the end of its input.
fn never_ends(check: &mut Check, answers: &Answers) {
    for limit in FAIR {
        check.input(format!(
            "2 tasks for 1 worker, which answers both and keeps running; limit {limit:?}"
        ));
        let (tasks, salt) = draw_different_numbers(check, 2);
        let script = |_: usize, worker: &mut Worker| {
            serve(worker, salt)?;
            worker.stay()
        };
        let seen = run(answers, 1, &script, &tasks, limit);
        if missed(&seen, 0) && Some(&limit) != FAIR.last() {
            continue;
        }
        judge(check, seen, (&tasks, salt), &BTreeSet::new(), [], None);
        return;
    }
}

/// Workers that have answered everything may end in any way.
fn ends_badly(check: &mut Check, answers: &Answers) {
    let status = draw_status(check);
    check.input(format!(
        "{LENGTH} tasks for 2 workers, which answer every task that they get, and then exit with status \
         {status}"
    ));
    let (tasks, salt) = draw_different_numbers(check, LENGTH);
    let script = |_: usize, worker: &mut Worker| {
        serve(worker, salt)?;
        worker.order(&Order::Exit(status))
    };
    let seen = run(answers, 2, &script, &tasks, AMPLE);
    judge(check, seen, (&tasks, salt), &BTreeSet::new(), [], None);
}

/// All workers fail at their first task, with one limit after another, until the case has occurred.
fn all_fail(check: &mut Check, answers: &Answers, fall: &Fall, limits: &[Duration]) {
    for many in [1, 2] {
        for limit in limits {
            check.input(format!(
                "{LENGTH} tasks for {}; given its first task, each {}; limit {limit:?}",
                plural(many, "worker"),
                fall.what
            ));
            let (tasks, salt) = draw_different_numbers(check, LENGTH);
            let board = Board::<Ward>::default();
            let script = |_: usize, worker: &mut Worker| fall_and_serve(worker, &board, fall, salt);
            let seen = run(answers, many, &script, &tasks, *limit);
            if fall.was_slow(*limit) && Some(limit) != limits.last() {
                continue;
            }
            let lost = tasks.iter().copied().collect();
            let troubles = (0..many).map(|index| (index, fall.trouble));
            board.note(|ward| left_alone(check, ward, &seen.returned));
            judge(check, seen, (&tasks, salt), &lost, troubles, Some(fall));
            break;
        }
        if !check.is_clean() {
            return;
        }
    }
}

fn one_hangs(check: &mut Check, answers: &Answers) {
    let [never, ..] = hangs();
    for limit in FAIR {
        check.input(format!(
            "{LENGTH} tasks for 2 workers; worker 1 never answers its first task; limit {limit:?}"
        ));
        let (tasks, salt) = draw_different_numbers(check, LENGTH);
        let board = Board::<Ward>::default();
        let script = |index: usize, worker: &mut Worker| match index {
            0 => wait_and_serve(worker, &board, salt),
            _ => fall_and_serve(worker, &board, &never, salt),
        };
        let seen = run(answers, 2, &script, &tasks, limit);
        if missed(&seen, 0) && Some(&limit) != FAIR.last() {
            continue;
        }
        let lost = board.note(|ward| std::mem::take(&mut ward.lost));
        judge(
            check,
            seen,
            (&tasks, salt),
            &lost,
            [(1, Trouble::Late)],
            Some(&never),
        );
        return;
    }
}

/// The limit is one for each task, not for all that a worker does.
fn each_in_time(check: &mut Check, answers: &Answers) {
    const TASKS: usize = 3;
    for limit in FAIR {
        check.input(format!(
            "{TASKS} tasks for 1 worker, which takes three quarters of the limit for each; limit {limit:?}"
        ));
        let (tasks, salt) = draw_different_numbers(check, TASKS);
        let script = |_: usize, worker: &mut Worker| {
            while let Some(task) = worker.read() {
                thread::sleep(limit * 3 / 4);
                worker.answer(task, salt)?;
            }
            Some(())
        };
        let seen = run(answers, 1, &script, &tasks, limit);
        if missed(&seen, 0) && Some(&limit) != FAIR.last() {
            continue;
        }
        judge(check, seen, (&tasks, salt), &BTreeSet::new(), [], None);
        return;
    }
}

/// A worker that answers a little after the limit is late, however short the limit is.
fn not_much_longer(check: &mut Check, answers: &Answers) {
    for (quick, limit, delay, when) in [
        (
            0,
            FAIR[0],
            FAIR[0] * 3 / 2,
            "one and a half times the limit",
        ),
        (0, SHORT, SHORT * 3, "three times the limit"),
        // What it has not used of the limit before is not its own.
        (4, FAIR[0], FAIR[0] * 2, "twice the limit"),
    ] {
        let fall = Fall::late(
            "answers after the limit",
            Deed::Delay(delay, Mutex::default()),
        );
        for trial in 1..=TRIALS {
            check.input(format!(
                "{} tasks for 1 worker, which answers {}after {when}; limit {limit:?}",
                quick + 2,
                if quick > 0 {
                    format!("{quick} at once and the next ")
                } else {
                    String::new()
                }
            ));
            let (tasks, salt) = draw_different_numbers(check, quick + 2);
            let board = Board::<Ward>::default();
            let script = |_: usize, worker: &mut Worker| {
                for _ in 0..quick {
                    let task = worker.read()?;
                    worker.answer(task, salt)?;
                    board.note(|ward| ward.done.insert(task));
                }
                fall_and_serve(worker, &board, &fall, salt)
            };
            let seen = run(answers, 1, &script, &tasks, limit);
            let (fallen, done) = board.note(|ward| (ward.fallen, std::mem::take(&mut ward.done)));
            // A thread that had to wait for its turn after it sent the task may have measured less time.
            let is_open = !missed(&seen, 0) || fall.was_slow(limit) || !fallen;
            if is_open && trial < TRIALS {
                continue;
            }
            let lost = tasks.iter().copied();
            let lost = lost.filter(|task| !done.contains(task)).collect();
            let late = [(0, Trouble::Late)];
            judge(check, seen, (&tasks, salt), &lost, late, Some(&fall));
            break;
        }
        if !check.is_clean() {
            return;
        }
    }
}

/// A worker that answers within the limit is not late, however long the limit is, and however long it is
/// silent in the middle of a line.
fn all_are_slow(check: &mut Check, answers: &Answers) {
    check.input(format!(
        "2 tasks for 2 workers, which are slow to answer, worker 1 after the first digit; limit {AMPLE:?}"
    ));
    let (tasks, salt) = draw_different_numbers(check, 2);
    let script = |index: usize, worker: &mut Worker| {
        let line = format!("{}\n", answer(worker.read()?, salt));
        let (at_once, later) = line.split_at(index);
        worker.print(at_once)?;
        worker.dawdle(SLOW)?;
        worker.print(later)?;
        serve(worker, salt)
    };
    let seen = run(answers, 2, &script, &tasks, AMPLE);
    judge(check, seen, (&tasks, salt), &BTreeSet::new(), [], None);
}

fn troubles(work: &Work) -> BTreeMap<usize, Trouble> {
    let known = work.troubles.iter();
    known
        .map(|(worker, trouble)| (*worker, Trouble::from(*trouble)))
        .collect()
}

/// Whether a worker reached the limit that should not have.
fn missed(seen: &Seen<Work>, worker: usize) -> bool {
    troubles(&seen.returned).get(&worker) == Some(&Trouble::Late)
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

/// Requires all results but those of the tasks that are lost, and the troubles. `fall` is what those did
/// that failed, where all did the same.
fn judge(
    check: &mut Check,
    seen: Seen<Work>,
    (tasks, salt): (&[u64], u64),
    lost: &BTreeSet<u64>,
    troubles: impl IntoIterator<Item = (usize, Trouble)>,
    fall: Option<&Fall>,
) {
    done_once(check, &seen.given, tasks);
    if !check.is_clean() {
        return;
    }
    let work = seen.in_order(check, 1);
    let mut named = self::troubles(&work);
    let due: BTreeMap<usize, Trouble> = troubles.into_iter().collect();
    for (worker, trouble) in &mut named {
        let fits = due.contains_key(worker) && fall.is_some_and(|fall| fall.may_be(*trouble));
        *trouble = due
            .get(worker)
            .filter(|_| fits)
            .copied()
            .unwrap_or(*trouble);
    }
    let late = named
        .iter()
        .find(|(worker, trouble)| **trouble == Trouble::Late && !due.contains_key(worker));
    let in_time = check.require(late.is_none(), Kind::WrongResult, || {
        format!(
            "reports worker {} as late, although it answered each task within the limit: each task has \
             the whole limit, counted from the moment when the worker is given the task",
            late.map_or(0, |(worker, _)| *worker)
        )
    });
    if !in_time {
        return;
    }
    let result = |task: &u64| (!lost.contains(task)).then(|| answer(*task, salt));
    let expected: Vec<_> = tasks.iter().map(result).collect();
    let why = "`results` has one entry for each task";
    if !check.holds("results.len()", work.results.len(), tasks.len(), why) {
        return;
    }
    let results = || work.results.iter().zip(&expected).enumerate();
    let taken = results().find(|(_, (one, other))| one.is_some() && other.is_none());
    let why = match (taken, fall) {
        (Some(_), Some(fall)) if fall.trouble == Trouble::Late => format!(
            "the worker that had this task {}, so it has failed and the task has no result",
            fall.what
        ),
        (Some(_), Some(fall)) => format!(
            "the worker that had this task {}: an answer is a whole line, including its newline, with a \
             number on it",
            fall.what
        ),
        (Some(_), None) => String::from("no worker has answered this task with a number"),
        (None, _) => String::from(
            "only the task that a worker had when it failed is lost, and the other workers do the rest",
        ),
    };
    let wrong = taken.or_else(|| results().find(|(_, (one, other))| one != other));
    if let Some((index, (actual, expected))) = wrong {
        check.holds(&format!("results[{index}]"), *actual, *expected, &why);
    }
    let why = "`troubles` names every worker that failed, with the reason, and no other worker";
    check.holds("troubles", named, due, why);
}
