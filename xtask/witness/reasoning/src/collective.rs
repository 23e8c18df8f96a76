//! Collectives: who waits for whom in each, what must agree (MPI standard 4.1, chapter 6), and the
//! collectives that some members have entered and others have not.

use crate::{
    causality::Flow,
    finding::{Call, Difference, Finding, Rule, Severity},
    signature::{Fit, Shape, Types, forgivable},
    slab::Map,
};
use recording::event::{Collective, CommId, OpId, Operation, Rank};
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
        | "MPI_Comm_free"
        | "MPI_Comm_disconnect"
        | "MPI_Cart_create"
        | "MPI_Cart_sub"
        | "MPI_Graph_create"
        | "MPI_Dist_graph_create"
        | "MPI_Dist_graph_create_adjacent"
        | "MPI_Intercomm_create"
        | "MPI_Win_create"
        | "MPI_Win_allocate"
        | "MPI_Win_allocate_shared"
        | "MPI_Win_create_dynamic"
        | "MPI_Win_fence"
        | "MPI_Win_free"
        | "MPI_File_open"
        | "MPI_File_close" => Waits::Somebody,
        _ if kind.starts_with("MPI_Neighbor_") => Waits::Somebody,
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

/// The collectives that not all members have entered, and the ranks' operations.
#[derive(Default)]
pub(crate) struct Collectives {
    pub open: Map<(CommId, u64), Vec<Arrival>>,
    /// Those of which a rank itself says that it differs, with the calls once all have entered.
    disputed: Map<(CommId, u64), Vec<Call>>,
    operations: Map<(Rank, OpId), Operation>,
}

impl Collectives {
    pub fn define(&mut self, rank: Rank, id: OpId, operation: Operation) {
        self.operations.insert((rank, id), operation);
    }

    /// A rank says of its part that it differs from the first arriver's.
    pub fn dispute(&mut self, collective: &Collective) {
        let key = (collective.comm, collective.index);
        self.disputed.entry(key).or_default();
    }

    /// A rank's call, of a collective that is disputed.
    pub fn disputed(&self, key: (CommId, u64), rank: Rank) -> Option<Call> {
        let open = self.open.get(&key).into_iter().flatten();
        let calls = open.map(|arrival| &arrival.call);
        calls
            .chain(self.disputed.get(&key).into_iter().flatten())
            .find(|call| call.rank == rank)
            .copied()
    }

    /// A rank enters; if it is the last, what does not agree is returned.
    pub fn enter(
        &mut self,
        call: Call,
        immediate: bool,
        collective: &Collective,
        members: Option<&Members>,
        types: &Types,
        strict: bool,
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
        if let Some(calls) = self.disputed.get_mut(&key) {
            calls.extend(arrivals.iter().map(|arrival| arrival.call));
        }
        // A check's own collectives agree: it makes them at one place.
        if arrivals.iter().all(|arrival| arrival.call.aside) {
            return None;
        }
        disagreement(key, &arrivals, members, types, strict)
    }

    /// What does not agree among those that have entered what not all have entered.
    pub fn disagreements<'a>(
        &'a self,
        members: impl Fn(CommId) -> Option<&'a Members>,
        types: &Types,
        strict: bool,
    ) -> Vec<Finding> {
        let mut open: Vec<_> = self.open.iter().collect();
        open.sort_by_key(|(key, _)| **key);
        open.into_iter()
            .filter_map(|(key, arrivals)| {
                disagreement(*key, arrivals, members(key.0)?, types, strict)
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
    strict: bool,
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
    let everybody = || here().map(|part| part.call).collect::<Vec<_>>();
    let first = *here().next()?;
    if here().any(|part| part.kind != first.kind) {
        return found(Difference::Function, Severity::Error, everybody());
    }
    if here().any(|part| part.immediate != first.immediate) {
        return found(Difference::Blocking, Severity::Error, everybody());
    }
    if members.between {
        return None;
    }
    if here().any(|part| part.root != first.root) {
        return found(Difference::Root, Severity::Error, everybody());
    }
    let ops: Vec<&Operation> = here().filter_map(|part| part.op.as_ref()).collect();
    if let [first, rest @ ..] = &ops[..]
        && rest
            .iter()
            .any(|op| op.predefined != first.predefined || (op.predefined && op.name != first.name))
    {
        return found(Difference::Operation, Severity::Error, everybody());
    }
    for (giver, gives, taker, takes) in exchanges(first.kind, first.root, members, &parts) {
        match types.same(gives, takes, strict) {
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
