//! Mistakes in the tasks `assign`, `sums`, `broken-means`, `step` and `converged`.

use crate::{
    subject::{self, Cluster, Point},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use std::cell::RefCell;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("assign": assign = last_of_several => WrongResult,
        "takes the last of several nearest centers"),
    mistake!("assign": assign = by_x_only => WrongResult,
        "looks at the first coordinate only"),
    mistake!("assign": assign = city_blocks => WrongResult,
        "adds up the distances along the axes, without squares"),
    mistake!("assign": assign = assign_in_single => WrongResult,
        "computes in f32"),
    mistake!("assign": assign = differences_in_single => WrongResult,
        "computes the differences in f64, and the squares in f32"),
    mistake!("assign": assign = expanded => WrongResult,
        "compares c² - 2pc, in which the rounding of large numbers is larger than the difference"),
    mistake!("assign": assign = farthest => WrongResult,
        "takes the farthest center"),
    mistake!("assign": assign = large_numbers_end => WrongResult,
        "begins with a distance of 10^18 as the smallest so far"),
    mistake!("assign": assign = skips_by_the_square => WrongResult,
        "leaves out centers whose distance along x is larger than the smallest square"),
    mistake!("assign": assign = nearer_by_something => WrongResult,
        "takes another center only if its square is smaller by 10^-12"),
    mistake!("assign": assign = of_the_call_before => WrongResult,
        "keeps what it found for the same points, although the centers have moved"),
    mistake!("assign": assign = by_the_root => WrongResult,
        "compares distances, which are rounded to the same number where their squares differ"),
    mistake!("assign": assign = fused => WrongResult,
        "computes the square with a fused multiply-add"),
    mistake!("assign": assign = index_in_16_bits => WrongResult,
        "keeps the index in a u16"),
    mistake!("assign": assign = of_the_same_centers => WrongResult,
        "keeps what it found for the same centers, although the points are others"),
    mistake!("sums": sums = own_points => WrongResult,
        "adds up the points of its own rank only"),
    mistake!("sums": sums = on_rank_0 => WrongResult,
        "reduces to rank 0, and the others keep zeros"),
    mistake!("sums": sums = sums_in_single => WrongResult,
        "adds up in f32"),
    mistake!("sums": sums = counts_in_16_bits => WrongResult,
        "counts in a u16"),
    mistake!("sums": sums = one_by_one => TooMuchCommunication,
        "calls an all-reduce for each cluster"),
    mistake!("sums": sums = counts_apart => TooMuchCommunication,
        "calls one all-reduce for the sums and one for the counts"),
    mistake!("sums": sums = everything_everywhere => TooMuchCommunication,
        "gathers all points on every rank"),
    mistake!("sums": sums = without_empty_clusters => WrongResult,
        "leaves out clusters without points"),
    mistake!("sums": sums = rounded_on_rank_0 => WrongResult,
        "rounds the sums on rank 0, which prints them, to nine places"),
    mistake!("sums": sums = own_sum_once_more => WrongResult,
        "subtracts its own sum from the sum of all and adds it again, which rounds otherwise on each rank"),
    mistake!("sums": sums = not_at_the_origin => WrongResult,
        "does not count points at the origin"),
    mistake!("sums": sums = on_a_duplicate => WrongOperation,
        "calls the all-reduce on a duplicate of the communicator"),
    mistake!("broken-means": broken_means = as_it_is => WrongResult,
        "takes the mean of the ranks' means"),
    mistake!("broken-means": broken_means = of_ranks_with_points => WrongResult,
        "takes the mean of the means of the ranks that have points"),
    mistake!("broken-means": broken_means = never_none => WrongResult,
        "divides by zero if there are no points"),
    mistake!("broken-means": broken_means = none_if_the_sum_is_0 => WrongResult,
        "takes a sum of 0 for no points"),
    mistake!("broken-means": broken_means = without_the_origin => WrongResult,
        "does not count points at the origin"),
    mistake!("broken-means": broken_means = mean_counts_in_16_bits => WrongResult,
        "counts in a u16"),
    mistake!("broken-means": broken_means = own_sum_left_out => WrongResult,
        "adds its own sum to that of the others, which rounds otherwise on each rank"),
    mistake!("broken-means": broken_means = only_where_points_are => Deadlock,
        "returns early on ranks without points"),
    mistake!("step": step = divides_first => WrongResult,
        "divides by the count of its own rank"),
    mistake!("step": step = empty_to_zero => WrongResult,
        "moves centers without points to the origin"),
    mistake!("step": step = empty_to_nowhere => WrongResult,
        "divides by zero where a center has no points"),
    mistake!("step": step = way_of_the_last => WrongResult,
        "returns how far the last center has moved"),
    mistake!("step": step = squared_way => WrongResult,
        "returns the square of the distance"),
    mistake!("step": step = way_from_the_new_place => WrongResult,
        "overwrites the center before it computes its way"),
    mistake!("step": step = small_moves_left_out => WrongResult,
        "leaves centers where they are that would move by less than 10^-6"),
    mistake!("step": step = tiny_moves_left_out => WrongResult,
        "leaves centers where they are that would move by less than 10^-9"),
    mistake!("step": step = way_of_its_own => WrongResult,
        "lets rank 0 return a slightly different distance"),
    mistake!("step": step = own_points_first => WrongResult,
        "adds its own sum to that of the others, which rounds otherwise on each rank"),
    mistake!("step": step = nearest_by_the_root => WrongResult,
        "assigns points by distances, which are rounded to the same number where their squares differ"),
    mistake!("step": step = broadcasts => TooMuchCommunication,
        "reduces to rank 0 and broadcasts the new centers"),
    mistake!("converged": converged = stops_alone => Deadlock,
        "stops when none of its own points has changed"),
    mistake!("converged": converged = asks_apart => TooMuchCommunication,
        "asks by a second all-reduce in each round"),
    mistake!("converged": converged = one_round_early => WrongResult,
        "does not count the round in which nothing changed"),
    mistake!("converged": converged = always_to_the_limit => WrongResult,
        "always does all rounds"),
    mistake!("converged": converged = no_limit => WrongResult,
        "looks at no limit"),
    mistake!("converged": converged = one_round_at_least => WrongResult,
        "does a round even if the limit is 0"),
    mistake!("converged": converged = by_their_number => WrongResult,
        "compares how many points each cluster has"),
    mistake!("converged": converged = until_none_moves => WrongResult,
        "stops when no center moves, even in the first round"),
    mistake!("converged": converged = from_the_first_center => WrongResult,
        "counts points as changed in the first round only if they leave the first center"),
    mistake!("converged": converged = changes_in_16_bits => WrongResult,
        "counts the changed points in a u16"),
    mistake!("converged": converged = nearly_none => WrongResult,
        "stops when one point in a thousand changes, or fewer"),
    mistake!("converged": converged = since_the_call_before => WrongResult,
        "compares the first round with the last one of the call before"),
    mistake!("converged": converged = limit_in_32_bits => WrongResult,
        "cuts the limit to 32 bits"),
    mistake!("converged": converged = room_for_all_rounds => Panic,
        "reserves memory for as many rounds as there may be"),
    mistake!("converged": converged = changes_of_each_center => TooMuchCommunication,
        "counts the changed points of each center apart"),
    mistake!("assign": assign = halves_first => WrongResult,
        "halves the differences before it squares them, and rounds where the squares are exact"),
];

/// The nearest center by a distance.
fn nearest_by(
    points: &[Point],
    centers: &[Point],
    distance: fn(Point, Point) -> f64,
) -> Vec<usize> {
    points
        .iter()
        .map(|point| {
            (0..centers.len()).fold(0, |best, index| {
                if distance(*point, centers[index]) < distance(*point, centers[best]) {
                    index
                } else {
                    best
                }
            })
        })
        .collect()
}

fn squared([x, y]: Point, center: Point) -> f64 {
    let [dx, dy] = [x - center[0], y - center[1]];
    dx * dx + dy * dy
}

fn last_of_several(points: &[Point], centers: &[Point]) -> Vec<usize> {
    points
        .iter()
        .map(|point| {
            (0..centers.len()).fold(0, |best, index| {
                if squared(*point, centers[index]) <= squared(*point, centers[best]) {
                    index
                } else {
                    best
                }
            })
        })
        .collect()
}

fn by_x_only(points: &[Point], centers: &[Point]) -> Vec<usize> {
    nearest_by(points, centers, |point, center| {
        (point[0] - center[0]).abs()
    })
}

fn city_blocks(points: &[Point], centers: &[Point]) -> Vec<usize> {
    nearest_by(points, centers, |point, center| {
        (point[0] - center[0]).abs() + (point[1] - center[1]).abs()
    })
}

fn assign_in_single(points: &[Point], centers: &[Point]) -> Vec<usize> {
    nearest_by(points, centers, |point, center| {
        let [dx, dy] = [0, 1].map(|axis| point[axis] as f32 - center[axis] as f32);
        f64::from(dx * dx + dy * dy)
    })
}

fn differences_in_single(points: &[Point], centers: &[Point]) -> Vec<usize> {
    nearest_by(points, centers, |point, center| {
        let [dx, dy] = [0, 1].map(|axis| (point[axis] - center[axis]) as f32);
        f64::from(dx * dx + dy * dy)
    })
}

fn expanded(points: &[Point], centers: &[Point]) -> Vec<usize> {
    nearest_by(points, centers, |[x, y], [of_x, of_y]| {
        of_x * of_x + of_y * of_y - 2.0 * (x * of_x + y * of_y)
    })
}

fn farthest(points: &[Point], centers: &[Point]) -> Vec<usize> {
    nearest_by(points, centers, |point, center| -squared(point, center))
}

fn large_numbers_end(points: &[Point], centers: &[Point]) -> Vec<usize> {
    points
        .iter()
        .map(|point| {
            let mut best = (0, 1e18);
            for (index, center) in centers.iter().enumerate() {
                let distance = squared(*point, *center);
                if distance < best.1 {
                    best = (index, distance);
                }
            }
            best.0
        })
        .collect()
}

fn skips_by_the_square(points: &[Point], centers: &[Point]) -> Vec<usize> {
    points
        .iter()
        .map(|point| {
            let mut best = (0, f64::INFINITY);
            for (index, center) in centers.iter().enumerate() {
                let distance = squared(*point, *center);
                if (point[0] - center[0]).abs() <= best.1 && distance < best.1 {
                    best = (index, distance);
                }
            }
            best.0
        })
        .collect()
}

fn nearer_by_something(points: &[Point], centers: &[Point]) -> Vec<usize> {
    points
        .iter()
        .map(|point| {
            (0..centers.len()).fold(0, |best, index| {
                if squared(*point, centers[index]) < squared(*point, centers[best]) - 1e-12 {
                    index
                } else {
                    best
                }
            })
        })
        .collect()
}

fn of_the_call_before(points: &[Point], centers: &[Point]) -> Vec<usize> {
    thread_local! {
        static BEFORE: RefCell<(Vec<Point>, Vec<usize>)> = RefCell::default();
    }
    BEFORE.with_borrow_mut(|(known, nearest)| {
        if points != known {
            *known = points.to_vec();
            *nearest = subject::assign(points, centers);
        }
        nearest.clone()
    })
}

fn by_the_root(points: &[Point], centers: &[Point]) -> Vec<usize> {
    nearest_by(points, centers, |point, center| {
        squared(point, center).sqrt()
    })
}

fn fused(points: &[Point], centers: &[Point]) -> Vec<usize> {
    nearest_by(points, centers, |point, center| {
        let [dx, dy] = [point[0] - center[0], point[1] - center[1]];
        dx.mul_add(dx, dy * dy)
    })
}

fn index_in_16_bits(points: &[Point], centers: &[Point]) -> Vec<usize> {
    let nearest = subject::assign(points, centers).into_iter();
    nearest.map(|index| usize::from(index as u16)).collect()
}

fn of_the_same_centers(points: &[Point], centers: &[Point]) -> Vec<usize> {
    thread_local! {
        static BEFORE: RefCell<(Vec<Point>, Vec<usize>)> = RefCell::default();
    }
    BEFORE.with_borrow_mut(|(known, nearest)| {
        if centers != known || nearest.len() != points.len() {
            *known = centers.to_vec();
            *nearest = subject::assign(points, centers);
        }
        nearest.clone()
    })
}

/// The count and the sum of this rank's points in each cluster.
fn own_sums(points: &[Point], nearest: &[usize], clusters: usize) -> Vec<[f64; 3]> {
    let mut own = vec![[0.0; 3]; clusters];
    for ([x, y], cluster) in points.iter().zip(nearest) {
        own[*cluster][0] += x;
        own[*cluster][1] += y;
        own[*cluster][2] += 1.0;
    }
    own
}

fn clusters_of(sums: &[[f64; 3]]) -> Vec<Cluster> {
    sums.iter()
        .map(|[x, y, count]| Cluster {
            count: *count as u64,
            sum: [*x, *y],
        })
        .collect()
}

fn all_sums(world: &SimpleCommunicator, own: &[f64]) -> Vec<f64> {
    let mut all = vec![0.0; own.len()];
    world.all_reduce_into(own, &mut all[..], SystemOperation::sum());
    all
}

fn own_points(
    _: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    clusters_of(&own_sums(points, nearest, clusters))
}

fn on_rank_0(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let own = own_sums(points, nearest, clusters);
    let mut all = vec![[0.0; 3]; clusters];
    let root = world.process_at_rank(0);
    if world.rank() == 0 {
        root.reduce_into_root(
            own.as_flattened(),
            all.as_flattened_mut(),
            SystemOperation::sum(),
        );
    } else {
        root.reduce_into(own.as_flattened(), SystemOperation::sum());
    }
    clusters_of(&all)
}

fn sums_in_single(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let own = own_sums(points, nearest, clusters);
    let own: Vec<f32> = own.as_flattened().iter().map(|sum| *sum as f32).collect();
    let mut all = vec![0.0_f32; own.len()];
    world.all_reduce_into(&own[..], &mut all[..], SystemOperation::sum());
    let all: Vec<f64> = all.into_iter().map(f64::from).collect();
    clusters_of(all.as_chunks().0)
}

fn rounded_on_rank_0(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let mut sums = subject::sums(world, points, nearest, clusters);
    if world.rank() == 0 {
        for cluster in &mut sums {
            cluster.sum = cluster.sum.map(|sum| (sum * 1e9).round() / 1e9);
        }
    }
    sums
}

fn own_sum_once_more(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let own = own_sums(points, nearest, clusters);
    let mut all = all_sums(world, own.as_flattened());
    for (all, own) in all.iter_mut().zip(own.as_flattened()) {
        let others = *all - own;
        *all = own + others;
    }
    clusters_of(all.as_chunks().0)
}

fn not_at_the_origin(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let (points, nearest): (Vec<Point>, Vec<usize>) = points
        .iter()
        .zip(nearest)
        .filter(|(point, _)| **point != [0.0; 2])
        .unzip();
    subject::sums(world, &points, &nearest, clusters)
}

fn on_a_duplicate(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    subject::sums(&world.duplicate(), points, nearest, clusters)
}

fn counts_in_16_bits(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let mut sums = subject::sums(world, points, nearest, clusters);
    for cluster in &mut sums {
        cluster.count = u64::from(cluster.count as u16);
    }
    sums
}

fn one_by_one(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let own = own_sums(points, nearest, clusters);
    let all: Vec<Vec<f64>> = own.iter().map(|sums| all_sums(world, sums)).collect();
    clusters_of(all.concat().as_chunks().0)
}

fn counts_apart(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let own = own_sums(points, nearest, clusters);
    let counts: Vec<f64> = own.iter().map(|[_, _, count]| *count).collect();
    let counts = all_sums(world, &counts);
    let sums: Vec<[f64; 2]> = own.iter().map(|[x, y, _]| [*x, *y]).collect();
    let sums = all_sums(world, sums.as_flattened());
    let sums = sums.as_chunks::<2>().0.iter().zip(counts);
    sums.map(|(sum, count)| Cluster {
        count: count as u64,
        sum: *sum,
    })
    .collect()
}

fn everything_everywhere(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let own: Vec<[f64; 3]> = points
        .iter()
        .zip(nearest)
        .map(|([x, y], cluster)| [*x, *y, *cluster as f64])
        .collect();
    let length = own.as_flattened().len() as i32;
    let mut lengths = vec![0; world.size() as usize];
    world.all_gather_into(&length, &mut lengths[..]);
    let starts: Vec<i32> = lengths
        .iter()
        .scan(0, |sum, length| {
            *sum += length;
            Some(*sum - length)
        })
        .collect();
    let mut all = vec![0.0; lengths.iter().sum::<i32>() as usize];
    let mut parts = mpi::datatype::PartitionMut::new(&mut all[..], lengths, starts);
    world.all_gather_varcount_into(own.as_flattened(), &mut parts);
    let all = all.as_chunks::<3>().0;
    let points: Vec<Point> = all.iter().map(|[x, y, _]| [*x, *y]).collect();
    let nearest: Vec<usize> = all
        .iter()
        .map(|[_, _, cluster]| *cluster as usize)
        .collect();
    clusters_of(&own_sums(&points, &nearest, clusters))
}

fn without_empty_clusters(
    world: &SimpleCommunicator,
    points: &[Point],
    nearest: &[usize],
    clusters: usize,
) -> Vec<Cluster> {
    let mut sums = subject::sums(world, points, nearest, clusters);
    sums.retain(|cluster| cluster.count > 0);
    sums
}

/// The mean of this rank's points.
fn own_mean(points: &[Point]) -> Point {
    let sum = points
        .iter()
        .fold([0.0; 2], |sum, [x, y]| [sum[0] + x, sum[1] + y]);
    sum.map(|sum| sum / points.len() as f64)
}

fn as_it_is(world: &SimpleCommunicator, points: &[Point]) -> Option<Point> {
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

fn of_ranks_with_points(world: &SimpleCommunicator, points: &[Point]) -> Option<Point> {
    let own = match points {
        [] => [0.0; 3],
        _ => {
            let [x, y] = own_mean(points);
            [x, y, 1.0]
        }
    };
    let all = all_sums(world, &own);
    (all[2] > 0.0).then(|| [all[0] / all[2], all[1] / all[2]])
}

fn never_none(world: &SimpleCommunicator, points: &[Point]) -> Option<Point> {
    let own = own_sums(points, &vec![0; points.len()], 1);
    let all = all_sums(world, own.as_flattened());
    Some([all[0] / all[2], all[1] / all[2]])
}

fn none_if_the_sum_is_0(world: &SimpleCommunicator, points: &[Point]) -> Option<Point> {
    subject::broken_means(world, points).filter(|mean| *mean != [0.0; 2])
}

fn mean_counts_in_16_bits(world: &SimpleCommunicator, points: &[Point]) -> Option<Point> {
    let own = own_sums(points, &vec![0; points.len()], 1);
    let all = all_sums(world, own.as_flattened());
    let count = all[2] as u64 as u16;
    (count > 0).then(|| [all[0], all[1]].map(|sum| sum / f64::from(count)))
}

fn without_the_origin(world: &SimpleCommunicator, points: &[Point]) -> Option<Point> {
    let points: Vec<Point> = points.iter().copied().filter(|p| *p != [0.0; 2]).collect();
    subject::broken_means(world, &points)
}

fn own_sum_left_out(world: &SimpleCommunicator, points: &[Point]) -> Option<Point> {
    let all = own_sum_once_more(world, points, &vec![0; points.len()], 1)[0];
    (all.count > 0).then(|| all.sum.map(|sum| sum / all.count as f64))
}

fn only_where_points_are(world: &SimpleCommunicator, points: &[Point]) -> Option<Point> {
    if points.is_empty() {
        return None;
    }
    subject::broken_means(world, points)
}

/// A round whose new centers come from the counts and sums by another rule; and the way by another one.
fn round(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    rule: impl Fn(&mut Point, &Cluster),
) -> Vec<f64> {
    let nearest = subject::assign(points, centers);
    let clusters = subject::sums(world, points, &nearest, centers.len());
    let moved = centers.iter_mut().zip(&clusters).map(|(center, cluster)| {
        let before = *center;
        rule(center, cluster);
        squared(before, *center).sqrt()
    });
    moved.collect()
}

fn longest(ways: &[f64]) -> f64 {
    ways.iter().copied().fold(0.0, f64::max)
}

fn mean(center: &mut Point, cluster: &Cluster) {
    if cluster.count > 0 {
        *center = cluster.sum.map(|sum| sum / cluster.count as f64);
    }
}

fn nearest_by_the_root(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    let distance = |point: Point, index: &usize| squared(point, centers[*index]).sqrt();
    let nearest: Vec<usize> = points
        .iter()
        .map(|point| {
            let nearer = |a: &usize, b: &usize| distance(*point, a).total_cmp(&distance(*point, b));
            (0..centers.len())
                .min_by(nearer)
                .expect("there are centers")
        })
        .collect();
    let clusters = subject::sums(world, points, &nearest, centers.len());
    let moved = centers.iter_mut().zip(&clusters).map(|(center, cluster)| {
        let before = *center;
        mean(center, cluster);
        squared(before, *center).sqrt()
    });
    longest(&moved.collect::<Vec<f64>>())
}

fn divides_first(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    let nearest = subject::assign(points, centers);
    let mut own = own_sums(points, &nearest, centers.len());
    for [x, y, count] in &mut own {
        if *count > 0.0 {
            (*x, *y, *count) = (*x / *count, *y / *count, 1.0);
        }
    }
    let all = all_sums(world, own.as_flattened());
    let before = centers.to_vec();
    for (center, cluster) in centers.iter_mut().zip(clusters_of(all.as_chunks().0)) {
        mean(center, &cluster);
    }
    let ways = before
        .iter()
        .zip(centers)
        .map(|(before, center)| squared(*before, *center).sqrt());
    longest(&ways.collect::<Vec<f64>>())
}

fn empty_to_zero(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    longest(&round(world, points, centers, |center, cluster| {
        *center = cluster.sum.map(|sum| sum / cluster.count.max(1) as f64);
    }))
}

fn empty_to_nowhere(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    longest(&round(world, points, centers, |center, cluster| {
        *center = cluster.sum.map(|sum| sum / cluster.count as f64);
    }))
}

fn way_of_the_last(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    let ways = round(world, points, centers, mean);
    ways.last().copied().unwrap_or(0.0)
}

fn own_points_first(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    let nearest = subject::assign(points, centers);
    let clusters = own_sum_once_more(world, points, &nearest, centers.len());
    let mut farthest: f64 = 0.0;
    for (center, cluster) in centers.iter_mut().zip(clusters) {
        let old = *center;
        mean(center, &cluster);
        farthest = farthest.max((center[0] - old[0]).hypot(center[1] - old[1]));
    }
    farthest
}

fn way_of_its_own(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    let way = longest(&round(world, points, centers, mean));
    match world.rank() {
        0 => way.next_up(),
        _ => way,
    }
}

fn squared_way(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    longest(&round(world, points, centers, mean)).powi(2)
}

fn way_from_the_new_place(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
) -> f64 {
    round(world, points, centers, mean);
    0.0
}

fn small_moves_left_out(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
) -> f64 {
    longest(&round(world, points, centers, |center, cluster| {
        let before = *center;
        mean(center, cluster);
        if squared(before, *center) < 1e-12 {
            *center = before;
        }
    }))
}

fn tiny_moves_left_out(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    longest(&round(world, points, centers, |center, cluster| {
        let before = *center;
        mean(center, cluster);
        if squared(before, *center) < 1e-18 {
            *center = before;
        }
    }))
}

fn broadcasts(world: &SimpleCommunicator, points: &[Point], centers: &mut [Point]) -> f64 {
    let nearest = subject::assign(points, centers);
    let clusters = on_rank_0(world, points, &nearest, centers.len());
    let mut way = 0.0;
    if world.rank() == 0 {
        for (center, cluster) in centers.iter_mut().zip(&clusters) {
            let before = *center;
            mean(center, cluster);
            way = f64::max(way, squared(before, *center).sqrt());
        }
    }
    let root = world.process_at_rank(0);
    root.broadcast_into(centers.as_flattened_mut());
    root.broadcast_into(&mut way);
    way
}

/// When to stop, from the round's number, what has changed on this rank and on all, and the counts.
struct Round<'a> {
    changed_here: usize,
    changed: f64,
    counts: &'a [f64],
}

fn rounds(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
    mut is_last: impl FnMut(&Round) -> bool,
) -> usize {
    let mut before: Option<Vec<usize>> = None;
    for number in 1..=limit {
        let nearest = subject::assign(points, centers);
        let changed_here = before.as_ref().map_or(points.len(), |before| {
            before.iter().zip(&nearest).filter(|(a, b)| a != b).count()
        });
        let mut own = own_sums(points, &nearest, centers.len());
        own.push([0.0, 0.0, changed_here as f64]);
        let all = all_sums(world, own.as_flattened());
        let all: &[[f64; 3]] = all.as_chunks().0;
        for (center, cluster) in centers.iter_mut().zip(clusters_of(all)) {
            mean(center, &cluster);
        }
        let counts: Vec<f64> = all.iter().map(|sums| sums[2]).collect();
        let (changed, counts) = (counts[centers.len()], &counts[..centers.len()]);
        if is_last(&Round {
            changed_here,
            changed,
            counts,
        }) {
            return number;
        }
        before = Some(nearest);
    }
    limit
}

fn stops_alone(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    rounds(world, points, centers, limit, |round| {
        round.changed_here == 0
    })
}

fn asks_apart(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    rounds(world, points, centers, limit, |round| {
        all_sums(world, &[round.changed_here as f64])[0] == 0.0
    })
}

fn one_round_early(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    let rounds = subject::converged(world, points, centers, limit);
    rounds - usize::from(rounds < limit)
}

fn always_to_the_limit(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    rounds(world, points, centers, limit, |_| false)
}

fn no_limit(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    _: usize,
) -> usize {
    subject::converged(world, points, centers, 10_000)
}

fn one_round_at_least(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    subject::converged(world, points, centers, limit.max(1))
}

fn by_their_number(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    let mut before = Vec::new();
    rounds(world, points, centers, limit, |round| {
        let is_last = before == round.counts || round.counts.iter().all(|count| *count == 0.0);
        before = round.counts.to_vec();
        is_last && round.changed >= 0.0
    })
}

fn nearly_none(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    rounds(world, points, centers, limit, |round| {
        round.changed <= round.counts.iter().sum::<f64>() / 1000.0
    })
}

fn since_the_call_before(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    thread_local! {
        static LAST: RefCell<Vec<usize>> = RefCell::default();
    }
    let before = LAST.with_borrow(|last| (last.len() == points.len()).then(|| last.clone()));
    let rounds = until_the_sum_is_0(world, points, centers, limit, before, |changed| {
        changed as f64
    });
    LAST.set(subject::assign(points, centers));
    rounds
}

fn until_none_moves(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    let mut rounds = 1..=limit;
    rounds
        .find(|_| subject::step(world, points, centers) == 0.0)
        .unwrap_or(limit)
}

/// Stops when the sum of what the ranks make of their changed points is 0.
fn until_the_sum_is_0(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
    mut before: Option<Vec<usize>>,
    number: fn(usize) -> f64,
) -> usize {
    for round in 1..=limit {
        let nearest = subject::assign(points, centers);
        let changed = before.as_ref().map_or(points.len(), |before| {
            before.iter().zip(&nearest).filter(|(a, b)| a != b).count()
        });
        let mut own = own_sums(points, &nearest, centers.len());
        own.push([0.0, 0.0, number(changed)]);
        let all = all_sums(world, own.as_flattened());
        let all: &[[f64; 3]] = all.as_chunks().0;
        for (center, cluster) in centers.iter_mut().zip(clusters_of(all)) {
            mean(center, &cluster);
        }
        if all[centers.len()][2] == 0.0 {
            return round;
        }
        before = Some(nearest);
    }
    limit
}

fn from_the_first_center(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    let before = Some(vec![0; points.len()]);
    until_the_sum_is_0(world, points, centers, limit, before, |changed| {
        changed as f64
    })
}

fn changes_in_16_bits(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    until_the_sum_is_0(world, points, centers, limit, None, |changed| {
        f64::from(changed as u16)
    })
}

fn limit_in_32_bits(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    subject::converged(world, points, centers, limit as u32 as usize)
}

fn room_for_all_rounds(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    let before: Vec<Vec<usize>> = Vec::with_capacity(limit);
    drop(before);
    subject::converged(world, points, centers, limit)
}

fn changes_of_each_center(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    limit: usize,
) -> usize {
    let mut before: Option<Vec<usize>> = None;
    for number in 1..=limit {
        let nearest = subject::assign(points, centers);
        let mut changed = vec![0.0; centers.len()];
        for (index, center) in nearest.iter().enumerate() {
            if before
                .as_ref()
                .is_none_or(|before| before[index] != *center)
            {
                changed[*center] += 1.0;
            }
        }
        let own = own_sums(points, &nearest, centers.len());
        let all = all_sums(world, &[own.as_flattened(), &changed].concat());
        let (sums, changed) = all.split_at(3 * centers.len());
        for (center, cluster) in centers.iter_mut().zip(clusters_of(sums.as_chunks().0)) {
            mean(center, &cluster);
        }
        if changed.iter().all(|changed| *changed == 0.0) {
            return number;
        }
        before = Some(nearest);
    }
    limit
}

fn halves_first(points: &[Point], centers: &[Point]) -> Vec<usize> {
    let square = |point: &Point, center: &Point| {
        let [x, y] = [0, 1].map(|axis| 0.5 * (point[axis] - center[axis]));
        x * x + y * y
    };
    let nearest = |point: &Point| {
        let squares = centers.iter().map(|center| square(point, center));
        let least = squares
            .enumerate()
            .min_by(|(_, one), (_, other)| one.total_cmp(other));
        least.map_or(0, |(index, _)| index)
    };
    points.iter().map(nearest).collect()
}
