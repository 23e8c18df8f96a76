//! A collective that SimGrid cannot replay as one, because it is not of all ranks or does not block, as the
//! messages of a textbook's algorithm (R. Thakur, R. Rabenseifner, W. Gropp: Optimization of collective
//! communication operations in MPICH, 2005).

use crate::plan::{Action, BYTE, Envelope};
use recording::event::{Neighbours, Rank};
use std::collections::HashMap;

/// Tags from here on are those of collectives.
const FIRST_TAG: u32 = 1 << 30;
/// So many tags has each of them: one for each round.
const TAGS: u32 = 32;
/// From more ranks than these, a collective that does not block and whose ranks all depend on each other moves fewer
/// messages than one for each pair of ranks: SimGrid keeps some kilobytes for each message of a run.
const PAIRS: usize = 16;

/// A collective, as all its ranks together tell it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meeting {
    /// Its number among those of the run.
    pub(crate) number: u32,
    /// The function, without regard to whether it blocks.
    pub(crate) kind: &'static str,
    pub(crate) root: Option<Rank>,
    /// What each gives or takes, in bytes, where that is the same for all.
    pub(crate) bytes: u64,
    /// What each rank gives to and takes from each place of the communicator, in bytes, for v-variants.
    /// In a neighbourhood: to each of its destinations, and from each of its sources.
    pub(crate) each: HashMap<Rank, (Vec<u64>, Vec<u64>)>,
    /// With whom each rank exchanges, if only neighbours do.
    pub(crate) neighbours: HashMap<Rank, Neighbours>,
}

impl Meeting {
    /// The tag of a round's messages. Those of a later round than there are tags for are received in the order in
    /// which they were sent.
    pub(crate) fn tag(&self, round: u32) -> u32 {
        FIRST_TAG + self.number * TAGS + round % TAGS
    }

    /// How much goes from one place of the communicator to another, where data of all ranks is kept apart.
    fn part(&self, members: &[Rank], from: usize, to: usize) -> u64 {
        let given = || self.each.get(&members[from])?.0.get(to).copied();
        let taken = || self.each.get(&members[to])?.1.get(from).copied();
        given().or_else(taken).unwrap_or(self.bytes)
    }

    /// How much each place gives or takes, in the order of the ranks, by the rank that knows all of it.
    fn shares(&self, ranks: usize, members: &[Rank], taken: bool) -> Vec<u64> {
        let pick = |(given, got): &(Vec<u64>, Vec<u64>)| {
            let list = if taken { got } else { given };
            (!list.is_empty()).then(|| list.clone())
        };
        let known = self.root.and_then(|root| pick(self.each.get(&root)?));
        let known = known.or_else(|| self.each.values().find_map(pick));
        in_order(ranks, members, known.as_deref(), self.bytes)
    }

    /// As one line of a trace, for a collective of all ranks.
    pub(crate) fn line(&self, ranks: usize, members: &[Rank], rank: Rank) -> String {
        let (size, root) = (self.bytes, self.root.unwrap_or_default());
        let own = |list: &[u64]| list.get(rank as usize).copied().unwrap_or_default();
        let join = |list: &[u64]| {
            let words: Vec<String> = list.iter().map(u64::to_string).collect();
            words.join(" ")
        };
        match self.kind {
            "MPI_Bcast" => format!("bcast {size} {root} {BYTE}"),
            "MPI_Reduce" => format!("reduce {size} 0 {root} {BYTE}"),
            "MPI_Allreduce" => format!("allreduce {size} 0 {BYTE}"),
            "MPI_Scan" => format!("scan {size} 0 {BYTE}"),
            "MPI_Exscan" => format!("exscan {size} 0 {BYTE}"),
            "MPI_Gather" => format!("gather {size} {size} {root} {BYTE} {BYTE}"),
            "MPI_Scatter" => format!("scatter {size} {size} {root} {BYTE} {BYTE}"),
            "MPI_Allgather" => format!("allgather {size} {size} {BYTE} {BYTE}"),
            "MPI_Alltoall" => format!("alltoall {size} {size} {BYTE} {BYTE}"),
            "MPI_Gatherv" => {
                let shares = self.shares(ranks, members, true);
                let (own, all) = (own(&shares), join(&shares));
                format!("gatherv {own} {all} {root} {BYTE} {BYTE}")
            }
            "MPI_Scatterv" => {
                let shares = self.shares(ranks, members, false);
                let (own, all) = (own(&shares), join(&shares));
                format!("scatterv {all} {own} {root} {BYTE} {BYTE}")
            }
            "MPI_Allgatherv" => {
                let shares = self.shares(ranks, members, true);
                let (own, all) = (own(&shares), join(&shares));
                format!("allgatherv {own} {all} {BYTE} {BYTE}")
            }
            "MPI_Reduce_scatter" | "MPI_Reduce_scatter_block" => {
                let shares = self.shares(ranks, members, true);
                format!("reducescatter {} 0 {BYTE}", join(&shares))
            }
            "MPI_Alltoallv" | "MPI_Alltoallw" => {
                let (given, taken) = self.each.get(&rank).cloned().unwrap_or_default();
                let given = in_order(ranks, members, Some(&given), 0);
                let taken = in_order(ranks, members, Some(&taken), 0);
                let (out, back): (u64, u64) = (given.iter().sum(), taken.iter().sum());
                let (given, taken) = (join(&given), join(&taken));
                format!("alltoallv {out} {given} {back} {taken} {BYTE} {BYTE}")
            }
            _ => String::from("barrier"),
        }
    }

    /// As messages, for the rank at a place of the communicator.
    pub(crate) fn messages(&self, members: &[Rank], at: usize) -> Vec<Action> {
        let size = members.len();
        let root = members
            .iter()
            .position(|rank| Some(*rank) == self.root)
            .unwrap_or(0);
        let mut way = Way {
            meeting: self,
            members,
            at,
            actions: Vec::new(),
        };
        match self.kind {
            "MPI_Bcast" => way.down(root, self.bytes, 0),
            "MPI_Reduce" => way.up(root, self.bytes, 0),
            "MPI_Allreduce" if size.is_power_of_two() => {
                for round in 0..size.ilog2() {
                    let partner = at ^ (1 << round);
                    way.exchange(partner, partner, self.bytes, round);
                }
            }
            "MPI_Allreduce" => {
                way.up(0, self.bytes, 0);
                way.down(0, self.bytes, 1);
            }
            "MPI_Reduce_scatter" | "MPI_Reduce_scatter_block" => {
                let all = self.shares(size, &(0..size as Rank).collect::<Vec<_>>(), true);
                way.up(0, all.iter().sum(), 0);
                way.down(0, all.iter().max().copied().unwrap_or_default(), 1);
            }
            "MPI_Scan" | "MPI_Exscan" => {
                if at > 0 {
                    way.receive(at - 1, self.bytes, 0);
                }
                if at + 1 < size {
                    way.send(at + 1, self.bytes, 0);
                }
            }
            _ if self.is_personal() => {
                let (begun, waits) = self.at_once(members, at);
                way.actions.extend(begun);
                way.actions.extend(waits.into_iter().map(Action::Wait));
            }
            _ => {
                let mut round = 0;
                while (1 << round) < size {
                    let by = 1 << round;
                    way.exchange((at + by) % size, (at + size - by) % size, 0, round);
                    round += 1;
                }
            }
        }
        way.actions
    }

    /// Whether each rank gets something of its own.
    fn is_personal(&self) -> bool {
        ["Gather", "gather", "Scatter", "Alltoall"]
            .iter()
            .any(|part| self.kind.contains(part))
    }

    /// Whether the collective, if it does not block, moves fewer messages than its ranks depend on.
    pub(crate) fn is_thinned(&self, size: usize) -> bool {
        size > PAIRS && ["MPI_Allreduce", "MPI_Barrier"].contains(&self.kind)
    }

    /// All messages of a collective that does not block, none of which depends on another: what begins them,
    /// and what is to be waited for later. So it can be complete once all ranks have begun it.
    ///
    /// Where [`Self::is_thinned`], a rank only exchanges messages with those whose distance is a power of two, as it
    /// does over the rounds of a textbook's algorithm: it can be complete once these have begun it.
    pub(crate) fn at_once(&self, members: &[Rank], at: usize) -> (Vec<Action>, Vec<Envelope>) {
        let size = members.len();
        let is_thinned = self.is_thinned(size);
        let is_root = |place: usize| Some(members[place]) == self.root;
        let moves = |from: usize, to: usize| {
            from != to
                && match self.kind {
                    "MPI_Bcast" | "MPI_Scatter" | "MPI_Scatterv" => is_root(from),
                    "MPI_Reduce" | "MPI_Gather" | "MPI_Gatherv" => is_root(to),
                    "MPI_Scan" | "MPI_Exscan" => from < to,
                    _ => !is_thinned || ((to + size - from) % size).is_power_of_two(),
                }
        };
        let bytes = |from, to| match self.kind {
            "MPI_Barrier" => 0,
            _ => self.part(members, from, to),
        };
        let envelope = |from: usize, to: usize| Envelope {
            from: members[from],
            to: members[to],
            tag: self.tag(0),
            bytes: bytes(from, to),
        };
        let others = || (1..size).map(|by| (at + by) % size);
        let incoming = others().filter(|&from| moves(from, at));
        let incoming: Vec<Envelope> = incoming.map(|from| envelope(from, at)).collect();
        let outgoing = others().filter(|&to| moves(at, to));
        let outgoing: Vec<Envelope> = outgoing.map(|to| envelope(at, to)).collect();
        let mut begun: Vec<Action> = incoming.iter().copied().map(Action::Ireceive).collect();
        begun.extend(outgoing.iter().copied().map(Action::Isend));
        (begun, incoming.into_iter().chain(outgoing).collect())
    }
}

/// What belongs to the places of a communicator, in the order of all ranks.
fn in_order(ranks: usize, members: &[Rank], known: Option<&[u64]>, default: u64) -> Vec<u64> {
    let mut list = vec![if known.is_some() { 0 } else { default }; ranks];
    for (rank, bytes) in members.iter().zip(known.unwrap_or_default()) {
        if let Some(place) = list.get_mut(*rank as usize) {
            *place = *bytes;
        }
    }
    list
}

/// The messages of one rank.
struct Way<'a> {
    meeting: &'a Meeting,
    members: &'a [Rank],
    at: usize,
    actions: Vec<Action>,
}

impl Way<'_> {
    fn envelope(&self, from: usize, to: usize, bytes: u64, round: u32) -> Envelope {
        Envelope {
            from: self.members[from],
            to: self.members[to],
            tag: self.meeting.tag(round),
            bytes,
        }
    }

    fn send(&mut self, to: usize, bytes: u64, round: u32) {
        let it = self.envelope(self.at, to, bytes, round);
        self.actions.push(Action::Send(it));
    }

    fn receive(&mut self, from: usize, bytes: u64, round: u32) {
        let it = self.envelope(from, self.at, bytes, round);
        self.actions.push(Action::Receive(it));
    }

    fn exchange(&mut self, to: usize, from: usize, bytes: u64, round: u32) {
        let came = self.envelope(from, self.at, bytes, round);
        self.actions.push(Action::Ireceive(came));
        self.send(to, bytes, round);
        self.actions.push(Action::Wait(came));
    }

    /// From the root to all, in a binomial tree.
    fn down(&mut self, root: usize, bytes: u64, round: u32) {
        let size = self.members.len();
        let own = (self.at + size - root) % size;
        let place = |number: usize| (number + root) % size;
        let mut bit = 1;
        while bit < size && own & bit == 0 {
            bit <<= 1;
        }
        if own > 0 {
            self.receive(place(own - bit), bytes, round);
        }
        while bit > 1 {
            bit >>= 1;
            if own + bit < size {
                self.send(place(own + bit), bytes, round);
            }
        }
    }

    /// From all to the root, in the same tree.
    fn up(&mut self, root: usize, bytes: u64, round: u32) {
        let size = self.members.len();
        let own = (self.at + size - root) % size;
        let place = |number: usize| (number + root) % size;
        let mut bit = 1;
        while bit < size {
            if own & bit > 0 {
                self.send(place(own - bit), bytes, round);
                return;
            }
            if own + bit < size {
                self.receive(place(own + bit), bytes, round);
            }
            bit <<= 1;
        }
    }
}
