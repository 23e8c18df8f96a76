//! The check of the pipeline: it streams, its workers work at the same time, and the next task goes to
//! whoever is free.

use super::{Answers, Roll, all_met};
use harness::{
    Check, Kind,
    patience::{Meeting, PATIENT, patiently, watched},
    plural,
};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

pub fn channel(check: &mut Check, answers: &Answers) {
    let drawn = (check.draw(30..200), check.draw(2..8));
    for (count, workers) in [(0, 2), (1, 1), (5, 1), (2, 4), (20, 3), drawn] {
        let first = check.draw(1000..1_000_000);
        let factor = check.draw(3..99);
        let (tasks, by) = (plural(count, "task"), plural(workers, "worker"));
        check.input(format!("{tasks}, {by}"));
        let pipeline = Pipeline::new(first, count, workers);
        if !pipeline.flows(check, answers, &|task| task * factor) {
            return;
        }
    }
}

/// What the check sees of one pipeline: its two ends are the check's, and the work in the middle.
struct Pipeline {
    /// The first task; the others follow.
    first: u64,
    count: usize,
    workers: usize,
    /// The first task of each worker, as far as there are enough.
    meeting: Meeting,
    roll: Roll,
    taken: AtomicUsize,
    begun: AtomicUsize,
    done: AtomicUsize,
    /// How many tasks had begun when the second was produced.
    early: AtomicUsize,
    /// How many others were done before the first was.
    meanwhile: AtomicUsize,
}

impl Pipeline {
    fn new(first: u64, count: usize, workers: usize) -> Self {
        Self {
            first,
            count,
            workers,
            meeting: Meeting::of(workers.min(count)),
            roll: Roll::default(),
            taken: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            early: AtomicUsize::new(1),
            meanwhile: AtomicUsize::new(count.saturating_sub(1)),
        }
    }

    fn flows(
        &self,
        check: &mut Check,
        answers: &Answers,
        result: &(dyn Fn(u64) -> u64 + Sync),
    ) -> bool {
        let mut tasks = (self.first..)
            .take(self.count)
            .inspect(|task| self.produce(*task));
        let work = |task| {
            self.work(task);
            result(task)
        };
        let results = watched(
            || {
                [&self.taken, &self.begun, &self.done]
                    .map(|count| count.load(SeqCst))
                    .iter()
                    .sum()
            },
            || self.standstill(),
            || (answers.channel)(&mut tasks, self.workers, &work),
        );
        let expected: Vec<u64> = (self.first..).take(self.count).map(result).collect();
        let why = "one result for each task, in the order of the tasks";
        check.returned(results, expected, why) && self.was_shared(check)
    }

    /// The second task is not there before somebody works on the first.
    fn produce(&self, task: u64) {
        self.taken.fetch_add(1, SeqCst);
        if task == self.first + 1 {
            let early = patiently(PATIENT, 1, || self.begun.load(SeqCst));
            self.early.store(early, SeqCst);
        }
    }

    /// Whoever has the first task is busy with it until the others have done everything else.
    fn work(&self, task: u64) {
        self.roll.sign();
        self.begun.fetch_add(1, SeqCst);
        self.meeting.enter();
        if task == self.first && self.workers > 1 && self.meeting.met() > 1 {
            let others = self.count - 1;
            let meanwhile = patiently(PATIENT, others, || self.done.load(SeqCst));
            self.meanwhile.store(meanwhile, SeqCst);
        }
        self.done.fetch_add(1, SeqCst);
    }

    fn was_shared(&self, check: &mut Check) -> bool {
        let (others, meanwhile) = (self.count.saturating_sub(1), self.meanwhile.load(SeqCst));
        check.require(self.early.load(SeqCst) > 0, Kind::WrongOperation, || {
            "asked for the second task before anybody worked on the first, and nobody would have: \
             start the workers first, and hand on each task as it comes"
                .into()
        }) && all_met(
            check,
            self.meeting.met(),
            self.workers.min(self.count),
            "workers at work",
            "does one keep the lock on the receiver while it works? `while let` holds it to the end",
        ) && check.require(meanwhile == others, Kind::WrongOperation, || {
            format!(
                "did only {meanwhile} of {others} other tasks while one worker was busy with its \
                 first: the next task goes to whoever is free"
            )
        }) && check.require(
            self.roll.threads() <= self.workers,
            Kind::WrongOperation,
            || {
                let (threads, workers) = (self.roll.threads(), self.workers);
                format!(
                    "worked with {} in place of {workers}: a worker does many tasks",
                    plural(threads, "thread")
                )
            },
        )
    }

    fn standstill(&self) -> String {
        let (done, taken) = (self.done.load(SeqCst), self.taken.load(SeqCst));
        format!(
            "the program stands still with {done} of {} tasks done and {taken} produced: a receiver \
             waits as long as there is a sender, and somebody has kept one",
            self.count
        )
    }
}
