//! The harness for exercises that run under MPI. It adds to `harness`: the communicator of a task,
//! what is counted of its communication, and how MPI's own errors become verdicts.
//!
//! - [`check`]: the context of a task on one rank;
//! - [`aside`]: what ranks tell each other while an answer runs;
//! - [`shift`]: a run in which one worker is kept busy;
//! - [`traffic`]: what all ranks together sent, and the rules that a task may set for it;
//! - `worker`: a process that an answer has started;
//! - `steps`: how many steps messages take whose senders wait;
//! - `waiting`: how ranks that wait give way to others.

pub mod aside;
pub mod check;
mod errors;
mod inspect;
pub mod shift;
mod steps;
pub mod traffic;
#[cfg(target_os = "linux")]
mod waiting;
mod worker;

pub use aside::Aside;
pub use check::{Bounds, Check};
pub use harness::{Kind, Mistake, Reason, Suite, Task, answers, exact, mistake, part, plural};
pub use mpi::topology::{InterCommunicator, SimpleCommunicator};
pub use recorder::{Among, Moved, Patience, Peer, Turn};
pub use traffic::{COMMUNICATOR_MAKERS, Moves, Traffic};

use harness::{
    death, identity, listener, locate,
    run::{self, Running},
    shown,
};
use mpi::{Threading, topology::Color, traits::Communicator};
use std::{collections::BTreeMap, rc::Rc};

/// Grades an exercise under MPI: the `main` of its check program.
pub fn main<A: Clone + 'static>(suite: Suite<Check, A>) {
    run::answer_if_asked(&suite);
    let running = Running::asked();
    #[cfg(target_os = "linux")]
    waiting::give_way();
    // Exercises with threads need the highest level, and one program serves all tasks.
    let Some((universe, _)) = mpi::initialize_with_threading(Threading::Multiple) else {
        eprintln!("MPI was initialized before the check program could do it.");
        std::process::exit(2);
    };
    let world = universe.world();
    if let Some(running) = running {
        worker::work(&suite, &running, &world);
        drop(universe);
        return run::finished();
    }
    let (place, size) = (
        recorder::place(world.rank().unsigned_abs()),
        world.size().unsigned_abs(),
    );
    let orders = listener::open(place, size);
    identity::identify(place, size);
    watch();
    shown::count_by(recorder::begun);

    let mut parts = Parts::new(&world, place);
    run::serve(
        &suite,
        orders,
        |seed, ranks, standard| {
            let own = parts.of(ranks.unwrap_or(size))?;
            identity::identify(place, own.size().unsigned_abs());
            Some(Check::new(own, seed, standard))
        },
        inspect::leftovers,
    );
    drop(parts);
    drop(universe);
    run::finished();
}

/// From here on whatever ends the process is told to the grader.
fn watch() {
    death::translate_with(errors::translate);
    death::report_last_words();
    recorder::install(errors::report, errors::aborted);
    locate::ask(errors::locate);
}

/// The communicators of the first ranks of the job, by how many they are. None of them is the world:
/// their ranks are in the job's own order, and a process more than they need has nothing to do.
struct Parts<'a> {
    world: &'a SimpleCommunicator,
    place: u32,
    known: BTreeMap<u32, Option<Rc<SimpleCommunicator>>>,
}

impl<'a> Parts<'a> {
    fn new(world: &'a SimpleCommunicator, place: u32) -> Self {
        Self {
            world,
            place,
            known: BTreeMap::new(),
        }
    }

    /// The communicator of this many ranks; none if this process is not among them. All processes of
    /// the job must ask for the same.
    fn of(&mut self, ranks: u32) -> Option<Rc<SimpleCommunicator>> {
        let make = || {
            let color = if self.place < ranks {
                Color::with_value(0)
            } else {
                Color::undefined()
            };
            let key = i32::try_from(self.place).unwrap_or(i32::MAX);
            self.world.split_by_color_with_key(color, key).map(Rc::new)
        };
        self.known.entry(ranks).or_insert_with(make).clone()
    }
}
