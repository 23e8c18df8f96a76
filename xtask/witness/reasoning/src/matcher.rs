//! Which receive gets which message, by MPI's rule that messages do not overtake (MPI standard 4.1,
//! section 3.5).
//!
//! For one source and one receiving rank of a communicator, both sides are ordered: a receive takes
//! the earliest message that it accepts, a message goes to the earliest receive that accepts it. So
//! the pairs are the only stable matching, whenever either side came. A wildcard receive does not say
//! which source it took until it is completed; until then nothing that it could have taken is given to
//! a later receive. Pairs therefore depend on what the ranks wrote down, and not on the order in which
//! that is read.

use crate::{
    finding::Call,
    knowledge::Knowledge,
    signature::Shape,
    slab::{Map, Slab},
};
use recording::event::{CommId, Mode, Rank, Source, Tag};
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    hash::Hash,
};

/// A send, by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SendKey(u32);

/// A receive, by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ReceiveKey(u32);

/// A message that was sent.
pub(crate) struct Sent {
    pub call: Call,
    pub from: Rank,
    pub to: Rank,
    pub comm: CommId,
    pub tag: i32,
    pub mode: Mode,
    pub made_synchronous: bool,
    pub shape: Shape,
    /// Its receive has been found.
    pub matched: bool,
    /// Somebody tries to cancel it: whether it can be received is not known.
    pub doubtful: bool,
    pub stamp: Option<Knowledge>,
    pub references: u8,
}

/// A receive that was posted.
pub(crate) struct Posted {
    pub call: Call,
    pub at: Rank,
    pub comm: CommId,
    /// From whom, as far as is known by now.
    pub source: Source,
    /// With which tag, as far as is known by now.
    pub tag: Tag,
    /// The call that asked for any source, if one did. A probe's stays, when its message is received.
    pub wildcard: Option<Call>,
    /// Whether it asks for any source although a probe has just said which.
    pub disregards_probe: bool,
    /// Whether the program may have known the message when it chose the room, because a probe had told.
    pub adapts: bool,
    /// The tag that the program asked for.
    pub asked: Tag,
    /// None for a probe's: the room is known once the message is received.
    pub shape: Option<Shape>,
    /// MPI said that it is complete.
    pub done: bool,
    /// How many bytes MPI said it got.
    pub got: Option<u64>,
    /// Its message has been found.
    pub partner: Option<SendKey>,
    pub doubtful: bool,
    /// It was taken out: no message comes for it.
    pub void: bool,
    /// Its place in the order of receives of its mailbox.
    pub order: u64,
    pub references: u8,
}

impl Posted {
    fn accepts(&self, from: Rank, tag: i32) -> bool {
        accepts(self.source, self.tag, from, tag)
    }

    fn accepted(&self) -> (Source, Tag) {
        (self.source, self.tag)
    }
}

impl Sent {
    fn envelope(&self) -> (Rank, i32) {
        (self.from, self.tag)
    }
}

fn accepts(source: Source, wanted: Tag, from: Rank, tag: i32) -> bool {
    (source == Source::Any || source == Source::Rank(from))
        && (wanted == Tag::Any || wanted == Tag::Is(tag))
}

/// A mailbox: the messages to one rank in one communicator, and the receives that it posted there.
/// What has found its partner is no longer here.
#[derive(Default)]
pub(crate) struct Mailbox {
    channels: BTreeMap<Rank, Channel>,
    /// Receives of which it is not known from whom they get their message, in order.
    any: Vec<ReceiveKey>,
    next: u64,
    /// Threads that post receives here.
    receiver: Option<u16>,
    /// Several threads send or receive here: the order in which they went in is not certain.
    pub tangled: bool,
    /// What was recorded contradicts the pairs found here, or an operation failed.
    pub uncertain: bool,
}

#[derive(Default)]
struct Channel {
    sends: VecDeque<SendKey>,
    receives: VecDeque<ReceiveKey>,
    sender: Option<u16>,
    /// The last message from here that a receive from any rank took, and that receive.
    by_wildcard: Option<(Call, Call)>,
    sent: Tally,
    received: Tally,
}

/// How many messages with each tag; tags beyond the first few are counted together, because some
/// programs use each tag once.
#[derive(Default)]
pub(crate) struct Tally {
    tags: Vec<(i32, u64)>,
    other: u64,
}

impl Tally {
    fn add(&mut self, tag: i32) {
        if let Some((_, count)) = self.tags.iter_mut().find(|(known, _)| *known == tag) {
            *count += 1;
        } else if self.tags.len() < 16 {
            self.tags.push((tag, 1));
        } else {
            self.other += 1;
        }
    }

    fn of(&self, tag: Tag) -> Option<u64> {
        match tag {
            Tag::Any => Some(self.tags.iter().map(|(_, count)| count).sum::<u64>() + self.other),
            Tag::Is(tag) => match self.tags.iter().find(|(known, _)| *known == tag) {
                Some((_, count)) => Some(*count),
                None => (self.other == 0).then_some(0),
            },
        }
    }
}

/// All mailboxes.
#[derive(Default)]
pub(crate) struct Matcher {
    pub boxes: Map<(CommId, Rank), Mailbox>,
    pub sends: Slab<Sent>,
    pub receives: Slab<Posted>,
    /// Pairs found since they were last looked at.
    pub found: Vec<(SendKey, ReceiveKey)>,
}

impl Matcher {
    pub fn sent(&self, key: SendKey) -> &Sent {
        self.sends.at(key.0)
    }

    pub fn sent_mut(&mut self, key: SendKey) -> &mut Sent {
        self.sends.at_mut(key.0)
    }

    pub fn posted(&self, key: ReceiveKey) -> &Posted {
        self.receives.at(key.0)
    }

    pub fn posted_mut(&mut self, key: ReceiveKey) -> &mut Posted {
        self.receives.at_mut(key.0)
    }

    /// Takes part in keeping a send; the mailbox does while it is not matched, then its receive.
    pub fn hold_send(&mut self, key: SendKey) {
        self.sends.at_mut(key.0).references += 1;
    }

    pub fn drop_send(&mut self, key: SendKey) {
        let sent = self.sends.at_mut(key.0);
        sent.references -= 1;
        if sent.references == 0 {
            self.sends.remove(key.0);
        }
    }

    pub fn drop_receive(&mut self, key: ReceiveKey) {
        let posted = self.receives.at_mut(key.0);
        posted.references -= 1;
        if posted.references == 0 {
            let partner = posted.partner;
            self.receives.remove(key.0);
            if let Some(send) = partner {
                self.drop_send(send);
            }
        }
    }

    /// A send goes out. The mailbox and the caller hold it.
    pub fn send(&mut self, mut sent: Sent) -> SendKey {
        sent.references = 2;
        let (from, to, comm, tag, thread) =
            (sent.from, sent.to, sent.comm, sent.tag, sent.call.thread);
        let key = SendKey(self.sends.insert(sent));
        let mailbox = self.boxes.entry((comm, to)).or_default();
        let channel = mailbox.channels.entry(from).or_default();
        channel.sent.add(tag);
        channel.sends.push_back(key);
        if *channel.sender.get_or_insert(thread) != thread {
            mailbox.tangled = true;
        }
        // Only the first receive that accepts it can get it, and only if it does not take one before.
        let receives = &self.receives;
        let accepting = |&&key: &&ReceiveKey| receives.at(key.0).accepts(from, tag);
        let exact = channel.receives.iter().find(accepting).copied();
        let any = mailbox.any.iter().find(accepting).copied();
        if let Some(exact) = exact
            && any.is_none_or(|any| receives.at(any.0).order > receives.at(exact.0).order)
            && !receives.at(exact.0).doubtful
            && channel.first(&self.sends, receives.at(exact.0)) == Some(key)
        {
            self.pair((comm, to), from, key, exact);
        }
        key
    }

    /// A receive is posted. The mailbox and the caller hold it.
    pub fn receive(&mut self, mut posted: Posted) -> ReceiveKey {
        posted.references = 2;
        let place = (posted.comm, posted.at);
        let mailbox = self.boxes.entry(place).or_default();
        if *mailbox.receiver.get_or_insert(posted.call.thread) != posted.call.thread {
            mailbox.tangled = true;
        }
        posted.order = mailbox.next;
        mailbox.next += 1;
        let source = posted.source;
        let key = ReceiveKey(self.receives.insert(posted));
        match source {
            Source::Rank(from) => {
                let channel = mailbox.channels.entry(from).or_default();
                channel.receives.push_back(key);
                self.settle_one(place, from, key);
            }
            _ => mailbox.any.push(key),
        }
        key
    }

    /// A receive is complete, and this is what MPI says of it.
    pub fn resolve(
        &mut self,
        key: ReceiveKey,
        source: Option<Rank>,
        tag: Option<i32>,
        got: Option<u64>,
    ) {
        let posted = self.receives.at_mut(key.0);
        posted.done = true;
        posted.doubtful = false;
        posted.got = got;
        let place = (posted.comm, posted.at);
        if let Some(partner) = posted.partner {
            // A pair that was found before: what MPI says must agree.
            let sent = self.sends.at(partner.0);
            let agrees = source.is_none_or(|source| source == sent.from)
                && (source.is_none() || tag.is_none_or(|tag| tag == sent.tag));
            if !agrees {
                self.doubt(place);
            }
            return;
        }
        let Some(source) = source else {
            // Nobody will ever tell which message it got.
            self.doubt(place);
            self.withdraw_receive(key);
            return;
        };
        if posted.void {
            return;
        }
        let mut changed = false;
        if let (Tag::Any, Some(tag)) = (posted.tag, tag) {
            posted.tag = Tag::Is(tag);
            changed = true;
        }
        let contradicts = matches!(posted.source, Source::Rank(known) if known != source)
            || matches!((posted.tag, tag), (Tag::Is(known), Some(tag)) if known != tag);
        if contradicts {
            self.doubt(place);
            self.withdraw_receive(key);
            return;
        }
        if posted.source == Source::Any {
            posted.source = Source::Rank(source);
            let order = posted.order;
            let Some(mailbox) = self.boxes.get_mut(&place) else {
                return;
            };
            mailbox.any.retain(|&other| other != key);
            let receives = &self.receives;
            let channel = mailbox.channels.entry(source).or_default();
            let at = channel
                .receives
                .partition_point(|other| receives.at(other.0).order < order);
            channel.receives.insert(at, key);
            self.settle_one(place, source, key);
            self.settle(place);
        } else if changed {
            self.settle(place);
        }
    }

    /// Takes a send out that failed or was cancelled.
    pub fn withdraw_send(&mut self, key: SendKey) {
        let sent = self.sends.at(key.0);
        if sent.matched {
            return;
        }
        let (place, from) = ((sent.comm, sent.to), sent.from);
        if let Some(channel) = self
            .boxes
            .get_mut(&place)
            .and_then(|mailbox| mailbox.channels.get_mut(&from))
        {
            channel.sends.retain(|&other| other != key);
        }
        self.sends.at_mut(key.0).matched = true;
        self.drop_send(key);
        self.settle(place);
    }

    /// Takes a receive out that failed or was cancelled.
    pub fn withdraw_receive(&mut self, key: ReceiveKey) {
        let posted = self.receives.at(key.0);
        if posted.partner.is_some() || posted.void {
            return;
        }
        let (place, source) = ((posted.comm, posted.at), posted.source);
        if let Some(mailbox) = self.boxes.get_mut(&place) {
            mailbox.any.retain(|&other| other != key);
            if let Source::Rank(from) = source
                && let Some(channel) = mailbox.channels.get_mut(&from)
            {
                channel.receives.retain(|&other| other != key);
            }
        }
        self.receives.at_mut(key.0).void = true;
        self.drop_receive(key);
        self.settle(place);
    }

    /// Somebody tries to cancel it.
    pub fn doubt_send(&mut self, key: SendKey) {
        self.sends.at_mut(key.0).doubtful = true;
    }

    /// Somebody tries to cancel it.
    pub fn doubt_receive(&mut self, key: ReceiveKey) {
        self.receives.at_mut(key.0).doubtful = true;
    }

    /// The attempt to cancel came to nothing.
    pub fn trust_send(&mut self, key: SendKey) {
        let sent = self.sends.at_mut(key.0);
        if std::mem::take(&mut sent.doubtful) {
            let place = (sent.comm, sent.to);
            self.settle(place);
        }
    }

    /// What is found in this mailbox from now on, and was found before, is not to be relied on.
    pub fn doubt(&mut self, place: (CommId, Rank)) {
        self.boxes.entry(place).or_default().uncertain = true;
    }

    fn pair(&mut self, place: (CommId, Rank), from: Rank, send: SendKey, receive: ReceiveKey) {
        let Some(channel) = self
            .boxes
            .get_mut(&place)
            .and_then(|mailbox| mailbox.channels.get_mut(&from))
        else {
            return;
        };
        take(&mut channel.sends, send);
        take(&mut channel.receives, receive);
        let sent = self.sends.at_mut(send.0);
        sent.matched = true;
        channel.received.add(sent.tag);
        let posted = self.receives.at_mut(receive.0);
        posted.partner = Some(send);
        if let Some(call) = posted.wildcard {
            channel.by_wildcard = Some((sent.call, call));
        }
        // The mailbox's hold on the send becomes the receive's; its hold on the receive becomes that
        // of the list.
        self.found.push((send, receive));
    }

    fn settle_one(&mut self, place: (CommId, Rank), from: Rank, key: ReceiveKey) {
        if let Some(send) = self.certain(place, from, key) {
            self.pair(place, from, send, key);
        }
    }

    /// The message that a receive from a known source gets, if that is certain.
    fn certain(&self, place: (CommId, Rank), from: Rank, key: ReceiveKey) -> Option<SendKey> {
        let mailbox = self.boxes.get(&place)?;
        let channel = mailbox.channels.get(&from)?;
        let posted = self.receives.at(key.0);
        if posted.doubtful {
            return None;
        }
        let send = channel.first(&self.sends, posted)?;
        let sent = self.sends.at(send.0);
        let before = |other: &&ReceiveKey| self.receives.at(other.0).order < posted.order;
        let rivals = channel
            .receives
            .iter()
            .take_while(before)
            .chain(mailbox.any.iter().take_while(before));
        let free = !sent.doubtful
            && !rivals
                .into_iter()
                .any(|rival| self.receives.at(rival.0).accepts(from, sent.tag));
        free.then_some(send)
    }

    /// Finds all pairs that have become certain in a mailbox. A pair makes others certain only for
    /// receives after it: one pass in order finds all.
    fn settle(&mut self, place: (CommId, Rank)) {
        let Some(mailbox) = self.boxes.get(&place) else {
            return;
        };
        let candidates: Vec<(Rank, Vec<ReceiveKey>)> = mailbox
            .channels
            .iter()
            .filter(|(_, channel)| !channel.sends.is_empty() && !channel.receives.is_empty())
            .map(|(&from, channel)| (from, channel.receives.iter().copied().collect()))
            .collect();
        for (from, receives) in candidates {
            for key in receives {
                let left = self.boxes.get(&place).and_then(|b| b.channels.get(&from));
                if left.is_none_or(|channel| channel.sends.is_empty()) {
                    break;
                }
                self.settle_one(place, from, key);
            }
        }
    }

    /// Whether a pending receive may have got, or may get, one of the messages that are there.
    pub fn receive_possible(&self, key: ReceiveKey) -> bool {
        let posted = self.receives.at(key.0);
        if posted.partner.is_some() || posted.done || posted.doubtful {
            return true;
        }
        self.possible(
            (posted.comm, posted.at),
            posted.source,
            posted.tag,
            posted.order,
        )
    }

    /// Whether a probe may find one of the messages that are there.
    pub fn probe_possible(&self, place: (CommId, Rank), source: Source, tag: Tag) -> bool {
        self.possible(place, source, tag, u64::MAX)
    }

    fn possible(&self, place: (CommId, Rank), source: Source, tag: Tag, order: u64) -> bool {
        let Some(mailbox) = self.boxes.get(&place) else {
            return false;
        };
        if mailbox.uncertain {
            return true;
        }
        let rivals = self.before(mailbox, order);
        for (&from, channel) in &mailbox.channels {
            for &send in &channel.sends {
                let sent = self.sends.at(send.0);
                if !accepts(source, tag, from, sent.tag) {
                    continue;
                }
                // Whoever comes before and accepts the message must have got another one.
                let ahead: Vec<ReceiveKey> = rivals
                    .iter()
                    .copied()
                    .filter(|rival| self.receives.at(rival.0).accepts(from, sent.tag))
                    .collect();
                if sent.doubtful || self.all_served(mailbox, &ahead, send) {
                    return true;
                }
            }
        }
        false
    }

    /// The unsettled receives before one, in order.
    fn before(&self, mailbox: &Mailbox, order: u64) -> Vec<ReceiveKey> {
        mailbox
            .channels
            .values()
            .flat_map(|channel| &channel.receives)
            .chain(&mailbox.any)
            .copied()
            .filter(|key| {
                let posted = self.receives.at(key.0);
                posted.order < order && !posted.doubtful
            })
            .collect()
    }

    /// Whether each of these receives can have a message of its own, other than this one.
    fn all_served(&self, mailbox: &Mailbox, receives: &[ReceiveKey], except: SendKey) -> bool {
        let sends = self.unsettled(mailbox).filter(|&send| send != except);
        saturates(
            receives
                .iter()
                .map(|key| self.receives.at(key.0).accepted()),
            sends.map(|key| self.sends.at(key.0).envelope()),
            |(source, tag), (from, sent)| accepts(source, tag, from, sent),
        )
    }

    fn unsettled<'a>(&self, mailbox: &'a Mailbox) -> impl Iterator<Item = SendKey> + use<'a> {
        mailbox
            .channels
            .values()
            .flat_map(|channel| channel.sends.iter().copied())
    }

    /// Whether a send may have found, or may find, one of the receives that are posted.
    pub fn send_possible(&self, key: SendKey) -> bool {
        let sent = self.sends.at(key.0);
        if sent.matched || sent.doubtful {
            return true;
        }
        let Some(mailbox) = self.boxes.get(&(sent.comm, sent.to)) else {
            return false;
        };
        if mailbox.uncertain {
            return true;
        }
        let Some(channel) = mailbox.channels.get(&sent.from) else {
            return false;
        };
        let earlier: Vec<SendKey> = channel
            .sends
            .iter()
            .copied()
            .take_while(|&k| k != key)
            .collect();
        let receives = self.before(mailbox, u64::MAX);
        let mut kinds = HashSet::new();
        receives.iter().any(|&receive| {
            let (source, tag) = self.receives.at(receive.0).accepted();
            // Of receives that accept the same it makes no difference which one is tried.
            if !accepts(source, tag, sent.from, sent.tag) || !kinds.insert((source, tag)) {
                return false;
            }
            // Messages sent before that this receive would rather take must have gone elsewhere.
            let before = earlier
                .iter()
                .map(|key| self.sends.at(key.0).envelope())
                .filter(|(from, sent)| accepts(source, tag, *from, *sent));
            let elsewhere = receives.iter().filter(|other| **other != receive);
            saturates(
                before,
                elsewhere.map(|key| self.receives.at(key.0).accepted()),
                |(from, sent), (source, tag)| accepts(source, tag, from, sent),
            )
        })
    }

    /// For a receive (or a probe, which comes last) that no message can reach now: the unsettled
    /// receives before it that hold back a message it accepts. Somebody else's message for one of
    /// them would free that message.
    pub fn rivals(
        &self,
        place: (CommId, Rank),
        source: Source,
        tag: Tag,
        order: u64,
    ) -> Vec<ReceiveKey> {
        let Some(mailbox) = self.boxes.get(&place) else {
            return Vec::new();
        };
        let held = self.unsettled(mailbox).any(|send| {
            let sent = self.sends.at(send.0);
            accepts(source, tag, sent.from, sent.tag)
        });
        // A rival's own message may in turn be held back by another: all of them count.
        if held {
            self.before(mailbox, order)
        } else {
            Vec::new()
        }
    }

    /// Messages from one rank to another that no receive has got for certain, in all communicators.
    pub fn waiting_messages(&self, from: Rank, to: Rank) -> Vec<SendKey> {
        let mut keys: Vec<SendKey> = self
            .boxes
            .iter()
            .filter(|((_, at), _)| *at == to)
            .filter_map(|(_, mailbox)| mailbox.channels.get(&from))
            .flat_map(|channel| channel.sends.iter().copied())
            .collect();
        keys.sort_by_key(|key| self.sent(*key).call.number);
        keys
    }

    /// The messages that are there for a receive, and that it accepts, as far as nobody has them.
    pub fn candidates(&self, key: ReceiveKey) -> Vec<SendKey> {
        let posted = self.receives.at(key.0);
        let mailbox = self.boxes.get(&(posted.comm, posted.at));
        mailbox
            .into_iter()
            .flat_map(|mailbox| self.unsettled(mailbox))
            .filter(|send| {
                let sent = self.sends.at(send.0);
                posted.accepts(sent.from, sent.tag)
            })
            .collect()
    }

    /// Receives of one rank that no message has reached for certain, in all communicators.
    pub fn waiting_receives(&self, at: Rank) -> Vec<ReceiveKey> {
        let mut keys: Vec<ReceiveKey> = self
            .boxes
            .iter()
            .filter(|((_, owner), _)| *owner == at)
            .flat_map(|(_, mailbox)| self.before(mailbox, u64::MAX))
            .collect();
        keys.sort_by_key(|key| self.posted(*key).call.number);
        keys
    }

    /// How many messages were sent from one rank to another with such a tag, and how many of them
    /// were received for certain; none where tags were too many to count each.
    pub fn tally(&self, comm: CommId, from: Rank, to: Rank, tag: Tag) -> Option<(u64, u64)> {
        let channel = self.boxes.get(&(comm, to))?.channels.get(&from)?;
        Some((channel.sent.of(tag)?, channel.received.of(tag)?))
    }

    /// The last message from one rank to another that a receive from any rank took, and that receive.
    pub fn taken_by_wildcard(&self, place: (CommId, Rank), from: Rank) -> Option<(Call, Call)> {
        self.boxes.get(&place)?.channels.get(&from)?.by_wildcard
    }

    /// All messages that no receive has got for certain, by mailbox; and whether one still may.
    pub fn left_over(&self) -> Vec<SendKey> {
        let mut keys: Vec<SendKey> = self
            .boxes
            .values()
            .flat_map(|mailbox| self.unsettled(mailbox))
            .collect();
        keys.sort_by_key(|key| {
            let sent = self.sent(*key);
            (sent.from, sent.call.number, sent.to)
        });
        keys
    }

    /// Whether pairs found in this mailbox can be relied on.
    pub fn reliable(&self, place: (CommId, Rank)) -> bool {
        self.boxes
            .get(&place)
            .is_none_or(|mailbox| !mailbox.uncertain && !mailbox.tangled)
    }
}

impl Channel {
    /// The earliest message here that a receive accepts.
    fn first(&self, sends: &Slab<Sent>, posted: &Posted) -> Option<SendKey> {
        self.sends
            .iter()
            .copied()
            .find(|key| posted.tag == Tag::Any || posted.tag == Tag::Is(sends.at(key.0).tag))
    }
}

/// Takes a key out of a queue; mostly it is the first.
fn take<K: PartialEq>(queue: &mut VecDeque<K>, key: K) {
    if let Some(at) = queue.iter().position(|other| *other == key) {
        queue.remove(at);
    }
}

/// Whether each of the left can have one of the right that goes with it, and nobody else has it. Alike
/// ones count as one vertex with a capacity: there are few sorts, also where there are thousands
/// of messages (augmenting paths, Ford and Fulkerson 1956). With too many sorts to tell, it may be so.
fn saturates<L: Copy + Eq + Hash, R: Copy + Eq + Hash>(
    left: impl Iterator<Item = L>,
    right: impl Iterator<Item = R>,
    goes: impl Fn(L, R) -> bool,
) -> bool {
    /// Pairs of sorts.
    const MOST: usize = 1 << 16;
    let (left, right) = (sorts(left), sorts(right));
    if left.values().sum::<usize>() > right.values().sum() {
        return false;
    }
    if left.len() * right.len() > MOST {
        return true;
    }
    let edges = |from: &L| right.keys().map(|to| goes(*from, *to)).collect();
    let mut flow = Flow {
        edges: left.keys().map(edges).collect(),
        given: vec![vec![0; right.len()]; left.len()],
        free: right.values().copied().collect(),
    };
    left.values().enumerate().all(|(from, &count)| {
        let mut open = count;
        while open > 0 {
            match flow.augment(from, open, &mut vec![false; right.len()]) {
                0 => return false,
                got => open -= got,
            }
        }
        true
    })
}

/// How many there are of each sort.
fn sorts<T: Eq + Hash>(all: impl Iterator<Item = T>) -> HashMap<T, usize> {
    let mut sorts = HashMap::new();
    for one in all {
        *sorts.entry(one).or_default() += 1;
    }
    sorts
}

/// Who of the left has how many of the right.
struct Flow {
    edges: Vec<Vec<bool>>,
    given: Vec<Vec<usize>>,
    free: Vec<usize>,
}

impl Flow {
    /// Gives a sort of the left up to so many more; how many it was.
    fn augment(&mut self, from: usize, most: usize, seen: &mut [bool]) -> usize {
        for to in 0..self.free.len() {
            if !self.edges[from][to] || std::mem::replace(&mut seen[to], true) {
                continue;
            }
            if self.free[to] > 0 {
                let got = self.free[to].min(most);
                self.free[to] -= got;
                self.given[from][to] += got;
                return got;
            }
            for other in 0..self.given.len() {
                let has = self.given[other][to];
                if has == 0 {
                    continue;
                }
                let got = self.augment(other, has.min(most), seen);
                if got > 0 {
                    self.given[other][to] -= got;
                    self.given[from][to] += got;
                    return got;
                }
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One by one, in every way.
    fn slowly(left: &[u8], right: &[u8], goes: &dyn Fn(u8, u8) -> bool) -> bool {
        let Some((first, others)) = left.split_first() else {
            return true;
        };
        (0..right.len()).any(|at| {
            let mut less = right.to_vec();
            goes(*first, less.remove(at)) && slowly(others, &less, goes)
        })
    }

    proptest! {
        #[test]
        fn sorts_are_served_as_each_one_is(
            left in prop::collection::vec(0u8..4, 0..6),
            right in prop::collection::vec(0u8..4, 0..7),
            edges in any::<u16>(),
        ) {
            let goes = |from: u8, to: u8| edges >> (from * 4 + to) & 1 == 1;
            prop_assert_eq!(
                saturates(left.iter().copied(), right.iter().copied(), goes),
                slowly(&left, &right, &goes)
            );
        }
    }

    #[test]
    fn thousands_of_messages_cost_no_more_than_their_sorts() {
        let goes = |from: u32, to: u32| to == 9 || from == to;
        let left = || (0..300_000u32).map(|nth| nth % 3);
        let right = || left().chain(std::iter::repeat_n(9, 5));
        assert!(saturates(left(), right(), goes));
        assert!(!saturates(left().chain([7; 6]), right().chain([8]), goes));
    }
}
