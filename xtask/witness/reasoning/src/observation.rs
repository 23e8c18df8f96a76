//! What the ranks did so far: takes their records in, one call after the other, and keeps what is
//! still open. What is complete and matched is forgotten.

use crate::{
    buffers::Buffers,
    causality::Causality,
    collective::{Collectives, Members, Side, flow},
    counting::{Counting, Window},
    deadlock::Deadlock,
    finding::{Call, Finding, Life, Operation, Rule, Severity},
    matcher::{Matcher, Posted, ReceiveKey, SendKey, Sent},
    pairs::Pair,
    partitions::Partitions,
    signature::{Fit, Types, forgivable},
    slab::Map,
    threads::{Meetings, crowded},
    windows::{Job, Windows},
    worlds::Worlds,
};
use recording::event::{
    Collective, CommId, Complaint, Completed, Definition, Event, Leader, Left, MessageId, Mode,
    Object, OneSided, Part, Partitioned, Persistent, PlaceId, Rank, Receive, RequestId, Send,
    Source, Tag, TypeId, What,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Range,
};

/// How many findings of one rule at one pair of places are kept apart before they are only counted.
type Places = (
    verdict::Kind,
    u8,
    Vec<(Rank, recording::event::PlaceId, &'static str)>,
);

/// What is known of a job from what its ranks recorded.
///
/// The records of different ranks may be read in any interleaving; those of one rank in its order.
pub struct Observation {
    pub(crate) size: usize,
    pub(crate) ranks: Vec<RankLog>,
    pub(crate) matcher: Matcher,
    pub(crate) types: Types,
    pub(crate) communicators: Map<CommId, Members>,
    pub(crate) private: Map<CommId, ()>,
    pub(crate) worlds: Worlds,
    origins: Map<CommId, Origin>,
    /// How many communicators each rank has made at each place.
    made_at: Map<(Rank, PlaceId), u64>,
    /// Whether a rank was held before a call that MPI would refuse.
    pub(crate) has_refused: bool,
    pub(crate) collectives: Collectives,
    /// How often a leader has named another group's.
    pub(crate) leaders: Map<(Rank, Leader), u64>,
    pub(crate) causality: Causality,
    pub(crate) found: BTreeMap<Places, (Finding, Option<(CommId, Rank)>)>,
    windows: Vec<Window>,
    pub(crate) one_sided: Windows,
    pub(crate) partitions: Partitions,
    /// The pairs that were found since they were last taken; none if nobody asks for them.
    pub(crate) matched: Option<Vec<Pair>>,
    /// Every pair that was found, sender first: rank and number of the call.
    #[cfg(test)]
    pub(crate) pairs: Vec<((Rank, u64), (Rank, u64))>,
}

/// Where a communicator comes from; a window or a file has one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The function that made it; empty for the predefined ones.
    pub made_by: &'static str,
    /// The call, of the first rank that is known to have made it.
    pub call: Option<Call>,
    /// How many that rank had made at the same place before.
    pub nth: u64,
}

/// What is open of one rank.
#[derive(Default)]
pub(crate) struct RankLog {
    pub threads: BTreeMap<u16, Thread>,
    meetings: Meetings,
    pub requests: Map<RequestId, Request>,
    pub messages: Map<MessageId, ReceiveKey>,
    pub objects: BTreeMap<(Object, u64), Call>,
    /// The communicators, windows and files that it has freed last, and where.
    freed: VecDeque<(CommId, Call)>,
    /// Sorts of objects of which some were freed without saying which.
    pub blurred: Vec<Object>,
    pub buffers: Buffers,
    /// Where it has attached a buffer for buffered sends last.
    pub attached: Option<Call>,
    /// Operations to whose buffers others than the program may write: MPI for another operation, or other
    /// ranks.
    pub shared: BTreeSet<u64>,
    pub phase: Phase,
    /// Whether it uses MPI's sessions, which need no `MPI_Init`.
    pub sessions: bool,
    pub finalize: Option<Call>,
    /// When it came out of that.
    pub finalized: u64,
    /// The call, and the code that it named.
    pub aborted: Option<(Call, i32)>,
    pub last: Option<Call>,
}

/// Where a rank is in MPI's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// It has not called `MPI_Init`, or is in it.
    #[default]
    Before,
    /// Between `MPI_Init` and `MPI_Finalize`.
    Within,
    /// In `MPI_Finalize`.
    Finalizing,
    /// After it.
    Finalized,
}

/// A thread that has called MPI.
#[derive(Default)]
pub(crate) struct Thread {
    pub now: Option<Box<Inside>>,
    pub last: Option<Call>,
    /// How many tests and probes in a row found nothing.
    pub vain: u64,
    /// The last of them.
    pub polled: Option<(Call, What)>,
    /// What a probe for any source found last.
    probed: Option<(CommId, Rank, i32)>,
    /// Whether no receive has followed that probe yet.
    is_probe_fresh: bool,
}

/// A thread inside MPI.
pub(crate) struct Inside {
    pub event: Event,
    pub call: Call,
    pub send: Option<SendKey>,
    pub receive: Option<ReceiveKey>,
    ranges: Vec<u64>,
}

/// A request that was not completed.
pub(crate) struct Request {
    /// The call that has begun the operation.
    pub call: Call,
    /// The call that has made the request; for a persistent one not the same.
    pub made: Call,
    pub send: Option<SendKey>,
    pub receive: Option<ReceiveKey>,
    pub collective: Option<(Collective, u32)>,
    pub persistent: Option<Box<Persistent>>,
    pub active: bool,
    pub cancelled: bool,
    of: Operation,
    ranges: Vec<u64>,
}

impl RankLog {
    /// Remembers where it has freed a communicator: of many only the last ones.
    fn note_freed(&mut self, comm: CommId, call: Call) {
        const MOST: usize = 64;
        if self.freed.len() == MOST {
            self.freed.pop_front();
        }
        self.freed.push_back((comm, call));
    }
}

impl Observation {
    /// Nothing was seen yet of a job of so many ranks.
    pub fn new(size: usize) -> Self {
        Self {
            size,
            ranks: (0..size).map(|_| RankLog::default()).collect(),
            matcher: Matcher::default(),
            types: Types::default(),
            communicators: Map::default(),
            private: Map::default(),
            worlds: Worlds::default(),
            origins: Map::default(),
            made_at: Map::default(),
            has_refused: false,
            collectives: Collectives::default(),
            leaders: Map::default(),
            causality: Causality::new(size),
            found: BTreeMap::new(),
            windows: Vec::new(),
            one_sided: Windows::default(),
            partitions: Partitions::default(),
            matched: None,
            #[cfg(test)]
            pairs: Vec::new(),
        }
    }

    /// The job has so many ranks now: another world has come.
    pub fn grow(&mut self, size: usize) {
        if size > self.size {
            self.size = size;
            self.ranks.resize_with(size, RankLog::default);
            self.causality.grow(size);
        }
    }

    /// From now on looks for no message races, which are warnings, and measures no chains; to be called
    /// before the first record. What remains is what makes a run wrong, for half the time.
    #[must_use]
    pub fn errors_only(mut self) -> Self {
        self.causality.rest();
        self
    }

    /// How many ranks the job has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Counts what is communicated in calls with these numbers, for each rank a range; to be asked for
    /// before the calls are fed. The number is the one to give to [`Observation::counting`].
    pub fn count(&mut self, ranges: Vec<Range<u64>>) -> usize {
        self.causality.window(ranges.clone());
        self.windows.push(Window::new(ranges));
        self.windows.len() - 1
    }

    /// What was communicated in a window; none if there is no such window.
    pub fn counting(&self, window: usize) -> Option<Counting> {
        let depth = self.causality.depth(window);
        Some(self.windows.get(window)?.counting(depth))
    }

    /// A rank says what a number stands for.
    pub fn define(&mut self, rank: Rank, definition: Definition) {
        match definition {
            // Made up by one rank: what happens there cannot be brought together.
            Definition::Communicator(id, communicator) if communicator.only_here => {
                self.private.insert(id, ());
            }
            Definition::Communicator(id, communicator) => {
                let remote = communicator.remote.iter().flat_map(|ranks| ranks.iter());
                let all = communicator.members.iter().chain(remote);
                self.worlds.define(id, all.copied());
                self.origins.entry(id).or_insert(Origin {
                    made_by: communicator.made_by,
                    call: None,
                    nth: 0,
                });
                let members = self.communicators.entry(id).or_insert_with(|| Members {
                    local: communicator.members.clone(),
                    remote: None,
                    between: false,
                });
                if let Some(remote) = communicator.remote {
                    members.between = true;
                    // The other side calls the groups by each other's names.
                    members.remote = Some(if *members.local == *communicator.members {
                        remote
                    } else {
                        communicator.members
                    });
                }
            }
            Definition::Datatype(id, datatype) => self.types.define(rank, id, datatype),
            Definition::Operation(id, operation) => self.collectives.define(rank, id, operation),
            Definition::Neighbours(id, neighbours) => {
                self.collectives.define_neighbours(rank, id, neighbours);
            }
            Definition::Place(..) => {}
            Definition::Window(id, memory) => {
                let job = Job {
                    types: &self.types,
                    communicators: &self.communicators,
                };
                self.one_sided.define(rank, id, memory, &job);
            }
        }
    }

    /// A rank goes into MPI. An event that has come back already counts as returned too.
    pub fn begun(&mut self, rank: Rank, mut event: Event) {
        if rank as usize >= self.size {
            return;
        }
        let call = Call::of(rank, &event);
        let left = event.left.take();
        let number = event.number;
        self.outside(&call, &event);
        let probed = self.ranks[rank as usize]
            .threads
            .entry(event.thread)
            .or_default()
            .probed;
        let mut inside = Inside {
            call,
            send: None,
            receive: None,
            ranges: Vec::new(),
            event,
        };
        // A call that MPI would refuse posts nothing: its rank is held before it goes in.
        if matches!(inside.event.complaint, Some(Complaint::Argument { .. })) {
            self.has_refused = true;
        } else {
            self.enter(rank, &mut inside, probed);
        }
        for window in &mut self.windows {
            window.begun(&call, &inside.event.what, &self.types);
        }
        let log = &mut self.ranks[rank as usize];
        log.last = Some(call);
        let thread = log.threads.entry(inside.event.thread).or_default();
        thread.last = Some(call);
        thread.now = Some(Box::new(inside));
        self.settle();
        if let Some(left) = left {
            self.returned(rank, number, &left, None);
        }
    }

    /// A rank comes out of MPI, from its call of this number. `what` is the call as it is known now,
    /// where more is known of it than when it went in: what a matched probe took, which communicator
    /// or object was made.
    pub fn returned(&mut self, rank: Rank, number: u64, left: &Left, what: Option<What>) {
        let Some(log) = self.ranks.get_mut(rank as usize) else {
            return;
        };
        let inside = log
            .threads
            .values_mut()
            .find_map(|thread| thread.now.take_if(|inside| inside.event.number == number));
        let Some(mut inside) = inside else {
            return;
        };
        if let Some(what) = what {
            inside.event.what = what;
        }
        self.leave(rank, &mut inside, left);
        self.settle();
    }

    /// What was found so far, without what can only be said at the end.
    pub fn so_far(&self) -> Vec<Finding> {
        let open = self
            .collectives
            .disagreements(|comm| self.communicators.get(&comm), &self.types);
        self.found
            .values()
            .filter(|(_, place)| place.is_none_or(|place| self.matcher.reliable(place)))
            .map(|(finding, _)| finding.clone())
            .chain(open)
            .chain(self.one_sided.so_far(&self.job()))
            .collect()
    }

    /// What is known of the job to whoever looks at windows.
    fn job(&self) -> Job<'_> {
        Job {
            types: &self.types,
            communicators: &self.communicators,
        }
    }

    /// A rank's part in a collective of which it or another says that they differ; none if it has not
    /// been read yet.
    pub fn disputed(&self, comm: CommId, index: u64, rank: Rank) -> Option<Side> {
        self.collectives.disputed((comm, index), rank, &self.types)
    }

    /// A collective that all have entered, some are still in, and in which they do not agree: it may
    /// never end.
    pub fn disagreeing(&self) -> Option<Finding> {
        let is_in = |comm, index| {
            let logs = self.ranks.iter();
            let mut inside = logs.flat_map(|log| {
                let threads = log.threads.values();
                threads.filter_map(move |thread| Some((log, thread.now.as_ref()?)))
            });
            let is_it = |of: &Collective| (of.comm, of.index) == (comm, index);
            inside.any(|(log, inside)| match &inside.event.what {
                What::Collective(of, None) => is_it(of),
                What::Complete { requests, .. } => requests.iter().any(|id| {
                    let request = log.requests.get(id);
                    request
                        .and_then(|request| request.collective.as_ref())
                        .is_some_and(|(of, _)| is_it(of))
                }),
                _ => false,
            })
        };
        let mut found = self.found.values().map(|(finding, _)| finding);
        let finding = found.find(|finding| {
            finding.severity == Severity::Error
                && matches!(finding.rule, Rule::CollectivesDiffer { comm, index, .. } if is_in(comm, index))
        });
        finding.cloned()
    }

    /// What is wrong with an epoch of one of the ranks that wait forever: then they do so because of that.
    pub fn epoch_behind(&self, deadlock: &Deadlock) -> Option<Finding> {
        let is_stuck = |call: &Call| deadlock.stuck.iter().any(|stuck| stuck.rank == call.rank);
        let mut found = self.found.values().map(|(finding, _)| finding);
        let finding = found.find(|finding| {
            matches!(finding.rule, Rule::Epoch { .. }) && finding.calls.iter().any(is_stuck)
        });
        finding.cloned()
    }

    /// Two threads of a rank that are in collectives of one communicator now, both waiting.
    pub fn crowded(&self) -> Option<Finding> {
        self.ranks.iter().find_map(|log| {
            let threads = log.threads.values();
            let inside = threads.filter_map(|thread| thread.now.as_ref());
            let collectives = inside.filter_map(|inside| match &inside.event.what {
                What::Collective(collective, None) => Some((collective.comm, inside.call)),
                _ => None,
            });
            crowded(collectives.collect())
        })
    }

    /// A receive that was freed under way, if every thread of every rank is in MPI or done with it: an MPI
    /// need not go on with such a receive while its rank finalizes, and somebody may wait for it forever.
    pub fn freed_receive(&self) -> Option<Finding> {
        let mut threads = self.ranks.iter().flat_map(|log| {
            let is_over = log.phase == Phase::Finalized;
            log.threads
                .values()
                .map(move |thread| is_over || thread.now.is_some())
        });
        let is_it = |finding: &&Finding| {
            let of = Operation::Receive;
            finding.rule == Rule::FreedUnderWay { of }
        };
        let mut found = self.found.values().map(|(finding, _)| finding);
        threads
            .all(|is_in| is_in)
            .then(|| found.find(is_it).cloned())?
    }

    /// Where a communicator comes from; none for one that was not seen made.
    pub fn origin(&self, comm: CommId) -> Option<Origin> {
        self.origins.get(&comm).copied()
    }

    /// The ranks of a communicator, in its order; those of both groups, if it has two.
    pub fn members(&self, comm: CommId) -> Vec<Rank> {
        let members = self.communicators.get(&comm);
        members.map_or(Vec::new(), |members| members.all().collect())
    }

    /// Whether two ranks are in different groups of a communicator.
    pub fn is_between(&self, comm: CommId, one: Rank, other: Rank) -> bool {
        self.communicators.get(&comm).is_some_and(|members| {
            members.between && members.local.contains(&one) != members.local.contains(&other)
        })
    }

    /// Whether a communicator has two groups.
    pub fn has_groups(&self, comm: CommId) -> bool {
        let members = self.communicators.get(&comm);
        members.is_some_and(|members| members.between)
    }

    /// The ranks of each world: those of the one that was started first, then those that were spawned.
    pub fn worlds(&self) -> impl Iterator<Item = Range<Rank>> {
        self.worlds.ranges()
    }

    /// Whether a communicator has ranks of one world at one end and those of another at the other.
    pub fn joins_worlds(&self, comm: CommId) -> bool {
        let members = self.communicators.get(&comm);
        self.worlds.are_joined(comm) && members.is_some_and(|members| members.between)
    }

    /// Who has not called the collective that a rank is in, and the calls of those who have, with its
    /// communicator.
    pub fn missing(&self, call: &Call) -> Option<(CommId, Vec<Call>, Vec<Rank>)> {
        let thread = self
            .ranks
            .get(call.rank as usize)?
            .threads
            .get(&call.thread)?;
        let inside = thread.now.as_ref()?;
        let What::Collective(collective, _) = &inside.event.what else {
            return None;
        };
        let key = (collective.comm, collective.index);
        let missing = self
            .collectives
            .missing(key, self.communicators.get(&key.0)?);
        let arrivals = self.collectives.open.get(&key)?.iter();
        Some((
            key.0,
            arrivals.map(|arrival| arrival.call).collect(),
            missing,
        ))
    }

    /// The number that a rank has in a communicator.
    pub fn number(&self, comm: CommId, rank: Rank) -> Option<u32> {
        self.communicators.get(&comm)?.number(rank)
    }

    /// The calls that a rank is in, by thread.
    pub fn inside(&self, rank: Rank) -> Vec<Call> {
        let threads = self.ranks.get(rank as usize).map(|log| &log.threads);
        threads
            .into_iter()
            .flat_map(|threads| threads.values())
            .filter_map(|thread| Some(thread.now.as_ref()?.call))
            .collect()
    }

    /// How many objects of a sort a rank has made and not freed, by the places where it made them: those
    /// of which there are most come first.
    pub fn unfreed(&self, rank: Rank, sort: Object) -> Vec<(Call, u64)> {
        let mut groups: BTreeMap<recording::event::PlaceId, (Call, u64)> = BTreeMap::new();
        let objects = self.ranks.get(rank as usize).map(|log| &log.objects);
        let objects = objects.into_iter().flatten();
        for (_, call) in objects.filter(|((object, _), _)| *object == sort) {
            groups
                .entry(call.place)
                .and_modify(|(_, count)| *count += 1)
                .or_insert((*call, 1));
        }
        let mut groups: Vec<(Call, u64)> = groups.into_values().collect();
        groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        groups
    }

    /// Where a rank has freed a communicator, window or file, if that is not long ago.
    pub fn freed_comm(&self, rank: Rank, comm: CommId) -> Option<Call> {
        let mut freed = self.ranks.get(rank as usize)?.freed.iter();
        freed
            .find(|(other, _)| *other == comm)
            .map(|(_, call)| *call)
    }

    /// The call of `MPI_Abort` that a rank has made, with the code that it named.
    pub fn aborted(&self, rank: Rank) -> Option<(Call, i32)> {
        self.ranks.get(rank as usize)?.aborted
    }

    /// The call by which a rank has attached a buffer for buffered sends last.
    pub fn attached(&self, rank: Rank) -> Option<Call> {
        self.ranks.get(rank as usize)?.attached
    }

    /// Whether a rank has called `MPI_Finalize`.
    pub fn has_finalized(&self, rank: Rank) -> bool {
        let log = self.ranks.get(rank as usize);
        log.is_some_and(|log| log.phase >= Phase::Finalizing)
    }

    /// How many operations are kept because they are not both complete and matched.
    pub fn kept(&self) -> usize {
        self.matcher.sends.len() + self.matcher.receives.len() + self.collectives.open.len()
    }

    fn enter(&mut self, rank: Rank, inside: &mut Inside, probed: Option<(CommId, Rank, i32)>) {
        let call = inside.call;
        let at = rank as usize;
        // Taken out for the time being: what it says is read while everything else changes.
        let what = std::mem::replace(&mut inside.event.what, What::Other);
        match &what {
            What::Send(send, request) => {
                let key = self.post_send(call, send);
                match request {
                    None => inside.send = key,
                    Some(id) => self.request(rank, *id, call, Operation::Send, key, None),
                }
                self.claim(rank, inside, *request, &[(&send.data, false)]);
            }
            What::Receive(receive, request) => {
                let follows = probed.is_some_and(|(comm, source, tag)| {
                    receive.comm == comm
                        && receive.source == Source::Rank(source)
                        && (receive.tag == Tag::Is(tag) || receive.tag == Tag::Any)
                });
                let key = self.post_receive(call, receive, follows);
                let thread = self.ranks[at].threads.entry(call.thread).or_default();
                let fresh = std::mem::take(&mut thread.is_probe_fresh);
                if let (Some(key), true) = (key, probed.is_some()) {
                    self.matcher.posted_mut(key).adapts = true;
                }
                if let (true, Some(key), Some((comm, _, tag))) = (fresh, key, probed) {
                    self.matcher.posted_mut(key).disregards_probe = receive.comm == comm
                        && receive.source == Source::Any
                        && (receive.tag == Tag::Is(tag) || receive.tag == Tag::Any);
                }
                match request {
                    None => inside.receive = key,
                    Some(id) => {
                        self.request(rank, *id, call, Operation::Receive, None, key);
                    }
                }
                self.claim(rank, inside, *request, &[(&receive.data, true)]);
            }
            What::SendReceive(send, receive, request) => {
                // Two operations at once: MPI posts the receive as if by itself.
                let put = self.post_send(call, send);
                let got = self.post_receive(call, receive, false);
                match request {
                    None => (inside.send, inside.receive) = (put, got),
                    Some(id) => self.request(rank, *id, call, Operation::SendReceive, put, got),
                }
                // MPI_Sendrecv_replace uses one buffer for both.
                if !call.function.contains("replace") {
                    let both = [(&send.data, false), (&receive.data, true)];
                    self.claim(rank, inside, *request, &both);
                }
            }
            What::MatchedReceive {
                message,
                data,
                request,
            } => {
                let key = message.and_then(|id| self.ranks[at].messages.remove(&id));
                if let Some(key) = key {
                    let shape = self.types.shape(rank, data);
                    let posted = self.matcher.posted_mut(key);
                    posted.shape = Some(shape);
                    posted.call.function = call.function;
                    posted.call.place = call.place;
                    posted.call.number = call.number;
                    if let Some(partner) = posted.partner {
                        self.compare(partner, key);
                    }
                }
                match request {
                    None => inside.receive = key,
                    Some(id) => {
                        self.request(rank, *id, call, Operation::Receive, None, key);
                    }
                }
                self.claim(rank, inside, *request, &[(data, true)]);
            }
            What::Prepare(id, persistent) => {
                let of = match **persistent {
                    Persistent::Send(_) => Operation::Send,
                    Persistent::Receive(_) => Operation::Receive,
                    Persistent::Collective(_) => Operation::Collective,
                    Persistent::Partitioned(Partitioned { sends: true, .. }) => Operation::Send,
                    Persistent::Partitioned(_) => Operation::Receive,
                };
                if let Persistent::Partitioned(one) = &**persistent
                    && !self.private.contains_key(&one.comm)
                {
                    self.partitions.prepare(rank, *id, one);
                }
                self.request(rank, *id, call, of, None, None);
                if let Some(request) = self.ranks[at].requests.get_mut(id) {
                    request.active = false;
                    request.persistent = Some(persistent.clone());
                }
                if let Persistent::Collective(collective) = &**persistent {
                    self.blocks(call, collective);
                }
            }
            What::Start(ids) => {
                for id in ids {
                    self.start(rank, *id, call);
                }
            }
            What::Ready(id, partitions) => self.mark(call, *id, partitions),
            What::Cancel(id) => {
                if let Some(request) = self.ranks[at].requests.get_mut(id) {
                    request.cancelled = true;
                    if let Some(key) = request.send {
                        self.matcher.doubt_send(key);
                    }
                    if let Some(key) = request.receive {
                        self.matcher.doubt_receive(key);
                    }
                }
            }
            What::FreeRequest(id) => {
                if let Some(request) = self.ranks[at].requests.remove(id) {
                    self.freed(call, &request);
                    self.let_go(rank, request);
                }
            }
            What::Collective(collective, _) if self.private.contains_key(&collective.comm) => {
                self.name_leader(rank, collective);
            }
            What::OneSided(one) => self.touch(call, one),
            What::Local { data, written } => {
                self.claim(rank, inside, None, &[(data, *written)]);
            }
            What::Epoch { window, step } => {
                let job = Job {
                    types: &self.types,
                    communicators: &self.communicators,
                };
                self.one_sided.step(call, *window, step, &job);
            }
            What::Collective(collective, request) => {
                self.one_sided.enter(call, collective);
                let meetings = &mut self.ranks[at].meetings;
                for finding in meetings.enter(collective.comm, call, inside.event.entered) {
                    self.note(finding, None);
                }
                let members = self.communicators.get(&collective.comm);
                let count = members.map_or(0, Members::len);
                let immediate = request.is_some();
                if matches!(inside.event.complaint, Some(Complaint::Differs { .. })) {
                    self.collectives.dispute(collective);
                }
                let finding =
                    self.collectives
                        .enter(call, immediate, collective, members, &self.types);
                if let Some(finding) = finding {
                    self.note(finding, None);
                }
                if count > 0 {
                    let which = (collective.comm, collective.index);
                    self.causality.enters(rank, which, flow(collective), count);
                }
                if let Some(id) = request {
                    self.request(rank, *id, call, Operation::Collective, None, None);
                    if let Some(request) = self.ranks[at].requests.get_mut(id) {
                        request.collective = Some((collective.clone(), count));
                    }
                }
                let gives = collective.gives.iter().map(|data| (data, false));
                let takes = collective.takes.iter().map(|data| (data, true));
                let all: Vec<_> = gives.chain(takes).collect();
                self.claim(rank, inside, *request, &all);
                self.blocks(call, collective);
                self.name_leader(rank, collective);
            }
            What::Finalize => {
                self.ranks[at].phase = Phase::Finalizing;
                self.ranks[at].finalize = Some(call);
                self.one_sided.finalizes(call);
            }
            What::Abort { code } => self.ranks[at].aborted = Some((call, *code)),
            What::Other if attaches(call.function) => self.ranks[at].attached = Some(call),
            What::Probe { .. }
            | What::Complete { .. }
            | What::Make(..)
            | What::Free(..)
            | What::Init
            | What::Other => {}
        }
        inside.event.what = what;
    }

    fn leave(&mut self, rank: Rank, inside: &mut Inside, left: &Left) {
        let at = rank as usize;
        let failed = left.code != 0;
        if let What::Collective(..) = &inside.event.what {
            for finding in self.ranks[at].meetings.leave(inside.call, left.at) {
                self.note(finding, None);
            }
        }
        let mut vain = None;
        for range in inside.ranges.drain(..) {
            self.ranks[at].buffers.release(range);
        }
        if !goes_on(&inside.event.what) {
            self.ranks[at].shared.remove(&inside.call.number);
        }
        if let Some(key) = inside.send {
            if failed {
                self.fail_send(key);
            }
            self.matcher.drop_send(key);
        }
        if let Some(key) = inside.receive {
            self.received(rank, key, left.completed.first(), failed);
        }
        let thread = inside.event.thread;
        match &inside.event.what {
            What::Send(_, Some(id))
            | What::Receive(_, Some(id))
            | What::SendReceive(_, _, Some(id))
            | What::MatchedReceive {
                request: Some(id), ..
            }
            | What::Collective(_, Some(id))
            | What::Prepare(id, _)
                if failed =>
            {
                if let Some(request) = self.ranks[at].requests.remove(id) {
                    self.fail(rank, request);
                }
            }
            What::Probe {
                comm,
                source,
                tag,
                takes,
                waits,
                in_vain,
            } => {
                let found = left.completed.first();
                if !waits {
                    let none = left.completed.is_empty() && !matches!(takes, Some(Some(_)));
                    vain = Some(if none { (*in_vain).max(1) } else { 0 });
                }
                if let (Source::Any, Some(found)) = (source, found)
                    && let Some(source) = found.source
                {
                    let thread = self.ranks[at].threads.entry(thread).or_default();
                    thread.probed = Some((*comm, source, found.tag));
                    // A matched probe has taken its message: nothing else can get it.
                    thread.is_probe_fresh = takes.is_none();
                }
                if let (Some(Some(message)), Some(found)) = (takes, found) {
                    let asked = Receive {
                        comm: *comm,
                        source: *source,
                        tag: *tag,
                        data: Default::default(),
                    };
                    if let Some(key) = self.post_receive(inside.call, &asked, false) {
                        let posted = self.matcher.posted_mut(key);
                        (posted.shape, posted.adapts) = (None, true);
                        let tag = found.source.map(|_| found.tag);
                        self.matcher.resolve(key, found.source, tag, found.bytes);
                        self.ranks[at].messages.insert(*message, key);
                    }
                }
            }
            What::Complete { waits, in_vain, .. } => {
                for completed in &left.completed {
                    if let Some(id) = completed.request {
                        self.complete(inside.call, id, completed);
                    }
                }
                if !waits {
                    let none = left.completed.is_empty() && !failed;
                    vain = Some(if none { (*in_vain).max(1) } else { 0 });
                }
            }
            What::Collective(collective, None) => {
                let object = made_by(collective.kind);
                let count = self
                    .communicators
                    .get(&collective.comm)
                    .map_or(0, Members::len);
                if count > 0 {
                    let which = (collective.comm, collective.index);
                    self.causality.leaves(rank, which, flow(collective), count);
                }
                if let (Some(made), false) = (collective.makes, failed) {
                    self.ranks[at].objects.insert((object, made.0), inside.call);
                    self.makes(made, inside.call);
                }
                if collective.frees() {
                    self.worlds.part(collective.comm, rank);
                    self.ranks[at].note_freed(collective.comm, inside.call);
                    let number = collective.comm.0;
                    self.ranks[at].objects.remove(&(object, number));
                }
            }
            What::Collective(collective, Some(_)) => {
                if let Some(made) = collective.makes {
                    self.ranks[at]
                        .objects
                        .insert((Object::Communicator, made.0), inside.call);
                    self.makes(made, inside.call);
                }
            }
            What::Make(object, Some(number)) if !failed => {
                self.ranks[at]
                    .objects
                    .insert((*object, *number), inside.call);
                let (object, number) = (*object, *number);
                if object == Object::Communicator {
                    self.makes(CommId(number), inside.call);
                }
                if let (Object::Datatype, Ok(id), false) =
                    (object, u32::try_from(number), inside.call.aside)
                    && let Some((offset, part)) = self.types.misaligned(rank, TypeId(id))
                {
                    let rule = Rule::Misaligned { offset, part };
                    self.note(rule.found(Severity::Note, vec![inside.call]), None);
                }
            }
            What::Free(object, Some(number)) => {
                if *object == Object::Communicator {
                    self.ranks[at].note_freed(CommId(*number), inside.call);
                }
                self.ranks[at].objects.remove(&(*object, *number));
            }
            // One of them, and nobody knows which: none of them is missed.
            What::Free(object, None) => self.ranks[at].blurred.push(*object),
            What::Init => self.ranks[at].phase = Phase::Within,
            What::Finalize => {
                self.ranks[at].phase = Phase::Finalized;
                self.ranks[at].finalized = left.at;
            }
            _ => {}
        }
        if self.one_sided.has_any(rank) {
            self.leave_windows(inside, left);
        }
        let polled = vain
            .is_some_and(|vain| vain > 0)
            .then(|| std::mem::replace(&mut inside.event.what, What::Other));
        let thread = self.ranks[at].threads.entry(thread).or_default();
        match (vain, polled) {
            (Some(found @ 1..), Some(what)) => {
                thread.vain = (thread.vain + 1).max(found);
                thread.polled = Some((inside.call, what));
            }
            // A look at the clock or the like between two tests is no progress.
            (None, _) if matches!(inside.event.what, What::Other) => {}
            _ => {
                thread.vain = 0;
                thread.polled = None;
            }
        }
    }

    /// The leader of a group names that of another, if this is where it does.
    fn name_leader(&mut self, rank: Rank, collective: &Collective) {
        if let Some(other) = collective.meets {
            *self.leaders.entry((rank, other)).or_default() += 1;
        }
    }

    /// Reads or writes the memory of a window.
    fn touch(&mut self, call: Call, one: &OneSided) {
        let is_get = matches!(
            call.function,
            "MPI_Get" | "MPI_Get_c" | "MPI_Rget" | "MPI_Rget_c"
        );
        let mut keys = Vec::new();
        if one.target.is_some() && !call.aside {
            let origin = [(&one.origin, is_get)].into_iter();
            let result = one.result.iter().map(|data| (data, true));
            let buffers: Vec<_> = origin.chain(result).collect();
            keys = self.overlaps(call.rank, call, &buffers);
        }
        if one.has_request {
            self.request(call.rank, one.id, call, Operation::Unknown, None, None);
        }
        self.one_sided.access(call, one, keys, &self.types);
    }

    /// Follows what a call that has come back means for windows.
    fn leave_windows(&mut self, inside: &Inside, left: &Left) {
        let job = Job {
            types: &self.types,
            communicators: &self.communicators,
        };
        let rank = inside.call.rank;
        let broken = match &inside.event.what {
            What::Epoch { window, .. } => self.origins_broken(inside.call, *window, left),
            What::Collective(collective, None) => {
                self.origins_broken(inside.call, collective.comm, left)
            }
            _ => Vec::new(),
        };
        let over = match &inside.event.what {
            What::Epoch { window, step } => self.one_sided.stepped(rank, *window, step, left, &job),
            What::Collective(collective, None) => {
                self.one_sided.left(inside.call, collective, &job)
            }
            What::Complete { .. } | What::Probe { .. } if left.completed.is_empty() => return,
            What::Complete { .. } => {
                let ids = left.completed.iter().filter_map(|it| it.request);
                ids.flat_map(|id| self.one_sided.waited(rank, id)).collect()
            }
            What::Send(send, None) if send.mode != Mode::Synchronous => return,
            What::OneSided(_)
            | What::Local { .. }
            | What::Send(_, Some(_))
            | What::Receive(_, Some(_))
            | What::SendReceive(_, _, Some(_))
            | What::MatchedReceive {
                request: Some(_), ..
            }
            | What::Collective(_, Some(_))
            | What::Start(_)
            | What::Prepare(..) => return,
            _ => Vec::new(),
        };
        if !matches!(
            inside.event.what,
            What::Epoch { .. } | What::Collective(_, None)
        ) {
            self.one_sided.receive(rank);
        }
        let log = &mut self.ranks[rank as usize];
        for held in over {
            log.shared.remove(&held.call.number);
            for key in held.keys {
                log.buffers.release(key);
            }
        }
        for finding in broken {
            self.note(finding, None);
        }
    }

    /// The operations whose buffers the program had changed or given back before this call completed them.
    fn origins_broken(&self, end: Call, window: CommId, left: &Left) -> Vec<Finding> {
        let rank = end.rank;
        let broken = left.completed.iter().filter_map(|completed| {
            let call = self.one_sided.began(rank, window, completed.request?)?;
            // As in a wait for a request.
            let is_told = self.ranks[rank as usize].shared.contains(&call.number);
            let rule = match completed.gone {
                Some(gone) => Rule::OriginGone(gone),
                None if completed.changed && !is_told => Rule::OriginChanged,
                None => return None,
            };
            (!call.aside).then(|| rule.found(Severity::Error, vec![call, end]))
        });
        broken.collect()
    }

    fn makes(&mut self, comm: CommId, call: Call) {
        let made = self.made_at.entry((call.rank, call.place)).or_default();
        if let Some(origin) = self.origins.get_mut(&comm)
            && origin.call.is_none_or(|first| call < first)
        {
            (origin.call, origin.nth) = (Some(call), *made);
            // Both ends of a connection have made it, each in its own way.
            origin.made_by = call.function;
        }
        *made += 1;
    }

    /// Calls outside of `MPI_Init` … `MPI_Finalize`.
    fn outside(&mut self, call: &Call, event: &Event) {
        let log = &mut self.ranks[call.rank as usize];
        if matches!(event.what, What::Init) || anytime(call.function) {
            return;
        }
        log.sessions |= call.function.starts_with("MPI_Session_");
        if log.sessions || call.aside {
            return;
        }
        let rule = match log.phase {
            Phase::Before => Rule::BeforeInit,
            // Made by a callback within it, and written down when it was back.
            Phase::Finalized if event.entered < log.finalized => return,
            Phase::Finalized => Rule::AfterFinalize,
            Phase::Within | Phase::Finalizing => return,
        };
        let mut calls = vec![*call];
        calls.extend(log.finalize);
        self.note(rule.found(Severity::Error, calls), None);
    }

    fn post_send(&mut self, call: Call, send: &Send) -> Option<SendKey> {
        let to = send.to?;
        if self.private.contains_key(&send.comm) {
            return None;
        }
        let sent = Sent {
            call: call.sending(send.to, send.tag, send.comm),
            from: call.rank,
            to,
            comm: send.comm,
            tag: send.tag,
            mode: send.mode,
            made_synchronous: send.made_synchronous,
            shape: self.types.shape(call.rank, &send.data),
            matched: false,
            doubtful: false,
            stamp: None,
            references: 0,
        };
        let key = self.matcher.send(sent);
        if (to as usize) < self.size {
            self.matcher.hold_send(key);
            self.causality.sends(call.rank, key);
        }
        Some(key)
    }

    fn post_receive(&mut self, call: Call, receive: &Receive, follows: bool) -> Option<ReceiveKey> {
        if receive.source == Source::Nobody || self.private.contains_key(&receive.comm) {
            return None;
        }
        let asks = call.receiving(receive.source, receive.tag, receive.comm);
        Some(self.matcher.receive(Posted {
            call: asks,
            at: call.rank,
            comm: receive.comm,
            source: receive.source,
            tag: receive.tag,
            wildcard: (receive.source == Source::Any || follows).then_some(asks),
            disregards_probe: false,
            adapts: follows,
            asked: receive.tag,
            shape: Some(self.types.shape(call.rank, &receive.data)),
            done: false,
            got: None,
            partner: None,
            doubtful: false,
            void: false,
            order: 0,
            references: 0,
        }))
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "it is the list of a request's parts"
    )]
    fn request(
        &mut self,
        rank: Rank,
        id: RequestId,
        call: Call,
        of: Operation,
        send: Option<SendKey>,
        receive: Option<ReceiveKey>,
    ) {
        let begun = match (send, receive) {
            (Some(send), _) => self.matcher.sent(send).call,
            (None, Some(receive)) => self.matcher.posted(receive).call,
            (None, None) => call,
        };
        let request = Request {
            call: begun,
            made: begun,
            send,
            receive,
            collective: None,
            persistent: None,
            active: true,
            cancelled: false,
            of,
            ranges: Vec::new(),
        };
        if let Some(old) = self.ranks[rank as usize].requests.insert(id, request) {
            self.let_go(rank, old);
        }
    }

    fn start(&mut self, rank: Rank, id: RequestId, call: Call) {
        let at = rank as usize;
        let Some(request) = self.ranks[at].requests.get(&id) else {
            return;
        };
        let Some(persistent) = request.persistent.clone() else {
            return;
        };
        if request.active {
            return;
        }
        let whole;
        let mut data = Vec::new();
        let (send, receive) = match &*persistent {
            Persistent::Send(send) => {
                data.push((&send.data, false));
                (self.post_send(call, send), None)
            }
            Persistent::Receive(receive) => {
                data.push((&receive.data, true));
                (None, self.post_receive(call, receive, false))
            }
            Persistent::Partitioned(one) => {
                self.partitions.start(rank, id);
                // What is sent is handed over partition by partition.
                if !one.sends && one.peer.is_some() {
                    whole = recording::event::Data {
                        count: one.data.count.saturating_mul(one.partitions.into()),
                        ..one.data.clone()
                    };
                    data.push((&whole, true));
                }
                (None, None)
            }
            Persistent::Collective(_) => (None, None),
        };
        let started = match (send, receive) {
            (Some(send), _) => self.matcher.sent(send).call,
            (None, Some(receive)) => self.matcher.posted(receive).call,
            (None, None) => call,
        };
        let ranges = self.overlaps(rank, started, &data);
        if let Some(request) = self.ranks[at].requests.get_mut(&id) {
            request.active = true;
            request.cancelled = false;
            request.call = started;
            request.ranges = ranges;
            (request.send, request.receive) = (send, receive);
        }
    }

    /// Partitions of a send are ready: from now on they belong to MPI.
    fn mark(&mut self, call: Call, id: RequestId, partitions: &[u32]) {
        let rank = call.rank;
        self.partitions.ready(call, id, partitions);
        let request = self.ranks[rank as usize].requests.get(&id);
        let Some(Persistent::Partitioned(one)) = request.and_then(|it| it.persistent.as_deref())
        else {
            return;
        };
        if call.aside || one.peer.is_none() {
            return;
        }
        let one = one.clone();
        let parts: Vec<_> = partitions
            .iter()
            .filter_map(|number| self.types.partition(rank, &one.data, *number))
            .collect();
        let data: Vec<_> = parts.iter().map(|data| (data, false)).collect();
        let ranges = self.overlaps(rank, call, &data);
        if let Some(request) = self.ranks[rank as usize].requests.get_mut(&id) {
            request.ranges.extend(ranges);
        }
    }

    /// The operation hands these buffers to MPI, until it is complete.
    fn claim(
        &mut self,
        rank: Rank,
        inside: &mut Inside,
        request: Option<RequestId>,
        data: &[(&recording::event::Data, bool)],
    ) {
        if inside.call.aside {
            // A check's own buffers are nobody's concern.
            return;
        }
        let ranges = self.overlaps(rank, inside.call, data);
        match request {
            None => inside.ranges = ranges,
            Some(id) => {
                if let Some(request) = self.ranks[rank as usize].requests.get_mut(&id) {
                    request.ranges = ranges;
                }
            }
        }
    }

    /// What is received into must not have parts that overlap.
    fn overlapping_type(&mut self, call: Call, data: &recording::event::Data) {
        if let Some(bytes) = self.types.overlap(self.types.shape(call.rank, data)) {
            let rule = Rule::TypeOverlaps { bytes };
            self.note(rule.found(Severity::Error, vec![call]), None);
        }
    }

    /// The blocks that a collective receives from the others must not overlap.
    fn blocks(&mut self, call: Call, collective: &Collective) {
        if call.aside {
            return;
        }
        for data in &collective.each.1 {
            self.overlapping_type(call, data);
        }
        // Those of a neighbourhood are not in the order of the communicator.
        if collective.kind.starts_with("MPI_Neighbor_") {
            return;
        }
        let Some(members) = self.communicators.get(&collective.comm) else {
            return;
        };
        let peers = members.peers(call.rank).iter();
        let blocks = peers.zip(&collective.each.1);
        let mut ranges: Vec<(u64, u64, Rank)> = blocks
            .filter_map(|(from, data)| {
                let (begin, end) = self.types.range(call.rank, data)?;
                Some((begin, end, *from))
            })
            .collect();
        ranges.sort_unstable();
        let overlap = ranges.windows(2).find_map(|pair| match (pair[0], pair[1]) {
            ((_, end, one), (begin, other_end, other)) if begin < end => {
                Some((one, other, end.min(other_end) - begin))
            }
            _ => None,
        });
        if let Some((one, other, bytes)) = overlap {
            let rule = Rule::BlocksOverlap {
                comm: collective.comm,
                from: (one.min(other), one.max(other)),
                bytes,
            };
            self.note(rule.found(Severity::Error, vec![call]), None);
        }
    }

    fn overlaps(
        &mut self,
        rank: Rank,
        call: Call,
        data: &[(&recording::event::Data, bool)],
    ) -> Vec<u64> {
        let mut held = Vec::new();
        let mut overlaps = Vec::new();
        for (data, written) in data {
            if *written {
                self.overlapping_type(call, data);
            }
            if let Some(range) = self.types.range(rank, data) {
                let log = &mut self.ranks[rank as usize];
                let (key, overlap) = log.buffers.claim(range, *written, call);
                held.push(key);
                overlaps.extend(overlap);
            }
            if self.one_sided.has_any(rank) {
                let blocks = self.types.blocks(rank, data, data.address);
                if self.one_sided.local(call, &blocks, *written) {
                    self.ranks[rank as usize].shared.insert(call.number);
                }
            }
        }
        for (with, from, bytes) in overlaps {
            let calls = if with.number == call.number {
                vec![call]
            } else {
                vec![call, with]
            };
            let numbers = calls.iter().map(|call| call.number);
            self.ranks[rank as usize].shared.extend(numbers);
            let rule = if calls.iter().any(|call| is_one_sided(call.function)) {
                Rule::OriginRace { bytes }
            } else {
                Rule::BuffersOverlap { from, bytes }
            };
            self.note(rule.found(Severity::Error, calls), None);
        }
        held
    }

    fn complete(&mut self, wait: Call, id: RequestId, completed: &Completed) {
        let rank = wait.rank;
        let log = &mut self.ranks[rank as usize];
        let Some(mut request) = log.requests.remove(&id) else {
            return;
        };
        if !request.active {
            log.requests.insert(id, request);
            return;
        }
        for range in request.ranges.drain(..) {
            log.buffers.release(range);
        }
        // What MPI itself has written there for another call was told when it was handed over; and others
        // may write to the memory of windows.
        let is_told = log.shared.remove(&request.call.number);
        let is_own = completed.changed && !is_told;
        let rule = match request.of {
            _ if request.call.aside => None,
            _ if completed.part == Part::Counts => Some(Rule::CountsLost(completed.gone)),
            _ if let Some(gone) = completed.gone => Some(Rule::BufferGone(gone)),
            Operation::Receive if is_own => Some(Rule::ReceiveBufferChanged),
            _ if is_own => Some(Rule::SendBufferChanged),
            _ => None,
        };
        if let Some(rule) = rule {
            let begun = match completed.part {
                Part::Buffer => request.call,
                Part::Counts => request.made,
                Part::Partition(number) => {
                    let marked = self.partitions.marked(rank, id, number);
                    marked.unwrap_or(request.call)
                }
            };
            let mut calls = vec![begun];
            calls.extend(matches!(rule, Rule::BufferGone(_) | Rule::CountsLost(_)).then_some(wait));
            self.note(rule.found(Severity::Error, calls), None);
        }
        let (send, receive) = (request.send.take(), request.receive.take());
        if let Some(key) = send {
            if completed.cancelled {
                self.matcher.withdraw_send(key);
            } else {
                self.matcher.trust_send(key);
            }
            self.matcher.drop_send(key);
        }
        if let Some(key) = receive {
            if completed.cancelled {
                self.matcher.withdraw_receive(key);
                self.matcher.drop_receive(key);
            } else {
                self.received(rank, key, Some(completed), false);
            }
        }
        if let Some((collective, count)) = request.collective.take()
            && count > 0
        {
            let which = (collective.comm, collective.index);
            self.causality.leaves(rank, which, flow(&collective), count);
        }
        if request.persistent.is_some() {
            request.active = false;
            self.ranks[rank as usize].requests.insert(id, request);
        }
    }

    /// A receive has come to its end: its holder lets go of it.
    fn received(
        &mut self,
        rank: Rank,
        key: ReceiveKey,
        completed: Option<&Completed>,
        failed: bool,
    ) {
        let source = completed.and_then(|completed| completed.source);
        if failed && source.is_none() {
            // Whether it took a message nobody can tell.
            let posted = self.matcher.posted(key);
            let place = (posted.comm, posted.at);
            self.matcher.doubt(place);
            self.matcher.withdraw_receive(key);
            self.matcher.drop_receive(key);
            return;
        }
        let known = match (source, self.matcher.posted(key).source) {
            (None, Source::Rank(source)) => Some(source),
            (source, _) => source,
        };
        let tag = source.and(completed).map(|completed| completed.tag);
        let got = completed.and_then(|completed| completed.bytes);
        self.matcher.resolve(key, known, tag, got);
        // The step keeps what its holder kept.
        self.causality.received(rank, key);
    }

    fn fail_send(&mut self, key: SendKey) {
        let sent = self.matcher.sent(key);
        let place = (sent.comm, sent.to);
        self.matcher.doubt(place);
        self.matcher.withdraw_send(key);
    }

    /// A request that could not be made.
    fn fail(&mut self, rank: Rank, request: Request) {
        if let Some(key) = request.send {
            self.fail_send(key);
        }
        if let Some(key) = request.receive {
            let posted = self.matcher.posted(key);
            let place = (posted.comm, posted.at);
            self.matcher.doubt(place);
            self.matcher.withdraw_receive(key);
        }
        self.let_go(rank, request);
    }

    /// A request is freed, which is right for a send, and for what somebody has tried to cancel. Nobody can
    /// tell when a receive has come that is freed (MPI standard 4.1, section 3.7.3), and that of a collective
    /// must not be freed at all (section 6.12).
    fn freed(&mut self, call: Call, request: &Request) {
        let severity = match request.of {
            Operation::Receive | Operation::SendReceive => Severity::Warning,
            Operation::Collective => Severity::Error,
            Operation::Send | Operation::Unknown => return,
        };
        if request.active && !request.cancelled && !call.aside {
            let rule = Rule::FreedUnderWay { of: request.of };
            self.note(rule.found(severity, vec![call, request.call]), None);
        }
    }

    /// A request is given up; its operation goes on.
    fn let_go(&mut self, rank: Rank, request: Request) {
        // Freed after an attempt to cancel it: nobody says what came of that.
        let doubt = request.cancelled;
        if let Some(key) = request.send {
            let sent = self.matcher.sent(key);
            if doubt && !sent.matched {
                self.matcher.doubt((sent.comm, sent.to));
            }
            self.matcher.drop_send(key);
        }
        if let Some(key) = request.receive {
            let posted = self.matcher.posted(key);
            if doubt {
                self.matcher.doubt((posted.comm, posted.at));
            }
            self.matcher.drop_receive(key);
        }
        for range in request.ranges {
            self.ranks[rank as usize].buffers.release(range);
        }
    }

    /// Looks at the pairs that have been found, lets knowledge flow, and keeps what was found in windows.
    fn settle(&mut self) {
        while let Some((send, receive)) = self.matcher.found.pop() {
            self.compare(send, receive);
            self.note_pair(send, receive);
            #[cfg(test)]
            {
                let (sent, posted) = (
                    self.matcher.sent(send).call,
                    self.matcher.posted(receive).call,
                );
                // A pair that was found while the message was probed only has the receive's number later.
                let receive = posted.number + u64::from(posted.function == "MPI_Mprobe");
                self.pairs
                    .push(((sent.rank, sent.number), (posted.rank, receive)));
            }
            self.causality.wake(self.matcher.posted(receive).at);
            // The mailbox's hold on the receive.
            self.matcher.drop_receive(receive);
        }
        self.causality.run(&mut self.matcher, &self.types);
        for finding in std::mem::take(&mut self.one_sided.found) {
            self.note(finding, None);
        }
    }

    fn compare(&mut self, send: SendKey, receive: ReceiveKey) {
        let (sent, posted) = (self.matcher.sent(send), self.matcher.posted(receive));
        let Some(room) = posted.shape else {
            return;
        };
        let calls = vec![posted.call, sent.call];
        let place = Some((posted.comm, posted.at));
        let (of_send, of_room) = (sent.shape, room);
        match self.types.fit(of_send, of_room) {
            Fit::Fits => {}
            Fit::Longer { sent, room } => {
                let has_bytes = self.types.mixes_bytes(of_send, of_room);
                let rule = Rule::Truncated {
                    sent,
                    room,
                    has_bytes,
                };
                self.note(rule.found(Severity::Error, calls), place);
            }
            Fit::Differs {
                element,
                sent,
                room,
            } => {
                let severity = if forgivable(sent, room) {
                    Severity::Warning
                } else {
                    Severity::Error
                };
                let rule = Rule::TypesDiffer {
                    element,
                    sent,
                    received: room,
                };
                self.note(rule.found(severity, calls), place);
            }
        }
    }

    /// Keeps a finding; the same at the same places is counted. Of several the one is kept that comes
    /// first in the ranks' own order, so that it does not depend on how they were read.
    pub(crate) fn note(&mut self, finding: Finding, place: Option<(CommId, Rank)>) {
        let calls = finding.calls.iter();
        let places = calls
            .map(|call| (call.rank, call.place, call.function))
            .collect();
        let key = (finding.kind, finding.rule.number(), places);
        match self.found.entry(key) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert((finding, place));
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let times = entry.get().0.times + finding.times;
                if finding.calls < entry.get().0.calls {
                    entry.insert((finding, place));
                }
                entry.get_mut().0.times = times;
            }
        }
    }

    /// Whether a rank can end this way without anything missing that it should have done.
    pub(crate) fn in_order(&self, life: Life, rank: usize) -> bool {
        // Who is ended inside MPI_Finalize has come to it all the same: MPICH ends ranks there that
        // have left messages.
        life != Life::Panicked && self.ranks[rank].phase >= Phase::Finalizing
    }
}

impl Request {
    /// What it is for.
    pub fn operation(&self) -> Operation {
        self.of
    }
}

/// Whether an operation goes on after the call that has begun it.
fn goes_on(what: &What) -> bool {
    match what {
        What::Send(_, request)
        | What::Receive(_, request)
        | What::SendReceive(_, _, request)
        | What::MatchedReceive { request, .. }
        | What::Collective(_, request) => request.is_some(),
        What::OneSided(one) => one.target.is_some(),
        What::Start(_) => true,
        _ => false,
    }
}

/// Whether a function attaches a buffer for buffered sends.
fn attaches(function: &str) -> bool {
    let function = function.trim_end_matches("_c");
    matches!(function, "MPI_Buffer_attach" | "MPI_Comm_attach_buffer")
}

/// Whether a function reads or writes the memory of a window.
fn is_one_sided(function: &str) -> bool {
    matches!(
        function.trim_end_matches("_c"),
        "MPI_Put"
            | "MPI_Get"
            | "MPI_Accumulate"
            | "MPI_Get_accumulate"
            | "MPI_Fetch_and_op"
            | "MPI_Compare_and_swap"
            | "MPI_Rput"
            | "MPI_Rget"
            | "MPI_Raccumulate"
            | "MPI_Rget_accumulate"
    )
}

/// What a collective makes, if it makes something.
fn made_by(kind: &str) -> Object {
    if kind.starts_with("MPI_Win_") {
        Object::Window
    } else if kind.starts_with("MPI_File_") {
        Object::File
    } else {
        Object::Communicator
    }
}

/// Functions that may be called before `MPI_Init` and after `MPI_Finalize` (MPI standard 4.1, section
/// 11.4.1).
fn anytime(function: &str) -> bool {
    matches!(
        function,
        "MPI_Init"
            | "MPI_Init_thread"
            | "MPI_Initialized"
            | "MPI_Finalized"
            | "MPI_Get_version"
            | "MPI_Get_library_version"
            | "MPI_Error_class"
            | "MPI_Error_string"
            | "MPI_Wtime"
            | "MPI_Wtick"
            | "MPI_Get_hw_resource_info"
            | "MPI_Abi_get_version"
            | "MPI_Abi_get_info"
            | "MPI_Abi_get_fortran_info"
    ) || [
        "MPI_T_",
        "MPI_Info_",
        "MPI_Session_",
        "MPI_Add_error_",
        "MPI_Remove_error_",
    ]
    .iter()
    .any(|start| function.starts_with(start))
        || function.ends_with("_errhandler") && function.starts_with("MPI_Session")
        || function.ends_with("_c2f")
        || function.ends_with("_f2c")
        || function.ends_with("toint")
        || function.ends_with("fromint")
}
