//! The places of a failure, with the ranks that were at one place named together. It says who did
//! what where; showing the source is left to `snippet`.

use crate::words;
use verdict::{Failure, Kind, Where};

/// What one or several ranks were doing at one place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    /// The MPI function, if they were in one.
    pub(crate) call: Option<String>,
    /// What is to be said instead of what they were doing.
    said: Option<String>,
    ranks: Vec<u32>,
    peers: Vec<Option<i32>>,
    tags: Vec<Option<i32>>,
}

impl Group {
    /// Who did what here, such as `rank 0 waits in MPI_Recv for rank 1`, for a label in the source.
    ///
    /// `tags` is whether the tags tell something: where all are 0, nobody has thought of them.
    pub(crate) fn label(&self, kind: Kind, size: Option<u32>, tags: bool) -> String {
        if let Some(said) = &self.said {
            return said.clone();
        }
        let many = self.ranks.len() > 1;
        let who = if self.ranks.is_empty() {
            "it".to_owned()
        } else {
            words::ranks(&self.ranks, size)
        };
        let verb = |word: &str| format!("{who} {word}{}", if many { "" } else { "s" });
        match (&self.call, kind) {
            (Some(call), Kind::Deadlock | Kind::Timeout) => {
                format!(
                    "{} in {call}{}",
                    verb("wait"),
                    self.partner(Some("for"), tags)
                )
            }
            // This time it did not.
            (Some(call), Kind::UnsafeSend) => {
                format!(
                    "{who} may wait in {call}{}",
                    self.partner(Some("for"), tags)
                )
            }
            (Some(call), _) => format!("{} {call} here{}", verb("call"), self.partner(None, tags)),
            (None, Kind::Deadlock) => format!("{} here", verb("wait")),
            (None, Kind::Timeout) if self.line.is_none() => {
                format!("{}, outside MPI", verb("compute"))
            }
            (None, Kind::Timeout) => format!("{} here", verb("compute")),
            (None, Kind::Panic) => format!("{} here", verb("panic")),
            (None, Kind::Crash) => format!("{} here", verb("end")),
            (None, _) if self.ranks.is_empty() => "here".to_owned(),
            (None, _) => format!("{who}, here"),
        }
    }

    /// Whether a tag was chosen here.
    pub(crate) fn has_tag(&self) -> bool {
        self.tags.iter().flatten().any(|tag| *tag > 0)
    }

    /// The other rank and the tag, if they are the same for all.
    fn partner(&self, word: Option<&str>, tags: bool) -> String {
        let same = |values: &[Option<i32>]| match values {
            // Below 0 stand any source, any tag and no process at all.
            [Some(value)] if *value >= 0 => Some(*value),
            _ => None,
        };
        let call = self
            .call
            .as_deref()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let direction = match word {
            Some(word) => word,
            None if call.contains("sendrecv") => "with",
            None if call.contains("send") => "to",
            None if call.contains("recv") || call.contains("probe") => "from",
            None if is_one_sided(&call) => "for",
            None => "with",
        };
        let mut text = String::new();
        if let Some(peer) = same(&self.peers) {
            // What a rank waits for in a collective the message says: it need not be the root.
            text = if is_collective(&call) {
                format!(", root {peer}")
            } else {
                format!(" {direction} rank {peer}")
            };
        }
        if let Some(tag) = same(&self.tags).filter(|_| tags) {
            text += &format!(", tag {tag}");
        }
        text
    }

    /// The methods of the `mpi` crate that lead to the call, most likely first: what to underline.
    pub(crate) fn methods(&self) -> &'static [&'static str] {
        let call = self
            .call
            .as_deref()
            .unwrap_or_default()
            .to_ascii_lowercase();
        METHODS
            .iter()
            .find(|(part, _)| call.contains(part))
            .map_or(&[], |(_, methods)| methods)
    }
}

/// A part of an MPI function's name in lower case, and parts of the names of the methods that call
/// it. The first that fits counts: longer names stand before those that they contain.
const METHODS: &[(&str, &[&str])] = &[
    ("sendrecv", &["send_receive"]),
    ("probe", &["probe", "receive"]),
    ("recv", &["receive"]),
    ("send", &["send"]),
    ("bcast", &["broadcast"]),
    ("scatter", &["scatter"]),
    ("allgather", &["all_gather"]),
    ("gather", &["gather"]),
    ("allreduce", &["all_reduce"]),
    ("reduce", &["reduce"]),
    ("alltoall", &["all_to_all"]),
    ("barrier", &["barrier"]),
    ("exscan", &["exclusive_scan"]),
    ("scan", &["scan"]),
    ("wait", &["wait"]),
    ("test", &["test"]),
];

/// The places of the first failure, in its order. Ranks with the same kind of failure at one of these
/// places, at the same rank count, are named with it.
pub(crate) fn groups(failures: &[Failure]) -> Vec<Group> {
    let Some((first, rest)) = failures.split_first() else {
        return Vec::new();
    };
    let mut groups: Vec<Group> = Vec::new();
    for place in &first.places {
        match groups.iter_mut().find(|group| is_at(group, place)) {
            Some(group) => join(group, place),
            None => {
                let mut group = Group {
                    file: place.file.clone(),
                    line: place.line,
                    call: place.call.clone(),
                    said: place.label.clone(),
                    ranks: Vec::new(),
                    peers: Vec::new(),
                    tags: Vec::new(),
                };
                join(&mut group, place);
                groups.push(group);
            }
        }
    }
    let like_first = rest
        .iter()
        .filter(|other| other.kind == first.kind && other.ranks == first.ranks);
    for place in like_first.flat_map(|other| &other.places) {
        let located = place.file.is_some() && place.rank.is_some();
        if let Some(group) = groups
            .iter_mut()
            .find(|group| located && is_at(group, place))
        {
            join(group, place);
        }
    }
    groups
}

/// Whether a call, in lower case, is neither between two ranks nor the wait for what is.
pub(crate) fn is_collective(call: &str) -> bool {
    const BETWEEN_TWO: [&str; 6] = ["send", "recv", "probe", "wait", "test", "start"];
    !is_one_sided(call) && !BETWEEN_TWO.iter().any(|part| call.contains(part))
}

/// Whether a call, in lower case, reads or writes the memory of another rank, or locks it.
fn is_one_sided(call: &str) -> bool {
    const BEGINNINGS: [&str; 10] = [
        "mpi_put",
        "mpi_get",
        "mpi_rput",
        "mpi_rget",
        "mpi_accumulate",
        "mpi_raccumulate",
        "mpi_fetch_and_op",
        "mpi_compare_and_swap",
        "mpi_win_flush",
        "mpi_win_complete",
    ];
    BEGINNINGS.iter().any(|start| call.starts_with(start)) || call.contains("lock")
}

fn is_at(group: &Group, place: &Where) -> bool {
    (&group.file, group.line, &group.call, &group.said)
        == (&place.file, place.line, &place.call, &place.label)
}

fn join(group: &mut Group, place: &Where) {
    if let Some(rank) = place.rank
        && !group.ranks.contains(&rank)
    {
        group.ranks.push(rank);
    }
    for (known, new) in [(&mut group.peers, place.peer), (&mut group.tags, place.tag)] {
        if !known.contains(&new) {
            known.push(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: Kind, places: Vec<Where>) -> Failure {
        Failure {
            kind,
            ranks: Some(4),
            rank: None,
            message: String::new(),
            input: None,
            expected: None,
            actual: None,
            places,
            printed: None,
            prints: Vec::new(),
            reason: None,
        }
    }

    fn at(rank: u32, call: Option<&str>, peer: i32, line: Option<u32>) -> Where {
        Where {
            rank: Some(rank),
            call: call.map(str::to_owned),
            peer: Some(peer),
            tag: None,
            file: line.map(|_| "src/lib.rs".to_owned()),
            line,
            label: None,
        }
    }

    fn labels(failures: &[Failure]) -> Vec<String> {
        let groups = groups(failures);
        let tags = groups.iter().any(Group::has_tag);
        groups
            .iter()
            .map(|group| group.label(failures[0].kind, failures[0].ranks, tags))
            .collect()
    }

    #[test]
    fn ranks_at_one_place_are_named_together() {
        let places = vec![
            at(0, Some("MPI_Recv"), 1, Some(41)),
            at(2, Some("MPI_Recv"), 1, Some(41)),
            at(1, Some("MPI_Send"), 0, Some(41)),
            at(3, None, -1, None),
        ];
        assert_eq!(
            labels(&[failure(Kind::Timeout, places)]),
            [
                "ranks 0 and 2 wait in MPI_Recv for rank 1",
                "rank 1 waits in MPI_Send for rank 0",
                "rank 3 computes, outside MPI",
            ]
        );
    }

    #[test]
    fn partners_are_named_only_if_they_are_one_and_real() {
        for (peers, label) in [
            ([3, 0], "ranks 0 and 1 wait in MPI_Recv"),
            ([-2, -2], "ranks 0 and 1 wait in MPI_Recv"),
            ([2, 2], "ranks 0 and 1 wait in MPI_Recv for rank 2"),
        ] {
            let places =
                (0..2).map(|rank| at(rank, Some("MPI_Recv"), peers[rank as usize], Some(4)));
            assert_eq!(
                labels(&[failure(Kind::Deadlock, places.collect())]),
                [label]
            );
        }
    }

    #[test]
    fn the_root_of_a_collective_is_not_waited_for() {
        let places = (0..2).map(|rank| at(rank, Some("MPI_Reduce"), 0, Some(4)));
        assert_eq!(
            labels(&[failure(Kind::Deadlock, places.collect())]),
            ["ranks 0 and 1 wait in MPI_Reduce, root 0"]
        );
    }

    #[test]
    fn tags_are_named_where_one_was_chosen() {
        let tagged = |tag, place| Where {
            tag: Some(tag),
            ..place
        };
        let exchange = |tag| {
            labels(&[failure(
                Kind::Deadlock,
                vec![
                    tagged(0, at(0, Some("MPI_Recv"), 1, Some(4))),
                    tagged(tag, at(1, Some("MPI_Ssend"), 0, Some(5))),
                ],
            )])
        };
        assert_eq!(
            exchange(7),
            [
                "rank 0 waits in MPI_Recv for rank 1, tag 0",
                "rank 1 waits in MPI_Ssend for rank 0, tag 7"
            ]
        );
        assert!(exchange(0).iter().all(|label| !label.contains("tag")));
    }

    #[test]
    fn the_same_panic_on_other_ranks_joins() {
        let panics: Vec<_> = [(1, 9), (2, 9), (3, 12)]
            .map(|(rank, line)| failure(Kind::Panic, vec![at(rank, None, -1, Some(line))]))
            .into();
        assert_eq!(labels(&panics), ["ranks 1 and 2 panic here"]);
    }

    #[test]
    fn the_method_of_the_longest_name_is_underlined() {
        for (call, method) in [
            ("MPI_Allgather", "all_gather"),
            ("MPI_Isend", "send"),
            ("MPI_Sendrecv", "send_receive"),
            ("MPI_Mprobe", "probe"),
        ] {
            let groups = groups(&[failure(Kind::Timeout, vec![at(0, Some(call), 1, Some(1))])]);
            assert_eq!(groups[0].methods()[0], method);
        }
    }
}
