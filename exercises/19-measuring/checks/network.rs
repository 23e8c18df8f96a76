//! The check of the task `predict`: recorded runs, on drawn networks.

use super::{Answers, near_if_any};
use crate::subject::{Event, Line};
use Event::{Collective, Compute, Receive, Send};
use harness_mpi::Check;
use std::collections::HashMap;

pub fn predict(check: &mut Check, answers: &Answers) {
    let bytes = check.draw(1_000..1_000_000);
    let work = check.draw(0.001..0.1);
    let send = |to: usize| Send { to, bytes };
    let receive = |from: usize| Receive { from };
    let all = Collective { bytes };
    let mut cases: Vec<(&str, Vec<Vec<Event>>)> = vec![
        (
            "one rank that computes",
            vec![vec![Compute(work), Compute(2.0 * work)]],
        ),
        ("no ranks", vec![]),
        ("ranks that did nothing", vec![vec![], vec![]]),
        (
            "there and back",
            vec![vec![send(1), receive(1)], vec![receive(0), send(0)]],
        ),
        (
            "there and back, many times",
            vec![
                [send(1), receive(1)].repeat(1_200),
                [receive(0), send(0)].repeat(1_200),
            ],
        ),
        (
            "more bytes than 32 bits can count",
            vec![
                vec![
                    Send {
                        to: 1,
                        bytes: bytes + (5 << 32),
                    },
                    Collective {
                        bytes: bytes + (3 << 32),
                    },
                ],
                vec![
                    receive(0),
                    Collective {
                        bytes: bytes + (3 << 32),
                    },
                ],
            ],
        ),
        (
            "a late receiver",
            vec![
                vec![send(1)],
                vec![Compute(100.0), receive(0), Compute(work)],
            ],
        ),
        (
            "several messages to one rank",
            vec![
                vec![send(1), Compute(work), send(1), send(1)],
                vec![receive(0), receive(0), Compute(work), receive(0)],
            ],
        ),
        (
            "messages of different lengths, in the order in which they were sent",
            vec![
                vec![Send { to: 1, bytes: 0 }, Compute(work), send(1)],
                vec![receive(0), Compute(10.0 * work), receive(0)],
            ],
        ),
        (
            "a chain, whose ranks are listed from its end",
            vec![
                vec![receive(1), Compute(work)],
                vec![receive(2), Compute(work), send(0)],
                vec![Compute(work), send(1)],
            ],
        ),
        (
            "a rank that receives from two, from the later one first",
            vec![
                vec![receive(2), receive(1), Compute(work)],
                vec![Compute(work), send(0)],
                vec![Compute(3.0 * work), send(0)],
            ],
        ),
        (
            "a rank that receives from two, and computes in between",
            vec![
                vec![receive(2), Compute(5.0 * work), receive(1)],
                vec![Compute(work), send(0)],
                vec![Compute(3.0 * work), send(0)],
            ],
        ),
        (
            "the same, if the other message is received first",
            vec![
                vec![receive(1), Compute(5.0 * work), receive(2)],
                vec![Compute(3.0 * work), send(0)],
                vec![Compute(work), send(0)],
            ],
        ),
        (
            "two messages from one rank, but one of them should come from another",
            vec![
                vec![receive(1), receive(2)],
                vec![Compute(work)],
                vec![send(0), send(0)],
            ],
        ),
        (
            "a message that is never received",
            vec![vec![send(1), Compute(work)], vec![Compute(work / 3.0)]],
        ),
        (
            "a message that is never received, and arrives after the end",
            vec![vec![Compute(work), send(1)], vec![Compute(work / 3.0)]],
        ),
        (
            "a collective of one rank",
            vec![vec![Compute(work), all, Compute(work)]],
        ),
        (
            "a collective of five ranks, one of which is late",
            (0..5)
                .map(|rank| {
                    vec![
                        Compute(if rank == 3 { 5.0 * work } else { work }),
                        all,
                        Compute(work),
                    ]
                })
                .collect(),
        ),
        (
            "a message that is received after a collective",
            vec![
                vec![send(1), all, Compute(work)],
                vec![all, receive(0), Compute(work)],
                vec![all],
            ],
        ),
        (
            "a barrier: a collective of no bytes",
            vec![vec![Collective { bytes: 0 }]; 8],
        ),
        (
            "both ranks receive first",
            vec![vec![receive(1), send(1)], vec![receive(0), send(0)]],
        ),
        (
            "one message too few",
            vec![vec![send(1), Compute(work)], vec![receive(0), receive(0)]],
        ),
        (
            "a collective that one rank never reaches",
            vec![vec![Compute(work), all], vec![all], vec![Compute(work)]],
        ),
        (
            "a receive before a collective, and the send after it",
            vec![vec![receive(1), all], vec![all, send(0)]],
        ),
    ];
    for ranks in [2, 3, 7] {
        cases.push(("a recorded run", recorded(check, ranks)));
    }
    let mut stuck = recorded(check, 4);
    stuck[2].insert(0, Receive { from: 0 });
    cases.push(("a run with one receive too many", stuck));
    for (what, ranks) in cases {
        for network in networks(check) {
            let Line { latency, bandwidth } = network;
            check.input(format!(
                "{what}: latency {latency} s, bandwidth {bandwidth} B/s, events of each rank: {ranks:?}"
            ));
            let found = (answers.predict)(&ranks, network);
            let expected = seconds(&ranks, network);
            let why = match expected {
                None => "the run cannot end, because a rank waits forever",
                Some(_) => "the result is the time until the last rank has finished, in seconds",
            };
            if !near_if_any(check, found, expected, why) {
                return;
            }
        }
    }
}

/// One where latency dominates, one where bandwidth dominates, and one without any cost.
fn networks(check: &mut Check) -> [Line; 3] {
    [
        Line {
            latency: check.draw(0.01..0.1),
            bandwidth: 1e12,
        },
        Line {
            latency: 1e-6 * check.draw(1.0..2.0),
            bandwidth: 1e7 * check.draw(1.0..9.0),
        },
        Line {
            latency: 0.0,
            bandwidth: f64::INFINITY,
        },
    ]
}

/// The events of a complete run, drawn in the order of time.
fn recorded(check: &mut Check, ranks: usize) -> Vec<Vec<Event>> {
    let mut events = vec![Vec::new(); ranks];
    // Messages that are sent but not yet received: from, to.
    let mut travelling: Vec<(usize, usize)> = Vec::new();
    for _ in 0..12 * ranks {
        let rank = check.draw(0..ranks);
        match check.draw(0..12) {
            0..4 => events[rank].push(Compute(check.draw(0.0..0.02))),
            4..8 => {
                let to = (rank + check.draw(1..ranks)) % ranks;
                let bytes = check.draw(0..100_000);
                events[rank].push(Send { to, bytes });
                travelling.push((rank, to));
            }
            8..11 if !travelling.is_empty() => {
                let message = check.draw(0..travelling.len());
                let (from, to) = travelling.remove(message);
                events[to].push(Receive { from });
            }
            11 => {
                let bytes = check.draw(0..10_000);
                events
                    .iter_mut()
                    .for_each(|own| own.push(Collective { bytes }));
            }
            _ => {}
        }
    }
    events
}

/// How long a run takes, in seconds; `None` if it does not end.
fn seconds(ranks: &[Vec<Event>], network: Line) -> Option<f64> {
    let wire = |bytes: usize| bytes as f64 / network.bandwidth;
    let rounds = (0..)
        .find(|rounds| 1_usize << rounds >= ranks.len())
        .unwrap_or(0);
    let (mut now, mut next) = (vec![0.0_f64; ranks.len()], vec![0; ranks.len()]);
    let mut sent: HashMap<(usize, usize), Vec<f64>> = HashMap::new();
    let mut received: HashMap<(usize, usize), usize> = HashMap::new();
    while next
        .iter()
        .zip(ranks)
        .any(|(next, events)| *next < events.len())
    {
        let mut has_moved = false;
        for rank in 0..ranks.len() {
            let done = match ranks[rank].get(next[rank]) {
                Some(Compute(seconds)) => {
                    now[rank] += seconds;
                    true
                }
                Some(Send { to, bytes }) => {
                    now[rank] += wire(*bytes);
                    let arrival = now[rank] + network.latency;
                    sent.entry((rank, *to)).or_default().push(arrival);
                    true
                }
                Some(Receive { from }) => {
                    let taken = received.entry((*from, rank)).or_default();
                    let arrival = sent.get(&(*from, rank)).and_then(|all| all.get(*taken));
                    if let Some(arrival) = arrival {
                        now[rank] = now[rank].max(*arrival);
                        *taken += 1;
                    }
                    arrival.is_some()
                }
                Some(Collective { .. }) | None => false,
            };
            next[rank] += usize::from(done);
            has_moved |= done;
        }
        let first = ranks
            .iter()
            .zip(&next)
            .map(|(events, next)| events.get(*next));
        let together: Option<Vec<usize>> = first
            .map(|event| match event {
                Some(Collective { bytes }) => Some(*bytes),
                _ => None,
            })
            .collect();
        if let Some(bytes) = together {
            let last = now.iter().copied().fold(0.0, f64::max);
            now.fill(last + f64::from(rounds) * (network.latency + wire(bytes[0])));
            next.iter_mut().for_each(|next| *next += 1);
        } else if !has_moved {
            return None;
        }
    }
    Some(now.into_iter().fold(0.0, f64::max))
}
