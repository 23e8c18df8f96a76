//! Listens to a recording, and becomes a plan.

use crate::{
    collective::Meeting,
    one_sided::{Epochs, Transfer},
    plan::{Action, Call, Envelope, Plan, Step},
};
use anyhow::{Result, bail};
use recording::event::{
    Collective, CommId, Data, Definition, Event, MessageId, Neighbours, Persistent, Rank, Receive,
    RequestId, Send, Source, Tag, TypeId, What,
};
use std::{
    collections::{BTreeMap, HashMap},
    mem,
    sync::Arc,
};
use trace::Class;

/// The collective by which all ranks of a window end one epoch and begin the next.
const FENCE: &str = "MPI_Win_fence";

/// What was heard of a run so far. Times are those of [`recording::CPU_TIME`].
#[derive(Debug, Default)]
pub struct Script {
    ranks: Vec<BTreeMap<u64, Event>>,
    sizes: HashMap<(Rank, TypeId), u64>,
    members: HashMap<CommId, Arc<[Rank]>>,
    neighbours: HashMap<(Rank, CommId), Neighbours>,
    messages: Vec<Message>,
    /// The messages of each call that sends, and of each that receives.
    sent: HashMap<(Rank, u64), Vec<usize>>,
    received: HashMap<(Rank, u64), Vec<usize>>,
    meetings: HashMap<(CommId, u64), Arc<Meeting>>,
    epochs: Epochs,
    missing: BTreeMap<Missing, u64>,
}

/// A message that was received.
#[derive(Clone, Copy, Debug)]
struct Message {
    from: Rank,
    to: Rank,
    tag: i32,
    bytes: u64,
    /// Whether the sender's and the receiver's step have been written.
    written: [bool; 2],
}

/// What is not replayed, or only roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Missing {
    Part,
    Immediate,
    Thinned,
    Neighbours,
    Fenced,
    OneSided,
    Epoch,
    File,
    Making,
    Synchronous,
    Tests,
    Unreceived,
}

impl Missing {
    fn sentence(self, times: u64) -> String {
        let what = match self {
            Self::Part => {
                "collectives of a part of the ranks: they are replayed as the messages of a textbook's \
                 algorithm"
            }
            Self::Immediate => {
                "non-blocking and persistent collectives: each rank exchanges messages with each other that it \
                 depends on"
            }
            Self::Thinned => {
                "non-blocking and persistent barriers and all-reduces of many ranks: each rank exchanges messages \
                 with only those whose distance is a power of two, and does not wait for the others"
            }
            Self::Neighbours => {
                "neighbourhood collectives whose neighbours are not known: they cost nothing"
            }
            Self::Fenced => {
                "one-sided transfers between fences: they are replayed as messages, and a get is answered once its \
                 target has entered the next fence"
            }
            Self::OneSided => {
                "not modeled: one-sided transfers under a lock, or between some of the ranks: they cost nothing, \
                 because their target makes no call in which it could receive or answer a message"
            }
            Self::Epoch => {
                "not modeled: locks, flushes and epochs between some of the ranks: they cost nothing"
            }
            Self::File => {
                "calls on files: those of all ranks count as barriers, others cost nothing"
            }
            Self::Making => {
                "calls that make or free communicators and windows: they count as barriers"
            }
            Self::Synchronous => "synchronous sends: short ones do not wait for their receiver",
            Self::Tests => {
                "tests and probes in vain: what is computed between two of them in a row is taken for waiting"
            }
            Self::Unreceived => "messages that nobody received: they are left out",
        };
        format!("{what} ({times} of its calls)")
    }
}

/// Where a rank is while its steps are written.
struct Pen<'a> {
    rank: Rank,
    steps: Vec<Step>,
    calls: Vec<Call>,
    requests: HashMap<RequestId, Vec<Envelope>>,
    prepared: HashMap<RequestId, Persistent>,
    /// Messages that a matched probe has received already.
    taken: HashMap<MessageId, ()>,
    script: &'a mut Script,
}

impl Script {
    /// Hears what a number of a rank stands for.
    pub fn define(&mut self, rank: Rank, definition: &Definition) {
        match definition {
            Definition::Datatype(id, datatype) => {
                self.sizes.insert((rank, *id), datatype.size);
            }
            Definition::Communicator(id, communicator) => {
                let members = &communicator.members;
                self.members
                    .entry(*id)
                    .or_insert_with(|| Arc::clone(members));
            }
            Definition::Neighbours(id, neighbours) => {
                self.neighbours.insert((rank, *id), neighbours.clone());
            }
            _ => {}
        }
    }

    /// Hears of a call; again when more is known of it.
    pub fn call(&mut self, rank: Rank, event: &Event) {
        if event.aside {
            return;
        }
        if self.ranks.len() <= rank as usize {
            self.ranks.resize_with(rank as usize + 1, BTreeMap::new);
        }
        self.ranks[rank as usize].insert(event.number, event.clone());
    }

    /// Hears of a message: in which call of which rank it was sent, in which it was received or its receive was
    /// posted, its tag, and how long it was.
    pub fn message(&mut self, sent: (Rank, u64), received: (Rank, u64), tag: i32, bytes: u64) {
        let number = self.messages.len();
        self.messages.push(Message {
            from: sent.0,
            to: received.0,
            tag,
            bytes,
            written: [false; 2],
        });
        self.sent.entry(sent).or_default().push(number);
        self.received.entry(received).or_default().push(number);
    }

    /// What the ranks do, to be replayed.
    ///
    /// # Errors
    /// If the run cannot be replayed at all: it has started other processes, or several threads of a rank were
    /// in MPI at once.
    pub fn plan(mut self) -> Result<Plan> {
        let ranks = mem::take(&mut self.ranks);
        let other_world = self
            .members
            .keys()
            .any(|id| id.is_world() && *id != CommId::WORLD);
        if other_world {
            bail!("the program starts other processes, which SimGrid cannot replay");
        }
        for (rank, events) in (0..).zip(&ranks) {
            for event in events.values() {
                self.meet(rank, event);
                self.touch(rank, event);
            }
        }
        let mut plan = Plan::default();
        for (rank, events) in (0..).zip(&ranks) {
            let mut pen = Pen {
                rank,
                steps: Vec::new(),
                calls: Vec::new(),
                requests: HashMap::new(),
                prepared: HashMap::new(),
                taken: HashMap::new(),
                script: &mut self,
            };
            pen.write(events, ranks.len())?;
            plan.steps.push(pen.steps);
            plan.calls.push(pen.calls);
        }
        let missing = self.missing.iter();
        plan.unmodelled = missing.map(|(what, times)| what.sentence(*times)).collect();
        Ok(plan)
    }

    fn size(&self, rank: Rank, data: &Data) -> u64 {
        let size = data.datatype.and_then(|id| self.sizes.get(&(rank, id)));
        let count = u64::try_from(data.count).unwrap_or_default();
        size.copied().unwrap_or_default().saturating_mul(count)
    }

    /// Adds what a rank says of a collective to what is known of it.
    fn meet(&mut self, rank: Rank, event: &Event) {
        let collective = match &event.what {
            What::Collective(collective, _) => collective,
            What::Prepare(_, persistent) => match &**persistent {
                Persistent::Collective(collective) => collective,
                _ => return,
            },
            _ => return,
        };
        let one = |data: &Option<Data>| data.as_ref().map(|data| self.size(rank, data));
        let bytes = one(&collective.gives).max(one(&collective.takes));
        let list = |list: &[Data]| list.iter().map(|data| self.size(rank, data)).collect();
        let mut each: (Vec<u64>, Vec<u64>) = (list(&collective.each.0), list(&collective.each.1));
        let neighbours = match is_among_neighbours(collective) {
            true => self.neighbours.get(&(rank, collective.comm)).cloned(),
            false => None,
        };
        if let Some(neighbours) = &neighbours {
            // What is the same for each of them.
            if let (true, Some(bytes)) = (each.0.is_empty(), one(&collective.gives)) {
                each.0 = vec![bytes; neighbours.destinations.len()];
            }
            if let (true, Some(bytes)) = (each.1.is_empty(), one(&collective.takes)) {
                each.1 = vec![bytes; neighbours.sources.len()];
            }
        }
        let number = self.meetings.len() as u32;
        let key = (collective.comm, collective.index);
        let meeting = self.meetings.entry(key).or_insert_with(|| {
            Arc::new(Meeting {
                number,
                kind: collective.kind,
                ..Meeting::default()
            })
        });
        let meeting = Arc::make_mut(meeting);
        meeting.root = meeting.root.or(collective.root);
        meeting.bytes = meeting.bytes.max(bytes.unwrap_or_default());
        if !each.0.is_empty() || !each.1.is_empty() {
            meeting.each.insert(rank, each);
        }
        meeting.neighbours.extend(neighbours.map(|it| (rank, it)));
    }

    /// Notes what a rank does with the memory of windows.
    fn touch(&mut self, rank: Rank, event: &Event) {
        match &event.what {
            What::Collective(collective, None) if collective.kind == FENCE => {
                self.epochs.fence(rank, collective.comm, collective.index);
            }
            What::Epoch { window, step } => self.epochs.step(rank, *window, step),
            What::OneSided(one) => {
                let Some(target) = one.target.filter(|target| *target != rank) else {
                    return;
                };
                let bytes = self.size(rank, &one.there);
                let is_get = matches!(event.function, "MPI_Get" | "MPI_Rget");
                let gives_back = is_get || one.result.is_some();
                let mut envelope = |from, to, bytes| {
                    let tag = self.messages.len() as u32;
                    // No recorded call has sent or received it.
                    self.messages.push(Message {
                        from,
                        to,
                        tag: 0,
                        bytes,
                        written: [true; 2],
                    });
                    Envelope {
                        from,
                        to,
                        tag,
                        bytes,
                    }
                };
                let transfer = Transfer {
                    there: envelope(rank, target, if is_get { 0 } else { bytes }),
                    back: gives_back.then(|| envelope(target, rank, bytes)),
                };
                self.epochs
                    .transfer((rank, event.number), one.window, transfer);
            }
            _ => {}
        }
    }

    fn miss(&mut self, what: Missing) {
        *self.missing.entry(what).or_default() += 1;
    }

    /// The message that a call sends, by its receiver and its tag.
    fn sends(&mut self, call: (Rank, u64), to: Rank, tag: i32) -> Option<Envelope> {
        let list = self.sent.get(&call)?;
        let messages = &self.messages;
        let fits = |&&number: &&usize| {
            let message = &messages[number];
            !message.written[0] && message.to == to && message.tag == tag
        };
        let number = *list.iter().find(fits)?;
        self.messages[number].written[0] = true;
        Some(self.envelope(number))
    }

    /// The message that a call receives.
    fn receives(&mut self, call: (Rank, u64), from: Source, tag: Tag) -> Option<Envelope> {
        let list = self.received.get(&call)?;
        let messages = &self.messages;
        let fits = |&&number: &&usize| {
            let message = &messages[number];
            let source = match from {
                Source::Rank(rank) => rank == message.from,
                Source::Any => true,
                Source::Nobody => false,
            };
            let tags = match tag {
                Tag::Is(tag) => tag == message.tag,
                Tag::Any => true,
            };
            !message.written[1] && source && tags
        };
        let number = *list.iter().find(fits)?;
        self.messages[number].written[1] = true;
        Some(self.envelope(number))
    }

    fn envelope(&self, number: usize) -> Envelope {
        let message = &self.messages[number];
        Envelope {
            from: message.from,
            to: message.to,
            tag: number as u32,
            bytes: message.bytes,
        }
    }
}

impl Pen<'_> {
    fn write(&mut self, events: &BTreeMap<u64, Event>, ranks: usize) -> Result<()> {
        // What a process has computed before MPI was there is not compared between numbers of ranks: its
        // start takes as long on any.
        let mut last: Option<u64> = None;
        for event in events.values() {
            let before = last.map(|last| event.entered.checked_sub(last));
            match before {
                Some(None) => bail!(
                    "rank {} had two threads in MPI at once, whose calls have no one order to be replayed in",
                    self.rank
                ),
                Some(Some(nanos)) if nanos > 0 => self.steps.push(Step {
                    action: Action::Compute(nanos),
                    call: None,
                }),
                _ => {}
            }
            if matches!(event.what, What::Finalize) {
                break;
            }
            self.event(event, ranks);
            let Some(left) = &event.left else {
                bail!("rank {} never came back from {}", self.rank, event.function);
            };
            last = Some(left.at);
        }
        Ok(())
    }

    fn miss(&mut self, what: Missing) {
        self.script.miss(what);
    }

    fn event(&mut self, event: &Event, ranks: usize) {
        let (actions, class, peer, bytes) = self.actions(event, ranks);
        if actions.is_empty() {
            return;
        }
        let call = Some(self.calls.len() as u32);
        self.calls.push(Call {
            function: event.function,
            class,
            place: event.place,
            peer,
            bytes,
        });
        self.steps
            .extend(actions.into_iter().map(|action| Step { action, call }));
    }

    fn actions(
        &mut self,
        event: &Event,
        ranks: usize,
    ) -> (Vec<Action>, Class, Option<Rank>, Option<u64>) {
        let mut actions = Vec::new();
        let here = (self.rank, event.number);
        let (mut peer, mut bytes) = (None, None);
        let class = match &event.what {
            What::Send(send, request) => {
                if send.mode == recording::event::Mode::Synchronous {
                    self.miss(Missing::Synchronous);
                }
                let Some(it) = self.sends(here, send) else {
                    return (actions, Class::Send, None, None);
                };
                (peer, bytes) = (Some(it.to), Some(it.bytes));
                let returns_at_once = send.mode == recording::event::Mode::Buffered;
                match request {
                    Some(id) => {
                        actions.push(Action::Isend(it));
                        self.requests.entry(*id).or_default().push(it);
                    }
                    None if returns_at_once => actions.push(Action::Isend(it)),
                    None => actions.push(Action::Send(it)),
                }
                Class::Send
            }
            What::Receive(receive, request) => {
                if let Some(it) = self.receives(here, receive) {
                    (peer, bytes) = (Some(it.from), Some(it.bytes));
                    self.receive(it, request.as_ref(), &mut actions);
                }
                Class::Receive
            }
            What::SendReceive(send, receive, request) => {
                let came = self.receives(here, receive);
                let sent = self.sends(here, send);
                let both: Vec<Envelope> = came.into_iter().chain(sent).collect();
                actions.extend(came.map(Action::Ireceive));
                actions.extend(sent.map(Action::Isend));
                (peer, bytes) = (sent.map(|it| it.to), sent.map(|it| it.bytes));
                match request {
                    Some(id) => drop(self.requests.insert(*id, both)),
                    None => actions.extend(both.into_iter().map(Action::Wait)),
                }
                Class::Exchange
            }
            What::Probe { takes, in_vain, .. } => {
                if *in_vain > 1 {
                    self.miss(Missing::Tests);
                }
                if let Some(Some(message)) = takes
                    && let Some(it) = self.script.receives(here, Source::Any, Tag::Any)
                {
                    (peer, bytes) = (Some(it.from), Some(it.bytes));
                    self.taken.insert(*message, ());
                    actions.push(Action::Receive(it));
                }
                Class::Probe
            }
            What::MatchedReceive {
                message, request, ..
            } => {
                let has_come = message.is_some_and(|id| self.taken.remove(&id).is_some());
                if !has_come && let Some(it) = self.script.receives(here, Source::Any, Tag::Any) {
                    (peer, bytes) = (Some(it.from), Some(it.bytes));
                    self.receive(it, request.as_ref(), &mut actions);
                }
                Class::Receive
            }
            What::Prepare(id, persistent) => {
                self.prepared.insert(*id, (**persistent).clone());
                Class::Other
            }
            What::Start(ids) => {
                let mut is_together = false;
                for id in ids {
                    match self.prepared.get(id).cloned() {
                        Some(Persistent::Collective(collective)) => {
                            is_together = true;
                            self.collective(&collective, Some(id), ranks, &mut actions);
                        }
                        Some(prepared) => self.start(*id, &prepared, here, &mut actions),
                        None => {}
                    }
                }
                match actions.first() {
                    _ if is_together => Class::Collective,
                    Some(Action::Ireceive(_)) => Class::Receive,
                    _ => Class::Send,
                }
            }
            What::Complete { waits, in_vain, .. } => {
                if *in_vain > 1 {
                    self.miss(Missing::Tests);
                }
                for one in event.left.iter().flat_map(|left| &left.completed) {
                    let begun = one.request.and_then(|id| self.requests.remove(&id));
                    actions.extend(begun.into_iter().flatten().map(Action::Wait));
                }
                if *waits { Class::Wait } else { Class::Test }
            }
            What::FreeRequest(id) => {
                self.requests.remove(id);
                self.prepared.remove(id);
                Class::Other
            }
            What::Collective(collective, request) => {
                peer = collective.root;
                let fence =
                    (collective.kind == FENCE).then_some((collective.comm, collective.index));
                if let Some((window, index)) = fence {
                    actions.extend(self.script.epochs.closing(self.rank, window, index));
                }
                bytes = self.collective(collective, request.as_ref(), ranks, &mut actions);
                if let Some((window, index)) = fence {
                    actions.extend(self.script.epochs.opening(self.rank, window, index));
                }
                Class::Collective
            }
            What::OneSided(one) => {
                match self.script.epochs.between_fences(here) {
                    Some(Transfer { there, back }) => {
                        self.miss(Missing::Fenced);
                        (peer, bytes) = (Some(there.to), Some(back.unwrap_or(there).bytes));
                        actions.extend(back.map(Action::Ireceive));
                        actions.push(Action::Isend(there));
                    }
                    // A rank moves nothing through the network to itself.
                    None if [None, Some(self.rank)].contains(&one.target) => {}
                    None => self.miss(Missing::OneSided),
                }
                Class::OneSided
            }
            What::Epoch { .. } => {
                self.miss(Missing::Epoch);
                Class::OneSided
            }
            _ => {
                if event.function.starts_with("MPI_File_") {
                    self.miss(Missing::File);
                }
                Class::Other
            }
        };
        (actions, class, peer, bytes)
    }

    fn sends(&mut self, here: (Rank, u64), send: &Send) -> Option<Envelope> {
        let to = send.to?;
        let found = self.script.sends(here, to, send.tag);
        if found.is_none() {
            self.miss(Missing::Unreceived);
        }
        found
    }

    fn receives(&mut self, here: (Rank, u64), receive: &Receive) -> Option<Envelope> {
        self.script.receives(here, receive.source, receive.tag)
    }

    fn receive(&mut self, it: Envelope, request: Option<&RequestId>, actions: &mut Vec<Action>) {
        match request {
            Some(id) => {
                actions.push(Action::Ireceive(it));
                self.requests.entry(*id).or_default().push(it);
            }
            None => actions.push(Action::Receive(it)),
        }
    }

    fn start(
        &mut self,
        id: RequestId,
        prepared: &Persistent,
        here: (Rank, u64),
        actions: &mut Vec<Action>,
    ) {
        let begun = match prepared {
            Persistent::Send(send) => self.sends(here, send).map(|it| (Action::Isend(it), it)),
            Persistent::Receive(receive) => self
                .receives(here, receive)
                .map(|it| (Action::Ireceive(it), it)),
            Persistent::Collective(_) | Persistent::Partitioned(_) => None,
        };
        if let Some((action, it)) = begun {
            actions.push(action);
            self.requests.entry(id).or_default().push(it);
        }
    }

    /// The steps of a collective; returns what it moves.
    fn collective(
        &mut self,
        collective: &Collective,
        request: Option<&RequestId>,
        ranks: usize,
        actions: &mut Vec<Action>,
    ) -> Option<u64> {
        let kind = collective.kind;
        if is_among_neighbours(collective) {
            return self.among_neighbours(collective, request, actions);
        }
        if kind.starts_with("MPI_File_") {
            self.miss(Missing::File);
        } else if collective.makes.is_some() || collective.frees() {
            self.miss(Missing::Making);
        }
        let members = self.script.members.get(&collective.comm).map(Arc::clone)?;
        let at = members.iter().position(|rank| *rank == self.rank)?;
        let key = (collective.comm, collective.index);
        let meeting = Arc::clone(self.script.meetings.get(&key)?);
        let bytes = Some(meeting.bytes).filter(|bytes| *bytes > 0);
        if let Some(id) = request {
            if members.len() > 1 {
                self.miss(match meeting.is_thinned(members.len()) {
                    true => Missing::Thinned,
                    false => Missing::Immediate,
                });
            }
            let (begun, waits) = meeting.at_once(&members, at);
            actions.extend(begun);
            self.requests.insert(*id, waits);
        } else if members.len() == 1 {
            // Nothing moves, and SimGrid refuses some collectives of one rank.
        } else if members.len() == ranks {
            actions.push(Action::Together(meeting.line(ranks, &members, self.rank)));
        } else {
            self.miss(Missing::Part);
            actions.extend(meeting.messages(&members, at));
        }
        bytes
    }

    /// The steps of a neighbourhood collective; returns what the rank sends.
    fn among_neighbours(
        &mut self,
        collective: &Collective,
        request: Option<&RequestId>,
        actions: &mut Vec<Action>,
    ) -> Option<u64> {
        let key = (collective.comm, collective.index);
        let meeting = self.script.meetings.get(&key)?;
        let Some((begun, waits)) = meeting.among_neighbours(self.rank) else {
            self.miss(Missing::Neighbours);
            return None;
        };
        let sent = waits.iter().filter(|it| it.from == self.rank);
        let bytes = sent.map(|it| it.bytes).sum();
        actions.extend(begun);
        match request {
            Some(id) => drop(self.requests.insert(*id, waits)),
            None => actions.extend(waits.into_iter().map(Action::Wait)),
        }
        Some(bytes)
    }
}

fn is_among_neighbours(collective: &Collective) -> bool {
    collective.kind.starts_with("MPI_Neighbor_")
}

#[cfg(test)]
mod tests;
