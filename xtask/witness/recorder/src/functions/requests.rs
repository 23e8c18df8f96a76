//! Waits, tests, starts, cancels (MPI standard 5.0, sections 3.7 to 3.9).

use super::{H, I, P, buffering, by_looks, windows::broken};
use crate::{
    abi::Handle,
    call::{Call, read_status},
    counts::{self, Note},
    library::abi,
    mpi::{self, Sort, mpi},
    tables::{self, Origin, Request, Tables, Watched},
};
use recording::{
    event::{Argument, How, Part, What},
    format::{MOST_POSITIONS, Outcome, Status},
};
use std::{ffi::c_int, ptr, slice};

/// The arguments of a wait or test.
#[derive(Clone, Copy, Debug)]
struct Asked {
    how: How,
    /// How many requests, and where.
    count: I,
    requests: P,
    /// Where MPI says whether it found anything; null if it waits.
    flag: P,
    /// Where it says which, if it is one of several.
    index: P,
    /// Where it says how many, and which, if there may be several.
    indices: Option<(P, P)>,
    statuses: P,
}

const NONE: P = ptr::null_mut();

functions! {
    MPI_Wait(request: P, status: P) |call, twin| {
        let asked = Asked { how: How::All, count: 1, requests: request, flag: NONE, index: NONE, indices: None, statuses: status };
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        complete(call, asked, |status, _| unsafe { twin(request, status) })
    }
    MPI_Waitall(count: I, array_of_requests: P, array_of_statuses: P) |call, twin| {
        let asked = Asked { how: How::All, count, requests: array_of_requests, flag: NONE, index: NONE, indices: None, statuses: array_of_statuses };
        // SAFETY: the arguments are handed on as they came, but for statuses of our own.
        complete(call, asked, |statuses, _| unsafe { twin(count, array_of_requests, statuses) })
    }
    MPI_Waitany(count: I, array_of_requests: P, indx: P, status: P) |call, twin| {
        let asked = Asked { how: How::Any, count, requests: array_of_requests, flag: NONE, index: indx, indices: None, statuses: status };
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        complete(call, asked, |status, right| unsafe {
            match right {
                true => by_looks(|flag| {
                    mpi!(PMPI_Testany(count => I, array_of_requests => P, indx => P, flag => P, status => P))
                }),
                false => twin(count, array_of_requests, indx, status),
            }
        })
    }
    MPI_Waitsome(incount: I, array_of_requests: P, outcount: P, array_of_indices: P, array_of_statuses: P) |call, twin| {
        let asked = Asked { how: How::Some, count: incount, requests: array_of_requests, flag: NONE, index: NONE, indices: Some((outcount, array_of_indices)), statuses: array_of_statuses };
        // SAFETY: the arguments are handed on as they came, but for statuses of our own; the number of those that
        // are complete is also what says whether any is.
        complete(call, asked, |statuses, right| unsafe {
            match right {
                true => by_looks(|found| {
                    let code = mpi!(PMPI_Testsome(
                        incount => I,
                        array_of_requests => P,
                        outcount => P,
                        array_of_indices => P,
                        statuses => P,
                    ));
                    found.cast::<c_int>().write(integer(outcount));
                    code
                }),
                false => twin(incount, array_of_requests, outcount, array_of_indices, statuses),
            }
        })
    }
    MPI_Test(request: P, flag: P, status: P) |call, twin| {
        let asked = Asked { how: How::All, count: 1, requests: request, flag, index: NONE, indices: None, statuses: status };
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        complete(call, asked, |status, _| unsafe { twin(request, flag, status) })
    }
    MPI_Testall(count: I, array_of_requests: P, flag: P, array_of_statuses: P) |call, twin| {
        let asked = Asked { how: How::All, count, requests: array_of_requests, flag, index: NONE, indices: None, statuses: array_of_statuses };
        // SAFETY: the arguments are handed on as they came, but for statuses of our own.
        complete(call, asked, |statuses, _| unsafe { twin(count, array_of_requests, flag, statuses) })
    }
    MPI_Testany(count: I, array_of_requests: P, indx: P, flag: P, status: P) |call, twin| {
        let asked = Asked { how: How::Any, count, requests: array_of_requests, flag, index: indx, indices: None, statuses: status };
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        complete(call, asked, |status, _| unsafe { twin(count, array_of_requests, indx, flag, status) })
    }
    MPI_Testsome(incount: I, array_of_requests: P, outcount: P, array_of_indices: P, array_of_statuses: P) |call, twin| {
        let asked = Asked { how: How::Some, count: incount, requests: array_of_requests, flag: outcount, index: NONE, indices: Some((outcount, array_of_indices)), statuses: array_of_statuses };
        // SAFETY: the arguments are handed on as they came, but for statuses of our own.
        complete(call, asked, |statuses, _| unsafe { twin(incount, array_of_requests, outcount, array_of_indices, statuses) })
    }
    MPI_Request_get_status(request: H, flag: P, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        look_at(call, request, 0, flag, Tables::leave_request, || unsafe { twin(request, flag, status) })
    }
    MPI_Request_get_status_all(count: I, array_of_requests: P, flag: P, array_of_statuses: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        look_at_several(call, count, array_of_requests, || unsafe { twin(count, array_of_requests, flag, array_of_statuses) })
    }
    MPI_Request_get_status_any(count: I, array_of_requests: P, indx: P, flag: P, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        look_at_several(call, count, array_of_requests, || unsafe { twin(count, array_of_requests, indx, flag, status) })
    }
    MPI_Request_get_status_some(incount: I, array_of_requests: P, outcount: P, array_of_indices: P, array_of_statuses: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        look_at_several(call, incount, array_of_requests, || unsafe { twin(incount, array_of_requests, outcount, array_of_indices, array_of_statuses) })
    }
    MPI_Start(request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        start(call, 1, request, || unsafe { twin(request) })
    }
    MPI_Startall(count: I, array_of_requests: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        start(call, count, array_of_requests, || unsafe { twin(count, array_of_requests) })
    }
    MPI_Cancel(request: P) |call, twin| {
        count(&call);
        if call.is_recorded() {
            // SAFETY: the program names a request there.
            let handle = unsafe { tables::read(request) };
            let id = not_null(&mut call, handle).and_then(|handle| tables::with(|tables| {
                let request = tables.request(handle)?;
                request.cancelled = true;
                Some(request.id)
            }));
            call.begin(&id.map_or(What::Other, What::Cancel), 0);
        }
        // SAFETY: the arguments are handed on as they came.
        let code = unsafe { twin(request) };
        call.end(code, Outcome::Nothing);
        code
    }
    MPI_Request_free(request: P) |call, twin| {
        count(&call);
        if call.is_recorded() {
            // SAFETY: the program names a request there.
            let handle = unsafe { tables::read(request) };
            let kept = not_null(&mut call, handle).and_then(|handle| tables::with(|tables| tables.take_request(handle)));
            call.begin(&kept.map_or(What::Other, |kept| {
                kept.held.release();
                for array in kept.rare.iter().flat_map(|rare| &rare.arrays) {
                    array.held.release();
                }
                What::FreeRequest(kept.id)
            }), 0);
        }
        // SAFETY: the arguments are handed on as they came.
        let code = unsafe { twin(request) };
        call.end(code, Outcome::Nothing);
        code
    }
}

/// A request that must not be null.
fn not_null(call: &mut Call, handle: Option<Handle>) -> Option<Handle> {
    handle.filter(|handle| call.check(Sort::Request, *handle))
}

fn count(call: &Call) {
    if call.is_counted() {
        counts::note(call.function(), Note::default());
    }
}

/// The integer that MPI has written at an address.
///
/// # Safety
/// There must be one.
unsafe fn integer(at: P) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { at.cast::<c_int>().read_unaligned() }
}

/// Requests of a wait or test, taken out of the table: their handles, which MPI will overwrite, and
/// those that count.
struct Taken {
    handles: Vec<Handle>,
    /// Position in the program's array, and the request.
    requests: Vec<(usize, Request)>,
    /// Those that are not known: of a file, a window, a partitioned message.
    unknown: Vec<Handle>,
}

fn take(handles: Vec<Handle>) -> Taken {
    let null = abi().request_null;
    let mut requests = Vec::with_capacity(handles.len());
    let mut unknown = Vec::new();
    tables::with(|tables| {
        for (at, handle) in handles.iter().enumerate() {
            if *handle == null {
                continue;
            }
            match tables.take_request(*handle) {
                Some(request) if request.active => requests.push((at, request)),
                Some(request) => tables.put_request(*handle, request),
                None => unknown.push(*handle),
            }
        }
    });
    Taken {
        handles,
        requests,
        unknown,
    }
}

impl Taken {
    fn what(&self, asked: &Asked) -> What {
        if !self.unknown.is_empty() && asked.how != How::All {
            // Any of those that are not known may end the wait.
            return What::Other;
        }
        What::Complete {
            how: asked.how,
            waits: asked.flag.is_null(),
            requests: self
                .requests
                .iter()
                .map(|(_, request)| request.id)
                .collect(),
            in_vain: 0,
        }
    }

    /// Puts everything back that is not complete, in the order in which it was.
    fn put_back(self, complete: &[bool]) -> Vec<Handle> {
        tables::with(|tables| {
            let mut in_doubt = Vec::new();
            for (at, mut request) in self.requests.into_iter().rev() {
                let complete = complete.get(at).copied().unwrap_or(false);
                if complete {
                    if let Some((slot, comm)) = request.makes.take()
                        // SAFETY: the program must leave the new communicator's place alone until
                        // the request is complete, and MPI has written it.
                        && let Some(handle) = unsafe { tables::read(slot as *const _) }
                    {
                        tables.set_comm(handle, comm);
                    }
                    if !request.persistent {
                        if request.shares_handle {
                            in_doubt.push(self.handles[at]);
                        }
                        continue;
                    }
                    request.active = false;
                    request.cancelled = false;
                }
                tables.put_request(self.handles[at], request);
            }
            for handle in in_doubt {
                tables.doubt_requests(handle);
            }
        });
        self.handles
    }
}

/// Runs a wait or test. What runs it gets the place of the statuses, and whether nothing is known to be wrong.
fn complete(mut call: Call, asked: Asked, run: impl FnOnce(P, bool) -> c_int) -> c_int {
    count(&call);
    if !call.is_recorded() {
        let code = run(asked.statuses, true);
        call.end(code, Outcome::Nothing);
        return code;
    }
    let abi = abi();
    let length = usize::try_from(asked.count).unwrap_or(0);
    if asked.count < 0 {
        call.wrong(Argument::Count, asked.count.into(), None);
    }
    let mut handles = call.take_handles();
    // SAFETY: the program names an array of so many requests.
    handles.extend((0..length).map(|at| unsafe { abi.read(asked.requests, at) }));
    call.look_at_posted();
    let waits = asked.flag.is_null();
    let key = if waits {
        0
    } else {
        call.key(handles.iter().map(|handle| *handle as u64))
    };
    let repeated = !waits && call.is_repeated(key);
    let mut taken = None;
    if !repeated {
        let all = take(std::mem::take(&mut handles));
        for handle in &all.unknown {
            call.check(Sort::Request, *handle);
        }
        let what = all.what(&asked);
        if waits {
            call.begin(&what, all.requests.len());
        } else {
            call.begin_test(&what, all.requests.len());
        }
        taken = Some(all);
    }
    let statuses = call.statuses(asked.statuses, length);
    let is_unknown = taken.as_ref().is_some_and(|all| !all.unknown.is_empty());
    if is_unknown {
        call.with_unknown_request(true);
    }
    let code = run(statuses, !is_unknown && !call.is_wrong());
    if is_unknown {
        call.with_unknown_request(false);
    }
    // Which positions are complete now, in the order of the statuses.
    // SAFETY: MPI has written what it was asked for.
    let done = unsafe { done(&asked, length, code) };
    let found = waits || code != 0 || done.as_ref().is_some_and(|done| !matches!(done, Done::No));
    if !found {
        let handles = match taken {
            Some(taken) => taken.put_back(&[]),
            None => handles,
        };
        call.give_handles(handles);
        if repeated {
            call.end_repeated(code, key);
        } else {
            call.end_in_vain(code, key);
        }
        return code;
    }
    call.found();
    let taken = match taken {
        Some(taken) => taken,
        None => {
            let all = take(handles);
            let what = all.what(&asked);
            call.begin(&what, all.requests.len());
            all
        }
    };
    let mut complete = vec![false; length];
    // Where the status of each position lies.
    let mut status_of = vec![0usize; length];
    match done {
        Some(Done::All) => {
            complete.fill(true);
            for (at, status) in status_of.iter_mut().enumerate() {
                *status = at;
            }
        }
        Some(Done::These(which)) => {
            for (nth, at) in which.into_iter().enumerate() {
                if let (Some(done), Some(status)) = (complete.get_mut(at), status_of.get_mut(at)) {
                    *done = true;
                    *status = nth;
                }
            }
        }
        Some(Done::No) => {}
        // After an error: what is null now is complete.
        None => {
            for (at, complete) in complete.iter_mut().enumerate() {
                // SAFETY: as above.
                *complete = unsafe { abi.read(asked.requests, at) } == abi.request_null;
            }
        }
    }
    let mut several = Vec::new();
    for (nth, (at, request)) in taken.requests.iter().enumerate() {
        if complete[*at] {
            let mut status = match code {
                // SAFETY: there are as many statuses as MPI has completed requests.
                0 => unsafe {
                    status(request, statuses.byte_add(status_of[*at] * abi.status.size))
                },
                _ => Status::default(),
            };
            status.gone = call.gone(request.at, request.held);
            if let Some(window) = request.window {
                let is_it = |origin: &Origin| origin.id == request.id;
                let own = tables::with(|tables| tables.take_origins(window, is_it));
                if let Some((_, broken)) = broken(&mut call, own).first() {
                    (status.gone, status.changed) = (broken.gone, broken.changed);
                }
            }
            let rare = request.rare.as_deref();
            for array in rare.iter().flat_map(|rare| &rare.arrays) {
                let gone = call.gone(array.numbers.address, array.held);
                let changed = array.numbers.is_changed();
                if (gone.is_some() || changed) && status.gone.is_none() && !status.changed {
                    (status.gone, status.changed, status.part) = (gone, changed, Part::Counts);
                }
            }
            let partition = rare.and_then(|rare| rare.partitions.as_ref()?.changed());
            if let (Some(number), None) = (partition, status.gone) {
                (status.changed, status.part) = (true, Part::Partition(number));
            }
            if request.doubtful {
                (status.gone, status.changed) = (None, false);
            }
            status.changed |= call.is_written(request.id);
            several.push((nth, status));
        }
    }
    let handles = taken.put_back(&complete);
    call.give_handles(handles);
    let outcome = match several[..] {
        [] => Outcome::Nothing,
        [(at, status)] if at < MOST_POSITIONS => Outcome::One(Some(at), status),
        _ => Outcome::Several(&several),
    };
    call.end(code, outcome);
    code
}

/// What a wait or test has completed.
enum Done {
    No,
    All,
    /// These positions; of several, in the order of their statuses.
    These(Vec<usize>),
}

/// None after an error.
///
/// # Safety
/// MPI must have filled what it was asked to fill.
unsafe fn done(asked: &Asked, length: usize, code: c_int) -> Option<Done> {
    if code != 0 {
        return None;
    }
    let undefined = abi().undefined;
    // SAFETY: the caller's promise.
    unsafe {
        if let Some((count, which)) = asked.indices {
            let count = integer(count);
            return Some(match usize::try_from(count) {
                Ok(count) if count > 0 && count <= length => {
                    let which = slice::from_raw_parts(which.cast::<c_int>(), count);
                    Done::These(
                        which
                            .iter()
                            .filter_map(|at| usize::try_from(*at).ok())
                            .collect(),
                    )
                }
                _ => Done::No,
            });
        }
        if !asked.flag.is_null() && integer(asked.flag) == 0 {
            return Some(Done::No);
        }
        if asked.index.is_null() {
            return Some(Done::All);
        }
        let at = integer(asked.index);
        Some(if at == undefined {
            Done::These(Vec::new())
        } else {
            Done::These(usize::try_from(at).into_iter().collect())
        })
    }
}

/// What a completed request's status says.
///
/// # Safety
/// `status` must point to a status that MPI has filled.
unsafe fn status(request: &Request, status: P) -> Status {
    let cancelled = request.cancelled && mpi::is_cancelled(status);
    if let Some(comm) = &request.receives
        && !cancelled
    {
        // SAFETY: the caller's promise.
        return unsafe { read_status(comm, status) };
    }
    Status {
        cancelled,
        changed: request.is_changed(),
        ..Status::default()
    }
}

/// `MPI_Request_get_status` completes nothing: the request is there afterwards, and `found` is done with it if it is
/// complete. `part` tells what of it is asked for.
pub(super) fn look_at(
    mut call: Call,
    request: H,
    part: u64,
    flag: P,
    found_it: impl FnOnce(&mut Tables, Handle),
    run: impl FnOnce() -> c_int,
) -> c_int {
    count(&call);
    if !call.is_recorded() {
        let code = run();
        call.end(code, Outcome::Nothing);
        return code;
    }
    let handle = abi().handle(request);
    let key = call.key([handle as u64, part]);
    let repeated = call.is_repeated(key);
    let what = tables::with(|tables| match tables.request(handle) {
        Some(request) if request.active => What::Complete {
            how: How::All,
            waits: false,
            requests: vec![request.id],
            in_vain: 0,
        },
        _ => What::Other,
    });
    if !repeated {
        call.begin_test(&what, 0);
    }
    let code = run();
    // SAFETY: MPI has written the flag.
    let found = code != 0 || unsafe { integer(flag) } != 0;
    if found {
        tables::with(|tables| found_it(tables, handle));
    }
    match (found, repeated) {
        (false, true) => call.end_repeated(code, key),
        (false, false) => call.end_in_vain(code, key),
        (true, repeated) => {
            call.found();
            if repeated {
                call.begin(&what, 0);
            }
            call.end(code, Outcome::Nothing);
        }
    }
    code
}

/// The same of several, of which some may be complete then.
fn look_at_several(mut call: Call, count_of: I, requests: P, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    if call.is_recorded() {
        for at in 0..usize::try_from(count_of).unwrap_or(0) {
            // SAFETY: the program names an array of so many requests.
            let handle = unsafe { abi().read(requests, at) };
            tables::with(|tables| tables.leave_request(handle));
        }
        call.begin(&What::Other, 0);
    }
    let code = run();
    call.end(code, Outcome::Nothing);
    code
}

fn start(mut call: Call, count_of: I, requests: P, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    if call.is_recorded() {
        let mut ids = Vec::new();
        for at in 0..usize::try_from(count_of).unwrap_or(0) {
            // SAFETY: the program names an array of so many requests.
            let handle = unsafe { abi().read(requests, at) };
            let Some(handle) = not_null(&mut call, Some(handle)) else {
                continue;
            };
            let buffered = tables::with(|tables| tables.request(handle)?.rare.as_ref()?.buffered);
            if let Some((comm, bytes)) = buffered {
                buffering::check(&mut call, comm, bytes);
            }
            tables::with(|tables| {
                if let Some(request) = tables.request(handle) {
                    request.active = true;
                    if let Some(partitions) = request.partitions() {
                        partitions.ready.clear();
                    }
                    request.buffer = request.buffer.map(Watched::begin);
                    if let Some((place, bytes)) = request.sends {
                        counts::started(place, bytes);
                    }
                    ids.push(request.id);
                }
            });
        }
        call.begin(&What::Start(ids), 0);
    }
    let code = run();
    call.end(code, Outcome::Nothing);
    code
}
