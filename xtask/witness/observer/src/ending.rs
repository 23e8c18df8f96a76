//! A rank that has ended before all was done: how, where, and who waited for it.

use crate::{Observer, Told, names::Names, words};
use reasoning::{Call, Life, Observation};
use recording::{
    event::{Address, Object, PlaceId, Rank, Refusal},
    header::{Ending, Header, State},
};
use std::{os::unix::process::ExitStatusExt, process::ExitStatus};
use verdict::Kind;

/// How a rank lives, by what it has written down of itself, whether its process is there, and how that
/// has ended as far as the system tells.
pub fn life(header: &Header, is_there: bool, status: Option<ExitStatus>) -> Life {
    match header.ending {
        Some((Ending::Panicked, _)) => Life::Panicked,
        _ if is_there => Life::Running,
        Some((Ending::Returned(status), _)) => Life::Exited(status),
        Some((Ending::Exit(status), _)) => Life::Quit(status),
        Some((Ending::Signal(signal), _)) => Life::Killed(signal),
        None => {
            let signal = status.and_then(|status| Some(Life::Killed(status.signal()?)));
            let left = || status.and_then(|status| Some(Life::Left(status.code()?)));
            signal.or_else(left).unwrap_or(Life::Gone)
        }
    }
}

/// Whether a rank is past `MPI_Finalize`. Who ends in an orderly way then leaves no word of its end, whatever its
/// status.
pub fn has_finalized(header: &Header) -> bool {
    match header.state {
        State::Finalized => true,
        State::Gone => header.ending.is_none(),
        _ => false,
    }
}

/// The place of a rank's end among its places.
pub(crate) const PLACE: PlaceId = PlaceId(u32::MAX);

/// What is to be said of an early end.
pub(crate) struct Early {
    /// Who has ended.
    pub rank: Rank,
    pub told: Told,
    /// Whether it came from inside MPI, which gives up at some errors: in an orderly way or, MPICH,
    /// sometimes by a segmentation fault of its own.
    pub inside: bool,
}

impl Observer {
    /// The rank that was the first to end too early, and who waited then; with the message race of that
    /// rank before, which may be why.
    pub(crate) fn ending(&mut self, life: &[Life]) -> Option<Early> {
        let mut early = self.first_end(life)?;
        let mut raised = self.raised.iter().filter(|(rank, _)| *rank == early.rank);
        if let Some((rank, exception)) = raised.next() {
            let end = Call {
                place: exception.place,
                ..at_end(*rank, "")
            };
            words::by_exception(&mut early.told, end, exception);
        }
        let is_own = matches!(
            early.told.kind,
            Kind::Crash | Kind::Panic | Kind::MissingFinalize
        ) && !early.inside;
        let races = self.observation.iter().flat_map(Observation::races);
        let mut races = races.filter(|race| is_own && race.calls[0].rank == early.rank);
        // Its end may have come before it received the other message.
        let observation = self.observation.as_ref().filter(|_| is_own);
        let missed = || observation?.missed_races(early.rank).into_iter().next();
        if let Some(race) = races.next().or_else(missed) {
            words::after_race(&mut early.told, &race);
        }
        Some(early)
    }

    /// The rank that was the first to end too early. What the others say of their end is a consequence:
    /// launchers end all when one has ended.
    fn first_end(&mut self, life: &[Life]) -> Option<Early> {
        // Launchers may end the others in MPI_Finalize once one is past it and gone.
        let is_past = self.headers().any(has_finalized);
        let early = |header: &&Header| {
            let life = life.get(header.rank as usize);
            let is_ended_by_launcher = is_past
                && matches!(header.state, State::Finalizing)
                && life.is_some_and(|life| BY_LAUNCHER.contains(life));
            let ended =
                !matches!(header.state, State::Finalized) && life.is_some_and(|life| life.ended());
            ended && !is_ended_by_launcher || life == Some(&Life::Panicked)
        };
        let all_noted: Vec<(u64, Rank)> = self
            .headers()
            .filter(early)
            .filter_map(|header| Some((header.ending?.1, header.rank)))
            .collect();
        let noted = all_noted.iter().min().copied();
        // Who has ended in an orderly way and left no note of it had finalized.
        let is_gone = |header: &Header| {
            let life = life.get(header.rank as usize);
            matches!(life, Some(Life::Killed(_) | Life::Left(_) | Life::Gone))
        };
        let vanished = || {
            self.headers().filter(|header| {
                let is_underway = match header.state {
                    State::Initialized => true,
                    State::Finalizing => !is_past,
                    _ => false,
                };
                is_underway && is_gone(header) && header.ending.is_none()
            })
        };
        let died: Vec<(Rank, u64)> = self
            .deaths
            .iter()
            .filter_map(|(pid, seen)| {
                let rank = vanished().find(|header| header.pid == *pid)?.rank;
                Some((rank, *seen))
            })
            .collect();
        let by_launcher = |(rank, _): &&(Rank, u64)| {
            let life = life.get(*rank as usize);
            life.is_some_and(|life| BY_LAUNCHER.contains(life) || *life == Life::Gone)
        };
        let by_itself = died.iter().find(|death| !by_launcher(death));
        let seen = by_itself.or(died.first());
        let earliest = noted
            .into_iter()
            .chain(seen.map(|(rank, at)| (*at, *rank)))
            .min();
        if let Some(refused) = self.refused(earliest) {
            return Some(refused);
        }
        let first = match (noted, seen) {
            (Some(noted), Some(&vanished))
                if self.vanished_first(noted, &all_noted, vanished, life) =>
            {
                Some(vanished.0)
            }
            (Some((_, rank)), _) => Some(rank),
            (None, Some(&(gone, _))) => Some(gone),
            (None, None) => None,
        };
        let observation = self.observation.as_ref()?;
        let aborting = |rank: Rank| observation.aborted(rank);
        let abort = match first {
            Some(rank) if noted.is_some() => aborting(rank),
            _ => (0..observation.size() as Rank).find_map(aborting),
        };
        if let Some((call, code)) = abort {
            let stuck = self.stuck_without(call.rank, Life::Quit(code));
            return Some(Early {
                rank: call.rank,
                told: words::aborted(call, code, &stuck),
                inside: false,
            });
        }
        let rank = first?;
        let how = life.get(rank as usize).copied()?;
        let mut own = observation.inside(rank);
        let mut stuck = self.stuck_without(rank, how);
        stuck.retain(|stuck| stuck.rank != rank);
        let place = self.reader.last_stack(rank);
        let within = self.headers().find(|header| header.rank == rank)?.within;
        if let (true, Some(function)) = (own.is_empty(), within) {
            own.push(at_end(rank, function));
        }
        let inside = !own.is_empty();
        let is_in_library = inside && self.is_in_library(&own, &place);
        if !place.is_empty() {
            self.places.insert((rank, PLACE), place.clone().into());
        }
        if let (Life::Quit(status), true) = (how, inside) {
            return Some(Early {
                rank,
                told: words::given_up(rank, status, own, &stuck),
                inside: true,
            });
        }
        if let (Life::Killed(signal), true) = (how, is_in_library)
            && FAULTS.contains(&signal)
        {
            return Some(Early {
                rank,
                told: words::fault(rank, signal, own, &stuck),
                inside: true,
            });
        }
        // Who calls exit while nobody waits has only left MPI_Finalize out.
        let how = match how {
            Life::Quit(status) if stuck.is_empty() => Life::Exited(status),
            how => how,
        };
        if !place.is_empty() && !matches!(how, Life::Exited(_)) {
            let function = match how {
                Life::Quit(_) => "exit",
                _ => "",
            };
            own.insert(0, at_end(rank, function));
        }
        let last = self.last_call(rank, life).filter(|_| own.is_empty());
        Some(Early {
            rank,
            told: words::early_end(rank, how, own, last, &stuck),
            inside: inside && how != Life::Panicked,
        })
    }

    /// Whether a rank that has vanished was the first to end, and not one of those that have left word, of
    /// which the first is given too.
    fn vanished_first(
        &self,
        (ended, first): (u64, Rank),
        noted: &[(u64, Rank)],
        (gone, died): (Rank, u64),
        life: &[Life],
    ) -> bool {
        let position = |rank| {
            let header = self.headers().find(|header| header.rank == rank)?;
            let mut deaths = self.deaths.iter();
            deaths.position(|(pid, _)| *pid == header.pid)
        };
        // Who gives up inside MPI has all others killed, and ends then. Others are ended by nobody else,
        // and end before anybody is killed because of it: one of them at least, if there are several.
        let ends_first = match life.get(first as usize) {
            Some(Life::Exited(_) | Life::Killed(_)) => true,
            Some(Life::Quit(_)) => !self.is_inside(first),
            _ => false,
        };
        let mut noted = noted.iter().map(|(_, rank)| position(*rank));
        died_before(position(gone), &mut noted, ends_first && position(first).is_some())
            // Its death was seen: so it came before that.
            || died < ended
    }

    /// The call from which a rank has come back last, unless the harness of a check made it.
    fn last_call(&self, rank: Rank, life: &[Life]) -> Option<Call> {
        let states = self.states(life).into_iter();
        let calls = states
            .filter(|state| state.rank == rank)
            .filter_map(|state| words::call_of(&state));
        calls
            .max_by_key(|call| call.number)
            .filter(|call| !call.aside)
    }

    /// Whether a rank was in a call when it ended.
    fn is_inside(&self, rank: Rank) -> bool {
        let observation = self.observation.as_ref();
        observation.is_some_and(|observation| !observation.inside(rank).is_empty())
    }

    /// The first call that MPI has refused and ended the job for, unless a rank had ended before and this
    /// may be a consequence.
    fn refused(&self, first: Option<(u64, Rank)>) -> Option<Early> {
        let fatal = self.refusals.iter().filter(|(_, refusal)| refusal.fatal);
        let (rank, refusal) = fatal.min_by_key(|(_, refusal)| refusal.at)?;
        // Open MPI refuses the parting from those who have ended.
        let parts = refusal.function == "MPI_Comm_disconnect";
        let is_own = words::is_of_an_argument(&refusal.class) && !parts;
        let before = |(at, other): (u64, Rank)| other != *rank && at < refusal.at;
        if !is_own && first.is_some_and(before) {
            return None;
        }
        let mut stuck = self.stuck_without(*rank, Life::Quit(0));
        stuck.retain(|stuck| stuck.rank != *rank);
        let call = self.call_of(*rank, refusal);
        let observation = self.observation.as_ref()?;
        if let Some(abort) = refusal.abort {
            let mut own = vec![call];
            let inside = observation.inside(*rank).into_iter();
            own.extend(inside.filter(|call| call.thread == refusal.thread));
            return Some(Early {
                rank: *rank,
                told: words::aborted_within(own, abort, &stuck),
                inside: true,
            });
        }
        let unfreed = observation.unfreed(*rank, Object::Communicator);
        let mut told = words::refused(call, refusal, &unfreed, &stuck);
        if parts && let Some((comm, mut arrived, missing)) = observation.missing(&call) {
            arrived.sort();
            told = words::parted_without(told, comm, &arrived, &missing, Names::of(self));
        }
        let is_explained = is_own || told.kind == Kind::CollectiveMismatch;
        Some(Early {
            rank: *rank,
            told,
            inside: !is_explained,
        })
    }

    /// Whether MPI has refused a call of a rank and ended the job for that.
    pub fn is_given_up(&self, rank: Rank) -> bool {
        let mut refusals = self.refusals.iter();
        refusals.any(|(refused, refusal)| *refused == rank && refusal.fatal)
    }

    /// The errors that programs got because they had asked for them.
    pub(crate) fn returned(&self) -> Vec<(Call, &Refusal)> {
        let returned = self.refusals.iter().filter(|(_, refusal)| !refusal.fatal);
        returned
            .map(|(rank, refusal)| (self.call_of(*rank, refusal), refusal))
            .collect()
    }

    /// The call that was refused: as it was written down, if it is one of those.
    fn call_of(&self, rank: Rank, refusal: &Refusal) -> Call {
        let inside = self.observation.iter().flat_map(|it| it.inside(rank));
        let is_it = |call: &Call| {
            call.thread == refusal.thread
                && call.function == refusal.function
                && call.place == refusal.place
        };
        inside.into_iter().find(is_it).unwrap_or(Call {
            place: refusal.place,
            thread: refusal.thread,
            number: self.told.get(&rank).copied().unwrap_or(0),
            ..at_end(rank, refusal.function)
        })
    }

    /// Whether a stack of these addresses, innermost first, is in a library below a call, and not in a
    /// function of the program that MPI has called.
    fn is_in_library(&self, own: &[Call], stack: &[Address]) -> bool {
        let made = own.iter().find_map(|call| self.stack(call).first());
        let Some(made) = made else { return true };
        // From the call on up the stacks are the same.
        let below = stack.iter().take_while(|address| *address != made);
        !below
            .into_iter()
            .any(|address| address.module == made.module)
    }

    /// Who waits forever, if this rank has ended so and all others live.
    fn stuck_without(&self, rank: Rank, how: Life) -> Vec<reasoning::Stuck> {
        let Some(observation) = &self.observation else {
            return Vec::new();
        };
        let mut life = vec![Life::Running; observation.size()];
        if let Some(one) = life.get_mut(rank as usize) {
            *one = how;
        }
        let deadlock = observation.deadlock(&life);
        deadlock.map_or_else(Vec::new, |deadlock| deadlock.stuck)
    }
}

/// Whether a death, by its place in the order in which they were seen, came before those of all who have
/// left word, as far as theirs were seen: it counts only if who has left word ends before others do
/// because of it.
fn died_before(
    gone: Option<usize>,
    noted: &mut dyn Iterator<Item = Option<usize>>,
    ends_first: bool,
) -> bool {
    ends_first && noted.flatten().all(|noted| gone < Some(noted))
}

/// How processes end whom their launcher ends.
const BY_LAUNCHER: [Life; 2] = [Life::Killed(9), Life::Killed(15)];
/// Signals that a process gets because of what it did.
const FAULTS: [i32; 5] = [4, 6, 7, 8, 11];

/// The end itself, as if it were a call of this function.
fn at_end(rank: Rank, function: &'static str) -> Call {
    Call {
        rank,
        number: u64::MAX,
        function,
        thread: 0,
        place: PLACE,
        aside: false,
        peer: None,
        tag: None,
        comm: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_vanished_before_all_that_left_word_was_the_first() {
        let died_before = |gone, noted: &[Option<usize>], ends_first| {
            died_before(gone, &mut noted.iter().copied(), ends_first)
        };
        assert!(died_before(Some(0), &[Some(1)], true));
        assert!(!died_before(Some(1), &[Some(0)], true));
        // One of several that leave word at about the same time is killed late.
        assert!(!died_before(Some(1), &[Some(2), Some(0)], true));
        // Of one of them no death was seen.
        assert!(died_before(Some(0), &[None, Some(1)], true));
        // Who gives up inside MPI ends when all others are gone.
        assert!(!died_before(Some(0), &[Some(1)], false));
    }
}
