//! Messages in partitions (MPI standard 5.0, chapter 4): set up once, and at each start marked as ready part by
//! part.

use super::{
    H, I, P,
    point_to_point::{keep, prepare, used},
    requests::look_at,
};
use crate::{
    abi::Handle,
    call::Call,
    counts::{self, Note},
    library::abi,
    mpi::Sort,
    tables::{self, Partitions, Rare, Request, Watched},
};
use recording::{
    event::{Argument, CommId, Partitioned, Persistent, RequestId, What},
    format::Outcome,
};
use std::ffi::c_int;

functions! {
    MPI_Psend_init(buf: P, partitions: I, count_of: i64, datatype: H, dest: I, tag: I, comm: H, info: H, request: P) |call, twin| {
        let message = Message { sends: true, buffer: buf, partitions, count: count_of, datatype, peer: dest, tag };
        // SAFETY: the arguments are handed on as they came.
        set_up(call, message, comm, request, || unsafe { twin(buf, partitions, count_of, datatype, dest, tag, comm, info, request) })
    }
    MPI_Precv_init(buf: P, partitions: I, count_of: i64, datatype: H, source: I, tag: I, comm: H, info: H, request: P) |call, twin| {
        let message = Message { sends: false, buffer: buf, partitions, count: count_of, datatype, peer: source, tag };
        // SAFETY: the arguments are handed on as they came.
        set_up(call, message, comm, request, || unsafe { twin(buf, partitions, count_of, datatype, source, tag, comm, info, request) })
    }
    MPI_Pready(partition: I, request: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        ready(call, request, [partition], || unsafe { twin(partition, request) })
    }
    MPI_Pready_range(partition_low: I, partition_high: I, request: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        ready(call, request, partition_low..=partition_high, || unsafe { twin(partition_low, partition_high, request) })
    }
    MPI_Pready_list(length: I, array_of_partitions: P, request: H) |call, twin| {
        // SAFETY: the program names so many integers there.
        let list = (0..usize::try_from(length).unwrap_or(0)).map(|at| unsafe { array_of_partitions.cast::<c_int>().add(at).read_unaligned() });
        // SAFETY: the arguments are handed on as they came.
        ready(call, request, list, || unsafe { twin(length, array_of_partitions, request) })
    }
    MPI_Parrived(request: H, partition: I, flag: P) |call, twin| {
        if call.is_recorded() {
            let of = tables::with(|tables| Some(tables.request(abi().handle(request))?.partitions()?.number));
            check_number(&mut call, partition, of);
        }
        // SAFETY: the arguments are handed on as they came.
        look_at(call, request, partition as u64, flag, |_, _| {}, || unsafe { twin(request, partition, flag) })
    }
}

/// The arguments that set a message up.
#[derive(Clone, Copy, Debug)]
struct Message {
    sends: bool,
    buffer: P,
    partitions: I,
    /// In each of them.
    count: i64,
    datatype: H,
    peer: I,
    tag: I,
}

fn set_up(
    mut call: Call,
    message: Message,
    comm: H,
    request: P,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if call.is_counted() {
        counts::note(call.function(), Note::default());
    }
    let mut kept = None;
    if call.is_recorded() {
        let Message {
            sends,
            buffer,
            partitions,
            count,
            datatype,
            peer,
            tag,
        } = message;
        let comm = call.comm(comm);
        let is_nobody = peer == abi().proc_null;
        let known = comm
            .as_ref()
            .and_then(|comm| comm.world_rank(peer))
            .filter(|_| !is_nobody);
        if let Some(comm) = comm.as_ref().filter(|_| !is_nobody)
            && !(0..comm.peers).contains(&peer)
        {
            let argument = if sends {
                Argument::Destination
            } else {
                Argument::Source
            };
            call.wrong(argument, peer.into(), Some(comm.peers.into()));
        }
        call.check_tag(tag);
        let number = u32::try_from(partitions).unwrap_or(0);
        if partitions < 0 {
            call.wrong(Argument::Count, partitions.into(), None);
        }
        let data = match is_nobody {
            true => call.data(buffer, count, datatype),
            false => call.buffer(buffer, count, datatype),
        };
        let kind = call.datatype(datatype);
        let first = match sends && !is_nobody {
            true => Watched::of(kind.as_deref(), buffer as usize, count),
            false => None,
        };
        let one = Partitioned {
            comm: comm.map_or(CommId(u64::MAX), |comm| comm.id),
            peer: known,
            tag,
            sends,
            partitions: number,
            data,
        };
        let at = if number > 0 { used(&one.data) } else { 0 };
        let partitions = Partitions {
            number,
            first,
            ready: Vec::new(),
        };
        kept = Some(Request {
            at,
            rare: Some(Box::new(Rare {
                partitions: Some(partitions),
                ..Rare::default()
            })),
            ..prepare(&mut call, Persistent::Partitioned(one), None)
        });
    }
    let code = run();
    if let Some(new) = kept {
        keep(request, code, new);
    }
    call.end(code, Outcome::Nothing);
    code
}

fn check_number(call: &mut Call, partition: I, of: Option<u32>) {
    if let Some(of) = of
        && !u32::try_from(partition).is_ok_and(|partition| partition < of)
    {
        call.wrong(Argument::Partition, partition.into(), Some(of.into()));
    }
}

/// What is known of a request whose partitions are marked.
fn marked(handle: Handle) -> Option<(RequestId, bool, u32)> {
    tables::with(|tables| {
        let request = tables.request(handle)?;
        let number = request.partitions()?.number;
        Some((request.id, request.active, number))
    })
}

fn ready(
    mut call: Call,
    request: H,
    partitions: impl IntoIterator<Item = I>,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if call.is_counted() {
        counts::note(call.function(), Note::default());
    }
    if call.is_recorded() {
        let handle = abi().handle(request);
        let known = match call.check(Sort::Request, handle) {
            true => marked(handle),
            false => None,
        };
        let mut what = What::Other;
        if let Some((id, is_active, number)) = known {
            if !is_active {
                call.wrong(Argument::NotStarted, 0, None);
            }
            let mut all = Vec::new();
            for partition in partitions {
                check_number(&mut call, partition, Some(number));
                let Some(at) = u32::try_from(partition).ok().filter(|at| *at < number) else {
                    continue;
                };
                all.push(at);
                let is_new = tables::with(|tables| {
                    let request = tables.request(handle)?;
                    Some(request.partitions()?.mark(at))
                });
                if is_new == Some(false) {
                    call.wrong(Argument::Ready, partition.into(), None);
                }
            }
            what = What::Ready(id, all);
        }
        call.begin(&what, 0);
    }
    let code = run();
    call.end(code, Outcome::Nothing);
    code
}
