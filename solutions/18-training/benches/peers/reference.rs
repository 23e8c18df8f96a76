//! The reference, for `cargo xtask bench 18 --peers`: an epoch with a single batch.

use training_solution::{Network, Sample, gradient};

/// The peers begin with the same samples and the same network.
const SAMPLES: usize = 1 << 17;
const HIDDEN: usize = 32;
const RATE: f64 = 0.03;

/// The fraction of multiples of an irrational number: they spread evenly over 0 to 1.
fn spread(index: usize, by: f64) -> f64 {
    (index as f64 * by).fract()
}

/// Steps down the gradient; returns the loss before.
fn epoch(network: &mut Network, samples: &[Sample]) -> f64 {
    let (loss, slopes) = gradient(network, samples);
    let hidden = network.hidden.as_flattened_mut().iter_mut();
    for (number, slope) in hidden.zip(slopes.hidden.as_flattened()) {
        *number -= RATE * slope;
    }
    for (number, slope) in network.output.iter_mut().zip(&slopes.output) {
        *number -= RATE * slope;
    }
    network.bias -= RATE * slopes.bias;
    loss
}

fn main() -> std::io::Result<()> {
    let samples: Vec<Sample> = (0..SAMPLES)
        .map(|index| Sample {
            point: [0.618_034, 0.754_878].map(|by| 2.0 * spread(index, by) - 1.0),
            label: if index % 2 == 0 { 1.0 } else { -1.0 },
        })
        .collect();
    let neuron = |neuron| [0, 1, 2].map(|place| 12.0 * spread(3 * neuron + place, 0.569_84) - 6.0);
    let mut network = Network {
        hidden: (0..HIDDEN).map(neuron).collect(),
        output: (0..HIDDEN)
            .map(|neuron| 0.4 * spread(neuron, 0.438_38) - 0.2)
            .collect(),
        bias: 0.0,
    };
    peers::serve(
        1e-9,
        &mut [(
            "epoch (gradient)",
            Box::new(|| epoch(&mut network, &samples)),
        )],
    )
}
