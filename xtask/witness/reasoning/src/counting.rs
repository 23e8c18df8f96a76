//! How much was communicated: counted, because counts do not depend on the machine.

use crate::{finding::Call, signature::Types};
use recording::event::{Persistent, Rank, RequestId, Send, What};
use std::{collections::BTreeMap, ops::Range};

/// What was communicated between two marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counting {
    /// Messages and bytes, by sender and receiver.
    pub pairs: BTreeMap<(Rank, Rank), Traffic>,
    /// How often each rank called each collective, immediate or not, by the blocking one's name.
    pub collectives: BTreeMap<&'static str, BTreeMap<Rank, u64>>,
    /// How often each rank called each function.
    pub calls: BTreeMap<&'static str, BTreeMap<Rank, u64>>,
    /// The longest chain of messages each of which was sent after its sender had received the one
    /// before.
    pub depth: u32,
}

/// Messages one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many.
    pub messages: u64,
    /// How many bytes they had together, as far as their types are known.
    pub bytes: u64,
}

impl Counting {
    /// All messages together.
    pub fn total(&self) -> Traffic {
        self.pairs
            .values()
            .fold(Traffic::default(), |sum, pair| Traffic {
                messages: sum.messages + pair.messages,
                bytes: sum.bytes + pair.bytes,
            })
    }
}

/// Counts while calls come in. Calls of the harness are left out.
pub(crate) struct Window {
    ranges: Vec<Range<u64>>,
    counting: Counting,
    persistent: BTreeMap<(Rank, RequestId), Send>,
}

impl Window {
    pub fn new(ranges: Vec<Range<u64>>) -> Self {
        Self {
            ranges,
            counting: Counting::default(),
            persistent: BTreeMap::new(),
        }
    }

    pub fn counting(&self, depth: u32) -> Counting {
        Counting {
            depth,
            ..self.counting.clone()
        }
    }

    pub fn begun(&mut self, call: &Call, what: &What, types: &Types) {
        if let What::Prepare(id, persistent) = what
            && let Persistent::Send(send) = &**persistent
        {
            self.persistent.insert((call.rank, *id), send.clone());
        }
        let inside = self
            .ranges
            .get(call.rank as usize)
            .is_some_and(|range| range.contains(&call.number));
        if !inside || call.aside {
            return;
        }
        let calls = self.counting.calls.entry(call.function).or_default();
        *calls.entry(call.rank).or_default() += 1;
        match what {
            What::Send(send, _) | What::SendReceive(send, ..) => self.sent(call.rank, send, types),
            What::Start(ids) => {
                for id in ids {
                    if let Some(send) = self.persistent.get(&(call.rank, *id)).cloned() {
                        self.sent(call.rank, &send, types);
                    }
                }
            }
            What::Collective(collective, _) => {
                let kind = self
                    .counting
                    .collectives
                    .entry(collective.kind)
                    .or_default();
                *kind.entry(call.rank).or_default() += 1;
            }
            _ => {}
        }
    }

    fn sent(&mut self, from: Rank, send: &Send, types: &Types) {
        if let Some(to) = send.to {
            let traffic = self.counting.pairs.entry((from, to)).or_default();
            traffic.messages += 1;
            traffic.bytes += types.bytes(types.shape(from, &send.data)).unwrap_or(0);
        }
    }
}
