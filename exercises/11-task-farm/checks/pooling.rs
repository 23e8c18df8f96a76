//! The check of `map_unordered` and `map`: any tasks for any worker that is free, and panics that affect only
//! their task.

use super::{
    Answers, Done, Task, Tasks,
    farming::some_workers,
    part,
    task::{self, of_no_byte},
    tried,
};
use crate::subject::Panicked;
use harness_mpi::{
    Aside, Check, Kind, SimpleCommunicator, plural,
    shift::{self, Shift},
};
use std::{
    cell::{Cell, RefCell},
    iter,
    panic::resume_unwind,
    rc::Rc,
};

/// The number of tasks that a worker may have: the one that it works on, and one in advance.
const HELD: usize = 2;

/// The effect of a task.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Fine,
    /// It panics with a text that is written down in the program;
    Literal,
    /// with one that is made when it runs;
    Made,
    /// with an empty one;
    Empty,
    /// with a long one;
    Long,
    /// with something that is no text.
    Other,
}

/// Tasks that only the check knows.
struct Jobs {
    tasks: Vec<Task>,
    fates: Vec<Fate>,
    salt: u64,
    rank: usize,
    /// The tasks that this rank has worked on.
    worked: Rc<RefCell<Vec<u64>>>,
}

impl Jobs {
    fn new(check: &mut Check, length: usize, bad: &[Fate]) -> Self {
        let mut names = check.names(length);
        // A task that no buffer of a fixed size holds.
        if let Some(name) = names.last_mut() {
            *name = name.repeat(10_000);
        }
        let mut fates = vec![Fate::Fine; length];
        for (fate, bad) in fates.iter_mut().zip(bad) {
            *fate = *bad;
        }
        check.shuffle(&mut fates);
        Self {
            // The place is hidden in the number, so that the check knows the task again.
            tasks: task::numbered(names),
            fates,
            salt: check.draw(1..1000),
            rank: check.rank(),
            worked: Rc::default(),
        }
    }

    /// All tasks, from an iterator whose size hint says only that there is at least one, and how many of them were
    /// taken, at most, beyond those that were `finished`.
    fn offered(&self, finished: impl Fn() -> usize + 'static) -> (Tasks, Rc<Cell<usize>>) {
        let mut rest = self.tasks.clone().into_iter();
        let first = rest.next();
        let (mut taken, most) = (0, Rc::new(Cell::new(0)));
        let held = most.clone();
        let tasks = first
            .into_iter()
            .chain(iter::from_fn(move || rest.next()))
            .inspect(move |_| {
                taken += 1;
                most.set(most.get().max(taken - finished()));
            });
        (Box::new(tasks), held)
    }

    fn work(&self, Task(number, name): Task) -> Done {
        self.worked.borrow_mut().push(number);
        match self.fates[number as usize] {
            // Thrown like a panic, and without the harness taking it for the end of the rank.
            Fate::Literal => resume_unwind(Box::new("a broken task")),
            Fate::Made | Fate::Empty | Fate::Long => resume_unwind(Box::new(self.text(number))),
            Fate::Other => resume_unwind(Box::new(number)),
            Fate::Fine => self.done(number, name, self.rank),
        }
    }

    /// The text of a panic that is made when it runs.
    fn text(&self, number: u64) -> String {
        let text = format!(
            "number {} is broken,\nand its text has two lines",
            number + self.salt
        );
        text.repeat(match self.fates[number as usize] {
            Fate::Empty => 0,
            Fate::Long => 100,
            _ => 1,
        })
    }

    fn done(&self, number: u64, name: String, rank: usize) -> Done {
        let words = vec![name; ((number + self.salt) % 4) as usize];
        Done(rank as u16 * 257 + (number % 97) as u16, words)
    }

    /// The expected result of a task that this rank has worked on.
    fn expected(
        &self,
        index: usize,
        rank: usize,
        seen: &Result<Done, Panicked>,
    ) -> Result<Done, Panicked> {
        let Task(number, name) = self.tasks[index].clone();
        match (self.fates[index], seen) {
            (Fate::Fine, _) => Ok(self.done(number, name, rank)),
            // Any text is allowed for a panic without one.
            (Fate::Other, Err(panicked)) => Err(panicked.clone()),
            (Fate::Literal, _) => panicked("a broken task"),
            (Fate::Made | Fate::Empty | Fate::Long, _) => panicked(&self.text(number)),
            (Fate::Other, _) => panicked("a panic without a text"),
        }
    }

    /// For each task who has worked on it. Requires that each was worked on once, and none by the manager
    /// unless it is alone. None if something is wrong. All ranks must call it.
    fn owners(&self, check: &mut Check, aside: &Aside) -> Option<Vec<usize>> {
        let all = aside.share_all(&self.worked.borrow());
        let own = all[check.rank()].len();
        if check.rank() == 0 && check.size() > 1 {
            check.require(own == 0, Kind::WrongOperation, || {
                let tasks = plural(own as u64, "task");
                format!("worked on {tasks}: only the workers do tasks")
            });
        }
        let mut owners = vec![Vec::new(); self.tasks.len()];
        for (rank, numbers) in all.iter().enumerate() {
            for number in numbers {
                owners[*number as usize].push(rank);
            }
        }
        if check.rank() == 0 {
            let other = owners.iter().position(|owners| owners.len() != 1);
            check.require(other.is_none(), Kind::WrongOperation, || {
                let index = other.unwrap_or_default();
                let times = plural(owners[index].len() as u64, "time");
                format!(
                    "had `work` called {times} for task {index}: it is called once for each task"
                )
            });
        }
        check
            .everywhere(check.is_clean())
            .then(|| owners.into_iter().flatten().collect())
    }
}

fn panicked(message: &str) -> Result<Done, Panicked> {
    let message = message.to_owned();
    Err(Panicked { message })
}

pub fn pool(check: &mut Check, answers: &Answers) {
    harness::part(|| unordered(check, answers));
    harness::part(|| ordered(check, answers));
}

/// How many tasks, and which of them panic.
fn cases(workers: usize) -> Vec<(usize, Vec<Fate>)> {
    use Fate::{Empty, Literal, Long, Made, Other};
    let mut cases = vec![
        (1, vec![]),
        (0, vec![]),
        (workers - 1, vec![]),
        (3 * workers + 2, vec![]),
        (2 * workers + 1, vec![Literal]),
        (1, vec![Made]),
        (3 * workers + 5, vec![Made, Other, Empty, Long]),
        // More than there are workers.
        (4 * workers + 1, [Literal, Made].repeat(workers)),
    ];
    // More than 8 bits number. One worker is enough, and on many ranks each task takes its time.
    if workers == 1 {
        cases.push((300, vec![]));
    }
    cases
}

fn input(check: &Check, name: &str, length: usize, bad: &[Fate]) -> String {
    let workers = plural(check.size() as u64 - 1, "worker");
    let tasks = plural(length as u64, "task");
    match bad.len() {
        0 => format!("{name}: {tasks} for {workers}"),
        1 => format!("{name}: {tasks} for {workers}, 1 of which panics"),
        more => format!("{name}: {tasks} for {workers}, {more} of which panic"),
    }
}

fn unordered(check: &mut Check, answers: &Answers) {
    let (aside, workers) = (check.aside(), check.size().saturating_sub(1).max(1));
    for (length, bad) in tried(check, cases(workers)) {
        let input = input(check, "map_unordered", length, &bad);
        let right = part(check, &input, |check| {
            let jobs = Jobs::new(check, length, &bad);
            let results = run_unordered(check, answers, &jobs, || {}, || {}, || {});
            judge(check, &aside, &jobs, results);
        });
        if !right {
            return;
        }
    }
    if !units(check, answers, &aside) {
        return;
    }
    for busy in some_workers(check) {
        if !one_is_busy(check, answers, &aside, busy) {
            return;
        }
    }
}

/// Tasks and results that serde turns into no byte: a message without bytes can then be a task, or a result.
fn units(check: &mut Check, answers: &Answers, aside: &Aside) -> bool {
    let length = 2 * check.size();
    let input = format!(
        "{}; tasks and results are of type `()`, which serde turns into no byte",
        input(check, "map_unordered", length, &[])
    );
    part(check, &input, |check| {
        let jobs = Jobs::new(check, length, &[]);
        let results = of_no_byte(|| run_unordered(check, answers, &jobs, || {}, || {}, || {}));
        let worked = aside.share(jobs.worked.borrow().len() as u64);
        if check.rank() != 0 {
            return;
        }
        let by_all: u64 = worked.iter().sum();
        check.require(by_all == length as u64, Kind::WrongOperation, || {
            format!(
                "had `work` called {} for {}: it is called once for each task",
                plural(by_all, "time"),
                plural(length as u64, "task")
            )
        });
        let mut seen: Vec<usize> = results.iter().map(|(number, _)| *number).collect();
        seen.sort_unstable();
        let why = "`each` is called once for each task, with its number, counted from 0";
        let all = (0..length).collect();
        if check.holds("the list of numbers passed to `each`", seen, all, why) {
            let fine = results.iter().filter(|(_, result)| result.is_ok()).count();
            let why = "no task panics";
            check.holds(
                "the number of results that `work` returned",
                fine,
                length,
                why,
            );
        }
    })
}

/// The number of tasks for a shift.
fn tasks(many: usize) -> shift::Tasks {
    shift::Tasks {
        noun: "task",
        many,
        held: HELD,
        advance: "1",
    }
}

/// The arguments of `each` on this rank.
type Results = Vec<(usize, Result<Done, Panicked>)>;

/// Runs the answer. Something of the check's happens whenever this rank works on a task, whenever it gets a
/// result, and when the answer has returned here.
fn run_unordered(
    check: &mut Check,
    answers: &Answers,
    jobs: &Jobs,
    at_work: impl Fn(),
    at_result: impl Fn(),
    at_return: impl FnOnce(),
) -> Results {
    let come = Rc::new(Cell::new(0));
    let (tasks, held) = jobs.offered({
        let come = come.clone();
        move || come.get()
    });
    let mut results = Results::new();
    let tasks = (check.rank() == 0).then_some(tasks);
    let work = |task: Task| {
        at_work();
        jobs.work(task)
    };
    check.observe(|world: &SimpleCommunicator| {
        (answers.map_unordered)(world, tasks, &work, &mut |number, result| {
            come.set(come.get() + 1);
            results.push((number, result));
            at_result();
        });
        at_return();
    });
    takes_few(check, held.get());
    results
}

/// Requires that at most so many tasks were taken that had no result yet.
fn takes_few(check: &mut Check, held: usize) {
    let workers = check.size().saturating_sub(1).max(1);
    let most = HELD * workers + 1;
    check.require(held <= most, Kind::WrongOperation, || {
        format!(
            "took {} tasks from the iterator that had no result yet, with {}: take the next task only when a \
             worker can have it; each worker may have two",
            held,
            plural(workers as u64, "worker")
        )
    });
}

fn one_is_busy(check: &mut Check, answers: &Answers, aside: &Aside, busy: usize) -> bool {
    let workers = check.size() - 1;
    let length = 4 * workers + check.draw(0..workers);
    // A worker goes on after a panic: without those that have panicked, nobody would be left but the busy one.
    let bad = if busy == workers { length } else { 0 };
    let bad = vec![Fate::Literal; bad];
    let input = format!(
        "{}; the check keeps worker {busy} busy with its first task until `each` has nearly all the other results",
        input(check, "map_unordered", length, &bad)
    );
    part(check, &input, |check| {
        let shift = Shift::new(check, aside, busy, tasks(length));
        let jobs = Jobs::new(check, length, &bad);
        let is_manager = check.rank() == 0;
        let results = run_unordered(
            check,
            answers,
            &jobs,
            || shift.work_quietly(),
            || {
                if is_manager {
                    shift.tell_of_progress();
                }
            },
            || shift.tell_of_the_return(),
        );
        shift.hear_the_rest();
        shift.judge(check);
        if check.everywhere(check.is_clean()) {
            judge(check, aside, &jobs, results);
        }
    })
}

/// Holds the results against what they should be. All ranks must call it.
fn judge(check: &mut Check, aside: &Aside, jobs: &Jobs, mut results: Results) {
    let Some(owners) = jobs.owners(check, aside) else {
        return;
    };
    if check.rank() != 0 {
        check.require(results.is_empty(), Kind::WrongOperation, || {
            String::from("called `each`: only rank 0 calls it")
        });
        return;
    }
    if check.size() == 1 {
        let in_turn = results.is_sorted_by_key(|(number, _)| *number);
        check.require(in_turn, Kind::WrongOperation, || {
            String::from(
                "called `each` in a different order than that of the tasks, although it is the only rank",
            )
        });
    }
    results.sort_by_key(|(number, _)| *number);
    let seen: Vec<usize> = results.iter().map(|(number, _)| *number).collect();
    let all: Vec<usize> = (0..jobs.tasks.len()).collect();
    let why = "`each` is called once for each task, with its number, counted from 0";
    if check.holds("the list of numbers passed to `each`", seen, all, why) {
        let results = results.into_iter().map(|(_, result)| result).collect();
        compare(check, jobs, &owners, results);
    }
}

fn compare(check: &mut Check, jobs: &Jobs, owners: &[usize], results: Vec<Result<Done, Panicked>>) {
    let expected: Vec<_> = results
        .iter()
        .enumerate()
        .map(|(index, seen)| jobs.expected(index, owners[index], seen))
        .collect();
    let why = "the result of each task is what `work` returned, or the text of its panic";
    check.holds(
        "the list of results in the order of the tasks",
        results,
        expected,
        why,
    );
}

fn ordered(check: &mut Check, answers: &Answers) {
    let (aside, workers) = (check.aside(), check.size().saturating_sub(1).max(1));
    // On many ranks, `map_unordered` has shown most of it.
    let step = if workers < 3 { 1 } else { 2 };
    let cases = cases(workers).into_iter().skip(step - 1).step_by(step);
    for (length, bad) in tried(check, cases) {
        let input = input(check, "map", length, &bad);
        let right = part(check, &input, |check| {
            let jobs = Jobs::new(check, length, &bad);
            let results = run_ordered(check, answers, &jobs, || {}, || {});
            judge_ordered(check, &aside, &jobs, results);
        });
        if !right {
            return;
        }
    }
    if workers > 1 {
        // A manager that hands out one task after another begins with this worker.
        let (length, busy) = (4 * workers, 1);
        let input = format!(
            "{}; the check keeps worker {busy} busy with its first task until the others have done nearly all \
             the rest, so that its result comes late",
            input(check, "map", length, &[])
        );
        part(check, &input, |check| {
            let shift = Shift::new(check, &aside, busy, tasks(length));
            let jobs = Jobs::new(check, length, &[]);
            let results = run_ordered(
                check,
                answers,
                &jobs,
                || shift.work(),
                || shift.tell_of_the_return(),
            );
            shift.hear_the_rest();
            shift.judge(check);
            if check.everywhere(check.is_clean()) {
                judge_ordered(check, &aside, &jobs, results);
            }
        });
    }
}

/// Runs the answer. Something of the check's happens whenever this rank works on a task, and when the answer
/// has returned here.
fn run_ordered(
    check: &mut Check,
    answers: &Answers,
    jobs: &Jobs,
    at_work: impl Fn(),
    at_return: impl FnOnce(),
) -> Option<Vec<Result<Done, Panicked>>> {
    // On a rank that is alone it is seen how many tasks are waiting.
    let (tasks, held) = jobs.offered({
        let worked = jobs.worked.clone();
        move || worked.borrow().len()
    });
    let tasks = (check.rank() == 0).then_some(tasks);
    let work = |task| {
        at_work();
        jobs.work(task)
    };
    let (results, _) = check.observe(|world| {
        let results = (answers.map)(world, tasks, &work);
        at_return();
        results
    });
    if check.size() == 1 {
        takes_few(check, held.get());
    }
    results
}

/// Holds the results against what they should be. All ranks must call it.
fn judge_ordered(
    check: &mut Check,
    aside: &Aside,
    jobs: &Jobs,
    results: Option<Vec<Result<Done, Panicked>>>,
) {
    let Some(owners) = jobs.owners(check, aside) else {
        return;
    };
    let length = jobs.tasks.len();
    match (check.rank(), results) {
        (0, Some(results)) if results.len() == length => {
            compare(check, jobs, &owners, results);
        }
        (0, results) => {
            let many = results.map(|results| results.len());
            let why = "rank 0 returns as many results as it has tasks";
            check.holds("the number of its results", many, Some(length), why);
        }
        (_, results) => {
            check.require(results.is_none(), Kind::WrongResult, || {
                String::from("returned results, should return `None`: only rank 0 has them")
            });
        }
    }
}
