//! The buffers that the program attaches for buffered sends (MPI standard 5.0, section 3.6): they belong to MPI
//! until they are detached, and each message needs room there.

// The same text is for both widths of counts, of which only one is converted.
#![allow(clippy::useless_conversion)]

use super::{H, P};
use crate::{
    call::Call,
    counts::{self, Note},
    heap::Held,
    library::abi,
    mpi::Sort,
    tables::{self, Attached},
};
use recording::{
    event::{Argument, Gone, What},
    format::Outcome,
};
use std::ffi::c_int;

both! {
    MPI_Buffer_attach, MPI_Buffer_attach_c(buffer: P, size: N) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        attach(call, None, buffer, size.into(), || unsafe { twin(buffer, size) })
    }
    MPI_Comm_attach_buffer, MPI_Comm_attach_buffer_c(comm: H, buffer: P, size: N) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        attach(call, Some(comm), buffer, size.into(), || unsafe { twin(comm, buffer, size) })
    }
    MPI_Buffer_detach, MPI_Buffer_detach_c(buffer_addr: P, size: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        detach(call, None, || unsafe { twin(buffer_addr, size) })
    }
    MPI_Comm_detach_buffer, MPI_Comm_detach_buffer_c(comm: H, buffer_addr: P, size: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        detach(call, Some(comm), || unsafe { twin(comm, buffer_addr, size) })
    }
}

/// Under which handle a buffer is kept; that of the whole process under none.
fn key(call: &mut Call, comm: Option<H>) -> Option<H> {
    let comm = comm?;
    call.check(Sort::Communicator, comm);
    Some(abi().handle(comm))
}

fn attach(
    mut call: Call,
    comm: Option<H>,
    buffer: P,
    size: i64,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if call.is_counted() {
        counts::note(call.function(), Note::default());
    }
    let key = key(&mut call, comm);
    call.begin(&What::Other, 0);
    let code = run();
    // `MPI_BUFFER_AUTOMATIC` is an address where no program has memory: MPI makes the room itself.
    let is_memory = !crate::call::is_nowhere_near(buffer as usize);
    if code == 0 && call.is_recorded() && is_memory {
        let attached = Attached {
            at: buffer as usize,
            size: size.max(0).unsigned_abs(),
            held: Held::new(buffer as usize),
        };
        tables::with(|tables| tables.attach(key, attached));
    }
    call.end(code, Outcome::Nothing);
    code
}

fn detach(mut call: Call, comm: Option<H>, run: impl FnOnce() -> c_int) -> c_int {
    if call.is_counted() {
        counts::note(call.function(), Note::default());
    }
    let key = key(&mut call, comm);
    if call.is_recorded()
        && let Some(attached) = tables::with(|tables| tables.detach(key))
    {
        let gone = call.gone(attached.at, attached.held);
        complain(&mut call, gone);
    }
    call.begin(&What::Other, 0);
    let code = run();
    call.end(code, Outcome::Nothing);
    code
}

fn complain(call: &mut Call, gone: Option<Gone>) {
    let value = match gone {
        None => return,
        Some(Gone::Freed) => 1,
        Some(Gone::Returned) => 2,
    };
    call.wrong(Argument::Attached, value, None);
}

/// Looks whether the buffer is there, and has room for a message of so many bytes on this communicator. Of one
/// that was not seen attached nothing is known.
pub(super) fn check(call: &mut Call, comm: H, bytes: u64) {
    let comm = abi().handle(comm);
    let attached = tables::with(|tables| tables.attached(Some(comm)).or(tables.attached(None)));
    let Some(attached) = attached else { return };
    check_there(call, attached);
    let needed = bytes.saturating_add(abi().bsend_overhead);
    if needed > attached.size {
        let size = i64::try_from(attached.size).unwrap_or(i64::MAX);
        call.wrong(
            Argument::Room,
            i64::try_from(needed).unwrap_or(i64::MAX),
            Some(size),
        );
    }
}

/// Looks whether the buffers are there that were not detached: MPI sends what they hold before it is finalized.
pub(super) fn check_all(call: &mut Call) {
    for attached in tables::with(|tables| tables.all_attached()) {
        check_there(call, attached);
    }
}

fn check_there(call: &mut Call, attached: Attached) {
    let gone = if call.is_gone(attached.at) {
        Some(Gone::Returned)
    } else {
        attached.held.is_freed().then_some(Gone::Freed)
    };
    complain(call, gone);
}
