//! The calls of a run, kept for its picture: in a compact form, and of a long run only a part.
//!
//! A run of any length takes the same memory: above a budget the book is thinned. What never came
//! back, errors, the last calls of each rank and the longest waits with their other ends stay; of the
//! rest, stretches of calls that follow one another stay, as far apart as it needs. A stretch has the
//! same numbers on all ranks, so that programs whose ranks do alike keep both ends of their messages.

use observer::{Heard, Pair, Unreceived};
use reasoning::finding::{Match, Peer};
use recording::event::{
    Collective, CommId, Communicator, Completed, Data, Definition, Event, MessageId, Persistent,
    PlaceId, Rank, RequestId, TypeId, What,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};
use trace::Class;

/// So many calls stay when the book is thinned, which happens when it holds twice as many.
const BUDGET: usize = 200_000;
/// The last so many calls of a rank stay.
const RECENT: u64 = 256;
/// So many calls that follow one another stay together, as a power of two.
const STRETCH: u32 = 6;
/// Of what was completed or probed so much is remembered at most until its pair is found.
const OUTSTANDING: usize = 100_000;

/// A call: as much of it as is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) function: &'static str,
    pub(crate) class: Class,
    pub(crate) thread: u16,
    pub(crate) place: PlaceId,
    pub(crate) from: u64,
    /// When it came back; none if it never did.
    pub(crate) to: Option<u64>,
    /// Until when it could only wait; 0 if it did not have to.
    pub(crate) until: u64,
    pub(crate) peer: Option<Peer>,
    pub(crate) tag: Option<i32>,
    /// Whether it takes any tag.
    pub(crate) any_tag: bool,
    pub(crate) comm: Option<CommId>,
    pub(crate) bytes: Option<u64>,
    pub(crate) error: bool,
    /// How often it was called in a row, for tests in vain.
    pub(crate) count: u32,
    /// The collective that it takes part in, by a number of the book's own.
    pub(crate) meeting: Option<u64>,
    /// Whether it comes back before what it started is complete.
    immediate: bool,
    /// Whether MPI can hold it: else an open call does not wait as far as is known.
    pub(crate) waits: bool,
}

impl Entry {
    fn waited(&self) -> u64 {
        match self.to {
            Some(to) if self.until <= to => self.until.saturating_sub(self.from),
            _ => 0,
        }
    }
}

/// A message that was received.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    pub(crate) from: (Rank, u64),
    /// The receiver, and the call in which it got the message, once that is known.
    pub(crate) to: (Rank, Option<u64>),
    pub(crate) sent: u64,
    pub(crate) bytes: u64,
    pub(crate) tag: i32,
}

/// What a request is about.
#[derive(Clone, Copy, Debug)]
enum Of {
    Send,
    Receive,
    Both,
    Collective(Key),
}

/// Which collective it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    On(CommId, u64),
    /// `MPI_Finalize` of a world, by its communicator.
    Finalize(CommId),
}

/// A collective to which not all ranks have come yet, or that is not complete everywhere.
#[derive(Debug)]
struct Open {
    number: u64,
    kind: &'static str,
    root: Option<Rank>,
    members: Arc<[Rank]>,
    arrived: Vec<(Rank, u64, u64)>,
    /// The calls that completed it, where it is immediate.
    waiters: Vec<(Rank, u64)>,
    /// Of how many ranks the completion is awaited.
    immediate: usize,
}

/// The calls of a run.
pub(crate) struct Book {
    budget: usize,
    ranks: Vec<Vec<Entry>>,
    held: usize,
    /// When it holds more, it is thinned.
    limit: usize,
    /// How many calls there were, of which some may be left out; and messages.
    calls: u64,
    pairs: u64,
    level: u32,
    pub(crate) messages: Vec<Message>,
    sizes: HashMap<(Rank, TypeId), u64>,
    communicators: HashMap<CommId, Communicator>,
    requests: HashMap<(Rank, RequestId), (u64, Of)>,
    prepared: HashMap<(Rank, RequestId), Of>,
    /// Sends whose receive was not found yet.
    unpaired: HashSet<(Rank, u64)>,
    /// The number of the probe that took a message.
    probed: HashMap<(Rank, MessageId), u64>,
    /// Messages whose receiver has only posted the receive, by that call.
    pending: HashMap<(Rank, u64), Vec<usize>>,
    /// What completed a receive whose pair is not known yet, by the call that posted it.
    completed: HashMap<(Rank, u64), Vec<(Completed, u64)>>,
    /// What completed an immediate send, by the call that posted it; and when the receive of one that
    /// is not complete was posted.
    sends: HashMap<(Rank, u64), SendHalf>,
    open: HashMap<Key, Open>,
    meetings: u64,
}

#[derive(Clone, Copy, Debug)]
enum SendHalf {
    CompletedBy(u64),
    ReceivedFrom(u64),
}

impl Book {
    pub(crate) fn new() -> Self {
        Self::with_budget(BUDGET)
    }

    pub(crate) fn with_budget(budget: usize) -> Self {
        Self {
            budget,
            ranks: Vec::new(),
            held: 0,
            limit: 2 * budget,
            calls: 0,
            pairs: 0,
            level: 0,
            messages: Vec::new(),
            sizes: HashMap::new(),
            communicators: HashMap::new(),
            requests: HashMap::new(),
            prepared: HashMap::new(),
            unpaired: HashSet::new(),
            probed: HashMap::new(),
            pending: HashMap::new(),
            completed: HashMap::new(),
            sends: HashMap::new(),
            open: HashMap::new(),
            meetings: 0,
        }
    }

    /// Writes down what was heard.
    pub(crate) fn hear(&mut self, heard: Heard<'_>) {
        match heard {
            Heard::Definition(rank, Definition::Datatype(id, datatype)) => {
                self.sizes.insert((rank, *id), datatype.size);
            }
            Heard::Definition(_, Definition::Communicator(id, communicator)) => {
                self.communicators
                    .entry(*id)
                    .or_insert_with(|| communicator.clone());
            }
            Heard::Definition(..) => {}
            // The harness of a check is no part of the program.
            Heard::Call(_, event) if event.aside => {}
            Heard::Call(rank, event) => self.call(rank, event),
            Heard::Pair(pair) => self.pair(pair),
        }
        if self.held > self.limit {
            self.thin();
        }
    }

    /// All calls that are kept, by rank and number.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Rank, &Entry)> {
        (0..)
            .zip(&self.ranks)
            .flat_map(|(rank, entries)| entries.iter().map(move |entry| (rank, entry)))
    }

    pub(crate) fn find(&self, rank: Rank, number: u64) -> Option<&Entry> {
        let entries = self.ranks.get(rank as usize)?;
        let at = entries.binary_search_by_key(&number, |entry| entry.number);
        entries.get(at.ok()?)
    }

    /// The ranks that did not come to a collective in which others are, by its number.
    pub(crate) fn missing(&self) -> HashMap<u64, Vec<Rank>> {
        let absent = |open: &Open| {
            let came: BTreeSet<Rank> = open.arrived.iter().map(|(rank, ..)| *rank).collect();
            let members = open.members.iter().copied();
            members.filter(|rank| !came.contains(rank)).collect()
        };
        self.open
            .values()
            .map(|open| (open.number, absent(open)))
            .filter(|(_, missing): &(_, Vec<Rank>)| !missing.is_empty())
            .collect()
    }

    /// A communicator's name; none for `MPI_COMM_WORLD`.
    pub(crate) fn name(&self, id: CommId) -> Option<String> {
        const NAMED: usize = 4;
        if id == CommId::WORLD {
            return None;
        }
        let communicator = self.communicators.get(&id)?;
        if communicator.made_by.is_empty() && !id.is_world() {
            return Some(String::from("MPI_COMM_SELF"));
        }
        let members = communicator.members.iter().take(NAMED);
        let mut members: Vec<String> = members.map(Rank::to_string).collect();
        if communicator.members.len() > NAMED {
            members.push(String::from("…"));
        }
        let by = match id.is_world() {
            true => "MPI_COMM_WORLD",
            false => communicator.made_by,
        };
        let by = by.trim_start_matches("MPI_");
        Some(format!("{by} of ranks {}", members.join(", ")))
    }

    /// What of the run is not here, in one sentence.
    pub(crate) fn left_out(&self) -> Option<String> {
        let gone = self.calls.saturating_sub(self.held as u64);
        if gone == 0 {
            return None;
        }
        let lost = self.pairs.saturating_sub(self.messages.len() as u64);
        Some(format!(
            "{gone} of {} calls and {lost} of {} messages were not kept; kept were those that never \
             came back, errors, sends that nobody received, the longest waits, the last calls of each rank, and every so many of \
             the others, {} in a row.",
            self.calls,
            self.pairs,
            1 << STRETCH
        ))
    }

    fn find_mut(&mut self, rank: Rank, number: u64) -> Option<&mut Entry> {
        let entries = self.ranks.get_mut(rank as usize)?;
        let at = entries.binary_search_by_key(&number, |entry| entry.number);
        entries.get_mut(at.ok()?)
    }

    fn call(&mut self, rank: Rank, event: &Event) {
        if self.ranks.len() <= rank as usize {
            self.ranks.resize_with(rank as usize + 1, Vec::new);
        }
        let last = self.ranks[rank as usize].last().map(|entry| entry.number);
        let is_new = last.is_none_or(|last| event.number > last);
        if is_new {
            let entry = self.entry(rank, event);
            self.ranks[rank as usize].push(entry);
            self.held += 1;
            self.calls += 1;
            self.enter(rank, event);
        }
        let Some(left) = &event.left else {
            return;
        };
        let in_vain = match event.what {
            What::Complete { in_vain, .. } | What::Probe { in_vain, .. } => in_vain.max(1),
            _ => 1,
        };
        let Some(entry) = self.find_mut(rank, event.number) else {
            return;
        };
        let was_open = entry.to.is_none();
        entry.to = Some(left.at.max(entry.from));
        entry.count = u32::try_from(in_vain).unwrap_or(u32::MAX);
        entry.error |= left.code != 0;
        if was_open {
            self.leave(rank, event, &left.completed);
        }
    }

    fn entry(&mut self, rank: Rank, event: &Event) -> Entry {
        let call = observer::Call::of(rank, event);
        let (tag, any_tag) = match call.tag {
            Some(Match::Is(tag)) => (Some(tag), false),
            Some(Match::Any) => (None, true),
            None => (None, false),
        };
        Entry {
            number: event.number,
            function: event.function,
            class: self.class(rank, event),
            thread: event.thread,
            place: event.place,
            from: event.entered,
            to: None,
            until: 0,
            peer: call.peer,
            tag,
            any_tag,
            comm: call.comm,
            bytes: self.bytes(rank, &event.what),
            error: event.complaint.is_some(),
            count: 1,
            meeting: None,
            immediate: is_immediate(&event.what),
            waits: can_wait(&event.what),
        }
    }

    fn class(&self, rank: Rank, event: &Event) -> Class {
        if let Some(class) = class_by_name(event.function) {
            return class;
        }
        match &event.what {
            What::Send(..) => Class::Send,
            What::Receive(..) | What::MatchedReceive { .. } => Class::Receive,
            What::SendReceive(..) => Class::Exchange,
            What::Probe { .. } => Class::Probe,
            What::Complete { waits: true, .. } => Class::Wait,
            What::Complete { waits: false, .. } => Class::Test,
            What::Collective(..) | What::Finalize => Class::Collective,
            What::Start(ids) => {
                let of = ids.iter().find_map(|id| self.prepared.get(&(rank, *id)));
                match of {
                    Some(Of::Receive) => Class::Receive,
                    Some(Of::Collective(_)) => Class::Collective,
                    Some(Of::Send | Of::Both) => Class::Send,
                    None => Class::Other,
                }
            }
            _ => Class::Other,
        }
    }

    /// What the call gives away, or takes from all others; for receives it is known later.
    fn bytes(&self, rank: Rank, what: &What) -> Option<u64> {
        match what {
            What::Send(send, _) | What::SendReceive(send, ..) => self.size(rank, &send.data),
            What::Collective(collective, _) => {
                let each = |list: &[Data]| {
                    let sizes: Option<Vec<u64>> =
                        list.iter().map(|data| self.size(rank, data)).collect();
                    sizes.filter(|sizes| !sizes.is_empty())
                };
                let one = |data: &Option<Data>| data.as_ref().and_then(|it| self.size(rank, it));
                one(&collective.gives)
                    .or_else(|| Some(each(&collective.each.0)?.iter().sum()))
                    .or_else(|| one(&collective.takes))
                    .or_else(|| Some(each(&collective.each.1)?.iter().sum()))
            }
            _ => None,
        }
    }

    fn size(&self, rank: Rank, data: &Data) -> Option<u64> {
        let size = self.sizes.get(&(rank, data.datatype?))?;
        size.checked_mul(u64::try_from(data.count).ok()?)
    }

    /// What the call starts.
    fn enter(&mut self, rank: Rank, event: &Event) {
        let number = event.number;
        if let What::Send(send, _) | What::SendReceive(send, ..) = &event.what
            && send.to.is_some()
            && self
                .communicators
                .get(&send.comm)
                .is_some_and(|communicator| !communicator.only_here)
        {
            self.unpaired.insert((rank, number));
        }
        let mut post = |id: &RequestId, of| self.requests.insert((rank, *id), (number, of));
        match &event.what {
            What::Send(_, Some(id)) => drop(post(id, Of::Send)),
            What::Receive(_, Some(id)) => drop(post(id, Of::Receive)),
            What::SendReceive(_, _, Some(id)) => drop(post(id, Of::Both)),
            What::MatchedReceive {
                message, request, ..
            } => {
                if let Some(id) = request {
                    post(id, Of::Receive);
                }
                let Some(probe) = message.and_then(|id| self.probed.remove(&(rank, id))) else {
                    return;
                };
                // The pair was found, or will be, under the probe's number.
                let waiting = self.pending.remove(&(rank, probe)).unwrap_or_default();
                for message in waiting {
                    if request.is_some() {
                        self.pending
                            .entry((rank, number))
                            .or_default()
                            .push(message);
                    } else {
                        self.got(message, number);
                    }
                }
            }
            What::Prepare(id, persistent) => {
                let of = match &**persistent {
                    Persistent::Send(_) => Some(Of::Send),
                    Persistent::Receive(_) => Some(Of::Receive),
                    Persistent::Collective(collective) => {
                        Some(Of::Collective(Key::On(collective.comm, collective.index)))
                    }
                    // Which of its starts meet is not written down either.
                    Persistent::Partitioned(_) => None,
                };
                self.prepared.extend(of.map(|of| ((rank, *id), of)));
            }
            What::Start(ids) => {
                for id in ids {
                    // Which of a persistent collective's starts meet is not written down.
                    if let Some(of @ (Of::Send | Of::Receive)) = self.prepared.get(&(rank, *id)) {
                        self.requests.insert((rank, *id), (number, *of));
                    }
                }
            }
            What::FreeRequest(id) => {
                self.prepared.remove(&(rank, *id));
                self.requests.remove(&(rank, *id));
            }
            What::Collective(collective, request) => self.arrive(
                rank,
                event,
                Key::On(collective.comm, collective.index),
                Some(collective),
                request.as_ref(),
            ),
            What::Finalize => {
                let world = self.world(rank);
                self.arrive(rank, event, Key::Finalize(world), None, None);
            }
            _ => {}
        }
    }

    /// The `MPI_COMM_WORLD` of a rank.
    fn world(&self, rank: Rank) -> CommId {
        let mut worlds = self.communicators.iter().filter(|(id, _)| id.is_world());
        worlds
            .find(|(_, world)| world.members.contains(&rank))
            .map_or(CommId::WORLD, |(id, _)| *id)
    }

    /// A rank comes to a collective.
    fn arrive(
        &mut self,
        rank: Rank,
        event: &Event,
        key: Key,
        collective: Option<&Collective>,
        request: Option<&RequestId>,
    ) {
        let comm = match key {
            Key::On(comm, _) => comm,
            Key::Finalize(world) => world,
        };
        let Some(communicator) = self.communicators.get(&comm) else {
            return;
        };
        if communicator.only_here {
            return;
        }
        let (members, remote) = (&communicator.members, &communicator.remote);
        let open = self.open.entry(key).or_insert_with(|| {
            self.meetings += 1;
            let remote = remote.iter().flat_map(|ranks| ranks.iter());
            Open {
                number: self.meetings,
                kind: collective.map_or("MPI_Finalize", |collective| collective.kind),
                root: None,
                members: members.iter().chain(remote).copied().collect(),
                arrived: Vec::new(),
                waiters: Vec::new(),
                immediate: 0,
            }
        });
        open.root = open.root.or(collective.and_then(|it| it.root));
        open.arrived.push((rank, event.number, event.entered));
        let number = open.number;
        if let Some(id) = request {
            open.immediate += 1;
            self.requests
                .insert((rank, *id), (event.number, Of::Collective(key)));
        }
        if let Some(entry) = self.find_mut(rank, event.number) {
            entry.meeting = Some(number);
        }
        self.close(key);
    }

    /// All have come: from now on it is known who has waited for whom.
    fn close(&mut self, key: Key) {
        let Some(open) = self.open.get(&key) else {
            return;
        };
        if open.arrived.len() < open.members.len() || open.waiters.len() < open.immediate {
            return;
        }
        let Some(open) = self.open.remove(&key) else {
            return;
        };
        for &(rank, number, _) in &open.arrived {
            if let Some(until) = open.until(rank)
                && let Some(entry) = self.find_mut(rank, number)
                && !entry.immediate
            {
                entry.until = entry.until.max(until);
            }
        }
        for &(rank, number) in &open.waiters {
            if let Some(until) = open.until(rank) {
                self.delay(rank, number, until);
            }
        }
    }

    /// The call could not come back before that moment.
    fn delay(&mut self, rank: Rank, number: u64, until: u64) {
        if let Some(entry) = self.find_mut(rank, number)
            && until > entry.from
        {
            entry.until = entry.until.max(until);
        }
    }

    fn leave(&mut self, rank: Rank, event: &Event, completed: &[Completed]) {
        if let What::Probe {
            takes: Some(Some(message)),
            ..
        } = &event.what
        {
            if self.probed.len() >= OUTSTANDING {
                self.probed.clear();
            }
            self.probed.insert((rank, *message), event.number);
        }
        let mut bytes: Option<u64> = None;
        for one in completed {
            if let Some(more) = one.bytes {
                bytes = Some(bytes.unwrap_or_default().saturating_add(more));
            }
            let Some(id) = one.request else {
                continue;
            };
            let Some((posted, of)) = self.requests.remove(&(rank, id)) else {
                continue;
            };
            match of {
                Of::Send => self.send_complete(rank, posted, event.number),
                Of::Receive => self.receive_complete(rank, posted, one, event.number),
                Of::Both => {
                    self.receive_complete(rank, posted, one, event.number);
                    self.send_complete(rank, posted, event.number);
                }
                Of::Collective(key) => {
                    if let Some(open) = self.open.get_mut(&key) {
                        open.waiters.push((rank, event.number));
                    }
                    self.close(key);
                }
            }
        }
        let sends = matches!(event.what, What::SendReceive(..));
        if let Some(entry) = self.find_mut(rank, event.number)
            && bytes.is_some()
            && !sends
        {
            entry.bytes = bytes;
        }
    }

    fn send_complete(&mut self, rank: Rank, posted: u64, by: u64) {
        match self.sends.remove(&(rank, posted)) {
            Some(SendHalf::ReceivedFrom(at)) => self.delay(rank, by, at),
            _ => {
                if self.sends.len() >= OUTSTANDING {
                    self.sends.clear();
                }
                self.sends.insert((rank, posted), SendHalf::CompletedBy(by));
            }
        }
    }

    fn receive_complete(&mut self, rank: Rank, posted: u64, completed: &Completed, by: u64) {
        let fits = |message: &Message| {
            Some(message.from.0) == completed.source && message.tag == completed.tag
        };
        if let Some(waiting) = self.pending.get_mut(&(rank, posted)) {
            let at = waiting
                .iter()
                .position(|&message| self.messages.get(message).is_some_and(fits));
            if let Some(at) = at {
                let message = waiting.remove(at);
                if waiting.is_empty() {
                    self.pending.remove(&(rank, posted));
                }
                self.got(message, by);
                return;
            }
        }
        if completed.source.is_some() && !completed.cancelled {
            if self.completed.len() >= OUTSTANDING {
                self.completed.clear();
            }
            self.completed
                .entry((rank, posted))
                .or_default()
                .push((completed.clone(), by));
        }
    }

    /// A message has arrived in this call of its receiver.
    fn got(&mut self, message: usize, by: u64) {
        let Some(found) = self.messages.get_mut(message) else {
            return;
        };
        found.to.1 = Some(by);
        let (rank, sent) = (found.to.0, found.sent);
        self.delay(rank, by, sent);
    }

    fn pair(&mut self, pair: &Pair) {
        if pair.send.aside || pair.receive.aside {
            return;
        }
        self.pairs += 1;
        let (from, to) = (
            (pair.send.rank, pair.send.number),
            (pair.receive.rank, pair.receive.number),
        );
        self.unpaired.remove(&from);
        let (Some(send), Some(receive)) = (self.find(from.0, from.1), self.find(to.0, to.1)) else {
            return;
        };
        let (sent, posted) = (send.from, receive.from);
        let (send_returns, receive_returns) = (send.immediate, receive.immediate);
        let is_probe = receive.class == Class::Probe;
        let message = self.messages.len();
        self.messages.push(Message {
            from,
            to: (to.0, None),
            sent,
            bytes: pair.bytes.unwrap_or_default(),
            tag: pair.tag,
        });
        if send_returns {
            match self.sends.remove(&from) {
                Some(SendHalf::CompletedBy(by)) => self.delay(from.0, by, posted),
                _ => {
                    if self.sends.len() >= OUTSTANDING {
                        self.sends.clear();
                    }
                    self.sends.insert(from, SendHalf::ReceivedFrom(posted));
                }
            }
        } else {
            self.delay(from.0, from.1, posted);
        }
        if is_probe {
            self.delay(to.0, to.1, sent);
            self.pending.entry(to).or_default().push(message);
        } else if !receive_returns {
            self.got(message, to.1);
        } else {
            let known = self.completed.get_mut(&to).and_then(|list| {
                let fits =
                    |one: &(Completed, u64)| one.0.source == Some(from.0) && one.0.tag == pair.tag;
                Some(list.remove(list.iter().position(fits)?).1)
            });
            if self.completed.get(&to).is_some_and(Vec::is_empty) {
                self.completed.remove(&to);
            }
            match known {
                Some(by) => self.got(message, by),
                None => self.pending.entry(to).or_default().push(message),
            }
        }
    }

    /// The run is over: thins its end as its beginning has been thinned.
    pub(crate) fn finish(&mut self) {
        if self.level > 0 {
            self.thin();
        }
    }

    /// Leaves so much out that the budget holds.
    fn thin(&mut self) {
        let mut waits: Vec<u64> = self.entries().map(|(_, entry)| entry.waited()).collect();
        // The longest waits take less than a quarter, with their other ends a half. Those that are
        // as long as the longest of the rest go with it: there may be any number of them.
        let most = (self.budget / 4).max(1);
        let long = if waits.len() > most {
            let at = waits.len() - most;
            *waits.select_nth_unstable(at).1
        } else {
            0
        };
        drop(waits);
        let mut partners: BTreeSet<(Rank, u64)> = BTreeSet::new();
        for message in &self.messages {
            let to = message.to.1.map(|number| (message.to.0, number));
            let is_long = |end: (Rank, u64)| {
                self.find(end.0, end.1)
                    .is_some_and(|entry| entry.waited() > long)
            };
            if partners.len() < most && (is_long(message.from) || to.is_some_and(is_long)) {
                partners.insert(message.from);
                partners.extend(to);
            }
        }
        // The other ends of what may still be paired.
        let outstanding: BTreeSet<(Rank, u64)> = self
            .pending
            .keys()
            .copied()
            .chain(
                self.requests
                    .iter()
                    .map(|((rank, _), (number, _))| (*rank, *number)),
            )
            .collect();
        loop {
            let mask = (1_u64 << self.level.min(63)) - 1;
            let mut held = 0;
            let mut errors = 0;
            for (rank, entries) in (0..).zip(&mut self.ranks) {
                let last = entries.last().map_or(0, |entry| entry.number);
                entries.retain(|entry| {
                    errors += usize::from(entry.error);
                    let stays = entry.to.is_none()
                        || entry.error && errors <= most
                        || entry.number + RECENT > last
                        || (entry.number >> STRETCH) & mask == 0
                        || entry.waited() > long
                        || partners.contains(&(rank, entry.number))
                        || outstanding.contains(&(rank, entry.number))
                        || self.unpaired.contains(&(rank, entry.number));
                    held += usize::from(stays);
                    stays
                });
            }
            self.held = held;
            // At some point only what must stay is there.
            if held <= self.budget || self.level >= 48 {
                break;
            }
            self.level += 1;
        }
        // Where much must stay, it is not looked at again with every call.
        self.limit = self.held.saturating_add(self.budget);
        self.forget_messages();
    }

    /// Messages of which an end is gone go too.
    fn forget_messages(&mut self) {
        let mut messages = std::mem::take(&mut self.messages);
        let mut renumbered: HashMap<usize, usize> = HashMap::new();
        let mut kept = 0;
        let mut number = 0;
        messages.retain(|message| {
            let here = |rank, number| self.find(rank, number).is_some();
            let stays = here(message.from.0, message.from.1)
                && message.to.1.is_none_or(|to| here(message.to.0, to));
            if stays {
                renumbered.insert(number, kept);
                kept += 1;
            }
            number += 1;
            stays
        });
        self.messages = messages;
        self.pending.retain(|_, waiting| {
            let anew = waiting.iter().filter_map(|old| renumbered.get(old));
            *waiting = anew.copied().collect();
            !waiting.is_empty()
        });
    }
}

impl Open {
    /// Until when this rank had to wait for others.
    fn until(&self, rank: Rank) -> Option<u64> {
        let of = |rank: Rank| self.arrived.iter().find(|arrived| arrived.0 == rank);
        let last = || self.arrived.iter().map(|arrived| arrived.2).max();
        let kind = self.kind.trim_end_matches("_c");
        match kind {
            "MPI_Bcast" | "MPI_Scatter" | "MPI_Scatterv" => match self.root {
                Some(root) if root != rank => Some(of(root)?.2),
                _ => None,
            },
            "MPI_Reduce" | "MPI_Gather" | "MPI_Gatherv" => match self.root {
                Some(root) if root == rank => last(),
                _ => None,
            },
            "MPI_Scan" | "MPI_Exscan" => {
                let before = self.members.iter().take_while(|member| **member != rank);
                before.filter_map(|member| Some(of(*member)?.2)).max()
            }
            _ if kind.starts_with("MPI_Neighbor_") => None,
            _ => last(),
        }
        .filter(|until| of(rank).is_some_and(|arrived| *until > arrived.2))
    }
}

fn is_immediate(what: &What) -> bool {
    match what {
        What::Send(_, request)
        | What::Receive(_, request)
        | What::SendReceive(_, _, request)
        | What::MatchedReceive { request, .. }
        | What::Collective(_, request) => request.is_some(),
        What::Start(_) | What::Prepare(..) => true,
        _ => false,
    }
}

/// Whether MPI may hold the call until somebody else does something.
fn can_wait(what: &What) -> bool {
    match what {
        What::Probe { waits, .. } | What::Complete { waits, .. } => *waits,
        What::Finalize => true,
        What::Send(..)
        | What::Receive(..)
        | What::SendReceive(..)
        | What::MatchedReceive { .. }
        | What::Collective(..) => !is_immediate(what),
        _ => false,
    }
}

/// One-sided communication and files, whatever else is known of the call.
fn class_by_name(function: &str) -> Option<Class> {
    const ONE_SIDED: [&str; 10] = [
        "MPI_Accumulate",
        "MPI_Compare_and_swap",
        "MPI_Fetch_and_op",
        "MPI_Get",
        "MPI_Get_accumulate",
        "MPI_Put",
        "MPI_Raccumulate",
        "MPI_Rget",
        "MPI_Rget_accumulate",
        "MPI_Rput",
    ];
    if function.starts_with("MPI_File_") {
        return Some(Class::File);
    }
    let name = function.trim_end_matches("_c");
    (function.starts_with("MPI_Win_") || ONE_SIDED.contains(&name)).then_some(Class::OneSided)
}

/// A message that was never received, as far as it is drawn.
pub(crate) fn is_drawn(unreceived: &Unreceived) -> bool {
    !unreceived.send.aside
}
