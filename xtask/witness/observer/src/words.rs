//! What was found, as sentences for somebody who learns MPI. Lines of the source are not named here:
//! whoever shows the sentences puts them beside the calls.

mod windows;

use crate::names::Names;
use reasoning::{
    Call, Core, Deadlock, Edge, Finding, Life, Rule, Side, Stuck, Unreceived, Why,
    deadlock::{Closed, Doing, Near, RankState, Synchronous},
    finding::{Difference, Match, Operation, Peer},
};
use recording::event::{
    Argument, Basic, CommId, Complaint, Difference as Disagreement, Gone, Object, Rank, Refusal,
};
use verdict::{Kind, Reason, Where, plural};

/// Of a longer circle so many ranks are told, and the rest left to the reader.
const TOLD: usize = 5;
/// More facts beside a deadlock do not help.
const NOTES: usize = 3;

/// What can be said of a finding, with the calls whose lines belong to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What sort of trouble.
    pub kind: Kind,
    /// Which rule was broken, where the kind does not say it.
    pub reason: Option<Reason>,
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
                "{} waits for ever {}{}",
                names.rank(edge.operation.comm, *rank),
                waits(&stuck.call, edge, ways),
                closed(edge, names)
            ),
            None => format!("rank {rank} waits for ever"),
        },
        Core::Knot(knot) if knot.len() == 1 => {
            let mut threads = deadlock
                .stuck
                .iter()
                .filter(|stuck| knot.contains(&stuck.rank));
            let how = match (threads.next(), threads.next()) {
                (Some(one), None) => format!(
                    "in {}, and there is nobody else who could help it",
                    one.call.function
                ),
                _ => String::from(
                    "each of its threads can go on when another of them does something, and none does",
                ),
            };
            format!("{} waits for itself: {how}", ranks(knot))
        }
        Core::Knot(knot) if let Some(functions) = collectives_of(deadlock, knot) => format!(
            "{} wait for each other: in {functions}, each for others to call it too",
            ranks(knot)
        ),
        Core::Knot(knot) => format!(
            "{} wait for each other: each can go on when any of the others does something, and none \
             does",
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
        message += &format!("; {} {wait} for {them} in turn", ranks(&others));
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
    } else if relies_on_buffers(deadlock) {
        notes.insert(
            0,
            "Only because MPI keeps small messages in a buffer of its own does this not hang: it \
             need not, and for large ones it does not."
                .to_owned(),
        );
        Kind::UnsafeSend
    } else {
        if let Some(functions) = relied_on(deadlock) {
            notes.insert(
                0,
                format!(
                    "Only where {functions} does not wait for all ranks does this not hang: MPI lets a \
                     collective wait until every rank has called it."
                ),
            );
        }
        Kind::Deadlock
    };
    Told {
        kind,
        reason: reason_of(deadlock).filter(|_| kind == Kind::Deadlock),
        message,
        notes,
        calls,
        beside,
    }
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
    let is_collective = |edge: &&Edge| matches!(edge.why, Why::Collective(_) | Why::Root);
    let has_returned = |edge: &&Edge| {
        edge.closed == Some(Closed::Ended(Life::Returned))
            || edge.closed.is_none() && !works(edge.on)
    };
    let sends = |edge: &&Edge| matches!(edge.why, Why::Send(..));
    match own[..] {
        [] => None,
        _ if own.iter().copied().any(|edge| is_collective(&edge)) => Some(Reason::NotOnAllRanks),
        _ if own.iter().copied().any(|edge| has_returned(&edge)) => Some(Reason::Returned),
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
                .any(|edge| !matches!(edge.why, Why::Collective(_)))
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
    let name = |edge: &Edge, rank: Rank| ways.names.rank(edge.operation.comm, rank);
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
            "{} waits for ever {}{who} has returned from the task",
            name(edge, *rank),
            waits(&stuck.call, edge, ways)
        );
    }
    let who: Vec<Rank> = cycle.iter().map(|(rank, _)| *rank).collect();
    match cycle {
        [] => String::from("ranks wait for each other"),
        [one] => format!(
            "rank {} waits for itself: {}",
            one.0,
            match waiting(one.0, &one.1) {
                Some(stuck) => waits(&stuck.call, &one.1, ways),
                None => String::from("nobody else can help it"),
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
            format!("{} wait for each other: {}", ranks(&who), parts.join(", "))
        }
        many => {
            let mut parts: Vec<String> = many.iter().take(TOLD).map(place).collect();
            if many.len() > TOLD {
                parts.push(format!("and so on, round to rank {}", many[0].0));
            }
            format!(
                "{} wait for each other in a circle: {}",
                ranks(&who),
                parts.join(", ")
            )
        }
    }
}

/// `in MPI_Recv for a message from rank 1`.
fn waits(call: &Call, edge: &Edge, ways: Ways<'_>) -> String {
    let on = ways.names.rank(edge.operation.comm, edge.on);
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
        Why::Complete => format!("{on} to call MPI_Win_complete"),
        Why::Post => format!("{on} to call MPI_Win_post"),
        Why::Unlock => format!("{on} to unlock it"),
        Why::Finalize => format!("{on} to finalize"),
    };
    let behind = if edge.operation.number == call.number || edge.request.is_none() {
        String::new()
    } else {
        format!(" ({} began it)", edge.operation.function)
    };
    let comm = match edge.why {
        Why::Finalize => String::new(),
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
            "{who} asks again and again with {}, {} in vain",
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

/// A communicator that is not the one that would have been right.
fn other_communicator(comm: Option<CommId>, names: Names<'_>) -> String {
    comm.and_then(|comm| names.communicator(comm))
        .unwrap_or_else(|| String::from("another communicator"))
}

/// A fact beside a deadlock, as a sentence.
///
/// `told` is a rank whose end is told already, `waiting` whether a rank waits for ever too.
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
    // The other rank and the own one, in the numbers of a communicator.
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
                "A message from {} has come to {me}, which waits for one from another rank.",
                other
            )
        }
        Near::TakenBefore(send, _) => format!(
            "The message that rank {} sent to rank {me} goes to the receive that rank {me} began \
             before.",
            send.rank
        ),
        Near::TakenByWildcard {
            send,
            receive,
            instead,
        } => {
            let other = instead.map_or(String::new(), |instead| {
                let other = names.rank(instead.comm, instead.rank);
                format!("; that of {other} would have fitted it too, and is still there")
            });
            format!(
                "{} of {} took the message of {} before, since it takes one of any rank{other}.",
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
            capital(&not_by_all(*comm, arrived, missing, &on, names)) + "."
        }
        Near::Panicked(rank) => format!("Rank {rank} has panicked."),
        Near::Ended(rank, life) => format!("Rank {rank} {}.", ended(*life)),
        Near::Finalized(rank, _) => {
            format!("Rank {rank} has called MPI_Finalize already: it takes no part any more.")
        }
        // Who waits as well is told of anyway.
        Near::Sits(rank, _) if waiting(*rank) => return None,
        Near::Sits(rank, call) => {
            format!("Rank {rank} is in {} meanwhile.", call.function)
        }
        Near::ReturnedFromTask(rank, _) => format!("Rank {rank} has returned from the task."),
    })
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
        Near::Finalized(rank, Some(call)) => vec![(*call, format!("rank {rank} finalizes here"))],
        Near::Sits(rank, call) => {
            vec![(*call, format!("rank {rank} is in {} here", call.function))]
        }
        Near::Entered { arrived, .. } => {
            let there = |call: &Call| {
                let text = format!("{} calls {} here", name(call, call.rank), call.function);
                (*call, text)
            };
            arrived.iter().map(there).collect()
        }
        Near::Messages { .. }
        | Near::Panicked(_)
        | Near::Ended(..)
        | Near::Finalized(_, None)
        | Near::ReturnedFromTask(..) => Vec::new(),
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

fn ended(life: Life) -> String {
    match life {
        Life::Running => String::from("still runs"),
        Life::Panicked => String::from("has panicked"),
        Life::Exited(0) => String::from("has ended, as if all were well"),
        Life::Exited(status) => format!("has ended with status {status}"),
        Life::Quit(status) => format!("has called exit({status})"),
        Life::Killed(signal) => match signal_name(signal) {
            Some(name) => format!("was ended by signal {signal} ({name})"),
            None => format!("was ended by signal {signal}"),
        },
        Life::Left(status) => {
            format!("has ended with status {status} and without a word, as _exit does it")
        }
        Life::Gone => String::from(
            "has vanished without a word: somebody killed it, or memory ran out, or it called _exit",
        ),
        Life::Returned => String::from("has returned from the task"),
    }
}

/// What the signals mean that end most programs; their numbers are the same on every Linux that MPI
/// runs on.
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        4 => "an instruction that the processor does not know",
        6 => "abort",
        7 => "an address that memory does not have",
        8 => "arithmetic, such as a division by zero",
        9 => "somebody killed it, or memory ran out",
        11 => "segmentation fault",
        14 => "its alarm clock",
        15 => "somebody asked it to end",
        _ => return None,
    })
}

/// A rank that has ended too early, and who waited meanwhile. Its own calls come first.
pub(crate) fn early_end(rank: Rank, life: Life, own: Vec<Call>, stuck: &[Stuck]) -> Told {
    let kind = match life {
        Life::Exited(_) => Kind::MissingFinalize,
        Life::Panicked => Kind::Panic,
        _ => Kind::Crash,
    };
    let how = match life {
        Life::Exited(status) => {
            format!("has returned {status} from its main function without MPI_Finalize")
        }
        Life::Quit(status) => format!("has called exit({status}) without MPI_Finalize"),
        life => ended(life),
    };
    let mut told = told_of_end(kind, format!("rank {rank} {how}"), own, stuck);
    if life == Life::Panicked {
        told.notes.push(format!(
            "On its way out rank {rank} dropped its values, and one of them called MPI_Finalize, which \
             waits for all ranks. What it says of the panic stands in the output."
        ));
    }
    told
}

/// A launcher that has failed before these ranks had finalized, though none of them has said why.
pub fn launcher_failed(status: &str, unfinished: &[Rank]) -> Told {
    Told {
        kind: Kind::Crash,
        reason: None,
        message: format!(
            "the launcher ended ({status}) before {} had finalized MPI",
            ranks(unfinished)
        ),
        notes: Vec::new(),
        calls: Vec::new(),
        beside: Vec::new(),
    }
}

/// A rank that MPI has ended, because of an error in its call.
pub(crate) fn given_up(rank: Rank, status: i32, own: Vec<Call>, stuck: &[Stuck]) -> Told {
    let function = own.first().map_or("a call", |call| call.function);
    let message = format!(
        "MPI has ended rank {rank} in {function} with status {status}; what it says of the reason \
         stands in the output"
    );
    told_of_end(Kind::Crash, message, own, stuck)
}

/// A rank that was ended by a signal inside MPI.
pub(crate) fn fault(rank: Rank, signal: i32, own: Vec<Call>, stuck: &[Stuck]) -> Told {
    let function = own.first().map_or("MPI", |call| call.function);
    let message = format!(
        "rank {rank} {}, inside {function}",
        ended(Life::Killed(signal))
    );
    let mut told = told_of_end(Kind::Crash, message, own, stuck);
    told.notes.push(format!(
        "It happened in the MPI library, on what {function} was given: a buffer or handle that is none, or \
         memory that was overwritten before."
    ));
    told
}

/// Whether a class of errors says that an argument of the call is wrong: then it is not the consequence of
/// something else.
pub(crate) fn is_of_an_argument(class: &str) -> bool {
    const OTHERS: [&str; 29] = [
        "",
        "MPI_ERR_ACCESS",
        "MPI_ERR_FILE_EXISTS",
        "MPI_ERR_FILE_IN_USE",
        "MPI_ERR_INTERN",
        "MPI_ERR_IN_STATUS",
        "MPI_ERR_IO",
        "MPI_ERR_NAME",
        "MPI_ERR_NO_MEM",
        "MPI_ERR_NO_SPACE",
        "MPI_ERR_NO_SUCH_FILE",
        "MPI_ERR_OTHER",
        "MPI_ERR_PENDING",
        "MPI_ERR_PORT",
        "MPI_ERR_PROC_ABORTED",
        "MPI_ERR_PROC_FAILED",
        "MPI_ERR_PROC_FAILED_PENDING",
        "MPI_ERR_QUOTA",
        "MPI_ERR_READ_ONLY",
        "MPI_ERR_REVOKED",
        "MPI_ERR_RMA_CONFLICT",
        "MPI_ERR_RMA_SYNC",
        "MPI_ERR_SERVICE",
        "MPI_ERR_SPAWN",
        "MPI_ERR_TRUNCATE",
        "MPI_ERR_UNKNOWN",
        "MPI_ERR_UNSUPPORTED_DATAREP",
        "MPI_ERR_UNSUPPORTED_OPERATION",
        "MPI_ERR_VALUE_TOO_LARGE",
    ];
    !OTHERS.contains(&class)
}

/// What MPI says of an error, without what programs are not concerned with; none if that is nothing.
fn reason(refusal: &Refusal) -> Option<String> {
    let class = format!("{}: ", refusal.class);
    let text = refusal.text.trim();
    let text = text.strip_prefix(class.as_str()).unwrap_or(text);
    let first = text.lines().next()?;
    let first = first.strip_suffix(", error stack:").unwrap_or(first);
    // MPICH's own functions, the innermost last.
    let last = text.lines().skip(1).last();
    let last = last.and_then(|line| line.split_once(": "));
    let said = last.map_or(first, |(_, said)| said).trim();
    (!said.is_empty()).then(|| format!("MPI says: {}.", said.trim_end_matches('.')))
}

/// A call that MPI has refused, and ended the job for. `unfreed` are the communicators of the rank that
/// are not freed, by where they were made.
pub(crate) fn refused(
    call: Call,
    refusal: &Refusal,
    unfreed: &[(Call, u64)],
    stuck: &[Stuck],
) -> Told {
    /// So many are no leak that MPI could run out by.
    const MANY: u64 = 256;
    let (rank, function, class) = (call.rank, name_of(&call), &refusal.class);
    if refusal.text.is_empty() {
        let message = format!(
            "rank {rank} has ended the job with MPI_Abort in a function of its own that MPI called in \
             {function}, such as an error handler"
        );
        return told_of_end(Kind::Crash, message, vec![call], stuck);
    }
    let all: u64 = unfreed.iter().map(|(_, count)| count).sum();
    if let (Some((most, count)), true) = (unfreed.first(), all >= MANY)
        && !is_of_an_argument(class)
    {
        let of_them = match unfreed {
            [_] => format!("all by {} in one place", most.function),
            _ => format!("{count} of them by {} in one place", most.function),
        };
        let message = format!(
            "rank {rank} has run out of communicators in {function}: it has made {all} and never freed \
             them, {of_them}"
        );
        let calls = match most.place == call.place {
            true => vec![call],
            false => vec![call, *most],
        };
        let mut told = told_of_end(Kind::ResourceLeak, message, calls, &[]);
        told.notes.extend(reason(refusal));
        return told;
    }
    let kind = if **class == *"MPI_ERR_TRUNCATE" {
        Kind::Truncation
    } else if **class == *"MPI_ERR_RMA_SYNC" {
        Kind::Epoch
    } else if **class == *"MPI_ERR_RMA_CONFLICT" {
        Kind::MemoryRace
    } else if is_of_an_argument(class) {
        Kind::InvalidArgument
    } else {
        Kind::Crash
    };
    let message = match function.ends_with("_call_errhandler") {
        true => format!("rank {rank} has raised the error {class} with {function}"),
        false => format!(
            "rank {rank} called {function}, and MPI refused it{}",
            with(class)
        ),
    };
    let mut told = told_of_end(kind, message, vec![call], stuck);
    told.notes.extend(reason(refusal));
    told.reason = is_of_a_handle(class).then_some(Reason::Handle);
    told
}

/// The same of `MPI_Comm_disconnect`, which not all have called.
pub(crate) fn parted_without(
    told: Told,
    comm: CommId,
    arrived: &[Call],
    missing: &[Rank],
    names: Names<'_>,
) -> Told {
    if missing.is_empty() {
        return told;
    }
    let on = names.on(Some(comm));
    Told {
        kind: Kind::CollectiveMismatch,
        reason: Some(Reason::NotOnAllRanks),
        message: not_by_all(comm, arrived, missing, &on, names),
        notes: vec![capital(&told.message) + "."],
        ..told
    }
}

/// Whether a class of errors says that a handle is none.
fn is_of_a_handle(class: &str) -> bool {
    const HANDLES: [&str; 9] = [
        "MPI_ERR_COMM",
        "MPI_ERR_FILE",
        "MPI_ERR_GROUP",
        "MPI_ERR_INFO",
        "MPI_ERR_KEYVAL",
        "MPI_ERR_OP",
        "MPI_ERR_REQUEST",
        "MPI_ERR_TYPE",
        "MPI_ERR_WIN",
    ];
    HANDLES.contains(&class)
}

fn name_of(call: &Call) -> &'static str {
    match call.function {
        "" => "a function of MPI",
        function => function,
    }
}

fn with(class: &str) -> String {
    match class {
        "" => String::new(),
        class => format!(" with {class}"),
    }
}

/// A call that MPI has refused, with an error that the program had asked for.
pub(crate) fn returned(call: Call, refusal: &Refusal) -> Told {
    Told {
        kind: Kind::InvalidArgument,
        reason: None,
        message: format!(
            "rank {} called {}, and MPI refused it{}: the program got the error, as it had asked for",
            call.rank,
            name_of(&call),
            with(&refusal.class)
        ),
        notes: reason(refusal).into_iter().collect(),
        calls: vec![call],
        beside: Vec::new(),
    }
}

/// What was found, with the errors that a rank of it, or the one that has ended, got before and may not
/// have looked at.
pub(crate) fn after_errors(
    mut told: Told,
    ended: Option<Rank>,
    returned: &[(Call, &Refusal)],
) -> Told {
    let ranks = told.calls.iter().map(|call| call.rank).chain(ended);
    let ranks: Vec<Rank> = ranks.collect();
    let before = returned
        .iter()
        .filter(|(call, _)| ranks.contains(&call.rank));
    for (call, refusal) in before.take(NOTES) {
        let said = reason(refusal).map_or(String::new(), |said| format!(" {said}"));
        told.notes.push(format!(
            "Before, MPI had refused {} of rank {}{}, and the program went on.{said}",
            name_of(call),
            call.rank,
            with(&refusal.class)
        ));
        told.calls.push(*call);
    }
    told
}

/// What was found is why ranks wait for ever.
pub(crate) fn because(mut found: Told, stuck: Told) -> Told {
    found.notes.push(format!("{}.", capital(&stuck.message)));
    let new = stuck
        .calls
        .iter()
        .filter(|call| !found.calls.contains(call));
    let new: Vec<Call> = new.copied().collect();
    found.calls.extend(new);
    found
}

/// An early end, with the exception that nobody has caught: it has ended the rank, or is why the rank has
/// ended the job.
pub(crate) fn by_exception(told: &mut Told, end: Call, exception: &Refusal) {
    let said = exception.text.lines().next().unwrap_or_default().trim();
    let said = match said {
        "" => exception.class.to_string(),
        said => format!("{}: {said}", exception.class),
    };
    let rank = end.rank;
    if told.kind == Kind::Panic {
        told.kind = Kind::Crash;
        let left = "has left by an exception that nobody caught";
        told.message = told.message.replacen(&ended(Life::Panicked), left, 1);
        told.message.push_str(&format!(" ({said})"));
        told.notes = vec![String::from(
            "On its way out the interpreter finalizes MPI if it can, and that waits for all ranks.",
        )];
        told.calls.insert(0, end);
    } else {
        told.notes.push(format!(
            "Before that, an exception that nobody caught had ended its program ({said})."
        ));
        told.beside
            .push((end, format!("rank {rank} raises {} here", exception.class)));
    }
}

/// An early end, with a message race of the rank before.
pub(crate) fn after_race(told: &mut Told, race: &Finding) {
    let [receive, met, rival, ..] = race.calls[..] else {
        return;
    };
    told.notes.push(format!(
        "Before, rank {} had taken in {} what came first: the message from rank {}, and it could have \
         been that from rank {}; which it is may change from run to run.",
        receive.rank, receive.function, met.rank, rival.rank
    ));
    let of = |call: Call, text: &str| (call, format!("rank {} {text}", call.rank));
    told.beside.push(of(receive, "takes here what comes first"));
    told.beside.push(of(met, "sends here what was taken"));
    told.beside
        .push(of(rival, "sends here what could have been taken"));
}

/// A rank that has ended the job.
pub(crate) fn aborted(call: Call, code: i32, stuck: &[Stuck]) -> Told {
    let message = format!(
        "rank {} has ended the job with MPI_Abort, code {code}",
        call.rank
    );
    told_of_end(Kind::Crash, message, vec![call], stuck)
}

fn told_of_end(kind: Kind, mut message: String, own: Vec<Call>, stuck: &[Stuck]) -> Told {
    let mut functions: Vec<&str> = stuck.iter().map(|stuck| stuck.call.function).collect();
    functions.sort_unstable();
    functions.dedup();
    let functions: Vec<String> = functions.into_iter().map(str::to_owned).collect();
    let who: Vec<Rank> = stuck.iter().map(|stuck| stuck.rank).collect();
    match &who[..] {
        [] => {}
        [one] => message += &format!(", while rank {one} waited in {}", and(&functions)),
        many => message += &format!(", while {} waited in {}", ranks(many), and(&functions)),
    }
    let mut calls = own;
    calls.extend(stuck.iter().map(|stuck| stuck.call));
    Told {
        kind,
        reason: None,
        message,
        notes: Vec::new(),
        calls,
        beside: Vec::new(),
    }
}

pub(crate) fn capital(text: &str) -> String {
    let mut signs = text.chars();
    signs
        .next()
        .map(|first| first.to_uppercase().chain(signs).collect())
        .unwrap_or_default()
}

/// A finding.
pub(crate) fn finding(finding: &Finding, names: Names<'_>) -> Told {
    let calls = &finding.calls;
    let first = calls.first();
    let me = first.map_or(0, |call| call.rank);
    let function = first.map_or("MPI", |call| call.function);
    let other = calls.get(1);
    // Of what each of several ranks did alone.
    let all: Vec<Rank> = calls.iter().map(|call| call.rank).collect();
    let who = ranks(&all);
    let each = if who.starts_with("ranks") {
        " each"
    } else {
        ""
    };
    let to = |call: Option<&Call>| match call.and_then(|call| call.peer) {
        Some(Peer::Rank(rank)) => format!("rank {rank}"),
        Some(Peer::Any) => String::from("any rank"),
        _ => String::from("nobody"),
    };
    let with_tag = match first.and_then(|call| call.tag) {
        Some(Match::Is(tag)) if tag != 0 => format!(" with tag {tag}"),
        _ => String::new(),
    };
    let mut notes = Vec::new();
    let mut message = match &finding.rule {
        Rule::NeverReceived { bytes } => {
            let length = bytes.map_or(String::new(), |bytes| {
                format!(" of {}", plural(bytes, "byte"))
            });
            let many = finding.times;
            if many > 1 {
                format!(
                    "{many} messages from rank {me} to {}{with_tag} were sent, and nobody received \
                     them",
                    to(first)
                )
            } else {
                format!(
                    "a message{length} from rank {me} to {}{with_tag} was sent, and nobody received \
                     it",
                    to(first)
                )
            }
        }
        Rule::ProbedNeverReceived => format!(
            "rank {me} took a message out of the queue with {function}, and never received it"
        ),
        Rule::ReceiveNeverMatched if !each.is_empty() => {
            format!("{who} began a receive{each} with {function}, and no message came for it")
        }
        Rule::ReceiveNeverMatched => format!(
            "rank {me} began a receive from {}{with_tag} with {function}, and no message came for it",
            to(first)
        ),
        Rule::RequestNeverCompleted { of, matched } => {
            if *matched {
                notes.push(String::from(
                    "The other side was there: only the wait is missing.",
                ));
            }
            format!(
                "{who} never completed the request of {} {}: no wait and no test has ended it",
                if each.is_empty() { "its" } else { "their" },
                operation(*of, function)
            )
        }
        Rule::FreedUnderWay { of } => {
            let begun = other.map_or("MPI_Irecv", |call| call.function);
            let why = match of {
                Operation::Collective => {
                    "that of a collective is waited for, and never freed before"
                }
                _ => "nothing can tell any more when its message has come",
            };
            format!(
                "{who} freed the request of {} {} while it was under way: {why}",
                if each.is_empty() { "its" } else { "their" },
                operation(*of, begun)
            )
        }
        Rule::PersistentNeverFreed => {
            format!("{who} never freed the persistent request that {function} made")
        }
        Rule::NeverFreed { object, count, .. } => match count {
            1 => format!(
                "{who} never freed the {} that {function} made",
                name(*object)
            ),
            many => format!(
                "{who} never freed {many} {}s{each} that {function} made",
                name(*object)
            ),
        },
        Rule::Truncated { sent, room, .. } => format!(
            "rank {me} has room for {} in {function}, and the message{} has {}",
            plural(*room, "byte"),
            other.map_or(String::new(), |send| format!(" from rank {}", send.rank)),
            plural(*sent, "byte")
        ),
        Rule::TypesDiffer {
            element,
            sent,
            received,
        } => format!(
            "rank {me} receives {} where {} sent {} (element {element})",
            basic(*received),
            other.map_or(String::from("the other rank"), |send| format!(
                "rank {}",
                send.rank
            )),
            basic(*sent)
        ),
        Rule::CollectivesDiffer { comm, index, by } => {
            let comm = Some(*comm);
            let on = names.on_other(comm);
            let nth = index + 1;
            let me = names.rank(comm, me);
            let there = other.map_or(String::from("another rank"), |call| {
                names.rank(comm, call.rank)
            });
            let theirs = other.map_or("another", |call| call.function);
            let root = |call: Option<&Call>| match call.and_then(|call| call.peer) {
                Some(Peer::Rank(rank)) => names.rank(comm, rank),
                _ => String::from("none"),
            };
            match by {
                Difference::Function => format!(
                    "{me} calls {function} where {there} calls {theirs}: it is collective number \
                     {nth}{on} for both"
                ),
                Difference::Blocking => format!(
                    "{me} calls {function}{on} and {there} {theirs}: a blocking collective never \
                     meets an immediate one"
                ),
                Difference::Root => format!(
                    "{me} names {} as the root of {function}{on}, and {there} names {}",
                    root(first),
                    root(other)
                ),
                Difference::Operation {
                    one,
                    other: another,
                } => format!(
                    "{me} names {} in {function}{on}, and {there} {}: all ranks must name the same \
                     operation",
                    operation_name(one),
                    operation_name(another)
                ),
                Difference::Count { gives, takes } if moves_same(function) => format!(
                    "{me} moves {} in {function}{on}, and {there} {}",
                    plural(*gives, "byte"),
                    plural(*takes, "byte")
                ),
                Difference::Types {
                    element,
                    gives,
                    takes,
                } if moves_same(function) => format!(
                    "{me} moves {} in {function}{on}, and {there} {} (element {element})",
                    basic(*gives),
                    basic(*takes)
                ),
                Difference::Count { gives, takes } => format!(
                    "{me} sends {} to {there} in {function}{on}, and {there} expects {}",
                    plural(*gives, "byte"),
                    plural(*takes, "byte")
                ),
                Difference::Types {
                    element,
                    gives,
                    takes,
                } => format!(
                    "{me} sends {} to {there} in {function}{on}, and {there} expects {} (element \
                     {element})",
                    basic(*gives),
                    basic(*takes)
                ),
            }
        }
        Rule::NotByAll { comm, missing } => {
            not_by_all(*comm, calls, missing, &names.on_other(Some(*comm)), names)
        }
        Rule::BlocksOverlap { comm, from, bytes } => format!(
            "rank {me} has {function} write the blocks of {} and {} over each other: {} of memory \
             belong to both",
            names.rank(Some(*comm), from.0),
            names.rank(Some(*comm), from.1),
            plural(*bytes, "byte")
        ),
        Rule::TypeOverlaps { bytes } => format!(
            "rank {me} receives in {function} into a datatype whose parts overlap: {} of memory \
             belong to two of them",
            plural(*bytes, "byte")
        ),
        Rule::Misaligned { offset, part } => {
            notes.push(String::from(
                "That is right for a packed struct only: offsetof says where a member is.",
            ));
            format!(
                "rank {me} has {function} place {} at byte {offset}, which its size does not divide",
                basic(*part)
            )
        }
        Rule::Race { .. } => {
            let met = other.map_or(String::from("one rank"), |call| {
                format!("rank {}", call.rank)
            });
            let rival = calls.get(2).map_or(String::from("another"), |call| {
                format!("rank {}", call.rank)
            });
            notes.push(String::from(
                "Which of the two comes first may change from run to run.",
            ));
            format!(
                "rank {me} takes in {function} what comes first: this time it was the message from \
                 {met}, and it could have been that from {rival}"
            )
        }
        Rule::SendBufferChanged => format!(
            "{who} changed the numbers that {function} was still sending: until the wait they \
             belong to MPI"
        ),
        Rule::ReceiveBufferChanged => format!(
            "rank {me} changed the memory that {function} was to fill: until the wait it belongs to MPI"
        ),
        Rule::BufferGone(gone) => format!(
            "rank {me} gave {function} {} before {}: until then it belongs to MPI",
            match gone {
                Gone::Returned => "an array that lay in a function that has returned",
                Gone::Freed => "memory that was freed",
            },
            other.map_or("the wait", |wait| wait.function)
        ),
        Rule::BuffersOverlap { bytes, .. } if other.is_none() => format!(
            "rank {me} has {function} fill {} of memory that it also sends",
            plural(*bytes, "byte")
        ),
        Rule::BuffersOverlap { bytes, .. } => format!(
            "rank {me} gave {} of memory to {function} while {} was still {} it",
            plural(*bytes, "byte"),
            other.map_or("a receive", |call| call.function),
            other.map_or("filling", |call| does(call.function))
        ),
        Rule::Epoch { window, fault } => {
            let (message, note) = windows::epoch(*fault, *window, calls, names);
            notes.extend(note);
            message
        }
        Rule::WindowRace {
            window,
            target,
            bytes,
            clash,
            ranks,
        } => {
            notes.push(String::from(
                "What is there afterwards, or what is read, may change from run to run.",
            ));
            windows::race((*window, *target, *bytes), *clash, ranks, calls, names)
        }
        Rule::OriginRace { bytes } => {
            notes.push(String::from(
                "The buffer of a one-sided call belongs to MPI until its epoch ends, or a flush.",
            ));
            windows::origin(*bytes, calls)
        }
        Rule::ThreadsMeet { comm } => {
            let thread = |call: Option<&Call>| call.map_or(0, |call| call.thread);
            notes.push(String::from(
                "Which of the two calls meets which of another rank is a matter of luck: each thread needs a \
                 communicator of its own, or one waits for the other.",
            ));
            let both = match other {
                Some(other) if other.function != function => {
                    format!(
                        ", and its thread {} in {}",
                        thread(Some(other)),
                        other.function
                    )
                }
                other => format!(", and its thread {} too", thread(other)),
            };
            format!(
                "rank {me} is in {function}{} in its thread {}{both}, at the same time",
                names.on(Some(*comm)),
                thread(first)
            )
        }
        Rule::NotFinalized => format!("{who} ended without MPI_Finalize"),
        Rule::BeforeInit => format!("rank {me} called {function} before MPI_Init"),
        Rule::AfterFinalize => format!("rank {me} called {function} after MPI_Finalize"),
    };
    if mixes_bytes(&finding.rule) {
        notes.push(String::from(match calls.iter().any(|call| names.is_script(call)) {
            true => {
                "In mpi4py the methods in lower case, such as send, pickle what they move into bytes, and \
                 those in upper case, such as Recv, move buffers as they are: both sides must use the same."
            }
            false => {
                "MPI_BYTE matches MPI_BYTE alone: that it passes for other types here is no promise of MPI's."
            }
        }));
    }
    if finding.times > 1 && !matches!(finding.rule, Rule::NeverReceived { .. }) {
        message += &format!(" ({} times)", finding.times);
    }
    Told {
        kind: finding.kind,
        reason: match finding.rule {
            Rule::NotByAll { .. } => Some(Reason::NotOnAllRanks),
            Rule::BlocksOverlap { .. } | Rule::TypeOverlaps { .. } => Some(Reason::Overlap),
            _ => None,
        },
        message,
        notes,
        calls: calls.clone(),
        beside: Vec::new(),
    }
}

/// Whether one side names raw bytes and the other a type.
fn mixes_bytes(rule: &Rule) -> bool {
    let one_of = |one: Basic, other: Basic| one == Basic::Byte || other == Basic::Byte;
    match rule {
        Rule::Truncated { has_bytes, .. } => *has_bytes,
        Rule::TypesDiffer { sent, received, .. } => one_of(*sent, *received),
        Rule::CollectivesDiffer {
            by: Difference::Types { gives, takes, .. },
            ..
        } => one_of(*gives, *takes),
        _ => false,
    }
}

/// What a rank found wrong with its own call before it went in; `sides` are its part in a collective and
/// that of another rank that it differs from, `comm` is the communicator.
pub(crate) fn complaint(
    call: &Call,
    complaint: &Complaint,
    sides: &[Option<Side>; 2],
    comm: Option<CommId>,
    names: Names<'_>,
) -> Told {
    let me = call.rank;
    let function = call.function;
    let mut notes = Vec::new();
    let (kind, message) = match *complaint {
        Complaint::Argument {
            argument,
            value,
            limit,
        } => (
            Kind::InvalidArgument,
            format!(
                "rank {me} gives {function} {}",
                argument_words(argument, value, limit, names)
            ),
        ),
        Complaint::BeforeInit => (
            Kind::MissingFinalize,
            format!("rank {me} called {function} before MPI_Init"),
        ),
        Complaint::AfterFinalize => (
            Kind::MissingFinalize,
            format!("rank {me} called {function} after MPI_Finalize"),
        ),
        Complaint::InitTwice => (
            Kind::MissingFinalize,
            format!("rank {me} called {function} a second time"),
        ),
        Complaint::Threads { level: 2, other } => {
            notes.push(String::from(
                "Calls of several threads at once take MPI_THREAD_MULTIPLE.",
            ));
            (
                Kind::ThreadLevel,
                format!(
                    "rank {me} called {function} in thread {} while its thread {other} was in MPI too: \
                     at MPI_THREAD_SERIALIZED one thread calls MPI at a time",
                    call.thread
                ),
            )
        }
        Complaint::Threads { level, .. } => {
            let (level, note) = match level {
                0 => (
                    "MPI_THREAD_SINGLE",
                    "MPI_Init asks for MPI_THREAD_SINGLE, and what an MPI allows beyond that holds for \
                     this MPI alone: MPI_Init_thread asks for more, and says what there is.",
                ),
                _ => (
                    "MPI_THREAD_FUNNELED",
                    "Calls of other threads take MPI_THREAD_SERIALIZED, one at a time, or \
                     MPI_THREAD_MULTIPLE.",
                ),
            };
            notes.push(String::from(note));
            (
                Kind::ThreadLevel,
                format!(
                    "rank {me} called {function} in thread {}: at {level} only the thread that has \
                     initialized MPI may call it",
                    call.thread
                ),
            )
        }
        Complaint::Differs {
            first,
            function: theirs,
            what,
            here,
            there,
        } => (
            Kind::CollectiveMismatch,
            differs(
                (call, what, here, there),
                (first, theirs),
                sides,
                comm,
                names,
            ),
        ),
    };
    Told {
        kind,
        reason: match *complaint {
            Complaint::Argument { argument, .. } if is_handle(argument) => Some(Reason::Handle),
            _ => None,
        },
        message,
        notes,
        calls: [*call]
            .into_iter()
            .chain(sides[1].as_ref().map(|side| side.call))
            .collect(),
        beside: Vec::new(),
    }
}

/// Whether all ranks name what is moved in a reduction, and no rank's part is another's.
fn moves_same(function: &str) -> bool {
    ["educe", "scan"].iter().any(|part| function.contains(part))
}

/// In what a rank's part in a collective differs from that of another, which came before.
fn differs(
    (call, what, here, there): (&Call, Disagreement, i64, i64),
    (first, theirs): (Rank, &str),
    sides: &[Option<Side>; 2],
    comm: Option<CommId>,
    names: Names<'_>,
) -> String {
    let function = call.function;
    let on = names.on_other(comm);
    let (me, first) = (names.rank(comm, call.rank), names.rank(comm, first));
    let root =
        |root: i64| Rank::try_from(root).map_or(String::new(), |rank| names.rank(comm, rank));
    let both = |name: &dyn Fn(&Side) -> Option<String>| match sides {
        [Some(mine), Some(theirs)] => Some((name(mine)?, name(theirs)?)),
        _ => None,
    };
    let op = |side: &Side| side.op.as_deref().map(operation_name);
    let moves = |side: &Side| {
        let (count, name) = side.moves.as_ref()?;
        Some(format!(
            "{} of {}",
            plural(*count, "element"),
            type_name(name)
        ))
    };
    match what {
        Disagreement::Function => format!(
            "{me} calls {function} where {first} calls {theirs}{on}: all ranks of a communicator must \
             call the same collectives in the same order"
        ),
        Disagreement::Root => format!(
            "{me} names {} as the root of {function}{on}, and {first} names {}",
            root(here),
            root(there)
        ),
        Disagreement::Operation => match both(&op) {
            Some((mine, theirs)) => {
                format!(
                    "{me} names {mine} as the operation of {function}{on}, and {first} {theirs}"
                )
            }
            None => format!("{me} names another operation in {function}{on} than {first}"),
        },
        Disagreement::Amount => {
            let (mine, theirs) = both(&moves).map_or_else(Default::default, |(mine, theirs)| {
                (format!(" ({mine})"), format!(" ({theirs})"))
            });
            format!(
                "{me} moves {}{mine} in {function}{on}, and {first} {}{theirs}",
                plural(here.unsigned_abs(), "byte"),
                plural(there.unsigned_abs(), "byte")
            )
        }
        Disagreement::Datatype => match both(&moves) {
            Some((mine, theirs)) => {
                format!("{me} moves {mine} in {function}{on}, and {first} {theirs}")
            }
            None => format!("{me} names another datatype in {function}{on} than {first}"),
        },
    }
}

/// An operation by its name; one of the program's own by the function that made it.
fn operation_name(name: &str) -> String {
    match name {
        "MPI_Op_create" | "MPI_Op_create_c" => format!("an operation of its own ({name})"),
        _ => name.to_owned(),
    }
}

/// A datatype by its name; a derived one by the function that made it.
fn type_name(name: &str) -> String {
    if name.starts_with("MPI_Type_") {
        format!("a type that {name} made")
    } else {
        name.to_owned()
    }
}

fn argument_words(argument: Argument, value: i64, limit: Option<i64>, names: Names<'_>) -> String {
    // The standard's names for what is no rank have other values in each MPI.
    let rank = match argument {
        Argument::Tag => names.any_tag(value).map(str::to_owned),
        _ => names.no_rank(value).map(str::to_owned),
    };
    let rank = rank.unwrap_or_else(|| value.to_string());
    let ranks = limit.map_or(String::new(), |size| match size {
        1 => String::from("the only rank is 0"),
        size => format!("the ranks are 0 to {}", size - 1),
    });
    match argument {
        Argument::Destination => format!("{rank} as the destination, and {ranks}"),
        Argument::Source => format!("{rank} as the source, and {ranks}"),
        Argument::Root if rank == "MPI_ROOT" => format!(
            "{rank} as the root, which is for communicators between two groups; here {ranks}"
        ),
        Argument::Root => format!("{rank} as the root, and {ranks}"),
        Argument::Tag => match limit {
            Some(limit) if value >= limit => {
                format!("the tag {value}, and the largest is {}", limit - 1)
            }
            _ => format!("the tag {rank}: the tag of a message is 0 or larger"),
        },
        Argument::Count => format!("the count {value}: a count is 0 or larger"),
        Argument::Communicator => handle("communicator", "MPI_COMM_NULL", value),
        Argument::Datatype => handle("datatype", "MPI_DATATYPE_NULL", value),
        Argument::Window => handle("window", "MPI_WIN_NULL", value),
        Argument::File => handle("file", "MPI_FILE_NULL", value),
        Argument::Group => handle("group", "MPI_GROUP_NULL", value),
        Argument::Uncommitted => {
            String::from("a datatype that was not committed (MPI_Type_commit)")
        }
        Argument::Operation => handle("operation", "MPI_OP_NULL", value),
        Argument::Request => match value {
            0 => String::from("no request (MPI_REQUEST_NULL)"),
            _ => String::from("a request that is none: it was never made, or is complete and gone"),
        },
        Argument::Buffer => format!(
            "no buffer (a null address) for {}",
            plural(value.unsigned_abs(), "element")
        ),
        Argument::InPlace => String::from(
            "MPI_IN_PLACE where it has no meaning: only some collectives allow it, only for one buffer, and \
             those with a root only there",
        ),
        Argument::Colour => {
            format!("the colour {value}: a colour is 0 or larger, or MPI_UNDEFINED")
        }
        Argument::Dimension => {
            format!("a grid of length {value} in a dimension: a length is 1 or larger")
        }
        Argument::Grid => format!(
            "a grid of {}, and the communicator has {}",
            plural(value.unsigned_abs(), "place"),
            plural(limit.unwrap_or(0).unsigned_abs(), "rank")
        ),
    }
}

/// Whether an argument is a handle, and wrong as such.
fn is_handle(argument: Argument) -> bool {
    matches!(
        argument,
        Argument::Communicator
            | Argument::Datatype
            | Argument::Window
            | Argument::File
            | Argument::Group
            | Argument::Operation
            | Argument::Request
    )
}

/// A handle that is none.
fn handle(sort: &str, null: &str, value: i64) -> String {
    let a = if sort.starts_with('o') { "an" } else { "a" };
    match value {
        0 => format!("no {sort} ({null})"),
        1 => format!("{a} {sort} that it has freed"),
        3 => format!("{a} {sort} without a grid (MPI_Cart_create)"),
        _ => format!("{a} {sort} that is none: it was never made"),
    }
}

/// What a call does with its buffer, as far as its name tells.
fn does(function: &str) -> &'static str {
    let is = |part: &str| function.to_ascii_lowercase().contains(part);
    match (is("send"), is("recv")) {
        (true, false) => "sending",
        (false, true) => "filling",
        _ => "using",
    }
}

fn operation(of: Operation, function: &str) -> String {
    match of {
        Operation::Send => format!("send ({function})"),
        Operation::Receive => format!("receive ({function})"),
        _ => function.to_owned(),
    }
}

fn name(object: Object) -> &'static str {
    match object {
        Object::Communicator => "communicator",
        Object::Datatype => "datatype",
        Object::Group => "group",
        Object::Operation => "operation",
        Object::Window => "window",
        Object::File => "file",
        Object::ErrorHandler => "error handler",
        Object::Info => "info object",
        Object::Keyval => "attribute key",
    }
}

fn basic(basic: Basic) -> String {
    let bits = |bytes: u8| u32::from(bytes) * 8;
    match basic {
        Basic::Signed(bytes) => format!("a signed integer of {} bits", bits(bytes)),
        Basic::Unsigned(bytes) => format!("an unsigned integer of {} bits", bits(bytes)),
        Basic::Float(bytes) => format!("a floating-point number of {} bits", bits(bytes)),
        Basic::Complex(bytes) => format!("a complex number of {} bits", bits(bytes)),
        Basic::Bool(_) => String::from("a truth value"),
        Basic::Character(_) => String::from("a character"),
        Basic::Byte => String::from("raw bytes"),
        Basic::Packed => String::from("packed bytes"),
        Basic::Other(_) => String::from("something else"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reasoning::reduction::Need;
    use recording::event::{Mode, PlaceId};

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
        insta::assert_snapshot!(said(&returned), @"Some(Returned): rank 0 waits for ever in MPI_Recv for a message from any rank: rank 1 has returned from the task");
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
        insta::assert_snapshot!(said(overlap, "MPI_Gatherv"), @"Some(Overlap): rank 0 has MPI_Gatherv write the blocks of rank 0 and rank 3 over each other: 4 bytes of memory belong to both");
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
        insta::assert_snapshot!(said(Rule::ReceiveNeverMatched, &[0, 2]), @"ranks 0 and 2 began a receive each with MPI_Comm_dup, and no message came for it");
        insta::assert_snapshot!(said(Rule::NotFinalized, &[0, 2]), @"ranks 0 and 2 ended without MPI_Finalize");
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
        insta::assert_snapshot!(said(&knot), @"Some(Itself): rank 0 waits for itself: in MPI_Recv, and there is nobody else who could help it");
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
