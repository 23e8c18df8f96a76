//! The context of a task on one rank: what `harness::Check` offers, and a communicator.

use crate::{Aside, Traffic, inspect, steps};
use harness::{
    death, identity,
    patience::{PATIENT, patiently},
    plural,
};
use mpi::{
    collective::SystemOperation,
    topology::{Color, SimpleCommunicator},
    traits::{AsRaw, Communicator, CommunicatorCollectives, Group, Root},
};
use recorder::{Among, Counts, Moved, Patience, Turn};
use std::{
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
    rc::Rc,
};
use verdict::{Kind, Reason, wire::RankFailure};

/// The context of one task on one rank. It offers all of [`harness::Check`].
pub struct Check {
    plain: harness::Check,
    /// Never freed: MPI gives a freed communicator's number out again, and what ranks that named
    /// different roots left in this one would turn up in a later task.
    world: ManuallyDrop<SimpleCommunicator>,
    /// For the harness's own messages, so that no answer can catch one; one for all tasks of these
    /// ranks.
    own: Rc<SimpleCommunicator>,
}

impl Check {
    /// All ranks must make the context of a task at the same time.
    pub(crate) fn new(own: Rc<SimpleCommunicator>, seed: u64, standard: bool) -> Self {
        let check = Self {
            plain: harness::Check::new(seed),
            // A communicator for each task: a message left over from one task cannot be received
            // in the next.
            world: ManuallyDrop::new(own.duplicate()),
            own,
        };
        recorder::expect(check.own.size().unsigned_abs());
        recorder::take();
        // A fault in a function that several tasks call is each task's.
        recorder::new_part();
        recorder::aside(false);
        recorder::strict(!standard);
        check
    }

    /// The communicator of the task's ranks, as the answers get it: a part of the job's processes, in
    /// an order of its own.
    pub fn world(&self) -> &SimpleCommunicator {
        &self.world
    }

    /// This rank.
    pub fn rank(&self) -> usize {
        self.world.rank().unsigned_abs() as usize
    }

    /// The number of ranks.
    pub fn size(&self) -> usize {
        self.world.size().unsigned_abs() as usize
    }

    /// Makes a communicator of some of the task's ranks, in this order, for an answer to work on; none on
    /// the others. All ranks must call it, with the same list. Not counted as the answer's.
    pub fn communicator_of(&self, ranks: &[usize]) -> Option<SimpleCommunicator> {
        let place = ranks.iter().position(|rank| *rank == self.rank());
        let color = place.map_or(Color::undefined(), |_| Color::with_value(0));
        self.aside_call(|own| own.split_by_color_with_key(color, place.unwrap_or(0) as i32))
    }

    /// Makes something of all ranks' communicator that is not the answer's doing: all ranks must call it.
    pub fn aside_call<R>(&self, make: impl FnOnce(&SimpleCommunicator) -> R) -> R {
        let aside = recorder::aside(true);
        let made = make(&self.own);
        recorder::aside(aside);
        made
    }

    /// The members of a communicator, as ranks of the task, in the order of its ranks; none for a process
    /// that takes no part in the task.
    pub fn members(&self, communicator: &SimpleCommunicator) -> Vec<Option<usize>> {
        let aside = recorder::aside(true);
        let ranks: Vec<i32> = (0..communicator.size()).collect();
        let members = communicator
            .group()
            .translate_ranks(&ranks, &self.own.group());
        recorder::aside(aside);
        members
            .into_iter()
            .map(|rank| Some(rank?.unsigned_abs() as usize))
            .collect()
    }

    /// The number by which [`Among`] names a communicator.
    pub fn number_of(communicator: &SimpleCommunicator) -> usize {
        inspect::handle(communicator.as_raw())
    }

    /// Runs a part of a check in which `MPI_Comm_split_type` answers on this rank as on the node of this
    /// number: so the ranks of one machine see several. All ranks must call it.
    pub fn on_node<R>(&mut self, node: u16, part: impl FnOnce(&mut Self) -> R) -> R {
        recorder::pretend_node(Some(node));
        let _node = Pretended;
        part(self)
    }

    /// Runs a part of a check in which `hear` is told of each MPI call of an answer on this rank, by the name of the
    /// function, just before it is made: what it finds then is what a crash at this point would leave.
    pub fn before_each_call<R>(
        &mut self,
        hear: fn(&'static str),
        part: impl FnOnce(&mut Self) -> R,
    ) -> R {
        recorder::before_each(Some(hear));
        let _heard = Heard;
        part(self)
    }

    /// Waits for all ranks. Not counted as the answer's.
    pub fn barrier(&self) {
        let aside = recorder::aside(true);
        self.own.barrier();
        recorder::aside(aside);
    }

    /// Opens a line on which ranks can talk while an answer runs. All ranks must call it.
    pub fn aside(&self) -> Aside {
        Aside::open(&self.own)
    }

    /// Whether something holds on every rank: then all ranks go on together, or all stop together,
    /// and none waits for one that has stopped. All ranks must call it. Not counted as the answer's.
    pub fn everywhere(&self, holds: bool) -> bool {
        let aside = recorder::aside(true);
        let mut everywhere = false;
        self.own
            .all_reduce_into(&holds, &mut everywhere, SystemOperation::logical_and());
        recorder::aside(aside);
        everywhere
    }

    /// Requires that numbers, of which all ranks have as many, are those of rank 0, to the last bit. They are not
    /// compared unless everything else about them is `right` on every rank. Returns, the same on all ranks, whether
    /// they are right and the same. All ranks must call it. Not counted as the answer's.
    pub fn same_bits(&mut self, right: bool, numbers: &[f64], why: &str) -> bool {
        if !self.everywhere(right) {
            return false;
        }
        let mut of_first = numbers.to_vec();
        self.aside_call(|own| own.process_at_rank(0).broadcast_into(&mut of_first[..]));
        let mut pairs = numbers.iter().zip(&of_first);
        let other = pairs.position(|(own, first)| own.to_bits() != first.to_bits());
        self.require(other.is_none(), Kind::WrongResult, || {
            let index = other.unwrap_or_default();
            format!(
                "has {:?} at index {index}, but rank 0 has {:?}: {why}",
                numbers[index], of_first[index]
            )
        });
        self.everywhere(other.is_none())
    }

    /// How often this rank has called any of these functions since the answer that runs began: for
    /// what an answer is given to call back, which so learns before and after which call that is.
    pub fn calls_so_far(&self, functions: &[&str]) -> u64 {
        functions
            .iter()
            .map(|function| recorder::called(function))
            .sum()
    }

    /// Runs an answer and tells what all ranks called and sent meanwhile. All ranks must call it.
    pub fn observe<R>(&self, answer: impl FnOnce(&SimpleCommunicator) -> R) -> (R, Traffic) {
        let (result, own) = self.record(answer);
        let aside = recorder::aside(true);
        let traffic = Traffic::gather(&self.own, &own);
        recorder::aside(aside);
        (result, traffic)
    }

    /// The same, and tells also what this rank called on which communicator. All ranks must call it.
    pub fn observe_among<R>(
        &self,
        answer: impl FnOnce(&SimpleCommunicator) -> R,
    ) -> (R, Traffic, Vec<Among>) {
        let (result, own) = self.record(answer);
        let aside = recorder::aside(true);
        let traffic = Traffic::gather(&self.own, &own);
        recorder::aside(aside);
        (result, traffic, own.among)
    }

    /// The same, and tells also in how many steps the messages go when every send waits for its
    /// receive, and each rank sends or receives one message in a step. None when not all of them come
    /// to an end: then ranks would wait for each other in a circle. It looks at sends and receives that
    /// wait, and at nothing else; all of them must be on the task's communicator.
    pub fn observe_steps<R>(
        &self,
        answer: impl FnOnce(&SimpleCommunicator) -> R,
    ) -> (R, Traffic, Option<u64>) {
        let (result, own) = self.record(answer);
        let aside = recorder::aside(true);
        let traffic = Traffic::gather(&self.own, &own);
        let turns = steps::gather(&self.own, &own.turns);
        recorder::aside(aside);
        (result, traffic, steps::count(&turns))
    }

    /// Runs an answer and tells in which order this rank's own blocking sends and receives came.
    pub fn observe_turns<R>(
        &self,
        answer: impl FnOnce(&SimpleCommunicator) -> R,
    ) -> (R, Vec<Turn>) {
        let (result, own) = self.record(answer);
        (result, own.turns)
    }

    /// Runs several calls of an answer in a row: the rank `late` begins only when the rank `first` is through with all
    /// of them, so that the messages of its later calls come before those of the first call of `late`. If `first` waits
    /// for `late`, patience ends. All ranks must call it.
    pub fn a_call_ahead<R>(
        &self,
        first: usize,
        late: usize,
        calls: impl FnOnce(&SimpleCommunicator) -> R,
    ) -> R {
        let (rank, done) = (self.rank(), self.aside());
        let (result, _) = self.observe(|world| {
            if rank == late {
                patiently(4 * PATIENT, 1, || usize::from(done.is_told()));
            }
            let result = calls(world);
            if rank == first {
                done.tell(late, 0);
            }
            if rank == late {
                done.hear();
            }
            result
        });
        result
    }

    /// Runs an answer in which this rank's receives and probes from any source are given the messages of
    /// the others in an order that is not that of arrival, and no two from the same rank one after the
    /// other, as far as there are others: MPI may do so. Tells also from which ranks messages were taken,
    /// in that order; not those of immediate receives. All ranks must call it. Where ranks wait for this
    /// one before they send, the patience with them must have a limit.
    pub fn observe_rearranged<R>(
        &self,
        patience: Patience,
        answer: impl FnOnce(&SimpleCommunicator) -> R,
    ) -> (R, Traffic, Vec<usize>) {
        let done = self.aside();
        recorder::rearrange(Some((done.handle(), patience)));
        let (result, own) = self.record(|world| {
            let result = answer(world);
            (0..self.size())
                .filter(|rank| *rank != self.rank())
                .for_each(|rank| done.tell(rank, 0));
            result
        });
        recorder::rearrange(None);
        // Who never comes here is seen to be missing, as at the end of any answer.
        self.barrier();
        for _ in 1..self.size() {
            done.hear();
        }
        let aside = recorder::aside(true);
        let traffic = Traffic::gather(&self.own, &own);
        recorder::aside(aside);
        let arrivals = own.arrivals.iter().map(|place| *place as usize).collect();
        (result, traffic, arrivals)
    }

    fn record<R>(&self, answer: impl FnOnce(&SimpleCommunicator) -> R) -> (R, Counts) {
        recorder::take();
        let result = answer(&self.world);
        let counts = recorder::take();
        let beyond = counts.calls.iter().find(|(_, called)| called.beyond > 0);
        if let Some((function, _)) = beyond {
            let reason = Reason::OtherCommunicator;
            self.require_rule(false, Kind::WrongOperation, reason, || {
                format!(
                    "called {function} on MPI_COMM_WORLD instead of on the communicator that the function \
                     is given, which has fewer ranks, in another order"
                )
            });
        }
        (result, counts)
    }

    /// Runs a part of a check with standard sends as MPI makes them. Everywhere else a check runs in
    /// synchronous mode: every standard send of an answer returns, or is complete, only when its receive
    /// has begun, so that no answer lives on MPI's buffers. All ranks must call it, as they call what runs
    /// in it; and what runs in it must run in synchronous mode too, with other inputs.
    pub fn standard<R>(&mut self, part: impl FnOnce(&mut Self) -> R) -> R {
        let _mode = Mode(recorder::strict(false));
        part(self)
    }

    /// Requires that every message that answers have sent so far was received; `why` completes the
    /// sentence. All ranks must call it, and all agree on the answer. The end of a task is looked at
    /// anyway: this is for a check that goes on, where a message left over would be taken for the next.
    pub fn all_received(&mut self, why: &str) -> bool {
        self.barrier();
        let left = inspect::waiting(&self.world);
        let none = left.is_none();
        if let Some(left) = left {
            self.fail(death::failure(
                Kind::UnmatchedMessage,
                format!("{left}: {why}"),
            ));
        }
        self.everywhere(none)
    }

    /// Requires that every rank called one of these functions on a communicator of all ranks, and says
    /// otherwise what the task is about. Returns whether it is so.
    pub fn uses(&mut self, traffic: &Traffic, functions: &[&str], why: &str) -> bool {
        let (rank, wanted) = (self.rank(), functions[0]);
        let whole = |function: &&str| traffic.calls_of_whole(rank, function) > 0;
        let used = functions.iter().any(whole);
        let partly = functions
            .iter()
            .find(|function| traffic.calls(rank, function) > 0);
        let kind = Kind::WrongOperation;
        self.require_rule(used, kind, Reason::OtherCall, || match partly {
            None => format!("never called {wanted}: {why}"),
            Some(function) => format!(
                "called {function} only on a communicator that lacks some of the ranks: {why}"
            ),
        })
    }

    /// Requires that this rank called none of these functions.
    pub fn avoids(&mut self, traffic: &Traffic, functions: &[&str], why: &str) -> bool {
        let rank = self.rank();
        let used = functions
            .iter()
            .find(|function| traffic.calls(rank, function) > 0);
        let none = used.is_none();
        self.require_rule(none, Kind::WrongOperation, Reason::OtherCall, || {
            format!("called {}: {why}", used.copied().unwrap_or_default())
        })
    }

    /// Requires that this rank moves no more than it may, whatever it calls: so that no work is done by
    /// one call and shown by another. `why` completes the sentence. Returns whether it is so.
    pub fn moves(&mut self, traffic: &Traffic, bounds: Bounds, why: &str) -> bool {
        let moves = traffic.moves(self.rank());
        let Bounds { given, got, calls } = bounds;
        self.at_most("bytes given to MPI to send", moves.given, given, why)
            && self.at_most("bytes received from other ranks", moves.got, got, why)
            && self.at_most("messages and collectives begun", moves.calls, calls, why)
    }

    /// The same for what this rank moves by other calls than these: so that the data goes the way that the
    /// task is about, and that call is not made for show.
    pub fn moves_beside(
        &mut self,
        traffic: &Traffic,
        functions: &[&str],
        bounds: Bounds,
        why: &str,
    ) -> bool {
        let moves = traffic.moves_beside(self.rank(), functions);
        let wanted = functions[0];
        let what = |what| format!("{what} by calls other than {wanted}");
        let Bounds { given, got, calls } = bounds;
        self.at_most(&what("bytes given to MPI to send"), moves.given, given, why)
            && self.at_most(&what("bytes received"), moves.got, got, why)
            && self.at_most(
                &what("messages and collectives begun"),
                moves.calls,
                calls,
                why,
            )
    }

    /// Requires that this rank sends another one as many messages and bytes as the task says: so that
    /// nothing is computed, or found out elsewhere, that should have been sent. `why` completes the
    /// sentence. Returns whether it is so.
    pub fn sends(&mut self, traffic: &Traffic, to: usize, least: Moved, why: &str) -> bool {
        let sent = traffic.between(self.rank(), to);
        let kind = Kind::WrongOperation;
        let has = |count: u64, what, least: u64| {
            self.require(count >= least, kind, || {
                format!(
                    "sent {} to rank {to}, but should send at least {least}: {why}",
                    plural(count, what)
                )
            })
        };
        has(sent.times, "message", least.times) && has(sent.bytes, "byte", least.bytes)
    }

    /// Requires that a count, named by `what`, is at most `limit`.
    pub fn at_most(&mut self, what: &str, count: u64, limit: u64, why: &str) -> bool {
        self.limit(what, count, limit, why, None)
    }

    /// The same for what comes one after the other, which costs time whatever its amount: rounds, steps.
    pub fn few_rounds(&mut self, what: &str, count: u64, limit: u64, why: &str) -> bool {
        self.limit(what, count, limit, why, Some(Reason::Rounds))
    }

    fn limit(
        &mut self,
        what: &str,
        count: u64,
        limit: u64,
        why: &str,
        reason: Option<Reason>,
    ) -> bool {
        if count <= limit {
            return true;
        }
        let enough = match limit {
            0 => String::from("none is needed"),
            1 => String::from("1 is enough"),
            more => format!("{more} are enough"),
        };
        let what = match count {
            1 => of_one(what),
            _ => what.to_owned(),
        };
        let who = identity::who();
        let message = format!("{who}: {count} {what}, but {enough}: {why}");
        let failure = death::failure(Kind::TooMuchCommunication, message);
        self.fail(RankFailure { reason, ..failure });
        false
    }
}

/// What is counted, with its nouns in the singular.
fn of_one(what: &str) -> String {
    const NOUNS: [&str; 8] = [
        "bytes",
        "numbers",
        "messages",
        "collectives",
        "calls",
        "rounds",
        "steps",
        "ranks",
    ];
    let words = what.split(' ').map(|word| match word {
        "and" => "or",
        noun if NOUNS.contains(&noun) => noun.trim_end_matches('s'),
        word => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What a task may move on one rank in all: by messages and collectives, whichever. Leave room for
/// every right way, such as a length that is told first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes that it gives to MPI to send: to a collective, all that it names for all ranks.
    pub given: u64,
    /// Bytes that it gets from others: messages sent to it, and what a collective has room for.
    pub got: u64,
    /// Messages that it sends, and collectives that it calls.
    pub calls: u64,
}

impl Bounds {
    /// Nothing is bounded: to be narrowed.
    pub const NONE: Self = Self {
        given: u64::MAX,
        got: u64::MAX,
        calls: u64::MAX,
    };
}

/// Takes back, also when a check is left early, that a rank is on another node.
struct Pretended;

impl Drop for Pretended {
    fn drop(&mut self) {
        recorder::pretend_node(None);
    }
}

/// Stops, also when a check is left early, telling of calls.
struct Heard;

impl Drop for Heard {
    fn drop(&mut self) {
        recorder::before_each(None);
    }
}

/// Brings back, also when a check is left early, whether standard sends were synchronous.
struct Mode(bool);

impl Drop for Mode {
    fn drop(&mut self) {
        recorder::strict(self.0);
    }
}

impl Deref for Check {
    type Target = harness::Check;

    fn deref(&self) -> &harness::Check {
        &self.plain
    }
}

impl DerefMut for Check {
    fn deref_mut(&mut self) -> &mut harness::Check {
        &mut self.plain
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_of_a_kind_is_in_the_singular() {
        for (many, one) in [
            ("bytes given to MPI to send", "byte given to MPI to send"),
            (
                "messages and collectives begun",
                "message or collective begun",
            ),
            ("steps one after the other", "step one after the other"),
        ] {
            assert_eq!(super::of_one(many), one);
        }
    }
}
