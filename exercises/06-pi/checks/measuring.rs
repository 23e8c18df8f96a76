//! The checks of the tasks that measure: statistics, and the integral.

use super::{
    Answers, NEAR, by_collective, draw_hits, has_drawn, has_share, moved, of_all, reason,
    stream_of, stream_to, together,
};
use crate::subject::Statistics;
use harness_mpi::{Check, Kind, plural};
use std::{cell::Cell, f64::consts::PI, iter};

pub fn statistics(check: &mut Check, answers: &Answers) {
    if estimates(check, answers) && in_two_numbers(check, answers) && theory(check, answers) {
        by_theory(check, answers);
    }
}

/// Returns whether it was right everywhere.
fn estimates(check: &mut Check, answers: &Answers) -> bool {
    let mut amounts = vec![(5, 1000), (1, 1), (20, 37), (0, 10)];
    // More runs, and more points, than 16 bits can count. The rank makes no difference, so one rank is enough.
    let many = check.draw(66_000..67_000);
    if check.rank() == 0 {
        amounts.extend([(many as usize, 2), (2, 2 * many)]);
    }
    let seeds = [(); 6].map(|()| check.draw(0..u64::MAX));
    let mut all = true;
    for ((runs, samples), seed) in amounts.into_iter().zip(seeds) {
        check.input(format!(
            "estimates: {} of {}, seed {seed}",
            plural(runs, "run"),
            plural(samples, "point")
        ));
        let before = stream_of(seed, check.rank());
        let (mut stream, mut again) = (before.clone(), before.clone());
        let estimates = (answers.estimates)(&mut stream, runs, samples);
        let mut right = check.require(estimates.len() == runs, Kind::WrongResult, || {
            format!(
                "returned {}, should return {runs}: one for each run",
                plural(estimates.len(), "estimate")
            )
        });
        for estimate in estimates {
            let expected = 4.0 * draw_hits(&mut again, samples) as f64 / samples as f64;
            let why = "each run continues in the stream where the run before it ended";
            right = right && check.close(estimate, expected, 1e-14, why);
        }
        right = right && has_drawn(check, &before, &stream, runs as u64 * samples);
        all &= right;
        if !right {
            break;
        }
    }
    for (point, hits, why) in NEAR {
        check.input(format!("estimates: 1 run of 1 point, {point:?}"));
        let mut stream = stream_to(point, check.draw(0..u64::MAX));
        let found = all.then(|| (answers.estimates)(&mut stream, 1, 1));
        all = all && check.returned(found, Some(vec![4.0 * hits as f64]), why);
    }
    check.everywhere(all)
}

/// Returns whether it was right everywhere.
fn in_two_numbers(check: &mut Check, answers: &Answers) -> bool {
    let (rank, size) = (check.rank(), check.size());
    for (most, extra, spread) in [
        (9, 2, 0.1),
        (9, 2, 1e-6),
        (3_000, 2, 1e-3),
        // One rank has more than 16 bits can count; the others have none, or one.
        (2, 66_000, 1e-2),
        (2_000, 2, 1e-7),
        (1, 2, 0.5),
    ] {
        let mut amounts = check.draw_vec(size, 0..most);
        // Together, the ranks have at least two.
        amounts[check.draw(0..size)] += extra;
        // Rank 0, or the last, has none where the numbers are close together.
        if spread < 1e-5 && size > 1 {
            let (none, other) = if most == 9 {
                (0, size - 1)
            } else {
                (size - 1, 0)
            };
            amounts[other] += amounts[none];
            amounts[none] = 0;
        }
        // Not near pi, in case an answer subtracts that.
        let least = check.draw(1.0..2.5);
        let estimates: Vec<Vec<f64>> = amounts
            .iter()
            .map(|amount| check.draw_vec(*amount, least..least + spread))
            .collect();
        check.input(format!(
            "statistics: the ranks have {amounts:?} estimates, between {least} and {spread:e} more"
        ));
        let mine = &estimates[rank];
        let (found, traffic) = check.observe(|world| (answers.statistics)(world, mine));
        let expected = exact(&estimates.concat());
        let why = "the mean of all estimates, on every rank";
        let mut right = check.close(found.mean, expected.mean, 1e-11, why);
        // The first case is spread widely: an answer that is right there and wrong here has the right formula.
        let why = if spread < 1e-5 {
            "it was right for estimates that are farther apart. Are two large numbers subtracted that are \
             nearly equal? Then their digits are lost: add up the squares of the distances from the mean \
             of all ranks instead"
        } else {
            "add up the squares of the distances from the mean of all ranks, and divide by one less than \
             the number of all estimates"
        };
        right = right && check.close(found.deviation, expected.deviation, 1e-6, why);
        if !check.everywhere(right) {
            return false;
        }
        let why = "only a few numbers from each rank have to travel, not its estimates";
        let bytes = moved(&traffic, rank);
        check.at_most("bytes given to MPI", bytes, 256 + 64 * size as u64, why);
    }
    true
}

/// Mean and deviation in two passes, in which no digits are lost.
fn exact(estimates: &[f64]) -> Statistics {
    let runs = estimates.len() as f64;
    let mean = estimates.iter().sum::<f64>() / runs;
    let squares: f64 = estimates
        .iter()
        .map(|estimate| (estimate - mean).powi(2))
        .sum();
    Statistics {
        mean,
        deviation: (squares / (runs - 1.0)).sqrt(),
    }
}

/// Returns whether it was right everywhere.
fn theory(check: &mut Check, answers: &Answers) -> bool {
    let mut right = true;
    for samples in [
        1,
        100,
        check.draw(1000..1_000_000),
        // An `f32` cannot hold it.
        (1 << 24) + 1,
        1 << 33,
        1 << 60,
        // Nor can a number with a sign.
        3 << 62,
    ] {
        check.input(format!("theory: {}", plural(samples, "point")));
        // The variance of 4 * hits / samples, with hits of the probability pi/4, is pi * (4 - pi) / samples.
        let expected = (PI * (4.0 - PI) / samples as f64).sqrt();
        let why =
            "the number of hits has a binomial distribution, and an estimate is 4 * hits / samples";
        right = right && check.close((answers.theory)(samples), expected, 1e-12, why);
    }
    check.everywhere(right)
}

/// In standard deviations: chance alone deviates this far once in 500 million times.
const SIGMAS: f64 = 6.0;

/// Compares what the answers measure with theory.
fn by_theory(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let (runs, samples) = (840, 400);
    let seed = check.draw(0..1_000_000);
    check.input(format!(
        "{} of {} in all, seed {seed}",
        plural(runs, "run"),
        plural(samples, "point")
    ));
    let mut stream = stream_of(seed, rank);
    let mine = (answers.estimates)(&mut stream, runs / size, samples);
    let (found, _) = check.observe(|world| (answers.statistics)(world, &mine));
    let runs = (runs / size * size) as f64;
    let deviation = (answers.theory)(samples);
    for (what, found, expected, error) in [
        ("mean", found.mean, PI, deviation / runs.sqrt()),
        (
            "deviation",
            found.deviation,
            deviation,
            deviation / (2.0 * (runs - 1.0)).sqrt(),
        ),
    ] {
        let off = (found - expected) / error;
        check.require(off.abs() < SIGMAS, Kind::WrongResult, || {
            format!(
                "returned estimates whose {what} is {found:.4}, but theory says {expected:.4} ± {error:.4}: it is {off:.0} \
                 standard deviations away"
            )
        });
    }
}

pub fn integrate(check: &mut Check, answers: &Answers) {
    let size = check.size() as u64;
    let aside = check.aside();
    // First, more than 16 bits can count: a number that no number of ranks divides.
    let lengths = check.lengths(size as usize);
    let lengths = lengths.into_iter().filter(|steps| *steps > 0);
    let amounts = iter::once(100_003).chain(lengths.map(|steps| steps as u64));
    for steps in amounts {
        let steepness = check.draw(-3.0..-2.0);
        let shift = check.draw(0..1000);
        // A different value for each step, so that one that is left out, or done twice, is found.
        let jagged = |x: f64| {
            let step = (x * steps as f64).floor() as u64;
            ((step + shift) * 7919 % 2003) as f64 + 0.25
        };
        let functions: [(String, &dyn Fn(f64) -> f64); 3] = [
            (String::from("4 / (1 + x²)"), &|x: f64| 4.0 / (1.0 + x * x)),
            (format!("-exp({steepness} x)"), &|x: f64| {
                -(steepness * x).exp()
            }),
            (String::from("a different value in each step"), &jagged),
        ];
        for (name, f) in functions {
            check.input(format!("{name} in {}", plural(steps, "step")));
            let evaluations = Cell::new(0);
            let counted = |x: f64| {
                evaluations.set(evaluations.get() + 1);
                f(x)
            };
            let (integral, traffic) =
                check.observe(|world| (answers.integrate)(world, &counted, steps));
            let middle = |step: u64| (step as f64 + 0.5) / steps as f64;
            let expected = (0..steps).map(|step| f(middle(step))).sum::<f64>() / steps as f64;
            let total = of_all(&aside, evaluations.get());
            let mut right = together(check, total == steps, || {
                format!(
                    "found that all ranks together evaluated f {} for {}: {}",
                    plural(total, "time"),
                    plural(steps, "step"),
                    reason(total, steps, size)
                )
            });
            let why =
                "the width of a step times the sum of f at the middle of every step, on every rank";
            right = right
                && check.close(integral, expected, 1e-9, why)
                && has_share(check, evaluations.get(), steps, "evaluated f in", "step");
            if !check.everywhere(right) {
                return;
            }
            if !by_collective(check, &traffic, steps) {
                return;
            }
        }
    }
}
