//! What a run shows to somebody who looks at it, beside the verdict: every input as soon as it is named,
//! and every value that a check holds against another. A check that nobody looks at tells neither.

use crate::{channel, compare, prints};
use std::{
    fmt::Debug,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};
use verdict::wire::Record;

static IS_ON: AtomicBool = AtomicBool::new(false);
static CALLS: OnceLock<fn() -> u64> = OnceLock::new();

/// Names who knows how many calls of MPI this rank has begun.
pub fn count_by(calls: fn() -> u64) {
    // There is one library that counts them, and it says so once.
    let _ = CALLS.set(calls);
}

/// A task begins; whether somebody looks at it.
pub(crate) fn begin(is_on: bool) {
    IS_ON.store(is_on, Ordering::Release);
    channel::send_inputs_at_once(is_on);
}

fn is_on() -> bool {
    IS_ON.load(Ordering::Acquire)
}

/// How many calls this rank has begun; 0 where nobody looks or nobody knows.
pub(crate) fn calls() -> u64 {
    let calls = CALLS.get().filter(|_| is_on());
    calls.map_or(0, |calls| calls())
}

/// Tells a value of this rank's: `is` stands in a sentence after the words for the rank, such as ` returned`.
pub(crate) fn value(is: &str, value: &impl Debug) {
    if is_on() {
        channel::say(&Record::Value {
            number: prints::input(),
            text: format!("{is} {}", compare::short(&format!("{value:?}"))),
        });
    }
}
