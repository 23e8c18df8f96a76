//! What all ranks together called and sent while an answer ran. A task is judged by such counts, and
//! never by a clock: counts are the same on every machine and with every MPI.

use mpi::{datatype::PartitionMut, topology::SimpleCommunicator, traits::*};
use std::collections::BTreeMap;
use witness::{Counts, Moved};

/// The counts of every rank, the same value on all ranks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    ranks: Vec<RankTraffic>,
}

/// The counts of one rank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct RankTraffic {
    calls: BTreeMap<String, Moved>,
    sent: BTreeMap<usize, Moved>,
}

impl Traffic {
    /// Collects every rank's counts on every rank.
    pub(crate) fn gather(world: &SimpleCommunicator, own: &Counts) -> Self {
        let text = encode(own);
        let length = i32::try_from(text.len()).unwrap_or(i32::MAX);
        let mut lengths = vec![0; world.size().unsigned_abs() as usize];
        world.all_gather_into(&length, &mut lengths[..]);
        let starts: Vec<i32> = lengths
            .iter()
            .scan(0, |next, length| {
                Some(std::mem::replace(next, *next + length))
            })
            .collect();
        let mut all = vec![0_u8; lengths.iter().sum::<i32>().unsigned_abs() as usize];
        world.all_gather_varcount_into(
            text.as_bytes(),
            &mut PartitionMut::new(&mut all[..], &lengths[..], &starts[..]),
        );
        let part = |(start, length): (&i32, &i32)| {
            let start = start.unsigned_abs() as usize;
            decode(&String::from_utf8_lossy(
                &all[start..start + length.unsigned_abs() as usize],
            ))
        };
        Self {
            ranks: starts.iter().zip(&lengths).map(part).collect(),
        }
    }

    /// How often a rank called an MPI function, such as `MPI_Bcast`.
    pub fn calls(&self, rank: usize, function: &str) -> u64 {
        self.moved(rank, function).times
    }

    /// How often all ranks together called any of these functions.
    pub fn calls_of_all(&self, functions: &[&str]) -> u64 {
        (0..self.ranks.len())
            .map(|rank| {
                functions
                    .iter()
                    .map(|function| self.calls(rank, function))
                    .sum::<u64>()
            })
            .sum()
    }

    /// The bytes that a rank gave to an MPI function to send.
    pub fn bytes(&self, rank: usize, function: &str) -> u64 {
        self.moved(rank, function).bytes
    }

    fn moved(&self, rank: usize, function: &str) -> Moved {
        self.ranks[rank]
            .calls
            .get(function)
            .copied()
            .unwrap_or_default()
    }

    /// The point-to-point messages and bytes from one rank to another.
    pub fn between(&self, source: usize, destination: usize) -> Moved {
        self.ranks[source]
            .sent
            .get(&destination)
            .copied()
            .unwrap_or_default()
    }

    /// The point-to-point messages and bytes that a rank sent.
    pub fn sent_by(&self, rank: usize) -> Moved {
        sum(self.ranks[rank].sent.values())
    }

    /// The point-to-point messages and bytes of all ranks together.
    pub fn sent(&self) -> Moved {
        sum(self.ranks.iter().flat_map(|rank| rank.sent.values()))
    }

    /// The collectives that any rank called, by name.
    pub fn collectives(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .ranks
            .iter()
            .flat_map(|rank| rank.calls.keys())
            .map(String::as_str)
            .filter(|name| is_collective(name))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn sum<'a>(parts: impl Iterator<Item = &'a Moved>) -> Moved {
    parts.fold(Moved::default(), |all, part| Moved {
        times: all.times + part.times,
        bytes: all.bytes + part.bytes,
    })
}

/// Whether all ranks of a communicator must call it; making and freeing communicators not counted.
fn is_collective(function: &str) -> bool {
    const STEMS: [&str; 10] = [
        "Barrier",
        "Bcast",
        "Gather",
        "Scatter",
        "Allgather",
        "Alltoall",
        "Reduce",
        "Allreduce",
        "Scan",
        "Exscan",
    ];
    let name = function.trim_start_matches("MPI_");
    let immediate = name.strip_prefix('I').map(|rest| {
        let mut signs = rest.chars();
        signs
            .next()
            .map(|first| first.to_ascii_uppercase())
            .into_iter()
            .chain(signs)
            .collect::<String>()
    });
    let is = |name: &str| STEMS.iter().any(|stem| name.starts_with(stem));
    is(name) || immediate.is_some_and(|name| is(&name))
}

/// One line for each count: a letter for its kind, its key, times, bytes.
fn encode(counts: &Counts) -> String {
    let calls = counts
        .calls
        .iter()
        .map(|(name, moved)| (format!("c {name}"), moved));
    let sent = counts
        .sent
        .iter()
        .map(|(rank, moved)| (format!("s {rank}"), moved));
    calls
        .chain(sent)
        .map(|(key, moved)| format!("{key} {} {}\n", moved.times, moved.bytes))
        .collect()
}

fn decode(text: &str) -> RankTraffic {
    let mut traffic = RankTraffic::default();
    for line in text.lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        let [letter, key, times, bytes] = parts[..] else {
            continue;
        };
        let moved = Moved {
            times: times.parse().unwrap_or(0),
            bytes: bytes.parse().unwrap_or(0),
        };
        match (letter, key.parse()) {
            ("c", _) => drop(traffic.calls.insert(key.to_owned(), moved)),
            // A negative destination is MPI_PROC_NULL: nothing was sent.
            (_, Ok(rank)) => drop(traffic.sent.insert(rank, moved)),
            (_, Err(_)) => {}
        }
    }
    traffic
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_survive_the_way_to_the_other_ranks() {
        let moved = Moved {
            times: 3,
            bytes: 24,
        };
        let counts = Counts {
            calls: BTreeMap::from([("MPI_Send", moved)]),
            sent: BTreeMap::from([(1, moved), (-1, moved)]),
        };
        let there = decode(&encode(&counts));
        assert_eq!(
            there.calls,
            BTreeMap::from([(String::from("MPI_Send"), moved)])
        );
        assert_eq!(there.sent, BTreeMap::from([(1, moved)]));
    }

    #[test]
    fn collectives_are_told_from_messages() {
        for name in [
            "MPI_Bcast",
            "MPI_Ibcast",
            "MPI_Allgatherv",
            "MPI_Ialltoallv",
            "MPI_Reduce_scatter",
        ] {
            assert!(is_collective(name), "{name}");
        }
        for name in [
            "MPI_Send",
            "MPI_Isend",
            "MPI_Iprobe",
            "MPI_Comm_dup",
            "MPI_Irecv",
        ] {
            assert!(!is_collective(name), "{name}");
        }
    }
}
