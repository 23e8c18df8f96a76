//! Where this process is, when the grader asks because a task takes too long.

use crate::signals;
use std::sync::OnceLock;
use verdict::wire::{Seen, Stack};

static KNOWS: OnceLock<fn() -> Option<Seen>> = OnceLock::new();

/// Names who may know better than the stack of the main thread, such as a library that sees every
/// MPI call.
pub fn ask(who: fn() -> Option<Seen>) {
    // There is one such library, and it says so once.
    let _ = KNOWS.set(who);
}

/// What whoever knows best says.
pub(crate) fn answer() -> Seen {
    KNOWS
        .get()
        .and_then(|locate| locate())
        .unwrap_or_else(|| Seen {
            stack: stack_of_main(),
            ..Seen::default()
        })
}

/// The stack of the main thread, wherever that is, also inside MPI; empty if it does not answer.
pub fn stack_of_main() -> Stack {
    signals::stack_of_main()
}
