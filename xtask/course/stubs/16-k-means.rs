//! Exercise 16: k-means. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 16`.
//!
//! **The points are distributed.** `points` are the points of this rank, which may have none. In the order of
//! all points, the points of rank 0 come first, then the points of rank 1, and so on. Coordinates are finite. No
//! square of a coordinate or of a distance overflows, and only the square of 0 is 0. `world` may be a part of the
//! job.
//!
//! **The centers are replicated.** `centers` holds the same values on all ranks, and there is at least one.
//! What a function returns, or leaves in `centers`, is the same on all ranks, to the last bit, unless it says
//! otherwise.
//!
//! **Sums may be rounded.** You may add up coordinates in any order, and compute means by any formula, in `f64`,
//! unless a function says otherwise. An `f32` is too coarse.
//!
//! **MPI calls are counted.** "One all-reduce" may also be a non-blocking one, and on a single rank there may be
//! none. A limit of bytes holds for what a rank passes to MPI to send, and also for what it receives.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

/// Two coordinates.
pub type Point = [f64; 2];

/// The points that belong to one center.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cluster {
    /// The number of points.
    pub count: u64,
    /// The sum of their coordinates.
    pub sum: Point,
}

/// Returns the index of the nearest center for each point, in the order of the points. If several centers are
/// equally near, the first of them counts.
///
/// Compare centers by the square of the Euclidean distance, computed as `dx * dx + dy * dy`. Rounding may decide:
/// a root or a `mul_add` rounds otherwise, and then another center may win.
pub fn assign(points: &[Point], centers: &[Point]) -> Vec<usize> {
    todo!()
}

/// Counts and adds up the points of each cluster, over all ranks.
///
/// `nearest[i]` is the cluster of `points[i]`, from 0 to `clusters - 1`. The result has `clusters` elements, on
/// every rank; for a cluster without points, all numbers are 0 (a sum may also be -0.0). Counts are below 2^53.
/// Use one all-reduce of at most `24 * clusters + 64` bytes, and nothing else.
pub fn sums(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    todo!()
}

/// Returns the mean of the points of all ranks, on every rank, or `None` if no rank has a point. Use at most two
/// all-reduces, of at most 64 bytes in total, and nothing else.
#[allow(
    unreachable_code,
    reason = "the program below is broken: delete this with the `todo!` when you fix it"
)]
pub fn broken_means(world: &SimpleCommunicator, points: &[Point]) -> Option<Point> {
    todo!("read it, predict what it does, then delete this line and fix it");

    let mut mean = [0.0; 2];
    for point in points {
        for axis in 0..2 {
            mean[axis] += point[axis] / points.len() as f64;
        }
    }
    let mut sum = [0.0; 2];
    world.all_reduce_into(&mean[..], &mut sum[..], SystemOperation::sum());
    Some(sum.map(|sum| sum / f64::from(world.size())))
}

/// Does one round of k-means: assigns each point to its nearest center, as [`assign`] does, and then moves each
/// center to the mean of its points. A center without points stays where it is.
///
/// Returns the largest distance that any center has moved, a Euclidean distance: 0 if none has. Use one
/// all-reduce of at most `24 * centers.len() + 64` bytes, and nothing else.
pub fn step(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    todo!()
}

/// Repeats the round of [`step`] until the clusters no longer change, and returns the number of rounds.
///
/// The last round is the first one in which no point of any rank has a different center than in the previous
/// round. It also moves the centers. In the first round, every point counts as changed; if there are no points at
/// all, it is the last one.
/// There are at most `limit` rounds; if `limit` is 0, there is none, and `centers` stays unchanged. Use one
/// all-reduce of at most `24 * centers.len() + 88` bytes in each round, and nothing else: it also combines what
/// the ranks need to agree on the end.
pub fn converged(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    todo!()
}

/// Chooses points as the first centers, as k-means++ does, and returns them in the order in which they were
/// chosen.
///
/// For the first center, each point has the weight 1. For each further center, a point's weight is the square
/// of its distance to the nearest center chosen so far. `draw()` returns a number from 0 to 1, without 1, the
/// same on all ranks; every rank calls it once for each center. The chosen point is the first one at which the
/// sum of all weights up to and including its own exceeds `draw()` times the sum of all weights. "First" and
/// "up to" refer to the order of all points, by rank. If rounding decides which point is the first one, each of
/// these points is right. But the chosen point always has a weight above 0: if rounding leaves no sum that
/// exceeds, the last point with such a weight is right.
///
/// `clusters` is at least 1, and the points of all ranks have at least as many different places. For each center,
/// use at most three collectives, of at most `32 * p + 64` bytes together on `p` ranks, and nothing else: enough
/// for a few numbers from each rank and one point. All other points stay where they are. Only the total for all
/// centers is counted.
pub fn start(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    todo!()
}

/// Moves the centers that have no points to points that are far from any center.
///
/// `counts[c]` is the number of points of all ranks that [`assign`] gives to `centers[c]`; at least one is not 0.
/// The centers with the count 0 move one after another, in the order of their indices. Each moves to the point
/// that is farthest from its nearest center, by the squares that [`assign`] compares; if several are equally far,
/// to the first in the order of all points. Each center that has moved counts for the next one.
///
/// For each center that moves, use at most two collectives, of at most `32 * p + 64` bytes together on `p` ranks,
/// and nothing else: enough for a few numbers from each rank. If no center moves, use none. Only the total for
/// all centers is counted.
pub fn empty(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point], counts: &[u64]) {
    todo!()
}

/// Does the same as [`sums`], but the result has the same bits on any number of ranks, however the points are
/// distributed over the ranks, and in whatever order.
///
/// All coordinates are from -1 to 1, and there are fewer than a million points in total. Each coordinate of a
/// sum differs from the exact sum by at most 10^-12 for each point of the cluster. Use one all-reduce of at most
/// `64 * clusters + 16` bytes, and nothing else.
pub fn same_digits(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    todo!()
}
