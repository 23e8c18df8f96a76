//! On how many samples per second one core trains, and all cores: `cargo bench -p training-solution`.
//!
//! One epoch with a single batch: the gradient over all samples, and a step. More than that a rank does not compute;
//! what travels beside it are a hundred numbers. The limit is the time that one exponential for each hidden
//! neuron takes, of which its `tanh` is computed: the rest is a few multiplications and a division for each.
//!
//! `cargo xtask bench 18 --peers` compares it with NumPy.

use criterion::{BenchmarkId, Criterion, Throughput};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use std::{
    hint::black_box,
    time::{Duration, Instant},
};
use training_solution::{Network, Sample, gradient};

const SAMPLES: usize = 1 << 17;
const HIDDEN: usize = 32;
const RATE: f64 = 0.03;
/// Samples for a thread at a time.
const PART: usize = 1 << 11;

/// One epoch.
type Way = fn(&mut Network, &[Sample]);

/// Steps down a gradient.
fn step(network: &mut Network, gradient: &Network, rate: f64) {
    let hidden = network.hidden.as_flattened_mut().iter_mut();
    for (number, slope) in hidden.zip(gradient.hidden.as_flattened()) {
        *number -= rate * slope;
    }
    for (number, slope) in network.output.iter_mut().zip(&gradient.output) {
        *number -= rate * slope;
    }
    network.bias -= rate * gradient.bias;
}

fn by_one(network: &mut Network, samples: &[Sample]) {
    let (loss, slopes) = gradient(network, samples);
    black_box(loss);
    step(network, &slopes, RATE);
}

fn by_all(network: &mut Network, samples: &[Sample]) {
    let shared = &*network;
    let parts: Vec<Network> = samples
        .par_chunks(PART)
        .map(|part| gradient(shared, part).1)
        .collect();
    // All parts have the same length, so that each counts the same.
    for slopes in &parts {
        step(network, slopes, RATE / parts.len() as f64);
    }
}

fn neurons(network: &Network, samples: &[Sample]) -> f64 {
    let mut sum = 0.0;
    for Sample { point: [x, y], .. } in samples {
        for [of_x, of_y, bias] in &network.hidden {
            sum += (of_x * x + of_y * y + bias).exp();
        }
    }
    sum
}

fn exp_by_one(network: &mut Network, samples: &[Sample]) {
    black_box(neurons(network, samples));
}

fn exp_by_all(network: &mut Network, samples: &[Sample]) {
    let shared = &*network;
    let sum: f64 = samples
        .par_chunks(PART)
        .map(|part| neurons(shared, part))
        .sum();
    black_box(sum);
}

fn main() {
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(3))
        .sample_size(10)
        .configure_from_args();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(18);
    let samples: Vec<Sample> = (0..SAMPLES)
        .map(|index| Sample {
            point: [0; 2].map(|_| random.random_range(-1.0..1.0)),
            label: if index % 2 == 0 { 1.0 } else { -1.0 },
        })
        .collect();
    let network = Network {
        hidden: (0..HIDDEN)
            .map(|_| [0; 3].map(|_| random.random_range(-6.0..6.0)))
            .collect(),
        output: (0..HIDDEN)
            .map(|_| random.random_range(-0.2..0.2))
            .collect(),
        bias: 0.0,
    };

    let threads = rayon::current_num_threads();
    let all = format!("an epoch, {threads} threads");
    let limit_of_all = format!("exp alone, {threads} threads");
    let mut rows: [(&str, Way, Duration); 4] = [
        ("an epoch, one core", by_one, Duration::MAX),
        ("exp alone, one core", exp_by_one, Duration::MAX),
        (&all, by_all, Duration::MAX),
        (&limit_of_all, exp_by_all, Duration::MAX),
    ];
    let mut group = criterion.benchmark_group("samples");
    group.throughput(Throughput::Elements(SAMPLES as u64));
    for (name, way, best) in &mut rows {
        group.bench_function(BenchmarkId::from_parameter(*name), |bencher| {
            let mut network = network.clone();
            bencher.iter(|| {
                let start = Instant::now();
                way(&mut network, &samples);
                *best = start.elapsed().min(*best);
            });
        });
    }
    group.finish();
    criterion.final_summary();

    println!("\n{:24} million samples per second", "the best of each");
    // A filter on the command line may have left some out.
    for (name, _, best) in rows.iter().filter(|(.., best)| *best < Duration::MAX) {
        println!(
            "{name:24} {:10.2}",
            SAMPLES as f64 / 1e6 / best.as_secs_f64()
        );
    }
}
