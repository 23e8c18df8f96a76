//! Networks without MPI, with which answers are compared.

use crate::subject::{Network, Sample};
use harness_mpi::Check;

/// The relative error that is allowed: adding up in another order changes less.
pub const TOLERANCE: f64 = 1e-12;

/// A drawn network.
pub fn network(check: &mut Check, hidden: usize) -> Network {
    Network {
        hidden: (0..hidden)
            .map(|_| [0; 3].map(|_| check.draw(-2.0..2.0)))
            .collect(),
        output: check.draw_vec(hidden, -1.0..1.0),
        bias: check.draw(-1.0..1.0),
    }
}

/// Drawn samples: many have the label 1 or -1, some have another one.
pub fn samples(check: &mut Check, length: usize) -> Vec<Sample> {
    (0..length)
        .map(|_| Sample {
            point: [0; 2].map(|_| check.draw(-2.0..2.0)),
            label: match check.draw(0..4) {
                0 => check.draw(-2.0..2.0),
                1 => -1.0,
                _ => 1.0,
            },
        })
        .collect()
}

/// Gives samples labels from which the network's values differ by `error`.
pub fn teach(network: &Network, samples: &mut [Sample], error: f64) {
    for sample in samples {
        sample.label = value(network, sample.point).0 - error;
    }
}

/// All weights and biases, one after the other.
pub fn numbers(network: &Network) -> Vec<f64> {
    [
        network.hidden.as_flattened(),
        &network.output,
        &[network.bias],
    ]
    .concat()
}

/// The field of the network that contains this element of [`numbers`].
pub fn place(index: usize, hidden: usize) -> String {
    match index {
        _ if index < 3 * hidden => format!("hidden[{}][{}]", index / 3, index % 3),
        _ if index < 4 * hidden => format!("output[{}]", index - 3 * hidden),
        _ => String::from("bias"),
    }
}

/// The number at this index of [`numbers`].
pub fn number_mut(network: &mut Network, index: usize) -> &mut f64 {
    let hidden = network.hidden.len();
    match index {
        _ if index < 3 * hidden => &mut network.hidden[index / 3][index % 3],
        _ if index < 4 * hidden => &mut network.output[index - 3 * hidden],
        _ => &mut network.bias,
    }
}

/// The value of the network, and the values of its hidden neurons.
fn value(network: &Network, [x, y]: [f64; 2]) -> (f64, Vec<f64>) {
    let hidden = network.hidden.iter();
    let neurons: Vec<f64> = hidden
        .map(|[of_x, of_y, bias]| (of_x * x + of_y * y + bias).tanh())
        .collect();
    let weighted = neurons.iter().zip(&network.output);
    let sum: f64 = weighted.map(|(neuron, weight)| neuron * weight).sum();
    (sum + network.bias, neurons)
}

/// A sum, and the sum of the sizes of its terms: rounding errors are compared with that.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    pub value: f64,
    pub scale: f64,
}

impl Sum {
    fn add(&mut self, value: f64, scale: f64) {
        self.value += value;
        self.scale += scale;
    }

    /// The exact sum if `actual` differs from it only by rounding, and otherwise `actual`: a comparison then shows
    /// only differences that count.
    pub fn forgive(&self, actual: f64) -> f64 {
        let good = (actual - self.value).abs() <= TOLERANCE * self.scale;
        if good { self.value } else { actual }
    }
}

/// The loss and its gradient, in the order of the [`numbers`].
pub fn slopes(network: &Network, samples: &[Sample]) -> (Sum, Vec<Sum>) {
    let hidden = network.hidden.len();
    let mut loss = Sum::default();
    let mut gradient = vec![Sum::default(); 4 * hidden + 1];
    let count = samples.len() as f64;
    let weights: f64 = network.output.iter().map(|weight| weight.abs()).sum();
    for Sample { point, label } in samples {
        let (value, neurons) = value(network, *point);
        let error = value - label;
        // The size of the terms of the error.
        let size = label.abs() + network.bias.abs() + weights;
        loss.add(error * error / count, size * size / count);
        let (by_value, size) = (2.0 * error / count, 2.0 * size / count);
        gradient[4 * hidden].add(by_value, size);
        for (index, neuron) in neurons.iter().enumerate() {
            gradient[3 * hidden + index].add(by_value * neuron, size);
            let weight = network.output[index];
            let by_sum = by_value * weight * (1.0 - neuron * neuron);
            let size = size * weight.abs();
            for (axis, factor) in [point[0], point[1], 1.0].into_iter().enumerate() {
                gradient[3 * index + axis].add(by_sum * factor, size * factor.abs());
            }
        }
    }
    (loss, gradient)
}

/// Trains a network on one rank. `epochs` contains the samples of each batch of each epoch. Returns the losses.
pub fn trained(network: &mut Network, rate: f64, epochs: &[Vec<Vec<Sample>>]) -> Vec<f64> {
    let mut losses = Vec::new();
    for batches in epochs {
        let (mut sum, mut count) = (0.0, 0);
        for batch in batches {
            let (loss, gradient) = slopes(network, batch);
            sum += loss.value * batch.len() as f64;
            count += batch.len();
            for (index, slope) in gradient.iter().enumerate() {
                *number_mut(network, index) -= rate * slope.value;
            }
        }
        losses.push(if count > 0 { sum / count as f64 } else { 0.0 });
    }
    losses
}

/// Whether a network has this many hidden neurons.
pub fn has_shape(check: &mut Check, name: &str, network: &Network, hidden: usize) -> bool {
    let lengths = (network.hidden.len(), network.output.len());
    let why = "it has as many hidden neurons as the network that was passed in";
    let name = format!("(hidden.len(), output.len()) of {name}");
    check.holds(&name, lengths, (hidden, hidden), why)
}
