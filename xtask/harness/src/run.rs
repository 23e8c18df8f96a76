//! The loop that obeys the grader: run a task, look for what it left behind, end.

use crate::{channel, death, held, listener::Orders, prints, shown, stack, staying, suite::Suite};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use verdict::wire::{LIST, Listing, MistakeListing, Order, Record};

/// Answers what can be answered without running anything, and ends, when the first argument asks
/// for it: what the program can grade, or the lines of return addresses.
pub fn answer_if_asked<C, A: 'static>(suite: &Suite<C, A>) {
    stack::resolve_if_asked();
    if std::env::args().nth(1).as_deref() != Some(LIST) {
        return;
    }
    let listing = Listing {
        tasks: suite
            .tasks
            .iter()
            .map(|task| task.name.to_owned())
            .collect(),
        mistakes: suite
            .mistakes
            .iter()
            .map(|mistake| MistakeListing {
                task: mistake.task.to_owned(),
                name: mistake.name.to_owned(),
                about: mistake.about.to_owned(),
                kind: mistake.kind,
            })
            .collect(),
    };
    println!("{}", serde_json::to_string(&listing).unwrap_or_default());
    std::process::exit(0);
}

/// Runs what the grader orders, until it says that this is the end.
///
/// `begin` makes the context of one task from its seed, the number of ranks that take part, and whether
/// standard sends are left as they are; none if this process does not take part. `inspect` reports what the task left behind once all ranks are done with it,
/// and drops the context.
pub fn serve<C, A: Clone + 'static>(
    suite: &Suite<C, A>,
    orders: Orders,
    mut begin: impl FnMut(u64, Option<u32>, bool) -> Option<C>,
    mut inspect: impl FnMut(Option<C>),
) {
    let mut left: Option<C> = None;
    staying::adopt();
    loop {
        match orders.next() {
            Order::Run {
                task,
                mistake,
                ranks,
                seed,
                shows,
                standard,
            } => {
                let (Some(known), Some(answers)) =
                    (suite.find(&task), suite.table(&task, mistake.as_deref()))
                else {
                    channel::say(&Record::Unknown);
                    continue;
                };
                held::forget();
                prints::begin();
                shown::begin(shows);
                death::begin_task();
                *lock_running() = Some(Running {
                    task: task.clone(),
                    mistake: mistake.clone(),
                    seed,
                    standard,
                    own: Vec::new(),
                });
                left = None;
                let Some(mut context) = begin(seed, ranks, standard) else {
                    channel::say(&Record::Done);
                    continue;
                };
                staying::begin();
                // After a panic that the hook has seen only `todo!()` comes back here; after any other
                // the hook keeps the rank until the grader ends the job.
                let run = catch_unwind(AssertUnwindSafe(|| (known.check)(&mut context, &answers)));
                if let Err(payload) = &run {
                    death::speak_for_the_hook(&**payload);
                }
                left = Some(context);
                prints::end_input();
                if run.is_ok() {
                    if let Some(failure) = staying::left() {
                        // Only the grader can end it, with all the rest.
                        death::last_words(failure);
                    }
                    channel::say(&Record::Done);
                }
            }
            Order::Inspect => {
                inspect(left.take());
                channel::say(&Record::Inspected);
            }
            Order::Locate => {} // answered by the listener
            Order::End => return,
        }
    }
}

/// The first argument of a process that an answer has started.
const WORKER: &str = "--as-worker";

/// Stands for no mistake.
const NONE: &str = "none";

/// What runs now: an answer, or a mistake, with its seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The task.
    pub task: String,
    /// The mistake that stands in for the answer.
    pub mistake: Option<String>,
    /// The seed of its inputs.
    pub seed: u64,
    /// Whether standard sends are left as they are.
    pub standard: bool,
    /// What the check has given to this process beside that.
    pub own: Vec<String>,
}

static RUNNING: Mutex<Option<Running>> = Mutex::new(None);

fn lock_running() -> std::sync::MutexGuard<'static, Option<Running>> {
    RUNNING
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Running {
    /// The arguments of a process that takes part in what runs now: plain words, since they go through
    /// launchers.
    pub fn arguments() -> Vec<String> {
        let running = lock_running().clone();
        let words = running.map(|running| {
            let mistake = running.mistake.unwrap_or_else(|| NONE.into());
            let word = |is: bool| String::from(if is { "standard" } else { "strict" });
            [
                running.task,
                running.seed.to_string(),
                word(running.standard),
                mistake,
            ]
        });
        let words = words.into_iter().flatten();
        [WORKER.to_owned()].into_iter().chain(words).collect()
    }

    /// What this process is to take part in, if it is one that an answer has started.
    pub fn asked() -> Option<Self> {
        let mut arguments = std::env::args().skip(1);
        if arguments.next().as_deref() != Some(WORKER) {
            return None;
        }
        Some(Self {
            task: arguments.next()?,
            seed: arguments.next()?.parse().ok()?,
            standard: arguments.next()? == "standard",
            mistake: arguments.next().filter(|mistake| mistake != NONE),
            own: arguments.collect(),
        })
    }
}

/// Does in a process that an answer has started what the suite says of it.
pub fn work<C, A: Clone + 'static>(suite: &Suite<C, A>, running: &Running, context: &mut C) {
    let known = suite
        .workers
        .iter()
        .find(|known| known.name == running.task);
    let answers = suite.table(&running.task, running.mistake.as_deref());
    let (Some(known), Some(answers)) = (known, answers) else {
        channel::say(&Record::Unknown);
        return;
    };
    let run = catch_unwind(AssertUnwindSafe(|| (known.check)(context, &answers)));
    if let Err(payload) = &run {
        death::speak_for_the_hook(&**payload);
        // It was `todo!()`, which the hook has told. Others may wait for this process: the grader ends it.
        loop {
            std::thread::park();
        }
    }
}

/// Runs the part of a check that is about one of several functions: where that one is `todo!()`, the
/// check goes on with the next. All ranks must run it.
pub fn part<R>(part: impl FnOnce() -> R) -> Option<R> {
    death::in_part(true);
    death::begin_task();
    // Only `todo!()` comes back here, as in `serve`, and what the hook has not seen.
    let result = catch_unwind(AssertUnwindSafe(part));
    if let Err(payload) = &result {
        death::speak_for_the_hook(&**payload);
    }
    death::in_part(false);
    result.ok()
}

/// Says that this rank has completed everything; call it last, after MPI is finalized. What is left is
/// its end, in which destructors run: that it comes, and comes well, is said last.
pub fn finished() {
    death::let_end();
    channel::say(&Record::Finished);
    staying::watch_the_end();
}
