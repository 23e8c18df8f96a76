//! Mistakes in the task `statistics`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{
    collective::SystemOperation, datatype::PartitionMut, topology::SimpleCommunicator, traits::*,
};
use pi_solution::{Count, Statistics, Stream, hits};
use rand::RngExt;
use std::f64::consts::PI;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("statistics": estimates = the_same_run_again => WrongResult,
        "begins each run at the start of the stream, so that all are equal"),
    mistake!("statistics": estimates = a_run_too_many => WrongResult,
        "counts the runs from 0 to their number, both included"),
    mistake!("statistics": estimates = a_quarter => WrongResult,
        "forgets that a quarter circle was drawn"),
    mistake!("statistics": statistics = only_its_own => WrongResult,
        "looks at its own estimates only"),
    mistake!("statistics": statistics = mean_of_the_means => WrongResult,
        "takes the mean of the ranks' means, as if all had the same amount"),
    mistake!("statistics": statistics = around_its_own_mean => WrongResult,
        "adds up the distances from its own mean in place of the mean of all"),
    mistake!("statistics": statistics = over_their_number => WrongResult,
        "divides the squares by the number of estimates"),
    mistake!("statistics": statistics = difference_of_squares => WrongResult,
        "subtracts the square of the mean from the mean of the squares: equal digits cancel"),
    mistake!("statistics": statistics = around_its_first => Panic,
        "takes its first estimate for a start, but a rank may have none"),
    mistake!("statistics": statistics = all_to_everybody => TooMuchCommunication,
        "gathers all estimates on every rank"),
    mistake!("statistics": theory = of_the_hits => WrongResult,
        "takes the deviation of the share of hits, without the factor of 4"),
    mistake!("statistics": theory = the_variance => WrongResult,
        "returns the variance"),
    mistake!("statistics": theory = too_hopeful => WrongResult,
        "lets the error fall as 1/N"),
    mistake!("statistics": estimates = runs_of_16_bits => WrongResult,
        "takes the number of runs for one of 16 bits"),
    mistake!("statistics": estimates = coordinates_of_32_bits => WrongResult,
        "counts by itself, with coordinates of 32 bits"),
    mistake!("statistics": statistics = in_16_bits => WrongResult,
        "counts the estimates in 16 bits"),
    mistake!("statistics": statistics = in_4_of_8_bytes => TypeMismatch,
        "counts the estimates in a `usize`, and gives MPI a receive buffer of i32"),
    mistake!("statistics": statistics = in_single_precision => WrongResult,
        "adds up in `f32`"),
    mistake!("statistics": statistics = around_pi => WrongResult,
        "takes the distances from pi in place of those from the mean"),
    mistake!("statistics": statistics = difference_about_pi => WrongResult,
        "subtracts two sums of distances from pi, which are large where the estimates are not near pi"),
    mistake!("statistics": theory = samples_in_single => WrongResult,
        "takes the number of points for an f32"),
    mistake!("statistics": theory = samples_with_a_sign => WrongResult,
        "takes the number of points for one with a sign"),
    mistake!("statistics": theory = in_32_bits => WrongResult,
        "takes the number of points for one of 32 bits"),
    mistake!("statistics": statistics = around_the_first_of_rank_0 => WrongResult,
        "subtracts the first estimate of rank 0, or nothing if that rank has none"),
];

fn the_same_run_again(stream: &mut Stream, runs: usize, samples: u64) -> Vec<f64> {
    let start = stream.clone();
    let estimate = |_| {
        *stream = start.clone();
        let hits = hits(stream, samples);
        Count { hits, samples }.pi()
    };
    (0..runs).map(estimate).collect()
}

fn a_run_too_many(stream: &mut Stream, runs: usize, samples: u64) -> Vec<f64> {
    pi_solution::estimates(stream, runs + 1, samples)
}

fn a_quarter(stream: &mut Stream, runs: usize, samples: u64) -> Vec<f64> {
    let estimates = pi_solution::estimates(stream, runs, samples);
    estimates
        .into_iter()
        .map(|estimate| estimate / 4.0)
        .collect()
}

fn coordinates_of_32_bits(stream: &mut Stream, runs: usize, samples: u64) -> Vec<f64> {
    let mut hit = || {
        let (x, y): (f32, f32) = stream.random();
        x * x + y * y < 1.0
    };
    let mut run = || (0..samples).map(|_| u64::from(hit())).sum();
    let estimate = |hits| Count { hits, samples }.pi();
    (0..runs).map(|_| estimate(run())).collect()
}

fn on_all<const N: usize>(world: &SimpleCommunicator, own: [f64; N]) -> [f64; N] {
    let mut all = [0.0; N];
    world.all_reduce_into(&own[..], &mut all[..], SystemOperation::sum());
    all
}

fn squares(estimates: &[f64], mean: f64) -> f64 {
    estimates
        .iter()
        .map(|estimate| (estimate - mean).powi(2))
        .sum()
}

fn sum_and_runs(estimates: &[f64]) -> [f64; 2] {
    [estimates.iter().sum(), estimates.len() as f64]
}

fn in_two_numbers(mean: f64, squares: f64, over: f64) -> Statistics {
    Statistics {
        mean,
        deviation: (squares / over).sqrt(),
    }
}

fn only_its_own(_: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let [sum, runs] = sum_and_runs(mine);
    in_two_numbers(sum / runs, squares(mine, sum / runs), runs - 1.0)
}

fn mean_of_the_means(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let [sum, runs] = sum_and_runs(mine);
    let own = if runs > 0.0 { sum / runs } else { PI };
    let [sum, runs] = on_all(world, [own, runs]);
    let mean = sum / f64::from(world.size());
    let [squares] = on_all(world, [squares(mine, mean)]);
    in_two_numbers(mean, squares, runs - 1.0)
}

fn around_its_own_mean(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let [sum, runs] = sum_and_runs(mine);
    let [sum, runs, squares] = on_all(world, [sum, runs, squares(mine, sum / runs)]);
    in_two_numbers(sum / runs, squares, runs - 1.0)
}

fn over_their_number(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let [sum, runs] = on_all(world, sum_and_runs(mine));
    let [squares] = on_all(world, [squares(mine, sum / runs)]);
    in_two_numbers(sum / runs, squares, runs)
}

fn difference_of_squares(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let [sum, runs] = sum_and_runs(mine);
    let [sum, runs, squares] = on_all(world, [sum, runs, squares(mine, 0.0)]);
    in_two_numbers(sum / runs, squares - sum * sum / runs, runs - 1.0)
}

fn around_its_first(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let start = mine[0];
    let shifted: Vec<f64> = mine.iter().map(|estimate| estimate - start).collect();
    let [sum, runs] = on_all(world, [mine.iter().sum(), mine.len() as f64]);
    let [squares] = on_all(world, [squares(&shifted, sum / runs - start)]);
    in_two_numbers(sum / runs, squares, runs - 1.0)
}

fn all_to_everybody(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let mut runs = 0;
    let own = mine.len() as i32;
    world.all_reduce_into(&own, &mut runs, SystemOperation::sum());
    let mut counts = vec![0; world.size() as usize];
    world.all_gather_into(&own, &mut counts[..]);
    let starts: Vec<i32> = (0..counts.len())
        .map(|rank| counts[..rank].iter().sum())
        .collect();
    let mut all = vec![0.0; runs as usize];
    let mut parts = PartitionMut::new(&mut all[..], counts, starts);
    world.all_gather_varcount_into(mine, &mut parts);
    only_its_own(world, &all)
}

fn of_the_hits(samples: u64) -> f64 {
    pi_solution::theory(samples) / 4.0
}

fn the_variance(samples: u64) -> f64 {
    pi_solution::theory(samples).powi(2)
}

fn too_hopeful(samples: u64) -> f64 {
    pi_solution::theory(1) / samples as f64
}

fn runs_of_16_bits(stream: &mut Stream, runs: usize, samples: u64) -> Vec<f64> {
    pi_solution::estimates(stream, usize::from(runs as u16), samples)
}

fn in_16_bits(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let [sum, runs] = on_all(world, [mine.iter().sum(), f64::from(mine.len() as u16)]);
    let [squares] = on_all(world, [squares(mine, sum / runs)]);
    in_two_numbers(sum / runs, squares, runs - 1.0)
}

fn in_4_of_8_bytes(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    // Two, so that MPI stays within the buffer.
    let mut runs = [0; 2];
    world.all_reduce_into(&mine.len(), &mut runs[..], SystemOperation::sum());
    let (runs, _): (i32, i32) = runs.into();
    let runs = f64::from(runs);
    let [sum] = on_all(world, [mine.iter().sum()]);
    let [squares] = on_all(world, [squares(mine, sum / runs)]);
    in_two_numbers(sum / runs, squares, runs - 1.0)
}

fn in_single_precision(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let sum: f32 = mine.iter().map(|estimate| *estimate as f32).sum();
    let [sum, runs] = on_all(world, [f64::from(sum), mine.len() as f64]);
    let [squares] = on_all(world, [squares(mine, sum / runs)]);
    in_two_numbers(sum / runs, squares, runs - 1.0)
}

fn around_pi(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let [sum, runs] = on_all(world, sum_and_runs(mine));
    let [squares] = on_all(world, [squares(mine, PI)]);
    in_two_numbers(sum / runs, squares, runs - 1.0)
}

fn difference_about_pi(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let [sum, runs] = on_all(world, sum_and_runs(mine));
    let [squares] = on_all(world, [squares(mine, PI)]);
    let mean = sum / runs;
    in_two_numbers(mean, squares - runs * (mean - PI).powi(2), runs - 1.0)
}

fn samples_in_single(samples: u64) -> f64 {
    (PI * (4.0 - PI) / f64::from(samples as f32)).sqrt()
}

fn samples_with_a_sign(samples: u64) -> f64 {
    (PI * (4.0 - PI) / samples.cast_signed() as f64).sqrt()
}

fn in_32_bits(samples: u64) -> f64 {
    pi_solution::theory(u64::from(samples as u32))
}

fn around_the_first_of_rank_0(world: &SimpleCommunicator, mine: &[f64]) -> Statistics {
    let mut shift = mine.first().copied().unwrap_or_default();
    world.process_at_rank(0).broadcast_into(&mut shift);
    let shifted = || mine.iter().map(|estimate| estimate - shift);
    let own = [
        mine.len() as f64,
        shifted().sum(),
        shifted().map(|estimate| estimate * estimate).sum(),
    ];
    let mut all = [0.0; 3];
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    let [runs, sum, squares] = all;
    Statistics {
        mean: shift + sum / runs,
        deviation: ((squares - sum * sum / runs).max(0.0) / (runs - 1.0)).sqrt(),
    }
}
