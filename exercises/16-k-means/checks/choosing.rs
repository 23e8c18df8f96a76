//! The checks of `start` and `empty`: centers that are chosen among the points of all ranks.

use super::{
    Answers, moves, part,
    points::{
        HUGE, Points, TINY, assigned, clouds, largest, on_a_grid, same_root, scaled, squared,
    },
};
use crate::subject::Point;
use harness_mpi::{Bounds, Check, Kind, Traffic, plural};
use mpi::traits::*;

/// The weight of a point: the square of its distance to the nearest of these centers.
fn weight(point: Point, centers: &[Point]) -> f64 {
    let distances = centers.iter().map(|center| squared(point, *center));
    distances.fold(f64::INFINITY, f64::min)
}

/// Requires that for each center some numbers of each rank travel, and nothing else.
fn few_numbers(
    check: &mut Check,
    traffic: &Traffic,
    centers: usize,
    calls: u64,
    why: &str,
) -> bool {
    let bytes = (centers * (32 * check.size() + 64)) as u64;
    let bounds = Bounds {
        given: bytes,
        got: bytes,
        calls: calls * centers as u64,
    };
    let none = traffic.sent().times == 0;
    moves(check, traffic, bounds, why)
        && check.require(none, Kind::WrongOperation, || {
            String::from("sent messages from rank to rank: use collectives, and nothing else")
        })
}

/// The input of k-means++, and the numbers that it draws.
struct Choice {
    draws: Vec<f64>,
    centers: Vec<Point>,
}

impl Choice {
    /// Draws so that no rounding changes what is chosen.
    fn new(check: &mut Check, points: &[Point], clusters: usize) -> Self {
        let (mut draws, mut centers) = (Vec::new(), Vec::new());
        let mut weights = vec![1.0; points.len()];
        for _ in 0..clusters {
            // All weights are whole numbers.
            let sum: f64 = weights.iter().sum();
            let last = sum as u64;
            let mark = match check.draw(0..4) {
                0 => 0,
                1 => last - 1,
                _ => check.draw(0..last),
            };
            draws.push((mark as f64 + 0.5) / sum);
            let mut so_far = 0.0;
            let chosen = points.iter().zip(&weights).find(|(_, weight)| {
                so_far += **weight;
                so_far > mark as f64 + 0.5
            });
            centers.push(*chosen.expect("the mark is below the sum").0);
            weights = points
                .iter()
                .map(|point| weight(*point, &centers))
                .collect();
        }
        Self { draws, centers }
    }
}

/// Points, and the draws 0.5, 0, and 0, with which the sums of the weights are equal to the place before they exceed it.
/// The first point of each rank and every second one after it are at the origin, which is chosen first; if there are
/// several ranks, all points of rank 0 are.
fn at_the_boundaries(check: &Check) -> (Points, Choice) {
    const EACH: usize = 4;
    let (rank, size) = (check.rank(), check.size());
    let all: Vec<Point> = (0..size * EACH)
        .map(|index| {
            let of_rank = index / EACH;
            match index % EACH {
                _ if of_rank == 0 && size > 1 => [0.0; 2],
                1 => [of_rank as f64 + 1.0, 1.0],
                3 => [of_rank as f64 + 1.0, -1.0],
                _ => [0.0; 2],
            }
        })
        .collect();
    let draws = vec![0.5, 0.0, 0.0];
    let mut centers = vec![all[size * EACH / 2]];
    for _ in 1..draws.len() {
        let first = all.iter().find(|point| weight(**point, &centers) > 0.0);
        centers.push(*first.expect("there are three different places"));
    }
    let own = EACH * rank..EACH * (rank + 1);
    (Points { all, own }, Choice { draws, centers })
}

/// All points but the last one are near the first center, and it has nearly all of the weight, however small the draw:
/// it is as far away as can be.
fn far_away(check: &mut Check) -> (Points, Choice) {
    const ORIGIN: Point = [0.0; 2];
    const FAR: Point = [HUGE, 0.0];
    let mut all = [ORIGIN, [1.0, 0.0]].repeat(20);
    all.push(FAR);
    let choice = Choice {
        draws: vec![0.0, 1e-200],
        centers: vec![ORIGIN, FAR],
    };
    (Points::deal(check, all), choice)
}

/// One point has a weight, and this is the least one: three quarters of it are rounded to the weight itself, which no sum
/// exceeds. It is on rank 0, and points without a weight come after it.
fn least_weight(check: &Check) -> (Points, Choice) {
    const ORIGIN: Point = [0.0; 2];
    // 2^-537: the square is 2^-1074.
    const NEAR: Point = [f64::from_bits((1023 - 537) << 52), 0.0];
    let (rank, size) = (check.rank(), check.size());
    let all = [&[ORIGIN, NEAR], &[ORIGIN].repeat(size)[..]].concat();
    let own = if rank == 0 { 0 } else { rank + 2 }..rank + 3;
    let choice = Choice {
        draws: vec![0.0, 0.75],
        centers: vec![ORIGIN, NEAR],
    };
    (Points { all, own }, choice)
}

/// How many different places points have.
fn places(points: &[Point]) -> usize {
    let mut places: Vec<[u64; 2]> = points.iter().map(|point| point.map(f64::to_bits)).collect();
    places.sort_unstable();
    places.dedup();
    places.len()
}

pub fn start(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let mut cases = Vec::new();
    for (length, clusters) in [(200, 2), (1, 1), (size + 2, 2), (40, 5), (12, 12), (100, 3)] {
        let mut all = on_a_grid(check, length);
        // -0.0 would be another place than 0.0.
        all.iter_mut().flatten().for_each(|number| *number += 0.0);
        let clusters = clusters.min(places(&all));
        let points = Points::deal(check, all);
        let choice = Choice::new(check, &points.all, clusters);
        cases.push((points, choice));
    }
    cases.push(at_the_boundaries(check));
    // However near points are.
    let all = on_a_grid(check, 50);
    let mut points = Points::deal(check, all);
    let mut choice = Choice::new(check, &points.all, 4);
    for list in [&mut points.all, &mut choice.centers] {
        *list = scaled(list, TINY);
    }
    cases.push((points, choice));
    // However far from the origin: an `f32` of this size counts by thousands.
    const FAR: f64 = (1_u64 << 34) as f64;
    let all = on_a_grid(check, 60);
    let mut points = Points::deal(check, all);
    let mut choice = Choice::new(check, &points.all, 4);
    for list in [&mut points.all, &mut choice.centers] {
        list.as_flattened_mut()
            .iter_mut()
            .for_each(|number| *number += FAR);
    }
    cases.push((points, choice));
    cases.push(far_away(check));
    let right = cases.into_iter().all(|(points, choice)| {
        let why = "each center is the first point at which the sum of the weights exceeds the draw times the sum of all \
                   weights";
        chosen(check, answers, &points, &choice, why)
    });
    if right && where_sums_are_rounded(check, answers) {
        let (points, choice) = least_weight(check);
        let why = "if rounding leaves no sum of weights that exceeds the draw times the sum of all weights, the last \
                   point with a weight above 0 is chosen";
        chosen(check, answers, &points, &choice, why);
    }
}

/// Requires that the answer draws these numbers, and chooses these centers.
fn chosen(
    check: &mut Check,
    answers: &Answers,
    points: &Points,
    choice: &Choice,
    why: &str,
) -> bool {
    let clusters = choice.centers.len();
    let input = format!(
        "{}, coordinates up to {:e}, {}, the draws {:?}",
        points.describe(),
        largest(&points.all),
        plural(clusters as u64, "center"),
        choice.draws
    );
    part(check, &input, |check| {
        let mut drawn = 0;
        let mut draw = || {
            let number = choice.draws.get(drawn).copied().unwrap_or(0.5);
            drawn += 1;
            number
        };
        let (returned, traffic) =
            check.observe(|world| (answers.start)(world, points.own(), clusters, &mut draw));
        let right = check.returned(returned, choice.centers.clone(), why)
            && check.holds(
                "the number of calls of `draw`",
                drawn,
                clusters,
                "call it once for each center",
            );
        if right {
            let why = "for each center, the sum of the weights of each rank and the chosen point are enough";
            few_numbers(check, &traffic, clusters, 3, why);
        }
    })
}

/// Points and draws of which rounding decides what is chosen: any point at which the rounded sum may exceed the mark is
/// right, but none without a weight.
///
/// The first point of rank 0 is chosen first. Its second one then has the weight 2^54, and the last rank has eight with
/// the weight 1: added to 2^54, each of them is lost, but their sum is not. The largest draw below 1 makes a mark
/// between 2^54 and the sum of all weights.
fn where_sums_are_rounded(check: &mut Check, answers: &Answers) -> bool {
    const FAR: Point = [(1_u64 << 27) as f64, 0.0];
    const NEAR: [Point; 4] = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]];
    const ORIGIN: Point = [0.0; 2];
    let (rank, size) = (check.rank(), check.size());
    // The last point is where the first center is.
    let all = [&[ORIGIN, FAR], &NEAR[..], &NEAR, &[ORIGIN]].concat();
    let own = match rank {
        0 if size == 1 => 0..all.len(),
        0 => 0..2,
        last if last + 1 == size => 2..all.len(),
        _ => 2..2,
    };
    let points = Points { all, own };
    let draws = [0.0, 1.0_f64.next_down(), 1.0_f64.next_down()];
    let input = format!("{}, 3 centers, the draws {draws:?}", points.describe());
    part(check, &input, |check| {
        let mut numbers = draws.into_iter();
        let mut draw = || numbers.next().unwrap_or(0.5);
        let (returned, _) =
            check.observe(|world| (answers.start)(world, points.own(), draws.len(), &mut draw));
        let complete = check.require(returned.len() == draws.len(), Kind::WrongResult, || {
            let found = plural(returned.len() as u64, "center");
            format!("returned {found}, should return {}", draws.len())
        });
        if !check.everywhere(complete) {
            return;
        }
        let mut of_first = returned.clone();
        check.aside_call(|world| {
            let root = world.process_at_rank(0);
            root.broadcast_into(of_first.as_flattened_mut());
        });
        let why = "all ranks return the same centers as rank 0";
        if !check.returned(returned.clone(), of_first, why) {
            return;
        }
        for (index, draw) in draws.into_iter().enumerate() {
            let (before, chosen) = (&returned[..index], returned[index]);
            let right = may_be_chosen(&points.all, before, draw, chosen);
            let right = check.require(right, Kind::WrongResult, || {
                format!(
                    "returned {returned:?}: center {index} must be a point with a weight above 0, at which the sum of \
                     the weights exceeds the draw times the sum of all weights, up to rounding"
                )
            });
            if !right {
                return;
            }
        }
    })
}

/// Whether a point may be chosen after these centers, if sums are rounded in any way.
fn may_be_chosen(points: &[Point], centers: &[Point], draw: f64, chosen: Point) -> bool {
    let weight_of = |point: &Point| match centers {
        [] => 1.0,
        _ => weight(*point, centers),
    };
    let sum: f64 = points.iter().map(weight_of).sum();
    let (mark, rounding) = (draw * sum, 1e-12 * sum);
    let mut up_to = 0.0;
    points.iter().any(|point| {
        let before = up_to;
        up_to += weight_of(point);
        let reaches = before - rounding <= mark && mark <= up_to + rounding;
        *point == chosen && weight_of(point) > 0.0 && reaches
    })
}

pub fn empty(check: &mut Check, answers: &Answers) {
    /// So many points have coordinates that an `f32` rounds.
    const CLOUDS: usize = 70;
    /// So many points are one that a center has for itself, and others.
    const ONE_APART: usize = 60;
    for (length, clusters, without, on_centers) in [
        (200, 3, 1, false),
        (100, 5, 2, false),
        (1, 3, 2, false),
        (50, 4, 0, false),
        (ONE_APART, 6, 3, false),
        (10, 2, 1, false),
        (CLOUDS, 4, 2, false),
        // No point is far from its center, and the first ranks have none.
        (10, 4, 2, true),
    ] {
        let mut all = match length {
            CLOUDS => clouds(check, length, 5),
            _ => on_a_grid(check, length),
        };
        let mut centers = on_a_grid(check, clusters);
        let mut far: Vec<usize> = (0..clusters).collect();
        check.shuffle(&mut far);
        for index in &far[..without] {
            // Far from all points: farther than any of them can be from another center.
            centers[*index] = [1e9 + *index as f64, -1e9];
        }
        if length == ONE_APART {
            centers[far[without]] = [1e9, 1e9];
            all[ONE_APART / 2] = [1e9, 1e9];
        }
        if on_centers {
            all = (0..length)
                .map(|index| centers[far[without + index % (clusters - without)]])
                .collect();
        }
        let points = match on_centers {
            true => Points::on_last_rank(check, all),
            false => Points::deal(check, all),
        };
        if !relocated(check, answers, &points, centers) {
            return;
        }
    }
    // Two distances that are rounded to the same number, and the squares differ.
    let (center, [farther, nearer]) = same_root(check);
    let points = Points::deal(check, vec![nearer, farther]);
    relocated(check, answers, &points, vec![center, [1e9; 2]]);
}

fn relocated(
    check: &mut Check,
    answers: &Answers,
    points: &Points,
    mut centers: Vec<Point>,
) -> bool {
    let all = &points.all;
    let mut counts = vec![0_u64; centers.len()];
    for cluster in assigned(all, &centers) {
        counts[cluster] += 1;
    }
    let mut expected = centers.clone();
    let (moving, staying): (Vec<usize>, Vec<usize>) =
        (0..centers.len()).partition(|index| counts[*index] == 0);
    let mut placed: Vec<Point> = staying.iter().map(|index| centers[*index]).collect();
    for index in &moving {
        let mut farthest = all[0];
        for point in all {
            if weight(*point, &placed) > weight(farthest, &placed) {
                farthest = *point;
            }
        }
        expected[*index] = farthest;
        placed.push(farthest);
    }
    let input = format!("{}, the counts {counts:?}", points.describe());
    part(check, &input, |check| {
        let ((), traffic) =
            check.observe(|world| (answers.empty)(world, points.own(), &mut centers, &counts));
        let why = "each center without points moves to the point with the largest square to its nearest center, the \
                   first of several; the other centers stay";
        if check.holds("centers", centers, expected, why) {
            let why = "for each center that moves, one candidate of each rank is enough";
            few_numbers(check, &traffic, moving.len(), 2, why);
        }
    })
}
