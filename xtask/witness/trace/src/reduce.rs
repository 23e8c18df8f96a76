//! A large run becomes a small one that still shows what matters, and says what it left out.

use std::collections::HashMap;
use std::sync::Arc;

use crate::timeline::{Call, Class, Meeting, Message, Timeline};
use crate::words::{count, plural};

/// No more than `budget` calls: all of the deadlock and of what never came back, errors, the sends of
/// messages that were never received, then the longest waits with what ended them, and of the rest
/// every so many. [`Timeline::left_out`] says so.
///
/// The deadlock is kept even if it alone is more than the budget; the others go first to last until
/// the budget is spent, so that a run with a million errors becomes small as well. Messages stay if
/// their calls do; of those without a call, and of those that were never received, at most `budget`.
pub fn reduce(timeline: &Timeline, budget: usize) -> Timeline {
    if fits(timeline, budget) {
        return timeline.clone();
    }
    let mut kept = Kept::new(timeline, budget);
    kept.matters();
    let left = budget.saturating_sub(kept.number);
    kept.longest_waits(kept.number + left / 2);
    kept.sample();
    let gone = timeline.calls.len() - kept.number;
    let mut reduced = kept.finish(Vec::new());
    let messages = timeline.messages.len() - reduced.messages.len();
    let mut sentence = format!(
        "{} of {} are left out",
        count(gone as u64),
        plural(timeline.calls.len() as u64, "call")
    );
    if messages > 0 {
        sentence += &format!(
            ", and {} of {}",
            count(messages as u64),
            plural(timeline.messages.len() as u64, "message")
        );
    }
    sentence += "; kept are the deadlock, errors, messages that nobody received, the longest waits, \
                 and a sample of the rest.";
    reduced.left_out = Some(joined(timeline, sentence));
    reduced
}

/// About `budget` calls, as [`reduce()`] keeps them, but for the sample: what lies between is merged
/// into blocks, of which each stands for short calls of one thread that follow one another
/// ([`Call::count`]). Nothing is missing from the picture, but much has become small.
pub fn merge(timeline: &Timeline, budget: usize) -> Timeline {
    if fits(timeline, budget) {
        return timeline.clone();
    }
    // A third for what is kept; that may cut as many blocks in two; a third for the blocks.
    let mut kept = Kept::new(timeline, budget / 3);
    kept.matters();
    kept.longest_waits(budget / 3);

    let (begin, end) = timeline.span();
    let mut order: Vec<u32> = (0..timeline.calls.len() as u32).collect();
    order.sort_by_key(|&number| {
        let call = &timeline.calls[number as usize];
        (call.rank, call.thread, call.from_ns)
    });
    let threads = order
        .chunk_by(|&one, &next| {
            let (one, next) = (
                &timeline.calls[one as usize],
                &timeline.calls[next as usize],
            );
            (one.rank, one.thread) == (next.rank, next.thread)
        })
        .count();
    let buckets = (budget / 3 / threads.max(1)).max(1) as u64;
    let width = ((end - begin) / buckets).max(1);
    let mut blocks: Vec<Call> = Vec::new();
    let mut block: Option<(u64, Block)> = None;
    let mut merged = 0;
    for &number in &order {
        let call = &timeline.calls[number as usize];
        let bucket = call.from_ns.saturating_sub(begin) / width;
        let fits = |(open, block): &(u64, Block)| {
            *open == bucket && block.call.rank == call.rank && block.call.thread == call.thread
        };
        if kept.keeps(number) {
            blocks.extend(block.take().map(|(_, block)| block.finish()));
            continue;
        }
        merged += u64::from(call.count);
        match &mut block {
            Some(open) if fits(open) => open.1.add(call),
            _ => {
                blocks.extend(block.take().map(|(_, block)| block.finish()));
                block = Some((bucket, Block::new(call)));
            }
        }
    }
    blocks.extend(block.take().map(|(_, block)| block.finish()));
    let number = blocks.len() as u64;
    let mut reduced = kept.finish(blocks);
    let messages = timeline.messages.len() - reduced.messages.len();
    let mut sentence = format!(
        "{} of {} are merged into {}",
        count(merged),
        plural(timeline.calls.len() as u64, "call"),
        plural(number, "block")
    );
    if messages > 0 {
        sentence += &format!(
            ", and {} of {} are not drawn",
            count(messages as u64),
            plural(timeline.messages.len() as u64, "message")
        );
    }
    sentence += "; each by itself are the deadlock, errors, messages that nobody received, and the \
                 longest waits.";
    reduced.left_out = Some(joined(timeline, sentence));
    reduced
}

/// Messages without a call are drawn too, but not beyond any measure.
fn fits(timeline: &Timeline, budget: usize) -> bool {
    timeline.calls.len() <= budget && timeline.messages.len() <= budget.saturating_mul(2)
}

fn joined(timeline: &Timeline, sentence: String) -> String {
    match &timeline.left_out {
        Some(before) => format!("{before} {sentence}"),
        None => sentence,
    }
}

/// Short calls of one thread, one after the other.
struct Block {
    call: Call,
    time: [u64; Class::ALL.len()],
    first: Arc<str>,
}

impl Block {
    fn new(call: &Call) -> Self {
        let mut block = Self {
            call: Call {
                place: None,
                waiting: None,
                peer: None,
                tag: None,
                bytes: None,
                communicator: None,
                count: 0,
                ..call.clone()
            },
            time: [0; Class::ALL.len()],
            first: Arc::clone(&call.function),
        };
        block.add(call);
        block
    }

    fn add(&mut self, call: &Call) {
        let to = call.to_ns.unwrap_or(call.from_ns).max(call.from_ns);
        self.call.to_ns = self.call.to_ns.max(Some(to));
        self.call.count = self.call.count.saturating_add(call.count);
        if let Some(bytes) = call.bytes {
            self.call.bytes = Some(self.call.bytes.unwrap_or(0).saturating_add(bytes));
        }
        // A call of no length counts too.
        let time = &mut self.time[call.class as usize];
        *time = time.saturating_add(to - call.from_ns + 1);
    }

    /// A block has the class that took most of its time.
    fn finish(self) -> Call {
        let Self {
            mut call,
            time,
            first,
        } = self;
        if call.count > 1 {
            let most = Class::ALL
                .into_iter()
                .max_by_key(|&class| time[class as usize]);
            call.class = most.unwrap_or(call.class);
            call.function = plural(u64::from(call.count), "call").into();
        } else {
            call.function = first;
        }
        call
    }
}

/// None, for places in lists.
const NONE: u32 = u32::MAX;

/// Which calls stay.
struct Kept<'a> {
    timeline: &'a Timeline,
    budget: usize,
    calls: Vec<bool>,
    number: usize,
    /// Of each call, a message that it sent or received.
    message: Vec<u32>,
    /// Of each call, the meeting in which it took part.
    meeting: Vec<u32>,
}

impl<'a> Kept<'a> {
    fn new(timeline: &'a Timeline, budget: usize) -> Self {
        let calls = timeline.calls.len();
        let mut message = vec![NONE; calls];
        for (number, one) in timeline.messages.iter().enumerate() {
            for call in [one.from.call, one.to.call].into_iter().flatten() {
                if let Some(place) = message.get_mut(call as usize) {
                    *place = number as u32;
                }
            }
        }
        let mut meeting = vec![NONE; calls];
        for (number, one) in timeline.collectives.iter().enumerate() {
            for &call in &one.calls {
                if let Some(place) = meeting.get_mut(call as usize) {
                    *place = number as u32;
                }
            }
        }
        Self {
            timeline,
            budget,
            calls: vec![false; calls],
            number: 0,
            message,
            meeting,
        }
    }

    fn keeps(&self, call: u32) -> bool {
        self.calls.get(call as usize).copied().unwrap_or(false)
    }

    fn keep(&mut self, call: u32) {
        if let Some(kept) = self.calls.get_mut(call as usize)
            && !*kept
        {
            *kept = true;
            self.number += 1;
        }
    }

    /// Keeps the call and those without which it says little, as far as the budget goes.
    fn keep_with_others(&mut self, call: u32, budget: usize) {
        if self.number >= budget || self.keeps(call) {
            return;
        }
        self.keep(call);
        let (message, meeting) = (self.message[call as usize], self.meeting[call as usize]);
        if let Some(one) = self.timeline.messages.get(message as usize) {
            for other in [one.from.call, one.to.call].into_iter().flatten() {
                if self.number < budget {
                    self.keep(other);
                }
            }
        }
        if let Some(one) = self.timeline.collectives.get(meeting as usize)
            && self.number + one.calls.len() <= budget
        {
            for &other in &one.calls {
                self.keep(other);
            }
        }
    }

    /// What has to stay if anything does.
    fn matters(&mut self) {
        let timeline = self.timeline;
        for call in timeline.stuck.iter().filter_map(|edge| edge.call) {
            self.keep(call);
        }
        let stuck: Vec<u32> = timeline
            .stuck
            .iter()
            .flat_map(|edge| [edge.from, edge.to])
            .collect();
        let calls = || (0u32..).zip(&timeline.calls);
        let open = |call: &Call| call.to_ns.is_none();
        if !stuck.is_empty() {
            for (number, _) in calls().filter(|(_, call)| open(call) && stuck.contains(&call.rank))
            {
                self.keep(number);
            }
        }
        for wanted in [open, |call: &Call| call.error] {
            for (number, _) in calls().filter(|(_, call)| wanted(call)) {
                if self.number < self.budget {
                    self.keep(number);
                }
            }
        }
        for message in &timeline.messages {
            if message.received_ns.is_none()
                && let Some(call) = message.from.call
                && self.number < self.budget
            {
                self.keep(call);
            }
        }
    }

    /// The longest waits until `budget` calls are kept.
    fn longest_waits(&mut self, budget: usize) {
        let (_, end) = self.timeline.span();
        let mut waits: Vec<(u64, u32)> = (0u32..)
            .zip(&self.timeline.calls)
            .filter_map(|(number, call)| Some((call.waited(end)?, number)))
            .filter(|&(waited, number)| waited > 0 && !self.keeps(number))
            .collect();
        // Among equals the earlier one, so that the picture does not hang on the sort.
        waits.sort_unstable_by_key(|&(waited, number)| (u64::MAX - waited, number));
        for (_, number) in waits {
            if self.number >= budget {
                break;
            }
            self.keep_with_others(number, budget);
        }
    }

    /// Of what remains every so many, with their other ends, until the budget is spent.
    fn sample(&mut self) {
        let calls = self.timeline.calls.len();
        let room = self.budget.saturating_sub(self.number);
        if room == 0 {
            return;
        }
        let mut order: Vec<u32> = (0..calls as u32)
            .filter(|&call| !self.keeps(call))
            .collect();
        order.sort_by_key(|&number| self.timeline.calls[number as usize].from_ns);
        let stride = order.len().div_ceil(room).max(1);
        // The other ends take room of their own: spread the first round over the whole run, and let
        // later rounds fill what it left.
        let rounds = std::iter::once((0, 2 * stride)).chain((0..stride).map(|at| (at, stride)));
        for (first, step) in rounds {
            for &call in order.iter().skip(first).step_by(step) {
                if self.number >= self.budget {
                    return;
                }
                self.keep_with_others(call, self.budget);
            }
        }
    }

    /// The timeline of what is kept and of `more` calls, with every reference made anew.
    fn finish(self, more: Vec<Call>) -> Timeline {
        let timeline = self.timeline;
        let mut renumbered: HashMap<u32, u32> = HashMap::with_capacity(self.number);
        let mut calls = Vec::with_capacity(self.number + more.len());
        for (number, call) in (0u32..).zip(&timeline.calls) {
            if self.keeps(number) {
                renumbered.insert(number, calls.len() as u32);
                calls.push(call.clone());
            }
        }
        calls.extend(more);
        let anew = |call: Option<u32>| call.and_then(|call| renumbered.get(&call).copied());
        let mut without_calls = 0;
        let messages = timeline
            .messages
            .iter()
            .filter_map(|message| {
                let renewed = Message {
                    from: crate::End {
                        call: anew(message.from.call),
                        ..message.from
                    },
                    to: crate::End {
                        call: anew(message.to.call),
                        ..message.to
                    },
                    ..*message
                };
                let whole = renewed.from.call.is_some() && renewed.to.call.is_some();
                let apart = message.received_ns.is_none()
                    || (message.from.call.is_none() && message.to.call.is_none());
                if whole {
                    return Some(renewed);
                }
                without_calls += usize::from(apart);
                (apart && without_calls <= self.budget.max(1)).then_some(renewed)
            })
            .collect();
        let collectives = timeline
            .collectives
            .iter()
            .filter_map(|meeting| {
                let calls: Vec<u32> = meeting
                    .calls
                    .iter()
                    .filter_map(|&call| anew(Some(call)))
                    .collect();
                let missing = meeting.missing.clone();
                (calls.len() > 1 || !missing.is_empty() && !calls.is_empty())
                    .then_some(Meeting { calls, missing })
            })
            .collect();
        let stuck = timeline
            .stuck
            .iter()
            .map(|edge| crate::Edge {
                call: anew(edge.call),
                ..*edge
            })
            .collect();
        Timeline {
            title: timeline.title.clone(),
            ranks: timeline.ranks,
            ended_ns: timeline.ended_ns,
            calls,
            messages,
            collectives,
            stuck,
            left_out: timeline.left_out.clone(),
            about: timeline.about.clone(),
            failure: timeline.failure.clone(),
        }
    }
}
