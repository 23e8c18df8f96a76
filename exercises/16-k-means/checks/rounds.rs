//! The checks of `assign`, `sums`, `broken-means`, `step` and `converged`.

use super::{
    Answers, moves, part,
    points::{
        HUGE, LEAST, Points, TINY, assigned, clouds, fields, forgiven, largest, moved, on_a_grid,
        same_root, scaled, summed,
    },
};
use crate::subject::Point;
use harness_mpi::{Bounds, Check, Traffic, plural};

const ALL_REDUCE: &[&str] = &["MPI_Allreduce", "MPI_Iallreduce"];

/// More points than 16 bits can count.
const MANY: usize = 70_000;

/// Numbers of points: fewer than ranks, with every remainder, and more than the sums need.
fn lengths(check: &mut Check) -> Vec<usize> {
    let size = check.size();
    let mut lengths = check.lengths(size);
    lengths.truncate(4);
    lengths.extend([0, 300]);
    // Without points nearly everything is right but the number of calls: what is wrong with points is said first.
    lengths.sort_by_key(|length| *length == 0);
    lengths
}

pub fn assign(check: &mut Check, answers: &Answers) {
    let _ = scattered(check, answers)
        && nearly_in_the_middle(check, answers)
        && far_from_the_origin(check, answers)
        && squares_decide(check, answers)
        && rounding_decides(check, answers)
        && many_centers(check, answers);
}

/// Distances that are rounded to the same number, but whose squares differ.
fn squares_decide(check: &mut Check, answers: &Answers) -> bool {
    let (point, centers) = same_root(check);
    check.input(format!("the point {point:?}, the centers {centers:?}"));
    let returned = (answers.assign)(&[point], &centers);
    let why = "the index of the center with the smaller square, even if the roots are rounded to the same number";
    check.returned(returned, assigned(&[point], &centers), why)
}

/// Points that are equally far from two centers, because `dx` and `dy` change places. The squares are rounded.
fn rounding_decides(check: &mut Check, answers: &Answers) -> bool {
    let mut number = || check.draw(1_i64 << 40..1 << 52) as f64;
    let (x, y) = (number(), number());
    let points: Vec<Point> = (0..64).map(|_| [number(); 2]).collect();
    let centers = [[x, y], [y, x]];
    check.input("64 points with two equal coordinates, the centers [x, y] and [y, x]");
    let returned = (answers.assign)(&points, &centers);
    let why = "`dx * dx + dy * dy` is the same number for both centers, and the first of them counts; a `mul_add` \
               rounds otherwise";
    check.returned(returned, assigned(&points, &centers), why)
}

/// More centers than 16 bits can count.
fn many_centers(check: &mut Check, answers: &Answers) -> bool {
    let centers: Vec<Point> = (0..MANY).map(|index| [index as f64, 0.0]).collect();
    let mut points = vec![centers[MANY - 1]];
    points.extend((0..3).map(|_| [check.draw(0..MANY) as f64, 1.0]));
    check.input(format!("4 points, {MANY} centers"));
    let returned = (answers.assign)(&points, &centers);
    let why = "the index of the nearest center for each point";
    check.returned(returned, assigned(&points, &centers), why)
}

/// Two centers that are close together and far from the origin, and points that are a little nearer to one of them.
/// The differences of the coordinates are exact, but the products of the coordinates are not.
fn far_from_the_origin(check: &mut Check, answers: &Answers) -> bool {
    // Below 2^27, multiples of this have at most 53 bits.
    const GRAIN: f64 = 1.0 / (1_u64 << 26) as f64;
    let [x, y] = [0; 2].map(|_| check.draw(1_i64 << 52..(1 << 53) - (1 << 30)));
    // An `f32` of this size counts by fours, even if it holds a difference.
    let half = 64 * check.draw(1_i64 << 19..1 << 20);
    let centers = [x, x + 2 * half].map(|x| [x as f64 * GRAIN, y as f64 * GRAIN]);
    let points: Vec<Point> = (0..64)
        .map(|index| {
            let beside = if index % 2 == 0 { 1 } else { -1 };
            let y = y + check.draw(-(1_i64 << 26)..1 << 26);
            [x + half + beside, y].map(|number| number as f64 * GRAIN)
        })
        .collect();
    check.input("64 points far from the origin, nearly in the middle between 2 centers");
    let returned = (answers.assign)(&points, &centers);
    let why = "the index of the center with the smaller `dx * dx + dy * dy` for each point";
    check.returned(returned, assigned(&points, &centers), why)
}

/// Two centers and points that are a little nearer to one of them: by less than an `f32` can tell.
fn nearly_in_the_middle(check: &mut Check, answers: &Answers) -> bool {
    // An `f32` of this size counts by eights, and so rounds all points to the middle itself.
    let start = 64 * check.draw(-16..16);
    let half = 64 * check.draw(1 << 20..1 << 21);
    let centers = [start, start + 2 * half].map(|x| [f64::from(x), 0.0]);
    let points: Vec<Point> = (0..20)
        .map(|index| {
            let beside = if index % 2 == 0 { 1 } else { check.draw(-2..3) };
            let y = f64::from(check.draw(-99..100));
            [f64::from(start + half + beside), y]
        })
        .collect();
    check.input("20 points, nearly in the middle between 2 centers");
    let returned = (answers.assign)(&points, &centers);
    let why = "the index of the nearest center for each point, the first of several";
    check.returned(returned, assigned(&points, &centers), why)
}

fn scattered(check: &mut Check, answers: &Answers) -> bool {
    for (points, centers) in [(0, 3), (1, 1), (200, 1), (200, 2), (300, 7), (60, 40)] {
        // Squares of tiny distances are far below the distances, and those of huge ones nearly overflow.
        for unit in [None, Some(1.0), Some(TINY), Some(LEAST), Some(HUGE)] {
            let (points, mut centers) = match unit {
                Some(_) => (on_a_grid(check, points), on_a_grid(check, centers)),
                None => (clouds(check, points, 5), clouds(check, centers, 5)),
            };
            if centers.len() > 2 {
                // One center twice: the second one gets no point.
                let twice = check.draw(0..centers.len() - 1);
                *centers.last_mut().expect("there are three") = centers[twice];
            }
            let unit = unit.unwrap_or(1.0);
            let mut points = scaled(&points, unit);
            let mut centers = scaled(&centers, unit);
            // An answer must not depend on the call before.
            let turns = [
                "",
                ", the same points as before with other centers",
                ", the same centers as before with other points",
            ];
            for (turn, again) in turns.into_iter().enumerate() {
                match turn {
                    0 => {}
                    1 => centers.rotate_left(1),
                    _ => points.reverse(),
                }
                check.input(format!(
                    "{}, {}, coordinates {}{again}",
                    plural(points.len() as u64, "point"),
                    plural(centers.len() as u64, "center"),
                    described(unit)
                ));
                let returned = (answers.assign)(&points, &centers);
                let why = "the index of the nearest center for each point, the first of several";
                if !check.returned(returned, assigned(&points, &centers), why) {
                    return false;
                }
            }
        }
    }
    true
}

/// The size of coordinates, for people.
fn described(unit: f64) -> &'static str {
    match unit {
        TINY => "near 10^-18",
        LEAST => "near 10^-161",
        HUGE => "near 10^120",
        1.0 => "that are whole numbers",
        _ => "with digits after the point",
    }
}

/// One all-reduce of three numbers for each cluster.
fn one_all_reduce(check: &mut Check, traffic: &Traffic, clusters: usize, rounds: usize) -> bool {
    let bytes = (rounds * (24 * clusters + 64)) as u64;
    let bounds = Bounds {
        given: bytes,
        got: bytes,
        calls: rounds as u64,
    };
    let why = "one all-reduce adds up the sums and counts of all ranks, and no points are sent";
    let little = moves(check, traffic, bounds, why);
    little
        && (check.size() == 1
            || rounds == 0
            || check.uses(
                traffic,
                ALL_REDUCE,
                "an all-reduce adds up the numbers, and every rank gets the sums",
            ))
}

/// Many points, quick to draw.
fn many(check: &mut Check) -> Vec<Point> {
    let numbers = check.ramp(2 * MANY);
    let pairs = numbers.as_chunks::<2>().0.iter();
    pairs.map(|pair| pair.map(f64::from)).collect()
}

pub fn sums(check: &mut Check, answers: &Answers) {
    let mut cases: Vec<(usize, usize)> = Vec::new();
    for length in lengths(check) {
        cases.push((length, check.pick(&[1, 2, 5, 9])));
    }
    if check.size() <= 4 {
        cases.push((MANY, 1));
    }
    for (length, clusters) in cases {
        let mut all: Vec<Point> = match length {
            MANY => many(check),
            _ => check
                .exact_summands(2 * length)
                .chunks_exact(2)
                .map(|pair| [pair[0], pair[1]])
                .collect(),
        };
        if length > 1 {
            // It counts as any other.
            all[length / 2] = [0.0; 2];
        }
        // One cluster has no points, if there are several.
        let unused = check.draw(0..clusters);
        let nearest: Vec<usize> = (0..length)
            .map(|_| match check.draw(0..clusters) {
                cluster if cluster == unused => (unused + 1) % clusters,
                cluster => cluster,
            })
            .collect();
        let points = Points::deal(check, all);
        let input = format!(
            "{}, {}",
            points.describe(),
            plural(clusters as u64, "cluster")
        );
        let right = part(check, &input, |check| {
            let (returned, traffic) = check.observe(|world| {
                (answers.sums)(world, points.own(), &nearest[points.own.clone()], clusters)
            });
            let expected = summed(&points.all, &nearest, clusters);
            let why = "(count, sum) of each cluster, over all ranks";
            if check.returned(fields(&returned), expected, why) {
                one_all_reduce(check, &traffic, clusters, 1);
            }
        });
        if !right {
            return;
        }
    }
    where_sums_are_rounded(check, answers);
}

/// Points whose sums are rounded: the order of the additions is up to the answer, but must be the same on all ranks.
fn where_sums_are_rounded(check: &mut Check, answers: &Answers) {
    const CLUSTERS: usize = 3;
    let points = Points::rounded(check);
    // The same on each rank.
    let nearest = check.draw_vec(points.own.len(), 0..CLUSTERS);
    let nearest = nearest.repeat(check.size());
    let input = format!("{}, {CLUSTERS} clusters", points.describe());
    part(check, &input, |check| {
        let (returned, _) = check.observe(|world| {
            (answers.sums)(world, points.own(), &nearest[points.own.clone()], CLUSTERS)
        });
        let (counts, expected): (Vec<u64>, Vec<Point>) =
            summed(&points.all, &nearest, CLUSTERS).into_iter().unzip();
        let (own_counts, own): (Vec<u64>, Vec<Point>) = fields(&returned).into_iter().unzip();
        let right = check.holds(
            "counts",
            own_counts,
            counts,
            "one for each cluster, over all ranks",
        ) && check.holds(
            "sums",
            forgiven(&own, &expected),
            expected,
            "one for each cluster, over all ranks",
        );
        check.same_bits(right, own.as_flattened(), SAME);
    });
}

pub fn broken_means(check: &mut Check, answers: &Answers) {
    let mut cases: Vec<Vec<Point>> = Vec::new();
    for length in lengths(check) {
        cases.push(clouds(check, length, 3));
    }
    // A sum of 0, and points at the origin, which count as any others.
    if check.size() <= 4 {
        cases.push(many(check));
    }
    cases.push(vec![[3.0, -5.0], [-3.0, 5.0]]);
    cases.push([[0.0; 2]].repeat(5));
    cases.push([&[[0.0; 2]; 3][..], &[[8.0, 4.0]]].concat());
    let mut cases: Vec<Points> = cases
        .into_iter()
        .map(|all| Points::deal(check, all))
        .collect();
    cases.push(Points::rounded(check));
    for points in cases {
        let length = points.all.len();
        let right = part(check, &points.describe(), |check| {
            let (returned, traffic) =
                check.observe(|world| (answers.broken_means)(world, points.own()));
            let sum = summed(&points.all, &vec![0; length], 1)[0].1;
            let mean = sum.map(|sum| sum / length as f64);
            let expected = (length > 0).then_some(mean);
            let mean = returned;
            let returned = returned.map(|mean| match expected {
                Some(expected) => forgiven(&[mean], &[expected])[0],
                None => mean,
            });
            let why = "the mean of all points, or `None` if there are no points; the ranks have different numbers \
                       of points";
            let right = check.returned(returned, expected, why);
            let own = mean.unwrap_or_default();
            if check.same_bits(right, &own, SAME) {
                let bounds = Bounds {
                    given: 64,
                    got: 64,
                    calls: 2,
                };
                let why = "a sum and a count from each rank are enough";
                moves(check, &traffic, bounds, why);
            }
        });
        if !right {
            return;
        }
    }
}

pub fn step(check: &mut Check, answers: &Answers) {
    let mut sizes = Vec::new();
    for length in lengths(check) {
        sizes.push((length, check.pick(&[1, 2, 4, 7]), 1.0));
    }
    // However little a center moves; and so many centers that a fourth number for each is too much.
    sizes.push((50, 12, TINY));
    let mut cases = Vec::new();
    for (length, clusters, unit) in sizes {
        let grid = unit != 1.0 || check.draw(0..2) == 0;
        let (all, expected) = match grid {
            true => (on_a_grid(check, length), on_a_grid(check, clusters)),
            false => (clouds(check, length, 4), clouds(check, clusters, 4)),
        };
        let (mut all, mut expected) = (scaled(&all, unit), scaled(&expected, unit));
        if length > 1 {
            all[length / 2] = [0.0; 2];
        }
        if clusters > 2 {
            // Nothing is near to this one.
            expected[check.draw(0..clusters)] = [1e9 * unit, -1e9 * unit];
        }
        cases.push((Points::deal(check, all), expected, unit));
    }
    let (point, centers) = same_root(check);
    let point = Points::deal(check, vec![point]);
    cases.push((point, centers.to_vec(), 1.0));
    cases.push((Points::rounded(check), vec![[1.0, 2.0]], 0.1));
    for (points, mut expected, unit) in cases {
        let clusters = expected.len();
        let mut centers = expected.clone();
        let input = format!(
            "{}, {}, coordinates {}",
            points.describe(),
            plural(clusters as u64, "center"),
            described(unit)
        );
        let right = part(check, &input, |check| {
            let (farthest, traffic) =
                check.observe(|world| (answers.step)(world, points.own(), &mut centers));
            let nearest = assigned(&points.all, &expected);
            let way = moved(&mut expected, &summed(&points.all, &nearest, clusters));
            let why = "the mean of its points, over all ranks; a center without points stays";
            // Means may be rounded otherwise, and so what is left when they hardly move.
            let own = [centers.as_flattened(), &[farthest]].concat();
            let good = (farthest - way).abs() <= 1e-12 * largest(&points.all);
            let farthest = if good { way } else { farthest };
            let right = check.holds("centers", forgiven(&centers, &expected), expected, why)
                && check.close(
                    farthest,
                    way,
                    1e-9,
                    "the largest distance that a center has moved",
                );
            if check.same_bits(right, &own, SAME) {
                one_all_reduce(check, &traffic, clusters, 1);
            }
        });
        if !right {
            return;
        }
    }
}

const SAME: &str =
    "what is computed from the same numbers in the same order is the same on all ranks";

/// The counts and sums of the clusters in each round.
fn history(points: &[Point], first: &[Point], limit: usize) -> Vec<Vec<(u64, Point)>> {
    let mut centers = first.to_vec();
    let mut rounds = Vec::new();
    let mut before = None;
    while rounds.len() < limit {
        let nearest = assigned(points, &centers);
        let clusters = summed(points, &nearest, centers.len());
        moved(&mut centers, &clusters);
        rounds.push(clusters);
        if points.is_empty() || before.replace(nearest.clone()) == Some(nearest) {
            break;
        }
    }
    rounds
}

/// Points and centers that exchange points in some round: their counts stay, and the round is not the last one.
fn exchange(check: &mut Check) -> (Vec<Point>, Vec<Point>) {
    const TRIALS: usize = 10_000;
    let mut found = (Vec::new(), Vec::new());
    for _ in 0..TRIALS {
        let length = check.draw(6..12);
        let (points, centers) = (clouds(check, length, 1), clouds(check, 3, 1));
        let counts: Vec<Vec<u64>> = history(&points, &centers, 1000)
            .iter()
            .map(|clusters| clusters.iter().map(|(count, _)| *count).collect())
            .collect();
        // The last two rounds always have the same counts.
        let early = counts.len().saturating_sub(1);
        let stays = counts[..early].windows(2).any(|pair| pair[0] == pair[1]);
        found = (points, centers);
        if stays {
            break;
        }
    }
    found
}

pub fn converged(check: &mut Check, answers: &Answers) {
    let (all, centers) = exchange(check);
    let mut cases = vec![(Points::deal(check, all), centers, 1000)];
    for (length, clusters, limit) in [
        (300, 3, 1000),
        // So many centers that a fourth number for each is too much.
        (300, 12, 1000),
        (check.draw(2..9), 2, 1000),
        (0, 2, 5),
        (200, 5, 2),
        (100, 2, 0),
        (1, 1, 1),
    ] {
        // Far from where they will be, so that it takes some rounds.
        let centers = clouds(check, clusters, 1);
        let all = clouds(check, length, 2 * clusters);
        cases.push((Points::deal(check, all), centers, limit));
    }
    // Two rounds, although no center moves: in the first one, every point counts as changed.
    // Whatever the call before has left.
    let (points, mut centers) = (clouds(check, 40, 3), clouds(check, 3, 1));
    let points = Points::deal(check, points);
    cases.push((points.clone(), centers.clone(), 1000));
    for clusters in history(&points.all, &centers, 1000) {
        moved(&mut centers, &clusters);
    }
    cases.push((points, centers, 1000));
    // All near the first center, where an answer may think that they have been before.
    let points = on_a_grid(check, 100);
    cases.push((
        Points::deal(check, points),
        vec![[0.0; 2], [1e6, 1e6]],
        1000,
    ));
    // As many points on one rank as 8 or 16 bits cannot count, and no limit. In the second round, one of them changes:
    // the second center moves from 210 to 180.
    let mut points = on_a_grid(check, (1 << 16) - 2);
    points.extend([[100.0, 0.0], [180.0, 0.0]]);
    let points = Points::on_last_rank(check, points);
    cases.push((points, vec![[0.0; 2], [210.0, 0.0]], usize::MAX));
    cases.push((Points::rounded(check), vec![[1.0, 2.0]], 1000));
    // The squares decide here, too; and the limit has no lower 32 bits.
    let (point, centers) = same_root(check);
    let points = Points::deal(check, vec![point]);
    cases.push((points, centers.to_vec(), 1 << 32));
    for (points, first, limit) in cases {
        let clusters = first.len();
        let (mut centers, mut expected) = (first.clone(), first.clone());
        let mut rounds = 0;
        for clusters in history(&points.all, &first, limit) {
            rounds += 1;
            moved(&mut expected, &clusters);
        }
        let input = format!(
            "{}, {}, at most {}",
            points.describe(),
            plural(clusters as u64, "center"),
            plural(limit as u64, "round")
        );
        let right = part(check, &input, |check| {
            let (returned, traffic) = check
                .observe(|world| (answers.converged)(world, points.own(), &mut centers, limit));
            let why = "the number of rounds up to the first in which no point of any rank has a different center \
                       than before";
            let right = check.returned(returned, rounds, why)
                && check.holds(
                    "centers",
                    forgiven(&centers, &expected),
                    expected.clone(),
                    "the means of their points, after the last round",
                );
            if check.same_bits(right, centers.as_flattened(), SAME) {
                one_all_reduce(check, &traffic, clusters + 1, rounds);
            }
        });
        if !right {
            return;
        }
    }
}
