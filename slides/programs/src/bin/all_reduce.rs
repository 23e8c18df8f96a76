//! Three things about an all-reduce: it times a piece of work, it overlaps with one, and it works in place.

use mpi::{collective::SystemOperation, request, topology::SimpleCommunicator, traits::*};
use mpi_extra::traits::*;

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let slowest = time(&world);
    let largest = overlap(&world, f64::from(world.rank()));
    let sums = in_place(&world, [1, world.rank()]);
    assert!(slowest >= 0.0 && largest == f64::from(world.size() - 1) && sums[0] == world.size());
}

/// Some work that needs nothing from another rank.
fn work() {
    std::hint::black_box((0..1000).map(f64::from).sum::<f64>());
}

fn time(world: &SimpleCommunicator) -> f64 {
    // ANCHOR: time
    world.barrier();
    let start = mpi::time();
    work();
    let own = mpi::time() - start;

    let mut slowest = 0.0;
    world.all_reduce_into(&own, &mut slowest, SystemOperation::max());
    // ANCHOR_END: time
    slowest
}

fn overlap(world: &SimpleCommunicator, change: f64) -> f64 {
    // ANCHOR: overlap
    let mut most = 0.0;
    request::scope(|scope| {
        let max = SystemOperation::max();
        let request = world.immediate_all_reduce_into(scope, &change, &mut most, max);
        work();
        request.wait();
    });
    // ANCHOR_END: overlap
    most
}

fn in_place(world: &SimpleCommunicator, mut sums: [i32; 2]) -> [i32; 2] {
    // ANCHOR: in-place
    world.all_reduce_in_place(&mut sums[..], SystemOperation::sum());
    // ANCHOR_END: in-place
    sums
}
