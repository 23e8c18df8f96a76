//! The checks of the tasks that measure: statistics, and the integral.

use super::{Answers, by_collective, draw_hits, has_drawn, is_even, of_all, stream_of, together};
use crate::subject::Statistics;
use harness_mpi::{Check, Kind, Traffic, plural};
use std::{cell::Cell, f64::consts::PI};

pub fn statistics(check: &mut Check, answers: &Answers) {
    if estimates(check, answers) && in_two_numbers(check, answers) && theory(check, answers) {
        by_theory(check, answers);
    }
}

/// Returns whether it was right everywhere.
fn estimates(check: &mut Check, answers: &Answers) -> bool {
    for (runs, samples) in [(5, 1000), (1, 1), (20, 37), (0, 10)] {
        let seed = check.draw(0..1_000_000);
        check.input(format!(
            "estimates: {} of {}, seed {seed}",
            plural(runs as u64, "run"),
            plural(samples, "point")
        ));
        let before = stream_of(seed, check.rank());
        let (mut stream, mut again) = (before.clone(), before.clone());
        let estimates = (answers.estimates)(&mut stream, runs, samples);
        let mut right = check.require(estimates.len() == runs, Kind::WrongResult, || {
            format!(
                "has {} estimates, should have {runs}: one for each run",
                estimates.len()
            )
        });
        for estimate in estimates {
            let expected = 4.0 * draw_hits(&mut again, samples) as f64 / samples as f64;
            let why = "each run goes on in the stream where the one before it has ended";
            right = right && check.close(estimate, expected, 1e-14, why);
        }
        right = right && has_drawn(check, &before, &stream, runs as u64 * samples);
        if !check.everywhere(right) {
            return false;
        }
    }
    true
}

/// Returns whether it was right everywhere.
fn in_two_numbers(check: &mut Check, answers: &Answers) -> bool {
    let (rank, size) = (check.rank(), check.size());
    for (most, spread) in [(9, 0.1), (9, 1e-6), (3_000, 1e-3), (2_000, 1e-7), (1, 0.5)] {
        let mut amounts = check.draw_vec(size, 0..most);
        // All have at least two together.
        let extra = check.draw(0..size);
        amounts[extra] += 2;
        let estimates: Vec<Vec<f64>> = amounts
            .iter()
            .map(|amount| check.draw_vec(*amount, PI..PI + spread))
            .collect();
        check.input(format!(
            "statistics: the ranks have {amounts:?} estimates, pi to pi + {spread:e}"
        ));
        let mine = &estimates[rank];
        let (found, traffic) = check.observe(|world| (answers.statistics)(world, mine));
        let expected = exact(&estimates.concat());
        let why = "the mean of all estimates, on every rank";
        let mut right = check.close(found.mean, expected.mean, 1e-13, why);
        // The first case is wide: who is right there, and not here, has the right formula.
        let why = if spread < 1e-5 {
            "for estimates farther apart it was right: were two large numbers subtracted that are nearly \
             the same? Then their digits are lost; add up the squares of the distances from the mean of \
             all ranks"
        } else {
            "add up the squares of the distances from the mean of all ranks, and divide by one less than \
             the number of all estimates"
        };
        right = right && check.close(found.deviation, expected.deviation, 1e-6, why);
        if !check.everywhere(right) {
            return false;
        }
        let why = "sums travel, not the estimates";
        let bytes = moved(&traffic, rank);
        check.at_most("bytes given to MPI", bytes, 256, why);
    }
    true
}

/// The bytes that a rank gave to MPI to send.
fn moved(traffic: &Traffic, rank: usize) -> u64 {
    traffic.moves(rank).given
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
    for samples in [1, 100, check.draw(1000..1_000_000), 1 << 45] {
        check.input(format!("theory: {}", plural(samples, "point")));
        // The variance of 4 * hits / samples, with hits of the probability pi/4, is pi * (4 - pi) / samples.
        let expected = (PI * (4.0 - PI) / samples as f64).sqrt();
        let why = "hits are binomial, and an estimate is 4 * hits / samples";
        right = right && check.close((answers.theory)(samples), expected, 1e-12, why);
    }
    check.everywhere(right)
}

/// So far from what is expected, in standard deviations, comes chance once in 500 million times.
const SIGMAS: f64 = 6.0;

/// Holds what the answers measure against what theory says about it.
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
            format!("finds the {what} {found:.4}, theory says {expected:.4} ± {error:.4}: {off:.0} deviations away")
        });
    }
}

pub fn integrate(check: &mut Check, answers: &Answers) {
    let size = check.size() as u64;
    let aside = check.aside();
    let steepness = check.draw(-3.0..-2.0);
    let functions: [(&str, &dyn Fn(f64) -> f64); 2] = [
        ("4 / (1 + x²)", &|x: f64| 4.0 / (1.0 + x * x)),
        ("exp(a x)", &|x: f64| (steepness * x).exp()),
    ];
    for steps in [1009, 1, 2, 1000 * size, (size - 1).max(1), 10_007] {
        for (name, f) in functions {
            check.input(format!(
                "{name} in {}, a = {steepness}",
                plural(steps, "step")
            ));
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
                    "sees that all ranks evaluate f {}, for {}",
                    plural(total, "time"),
                    plural(steps, "step")
                )
            });
            let why = "the width of a step times the sum of f in the middle of each, on every rank";
            right = right
                && check.close(integral, expected, 1e-11, why)
                && is_even(check, evaluations.get(), steps, 0, "evaluates f in");
            if !check.everywhere(right) {
                return;
            }
            by_collective(check, &traffic);
        }
    }
}
