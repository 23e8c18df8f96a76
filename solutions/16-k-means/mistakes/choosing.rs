//! Mistakes in the tasks `start` and `empty`.

use crate::{
    subject::{self, Point},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("start": start = without_squares => WrongResult,
        "weighs points by their distance, not by its square"),
    mistake!("start": start = weighs_in_single => Panic,
        "weighs points whose coordinates are cut to an f32"),
    mistake!("start": start = from_the_last_center => WrongResult,
        "weighs points by their distance to the center chosen last"),
    mistake!("start": start = reaches => WrongResult,
        "takes the first point at which the sum reaches the mark, on the first rank whose sum reaches it"),
    mistake!("start": start = reaches_on_its_rank => WrongResult,
        "finds the right rank, but takes its first point at which the sum reaches the mark"),
    mistake!("start": start = to_the_farthest => WrongResult,
        "takes the farthest point, whatever is drawn"),
    mistake!("start": start = small_weights_are_0 => Panic,
        "takes weights below 10^-6 for 0, and then finds no point that has the place"),
    mistake!("start": start = each_rank_for_itself => WrongResult,
        "chooses among its own points"),
    mistake!("start": start = from_zero => WrongResult,
        "leaves out the sum of the ranks before it on the rank that has the point"),
    mistake!("start": start = from_the_sum_before => Panic,
        "adds up the weights of that rank beginning at the sum before it, which rounds otherwise than its own sum"),
    mistake!("start": start = at_last_its_last_point => WrongResult,
        "takes the last point of that rank if rounding leaves none, even where a center is already"),
    mistake!("start": start = no_mark_at_the_sum => Panic,
        "finds no point if the mark is rounded up to the sum of all weights"),
    mistake!("start": start = large_weights_are_less => WrongResult,
        "limits weights to 10^6"),
    mistake!("start": start = draws_on_one_rank => WrongResult,
        "draws on rank 0 only, and broadcasts the number"),
    mistake!("start": start = draws_until_new => WrongResult,
        "draws again if it has the point already"),
    mistake!("start": start = all_points_everywhere => TooMuchCommunication,
        "gathers all points on every rank"),
    mistake!("start": start = one_weight_after_the_other => TooMuchCommunication,
        "asks all ranks for each point whether it is the one"),
    mistake!("empty": empty = nothing => WrongResult,
        "leaves all centers where they are"),
    mistake!("empty": empty = all_to_the_same => WrongResult,
        "moves all of them to the same point"),
    mistake!("empty": empty = own_farthest => WrongResult,
        "moves them to the farthest of its own points"),
    mistake!("empty": empty = last_of_several => WrongResult,
        "takes the last of several that are equally far"),
    mistake!("empty": empty = origin_of_none => WrongResult,
        "lets ranks without points name the origin as their candidate"),
    mistake!("empty": empty = nothing_at_distance_0 => WrongResult,
        "lets ranks without points name the origin, at the distance 0"),
    mistake!("empty": empty = nothing_is_nan => WrongResult,
        "lets ranks without points name NaN, which no number exceeds"),
    mistake!("empty": empty = candidates_in_single => WrongResult,
        "sends the candidates as f32"),
    mistake!("empty": empty = farthest_by_the_root => WrongResult,
        "compares distances, which are rounded to the same number where their squares differ"),
    mistake!("empty": empty = all_points_everywhere_again => TooMuchCommunication,
        "gathers all points on every rank"),
    mistake!("empty": empty = those_with_one_point => WrongResult,
        "also moves centers with a single point, if others have more"),
    mistake!("empty": empty = asks_for_all => TooMuchCommunication,
        "also asks for the farthest point where no center moves"),
];

fn squared([x, y]: Point, center: Point) -> f64 {
    let [dx, dy] = [x - center[0], y - center[1]];
    dx * dx + dy * dy
}

fn weight(point: Point, centers: &[Point]) -> f64 {
    let distances = centers.iter().map(|center| squared(point, *center));
    distances.fold(f64::INFINITY, f64::min)
}

/// All points, on every rank.
fn gathered(world: &SimpleCommunicator, points: &[Point]) -> Vec<Point> {
    let length = 2 * points.len() as i32;
    let mut lengths = vec![0; world.size() as usize];
    world.all_gather_into(&length, &mut lengths[..]);
    let starts: Vec<i32> = lengths
        .iter()
        .scan(0, |sum, length| {
            *sum += length;
            Some(*sum - length)
        })
        .collect();
    let mut all = vec![[0.0; 2]; lengths.iter().sum::<i32>() as usize / 2];
    let mut parts = mpi::datatype::PartitionMut::new(all.as_flattened_mut(), lengths, starts);
    world.all_gather_varcount_into(points.as_flattened(), &mut parts);
    all
}

/// A choice that is right except for rounding, of which some may be otherwise.
struct Way {
    weigh: fn(Point, &[Point]) -> f64,
    /// Of the sum before a rank's own points: with what their sum begins, and what is added to it afterward.
    before_own: fn(f64) -> [f64; 2],
    /// Whether a sum is past the mark: of the ranks, and of the points of the rank that has it.
    past: [fn(&f64, &f64) -> bool; 2],
    /// What is chosen if rounding leaves no point of that rank.
    otherwise: fn(&[Point]) -> Option<Point>,
}

const RIGHT: Way = Way {
    weigh: weight,
    before_own: |before| [before, 0.0],
    past: [f64::gt, f64::gt],
    otherwise: |_| None,
};

fn choose(
    way: &Way,
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let [past_of_ranks, past] = way.past;
    let mut weights = vec![1.0; points.len()];
    let mut centers = Vec::new();
    while centers.len() < clusters {
        let own: f64 = weights.iter().sum();
        let mut of_ranks = vec![0.0; world.size() as usize];
        world.all_gather_into(&own, &mut of_ranks[..]);
        let mark = draw() * of_ranks.iter().sum::<f64>();
        let (mut before, mut owner) = (0.0, 0);
        while owner + 1 < of_ranks.len() && !past_of_ranks(&(before + of_ranks[owner]), &mark) {
            before += of_ranks[owner];
            owner += 1;
        }
        let mut chosen = [0.0; 2];
        if world.rank() as usize == owner {
            let [mut sum, added] = (way.before_own)(before);
            let first = points.iter().zip(&weights).find(|(_, weight)| {
                sum += **weight;
                past(&(added + sum), &mark)
            });
            let first = first.map(|(point, _)| *point);
            let first = first.or_else(|| (way.otherwise)(points));
            chosen = first.expect("a point of this rank");
        }
        let owner = world.process_at_rank(owner as i32);
        owner.broadcast_into(&mut chosen[..]);
        centers.push(chosen);
        weights = points
            .iter()
            .map(|point| (way.weigh)(*point, &centers))
            .collect();
    }
    centers
}

fn without_squares(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let way = Way {
        weigh: |point, centers| weight(point, centers).sqrt(),
        ..RIGHT
    };
    choose(&way, world, points, clusters, draw)
}

fn weighs_in_single(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let way = Way {
        weigh: |point, centers| {
            let narrow = |point: Point| point.map(|number| f64::from(number as f32));
            let centers: Vec<Point> = centers.iter().copied().map(narrow).collect();
            weight(narrow(point), &centers)
        },
        ..RIGHT
    };
    choose(&way, world, points, clusters, draw)
}

fn from_the_last_center(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let way = Way {
        weigh: |point, centers| squared(point, centers[centers.len() - 1]),
        ..RIGHT
    };
    choose(&way, world, points, clusters, draw)
}

fn reaches(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let way = Way {
        past: [f64::ge, f64::ge],
        ..RIGHT
    };
    choose(&way, world, points, clusters, draw)
}

fn reaches_on_its_rank(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let way = Way {
        past: [f64::gt, f64::ge],
        ..RIGHT
    };
    choose(&way, world, points, clusters, draw)
}

fn to_the_farthest(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let mut centers = choose(&RIGHT, world, points, 1, draw);
    while centers.len() < clusters {
        draw();
        let mut counts: Vec<u64> = vec![1; centers.len()];
        counts.push(0);
        centers.push([0.0; 2]);
        subject::empty(world, points, &mut centers, &counts);
    }
    centers
}

fn small_weights_are_0(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let way = Way {
        weigh: |point, centers| match weight(point, centers) {
            small if small < 1e-6 => 0.0,
            large => large,
        },
        ..RIGHT
    };
    choose(&way, world, points, clusters, draw)
}

fn each_rank_for_itself(
    _: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    match points {
        [] => vec![[0.0; 2]; clusters],
        _ => {
            let mut centers: Vec<Point> = Vec::new();
            let mut weights = vec![1.0; points.len()];
            while centers.len() < clusters {
                let mark = draw() * weights.iter().sum::<f64>();
                let mut sum = 0.0;
                let first = points.iter().zip(&weights).find(|(_, weight)| {
                    sum += **weight;
                    sum > mark
                });
                centers.push(first.map_or(points[0], |(point, _)| *point));
                weights = points
                    .iter()
                    .map(|point| weight(*point, &centers))
                    .collect();
            }
            centers
        }
    }
}

fn from_zero(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let way = Way {
        before_own: |_| [0.0; 2],
        // Where the mark is beyond all of its own points.
        otherwise: |points| points.last().copied(),
        ..RIGHT
    };
    choose(&way, world, points, clusters, draw)
}

fn from_the_sum_before(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    choose(&RIGHT, world, points, clusters, draw)
}

fn at_last_its_last_point(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let way = Way {
        otherwise: |points| points.last().copied(),
        ..RIGHT
    };
    choose(&way, world, points, clusters, draw)
}

fn no_mark_at_the_sum(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let way = Way {
        before_own: |before| [0.0, before],
        ..RIGHT
    };
    choose(&way, world, points, clusters, draw)
}

fn large_weights_are_less(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let way = Way {
        weigh: |point, centers| weight(point, centers).min(1e6),
        ..RIGHT
    };
    choose(&way, world, points, clusters, draw)
}

fn draws_on_one_rank(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let mut numbers: Vec<f64> = match world.rank() {
        0 => (0..clusters).map(|_| draw()).collect(),
        _ => vec![0.0; clusters],
    };
    world.process_at_rank(0).broadcast_into(&mut numbers[..]);
    let mut numbers = numbers.into_iter();
    subject::start(world, points, clusters, &mut || {
        numbers.next().unwrap_or(0.5)
    })
}

fn draws_until_new(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    // As if a point could be chosen twice.
    draw();
    subject::start(world, points, clusters, draw)
}

fn all_points_everywhere(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let all = gathered(world, points);
    let mut weights = vec![1.0; all.len()];
    let mut centers = Vec::new();
    while centers.len() < clusters {
        let mark = draw() * weights.iter().sum::<f64>();
        let mut sum = 0.0;
        let first = all.iter().zip(&weights).find(|(_, weight)| {
            sum += **weight;
            sum > mark
        });
        centers.push(*first.expect("the mark is below the sum").0);
        weights = all.iter().map(|point| weight(*point, &centers)).collect();
    }
    centers
}

fn one_weight_after_the_other(
    world: &SimpleCommunicator,
    points: &[Point],
    clusters: usize,
    draw: &mut dyn FnMut() -> f64,
) -> Vec<Point> {
    let centers = subject::start(world, points, clusters, draw);
    for center in &centers {
        for rank in 0..world.size() {
            let mut has = points.contains(center);
            world.process_at_rank(rank).broadcast_into(&mut has);
        }
        let mut ranks = 0;
        world.all_reduce_into(&1, &mut ranks, SystemOperation::sum());
        world.barrier();
        world.barrier();
    }
    centers
}

fn those_with_one_point(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    counts: &[u64],
) {
    let least = if counts.iter().any(|count| *count > 1) {
        2
    } else {
        1
    };
    let counts: Vec<u64> = counts
        .iter()
        .map(|count| if *count < least { 0 } else { *count })
        .collect();
    subject::empty(world, points, centers, &counts);
}

fn nothing(_: &SimpleCommunicator, _: &[Point], _: &mut [Point], _: &[u64]) {}

/// Moves centers to candidates of all ranks.
fn relocate(
    world: &SimpleCommunicator,
    centers: &mut [Point],
    counts: &[u64],
    mut candidate: impl FnMut(&[Point]) -> [f64; 3],
    is_farther: fn(f64, f64) -> bool,
) {
    let mut placed: Vec<Point> = (0..counts.len())
        .filter(|index| counts[*index] > 0)
        .map(|index| centers[index])
        .collect();
    for index in (0..counts.len()).filter(|index| counts[*index] == 0) {
        let own = candidate(&placed);
        let mut all = vec![[0.0; 3]; world.size() as usize];
        world.all_gather_into(&own[..], all.as_flattened_mut());
        let farthest = all
            .into_iter()
            .reduce(|best, other| {
                if is_farther(other[0], best[0]) {
                    other
                } else {
                    best
                }
            })
            .expect("there is a rank");
        centers[index] = [farthest[1], farthest[2]];
        placed.push(centers[index]);
    }
}

fn farthest_of(points: &[Point], placed: &[Point], is_farther: fn(f64, f64) -> bool) -> [f64; 3] {
    let mut own = [-1.0, 0.0, 0.0];
    for point in points {
        let distance = weight(*point, placed);
        if is_farther(distance, own[0]) {
            own = [distance, point[0], point[1]];
        }
    }
    own
}

const FARTHER: fn(f64, f64) -> bool = |other, best| other > best;

fn all_to_the_same(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    counts: &[u64],
) {
    let first: Vec<Point> = (0..counts.len())
        .filter(|index| counts[*index] > 0)
        .map(|index| centers[index])
        .collect();
    let candidate = |_: &[Point]| farthest_of(points, &first, FARTHER);
    relocate(world, centers, counts, candidate, FARTHER);
}

fn own_farthest(_: &SimpleCommunicator, points: &[Point], centers: &mut [Point], counts: &[u64]) {
    let mut placed: Vec<Point> = (0..counts.len())
        .filter(|index| counts[*index] > 0)
        .map(|index| centers[index])
        .collect();
    for index in (0..counts.len()).filter(|index| counts[*index] == 0) {
        let [_, x, y] = farthest_of(points, &placed, FARTHER);
        centers[index] = [x, y];
        placed.push(centers[index]);
    }
}

fn last_of_several(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    counts: &[u64],
) {
    let at_least: fn(f64, f64) -> bool = |other, best| other >= best;
    let candidate = |placed: &[Point]| farthest_of(points, placed, at_least);
    relocate(world, centers, counts, candidate, at_least);
}

fn origin_of_none(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    counts: &[u64],
) {
    let candidate = |placed: &[Point]| match points {
        [] => [weight([0.0; 2], placed) + 1e6, 0.0, 0.0],
        _ => farthest_of(points, placed, FARTHER),
    };
    relocate(world, centers, counts, candidate, FARTHER);
}

fn candidates_in_single(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    counts: &[u64],
) {
    let candidate = |placed: &[Point]| {
        farthest_of(points, placed, FARTHER).map(|number| f64::from(number as f32))
    };
    relocate(world, centers, counts, candidate, FARTHER);
}

fn farthest_by_the_root(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    counts: &[u64],
) {
    // The root of -1, which stands for no point, is NaN.
    let is_farther = |other: f64, best: f64| other > best && other.sqrt() != best.sqrt();
    let candidate = |placed: &[Point]| farthest_of(points, placed, is_farther);
    relocate(world, centers, counts, candidate, is_farther);
}

fn nothing_at_distance_0(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    counts: &[u64],
) {
    let candidate = |placed: &[Point]| match points {
        [] => [0.0; 3],
        _ => farthest_of(points, placed, FARTHER),
    };
    relocate(world, centers, counts, candidate, FARTHER);
}

fn nothing_is_nan(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    counts: &[u64],
) {
    let candidate = |placed: &[Point]| match points {
        [] => [f64::NAN; 3],
        _ => farthest_of(points, placed, FARTHER),
    };
    relocate(world, centers, counts, candidate, FARTHER);
}

fn all_points_everywhere_again(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    counts: &[u64],
) {
    let all = gathered(world, points);
    own_farthest(world, &all, centers, counts);
}

fn asks_for_all(
    world: &SimpleCommunicator,
    points: &[Point],
    centers: &mut [Point],
    counts: &[u64],
) {
    subject::empty(world, points, centers, counts);
    let own = farthest_of(points, centers, FARTHER);
    for _ in 0..3 {
        let mut all = vec![[0.0; 3]; world.size() as usize];
        world.all_gather_into(&own[..], all.as_flattened_mut());
    }
}
