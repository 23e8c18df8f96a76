//! Trains a network to tell two spirals apart, on all ranks, and draws what it has learned: first the examples of the
//! lesson, then what you have written. `cargo xtask run 18 -n 4`
//!
//! `cargo xtask run 18 -n 4 -- 1000 48 spirals.png` sets the numbers of epochs and of hidden neurons, and the file
//! for the picture.

mod lesson;
mod picture;
mod request;

use demo::{agree, stop_all_on_panic, tell};
use mpi::{topology::SimpleCommunicator, traits::*};
use picture::{COLUMNS, show, write};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use request::Request;
use std::{f64::consts::PI, process::ExitCode};
use training::*;

const SAMPLES: usize = 200;
const BATCH: usize = 20;
const RATE: f64 = 0.03;
const SEED: u64 = 18;

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    // One rank reads the arguments, and all ranks act on the result.
    let (file, request) = match Request::agree(&world) {
        Ok(agreed) => agreed,
        Err(status) => return status,
    };
    lesson::examples(&world);
    let samples = spirals();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED + world.rank() as u64);
    let mut network = drawn(&mut random, request.hidden);

    let (loss, slopes) = gradient(&network, &samples);
    tell(
        &world,
        &format!(
            "\ngradient: loss {loss:.4}; it changes by {:.4} for each unit of the output's bias",
            slopes.bias
        ),
    );
    broadcast(&world, &mut network);
    let before = network.clone();
    tell(
        &world,
        "\nbroadcast: all ranks begin with the weights of rank 0",
    );
    if world.rank() == 0 {
        show(&before, &samples);
    }
    shared(&world);
    ordered(&world, &network, &samples);
    dealt(&world);
    rings(&world);
    overlapped(&world);

    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let mut batches = |epoch| {
        let parts = shards(rank, size, SAMPLES, BATCH, SEED, epoch);
        let samples_of = |part: &Vec<usize>| part.iter().map(|index| samples[*index]).collect();
        parts.iter().map(samples_of).collect()
    };
    let losses = learns(&world, &mut network, request.epochs, RATE, &mut batches);
    tell(
        &world,
        &format!("\nlearns: the loss in each of {} epochs", losses.len()),
    );
    tell(&world, &curve(&losses));
    if world.rank() == 0 {
        show(&network, &samples);
    }
    let right = samples
        .iter()
        .filter(|sample| network.value(sample.point) * sample.label > 0.0)
        .count();
    tell(
        &world,
        &format!("{right} of {SAMPLES} points are on the right side"),
    );

    let path = request.path.display();
    let written = match file {
        Some(file) => write(file, [&before, &network], &samples)
            .map_err(|error| format!("{path} cannot be written: {error}")),
        None => Ok(()),
    };
    if world.rank() == 0 && written.is_ok() {
        println!("\nThe picture: {path}");
    }
    match agree(&world, || written.map(|()| [])) {
        Ok([]) => ExitCode::SUCCESS,
        Err(status) => status,
    }
}

/// Points on two spirals, one inside the other, with the labels 1 and -1.
fn spirals() -> Vec<Sample> {
    (0..SAMPLES)
        .map(|index| {
            let part = (index / 2) as f64 / (SAMPLES / 2) as f64;
            let (turn, label) = match index % 2 {
                0 => (0.0, 1.0),
                _ => (PI, -1.0),
            };
            let (radius, angle) = (0.1 + 0.85 * part, 2.0 * PI * part + turn);
            Sample {
                point: [radius * angle.cos(), radius * angle.sin()],
                label,
            }
        })
        .collect()
}

/// Random weights to begin with. They differ, or else all neurons would learn the same.
fn drawn(random: &mut Xoshiro256PlusPlus, hidden: usize) -> Network {
    let most = 1.0 / (hidden as f64).sqrt();
    Network {
        hidden: (0..hidden)
            .map(|_| [0; 3].map(|_| random.random_range(-6.0..6.0)))
            .collect(),
        output: (0..hidden)
            .map(|_| random.random_range(-most..most))
            .collect(),
        bias: 0.0,
    }
}

/// Shows `average`: rank r has r + 1 samples, and their mean is r.
fn shared(world: &SimpleCommunicator) {
    let rank = world.rank();
    let mean = average(world, &[f64::from(rank)], rank as usize + 1);
    tell(
        world,
        &format!(
            "\naverage: rank r has r + 1 samples, all of them r: on average {:.4}",
            mean[0]
        ),
    );
}

/// Shows `fixed_order`: the slope by the output's bias, in 16 pieces.
fn ordered(world: &SimpleCommunicator, network: &Network, samples: &[Sample]) {
    const PIECES: usize = 16;
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let own: Vec<Vec<f64>> = (PIECES * rank / size..PIECES * (rank + 1) / size)
        .map(|piece| {
            let range = SAMPLES * piece / PIECES..SAMPLES * (piece + 1) / PIECES;
            let part = &samples[range];
            vec![gradient(network, part).1.bias * part.len() as f64 / SAMPLES as f64]
        })
        .collect();
    let sums = fixed_order(world, &own, 1);
    tell(
        world,
        &format!(
            "\nfixed-order: the slope of the output's bias is {:.17} on any number of ranks",
            sums[0]
        ),
    );
}

/// Shows `shards`: which rank works on which samples.
fn dealt(world: &SimpleCommunicator) {
    tell(world, "\nshards: 10 samples in batches of 6, in two epochs");
    let size = world.size() as usize;
    for epoch in 0..2 {
        for rank in 0..size {
            let parts = shards(rank, size, 10, 6, SEED, epoch);
            tell(world, &format!("  epoch {epoch}, rank {rank}: {parts:?}"));
        }
    }
}

/// Shows `ring`, and what it sends.
fn rings(world: &SimpleCommunicator) {
    const LENGTH: usize = 10;
    let mut numbers = [f64::from(world.rank() + 1); LENGTH];
    ring(world, &mut numbers);
    let size = world.size() as usize;
    tell(
        world,
        &format!(
            "\nring: 1 + … + {size} = {}; for a vector of {LENGTH} numbers each rank sends about {:.1}",
            numbers[0],
            (2 * (size - 1) * LENGTH) as f64 / size as f64
        ),
    );
}

/// Shows `buckets`.
fn overlapped(world: &SimpleCommunicator) {
    const LENGTHS: [usize; 3] = [4, 3, 2];
    let mut order = Vec::new();
    let sums = buckets(world, &LENGTHS, &mut |layer, gradient| {
        order.push(layer);
        gradient.fill(layer as f64);
    });
    tell(
        world,
        &format!("\nbuckets: layers {order:?} computed in this order, the sums {sums:?}"),
    );
}

/// The roots of the losses as a line of columns, the highest 8 eighths high.
fn curve(losses: &[f64]) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let (Some(first), Some(last)) = (losses.first(), losses.last()) else {
        return String::from("  none");
    };
    let most = losses.iter().copied().fold(0.0, f64::max);
    let columns = COLUMNS.min(losses.len());
    let line: String = (0..columns)
        .map(|column| {
            let loss = losses[column * losses.len() / columns];
            HEIGHTS[(((loss / most).sqrt() * 8.0) as usize).min(7)]
        })
        .collect();
    format!("  {line}\n  from {first:.4} to {last:.12}")
}
