//! The memory that ranks attach to windows without an end, and operations that miss it (MPI standard 5.0,
//! section 12.2.4).
//!
//! Which of two ranks was first is known only where all ranks of the window wait for each other in between:
//! before the same such meeting an operation may have come after an attachment, and before a detachment.

use crate::{
    finding::{Call, Finding, Rule, Severity},
    signature::Types,
};
use recording::event::{CommId, Data, PlaceId, Rank};
use std::collections::{BTreeMap, BTreeSet};

/// What ranks have attached to a window, and what others do in their memory.
#[derive(Default)]
pub(super) struct Attached {
    regions: BTreeMap<Rank, Vec<Region>>,
    accesses: Vec<Access>,
    known: BTreeSet<Key>,
}

/// Memory that was attached.
struct Region {
    from: u64,
    to: u64,
    /// After how many meetings.
    since: u64,
    /// After how many it was detached, and by which call.
    until: Option<(u64, Call)>,
}

/// An operation in the memory of another.
struct Access {
    call: Call,
    target: Rank,
    data: Data,
    /// After how many meetings.
    at: u64,
}

/// What tells operations apart.
type Key = (Rank, PlaceId, Rank, (u64, i64), u64);

impl Attached {
    /// More are not kept.
    const MOST: usize = 1 << 14;

    /// A rank attaches memory, after so many meetings.
    pub fn attach(&mut self, rank: Rank, address: u64, size: u64, since: u64) {
        self.regions.entry(rank).or_default().push(Region {
            from: address,
            to: address.saturating_add(size),
            since,
            until: None,
        });
    }

    /// It detaches what begins there.
    pub fn detach(&mut self, call: Call, address: u64, at: u64) {
        let regions = self.regions.entry(call.rank).or_default();
        let is_it = |region: &&mut Region| region.from == address && region.until.is_none();
        if let Some(region) = regions.iter_mut().find(is_it) {
            region.until = Some((at, call));
        }
    }

    /// An operation, after so many meetings of its rank.
    pub fn access(&mut self, call: Call, target: Rank, data: &Data, at: u64) {
        let place = (data.address, data.count);
        let key = (call.rank, call.place, target, place, at);
        if self.accesses.len() < Self::MOST && self.known.insert(key) {
            self.accesses.push(Access {
                call,
                target,
                data: data.clone(),
                at,
            });
        }
    }

    /// Those that certainly touch what is not attached, unless it is `unclear` in which order a rank has used
    /// the window.
    pub fn missed(
        &self,
        window: CommId,
        types: &Types,
        unclear: &dyn Fn(Rank) -> bool,
    ) -> Vec<Finding> {
        let accesses = self.accesses.iter();
        let clear = accesses.filter(|it| !unclear(it.call.rank) && !unclear(it.target));
        clear
            .filter_map(|access| self.miss(window, access, types))
            .collect()
    }

    fn miss(&self, window: CommId, access: &Access, types: &Types) -> Option<Finding> {
        let regions = self.regions.get(&access.target).map_or(&[][..], |it| it);
        let may_be_there = |region: &&Region| {
            region.since <= access.at && region.until.is_none_or(|(until, _)| access.at <= until)
        };
        let mut there: Vec<(u64, u64)> = regions
            .iter()
            .filter(may_be_there)
            .map(|region| (region.from, region.to))
            .collect();
        there.sort_unstable();
        let blocks = types.blocks(access.call.rank, &access.data, access.data.address);
        let (from, to) = blocks.into_iter().find_map(|(from, to)| {
            // As far as it is covered from its beginning on.
            let covered = there.iter().fold(from, |covered, (start, end)| {
                if *start <= covered {
                    covered.max(*end)
                } else {
                    covered
                }
            });
            (covered < to).then_some((covered, to))
        })?;
        let mut detached = regions.iter().filter_map(|region| {
            let (until, call) = region.until?;
            (until < access.at && region.from <= from && from < region.to).then_some(call)
        });
        let calls = [Some(access.call), detached.next_back()];
        let rule = Rule::NotAttached {
            window,
            target: access.target,
            bytes: to - from,
        };
        Some(rule.found(Severity::Error, calls.into_iter().flatten().collect()))
    }
}
