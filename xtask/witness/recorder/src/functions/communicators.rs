//! Functions that make and free communicators (MPI standard 5.0, chapters 7, 8 and 11).

use super::{H, I, P, collectives::arrive};
use crate::{
    agree::Part,
    call::Call,
    counts::{self, Note},
    library::abi,
    mixed::mixed,
    mpi::{self, Sort},
    refusals::{self, Raiser},
    tables::{self, Birth, Comm, Request, next_request},
    worlds::{self, Here, Way},
};
use recording::{
    event::{Argument, Collective, CommId, Leader, Object, What},
    format::Outcome,
    functions::{kind, name},
};
use std::{
    ffi::c_int,
    sync::{Arc, atomic::Ordering},
};

functions! {
    MPI_Comm_dup(comm: H, newcomm: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, comm, newcomm, || unsafe { twin(comm, newcomm) })
    }
    MPI_Comm_dup_with_info(comm: H, info: H, newcomm: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, comm, newcomm, || unsafe { twin(comm, info, newcomm) })
    }
    MPI_Comm_idup(comm: H, newcomm: P, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        duplicate(call, comm, newcomm, request, || unsafe { twin(comm, newcomm, request) })
    }
    MPI_Comm_idup_with_info(comm: H, info: H, newcomm: P, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        duplicate(call, comm, newcomm, request, || unsafe { twin(comm, info, newcomm, request) })
    }
    MPI_Comm_split(comm: H, color: I, key: I, newcomm: P) |call, twin| {
        if color < 0 && color != abi().undefined && call.is_recorded() {
            call.wrong(Argument::Colour, color.into(), None);
        }
        // SAFETY: the arguments are handed on as they came.
        make(call, comm, newcomm, || unsafe { twin(comm, color, key, newcomm) })
    }
    MPI_Comm_split_type(comm: H, split_type: I, key: I, info: H, newcomm: P) |call, twin| {
        let pretended = counts::pretended_node().filter(|_| split_type != abi().undefined);
        make(call, comm, newcomm, || match pretended {
            // SAFETY: the program names room for a handle, as for the function in whose place this stands.
            Some(node) => unsafe { mpi::split(comm, node, key, newcomm) },
            // SAFETY: the arguments are handed on as they came.
            None => unsafe { twin(comm, split_type, key, info, newcomm) },
        })
    }
    MPI_Comm_create(comm: H, group: H, newcomm: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, comm, newcomm, || unsafe { twin(comm, group, newcomm) })
    }
    MPI_Cart_create(comm_old: H, ndims: I, dims: P, periods: P, reorder: I, comm_cart: P) |call, twin| {
        if call.is_recorded() {
            // SAFETY: the program names so many dimensions there.
            unsafe { check_grid(&mut call, comm_old, ndims, dims) };
        }
        // Where a program lets MPI reorder the ranks, MPI mostly does not. In a check it does: whoever relies on
        // the usual order is wrong each time.
        let is_reordered = reorder != 0 && call.is_counted();
        make(call, comm_old, comm_cart, || match is_reordered {
            // SAFETY: the arguments are handed on as they came, but for the communicator.
            true => unsafe { mpi::reversed(comm_old, |comm| twin(comm, ndims, dims, periods, 0, comm_cart)) },
            // SAFETY: the arguments are handed on as they came.
            false => unsafe { twin(comm_old, ndims, dims, periods, reorder, comm_cart) },
        })
    }
    MPI_Cart_sub(comm: H, remain_dims: P, newcomm: P) |call, twin| {
        call.check(Sort::Grid, comm);
        // SAFETY: the arguments are handed on as they came.
        make(call, comm, newcomm, || unsafe { twin(comm, remain_dims, newcomm) })
    }
    MPI_Graph_create(comm_old: H, nnodes: I, indx: P, edges: P, reorder: I, comm_graph: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, comm_old, comm_graph, || unsafe { twin(comm_old, nnodes, indx, edges, reorder, comm_graph) })
    }
    MPI_Dist_graph_create(comm_old: H, n: I, sources: P, degrees: P, destinations: P, weights: P, info: H, reorder: I, comm_dist_graph: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, comm_old, comm_dist_graph, || unsafe { twin(comm_old, n, sources, degrees, destinations, weights, info, reorder, comm_dist_graph) })
    }
    MPI_Dist_graph_create_adjacent(comm_old: H, indegree: I, sources: P, sourceweights: P, outdegree: I, destinations: P, destweights: P, info: H, reorder: I, comm_dist_graph: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, comm_old, comm_dist_graph, || unsafe { twin(comm_old, indegree, sources, sourceweights, outdegree, destinations, destweights, info, reorder, comm_dist_graph) })
    }
    MPI_Intercomm_merge(intercomm: H, high: I, newintracomm: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, intercomm, newintracomm, || unsafe { twin(intercomm, high, newintracomm) })
    }
    MPI_Intercomm_create(local_comm: H, local_leader: I, peer_comm: H, remote_leader: I, tag: I, newintercomm: P) |call, twin| {
        count(&call);
        let leaders = Leaders { own: local_leader, peer: peer_comm, other: remote_leader, tag };
        // SAFETY: the arguments are handed on as they came.
        between(call, local_comm, leaders, newintercomm, || unsafe {
            twin(local_comm, local_leader, peer_comm, remote_leader, tag, newintercomm)
        })
    }
    MPI_Comm_create_group(comm: H, group: H, tag: I, newcomm: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        of_group(call, comm, group, tag, newcomm, || unsafe { twin(comm, group, tag, newcomm) })
    }
    MPI_Comm_create_from_group(group: H, stringtag: P, info: H, errhandler: H, newcomm: P) |call, twin| {
        // SAFETY: the program names a text there.
        let tag = unsafe { text(stringtag) };
        // SAFETY: the arguments are handed on as they came.
        apart(call, newcomm, Birth::Apart(tag), || unsafe { twin(group, stringtag, info, errhandler, newcomm) })
    }
    MPI_Intercomm_create_from_groups(local_group: H, local_leader: I, remote_group: H, remote_leader: I, stringtag: P, info: H, errhandler: H, newintercomm: P) |call, twin| {
        // SAFETY: the program names a text there.
        let tag = unsafe { text(stringtag) };
        // SAFETY: the arguments are handed on as they came.
        apart(call, newintercomm, Birth::Apart(tag), || unsafe {
            twin(local_group, local_leader, remote_group, remote_leader, stringtag, info, errhandler, newintercomm)
        })
    }
    MPI_Comm_spawn(command: P, argv: P, maxprocs: I, info: H, root: I, comm: H, intercomm: P, array_of_errcodes: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        connect(call, Way::Spawn, comm, root, intercomm, || unsafe { twin(command, argv, maxprocs, info, root, comm, intercomm, array_of_errcodes) })
    }
    MPI_Comm_spawn_multiple(count_of: I, commands: P, argvs: P, maxprocs: P, infos: P, root: I, comm: H, intercomm: P, errcodes: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        connect(call, Way::Spawn, comm, root, intercomm, || unsafe { twin(count_of, commands, argvs, maxprocs, infos, root, comm, intercomm, errcodes) })
    }
    MPI_Comm_accept(port_name: P, info: H, root: I, comm: H, newcomm: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        connect(call, Way::Accept, comm, root, newcomm, || unsafe { twin(port_name, info, root, comm, newcomm) })
    }
    MPI_Comm_connect(port_name: P, info: H, root: I, comm: H, newcomm: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        connect(call, Way::Connect, comm, root, newcomm, || unsafe { twin(port_name, info, root, comm, newcomm) })
    }
    MPI_Comm_join(fd: I, intercomm: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        connect(call, Way::Join, abi().comm_self, 0, intercomm, || unsafe { twin(fd, intercomm) })
    }
    MPI_Comm_free(comm: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, comm, false, || unsafe { twin(comm) })
    }
    MPI_Comm_disconnect(comm: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, comm, true, || unsafe { twin(comm) })
    }
}

/// Looks at the dimensions of a Cartesian grid.
///
/// # Safety
/// There must be so many integers at `dims`, or it must be null.
unsafe fn check_grid(call: &mut Call, comm: H, ndims: I, dims: P) {
    let Some(comm) = call.comm(comm) else { return };
    if ndims < 0 {
        call.wrong(Argument::Count, ndims.into(), None);
    }
    if dims.is_null() {
        return;
    }
    let mut places = 1i64;
    for at in 0..usize::try_from(ndims).unwrap_or(0) {
        // SAFETY: the caller's promise.
        let length = i64::from(unsafe { dims.cast::<c_int>().add(at).read_unaligned() });
        if length < 1 {
            call.wrong(Argument::Dimension, length, None);
        }
        places = places.saturating_mul(length);
    }
    if places > i64::from(comm.peers) && comm.remote.is_none() {
        call.wrong(Argument::Grid, places, Some(comm.peers.into()));
    }
}

fn count(call: &Call) {
    if call.is_counted() {
        counts::note(call.function(), Note::default());
    }
}

/// A text's number.
///
/// # Safety
/// `text` must point to a text that ends with a zero, or be null.
unsafe fn text(text: P) -> u64 {
    if text.is_null() {
        return 0;
    }
    // SAFETY: the caller's promise.
    let text = unsafe { std::ffi::CStr::from_ptr(text.cast()) };
    mixed(text.to_bytes().iter().map(|byte| u64::from(*byte)))
}

/// A communicator that all ranks of another make together.
fn make(mut call: Call, parent: H, new: P, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    if !call.is_recorded() {
        let code = run();
        call.end(code, Outcome::Nothing);
        return code;
    }
    let parent = call.comm(parent);
    let index = arrive(&mut call, parent.as_deref(), Part::default());
    let nth = |parent: &Comm| Birth::Child(parent.children.fetch_add(1, Ordering::Relaxed));
    let birth = parent.as_deref().map_or(Birth::Unknown, nth);
    let what = what(&call, parent.as_deref(), index, None);
    call.begin(&What::Collective(what, None), 0);
    born(call, parent.as_deref(), birth, new, run)
}

/// The handle of the new communicator; none if this rank is in none.
fn made(new: P, code: c_int) -> Option<H> {
    if code != 0 {
        return None;
    }
    // SAFETY: MPI has written a handle there.
    let handle = unsafe { tables::read(new) }?;
    (handle != abi().comm_null).then_some(handle)
}

fn what(call: &Call, comm: Option<&Comm>, index: u64, makes: Option<CommId>) -> Collective {
    Collective {
        comm: comm.map_or(CommId(u64::MAX), |comm| comm.id),
        index,
        made_synchronous: false,
        kind: kind(call.function()).unwrap_or(""),
        root: None,
        op: None,
        gives: None,
        takes: None,
        each: (Vec::new(), Vec::new()),
        makes,
        assertion: 0,
        meets: None,
    }
}

/// A collective of which no more is known than who takes part.
pub(crate) fn alone(call: &mut Call, comm: Option<&Comm>) -> Collective {
    let index = arrive(call, comm, Part::default());
    what(call, comm, index, None)
}

/// Who leads two groups that are to be connected, as one of them names them.
struct Leaders {
    /// Its own leader, by its rank in the group's communicator.
    own: I,
    /// The communicator of both leaders.
    peer: H,
    /// The other group's leader, by its rank there.
    other: I,
    tag: I,
}

/// A communicator of two groups, whose leaders meet. What they meet by is known to them alone.
fn between(
    mut call: Call,
    local: H,
    leaders: Leaders,
    new: P,
    run: impl FnOnce() -> c_int,
) -> c_int {
    if !call.is_recorded() {
        let code = run();
        call.end(code, Outcome::Nothing);
        return code;
    }
    let parent = call.comm(local);
    let own = parent
        .as_ref()
        .and_then(|comm| comm.world_rank(leaders.own));
    let part = Part {
        rooted: true,
        root: own,
        ..Part::default()
    };
    let index = arrive(&mut call, parent.as_deref(), part);
    let is_leader = parent.as_ref().is_some_and(|comm| comm.rank == leaders.own);
    let peer = if is_leader {
        call.comm(leaders.peer)
    } else {
        None
    };
    // Errors are raised on the group's own: it is looked up last.
    let parent = call.comm(local);
    // Of a communicator that no other rank knows by this number nobody is met.
    let meets = peer.filter(|peer| !peer.only_here).and_then(|peer| {
        Some(Leader {
            comm: peer.id,
            rank: peer.world_rank(leaders.other)?,
            tag: leaders.tag,
        })
    });
    let what = Collective {
        root: own,
        meets,
        ..what(&call, parent.as_deref(), index, None)
    };
    call.begin(&What::Collective(what, None), 0);
    let birth = Birth::Apart(mixed([5, leaders.tag as u64]));
    born(call, parent.as_deref(), birth, new, run)
}

/// Runs a call that makes a communicator.
fn born(
    call: Call,
    parent: Option<&Comm>,
    birth: Birth,
    new: P,
    run: impl FnOnce() -> c_int,
) -> c_int {
    let code = run();
    let function = name(call.function()).unwrap_or("");
    let outcome = match made(new, code) {
        Some(handle) => {
            let comm = tables::with(|tables| tables.add_comm(handle, parent, birth, function));
            Outcome::Made(comm.id.0)
        }
        None => Outcome::Nothing,
    };
    call.end(code, outcome);
    code
}

/// A duplicate that is there once its request is complete.
fn duplicate(mut call: Call, parent: H, new: P, request: P, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    if !call.is_recorded() {
        let code = run();
        call.end(code, Outcome::Nothing);
        return code;
    }
    let parent = call.comm(parent);
    let index = arrive(&mut call, parent.as_deref(), Part::default());
    let function = name(call.function()).unwrap_or("");
    let comm: Option<Arc<Comm>> = parent.as_deref().map(|parent| {
        let nth = parent.children.fetch_add(1, Ordering::Relaxed);
        tables::with(|tables| tables.announce_duplicate(parent, nth, function))
    });
    let id = next_request();
    let what = what(
        &call,
        parent.as_deref(),
        index,
        comm.as_ref().map(|comm| comm.id),
    );
    call.begin(&What::Collective(what, Some(id)), 0);
    let code = run();
    if code == 0
        // SAFETY: MPI has written a handle there.
        && let Some(handle) = unsafe { tables::read(request) }
        && handle != abi().request_null
    {
        let kept = Request {
            makes: comm.map(|comm| (new as usize, comm)),
            ..Request::new(id)
        };
        tables::with(|tables| tables.add_request(handle, kept));
    }
    call.end(code, Outcome::Nothing);
    code
}

/// A communicator that connects all ranks of another to those of another world.
fn connect(
    mut call: Call,
    way: Way,
    local: H,
    root: I,
    new: P,
    run: impl FnOnce() -> c_int,
) -> c_int {
    count(&call);
    if !call.is_recorded() {
        let code = run();
        call.end(code, Outcome::Nothing);
        return code;
    }
    let comm = call.comm(local);
    let index = arrive(&mut call, comm.as_deref(), Part::default());
    let what = what(&call, comm.as_deref(), index, None);
    call.begin(&What::Collective(what, None), 0);
    let is_root = comm.as_ref().is_some_and(|comm| comm.rank == root);
    let before = if is_root { worlds::announce(way) } else { 0 };
    let code = run();
    let outcome = match (made(new, code), comm) {
        (Some(handle), Some(comm)) => {
            refusals::take_over(Raiser::Communicator, handle);
            let here = Here {
                way,
                comm: local,
                members: &comm.members,
                root,
                before,
            };
            let birth = worlds::link(here, handle).map_or(Birth::Unknown, Birth::Linked);
            let function = name(call.function()).unwrap_or("");
            let made = tables::with(|tables| tables.add_comm(handle, None, birth, function));
            Outcome::Made(made.id.0)
        }
        _ => Outcome::Nothing,
    };
    call.end(code, outcome);
    code
}

/// A communicator that the members of a group make, of some of another's ranks: a collective of these, which is the
/// first on it.
fn of_group(
    mut call: Call,
    comm: H,
    group: H,
    tag: I,
    new: P,
    run: impl FnOnce() -> c_int,
) -> c_int {
    let ready = call.is_recorded() && call.check(Sort::Group, group);
    let parent = if ready { call.comm(comm) } else { None };
    let members = parent.as_ref().and_then(|_| mpi::members(group));
    let announced = parent.zip(members).and_then(|(parent, members)| {
        let tag = mixed([6, tag as u64]);
        let function = name(call.function()).unwrap_or("");
        tables::with(|tables| tables.announce_of_group(&parent, tag, members, function))
    });
    // Of a rank outside the group nothing is known: it waits for nobody.
    let Some(announced) = announced else {
        return apart(call, new, Birth::Unknown, run);
    };
    count(&call);
    let index = arrive(&mut call, Some(&announced), Part::default());
    let what = what(&call, Some(&announced), index, None);
    call.begin(&What::Collective(what, None), 0);
    let code = run();
    let outcome = match made(new, code) {
        Some(handle) => {
            let id = announced.id.0;
            tables::with(|tables| tables.set_comm(handle, announced));
            Outcome::Made(id)
        }
        None => Outcome::Nothing,
    };
    call.end(code, outcome);
    code
}

/// A communicator that not all ranks of another make.
fn apart(mut call: Call, new: P, birth: Birth, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    if !call.is_recorded() {
        let code = run();
        call.end(code, Outcome::Nothing);
        return code;
    }
    call.begin(&What::Make(Object::Communicator, None), 0);
    let code = run();
    let function = name(call.function()).unwrap_or("");
    let outcome = match made(new, code) {
        Some(handle) => {
            let comm = tables::with(|tables| tables.add_comm(handle, None, birth, function));
            Outcome::Made(comm.id.0)
        }
        None => Outcome::Nothing,
    };
    call.end(code, outcome);
    code
}

/// Frees a communicator; with all others at once, if they are to part.
fn free(mut call: Call, comm: P, together: bool, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    // SAFETY: the program names a communicator there.
    let handle = unsafe { tables::read(comm) };
    let handle = handle.filter(|handle| call.check(Sort::Communicator, *handle));
    let kept = handle.and_then(|handle| tables::with(|tables| tables.remove_comm(handle)));
    let id = kept.as_ref().map(|comm| comm.id.0);
    let what = match &kept {
        // Below another call it has no place of its own among the collectives.
        Some(comm) if together && call.is_recorded() && !call.is_nested() => {
            What::Collective(alone(&mut call, Some(comm)), None)
        }
        _ => What::Free(Object::Communicator, id),
    };
    call.begin(&what, 0);
    let code = run();
    if code != 0
        && let (Some(handle), Some(kept)) = (handle, kept)
    {
        tables::with(|tables| tables.set_comm(handle, kept));
    }
    call.end(code, Outcome::Nothing);
    code
}
