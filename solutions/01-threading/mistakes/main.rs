//! Grades the reference and every known mistake, with the exercise's own checks.

use threading_solution as subject;

mod baseline;
mod channel;
mod counter;
mod rayon;
mod spawn;
mod staying;
#[path = "../../../exercises/01-threading/checks/tasks.rs"]
mod tasks;
mod two_locks;
mod waiting;

fn main() {
    let suite = tasks::suite()
        .mistakes(baseline::MISTAKES)
        .mistakes(spawn::MISTAKES)
        .mistakes(counter::MISTAKES)
        .mistakes(channel::MISTAKES)
        .mistakes(waiting::MISTAKES)
        .mistakes(rayon::MISTAKES)
        .mistakes(two_locks::MISTAKES)
        .mistakes(staying::MISTAKES);
    harness::main(suite);
}
