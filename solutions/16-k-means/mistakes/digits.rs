//! Mistakes in the task `same-digits`.

use crate::{
    subject::{self, Cluster, Point},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("same-digits": same_digits = floating => WrongResult,
        "adds up floating-point numbers"),
    mistake!("same-digits": same_digits = rounds_at_the_end => WrongResult,
        "rounds each rank's sum to a whole number of units, not each coordinate"),
    mistake!("same-digits": same_digits = too_coarse => WrongResult,
        "counts in units of 2^-20"),
    mistake!("same-digits": same_digits = too_fine => WrongResult,
        "counts in units of 2^-60, and overflows"),
    mistake!("same-digits": same_digits = a_little_too_fine => WrongResult,
        "counts in units of 2^-44, so that the sum of a million points overflows"),
    mistake!("same-digits": same_digits = truncated => WrongResult,
        "counts in units of 2^-39, and truncates"),
    mistake!("same-digits": same_digits = units_as_floats => WrongResult,
        "adds up whole numbers of units as f64, which rounds beyond 2^53"),
    mistake!("same-digits": same_digits = in_32_bits => WrongResult,
        "counts in an i32"),
    mistake!("same-digits": same_digits = fewer_digits => WrongResult,
        "rounds the result to nine digits, so that it mostly looks the same"),
    mistake!("same-digits": same_digits = compensated => WrongResult,
        "keeps what rounding takes, rank by rank"),
    mistake!("same-digits": same_digits = three_times => TooMuchCommunication,
        "calls an all-reduce for each coordinate and one for the counts"),
];

fn floating(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    subject::sums(world, points, nearest, clusters)
}

/// Whole numbers of a unit, added up over all ranks.
fn in_units(world: &SimpleCommunicator, own: &[[i64; 3]], unit: f64) -> Vec<Cluster> {
    let mut all = vec![[0_i64; 3]; own.len()];
    world.all_reduce_into(
        own.as_flattened(),
        all.as_flattened_mut(),
        SystemOperation::sum(),
    );
    all.iter()
        .map(|[x, y, count]| Cluster {
            count: *count as u64,
            sum: [*x as f64 / unit, *y as f64 / unit],
        })
        .collect()
}

fn counted(points: &[Point], nearest: &[usize], clusters: usize, unit: f64) -> Vec<[i64; 3]> {
    let mut own = vec![[0_i64; 3]; clusters];
    for ([x, y], cluster) in points.iter().zip(nearest) {
        let whole = [*x, *y].map(|number| (number * unit).round() as i64);
        own[*cluster][0] = own[*cluster][0].wrapping_add(whole[0]);
        own[*cluster][1] = own[*cluster][1].wrapping_add(whole[1]);
        own[*cluster][2] += 1;
    }
    own
}

fn rounds_at_the_end(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let unit = (1_u64 << 45) as f64;
    let mut own = vec![[0.0; 3]; clusters];
    for ([x, y], cluster) in points.iter().zip(nearest) {
        own[*cluster][0] += x;
        own[*cluster][1] += y;
        own[*cluster][2] += 1.0 / unit;
    }
    let own: Vec<[i64; 3]> = own
        .iter()
        .map(|sums| sums.map(|sum| (sum * unit).round() as i64))
        .collect();
    in_units(world, &own, unit)
}

fn too_coarse(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let unit = (1_u64 << 20) as f64;
    in_units(world, &counted(points, nearest, clusters, unit), unit)
}

fn too_fine(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let unit = (1_u64 << 60) as f64;
    in_units(world, &counted(points, nearest, clusters, unit), unit)
}

fn a_little_too_fine(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let unit = (1_u64 << 44) as f64;
    in_units(world, &counted(points, nearest, clusters, unit), unit)
}

fn truncated(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let unit = (1_u64 << 39) as f64;
    let points: Vec<Point> = points
        .iter()
        .map(|point| point.map(|number| (number * unit).trunc() / unit))
        .collect();
    in_units(world, &counted(&points, nearest, clusters, unit), unit)
}

fn units_as_floats(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let unit = (1_u64 << 40) as f64;
    let points: Vec<Point> = points
        .iter()
        .map(|point| point.map(|number| (number * unit).round()))
        .collect();
    let mut sums = subject::sums(world, &points, nearest, clusters);
    for cluster in &mut sums {
        cluster.sum = cluster.sum.map(|sum| sum / unit);
    }
    sums
}

fn in_32_bits(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let unit = (1_u64 << 30) as f64;
    let own = counted(points, nearest, clusters, unit);
    let own: Vec<[i64; 3]> = own
        .iter()
        .map(|sums| sums.map(|sum| i64::from(sum as i32)))
        .collect();
    in_units(world, &own, unit)
}

fn fewer_digits(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let mut sums = subject::sums(world, points, nearest, clusters);
    for cluster in &mut sums {
        cluster.sum = cluster.sum.map(|sum| (sum * 1e9).round() / 1e9);
    }
    sums
}

fn compensated(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    // The rounded sums and what rounding has taken from them, each rank's own: Neumaier.
    let mut own = vec![[0.0; 4]; clusters];
    let mut counts = vec![0.0; clusters];
    for (point, cluster) in points.iter().zip(nearest) {
        counts[*cluster] += 1.0;
        for axis in 0..2 {
            let (sum, term) = (own[*cluster][axis], point[axis]);
            let new: f64 = sum + term;
            own[*cluster][2 + axis] += if sum.abs() >= term.abs() {
                (sum - new) + term
            } else {
                (term - new) + sum
            };
            own[*cluster][axis] = new;
        }
    }
    let joined: Vec<[f64; 3]> = own
        .iter()
        .zip(&counts)
        .map(|(sums, count)| [sums[0] + sums[2], sums[1] + sums[3], *count])
        .collect();
    let mut all = vec![[0.0; 3]; clusters];
    world.all_reduce_into(
        joined.as_flattened(),
        all.as_flattened_mut(),
        SystemOperation::sum(),
    );
    all.iter()
        .map(|[x, y, count]| Cluster {
            count: *count as u64,
            sum: [*x, *y],
        })
        .collect()
}

fn three_times(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let unit = (1_u64 << 40) as f64;
    let own = counted(points, nearest, clusters, unit);
    let one = |part: usize| {
        let own: Vec<i64> = own.iter().map(|sums| sums[part]).collect();
        let mut all = vec![0_i64; clusters];
        world.all_reduce_into(&own[..], &mut all[..], SystemOperation::sum());
        all
    };
    let [x, y, counts] = [0, 1, 2].map(one);
    (0..clusters)
        .map(|cluster| Cluster {
            count: counts[cluster] as u64,
            sum: [x[cluster] as f64 / unit, y[cluster] as f64 / unit],
        })
        .collect()
}
