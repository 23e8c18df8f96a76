//! From time to place: in proportion, or in steps that give every event room and keep their order.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::Timeline;
use crate::rows::Rows;
use crate::words::duration;

/// How time is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Steps if the run has few events of which many would be too short to see, or not very many of which
    /// nearly all would be; else in proportion.
    #[default]
    Auto,
    /// In proportion.
    Linear,
    /// Every event gets room, whatever it took. What happened later never stands further left; a
    /// stretch that is drawn much shorter than its share of the time is marked.
    Steps,
}

/// Room that a call needs, in units of the steps.
const CALL: f64 = 1.0;
/// Room between a call and the next one of the same row.
const PAUSE: f64 = 0.3;
/// Room for the part of a call in which it waits.
const WAIT: f64 = 0.6;
/// Room from a message's send to its receipt.
const FLIGHT: f64 = 0.8;
/// This share of the width of a picture in steps follows the clock.
const CLOCK: f64 = 0.25;
/// A stretch of the time is marked as broken if it is this share of the run, at least …
const LONG: f64 = 0.04;
/// … and drawn shorter than this share of what it would get in proportion.
const SHORTENED: f64 = 0.5;
/// So many units have room in a picture of usual width.
const FITS: f64 = 70.0;
/// So many, if bars need not hold names.
const BARS: f64 = 300.0;

/// Where a moment stands, from 0 (the first) to 1 (the last).
#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) begin: u64,
    pub(crate) end: u64,
    /// In steps: the moments at which something happened, and where each stands. Empty if in
    /// proportion.
    pub(crate) moments: Vec<(u64, f64)>,
    /// Stretches that are drawn shorter than they were: index of the moment before.
    pub(crate) breaks: Vec<usize>,
}

/// A line across the picture with a time.
#[derive(Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) at: f64,
    pub(crate) label: String,
}

impl Axis {
    pub(crate) fn new(timeline: &Timeline, rows: &Rows, scale: Scale) -> Self {
        let (begin, end) = timeline.span();
        let linear = Self {
            begin,
            end,
            moments: Vec::new(),
            breaks: Vec::new(),
        };
        match scale {
            Scale::Linear => linear,
            Scale::Steps => steps(timeline, rows, begin, end).0,
            Scale::Auto => {
                // With so many calls steps cannot help, and need not be tried.
                if timeline.calls.len() > 2_000 || timeline.calls.is_empty() || end == begin {
                    return linear;
                }
                let share = (end - begin) as f64 / 80.0;
                let tiny = timeline
                    .calls
                    .iter()
                    .filter(|call| {
                        call.to_ns
                            .is_some_and(|to| (to.saturating_sub(call.from_ns) as f64) < share)
                    })
                    .count();
                let (stepped, units) = steps(timeline, rows, begin, end);
                let calls = timeline.calls.len();
                // Without labels is better than all in one stripe.
                let is_stripe = tiny * 10 > calls * 9 && units <= BARS;
                if units <= FITS && tiny * 3 > calls || is_stripe {
                    stepped
                } else {
                    linear
                }
            }
        }
    }

    pub(crate) fn in_steps(&self) -> bool {
        !self.moments.is_empty()
    }

    /// Where `moment` stands, from 0 to 1; what lies outside of the run stands at its ends.
    pub(crate) fn at(&self, moment: u64) -> f64 {
        let moment = moment.clamp(self.begin, self.end);
        let between = |(from, left): (u64, f64), (to, right): (u64, f64)| {
            if to == from {
                return left;
            }
            left + (right - left) * ((moment - from) as f64 / (to - from) as f64)
        };
        if self.end == self.begin {
            return 0.0;
        }
        if !self.in_steps() {
            return between((self.begin, 0.0), (self.end, 1.0));
        }
        let next = self.moments.partition_point(|&(at, _)| at < moment);
        match next {
            0 => self.moments[0].1,
            n if n >= self.moments.len() => self.moments[n - 1].1,
            n => between(self.moments[n - 1], self.moments[n]),
        }
    }

    /// Lines for a picture of `width` in which labels need `room` each.
    pub(crate) fn ticks(&self, width: f64, room: f64) -> Vec<Tick> {
        if self.end == self.begin {
            return Vec::new();
        }
        if self.in_steps() {
            self.ticks_in_steps(width, room)
        } else {
            self.ticks_in_proportion(width, room)
        }
    }

    fn ticks_in_proportion(&self, width: f64, room: f64) -> Vec<Tick> {
        let span = (self.end - self.begin) as f64;
        let least = span * room / width;
        let mut step = 1.0;
        // 1, 2, 5, 10, …
        for factor in [2.0, 2.5, 2.0].iter().cycle() {
            if step >= least {
                break;
            }
            step *= factor;
        }
        let mut ticks = Vec::new();
        let mut number = 0.0;
        while number * step <= span {
            let ns = (number * step).round() as u64;
            ticks.push(Tick {
                at: ns as f64 / span,
                label: if ns == 0 {
                    "0".to_owned()
                } else {
                    duration(ns)
                },
            });
            number += 1.0;
        }
        ticks
    }

    fn ticks_in_steps(&self, width: f64, room: f64) -> Vec<Tick> {
        let mut ticks: Vec<Tick> = Vec::new();
        let mut last: Option<(u64, String)> = None;
        for &(moment, at) in &self.moments {
            if let Some(before) = ticks.last()
                && (at - before.at) * width < room
            {
                continue;
            }
            let since = moment - self.begin;
            let plain = if since == 0 {
                "0".to_owned()
            } else {
                duration(since)
            };
            // Three digits of a large number cannot tell it from its neighbour.
            let label = match &last {
                Some((before, text)) if *text == plain => format!("+{}", duration(moment - before)),
                _ => plain.clone(),
            };
            ticks.push(Tick { at, label });
            last = Some((moment, plain));
        }
        ticks
    }

    /// The stretches that are drawn shorter than they were: from, to, how long they took.
    pub(crate) fn broken(&self) -> impl Iterator<Item = (f64, f64, u64)> {
        self.breaks.iter().map(|&before| {
            let ((from, left), (to, right)) = (self.moments[before], self.moments[before + 1]);
            (left, right, to - from)
        })
    }
}

/// What happens at a moment.
enum Happens {
    Begins(u32),
    Waited(u32),
    Ends(u32),
    Sent(u32),
    Received(u32),
}

/// The axis in steps, and how many units of room it needs.
///
/// Each moment stands at least as far right as the one before it, and far enough from what happened
/// before in the same row and from the send of the message that arrives: the longest path through
/// these bounds. Ranks that do things side by side therefore share the room.
fn steps(timeline: &Timeline, rows: &Rows, begin: u64, end: u64) -> (Axis, f64) {
    let mut happens: Vec<(u64, Happens)> = Vec::new();
    for (number, call) in timeline.calls.iter().enumerate() {
        let Some(row) = rows.of_call[number] else {
            continue;
        };
        happens.push((call.from_ns, Happens::Begins(row)));
        let to = call.to_ns.map(|to| to.max(call.from_ns));
        if let Some((_, waited)) = call.waiting
            && to.is_some_and(|to| waited > call.from_ns && waited < to)
        {
            happens.push((waited, Happens::Waited(row)));
        }
        happens.push((to.unwrap_or(end).max(call.from_ns), Happens::Ends(row)));
    }
    for (number, message) in timeline.messages.iter().enumerate() {
        if message.from.rank < timeline.ranks && message.to.rank < timeline.ranks {
            happens.push((message.sent_ns, Happens::Sent(number as u32)));
            if let Some(received) = message.received_ns
                && received > message.sent_ns
            {
                happens.push((received, Happens::Received(number as u32)));
            }
        }
    }
    happens.sort_by_key(|&(moment, _)| moment);

    let mut moments: Vec<(u64, f64)> = Vec::new();
    let mut rows_at = vec![f64::NEG_INFINITY; rows.rows.len()];
    let mut sent_at: HashMap<u32, f64> = HashMap::new();
    let mut at: f64 = 0.0;
    for together in happens.chunk_by(|(one, _), (next, _)| one == next) {
        for (_, what) in together {
            let least = match what {
                Happens::Begins(row) => rows_at[*row as usize] + PAUSE,
                Happens::Waited(row) => rows_at[*row as usize] + WAIT,
                Happens::Ends(row) => rows_at[*row as usize] + CALL,
                Happens::Received(message) => sent_at.get(message).map_or(at, |sent| sent + FLIGHT),
                Happens::Sent(_) => at,
            };
            at = at.max(least);
        }
        for (_, what) in together {
            match what {
                Happens::Begins(row) | Happens::Waited(row) | Happens::Ends(row) => {
                    rows_at[*row as usize] = at;
                }
                Happens::Sent(message) => {
                    sent_at.insert(*message, at);
                }
                Happens::Received(_) => {}
            }
        }
        moments.push((together[0].0, at));
    }
    if let Some(&(last, _)) = moments.last()
        && end > last
    {
        at += CALL;
        moments.push((end, at));
    }

    let units = at;
    let span = (end - begin).max(1) as f64;
    for (moment, at) in &mut moments {
        let steps = if units > 0.0 { *at / units } else { 0.0 };
        let clock = (*moment - begin) as f64 / span;
        *at = (1.0 - CLOCK) * steps + CLOCK * clock;
    }
    // What remains is the rounding of the sums above.
    let last = moments.last().map_or(1.0, |&(_, at)| at);
    if last > 0.0 {
        for (_, at) in &mut moments {
            *at /= last;
        }
    }
    let breaks = moments
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| {
            let share = (pair[1].0 - pair[0].0) as f64 / span;
            share >= LONG && pair[1].1 - pair[0].1 < SHORTENED * share
        })
        .map(|(before, _)| before)
        .collect();
    let axis = Axis {
        begin,
        end,
        moments,
        breaks,
    };
    (axis, units)
}
