//! The two groups of processes that a task connects, and what one process of them called between them.

use harness_mpi::{Among, Check, Kind, Peer, Reason, plural};

pub const BROADCASTS: [&str; 2] = ["MPI_Bcast", "MPI_Ibcast"];
pub const REDUCTIONS: [&str; 4] = [
    "MPI_Reduce",
    "MPI_Ireduce",
    "MPI_Allreduce",
    "MPI_Iallreduce",
];
pub const BARRIERS: [&str; 2] = ["MPI_Barrier", "MPI_Ibarrier"];

/// The two groups, as a process sees them, and the calls that it made.
pub struct Groups<'a> {
    /// How many processes its own group has, and what they are called.
    pub own: (usize, &'a str),
    /// The same of the other group.
    pub other: (usize, &'a str),
    /// What this process should name as the root of a collective between the groups.
    pub root: Peer,
    pub among: &'a [Among],
}

impl Groups<'_> {
    /// What a process of the group of rank 0 names, by its rank there, as the root.
    pub fn beside_root(rank: usize) -> Peer {
        match rank {
            0 => Peer::Itself,
            _ => Peer::Nobody,
        }
    }

    /// Requires one of these functions between the groups, of the right root, if it has one; `why` completes
    /// the sentence.
    pub fn call(&self, check: &Check, functions: &[&str], why: &str) -> bool {
        let called = || {
            self.between()
                .filter(|call| functions.contains(&call.function))
        };
        let rooted = |call: &Among| [self.root, Peer::Unnamed].contains(&call.peer);
        let (kind, reason) = (Kind::WrongOperation, Reason::OtherCall);
        check.require_rule(called().next().is_some(), kind, reason, || {
            let ((own, ours), (other, theirs)) = (self.own, self.other);
            format!(
                "never called {} on an intercommunicator of all {} and {}: {why}",
                functions[0],
                plural(own as u64, ours),
                plural(other as u64, theirs)
            )
        }) && check.require_rule(called().all(rooted), kind, reason, || {
            format!("called {} with another root: {why}", functions[0])
        })
    }

    /// Requires that nothing but a broadcast and a reduction connects the groups; `why` completes the sentence.
    pub fn nothing_else(&self, check: &Check, why: &str) -> bool {
        let is_wanted = |name: &&str| BROADCASTS.contains(name) || REDUCTIONS.contains(name);
        let mut names = self.between().map(|call| call.function);
        let other = names.find(|name| !is_wanted(name));
        let (kind, reason) = (Kind::WrongOperation, Reason::OtherCall);
        check.require_rule(other.is_none(), kind, reason, || {
            format!(
                "called {} on the intercommunicator: {why}",
                other.unwrap_or_default()
            )
        })
    }

    /// Requires that the groups met in a barrier after all else that was moved between them. If `merged`, it
    /// may also be on a communicator to which they were merged.
    pub fn meet_last(&self, check: &Check, merged: bool) -> bool {
        let all = self.own.0 + self.other.0;
        let is_merged = |call: &&Among| call.remote.is_none() && call.members.len() == all;
        let with_all = || {
            let one = self.among.iter().filter(is_merged).filter(|_| merged);
            self.between().chain(one)
        };
        let last = |is_wanted: bool| {
            let calls = with_all();
            let kind = calls.filter(|call| BARRIERS.contains(&call.function) == is_wanted);
            kind.map(|call| call.last).max()
        };
        let (met, moved) = (last(true), last(false));
        let ((_, ours), (_, theirs)) = (self.own, self.other);
        let (kind, reason) = (Kind::WrongOperation, Reason::OtherCall);
        check.require_rule(met.is_some(), kind, reason, || {
            format!(
                "never called MPI_Barrier on a communicator of all {ours}s and {theirs}s: they meet in a \
                 barrier before they disconnect"
            )
        }) && check.require_rule(met >= moved, kind, reason, || {
            format!(
                "called MPI_Barrier before the last data was moved between {ours}s and {theirs}s: they meet \
                 when that is done, before they disconnect"
            )
        })
    }

    /// Whether this process calls nothing but a broadcast of one number, a reduction, and these, in which the other
    /// group takes part: then any right part of the other group fits, whoever wrote it.
    pub fn is_plain(&self, more: &[&str]) -> bool {
        let all = self.own.0 + self.other.0;
        let with_others = |call: &&Among| call.remote.is_some() || call.members.len() >= all;
        let calls = self.among.iter().filter(with_others);
        let mut names: Vec<&str> = calls
            .flat_map(|call| vec![call.function; call.times as usize])
            .collect();
        let mut plain = [&["MPI_Bcast", "MPI_Reduce"], more].concat();
        names.sort_unstable();
        plain.sort_unstable();
        names == plain
    }

    /// The calls on an intercommunicator of all processes of both groups.
    fn between(&self) -> impl Iterator<Item = &Among> {
        self.among.iter().filter(|call| {
            let others = call.remote.as_ref().map(Vec::len);
            call.members.len() == self.own.0 && others == Some(self.other.0)
        })
    }
}
