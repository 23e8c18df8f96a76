//! Points that are distributed over the ranks, and k-means without MPI to hold answers against.

use crate::subject::{Cluster, Point};
use harness_mpi::{Check, plural};
use std::ops::Range;

/// Units of coordinates: powers of 2, so that scaling changes no comparison.
/// 2^-60.
pub const TINY: f64 = 1.0 / (1_u64 << 60) as f64;
/// 2^-537: its square is the least number above 0, so that those of whole multiples are exact, and of no others.
pub const LEAST: f64 = f64::from_bits((1023 - 537) << 52);
/// 2^400: squares do not overflow.
pub const HUGE: f64 = f64::from_bits((1023 + 400) << 52);

/// Points of all ranks, in the order of the ranks.
#[derive(Clone)]
pub struct Points {
    pub all: Vec<Point>,
    /// Those of this rank.
    pub own: Range<usize>,
}

impl Points {
    /// Deals points to the ranks, in order: parts of any length, many of them empty.
    pub fn deal(check: &mut Check, all: Vec<Point>) -> Self {
        let (rank, size) = (check.rank(), check.size());
        let mut ends = check.draw_vec(size - 1, 0..all.len() + 1);
        // Sometimes one rank has them all, and those before and after it have none.
        if check.draw(0..4) == 0 {
            let before = check.draw(0..size);
            ends = (0..size - 1)
                .map(|end| if end < before { 0 } else { all.len() })
                .collect();
        }
        ends.sort_unstable();
        let start = if rank == 0 { 0 } else { ends[rank - 1] };
        let end = ends.get(rank).copied().unwrap_or(all.len());
        Self {
            all,
            own: start..end,
        }
    }

    /// Points whose sums are rounded. On three ranks or more, the points of ranks 0 and 1 cancel each other, and the
    /// others are a thousand times nearer to the origin: what is lost when a rank's own sum is subtracted and added shows.
    pub fn rounded(check: &mut Check) -> Self {
        const EACH: usize = 60;
        let (rank, size) = (check.rank(), check.size());
        let mut all = scaled(&clouds(check, EACH * size, 3), 0.1);
        if size > 2 {
            for index in 0..EACH {
                all[EACH + index] = all[index].map(|number| -number);
            }
            let others = all[2 * EACH..].as_flattened_mut();
            others.iter_mut().for_each(|number| *number *= 1e-3);
        }
        let own = EACH * rank..EACH * (rank + 1);
        Self { all, own }
    }

    /// Gives all of them to the last rank.
    pub fn on_last_rank(check: &Check, all: Vec<Point>) -> Self {
        let is_last = check.rank() + 1 == check.size();
        let own = 0..if is_last { all.len() } else { 0 };
        Self { all, own }
    }

    /// Those of this rank.
    pub fn own(&self) -> &[Point] {
        &self.all[self.own.clone()]
    }

    /// How many there are, for people.
    pub fn describe(&self) -> String {
        let all = plural(self.all.len() as u64, "point");
        format!("{all}, {} of them on this rank", self.own.len())
    }
}

/// Points with whole coordinates around some places, so that sums are exact in any order.
pub fn clouds(check: &mut Check, length: usize, places: usize) -> Vec<Point> {
    let middles: Vec<[i64; 2]> = (0..places)
        .map(|_| [0; 2].map(|_| check.draw(-(1 << 26)..1 << 26)))
        .collect();
    (0..length)
        .map(|_| {
            let middle = check.pick(&middles);
            middle.map(|middle| (middle + check.draw(-(1 << 25)..1 << 25)) as f64)
        })
        .collect()
}

/// Points on a small grid: many are in the same place, or equally far from two others.
pub fn on_a_grid(check: &mut Check, length: usize) -> Vec<Point> {
    (0..length)
        .map(|_| [0; 2].map(|_| f64::from(check.draw(-6..7))))
        .collect()
}

/// The same points with coordinates that are so many times as large.
pub fn scaled(points: &[Point], unit: f64) -> Vec<Point> {
    let points = points.iter();
    points
        .map(|point| point.map(|number| number * unit))
        .collect()
}

/// A corner, and two places whose distances from it are rounded to the same number, but not their squares: the second
/// one is nearer.
pub fn same_root(check: &mut Check) -> (Point, [Point; 2]) {
    let far = f64::from(check.draw((1 << 26) + 1..5 << 24));
    let corner = [0; 2].map(|_| f64::from(check.draw(-99..100)));
    let [x, y] = corner;
    (corner, [[x + far, y + 1.0], [x, y + far]])
}

/// The largest coordinate, whatever its sign.
pub fn largest(points: &[Point]) -> f64 {
    let numbers = points.iter().flatten();
    numbers.fold(0.0, |largest: f64, number| largest.max(number.abs()))
}

/// The square of a distance.
pub fn squared(a: Point, b: Point) -> f64 {
    let [dx, dy] = [a[0] - b[0], a[1] - b[1]];
    dx * dx + dy * dy
}

/// The nearest center, the first of several.
pub fn nearest(point: Point, centers: &[Point]) -> usize {
    let mut best = 0;
    for index in 1..centers.len() {
        if squared(point, centers[index]) < squared(point, centers[best]) {
            best = index;
        }
    }
    best
}

pub fn assigned(points: &[Point], centers: &[Point]) -> Vec<usize> {
    let points = points.iter();
    points.map(|point| nearest(*point, centers)).collect()
}

/// The counts and the sums: whether two are equal is not asked of the student's type.
pub fn fields(clusters: &[Cluster]) -> Vec<(u64, Point)> {
    let clusters = clusters.iter();
    clusters
        .map(|Cluster { count, sum }| (*count, *sum))
        .collect()
}

/// The count and the sum of each cluster.
pub fn summed(points: &[Point], nearest: &[usize], clusters: usize) -> Vec<(u64, Point)> {
    let mut all = vec![(0, [0.0; 2]); clusters];
    for (point, cluster) in points.iter().zip(nearest) {
        let (count, sum) = &mut all[*cluster];
        *count += 1;
        *sum = [sum[0] + point[0], sum[1] + point[1]];
    }
    all
}

/// Moves each center to the mean of its points. Returns the longest way.
pub fn moved(centers: &mut [Point], clusters: &[(u64, Point)]) -> f64 {
    let mut farthest = 0.0_f64;
    for (center, (count, sum)) in centers.iter_mut().zip(clusters) {
        if *count > 0 {
            let mean = sum.map(|sum| sum / *count as f64);
            farthest = farthest.max(squared(mean, *center).sqrt());
            *center = mean;
        }
    }
    farthest
}

/// These numbers, with those that are as good as the expected ones replaced by them: other right ways round in
/// other places.
pub fn forgiven(actual: &[Point], expected: &[Point]) -> Vec<Point> {
    const TOLERANCE: f64 = 1e-9;
    let least = 1e-3 * largest(expected).min(1.0);
    let forgive = |actual: f64, expected: f64| {
        let good = (actual - expected).abs() <= TOLERANCE * expected.abs().max(least);
        if good { expected } else { actual }
    };
    let mut forgiven = actual.to_vec();
    for (actual, expected) in forgiven.iter_mut().zip(expected) {
        *actual = [0, 1].map(|axis| forgive(actual[axis], expected[axis]));
    }
    forgiven
}
