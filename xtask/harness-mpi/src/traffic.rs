//! What all ranks together called and sent while an answer ran. A task is judged by such counts, and
//! never by a clock: counts are the same on every machine and with every MPI.

use mpi::{topology::SimpleCommunicator, traits::*};
use recorder::{Called, Counts, Moved};
use std::collections::BTreeMap;

/// The calls that make a communicator: collectives too, beside those that move data.
pub const COMMUNICATOR_MAKERS: &[&str] = &[
    "MPI_Comm_split",
    "MPI_Comm_split_type",
    "MPI_Comm_create_group",
    "MPI_Comm_create",
    "MPI_Comm_create_from_group",
    "MPI_Comm_dup",
    "MPI_Comm_dup_with_info",
    "MPI_Comm_idup",
    "MPI_Comm_idup_with_info",
    "MPI_Cart_create",
    "MPI_Cart_sub",
    "MPI_Graph_create",
    "MPI_Dist_graph_create",
    "MPI_Dist_graph_create_adjacent",
    "MPI_Intercomm_create",
    "MPI_Intercomm_merge",
];

/// The counts of every rank, the same value on all ranks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    ranks: Vec<RankTraffic>,
}

/// The counts of one rank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct RankTraffic {
    calls: BTreeMap<&'static str, Called>,
    /// By destination.
    sent: Vec<Moved>,
}

impl Traffic {
    /// Collects every rank's counts on every rank.
    pub(crate) fn gather(world: &SimpleCommunicator, own: &Counts) -> Self {
        let size = world.size().unsigned_abs() as usize;
        let gather = |room: usize| {
            let own = encode(own, size, room);
            let mut all = vec![0; own.len() * size];
            world.all_gather_into(&own[..], &mut all[..]);
            all
        };
        let mut room = FIRST;
        let mut all = gather(room);
        let most = all.chunks(length(size, room)).map(functions).max();
        if let Some(more) = most.filter(|most| *most > room) {
            room = more;
            all = gather(room);
        }
        let ranks = all.chunks(length(size, room));
        Self {
            ranks: ranks.map(|numbers| decode(numbers, size)).collect(),
        }
    }

    /// How often a rank called an MPI function, such as `MPI_Bcast`.
    pub fn calls(&self, rank: usize, function: &str) -> u64 {
        self.called(rank, function).times
    }

    /// How often a rank called an MPI function on a communicator that lacks none of the task's ranks.
    pub fn calls_of_whole(&self, rank: usize, function: &str) -> u64 {
        let called = self.called(rank, function);
        called.times - called.partial
    }

    /// How often a rank took part in making a communicator.
    pub fn communicators_made(&self, rank: usize) -> u64 {
        let makers = COMMUNICATOR_MAKERS.iter();
        makers.map(|maker| self.calls(rank, maker)).sum()
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

    /// The bytes that a rank gave to an MPI function to send: to a collective, all that it named for
    /// all ranks.
    pub fn given(&self, rank: usize, function: &str) -> u64 {
        self.called(rank, function).given
    }

    /// The bytes that a rank made room for in a collective.
    pub fn got(&self, rank: usize, function: &str) -> u64 {
        self.called(rank, function).got
    }

    /// The bytes of the largest element that a rank gave to a function to send.
    pub fn widest(&self, rank: usize, function: &str) -> u64 {
        self.called(rank, function).widest
    }

    /// How often a rank gave a function something to send that lies apart in memory, with gaps or in another
    /// order, as its datatype said.
    pub fn given_apart(&self, rank: usize) -> u64 {
        let calls = self.ranks[rank].calls.values();
        calls.map(|called| called.given_apart).sum()
    }

    /// How often a rank received something to places that lie apart in memory, as its datatype said.
    pub fn got_apart(&self, rank: usize) -> u64 {
        let calls = self.ranks[rank].calls.values();
        calls.map(|called| called.got_apart).sum()
    }

    /// All that a rank moved, by whatever call.
    pub fn moves(&self, rank: usize) -> Moves {
        let own = &self.ranks[rank];
        let sent = self.sent_by(rank);
        let received = sum((0..self.ranks.len()).map(|source| self.between(source, rank)));
        let collectives = || {
            let calls = own.calls.iter();
            calls.filter(|(name, _)| is_collective(name))
        };
        let of_collectives =
            |part: fn(&Called) -> u64| collectives().map(|(_, called)| part(called)).sum::<u64>();
        Moves {
            given: sent.bytes + of_collectives(|called| called.given),
            got: received.bytes + of_collectives(|called| called.got),
            calls: sent.times + of_collectives(|called| called.times),
        }
    }

    /// The same without what it moved by these functions, which are collectives.
    pub fn moves_beside(&self, rank: usize, functions: &[&str]) -> Moves {
        let all = self.moves(rank);
        let by_them = |part: fn(&Called) -> u64| {
            let called = functions.iter().map(|name| self.called(rank, name));
            called.map(|called| part(&called)).sum::<u64>()
        };
        Moves {
            given: all.given - by_them(|called| called.given),
            got: all.got - by_them(|called| called.got),
            calls: all.calls - by_them(|called| called.times),
        }
    }

    fn called(&self, rank: usize, function: &str) -> Called {
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
            .get(destination)
            .copied()
            .unwrap_or_default()
    }

    /// The point-to-point messages and bytes that a rank sent.
    pub fn sent_by(&self, rank: usize) -> Moved {
        sum(self.ranks[rank].sent.iter().copied())
    }

    /// The point-to-point messages and bytes of all ranks together.
    pub fn sent(&self) -> Moved {
        sum(self.ranks.iter().flat_map(|rank| rank.sent.iter().copied()))
    }

    /// The collectives that any rank called, by name.
    pub fn collectives(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = self
            .ranks
            .iter()
            .flat_map(|rank| rank.calls.keys())
            .copied()
            .filter(|name| is_collective(name))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// All that one rank moved, by messages and by collectives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// Bytes that it gave to MPI to send.
    pub given: u64,
    /// Bytes that were sent to it, and those that it made room for in collectives.
    pub got: u64,
    /// Messages that it sent, and collectives that it called.
    pub calls: u64,
}

fn sum(parts: impl IntoIterator<Item = Moved>) -> Moved {
    parts.into_iter().fold(Moved::default(), |all, part| Moved {
        times: all.times + part.times,
        bytes: all.bytes + part.bytes,
    })
}

/// Whether all ranks of a communicator must call it; making and freeing communicators not counted.
pub(crate) fn is_collective(function: &str) -> bool {
    const STEMS: [&str; 11] = [
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
        "Neighbor",
    ];
    let name = function.trim_start_matches("MPI_");
    // Immediate ones go on in lower case: MPI_Ibcast, MPI_Ineighbor_allgather.
    let immediate = name.strip_prefix('I').map(capitalized);
    let is = |name: &str| {
        let among_neighbours = name.strip_prefix("Neighbor_").map(capitalized);
        let name = among_neighbours.as_deref().unwrap_or(name);
        STEMS.iter().any(|stem| name.starts_with(stem))
    };
    is(name) || immediate.is_some_and(|name| is(&name))
}

fn capitalized(name: &str) -> String {
    let mut signs = name.chars();
    let first = signs.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(signs).collect()
}

/// So many functions of a rank go in the first round; hardly any answer calls more.
const FIRST: usize = 12;

/// So many numbers tell of a function.
const EACH: usize = 8;

/// How many functions a rank called; then, for each destination and for each of the first `room`
/// functions, what was moved. Every rank sends as many numbers, so that one collective moves them.
fn encode(counts: &Counts, size: usize, room: usize) -> Vec<u64> {
    // A negative destination is MPI_PROC_NULL: nothing was sent.
    let to = |rank: usize| {
        i32::try_from(rank)
            .ok()
            .and_then(|rank| counts.sent.get(&rank).copied())
            .unwrap_or_default()
    };
    let mut numbers = vec![counts.calls.len() as u64];
    numbers.extend((0..size).flat_map(|rank| [to(rank).times, to(rank).bytes]));
    // Every rank runs the same program, so that a function has the same number on all.
    let called = counts.calls.iter().filter_map(|(name, called)| {
        let number = recorder::number(name)?;
        let Called {
            times,
            partial,
            beyond: _,
            given,
            got,
            widest,
            given_apart,
            got_apart,
        } = *called;
        Some([
            number.into(),
            times,
            partial,
            given,
            got,
            widest,
            given_apart,
            got_apart,
        ])
    });
    numbers.extend(called.take(room).flatten());
    numbers.resize(length(size, room), 0);
    numbers
}

fn length(size: usize, room: usize) -> usize {
    1 + 2 * size + EACH * room
}

/// How many functions the rank called that sent these numbers.
fn functions(numbers: &[u64]) -> usize {
    numbers[0] as usize
}

fn decode(numbers: &[u64], size: usize) -> RankTraffic {
    let (sent, called) = numbers[1..].split_at(2 * size);
    let moved = |times, bytes| Moved { times, bytes };
    let name = |number: u64| recorder::name(u16::try_from(number).ok()?);
    let called = called.chunks_exact(EACH).take(functions(numbers));
    RankTraffic {
        calls: called
            .filter_map(|part| {
                let called = Called {
                    times: part[1],
                    partial: part[2],
                    beyond: 0,
                    given: part[3],
                    got: part[4],
                    widest: part[5],
                    given_apart: part[6],
                    got_apart: part[7],
                };
                Some((name(part[0])?, called))
            })
            .collect(),
        sent: sent
            .chunks_exact(2)
            .map(|part| moved(part[0], part[1]))
            .collect(),
    }
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
        let called = Called {
            times: 2,
            partial: 1,
            beyond: 0,
            given: 16,
            got: 48,
            widest: 8,
            given_apart: 1,
            got_apart: 2,
        };
        let counts = Counts {
            calls: BTreeMap::from([("MPI_Gather", called)]),
            sent: BTreeMap::from([(1, moved), (-1, moved)]),
            ..Counts::default()
        };
        let there = decode(&encode(&counts, 3, FIRST), 3);
        assert_eq!(there.calls, counts.calls);
        assert_eq!(there.sent, [Moved::default(), moved, Moved::default()]);
    }

    #[test]
    fn collectives_are_told_from_messages() {
        for name in [
            "MPI_Bcast",
            "MPI_Ibcast",
            "MPI_Allgatherv",
            "MPI_Ialltoallv",
            "MPI_Reduce_scatter",
            "MPI_Neighbor_alltoallw",
            "MPI_Ineighbor_allgather",
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
