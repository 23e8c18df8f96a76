//! Grades the reference and every known mistake, with the exercise's own checks.

use collectives_solution as subject;

mod all_gather;
mod all_reduce;
mod all_to_all;
mod barrier;
mod broadcast_array;
mod broadcast_object;
mod broken_branch;
mod broken_count;
mod broken_root;
mod by_hand;
mod gather;
mod kept;
mod overlap;
mod own_operation;
mod reduce;
mod scan;
mod scatter;
mod staying;
#[path = "../../../exercises/05-collectives/checks/tasks.rs"]
mod tasks;
mod uneven;

fn main() {
    let suite = tasks::suite()
        .mistakes(barrier::MISTAKES)
        .mistakes(broadcast_array::MISTAKES)
        .mistakes(broadcast_object::MISTAKES)
        .mistakes(scatter::MISTAKES)
        .mistakes(gather::MISTAKES)
        .mistakes(all_gather::MISTAKES)
        .mistakes(reduce::MISTAKES)
        .mistakes(own_operation::MISTAKES)
        .mistakes(all_reduce::MISTAKES)
        .mistakes(scan::MISTAKES)
        .mistakes(uneven::MISTAKES)
        .mistakes(all_to_all::MISTAKES)
        .mistakes(by_hand::MISTAKES)
        .mistakes(broken_branch::MISTAKES)
        .mistakes(broken_root::MISTAKES)
        .mistakes(broken_count::MISTAKES)
        .mistakes(overlap::MISTAKES)
        .mistakes(staying::MISTAKES);
    harness_mpi::main(suite);
}
