//! What was found, as sentences for somebody who learns MPI. Lines of the source are not named here:
//! whoever shows the sentences puts them beside the calls.

mod complaint;
mod deadlock;
mod ending;
mod finding;
mod windows;

pub(crate) use complaint::complaint;
pub(crate) use deadlock::{almost, deadlock, doing, polling};
pub use ending::launcher_failed;
pub(crate) use ending::{
    aborted, aborted_within, after_errors, after_race, because, by_exception, early_end, fault,
    given_up, is_of_an_argument, parted_without, refused, returned,
};
pub(crate) use finding::finding;

use crate::names::Names;
use reasoning::{
    Call,
    deadlock::{Doing, RankState},
    finding::{Match, Peer},
};
use recording::event::{CommId, Rank};
use verdict::{Kind, Reason, Where};

/// More facts beside a deadlock do not help.
const NOTES: usize = 3;

/// What can be said of a finding, with the calls whose lines belong to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What sort of trouble.
    pub kind: Kind,
    /// Which rule was broken, where the kind does not say it.
    pub reason: Option<Reason>,
    /// The rank that it is about, where that is not the one of the first call.
    pub about: Option<Rank>,
    /// What happened, in one sentence that has no full stop; it begins with a rank.
    pub message: String,
    /// What helps to understand it: whole sentences.
    pub notes: Vec<String>,
    /// The calls, the most telling one first.
    pub calls: Vec<Call>,
    /// Other calls that the notes are about, each with what is to be said of it.
    pub beside: Vec<(Call, String)>,
}

impl Told {
    /// The rank that it is about, or the first of several; none if it is about no rank.
    pub fn rank(&self) -> Option<Rank> {
        self.about.or(self.calls.first().map(|call| call.rank))
    }

    /// The message and the notes, one after the other.
    pub fn text(&self) -> String {
        let mut text = self.message.clone();
        for note in &self.notes {
            text.push_str(". ");
            text.push_str(note.trim_end_matches('.'));
        }
        text
    }
}

/// Joins parts as a sentence does: `1, 2 and 3`.
pub(crate) fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `rank 2`, `ranks 0 and 1`, `ranks 1 to 6`.
pub(crate) fn ranks(ranks: &[Rank]) -> String {
    let mut sorted = ranks.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if let [rank] = sorted[..] {
        return format!("rank {rank}");
    }
    let mut parts = Vec::new();
    for run in sorted.chunk_by(|one, next| one + 1 == *next) {
        match run {
            [first, .., last] if run.len() > 2 => parts.push(format!("{first} to {last}")),
            _ => parts.extend(run.iter().map(ToString::to_string)),
        }
    }
    format!("ranks {}", and(&parts))
}

/// The call that a rank is in, or made last.
pub fn call_of(state: &RankState) -> Option<Call> {
    match &state.doing {
        Doing::Inside { call, .. } | Doing::Polling { call, .. } => Some(*call),
        Doing::Computing { after } => *after,
        Doing::NotSeen | Doing::Finalized => None,
    }
}

/// A call as reports name it, without its line.
pub fn place(call: &Call) -> Where {
    Where {
        rank: Some(call.rank),
        call: (!call.function.is_empty()).then(|| call.function.to_owned()),
        peer: match call.peer {
            Some(Peer::Rank(rank)) => i32::try_from(rank).ok(),
            _ => None,
        },
        tag: match call.tag {
            Some(Match::Is(tag)) => Some(tag),
            _ => None,
        },
        file: None,
        line: None,
        label: None,
    }
}

/// Who has called a collective, and who has not; `on` says on which communicator.
fn not_by_all(
    comm: CommId,
    arrived: &[Call],
    missing: &[Rank],
    on: &str,
    names: Names<'_>,
) -> String {
    let there: Vec<Rank> = arrived.iter().map(|call| call.rank).collect();
    let function = arrived.first().map_or("", |call| call.function);
    let has = |list: &[Rank]| if list.len() == 1 { "has" } else { "have" };
    let all = match function {
        _ if function.starts_with("MPI_Win_") || function.starts_with("MPI_File_") => {
            "every rank that shares it must call it"
        }
        "MPI_Comm_create_group" => {
            "every rank of the group must call it, with the same group and tag"
        }
        _ => "every rank of the communicator must call it",
    };
    format!(
        "{} {} called {function}{on}, {} {} not: {all}",
        names.ranks(Some(comm), &there),
        has(&there),
        names.ranks(Some(comm), missing),
        has(missing)
    )
}

pub(crate) fn capital(text: &str) -> String {
    let mut signs = text.chars();
    signs
        .next()
        .map(|first| first.to_uppercase().chain(signs).collect())
        .unwrap_or_default()
}

/// What the root of a collective is called.
fn root_of(function: &str) -> &'static str {
    match function {
        "MPI_Intercomm_create" => "leader",
        _ => "root",
    }
}

/// An operation by its name; one of the program's own by the function that made it.
fn operation_name(name: &str) -> String {
    match name {
        "MPI_Op_create" | "MPI_Op_create_c" => format!("an operation of its own ({name})"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reasoning::{
        Core, Deadlock, Edge, Finding, Rule, Side, Stuck, Unreceived, Why,
        deadlock::{Near, Synchronous},
        finding::Difference,
        reduction::Need,
    };
    use recording::event::{
        Argument, Complaint, Difference as Disagreement, Mode, Object, PlaceId,
    };

    fn call(rank: Rank, function: &'static str, peer: Rank, tag: i32) -> Call {
        Call {
            rank,
            number: 3,
            function,
            thread: 0,
            place: PlaceId(0),
            aside: false,
            peer: Some(Peer::Rank(peer)),
            tag: Some(Match::Is(tag)),
            comm: Some(CommId::WORLD),
        }
    }

    fn edge(operation: Call, on: Rank, why: Why) -> Edge {
        Edge {
            on,
            why,
            operation,
            request: None,
            closed: None,
        }
    }

    fn stuck(call: Call, edge: &Edge, near: Vec<Near>) -> Stuck {
        Stuck {
            rank: call.rank,
            thread: call.thread,
            call,
            needs: Need::Edge(edge.clone()),
            near,
        }
    }

    /// Two ranks that wait for each other in these calls.
    fn circle_of(calls: [(Call, Why); 2], near: Vec<Near>) -> Deadlock {
        let edges = calls.map(|(call, why)| edge(call, 1 - call.rank, why));
        let mut near = Some(near);
        Deadlock {
            stuck: edges
                .iter()
                .map(|edge| stuck(edge.operation, edge, near.take().unwrap_or_default()))
                .collect(),
            core: Core::Cycle(edges.map(|edge| (edge.operation.rank, edge)).into()),
        }
    }

    fn said(deadlock: &Deadlock) -> String {
        let told = super::deadlock(deadlock, Names::default());
        format!("{:?}: {}", told.reason, told.text())
    }

    #[test]
    fn wrong_arguments_are_explained_by_the_rule_that_they_break() {
        let said = |argument, function, value, limit| {
            let wrong = Complaint::Argument {
                argument,
                value,
                limit,
            };
            let sides = [None, None];
            let told = super::complaint(
                &call(0, function, 0, 0),
                &wrong,
                &sides,
                None,
                Names::default(),
            );
            format!("{:?}: {}", told.reason, told.text())
        };
        insta::assert_snapshot!(said(Argument::Partition, "MPI_Pready", 4, Some(4)), @"Some(Partition): rank 0 gives MPI_Pready the partition 4, and they are 0 to 3");
        insta::assert_snapshot!(said(Argument::Ready, "MPI_Pready", 3, None), @"Some(Partition): rank 0 gives MPI_Pready the partition 3, which it has marked as ready before");
        insta::assert_snapshot!(said(Argument::Room, "MPI_Bsend", 128, Some(100)), @"Some(AttachedBuffer): rank 0 gives MPI_Bsend a message that needs 128 bytes of the attached buffer, MPI_BSEND_OVERHEAD included, and the buffer has 100 bytes");
        insta::assert_snapshot!(said(Argument::Attached, "MPI_Bsend", 1, None), @"Some(AttachedBuffer): rank 0 calls MPI_Bsend, and the buffer that it attached for buffered sends was freed: until it is detached, it belongs to MPI");
        insta::assert_snapshot!(said(Argument::Operation, "MPI_Reduce", 0, None), @"Some(Handle): rank 0 gives MPI_Reduce no operation (MPI_OP_NULL)");
        insta::assert_snapshot!(said(Argument::Count, "MPI_Send", -1, None), @"None: rank 0 gives MPI_Send the count -1: a count is 0 or larger");
    }

    #[test]
    fn who_polls_in_vain_is_told_with_what_it_polls_for() {
        let probe = call(0, "MPI_Iprobe", 1, 11);
        let on = Edge {
            closed: Some(reasoning::deadlock::Closed::Finalizing),
            ..edge(probe, 1, Why::Probe)
        };
        let near = vec![Near::MessageWithOtherTag(call(1, "MPI_Send", 0, 1))];
        let told = polling(&[stuck(probe, &on, near)], Names::default()).unwrap();
        assert_eq!(told.reason, Some(Reason::OtherTag));
        insta::assert_snapshot!(told.text(), @"rank 0 keeps polling in MPI_Iprobe for a message with tag 11 from rank 1, which has called MPI_Finalize, and no other rank can act meanwhile: each of them waits or has ended. Rank 1 does send to rank 0, but with tag 1; rank 0 waits for tag 11");
        assert_eq!(polling(&[], Names::default()), None);
    }

    #[test]
    fn who_waits_to_part_from_one_that_has_finalized_is_told_that_not_all_part() {
        let part = call(1, "MPI_Comm_disconnect", 0, 0);
        let on = Edge {
            closed: Some(reasoning::deadlock::Closed::Finalizing),
            ..edge(part, 0, Why::Collective(Synchronous::AsWritten))
        };
        let parting = Deadlock {
            stuck: vec![stuck(part, &on, vec![])],
            core: Core::End(1, on),
        };
        let told = super::deadlock(&parting, Names::default());
        assert_eq!(told.kind, Kind::CollectiveMismatch);
        insta::assert_snapshot!(said(&parting), @"Some(NotOnAllRanks): rank 1 waits forever in MPI_Comm_disconnect for rank 0 to call it too, which has called MPI_Finalize");
    }

    #[test]
    fn the_reason_is_what_is_wrong_and_not_that_ranks_wait() {
        let sends = Why::Send(Mode::Synchronous, Synchronous::AsWritten);
        let receive = call(0, "MPI_Recv", 1, 0);
        let both_send = [0, 1].map(|rank| (call(rank, "MPI_Ssend", 1 - rank, 0), sends));
        insta::assert_snapshot!(said(&circle_of(both_send, vec![])), @"Some(Rendezvous): ranks 0 and 1 wait for each other: rank 0 in MPI_Ssend for rank 1 to receive its message, rank 1 in MPI_Ssend for rank 0 to receive its message");
        let both_receive = [0, 1].map(|rank| (call(rank, "MPI_Recv", 1 - rank, 0), Why::Receive));
        insta::assert_snapshot!(said(&circle_of(both_receive, vec![])), @"None: ranks 0 and 1 wait for each other: rank 0 in MPI_Recv for a message from rank 1, rank 1 in MPI_Recv for a message from rank 0");
        let send = call(1, "MPI_Ssend", 0, 7);
        let tagged = [(receive, Why::Receive), (send, sends)];
        let near = vec![Near::MessageWithOtherTag(send)];
        insta::assert_snapshot!(said(&circle_of(tagged, near)), @"Some(OtherTag): ranks 0 and 1 wait for each other: rank 0 in MPI_Recv for a message with tag 0 from rank 1, rank 1 in MPI_Ssend for rank 0 to receive its message with tag 7. Rank 1 does send to rank 0, but with tag 7; rank 0 waits for tag 0");
        let reduce = [
            (
                call(0, "MPI_Reduce", 0, 0),
                Why::Collective(Synchronous::AsWritten),
            ),
            (call(1, "MPI_Recv", 0, 0), Why::Receive),
        ];
        insta::assert_snapshot!(said(&circle_of(reduce, vec![])), @"Some(NotOnAllRanks): ranks 0 and 1 wait for each other: rank 0 in MPI_Reduce for rank 1 to call it too, rank 1 in MPI_Recv for a message from rank 0");
    }

    #[test]
    fn whoever_could_send_it_is_named_where_any_rank_could() {
        let receive = Call {
            peer: Some(Peer::Any),
            ..call(0, "MPI_Recv", 0, 0)
        };
        let check = Call {
            aside: true,
            ..call(1, "MPI_Allreduce", 0, 0)
        };
        let returned = circle_of(
            [
                (receive, Why::ReceiveAny),
                (check, Why::Collective(Synchronous::AsWritten)),
            ],
            vec![],
        );
        insta::assert_snapshot!(said(&returned), @"Some(Returned): rank 0 waits forever in MPI_Recv for a message from any rank: rank 1 has returned from the task");
    }

    #[test]
    fn collectives_that_differ_name_both_sides() {
        use Disagreement::{Amount, Datatype, Function, Operation, Root};
        let side = |rank, op: &str, count, name: &str| {
            Some(Side {
                call: call(rank, "MPI_Allreduce", 0, 0),
                op: Some(op.into()),
                moves: Some((count, name.into())),
            })
        };
        let sides = [
            side(1, "MPI_MAX", 2, "MPI_FLOAT"),
            side(0, "MPI_Op_create", 4, "MPI_Type_vector"),
        ];
        let said = |what, (here, there), sides: &[Option<Side>; 2]| {
            let complaint = Complaint::Differs {
                first: 0,
                function: "MPI_Bcast",
                what,
                here,
                there,
            };
            let call = call(1, "MPI_Allreduce", 0, 0);
            let comm = Some(CommId::WORLD);
            super::complaint(&call, &complaint, sides, comm, Names::default()).text()
        };
        insta::assert_snapshot!(said(Function, (0, 0), &sides), @"rank 1 calls MPI_Allreduce where rank 0 calls MPI_Bcast: all ranks of a communicator must call the same collectives in the same order");
        insta::assert_snapshot!(said(Root, (1, 0), &sides), @"rank 1 names rank 1 as the root of MPI_Allreduce, and rank 0 names rank 0");
        insta::assert_snapshot!(said(Operation, (2, 64), &sides), @"rank 1 names MPI_MAX as the operation of MPI_Allreduce, and rank 0 an operation of its own (MPI_Op_create)");
        insta::assert_snapshot!(said(Amount, (8, 16), &sides), @"rank 1 moves 8 bytes (2 elements of MPI_FLOAT) in MPI_Allreduce, and rank 0 16 bytes (4 elements of a type that MPI_Type_vector made)");
        insta::assert_snapshot!(said(Datatype, (8, 8), &sides), @"rank 1 moves 2 elements of MPI_FLOAT in MPI_Allreduce, and rank 0 4 elements of a type that MPI_Type_vector made");
        insta::assert_snapshot!(said(Datatype, (8, 8), &[None, None]), @"rank 1 names another datatype in MPI_Allreduce than rank 0");
    }

    #[test]
    fn what_is_found_at_the_end() {
        let comm = CommId::WORLD;
        let said = |rule, function| {
            let finding = Finding {
                kind: Kind::CollectiveMismatch,
                severity: reasoning::Severity::Error,
                rule,
                calls: vec![call(0, function, 0, 0), call(2, function, 0, 0)],
                times: 1,
            };
            let told = super::finding(&finding, Names::default());
            format!("{:?}: {}", told.reason, told.text())
        };
        let missing = vec![1, 3];
        insta::assert_snapshot!(said(Rule::NotByAll { comm, missing }, "MPI_Bcast"), @"Some(NotOnAllRanks): ranks 0 and 2 have called MPI_Bcast, ranks 1 and 3 have not: every rank of the communicator must call it");
        let overlap = Rule::BlocksOverlap {
            comm,
            from: (0, 3),
            bytes: 4,
        };
        insta::assert_snapshot!(said(overlap, "MPI_Gatherv"), @"Some(Overlap): ranks 0 and 2 let MPI_Gatherv write the blocks of rank 0 and rank 3 to overlapping memory: 4 bytes belong to both (on rank 0)");
        let beyond = Rule::BeyondWindow {
            window: comm,
            target: 2,
            from: 60,
            bytes: 8,
            size: 64,
            unit: 4,
            displacement: 15,
        };
        insta::assert_snapshot!(said(beyond, "MPI_Put"), @"Some(BeyondWindow): rank 0 touches bytes 60 to 67 of the memory of rank 2 by MPI_Put on MPI_COMM_WORLD, and only bytes 0 to 63 belong to the window. Displacement 15 counts in units of 4 bytes, the unit that rank 2 chose for its memory when it made the window");
        let differ = |by| Rule::CollectivesDiffer { comm, index: 2, by };
        let count = Difference::Count { gives: 8, takes: 4 };
        insta::assert_snapshot!(said(differ(count.clone()), "MPI_Scatterv"), @"None: rank 0 sends 8 bytes to rank 2 in MPI_Scatterv, and rank 2 expects 4 bytes");
        insta::assert_snapshot!(said(differ(count), "MPI_Exscan"), @"None: rank 0 moves 8 bytes in MPI_Exscan, and rank 2 4 bytes");
        insta::assert_snapshot!(said(differ(Difference::Function), "MPI_Bcast"), @"None: rank 0 calls MPI_Bcast where rank 2 calls MPI_Bcast: it is collective number 3 for both");
    }

    #[test]
    fn what_several_ranks_did_alike_is_told_once() {
        let said = |rule, who: &[Rank]| {
            let finding = Finding {
                kind: Kind::ResourceLeak,
                severity: reasoning::Severity::Error,
                rule,
                calls: who
                    .iter()
                    .map(|rank| call(*rank, "MPI_Comm_dup", 0, 0))
                    .collect(),
                times: 1,
            };
            super::finding(&finding, Names::default()).text()
        };
        let leak = |count| Rule::NeverFreed {
            object: Object::Communicator,
            number: 5,
            count,
        };
        insta::assert_snapshot!(said(leak(1), &[2]), @"rank 2 never freed the communicator that MPI_Comm_dup made");
        insta::assert_snapshot!(said(leak(1), &[0, 1, 2, 3]), @"ranks 0 to 3 never freed the communicator that MPI_Comm_dup made");
        insta::assert_snapshot!(said(leak(7), &[0, 2]), @"ranks 0 and 2 never freed 7 communicators each that MPI_Comm_dup made");
        insta::assert_snapshot!(said(Rule::ReceiveNeverMatched, &[0, 2]), @"ranks 0 and 2 began a receive each with MPI_Comm_dup, and no message arrived for it");
        insta::assert_snapshot!(said(Rule::NotFinalized, &[0, 2]), @"ranks 0 and 2 ended without MPI_Finalize");
    }

    #[test]
    fn what_differs_from_rank_to_rank_is_told_of_one() {
        let said = |rule, calls: &[(Rank, &'static str)]| {
            let finding = Finding {
                kind: Kind::BufferReuse,
                severity: reasoning::Severity::Error,
                rule,
                calls: calls
                    .iter()
                    .map(|(rank, function)| call(*rank, function, 0, 0))
                    .collect(),
                times: 1,
            };
            let told = super::finding(&finding, Names::default());
            format!("{:?}: {}", told.reason, told.text())
        };
        let overlap = || Rule::BuffersOverlap { from: 8, bytes: 32 };
        let own = "MPI_Allreduce";
        insta::assert_snapshot!(said(overlap(), &[(1, own)]), @"Some(Aliased): rank 1 has MPI_Allreduce fill 32 bytes of memory that it also sends");
        insta::assert_snapshot!(said(overlap(), &[(0, own), (1, own)]), @"Some(Aliased): ranks 0 and 1 have MPI_Allreduce fill 32 bytes of memory that it also sends (on rank 0)");
        insta::assert_snapshot!(said(overlap(), &[(1, "MPI_Send"), (1, "MPI_Irecv")]), @"None: rank 1 gave 32 bytes of memory to MPI_Send while MPI_Irecv was still filling it");
        insta::assert_snapshot!(said(overlap(), &[(0, "MPI_Send"), (0, "MPI_Irecv"), (1, "MPI_Send"), (1, "MPI_Irecv")]), @"None: ranks 0 and 1 gave 32 bytes of memory to MPI_Send while MPI_Irecv was still filling it (on rank 0)");
        let blocks = Rule::BlocksOverlap {
            comm: CommId::WORLD,
            from: (1, 2),
            bytes: 4,
        };
        insta::assert_snapshot!(said(blocks, &[(0, "MPI_Alltoallv"), (1, "MPI_Alltoallv"), (2, "MPI_Alltoallv")]), @"Some(Overlap): ranks 0 to 2 let MPI_Alltoallv write the blocks of rank 1 and rank 2 to overlapping memory: 4 bytes belong to both (on rank 0)");
    }

    #[test]
    fn a_rank_that_has_ended_is_told_with_its_last_call() {
        let waiting = call(0, "MPI_Barrier", 0, 0);
        let edge = edge(waiting, 2, Why::Collective(Synchronous::AsWritten));
        let stuck = [stuck(waiting, &edge, vec![])];
        let last = call(2, "MPI_Barrier", 0, 0);
        let told = super::early_end(2, reasoning::Life::Left(7), vec![], Some(last), &stuck);
        assert_eq!(told.rank(), Some(2));
        assert_eq!(told.beside[0].0, last);
        insta::assert_snapshot!(told.text(), @"rank 2 has ended with status 7 without a message, as `_exit` does, while rank 0 waited in MPI_Barrier. The last recorded call of rank 2 was MPI_Barrier");
    }

    fn refusal(class: &str, text: &str) -> recording::event::Refusal {
        recording::event::Refusal {
            thread: 0,
            function: "MPI_Recv",
            place: PlaceId(0),
            at: 0,
            fatal: false,
            raised: false,
            class: class.into(),
            text: text.into(),
            abort: None,
        }
    }

    #[test]
    fn a_job_may_be_ended_within_another_call() {
        let own = vec![call(2, "MPI_Abort", 0, 0), call(2, "MPI_Barrier", 0, 0)];
        let abort = recording::event::Abort {
            code: 3,
            within: "MPI_Barrier",
        };
        let told = super::aborted_within(own, abort, &[]);
        insta::assert_snapshot!(told.text(), @"rank 2 has ended the job with MPI_Abort, code 3, in a function that ran within MPI_Barrier, such as an error handler or a signal handler");
        assert_eq!(told.calls.len(), 2);
    }

    #[test]
    fn an_error_that_is_returned_has_the_kind_that_a_fatal_one_has() {
        let receive = call(0, "MPI_Recv", 1, 0);
        for (class, kind) in [
            ("MPI_ERR_TRUNCATE", Kind::Truncation),
            ("MPI_ERR_RMA_SYNC", Kind::Epoch),
            ("MPI_ERR_RANK", Kind::InvalidArgument),
        ] {
            let refusal = refusal(class, "told");
            assert_eq!(super::returned(receive, &refusal).kind, kind);
            assert_eq!(super::refused(receive, &refusal, &[], &[]).kind, kind);
        }
    }

    #[test]
    fn a_rank_may_wait_for_itself() {
        let receive = call(0, "MPI_Recv", 0, 0);
        let own = edge(receive, 0, Why::Receive);
        let one = Deadlock {
            stuck: vec![stuck(receive, &own, vec![])],
            core: Core::Cycle(vec![(0, own.clone())]),
        };
        insta::assert_snapshot!(said(&one), @"Some(Itself): rank 0 waits for itself: in MPI_Recv for a message from rank 0");
        let second = Call {
            thread: 1,
            ..call(0, "MPI_Ssend", 0, 4)
        };
        let send = Why::Send(Mode::Synchronous, Synchronous::AsWritten);
        let other = edge(second, 0, send);
        let threads = Deadlock {
            stuck: vec![stuck(receive, &own, vec![]), stuck(second, &other, vec![])],
            core: Core::Cycle(vec![(0, own.clone()), (0, other.clone())]),
        };
        insta::assert_snapshot!(said(&threads), @"None: rank 0 waits for itself: one of its threads in MPI_Recv for a message with tag 0 from rank 0, another in MPI_Ssend for rank 0 to receive its message with tag 4");
        let knot = Deadlock {
            stuck: vec![stuck(receive, &own, vec![])],
            core: Core::Knot(vec![0]),
        };
        insta::assert_snapshot!(said(&knot), @"Some(Itself): rank 0 waits for itself: in MPI_Recv, and no other rank can help it");
    }

    #[test]
    fn a_message_on_another_communicator_is_almost_the_one() {
        let receive = Call {
            thread: 1,
            ..call(0, "MPI_Recv", 1, 0)
        };
        let state = RankState {
            rank: 0,
            thread: 1,
            phase: reasoning::Phase::Within,
            doing: Doing::Inside {
                call: receive,
                entered: 0,
                needs: Need::Edge(edge(receive, 1, Why::Receive)),
            },
        };
        let message = |comm, tag| Unreceived {
            send: Call {
                comm: Some(comm),
                ..call(1, "MPI_Send", 0, tag)
            },
            to: 0,
            tag,
            bytes: Some(8),
        };
        let said =
            |comm, tag| almost(&state, &[message(comm, tag)], Names::default()).unwrap_or_default();
        insta::assert_snapshot!(said(CommId(77), 0), @"Rank 0, in a second thread, waits in MPI_Recv on MPI_COMM_WORLD for a message from rank 1, and rank 1 does send to it, but on another communicator.");
        insta::assert_snapshot!(said(CommId::WORLD, 5), @"Rank 0, in a second thread, waits in MPI_Recv for a message with tag 0 from rank 1, and rank 1 does send to it, but with tag 5.");
        assert_eq!(said(CommId::WORLD, 0), "");
    }
}
