//! Who waits for whom right now, who of them waits forever, and why.

use crate::{
    collective::{Waits as Waiting, waits},
    finding::{Call, Life, Operation, Peer},
    matcher::{ReceiveKey, SendKey},
    observation::{Inside, Observation, Phase, Request, Thread},
    partitions::Missing,
    reduction::{Need, Node, Waits, alive, free, shortest_cycle, smallest_knot},
};
use recording::event::{Collective, CommId, How, Leader, Mode, Rank, RequestId, Source, Tag, What};

/// That one rank waits for another.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// The rank that must do something.
    pub on: Rank,
    /// What it must do.
    pub why: Why,
    /// The operation that waits; for a wait the call that got the request.
    pub operation: Call,
    /// The request, if the rank waits for one.
    pub request: Option<RequestId>,
    /// Why it can never be met, whatever else happens.
    pub closed: Option<Closed>,
}

impl Waits for Edge {
    fn on(&self) -> Rank {
        self.on
    }

    fn open(&self) -> bool {
        self.closed.is_none()
    }
}

/// The rule by which one rank waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// A receive waits for a message from this rank.
    Receive,
    /// A receive from any source waits for a message from this or another rank.
    ReceiveAny,
    /// A receive posted before may take another message, which would leave one for this receive.
    ReceiveAfter,
    /// A probe waits for a message from this rank.
    Probe,
    /// A probe waits for a message from this or another rank.
    ProbeAny,
    /// A send waits until this rank has posted the receive: it is synchronous, or MPI does not buffer
    /// it.
    Send(Mode, Synchronous),
    /// A collective waits until this rank calls it.
    Collective(Synchronous),
    /// A rank inside a collective waits until its root calls it.
    Root,
    /// A rank inside a collective of a neighbourhood waits until this neighbour, from which it takes
    /// something, calls it.
    Neighbour,
    /// A leader inside `MPI_Intercomm_create` waits until this rank, which it names as the other group's,
    /// names it there, with this tag.
    OtherLeader(i32),
    /// A rank inside `MPI_Intercomm_create` waits for this rank, the leader of its own group, which is in the
    /// same call.
    OwnLeader,
    /// A send in partitions waits until its own rank marks this one as ready.
    OwnPartition(u32),
    /// A receive in partitions waits until this rank marks this one as ready.
    Partition(u32),
    /// An exposed memory's rank waits until this rank calls `MPI_Win_complete`.
    Complete,
    /// An operation waits until this rank calls `MPI_Win_post`.
    Post,
    /// A lock waits until this rank calls `MPI_Win_unlock`, or `MPI_Win_unlock_all`.
    Unlock,
    /// `MPI_Finalize` waits until this rank calls it.
    Finalize,
}

/// Whether a strict run made a send or a collective synchronous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Synchronous {
    /// The program says what it is.
    AsWritten,
    /// The program asked for a standard send, or for a collective that may go ahead.
    Made,
}

/// Why a rank can never do what is awaited of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Closed {
    /// It is in `MPI_Finalize`.
    Finalizing,
    /// It has come out of `MPI_Finalize`.
    Finalized,
    /// Its process has ended.
    Ended(Life),
}

/// What one thread of a rank is doing.
#[derive(Clone, Debug, PartialEq)]
pub struct RankState {
    /// The rank.
    pub rank: Rank,
    /// The thread.
    pub thread: u16,
    /// Where the rank is in MPI's life.
    pub phase: Phase,
    /// What it does.
    pub doing: Doing,
}

/// What a thread is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Doing {
    /// It has not called MPI yet.
    NotSeen,
    /// It runs outside of MPI.
    Computing {
        /// Its last call.
        after: Option<Call>,
    },
    /// It tests or probes again and again, in vain.
    Polling {
        /// The last call.
        call: Call,
        /// How often in a row.
        times: u64,
    },
    /// It is inside MPI.
    Inside {
        /// The call.
        call: Call,
        /// When it went in, as it wrote down.
        entered: u64,
        /// What it needs to come out.
        needs: Need<Edge>,
    },
    /// It has finalized.
    Finalized,
}

/// Ranks that wait forever.
#[derive(Clone, Debug, PartialEq)]
pub struct Deadlock {
    /// All of them, by rank and thread.
    pub stuck: Vec<Stuck>,
    /// The heart of the matter.
    pub core: Core,
}

/// A thread that waits forever.
#[derive(Clone, Debug, PartialEq)]
pub struct Stuck {
    /// The rank.
    pub rank: Rank,
    /// The thread.
    pub thread: u16,
    /// Its call.
    pub call: Call,
    /// What it needs, with what is met left out.
    pub needs: Need<Edge>,
    /// What almost helps, or tells what was meant.
    pub near: Vec<Near>,
}

/// What holds the others.
#[derive(Clone, Debug, PartialEq)]
pub enum Core {
    /// Each of these ranks waits for the next one, the last for the first. The shortest there is; a
    /// single rank waits for itself.
    Cycle(Vec<(Rank, Edge)>),
    /// This rank waits for one that can never do it.
    End(Rank, Edge),
    /// Each of these ranks waits for any of several, and all that these are waits for are among them
    /// or at their end.
    Knot(Vec<Rank>),
}

/// A fact beside a deadlock.
#[derive(Clone, Debug, PartialEq)]
pub enum Near {
    /// A message for the rank is there, and only its tag is another one than awaited.
    MessageWithOtherTag(Call),
    /// A message for the rank is there, and only its communicator is another one than the receive's.
    MessageInOtherCommunicator(Call),
    /// A message for the rank is there from another source than awaited.
    MessageFromOther(Call),
    /// A message that fits is there, but a receive posted before takes it.
    TakenBefore(Call, Call),
    /// A receive from any rank took the message of the awaited rank.
    TakenByWildcard {
        /// What it took.
        send: Call,
        /// The receive.
        receive: Call,
        /// What it could have taken, and is still there.
        instead: Option<Call>,
    },
    /// The other rank has posted a receive for this message, with another tag.
    ReceiveWithOtherTag(Call),
    /// The other rank has posted a receive for this message, in another communicator.
    ReceiveInOtherCommunicator(Call),
    /// The other rank has posted a receive for this message, from another source.
    ReceiveFromOther(Call),
    /// How many messages with this tag there were from a rank to another, and how many of them were
    /// received.
    Messages {
        /// From whom.
        from: Rank,
        /// To whom.
        to: Rank,
        /// In which communicator.
        comm: CommId,
        /// With which tag; none for all of them.
        tag: Option<i32>,
        /// Sent.
        sent: u64,
        /// Received.
        received: u64,
    },
    /// The awaited rank exposes its memory by this `MPI_Win_post`, whose group does not name the rank.
    PostedForOthers(Call),
    /// The awaited rank has taken a lock by this call that keeps the rank out, and still holds it.
    Holds(Call),
    /// The call in which the sender has marked partitions as ready last.
    Marked(Call),
    /// Who has entered the collective and who has not.
    Entered {
        /// The communicator.
        comm: CommId,
        /// The how-many-eth collective on it, from 0.
        index: u64,
        /// Who has, with their calls.
        arrived: Vec<Call>,
        /// Who has not.
        missing: Vec<Rank>,
    },
    /// The awaited rank has panicked.
    Panicked(Rank),
    /// The awaited rank's process has ended.
    Ended(Rank, Life),
    /// The awaited rank has called `MPI_Finalize`.
    Finalized(Rank, Option<Call>),
    /// The awaited rank sits in this call.
    Sits(Rank, Call),
    /// The awaited rank has returned from the task: it sits in a call of the check's harness.
    ReturnedFromTask(Rank, Call),
}

impl Observation {
    /// What each rank is doing right now, as far as its records tell.
    pub fn waits(&self, life: &[Life]) -> Vec<RankState> {
        let mut states = Vec::new();
        for (rank, log) in self.ranks.iter().enumerate() {
            let at = rank as Rank;
            if log.threads.is_empty() {
                states.push(RankState {
                    rank: at,
                    thread: 0,
                    phase: log.phase,
                    doing: Doing::NotSeen,
                });
            }
            for (&thread, what) in &log.threads {
                let doing = match &what.now {
                    Some(inside) => Doing::Inside {
                        call: inside.call,
                        entered: inside.event.entered,
                        needs: self.need(at, inside, life),
                    },
                    None if log.phase == Phase::Finalized => Doing::Finalized,
                    None => match &what.polled {
                        Some((call, _)) if what.vain > 0 => Doing::Polling {
                            call: *call,
                            times: what.vain,
                        },
                        _ => Doing::Computing { after: what.last },
                    },
                };
                states.push(RankState {
                    rank: at,
                    thread,
                    phase: log.phase,
                    doing,
                });
            }
        }
        states
    }

    /// The ranks that wait forever, if the job is quiet: if no rank is about to come out of a call
    /// or to write another one down. `life` tells how each rank lives; who is not in it runs.
    pub fn deadlock(&self, life: &[Life]) -> Option<Deadlock> {
        let nodes = self.nodes(life, None);
        let free = free(&nodes);
        self.explain(&nodes, &free, life)
            .or_else(|| self.thread_deadlock(life))
    }

    /// A thread that waits for a rank that can do nothing any more: whatever other threads of its own
    /// rank do, it waits forever.
    fn thread_deadlock(&self, life: &[Life]) -> Option<Deadlock> {
        let all = vec![true; self.size];
        let at_ends = self.ranks.iter().enumerate().flat_map(|(rank, log)| {
            let rank = rank as Rank;
            let lives = alive(life, rank) && log.phase == Phase::Within && log.aborted.is_none();
            let threads = log.threads.iter().filter(move |_| lives);
            threads.filter_map(move |(thread, what)| Some((rank, *thread, what.now.as_ref()?)))
        });
        let all = &all;
        let stuck: Vec<Stuck> = at_ends
            .map(|(rank, thread, inside)| (rank, thread, inside, self.need(rank, inside, life)))
            .filter(|(.., need)| !need.met(all))
            .map(|(rank, thread, inside, need)| {
                let needs = unmet(&need, all);
                Stuck {
                    rank,
                    thread,
                    call: inside.call,
                    near: self.near(rank, &needs, life),
                    needs,
                }
            })
            .collect();
        let first = stuck.first()?;
        let edge = first
            .needs
            .edges()
            .into_iter()
            .find(|edge| edge.closed.is_some())?;
        let core = Core::End(first.rank, edge.clone());
        Some(Deadlock { stuck, core })
    }

    /// Threads that test or probe in vain, at least so often in a row, while nobody does anything
    /// else: every other thread is inside MPI and waits, or has ended. A warning, and no verdict: what
    /// they look for besides is not known. Unless one of them gives up, nobody can do what they need.
    pub fn polling(&self, at_least: u64, life: &[Life]) -> Vec<Stuck> {
        let nodes = self.nodes(life, Some(at_least));
        let free = free(&nodes);
        if free.contains(&true) {
            return Vec::new();
        }
        let lives = |rank: &Rank| {
            let log = &self.ranks[*rank as usize];
            alive(life, *rank) && log.phase != Phase::Finalized
        };
        let ranks = (0..self.size as Rank).filter(lives);
        let threads = ranks.flat_map(|rank| {
            let threads = self.ranks[rank as usize].threads.iter();
            threads.map(move |(thread, what)| (rank, *thread, what))
        });
        let polling = threads.filter(|(.., what)| what.now.is_none());
        polling
            .filter_map(|(rank, thread, what)| {
                let need = self.thread_need(rank, what, life, Some(at_least))?;
                let needs = unmet(&need, &free);
                Some(Stuck {
                    rank,
                    thread,
                    call: what.polled.as_ref()?.0,
                    near: self.near(rank, &needs, life),
                    needs,
                })
            })
            .collect()
    }

    fn nodes(&self, life: &[Life], polling: Option<u64>) -> Vec<Node<Edge>> {
        self.ranks
            .iter()
            .enumerate()
            .map(|(rank, log)| {
                let rank = rank as Rank;
                if !alive(life, rank) || log.phase == Phase::Finalized {
                    return Node::Over;
                }
                if log.threads.is_empty() || log.aborted.is_some() {
                    return Node::Free;
                }
                let mut needs = Vec::new();
                for thread in log.threads.values() {
                    match self.thread_need(rank, thread, life, polling) {
                        Some(need) => needs.push(need),
                        None => return Node::Free,
                    }
                }
                Node::Waits(needs)
            })
            .collect()
    }

    fn thread_need(
        &self,
        rank: Rank,
        thread: &Thread,
        life: &[Life],
        polling: Option<u64>,
    ) -> Option<Need<Edge>> {
        if let Some(inside) = &thread.now {
            return Some(self.need(rank, inside, life));
        }
        let at_least = polling?;
        let (true, Some((call, what))) = (thread.vain >= at_least, &thread.polled) else {
            return None;
        };
        Some(self.need_of(rank, *call, what, (None, None), true, life))
    }

    fn need(&self, rank: Rank, inside: &Inside, life: &[Life]) -> Need<Edge> {
        if inside.event.complaint.is_some() {
            // It is held before it goes into MPI, until somebody lets it go on.
            return Need::Nothing;
        }
        let held = (inside.send, inside.receive);
        self.need_of(rank, inside.call, &inside.event.what, held, false, life)
    }

    fn need_of(
        &self,
        rank: Rank,
        call: Call,
        what: &What,
        (send, receive): (Option<SendKey>, Option<ReceiveKey>),
        polls: bool,
        life: &[Life],
    ) -> Need<Edge> {
        match what {
            What::Send(_, None) => self.need_send(send, None, life),
            What::Receive(_, None) => self.need_receive(receive, None, life),
            What::SendReceive(_, _, None) => together(vec![
                (self.need_send(send, None, life), self.surely_waits(send)),
                (self.need_receive(receive, None, life), true),
            ]),
            What::Probe {
                comm,
                source,
                tag,
                waits,
                ..
            } if *waits || polls => self.need_probe(rank, call, *comm, *source, *tag, life),
            What::Complete {
                how,
                waits,
                requests,
                ..
            } if *waits || polls => {
                let log = &self.ranks[rank as usize];
                let needs = requests.iter().map(|id| match log.requests.get(id) {
                    Some(request) => self.need_request(rank, *id, request, life),
                    None => vec![(Need::Nothing, true)],
                });
                match how {
                    How::All => together(needs.flatten().collect()),
                    How::Any | How::Some if requests.is_empty() => Need::Nothing,
                    How::Any | How::Some => Need::Any(needs.map(together).collect()),
                }
            }
            What::Collective(collective, None) => {
                self.need_collective(rank, call, collective, None, life).0
            }
            What::Epoch { window, step } => {
                let (why, ranks) = self.one_sided.awaited(rank, *window, step);
                let edges = ranks.into_iter();
                let edges = edges
                    .map(|on| self.edge(on, why, call, None, life))
                    .collect();
                match why {
                    Why::Complete => Need::All(edges),
                    _ if edges.is_empty() => Need::Nothing,
                    _ => Need::Any(edges),
                }
            }
            What::Finalize => {
                let is_missing = |other: &Rank| {
                    let log = self.ranks.get(*other as usize);
                    *other != rank && log.is_some_and(|log| log.phase < Phase::Finalizing)
                };
                let edge = |on: Rank| self.edge(on, Why::Finalize, call, None, life);
                let own = self.worlds.of(rank).unwrap_or(0..self.size as Rank);
                let missing: Vec<_> = own.filter(is_missing).map(edge).collect();
                if !missing.is_empty() {
                    return Need::All(missing);
                }
                // All connected processes call it together; whether MPI waits for those of other worlds
                // is its own affair.
                let others = self.worlds.connected(rank).into_iter();
                let missing: Vec<_> = others.filter(is_missing).map(edge).collect();
                match missing.is_empty() {
                    true => Need::Nothing,
                    false => Need::Any(missing),
                }
            }
            _ => Need::Nothing,
        }
    }

    fn closed(&self, on: Rank, life: &[Life]) -> Option<Closed> {
        let phase = self.ranks.get(on as usize)?.phase;
        if let Some(life) = life.get(on as usize)
            && life.ended()
            // That it is gone after all was done says nothing.
            && !(phase == Phase::Finalized && matches!(life, Life::Exited(_) | Life::Left(_) | Life::Gone))
        {
            return Some(Closed::Ended(*life));
        }
        match phase {
            Phase::Finalizing => Some(Closed::Finalizing),
            Phase::Finalized => Some(Closed::Finalized),
            _ => None,
        }
    }

    fn edge(
        &self,
        on: Rank,
        why: Why,
        operation: Call,
        request: Option<RequestId>,
        life: &[Life],
    ) -> Need<Edge> {
        Need::Edge(Edge {
            on,
            why,
            operation,
            request,
            closed: self.closed(on, life),
        })
    }

    fn need_send(
        &self,
        key: Option<SendKey>,
        request: Option<RequestId>,
        life: &[Life],
    ) -> Need<Edge> {
        let Some(key) = key else {
            return Need::Nothing;
        };
        let sent = self.matcher.sent(key);
        if sent.mode == Mode::Buffered || self.matcher.send_possible(key) {
            return Need::Nothing;
        }
        let made = if sent.made_synchronous {
            Synchronous::Made
        } else {
            Synchronous::AsWritten
        };
        self.edge(
            sent.to,
            Why::Send(sent.mode, made),
            sent.call,
            request,
            life,
        )
    }

    fn need_receive(
        &self,
        key: Option<ReceiveKey>,
        request: Option<RequestId>,
        life: &[Life],
    ) -> Need<Edge> {
        let Some(key) = key else {
            return Need::Nothing;
        };
        if self.matcher.receive_possible(key) {
            return Need::Nothing;
        }
        let posted = self.matcher.posted(key);
        let whys = (Why::Receive, Why::ReceiveAny);
        self.need_message(
            posted.call,
            (posted.comm, posted.at),
            (posted.source, posted.tag, posted.order),
            whys,
            request,
            life,
        )
    }

    fn need_probe(
        &self,
        rank: Rank,
        call: Call,
        comm: CommId,
        source: Source,
        tag: Tag,
        life: &[Life],
    ) -> Need<Edge> {
        let place = (comm, rank);
        let unknown = source == Source::Nobody || self.private.contains_key(&comm);
        if unknown || self.matcher.probe_possible(place, source, tag) {
            return Need::Nothing;
        }
        let whys = (Why::Probe, Why::ProbeAny);
        self.need_message(call, place, (source, tag, u64::MAX), whys, None, life)
    }

    /// A message must come that is not there.
    fn need_message(
        &self,
        call: Call,
        place: (CommId, Rank),
        (source, tag, order): (Source, Tag, u64),
        (exact, any): (Why, Why),
        request: Option<RequestId>,
        life: &[Life],
    ) -> Need<Edge> {
        let peers = |source: Source| -> Option<Vec<Rank>> {
            match source {
                Source::Rank(rank) => Some(vec![rank]),
                Source::Nobody => Some(Vec::new()),
                Source::Any => {
                    let members = self.communicators.get(&place.0)?;
                    if members.between && members.remote.is_none() {
                        return None;
                    }
                    let peers = members.peers(place.1).iter().copied();
                    Some(peers.filter(|&peer| peer != place.1).collect())
                }
            }
        };
        let Some(sources) = peers(source) else {
            return Need::Nothing;
        };
        let why = if source == Source::Any { any } else { exact };
        let mut needs: Vec<Need<Edge>> = sources
            .iter()
            .map(|&on| self.edge(on, why, call, request, life))
            .collect();
        for rival in self.matcher.rivals(place, source, tag, order) {
            let Some(others) = peers(self.matcher.posted(rival).source) else {
                return Need::Nothing;
            };
            for on in others {
                needs.push(self.edge(on, Why::ReceiveAfter, call, request, life));
            }
        }
        match needs.len() {
            1 => needs.remove(0),
            _ => Need::Any(needs),
        }
    }

    fn need_request(
        &self,
        rank: Rank,
        id: RequestId,
        request: &Request,
        life: &[Life],
    ) -> Vec<(Need<Edge>, bool)> {
        if !request.active || request.cancelled {
            return Vec::new();
        }
        if let Some((collective, _)) = &request.collective {
            return vec![self.need_collective(rank, request.call, collective, Some(id), life)];
        }
        if let Some((on, missing)) = self.partitions.missing(rank, id) {
            let (why, certain) = match missing {
                Missing::Own(number) => (Why::OwnPartition(number), true),
                Missing::Theirs(number) => (Why::Partition(number), true),
                // A message that is ready may have left before it is awaited.
                Missing::Start => match request.operation() {
                    Operation::Send => (Why::Send(Mode::Standard, Synchronous::AsWritten), false),
                    _ => (Why::Receive, true),
                },
            };
            let edge = self.edge(on, why, request.call, Some(id), life);
            return vec![(edge, certain)];
        }
        let send = || {
            let need = self.need_send(request.send, Some(id), life);
            (need, self.surely_waits(request.send))
        };
        let receive = || (self.need_receive(request.receive, Some(id), life), true);
        match request.operation() {
            Operation::Send => vec![send()],
            Operation::Receive => vec![receive()],
            Operation::SendReceive => vec![send(), receive()],
            Operation::Collective | Operation::Unknown => Vec::new(),
        }
    }

    /// Whether a send without a receive is certainly not complete. A standard one may be, in a buffer
    /// of MPI's.
    fn surely_waits(&self, key: Option<SendKey>) -> bool {
        key.is_some_and(|key| {
            let sent = self.matcher.sent(key);
            sent.made_synchronous || sent.mode == Mode::Synchronous
        })
    }

    /// What a rank inside a collective needs, and whether that is certain without knowing that it has
    /// not come out: a root's broadcast may be complete before anybody takes it.
    fn need_collective(
        &self,
        rank: Rank,
        call: Call,
        collective: &Collective,
        request: Option<RequestId>,
        life: &[Life],
    ) -> (Need<Edge>, bool) {
        if collective.kind == "MPI_Intercomm_create"
            && let Some(need) = self.need_leader(rank, call, collective, life)
        {
            return (need, true);
        }
        let key = (collective.comm, collective.index);
        let root = collective.root;
        let (Some(members), true) = (
            self.communicators.get(&key.0),
            self.collectives.open.contains_key(&key),
        ) else {
            return (Need::Nothing, true);
        };
        let waiting = waits(collective.kind);
        if waiting == Waiting::Unknown || (members.between && members.remote.is_none()) {
            return (Need::Nothing, true);
        }
        let missing = self.collectives.missing(key, members);
        if missing.is_empty() {
            return (Need::Nothing, true);
        }
        let on = |rank: &Rank, why| self.edge(*rank, why, call, request, life);
        let all = || {
            missing
                .iter()
                .map(|rank| on(rank, Why::Collective(Synchronous::AsWritten)))
                .collect::<Vec<_>>()
        };
        if collective.made_synchronous && waiting != Waiting::All {
            // Its root, or those before it, it waits for in any run; and who never calls it breaks another
            // rule than who calls it later.
            let is_awaited = |other: &Rank| match waiting {
                _ if self.is_done(*other, life) => true,
                Waiting::Root => root == Some(*other),
                Waiting::AtRoot => root == Some(rank),
                Waiting::Before => members
                    .local
                    .iter()
                    .take_while(|it| **it != rank)
                    .any(|it| it == other),
                _ => false,
            };
            let edge = |other: &Rank| match is_awaited(other) {
                true if waiting == Waiting::Root && root == Some(*other) => on(other, Why::Root),
                true => on(other, Why::Collective(Synchronous::AsWritten)),
                false => on(other, Why::Collective(Synchronous::Made)),
            };
            return (Need::All(missing.iter().map(edge).collect()), true);
        }
        let some = || Need::Any(all());
        let givers = self.collectives.givers(rank, collective, &self.types);
        let mut awaited = givers.unwrap_or_default();
        awaited.retain(|giver| missing.contains(giver));
        if !awaited.is_empty() {
            awaited.sort_unstable();
            awaited.dedup();
            let edges = awaited.iter().map(|giver| on(giver, Why::Neighbour));
            return (Need::All(edges.collect()), true);
        }
        // Between groups most wait for ranks of the other one only.
        if members.between && collective.kind != "MPI_Comm_disconnect" {
            return (some(), false);
        }
        match waiting {
            Waiting::All => (Need::All(all()), true),
            Waiting::Root if root.is_some_and(|root| missing.contains(&root)) => {
                let root = missing.iter().filter(|rank| Some(**rank) == root);
                (
                    Need::All(root.map(|rank| on(rank, Why::Root)).collect()),
                    true,
                )
            }
            Waiting::AtRoot if root == Some(rank) => (Need::All(all()), true),
            Waiting::Before => {
                let before: Vec<Need<Edge>> = members
                    .local
                    .iter()
                    .take_while(|member| **member != rank)
                    .filter(|member| missing.contains(member))
                    .map(|member| on(member, Why::Collective(Synchronous::AsWritten)))
                    .collect();
                if before.is_empty() {
                    (some(), false)
                } else {
                    (Need::All(before), true)
                }
            }
            _ => (some(), false),
        }
    }

    /// For which leader a rank waits whose group is to be connected to another; none if that is not known, or
    /// not what it waits for.
    fn need_leader(
        &self,
        rank: Rank,
        call: Call,
        collective: &Collective,
        life: &[Life],
    ) -> Option<Need<Edge>> {
        let leader = collective.root?;
        if let Some(other) = collective.meets {
            let times = |rank, other| self.leaders.get(&(rank, other)).copied().unwrap_or(0);
            let back = Leader { rank, ..other };
            let has_met = times(other.rank, back) >= times(rank, other);
            let why = Why::OtherLeader(other.tag);
            return (!has_met).then(|| self.edge(other.rank, why, call, None, life));
        }
        // Once its leader is out, the meeting is over.
        let mut threads = self.ranks.get(leader as usize)?.threads.values();
        let is_in = threads.any(|thread| {
            let what = thread.now.as_ref().map(|inside| &inside.event.what);
            matches!(what, Some(What::Collective(of, None)) if (of.comm, of.index) == (collective.comm, collective.index))
        });
        (leader != rank && is_in).then(|| self.edge(leader, Why::OwnLeader, call, None, life))
    }

    /// Whether a rank is at its end, or sits in a call of the check's harness: it has returned from the task.
    fn is_done(&self, rank: Rank, life: &[Life]) -> bool {
        let log = self.ranks.get(rank as usize);
        let mut threads = log.into_iter().flat_map(|log| log.threads.values());
        let is_aside = |thread: &Thread| thread.now.as_ref().is_some_and(|it| it.call.aside);
        self.closed(rank, life).is_some() || threads.any(is_aside)
    }

    fn explain(&self, nodes: &[Node<Edge>], free: &[bool], life: &[Life]) -> Option<Deadlock> {
        let is_stuck = |rank: usize| !free[rank] && matches!(nodes[rank], Node::Waits(_));
        let ranks: Vec<usize> = (0..nodes.len()).filter(|&rank| is_stuck(rank)).collect();
        if ranks.is_empty() {
            return None;
        }
        // Several threads of a rank: only if none can go on it is stuck.
        let whole: Vec<Need<Edge>> = nodes
            .iter()
            .map(|node| match node {
                Node::Waits(threads) if threads.len() == 1 => threads[0].clone(),
                Node::Waits(threads) => Need::Any(threads.clone()),
                _ => Need::Nothing,
            })
            .collect();
        let core = self.core(&ranks, &whole, free);
        let mut stuck = Vec::new();
        for rank in ranks {
            let log = &self.ranks[rank];
            let Node::Waits(needs) = &nodes[rank] else {
                continue;
            };
            for ((&thread, what), need) in log.threads.iter().zip(needs) {
                let Some(inside) = &what.now else { continue };
                let need = unmet(need, free);
                stuck.push(Stuck {
                    rank: rank as Rank,
                    thread,
                    call: inside.call,
                    near: self.near(rank as Rank, &need, life),
                    needs: need,
                });
            }
        }
        Some(Deadlock { stuck, core })
    }

    fn core(&self, ranks: &[usize], whole: &[Need<Edge>], free: &[bool]) -> Core {
        let alone: Vec<Vec<(Rank, &Edge)>> = whole.iter().map(|need| need.alone(free)).collect();
        let stuck = |rank: Rank| ranks.contains(&(rank as usize));
        let graph = |with: &dyn Fn(&Edge) -> bool| -> Vec<Vec<usize>> {
            (0..whole.len())
                .map(|rank| {
                    let edges = alone[rank].iter().filter(|_| stuck(rank as Rank));
                    edges
                        .filter(|(on, edge)| stuck(*on) && with(edge))
                        .map(|(on, _)| *on as usize)
                        .collect()
                })
                .collect()
        };
        let cycle = |ranks: Vec<usize>| {
            let edges = ranks.iter().enumerate().filter_map(|(at, &rank)| {
                let next = ranks[(at + 1) % ranks.len()] as Rank;
                let (_, edge) = alone[rank].iter().find(|(on, _)| *on == next)?;
                Some((rank as Rank, (*edge).clone()))
            });
            Core::Cycle(edges.collect())
        };
        // A rank in MPI_Finalize closes every cycle with who waits for it; that it is there is the
        // better explanation.
        let honest = |edge: &Edge| edge.why != Why::Finalize && edge.closed.is_none();
        if let Some(found) = shortest_cycle(&graph(&honest)) {
            return cycle(found);
        }
        let end = ranks.iter().find_map(|&rank| {
            let edges = alone[rank].iter();
            let closed = edges
                .filter(|(_, edge)| edge.closed.is_some())
                .map(|(_, edge)| edge);
            let edge = closed.min_by_key(|edge| edge.why == Why::Finalize)?;
            Some((rank as Rank, (*edge).clone()))
        });
        // Waiting in MPI_Finalize for somebody who is gone is the least telling.
        match end {
            Some((rank, edge)) if edge.why != Why::Finalize => return Core::End(rank, edge),
            _ => {}
        }
        let all: Vec<Vec<usize>> = (0..whole.len())
            .map(|rank| {
                let edges = whole[rank].unmet(free);
                let targets = edges.into_iter().filter(|_| stuck(rank as Rank));
                targets
                    .filter(|edge| stuck(edge.on) && edge.closed.is_none())
                    .map(|edge| edge.on as usize)
                    .collect()
            })
            .collect();
        if let Some(knot) = smallest_knot(&all) {
            return Core::Knot(knot.into_iter().map(|rank| rank as Rank).collect());
        }
        if let Some((rank, edge)) = end {
            return Core::End(rank, edge);
        }
        // Every way ends at ranks that can do nothing more.
        Core::Knot(ranks.iter().map(|&rank| rank as Rank).collect())
    }

    fn near(&self, rank: Rank, need: &Need<Edge>, life: &[Life]) -> Vec<Near> {
        let mut near = Vec::new();
        let mut add = |fact: Near| {
            if !near.contains(&fact) {
                near.push(fact);
            }
        };
        for edge in need.edges() {
            self.near_state(edge, life, &mut add);
            match edge.why {
                Why::Receive | Why::ReceiveAny | Why::Probe | Why::ProbeAny => {
                    self.near_receive(rank, edge, &mut add);
                }
                Why::Send(..) => self.near_send(rank, edge, &mut add),
                Why::Collective(_) | Why::Root | Why::Neighbour => {
                    self.near_collective(edge, &mut add);
                }
                Why::ReceiveAfter
                | Why::OtherLeader(_)
                | Why::OwnLeader
                | Why::Finalize
                | Why::Complete => {}
                Why::OwnPartition(_) | Why::Partition(_) => {
                    let sender = edge.request.and_then(|id| self.partitions.sender(rank, id));
                    let marked =
                        sender.and_then(|(from, id)| self.partitions.last_marked(from, id));
                    if let Some(marked) = marked {
                        add(Near::Marked(marked));
                    }
                }
                Why::Unlock => {
                    if let (Some(window), Some(Peer::Rank(target))) =
                        (edge.operation.comm, edge.operation.peer)
                        && let Some(lock) = self.one_sided.lock_of(window, edge.on, target)
                    {
                        add(Near::Holds(lock));
                    }
                }
                Why::Post => {
                    if let Some(window) = edge.operation.comm
                        && let Some(post) = self.one_sided.posts_without(window, edge.on, rank)
                    {
                        add(Near::PostedForOthers(post));
                    }
                }
            }
        }
        near
    }

    fn near_state(&self, edge: &Edge, life: &[Life], add: &mut impl FnMut(Near)) {
        let Some(log) = self.ranks.get(edge.on as usize) else {
            return;
        };
        match life.get(edge.on as usize) {
            Some(Life::Panicked) => add(Near::Panicked(edge.on)),
            Some(life) if life.ended() => add(Near::Ended(edge.on, *life)),
            _ => {}
        }
        if log.phase >= Phase::Finalizing {
            add(Near::Finalized(edge.on, log.finalize));
            return;
        }
        for thread in log.threads.values() {
            if let Some(inside) = &thread.now {
                add(if inside.call.aside {
                    Near::ReturnedFromTask(edge.on, inside.call)
                } else {
                    Near::Sits(edge.on, inside.call)
                });
            }
        }
    }

    fn near_receive(&self, rank: Rank, edge: &Edge, add: &mut impl FnMut(Near)) {
        use crate::finding::Match;
        let wanted = edge.operation;
        let any = wanted.peer == Some(Peer::Any);
        let (Some(comm), Some(tag)) = (wanted.comm, wanted.tag) else {
            return;
        };
        if !any && let Some(fact) = self.taken_by_wildcard((comm, rank), edge.on, tag) {
            add(fact);
        }
        for key in self.matcher.waiting_messages(edge.on, rank) {
            let sent = self.matcher.sent(key);
            let fits = tag == Match::Any || tag == Match::Is(sent.tag);
            match (sent.comm == comm, fits) {
                (true, false) => add(Near::MessageWithOtherTag(sent.call)),
                // What a check sends aside is meant for nobody else.
                (false, true) if !sent.call.aside => {
                    add(Near::MessageInOtherCommunicator(sent.call));
                }
                (true, true) => {
                    let order = (wanted.rank, wanted.number);
                    let rival = self
                        .matcher
                        .waiting_receives(rank)
                        .into_iter()
                        .find(|rival| {
                            let rival = self.matcher.posted(*rival);
                            rival.comm == comm && (rival.call.rank, rival.call.number) < order
                        });
                    if let Some(rival) = rival {
                        add(Near::TakenBefore(
                            sent.call,
                            self.matcher.posted(rival).call,
                        ));
                    }
                }
                (false, _) => {}
            }
        }
        if !any {
            for other in (0..self.size as Rank).filter(|&other| other != edge.on) {
                for key in self.matcher.waiting_messages(other, rank) {
                    let sent = self.matcher.sent(key);
                    if sent.comm == comm && (tag == Match::Any || tag == Match::Is(sent.tag)) {
                        add(Near::MessageFromOther(sent.call));
                    }
                }
            }
        }
        let (which, name) = match tag {
            Match::Is(tag) => (Tag::Is(tag), Some(tag)),
            Match::Any => (Tag::Any, None),
        };
        if let Some((sent, received)) = self.matcher.tally(comm, edge.on, rank, which) {
            add(Near::Messages {
                from: edge.on,
                to: rank,
                comm,
                tag: name,
                sent,
                received,
            });
        }
    }

    /// The last message from a rank, if a receive from any rank took it in the place of another.
    fn taken_by_wildcard(
        &self,
        place: (CommId, Rank),
        from: Rank,
        tag: crate::finding::Match,
    ) -> Option<Near> {
        use crate::finding::Match;
        if !self.matcher.reliable(place) {
            return None;
        }
        let (send, receive) = self.matcher.taken_by_wildcard(place, from)?;
        let fits = |wanted: Option<Match>, sent: Option<Match>| {
            wanted == Some(Match::Any) || wanted == sent
        };
        if receive.aside || !fits(Some(tag), send.tag) {
            return None;
        }
        let others = (0..self.size as Rank).filter(|&other| other != from);
        let mut messages = others.flat_map(|other| self.matcher.waiting_messages(other, place.1));
        let instead = messages.find_map(|key| {
            let sent = self.matcher.sent(key);
            (sent.comm == place.0 && fits(receive.tag, sent.call.tag)).then_some(sent.call)
        });
        Some(Near::TakenByWildcard {
            send,
            receive,
            instead,
        })
    }

    fn near_send(&self, rank: Rank, edge: &Edge, add: &mut impl FnMut(Near)) {
        let message = edge.operation;
        let (Some(comm), Some(crate::finding::Match::Is(tag))) = (message.comm, message.tag) else {
            return;
        };
        for key in self.matcher.waiting_receives(edge.on) {
            let posted = self.matcher.posted(key);
            let from = posted.source == Source::Any || posted.source == Source::Rank(rank);
            let fits = posted.tag == Tag::Any || posted.tag == Tag::Is(tag);
            match (posted.comm == comm, from, fits) {
                (true, true, false) => add(Near::ReceiveWithOtherTag(posted.call)),
                (false, true, true) if !posted.call.aside => {
                    add(Near::ReceiveInOtherCommunicator(posted.call));
                }
                (true, false, true) => add(Near::ReceiveFromOther(posted.call)),
                _ => {}
            }
        }
        if let Some((sent, received)) = self.matcher.tally(comm, rank, edge.on, Tag::Is(tag)) {
            add(Near::Messages {
                from: rank,
                to: edge.on,
                comm,
                tag: Some(tag),
                sent,
                received,
            });
        }
    }

    fn near_collective(&self, edge: &Edge, add: &mut impl FnMut(Near)) {
        let Some(comm) = edge.operation.comm else {
            return;
        };
        let members = self.communicators.get(&comm);
        let mut open: Vec<_> = self
            .collectives
            .open
            .iter()
            .filter(|(key, arrivals)| {
                let here = |call: Call| {
                    (call.rank, call.number) == (edge.operation.rank, edge.operation.number)
                };
                key.0 == comm && arrivals.iter().any(|arrival| here(arrival.call))
            })
            .collect();
        open.sort_by_key(|(key, _)| **key);
        for (key, arrivals) in open {
            let mut arrived: Vec<Call> = arrivals.iter().map(|arrival| arrival.call).collect();
            arrived.sort();
            let missing = members
                .map(|members| self.collectives.missing(*key, members))
                .unwrap_or_default();
            add(Near::Entered {
                comm,
                index: key.1,
                arrived,
                missing,
            });
        }
    }
}

/// What a call needs that waits for several operations at once; with each whether it is certain that
/// the operation is not complete. That the call has not come back says that one of them is not: if all
/// that is certain is met, it is one of the others, and nobody knows which.
fn together(needs: Vec<(Need<Edge>, bool)>) -> Need<Edge> {
    let (certain, other): (Vec<_>, Vec<_>) = needs
        .into_iter()
        .filter(|(need, _)| *need != Need::Nothing)
        .partition(|(_, certain)| *certain);
    let bare = |list: Vec<(Need<Edge>, bool)>| list.into_iter().map(|(need, _)| need).collect();
    if !certain.is_empty() {
        Need::All(bare(certain))
    } else if !other.is_empty() {
        Need::Any(bare(other))
    } else {
        Need::Nothing
    }
}

/// A need without what is met.
fn unmet(need: &Need<Edge>, free: &[bool]) -> Need<Edge> {
    match need {
        Need::All(needs) => {
            let mut left: Vec<Need<Edge>> = needs
                .iter()
                .filter(|need| !need.met(free))
                .map(|need| unmet(need, free))
                .collect();
            if left.len() == 1 {
                left.remove(0)
            } else {
                Need::All(left)
            }
        }
        other => other.clone(),
    }
}
