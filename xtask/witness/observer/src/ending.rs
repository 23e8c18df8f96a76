//! A rank that has ended before all was done: how, where, and who waited for it.

use crate::{Observer, Told, words};
use reasoning::{Call, Life};
use recording::{
    event::{PlaceId, Rank},
    header::{Ending, Header, State},
};

/// How a rank lives, by what it has written down of itself and whether its process is there.
pub fn life(header: &Header, is_there: bool) -> Life {
    match header.ending {
        Some((Ending::Panicked, _)) => Life::Panicked,
        _ if is_there => Life::Running,
        Some((Ending::Returned(status), _)) => Life::Exited(status),
        Some((Ending::Exit(status), _)) => Life::Quit(status),
        Some((Ending::Signal(signal), _)) => Life::Killed(signal),
        None => Life::Gone,
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
        let first = self
            .headers()
            .filter(early)
            .filter_map(|header| Some((header.ending?.1, header.rank)))
            .min()
            .map(|(_, rank)| rank);
        let observation = self.observation.as_ref()?;
        let aborting = |rank: Rank| observation.aborted(rank);
        let abort = match first {
            Some(rank) => aborting(rank),
            None => (0..observation.size() as Rank).find_map(aborting),
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
