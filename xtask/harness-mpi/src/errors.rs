//! MPI's own errors as verdicts, and the answer to where a rank is.

use crate::traffic::is_collective;
use harness::{
    death::{self, Meaning},
    identity, locate, stack,
};
use mpi::ffi;
use verdict::{
    Kind, Reason,
    wire::{RankFailure, Seen},
};

/// Reports an error that MPI returned; the rank does not go on, since the `mpi` crate would take the
/// call for done.
pub(crate) fn report(error: recorder::Error) {
    // These an answer gets as a `Result` from `mpi-extra`, and does with them what its task says.
    let is_told = error.function.starts_with("MPI_File_")
        || matches!(
            error.function,
            "MPI_Open_port" | "MPI_Comm_accept" | "MPI_Comm_connect"
        );
    if is_told {
        return;
    }
    let kind = kind(&error);
    let what = match error.class {
        _ if amounts_differ(&error) => {
            "the ranks do not agree on how much data is moved, so it does not fit the buffer that \
             receives it"
        }
        ffi::MPI_ERR_TRUNCATE => "the message is longer than the buffer that receives it",
        ffi::MPI_ERR_RANK => "there is no such rank in the communicator",
        ffi::MPI_ERR_TAG => "the tag is out of range",
        ffi::MPI_ERR_COUNT => "the count is negative",
        ffi::MPI_ERR_ROOT => "there is no such root in the communicator",
        _ => "MPI refused the call",
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

/// What sort of trouble an error is.
fn kind(error: &recorder::Error) -> Kind {
    match error.class {
        _ if amounts_differ(error) => Kind::CollectiveMismatch,
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
    }
}

/// Reports that the answer ends the job. MPI is not entered: it would end some ranks before their
/// records arrive, and its launcher would print a page about it.
pub(crate) fn aborted(code: i32) {
    let message = format!(
        "{} ended the job with MPI_Abort, code {code}",
        identity::who()
    );
    death::last_words(RankFailure {
        call: Some("MPI_Abort".to_owned()),
        stack: stack::here(),
        ..death::failure(Kind::Crash, message)
    })
}

/// Whether ranks of a collective named different amounts. The implementations have no error class
/// of their own for it: MPICH has "other" and "in status", with the reason in the text, and Open MPI
/// that of a message which is too long.
fn amounts_differ(error: &recorder::Error) -> bool {
    let reasons = ["truncated", "do not match", "MPI_ERROR field"];
    // With an amount for each rank it is one message that does not fit, as between two ranks.
    let each = error.class == ffi::MPI_ERR_TRUNCATE && has_amount_for_each_rank(error.function);
    is_collective(error.function)
        && !each
        && reasons.iter().any(|reason| error.text.contains(reason))
}

/// Whether it is the v-variant of a collective, or a w-variant.
fn has_amount_for_each_rank(function: &str) -> bool {
    let name = function.strip_suffix("_c").unwrap_or(function);
    let name = name.strip_suffix("_init").unwrap_or(name);
    name.ends_with(['v', 'w'])
}

/// An implementation's words run over several lines; the first says what happened.
fn one_line(text: &str) -> &str {
    let first = text.lines().next().unwrap_or(text);
    first.split(", error stack").next().unwrap_or(first).trim()
}

/// What a panic inside the `mpi` crate means in the student's terms: it checks arguments by
/// assertions, whose texts speak of its own variables.
pub(crate) fn translate(text: &str, file: &str) -> Option<Meaning> {
    if !file.contains("/mpi-0") {
        return None;
    }
    let is_of_collectives = file.ends_with("collective.rs");
    let (meaning, reason) = if text.contains("r < self.target_size()") {
        (
            "there is no such rank: the ranks of a communicator go from 0 to its size minus one",
            None,
        )
    } else if text.contains("`left != right` failed") && is_of_collectives {
        (
            "the root called the method that is for all other ranks: the name of the root's method ends \
             with `_root`",
            Some(Reason::RootsMethod),
        )
    } else if text.contains("`left == right` failed") && is_of_collectives {
        (
            "this rank called a method that only the root may call (its name ends with `_root`), or the \
             lengths of the two buffers do not match",
            Some(Reason::RootsMethod),
        )
    } else if text.contains("request was dropped without being completed") {
        (
            "a request went out of scope before it was complete: call `.wait()` on every request, \
             or `wait_all` on a collection of them, even on the way out by `return` or `?`",
            Some(Reason::RequestDropped),
        )
    } else if text.contains("message dropped without receiving") {
        (
            "a matched probe took a message that was never received: call `matched_receive` on it, or a \
             method like it",
            None,
        )
    } else if text.contains("could not cast c_int to usize") && file.ends_with("request.rs") {
        (
            "`wait_any` of the crate `mpi` 0.8 fails once all requests are complete, and `wait_some` and \
             `test_some` read their statuses from the wrong places, which are bugs in the crate and not your \
             mistake: call `wait_any` once for each request, or `wait_all`",
            None,
        )
    } else {
        return None;
    };
    let said = text.lines().next().unwrap_or(text);
    Some(Meaning {
        text: format!("{meaning} (the `mpi` crate says: {said})"),
        reason,
    })
}

/// Says in which MPI call this rank is; nothing when its answer computes.
pub(crate) fn locate() -> Option<Seen> {
    if recorder::is_aside() {
        // The answer has returned: it is the check that waits, for the counts of the other ranks.
        return Some(Seen {
            returned: true,
            ..Seen::default()
        });
    }
    let call = recorder::in_progress()?;
    Some(Seen {
        returned: false,
        call: Some(call.function.to_owned()),
        peer: call.peer,
        tag: call.tag,
        stack: locate::stack_of_main(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collective_with_different_amounts_is_told_from_another_error() {
        let error = |function, text: &str| recorder::Error {
            function,
            class: ffi::MPI_ERR_OTHER,
            text: text.into(),
        };
        let text = "Other MPI error, error stack:\nMessage truncated; 64 bytes received but buffer size is 16";
        assert!(amounts_differ(&error("MPI_Bcast", text)));
        assert!(!amounts_differ(&error("MPI_Recv", text)));
        assert!(!amounts_differ(&error(
            "MPI_Bcast",
            "Other MPI error, error stack:\nno memory"
        )));
        assert_eq!(one_line(text), "Other MPI error");

        let truncated = |function| recorder::Error {
            class: ffi::MPI_ERR_TRUNCATE,
            ..error(function, "MPI_ERR_TRUNCATE: message truncated")
        };
        assert_eq!(kind(&truncated("MPI_Gather")), Kind::CollectiveMismatch);
        assert_eq!(kind(&truncated("MPI_Recv")), Kind::Truncation);
        assert_eq!(kind(&truncated("MPI_Scatterv")), Kind::Truncation);
        assert_eq!(kind(&truncated("MPI_Gatherv_init_c")), Kind::Truncation);
    }

    #[test]
    fn assertions_of_the_crate_are_put_into_the_students_terms() {
        let file = "/home/ann/.cargo/registry/src/index/mpi-0.8.2/src/topology/mod.rs";
        let text = "assertion failed: 0 <= r && r < self.target_size()";
        let translated = |text, file| translate(text, file).map(|meaning| meaning.text);
        insta::assert_snapshot!(
            translated(text, file).unwrap(),
            @"there is no such rank: the ranks of a communicator go from 0 to its size minus one (the `mpi` crate says: assertion failed: 0 <= r && r < self.target_size())"
        );
        assert_eq!(
            translated(text, "exercises/05-collectives/src/lib.rs"),
            None
        );
        assert_eq!(translated("boom", file), None);
        let requests = "/home/ann/.cargo/registry/src/index/mpi-0.8.2/src/request.rs";
        insta::assert_snapshot!(
            translated("request was dropped without being completed", requests).unwrap(),
            @"a request went out of scope before it was complete: call `.wait()` on every request, or `wait_all` on a collection of them, even on the way out by `return` or `?` (the `mpi` crate says: request was dropped without being completed)"
        );
        insta::assert_snapshot!(
            translated("could not cast c_int to usize: TryFromIntError(())", requests).unwrap(),
            @"`wait_any` of the crate `mpi` 0.8 fails once all requests are complete, and `wait_some` and `test_some` read their statuses from the wrong places, which are bugs in the crate and not your mistake: call `wait_any` once for each request, or `wait_all` (the `mpi` crate says: could not cast c_int to usize: TryFromIntError(()))"
        );
        let collective = "/home/ann/.cargo/registry/src/index/mpi-0.8.2/src/collective.rs";
        let unequal = "assertion `left == right` failed\n  left: 1\n right: 0";
        let meaning = translate(unequal, collective).unwrap();
        assert_eq!(meaning.reason, Some(Reason::RootsMethod));
        insta::assert_snapshot!(meaning.text, @"this rank called a method that only the root may call (its name ends with `_root`), or the lengths of the two buffers do not match (the `mpi` crate says: assertion `left == right` failed)");
    }
}
