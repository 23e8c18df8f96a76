//! Mistakes in the task `predict`.

use crate::{
    subject::{self, Event, Line},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("predict": predict = adds_everything => WrongResult,
        "adds up the times of all ranks"),
    mistake!("predict": predict = busiest_rank => WrongResult,
        "adds up each rank's own events, and takes the longest sum"),
    mistake!("predict": predict = sender_waits => WrongResult,
        "lets the sender wait until its message has arrived"),
    mistake!("predict": predict = sending_is_free => WrongResult,
        "lets the sender continue at once, while the bytes are sent"),
    mistake!("predict": predict = arrives_when_asked => WrongResult,
        "starts a message only when it is received"),
    mistake!("predict": predict = in_rank_order => WrongResult,
        "goes through the ranks once, from the first to the last"),
    mistake!("predict": predict = collective_in_one_round => WrongResult,
        "lets a collective take one round, whatever the number of ranks"),
    mistake!("predict": predict = rounds_for_each_rank => WrongResult,
        "lets a collective take one round for each rank"),
    mistake!("predict": predict = collective_does_not_wait => WrongResult,
        "begins a collective on each rank when that rank reaches it"),
    mistake!("predict": predict = rank_zero => WrongResult,
        "returns when rank 0 has finished"),
    mistake!("predict": predict = end_of_a_stuck_run => WrongResult,
        "returns the time of a run that cannot end"),
    mistake!("predict": predict = from_any_rank => WrongResult,
        "keeps one queue for each receiver, whichever rank sent the message"),
    mistake!("predict": predict = must_be_received => WrongResult,
        "assumes that a run with a message that is never received cannot end"),
    mistake!("predict": predict = hundred_passes => WrongResult,
        "goes through all ranks at most a hundred times"),
    mistake!("predict": predict = bytes_in_32_bits => WrongResult,
        "counts bytes in a u32"),
    mistake!("predict": predict = needs_ranks => Panic,
        "unwraps the maximum of an empty list"),
];

/// A way to look at a run.
struct Rules {
    /// The sender's part of a message, and the part after it.
    message: fn(f64, f64) -> (f64, f64),
    /// The rounds of a collective.
    rounds: fn(usize) -> usize,
    waits_in_collectives: bool,
    /// Whether each pair of ranks has a queue of messages, or only each receiver.
    by_sender: bool,
    /// How often to go through all ranks.
    passes: usize,
}

const RIGHT: Rules = Rules {
    message: |latency, wire| (wire, latency),
    rounds: |ranks| (0..).find(|rounds| 1 << rounds >= ranks).unwrap_or(0),
    waits_in_collectives: true,
    by_sender: true,
    passes: usize::MAX,
};

/// The time of each rank, and whether all came to their end.
fn follow(ranks: &[Vec<Event>], network: Line, rules: &Rules) -> (Vec<f64>, bool) {
    let count = ranks.len();
    let (mut now, mut next) = (vec![0.0_f64; count], vec![0; count]);
    let queue = |from: usize, to: usize| usize::from(rules.by_sender) * from * count + to;
    let mut arrivals = vec![Vec::new(); count * count];
    let mut taken = vec![0; count * count];
    let wire = |bytes: usize| bytes as f64 / network.bandwidth;
    let collective = |bytes: usize| (rules.rounds)(count) as f64 * (network.latency + wire(bytes));
    for _ in 0..rules.passes {
        let before = next.clone();
        for rank in 0..count {
            while let Some(event) = ranks[rank].get(next[rank]) {
                match *event {
                    Event::Compute(seconds) => now[rank] += seconds,
                    Event::Send { to, bytes } => {
                        let (busy, after) = (rules.message)(network.latency, wire(bytes));
                        now[rank] += busy;
                        arrivals[queue(rank, to)].push(now[rank] + after);
                    }
                    Event::Receive { from } => {
                        let line = queue(from, rank);
                        let Some(arrival) = arrivals[line].get(taken[line]) else {
                            break;
                        };
                        now[rank] = now[rank].max(*arrival);
                        taken[line] += 1;
                    }
                    Event::Collective { bytes } if !rules.waits_in_collectives => {
                        now[rank] += collective(bytes);
                    }
                    Event::Collective { .. } => break,
                }
                next[rank] += 1;
            }
        }
        let together: Option<Vec<usize>> = (0..count)
            .map(|rank| match ranks[rank].get(next[rank]) {
                Some(Event::Collective { bytes }) => Some(*bytes),
                _ => None,
            })
            .collect();
        if let Some([bytes, ..]) = together.as_deref() {
            let last = now.iter().copied().fold(0.0, f64::max);
            now.fill(last + collective(*bytes));
            next.iter_mut().for_each(|next| *next += 1);
        } else if before == next {
            break;
        }
    }
    let is_over = ranks
        .iter()
        .zip(next)
        .all(|(events, next)| next >= events.len());
    (now, is_over)
}

fn latest(times: Vec<f64>) -> f64 {
    times.into_iter().fold(0.0, f64::max)
}

fn by(ranks: &[Vec<Event>], network: Line, rules: &Rules) -> Option<f64> {
    let (times, is_over) = follow(ranks, network, rules);
    is_over.then(|| latest(times))
}

fn adds_everything(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let (times, is_over) = follow(ranks, network, &RIGHT);
    is_over.then(|| times.iter().sum())
}

fn busiest_rank(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    subject::predict(ranks, network)?;
    let time = |event: &Event| match event {
        Event::Compute(seconds) => *seconds,
        Event::Send { bytes, .. } => *bytes as f64 / network.bandwidth,
        Event::Receive { .. } => network.latency,
        Event::Collective { bytes } => {
            let rounds = (RIGHT.rounds)(ranks.len()) as f64;
            rounds * (network.latency + *bytes as f64 / network.bandwidth)
        }
    };
    let sums = ranks.iter().map(|events| events.iter().map(time).sum());
    Some(latest(sums.collect()))
}

fn sender_waits(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let message = |latency, wire| (latency + wire, 0.0);
    by(ranks, network, &Rules { message, ..RIGHT })
}

fn sending_is_free(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let message = |latency, wire| (0.0, latency + wire);
    by(ranks, network, &Rules { message, ..RIGHT })
}

fn arrives_when_asked(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let mut slow = ranks.to_vec();
    for events in &mut slow {
        let event = |event: &Event| match event {
            Event::Receive { .. } => vec![*event, Event::Compute(network.latency)],
            _ => vec![*event],
        };
        *events = events.iter().flat_map(event).collect();
    }
    let message = |_, wire| (wire, 0.0);
    by(&slow, network, &Rules { message, ..RIGHT })
}

fn in_rank_order(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    by(ranks, network, &Rules { passes: 1, ..RIGHT })
}

fn hundred_passes(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let rules = Rules {
        passes: 100,
        ..RIGHT
    };
    by(ranks, network, &rules)
}

fn bytes_in_32_bits(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let mut ranks = ranks.to_vec();
    for event in ranks.iter_mut().flatten() {
        if let Event::Send { bytes, .. } | Event::Collective { bytes } = event {
            *bytes = *bytes as u32 as usize;
        }
    }
    subject::predict(&ranks, network)
}

fn collective_in_one_round(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let rounds = |ranks| usize::from(ranks > 1);
    by(ranks, network, &Rules { rounds, ..RIGHT })
}

fn rounds_for_each_rank(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let rounds = |ranks: usize| ranks.saturating_sub(1);
    by(ranks, network, &Rules { rounds, ..RIGHT })
}

fn collective_does_not_wait(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let rules = Rules {
        waits_in_collectives: false,
        ..RIGHT
    };
    by(ranks, network, &rules)
}

fn from_any_rank(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let rules = Rules {
        by_sender: false,
        ..RIGHT
    };
    by(ranks, network, &rules)
}

fn rank_zero(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let (times, is_over) = follow(ranks, network, &RIGHT);
    is_over.then(|| times.first().copied().unwrap_or(0.0))
}

fn end_of_a_stuck_run(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    Some(latest(follow(ranks, network, &RIGHT).0))
}

fn must_be_received(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let count = |wanted: fn(&Event) -> bool| {
        let events = ranks.iter().flatten();
        events.filter(|event| wanted(event)).count()
    };
    let sent = count(|event| matches!(event, Event::Send { .. }));
    let received = count(|event| matches!(event, Event::Receive { .. }));
    subject::predict(ranks, network).filter(|_| sent == received)
}

fn needs_ranks(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let (times, is_over) = follow(ranks, network, &RIGHT);
    let last = times.into_iter().max_by(f64::total_cmp).unwrap();
    is_over.then_some(last)
}
