//! The check of the pipeline: each task is handed on before the next is asked for, however slowly they
//! come; its workers work at the same time; and the next task goes to any worker that is free.

use super::{Answers, MANY_THREADS, Roll};
use harness::{
    Check, Kind,
    patience::{BRIEF, PATIENT, patiently, watched},
    plural,
};
use std::sync::{
    OnceLock,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

/// More than a `u16` can count.
const TOO_MANY_FOR_16_BITS: usize = 1 << 16;

pub fn channel(check: &mut Check, answers: &Answers) {
    let workers = check.draw(2..8);
    let drawn = [30, 40, 50].map(|least| check.draw(least..4 * least));
    let (crowd, long) = (check.draw(20..40), check.draw(1..1000));
    // How many tasks there are until the producer waits for the work to be done: workers, tasks, and
    // how long nothing comes then.
    for (workers, flows, pause) in [
        (2, &[][..], 0),
        (1, &[1], 0),
        (3, &[1], 0),
        (1, &[5], 0),
        (4, &[2], 0),
        (3, &[20, 7], BRIEF),
        (workers, &drawn, PATIENT),
        (crowd, &[MANY_THREADS], 0),
        (3, &[TOO_MANY_FOR_16_BITS + long], 0),
    ] {
        let count = flows.iter().sum();
        let (factor, summand) = (
            2 * check.draw(1 << 40..1 << 60) + 1,
            check.draw(0..u64::MAX),
        );
        let tasks = check.integers(count);
        let (some, by) = (plural(count, "task"), plural(workers, "worker"));
        check.input(match flows {
            [_, _, ..] => format!("{some}, {by}; there is a pause after {} tasks", flows[0]),
            _ => format!("{some}, {by}"),
        });
        let free = check.draw(0..workers);
        let pipeline = Pipeline::new(&tasks, flows, workers, pause, free);
        let result = |task: u64| task.wrapping_mul(factor).wrapping_add(summand);
        if !pipeline.flows(check, answers, &result) {
            return;
        }
    }
}

/// What the check observes of one pipeline. Its two ends and the work in the middle belong to the check.
struct Pipeline<'a> {
    tasks: &'a [u64],
    workers: usize,
    flows: Vec<Flow>,
    /// The number of rounds without a task between two flows.
    pause: usize,
    /// The flow of the tasks in progress.
    flow: AtomicUsize,
    taken: AtomicUsize,
    begun: AtomicUsize,
    done: AtomicUsize,
    /// The number of waits of the check that have ended.
    waits: AtomicUsize,
    asked_for_the_end: AtomicBool,
    producers: Roll,
    roll: Roll,
    /// What never came, although the check waited for it. After that, the check waits for nothing else.
    complaint: OnceLock<String>,
}

/// Tasks that come one after another. Before and after them, all other tasks are done.
///
/// The first tasks, one for each worker, come one at a time, and are not done before the others are
/// there as well, as far as there is room for them. So each worker begins a second task while there are
/// enough for all, and there it is kept: all but one are busy until the one that is free has done the
/// rest. A task that waits behind another, in the hands of a worker, is never done.
struct Flow {
    begin: usize,
    end: usize,
    arrivals: AtomicUsize,
    /// How many workers have a first task, and a second one.
    first: usize,
    second: usize,
    /// The worker with a second task that is not kept busy.
    free: usize,
}

impl<'a> Pipeline<'a> {
    fn new(tasks: &'a [u64], flows: &[usize], workers: usize, pause: usize, free: usize) -> Self {
        let mut end = 0;
        let flows = flows
            .iter()
            .map(|count| {
                let (begin, first) = (end, workers.min(*count));
                end += count;
                let second = workers.min(count - first);
                Flow {
                    begin,
                    end,
                    arrivals: AtomicUsize::new(0),
                    first,
                    second,
                    free: free % second.max(1),
                }
            })
            .collect();
        Self {
            tasks,
            workers,
            flows,
            pause,
            flow: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            waits: AtomicUsize::new(0),
            asked_for_the_end: AtomicBool::new(false),
            producers: Roll::default(),
            roll: Roll::default(),
            complaint: OnceLock::new(),
        }
    }

    fn flows(
        &self,
        check: &mut Check,
        answers: &Answers,
        result: &(dyn Fn(u64) -> u64 + Sync),
    ) -> bool {
        let mut tasks = std::iter::from_fn(|| self.produce());
        let work = |task| {
            self.work();
            result(task)
        };
        let results = watched(
            || {
                [&self.taken, &self.begun, &self.done, &self.waits]
                    .map(|count| count.load(SeqCst))
                    .iter()
                    .sum()
            },
            || self.standstill(),
            || (answers.channel)(&mut tasks, self.workers, &work),
        );
        let expected: Vec<u64> = self.tasks.iter().map(|task| result(*task)).collect();
        let why = "one result for each task, in the order of the tasks";
        check.returned(results, expected, why) && self.was_shared(check)
    }

    /// Waits for a count, unless an earlier wait has failed.
    fn wait(
        &self,
        rounds: usize,
        wanted: usize,
        so_far: impl Fn() -> usize,
        complaint: impl FnOnce(usize) -> String,
    ) {
        if self.complaint.get().is_none() {
            let reached = patiently(rounds, wanted, || {
                if self.complaint.get().is_some() {
                    return wanted;
                }
                so_far()
            });
            if reached < wanted {
                self.complaint.get_or_init(|| complaint(reached));
            }
            self.waits.fetch_add(1, SeqCst);
        }
    }

    /// Called when the iterator is asked for the next task.
    fn produce(&self) -> Option<u64> {
        self.producers.sign();
        let next = self.taken.load(SeqCst);
        let Some(task) = self.tasks.get(next) else {
            self.asked_for_the_end.store(true, SeqCst);
            return None;
        };
        let flow = self.flows.iter().position(|flow| next < flow.end)?;
        let place = next - self.flows[flow].begin;
        if place == 0 && flow > 0 {
            self.wait(
                PATIENT,
                next,
                || self.done.load(SeqCst),
                |done| {
                    format!(
                        "finished only {done} of {} while the producer waited for the next one: hand each \
                         task on before you ask the iterator for another, which may take a long time, and \
                         let a worker finish its task before it takes another",
                        plural(next, "task")
                    )
                },
            );
            patiently(self.pause, 1, || 0);
            self.flow.store(flow, SeqCst);
        } else if place > 0 && place <= self.flows[flow].first {
            self.wait(
                PATIENT,
                next,
                || self.begun.load(SeqCst),
                |begun| self.was_kept_back(begun),
            );
        }
        self.taken.fetch_add(1, SeqCst);
        Some(*task)
    }

    fn was_kept_back(&self, begun: usize) -> String {
        let busy = begun - self.done.load(SeqCst).min(begun);
        if begun == 0 {
            return "asked for the second task, and no worker began the first one until it came: start the \
                    workers first, hand each task on as soon as it comes, and let a worker finish its \
                    task before it takes another"
                .into();
        }
        format!(
            "had only {busy} of {} at work although there was a task for another one: {}",
            plural(self.workers, "worker"),
            self.why_not_all()
        )
    }

    /// Why some workers are missing, as far as the check can tell.
    fn why_not_all(&self) -> &'static str {
        if self.flow.load(SeqCst) > 0 {
            // Before, they did.
            "does a worker take more than one task at a time, does the producer hold tasks back, or did a \
             worker end during the pause? A worker ends when the channel is closed, not when it is empty"
        } else {
            "are there as many workers as asked for, does one hold the lock on the receiver while it \
             works (`while let` holds it to the end of its body), or does one take more than one task at \
             a time?"
        }
    }

    /// Called by a worker in each call of `work`.
    fn work(&self) {
        self.roll.sign();
        self.begun.fetch_add(1, SeqCst);
        if let Some(flow) = self.flows.get(self.flow.load(SeqCst)) {
            self.keep_busy(flow);
        }
        self.done.fetch_add(1, SeqCst);
    }

    fn keep_busy(&self, flow: &Flow) {
        let arrival = flow.arrivals.fetch_add(1, SeqCst);
        let arrived = || flow.arrivals.load(SeqCst);
        let (first, both) = (flow.first, flow.first + flow.second);
        if arrival < first {
            self.wait(PATIENT, first, arrived, |met| self.met_only(met, first));
            if self.complaint.get().is_none() {
                let count = flow.end - flow.begin;
                let taken = || self.taken.load(SeqCst).saturating_sub(flow.begin);
                // A channel may have less room.
                patiently(BRIEF, count, taken);
                self.waits.fetch_add(1, SeqCst);
            }
        } else if arrival < both {
            self.wait(PATIENT, both, arrived, |met| {
                self.met_only(met - first, flow.second)
            });
            if arrival - first != flow.free {
                let (busy, others) = (flow.second - 1, flow.end - flow.begin - flow.second + 1);
                let done = || self.done.load(SeqCst).saturating_sub(flow.begin);
                self.wait(PATIENT, others, done, |done| {
                    format!(
                        "finished only {done} of {others} other tasks while {} busy with one task each \
                         and one worker was free: a worker takes one task at a time, and only when it is \
                         free",
                        if busy == 1 {
                            String::from("1 worker was")
                        } else {
                            format!("{busy} workers were")
                        }
                    )
                });
            }
        }
    }

    fn met_only(&self, met: usize, expected: usize) -> String {
        format!(
            "had only {met} of {expected} workers at work at the same time, although there was a task for \
             each: {}",
            self.why_not_all()
        )
    }

    fn was_shared(&self, check: &mut Check) -> bool {
        let (begun, count) = (self.begun.load(SeqCst), self.tasks.len());
        let (threads, workers) = (self.roll.threads(), self.workers);
        check.holds(
            "calls",
            begun,
            count,
            "`work` is called once for each task, even if two tasks are equal",
        ) && check.require(self.complaint.get().is_none(), Kind::WrongOperation, || {
            self.complaint.get().cloned().unwrap_or_default()
        }) && check.require(threads <= workers, Kind::WrongOperation, || {
            format!(
                "called `work` in {} instead of {workers}: each worker is one thread, which does one task \
                 after another",
                plural(threads, "thread")
            )
        }) && check.require(self.producers.threads() == 1, Kind::WrongOperation, || {
            format!(
                "took the tasks from the iterator in {} different threads: only one thread is the \
                 producer",
                self.producers.threads()
            )
        }) && check.require(!self.producers.meets(&self.roll), Kind::WrongOperation, || {
            "called `work` in the thread that takes the tasks from the iterator: the producer only hands \
             tasks on, and the workers are other threads"
                .into()
        })
    }

    fn standstill(&self) -> String {
        let [taken, begun, done] =
            [&self.taken, &self.begun, &self.done].map(|count| count.load(SeqCst));
        let count = self.tasks.len();
        let (seen, why) = if !self.asked_for_the_end.load(SeqCst) {
            (
                format!("{taken} of {} taken and {done} done", plural(count, "task")),
                "the producer does not ask for the next task: does it wait for a lock, or for room in a \
                 channel from which no thread receives?",
            )
        } else if done < count {
            (
                format!("all of {} taken, and {begun} begun", plural(count, "task")),
                "no worker works on the rest: does each worker wait for a lock, or for room in a channel \
                 from which no thread receives the results?",
            )
        } else {
            (
                format!("all of {} done", plural(count, "task")),
                "a loop over a receiver ends only when all senders have been dropped, and a full channel \
                 takes a result only when a thread receives one",
            )
        };
        format!("your function makes no progress, with {seen}: {why}")
    }
}
