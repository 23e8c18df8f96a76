//! What each rank can know of the others (vector clocks, Fidge 1988 and Mattern 1989): which messages
//! could have met another receive, and how long the longest chain of messages is that wait for each
//! other.
//!
//! A rank's steps are taken in its own order, and a receive's step only once its message and the
//! sender's knowledge are known. So nothing depends on the order in which the ranks' records are read.

use crate::{
    finding::{Call, Confidence},
    knowledge::{Knowledge, Stamp},
    matcher::{Matcher, ReceiveKey, SendKey},
    signature::{Fit, Shape, Types, forgivable},
    slab::Map,
};
use recording::event::{CommId, Mode, PlaceId, Rank, Tag};
use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    sync::Arc,
};

/// From whom to whom knowledge goes in a collective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// From all to all.
    All,
    /// From the root to all.
    FromRoot(Rank),
    /// From all to the root.
    ToRoot(Rank),
    /// Not followed.
    None,
}

/// A collective on its way.
#[derive(Default)]
struct Meeting {
    entered: u32,
    left: u32,
    stamp: Stamp,
    root: Option<Knowledge>,
    parked: Vec<Rank>,
}

/// Something that a rank did.
enum Step {
    Send(SendKey),
    Received(ReceiveKey),
    Enter((CommId, u64), Flow, u32),
    Exit((CommId, u64), Flow, u32),
}

#[derive(Default)]
struct Timeline {
    now: Stamp,
    shared: Option<Knowledge>,
    steps: VecDeque<Step>,
}

/// The last wildcard receive of its place and tag in a mailbox.
struct Wildcard {
    receive: Call,
    asked: Tag,
    disregards_probe: bool,
    /// The room that it had; none if the program may have chosen it by the message.
    room: Option<Shape>,
    order: u64,
    send: Call,
    from: Rank,
    /// With which tag it came.
    tag: i32,
    /// What it brought.
    sent: Shape,
    /// Whether its sender knew by the end of its send that it was received, and may have told others.
    is_synchronous: bool,
    step: u32,
}

/// A message that a wildcard could have met.
pub(crate) struct Race {
    pub mailbox: (CommId, Rank),
    pub calls: [Call; 4],
    pub confidence: Confidence,
    pub times: u64,
}

/// All of it.
pub(crate) struct Causality {
    ranks: Vec<Timeline>,
    meetings: Map<(CommId, u64), Meeting>,
    wildcards: Map<(CommId, Rank), Vec<Wildcard>>,
    pub races: BTreeMap<(Rank, PlaceId, PlaceId, Confidence), Race>,
    /// Windows of calls in which chains are measured: for each, a range of numbers for each rank.
    windows: Vec<Vec<Range<u64>>>,
    awake: Vec<Rank>,
    /// Whether nobody asks what ranks can know: then messages are let go as soon as they are known.
    is_idle: bool,
}

impl Causality {
    pub fn new(size: usize) -> Self {
        let mut new = Self {
            ranks: Vec::new(),
            meetings: Map::default(),
            wildcards: Map::default(),
            races: BTreeMap::new(),
            windows: Vec::new(),
            awake: Vec::new(),
            is_idle: false,
        };
        new.grow(size);
        new
    }

    /// There are so many ranks now, if there were fewer.
    pub fn grow(&mut self, size: usize) {
        let depths = vec![0; self.windows.len()];
        while self.ranks.len() < size {
            self.ranks.push(Timeline {
                now: Stamp {
                    clock: Vec::new(),
                    depths: depths.clone(),
                },
                ..Timeline::default()
            });
        }
        for rank in &mut self.ranks {
            rank.now.clock.resize(size, 0);
        }
    }

    /// From now on follows nothing; to be called before the first step.
    pub fn rest(&mut self) {
        self.is_idle = true;
    }

    pub fn window(&mut self, ranges: Vec<Range<u64>>) {
        self.windows.push(ranges);
        for rank in &mut self.ranks {
            rank.now.depths.push(0);
            rank.shared = None;
        }
    }

    /// The longest chain in a window.
    pub fn depth(&self, window: usize) -> u32 {
        let depth = |rank: &Timeline| rank.now.depths.get(window).copied().unwrap_or(0);
        self.ranks.iter().map(depth).max().unwrap_or(0)
    }

    /// A rank sends; the caller has made sure that the send stays.
    pub fn sends(&mut self, rank: Rank, key: SendKey) {
        self.push(rank, Step::Send(key));
    }

    /// A receive is complete; the caller has made sure that it stays.
    pub fn received(&mut self, rank: Rank, key: ReceiveKey) {
        self.push(rank, Step::Received(key));
    }

    /// A rank enters a collective of so many members.
    pub fn enters(&mut self, rank: Rank, which: (CommId, u64), flow: Flow, members: u32) {
        if flow != Flow::None && !self.is_idle {
            self.push(rank, Step::Enter(which, flow, members));
        }
    }

    /// A rank's part in a collective is complete.
    pub fn leaves(&mut self, rank: Rank, which: (CommId, u64), flow: Flow, members: u32) {
        if flow != Flow::None && !self.is_idle {
            self.push(rank, Step::Exit(which, flow, members));
        }
    }

    /// Something that a rank may wait for has become known.
    pub fn wake(&mut self, rank: Rank) {
        self.awake.push(rank);
    }

    fn push(&mut self, rank: Rank, step: Step) {
        self.ranks[rank as usize].steps.push_back(step);
        self.awake.push(rank);
    }

    /// Takes all steps that can be taken.
    pub fn run(&mut self, matcher: &mut Matcher, types: &Types) {
        while let Some(rank) = self.awake.pop() {
            while self.step(rank, matcher, types) {}
        }
    }

    fn step(&mut self, rank: Rank, matcher: &mut Matcher, types: &Types) -> bool {
        let at = rank as usize;
        let Some(step) = self.ranks[at].steps.front() else {
            return false;
        };
        match *step {
            Step::Send(key) if self.is_idle => matcher.drop_send(key),
            Step::Received(key) if self.is_idle => matcher.drop_receive(key),
            Step::Send(key) => {
                let stamp = self.knowledge(rank);
                let sent = matcher.sent_mut(key);
                sent.stamp = Some(stamp);
                if sent.matched {
                    self.awake.push(sent.to);
                }
                matcher.drop_send(key);
            }
            Step::Received(key) if matcher.posted(key).void => matcher.drop_receive(key),
            Step::Received(key) => {
                let Some(partner) = matcher.posted(key).partner else {
                    return false;
                };
                let Some(stamp) = matcher.sent(partner).stamp.clone() else {
                    return false;
                };
                self.learn(rank, &stamp);
                self.chain(rank, &stamp, &matcher.sent(partner).call);
                self.race(rank, &stamp, (matcher, types), key, partner);
                matcher.drop_receive(key);
            }
            Step::Enter(which, flow, members) => {
                let stamp = self.knowledge(rank);
                let meeting = self.meetings.entry(which).or_default();
                meeting.entered += 1;
                match flow {
                    Flow::All | Flow::ToRoot(_) => {
                        if meeting.entered == 1 {
                            meeting.stamp = (*stamp).clone();
                        } else {
                            meeting.stamp.merge(&stamp);
                        }
                    }
                    Flow::FromRoot(root) if root == rank => meeting.root = Some(stamp),
                    _ => {}
                }
                if meeting.entered == members || meeting.root.is_some() {
                    self.awake.append(&mut meeting.parked);
                }
            }
            Step::Exit(which, flow, members) => {
                let Some(meeting) = self.meetings.get_mut(&which) else {
                    self.ranks[at].steps.pop_front();
                    return true;
                };
                let learned = match flow {
                    Flow::All => (meeting.entered == members).then_some(true),
                    Flow::ToRoot(root) if root == rank => {
                        (meeting.entered == members).then_some(true)
                    }
                    Flow::FromRoot(root) if root != rank => meeting.root.is_some().then_some(true),
                    _ => Some(false),
                };
                let Some(learned) = learned else {
                    meeting.parked.push(rank);
                    return false;
                };
                meeting.left += 1;
                let over = meeting.left == members;
                if learned {
                    let stamp = match &meeting.root {
                        Some(root) => root.clone(),
                        None => Arc::new(meeting.stamp.clone()),
                    };
                    self.learn(rank, &stamp);
                }
                if over {
                    self.meetings.remove(&which);
                }
            }
        }
        self.ranks[at].steps.pop_front();
        true
    }

    /// What a rank knows now; the same allocation while it learns nothing.
    fn knowledge(&mut self, rank: Rank) -> Knowledge {
        let timeline = &mut self.ranks[rank as usize];
        timeline
            .shared
            .get_or_insert_with(|| Arc::new(timeline.now.clone()))
            .clone()
    }

    fn learn(&mut self, rank: Rank, stamp: &Stamp) {
        let timeline = &mut self.ranks[rank as usize];
        timeline.now.merge(stamp);
        timeline.now.clock[rank as usize] += 1;
        timeline.shared = None;
    }

    fn chain(&mut self, rank: Rank, stamp: &Stamp, send: &Call) {
        let now = &mut self.ranks[rank as usize].now;
        for (window, ranges) in self.windows.iter().enumerate() {
            let inside = ranges
                .get(send.rank as usize)
                .is_some_and(|range| range.contains(&send.number) && !send.aside);
            if inside {
                let before = stamp.depths.get(window).copied().unwrap_or(0);
                now.depths[window] = now.depths[window].max(before + 1);
            }
        }
    }

    /// The messages that no receive has got so far, and that could have met a wildcard receive of this rank
    /// before: the receive, the send that it met, the other send.
    pub fn missed(&self, rank: Rank, matcher: &Matcher) -> Vec<[Call; 3]> {
        let left = matcher.left_over().into_iter().map(|key| matcher.sent(key));
        let mut missed = Vec::new();
        for sent in left.filter(|sent| sent.to == rank && !sent.matched && !sent.doubtful) {
            let mailbox = (sent.comm, rank);
            let wildcards = self.wildcards.get(&mailbox).into_iter().flatten();
            let (Some(stamp), true) = (&sent.stamp, matcher.reliable(mailbox)) else {
                continue;
            };
            missed.extend(
                wildcards
                    .filter(|wildcard| wildcard.could_meet(rank, (sent.from, sent.tag), stamp))
                    .map(|wildcard| [wildcard.receive, wildcard.send, sent.call]),
            );
        }
        missed.sort();
        missed
    }

    /// Looks whether the message that was just received could have met a wildcard receive before, and
    /// notes a wildcard.
    fn race(
        &mut self,
        rank: Rank,
        stamp: &Stamp,
        (matcher, types): (&Matcher, &Types),
        key: ReceiveKey,
        partner: SendKey,
    ) {
        let (posted, sent) = (matcher.posted(key), matcher.sent(partner));
        let mailbox = (posted.comm, rank);
        let step = self.ranks[rank as usize].now.clock[rank as usize];
        let room = posted.shape.filter(|_| !posted.adapts);
        if posted.wildcard.is_none() && !self.wildcards.contains_key(&mailbox) {
            return;
        }
        let before = self.wildcards.entry(mailbox).or_default();
        for wildcard in before.iter() {
            let met = wildcard.order < posted.order
                && wildcard.could_meet(rank, (sent.from, sent.tag), stamp)
                && !posted.call.aside;
            if !met {
                continue;
            }
            // Whether each of the two receives could have had the other's message.
            let could_swap = posted.wildcard.is_some()
                && (posted.asked == Tag::Any || posted.asked == Tag::Is(wildcard.tag))
                && (wildcard.is_synchronous
                    || fits(types, wildcard.sent, room) && fits(types, sent.shape, wildcard.room));
            let confidence = if !could_swap {
                Confidence::High
            } else if wildcard.disregards_probe {
                Confidence::Medium
            } else {
                Confidence::Low
            };
            let places = (rank, wildcard.receive.place, posted.call.place, confidence);
            self.races
                .entry(places)
                .and_modify(|race| race.times += 1)
                .or_insert_with(|| Race {
                    mailbox,
                    calls: [wildcard.receive, wildcard.send, sent.call, posted.call],
                    confidence,
                    times: 1,
                });
        }
        if posted.wildcard.is_some() {
            let same = before.iter_mut().find(|wildcard| {
                wildcard.receive.place == posted.call.place && wildcard.asked == posted.asked
            });
            let this = Wildcard {
                receive: posted.call,
                asked: posted.asked,
                disregards_probe: posted.disregards_probe,
                room,
                order: posted.order,
                send: sent.call,
                from: sent.from,
                tag: sent.tag,
                sent: sent.shape,
                is_synchronous: sent.mode == Mode::Synchronous,
                step,
            };
            match same {
                Some(known) if known.order < this.order => *known = this,
                Some(_) => {}
                None => before.push(this),
            }
        }
    }
}

impl Wildcard {
    /// Whether it could have met a message from another rank with this tag, which was sent with this
    /// knowledge.
    fn could_meet(&self, at: Rank, (from, tag): (Rank, i32), stamp: &Stamp) -> bool {
        self.from != from
            && (self.asked == Tag::Any || self.asked == Tag::Is(tag))
            // The sender did not know yet that the wildcard had got its message.
            && stamp.clock.get(at as usize).is_none_or(|known| *known < self.step)
            && !self.receive.aside
    }
}

/// Whether a message would be right in a room, as far as both are known.
fn fits(types: &Types, sent: Shape, room: Option<Shape>) -> bool {
    match room.map(|room| types.fit(sent, room)) {
        None | Some(Fit::Fits) => true,
        Some(Fit::Longer { .. }) => false,
        Some(Fit::Differs { sent, room, .. }) => forgivable(sent, room),
    }
}
