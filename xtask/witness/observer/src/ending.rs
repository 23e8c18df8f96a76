//! A rank that has ended before all was done: how, where, and who waited for it.

use crate::{Observer, Told, words};
use reasoning::{Call, Life};
use recording::{
    event::{PlaceId, Rank},
    header::{Ending, Header, State},
};
use std::{os::unix::process::ExitStatusExt, process::ExitStatus};

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

/// The place of a rank's end among its places.
pub(crate) const PLACE: PlaceId = PlaceId(u32::MAX);

/// What is to be said of an early end.
pub(crate) struct Early {
    pub told: Told,
    /// Whether it came from inside MPI, which gives up at some errors: in an orderly way or, MPICH,
    /// sometimes by a segmentation fault of its own.
    pub inside: bool,
}

impl Observer {
    /// The rank that was the first to end too early, and who waited then. What the others say of their
    /// end is a consequence: launchers end all when one has ended.
    pub(crate) fn ending(&mut self, life: &[Life]) -> Option<Early> {
        let early = |header: &&Header| {
            let life = life.get(header.rank as usize);
            let ended =
                !matches!(header.state, State::Finalized) && life.is_some_and(|life| life.ended());
            ended || life == Some(&Life::Panicked)
        };
        let noted = self
            .headers()
            .filter(early)
            .filter_map(|header| Some((header.ending?.1, header.rank)))
            .min();
        // Who has ended in an orderly way and left no note of it had finalized. And MPICH's launcher may
        // end the others in MPI_Finalize once one is past it and gone.
        let is_past = self
            .headers()
            .any(|header| matches!(header.state, State::Finalized));
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
        // Launchers end others by these signals.
        let by_launcher = |(rank, _): &&(Rank, u64)| {
            let life = life.get(*rank as usize);
            matches!(life, Some(Life::Killed(9 | 15) | Life::Gone))
        };
        let by_itself = died.iter().find(|death| !by_launcher(death));
        let seen = by_itself.or(died.first());
        let first = match (noted, seen) {
            (Some((ended, rank)), Some(&(gone, died)))
                if self.vanished_first(rank, ended, gone, died, life) =>
            {
                Some(gone)
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
                told: words::aborted(call, code, &stuck),
                inside: false,
            });
        }
        let rank = first?;
        let how = life.get(rank as usize).copied()?;
        let mut own = observation.inside(rank);
        let mut stuck = self.stuck_without(rank, how);
        stuck.retain(|stuck| stuck.rank != rank);
        let inside = !own.is_empty();
        if let (Life::Quit(status), true) = (how, inside) {
            return Some(Early {
                told: words::given_up(rank, status, own, &stuck),
                inside: true,
            });
        }
        // Who calls exit while nobody waits has only left MPI_Finalize out.
        let how = match how {
            Life::Quit(status) if stuck.is_empty() => Life::Exited(status),
            how => how,
        };
        let place = self.reader.last_stack(rank);
        if !place.is_empty() && !matches!(how, Life::Exited(_)) {
            self.places.insert((rank, PLACE), place.into());
            own.insert(0, at_end(rank, how));
        }
        Some(Early {
            told: words::early_end(rank, how, own, &stuck),
            inside: inside && how != Life::Panicked,
        })
    }

    /// Whether a rank that has vanished was the first to end, and not the one that has left word.
    fn vanished_first(
        &self,
        noted: Rank,
        ended: u64,
        gone: Rank,
        died: u64,
        life: &[Life],
    ) -> bool {
        // Its death was seen: so it came before that.
        if died < ended {
            return true;
        }
        let position = |rank| {
            let header = self.headers().find(|header| header.rank == rank)?;
            let mut deaths = self.deaths.iter();
            deaths.position(|(pid, _)| *pid == header.pid)
        };
        // Who gives up inside MPI has all others killed, and ends then. Others are ended by nobody else,
        // and end before anybody is killed because of it.
        let ends_first = match life.get(noted as usize) {
            Some(Life::Exited(_) | Life::Killed(_)) => true,
            Some(Life::Quit(_)) => !self.is_inside(noted),
            _ => false,
        };
        ends_first && position(noted).is_some_and(|noted| position(gone) < Some(noted))
    }

    /// Whether a rank was in a call when it ended.
    fn is_inside(&self, rank: Rank) -> bool {
        let observation = self.observation.as_ref();
        observation.is_some_and(|observation| !observation.inside(rank).is_empty())
    }

    /// Who waits for ever, if this rank has ended so and all others live.
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

/// The end itself, as if it were a call.
fn at_end(rank: Rank, how: Life) -> Call {
    Call {
        rank,
        number: u64::MAX,
        function: match how {
            Life::Quit(_) => "exit",
            _ => "",
        },
        thread: 0,
        place: PLACE,
        aside: false,
        peer: None,
        tag: None,
        comm: None,
    }
}
