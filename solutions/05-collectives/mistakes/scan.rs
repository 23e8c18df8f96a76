//! Mistakes in the task `scan`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("scan": scan = own_items_counted_before => WrongResult,
        "takes the inclusive sum for the start"),
    mistake!("scan": scan = as_if_all_had_the_same => WrongResult,
        "multiplies its rank with its own items"),
    mistake!("scan": scan = total_for_all => WrongResult,
        "takes the sum of all ranks for its own end"),
    mistake!("scan": scan = gathers_the_items => WrongOperation,
        "gathers the items of all ranks on every rank"),
    mistake!("scan": scan = passes_it_on => WrongOperation,
        "passes the sum on from rank to rank: each waits for all before it"),
];

fn own_items_counted_before(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    let mut start = 0;
    world.scan_into(&items, &mut start, SystemOperation::sum());
    (start, start + items)
}

fn as_if_all_had_the_same(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    let start = world.rank() as u64 * items;
    (start, start + items)
}

fn total_for_all(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    let mut end = 0;
    world.all_reduce_into(&items, &mut end, SystemOperation::sum());
    (end - items, end)
}

fn gathers_the_items(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    let mut all = vec![0; world.size() as usize];
    world.all_gather_into(&items, &mut all[..]);
    let start = all[..world.rank() as usize].iter().sum();
    (start, start + items)
}

fn passes_it_on(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    let (rank, mut start) = (world.rank(), 0);
    if rank > 0 {
        world.process_at_rank(rank - 1).receive_into(&mut start);
    }
    if rank + 1 < world.size() {
        world.process_at_rank(rank + 1).send(&(start + items));
    }
    (start, start + items)
}
