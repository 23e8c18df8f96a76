//! One-sided transfers between fences, as messages.
//!
//! A time-independent trace has messages that both sides ask for, and nothing else, so a transfer can only be
//! replayed where its target makes a call that is known to belong to it. Between two fences it does: a put is a
//! message that the target has been ready to receive since the first fence, and that both wait for in the second.
//! A get is an empty message to the target, and an answer that the target sends once it has entered the second
//! fence, as an MPI does that only works inside its own calls; on a network that reads remote memory by itself, the
//! answer comes earlier. Then all ranks of the window meet in a barrier.
//!
//! Under a lock the target makes no call at all: a fetch-and-add may be answered at any time, while it computes or
//! long after its last call. A message that its trace receives or answers somewhere would make it wait, or the origin,
//! for what no rank of the recorded run waited for, and two ranks that each lock the other's memory could wait for
//! each other forever. The same is true of a get between `MPI_Win_start` and `MPI_Win_complete`: its target may be
//! in any other call meanwhile. So these cost nothing, and the command says so.

use crate::plan::{Action, Envelope};
use recording::event::{CommId, Rank, Step};
use std::collections::HashMap;

/// What moves by one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Transfer {
    /// From the origin to the target.
    pub(crate) there: Envelope,
    /// The target's answer.
    pub(crate) back: Option<Envelope>,
}

/// A fence: its window, and its number among the collectives of that.
type Fence = (CommId, u64);

/// Where a rank is in the epochs of a window.
#[derive(Clone, Debug, Default)]
struct At {
    /// The last fence.
    fence: Option<u64>,
    /// How many locks it holds, and epochs it has begun with some of the ranks.
    others: u32,
}

/// The transfers of all ranks, by the fence after which they were begun.
#[derive(Clone, Debug, Default)]
pub(crate) struct Epochs {
    at: HashMap<(Rank, CommId), At>,
    /// The fence after another, the same for all ranks of the window.
    next: HashMap<Fence, u64>,
    previous: HashMap<Fence, u64>,
    transfers: HashMap<Fence, Vec<Transfer>>,
    calls: HashMap<(Rank, u64), (Fence, Transfer)>,
}

impl Epochs {
    /// A rank enters a fence.
    pub(crate) fn fence(&mut self, rank: Rank, window: CommId, index: u64) {
        let at = self.at.entry((rank, window)).or_default();
        if let Some(before) = at.fence.replace(index) {
            self.next.insert((window, before), index);
            self.previous.insert((window, index), before);
        }
    }

    /// A rank begins or ends another epoch.
    pub(crate) fn step(&mut self, rank: Rank, window: CommId, step: &Step) {
        let at = self.at.entry((rank, window)).or_default();
        match step {
            Step::Lock { .. } | Step::LockAll | Step::Start(_) => at.others += 1,
            Step::Unlock(_) | Step::UnlockAll | Step::Complete => {
                at.others = at.others.saturating_sub(1);
            }
            _ => {}
        }
    }

    /// A call of a rank begins a transfer.
    pub(crate) fn transfer(&mut self, call: (Rank, u64), window: CommId, transfer: Transfer) {
        let at = self.at.get(&(call.0, window));
        let Some(fence) = at
            .filter(|at| at.others == 0)
            .and_then(|at| at.fence)
            .map(|index| (window, index))
        else {
            return;
        };
        self.transfers.entry(fence).or_default().push(transfer);
        self.calls.insert(call, (fence, transfer));
    }

    /// What a call moves, if it stands between two fences.
    pub(crate) fn between_fences(&self, call: (Rank, u64)) -> Option<Transfer> {
        let (fence, transfer) = self.calls.get(&call)?;
        self.next.contains_key(fence).then_some(*transfer)
    }

    /// What a rank does once all have left a fence: it is ready for the messages of the epoch.
    pub(crate) fn opening(&self, rank: Rank, window: CommId, index: u64) -> Vec<Action> {
        let fence = (window, index);
        if !self.next.contains_key(&fence) {
            return Vec::new();
        }
        let incoming = self.of(fence, rank, |it| it.there.to);
        incoming.map(|it| Action::Ireceive(it.there)).collect()
    }

    /// What a rank does when it enters a fence, before it waits for the others: it completes what the epoch before
    /// it has moved.
    pub(crate) fn closing(&self, rank: Rank, window: CommId, index: u64) -> Vec<Action> {
        let Some(before) = self.previous.get(&(window, index)) else {
            return Vec::new();
        };
        let fence = (window, *before);
        let incoming: Vec<Transfer> = self.of(fence, rank, |it| it.there.to).collect();
        let own = self.of(fence, rank, |it| it.there.from);
        let answers = || incoming.iter().filter_map(|it| it.back);
        let arrived = incoming.iter().map(|it| Action::Wait(it.there));
        let mut actions: Vec<Action> = arrived.chain(answers().map(Action::Isend)).collect();
        for it in own {
            actions.extend(
                [Some(it.there), it.back]
                    .into_iter()
                    .flatten()
                    .map(Action::Wait),
            );
        }
        actions.extend(answers().map(Action::Wait));
        actions
    }

    /// The transfers of an epoch whose one end is a rank.
    fn of(
        &self,
        fence: Fence,
        rank: Rank,
        end: impl Fn(&Transfer) -> Rank,
    ) -> impl Iterator<Item = Transfer> {
        let all = self.transfers.get(&fence).into_iter().flatten().copied();
        all.filter(move |it| end(it) == rank)
    }
}
