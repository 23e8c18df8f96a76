//! The check of `same-digits`: sums that do not depend on who adds them up.

use super::{
    Answers, moves, part,
    points::{Points, fields},
};
use crate::subject::Point;
use harness_mpi::{Bounds, Check, Kind, plural};

/// Coordinates are whole multiples of this, so that their exact sum is one of whole numbers.
const GRAIN: f64 = 1.0 / (1_u64 << 52) as f64;

/// The error of a sum that is allowed for each point.
const TOLERANCE: f64 = 1e-12;

/// A coordinate: any digits, the extremes, and pairs that cancel.
fn coordinates(check: &mut Check, length: usize) -> Vec<f64> {
    let most = 1_i64 << 52;
    let mut numbers: Vec<f64> = Vec::with_capacity(length);
    while numbers.len() < length {
        let number = match check.draw(0..8) {
            0 => most,
            1 => -most,
            2 => 0,
            _ => check.draw(-most..most + 1),
        };
        numbers.push(number as f64 * GRAIN);
        if check.draw(0..3) == 0 && numbers.len() < length {
            numbers.push(-number as f64 * GRAIN);
        }
    }
    numbers
}

pub fn same_digits(check: &mut Check, answers: &Answers) {
    // A job of more ranks than cores would take long for a million points.
    if in_any_order(check, answers) && check.size() <= 4 {
        nearly_a_million(check, answers);
    }
}

fn in_any_order(check: &mut Check, answers: &Answers) -> bool {
    for (length, clusters) in [
        (300, 2),
        (40, 5),
        (60, 60),
        (0, 3),
        (3, 1),
        (1000, 1),
        (200, 3),
    ] {
        let numbers = coordinates(check, 2 * length);
        let mut labelled: Vec<(Point, usize)> = numbers
            .chunks_exact(2)
            .map(|pair| ([pair[0], pair[1]], check.draw(0..clusters)))
            .collect();
        if length == clusters {
            // Clusters of one point: the errors of several cannot cancel.
            for (index, (_, cluster)) in labelled.iter_mut().enumerate() {
                *cluster = index;
            }
        }
        if length == 200 {
            // Each of them is lost when added to the one before it, and they cancel: no sum of floating-point
            // numbers that corrects rounding once has the same digits in each order.
            for (index, (point, cluster)) in labelled[..90].iter_mut().enumerate() {
                let size = [1.0, 1e-20, 1e-40][index / 2 % 3];
                let sign = if index % 2 == 0 { 1.0 } else { -1.0 };
                (*point, *cluster) = ([sign * size, -sign * size], 0);
            }
        }
        let exact = Exact::new(&labelled, clusters);
        let mut first: Option<Vec<(u64, Point)>> = None;
        for dealt in 0..4 {
            if dealt > 0 {
                check.shuffle(&mut labelled);
            }
            let all = labelled.iter().map(|(point, _)| *point).collect();
            let nearest: Vec<usize> = labelled.iter().map(|(_, cluster)| *cluster).collect();
            let points = Points::deal(check, all);
            let input = format!(
                "{}, {}{}",
                points.describe(),
                plural(clusters as u64, "cluster"),
                if dealt > 0 {
                    ", the same points as before in another order"
                } else {
                    ""
                }
            );
            let right = part(check, &input, |check| {
                let nearest = &nearest[points.own.clone()];
                added_up(check, answers, points.own(), nearest, &exact, &mut first);
            });
            if !right {
                return false;
            }
        }
    }
    true
}

/// Nearly as many points as there may be, all of them near [1, -1]: if units are too small, their sum overflows, and
/// if it is kept in an `f64`, it is rounded.
fn nearly_a_million(check: &mut Check, answers: &Answers) {
    const ALL: usize = 999_999;
    // A sequence without a pattern that each rank computes for its own points alone.
    let grains = |index: usize| (1_i64 << 52) - ((index as i64 * 0x9E37_79B1) & 0xFFFF_FFFF);
    let sum: i128 = (0..ALL).map(|index| i128::from(grains(index))).sum();
    let sum = sum as f64 * GRAIN;
    let exact = Exact {
        counts: vec![ALL as u64],
        sums: vec![[sum, -sum]],
    };
    let (rank, size) = (check.rank(), check.size());
    let own = ALL * rank / size..ALL * (rank + 1) / size;
    let mut first = None;
    for reversed in [false, true] {
        let points: Vec<Point> = own
            .clone()
            .map(|index| {
                let index = if reversed { ALL - 1 - index } else { index };
                let x = grains(index) as f64 * GRAIN;
                [x, -x]
            })
            .collect();
        let input = format!(
            "{ALL} points near [1, -1], {} of them on this rank, 1 cluster{}",
            points.len(),
            if reversed {
                ", the same points as before in another order"
            } else {
                ""
            }
        );
        let nearest = vec![0; points.len()];
        let right = part(check, &input, |check| {
            added_up(check, answers, &points, &nearest, &exact, &mut first);
        });
        if !right {
            return;
        }
    }
}

/// Requires sums that are near to the exact ones, the bits of the first time, and one all-reduce.
fn added_up(
    check: &mut Check,
    answers: &Answers,
    points: &[Point],
    nearest: &[usize],
    exact: &Exact,
    first: &mut Option<Vec<(u64, Point)>>,
) {
    let clusters = exact.counts.len();
    let (returned, traffic) =
        check.observe(|world| (answers.same_digits)(world, points, nearest, clusters));
    let found = fields(&returned);
    if near(check, &found, exact) && same_bits(check, &found, first.as_ref()) {
        let bytes = 64 * clusters as u64 + 16;
        let bounds = Bounds {
            given: bytes,
            got: bytes,
            calls: 1,
        };
        let why = "one all-reduce adds up what each rank has";
        moves(check, &traffic, bounds, why);
    }
    first.get_or_insert(found);
}

/// The counts of the clusters, and their sums, rounded once.
struct Exact {
    counts: Vec<u64>,
    sums: Vec<Point>,
}

impl Exact {
    fn new(labelled: &[(Point, usize)], clusters: usize) -> Self {
        let mut counts = vec![0_u64; clusters];
        let mut sums = vec![[0_i128; 2]; clusters];
        for (point, cluster) in labelled {
            counts[*cluster] += 1;
            for axis in 0..2 {
                // Anything smaller than the grain is far below the tolerance.
                sums[*cluster][axis] += (point[axis] / GRAIN) as i128;
            }
        }
        let sums = sums.iter();
        Self {
            counts,
            sums: sums
                .map(|sums| sums.map(|sum| sum as f64 * GRAIN))
                .collect(),
        }
    }
}

/// Requires the right counts, and sums that are near to the exact ones.
fn near(check: &mut Check, found: &[(u64, Point)], exact: &Exact) -> bool {
    let Exact {
        counts,
        sums: exact,
    } = exact;
    let found_counts: Vec<u64> = found.iter().map(|(count, _)| *count).collect();
    let sums: Vec<Point> = found
        .iter()
        .zip(exact)
        .zip(counts)
        .map(|(((_, sum), exact), count)| {
            [0, 1].map(|axis| {
                let error = (sum[axis] - exact[axis]).abs();
                // The exact sum is rounded here, once.
                let good = error <= TOLERANCE * *count as f64 + 1e-15 * exact[axis].abs();
                if good { exact[axis] } else { sum[axis] }
            })
        })
        .collect();
    check.holds(
        "counts",
        found_counts,
        counts.clone(),
        "the number of points of each cluster, over all ranks",
    ) && check.holds(
        "sums",
        sums,
        exact.clone(),
        "each is at most 10^-12 from the exact sum for each point of the cluster",
    )
}

/// Requires the bits of the first time.
fn same_bits(check: &Check, found: &[(u64, Point)], first: Option<&Vec<(u64, Point)>>) -> bool {
    let Some(first) = first else {
        return true;
    };
    let bits = |sum: Point| sum.map(f64::to_bits);
    let other = found
        .iter()
        .zip(first)
        .find(|((_, now), (_, then))| bits(*now) != bits(*then));
    check.require(other.is_none(), Kind::WrongResult, || {
        let (now, then) = other.map_or(([0.0; 2], [0.0; 2]), |(now, then)| (now.1, then.1));
        format!(
            "returned a sum of {now:?}, but {then:?} when the same points were in another order and on other \
             ranks: a sum of floating-point numbers depends on the order of the additions, a sum of whole \
             numbers does not"
        )
    })
}
