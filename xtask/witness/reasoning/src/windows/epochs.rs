//! What a rank has open on a window, and what it may do then (MPI standard 5.0, section 12.5).

use crate::finding::{Call, EpochFault};
use recording::event::{Rank, Step, assertion};
use std::{collections::BTreeMap, sync::Arc};

/// A rank's epochs on a window.
#[derive(Default)]
pub(super) struct Epochs {
    /// The thread that uses the window; of several nobody knows which was first.
    thread: Option<u16>,
    is_lost: bool,
    /// How many fences have come back.
    fences: u64,
    /// The last of them, unless it has promised that nothing follows.
    fence: Option<Call>,
    /// The last one that has promised that.
    last_fence: Option<Call>,
    /// The first operation since the fence.
    used: Option<Call>,
    started: Option<(Call, Arc<[Rank]>)>,
    /// How often each rank's memory was started on.
    starts: BTreeMap<Rank, u64>,
    /// Whose memory is locked.
    locks: BTreeMap<Rank, Lock>,
    /// All of it; and whether the call has come back.
    all: Option<(Call, bool)>,
    posted: Option<(Call, Posted)>,
    /// How often each rank was let in, and how often anybody.
    posts: (BTreeMap<Rank, u64>, u64),
}

/// A lock on a rank's memory.
#[derive(Clone, Copy)]
struct Lock {
    call: Call,
    exclusive: bool,
    /// Whether the call has come back.
    is_held: bool,
}

/// A rank's memory is exposed.
#[derive(Clone)]
pub(super) struct Posted {
    /// For the so-many-eth time.
    pub nth: u64,
    /// To whom, and to each for the so-many-eth time.
    pub to: Vec<(Rank, u64)>,
}

/// In which epoch an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// After so many fences.
    Fence(u64),
    /// For the so-many-eth time on this target.
    Started(u64),
    Locked {
        exclusive: bool,
    },
    Unknown,
}

/// What a step has ended.
pub(super) enum Ended {
    Nothing,
    /// The so-many-eth exposure of the rank's memory, in which so many took part.
    Exposure(u64, usize),
    /// What was started on these ranks' memory, for the so-many-eth time.
    Started(Vec<(Rank, u64)>),
}

/// What is wrong, and the calls to be named.
type Fault = Option<(EpochFault, Vec<Call>)>;

impl Epochs {
    /// Nothing is said of what follows.
    pub fn lose_track(&mut self) {
        self.is_lost = true;
    }

    pub fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// How many fences have come back.
    pub fn fences(&self) -> u64 {
        self.fences
    }

    /// After how many fences others may touch the memory; none if they may not.
    pub fn fence(&self) -> Option<u64> {
        self.fence.map(|_| self.fences)
    }

    /// The exposure that is open, and the call that began it.
    pub fn posting(&self) -> Option<&(Call, Posted)> {
        self.posted.as_ref()
    }

    pub fn posted(&self) -> Option<Posted> {
        self.posted.as_ref().map(|(_, posted)| posted.clone())
    }

    fn is_by(&mut self, call: Call) -> bool {
        let thread = *self.thread.get_or_insert(call.thread);
        self.is_lost |= thread != call.thread;
        !self.is_lost
    }

    /// An operation on a rank's memory, or on nobody's.
    pub fn access(&mut self, call: Call, target: Option<Rank>) -> Fault {
        if !self.is_by(call) || self.all.is_some() {
            return None;
        }
        let target = target?;
        if let Some(Lock { call: lock, .. }) = self.locks.values().next() {
            let fault = EpochFault::NotLocked(target);
            let is_locked = self.locks.contains_key(&target);
            return (!is_locked).then(|| (fault, vec![call, *lock]));
        }
        if let Some((start, group)) = &self.started {
            let fault = EpochFault::NotStarted(target);
            return (!group.contains(&target)).then(|| (fault, vec![call, *start]));
        }
        if self.fence.is_some() {
            self.used.get_or_insert(call);
            return None;
        }
        let calls = [Some(call), self.last_fence].into_iter().flatten();
        Some((EpochFault::Outside, calls.collect()))
    }

    /// In which epoch an operation on a rank's memory is.
    pub fn place(&self, target: Option<Rank>) -> Place {
        let Some(target) = target.filter(|_| !self.is_lost) else {
            return Place::Unknown;
        };
        if self.all.is_some() {
            return Place::Locked { exclusive: false };
        }
        if let Some(Lock { exclusive, .. }) = self.locks.get(&target) {
            return Place::Locked {
                exclusive: *exclusive,
            };
        }
        match &self.started {
            Some((_, group)) if group.contains(&target) => {
                Place::Started(self.starts.get(&target).copied().unwrap_or(0))
            }
            None if self.fence.is_some() && self.locks.is_empty() => Place::Fence(self.fences),
            _ => Place::Unknown,
        }
    }

    /// The call that has opened an access epoch which is not over.
    fn opened(&self) -> Option<Call> {
        let lock = self.locks.values().next().map(|lock| lock.call);
        let start = self.started.as_ref().map(|(call, _)| *call);
        lock.or(self.all.map(|(call, _)| call)).or(start)
    }

    /// A fence with operations after it is open until the next.
    fn opened_or_fenced(&self) -> Option<Call> {
        self.opened().or(self.used.and(self.fence))
    }

    /// A rank goes into a call that begins or ends an epoch.
    pub fn step(&mut self, call: Call, step: &Step) -> Fault {
        if !self.is_by(call) {
            return None;
        }
        let already =
            |open: Option<Call>| open.map(|open| (EpochFault::AlreadyOpen, vec![call, open]));
        let nothing = |is_open: bool| (!is_open).then(|| (EpochFault::NothingOpen, vec![call]));
        match step {
            Step::Lock { target, exclusive } => {
                let target = (*target)?;
                let same = self.locks.get(&target).map(|lock| lock.call);
                let all = self.all.map(|(call, _)| call);
                let start = self.started.as_ref().map(|(call, _)| *call);
                let fence = self.used.and(self.fence);
                let fault = already(same.or(all).or(start).or(fence));
                self.locks.entry(target).or_insert(Lock {
                    call,
                    exclusive: *exclusive,
                    is_held: false,
                });
                fault
            }
            Step::LockAll => {
                let fault = already(self.opened_or_fenced());
                self.all.get_or_insert((call, false));
                fault
            }
            Step::Unlock(target) => {
                let target = (*target)?;
                nothing(self.locks.contains_key(&target))
            }
            Step::UnlockAll => nothing(self.all.is_some()),
            Step::Flush { target, .. } => {
                if let (Some(target), Some(lock)) = (target, self.locks.values().next())
                    && !self.locks.contains_key(target)
                {
                    let fault = EpochFault::NotLocked(*target);
                    return Some((fault, vec![call, lock.call]));
                }
                nothing(self.all.is_some() || !self.locks.is_empty())
            }
            Step::Start(Some(group)) => {
                let fault = already(self.opened_or_fenced());
                for target in group.iter() {
                    *self.starts.entry(*target).or_default() += 1;
                }
                self.started = Some((call, Arc::clone(group)));
                fault
            }
            Step::Complete => nothing(self.started.is_some()),
            Step::Post(Some(group)) => {
                let fault = already(self.posted.as_ref().map(|(call, _)| *call));
                let (each, all) = &mut self.posts;
                *all += 1;
                let to = group.iter().map(|origin| {
                    let times = each.entry(*origin).or_default();
                    *times += 1;
                    (*origin, *times)
                });
                let to = to.collect();
                self.posted = Some((call, Posted { nth: *all, to }));
                fault
            }
            Step::Wait | Step::Test => nothing(self.posted.is_some()),
            Step::Start(None) | Step::Post(None) => {
                self.is_lost = true;
                None
            }
            Step::Sync | Step::Attach { .. } | Step::Detach(_) => None,
        }
    }

    /// It has come out of such a call, which has done what it is for.
    pub fn stepped(&mut self, step: &Step) -> Ended {
        match step {
            Step::Lock {
                target: Some(target),
                ..
            } => {
                if let Some(lock) = self.locks.get_mut(target) {
                    lock.is_held = true;
                }
            }
            Step::LockAll => {
                if let Some((_, is_held)) = &mut self.all {
                    *is_held = true;
                }
            }
            Step::Unlock(Some(target)) => drop(self.locks.remove(target)),
            Step::UnlockAll => self.all = None,
            Step::Complete => {
                let started = self.started();
                self.started = None;
                return Ended::Started(started);
            }
            Step::Wait | Step::Test => {
                if let Some((_, posted)) = self.posted.take() {
                    return Ended::Exposure(posted.nth, posted.to.len() + 1);
                }
            }
            _ => {}
        }
        Ended::Nothing
    }

    /// Whether the rank holds a lock on this memory, of which others must wait for the end: also those who
    /// share it, if this one is exclusive.
    pub fn holds(&self, target: Rank, against_all: bool) -> bool {
        if self.is_lost {
            return false;
        }
        let lock = self.locks.get(&target).filter(|lock| lock.is_held);
        let all = against_all && matches!(self.all, Some((_, true)));
        all || lock.is_some_and(|lock| against_all || lock.exclusive)
    }

    /// The call that has taken the lock that the rank holds on this memory.
    pub fn lock_of(&self, target: Rank) -> Option<Call> {
        let lock = self.locks.get(&target).filter(|lock| lock.is_held);
        let all = self.all.filter(|(_, is_held)| *is_held);
        lock.map(|lock| lock.call).or(all.map(|(call, _)| call))
    }

    /// Whether the rank's own lock on this memory, held or asked for, is exclusive.
    pub fn is_exclusive(&self, target: Rank) -> bool {
        let lock = self.locks.get(&target);
        lock.is_some_and(|lock| lock.exclusive)
    }

    /// The ranks whose memory was started on, and for the so-many-eth time.
    pub fn started(&self) -> Vec<(Rank, u64)> {
        let group = self.started.iter().flat_map(|(_, group)| group.iter());
        let starts = |target: &Rank| self.starts.get(target).copied().unwrap_or(0);
        group.map(|target| (*target, starts(target))).collect()
    }

    /// A rank goes into a fence.
    pub fn fence_begins(&mut self, call: Call, promised: u32) -> Fault {
        if !self.is_by(call) {
            return None;
        }
        let post = self.posted.as_ref().map(|(call, _)| *call);
        if let Some(open) = self.opened().or(post) {
            return Some((EpochFault::AlreadyOpen, vec![call, open]));
        }
        let used = self.used.filter(|_| promised & assertion::NO_PRECEDE != 0);
        used.map(|used| (EpochFault::Promised, vec![call, used]))
    }

    /// It has come out of it; operations may follow, or not. After how many fences it had gone in.
    pub fn fenced(&mut self, call: Call, may_follow: bool) -> u64 {
        self.used = None;
        self.fence = may_follow.then_some(call);
        self.last_fence = (!may_follow).then_some(call);
        self.fences += 1;
        self.fences - 1
    }

    /// The window is freed, or MPI finalized.
    pub fn end(&mut self, call: Call) -> Fault {
        if !self.is_by(call) {
            return None;
        }
        let post = self.posted.as_ref().map(|(call, _)| *call);
        if let Some(open) = self.opened().or(post) {
            return Some((EpochFault::NeverClosed, vec![open, call]));
        }
        let used = self.used?;
        Some((EpochFault::NeverFenced, vec![used, call]))
    }
}
