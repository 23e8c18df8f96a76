//! How ranks and communicators are named in sentences.

use crate::{
    Observer,
    words::{Told, and, capital, ranks},
};
use reasoning::{Call, Observation, Origin, finding::Peer};
use recording::{
    event::{CommId, Rank},
    header::Implementation,
};
use std::ops::Range;

/// Marks the number of a rank among all processes of a job, beside that in a communicator.
const OF_ALL: &str = " of all)";

/// What a call is on.
enum Name {
    /// A communicator, window or file.
    Made(String),
    /// A group whose ranks are about to make a communicator.
    Group(String),
}

/// Names ranks and communicators by what an observer knows of them; without one by their bare numbers.
#[derive(Clone, Copy, Default)]
pub(crate) struct Names<'a> {
    observer: Option<&'a Observer>,
}

impl<'a> Names<'a> {
    /// By what this observer knows.
    pub(crate) fn of(observer: &'a Observer) -> Self {
        Self {
            observer: Some(observer),
        }
    }

    fn observation(self) -> Option<&'a Observation> {
        self.observer?.observation.as_ref()
    }

    /// The number that a rank has in the communicator of a call, where it is another one.
    fn number(self, comm: Option<CommId>, rank: Rank) -> Option<u32> {
        let comm = comm.filter(|comm| *comm != CommId::WORLD)?;
        let observation = self.observation()?;
        // There each number is that of two ranks, one at either end.
        if observation.joins_worlds(comm) {
            return None;
        }
        let number = observation.number(comm, rank)?;
        (number != rank).then_some(number)
    }

    /// Whether these ranks are named by their ranks in the only `MPI_COMM_WORLD` that they could be thought
    /// to mean. A check may have an order of its own, and spawned processes have a world of their own.
    fn is_in_world_order(self, ranks: &[Rank]) -> bool {
        self.observation().is_none_or(|observation| {
            let first = observation.worlds().next();
            let first = first.unwrap_or(0..observation.size() as Rank);
            ranks.iter().all(|rank| first.contains(rank))
                && (first.clone()).all(|rank| observation.number(CommId::WORLD, rank) == Some(rank))
        })
    }

    /// Which ranks were spawned, in sentences; of the worlds that are asked for.
    pub(crate) fn spawned(self, is_wanted: impl Fn(&Range<Rank>) -> bool) -> Vec<String> {
        let worlds = self.observation().into_iter().flat_map(Observation::worlds);
        let worlds = worlds.skip(1).filter(is_wanted);
        let (single, others): (Vec<_>, Vec<_>) = worlds.partition(|world| world.len() == 1);
        let single: Vec<Rank> = single.into_iter().flatten().collect();
        let mut sentences = match single[..] {
            [] => Vec::new(),
            [one] => vec![format!(
                "Rank {one} was spawned: it is rank 0 of an MPI_COMM_WORLD of its own."
            )],
            _ => vec![format!(
                "{} were spawned: each is rank 0 of an MPI_COMM_WORLD of its own.",
                capital(&ranks(&single))
            )],
        };
        sentences.extend(others.into_iter().map(|world| {
            let all: Vec<Rank> = world.collect();
            let own: Vec<Rank> = (0..).zip(&all).map(|(number, _)| number).collect();
            format!(
                "{} were spawned: they are {} of an MPI_COMM_WORLD of their own.",
                capital(&ranks(&all)),
                ranks(&own)
            )
        }));
        sentences
    }

    /// With what explains the numbers of spawned ranks, where it may name any.
    pub(crate) fn explained(self, mut told: Told) -> Told {
        let Some(observation) = self.observation() else {
            return told;
        };
        let joins = |call: &Call| call.comm.is_some_and(|comm| observation.joins_worlds(comm));
        let may_name_all = told.text().contains(OF_ALL);
        let is_named = |world: &Range<Rank>| {
            let is_there = |rank: Option<Peer>| matches!(rank, Some(Peer::Rank(rank)) if world.contains(&rank));
            let member = |call: &Call| {
                let comm = call.comm.filter(|_| joins(call));
                comm.is_some_and(|comm| {
                    (world.clone()).any(|rank| observation.number(comm, rank).is_some())
                })
            };
            let mut calls = told.calls.iter();
            calls.any(|call| world.contains(&call.rank) || is_there(call.peer) || member(call))
                || may_name_all
        };
        let notes = self.spawned(is_named);
        told.notes.extend(notes);
        told
    }

    /// `rank 1`; `rank 0 (world rank 1)` where its number in the communicator of a call is another one.
    pub(crate) fn rank(self, comm: Option<CommId>, rank: Rank) -> String {
        self.rank_of(comm, rank, "")
    }

    /// The same, with what is to be said of its group behind its number there.
    fn rank_of(self, comm: Option<CommId>, rank: Rank, group: &str) -> String {
        match self.number(comm, rank) {
            None => format!("rank {rank}{group}"),
            Some(number) if self.is_in_world_order(&[rank]) => {
                format!("rank {number}{group} (world rank {rank})")
            }
            Some(number) => format!("rank {number}{group} (rank {rank}{OF_ALL}"),
        }
    }

    /// The same of a rank beside another one: `rank 0 of the other group (world rank 2)` where they are in
    /// different groups of the communicator.
    pub(crate) fn other_rank(self, comm: Option<CommId>, me: Rank, rank: Rank) -> String {
        let group = match self.observation().zip(comm) {
            Some((observation, comm)) if observation.is_between(comm, me, rank) => {
                " of the other group"
            }
            _ => "",
        };
        self.rank_of(comm, rank, group)
    }

    /// Where ranks have freed a communicator, of those that have.
    pub(crate) fn freed(self, comm: CommId, ranks: &[Rank]) -> Vec<Call> {
        let Some(observation) = self.observation() else {
            return Vec::new();
        };
        let freed = ranks.iter().map(|rank| observation.freed_comm(*rank, comm));
        freed.flatten().filter(|call| !call.aside).collect()
    }

    /// Whether a communicator has two groups.
    pub(crate) fn has_groups(self, comm: Option<CommId>) -> bool {
        let observation = self.observation().zip(comm);
        observation.is_some_and(|(observation, comm)| observation.has_groups(comm))
    }

    /// The same of several: `ranks 0 and 1 (world ranks 2 and 3)`.
    pub(crate) fn ranks(self, comm: Option<CommId>, list: &[Rank]) -> String {
        let number = |rank: Rank| self.number(comm, rank).unwrap_or(rank);
        if list.iter().all(|rank| number(*rank) == *rank) {
            return ranks(list);
        }
        let mut pairs: Vec<(u32, Rank)> = list.iter().map(|rank| (number(*rank), *rank)).collect();
        pairs.sort_unstable();
        if let [(_, rank)] = pairs[..] {
            return self.rank(comm, rank);
        }
        let numbers: Vec<u32> = pairs.iter().map(|(number, _)| *number).collect();
        let names: Vec<Rank> = pairs.iter().map(|(_, rank)| *rank).collect();
        let there = if names.is_sorted() {
            ranks(&names)
        } else {
            let names: Vec<String> = names.iter().map(Rank::to_string).collect();
            format!("ranks {}", and(&names))
        };
        if self.is_in_world_order(list) {
            format!("{} (world {there})", ranks(&numbers))
        } else {
            format!("{} ({there}{OF_ALL}", ranks(&numbers))
        }
    }

    /// `the communicator that MPI_Comm_dup made (ring.c:12)`; none of one that a check has made, or that
    /// nobody has seen made.
    pub(crate) fn communicator(self, comm: CommId) -> Option<String> {
        self.named(comm).map(|name| match name {
            Name::Made(name) | Name::Group(name) => name,
        })
    }

    fn named(self, comm: CommId) -> Option<Name> {
        if comm == CommId::WORLD {
            return Some(Name::Made(String::from("MPI_COMM_WORLD")));
        }
        if comm.is_world() {
            return Some(Name::Made(String::from(
                "the MPI_COMM_WORLD of the spawned ranks",
            )));
        }
        let observation = self.observation()?;
        let Origin { made_by, call, nth } = observation.origin(comm)?;
        if made_by.is_empty() {
            return Some(Name::Made(String::from("MPI_COMM_SELF")));
        }
        if made_by == "MPI_Comm_create_group" && call.is_none() {
            // Its ranks are still about to make it.
            return Some(Name::Group(format!(
                "the group of {}",
                ranks(&observation.members(comm))
            )));
        }
        if call.is_some_and(|call| call.aside) {
            return None;
        }
        let line = call.and_then(|call| self.line(&call));
        let place = match (line, nth) {
            (Some(line), 0) => format!(" ({line})"),
            (Some(line), nth) => format!(" ({line}, number {})", nth + 1),
            (None, _) => String::new(),
        };
        Some(Name::Made(if made_by.starts_with("MPI_Win_") {
            format!("the window that {made_by} made{place}")
        } else if made_by.starts_with("MPI_File_") {
            format!("the file that {made_by} opened{place}")
        } else {
            format!("the communicator that {made_by} made{place}")
        }))
    }

    /// ` on ` and the communicator's name, unless it is none.
    pub(crate) fn on(self, comm: Option<CommId>) -> String {
        match comm.and_then(|comm| self.named(comm)) {
            Some(Name::Group(group)) => format!(" with {group}"),
            Some(Name::Made(name)) => format!(" on {name}"),
            None => String::new(),
        }
    }

    /// The same, but nothing for `MPI_COMM_WORLD`, where nobody would think of another one.
    pub(crate) fn on_other(self, comm: Option<CommId>) -> String {
        self.on(comm.filter(|comm| *comm != CommId::WORLD))
    }

    /// The standard's name for a value that stands in the place of a rank.
    pub(crate) fn no_rank(self, value: i64) -> Option<&'static str> {
        Some(match (self.implementation()?, value) {
            (Implementation::Mpich, -1)
            | (Implementation::OpenMpi, -2)
            | (Implementation::Standard, -3) => "MPI_PROC_NULL",
            (Implementation::Mpich, -2)
            | (Implementation::OpenMpi | Implementation::Standard, -1) => "MPI_ANY_SOURCE",
            (Implementation::Mpich, -3)
            | (Implementation::OpenMpi | Implementation::Standard, -4) => "MPI_ROOT",
            _ => return None,
        })
    }

    /// The same for a tag.
    pub(crate) fn any_tag(self, value: i64) -> Option<&'static str> {
        let any = match self.implementation()? {
            Implementation::Mpich | Implementation::OpenMpi => -1,
            Implementation::Standard => -2,
        };
        (value == any).then_some("MPI_ANY_TAG")
    }

    fn implementation(self) -> Option<Implementation> {
        Some(self.observer?.headers().next()?.implementation)
    }

    /// Whether a line of an interpreted program made this call.
    pub(crate) fn is_script(self, call: &Call) -> bool {
        let stack = self
            .observer
            .map_or(&[][..], |observer| observer.stack(call));
        stack.iter().any(|address| address.script().is_some())
    }

    fn line(self, call: &Call) -> Option<String> {
        let observer = self.observer?;
        observer.lines.as_ref()?(observer.stack(call))
    }
}
