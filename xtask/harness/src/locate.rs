//! Where this process is, when the grader asks because a task takes too long.

use crate::{place, signals};
use std::sync::OnceLock;
use verdict::wire::Record;

static KNOWS: OnceLock<fn() -> Record> = OnceLock::new();

/// Names who knows better than [`computing`], such as a library that sees every MPI call.
pub fn ask(who: fn() -> Record) {
    // There is one such library, and it says so once.
    let _ = KNOWS.set(who);
}

/// What whoever knows best says.
pub(crate) fn answer() -> Record {
    KNOWS.get().map_or_else(computing, |locate| locate())
}

/// The line of the answers that the main thread is in, wherever that is.
pub fn computing() -> Record {
    Record::Seen {
        call: None,
        peer: None,
        tag: None,
        place: signals::stack_of_main()
            .into_iter()
            .find_map(place::of_address),
    }
}
