//! Samples how much memory a job has, now and then.

use crate::os::{self, Process};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

pub(crate) const INTERVAL: Duration = Duration::from_millis(50);
/// Looking takes at most this share of one core, however many processes the machine has.
pub(crate) const SHARE: u32 = 20;

/// Memory of a job, in bytes.
///
/// The sum counts what each process has alone, and of what they share the largest part that any
/// one process sees: ranks map the same segments, and adding them up would count those many times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// All processes together.
    pub total: u64,
    /// What each rank and the processes below it have alone; none stands for the launcher.
    pub ranks: BTreeMap<Option<u32>, u64>,
}

/// Watches one job.
#[derive(Debug)]
pub(crate) struct Sampler {
    limit: Option<u64>,
    due: Instant,
}

impl Sampler {
    /// The first look is due when the job has run for a while: short jobs pay nothing.
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Self {
            limit,
            due: Instant::now() + INTERVAL,
        }
    }

    /// When to look next; none if there is no limit, or it was passed already.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.limit.map(|_| self.due)
    }

    /// Looks if it is time to, and adds what ranks of other nodes have; the usage if it is above the limit, and then never again.
    pub(crate) fn sample(
        &mut self,
        supervisor: i32,
        mark: &str,
        ranks: impl Iterator<Item = (i32, u32)>,
        far: impl Iterator<Item = (u32, u64)>,
    ) -> Option<Usage> {
        let (limit, start) = (self.limit?, Instant::now());
        if start < self.due {
            return None;
        }
        let mut usage = below(supervisor, mark, &ranks.collect());
        for (rank, bytes) in far {
            usage.total += bytes;
            *usage.ranks.entry(Some(rank)).or_default() += bytes;
        }
        self.due = Instant::now() + INTERVAL.max(start.elapsed() * SHARE);
        (usage.total > limit).then(|| {
            self.limit = None;
            usage
        })
    }
}

/// The memory of all processes below one.
pub(crate) fn below(root: i32, mark: &str, ranks: &HashMap<i32, u32>) -> Usage {
    // A look that fails says nothing about the job; the next one may work.
    let family = os::family(root, mark).unwrap_or_default();
    add_up(&family.members, ranks, os::resident)
}

fn add_up(
    family: &[Process],
    ranks: &HashMap<i32, u32>,
    resident: impl Fn(i32) -> Option<os::Resident>,
) -> Usage {
    let parents: HashMap<i32, i32> = family.iter().map(|p| (p.pid, p.parent)).collect();
    let mut usage = Usage::default();
    let mut shared = 0;
    for process in family {
        let Some(resident) = resident(process.pid) else {
            continue;
        };
        let mut above = std::iter::successors(Some(process.pid), |pid| parents.get(pid).copied())
            // Ids may be reused while the table is read: the chain might be a circle.
            .take(family.len() + 1);
        let rank = above.find_map(|pid| ranks.get(&pid).copied());
        *usage.ranks.entry(rank).or_default() += resident.private;
        usage.total += resident.private;
        shared = shared.max(resident.shared);
    }
    usage.total += shared;
    usage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_count_with_their_rank_and_shared_memory_once() {
        let process = |pid, parent| Process {
            pid,
            parent,
            group: 1,
        };
        let family = [
            process(2, 1),
            process(10, 2),
            process(11, 2),
            process(12, 11),
        ];
        let resident = |pid: i32| {
            (pid != 10).then_some(os::Resident {
                private: pid as u64,
                shared: 100 - pid as u64,
            })
        };
        let usage = add_up(&family, &HashMap::from([(10, 0), (11, 1)]), resident);
        assert_eq!(usage.ranks, BTreeMap::from([(None, 2), (Some(1), 23)]));
        assert_eq!(usage.total, 2 + 11 + 12 + 98);
    }
}
