//! Messages in partitions (MPI standard 5.0, chapter 4): which meet, and which partitions are ready. A message
//! meets the one that was set up as the so-many-eth at the other end, with the same tag on the same communicator.

use crate::{finding::Call, slab::Map};
use recording::event::{CommId, Partitioned, Rank, RequestId};
use std::collections::BTreeMap;

/// Where messages in partitions go: communicator, from, to, tag.
type Line = (CommId, Rank, Rank, i32);

/// All of them.
#[derive(Default)]
pub(crate) struct Partitions {
    /// The ends of each line, in the order in which they were set up: those that send, those that receive.
    lines: Map<Line, [Vec<(Rank, RequestId)>; 2]>,
    ends: Map<(Rank, RequestId), End>,
}

/// One end of a message.
struct End {
    line: Line,
    nth: usize,
    sends: bool,
    number: u32,
    /// How often it was started.
    starts: u64,
    /// Which partitions were marked as ready since, and where.
    ready: BTreeMap<u32, Call>,
}

/// For what an end waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// For its own rank to mark this partition as ready.
    Own(u32),
    /// For the sender to mark this one.
    Theirs(u32),
    /// For the other end to start, or to be set up.
    Start,
}

impl Partitions {
    /// A rank sets an end up.
    pub fn prepare(&mut self, rank: Rank, id: RequestId, one: &Partitioned) {
        let Some(peer) = one.peer else { return };
        let (from, to) = if one.sends {
            (rank, peer)
        } else {
            (peer, rank)
        };
        let line = (one.comm, from, to, one.tag);
        let ends = &mut self.lines.entry(line).or_default()[usize::from(!one.sends)];
        let end = End {
            line,
            nth: ends.len(),
            sends: one.sends,
            number: one.partitions,
            starts: 0,
            ready: BTreeMap::new(),
        };
        ends.push((rank, id));
        self.ends.insert((rank, id), end);
    }

    /// It starts it.
    pub fn start(&mut self, rank: Rank, id: RequestId) {
        if let Some(end) = self.ends.get_mut(&(rank, id)) {
            end.starts += 1;
            end.ready.clear();
        }
    }

    /// It marks partitions as ready.
    pub fn ready(&mut self, call: Call, id: RequestId, partitions: &[u32]) {
        if let Some(end) = self.ends.get_mut(&(call.rank, id)) {
            end.ready
                .extend(partitions.iter().map(|number| (*number, call)));
        }
    }

    /// Where it has marked one.
    pub fn marked(&self, rank: Rank, id: RequestId, partition: u32) -> Option<Call> {
        self.ends.get(&(rank, id))?.ready.get(&partition).copied()
    }

    /// The call in which it has marked one last.
    pub fn last_marked(&self, rank: Rank, id: RequestId) -> Option<Call> {
        let ready = self.ends.get(&(rank, id))?.ready.values();
        ready.copied().max()
    }

    /// The request of the end that sends, where this one receives.
    pub fn sender(&self, rank: Rank, id: RequestId) -> Option<(Rank, RequestId)> {
        let end = self.ends.get(&(rank, id))?;
        self.lines.get(&end.line)?[0].get(end.nth).copied()
    }

    /// For whom an end waits that is started, and for what; none if it is complete, or nobody knows.
    pub fn missing(&self, rank: Rank, id: RequestId) -> Option<(Rank, Missing)> {
        let end = self.ends.get(&(rank, id))?;
        let (_, from, to, _) = end.line;
        let ends = self.lines.get(&end.line)?;
        let other = ends[usize::from(end.sends)].get(end.nth);
        let other = other.and_then(|other| self.ends.get(other));
        if end.sends {
            if let Some(number) = end.unready() {
                return Some((rank, Missing::Own(number)));
            }
            let is_there = other.is_some_and(|other| other.starts >= end.starts);
            return (!is_there).then_some((to, Missing::Start));
        }
        let Some(sender) = other.filter(|sender| sender.starts >= end.starts) else {
            return Some((from, Missing::Start));
        };
        if sender.starts > end.starts {
            return None;
        }
        sender
            .unready()
            .map(|number| (from, Missing::Theirs(number)))
    }
}

impl End {
    /// The first partition that is not ready.
    fn unready(&self) -> Option<u32> {
        (0..self.number).find(|number| !self.ready.contains_key(number))
    }
}
