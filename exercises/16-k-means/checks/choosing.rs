//! The checks of `start` and `empty`: centers that are chosen among the points of all ranks.

use super::{
    Answers, part,
    points::{Points, assigned, on_a_grid, squared},
};
use crate::subject::Point;
use harness_mpi::{Bounds, Check, Traffic, plural};

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
    check.moves(traffic, bounds, why)
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
    for (points, choice) in cases {
        let clusters = choice.centers.len();
        let input = format!(
            "{}, {}, the draws {:?}",
            points.describe(),
            plural(clusters as u64, "center"),
            choice.draws
        );
        let right = part(check, &input, |check| {
            let mut drawn = 0;
            let mut draw = || {
                let number = choice.draws.get(drawn).copied().unwrap_or(0.5);
                drawn += 1;
                number
            };
            let (returned, traffic) =
                check.observe(|world| (answers.start)(world, points.own(), clusters, &mut draw));
            let why = "each center is the first point at which the sum of the weights exceeds the draw times the \
                       sum of all weights";
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
        });
        if !right {
            return;
        }
    }
}

pub fn empty(check: &mut Check, answers: &Answers) {
    for (length, clusters, without) in [
        (200, 3, 1),
        (100, 5, 2),
        (1, 3, 2),
        (50, 4, 0),
        (60, 6, 3),
        (10, 2, 1),
    ] {
        let all = on_a_grid(check, length);
        let mut centers = on_a_grid(check, clusters);
        let mut far: Vec<usize> = (0..clusters).collect();
        check.shuffle(&mut far);
        for index in &far[..without] {
            // Far from all points: farther than any of them can be from another center.
            centers[*index] = [1e4 + *index as f64, -1e4];
        }
        let mut counts = vec![0_u64; clusters];
        for cluster in assigned(&all, &centers) {
            counts[cluster] += 1;
        }
        let mut expected = centers.clone();
        let has_points = |index: &usize| counts[*index] > 0;
        let mut placed: Vec<Point> = (0..clusters)
            .filter(has_points)
            .map(|index| centers[index])
            .collect();
        let moving: Vec<usize> = (0..clusters).filter(|index| !has_points(index)).collect();
        for index in &moving {
            let mut farthest = all[0];
            for point in &all {
                if weight(*point, &placed) > weight(farthest, &placed) {
                    farthest = *point;
                }
            }
            expected[*index] = farthest;
            placed.push(farthest);
        }
        let points = Points::deal(check, all);
        let input = format!("{}, the counts {counts:?}", points.describe());
        let right = part(check, &input, |check| {
            let ((), traffic) =
                check.observe(|world| (answers.empty)(world, points.own(), &mut centers, &counts));
            let why = "each center without points moves to the point that is farthest from its nearest center, the \
                       first of several; the other centers stay";
            if check.holds("centers", centers, expected, why) {
                let why = "for each center that moves, one candidate of each rank is enough";
                few_numbers(check, &traffic, moving.len(), 2, why);
            }
        });
        if !right {
            return;
        }
    }
}
