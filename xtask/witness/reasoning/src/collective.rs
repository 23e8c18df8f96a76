//! Collectives: who waits for whom in each, what must agree (MPI standard 4.1, chapter 6), and the
//! collectives that some members have entered and others have not.

use crate::{
    causality::Flow,
    finding::{Call, Difference, Finding, Rule, Severity},
    signature::{Fit, Shape, Types, forgivable},
    slab::Map,
};
use recording::event::{Collective, CommId, Neighbours, OpId, Operation, Rank};
use std::sync::Arc;

/// For whom a rank inside a collective certainly waits. Where this says less than all, it waits for
/// one of the missing ones at least: else it would have come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// For all others.
    All,
    /// For the root; the root for nobody in particular.
    Root,
    /// The root for all others; the others for nobody in particular.
    AtRoot,
    /// For all that come before it in the communicator.
    Before,
    /// For nobody in particular.
    Somebody,
    /// Not known whether it waits at all.
    Unknown,
}

/// How the names of collectives begin in which neighbours exchange something.
const AMONG_NEIGHBOURS: &str = "MPI_Neighbor_";

/// Who waits for whom.
pub(crate) fn waits(kind: &str) -> Waits {
    match kind {
        "MPI_Barrier"
        | "MPI_Allreduce"
        | "MPI_Allgather"
        | "MPI_Alltoall"
        | "MPI_Comm_dup"
        | "MPI_Comm_dup_with_info"
        | "MPI_Comm_split"
        | "MPI_Comm_split_type"
        | "MPI_Comm_create"
        | "MPI_Comm_create_group"
        | "MPI_Comm_disconnect"
        | "MPI_Intercomm_merge"
        | "MPI_Reduce_scatter_block" => Waits::All,
        "MPI_Bcast" | "MPI_Scatter" | "MPI_Scatterv" => Waits::Root,
        "MPI_Gather" | "MPI_Reduce" => Waits::AtRoot,
        "MPI_Scan" | "MPI_Exscan" => Waits::Before,
        // With some counts 0 nothing need come from those ranks.
        "MPI_Gatherv"
        | "MPI_Allgatherv"
        | "MPI_Alltoallv"
        | "MPI_Alltoallw"
        | "MPI_Reduce_scatter"
        | "MPI_Cart_create"
        | "MPI_Cart_sub"
        | "MPI_Graph_create"
        | "MPI_Dist_graph_create"
        | "MPI_Dist_graph_create_adjacent"
        | "MPI_Intercomm_create"
        | "MPI_Comm_spawn"
        | "MPI_Comm_spawn_multiple"
        | "MPI_Comm_accept"
        | "MPI_Comm_connect" => Waits::Somebody,
        _ if kind.starts_with("MPI_Win_") || kind.starts_with("MPI_File_") => Waits::Somebody,
        _ if kind.starts_with(AMONG_NEIGHBOURS) => Waits::Somebody,
        _ => Waits::Unknown,
    }
}

/// From whom to whom a collective carries what ranks know.
pub(crate) fn flow(collective: &Collective) -> Flow {
    match (waits(collective.kind), collective.root) {
        (Waits::All, _) => Flow::All,
        (Waits::Root, Some(root)) => Flow::FromRoot(root),
        (Waits::AtRoot, Some(root)) => Flow::ToRoot(root),
        _ => match collective.kind {
            "MPI_Allgatherv" | "MPI_Alltoallv" | "MPI_Alltoallw" | "MPI_Reduce_scatter" => {
                Flow::All
            }
            _ => Flow::None,
        },
    }
}

/// A communicator's ranks.
#[derive(Clone, Debug)]
pub(crate) struct Members {
    /// The group of the rank that defined it first.
    pub local: Arc<[Rank]>,
    /// The other group of an intercommunicator.
    pub remote: Option<Arc<[Rank]>>,
    /// Both groups, once it is known that there are two.
    pub between: bool,
}

impl Members {
    /// The number of a rank in its group.
    pub fn number(&self, rank: Rank) -> Option<u32> {
        let groups = [Some(&self.local), self.remote.as_ref()];
        let mut places = groups
            .into_iter()
            .flatten()
            .filter_map(|group| group.iter().position(|member| *member == rank));
        u32::try_from(places.next()?).ok()
    }

    /// Everybody.
    pub fn all(&self) -> impl Iterator<Item = Rank> {
        self.local
            .iter()
            .chain(self.remote.iter().flat_map(|remote| remote.iter()))
            .copied()
    }

    /// How many.
    pub fn len(&self) -> u32 {
        (self.local.len() + self.remote.as_ref().map_or(0, |remote| remote.len())) as u32
    }

    /// Those from whom a rank can receive.
    pub fn peers(&self, rank: Rank) -> &[Rank] {
        match &self.remote {
            Some(remote) if self.local.contains(&rank) => remote,
            _ => &self.local,
        }
    }
}

/// A rank's part in a collective that is disputed.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// Its call.
    pub call: Call,
    /// The name of its operation; of the function that made it for one of the program's own.
    pub op: Option<Arc<str>>,
    /// How many elements it moves, and the name of their type; of the function that made it for a
    /// derived one.
    pub moves: Option<(u64, Arc<str>)>,
}

/// A member that has entered.
pub(crate) struct Arrival {
    pub rank: Rank,
    pub call: Call,
    pub immediate: bool,
    kind: &'static str,
    root: Option<Rank>,
    op: Option<Operation>,
    gives: Option<Shape>,
    takes: Option<Shape>,
    each: (Vec<Shape>, Vec<Shape>),
}

impl Arrival {
    /// What all members must agree on.
    fn side(&self, types: &Types) -> Side {
        let moves = match self.kind {
            "MPI_Gather" if self.root == Some(self.rank) => self.takes,
            "MPI_Scatter" if self.root != Some(self.rank) => self.takes,
            "MPI_Allgather" | "MPI_Alltoall" => self.takes,
            _ => self.gives.or(self.takes),
        };
        Side {
            call: self.call,
            op: self.op.as_ref().map(|op| Arc::clone(&op.name)),
            moves: moves.and_then(|shape| types.name(shape)),
        }
    }
}

/// The collectives that not all members have entered, and the ranks' operations.
#[derive(Default)]
pub(crate) struct Collectives {
    pub open: Map<(CommId, u64), Vec<Arrival>>,
    /// Those of which a rank itself says that it differs, with the parts once all have entered.
    disputed: Map<(CommId, u64), Vec<Side>>,
    operations: Map<(Rank, OpId), Operation>,
    /// The neighbours of each rank, where the communicator has a topology.
    neighbours: Map<(CommId, Rank), Neighbours>,
}

impl Collectives {
    pub fn define_neighbours(&mut self, rank: Rank, comm: CommId, neighbours: Neighbours) {
        self.neighbours.insert((comm, rank), neighbours);
    }

    /// The neighbours from whom a rank takes something in a collective of a neighbourhood: without their
    /// part it never comes out. None if they are not known.
    pub fn givers(&self, rank: Rank, collective: &Collective, types: &Types) -> Option<Vec<Rank>> {
        let is_it = collective.kind.starts_with(AMONG_NEIGHBOURS);
        let of = (self.neighbours.get(&(collective.comm, rank))).filter(|_| is_it)?;
        let sources = of.sources.iter().enumerate();
        let givers = sources.filter_map(|(at, source)| {
            let takes = collective.each.1.get(at).or(collective.takes.as_ref())?;
            let bytes = types.bytes(types.shape(rank, takes));
            source.filter(|_| bytes.is_some_and(|bytes| bytes > 0))
        });
        Some(givers.collect())
    }

    pub fn define(&mut self, rank: Rank, id: OpId, operation: Operation) {
        self.operations.insert((rank, id), operation);
    }

    /// A rank says of its part that it differs from the first arriver's.
    pub fn dispute(&mut self, collective: &Collective) {
        let key = (collective.comm, collective.index);
        self.disputed.entry(key).or_default();
    }

    /// A rank's part in a collective that is disputed.
    pub fn disputed(&self, key: (CommId, u64), rank: Rank, types: &Types) -> Option<Side> {
        let open = self.open.get(&key).into_iter().flatten();
        let mut here = open.filter(|arrival| arrival.rank == rank);
        match here.next() {
            Some(arrival) => Some(arrival.side(types)),
            None => {
                let mut sides = self.disputed.get(&key)?.iter();
                sides.find(|side| side.call.rank == rank).cloned()
            }
        }
    }

    /// A rank enters; if it is the last, what does not agree is returned.
    pub fn enter(
        &mut self,
        call: Call,
        immediate: bool,
        collective: &Collective,
        members: Option<&Members>,
        types: &Types,
    ) -> Option<Finding> {
        let rank = call.rank;
        let shape = |data: &recording::event::Data| types.shape(rank, data);
        let arrival = Arrival {
            rank,
            call,
            immediate,
            kind: collective.kind,
            root: collective.root,
            op: collective
                .op
                .and_then(|id| self.operations.get(&(rank, id)).cloned()),
            gives: collective.gives.as_ref().map(shape),
            takes: collective.takes.as_ref().map(shape),
            each: (
                collective.each.0.iter().map(shape).collect(),
                collective.each.1.iter().map(shape).collect(),
            ),
        };
        let key = (collective.comm, collective.index);
        let arrivals = self.open.entry(key).or_default();
        arrivals.push(arrival);
        let members = members?;
        if arrivals.len() < members.len() as usize {
            return None;
        }
        let arrivals = self.open.remove(&key)?;
        if let Some(sides) = self.disputed.get_mut(&key) {
            sides.extend(arrivals.iter().map(|arrival| arrival.side(types)));
        }
        // A check's own collectives agree: it makes them at one place.
        if arrivals.iter().all(|arrival| arrival.call.aside) {
            return None;
        }
        disagreement(key, &arrivals, members, types, &self.neighbours)
    }

    /// The members that have not entered.
    pub fn missing(&self, key: (CommId, u64), members: &Members) -> Vec<Rank> {
        let arrivals = self.open.get(&key);
        let is_here = |rank: &Rank| {
            arrivals.is_some_and(|arrivals| arrivals.iter().any(|one| one.rank == *rank))
        };
        members.all().filter(|rank| !is_here(rank)).collect()
    }

    /// What does not agree among those that have entered what not all have entered.
    pub fn disagreements<'a>(
        &'a self,
        members: impl Fn(CommId) -> Option<&'a Members>,
        types: &Types,
    ) -> Vec<Finding> {
        let mut open: Vec<_> = self.open.iter().collect();
        open.sort_by_key(|(key, _)| **key);
        open.into_iter()
            .filter_map(|(key, arrivals)| {
                disagreement(*key, arrivals, members(key.0)?, types, &self.neighbours)
            })
            .collect()
    }
}

/// The first thing in which members differ.
fn disagreement(
    (comm, index): (CommId, u64),
    arrivals: &[Arrival],
    members: &Members,
    types: &Types,
    neighbours: &Map<(CommId, Rank), Neighbours>,
) -> Option<Finding> {
    // By place in the communicator, so that it does not depend on who was read first.
    let mut parts: Vec<Option<&Arrival>> = members
        .all()
        .map(|rank| arrivals.iter().find(|arrival| arrival.rank == rank))
        .collect();
    if arrivals.len() < 2 {
        return None;
    }
    if members.between {
        parts.sort_by_key(|part| part.map(|part| part.rank));
    }
    let found = |by: Difference, severity: Severity, calls: Vec<Call>| {
        Some(Rule::CollectivesDiffer { comm, index, by }.found(severity, calls))
    };
    let here = || parts.iter().flatten();
    let first = *here().next()?;
    // The first, the first that differs from it, and all others.
    let differing = |differs: &dyn Fn(&Arrival) -> bool| -> Option<(&Arrival, Vec<Call>)> {
        let other = *here().find(|part| differs(part))?;
        let rest = here().filter(|part| part.rank != first.rank && part.rank != other.rank);
        let calls = [first.call, other.call].into_iter();
        Some((other, calls.chain(rest.map(|part| part.call)).collect()))
    };
    if let Some((_, calls)) = differing(&|part| part.kind != first.kind) {
        return found(Difference::Function, Severity::Error, calls);
    }
    if let Some((_, calls)) = differing(&|part| part.immediate != first.immediate) {
        return found(Difference::Blocking, Severity::Error, calls);
    }
    if members.between {
        // Roots and operations are looked at before MPI is.
        let (other, gives, takes) = other_amount(first, here(), members, types)?;
        let by = Difference::Groups { gives, takes };
        return found(by, Severity::Error, vec![first.call, other.call]);
    }
    if let Some((_, calls)) = differing(&|part| part.root != first.root) {
        return found(Difference::Root, Severity::Error, calls);
    }
    if let Some(mine) = &first.op
        && let Some((other, calls)) = differing(&|part| {
            part.op.as_ref().is_some_and(|op| {
                op.predefined != mine.predefined || (op.predefined && op.name != mine.name)
            })
        })
        && let Some(theirs) = &other.op
    {
        let by = Difference::Operation {
            one: Arc::clone(&mine.name),
            other: Arc::clone(&theirs.name),
        };
        return found(by, Severity::Error, calls);
    }
    let mut exchanges = if first.kind.starts_with(AMONG_NEIGHBOURS) {
        let edges = Edges {
            comm,
            neighbours,
            parts: &parts,
        };
        if let Some((by, calls)) = edges.one_sided() {
            return found(by, Severity::Error, calls);
        }
        edges.exchanges(types)
    } else {
        exchanges(first.kind, first.root, members, &parts)
    };
    // What a rank gives to another tells more than what it gives to itself.
    exchanges.sort_by_key(|(giver, _, taker, _)| giver.rank == taker.rank);
    for (giver, gives, taker, takes) in exchanges {
        match types.same(gives, takes) {
            Fit::Fits => {}
            Fit::Longer { sent, room } => {
                let by = Difference::Count {
                    gives: sent,
                    takes: room,
                };
                return found(by, Severity::Error, vec![giver.call, taker.call]);
            }
            Fit::Differs {
                element,
                sent,
                room,
            } => {
                let by = Difference::Types {
                    element,
                    gives: sent,
                    takes: room,
                };
                let severity = if forgivable(sent, room) {
                    Severity::Warning
                } else {
                    Severity::Error
                };
                return found(by, severity, vec![giver.call, taker.call]);
            }
        }
    }
    None
}

/// Whoever reduces another number of bytes in the other group, with the bytes of both, where the two groups
/// must reduce the same number of elements (MPI standard 4.1, sections 6.9.6 and 6.10).
fn other_amount<'a>(
    first: &Arrival,
    mut here: impl Iterator<Item = &'a &'a Arrival>,
    members: &Members,
    types: &Types,
) -> Option<(&'a Arrival, u64, u64)> {
    const EQUAL: [&str; 3] = [
        "MPI_Allreduce",
        "MPI_Reduce_scatter",
        "MPI_Reduce_scatter_block",
    ];
    let is_first = |part: &Arrival| members.local.contains(&part.rank);
    let other = here.find(|part| is_first(part) != is_first(first))?;
    let bytes = |part: &Arrival| types.bytes(part.gives?);
    let (gives, takes) = (bytes(first)?, bytes(other)?);
    (EQUAL.contains(&first.kind) && gives != takes).then_some((other, gives, takes))
}

/// The edges of a neighbourhood, as the ranks at their two ends know them.
struct Edges<'a> {
    comm: CommId,
    neighbours: &'a Map<(CommId, Rank), Neighbours>,
    parts: &'a [Option<&'a Arrival>],
}

impl<'a> Edges<'a> {
    fn of(&self, rank: Rank) -> Option<&'a Neighbours> {
        self.neighbours.get(&(self.comm, rank))
    }

    fn here(&self) -> impl Iterator<Item = &'a Arrival> {
        self.parts.iter().copied().flatten()
    }

    /// Two ranks of which one names the other as a neighbour more often than the other names it.
    fn one_sided(&self) -> Option<(Difference, Vec<Call>)> {
        let times =
            |list: &[Option<Rank>], rank| list.iter().filter(|it| **it == Some(rank)).count();
        self.here().find_map(|giver| {
            let out = &self.of(giver.rank)?.destinations;
            self.here().find_map(|taker| {
                let into = &self.of(taker.rank)?.sources;
                let (to, from) = (times(out, taker.rank), times(into, giver.rank));
                let by = Difference::Edges { to, from };
                (to != from).then(|| (by, vec![giver.call, taker.call]))
            })
        })
    }

    /// What does not agree along an edge. Where several lead from one rank to another, MPIs do not agree
    /// which block comes along which: of these only what fits none of them.
    fn exchanges(&self, types: &Types) -> Vec<Exchange<'a>> {
        let mut list = Vec::new();
        for giver in self.here() {
            let Some(of) = self.of(giver.rank) else {
                continue;
            };
            for (at, to) in of.destinations.iter().enumerate() {
                let taker = to.and_then(|to| self.here().find(|taker| taker.rank == to));
                let Some(taker) = taker else { continue };
                let sources = self
                    .of(taker.rank)
                    .into_iter()
                    .flat_map(|of| of.sources.iter());
                let takes: Option<Vec<Shape>> = sources
                    .enumerate()
                    .filter(|(_, source)| **source == Some(giver.rank))
                    .map(|(at, _)| taker.each.1.get(at).copied().or(taker.takes))
                    .collect();
                let gives = giver.each.0.get(at).copied().or(giver.gives);
                let (Some(gives), Some(takes)) = (gives, takes) else {
                    continue;
                };
                let fits = |takes: &Shape| matches!(types.same(gives, *takes), Fit::Fits);
                if let Some(first) = takes.first()
                    && !takes.iter().any(fits)
                {
                    list.push((giver, gives, taker, *first));
                }
            }
        }
        list
    }
}

type Exchange<'a> = (&'a Arrival, Shape, &'a Arrival, Shape);

/// What is given and taken between whom, where both are known.
fn exchanges<'a>(
    kind: &str,
    root: Option<Rank>,
    members: &Members,
    parts: &[Option<&'a Arrival>],
) -> Vec<Exchange<'a>> {
    let mut list: Vec<Exchange<'a>> = Vec::new();
    let mut add =
        |giver: &'a Arrival, gives: Option<Shape>, taker: &'a Arrival, takes: Option<Shape>| {
            if let (Some(gives), Some(takes)) = (gives, takes)
                && gives != takes
            {
                list.push((giver, gives, taker, takes));
            }
        };
    let at_root = root
        .and_then(|root| members.local.iter().position(|rank| *rank == root))
        .and_then(|at| parts.get(at).copied().flatten());
    let here = || {
        parts
            .iter()
            .enumerate()
            .filter_map(|(at, part)| Some((at, (*part)?)))
    };
    match kind {
        "MPI_Bcast" => {
            if let Some(root) = at_root {
                for (_, part) in here() {
                    add(
                        root,
                        root.gives.or(root.takes),
                        part,
                        part.takes.or(part.gives),
                    );
                }
            }
        }
        "MPI_Reduce" | "MPI_Allreduce" | "MPI_Scan" | "MPI_Exscan" | "MPI_Reduce_scatter_block" => {
            let mut same = here().filter(|(_, part)| part.gives.or(part.takes).is_some());
            if let Some((_, first)) = same.next() {
                for (_, part) in same {
                    add(
                        first,
                        first.gives.or(first.takes),
                        part,
                        part.gives.or(part.takes),
                    );
                }
            }
        }
        "MPI_Reduce_scatter" => {
            if let Some((_, first)) = here().next() {
                for (_, part) in here().skip(1) {
                    for (mine, theirs) in first.each.1.iter().zip(&part.each.1) {
                        add(first, Some(*mine), part, Some(*theirs));
                    }
                }
            }
        }
        "MPI_Gather" | "MPI_Gatherv" => {
            if let Some(root) = at_root {
                for (at, part) in here() {
                    add(
                        part,
                        part.gives,
                        root,
                        root.each.1.get(at).copied().or(root.takes),
                    );
                }
            }
        }
        "MPI_Scatter" | "MPI_Scatterv" => {
            if let Some(root) = at_root {
                for (at, part) in here() {
                    add(
                        root,
                        root.each.0.get(at).copied().or(root.gives),
                        part,
                        part.takes,
                    );
                }
            }
        }
        "MPI_Allgather" | "MPI_Allgatherv" | "MPI_Alltoall" | "MPI_Alltoallv" | "MPI_Alltoallw" => {
            for (i, giver) in here() {
                for (j, taker) in here() {
                    let gives = giver.each.0.get(j).copied().or(giver.gives);
                    add(
                        giver,
                        gives,
                        taker,
                        taker.each.1.get(i).copied().or(taker.takes),
                    );
                }
            }
        }
        _ => {}
    }
    list
}
