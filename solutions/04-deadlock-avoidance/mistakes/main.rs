//! Grades the reference and every known mistake, with the exercise's own checks.

use deadlock_avoidance_solution as subject;

mod both_receive;
mod both_send;
mod chain;
mod nonblocking;
mod odd_even;
mod ring;
mod sendrecv;
mod stray;
#[path = "../../../exercises/04-deadlock-avoidance/checks/tasks.rs"]
mod tasks;
mod wait_all;
mod wait_any;

fn main() {
    let suite = tasks::suite()
        .mistakes(both_receive::MISTAKES)
        .mistakes(both_send::MISTAKES)
        .mistakes(sendrecv::MISTAKES)
        .mistakes(nonblocking::MISTAKES)
        .mistakes(ring::MISTAKES)
        .mistakes(odd_even::MISTAKES)
        .mistakes(chain::MISTAKES)
        .mistakes(wait_all::MISTAKES)
        .mistakes(wait_any::MISTAKES)
        .mistakes(stray::MISTAKES);
    harness_mpi::main(suite);
}
