//! Grades the reference and every known mistake, with the exercise's own checks.

use mpi_p2p_solution as subject;

mod any_source;
mod hello;
mod manager_worker;
mod number;
mod object;
mod one_to_many;
mod parallel_sum;
mod record;
mod slice;
mod tags;
#[path = "../../../exercises/03-mpi-p2p/checks/tasks.rs"]
mod tasks;
mod vector;

fn main() {
    let suite = tasks::suite()
        .mistakes(hello::MISTAKES)
        .mistakes(number::MISTAKES)
        .mistakes(slice::MISTAKES)
        .mistakes(vector::MISTAKES)
        .mistakes(record::MISTAKES)
        .mistakes(object::MISTAKES)
        .mistakes(tags::MISTAKES)
        .mistakes(any_source::MISTAKES)
        .mistakes(one_to_many::MISTAKES)
        .mistakes(parallel_sum::MISTAKES)
        .mistakes(manager_worker::MISTAKES);
    harness_mpi::main(suite);
}
