//! Exercise 16: the reference.

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
    // For a fixed number of points at a time, the compiler makes vector instructions: twice as fast as one by one.
    let (groups, rest) = points.as_chunks::<8>();
    let mut indices = Vec::with_capacity(points.len());
    for group in groups {
        indices.extend(nearest_of(group, centers).map(|(index, _)| index));
    }
    indices.extend(rest.iter().map(|point| nearest(*point, centers).0));
    indices
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
    let own = own_sums(points, nearest, clusters);
    let mut all = vec![[0.0; 3]; clusters];
    world.all_reduce_into(
        own.as_flattened(),
        all.as_flattened_mut(),
        SystemOperation::sum(),
    );
    clusters_of(&all)
}

/// Returns the mean of the points of all ranks, on every rank, or `None` if no rank has a point. Use at most two
/// all-reduces, of at most 64 bytes in total, and nothing else.
pub fn broken_means(world: &SimpleCommunicator, points: &[Point]) -> Option<Point> {
    // Ranks have different numbers of points: sums can be added up, means cannot.
    let mut own = [0.0, 0.0, points.len() as f64];
    for [x, y] in points {
        own[0] += x;
        own[1] += y;
    }
    let mut all = [0.0; 3];
    world.all_reduce_into(&own[..], &mut all[..], SystemOperation::sum());
    let [x, y, count] = all;
    (count > 0.0).then(|| [x / count, y / count])
}

/// Does one round of k-means: assigns each point to its nearest center, as [`assign`] does, and then moves each
/// center to the mean of its points. A center without points stays where it is.
///
/// Returns the largest distance that any center has moved, a Euclidean distance: 0 if none has. Use one
/// all-reduce of at most `24 * centers.len() + 64` bytes, and nothing else.
pub fn step(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    let nearest = assign(points, centers);
    let clusters = sums(world, points, &nearest, centers.len());
    move_to_means(centers, &clusters)
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
    let mut before: Option<Vec<usize>> = None;
    for round in 1..=limit {
        let nearest = assign(points, centers);
        let changed = match &before {
            Some(before) => before.iter().zip(&nearest).filter(|(a, b)| a != b).count(),
            None => points.len(),
        };
        // One more cluster: its count is the number of points that have changed their cluster, and it has no sum.
        let mut own = own_sums(points, &nearest, centers.len() + 1);
        own[centers.len()][2] = changed as f64;
        let mut all = vec![[0.0; 3]; own.len()];
        world.all_reduce_into(
            own.as_flattened(),
            all.as_flattened_mut(),
            SystemOperation::sum(),
        );
        let clusters = clusters_of(&all[..centers.len()]);
        move_to_means(centers, &clusters);
        if all[centers.len()][2] == 0.0 {
            return round;
        }
        before = Some(nearest);
    }
    limit
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
    let mut weights = vec![1.0; points.len()];
    let mut centers: Vec<Point> = Vec::with_capacity(clusters);
    while centers.len() < clusters {
        let own: f64 = weights.iter().sum();
        let mut of_ranks = vec![0.0; world.size() as usize];
        world.all_gather_into(&own, &mut of_ranks[..]);
        let all: f64 = of_ranks.iter().sum();
        // The smallest products are rounded up to the sum itself, which no sum exceeds.
        let mark = (draw() * all).min(all.next_down());
        // The rank whose points make the sum exceed the mark, and the sum before them.
        let mut before = 0.0;
        let mut owner = 0;
        while before + of_ranks[owner] <= mark {
            before += of_ranks[owner];
            owner += 1;
        }
        let mut chosen = [0.0; 2];
        if world.rank() as usize == owner {
            // The sums of which the last one is `own`: added to `before`, it exceeds the mark, also when rounded.
            // Sums that begin at `before` are rounded otherwise, and may stay below the mark.
            let up_to = weights.iter().scan(0.0, |sum, weight| {
                *sum += weight;
                Some(*sum)
            });
            let first = up_to.zip(points).find(|(sum, _)| before + sum > mark);
            chosen = *first.expect("the sum of this rank goes past the mark").1;
        }
        world
            .process_at_rank(owner as i32)
            .broadcast_into(&mut chosen[..]);
        centers.push(chosen);
        weights = points
            .iter()
            .map(|point| nearest(*point, &centers).1)
            .collect();
    }
    centers
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
    let mut placed: Vec<Point> = centers
        .iter()
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(center, _)| *center)
        .collect();
    for (center, _) in centers
        .iter_mut()
        .zip(counts)
        .filter(|(_, count)| **count == 0)
    {
        // The candidate of this rank: its distance and its place. A rank without points comes after all others.
        let mut own = [-1.0, 0.0, 0.0];
        for point in points {
            let distance = nearest(*point, &placed).1;
            if distance > own[0] {
                own = [distance, point[0], point[1]];
            }
        }
        let mut all = vec![[0.0; 3]; world.size() as usize];
        world.all_gather_into(&own[..], all.as_flattened_mut());
        let mut farthest = all[0];
        for candidate in all {
            if candidate[0] > farthest[0] {
                farthest = candidate;
            }
        }
        *center = [farthest[1], farthest[2]];
        placed.push(*center);
    }
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
    /// The resolution of coordinates: 2^40 per unit. The sum of less than a million of them then fits in an `i64`.
    const UNIT: f64 = (1_u64 << 40) as f64;
    let mut own = vec![[0_i64; 3]; clusters];
    for (point, cluster) in points.iter().zip(nearest) {
        for axis in 0..2 {
            own[*cluster][axis] += (point[axis] * UNIT).round() as i64;
        }
        own[*cluster][2] += 1;
    }
    let mut all = vec![[0_i64; 3]; clusters];
    world.all_reduce_into(
        own.as_flattened(),
        all.as_flattened_mut(),
        SystemOperation::sum(),
    );
    all.into_iter()
        .map(|[x, y, count]| Cluster {
            count: count as u64,
            sum: [x as f64 / UNIT, y as f64 / UNIT],
        })
        .collect()
}

/// The nearest center, and the square of the distance to it.
fn nearest(point: Point, centers: &[Point]) -> (usize, f64) {
    let [best] = nearest_of(&[point], centers);
    best
}

/// The same for several points at once.
fn nearest_of<const N: usize>(points: &[Point; N], centers: &[Point]) -> [(usize, f64); N] {
    let mut best = [(0, f64::INFINITY); N];
    for (index, center) in centers.iter().enumerate() {
        for (point, best) in points.iter().zip(&mut best) {
            let [dx, dy] = [point[0] - center[0], point[1] - center[1]];
            let distance = dx * dx + dy * dy;
            if distance < best.1 {
                *best = (index, distance);
            }
        }
    }
    best
}

/// Moves each center to the mean of its points, and returns the largest distance that one has moved.
fn move_to_means(centers: &mut [Point], clusters: &[Cluster]) -> f64 {
    let mut farthest: f64 = 0.0;
    for (center, Cluster { count, sum }) in centers.iter_mut().zip(clusters) {
        if *count == 0 {
            continue;
        }
        let mean = sum.map(|sum| sum / *count as f64);
        farthest = farthest.max((mean[0] - center[0]).hypot(mean[1] - center[1]));
        *center = mean;
    }
    farthest
}

/// The sums of x and y and the count of this rank's points in each cluster. A count is a number like any other
/// here, so that everything travels in one vector.
fn own_sums(points: &[Point], nearest: &[usize], clusters: usize) -> Vec<[f64; 3]> {
    let mut own = vec![[0.0; 3]; clusters];
    for ([x, y], cluster) in points.iter().zip(nearest) {
        own[*cluster][0] += x;
        own[*cluster][1] += y;
        own[*cluster][2] += 1.0;
    }
    own
}

/// The same as fields.
fn clusters_of(sums: &[[f64; 3]]) -> Vec<Cluster> {
    sums.iter()
        .map(|[x, y, count]| Cluster {
            count: *count as u64,
            sum: [*x, *y],
        })
        .collect()
}
