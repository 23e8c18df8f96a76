//! The checks of exercise 18: one source for the student's crate, the reference and every mistake.
//!
//! - `networks`: networks without MPI, with which answers are compared;
//! - `alone`: the tasks `gradient` and `shards`, which need no communication;
//! - `together`: the tasks `broadcast`, `average`, and `learns`;
//! - `sums`: the tasks `fixed-order`, `ring`, and `buckets`, which add up vectors.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "alone.rs"]
mod alone;
#[path = "networks.rs"]
mod networks;
#[path = "sums.rs"]
mod sums;
#[path = "together.rs"]
mod together;

use crate::subject::{Network, Sample};
use harness_mpi::{Bounds, COMMUNICATOR_MAKERS, Check, SimpleCommunicator, Suite, Traffic};

harness_mpi::answers! {
    fn gradient(network: &Network, samples: &[Sample]) -> (f64, Network);
    fn broadcast(world: &SimpleCommunicator, network: &mut Network) -> ();
    fn average(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64>;
    fn fixed_order(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64>;
    fn shards(
        rank: usize,
        size: usize,
        samples: usize,
        batch: usize,
        seed: u64,
        epoch: u64,
    ) -> Vec<Vec<usize>>;
    fn ring(world: &SimpleCommunicator, numbers: &mut [f64]) -> ();
    fn buckets(
        world: &SimpleCommunicator,
        lengths: &[usize],
        compute: &mut dyn FnMut(usize, &mut [f64]),
    ) -> Vec<Vec<f64>>;
    fn learns(
        world: &SimpleCommunicator,
        network: &mut Network,
        epochs: u64,
        rate: f64,
        batches: &mut dyn FnMut(u64) -> Vec<Vec<Sample>>,
    ) -> Vec<f64>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("gradient", alone::gradient)
        .task("broadcast", together::broadcast)
        .task("average", together::average)
        .task("fixed-order", sums::fixed_order)
        .task("shards", alone::shards)
        .task("ring", sums::ring)
        .task("buckets", sums::buckets)
        .task("learns", together::learns)
}

/// Runs one part of a check. Returns, the same on all ranks, whether nothing was wrong on any rank and every
/// message was received: only then does the next part run.
fn part(check: &mut Check, input: &str, run: impl FnOnce(&mut Check)) -> bool {
    check.input(input);
    run(check);
    check.everywhere(check.is_clean()) && check.all_received("every message must be received")
}

/// Requires that a rank has called one of these collectives, if there are other ranks and something to send, and
/// that it moved nothing by other calls.
fn only_by(
    check: &mut Check,
    traffic: &Traffic,
    functions: &[&str],
    bounds: Bounds,
    why: &str,
) -> bool {
    const NOTHING: Bounds = Bounds {
        given: 0,
        got: 0,
        calls: 0,
    };
    if check.size() == 1 {
        return true;
    }
    let must = bounds.given > 0;
    (!must || check.uses(traffic, functions, why))
        && check.avoids(traffic, COMMUNICATOR_MAKERS, why)
        && check.moves(traffic, bounds, why)
        && check.moves_beside(traffic, functions, NOTHING, why)
}
