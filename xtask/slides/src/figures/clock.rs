//! A logical clock (Lamport, "Time, clocks, and the ordering of events", 1978): when each step of a
//! recorded run begins and ends, as early as possible, so that what must come before something else
//! does so. No moment of the run itself goes in.
//!
//! - The steps of a rank follow each other, each long enough for its name.
//! - A receive, or the wait for it, does not end before its message has arrived, and a message travels
//!   for some time after its send has begun.
//! - A send that was synchronous does not end before its receive has begun, and its data do not leave
//!   before. One that was buffered has ended before. One that has waited began before its receive, and ends with the data: MPI asks the
//!   receiver first, and the answer travels too.
//! - What never returns lasts until the end.

use super::recorded::{At, Message, Order, Run, Step};

/// A step in time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Span {
    /// When it begins.
    pub(crate) from: f64,
    /// Until when it can only wait for its counterpart; not after `to`.
    pub(crate) until: f64,
    /// When it ends.
    pub(crate) to: f64,
}

/// A message in time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Flight {
    /// When it leaves.
    pub(crate) sent: f64,
    /// When it is there.
    pub(crate) arrived: f64,
}

/// All of a run in time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Clock {
    /// The steps of each rank.
    pub(crate) spans: Vec<Vec<Span>>,
    /// The messages, in the order of the run's.
    pub(crate) flights: Vec<Flight>,
    /// When all is over.
    pub(crate) end: f64,
}

/// Between two steps of a rank.
const GAP: f64 = 10.0;
/// From the beginning of a call until what it sends leaves, and from an arrival to the end of a call.
const INSET: f64 = 14.0;

impl Clock {
    /// The earliest times for all of a run, if a step takes at least so long, and a message travels so
    /// long.
    pub(crate) fn of(run: &Run, least: impl Fn(&Step) -> f64, travel: f64) -> Self {
        let spans = run
            .ranks
            .iter()
            .map(|steps| vec![Span::default(); steps.len()]);
        let mut clock = Self {
            spans: spans.collect(),
            flights: vec![Flight::default(); run.messages.len()],
            end: 0.0,
        };
        // Each turn moves at least one step to its final place, if there is one: what a real run has
        // done in some order is in no circle.
        let steps: usize = run.ranks.iter().map(Vec::len).sum();
        for _ in 0..=steps + run.messages.len() {
            let before = clock.clone();
            clock.follow(run, &least);
            for (index, message) in run.messages.iter().enumerate() {
                clock.fly(index, message, travel);
            }
            if clock == before {
                break;
            }
        }
        let ends = clock.spans.iter().flatten().map(|span| span.to);
        clock.end = ends.fold(0.0, f64::max);
        for (spans, steps) in clock.spans.iter_mut().zip(&run.ranks) {
            for (index, step) in steps.iter().enumerate() {
                let is_open = matches!(step, Step::Call(call) if !call.returned);
                match step {
                    // A rank computes until it calls.
                    Step::Between(_) => {
                        let next = spans.get(index + 1).map(|next| next.from - GAP);
                        spans[index].to = next.unwrap_or(spans[index].to);
                    }
                    Step::Call(_) if is_open => spans[index].to = clock.end,
                    Step::Call(_) => {}
                }
            }
        }
        clock
    }

    fn follow(&mut self, run: &Run, least: &impl Fn(&Step) -> f64) {
        for (spans, steps) in self.spans.iter_mut().zip(&run.ranks) {
            let mut free = 0.0;
            for (span, step) in spans.iter_mut().zip(steps) {
                span.from = f64::max(span.from, free);
                span.until = f64::max(span.until, span.from);
                span.to = f64::max(span.to, span.until + least(step));
                free = span.to + GAP;
            }
        }
    }

    fn fly(&mut self, index: usize, message: &Message, travel: f64) {
        let (Some(send), Some(posted)) = (self.at(message.sent), self.at(message.posted)) else {
            return;
        };
        let asked = send.from + INSET;
        let sent = match message.order {
            Order::Synchronous => f64::max(asked, posted.from + INSET),
            Order::Buffered => asked,
            // The question goes one way, and the answer the other.
            Order::Waited => posted.from + INSET + travel + GAP,
        };
        let arrived = sent + travel;
        match message.order {
            Order::Synchronous => {
                self.wait(message.sent, posted.from);
                self.last(message.sent, posted.from + INSET);
            }
            Order::Buffered => self.begin(message.posted, f64::max(send.to, arrived) + travel),
            Order::Waited => {
                self.begin(message.posted, asked + travel + GAP);
                self.wait(message.sent, sent);
                self.last(message.sent, arrived + INSET);
            }
        }
        if message.order != Order::Buffered {
            // Before they leave, a receive can only wait for its data.
            self.wait(message.received, sent - INSET);
            self.last(message.received, arrived + INSET);
        }
        self.flights[index] = Flight { sent, arrived };
    }

    pub(crate) fn at(&self, (rank, step): At) -> Option<Span> {
        self.spans.get(rank as usize)?.get(step).copied()
    }

    fn change(&mut self, (rank, step): At, change: impl Fn(&mut Span)) {
        if let Some(span) = self
            .spans
            .get_mut(rank as usize)
            .and_then(|spans| spans.get_mut(step))
        {
            change(span);
        }
    }

    fn begin(&mut self, at: At, moment: f64) {
        self.change(at, |span| span.from = f64::max(span.from, moment));
    }

    fn wait(&mut self, at: At, moment: f64) {
        self.change(at, |span| span.until = f64::max(span.until, moment));
    }

    fn last(&mut self, at: At, moment: f64) {
        self.change(at, |span| span.to = f64::max(span.to, moment));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::recorded;

    #[test]
    fn what_must_come_first_does() {
        for (name, text) in recorded::ALL {
            let run = Run::parse(text).unwrap();
            let clock = Clock::of(&run, |_| 50.0, 80.0);
            for spans in &clock.spans {
                for span in spans {
                    assert!(
                        span.from <= span.until && span.until < span.to,
                        "{name}: {span:?}"
                    );
                }
                let in_order = |pair: &[Span]| pair[0].to < pair[1].from;
                assert!(spans.windows(2).all(in_order), "{name}: {spans:?}");
            }
            for (message, flight) in run.messages.iter().zip(&clock.flights) {
                let [send, posted, received] = [message.sent, message.posted, message.received]
                    .map(|at| clock.at(at).unwrap());
                assert!(
                    send.from < flight.sent && flight.sent < flight.arrived,
                    "{name}"
                );
                assert!(flight.arrived < received.to, "{name}: {message:?}");
                match message.order {
                    Order::Synchronous => assert!(posted.from < send.to, "{name}: {message:?}"),
                    Order::Buffered => assert!(send.to < posted.from, "{name}: {message:?}"),
                    Order::Waited => {
                        assert!(send.from < posted.from && posted.from < send.to, "{name}");
                        assert!(flight.arrived < send.to, "{name}");
                    }
                }
            }
        }
    }

    #[test]
    fn who_waits_for_a_chain_waits_for_all_of_it() {
        let run = recorded::ring();
        let clock = Clock::of(&run, |_| 50.0, 80.0);
        // All but rank 0 send first; so rank 4 comes first, and rank 1 last.
        let sent = |rank: usize| clock.spans[rank][0].to;
        assert!(sent(4) < sent(3) && sent(3) < sent(2) && sent(2) < sent(1));
    }
}
