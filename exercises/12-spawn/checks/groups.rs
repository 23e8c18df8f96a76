//! The two groups of processes that a task connects, and what one process of them called between them.

use harness_mpi::{Among, Check, Kind, Peer, Reason, plural};

pub const BROADCAST: &str = "MPI_Bcast";
pub const REDUCTION: &str = "MPI_Reduce";
pub const BARRIER: &str = "MPI_Barrier";
const BARRIERS: [&str; 2] = [BARRIER, "MPI_Ibarrier"];
/// The bytes of the number that a broadcast or a reduction moves.
const NUMBER: u64 = 8;

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

    /// Requires this function between the groups, of the right root and of one number; `why` completes the
    /// sentence.
    pub fn call(&self, check: &Check, function: &str, why: &str) -> bool {
        let called = || self.between().filter(|call| call.function == function);
        let given = || called().map(|call| (call.given, call.times));
        // Who gets a number gives none.
        let mut others = given().filter(|(given, times)| *given > 0 && *given != NUMBER * *times);
        let other = others.next().map(|(given, _)| given);
        let (kind, reason) = (Kind::WrongOperation, Reason::OtherCall);
        check.require_rule(called().next().is_some(), kind, reason, || {
            let ((own, ours), (other, theirs)) = (self.own, self.other);
            format!(
                "never called {function} on an intercommunicator of all {} and {}: {why}",
                plural(own as u64, ours),
                plural(other as u64, theirs)
            )
        }) && check.require_rule(
            called().all(|call| call.peer == self.root),
            kind,
            reason,
            || format!("called {function} with another root: {why}"),
        ) && check.require(other.is_none(), kind, || {
            format!(
                "gave {function} {} instead of {NUMBER}: {why}",
                plural(other.unwrap_or_default(), "byte")
            )
        })
    }

    /// Requires that this process calls these functions with processes of the other group, once each, and nothing
    /// else: then any other program takes part that keeps to the same.
    pub fn only(&self, check: &Check, functions: &[&str]) -> bool {
        let theirs = || self.between().filter_map(|call| call.remote.as_ref());
        let is_theirs = |place: &u32| theirs().any(|places| places.contains(place));
        let with_them: Vec<&Among> = (self.among.iter())
            .filter(|call| call.remote.is_some() || call.members.iter().any(is_theirs))
            .collect();
        let times = |function: &str| -> u64 {
            let calls = with_them.iter().filter(|call| call.function == function);
            calls.map(|call| call.times).sum()
        };
        let mut called = with_them.iter().map(|call| call.function);
        let other =
            called.find(|function| times(function) != u64::from(functions.contains(function)));
        let (kind, reason) = (Kind::WrongOperation, Reason::OtherCall);
        check.require_rule(other.is_none(), kind, reason, || {
            let other = other.unwrap_or_default();
            format!(
                "called {other} {} together with the other group: another program there takes part in {}, once \
                 each, and in nothing else",
                plural(times(other), "time"),
                functions.join(", ")
            )
        })
    }

    /// Requires that this process sent no messages, to whichever group; `why` completes the sentence.
    pub fn sends_none(&self, check: &Check, why: &str) -> bool {
        let is_sent = |call: &&Among| {
            let name = call.function.to_ascii_lowercase();
            name.contains("send") && call.peer != Peer::Nobody
        };
        let sent = self.among.iter().find(is_sent);
        let (kind, reason) = (Kind::WrongOperation, Reason::OtherCall);
        check.require_rule(sent.is_none(), kind, reason, || {
            let function = sent.map_or("", |call| call.function);
            format!("called {function}, but must send no messages: {why}")
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

    /// The calls on an intercommunicator of all processes of both groups.
    fn between(&self) -> impl Iterator<Item = &Among> {
        self.among.iter().filter(|call| {
            let others = call.remote.as_ref().map(Vec::len);
            call.members.len() == self.own.0 && others == Some(self.other.0)
        })
    }
}
