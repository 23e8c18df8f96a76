//! Mistakes in the task `scan`.

use crate::{kept::kept, tasks::Answers};
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
    mistake!("scan": scan = all_of_the_job => Deadlock,
        "scans all processes of the job, some of which have nothing to do"),
    mistake!("scan": scan = as_f64 => WrongResult,
        "adds up as f64, which does not hold all digits of a u64"),
    mistake!("scan": scan = into_32_bits => TypeMismatch,
        "gives MPI a receive buffer of i32, and looks at half of the number that it has written"),
    mistake!("scan": scan = one_for_show => TooMuchCommunication,
        "scans ones for show, and gathers the items on every rank"),
    mistake!("scan": scan = both_scans => TooMuchCommunication,
        "makes one scan for the start and another one for the end"),
    mistake!("scan": scan = alone_for_show => WrongOperation,
        "scans itself for show, and gathers the items on every rank"),
    mistake!("scan": scan = kept_from_before => WrongResult,
        "returns the range of an earlier call with as many items"),
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

fn all_of_the_job(_: &SimpleCommunicator, items: u64) -> (u64, u64) {
    collectives_solution::scan(&SimpleCommunicator::world(), items)
}

fn as_f64(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    let mut end = 0.0;
    world.scan_into(&(items as f64), &mut end, SystemOperation::sum());
    (end as u64 - items.min(end as u64), end as u64)
}

/// The whole mistake is `let mut end = 0_i32`: then MPI writes four bytes behind it, and anything may
/// happen. Here there is room for them.
fn into_32_bits(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    // Two, so that MPI stays within the buffer.
    let mut end = [0_i32; 2];
    world.scan_into(&items, &mut end[..], SystemOperation::sum());
    let end = u64::from(end[0].cast_unsigned());
    (end.wrapping_sub(items), end)
}

fn one_for_show(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    world.scan_into(&1, &mut 0, SystemOperation::sum());
    gathers_the_items(world, items)
}

fn both_scans(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    let (mut start, mut end) = (0, 0);
    world.exclusive_scan_into(&items, &mut start, SystemOperation::sum());
    world.scan_into(&items, &mut end, SystemOperation::sum());
    (if world.rank() == 0 { 0 } else { start }, end)
}

fn alone_for_show(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    collectives_solution::scan(&SimpleCommunicator::self_comm(), 1);
    gathers_the_items(world, items)
}

fn kept_from_before(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    let range = collectives_solution::scan(world, items);
    kept((world.size(), world.rank(), items), range)
}
