//! The harness for exercises that run under MPI. It adds to `harness`: the communicator of a task,
//! what is counted of its communication, and how MPI's own errors become verdicts.
//!
//! - [`check`]: the context of a task on one rank;
//! - [`aside`]: what ranks tell each other while an answer runs;
//! - [`traffic`]: what all ranks together sent, and the rules that a task may set for it;
//! - `steps`: how many steps messages take whose senders wait.

pub mod aside;
pub mod check;
mod errors;
mod inspect;
mod steps;
pub mod traffic;

pub use aside::Aside;
pub use check::Check;
pub use harness::{Kind, Mistake, Suite, Task, answers, mistake, plural};
pub use mpi::topology::SimpleCommunicator;
pub use recorder::Turn;
pub use traffic::Traffic;

use harness::{channel, death, identity, locate, run};
use mpi::{Threading, traits::Communicator};
use std::rc::Rc;

/// Grades an exercise under MPI: the `main` of its check program.
pub fn main<A: Clone + 'static>(suite: Suite<Check, A>) {
    run::answer_if_asked(&suite);
    // Exercises with threads need the highest level, and one program serves all tasks.
    let Some((universe, _)) = mpi::initialize_with_threading(Threading::Multiple) else {
        eprintln!("MPI was initialized before the check program did it.");
        std::process::exit(2);
    };
    let world = universe.world();
    let (rank, size) = (world.rank().unsigned_abs(), world.size().unsigned_abs());
    let orders = channel::open(rank, size);
    identity::identify(rank, size);
    death::translate_with(errors::translate);
    death::report_last_words();
    recorder::install(errors::report, errors::aborted);
    locate::ask(errors::locate);

    let own = Rc::new(world.duplicate());
    run::serve(
        &suite,
        orders,
        |seed| Check::new(&world, Rc::clone(&own), seed),
        inspect::leftovers,
    );
    drop(own);
    drop(universe);
    run::finished();
}
