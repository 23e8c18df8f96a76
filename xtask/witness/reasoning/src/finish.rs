//! What can only be said once the job is over: what was left.

use crate::{
    finding::{Call, Confidence, Finding, Life, Operation, Rule, Severity},
    observation::{Observation, Phase},
};
use recording::event::{CommId, Object, PlaceId, Rank, What};
use std::collections::{BTreeMap, btree_map::Entry};

impl Observation {
    /// All findings, of the whole job. `life` tells how the ranks ended; one that still runs counts as
    /// running, and nothing is said about what it left.
    ///
    /// What a rank left behind is only held against it if it came to `MPI_Finalize`, and a message
    /// that nobody received only if sender and receiver did: where something went wrong before, what
    /// is left over is a consequence. Only a receiver that is ended inside `MPI_Finalize` is enough by
    /// itself: some MPIs end a rank there for just that message, and all others with it.
    pub fn finish(&mut self, life: &[Life]) -> Vec<Finding> {
        let mut list = self.so_far();
        let life_of = |rank: usize| life.get(rank).copied().unwrap_or_default();
        let ordered: Vec<bool> = (0..self.size)
            .map(|rank| self.in_order(life_of(rank), rank))
            .collect();
        let given_up: Vec<bool> = (0..self.size)
            .map(|rank| ordered[rank] && self.is_finalizing(rank) && life_of(rank).ended())
            .collect();
        self.messages(&ordered, &given_up, &mut list);
        for (rank, _) in ordered.iter().enumerate().filter(|(_, ordered)| **ordered) {
            self.requests(rank, &mut list);
            self.objects(rank, &mut list);
        }
        self.not_by_all(&ordered, life, &mut list);
        self.cut_short(life, &mut list);
        list.extend(self.races());
        self.endings(life, &mut list);
        list.sort_by(|a, b| {
            let key = |finding: &Finding| {
                (
                    std::cmp::Reverse(finding.severity),
                    finding.kind,
                    finding.calls.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        list
    }

    /// Whether a rank is inside `MPI_Finalize`.
    fn is_finalizing(&self, rank: usize) -> bool {
        self.ranks[rank].phase == Phase::Finalizing
    }

    fn messages(&self, ordered: &[bool], given_up: &[bool], list: &mut Vec<Finding>) {
        let is = |all: &[bool], rank: Rank| all.get(rank as usize).copied().unwrap_or(false);
        let came = |rank: Rank| is(ordered, rank);
        let mut groups: BTreeMap<(Rank, Rank, PlaceId, bool), (Finding, u64)> = BTreeMap::new();
        for key in self.matcher.left_over() {
            let sent = self.matcher.sent(key);
            if sent.call.aside
                || !(came(sent.from) || is(given_up, sent.to))
                || !(came(sent.to) || self.frees(sent.to, sent.comm))
                || self.matcher.send_possible(key)
            {
                continue;
            }
            let bytes = self.types.bytes(sent.shape);
            groups
                .entry((sent.from, sent.to, sent.call.place, bytes.is_some()))
                .and_modify(|(_, times)| *times += 1)
                .or_insert_with(|| {
                    let rule = Rule::NeverReceived { bytes };
                    (rule.found(Severity::Error, vec![sent.call]), 1)
                });
        }
        list.extend(
            groups
                .into_values()
                .map(|(finding, times)| Finding { times, ..finding }),
        );
        for (rank, log) in self.ranks.iter().enumerate() {
            if !ordered[rank] {
                continue;
            }
            let mut probed: Vec<Vec<Call>> = log
                .messages
                .values()
                .map(|key| self.matcher.posted(*key))
                .filter(|posted| !posted.call.aside)
                .map(|posted| {
                    let partner = posted.partner.map(|send| self.matcher.sent(send).call);
                    [Some(posted.call), partner].into_iter().flatten().collect()
                })
                .collect();
            probed.sort();
            for calls in probed {
                list.push(Rule::ProbedNeverReceived.found(Severity::Error, calls));
            }
        }
    }

    /// Whether a rank is freeing a communicator. It receives nothing there any more; MPICH ends a rank
    /// that has not received all then.
    fn frees(&self, rank: Rank, comm: CommId) -> bool {
        let log = self.ranks.get(rank as usize);
        let threads = log.into_iter().flat_map(|log| log.threads.values());
        threads
            .filter_map(|thread| thread.now.as_ref())
            .any(|inside| match &inside.event.what {
                What::Free(Object::Communicator, Some(id)) => *id == comm.0,
                What::Collective(collective, _) => collective.comm == comm && collective.frees(),
                _ => false,
            })
    }

    /// Receives that never came back, where every message that is there for them is longer than their
    /// room: on such a message MPI ends the job before anybody can say which it was.
    fn cut_short(&self, life: &[Life], list: &mut Vec<Finding>) {
        for (rank, log) in self.ranks.iter().enumerate() {
            if !life.get(rank).is_some_and(|life| life.ended()) || log.phase != Phase::Within {
                continue;
            }
            let calls = log
                .threads
                .values()
                .filter_map(|thread| thread.now.as_ref());
            if calls.clone().next().is_none() {
                continue;
            }
            let own = calls.filter_map(|inside| inside.receive);
            let mut keys: Vec<_> = log
                .requests
                .values()
                .filter_map(|request| request.receive)
                .chain(own)
                .collect();
            keys.sort();
            for key in keys {
                let posted = self.matcher.posted(key);
                let room = posted.shape.and_then(|shape| self.types.bytes(shape));
                let (None, false, false, Some(room)) =
                    (posted.partner, posted.done, posted.call.aside, room)
                else {
                    continue;
                };
                let candidates = self.matcher.candidates(key);
                let length = |send| self.types.bytes(self.matcher.sent(send).shape);
                if let Some(&first) = candidates.first()
                    && let Some(sent) = length(first)
                    && candidates
                        .iter()
                        .all(|&send| length(send).is_some_and(|sent| sent > room))
                {
                    let calls = vec![posted.call, self.matcher.sent(first).call];
                    let has_bytes = posted.shape.is_some_and(|room| {
                        self.types.mixes_bytes(self.matcher.sent(first).shape, room)
                    });
                    let rule = Rule::Truncated {
                        sent,
                        room,
                        has_bytes,
                    };
                    list.push(rule.found(Severity::Error, calls));
                }
            }
        }
    }

    /// Collectives that some have left without the others: a root that sends need not wait for anybody.
    fn not_by_all(&self, ordered: &[bool], life: &[Life], list: &mut Vec<Finding>) {
        if self.is_disturbed(life) || self.has_refused {
            return;
        }
        // What comes after the first on the same communicator is a consequence, or its repetition.
        let mut firsts: BTreeMap<CommId, (u64, Finding)> = BTreeMap::new();
        for ((comm, index), arrivals) in &self.collectives.open {
            let Some(members) = self.communicators.get(comm) else {
                continue;
            };
            let came = |rank: Rank| ordered.get(rank as usize).copied().unwrap_or(false);
            if members.between && members.remote.is_none() || !members.all().all(came) {
                continue;
            }
            let mut calls: Vec<Call> = arrivals.iter().map(|arrival| arrival.call).collect();
            if calls.iter().all(|call| call.aside) {
                continue;
            }
            calls.sort();
            let missing = self.collectives.missing((*comm, *index), members);
            let rule = Rule::NotByAll {
                comm: *comm,
                missing,
            };
            let finding = rule.found(Severity::Error, calls);
            match firsts.entry(*comm) {
                Entry::Vacant(entry) => {
                    entry.insert((*index, finding));
                }
                Entry::Occupied(mut entry) => {
                    let (first, known) = entry.get_mut();
                    let times = known.times + 1;
                    if index < first {
                        (*first, *known) = (*index, finding);
                    }
                    known.times = times;
                }
            }
        }
        list.extend(firsts.into_values().map(|(_, finding)| finding));
    }

    fn requests(&self, rank: usize, list: &mut Vec<Finding>) {
        let log = &self.ranks[rank];
        let mut groups: BTreeMap<(PlaceId, u8, bool), Finding> = BTreeMap::new();
        let mut requests: Vec<_> = log.requests.iter().collect();
        requests.sort_by_key(|(id, _)| **id);
        for (_, request) in requests {
            if request.call.aside {
                continue;
            }
            let mut matched = false;
            let (rule, severity) = if !request.active {
                (Rule::PersistentNeverFreed, Severity::Warning)
            } else {
                matched = match (request.send, request.receive, &request.collective) {
                    (_, Some(key), _) => self.matcher.posted(key).partner.is_some(),
                    (Some(key), None, _) => self.matcher.sent(key).matched,
                    (None, None, Some((collective, _))) => {
                        let key = (collective.comm, collective.index);
                        !self.collectives.open.contains_key(&key)
                    }
                    (None, None, None) => false,
                };
                let of = request.operation();
                let never = of == Operation::Receive
                    && request
                        .receive
                        .is_some_and(|key| !self.matcher.receive_possible(key));
                if never {
                    (Rule::ReceiveNeverMatched, Severity::Error)
                } else {
                    (Rule::RequestNeverCompleted { of, matched }, Severity::Error)
                }
            };
            let call = if request.active {
                request.call
            } else {
                request.made
            };
            groups
                .entry((call.place, rule.number(), matched))
                .and_modify(|finding| finding.times += 1)
                .or_insert_with(|| rule.found(severity, vec![call]));
        }
        list.extend(groups.into_values());
    }

    fn objects(&self, rank: usize, list: &mut Vec<Finding>) {
        let mut groups: BTreeMap<(Object, PlaceId), (Call, u64, u64)> = BTreeMap::new();
        for ((object, number), call) in &self.ranks[rank].objects {
            if !call.aside && !self.ranks[rank].blurred.contains(object) {
                groups
                    .entry((*object, call.place))
                    .and_modify(|(_, _, count)| *count += 1)
                    .or_insert((*call, *number, 1));
            }
        }
        for ((object, _), (call, number, count)) in groups {
            // What other ranks share, or the system, is missed when it is not given back. A type or
            // group is a little memory, which MPI_Finalize frees; many of one place grow without end.
            let severity = match object {
                Object::Communicator | Object::Window | Object::File => Severity::Error,
                Object::Datatype | Object::Group | Object::Operation => Severity::Warning,
                Object::ErrorHandler | Object::Info | Object::Keyval => Severity::Note,
            };
            let rule = Rule::NeverFreed {
                object,
                number,
                count,
            };
            list.push(rule.found(severity, vec![call]));
        }
    }

    /// The message races so far.
    pub fn races(&self) -> impl Iterator<Item = Finding> {
        let races = self.causality.races.values();
        let reliable = races.filter(|race| self.matcher.reliable(race.mailbox));
        reliable.map(|race| {
            let rule = Rule::Race {
                confidence: race.confidence,
            };
            let severity = match race.confidence {
                Confidence::Low => Severity::Note,
                Confidence::Medium => Severity::Warning,
                Confidence::High => Severity::Error,
            };
            Finding {
                times: race.times,
                ..rule.found(severity, race.calls.to_vec())
            }
        })
    }

    /// The messages that a rank could have received in place of others before it ended, and had not received
    /// by then.
    pub fn missed_races(&self, rank: Rank) -> Vec<Finding> {
        let missed = self.causality.missed(rank, &self.matcher).into_iter();
        let rule = || Rule::Race {
            confidence: Confidence::Low,
        };
        missed
            .map(|calls| rule().found(Severity::Note, calls.to_vec()))
            .collect()
    }

    fn endings(&self, life: &[Life], list: &mut Vec<Finding>) {
        // Who is ended by others is not to blame.
        if self.is_disturbed(life) {
            return;
        }
        for (log, life) in self.ranks.iter().zip(life) {
            if let (Life::Exited(_), Phase::Within, false, Some(last)) =
                (life, log.phase, log.sessions, log.last)
            {
                list.push(Rule::NotFinalized.found(Severity::Error, vec![last]));
            }
        }
    }

    /// Whether a rank has ended the job, or has ended in a way that ends others.
    fn is_disturbed(&self, life: &[Life]) -> bool {
        self.ranks.iter().any(|log| log.aborted.is_some())
            || life
                .iter()
                .any(|life| matches!(life, Life::Panicked | Life::Killed(_) | Life::Quit(_)))
    }
}
