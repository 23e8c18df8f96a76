//! Collectives that move data (MPI standard 5.0, chapters 6 and 8.6): each blocking, immediate and
//! persistent, with counts of type `int` and large ones.

// The same text is for both widths of counts, of which only one is converted.
#![allow(clippy::useless_conversion)]

use super::{
    H, I, P,
    point_to_point::{prepare, used},
};
use crate::{
    agree::{self, Part},
    call::{Call, is_strict_together},
    counts::{self, Note, Peer},
    heap::Held,
    library::abi,
    mpi::{self, Sort},
    tables::{self, Array, Comm, Rare, Request, Watched, next_request},
};
use recording::{
    event::{Argument, Collective, CommId, Data, Neighbours, OpId, Persistent, Rank, What},
    format::Outcome,
    functions::kind,
};
use std::{
    ffi::{c_int, c_void},
    sync::{Arc, atomic::Ordering},
};

/// Defines collectives, each under its six names. `N` is the type of counts, `A` that of
/// displacements.
macro_rules! collectives {
    ($($names:tt ($($argument:ident: $type:ty),* $(,)?) |$part:ident| $body:block)*) => {
        /// With counts of type `int`.
        pub mod small {
            use super::*;
            type N = c_int;
            type A = c_int;
            collectives! { @three 0 1 2 $($names ($($argument: $type),*) |$part| $body)* }
        }
        /// With counts of type `MPI_Count`.
        pub mod large {
            use super::*;
            type N = i64;
            type A = isize;
            collectives! { @three 3 4 5 $($names ($($argument: $type),*) |$part| $body)* }
        }
    };
    (@three 0 1 2 $([$blocking:ident $immediate:ident $persistent:ident $($large:ident)*] ($($argument:ident: $type:ty),*) |$part:ident| $body:block)*) => {
        collectives! { @forms $([$blocking $immediate $persistent] ($($argument: $type),*) |$part| $body)* }
    };
    (@three 3 4 5 $([$b:ident $i:ident $p:ident $blocking:ident $immediate:ident $persistent:ident] ($($argument:ident: $type:ty),*) |$part:ident| $body:block)*) => {
        collectives! { @forms $([$blocking $immediate $persistent] ($($argument: $type),*) |$part| $body)* }
    };
    (@forms $([$blocking:ident $immediate:ident $persistent:ident] ($($argument:ident: $type:ty),*) |$part:ident| $body:block)*) => {
        /// Blocking ones.
        pub mod blocking {
            use super::*;
            functions! { $(
                $blocking($($argument: $type,)* comm: H) |call, twin| {
                    let mut call = call;
                    let numbers = [$((stringify!($argument), $argument.number())),*];
                    $(let $argument = $argument.given(&mut call, (stringify!($blocking), stringify!($argument)), (comm, &numbers));)*
                    let mut describe = |$part: &mut Described<'_>| $body;
                    // SAFETY: the arguments are handed on as they came.
                    run(call, comm, None, false, &mut describe, &mut || unsafe { twin($($argument,)* comm) })
                }
            )* }
        }
        /// Immediate ones.
        pub mod immediate {
            use super::*;
            functions! { $(
                $immediate($($argument: $type,)* comm: H, request: P) |call, twin| {
                    let mut call = call;
                    let numbers = [$((stringify!($argument), $argument.number())),*];
                    $(let $argument = $argument.given(&mut call, (stringify!($immediate), stringify!($argument)), (comm, &numbers));)*
                    let mut describe = |$part: &mut Described<'_>| $body;
                    // SAFETY: the arguments are handed on as they came.
                    run(call, comm, Some(request), false, &mut describe, &mut || unsafe { twin($($argument,)* comm, request) })
                }
            )* }
        }
        /// Persistent ones.
        pub mod persistent {
            use super::*;
            functions! { $(
                $persistent($($argument: $type,)* comm: H, info: H, request: P) |call, twin| {
                    let mut call = call;
                    let numbers = [$((stringify!($argument), $argument.number())),*];
                    $(let $argument = $argument.given(&mut call, (stringify!($persistent), stringify!($argument)), (comm, &numbers));)*
                    let mut describe = |$part: &mut Described<'_>| $body;
                    // SAFETY: the arguments are handed on as they came.
                    run(call, comm, Some(request), true, &mut describe, &mut || unsafe { twin($($argument,)* comm, info, request) })
                }
            )* }
        }
    };
}

/// An argument on its way to MPI.
trait Given: Sized {
    /// The same, unless it is an empty buffer that MPI would take for `MPI_IN_PLACE`: the address of
    /// an empty slice of bytes is 1 in Rust, and so is `MPI_IN_PLACE` in Open MPI and in the standard's
    /// own interface. Where the standard allows no `MPI_IN_PLACE`, they refuse a call that is right.
    fn given(self, _call: &mut Call, _of: (&str, &str), _where: Where<'_>) -> Self {
        self
    }

    /// The number, if it is one.
    fn number(&self) -> Option<c_int> {
        None
    }
}

/// The communicator of a call, and its arguments by name, of which only numbers of type `int` are told.
type Where<'a> = (H, &'a [(&'a str, Option<c_int>)]);

impl Given for c_int {
    #[inline(always)]
    fn number(&self) -> Option<c_int> {
        Some(*self)
    }
}
impl Given for i64 {}
impl Given for H {}

impl Given for P {
    #[inline(always)]
    fn given(self, call: &mut Call, of: (&str, &str), at: Where<'_>) -> Self {
        // In C programs it is what it looks like, and may be a mistake.
        let is_empty = self.addr() == 1 && call.is_counted() && abi().in_place == 1;
        if is_empty && !stands_for_in_place(call, of, at) {
            // As good an address of nothing.
            std::ptr::dangling_mut::<u128>().cast()
        } else {
            self
        }
    }
}

/// Whether a buffer can be meant as `MPI_IN_PLACE`: where the standard allows it, and, in a call with a root, on
/// that rank alone.
#[cold]
fn stands_for_in_place(call: &mut Call, (function, argument): (&str, &str), at: Where<'_>) -> bool {
    let (comm, numbers) = at;
    let root = numbers.iter().find(|(name, _)| *name == "root");
    let is_here = root.is_none_or(|(_, root)| {
        call.comm(comm)
            .is_some_and(|comm| comm.remote.is_none() && *root == Some(comm.rank))
    });
    is_here && may_be_in_place(function, argument)
}

/// The buffers of a collective, as the standard names them.
const SENDS: &str = "sendbuf";
const RECEIVES: &str = "recvbuf";

/// Whether the standard lets `MPI_IN_PLACE` stand for this buffer.
fn may_be_in_place(function: &str, argument: &str) -> bool {
    let scatters = function.starts_with("MPI_Scatter") || function.starts_with("MPI_Iscatter");
    match argument {
        "sendbuf" => !scatters,
        "recvbuf" => scatters,
        _ => false,
    }
}

/// Counts of a v-variant: an array, of integers so many bytes wide.
#[derive(Clone, Copy, Debug)]
struct Counts(P, usize);

impl Counts {
    /// # Safety
    /// The array must be at least that long.
    unsafe fn get(self, at: usize) -> i64 {
        let Self(array, width) = self;
        if array.is_null() {
            return 0;
        }
        // SAFETY: the caller's promise.
        unsafe {
            if width == size_of::<c_int>() {
                array.cast::<c_int>().add(at).read_unaligned().into()
            } else {
                array.cast::<i64>().add(at).read_unaligned()
            }
        }
    }
}

/// The types of a v-variant: one, with displacements in elements; or one for each, with
/// displacements in bytes.
#[derive(Clone, Copy, Debug)]
enum Types {
    One(H),
    Each(P),
}

/// What a variant with an amount for each rank moves.
#[derive(Clone, Copy, Default)]
struct Amounts {
    bytes: u64,
    /// The bytes of the largest element.
    widest: u64,
    /// Whether what one of them gives or gets lies apart.
    apart: bool,
}

/// A collective, as its arguments are looked at.
struct Described<'a> {
    call: &'a mut Call,
    comm: Option<Arc<Comm>>,
    root: Option<Rank>,
    /// The root as the call names it.
    named: Peer,
    at_root: bool,
    op: Option<OpId>,
    gives: Option<Data>,
    takes: Option<Data>,
    each: (Vec<Data>, Vec<Data>),
    /// The buffer that is given from.
    sends: Option<(P, i64, H)>,
    /// The arrays of counts and displacements, with their bytes.
    arrays: Vec<(P, usize)>,
    part: Part,
    /// The bytes that are given, and those that there is room for.
    moved: (u64, u64),
    /// The bytes of the largest element that is given.
    widest: u64,
    /// Whether what is given lies apart, and what there is room for.
    apart: (bool, bool),
}

impl Described<'_> {
    /// The root. For a collective between groups it is one of the other group, or says on which side
    /// of it this rank is.
    fn root(&mut self, root: I) {
        self.part.rooted = true;
        self.named = Peer::of_root(root);
        let abi = abi();
        let Some(comm) = &self.comm else {
            return;
        };
        if comm.remote.is_some() && root == abi.root {
            self.at_root = true;
            self.root = comm.members.get(comm.rank as usize).copied();
        } else if comm.remote.is_some() && root == abi.proc_null {
            self.root = None;
        } else {
            self.root = comm.world_rank(root);
            self.at_root = comm.remote.is_none() && root == comm.rank;
            if !(0..comm.peers).contains(&root) {
                let limit = Some(comm.peers.into());
                self.call.wrong(Argument::Root, root.into(), limit);
            }
        }
        self.part.root = self.root;
    }

    fn op(&mut self, op: H) {
        if !self.call.is_recorded() {
            return;
        }
        let op = abi().handle(op);
        if !self.call.check(Sort::Operation, op) {
            return;
        }
        let id = tables::with(|tables| tables.op(op));
        self.op = Some(id);
        self.part.op = Some(id);
    }

    fn data(&mut self, side: &str, buffer: P, count: i64, datatype: H) -> Option<Data> {
        if buffer as usize == abi().in_place {
            self.in_place(side, count);
            return None;
        }
        let kind = kind(self.call.function()).unwrap_or("");
        // What has no neighbours needs no buffer, and nothing comes to the first in an exclusive scan.
        let is_first = self.comm.as_ref().is_none_or(|comm| comm.rank == 0);
        let is_idle = self.is_among_neighbours()
            || (kind.starts_with("MPI_Exscan") && side == RECEIVES && is_first);
        Some(match is_idle {
            true => self.call.data(buffer, count, datatype),
            false => self.call.buffer(buffer, count, datatype),
        })
    }

    /// Looks at an `MPI_IN_PLACE` that stands for so many elements.
    fn in_place(&mut self, side: &str, count: i64) {
        let kind = kind(self.call.function()).unwrap_or("");
        let is_here = self.inside() && (self.at_root || !self.part.rooted);
        let is_for = may_be_in_place(kind, side)
            && !kind.starts_with("MPI_Bcast")
            && !self.is_among_neighbours();
        if count > 0 && !(is_here && is_for) {
            self.call.wrong(Argument::InPlace, count, None);
        }
    }

    /// What is given, which is also what is counted.
    fn gives(&mut self, buffer: P, count: i64, datatype: H) {
        if !self.call.is_recorded() {
            return;
        }
        self.gives = self.data(SENDS, buffer, count, datatype);
        self.sends = self.gives.is_some().then_some((buffer, count, datatype));
    }

    fn takes(&mut self, buffer: P, count: i64, datatype: H) {
        if !self.call.is_recorded() {
            return;
        }
        self.takes = self.data(RECEIVES, buffer, count, datatype);
    }

    /// Counts so many elements as given to send.
    fn counts(&mut self, count: i64, datatype: H) {
        self.moved.0 += self.bytes(count, datatype);
        if count > 0 {
            self.widest = self.widest.max(self.bytes(1, datatype));
        }
        self.apart.0 |= self.lies_apart(count, datatype);
    }

    /// Counts room for so many elements.
    fn room(&mut self, buffer: P, count: i64, datatype: H) {
        if buffer as usize != abi().in_place {
            self.moved.1 += self.bytes(count, datatype);
            self.apart.1 |= self.lies_apart(count, datatype);
        }
    }

    /// Whether so many elements lie apart, where somebody counts them.
    fn lies_apart(&mut self, count: i64, datatype: H) -> bool {
        if !self.call.is_counted() || count <= 0 {
            return false;
        }
        let datatype = self.call.datatype(datatype);
        datatype.is_some_and(|datatype| datatype.lies_apart(count))
    }

    /// The bytes of so many elements, where somebody counts them.
    fn bytes(&mut self, count: i64, datatype: H) -> u64 {
        if !self.call.is_counted() || count <= 0 {
            return 0;
        }
        let datatype = self.call.datatype(datatype);
        datatype.map_or(0, |datatype| count.unsigned_abs() * datatype.size)
    }

    /// The amounts that a v-variant names at these places, where somebody counts them.
    fn amounts(
        &mut self,
        places: impl IntoIterator<Item = usize>,
        counts: Counts,
        types: Types,
    ) -> Amounts {
        let mut amounts = Amounts::default();
        if !self.call.is_counted() {
            return amounts;
        }
        for at in places {
            // SAFETY: as in `list`.
            let (count, datatype) = unsafe {
                let datatype = match types {
                    Types::One(datatype) => datatype,
                    Types::Each(types) => abi().read(types, at),
                };
                (counts.get(at), datatype)
            };
            amounts.bytes += self.bytes(count, datatype);
            if count > 0 {
                amounts.widest = amounts.widest.max(self.bytes(1, datatype));
            }
            amounts.apart |= self.lies_apart(count, datatype);
        }
        amounts
    }

    /// Counts amounts as given to send, or as room.
    fn add(&mut self, side: &str, amounts: Amounts) {
        match side {
            SENDS => {
                self.moved.0 += amounts.bytes;
                self.widest = self.widest.max(amounts.widest);
                self.apart.0 |= amounts.apart;
            }
            _ => {
                self.moved.1 += amounts.bytes;
                self.apart.1 |= amounts.apart;
            }
        }
    }

    /// Says what all ranks must agree on: this many elements of this type.
    fn all_agree(&mut self, count: i64, datatype: H) {
        if !self.call.is_recorded() || count < 0 {
            return;
        }
        if let Some(datatype) = self.call.datatype(datatype) {
            let count = count as u64;
            self.part.amount = Some(count * datatype.size);
            let signature = datatype.signature.map(|signature| signature.times(count));
            self.part.signature = signature.filter(|signature| !signature.raw);
        }
    }

    /// How many ranks there are in the caller's group: those among which a reduction is scattered.
    fn own_ranks(&self) -> usize {
        match &self.comm {
            Some(comm) if comm.remote.is_some() => comm.members.len(),
            _ => self.ranks(),
        }
    }

    /// How many ranks a v-variant names amounts for.
    fn ranks(&self) -> usize {
        self.comm
            .as_ref()
            .map_or(0, |comm| usize::try_from(comm.peers).unwrap_or(0))
    }

    fn list(
        &mut self,
        side: &str,
        buffer: P,
        counts: Counts,
        displacements: Counts,
        types: Types,
        ranks: usize,
    ) -> Vec<Data> {
        if buffer as usize == abi().in_place {
            // SAFETY: the program names as many counts as there are ranks or neighbours.
            let most = (0..ranks).map(|at| unsafe { counts.get(at) }).max();
            self.in_place(side, most.unwrap_or(0));
            return Vec::new();
        }
        for Counts(array, width) in [counts, displacements] {
            self.arrays.push((array, ranks * width));
        }
        let mut all = Vec::with_capacity(ranks);
        for at in 0..ranks {
            // SAFETY: the program names as many counts, displacements and types as there are ranks, or
            // neighbours.
            let (count, displacement, datatype) = unsafe {
                let datatype = match types {
                    Types::One(datatype) => datatype,
                    Types::Each(types) => abi().read(types, at),
                };
                (counts.get(at), displacements.get(at), datatype)
            };
            if count < 0 {
                self.call.wrong(Argument::Count, count, None);
            }
            // Where nothing moves, the type need not be one.
            if count == 0 && matches!(types, Types::Each(_)) {
                all.push(Data::default());
                continue;
            }
            let mut data = self.call.data(buffer, count, datatype);
            let stride = match types {
                Types::One(_) => self
                    .call
                    .datatype(datatype)
                    .map_or(0, |datatype| datatype.extent),
                Types::Each(_) => 1,
            };
            data.address = data
                .address
                .wrapping_add_signed(displacement.wrapping_mul(stride));
            if buffer.is_null() && !self.is_among_neighbours() {
                self.call.check_buffer(&data, datatype);
            }
            all.push(data);
        }
        all
    }

    fn gives_each(&mut self, buffer: P, counts: Counts, displacements: Counts, types: Types) {
        if buffer as usize != abi().in_place {
            let ranks = self.ranks();
            let amounts = self.amounts(0..ranks, counts, types);
            self.add(SENDS, amounts);
        }
        if self.call.is_recorded() {
            let ranks = self.ranks();
            self.each.0 = self.list(SENDS, buffer, counts, displacements, types, ranks);
        }
    }

    fn takes_each(&mut self, buffer: P, counts: Counts, displacements: Counts, types: Types) {
        if buffer as usize != abi().in_place {
            let ranks = self.ranks();
            let amounts = self.amounts(0..ranks, counts, types);
            self.add(RECEIVES, amounts);
        }
        if self.call.is_recorded() {
            let ranks = self.ranks();
            self.each.1 = self.list(RECEIVES, buffer, counts, displacements, types, ranks);
        }
    }

    /// What a variant names for each neighbour, to whom the rank gives or from whom it takes.
    fn each_neighbour(
        &mut self,
        side: &str,
        buffer: P,
        counts: Counts,
        displacements: Counts,
        types: Types,
    ) {
        let neighbours = self.comm.as_ref().and_then(|comm| comm.neighbours.clone());
        let Some(Neighbours {
            sources,
            destinations,
        }) = neighbours
        else {
            return;
        };
        let others = match side {
            SENDS => destinations,
            _ => sources,
        };
        // Nothing goes beyond an open end.
        let existing = (0..others.len()).filter(|at| others[*at].is_some());
        let amounts = self.amounts(existing, counts, types);
        self.add(side, amounts);
        if !self.call.is_recorded() {
            return;
        }
        let all = self.list(side, buffer, counts, displacements, types, others.len());
        match side {
            SENDS => self.each.0 = all,
            _ => self.each.1 = all,
        }
    }

    /// Whether only neighbours exchange something.
    fn is_among_neighbours(&self) -> bool {
        kind(self.call.function()).is_some_and(|kind| kind.starts_with("MPI_Neighbor_"))
    }

    /// Takes its own share of what all ranks were named counts for.
    fn takes_own(&mut self, buffer: P, counts: Counts, datatype: H) {
        let rank = self.comm.as_ref().map(|comm| comm.rank);
        if let Some(rank) = rank.and_then(|rank| usize::try_from(rank).ok()) {
            // SAFETY: the program names as many counts as there are ranks, of which this is one.
            let count = unsafe { counts.get(rank) };
            self.room(buffer, count, datatype);
            self.takes(buffer, count, datatype);
        }
    }

    /// Whether the communicator is one group: then the root takes part like the others.
    fn inside(&self) -> bool {
        self.comm.as_ref().is_none_or(|comm| comm.remote.is_none())
    }

    /// Whether this rank is the root.
    fn is_root(&self) -> bool {
        self.at_root
    }

    /// Whether this rank sends to a root elsewhere, or receives from it.
    fn is_other(&self) -> bool {
        !self.at_root && self.root.is_some()
    }
}

fn run(
    mut call: Call,
    raw: H,
    request: Option<P>,
    persistent: bool,
    describe: &mut dyn FnMut(&mut Described<'_>),
    run: &mut dyn FnMut() -> c_int,
) -> c_int {
    let function = call.function();
    let counted = call.is_counted();
    let recorded = call.is_recorded();
    let comm = call.comm(raw);
    let mut described = Described {
        call: &mut call,
        comm: comm.clone(),
        root: None,
        named: Peer::Unnamed,
        at_root: false,
        op: None,
        gives: None,
        takes: None,
        each: (Vec::new(), Vec::new()),
        sends: None,
        arrays: Vec::new(),
        part: Part::default(),
        moved: (0, 0),
        widest: 0,
        apart: (false, false),
    };
    describe(&mut described);
    let Described {
        root,
        named,
        op,
        gives,
        takes,
        each,
        sends,
        arrays,
        part,
        moved: (given, got),
        widest,
        apart,
        ..
    } = described;
    if counted {
        counts::note(
            function,
            Note {
                given,
                got,
                widest,
                processes: comm.as_ref().map(|comm| comm.members.len()),
                ..Note::default()
            },
        );
        for (given, _) in [(true, apart.0), (false, apart.1)]
            .iter()
            .filter(|(_, apart)| *apart)
        {
            counts::note_apart(function, *given);
        }
        if let Some(comm) = &comm {
            counts::note_among(function, abi().handle(raw), comm, named, given);
        }
    }
    if !recorded {
        let code = run();
        call.end(code, Outcome::Nothing);
        return code;
    }
    let index = arrive(&mut call, comm.as_deref(), part);
    let kind = kind(function).unwrap_or("");
    let is_synchronous = request.is_none()
        && is_strict_together()
        && may_go_ahead(kind)
        && comm.as_ref().is_some_and(|comm| !comm.only_here);
    let collective = Collective {
        comm: comm.as_ref().map_or(CommId(u64::MAX), |comm| comm.id),
        index,
        made_synchronous: is_synchronous,
        kind,
        root,
        op,
        gives,
        takes,
        each,
        makes: None,
        assertion: 0,
        meets: None,
    };
    let mut kept = None;
    let data = collective.takes.as_ref().or(collective.gives.as_ref());
    let at = data.map_or(0, used);
    let watched =
        request
            .and(sends)
            .filter(|_| !call.is_wrong())
            .and_then(|(buffer, count, datatype)| {
                let datatype = call.datatype(datatype);
                Watched::of(datatype.as_deref(), buffer as usize, count)
            });
    match request {
        None => call.begin(&What::Collective(collective, None), 0),
        Some(_) if persistent => {
            kept = Some(Request {
                buffer: watched,
                rare: kept_arrays(&arrays, false),
                at,
                ..prepare(&mut call, Persistent::Collective(collective), None)
            });
        }
        Some(_) => {
            let id = next_request();
            call.begin(&What::Collective(collective, Some(id)), 0);
            kept = Some(Request {
                buffer: watched.map(Watched::begin),
                rare: kept_arrays(&arrays, true),
                at,
                ..Request::new(id)
            });
        }
    }
    if is_synchronous {
        // Right on every communicator, between groups too, and in the same order on all its ranks.
        mpi::barrier(raw);
    }
    let code = run();
    if let (Some(kept), Some(request)) = (kept, request)
        && code == 0
        // SAFETY: MPI has written a handle there.
        && let Some(handle) = unsafe { tables::read(request) }
        && handle != abi().request_null
    {
        tables::with(|tables| tables.add_request(handle, kept));
    }
    call.end(code, Outcome::Nothing);
    code
}

/// What the arrays of counts and displacements hold, to be compared; and whether they are freed, where that is
/// to be looked at.
fn kept_arrays(arrays: &[(P, usize)], held: bool) -> Option<Box<Rare>> {
    let there = arrays
        .iter()
        .filter(|(array, bytes)| !array.is_null() && *bytes > 0);
    let arrays: Vec<Array> = there
        .map(|(array, bytes)| {
            let numbers = Watched {
                address: *array as usize,
                length: *bytes as u64,
                held: None,
            };
            Array {
                numbers: numbers.begin(),
                held: Held::new(if held { numbers.address } else { 0 }),
            }
        })
        .collect();
    (!arrays.is_empty()).then(|| {
        Box::new(Rare {
            arrays,
            ..Rare::default()
        })
    })
}

/// Whether a rank may be done with a collective before all others have called it. The neighbours' ones
/// are left as they are: who is no neighbour of whom has nothing to wait for.
fn may_go_ahead(kind: &str) -> bool {
    kind != "MPI_Barrier" && !kind.starts_with("MPI_Neighbor_")
}

/// Takes the next number among the collectives of a communicator, and looks whether those who came
/// before have called the same.
pub(crate) fn arrive(call: &mut Call, comm: Option<&Comm>, part: Part) -> u64 {
    let Some(comm) = comm else { return 0 };
    let index = comm.collectives.fetch_add(1, Ordering::Relaxed);
    // A call that is wrong in itself is no measure for others.
    if !call.is_wrong()
        && let Some(complaint) = agree::arrive(call.function(), comm, index, part)
    {
        call.complain(complaint);
    }
    index
}

functions! {
    MPI_Barrier(comm: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        run(call, comm, None, false, &mut |_| {}, &mut || unsafe { twin(comm) })
    }
    MPI_Ibarrier(comm: H, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        run(call, comm, Some(request), false, &mut |_| {}, &mut || unsafe { twin(comm, request) })
    }
    MPI_Barrier_init(comm: H, info: H, request: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        run(call, comm, Some(request), true, &mut |_| {}, &mut || unsafe { twin(comm, info, request) })
    }
}

/// The displacements of a w-variant in a neighbourhood, which are addresses in both widths.
type Addresses = *mut c_void;

collectives! {
    [MPI_Bcast MPI_Ibcast MPI_Bcast_init MPI_Bcast_c MPI_Ibcast_c MPI_Bcast_init_c]
    (buffer: P, count: N, datatype: H, root: I) |part| {
        part.root(root);
        if part.is_root() {
            part.counts(count.into(), datatype);
            part.gives(buffer, count.into(), datatype);
        } else if part.is_other() {
            part.room(buffer, count.into(), datatype);
            part.takes(buffer, count.into(), datatype);
        }
        part.all_agree(count.into(), datatype);
    }
    [MPI_Gather MPI_Igather MPI_Gather_init MPI_Gather_c MPI_Igather_c MPI_Gather_init_c]
    (sendbuf: P, sendcount: N, sendtype: H, recvbuf: P, recvcount: N, recvtype: H, root: I) |part| {
        part.root(root);
        part.counts(sendcount.into(), sendtype);
        if part.is_root() {
            let all = i64::from(recvcount) * part.ranks() as i64;
            part.room(recvbuf, all, recvtype);
            part.takes(recvbuf, recvcount.into(), recvtype);
            part.all_agree(recvcount.into(), recvtype);
            if part.inside() {
                part.gives(sendbuf, sendcount.into(), sendtype);
            }
        } else if part.is_other() {
            part.gives(sendbuf, sendcount.into(), sendtype);
            part.all_agree(sendcount.into(), sendtype);
        }
    }
    [MPI_Gatherv MPI_Igatherv MPI_Gatherv_init MPI_Gatherv_c MPI_Igatherv_c MPI_Gatherv_init_c]
    (sendbuf: P, sendcount: N, sendtype: H, recvbuf: P, recvcounts: P, displs: P, recvtype: H, root: I) |part| {
        part.root(root);
        part.counts(sendcount.into(), sendtype);
        if part.is_root() {
            part.takes_each(recvbuf, Counts(recvcounts, size_of::<N>()), Counts(displs, size_of::<A>()), Types::One(recvtype));
        }
        if part.is_other() || (part.is_root() && part.inside()) {
            part.gives(sendbuf, sendcount.into(), sendtype);
        }
    }
    [MPI_Scatter MPI_Iscatter MPI_Scatter_init MPI_Scatter_c MPI_Iscatter_c MPI_Scatter_init_c]
    (sendbuf: P, sendcount: N, sendtype: H, recvbuf: P, recvcount: N, recvtype: H, root: I) |part| {
        part.root(root);
        part.room(recvbuf, recvcount.into(), recvtype);
        if part.is_root() {
            let all = i64::from(sendcount) * part.ranks() as i64;
            part.counts(all, sendtype);
            part.gives(sendbuf, sendcount.into(), sendtype);
            part.all_agree(sendcount.into(), sendtype);
            if part.inside() {
                part.takes(recvbuf, recvcount.into(), recvtype);
            }
        } else if part.is_other() {
            part.takes(recvbuf, recvcount.into(), recvtype);
            part.all_agree(recvcount.into(), recvtype);
        }
    }
    [MPI_Scatterv MPI_Iscatterv MPI_Scatterv_init MPI_Scatterv_c MPI_Iscatterv_c MPI_Scatterv_init_c]
    (sendbuf: P, sendcounts: P, displs: P, sendtype: H, recvbuf: P, recvcount: N, recvtype: H, root: I) |part| {
        part.root(root);
        part.room(recvbuf, recvcount.into(), recvtype);
        if part.is_root() {
            part.gives_each(sendbuf, Counts(sendcounts, size_of::<N>()), Counts(displs, size_of::<A>()), Types::One(sendtype));
        }
        if part.is_other() || (part.is_root() && part.inside()) {
            part.takes(recvbuf, recvcount.into(), recvtype);
        }
    }
    [MPI_Allgather MPI_Iallgather MPI_Allgather_init MPI_Allgather_c MPI_Iallgather_c MPI_Allgather_init_c]
    (sendbuf: P, sendcount: N, sendtype: H, recvbuf: P, recvcount: N, recvtype: H) |part| {
        part.counts(sendcount.into(), sendtype);
        part.gives(sendbuf, sendcount.into(), sendtype);
        let all = i64::from(recvcount) * part.ranks() as i64;
        part.room(recvbuf, all, recvtype);
        part.takes(recvbuf, recvcount.into(), recvtype);
        part.all_agree(recvcount.into(), recvtype);
    }
    [MPI_Allgatherv MPI_Iallgatherv MPI_Allgatherv_init MPI_Allgatherv_c MPI_Iallgatherv_c MPI_Allgatherv_init_c]
    (sendbuf: P, sendcount: N, sendtype: H, recvbuf: P, recvcounts: P, displs: P, recvtype: H) |part| {
        part.counts(sendcount.into(), sendtype);
        part.gives(sendbuf, sendcount.into(), sendtype);
        part.takes_each(recvbuf, Counts(recvcounts, size_of::<N>()), Counts(displs, size_of::<A>()), Types::One(recvtype));
    }
    [MPI_Alltoall MPI_Ialltoall MPI_Alltoall_init MPI_Alltoall_c MPI_Ialltoall_c MPI_Alltoall_init_c]
    (sendbuf: P, sendcount: N, sendtype: H, recvbuf: P, recvcount: N, recvtype: H) |part| {
        let ranks = part.ranks() as i64;
        part.counts(i64::from(sendcount) * ranks, sendtype);
        part.room(recvbuf, i64::from(recvcount) * ranks, recvtype);
        part.gives(sendbuf, sendcount.into(), sendtype);
        part.takes(recvbuf, recvcount.into(), recvtype);
        part.all_agree(recvcount.into(), recvtype);
    }
    [MPI_Alltoallv MPI_Ialltoallv MPI_Alltoallv_init MPI_Alltoallv_c MPI_Ialltoallv_c MPI_Alltoallv_init_c]
    (sendbuf: P, sendcounts: P, sdispls: P, sendtype: H, recvbuf: P, recvcounts: P, rdispls: P, recvtype: H) |part| {
        part.gives_each(sendbuf, Counts(sendcounts, size_of::<N>()), Counts(sdispls, size_of::<A>()), Types::One(sendtype));
        part.takes_each(recvbuf, Counts(recvcounts, size_of::<N>()), Counts(rdispls, size_of::<A>()), Types::One(recvtype));
    }
    [MPI_Alltoallw MPI_Ialltoallw MPI_Alltoallw_init MPI_Alltoallw_c MPI_Ialltoallw_c MPI_Alltoallw_init_c]
    (sendbuf: P, sendcounts: P, sdispls: P, sendtypes: P, recvbuf: P, recvcounts: P, rdispls: P, recvtypes: P) |part| {
        part.gives_each(sendbuf, Counts(sendcounts, size_of::<N>()), Counts(sdispls, size_of::<A>()), Types::Each(sendtypes));
        part.takes_each(recvbuf, Counts(recvcounts, size_of::<N>()), Counts(rdispls, size_of::<A>()), Types::Each(recvtypes));
    }
    [MPI_Reduce MPI_Ireduce MPI_Reduce_init MPI_Reduce_c MPI_Ireduce_c MPI_Reduce_init_c]
    (sendbuf: P, recvbuf: P, count: N, datatype: H, op: H, root: I) |part| {
        part.root(root);
        part.op(op);
        part.counts(count.into(), datatype);
        if part.is_root() {
            part.room(recvbuf, count.into(), datatype);
            part.takes(recvbuf, count.into(), datatype);
        }
        if part.is_other() || (part.is_root() && part.inside()) {
            part.gives(sendbuf, count.into(), datatype);
        }
        part.all_agree(count.into(), datatype);
    }
    [MPI_Allreduce MPI_Iallreduce MPI_Allreduce_init MPI_Allreduce_c MPI_Iallreduce_c MPI_Allreduce_init_c]
    (sendbuf: P, recvbuf: P, count: N, datatype: H, op: H) |part| {
        part.op(op);
        part.counts(count.into(), datatype);
        part.gives(sendbuf, count.into(), datatype);
        part.room(recvbuf, count.into(), datatype);
        part.takes(recvbuf, count.into(), datatype);
        part.all_agree(count.into(), datatype);
    }
    [MPI_Scan MPI_Iscan MPI_Scan_init MPI_Scan_c MPI_Iscan_c MPI_Scan_init_c]
    (sendbuf: P, recvbuf: P, count: N, datatype: H, op: H) |part| {
        part.op(op);
        part.counts(count.into(), datatype);
        part.gives(sendbuf, count.into(), datatype);
        part.room(recvbuf, count.into(), datatype);
        part.takes(recvbuf, count.into(), datatype);
        part.all_agree(count.into(), datatype);
    }
    [MPI_Exscan MPI_Iexscan MPI_Exscan_init MPI_Exscan_c MPI_Iexscan_c MPI_Exscan_init_c]
    (sendbuf: P, recvbuf: P, count: N, datatype: H, op: H) |part| {
        part.op(op);
        part.counts(count.into(), datatype);
        part.gives(sendbuf, count.into(), datatype);
        part.room(recvbuf, count.into(), datatype);
        part.takes(recvbuf, count.into(), datatype);
        part.all_agree(count.into(), datatype);
    }
    [MPI_Reduce_scatter_block MPI_Ireduce_scatter_block MPI_Reduce_scatter_block_init MPI_Reduce_scatter_block_c MPI_Ireduce_scatter_block_c MPI_Reduce_scatter_block_init_c]
    (sendbuf: P, recvbuf: P, recvcount: N, datatype: H, op: H) |part| {
        part.op(op);
        let ranks = part.own_ranks() as i64;
        part.counts(i64::from(recvcount) * ranks, datatype);
        part.gives(sendbuf, i64::from(recvcount) * ranks, datatype);
        part.room(recvbuf, recvcount.into(), datatype);
        part.takes(recvbuf, recvcount.into(), datatype);
        part.all_agree(recvcount.into(), datatype);
    }
    [MPI_Reduce_scatter MPI_Ireduce_scatter MPI_Reduce_scatter_init MPI_Reduce_scatter_c MPI_Ireduce_scatter_c MPI_Reduce_scatter_init_c]
    (sendbuf: P, recvbuf: P, recvcounts: P, datatype: H, op: H) |part| {
        part.op(op);
        let counts = Counts(recvcounts, size_of::<N>());
        // SAFETY: the program names as many counts as there are ranks in its group.
        let all: i64 = (0..part.own_ranks()).map(|at| unsafe { counts.get(at) }.max(0)).sum();
        let ranks = part.own_ranks();
        part.arrays.push((recvcounts, ranks * size_of::<N>()));
        part.counts(all, datatype);
        part.gives(sendbuf, all, datatype);
        part.takes_own(recvbuf, counts, datatype);
        part.all_agree(all, datatype);
    }
    [MPI_Neighbor_allgather MPI_Ineighbor_allgather MPI_Neighbor_allgather_init MPI_Neighbor_allgather_c MPI_Ineighbor_allgather_c MPI_Neighbor_allgather_init_c]
    (sendbuf: P, sendcount: N, sendtype: H, recvbuf: P, recvcount: N, recvtype: H) |part| {
        part.counts(sendcount.into(), sendtype);
        part.gives(sendbuf, sendcount.into(), sendtype);
        part.room(recvbuf, recvcount.into(), recvtype);
        part.takes(recvbuf, recvcount.into(), recvtype);
    }
    [MPI_Neighbor_alltoall MPI_Ineighbor_alltoall MPI_Neighbor_alltoall_init MPI_Neighbor_alltoall_c MPI_Ineighbor_alltoall_c MPI_Neighbor_alltoall_init_c]
    (sendbuf: P, sendcount: N, sendtype: H, recvbuf: P, recvcount: N, recvtype: H) |part| {
        part.counts(sendcount.into(), sendtype);
        part.gives(sendbuf, sendcount.into(), sendtype);
        part.room(recvbuf, recvcount.into(), recvtype);
        part.takes(recvbuf, recvcount.into(), recvtype);
    }
    [MPI_Neighbor_allgatherv MPI_Ineighbor_allgatherv MPI_Neighbor_allgatherv_init MPI_Neighbor_allgatherv_c MPI_Ineighbor_allgatherv_c MPI_Neighbor_allgatherv_init_c]
    (sendbuf: P, sendcount: N, sendtype: H, recvbuf: P, recvcounts: P, displs: P, recvtype: H) |part| {
        part.counts(sendcount.into(), sendtype);
        part.gives(sendbuf, sendcount.into(), sendtype);
        part.each_neighbour(RECEIVES, recvbuf, Counts(recvcounts, size_of::<N>()), Counts(displs, size_of::<A>()), Types::One(recvtype));
    }
    [MPI_Neighbor_alltoallv MPI_Ineighbor_alltoallv MPI_Neighbor_alltoallv_init MPI_Neighbor_alltoallv_c MPI_Ineighbor_alltoallv_c MPI_Neighbor_alltoallv_init_c]
    (sendbuf: P, sendcounts: P, sdispls: P, sendtype: H, recvbuf: P, recvcounts: P, rdispls: P, recvtype: H) |part| {
        part.each_neighbour(SENDS, sendbuf, Counts(sendcounts, size_of::<N>()), Counts(sdispls, size_of::<A>()), Types::One(sendtype));
        part.each_neighbour(RECEIVES, recvbuf, Counts(recvcounts, size_of::<N>()), Counts(rdispls, size_of::<A>()), Types::One(recvtype));
    }
    [MPI_Neighbor_alltoallw MPI_Ineighbor_alltoallw MPI_Neighbor_alltoallw_init MPI_Neighbor_alltoallw_c MPI_Ineighbor_alltoallw_c MPI_Neighbor_alltoallw_init_c]
    (sendbuf: P, sendcounts: P, sdispls: Addresses, sendtypes: P, recvbuf: P, recvcounts: P, rdispls: Addresses, recvtypes: P) |part| {
        part.each_neighbour(SENDS, sendbuf, Counts(sendcounts, size_of::<N>()), Counts(sdispls, size_of::<isize>()), Types::Each(sendtypes));
        part.each_neighbour(RECEIVES, recvbuf, Counts(recvcounts, size_of::<N>()), Counts(rdispls, size_of::<isize>()), Types::Each(recvtypes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_place_is_for_one_side_only() {
        assert!(!may_be_in_place("MPI_Bcast", "buffer"));
        assert!(may_be_in_place("MPI_Gather", "sendbuf"));
        assert!(!may_be_in_place("MPI_Gather", "recvbuf"));
        assert!(may_be_in_place("MPI_Iscatterv", "recvbuf"));
        assert!(!may_be_in_place("MPI_Scatter", "sendbuf"));
        // It has the word in its name only.
        assert!(!may_be_in_place("MPI_Reduce_scatter", "recvbuf"));
    }
}
