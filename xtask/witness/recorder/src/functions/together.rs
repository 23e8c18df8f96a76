//! Windows and files (MPI standard 5.0, chapters 12 and 14): made, used and freed by all ranks of a
//! communicator together; what is particular to windows stands in [`windows`](super::windows). Their collectives have an order of their own, as if the communicator had
//! been duplicated for them.

use super::{H, I, P, communicators::alone, objects};
use crate::{
    call::Call,
    counts::{self, Note},
    library::abi,
    log,
    mpi::Sort,
    posted,
    refusals::{self, Raiser},
    tables::{self, Request, next_request},
};
use recording::{
    event::{Definition, Object, What, Window},
    format::Outcome,
    functions::name,
};
use std::{ffi::c_int, sync::atomic::Ordering};

/// A count of the large kind.
type C = i64;

functions! {
    MPI_File_open(comm: H, filename: P, amode: I, info: H, fh: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, comm, Object::File, fh, || None, || unsafe { twin(comm, filename, amode, info, fh) })
    }
    MPI_Win_free(win: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, Object::Window, win, || unsafe { twin(win) })
    }
    MPI_File_close(fh: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, Object::File, fh, || unsafe { twin(fh) })
    }
    MPI_File_iread_all(fh: H, buf: P, count: I, datatype: H, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), Some(request), || unsafe { twin(fh, buf, count, datatype, request) })
    }
    MPI_File_iread_all_c(fh: H, buf: P, count: C, datatype: H, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), Some(request), || unsafe { twin(fh, buf, count, datatype, request) })
    }
    MPI_File_iread_at_all(fh: H, offset: C, buf: P, count: I, datatype: H, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), Some(request), || unsafe { twin(fh, offset, buf, count, datatype, request) })
    }
    MPI_File_iread_at_all_c(fh: H, offset: C, buf: P, count: C, datatype: H, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), Some(request), || unsafe { twin(fh, offset, buf, count, datatype, request) })
    }
    MPI_File_iwrite_all(fh: H, buf: P, count: I, datatype: H, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), Some(request), || unsafe { twin(fh, buf, count, datatype, request) })
    }
    MPI_File_iwrite_all_c(fh: H, buf: P, count: C, datatype: H, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), Some(request), || unsafe { twin(fh, buf, count, datatype, request) })
    }
    MPI_File_iwrite_at_all(fh: H, offset: C, buf: P, count: I, datatype: H, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), Some(request), || unsafe { twin(fh, offset, buf, count, datatype, request) })
    }
    MPI_File_iwrite_at_all_c(fh: H, offset: C, buf: P, count: C, datatype: H, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), Some(request), || unsafe { twin(fh, offset, buf, count, datatype, request) })
    }
    MPI_File_preallocate(fh: H, size: C) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, size) })
    }
    MPI_File_read_all(fh: H, buf: P, count: I, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, buf, count, datatype, status) })
    }
    MPI_File_read_all_begin(fh: H, buf: P, count: I, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, buf, count, datatype) })
    }
    MPI_File_read_all_begin_c(fh: H, buf: P, count: C, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, buf, count, datatype) })
    }
    MPI_File_read_all_c(fh: H, buf: P, count: C, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, buf, count, datatype, status) })
    }
    MPI_File_read_all_end(fh: H, buf: P, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, buf, status) })
    }
    MPI_File_read_at_all(fh: H, offset: C, buf: P, count: I, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, offset, buf, count, datatype, status) })
    }
    MPI_File_read_at_all_begin(fh: H, offset: C, buf: P, count: I, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, offset, buf, count, datatype) })
    }
    MPI_File_read_at_all_begin_c(fh: H, offset: C, buf: P, count: C, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, offset, buf, count, datatype) })
    }
    MPI_File_read_at_all_c(fh: H, offset: C, buf: P, count: C, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, offset, buf, count, datatype, status) })
    }
    MPI_File_read_at_all_end(fh: H, buf: P, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, buf, status) })
    }
    MPI_File_read_ordered(fh: H, buf: P, count: I, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, buf, count, datatype, status) })
    }
    MPI_File_read_ordered_begin(fh: H, buf: P, count: I, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, buf, count, datatype) })
    }
    MPI_File_read_ordered_begin_c(fh: H, buf: P, count: C, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, buf, count, datatype) })
    }
    MPI_File_read_ordered_c(fh: H, buf: P, count: C, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, buf, count, datatype, status) })
    }
    MPI_File_read_ordered_end(fh: H, buf: P, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, buf, status) })
    }
    MPI_File_seek_shared(fh: H, offset: C, whence: I) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, offset, whence) })
    }
    MPI_File_set_atomicity(fh: H, flag: I) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, flag) })
    }
    MPI_File_set_info(fh: H, info: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, info) })
    }
    MPI_File_set_size(fh: H, size: C) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, size) })
    }
    MPI_File_set_view(fh: H, disp: C, etype: H, filetype: H, datarep: P, info: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, disp, etype, filetype, datarep, info) })
    }
    MPI_File_sync(fh: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh) })
    }
    MPI_File_write_all(fh: H, buf: P, count: I, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, buf, count, datatype, status) })
    }
    MPI_File_write_all_begin(fh: H, buf: P, count: I, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, buf, count, datatype) })
    }
    MPI_File_write_all_begin_c(fh: H, buf: P, count: C, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, buf, count, datatype) })
    }
    MPI_File_write_all_c(fh: H, buf: P, count: C, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, buf, count, datatype, status) })
    }
    MPI_File_write_all_end(fh: H, buf: P, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, buf, status) })
    }
    MPI_File_write_at_all(fh: H, offset: C, buf: P, count: I, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, offset, buf, count, datatype, status) })
    }
    MPI_File_write_at_all_begin(fh: H, offset: C, buf: P, count: I, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, offset, buf, count, datatype) })
    }
    MPI_File_write_at_all_begin_c(fh: H, offset: C, buf: P, count: C, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, offset, buf, count, datatype) })
    }
    MPI_File_write_at_all_c(fh: H, offset: C, buf: P, count: C, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, offset, buf, count, datatype, status) })
    }
    MPI_File_write_at_all_end(fh: H, buf: P, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, buf, status) })
    }
    MPI_File_write_ordered(fh: H, buf: P, count: I, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, buf, count, datatype, status) })
    }
    MPI_File_write_ordered_begin(fh: H, buf: P, count: I, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count.into(), datatype), None, || unsafe { twin(fh, buf, count, datatype) })
    }
    MPI_File_write_ordered_begin_c(fh: H, buf: P, count: C, datatype: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, buf, count, datatype) })
    }
    MPI_File_write_ordered_c(fh: H, buf: P, count: C, datatype: H, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        moving(call, fh, (count, datatype), None, || unsafe { twin(fh, buf, count, datatype, status) })
    }
    MPI_File_write_ordered_end(fh: H, buf: P, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::File, fh, None, || unsafe { twin(fh, buf, status) })
    }
    MPI_Win_set_info(win: H, info: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        together(call, Object::Window, win, None, || unsafe { twin(win, info) })
    }
}

pub(super) fn count(call: &Call) {
    if call.is_counted() {
        counts::note(call.function(), Note::default());
    }
}

/// `memory` is what this rank gives to a window, once that is made.
pub(super) fn make(
    mut call: Call,
    comm: H,
    object: Object,
    new: P,
    memory: impl FnOnce() -> Option<Window>,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if !call.is_recorded() {
        count(&call);
        let code = run();
        call.end(code, Outcome::Nothing);
        return code;
    }
    let comm = call.comm(comm);
    if call.is_counted() {
        let processes = comm.as_ref().map(|comm| comm.members.len());
        let note = Note {
            processes,
            ..Note::default()
        };
        counts::note(call.function(), note);
    }
    let what = alone(&mut call, comm.as_deref());
    call.begin(&What::Collective(what, None), 0);
    // All ranks count it, also those where it fails.
    let nth = comm
        .as_ref()
        .map(|comm| comm.children.fetch_add(1, Ordering::Relaxed));
    let code = run();
    let handle = if code == 0 {
        objects::read(object, new)
    } else {
        None
    };
    if let Some(handle) = handle {
        if object == Object::Window {
            posted::stop();
        }
        let raiser = match object {
            Object::Window => Raiser::Window,
            _ => Raiser::File,
        };
        refusals::take_over(raiser, handle);
    }
    let outcome = match (handle, comm, nth) {
        (Some(handle), Some(comm), Some(nth)) => {
            let function = name(call.function()).unwrap_or("");
            let own = tables::with(|tables| {
                let own = tables.announce_duplicate(&comm, nth, function);
                tables.add_shared(object, handle, own.clone());
                own
            });
            if let Some(window) = memory() {
                log::define(&Definition::Window(own.id, window));
            }
            Outcome::Made(own.id.0)
        }
        _ => Outcome::Nothing,
    };
    call.end(code, outcome);
    code
}

fn sort(object: Object) -> Sort {
    match object {
        Object::Window => Sort::Window,
        _ => Sort::File,
    }
}

fn together(
    call: Call,
    object: Object,
    handle: H,
    request: Option<P>,
    run: impl FnOnce() -> c_int,
) -> c_int {
    count(&call);
    go(call, object, handle, request, run)
}

/// The same for a call that writes to a file, or reads from one: so many of a datatype.
fn moving(
    mut call: Call,
    file: H,
    (amount, datatype): (i64, H),
    request: Option<P>,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if call.is_counted() {
        let note = moved(&mut call, amount, datatype);
        counts::note(call.function(), note);
    }
    go(call, Object::File, file, request, run)
}

/// What a call writes to a file, or reads from one, for the counts.
pub(super) fn moved(call: &mut Call, amount: i64, datatype: H) -> Note {
    let element = call.datatype(datatype).map_or(0, |datatype| datatype.size);
    let bytes = amount.max(0).unsigned_abs() * element;
    let writes = name(call.function()).is_some_and(|name| name.contains("write"));
    let (given, got) = if writes { (bytes, 0) } else { (0, bytes) };
    Note {
        given,
        got,
        ..Note::default()
    }
}

fn go(
    mut call: Call,
    object: Object,
    handle: H,
    request: Option<P>,
    run: impl FnOnce() -> c_int,
) -> c_int {
    // Those of files are as wide as an address in every interface.
    let handle = match object {
        Object::Window => abi().handle(handle),
        _ => handle,
    };
    call.check(sort(object), handle);
    let comm = if call.is_recorded() {
        tables::with(|tables| tables.shared(object, handle))
    } else {
        None
    };
    let Some(comm) = comm else {
        call.begin(&What::Other, 0);
        let code = run();
        call.end(code, Outcome::Nothing);
        return code;
    };
    let what = alone(&mut call, Some(&comm));
    let id = request.map(|_| next_request());
    call.begin(&What::Collective(what, id), 0);
    let code = run();
    if let (Some(id), Some(request)) = (id, request)
        && code == 0
        // SAFETY: MPI has written a handle there.
        && let Some(handle) = unsafe { tables::read(request) }
        && handle != abi().request_null
    {
        tables::with(|tables| tables.add_request(handle, Request::new(id)));
    }
    call.end(code, Outcome::Nothing);
    code
}

fn free(mut call: Call, object: Object, old: P, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    let handle = objects::read(object, old);
    if let Some(handle) = handle {
        call.check(sort(object), handle);
    }
    let comm = handle.and_then(|handle| {
        tables::with(|tables| {
            let comm = tables.remove_shared(object, handle)?;
            // Those that no epoch has completed are told of as such.
            for origin in tables.take_origins(comm.id, |_| true) {
                origin.held.release();
            }
            Some(comm)
        })
    });
    let what = match &comm {
        // Below another call it has no place of its own among the collectives.
        Some(comm) if !call.is_recorded() || call.is_nested() => {
            What::Free(object, Some(comm.id.0))
        }
        Some(comm) => What::Collective(alone(&mut call, Some(comm)), None),
        None => What::Free(object, None),
    };
    call.begin(&what, 0);
    let code = run();
    call.end(code, Outcome::Nothing);
    code
}
