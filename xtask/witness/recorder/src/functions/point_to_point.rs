//! Sends, receives, probes, and persistent ones (MPI standard 5.0, chapter 3).

// The same text is for both widths of counts, of which only one is converted.
#![allow(clippy::useless_conversion)]

use super::{H, I, P, buffering, by_looks};
use crate::{
    call::{Call, is_strict, read_status},
    counts::{self, Note, Peer, Turn},
    library::abi,
    mpi::mpi,
    tables::{self, Comm, Rare, Request, Watched, next_request},
    wildcard,
};
use recording::{
    event::{
        Argument, Data, MessageId, Mode, Persistent, Receive as Room, RequestId, Send as Message,
        Source, Tag, What,
    },
    format::{Outcome, Status},
};
use std::{ffi::c_int, sync::Arc};

/// The arguments of a send or receive, as they came.
#[derive(Clone, Copy, Debug)]
struct Half {
    buffer: P,
    count: i64,
    datatype: H,
    /// The destination or the source.
    peer: I,
    tag: I,
}

both! {
    MPI_Bsend, MPI_Bsend_c(buf: P, count: N, datatype: H, dest: I, tag: I, comm: H) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        send(call, Mode::Buffered, false, half, comm, || unsafe { twin(buf, count, datatype, dest, tag, comm) })
    }
    MPI_Ssend, MPI_Ssend_c(buf: P, count: N, datatype: H, dest: I, tag: I, comm: H) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        send(call, Mode::Synchronous, false, half, comm, || unsafe { twin(buf, count, datatype, dest, tag, comm) })
    }
    MPI_Rsend, MPI_Rsend_c(buf: P, count: N, datatype: H, dest: I, tag: I, comm: H) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        send(call, Mode::Ready, false, half, comm, || unsafe { twin(buf, count, datatype, dest, tag, comm) })
    }
    MPI_Ibsend, MPI_Ibsend_c(buf: P, count: N, datatype: H, dest: I, tag: I, comm: H, request: P) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        immediate_send(call, Mode::Buffered, false, half, comm, request, || unsafe { twin(buf, count, datatype, dest, tag, comm, request) })
    }
    MPI_Issend, MPI_Issend_c(buf: P, count: N, datatype: H, dest: I, tag: I, comm: H, request: P) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        immediate_send(call, Mode::Synchronous, false, half, comm, request, || unsafe { twin(buf, count, datatype, dest, tag, comm, request) })
    }
    MPI_Irsend, MPI_Irsend_c(buf: P, count: N, datatype: H, dest: I, tag: I, comm: H, request: P) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        immediate_send(call, Mode::Ready, false, half, comm, request, || unsafe { twin(buf, count, datatype, dest, tag, comm, request) })
    }
    MPI_Bsend_init, MPI_Bsend_init_c(buf: P, count: N, datatype: H, dest: I, tag: I, comm: H, request: P) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        persistent_send(call, Mode::Buffered, false, half, comm, request, || unsafe { twin(buf, count, datatype, dest, tag, comm, request) })
    }
    MPI_Ssend_init, MPI_Ssend_init_c(buf: P, count: N, datatype: H, dest: I, tag: I, comm: H, request: P) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        persistent_send(call, Mode::Synchronous, false, half, comm, request, || unsafe { twin(buf, count, datatype, dest, tag, comm, request) })
    }
    MPI_Rsend_init, MPI_Rsend_init_c(buf: P, count: N, datatype: H, dest: I, tag: I, comm: H, request: P) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        persistent_send(call, Mode::Ready, false, half, comm, request, || unsafe { twin(buf, count, datatype, dest, tag, comm, request) })
    }
    MPI_Recv, MPI_Recv_c(buf: P, count: N, datatype: H, source: I, tag: I, comm: H, status: P) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: source, tag };
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        receive(call, half, comm, status, |status| unsafe { twin(buf, count, datatype, wildcard::source(source, tag, comm), tag, comm, status) })
    }
    MPI_Irecv, MPI_Irecv_c(buf: P, count: N, datatype: H, source: I, tag: I, comm: H, request: P) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: source, tag };
        // SAFETY: the arguments are handed on as they came.
        immediate_receive(call, half, comm, request, || unsafe { twin(buf, count, datatype, source, tag, comm, request) })
    }
    MPI_Recv_init, MPI_Recv_init_c(buf: P, count: N, datatype: H, source: I, tag: I, comm: H, request: P) |call, twin| {
        let half = Half { buffer: buf, count: count.into(), datatype, peer: source, tag };
        // SAFETY: the arguments are handed on as they came.
        persistent_receive(call, half, comm, request, || unsafe { twin(buf, count, datatype, source, tag, comm, request) })
    }
    MPI_Mrecv, MPI_Mrecv_c(buf: P, count: N, datatype: H, message: P, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        matched_receive(call, (buf, count.into(), datatype), message, status, |status| unsafe { twin(buf, count, datatype, message, status) })
    }
    MPI_Imrecv, MPI_Imrecv_c(buf: P, count: N, datatype: H, message: P, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        immediate_matched_receive(call, (buf, count.into(), datatype), message, request, || unsafe { twin(buf, count, datatype, message, request) })
    }
    MPI_Sendrecv, MPI_Sendrecv_c(sendbuf: P, sendcount: N, sendtype: H, dest: I, sendtag: I, recvbuf: P, recvcount: N, recvtype: H, source: I, recvtag: I, comm: H, status: P) |call, twin| {
        let out = Half { buffer: sendbuf, count: sendcount.into(), datatype: sendtype, peer: dest, tag: sendtag };
        let back = Half { buffer: recvbuf, count: recvcount.into(), datatype: recvtype, peer: source, tag: recvtag };
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        send_receive(call, out, back, comm, status, |status| unsafe { twin(sendbuf, sendcount, sendtype, dest, sendtag, recvbuf, recvcount, recvtype, source, recvtag, comm, status) })
    }
    MPI_Sendrecv_replace, MPI_Sendrecv_replace_c(buf: P, count: N, datatype: H, dest: I, sendtag: I, source: I, recvtag: I, comm: H, status: P) |call, twin| {
        let out = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag: sendtag };
        let back = Half { peer: source, tag: recvtag, ..out };
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        send_receive(call, out, back, comm, status, |status| unsafe { twin(buf, count, datatype, dest, sendtag, source, recvtag, comm, status) })
    }
    MPI_Isendrecv, MPI_Isendrecv_c(sendbuf: P, sendcount: N, sendtype: H, dest: I, sendtag: I, recvbuf: P, recvcount: N, recvtype: H, source: I, recvtag: I, comm: H, request: P) |call, twin| {
        let out = Half { buffer: sendbuf, count: sendcount.into(), datatype: sendtype, peer: dest, tag: sendtag };
        let back = Half { buffer: recvbuf, count: recvcount.into(), datatype: recvtype, peer: source, tag: recvtag };
        // SAFETY: the arguments are handed on as they came.
        immediate_send_receive(call, out, back, comm, request, || unsafe { twin(sendbuf, sendcount, sendtype, dest, sendtag, recvbuf, recvcount, recvtype, source, recvtag, comm, request) })
    }
    MPI_Isendrecv_replace, MPI_Isendrecv_replace_c(buf: P, count: N, datatype: H, dest: I, sendtag: I, source: I, recvtag: I, comm: H, request: P) |call, twin| {
        let out = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag: sendtag };
        let back = Half { peer: source, tag: recvtag, ..out };
        // SAFETY: the arguments are handed on as they came.
        immediate_send_receive(call, out, back, comm, request, || unsafe { twin(buf, count, datatype, dest, sendtag, source, recvtag, comm, request) })
    }
}

/// A standard send's twin: the synchronous one in a strict run.
macro_rules! standard {
    ($twin:ident, $strict:ident, $synchronous:literal) => {
        if $strict {
            // SAFETY: the synchronous twin has the same arguments.
            unsafe { std::mem::transmute_copy(&Address(twin!($synchronous))) }
        } else {
            $twin
        }
    };
}

/// An address, to be read as that of a function.
struct Address(#[allow(dead_code)] *const std::ffi::c_void);

functions! {
    MPI_Send(buf: P, count: I, datatype: H, dest: I, tag: I, comm: H) |call, twin| {
        let strict = is_strict();
        let twin = standard!(twin, strict, "PMPI_Ssend");
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        send(call, Mode::Standard, strict, half, comm, || unsafe { twin(buf, count, datatype, dest, tag, comm) })
    }
    MPI_Send_c(buf: P, count: i64, datatype: H, dest: I, tag: I, comm: H) |call, twin| {
        let strict = is_strict();
        let twin = standard!(twin, strict, "PMPI_Ssend_c");
        let half = Half { buffer: buf, count, datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        send(call, Mode::Standard, strict, half, comm, || unsafe { twin(buf, count, datatype, dest, tag, comm) })
    }
    MPI_Isend(buf: P, count: I, datatype: H, dest: I, tag: I, comm: H, request: P) |call, twin| {
        let strict = is_strict();
        let twin = standard!(twin, strict, "PMPI_Issend");
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        immediate_send(call, Mode::Standard, strict, half, comm, request, || unsafe { twin(buf, count, datatype, dest, tag, comm, request) })
    }
    MPI_Isend_c(buf: P, count: i64, datatype: H, dest: I, tag: I, comm: H, request: P) |call, twin| {
        let strict = is_strict();
        let twin = standard!(twin, strict, "PMPI_Issend_c");
        let half = Half { buffer: buf, count, datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        immediate_send(call, Mode::Standard, strict, half, comm, request, || unsafe { twin(buf, count, datatype, dest, tag, comm, request) })
    }
    MPI_Send_init(buf: P, count: I, datatype: H, dest: I, tag: I, comm: H, request: P) |call, twin| {
        let strict = is_strict();
        let twin = standard!(twin, strict, "PMPI_Ssend_init");
        let half = Half { buffer: buf, count: count.into(), datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        persistent_send(call, Mode::Standard, strict, half, comm, request, || unsafe { twin(buf, count, datatype, dest, tag, comm, request) })
    }
    MPI_Send_init_c(buf: P, count: i64, datatype: H, dest: I, tag: I, comm: H, request: P) |call, twin| {
        let strict = is_strict();
        let twin = standard!(twin, strict, "PMPI_Ssend_init_c");
        let half = Half { buffer: buf, count, datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        persistent_send(call, Mode::Standard, strict, half, comm, request, || unsafe { twin(buf, count, datatype, dest, tag, comm, request) })
    }
    MPI_Probe(source: I, tag: I, comm: H, status: P) |call, twin| {
        let none = std::ptr::null_mut();
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        probe(call, (source, tag, comm), none, None, status, |status, right| unsafe {
            let source = wildcard::source(source, tag, comm);
            match right {
                true => by_looks(|flag| {
                    mpi!(PMPI_Iprobe(source => I, tag => I, comm => H, flag => P, status => P))
                }),
                false => twin(source, tag, comm, status),
            }
        })
    }
    MPI_Iprobe(source: I, tag: I, comm: H, flag: P, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        probe(call, (source, tag, comm), flag, None, status, |status, _| unsafe { twin(wildcard::source(source, tag, comm), tag, comm, flag, status) })
    }
    MPI_Mprobe(source: I, tag: I, comm: H, message: P, status: P) |call, twin| {
        let none = std::ptr::null_mut();
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        probe(call, (source, tag, comm), none, Some(message), status, |status, right| unsafe {
            let source = wildcard::source(source, tag, comm);
            match right {
                true => by_looks(|flag| {
                    mpi!(PMPI_Improbe(source => I, tag => I, comm => H, flag => P, message => P, status => P))
                }),
                false => twin(source, tag, comm, message, status),
            }
        })
    }
    MPI_Improbe(source: I, tag: I, comm: H, flag: P, message: P, status: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came, but for a status of our own.
        probe(call, (source, tag, comm), flag, Some(message), status, |status, _| unsafe { twin(wildcard::source(source, tag, comm), tag, comm, flag, message, status) })
    }
}

/// The bytes of so many elements.
fn bytes(call: &mut Call, count: i64, datatype: H) -> u64 {
    let size = call.datatype(datatype).map_or(0, |datatype| datatype.size);
    u64::try_from(count).unwrap_or(0) * size
}

/// Counts the call if its datatype says that what it is given, or else what it is to receive, lies apart.
fn count_layout(call: &mut Call, given: bool, count: i64, datatype: H) {
    let datatype = call.datatype(datatype);
    if datatype.is_some_and(|datatype| datatype.lies_apart(count)) {
        counts::note_apart(call.function(), given);
    }
}

/// The place of a process that a call names, and how many its communicator has; none where that is not
/// known: what is not recorded keeps no account of communicators. Counts so many bytes to send under the
/// communicator.
fn place(call: &mut Call, peer: I, comm: H, given: u64) -> (Option<u32>, Option<usize>) {
    let handle = abi().handle(comm);
    let comm = call.is_recorded().then(|| call.comm(comm)).flatten();
    if let Some(comm) = &comm {
        counts::note_among(call.function(), handle, comm, Peer::of_message(peer), given);
    }
    let place = comm.as_ref().and_then(|comm| comm.world_rank(peer));
    (place, comm.map(|comm| comm.members.len()))
}

/// Counts a message on its way out.
#[cold]
fn count_send(call: &mut Call, half: Half, comm: H, waits: bool) {
    let abi = abi();
    let turn = waits && half.peer != abi.proc_null;
    let given = bytes(call, half.count, half.datatype);
    count_layout(call, true, half.count, half.datatype);
    let (to_place, processes) = place(call, half.peer, comm, given);
    let note = Note {
        given,
        widest: bytes(call, i64::from(half.count > 0), half.datatype),
        to: Some(half.peer),
        to_place,
        processes,
        tag: Some(half.tag),
        turn: turn.then_some(Turn::Send(to_place.map_or(half.peer, |place| place as i32))),
        ..Note::default()
    };
    counts::note(call.function(), note);
}

/// Counts a call that asks for a message.
#[cold]
fn count_receive(call: &mut Call, peer: I, tag: I, comm: H, waits: bool) {
    let abi = abi();
    let from = (peer != abi.any_source).then_some(peer);
    let turn = waits && peer != abi.proc_null;
    let (place, processes) = place(call, peer, comm, 0);
    let from_place = from.map(|peer| place.map_or(peer, |place| place as i32));
    let note = Note {
        from: Some(from),
        processes,
        tag: (tag != abi.any_tag).then_some(tag),
        turn: turn.then_some(Turn::Receive(from_place)),
        ..Note::default()
    };
    counts::note(call.function(), note);
}

/// What a send is, with its arguments checked.
#[inline(always)]
fn message(
    call: &mut Call,
    comm: Option<&Comm>,
    mode: Mode,
    made_synchronous: bool,
    half: Half,
) -> Message {
    let nobody = half.peer == abi().proc_null;
    let mut to = None;
    if let Some(comm) = comm
        && !nobody
    {
        to = comm.world_rank(half.peer);
        if to.is_none() && !(0..comm.peers).contains(&half.peer) {
            call.wrong(
                Argument::Destination,
                half.peer.into(),
                Some(comm.peers.into()),
            );
        }
    }
    call.check_tag(half.tag);
    Message {
        comm: comm.map_or(recording::event::CommId(u64::MAX), |comm| comm.id),
        to,
        tag: half.tag,
        mode,
        made_synchronous,
        data: match nobody {
            true => call.data(half.buffer, half.count, half.datatype),
            false => call.buffer(half.buffer, half.count, half.datatype),
        },
    }
}

/// From whom and with which tag, checked.
#[inline(always)]
fn envelope(call: &mut Call, comm: Option<&Comm>, peer: I, tag: I) -> (Source, Tag) {
    let abi = abi();
    let source = if peer == abi.any_source {
        Source::Any
    } else if peer == abi.proc_null {
        Source::Nobody
    } else {
        match comm.and_then(|comm| comm.world_rank(peer)) {
            Some(rank) => Source::Rank(rank),
            None => {
                if let Some(comm) = comm
                    && !(0..comm.peers).contains(&peer)
                {
                    call.wrong(Argument::Source, peer.into(), Some(comm.peers.into()));
                }
                // Beyond the job: nobody who is looked at.
                Source::Any
            }
        }
    };
    if tag == abi.any_tag {
        return (source, Tag::Any);
    }
    call.check_tag(tag);
    (source, Tag::Is(tag))
}

/// What a receive is, with its arguments checked.
#[inline(always)]
fn room(call: &mut Call, comm: Option<&Comm>, half: Half) -> Room {
    let (source, tag) = envelope(call, comm, half.peer, half.tag);
    Room {
        comm: comm.map_or(recording::event::CommId(u64::MAX), |comm| comm.id),
        source,
        tag,
        data: match source {
            Source::Nobody => call.data(half.buffer, half.count, half.datatype),
            _ => call.buffer(half.buffer, half.count, half.datatype),
        },
    }
}

#[inline(always)]
fn send(
    mut call: Call,
    mode: Mode,
    strict: bool,
    half: Half,
    raw: H,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if call.is_counted() {
        // A buffered send does not wait, and whoever sends ready knows that the receive is there.
        let waits = matches!(mode, Mode::Standard | Mode::Synchronous);
        count_send(&mut call, half, raw, waits);
    }
    if call.is_recorded() {
        let comm = call.comm(raw);
        let message = message(&mut call, comm.as_deref(), mode, strict, half);
        if matches!(mode, Mode::Buffered) && message.to.is_some() {
            check_room(&mut call, raw, half);
        }
        call.begin(&What::Send(message, None), 0);
    }
    let code = run();
    call.end(code, Outcome::Nothing);
    code
}

/// The bytes of a message.
fn sent(call: &mut Call, half: Half) -> u64 {
    let datatype = call.datatype(half.datatype);
    datatype.map_or(0, |datatype| {
        half.count
            .max(0)
            .unsigned_abs()
            .saturating_mul(datatype.size)
    })
}

/// Looks whether there is room for a buffered message.
#[cold]
fn check_room(call: &mut Call, comm: H, half: Half) {
    let bytes = sent(call, half);
    buffering::check(call, comm, bytes);
}

/// Keeps the request that a call has returned.
pub(crate) fn keep(request: P, code: c_int, kept: Request) {
    if code == 0
        // SAFETY: MPI has written a handle there, or the program has given none and MPI refused it.
        && let Some(handle) = unsafe { tables::read(request) }
        && handle != abi().request_null
    {
        tables::with(|tables| tables.add_request(handle, kept));
    }
}

/// Where a buffer begins; 0 if there is nothing in it.
pub(crate) fn used(data: &Data) -> usize {
    match data.count {
        1.. => data.address as usize,
        _ => 0,
    }
}

/// The buffer of a send that goes on after its call.
fn watched(call: &mut Call, half: Half) -> Option<Watched> {
    let datatype = call.datatype(half.datatype);
    Watched::of(datatype.as_deref(), half.buffer as usize, half.count)
}

fn immediate_send(
    mut call: Call,
    mode: Mode,
    strict: bool,
    half: Half,
    raw: H,
    request: P,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if call.is_counted() {
        count_send(&mut call, half, raw, false);
    }
    let mut kept = None;
    if call.is_recorded() {
        let comm = call.comm(raw);
        let message = message(&mut call, comm.as_deref(), mode, strict, half);
        if matches!(mode, Mode::Buffered) && message.to.is_some() {
            check_room(&mut call, raw, half);
        }
        let id = next_request();
        let mut new = Request::new(id);
        new.at = used(&message.data);
        call.look_at_posted();
        if !call.is_wrong() && message.to.is_some() {
            new.buffer = watched(&mut call, half).map(Watched::begin);
        }
        call.begin(&What::Send(message, Some(id)), 0);
        kept = Some(new);
    }
    let code = run();
    if let Some(new) = kept {
        keep(request, code, new);
        call.posted(None);
    }
    call.end(code, Outcome::Nothing);
    code
}

fn persistent_send(
    mut call: Call,
    mode: Mode,
    strict: bool,
    half: Half,
    raw: H,
    request: P,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if call.is_counted() {
        counts::note(call.function(), Note::default());
    }
    let mut kept = None;
    if call.is_recorded() {
        let sends = call.is_counted().then(|| {
            let to = place(&mut call, half.peer, raw, 0).0;
            let to = to.map_or(half.peer, |place| place as i32);
            (to, bytes(&mut call, half.count, half.datatype))
        });
        let comm = call.comm(raw);
        let message = message(&mut call, comm.as_deref(), mode, strict, half);
        let buffer = message.to.and_then(|_| watched(&mut call, half));
        let at = used(&message.data);
        let is_buffered = matches!(mode, Mode::Buffered) && message.to.is_some();
        let rare = is_buffered.then(|| {
            Box::new(Rare {
                buffered: Some((raw, sent(&mut call, half))),
                ..Rare::default()
            })
        });
        kept = Some(Request {
            sends,
            rare,
            buffer,
            at,
            ..prepare(&mut call, Persistent::Send(message), None)
        });
    }
    let code = run();
    if let Some(new) = kept {
        keep(request, code, new);
    }
    call.end(code, Outcome::Nothing);
    code
}

/// Writes a persistent request down.
pub(crate) fn prepare(call: &mut Call, what: Persistent, receives: Option<Arc<Comm>>) -> Request {
    let id = next_request();
    call.begin(&What::Prepare(id, Box::new(what)), 0);
    Request {
        receives,
        persistent: true,
        active: false,
        ..Request::new(id)
    }
}

/// What a blocking call's own status says.
///
/// # Safety
/// `status` must point to a status if the call was written down.
#[inline(always)]
unsafe fn own<'a>(comm: Option<&Comm>, status: P, code: c_int) -> Outcome<'a> {
    match comm {
        // SAFETY: the caller's promise; MPI has filled it.
        Some(comm) if code == 0 => Outcome::One(None, unsafe { read_status(comm, status) }),
        _ => Outcome::Nothing,
    }
}

#[inline(always)]
fn receive(mut call: Call, half: Half, comm: H, status: P, run: impl FnOnce(P) -> c_int) -> c_int {
    if call.is_counted() {
        count_receive(&mut call, half.peer, half.tag, comm, true);
        count_layout(&mut call, false, half.count, half.datatype);
    }
    if !call.is_recorded() {
        let code = run(status);
        call.end(code, Outcome::Nothing);
        return code;
    }
    let comm = call.comm(comm);
    let room = room(&mut call, comm.as_deref(), half);
    call.begin(&What::Receive(room, None), 0);
    let status = call.statuses(status, 1);
    let code = run(status);
    // SAFETY: the status is the program's or ours.
    let outcome = unsafe { own(comm.as_deref(), status, code) };
    arrived(&call, &outcome);
    call.end(code, outcome);
    code
}

/// Counts a message that has been taken out of the queue, for whoever wants to know their order.
fn arrived(call: &Call, outcome: &Outcome<'_>) {
    if call.is_counted()
        && let Outcome::One(
            _,
            Status {
                source: Some((rank, _)),
                ..
            },
        ) = outcome
    {
        counts::arrived(*rank);
    }
}

fn immediate_receive(
    mut call: Call,
    half: Half,
    comm: H,
    request: P,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if call.is_counted() {
        count_receive(&mut call, half.peer, half.tag, comm, false);
        count_layout(&mut call, false, half.count, half.datatype);
    }
    let mut kept = None;
    if call.is_recorded() {
        let comm = call.comm(comm);
        let room = room(&mut call, comm.as_deref(), half);
        let id = next_request();
        let at = used(&room.data);
        call.look_at_posted();
        let looked_at = room.source != Source::Nobody && !call.is_wrong();
        call.begin(&What::Receive(room, Some(id)), 0);
        kept = Some(Request {
            receives: comm,
            buffer: looked_at.then(|| watched(&mut call, half)).flatten(),
            at,
            ..Request::new(id)
        });
    }
    let code = run();
    if let Some(mut new) = kept {
        let receive = new.buffer.take().map(|buffer| (new.id, buffer));
        keep(request, code, new);
        call.posted(receive.filter(|_| code == 0));
    }
    call.end(code, Outcome::Nothing);
    code
}

fn persistent_receive(
    mut call: Call,
    half: Half,
    comm: H,
    request: P,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if call.is_counted() {
        count_receive(&mut call, half.peer, half.tag, comm, false);
        count_layout(&mut call, false, half.count, half.datatype);
    }
    let mut kept = None;
    if call.is_recorded() {
        let comm = call.comm(comm);
        let room = room(&mut call, comm.as_deref(), half);
        let at = used(&room.data);
        kept = Some(Request {
            at,
            ..prepare(&mut call, Persistent::Receive(room), comm)
        });
    }
    let code = run();
    if let Some(new) = kept {
        keep(request, code, new);
    }
    call.end(code, Outcome::Nothing);
    code
}

fn send_receive(
    mut call: Call,
    out: Half,
    back: Half,
    comm: H,
    status: P,
    run: impl FnOnce(P) -> c_int,
) -> c_int {
    if call.is_counted() {
        count_send(&mut call, out, comm, false);
        count_layout(&mut call, false, back.count, back.datatype);
    }
    if !call.is_recorded() {
        let code = run(status);
        call.end(code, Outcome::Nothing);
        return code;
    }
    let comm = call.comm(comm);
    let message = message(&mut call, comm.as_deref(), Mode::Standard, false, out);
    let room = room(&mut call, comm.as_deref(), back);
    call.begin(&What::SendReceive(message, room, None), 0);
    let status = call.statuses(status, 1);
    let code = run(status);
    // SAFETY: the status is the program's or ours.
    let outcome = unsafe { own(comm.as_deref(), status, code) };
    call.end(code, outcome);
    code
}

fn immediate_send_receive(
    mut call: Call,
    out: Half,
    back: Half,
    comm: H,
    request: P,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if call.is_counted() {
        count_send(&mut call, out, comm, false);
        count_layout(&mut call, false, back.count, back.datatype);
    }
    let mut kept = None;
    if call.is_recorded() {
        let comm = call.comm(comm);
        let message = message(&mut call, comm.as_deref(), Mode::Standard, false, out);
        let room = room(&mut call, comm.as_deref(), back);
        let id = next_request();
        call.begin(&What::SendReceive(message, room, Some(id)), 0);
        kept = Some(Request {
            receives: comm,
            ..Request::new(id)
        });
    }
    let code = run();
    if let Some(new) = kept {
        keep(request, code, new);
    }
    call.end(code, Outcome::Nothing);
    code
}

/// A probe: one that waits has no flag (a null address), a matched one has a message.
fn probe(
    mut call: Call,
    (peer, tag, raw): (I, I, H),
    flag: P,
    takes: Option<P>,
    status: P,
    run: impl FnOnce(P, bool) -> c_int,
) -> c_int {
    let waits = flag.is_null();
    if call.is_counted() {
        count_receive(&mut call, peer, tag, raw, waits && takes.is_some());
    }
    if !call.is_recorded() {
        let code = run(status, true);
        call.end(code, Outcome::Nothing);
        return code;
    }
    let comm = call.comm(raw);
    let (source, wanted) = envelope(&mut call, comm.as_deref(), peer, tag);
    let what = What::Probe {
        comm: comm
            .as_ref()
            .map_or(recording::event::CommId(u64::MAX), |comm| comm.id),
        source,
        tag: wanted,
        waits,
        takes: takes.map(|_| None),
        in_vain: 0,
    };
    let key = call.key([peer as u64, tag as u64, raw as u64]);
    let repeated = !waits && call.is_repeated(key);
    if !repeated {
        if waits {
            call.begin(&what, 0);
        } else {
            call.begin_test(&what, 0);
        }
    }
    let status = call.statuses(status, 1);
    let code = run(status, !call.is_wrong());
    // SAFETY: MPI has written the flag.
    let found = code == 0 && (waits || unsafe { flag.cast::<c_int>().read_unaligned() } != 0);
    if !found && !waits {
        if repeated {
            call.end_repeated(code, key);
        } else {
            call.end_in_vain(code, key);
        }
        return code;
    }
    call.found();
    if repeated {
        call.begin(&what, 0);
    }
    // SAFETY: the status is the program's or ours, and MPI has filled it if it has found something.
    let outcome = unsafe { own(comm.as_deref(), status, code) };
    if takes.is_some() {
        arrived(&call, &outcome);
    }
    if let (Some(message), Outcome::One(_, Status { source: Some(_), .. }), Some(index)) =
        (takes, outcome, call.index())
        // SAFETY: MPI has written a handle there.
        && let Some(handle) = unsafe { tables::read(message) }
    {
        tables::with(|tables| tables.add_message(handle, MessageId(index)));
    }
    call.end(code, outcome);
    code
}

/// The message that a matched receive is for, and its room.
fn matched(
    call: &mut Call,
    (buffer, count, datatype): (P, i64, H),
    message: P,
) -> (Option<MessageId>, Data) {
    let data = call.data(buffer, count, datatype);
    // SAFETY: the program names a message there.
    let handle = unsafe { tables::read(message) };
    let message = handle.and_then(|handle| tables::with(|tables| tables.take_message(handle)));
    (message, data)
}

fn matched_receive(
    mut call: Call,
    room: (P, i64, H),
    message: P,
    status: P,
    run: impl FnOnce(P) -> c_int,
) -> c_int {
    if call.is_counted() {
        counts::note(call.function(), Note::default());
        count_layout(&mut call, false, room.1, room.2);
    }
    if !call.is_recorded() {
        let code = run(status);
        call.end(code, Outcome::Nothing);
        return code;
    }
    let (message, data) = matched(&mut call, room, message);
    let what = What::MatchedReceive {
        message,
        data,
        request: None,
    };
    call.begin(&what, 0);
    let status = call.statuses(status, 1);
    let code = run(status);
    // From whom it came, the probe has said; what it was given, it says once more.
    let outcome = if code == 0 {
        Outcome::One(
            None,
            Status {
                bytes: crate::mpi::bytes(status),
                ..Status::default()
            },
        )
    } else {
        Outcome::Nothing
    };
    call.end(code, outcome);
    code
}

fn immediate_matched_receive(
    mut call: Call,
    room: (P, i64, H),
    message: P,
    request: P,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if call.is_counted() {
        counts::note(call.function(), Note::default());
        count_layout(&mut call, false, room.1, room.2);
    }
    let mut kept: Option<RequestId> = None;
    let mut at = 0;
    if call.is_recorded() {
        let (message, data) = matched(&mut call, room, message);
        let id = next_request();
        at = used(&data);
        let what = What::MatchedReceive {
            message,
            data,
            request: Some(id),
        };
        call.begin(&what, 0);
        kept = Some(id);
    }
    let code = run();
    if let Some(id) = kept {
        keep(
            request,
            code,
            Request {
                at,
                ..Request::new(id)
            },
        );
    }
    call.end(code, Outcome::Nothing);
    code
}
