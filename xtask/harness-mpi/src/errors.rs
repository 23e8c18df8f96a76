//! MPI's own errors as verdicts, and the answer to where a rank is.

use harness::{death, identity, locate, stack};
use mpi::ffi;
use verdict::{
    Kind,
    wire::{RankFailure, Seen},
};

/// Reports an error that MPI returned; the rank does not go on, since the `mpi` crate would take the
/// call for done.
pub(crate) fn report(error: witness::Error) {
    let kind = match error.class {
        ffi::MPI_ERR_TRUNCATE => Kind::Truncation,
        ffi::MPI_ERR_RANK
        | ffi::MPI_ERR_TAG
        | ffi::MPI_ERR_COUNT
        | ffi::MPI_ERR_ROOT
        | ffi::MPI_ERR_COMM
        | ffi::MPI_ERR_TYPE
        | ffi::MPI_ERR_OP
        | ffi::MPI_ERR_REQUEST
        | ffi::MPI_ERR_GROUP
        | ffi::MPI_ERR_BUFFER
        | ffi::MPI_ERR_ARG => Kind::InvalidArgument,
        _ => Kind::Crash,
    };
    let what = match error.class {
        ffi::MPI_ERR_TRUNCATE => "the message is longer than the buffer that receives it",
        ffi::MPI_ERR_RANK => "there is no such rank in the communicator",
        ffi::MPI_ERR_TAG => "the tag is out of range",
        ffi::MPI_ERR_COUNT => "the count is negative",
        ffi::MPI_ERR_ROOT => "there is no such root in the communicator",
        _ => "MPI refuses it",
    };
    let who = identity::who();
    let message = format!(
        "{who} got an error from {}: {what} ({})",
        error.function,
        one_line(&error.text)
    );
    death::last_words(RankFailure {
        call: Some(error.function.to_owned()),
        stack: stack::here(),
        ..death::failure(kind, message)
    })
}

/// An implementation's words run over several lines; the first says what happened.
fn one_line(text: &str) -> &str {
    text.lines()
        .next()
        .unwrap_or(text)
        .trim_end_matches([',', ' '])
}

/// Says in which MPI call this rank is; nothing when its answer computes.
pub(crate) fn locate() -> Option<Seen> {
    if !witness::record::is_watching() {
        // The answer has returned: it is the check that waits, for the counts of the other ranks.
        return Some(Seen {
            returned: true,
            ..Seen::default()
        });
    }
    let call = witness::record::in_progress()?;
    Some(Seen {
        returned: false,
        call: Some(call.function.to_owned()),
        peer: call.peer,
        tag: call.tag,
        stack: locate::stack_of_main(),
    })
}
