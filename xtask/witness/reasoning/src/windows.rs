//! One-sided communication (MPI standard 5.0, chapter 12): which epochs ranks have open on a window, what
//! they touch in them, and which of that may not meet.
//!
//! - `epochs`: what a rank has open on a window, and what it may do then;
//! - `accesses`: what was touched between two synchronisations, and what of it conflicts;
//! - `attached`: the memory of windows without an end.
//!
//! What is said is certain. Loads and stores of the program are not seen: of a rank's own memory only what
//! it hands to MPI counts. Under shared locks two operations are held against each other only if nothing
//! can have told one of the ranks of the other's: between the same two collectives, before either rank has
//! received anything, read another's memory, or waited for a lock.

mod accesses;
mod attached;
mod epochs;

use crate::{
    collective::{Members, Waits, waits},
    deadlock::Why,
    finding::{Call, EpochFault, Finding, Rule, Severity},
    signature::Types,
    slab::Map,
};
use accesses::{Access, Accesses, Sure, Touch};
use attached::Attached;
use epochs::Epochs;
use recording::event::{
    Collective, CommId, Data, Left, OneSided, Rank, RequestId, Step, Window, assertion,
};
use std::collections::{BTreeMap, BTreeSet};

/// All windows of a job.
#[derive(Default)]
pub(crate) struct Windows {
    known: BTreeMap<CommId, Shared>,
    /// The windows of each rank that are not freed.
    of: Map<Rank, Vec<CommId>>,
    parts: Map<(CommId, Rank), Part>,
    /// How often each rank has received something that may have told it of what others did.
    received: Map<Rank, Received>,
    /// Ranks that read others' memory, and have not waited for what they read yet; by what.
    reading: BTreeMap<Rank, Received>,
    open: BTreeMap<(CommId, Section), Accesses>,
    /// How many have left a section that many share.
    left: BTreeMap<(CommId, Section), usize>,
    /// Ranks to whose memory others have written since a collective, by windows.
    written: BTreeSet<(CommId, Gap, Rank)>,
    /// Which exposure an origin's start meets: the so-many-eth start that names the target the
    /// so-many-eth post that names the origin.
    exposures: BTreeMap<Meeting, (u64, usize)>,
    /// What origins did before the exposure was read of.
    early: BTreeMap<Meeting, Vec<Early>>,
    /// Windows whose memory a rank may have written to by itself for others to read, since a collective
    /// (`MPI_Win_sync`).
    stored: BTreeSet<(CommId, Gap)>,
    /// Ranks that may be told of others by ways that are not followed.
    unclear: BTreeSet<Rank>,
    /// What ranks do in the memory of others whose part of a window has not been read of.
    unread: BTreeMap<(CommId, Rank), Vec<Access>>,
    pub found: Vec<Finding>,
}

/// How often a rank has received something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Received {
    /// By a get: of what another writes meanwhile, that is a race by itself, unless the other is the rank
    /// whose memory it is.
    by_get: u64,
    /// By any other way.
    otherwise: u64,
}

/// What all ranks know of a window.
#[derive(Default)]
struct Shared {
    members: Vec<Rank>,
    memory: BTreeMap<Rank, Window>,
    attached: Attached,
    /// Ranks of which it is not known in which order they have used it.
    unclear: BTreeSet<Rank>,
}

/// A rank's part in a window.
struct Part {
    epochs: Epochs,
    /// The last collective of all ranks of the window.
    gap: Gap,
    /// In how many all of them have waited for each other.
    meetings: u64,
    /// How often the rank had received something by then.
    received: Received,
    /// Operations on each rank's memory that are not complete there.
    pending: BTreeMap<Rank, Vec<Access>>,
    /// How often those on each rank's memory were completed.
    rounds: BTreeMap<Rank, u64>,
    /// The operations of this rank that are not complete at the origin: their buffers belong to MPI.
    held: Vec<Held>,
}

/// A window, a target, an origin, and how often the one has started for the other.
type Meeting = (CommId, Rank, Rank, u64);

enum Early {
    Access(Access),
    Complete,
}

/// An operation whose buffers belong to MPI.
pub(crate) struct Held {
    target: Rank,
    id: RequestId,
    /// The call that began it.
    pub call: Call,
    /// What holds its buffers.
    pub keys: Vec<u64>,
}

/// The time between a collective of all ranks of a window, by its communicator and number, and the next.
type Gap = (CommId, u64);

/// What is held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    /// Between two fences, counted from 1.
    Fence(u64),
    /// While this rank exposes its memory, for the so-many-eth time.
    Exposure(Rank, u64),
    /// Under shared locks.
    Locks(Gap),
    /// One rank's operations on the memory of another, between two flushes.
    Own(Rank, Rank, u64),
}

/// What the windows need to know of the job.
pub(crate) struct Job<'a> {
    pub types: &'a Types,
    pub communicators: &'a Map<CommId, Members>,
}

impl Windows {
    /// A rank says what memory it gives to a window.
    pub fn define(&mut self, rank: Rank, window: CommId, memory: Window, job: &Job<'_>) {
        let shared = self.known.entry(window).or_default();
        if let Some(members) = job.communicators.get(&window) {
            shared.members = members.local.to_vec();
        }
        shared.memory.insert(rank, memory);
        let members = shared.members.clone();
        let mine = self.of.entry(rank).or_default();
        let others = mine.iter().filter_map(|other| self.known.get(other));
        let differs = others.into_iter().any(|other| other.members != members);
        mine.push(window);
        // Others reach it by loads and stores, which nobody sees, or by ways that are not followed.
        if memory.shared || differs {
            self.unclear.insert(rank);
        }
        let part = Part {
            epochs: Epochs::default(),
            gap: (window, u64::MAX),
            meetings: 0,
            received: self.received.get(&rank).copied().unwrap_or_default(),
            pending: BTreeMap::new(),
            rounds: BTreeMap::new(),
            held: Vec::new(),
        };
        self.parts.insert((window, rank), part);
        for access in self.unread.remove(&(window, rank)).unwrap_or_default() {
            self.beyond(window, &access, memory, job.types);
        }
    }

    /// What reaches beyond the memory that a rank gave to a window is an error (MPI standard 5.0, section
    /// 12.3).
    fn beyond(&mut self, window: CommId, access: &Access, memory: Window, types: &Types) {
        if memory.size == u64::MAX {
            // It has no end: displacements are addresses, and what is there is looked at in the end.
            return;
        }
        let displacement = access.data.address as i64;
        let from = i128::from(displacement) * i128::from(memory.unit as i64);
        let Some((first, end)) = types.span(access.call.rank, &access.data) else {
            return;
        };
        let (first, end) = (from + first, from + end);
        if first < 0 || end > i128::from(memory.size) {
            let rule = Rule::BeyondWindow {
                window,
                target: access.target,
                from: first,
                bytes: u64::try_from(end - first).unwrap_or(u64::MAX),
                size: memory.size,
                unit: memory.unit,
                displacement,
            };
            self.found
                .push(rule.found(Severity::Error, vec![access.call]));
        }
    }

    /// Whether a rank has any.
    pub fn has_any(&self, rank: Rank) -> bool {
        self.of.get(&rank).is_some_and(|list| !list.is_empty())
    }

    fn fault(&mut self, window: CommId, rank: Rank, fault: Option<(EpochFault, Vec<Call>)>) {
        let Some((fault, calls)) = fault else { return };
        if let Some(part) = self.parts.get_mut(&(window, rank)) {
            // What follows is a consequence.
            part.epochs.lose_track();
        }
        let rule = Rule::Epoch { window, fault };
        self.found.push(rule.found(Severity::Error, calls));
    }

    /// A rank goes into an operation; `keys` are the holds on its own buffers.
    pub fn access(&mut self, call: Call, one: &OneSided, keys: Vec<u64>, types: &Types) {
        let (window, rank) = (one.window, call.rank);
        let received = self.received.get(&rank).copied().unwrap_or_default();
        let Some(part) = self.parts.get_mut(&(window, rank)) else {
            return;
        };
        part.held.extend(one.target.map(|target| Held {
            target,
            id: one.id,
            call,
            keys,
        }));
        let fault = part.epochs.access(call, one.target);
        let place = part.epochs.place(one.target);
        let sure = part.is_sure(received);
        let gap = part.gap;
        let meetings = part.meetings;
        self.note_order(window, rank);
        self.fault(window, rank, fault);
        let Some(target) = one.target else { return };
        if !call.aside
            && let Some(shared) = self.known.get_mut(&window)
            && shared.has_no_end()
        {
            shared.attached.access(call, target, &one.there, meetings);
        }
        let touch = Touch::of(&call, one);
        if touch.reads_elsewhere() {
            let reading = self.reading.entry(rank).or_default();
            match touch {
                Touch::Read => reading.by_get += 1,
                _ => reading.otherwise += 1,
            }
        }
        if touch.writes() && target != rank {
            self.writes_to(window, gap, target);
        }
        let access = Access {
            call,
            touch,
            target,
            data: one.there.clone(),
            id: one.id,
            sure,
            again: None,
        };
        if !call.aside {
            let shared = self.known.get(&window);
            match shared.and_then(|shared| shared.memory.get(&target).copied()) {
                Some(memory) => self.beyond(window, &access, memory, types),
                None => {
                    let unread = self.unread.entry((window, target)).or_default();
                    if unread.len() < Accesses::MOST {
                        unread.push(access.clone());
                    }
                }
            }
        }
        match place {
            epochs::Place::Fence(nth) => self.add(window, Section::Fence(nth), access),
            epochs::Place::Started(nth) => self.expose(window, target, nth, access),
            epochs::Place::Locked { exclusive } => {
                let Some(part) = self.parts.get_mut(&(window, rank)) else {
                    return;
                };
                let round = part.rounds.get(&target).copied().unwrap_or(0);
                let pending = part.pending.entry(target).or_default();
                if pending.len() < Accesses::MOST {
                    pending.push(access.clone());
                }
                let own = Section::Own(rank, target, round);
                self.add(window, own, access.clone());
                if !exclusive {
                    self.add(window, Section::Locks(gap), access);
                }
            }
            epochs::Place::Unknown => {}
        }
    }

    /// Notes whether the order in which a rank uses a window is known.
    fn note_order(&mut self, window: CommId, rank: Rank) {
        let part = self.parts.get(&(window, rank));
        if part.is_some_and(|part| part.epochs.is_lost())
            && let Some(shared) = self.known.get_mut(&window)
        {
            shared.unclear.insert(rank);
        }
    }

    /// Somebody writes to a rank's memory: it may read there what was written.
    fn writes_to(&mut self, window: CommId, gap: Gap, target: Rank) {
        let alike = self
            .alike(window)
            .into_iter()
            .map(|window| (window, gap, target));
        self.written.extend(alike);
    }

    /// The windows of the same ranks.
    fn alike(&self, window: CommId) -> Vec<CommId> {
        let members = self.known.get(&window).map(|shared| &shared.members);
        let alike = self
            .known
            .iter()
            .filter(|(_, it)| Some(&it.members) == members);
        alike.map(|(window, _)| *window).collect()
    }

    fn add(&mut self, window: CommId, section: Section, access: Access) {
        self.open.entry((window, section)).or_default().add(access);
    }

    /// An operation on memory that its rank exposes by `MPI_Win_post`.
    fn expose(&mut self, window: CommId, target: Rank, nth: u64, access: Access) {
        let meeting = (window, target, access.call.rank, nth);
        match self.exposures.get(&meeting) {
            Some((exposure, _)) => {
                let section = Section::Exposure(target, *exposure);
                self.add(window, section, access);
            }
            None => self
                .early
                .entry(meeting)
                .or_default()
                .push(Early::Access(access)),
        }
    }

    /// A rank exposes its memory to others.
    fn posted(&mut self, window: CommId, rank: Rank, posted: &epochs::Posted, job: &Job<'_>) {
        let section = Section::Exposure(rank, posted.nth);
        let parties = posted.to.len() + 1;
        for (origin, nth) in &posted.to {
            let meeting = (window, rank, *origin, *nth);
            self.exposures.insert(meeting, (posted.nth, parties));
            for early in self.early.remove(&meeting).unwrap_or_default() {
                match early {
                    Early::Access(access) => self.add(window, section, access),
                    Early::Complete => self.complete(window, rank, *origin, *nth, job),
                }
            }
        }
    }

    /// An origin has completed what it had started.
    fn complete(&mut self, window: CommId, target: Rank, origin: Rank, nth: u64, job: &Job<'_>) {
        let meeting = (window, target, origin, nth);
        match self.exposures.remove(&meeting) {
            Some((exposure, parties)) => {
                let section = Section::Exposure(target, exposure);
                self.leave(window, section, parties, job);
            }
            None => self.early.entry(meeting).or_default().push(Early::Complete),
        }
    }

    /// A buffer that a rank hands to MPI for something else, or as the origin of an operation; whether it
    /// lies in memory that others may write to.
    pub fn local(&mut self, call: Call, ranges: &[(u64, u64)], written: bool) -> bool {
        let mut is_inside = false;
        let rank = call.rank;
        let received = self.received.get(&rank).copied().unwrap_or_default();
        let mine = self.of.get(&rank).cloned().unwrap_or_default();
        for window in mine {
            let memory = self
                .known
                .get(&window)
                .and_then(|shared| shared.memory.get(&rank));
            let (Some(memory), Some(part)) = (memory, self.parts.get(&(window, rank))) else {
                continue;
            };
            let end = memory.base.saturating_add(memory.size);
            let inside = ranges
                .iter()
                .map(|(from, to)| ((*from).max(memory.base), (*to).min(end)))
                .filter(|(from, to)| from < to);
            let accesses: Vec<Access> = inside
                .map(|(from, to)| Access {
                    call,
                    touch: if written { Touch::Store } else { Touch::Load },
                    target: rank,
                    data: Data {
                        address: from,
                        count: (to - from) as i64,
                        datatype: None,
                    },
                    id: RequestId(u64::MAX),
                    sure: part.is_sure(received),
                    again: None,
                })
                .collect();
            is_inside |= !accesses.is_empty();
            let sections = [
                part.epochs.fence().map(Section::Fence),
                part.epochs
                    .posted()
                    .map(|it| Section::Exposure(rank, it.nth)),
            ];
            let locks = Section::Locks(part.gap);
            for access in accesses {
                for section in sections.iter().copied().flatten() {
                    self.add(window, section, access.clone());
                }
                self.add(window, locks, access);
            }
        }
        is_inside
    }

    /// A rank goes into a call that begins or ends an epoch, or completes operations within one.
    pub fn step(&mut self, call: Call, window: CommId, step: &Step, job: &Job<'_>) {
        let rank = call.rank;
        let Some(part) = self.parts.get_mut(&(window, rank)) else {
            return;
        };
        let fault = part.epochs.step(call, step);
        let meetings = part.meetings;
        if let Some(shared) = self.known.get_mut(&window) {
            let attached = &mut shared.attached;
            match step {
                Step::Attach { address, size } => attached.attach(rank, *address, *size, meetings),
                Step::Detach(address) => attached.detach(call, *address, meetings),
                _ => {}
            }
        }
        self.note_order(window, rank);
        let Some(part) = self.parts.get_mut(&(window, rank)) else {
            return;
        };
        if let (Step::Post(_), Some(posted)) = (step, part.epochs.posted()) {
            self.posted(window, rank, &posted, job);
        }
        self.fault(window, rank, fault);
    }

    /// The call by which a rank has begun an operation that is not complete at the origin.
    pub fn began(&self, rank: Rank, window: CommId, id: RequestId) -> Option<Call> {
        let mut held = self.parts.get(&(window, rank))?.held.iter();
        held.find(|held| held.id == id).map(|held| held.call)
    }

    /// A rank comes out of such a call: the operations that are complete at the origin now.
    pub fn stepped(
        &mut self,
        rank: Rank,
        window: CommId,
        step: &Step,
        left: &Left,
        job: &Job<'_>,
    ) -> Vec<Held> {
        if left.code != 0 {
            if let Some(part) = self.parts.get_mut(&(window, rank)) {
                part.epochs.lose_track();
            }
            return Vec::new();
        }
        let is_over = !matches!(step, Step::Test) || !left.completed.is_empty();
        match step {
            Step::Lock {
                exclusive: true, ..
            }
            | Step::Sync
            | Step::Wait
            | Step::Start(_) => {
                self.receive(rank);
            }
            Step::Test if is_over => self.receive(rank),
            Step::Flush { .. } | Step::Unlock(_) | Step::UnlockAll | Step::Complete => {
                let read = self.reading.remove(&rank).unwrap_or_default();
                let received = self.received.entry(rank).or_default();
                received.by_get += read.by_get;
                received.otherwise += read.otherwise;
            }
            _ => {}
        }
        if let (Step::Sync, Some(part)) = (step, self.parts.get(&(window, rank))) {
            let gap = part.gap;
            let alike = self.alike(window).into_iter().map(|window| (window, gap));
            self.stored.extend(alike);
        }
        let Some(part) = self.parts.get_mut(&(window, rank)) else {
            return Vec::new();
        };
        let mut over = Vec::new();
        let ended = if is_over {
            part.epochs.stepped(step)
        } else {
            epochs::Ended::Nothing
        };
        let is_local = matches!(step, Step::Flush { local: true, .. });
        let mut complete = Vec::new();
        if let Some(target) = step.completes() {
            let is_it = |of: Rank| target.is_none_or(|target| of == target);
            complete = part.release(|held| is_it(held.target));
            if !is_local {
                let targets: Vec<Rank> = part
                    .pending
                    .keys()
                    .copied()
                    .filter(|of| is_it(*of))
                    .collect();
                for of in targets {
                    part.pending.remove(&of);
                    let round = part.rounds.entry(of).or_default();
                    over.push(Section::Own(rank, of, *round));
                    *round += 1;
                }
            }
        }
        for section in over {
            self.close(window, section, job);
        }
        match ended {
            epochs::Ended::Nothing => {}
            epochs::Ended::Exposure(nth, parties) => {
                self.leave(window, Section::Exposure(rank, nth), parties, job);
            }
            epochs::Ended::Started(targets) => {
                for (target, nth) in targets {
                    self.complete(window, target, rank, nth, job);
                }
            }
        }
        complete
    }

    /// The call by which a rank exposes its memory now, to others than this one.
    pub fn posts_without(&self, window: CommId, target: Rank, origin: Rank) -> Option<Call> {
        let epochs = &self.parts.get(&(window, target))?.epochs;
        let (call, posted) = epochs.posting()?;
        let names = |(rank, _): &(Rank, u64)| *rank == origin;
        (!epochs.is_lost() && !posted.to.iter().any(names)).then_some(*call)
    }

    /// The call by which a rank holds a lock on the memory of another.
    pub fn lock_of(&self, window: CommId, rank: Rank, target: Rank) -> Option<Call> {
        self.parts.get(&(window, rank))?.epochs.lock_of(target)
    }

    /// For whom a rank waits that is inside such a call, and for what: for all of them to complete their
    /// epochs, else for one of them.
    pub fn awaited(&self, rank: Rank, window: CommId, step: &Step) -> (Why, Vec<Rank>) {
        let nobody = (Why::Complete, Vec::new());
        let Some(part) = self.parts.get(&(window, rank)) else {
            return nobody;
        };
        if part.epochs.is_lost() {
            return nobody;
        }
        let is_met = |target: Rank, origin: Rank, nth: u64| {
            let meeting = (window, target, origin, nth);
            self.exposures.contains_key(&meeting)
        };
        match step {
            Step::Wait => {
                let posted = part.epochs.posted();
                let to = posted.iter().flat_map(|posted| &posted.to);
                let missing = to.filter(|(origin, nth)| is_met(rank, *origin, *nth));
                (Why::Complete, missing.map(|(origin, _)| *origin).collect())
            }
            Step::Start(_) | Step::Complete => {
                let started = part.epochs.started().into_iter();
                let missing = started.filter(|(target, nth)| !is_met(*target, rank, *nth));
                (Why::Post, missing.map(|(target, _)| target).collect())
            }
            _ => {
                let Some(target) = step.target() else {
                    return nobody;
                };
                let against_all = part.epochs.is_exclusive(target);
                let members = self
                    .known
                    .get(&window)
                    .into_iter()
                    .flat_map(|it| &it.members);
                let others = members.filter(|other| {
                    let theirs = self.parts.get(&(window, **other));
                    **other != rank && theirs.is_some_and(|it| it.epochs.holds(target, against_all))
                });
                (Why::Unlock, others.copied().collect())
            }
        }
    }

    /// A request was waited for: the operation that is complete at the origin now.
    pub fn waited(&mut self, rank: Rank, id: RequestId) -> Vec<Held> {
        let mine = self.of.get(&rank).cloned().unwrap_or_default();
        let mut over = Vec::new();
        for window in mine {
            let Some(part) = self.parts.get_mut(&(window, rank)) else {
                continue;
            };
            over.extend(part.release(|held| held.id == id));
            let mut complete = Vec::new();
            for (target, pending) in &mut part.pending {
                let before = pending.len();
                // Only of what reads it is known that it has happened.
                pending.retain(|access| access.id != id || !access.touch.reads_elsewhere());
                if pending.len() < before {
                    let round = part.rounds.get(target).copied().unwrap_or(0);
                    complete.push(Section::Own(rank, *target, round));
                }
            }
            for section in complete {
                if let Some(accesses) = self.open.get_mut(&(window, section)) {
                    accesses.remove(id);
                }
            }
        }
        over
    }

    /// A rank may have been told something.
    pub fn receive(&mut self, rank: Rank) {
        if self.has_any(rank) {
            self.received.entry(rank).or_default().otherwise += 1;
        }
    }

    /// A rank goes into a collective.
    pub fn enter(&mut self, call: Call, collective: &Collective) {
        let (window, rank) = (collective.comm, call.rank);
        let Some(part) = self.parts.get_mut(&(window, rank)) else {
            return;
        };
        let fault = match collective.kind {
            "MPI_Win_fence" => part.epochs.fence_begins(call, collective.assertion),
            "MPI_Win_free" => part.epochs.end(call),
            _ => None,
        };
        self.fault(window, rank, fault);
    }

    /// A rank comes out of a collective: the operations that are complete at the origin now.
    pub fn left(&mut self, call: Call, collective: &Collective, job: &Job<'_>) -> Vec<Held> {
        let rank = call.rank;
        let mine = self.of.get(&rank).cloned().unwrap_or_default();
        if mine.is_empty() {
            return Vec::new();
        }
        let which = (collective.comm, collective.index);
        let around = job.communicators.get(&collective.comm);
        let mut covers_all = true;
        let mut left = Vec::new();
        for window in mine {
            let (Some(shared), Some(part)) =
                (self.known.get(&window), self.parts.get_mut(&(window, rank)))
            else {
                continue;
            };
            let covers = around.is_some_and(|around| {
                !around.between
                    && shared
                        .members
                        .iter()
                        .all(|rank| around.local.contains(rank))
            });
            covers_all &= covers;
            if covers {
                left.push((window, part.gap, shared.members.len()));
                part.gap = which;
                // A fence that ends no epoch need not wait, nor a collective that moves nothing.
                let fences = part.epochs.fences() > 0
                    && collective.kind == "MPI_Win_fence"
                    && collective.assertion & assertion::NO_PRECEDE == 0;
                let moved = collective.gives.as_ref().or(collective.takes.as_ref());
                let meets = waits(collective.kind) == Waits::All
                    && moved.is_none_or(|moved| moved.count > 0);
                part.meetings += u64::from(fences || meets);
                // What was begun before is begun before whatever others do from now on.
                let is_shared = |target: &Rank| {
                    part.epochs.place(Some(*target)) == epochs::Place::Locked { exclusive: false }
                };
                let pending = part.pending.iter().filter(|(target, _)| is_shared(target));
                let section = self.open.entry((window, Section::Locks(which)));
                let section = section.or_default();
                for access in pending.flat_map(|(_, accesses)| accesses) {
                    let sure = match part.epochs.is_lost() {
                        true => Sure::No,
                        false => Sure::Yes,
                    };
                    section.add(Access {
                        sure,
                        ..access.clone()
                    });
                }
                part.received = self.received.get(&rank).copied().unwrap_or_default();
            }
        }
        if !covers_all {
            self.receive(rank);
        }
        for (window, gap, members) in left {
            self.leave(window, Section::Locks(gap), members, job);
        }
        let window = collective.comm;
        let Some(part) = self.parts.get_mut(&(window, rank)) else {
            return Vec::new();
        };
        let over = match collective.kind {
            "MPI_Win_fence" | "MPI_Win_free" => part.release(|_| true),
            _ => Vec::new(),
        };
        let members = self.known.get(&window).map_or(0, |it| it.members.len());
        match collective.kind {
            "MPI_Win_fence" => {
                let may_follow = collective.assertion & assertion::NO_SUCCEED == 0;
                let before = part.epochs.fenced(call, may_follow);
                self.leave(window, Section::Fence(before), members, job);
            }
            "MPI_Win_free" => {
                let before = part.epochs.fences();
                self.leave(window, Section::Fence(before), members, job);
                self.parts.remove(&(window, rank));
                if let Some(mine) = self.of.get_mut(&rank) {
                    mine.retain(|other| *other != window);
                }
            }
            _ => {}
        }
        over
    }

    /// A rank goes into `MPI_Finalize`.
    pub fn finalizes(&mut self, call: Call) {
        for window in self.of.get(&call.rank).cloned().unwrap_or_default() {
            if let Some(part) = self.parts.get_mut(&(window, call.rank)) {
                let fault = part.epochs.end(call);
                self.fault(window, call.rank, fault);
            }
        }
    }

    /// One of so many has left a section.
    fn leave(&mut self, window: CommId, section: Section, parties: usize, job: &Job<'_>) {
        let left = self.left.entry((window, section)).or_default();
        *left += 1;
        if *left >= parties {
            self.left.remove(&(window, section));
            self.close(window, section, job);
        }
    }

    fn close(&mut self, window: CommId, section: Section, job: &Job<'_>) {
        if let Some(accesses) = self.open.remove(&(window, section)) {
            match self.judge(window, section, &accesses, job) {
                Some(found) => self.found.extend(found),
                // Somebody's memory has not been read of.
                None => {
                    self.open.insert((window, section), accesses);
                }
            }
        }
        if let Section::Locks(gap) = section {
            let of_gap = (window, gap, 0)..=(window, gap, Rank::MAX);
            let ranks: Vec<_> = self.written.range(of_gap).copied().collect();
            for written in ranks {
                self.written.remove(&written);
            }
            self.stored.remove(&(window, gap));
        }
    }

    /// What conflicts in a section; none if somebody's memory is not known yet.
    fn judge(
        &self,
        window: CommId,
        section: Section,
        accesses: &Accesses,
        job: &Job<'_>,
    ) -> Option<Vec<Finding>> {
        let shared = self.known.get(&window)?;
        let is_clear = |access: &Access| {
            let Section::Locks(gap) = section else {
                return true;
            };
            let rank = access.call.rank;
            let is_stored = self.stored.contains(&(window, gap));
            access.sure
                > (if is_stored {
                    Sure::UnlessStored
                } else {
                    Sure::No
                })
                && !self.unclear.contains(&rank)
                && !self.written.contains(&(window, gap, rank))
        };
        let with_itself = !matches!(section, Section::Locks(_));
        accesses.conflicts(window, &shared.memory, job.types, &is_clear, with_itself)
    }

    /// What conflicts in what is not complete yet.
    pub fn so_far(&self, job: &Job<'_>) -> Vec<Finding> {
        let open = self
            .open
            .iter()
            .filter_map(|((window, section), accesses)| {
                self.judge(*window, *section, accesses, job)
            });
        let missed = self.known.iter().map(|(window, shared)| {
            let unclear = |rank| shared.unclear.contains(&rank);
            shared.attached.missed(*window, job.types, &unclear)
        });
        open.chain(missed).flatten().collect()
    }
}

impl Shared {
    /// Whether displacements are addresses, of memory that ranks attach.
    fn has_no_end(&self) -> bool {
        let mut memory = self.memory.values();
        memory.any(|memory| memory.size == u64::MAX)
    }
}

impl Part {
    /// Whether nothing can have told the rank of what others did since the last collective.
    fn is_sure(&self, received: Received) -> Sure {
        if self.epochs.is_lost() || self.received.otherwise != received.otherwise {
            Sure::No
        } else if self.received.by_get != received.by_get {
            Sure::UnlessStored
        } else {
            Sure::Yes
        }
    }

    fn release(&mut self, is_it: impl Fn(&Held) -> bool) -> Vec<Held> {
        let (over, held) = self.held.drain(..).partition(is_it);
        self.held = held;
        over
    }
}
