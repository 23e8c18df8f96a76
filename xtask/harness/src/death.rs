//! The last words of a rank that panics, exits or crashes.
//!
//! While one rank is dying, the others wait for it inside MPI, and an orderly end would wait for
//! them: a hang. So a dying rank tells the grader what happened and where, and then keeps still until
//! the grader ends the whole job, which takes milliseconds.

use crate::{channel, identity, prints, signals, stack};
use std::{
    any::Any,
    io::Write,
    panic::PanicHookInfo,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use verdict::{
    Kind, Reason,
    wire::{Place, RankFailure, Record},
};

/// Whether the end of this process would come too early.
static ARMED: AtomicBool = AtomicBool::new(false);
/// Whether nothing is left to do but to end.
static MAY_END: AtomicBool = AtomicBool::new(false);
/// Whether the check goes on where this part of it is not written.
static IN_PART: AtomicBool = AtomicBool::new(false);
/// The process that is armed: a child that it forks is not.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Makes panics, `exit` and fatal signals speak before they end anything.
pub fn report_last_words() {
    PROCESS.store(std::process::id(), Ordering::Relaxed);
    ARMED.store(true, Ordering::Release);
    std::panic::set_hook(Box::new(on_panic));
    signals::watch(is_armed, on_exit);
}

/// Puts a panic's text into the student's terms, if it knows it: text, file of the panic.
type Translate = fn(&str, &str) -> Option<Meaning>;

/// What a panic of a library means.
pub struct Meaning {
    /// In the student's terms; it follows "rank 2 of 3 panicked: ".
    pub text: String,
    /// The rule that was broken, if the panic tells.
    pub reason: Option<Reason>,
}

static TRANSLATE: OnceLock<Translate> = OnceLock::new();

/// Names who knows what the panics of a library mean.
pub fn translate_with(who: Translate) {
    // There is one such library, and it says so once.
    let _ = TRANSLATE.set(who);
}

/// Whether from here on `todo!()` ends a part of the check only: see [`crate::part`].
pub(crate) fn in_part(is: bool) {
    IN_PART.store(is, Ordering::Release);
}

/// From here on the process may end, and well.
pub(crate) fn let_end() {
    MAY_END.store(true, Ordering::Release);
}

/// Whether it is this process, not a child that it forked, whose end would come too early.
fn is_armed() -> bool {
    PROCESS.load(Ordering::Relaxed) == std::process::id() && ARMED.load(Ordering::Acquire)
}

/// Sends a failure that this rank does not survive, and keeps still until the grader ends the job.
pub fn last_words(failure: RankFailure) -> ! {
    prints::carry();
    channel::say(&Record::Failed {
        failure,
        fatal: true,
    });
    // The beginning of a line; only now, since another thread may keep standard output to itself.
    let _ = std::io::stdout().flush();
    // The listener ends the process when the grader is gone.
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// The same for what is wrong in a line of the answer, if it is in the answer; else where it is called from.
pub fn last_words_at(failure: RankFailure, file: &str, line: u32) -> ! {
    let file = file.to_owned();
    last_words(RankFailure {
        place: Some(Place { file, line }),
        stack: stack::here(),
        ..failure
    })
}

/// A failure of the current task.
pub fn failure(kind: Kind, message: String) -> RankFailure {
    RankFailure {
        kind,
        reason: None,
        message,
        expected: None,
        actual: None,
        place: None,
        stack: Vec::new(),
        call: None,
    }
}

/// How the panic of a `todo!()` begins.
const TODO: &str = "not yet implemented";
/// The panic of a scope in which a thread has panicked.
const SCOPE: &str = "a scoped thread panicked";
/// Whether a `todo!()` was said to be one since the task began.
static UNWRITTEN: AtomicBool = AtomicBool::new(false);

/// Nothing that an earlier task said concerns the next one.
pub(crate) fn begin_task() {
    UNWRITTEN.store(false, Ordering::Release);
}

/// Reports a panic that came out of a task, and that the hook has not seen: the program has put a hook
/// of its own in its place, or has thrown on with `resume_unwind` what a thread left behind.
pub(crate) fn speak_for_the_hook(payload: &dyn Any) {
    if UNWRITTEN.load(Ordering::Acquire) {
        return;
    }
    let text = match message_of(payload) {
        SCOPE => "a thread of the scope panicked",
        text => text,
    };
    let message = format!("{} panicked: {text}", identity::who());
    last_words(failure(Kind::Panic, message));
}

fn on_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|location| Place {
        file: location.file().to_owned(),
        line: location.line(),
    });
    let text = message_of(info.payload());
    if text.starts_with(TODO) {
        let goes_on = IN_PART.load(Ordering::Acquire);
        channel::say(&Record::NotStarted { place, goes_on });
        UNWRITTEN.store(true, Ordering::Release);
        return;
    }
    // The scope of threads repeats in its own words what the thread itself has said before.
    if text == SCOPE {
        return;
    }
    let meaning = TRANSLATE
        .get()
        .and_then(|translate| translate(text, &place.as_ref()?.file));
    let reason = meaning.as_ref().and_then(|meaning| meaning.reason);
    let text = meaning.as_ref().map_or(text, |meaning| &meaning.text);
    last_words(RankFailure {
        reason,
        // The line where the panic stands may be the library's; then the stack tells the answer's.
        place,
        stack: stack::here(),
        ..failure(Kind::Panic, format!("{} panicked: {text}", identity::who()))
    })
}

fn message_of(payload: &dyn Any) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(a value that is not text)")
}

/// Called by the C library on every way out but a signal, when the destructors of the main thread have
/// run, and the exit functions that were set after this one.
fn on_exit(status: i32) {
    if !is_armed() {
        return;
    }
    let who = identity::who();
    let message = match (MAY_END.load(Ordering::Acquire), status) {
        (true, 0) => {
            ARMED.store(false, Ordering::Release);
            return channel::say(&Record::Ended);
        }
        (true, status) => {
            format!("{who} exited with status {status} after its function had returned")
        }
        (false, _) => format!("{who} called `exit` before the task had returned"),
    };
    last_words(RankFailure {
        stack: stack::here(),
        ..failure(Kind::Crash, message)
    });
}
