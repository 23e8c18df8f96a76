//! What is said of ranks that wait: of those that wait forever, and of what each rank is doing.

use super::{NOTES, Told, and, capital, ending::ended, not_by_all, ranks};
use crate::names::Names;
use reasoning::{
    Call, Core, Deadlock, Edge, Life, Stuck, Unreceived, Why,
    deadlock::{Closed, Doing, Near, RankState, Synchronous},
    finding::{Match, Peer},
};
use recording::event::{CommId, Rank};
use std::collections::BTreeSet;
use verdict::{Kind, Reason};

/// Of a longer circle so many ranks are told, and the rest left to the reader.
const TOLD: usize = 5;

/// A deadlock.
pub(crate) fn deadlock(deadlock: &Deadlock, names: Names<'_>) -> Told {
    let stuck = |rank: Rank| deadlock.stuck.iter().find(|stuck| stuck.rank == rank);
    // Of a rank's threads the one that waits along this edge.
    let waiting = |rank: Rank, edge: &Edge| {
        let mut threads = deadlock.stuck.iter().filter(|stuck| stuck.rank == rank);
        threads
            .find(|stuck| stuck.needs.edges().into_iter().any(|need| need == edge))
            .or_else(|| stuck(rank))
    };
    let mut heart: Vec<Rank> = match &deadlock.core {
        Core::Cycle(cycle) => cycle.iter().map(|(rank, _)| *rank).collect(),
        Core::End(rank, _) => vec![*rank],
        Core::Knot(ranks) => ranks.clone(),
    };
    let ways = Ways {
        tags: tags_matter(deadlock),
        communicators: communicators_matter(deadlock),
        names,
    };
    let mut message = match &deadlock.core {
        Core::Cycle(cycle) => circle(cycle, &waiting, ways),
        Core::End(rank, edge) => match waiting(*rank, edge) {
            Some(stuck) => format!(
                "{} waits forever {}{}",
                names.rank(numbered_in(edge), *rank),
                waits(&stuck.call, edge, ways),
                closed(edge, names)
            ),
            None => format!("rank {rank} waits forever"),
        },
        Core::Knot(knot) if knot.len() == 1 => {
            let mut threads = deadlock
                .stuck
                .iter()
                .filter(|stuck| knot.contains(&stuck.rank));
            let how = match (threads.next(), threads.next()) {
                (Some(one), None) => {
                    format!("in {}, and no other rank can help it", one.call.function)
                }
                _ => String::from(
                    "each of its threads can continue once another one acts, and none of them can",
                ),
            };
            format!("{} waits for itself: {how}", ranks(knot))
        }
        Core::Knot(knot) if let Some(functions) = collectives_of(deadlock, knot) => format!(
            "{} wait for each other: in {functions}, each for others to call it too",
            ranks(knot)
        ),
        Core::Knot(knot) => format!(
            "{} wait for each other: each can continue once any of the others acts, and none of them \
             can",
            ranks(knot)
        ),
    };
    // Whoever has come back from the task only waits for the check to go on.
    heart.retain(|rank| stuck(*rank).is_some_and(|stuck| !stuck.call.aside));
    let others: Vec<Rank> = deadlock
        .stuck
        .iter()
        .filter(|stuck| !stuck.call.aside && !heart.contains(&stuck.rank))
        .map(|stuck| stuck.rank)
        .collect();
    if !others.is_empty() {
        let wait = if others.len() == 1 { "waits" } else { "wait" };
        let them = if heart.len() == 1 { "it" } else { "them" };
        // In the numbers in which the message has told of the others, where they are on that communicator.
        let comms = heart_edges(&deadlock.core).map(numbered_in);
        let waiting = deadlock.stuck.iter();
        let waiting = waiting.filter(|stuck| others.contains(&stuck.rank));
        let comms: BTreeSet<Option<CommId>> =
            comms.chain(waiting.map(|stuck| stuck.call.comm)).collect();
        let who = match Vec::from_iter(comms)[..] {
            [comm] => names.ranks(comm, &others),
            _ => ranks(&others),
        };
        message += &format!("; {who} {wait} for {them} in turn");
    }
    let told = match &deadlock.core {
        Core::End(_, edge) => Some(edge.on),
        // A rank that has returned from the task waits in the check.
        Core::Cycle(cycle) => cycle
            .iter()
            .map(|(rank, _)| *rank)
            .find(|rank| stuck(*rank).is_some_and(|stuck| stuck.call.aside)),
        Core::Knot(_) => None,
    };
    let mut notes: Vec<String> = Vec::new();
    let mut beside: Vec<(Call, String)> = Vec::new();
    let in_order = heart.iter().chain(&others);
    for stuck in in_order.filter_map(|rank| stuck(*rank)) {
        let waiting = |rank: Rank| deadlock.stuck.iter().any(|stuck| stuck.rank == rank);
        for near in &stuck.near {
            if let Some(note) = near_miss(stuck, near, told, &waiting, ways)
                && notes.len() < NOTES
                && !notes.contains(&note)
            {
                notes.push(note);
                beside.extend(beside_of(stuck, near, names));
            }
        }
    }
    // Who waits is shown where it waits.
    let is_shown = |call: &Call| {
        let is_it =
            |stuck: &Stuck| (stuck.call.rank, stuck.call.number) == (call.rank, call.number);
        call.aside || deadlock.stuck.iter().any(is_it)
    };
    beside.retain(|(call, _)| !is_shown(call));
    // All threads of a rank: none of them can go on.
    let mut calls: Vec<Call> = Vec::new();
    for rank in heart.iter().chain(&others) {
        let threads = deadlock.stuck.iter().filter(|stuck| stuck.rank == *rank);
        calls.extend(threads.map(|stuck| stuck.call).filter(|call| !call.aside));
    }
    let kind = if let Some(kind) = of_an_end(&deadlock.core) {
        kind
    } else if is_parting(&deadlock.core) {
        Kind::CollectiveMismatch
    } else if relies_on_buffers(deadlock) {
        notes.insert(
            0,
            "This works only because MPI buffers small messages: it does not have to, and it does not \
             buffer large ones."
                .to_owned(),
        );
        Kind::UnsafeSend
    } else {
        if let Some(functions) = relied_on(deadlock) {
            notes.insert(
                0,
                format!(
                    "This works only if {functions} does not wait for all ranks: MPI lets a collective \
                     wait until every rank has called it."
                ),
            );
        }
        Kind::Deadlock
    };
    Told {
        kind,
        about: None,
        reason: reason_of(deadlock)
            .filter(|_| matches!(kind, Kind::Deadlock | Kind::CollectiveMismatch)),
        message,
        notes,
        calls,
        beside,
    }
}

/// Ranks that test or probe in vain, while all others wait; none if there are none.
pub(crate) fn polling(polling: &[Stuck], names: Names<'_>) -> Option<Told> {
    let edges = || polling.iter().flat_map(|stuck| stuck.needs.edges());
    let ways = Ways {
        tags: true,
        communicators: edges().any(|edge| edge.operation.comm != Some(CommId::WORLD)),
        names,
    };
    let polling = || {
        let polling = polling.iter().filter(|stuck| !stuck.call.aside);
        polling.filter_map(|stuck| Some((stuck, stuck.needs.edges().into_iter().next()?)))
    };
    let parts: Vec<String> = polling()
        .take(TOLD)
        .map(|(stuck, edge)| {
            format!(
                "{} keeps polling {}{}",
                names.rank(numbered_in(edge), stuck.rank),
                waits(&stuck.call, edge, ways),
                closed(edge, names)
            )
        })
        .collect();
    let (first, _) = polling().next()?;
    let mut notes = Vec::new();
    let mut beside = Vec::new();
    for (stuck, edge) in polling() {
        let told = edge.closed.map(|_| edge.on);
        for near in &stuck.near {
            if let Some(note) = near_miss(stuck, near, told, &|_| false, ways)
                && notes.len() < NOTES
                && !notes.contains(&note)
            {
                notes.push(note);
                beside.extend(beside_of(stuck, near, names));
            }
        }
    }
    let is_made = |edge: &Edge| matches!(edge.why, Why::Send(_, Synchronous::Made));
    let kind = match edges().any(is_made) {
        true => Kind::UnsafeSend,
        false => Kind::Deadlock,
    };
    let has_other_tag = |near: &Near| matches!(near, Near::MessageWithOtherTag(_));
    Some(Told {
        kind,
        reason: (first.near.iter().any(has_other_tag)).then_some(Reason::OtherTag),
        message: parts.join(", ")
            + ", and no other rank can act meanwhile: each of them waits or has ended",
        notes,
        about: None,
        calls: polling().map(|(stuck, _)| stuck.call).collect(),
        beside,
    })
}

/// Why nothing comes from a rank any more, as the end of a sentence about whoever waits for it.
fn closed(edge: &Edge, names: Names<'_>) -> String {
    let what = match edge.closed {
        Some(Closed::Ended(life)) => ended(life),
        Some(Closed::Finalizing | Closed::Finalized) => String::from("has called MPI_Finalize"),
        None => return String::new(),
    };
    match edge.why {
        // Where it could be any rank, that rank has not been named.
        Why::ReceiveAny | Why::ProbeAny => {
            format!(": {} {what}", names.rank(edge.operation.comm, edge.on))
        }
        _ => format!(", which {what}"),
    }
}

/// Which rule the ranks in the heart of a deadlock have broken, if it is not only that they wait for each
/// other.
fn reason_of(deadlock: &Deadlock) -> Option<Reason> {
    if let Core::Knot(knot) = &deadlock.core
        && knot.len() == 1
    {
        return Some(Reason::Itself);
    }
    if let Core::Knot(knot) = &deadlock.core
        && collectives_of(deadlock, knot).is_some()
    {
        return Some(Reason::NotOnAllRanks);
    }
    if relied_on(deadlock).is_some() {
        return Some(Reason::MayWait);
    }
    let edges: Vec<(Rank, &Edge)> = match &deadlock.core {
        Core::Cycle(cycle) => cycle.iter().map(|(rank, edge)| (*rank, edge)).collect(),
        Core::End(rank, edge) => vec![(*rank, edge)],
        Core::Knot(_) => Vec::new(),
    };
    let is_in_heart = |rank: Rank| edges.iter().any(|(other, _)| *other == rank);
    let student = |stuck: &&Stuck| !stuck.call.aside;
    let stuck: Vec<&Stuck> = deadlock.stuck.iter().filter(student).collect();
    let heart = stuck.iter().filter(|stuck| is_in_heart(stuck.rank));
    for near in heart.flat_map(|stuck| &stuck.near) {
        match near {
            Near::MessageWithOtherTag(_) | Near::ReceiveWithOtherTag(_) => {
                return Some(Reason::OtherTag);
            }
            Near::MessageInOtherCommunicator(_) | Near::ReceiveInOtherCommunicator(_) => {
                return Some(Reason::OtherCommunicator);
            }
            _ => {}
        }
    }
    // A rank that has returned from the task waits in a call of the check, which is not the student's.
    let works = |rank: Rank| stuck.iter().any(|stuck| stuck.rank == rank);
    let own: Vec<&Edge> = edges
        .iter()
        .filter(|(rank, _)| works(*rank))
        .map(|(_, edge)| *edge)
        .collect();
    let is_collective =
        |edge: &&Edge| matches!(edge.why, Why::Collective(_) | Why::Root | Why::Neighbour);
    let has_returned = |edge: &&Edge| {
        edge.closed == Some(Closed::Ended(Life::Returned))
            || edge.closed.is_none() && !works(edge.on)
    };
    let sends = |edge: &&Edge| matches!(edge.why, Why::Send(..));
    match own[..] {
        [] => None,
        _ if own.iter().copied().any(|edge| is_collective(&edge)) => Some(Reason::NotOnAllRanks),
        _ if own.iter().copied().any(|edge| has_returned(&edge)) => Some(Reason::Returned),
        // It only has to mark the partition.
        [edge] if matches!(edge.why, Why::OwnPartition(_)) => None,
        [edge] if edges.len() == 1 && is_in_heart(edge.on) => Some(Reason::Itself),
        _ if own.iter().copied().all(|edge| sends(&edge)) => Some(Reason::Rendezvous),
        _ => None,
    }
}

/// Of what kind it is when ranks wait for one whose process has ended.
fn of_an_end(core: &Core) -> Option<Kind> {
    let Core::End(_, edge) = core else {
        return None;
    };
    match edge.closed {
        Some(Closed::Ended(Life::Panicked)) => Some(Kind::Panic),
        // Who is gone without a word has not returned from main.
        Some(Closed::Ended(Life::Killed(_) | Life::Quit(_) | Life::Left(_) | Life::Gone)) => {
            Some(Kind::Crash)
        }
        Some(Closed::Ended(Life::Exited(_))) => Some(Kind::MissingFinalize),
        _ => None,
    }
}

/// Whether a rank parts, with `MPI_Comm_disconnect`, from one that has called `MPI_Finalize`. What comes of it is up
/// to MPI, and to chance: MPICH lets the rank go, Open MPI refuses its call, or has it wait where the other one is
/// still in `MPI_Finalize`. The mistake is the same.
fn is_parting(core: &Core) -> bool {
    let Core::End(_, edge) = core else {
        return false;
    };
    edge.operation.function == "MPI_Comm_disconnect"
        && matches!(edge.closed, Some(Closed::Finalizing | Closed::Finalized))
}

/// Along what the ranks wait that a message tells of one by one.
fn heart_edges(core: &Core) -> impl Iterator<Item = &Edge> {
    let (cycle, end) = match core {
        Core::Cycle(cycle) => (Some(cycle), None),
        Core::End(_, edge) => (None, Some(edge)),
        Core::Knot(_) => (None, None),
    };
    let cycle = cycle.into_iter().flatten().map(|(_, edge)| edge);
    cycle.chain(end)
}

/// Along what somebody in the heart of a deadlock waits.
fn heart(core: &Core, stuck: &[Stuck]) -> Vec<Edge> {
    match core {
        Core::Cycle(cycle) => cycle.iter().map(|(_, edge)| edge.clone()).collect(),
        Core::End(_, edge) => vec![edge.clone()],
        Core::Knot(knot) => {
            let inside = stuck.iter().filter(|stuck| knot.contains(&stuck.rank));
            inside
                .flat_map(|stuck| stuck.needs.edges())
                .cloned()
                .collect()
        }
    }
}

/// Whether somebody in the heart of the deadlock waits in a standard send that only this run made
/// synchronous.
fn relies_on_buffers(deadlock: &Deadlock) -> bool {
    let mut heart = heart(&deadlock.core, &deadlock.stuck).into_iter();
    heart.any(|edge| matches!(edge.why, Why::Send(_, Synchronous::Made)))
}

/// The collectives in which somebody in the heart of the deadlock waits, and for whom only in this run.
fn relied_on(deadlock: &Deadlock) -> Option<String> {
    let made = heart(&deadlock.core, &deadlock.stuck)
        .into_iter()
        .filter(|edge| edge.why == Why::Collective(Synchronous::Made));
    let mut functions: Vec<String> = made
        .map(|edge| edge.operation.function.to_owned())
        .collect();
    functions.sort();
    functions.dedup();
    (!functions.is_empty()).then(|| and(&functions))
}

/// Whether a tag was chosen somewhere: where all are 0, nobody has thought of them.
fn tags_matter(deadlock: &Deadlock) -> bool {
    let chosen = |call: &Call| matches!(call.tag, Some(Match::Is(tag)) if tag != 0);
    deadlock.stuck.iter().any(|stuck| {
        chosen(&stuck.call)
            || stuck
                .needs
                .edges()
                .iter()
                .any(|edge| chosen(&edge.operation))
            || stuck.near.iter().any(|near| {
                matches!(near, Near::MessageWithOtherTag(call) | Near::ReceiveWithOtherTag(call) if chosen(call))
            })
    })
}

/// The collectives that these ranks wait in, if that is all they wait in.
fn collectives_of(deadlock: &Deadlock, knot: &[Rank]) -> Option<String> {
    let mut functions = Vec::new();
    let waiting = deadlock.stuck.iter();
    for stuck in waiting.filter(|stuck| knot.contains(&stuck.rank)) {
        let edges = stuck.needs.edges();
        if stuck.call.aside
            || edges
                .iter()
                .any(|edge| !matches!(edge.why, Why::Collective(_) | Why::Neighbour))
        {
            return None;
        }
        let new = edges.iter().map(|edge| edge.operation.function.to_owned());
        functions.extend(new);
    }
    functions.sort();
    functions.dedup();
    Some(and(&functions))
}

/// The communicator of each call that somebody waits in.
fn communicators(deadlock: &Deadlock) -> impl Iterator<Item = CommId> {
    deadlock.stuck.iter().flat_map(|stuck| {
        let edges = stuck.needs.edges();
        edges
            .into_iter()
            .filter(|edge| edge.why != Why::Finalize)
            .filter_map(|edge| edge.operation.comm)
    })
}

/// Whether it has to be said on which communicator a call is: not where all are on the world's.
fn communicators_matter(deadlock: &Deadlock) -> bool {
    communicators(deadlock).any(|comm| comm != CommId::WORLD)
}

/// How a deadlock is told.
#[derive(Clone, Copy)]
struct Ways<'a> {
    /// Whether tags are named.
    tags: bool,
    /// Whether communicators are named.
    communicators: bool,
    names: Names<'a>,
}

impl<'a> Ways<'a> {
    /// With tags, and the communicator unless it is the world's.
    fn all(edge: &Edge, names: Names<'a>) -> Self {
        Self {
            tags: true,
            communicators: edge.operation.comm != Some(CommId::WORLD),
            names,
        }
    }

    fn on(self, comm: Option<CommId>) -> String {
        if self.communicators {
            self.names.on(comm)
        } else {
            String::new()
        }
    }
}

fn circle<'a>(
    cycle: &[(Rank, Edge)],
    waiting: &impl Fn(Rank, &Edge) -> Option<&'a Stuck>,
    ways: Ways<'_>,
) -> String {
    let name = |edge: &Edge, rank: Rank| ways.names.rank(numbered_in(edge), rank);
    let place = |(rank, edge): &(Rank, Edge)| match waiting(*rank, edge) {
        Some(stuck) => format!("{} {}", name(edge, *rank), waits(&stuck.call, edge, ways)),
        None => format!("{} for {}", name(edge, *rank), name(edge, edge.on)),
    };
    let in_check = |rank: Rank| {
        let edge = cycle.iter().find(|(other, _)| *other == rank);
        edge.and_then(|(rank, edge)| waiting(*rank, edge))
            .is_some_and(|stuck| stuck.call.aside)
    };
    // A rank that has come back from the task waits in the check, and that is not the student's.
    if let Some((rank, edge)) = cycle
        .iter()
        .find(|(rank, edge)| !in_check(*rank) && in_check(edge.on))
        && let Some(stuck) = waiting(*rank, edge)
    {
        // Where it could be any rank, that rank has not been named.
        let who = match edge.why {
            Why::ReceiveAny | Why::ProbeAny => format!(": {}", name(edge, edge.on)),
            _ => String::from(", which"),
        };
        return format!(
            "{} waits forever {}{who} has returned from the task",
            name(edge, *rank),
            waits(&stuck.call, edge, ways)
        );
    }
    let who: Vec<Rank> = cycle.iter().map(|(rank, _)| *rank).collect();
    // In the numbers of the communicator, as the calls behind are told, unless they are on several.
    let comms: Vec<Option<CommId>> = cycle.iter().map(|(_, edge)| numbered_in(edge)).collect();
    let all = match &comms[..] {
        [first, rest @ ..] if rest.iter().all(|comm| comm == first) => {
            ways.names.ranks(*first, &who)
        }
        _ => ranks(&who),
    };
    match cycle {
        [] => String::from("ranks wait for each other"),
        [one] => format!(
            "rank {} waits for itself: {}",
            one.0,
            match waiting(one.0, &one.1) {
                Some(stuck) => waits(&stuck.call, &one.1, ways),
                None => String::from("no other rank can help it"),
            }
        ),
        // Two threads of one rank.
        [one, other] if one.0 == other.0 => format!(
            "rank {} waits for itself: one of its threads {}, another {}",
            one.0,
            waiting(one.0, &one.1).map_or(String::new(), |stuck| waits(&stuck.call, &one.1, ways)),
            waiting(other.0, &other.1).map_or(String::new(), |stuck| waits(
                &stuck.call,
                &other.1,
                ways
            )),
        ),
        [_, _] => {
            let parts: Vec<String> = cycle.iter().map(place).collect();
            format!("{all} wait for each other: {}", parts.join(", "))
        }
        many => {
            let mut parts: Vec<String> = many.iter().take(TOLD).map(place).collect();
            if many.len() > TOLD {
                parts.push(format!("and so on, round to rank {}", many[0].0));
            }
            format!(
                "{all} wait for each other in a circle: {}",
                parts.join(", ")
            )
        }
    }
}

/// The communicator in whose numbers ranks are told along an edge. Two leaders are in no group together, and
/// are told in the world's.
fn numbered_in(edge: &Edge) -> Option<CommId> {
    match edge.why {
        Why::OtherLeader(_) | Why::OwnLeader => Some(CommId::WORLD),
        _ => edge.operation.comm,
    }
}

/// `in MPI_Recv for a message from rank 1`.
fn waits(call: &Call, edge: &Edge, ways: Ways<'_>) -> String {
    let on = ways.names.rank(numbered_in(edge), edge.on);
    let tag = match edge.operation.tag {
        Some(Match::Is(tag)) if ways.tags => format!(" with tag {tag}"),
        _ => String::new(),
    };
    let to_do = match edge.why {
        Why::Receive | Why::ReceiveAfter | Why::Probe => format!("a message{tag} from {on}"),
        Why::ReceiveAny | Why::ProbeAny => format!("a message{tag} from any rank"),
        Why::Send(..) => format!("{on} to receive its message{tag}"),
        Why::Collective(_) => format!("{on} to call it too"),
        Why::Root => format!("its root, {on}"),
        Why::Neighbour => format!("its neighbor, {on}, to call it too"),
        Why::OtherLeader(tag) => {
            format!("{on}, which it names as the other group's leader, with tag {tag}")
        }
        Why::OwnLeader => format!("its own leader, {on}"),
        Why::OwnPartition(number) => {
            format!(
                "partition {number} of its own message, which it has not marked with MPI_Pready"
            )
        }
        Why::Partition(number) => format!("{on} to mark partition {number} with MPI_Pready"),
        Why::Complete => format!("{on} to call MPI_Win_complete"),
        Why::Post => format!("{on} to call MPI_Win_post for it"),
        Why::Unlock => format!("{on} to unlock it"),
        Why::Finalize => format!("{on} to finalize"),
    };
    let behind = if edge.operation.number == call.number || edge.request.is_none() {
        String::new()
    } else {
        format!(" ({} began it)", edge.operation.function)
    };
    let comm = match edge.why {
        Why::Finalize | Why::OtherLeader(_) | Why::OwnLeader => String::new(),
        _ => ways.on(edge.operation.comm),
    };
    format!("in {}{comm} for {to_do}{behind}", call.function)
}

/// What a rank was doing when it was last seen: `rank 2 waits in MPI_Recv for a message from rank 1`.
pub(crate) fn doing(state: &RankState, names: Names<'_>) -> String {
    let rank = state.rank;
    let who = match state.thread {
        0 => format!("rank {rank}"),
        thread => format!("rank {rank}, thread {thread},"),
    };
    match &state.doing {
        Doing::NotSeen => format!("{who} has not called MPI yet"),
        Doing::Computing { after: None } => format!("{who} computes"),
        Doing::Computing { after: Some(call) } => {
            format!("{who} computes, after {}", call.function)
        }
        Doing::Polling { call, times } => format!(
            "{who} keeps calling {}, {} without success",
            call.function,
            match times {
                1 => String::from("once"),
                _ => format!("{times} times"),
            }
        ),
        Doing::Inside { call, needs, .. } => match needs.edges().first() {
            Some(edge) => format!("{who} waits {}", waits(call, edge, Ways::all(edge, names))),
            None => format!("{who} is in {}", call.function),
        },
        Doing::Finalized => format!("{who} has finalized"),
    }
}

/// What a thread waits for, and a message that has come to its rank and is not that.
pub(crate) fn almost(
    state: &RankState,
    unreceived: &[Unreceived],
    names: Names<'_>,
) -> Option<String> {
    let Doing::Inside { call, needs, .. } = &state.doing else {
        return None;
    };
    let to_rank = |message: &&Unreceived| message.to == state.rank && !message.send.aside;
    needs.edges().into_iter().find_map(|edge| {
        let is_from = |message: &&Unreceived| match edge.why {
            Why::Receive | Why::ReceiveAfter | Why::Probe => message.send.rank == edge.on,
            Why::ReceiveAny | Why::ProbeAny => true,
            _ => false,
        };
        let mut messages = unreceived.iter().filter(to_rank).filter(is_from);
        let send = messages.next()?.send;
        let what = if send.comm == edge.operation.comm {
            match (send.tag, edge.operation.tag) {
                (Some(Match::Is(sent)), Some(Match::Is(wanted))) if sent != wanted => {
                    format!("with tag {sent}")
                }
                _ => return None,
            }
        } else {
            format!("on {}", other_communicator(send.comm, names))
        };
        let thread = match state.thread {
            0 => String::new(),
            _ => String::from(", in a second thread,"),
        };
        Some(format!(
            "Rank {}{thread} waits {}, and rank {} does send to it, but {what}.",
            state.rank,
            waits(
                call,
                edge,
                Ways {
                    tags: send.tag != edge.operation.tag,
                    communicators: send.comm != edge.operation.comm,
                    names,
                }
            ),
            send.rank
        ))
    })
}

/// A communicator that is not the one that would have been right.
fn other_communicator(comm: Option<CommId>, names: Names<'_>) -> String {
    comm.and_then(|comm| names.communicator(comm))
        .unwrap_or_else(|| String::from("another communicator"))
}

/// A fact beside a deadlock, as a sentence.
///
/// `told` is a rank whose end is told already, `waiting` whether a rank waits forever too.
fn near_miss(
    stuck: &Stuck,
    near: &Near,
    told: Option<Rank>,
    waiting: &dyn Fn(Rank) -> bool,
    ways: Ways<'_>,
) -> Option<String> {
    let me = stuck.rank;
    let names = ways.names;
    let operation = || {
        let edges = stuck.needs.edges();
        edges.first().map_or(stuck.call, |edge| edge.operation)
    };
    let tag = |call: &Call| match call.tag {
        Some(Match::Is(tag)) => format!("tag {tag}"),
        _ => String::from("any tag"),
    };
    let own = || tag(&operation());
    // The other rank and this one, in the numbers of a communicator.
    let two = |comm: Option<CommId>, other: Rank| (names.rank(comm, other), names.rank(comm, me));
    Some(match near {
        Near::Panicked(rank)
        | Near::Ended(rank, _)
        | Near::Finalized(rank, _)
        | Near::ReturnedFromTask(rank, _)
            if told == Some(*rank) =>
        {
            return None;
        }
        Near::MessageWithOtherTag(send) => {
            let (other, me) = two(send.comm, send.rank);
            format!(
                "{} does send to {me}, but with {}; {me} waits for {}.",
                capital(&other),
                tag(send),
                own()
            )
        }
        Near::MessageInOtherCommunicator(send) => {
            let name = |comm: Option<CommId>| comm.and_then(|comm| names.communicator(comm));
            let but = match (name(send.comm), name(operation().comm)) {
                (Some(there), Some(here)) => format!("{there}; rank {me} receives on {here}"),
                _ => format!("another communicator than the one on which rank {me} receives"),
            };
            format!("Rank {} does send to rank {me}, but on {but}.", send.rank)
        }
        Near::MessageFromOther(send) => {
            let (other, me) = two(send.comm, send.rank);
            format!(
                "A message from {} has arrived at {me}, which waits for one from another rank.",
                other
            )
        }
        Near::TakenBefore(send, _) => format!(
            "The message that rank {} sent to rank {me} goes to a receive that rank {me} started \
             earlier.",
            send.rank
        ),
        Near::TakenByWildcard {
            send,
            receive,
            instead,
        } => {
            let other = instead.map_or(String::new(), |instead| {
                let other = names.rank(instead.comm, instead.rank);
                format!("; the message from {other} would have matched it, too, and is still there")
            });
            format!(
                "{} of {} took the message from {} earlier, because it accepts a message from any \
                 rank{other}.",
                receive.function,
                names.rank(receive.comm, me),
                names.rank(send.comm, send.rank)
            )
        }
        Near::ReceiveWithOtherTag(receive) => {
            let (other, me) = two(receive.comm, receive.rank);
            format!(
                "{} does receive from {me}, but with {}; the message has {}.",
                capital(&other),
                tag(receive),
                own()
            )
        }
        Near::ReceiveInOtherCommunicator(receive) => format!(
            "Rank {} does receive from rank {me}, but on {}.",
            receive.rank,
            other_communicator(receive.comm, names)
        ),
        Near::ReceiveFromOther(receive) => match receive.peer {
            Some(Peer::Rank(source)) => {
                let (other, me) = two(receive.comm, receive.rank);
                let source = names.rank(receive.comm, source);
                let other = capital(&other);
                format!("{other} does receive, but from {source} and not from {me}.")
            }
            _ => return None,
        },
        Near::Messages {
            from,
            to,
            tag,
            sent,
            received,
            comm,
        } => {
            let tagged = tag.map_or(String::new(), |tag| format!(" with tag {tag}"));
            // Not how many: they are those of all inputs so far.
            match (sent, received) {
                (0, _) => return None,
                (sent, received) if sent == received => format!(
                    "Every message that {} has sent to {}{tagged} so far was received.",
                    names.rank(Some(*comm), *from),
                    names.rank(Some(*comm), *to)
                ),
                _ => return None,
            }
        }
        Near::PostedForOthers(post) => {
            let (other, me) = two(post.comm, post.rank);
            format!(
                "{} has called MPI_Win_post, but {me} is not in the group that it named there.",
                capital(&other)
            )
        }
        Near::Marked(ready) => format!(
            "Rank {} marked other partitions last with {}.",
            ready.rank, ready.function
        ),
        Near::Holds(lock) => format!(
            "{} has {} with {} and still holds it.",
            capital(&names.rank(lock.comm, lock.rank)),
            locked(lock, names),
            lock.function
        ),
        Near::Entered {
            comm,
            arrived,
            missing,
            ..
        } => {
            if arrived.is_empty() || missing.is_empty() {
                return None;
            }
            let on = ways.on(Some(*comm));
            let note = capital(&not_by_all(*comm, arrived, missing, &on, names)) + ".";
            let freed = names.freed(*comm, missing);
            match freed.first() {
                Some(first) => {
                    let who: Vec<Rank> = freed.iter().map(|call| call.rank).collect();
                    let has = if who.len() == 1 { "has" } else { "have" };
                    let who = capital(&names.ranks(Some(*comm), &who));
                    format!("{note} {who} {has} freed it with {}.", first.function)
                }
                None => note,
            }
        }
        Near::Panicked(rank) => format!("Rank {rank} has panicked."),
        Near::Ended(rank, life) => format!("Rank {rank} {}.", ended(*life)),
        Near::Finalized(rank, _) => {
            format!("Rank {rank} has already called MPI_Finalize and takes no further part.")
        }
        // Who waits as well is told of anyway.
        Near::Sits(rank, _) if waiting(*rank) => return None,
        Near::Sits(rank, call) => {
            format!("Meanwhile rank {rank} is in {}.", call.function)
        }
        Near::ReturnedFromTask(rank, _) => format!("Rank {rank} has returned from the task."),
    })
}

/// What a call has locked: `locked the memory of rank 1`.
fn locked(lock: &Call, names: Names<'_>) -> String {
    match lock.peer {
        Some(Peer::Rank(target)) => {
            format!("locked the memory of {}", names.rank(lock.comm, target))
        }
        _ => String::from("locked the memory of all ranks"),
    }
}

/// The calls that a fact beside a deadlock is about, each with what is to be said where it was made.
fn beside_of(stuck: &Stuck, near: &Near, names: Names<'_>) -> Vec<(Call, String)> {
    let name = |call: &Call, rank: Rank| names.rank(call.comm, rank);
    let me = stuck.rank;
    let tag = |call: &Call| match call.tag {
        Some(Match::Is(tag)) => format!("tag {tag}"),
        _ => String::from("any tag"),
    };
    let sends = |call: &Call, how: &str| {
        let (other, me) = (name(call, call.rank), name(call, me));
        (*call, format!("{other} sends to {me} here{how}"))
    };
    let receives = |call: &Call, how: &str| {
        let from = match call.peer {
            Some(Peer::Rank(from)) => name(call, from),
            _ => String::from("any rank"),
        };
        (
            *call,
            format!("{} receives from {from} here{how}", name(call, call.rank)),
        )
    };
    match near {
        Near::MessageWithOtherTag(send) => vec![sends(send, &format!(", {}", tag(send)))],
        Near::MessageInOtherCommunicator(send) => vec![sends(send, ", on another communicator")],
        Near::MessageFromOther(send) => vec![sends(send, "")],
        Near::TakenBefore(send, receive) => vec![
            sends(send, ""),
            (*receive, format!("{} takes it here", name(receive, me))),
        ],
        Near::TakenByWildcard {
            send,
            receive,
            instead,
        } => {
            let took = format!(
                "{} took the message of {} here",
                name(receive, me),
                name(send, send.rank)
            );
            let instead = instead.iter().map(|send| sends(send, ""));
            [(*receive, took)].into_iter().chain(instead).collect()
        }
        Near::ReceiveWithOtherTag(receive) => {
            vec![receives(receive, &format!(", {}", tag(receive)))]
        }
        Near::ReceiveInOtherCommunicator(receive) => {
            vec![receives(receive, ", on another communicator")]
        }
        Near::ReceiveFromOther(receive) => vec![receives(receive, "")],
        Near::PostedForOthers(post) => {
            let (other, me) = (name(post, post.rank), name(post, me));
            vec![(
                *post,
                format!("{other} calls MPI_Win_post here, not for {me}"),
            )]
        }
        Near::Marked(ready) => {
            let text = format!("rank {} calls {} here", ready.rank, ready.function);
            vec![(*ready, text)]
        }
        Near::Holds(lock) => {
            let who = name(lock, lock.rank);
            vec![(*lock, format!("{who} has {} here", locked(lock, names)))]
        }
        Near::Finalized(rank, Some(call)) => vec![(*call, format!("rank {rank} finalizes here"))],
        Near::Sits(rank, call) => {
            vec![(*call, format!("rank {rank} is in {} here", call.function))]
        }
        Near::Entered {
            comm,
            arrived,
            missing,
            ..
        } => {
            let there = |call: &Call| {
                let text = format!("{} calls {} here", name(call, call.rank), call.function);
                (*call, text)
            };
            let frees = |call: Call| {
                let who = names.rank(Some(*comm), call.rank);
                (call, format!("{who} calls {} here", call.function))
            };
            let freed = names.freed(*comm, missing).into_iter().map(frees);
            freed.chain(arrived.iter().map(there)).collect()
        }
        Near::Messages { .. }
        | Near::Panicked(_)
        | Near::Ended(..)
        | Near::Finalized(_, None)
        | Near::ReturnedFromTask(..) => Vec::new(),
    }
}
