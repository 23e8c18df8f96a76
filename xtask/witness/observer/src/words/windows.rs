//! What is said of one-sided communication: of its epochs, and of what meets in memory.

use super::ranks;
use crate::names::Names;
use reasoning::{Call, Clash, EpochFault};
use recording::event::{CommId, Rank};
use verdict::plural;

/// How long the buffer of an operation is not the program's own.
pub(super) const UNTIL: &str =
    "The buffer of a one-sided call belongs to MPI until its epoch ends, or a flush.";

/// What is wrong with an epoch; and what helps to understand it.
pub(super) fn epoch(
    fault: EpochFault,
    window: CommId,
    calls: &[Call],
    names: Names<'_>,
) -> (String, Option<String>) {
    let comm = Some(window);
    let on = names.on(comm);
    let function = |nth: usize| calls.get(nth).map_or("MPI", |call| call.function);
    let (first, other) = (function(0), function(1));
    let me = names.rank(comm, calls.first().map_or(0, |call| call.rank));
    let mut note = None;
    let message = match fault {
        EpochFault::Outside => {
            note = Some(if calls.len() > 1 {
                String::from(
                    "The last fence was called with MPI_MODE_NOSUCCEED: no operation may follow it.",
                )
            } else {
                String::from(
                    "An epoch begins with MPI_Win_fence, MPI_Win_start, MPI_Win_lock or \
                     MPI_Win_lock_all.",
                )
            });
            format!("{me} calls {first}{on} outside of an epoch")
        }
        EpochFault::NotStarted(target) => format!(
            "{me} calls {first}{on} for the memory of {}, which is not in the group that it gave to \
             {other}",
            names.rank(comm, target)
        ),
        EpochFault::NotLocked(target) => format!(
            "{me} calls {first}{on} for the memory of {}, which it has not locked: it has locked that \
             of another rank",
            names.rank(comm, target)
        ),
        EpochFault::AlreadyOpen => {
            format!("{me} calls {first}{on} while the epoch that {other} began is still open")
        }
        EpochFault::NothingOpen => format!(
            "{me} calls {first}{on} without an epoch that it could end or complete: {} is missing",
            opener(first)
        ),
        EpochFault::NeverClosed => format!(
            "{me} never ends the epoch that {first} began{on}: {} is missing before {other}",
            closer(first)
        ),
        EpochFault::NeverFenced => format!(
            "{me} calls {first}{on} after its last fence: another MPI_Win_fence must complete it \
             before {other}"
        ),
        EpochFault::Promised => format!(
            "{me} calls {first} with MPI_MODE_NOPRECEDE{on}, although it has called {other} since the \
             fence before"
        ),
    };
    (message, note)
}

fn opener(function: &str) -> &'static str {
    match function {
        "MPI_Win_unlock" => "MPI_Win_lock",
        "MPI_Win_unlock_all" => "MPI_Win_lock_all",
        "MPI_Win_complete" => "MPI_Win_start",
        "MPI_Win_wait" | "MPI_Win_test" => "MPI_Win_post",
        _ => "MPI_Win_lock or MPI_Win_lock_all",
    }
}

fn closer(function: &str) -> &'static str {
    match function {
        "MPI_Win_lock" => "MPI_Win_unlock",
        "MPI_Win_lock_all" => "MPI_Win_unlock_all",
        "MPI_Win_start" => "MPI_Win_complete",
        "MPI_Win_post" => "MPI_Win_wait",
        _ => "the call that ends it",
    }
}

/// Two accesses to one place in a window.
pub(super) fn race(
    (window, target, bytes): (CommId, Rank, u64),
    clash: Clash,
    who: &[Rank],
    calls: &[Call],
    names: Names<'_>,
) -> String {
    let comm = Some(window);
    let on = names.on(comm);
    let place = format!(
        "the same {} in the memory of {}",
        plural(bytes, "byte"),
        names.rank(comm, target)
    );
    let [one, other] = calls else {
        return format!("{} touch {place}{on}", names.ranks(comm, who));
    };
    let does = |call: &Call| format!("{} by {}", names.rank(comm, call.rank), call.function);
    let how = if one.rank == other.rank && one.function == other.function {
        format!(
            "{} touches {place} twice by {}",
            names.rank(comm, one.rank),
            one.function
        )
    } else if one.rank == other.rank {
        format!(
            "{} touches {place} by {} and by {}",
            names.rank(comm, one.rank),
            one.function,
            other.function
        )
    } else if one.function == other.function {
        format!(
            "{} touch {place} by {}",
            ranks_of(comm, who, names),
            one.function
        )
    } else {
        format!("{} and {} touch {place}", does(one), does(other))
    };
    let why = match clash {
        Clash::Overlap => "and nothing orders the two",
        Clash::Operations => {
            "with different operations: accumulates that nothing orders must use the same one"
        }
        Clash::Types(..) => {
            "as different types: accumulates that nothing orders must use the same one"
        }
    };
    format!("{how}{on}, {why}")
}

/// An operation beyond the end of its target's memory, or before its beginning.
pub(super) fn beyond(
    window: CommId,
    target: &str,
    (from, bytes, size): (i128, u64, u64),
    calls: &[Call],
    names: Names<'_>,
) -> String {
    let comm = Some(window);
    let (me, function) = calls
        .first()
        .map_or((0, "MPI"), |call| (call.rank, call.function));
    let place = match bytes {
        1 => format!("byte {from}"),
        _ => format!("bytes {from} to {}", from + i128::from(bytes) - 1),
    };
    format!(
        "{} touches {place} of the memory of {target} by {function}{}, and only {} belong to the window",
        names.rank(comm, me),
        names.on(comm),
        match size {
            0 => String::from("no bytes"),
            1 => String::from("byte 0"),
            _ => format!("bytes 0 to {}", size - 1),
        }
    )
}

fn ranks_of(comm: Option<CommId>, who: &[Rank], names: Names<'_>) -> String {
    match who {
        [] => ranks(who),
        _ => names.ranks(comm, who),
    }
}

/// The buffer of an operation that was handed to MPI for something else too.
pub(super) fn origin(bytes: u64, calls: &[Call]) -> String {
    let bytes = plural(bytes, "byte");
    match calls {
        [later, earlier, ..] => format!(
            "rank {} gives {bytes} of memory to {} that {} is still {}",
            later.rank,
            later.function,
            earlier.function,
            use_of(earlier.function)
        ),
        [one] => format!(
            "rank {} gives {bytes} of memory to {} for two things at once",
            one.rank, one.function
        ),
        [] => format!("{bytes} of memory are used for two things at once"),
    }
}

fn use_of(function: &str) -> &'static str {
    match function.trim_end_matches("_c") {
        "MPI_Get" | "MPI_Rget" => "filling",
        "MPI_Put" | "MPI_Rput" | "MPI_Accumulate" | "MPI_Raccumulate" => "reading",
        _ => "using",
    }
}
