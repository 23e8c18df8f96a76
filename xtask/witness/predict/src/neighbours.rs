//! A neighbourhood collective as messages: each rank receives from all its sources and sends to all its
//! destinations at once, which is what MPICH and Open MPI do, too.

use crate::{
    collective::Meeting,
    plan::{Action, Envelope},
};
use recording::event::Rank;

impl Meeting {
    /// What a rank begins, and what is to be waited for until the collective is complete there; none if it is not
    /// known with whom the rank exchanges.
    pub(crate) fn among_neighbours(&self, rank: Rank) -> Option<(Vec<Action>, Vec<Envelope>)> {
        let own = self.neighbours.get(&rank)?;
        let incoming = numbered(&own.sources).filter_map(|(from, nth)| self.edge(from, rank, nth));
        let incoming: Vec<Envelope> = incoming.collect();
        let outgoing = numbered(&own.destinations).filter_map(|(to, nth)| self.edge(rank, to, nth));
        let outgoing: Vec<Envelope> = outgoing.collect();
        let mut begun: Vec<Action> = incoming.iter().copied().map(Action::Ireceive).collect();
        begun.extend(outgoing.iter().copied().map(Action::Isend));
        Some((begun, incoming.into_iter().chain(outgoing).collect()))
    }

    /// The so-many-eth message from one rank to another: there is one where both know of it. A rank moves nothing
    /// through the network to itself.
    fn edge(&self, from: Rank, to: Rank, nth: u32) -> Option<Envelope> {
        let place = |list: &[Option<Rank>], rank: Rank| {
            let mut places = (0..list.len()).filter(|at| list[*at] == Some(rank));
            places.nth(nth as usize)
        };
        let out = place(&self.neighbours.get(&from)?.destinations, to)?;
        let into = place(&self.neighbours.get(&to)?.sources, from)?;
        let given = || self.each.get(&from)?.0.get(out).copied();
        let taken = || self.each.get(&to)?.1.get(into).copied();
        (from != to).then(|| Envelope {
            from,
            to,
            tag: self.tag(nth),
            bytes: given().or_else(taken).unwrap_or_default(),
        })
    }
}

/// Ranks, each with how often it stands before in the list.
fn numbered(list: &[Option<Rank>]) -> impl Iterator<Item = (Rank, u32)> {
    list.iter().enumerate().filter_map(|(at, rank)| {
        let before = list[..at].iter().filter(|other| *other == rank).count();
        Some(((*rank)?, before as u32))
    })
}
