//! Memory that operations under way have handed to MPI, and whether a new one touches memory that a
//! receive is going to fill (MPI standard 4.1, section 3.7.2).

use crate::finding::Call;
use std::collections::BTreeMap;

/// Ranges of one rank's memory. Reading the same memory twice is fine; writing it is not.
#[derive(Default)]
pub(crate) struct Buffers {
    /// By first address and key: last address + 1, whether it is written, by whom.
    ranges: BTreeMap<(u64, u64), (u64, bool, Call)>,
    starts: BTreeMap<u64, u64>,
    next: u64,
    longest: u64,
}

impl Buffers {
    /// Takes a range; what overlaps it although one of both is written: by whom, from where, how much.
    pub fn claim(
        &mut self,
        (from, to): (u64, u64),
        written: bool,
        call: Call,
    ) -> (u64, Option<(Call, u64, u64)>) {
        let reach = from.saturating_sub(self.longest);
        let overlap = self
            .ranges
            .range((reach, 0)..(to, 0))
            .filter(|(_, (end, write, _))| *end > from && (*write || written))
            .map(|((start, _), (end, _, call))| {
                let first = from.max(*start);
                (*call, first, to.min(*end) - first)
            })
            .min_by_key(|(call, first, _)| (call.number, *first));
        let key = self.next;
        self.next += 1;
        self.longest = self.longest.max(to - from);
        self.ranges.insert((from, key), (to, written, call));
        self.starts.insert(key, from);
        (key, overlap)
    }

    /// Gives a range back.
    pub fn release(&mut self, key: u64) {
        if let Some(from) = self.starts.remove(&key) {
            self.ranges.remove(&(from, key));
        }
        if self.ranges.is_empty() {
            self.longest = 0;
        }
    }
}
