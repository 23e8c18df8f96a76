//! Which worlds there are, and which of them are connected: by communicators with processes of several, as
//! long as those have not parted with `MPI_Comm_disconnect` (MPI standard 5.0, section 11.10.4).

use recording::event::{CommId, Rank};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

/// What is known of them.
#[derive(Default)]
pub(crate) struct Worlds {
    /// The ranks of each, by its first.
    all: BTreeMap<Rank, Rank>,
    /// The members of communicators that reach from one world into another.
    between: BTreeMap<CommId, Arc<[Rank]>>,
    /// Who has parted from which of those.
    parted: BTreeSet<(CommId, Rank)>,
}

impl Worlds {
    /// A communicator is made, with these members in all.
    pub fn define(&mut self, comm: CommId, members: impl Iterator<Item = Rank>) {
        let members: Vec<Rank> = members.collect();
        if comm.is_world() {
            if let (Some(first), Some(last)) = (members.iter().min(), members.iter().max()) {
                self.all.insert(*first, last + 1);
            }
            return;
        }
        let mut worlds = members.iter().map(|rank| self.of(*rank));
        let first = worlds.next();
        if worlds.any(|world| Some(world) != first) {
            self.between.entry(comm).or_insert_with(|| members.into());
        }
    }

    /// Whether a communicator has ranks of several worlds.
    pub fn are_joined(&self, comm: CommId) -> bool {
        self.between.contains_key(&comm)
    }

    /// A rank has parted from the others of a communicator.
    pub fn part(&mut self, comm: CommId, rank: Rank) {
        if self.between.contains_key(&comm) {
            self.parted.insert((comm, rank));
        }
    }

    /// The ranks of each world; the first is that which was started first.
    pub fn ranges(&self) -> impl Iterator<Item = Range<Rank>> {
        self.all.iter().map(|(first, end)| *first..*end)
    }

    /// The ranks of a rank's world; none as long as nobody has named them.
    pub fn of(&self, rank: Rank) -> Option<Range<Rank>> {
        let (first, end) = self.all.range(..=rank).next_back()?;
        (rank < *end).then_some(*first..*end)
    }

    /// The ranks of all other worlds to which a rank's own is connected, whether itself or by others.
    pub fn connected(&self, rank: Rank) -> BTreeSet<Rank> {
        let Some(own) = self.of(rank) else {
            return BTreeSet::new();
        };
        let mut found: BTreeSet<Rank> = own.clone().collect();
        loop {
            let before = found.len();
            for (comm, members) in &self.between {
                let still = |rank: &&Rank| !self.parted.contains(&(*comm, **rank));
                if members
                    .iter()
                    .filter(still)
                    .any(|rank| found.contains(rank))
                {
                    let worlds = members
                        .iter()
                        .filter(still)
                        .filter_map(|rank| self.of(*rank));
                    found.extend(worlds.flatten());
                }
            }
            if found.len() == before {
                break;
            }
        }
        found.retain(|rank| !own.contains(rank));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worlds_are_connected_until_all_of_one_have_parted() {
        let mut worlds = Worlds::default();
        let (one, other) = (CommId(u64::MAX), CommId(u64::MAX - 1));
        for base in [0, 2, 4] {
            worlds.define(CommId::world(base), base..base + 2);
        }
        worlds.define(CommId(u64::MAX - 2), 0..2);
        worlds.define(one, 0..4);
        worlds.define(other, [2, 4, 5].into_iter());
        let list = |worlds: &Worlds, rank| Vec::from_iter(worlds.connected(rank));
        assert_eq!(worlds.of(3), Some(2..4));
        assert_eq!(worlds.of(6), None);
        assert_eq!(list(&worlds, 0), [2, 3, 4, 5]);
        assert_eq!(list(&worlds, 3), [0, 1, 4, 5]);
        worlds.part(other, 2);
        assert_eq!(list(&worlds, 0), [2, 3]);
        worlds.part(one, 0);
        assert_eq!(list(&worlds, 0), [2, 3]);
        worlds.part(one, 1);
        assert_eq!(list(&worlds, 0), []);
        assert_eq!(list(&worlds, 3), []);
        assert_eq!(list(&worlds, 5), []);
    }
}
