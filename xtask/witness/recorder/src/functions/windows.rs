//! Windows (MPI standard 5.0, chapter 12): the memory that ranks open to each other, the operations that
//! read and write it one-sided, and the epochs in which they may.

// The same text is for both widths of counts, of which only one is converted.
#![allow(clippy::useless_conversion)]

use super::{
    H, I, P,
    communicators::alone,
    point_to_point::used,
    together::{count, make},
};
use crate::{
    call::Call,
    checksum,
    counts::{self, Note},
    library::abi,
    mpi::{self, Sort},
    tables::{self, Comm, Origin, Request, Watched, next_request},
};
use recording::{
    event::{Data, Object, OneSided, OpId, Step, What, Window, assertion},
    format::{Outcome, Status},
    functions::name,
};
use std::{ffi::c_int, sync::Arc};

/// A distance in memory.
type A = isize;

/// One side of an operation: a buffer, or a displacement.
#[derive(Clone, Copy, Debug)]
struct Side {
    at: usize,
    count: i64,
    datatype: H,
}

impl Side {
    fn of(buffer: P, count: i64, datatype: H) -> Self {
        Self {
            at: buffer as usize,
            count,
            datatype,
        }
    }
}

/// The arguments of an operation, as they came.
#[derive(Clone, Copy, Debug)]
struct Access {
    origin: Side,
    result: Option<Side>,
    /// What is compared with what is found there.
    compared: Option<Side>,
    target: I,
    there: Side,
    op: Option<H>,
    win: H,
    request: Option<P>,
}

/// An operation whose arguments are those of a put.
macro_rules! access {
    ($origin:expr, $target:expr, $disp:expr, $count:expr, $datatype:expr, $win:expr) => {
        Access {
            origin: $origin,
            result: None,
            compared: None,
            target: $target,
            there: Side {
                at: $disp as usize,
                count: $count.into(),
                datatype: $datatype,
            },
            op: None,
            win: $win,
            request: None,
        }
    };
}

both! {
    MPI_Put, MPI_Put_c(origin_addr: P, origin_count: N, origin_datatype: H, target_rank: I, target_disp: A, target_count: N, target_datatype: H, win: H) |call, twin| {
        let origin = Side::of(origin_addr, origin_count.into(), origin_datatype);
        let access = access!(origin, target_rank, target_disp, target_count, target_datatype, win);
        // SAFETY: the arguments are handed on as they came.
        one_sided(call, access, || unsafe { twin(origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, win) })
    }
    MPI_Get, MPI_Get_c(origin_addr: P, origin_count: N, origin_datatype: H, target_rank: I, target_disp: A, target_count: N, target_datatype: H, win: H) |call, twin| {
        let origin = Side::of(origin_addr, origin_count.into(), origin_datatype);
        let access = access!(origin, target_rank, target_disp, target_count, target_datatype, win);
        // SAFETY: the arguments are handed on as they came.
        one_sided(call, access, || unsafe { twin(origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, win) })
    }
    MPI_Rput, MPI_Rput_c(origin_addr: P, origin_count: N, origin_datatype: H, target_rank: I, target_disp: A, target_count: N, target_datatype: H, win: H, request: P) |call, twin| {
        let origin = Side::of(origin_addr, origin_count.into(), origin_datatype);
        let access = Access { request: Some(request), ..access!(origin, target_rank, target_disp, target_count, target_datatype, win) };
        // SAFETY: the arguments are handed on as they came.
        one_sided(call, access, || unsafe { twin(origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, win, request) })
    }
    MPI_Rget, MPI_Rget_c(origin_addr: P, origin_count: N, origin_datatype: H, target_rank: I, target_disp: A, target_count: N, target_datatype: H, win: H, request: P) |call, twin| {
        let origin = Side::of(origin_addr, origin_count.into(), origin_datatype);
        let access = Access { request: Some(request), ..access!(origin, target_rank, target_disp, target_count, target_datatype, win) };
        // SAFETY: the arguments are handed on as they came.
        one_sided(call, access, || unsafe { twin(origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, win, request) })
    }
    MPI_Accumulate, MPI_Accumulate_c(origin_addr: P, origin_count: N, origin_datatype: H, target_rank: I, target_disp: A, target_count: N, target_datatype: H, op: H, win: H) |call, twin| {
        let origin = Side::of(origin_addr, origin_count.into(), origin_datatype);
        let access = Access { op: Some(op), ..access!(origin, target_rank, target_disp, target_count, target_datatype, win) };
        // SAFETY: the arguments are handed on as they came.
        one_sided(call, access, || unsafe { twin(origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, op, win) })
    }
    MPI_Raccumulate, MPI_Raccumulate_c(origin_addr: P, origin_count: N, origin_datatype: H, target_rank: I, target_disp: A, target_count: N, target_datatype: H, op: H, win: H, request: P) |call, twin| {
        let origin = Side::of(origin_addr, origin_count.into(), origin_datatype);
        let access = Access { op: Some(op), request: Some(request), ..access!(origin, target_rank, target_disp, target_count, target_datatype, win) };
        // SAFETY: the arguments are handed on as they came.
        one_sided(call, access, || unsafe { twin(origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, op, win, request) })
    }
    MPI_Get_accumulate, MPI_Get_accumulate_c(origin_addr: P, origin_count: N, origin_datatype: H, result_addr: P, result_count: N, result_datatype: H, target_rank: I, target_disp: A, target_count: N, target_datatype: H, op: H, win: H) |call, twin| {
        let origin = Side::of(origin_addr, origin_count.into(), origin_datatype);
        let result = Some(Side::of(result_addr, result_count.into(), result_datatype));
        let access = Access { op: Some(op), result, ..access!(origin, target_rank, target_disp, target_count, target_datatype, win) };
        // SAFETY: the arguments are handed on as they came.
        one_sided(call, access, || unsafe { twin(origin_addr, origin_count, origin_datatype, result_addr, result_count, result_datatype, target_rank, target_disp, target_count, target_datatype, op, win) })
    }
    MPI_Rget_accumulate, MPI_Rget_accumulate_c(origin_addr: P, origin_count: N, origin_datatype: H, result_addr: P, result_count: N, result_datatype: H, target_rank: I, target_disp: A, target_count: N, target_datatype: H, op: H, win: H, request: P) |call, twin| {
        let origin = Side::of(origin_addr, origin_count.into(), origin_datatype);
        let result = Some(Side::of(result_addr, result_count.into(), result_datatype));
        let access = Access { op: Some(op), result, request: Some(request), ..access!(origin, target_rank, target_disp, target_count, target_datatype, win) };
        // SAFETY: the arguments are handed on as they came.
        one_sided(call, access, || unsafe { twin(origin_addr, origin_count, origin_datatype, result_addr, result_count, result_datatype, target_rank, target_disp, target_count, target_datatype, op, win, request) })
    }
    MPI_Win_allocate, MPI_Win_allocate_c(size: A, disp_unit: Unit, info: H, comm: H, baseptr: P, win: P) |call, twin| {
        // SAFETY: MPI has written an address there.
        let memory = || unsafe { allocated(baseptr, size, disp_unit as u64, false) };
        // SAFETY: the arguments are handed on as they came.
        make(call, comm, Object::Window, win, memory, || unsafe { twin(size, disp_unit, info, comm, baseptr, win) })
    }
    MPI_Win_allocate_shared, MPI_Win_allocate_shared_c(size: A, disp_unit: Unit, info: H, comm: H, baseptr: P, win: P) |call, twin| {
        // SAFETY: MPI has written an address there.
        let memory = || unsafe { allocated(baseptr, size, disp_unit as u64, true) };
        // SAFETY: the arguments are handed on as they came.
        make(call, comm, Object::Window, win, memory, || unsafe { twin(size, disp_unit, info, comm, baseptr, win) })
    }
    MPI_Win_create, MPI_Win_create_c(base: P, size: A, disp_unit: Unit, info: H, comm: H, win: P) |call, twin| {
        let memory = || Some(Window { base: base as u64, size: size as u64, unit: disp_unit as u64, shared: false });
        // SAFETY: the arguments are handed on as they came.
        make(call, comm, Object::Window, win, memory, || unsafe { twin(base, size, disp_unit, info, comm, win) })
    }
}

functions! {
    MPI_Win_create_dynamic(info: H, comm: H, win: P) |call, twin| {
        let memory = || Some(Window { base: 0, size: u64::MAX, unit: 1, shared: false });
        // SAFETY: the arguments are handed on as they came.
        make(call, comm, Object::Window, win, memory, || unsafe { twin(info, comm, win) })
    }
    MPI_Win_attach(win: H, base: P, size: A) |call, twin| {
        let step = Step::Attach { address: base as u64, size: size as u64 };
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |_| step, || unsafe { twin(win, base, size) })
    }
    MPI_Win_detach(win: H, base: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |_| Step::Detach(base as u64), || unsafe { twin(win, base) })
    }
    MPI_Fetch_and_op(origin_addr: P, result_addr: P, datatype: H, target_rank: I, target_disp: A, op: H, win: H) |call, twin| {
        let origin = Side::of(origin_addr, 1, datatype);
        let result = Some(Side::of(result_addr, 1, datatype));
        let access = Access { op: Some(op), result, ..access!(origin, target_rank, target_disp, 1i64, datatype, win) };
        // SAFETY: the arguments are handed on as they came.
        one_sided(call, access, || unsafe { twin(origin_addr, result_addr, datatype, target_rank, target_disp, op, win) })
    }
    MPI_Compare_and_swap(origin_addr: P, compare_addr: P, result_addr: P, datatype: H, target_rank: I, target_disp: A, win: H) |call, twin| {
        let origin = Side::of(origin_addr, 1, datatype);
        let result = Some(Side::of(result_addr, 1, datatype));
        let compared = Some(Side::of(compare_addr, 1, datatype));
        let access = Access { result, compared, ..access!(origin, target_rank, target_disp, 1i64, datatype, win) };
        // SAFETY: the arguments are handed on as they came.
        one_sided(call, access, || unsafe { twin(origin_addr, compare_addr, result_addr, datatype, target_rank, target_disp, win) })
    }
    MPI_Win_fence(assert: I, win: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        fence(call, assert, win, || unsafe { twin(assert, win) })
    }
    MPI_Win_lock(lock_type: I, rank: I, assert: I, win: H) |call, twin| {
        let exclusive = lock_type == abi().lock_exclusive;
        let lock = |window: &Comm| Step::Lock { target: window.world_rank(rank), exclusive };
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, lock, || unsafe { twin(lock_type, rank, assert, win) })
    }
    MPI_Win_unlock(rank: I, win: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |window| Step::Unlock(window.world_rank(rank)), || unsafe { twin(rank, win) })
    }
    MPI_Win_lock_all(assert: I, win: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |_| Step::LockAll, || unsafe { twin(assert, win) })
    }
    MPI_Win_unlock_all(win: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |_| Step::UnlockAll, || unsafe { twin(win) })
    }
    MPI_Win_flush(rank: I, win: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |window| flush(window, rank, false), || unsafe { twin(rank, win) })
    }
    MPI_Win_flush_local(rank: I, win: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |window| flush(window, rank, true), || unsafe { twin(rank, win) })
    }
    MPI_Win_flush_all(win: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |_| Step::Flush { target: None, local: false }, || unsafe { twin(win) })
    }
    MPI_Win_flush_local_all(win: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |_| Step::Flush { target: None, local: true }, || unsafe { twin(win) })
    }
    MPI_Win_start(group: H, assert: I, win: H) |call, twin| {
        let ranks = members(&mut call, group);
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |_| Step::Start(ranks), || unsafe { twin(group, assert, win) })
    }
    MPI_Win_complete(win: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |_| Step::Complete, || unsafe { twin(win) })
    }
    MPI_Win_post(group: H, assert: I, win: H) |call, twin| {
        let ranks = members(&mut call, group);
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |_| Step::Post(ranks), || unsafe { twin(group, assert, win) })
    }
    MPI_Win_wait(win: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |_| Step::Wait, || unsafe { twin(win) })
    }
    MPI_Win_test(win: H, flag: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        test(call, win, flag, || unsafe { twin(win, flag) })
    }
    MPI_Win_sync(win: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        epoch(call, win, |_| Step::Sync, || unsafe { twin(win) })
    }
}

/// The memory that MPI has allocated for a window.
///
/// # Safety
/// There must be an address at `at`.
unsafe fn allocated(at: P, size: A, unit: u64, shared: bool) -> Option<Window> {
    Some(Window {
        // SAFETY: the caller's promise.
        base: unsafe { at.cast::<u64>().read_unaligned() },
        size: size as u64,
        unit,
        shared,
    })
}

/// The ranks of a group; none if the group is none, or reaches beyond the job.
fn members(call: &mut Call, group: H) -> Option<Arc<[u32]>> {
    let handle = abi().handle(group);
    let is_one = call.is_recorded() && call.check(Sort::Group, handle);
    let members = is_one.then(|| mpi::members(handle)).flatten();
    members.map(Arc::from)
}

/// A flush of what goes to one rank. To nobody it completes nothing.
fn flush(window: &Comm, rank: I, local: bool) -> Step {
    match window.world_rank(rank) {
        Some(target) => Step::Flush {
            target: Some(target),
            local,
        },
        None => Step::Sync,
    }
}

#[inline(always)]
fn one_sided(mut call: Call, access: Access, run: impl FnOnce() -> c_int) -> c_int {
    if call.is_counted() {
        // A get fills its origin, and so do those that fetch fill their result.
        let origin = bytes(&mut call, access.origin);
        let result = access.result.map(|side| bytes(&mut call, side));
        let (given, got) = match gets(&call) {
            true => (0, origin),
            false => (origin, result.unwrap_or_default()),
        };
        let note = Note {
            given,
            got,
            ..Note::default()
        };
        counts::note(call.function(), note);
    }
    let place = |window: &Arc<Comm>| (window.id, window.world_rank(access.target));
    let Some((window, target)) = call.with_window(access.win, place) else {
        // It was not seen made, or is wrong, or nothing is recorded.
        call.begin(&What::Other, 0);
        let code = run();
        call.end(code, Outcome::Nothing);
        return code;
    };
    let (op, ignores_origin) = operation(&mut call, access.op);
    let origin = if ignores_origin {
        Data::default()
    } else {
        buffer(&mut call, access.origin)
    };
    let result = access.result.map(|side| buffer(&mut call, side));
    let id = next_request();
    let buffers = match target {
        Some(target) if tables::with(|tables| tables.has_room_for_origins(window)) => {
            let gets = gets(&call);
            let reads = |call: &mut Call, side| Origin {
                read: watched(call, side),
                ..Origin::new(id, target, side.at)
            };
            let mut buffers = [None; 3];
            if used(&origin) != 0 {
                buffers[0] = Some(match gets {
                    true => Origin::new(id, target, access.origin.at),
                    false => reads(&mut call, access.origin),
                });
            }
            if result.as_ref().is_some_and(|result| used(result) != 0) {
                buffers[1] = access.result.map(|side| Origin::new(id, target, side.at));
            }
            buffers[2] = access.compared.map(|side| reads(&mut call, side));
            buffers
        }
        _ => [None; 3],
    };
    let Side {
        at,
        count,
        datatype,
    } = access.there;
    let what = OneSided {
        window,
        target,
        origin,
        there: call.data(at as *const _, count, datatype),
        result,
        op,
        id,
        has_request: access.request.is_some(),
    };
    call.begin(&What::OneSided(what), 0);
    let code = run();
    if code == 0 {
        tables::with(|tables| tables.add_origins(window, buffers.into_iter().flatten()));
    }
    if let Some(request) = access.request
        && code == 0
        // SAFETY: MPI has written a handle there.
        && let Some(handle) = unsafe { tables::read(request) }
        && handle != abi().request_null
    {
        let kept = Request {
            window: Some(window),
            ..Request::new(id)
        };
        tables::with(|tables| tables.add_request(handle, kept));
    }
    call.end(code, Outcome::Nothing);
    code
}

/// Whether a call fills its origin.
fn gets(call: &Call) -> bool {
    matches!(
        name(call.function()),
        Some("MPI_Get" | "MPI_Get_c" | "MPI_Rget" | "MPI_Rget_c")
    )
}

/// A buffer that an operation reads until it is complete. Only memory to which no other process writes.
fn watched(call: &mut Call, origin: Side) -> Option<Watched> {
    let datatype = call.datatype(origin.datatype);
    let watched = Watched::of(datatype.as_deref(), origin.at, origin.count)?;
    let length = usize::try_from(watched.length).ok()?;
    checksum::is_near(watched.address, length).then(|| watched.begin())
}

/// The operation, and whether it takes nothing from the origin (`MPI_NO_OP`).
#[inline(always)]
fn operation(call: &mut Call, op: Option<H>) -> (Option<OpId>, bool) {
    let Some(op) = op else {
        return (None, false);
    };
    let op = abi().handle(op);
    // The predefined ones, and no others are allowed, are numbered from 1 on.
    let known = abi().operations.iter().position(|known| *known == op);
    if known.is_none() {
        call.check(Sort::Operation, op);
    }
    let id = known.map(|at| OpId(at as u32 + 1));
    (id, id == Some(OpId::NO_OP))
}

/// The bytes of one side.
fn bytes(call: &mut Call, side: Side) -> u64 {
    let datatype = call.datatype(side.datatype);
    datatype.map_or(0, |datatype| {
        side.count.max(0).unsigned_abs() * datatype.size
    })
}

#[inline(always)]
fn buffer(call: &mut Call, side: Side) -> Data {
    call.buffer(side.at as *const _, side.count, side.datatype)
}

/// Of the buffers of operations that are complete now those that the program has changed or given back
/// before, each by the number of its operation.
pub(super) fn broken(call: &mut Call, buffers: Vec<Origin>) -> Vec<(usize, Status)> {
    let mut broken: Vec<(usize, Status)> = Vec::new();
    for buffer in buffers {
        let status = Status {
            gone: call.gone(buffer.at, buffer.held),
            changed: buffer.is_changed(),
            ..Status::default()
        };
        let number = buffer.id.0 as usize;
        let is_known = broken.last().is_some_and(|(known, _)| *known == number);
        if status != Status::default() && !is_known {
            broken.push((number, status));
        }
    }
    broken
}

/// Room for them among the results of a call.
fn room(broken: &[(usize, Status)]) -> usize {
    match broken.len() {
        0 => 0,
        // Records make none for a single one, whose position fits into the first of them.
        several => several + 1,
    }
}

/// What comes out of a call that completes these operations.
fn completed(broken: &[(usize, Status)]) -> Outcome<'_> {
    match broken {
        [] => Outcome::Nothing,
        broken => Outcome::Several(broken),
    }
}

fn fence(mut call: Call, assert: I, win: H, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    let window = call.with_window(win, Arc::clone);
    let buffers = window.as_ref().map_or_else(Vec::new, |window| {
        tables::with(|tables| tables.take_origins(window.id, |_| true))
    });
    let broken = broken(&mut call, buffers);
    let what = match &window {
        Some(window) => {
            let mut what = alone(&mut call, Some(window));
            what.assertion = promised(assert);
            What::Collective(what, None)
        }
        None => What::Other,
    };
    call.begin(&what, room(&broken));
    let code = run();
    call.end(code, completed(&broken));
    code
}

/// What a fence is promised, as records have it.
fn promised(given: I) -> u32 {
    const ALL: [u32; 4] = [
        assertion::NO_STORE,
        assertion::NO_PUT,
        assertion::NO_PRECEDE,
        assertion::NO_SUCCEED,
    ];
    let all = abi().assertions.into_iter().zip(ALL);
    all.filter(|(bit, _)| given & bit != 0)
        .map(|(_, promise)| promise)
        .sum()
}

fn epoch(
    mut call: Call,
    win: H,
    step: impl FnOnce(&Comm) -> Step,
    run: impl FnOnce() -> c_int,
) -> c_int {
    count(&call);
    let what = what(&mut call, win, step);
    let buffers = match &what {
        What::Epoch { window, step } if let Some(target) = step.completes() => {
            let is_complete = |origin: &Origin| target.is_none_or(|target| origin.target == target);
            tables::with(|tables| tables.take_origins(*window, is_complete))
        }
        _ => Vec::new(),
    };
    let broken = broken(&mut call, buffers);
    call.begin(&what, room(&broken));
    let code = run();
    call.end(code, completed(&broken));
    code
}

fn what(call: &mut Call, win: H, step: impl FnOnce(&Comm) -> Step) -> What {
    match call.with_window(win, |window| (window.id, step(window))) {
        Some((window, step)) => What::Epoch { window, step },
        None => What::Other,
    }
}

fn test(mut call: Call, win: H, flag: P, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    let what = what(&mut call, win, |_| Step::Test);
    call.begin(&what, 0);
    let code = run();
    // SAFETY: MPI has written the flag.
    let found = code == 0 && unsafe { flag.cast::<c_int>().read_unaligned() } != 0;
    let outcome = match found {
        true => Outcome::One(None, Status::default()),
        false => Outcome::Nothing,
    };
    call.end(code, outcome);
    code
}
