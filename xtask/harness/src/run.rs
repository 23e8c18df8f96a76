//! The loop that obeys the grader: run a task, look for what it left behind, end.

use crate::{channel, death, held, listener::Orders, prints, shown, stack, staying, suite::Suite};
use std::panic::{AssertUnwindSafe, catch_unwind};
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
