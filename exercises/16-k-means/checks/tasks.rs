//! The checks of exercise 16: one source for the student's crate, the reference and every mistake.
//!
//! - `points`: points that are distributed over the ranks, and k-means without MPI to hold answers against;
//! - `rounds`: the rounds of k-means, and what they consist of;
//! - `choosing`: centers that are chosen among the points;
//! - `digits`: sums that do not depend on who adds them up.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "choosing.rs"]
mod choosing;
#[path = "digits.rs"]
mod digits;
#[path = "points.rs"]
mod points;
#[path = "rounds.rs"]
mod rounds;

use crate::subject::{Cluster, Point};
use harness_mpi::{Bounds, COMMUNICATOR_MAKERS, Check, SimpleCommunicator, Suite, Traffic};

harness_mpi::answers! {
    fn assign(points: &[Point], centers: &[Point]) -> Vec<usize>;
    fn sums(
        world: &SimpleCommunicator,
        points: &[Point],
        nearest: &[usize],
        clusters: usize,
    ) -> Vec<Cluster>;
    fn broken_means(world: &SimpleCommunicator, points: &[Point]) -> Option<Point>;
    fn step(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64;
    fn converged(
        world: &SimpleCommunicator,
        points: &[Point],
        centers: &mut [Point],
        limit: usize,
    ) -> usize;
    fn start(
        world: &SimpleCommunicator,
        points: &[Point],
        clusters: usize,
        draw: &mut dyn FnMut() -> f64,
    ) -> Vec<Point>;
    fn empty(
        world: &SimpleCommunicator,
        points: &[Point],
        centers: &mut [Point],
        counts: &[u64],
    ) -> ();
    fn same_digits(
        world: &SimpleCommunicator,
        points: &[Point],
        nearest: &[usize],
        clusters: usize,
    ) -> Vec<Cluster>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("assign", rounds::assign)
        .task("sums", rounds::sums)
        .task("broken-means", rounds::broken_means)
        .task("step", rounds::step)
        .task("converged", rounds::converged)
        .task("start", choosing::start)
        .task("empty", choosing::empty)
        .task("same-digits", digits::same_digits)
}

/// Requires that this rank moves no more than this, and that it makes no communicator, which takes a collective, too.
fn moves(check: &mut Check, traffic: &Traffic, bounds: Bounds, why: &str) -> bool {
    const ALONE: &str = "to make a communicator is one more collective, and the function may use no others than those \
                         that it names";
    check.moves(traffic, bounds, why) && check.avoids(traffic, COMMUNICATOR_MAKERS, ALONE)
}

/// Runs one part of a check. Returns, the same on all ranks, whether nothing was wrong on any rank and every
/// message was received: only then does the next part run.
fn part(check: &mut Check, input: &str, run: impl FnOnce(&mut Check)) -> bool {
    check.input(input);
    run(check);
    check.everywhere(check.is_clean()) && check.all_received("every message must be received")
}
