//! Mistakes in the tasks `gradient` and `shards`.

use crate::{
    subject::{self, Network, Sample},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::{
    cell::RefCell,
    sync::atomic::{AtomicU64, Ordering},
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("gradient": gradient = without_the_two => WrongResult,
        "forgets the factor 2 of the derivative of the square"),
    mistake!("gradient": gradient = other_sign => WrongResult,
        "uses label - value instead of value - label, in the gradient only"),
    mistake!("gradient": gradient = sums_up => WrongResult,
        "adds up over the samples, but does not divide"),
    mistake!("gradient": gradient = loss_as_sum => WrongResult,
        "divides the gradient by the number of samples, but not the loss"),
    mistake!("gradient": gradient = half_the_loss => WrongResult,
        "takes half the square, so that the factor 2 vanishes"),
    mistake!("gradient": gradient = tanh_of_tanh => WrongResult,
        "applies tanh to the value of the neuron again"),
    mistake!("gradient": gradient = without_tanh => WrongResult,
        "forgets the derivative of tanh"),
    mistake!("gradient": gradient = one_minus_tanh => WrongResult,
        "uses 1 - tanh as the derivative of tanh"),
    mistake!("gradient": gradient = sigmoid_slope => WrongResult,
        "uses the derivative of another function, y (1 - y)"),
    mistake!("gradient": gradient = without_output_weight => WrongResult,
        "forgets the output's weight on the way back"),
    mistake!("gradient": gradient = hidden_bias_zero => WrongResult,
        "leaves the gradient of the hidden biases at 0"),
    mistake!("gradient": gradient = bias_times_value => WrongResult,
        "multiplies the gradient of the output's bias by the bias"),
    mistake!("gradient": gradient = last_sample_only => WrongResult,
        "overwrites instead of adding"),
    mistake!("gradient": gradient = axes_swapped => WrongResult,
        "multiplies the weight of x by y, and that of y by x"),
    mistake!("gradient": gradient = in_single => WrongResult,
        "computes in f32"),
    mistake!("gradient": gradient = by_differences => WrongResult,
        "uses differences of losses, which are right to few digits"),
    mistake!("gradient": gradient = not_a_number => WrongResult,
        "divides by 0 without samples"),
    mistake!("gradient": gradient = of_labels_by_sign => WrongResult,
        "assumes that all labels are 1 or -1"),
    mistake!("gradient": gradient = zeros_skipped => WrongResult,
        "leaves out neurons whose weight in the output is 0"),
    mistake!("gradient": gradient = learned_skipped => WrongResult,
        "leaves out samples whose value is almost right"),
    mistake!("gradient": gradient = without_copies => WrongResult,
        "counts a sample that occurs twice only once"),
    mistake!("gradient": gradient = copies_in_a_row => WrongResult,
        "counts equal samples that follow one another only once"),
    mistake!("gradient": gradient = room_for_64 => WrongResult,
        "has room for the values of 64 hidden neurons"),
    mistake!("gradient": gradient = clipped => WrongResult,
        "limits the numbers of the gradient to 1000"),
    mistake!("gradient": gradient = kept_without_samples => WrongResult,
        "returns the result of the call before if there are no samples"),
    mistake!("gradient": gradient = kept => WrongResult,
        "returns the result of the call before if the network and the number of samples are the same"),
    mistake!("gradient": gradient = clamped => WrongResult,
        "limits the sum inside tanh to numbers from -8 to 8"),
    mistake!("gradient": gradient = never_flat => WrongResult,
        "takes at least a millionth for the derivative of tanh"),
    mistake!("gradient": gradient = origin_skipped => WrongResult,
        "leaves out samples at the origin, as if they were padding"),
    mistake!("gradient": gradient = label_zero_skipped => WrongResult,
        "leaves out samples with the label 0, as if they were padding"),
    mistake!("gradient": gradient = neurons_kept => WrongResult,
        "keeps the results of the neurons if the next sample has the same x"),
    mistake!("shards": shards = batch_in_seed => WrongResult,
        "draws another order for another size of batches"),
    mistake!("shards": shards = order_kept => WrongResult,
        "keeps the order of a seed and an epoch, whatever the number of samples is"),
    mistake!("shards": shards = rounded_up => Panic,
        "adds to the size of a batch, which may be the largest number"),
    mistake!("shards": shards = epoch_ignored => WrongResult,
        "draws the same order in each epoch"),
    mistake!("shards": shards = seed_ignored => WrongResult,
        "draws from the epoch alone"),
    mistake!("shards": shards = not_shuffled => WrongResult,
        "does not shuffle"),
    mistake!("shards": shards = each_its_own => WrongResult,
        "draws another order on each rank"),
    mistake!("shards": shards = own_block_shuffled => WrongResult,
        "gives each rank the same block of samples in all epochs, and shuffles within it"),
    mistake!("shards": shards = moved_by_the_epoch => WrongResult,
        "rotates one order by the epoch"),
    mistake!("shards": shards = reversed => WrongResult,
        "reverses the order in every other epoch"),
    mistake!("shards": shards = batches_shuffled => WrongResult,
        "shuffles the batches, but not the samples"),
    mistake!("shards": shards = within_batches => WrongResult,
        "shuffles within batches only"),
    mistake!("shards": shards = rest_left_out => WrongResult,
        "gives all ranks equally many, and leaves the rest out"),
    mistake!("shards": shards = rest_to_the_last => WrongResult,
        "gives the last rank all of the rest"),
    mistake!("shards": shards = repeats => WrongResult,
        "repeats samples so that all ranks have equally many"),
    mistake!("shards": shards = short_batch_dropped => WrongResult,
        "leaves out the last batch if it is short"),
    mistake!("shards": shards = empty_parts_dropped => WrongResult,
        "leaves empty parts out"),
    mistake!("shards": shards = with_replacement => WrongResult,
        "draws each sample anew, so that some occur twice"),
    mistake!("shards": shards = overflows => Panic,
        "adds seed and epoch"),
    mistake!("shards": shards = batch_for_each_rank => WrongResult,
        "gives each rank batches of its own"),
    mistake!("shards": shards = seed_times_epoch => WrongResult,
        "multiplies seed and epoch, so that epoch 0 is the same for all seeds"),
    mistake!("shards": shards = seed_xor_epoch => WrongResult,
        "combines seed and epoch by a bitwise exclusive or"),
    mistake!("shards": shards = seed_plus_epoch => WrongResult,
        "adds seed and epoch, and wraps around"),
    mistake!("shards": shards = seed_times_31 => WrongResult,
        "multiplies the seed by 31, and adds the epoch"),
    mistake!("shards": shards = epoch_shifted => WrongResult,
        "shifts the epoch by 32 bits, and combines it with the seed by a bitwise exclusive or"),
    mistake!("shards": shards = seed_or_epoch => WrongResult,
        "combines seed and epoch by a bitwise or"),
    mistake!("shards": shards = goes_on => WrongResult,
        "continues with one generator from call to call"),
    mistake!("shards": shards = seed_in_32_bits => WrongResult,
        "uses only the lower halves of seed and epoch"),
    mistake!("shards": shards = thousand_epochs => WrongResult,
        "goes through at most a thousand epochs, so that all later ones are the same"),
    mistake!("shards": shards = sorted_by_sums => WrongResult,
        "sorts the samples by a hash of the seed plus their number, so that the next seed only shifts the numbers"),
    mistake!("shards": shards = sorted_by_xors => WrongResult,
        "sorts the samples by a hash of the seed and their number, combined by a bitwise exclusive or"),
];

/// The ways in which backpropagation goes wrong: for one sample, from what was found, the gradient by the value, by each
/// neuron's weight, and by its sum.
struct Wrong {
    /// The result of a neuron, from its sum.
    neuron: fn(f64) -> f64,
    /// The derivative of the loss by the value, from the error.
    by_value: fn(f64) -> f64,
    /// The slope of a neuron, from what it says.
    slope: fn(f64) -> f64,
    /// How the neuron's weight in the output counts.
    weight: fn(f64) -> f64,
    /// By what the gradients of the weights of x, of y, and of the bias are multiplied.
    factors: fn([f64; 2]) -> [f64; 3],
    /// Whether the gradient and the loss are means.
    means: [bool; 2],
    /// What the loss is multiplied by.
    loss: f64,
}

const RIGHT: Wrong = Wrong {
    neuron: f64::tanh,
    by_value: |error| 2.0 * error,
    slope: |neuron| 1.0 - neuron * neuron,
    weight: |weight| weight,
    factors: |[x, y]| [x, y, 1.0],
    means: [true, true],
    loss: 1.0,
};

fn wrong(way: &Wrong, network: &Network, samples: &[Sample]) -> (f64, Network) {
    let hidden = network.hidden.len();
    let mut gradient = Network {
        hidden: vec![[0.0; 3]; hidden],
        output: vec![0.0; hidden],
        bias: 0.0,
    };
    let mut loss = 0.0;
    let count = samples.len().max(1) as f64;
    let of = |is_mean: bool| if is_mean { count } else { 1.0 };
    for sample in samples {
        let error = network.value(sample.point) - sample.label;
        loss += way.loss * error * error / of(way.means[1]);
        let by_value = (way.by_value)(error) / of(way.means[0]);
        gradient.bias += by_value;
        for (index, [of_x, of_y, bias]) in network.hidden.iter().enumerate() {
            let [x, y] = sample.point;
            let neuron = (way.neuron)(of_x * x + of_y * y + bias);
            gradient.output[index] += by_value * neuron;
            let by_sum = by_value * (way.weight)(network.output[index]) * (way.slope)(neuron);
            for (number, factor) in gradient.hidden[index]
                .iter_mut()
                .zip((way.factors)(sample.point))
            {
                *number += by_sum * factor;
            }
        }
    }
    (loss, gradient)
}

fn zeros_skipped(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let (loss, mut gradient) = subject::gradient(network, samples);
    for (slope, weight) in gradient.output.iter_mut().zip(&network.output) {
        if *weight == 0.0 {
            *slope = 0.0;
        }
    }
    (loss, gradient)
}

fn learned_skipped(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let is_wrong = |sample: &Sample| (network.value(sample.point) - sample.label).abs() > 1e-5;
    match samples.iter().any(is_wrong) {
        true => subject::gradient(network, samples),
        false => (0.0, subject::gradient(network, &[]).1),
    }
}

fn without_copies(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let mut different: Vec<Sample> = Vec::new();
    for sample in samples {
        if !different.contains(sample) {
            different.push(*sample);
        }
    }
    subject::gradient(network, &different)
}

fn copies_in_a_row(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let mut different = samples.to_vec();
    different.dedup();
    subject::gradient(network, &different)
}

fn room_for_64(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let (loss, mut gradient) = subject::gradient(network, samples);
    gradient
        .output
        .iter_mut()
        .skip(64)
        .for_each(|slope| *slope = 0.0);
    (loss, gradient)
}

fn clipped(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let (loss, mut gradient) = subject::gradient(network, samples);
    let slopes = gradient.hidden.as_flattened_mut().iter_mut();
    let slopes = slopes
        .chain(&mut gradient.output)
        .chain([&mut gradient.bias]);
    slopes.for_each(|slope| *slope = slope.clamp(-1000.0, 1000.0));
    (loss, gradient)
}

fn kept_without_samples(network: &Network, samples: &[Sample]) -> (f64, Network) {
    thread_local! {
        static LAST: RefCell<(f64, Network)> = RefCell::default();
    }
    LAST.with_borrow_mut(|last| {
        if !samples.is_empty() || last.1.hidden.len() != network.hidden.len() {
            *last = subject::gradient(network, samples);
        }
        last.clone()
    })
}

fn kept(network: &Network, samples: &[Sample]) -> (f64, Network) {
    type Kept = (Network, usize, (f64, Network));
    thread_local! {
        static LAST: RefCell<Option<Kept>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| match last {
        Some((of, count, result)) if of == network && *count == samples.len() => result.clone(),
        _ => {
            let result = subject::gradient(network, samples);
            *last = Some((network.clone(), samples.len(), result.clone()));
            result
        }
    })
}

fn clamped(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        neuron: |sum| sum.clamp(-8.0, 8.0).tanh(),
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn never_flat(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        slope: |neuron| (1.0 - neuron * neuron).max(1e-6),
        ..RIGHT
    };
    wrong(&way, network, samples)
}

/// Leaves out some samples, but counts them.
fn padded(
    network: &Network,
    samples: &[Sample],
    is_padding: fn(&Sample) -> bool,
) -> (f64, Network) {
    let mut real = samples.to_vec();
    real.retain(|sample| !is_padding(sample));
    let (loss, mut gradient) = subject::gradient(network, &real);
    let share = real.len() as f64 / samples.len().max(1) as f64;
    let slopes = gradient.hidden.as_flattened_mut().iter_mut();
    let slopes = slopes
        .chain(&mut gradient.output)
        .chain([&mut gradient.bias]);
    slopes.for_each(|slope| *slope *= share);
    (loss * share, gradient)
}

fn origin_skipped(network: &Network, samples: &[Sample]) -> (f64, Network) {
    padded(network, samples, |sample| sample.point == [0.0; 2])
}

fn label_zero_skipped(network: &Network, samples: &[Sample]) -> (f64, Network) {
    padded(network, samples, |sample| sample.label == 0.0)
}

fn neurons_kept(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let mut kept = samples.to_vec();
    for index in 1..kept.len() {
        if kept[index].point[0] == kept[index - 1].point[0] {
            kept[index].point[1] = kept[index - 1].point[1];
        }
    }
    subject::gradient(network, &kept)
}

fn batch_in_seed(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let seed = mixed(seed, batch as u64);
    subject::shards(rank, size, samples, batch, seed, epoch)
}

fn order_kept(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    thread_local! {
        static LAST: RefCell<(u64, u64, Vec<usize>)> = const { RefCell::new((0, 0, Vec::new())) };
    }
    LAST.with_borrow_mut(|last| {
        if last.2.is_empty() || (last.0, last.1) != (seed, epoch) {
            *last = (seed, epoch, shuffled(samples, mixed(seed, epoch)));
        }
        dealt(&last.2, rank, size, batch)
    })
}

fn rounded_up(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let rounded = samples + batch - 1;
    let mut parts = subject::shards(rank, size, samples, batch, seed, epoch);
    parts.truncate(rounded / batch);
    parts
}

fn without_the_two(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        by_value: |error| error,
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn other_sign(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        by_value: |error| -2.0 * error,
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn sums_up(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        means: [false, false],
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn loss_as_sum(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        means: [true, false],
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn half_the_loss(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        by_value: |error| error,
        loss: 0.5,
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn tanh_of_tanh(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        slope: |neuron| 1.0 - neuron.tanh() * neuron.tanh(),
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn without_tanh(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        slope: |_| 1.0,
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn one_minus_tanh(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        slope: |neuron| 1.0 - neuron,
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn sigmoid_slope(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        slope: |neuron| neuron * (1.0 - neuron),
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn without_output_weight(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        weight: |_| 1.0,
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn hidden_bias_zero(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        factors: |[x, y]| [x, y, 0.0],
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn bias_times_value(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let (loss, mut gradient) = subject::gradient(network, samples);
    gradient.bias *= network.bias;
    (loss, gradient)
}

fn last_sample_only(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let (loss, mut gradient) = subject::gradient(network, samples);
    if let Some(last) = samples.last() {
        (_, gradient) = subject::gradient(network, &[*last]);
    }
    (loss, gradient)
}

fn axes_swapped(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let way = Wrong {
        factors: |[x, y]| [y, x, 1.0],
        ..RIGHT
    };
    wrong(&way, network, samples)
}

fn in_single(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let (loss, mut gradient) = subject::gradient(network, samples);
    for number in gradient.hidden.as_flattened_mut() {
        *number = f64::from(*number as f32);
    }
    (f64::from(loss as f32), gradient)
}

fn by_differences(network: &Network, samples: &[Sample]) -> (f64, Network) {
    const CHANGE: f64 = 1e-5;
    let (loss, mut gradient) = subject::gradient(network, samples);
    for index in 0..network.output.len() {
        let at = |change: f64| {
            let mut changed = network.clone();
            changed.output[index] += change;
            subject::gradient(&changed, samples).0
        };
        gradient.output[index] = (at(CHANGE) - at(-CHANGE)) / (2.0 * CHANGE);
        for axis in 0..3 {
            let at = |change: f64| {
                let mut changed = network.clone();
                changed.hidden[index][axis] += change;
                subject::gradient(&changed, samples).0
            };
            gradient.hidden[index][axis] = (at(CHANGE) - at(-CHANGE)) / (2.0 * CHANGE);
        }
    }
    (loss, gradient)
}

fn not_a_number(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let (loss, mut gradient) = subject::gradient(network, samples);
    if samples.is_empty() {
        gradient.bias = f64::NAN;
        return (f64::NAN, gradient);
    }
    (loss, gradient)
}

fn of_labels_by_sign(network: &Network, samples: &[Sample]) -> (f64, Network) {
    let signs: Vec<Sample> = samples
        .iter()
        .map(|sample| Sample {
            label: sample.label.signum(),
            ..*sample
        })
        .collect();
    subject::gradient(network, &signs)
}

fn random(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

fn shuffled(samples: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..samples).collect();
    order.shuffle(&mut random(seed));
    order
}

/// Mixes both numbers, well enough.
fn mixed(seed: u64, epoch: u64) -> u64 {
    seed.wrapping_add(epoch.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The parts of a rank, in an order that is given.
fn dealt(order: &[usize], rank: usize, size: usize, batch: usize) -> Vec<Vec<usize>> {
    order
        .chunks(batch)
        .map(|batch| {
            let length = batch.len();
            batch[length * rank / size..length * (rank + 1) / size].to_vec()
        })
        .collect()
}

fn epoch_ignored(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    _: u64,
) -> Vec<Vec<usize>> {
    dealt(&shuffled(samples, seed), rank, size, batch)
}

fn seed_ignored(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    _: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    dealt(&shuffled(samples, epoch), rank, size, batch)
}

fn not_shuffled(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    _: u64,
    _: u64,
) -> Vec<Vec<usize>> {
    let order: Vec<usize> = (0..samples).collect();
    dealt(&order, rank, size, batch)
}

fn each_its_own(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let seed = mixed(seed, epoch).wrapping_add(rank as u64);
    dealt(&shuffled(samples, seed), rank, size, batch)
}

fn own_block_shuffled(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let mut own: Vec<usize> = (samples * rank / size..samples * (rank + 1) / size).collect();
    own.shuffle(&mut random(mixed(seed, epoch)));
    let mut rest = &own[..];
    (0..samples.div_ceil(batch))
        .map(|number| {
            let length = batch.min(samples - number * batch);
            let length = length * (rank + 1) / size - length * rank / size;
            let (part, others) = rest.split_at(length.min(rest.len()));
            rest = others;
            part.to_vec()
        })
        .collect()
}

fn moved_by_the_epoch(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let mut order = shuffled(samples, seed);
    if samples > 0 {
        order.rotate_left((epoch % samples as u64) as usize);
    }
    dealt(&order, rank, size, batch)
}

fn reversed(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let mut order = shuffled(samples, seed);
    if epoch % 2 == 1 {
        order.reverse();
    }
    dealt(&order, rank, size, batch)
}

fn batches_shuffled(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let full = samples / batch;
    let mut batches = shuffled(full, mixed(seed, epoch));
    batches.extend(full..samples.div_ceil(batch));
    let order: Vec<usize> = batches
        .into_iter()
        .flat_map(|number| number * batch..((number + 1) * batch).min(samples))
        .collect();
    dealt(&order, rank, size, batch)
}

fn within_batches(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..samples).collect();
    let mut random = random(mixed(seed, epoch));
    for batch in order.chunks_mut(batch) {
        batch.shuffle(&mut random);
    }
    dealt(&order, rank, size, batch)
}

fn rest_left_out(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    shuffled(samples, mixed(seed, epoch))
        .chunks(batch)
        .map(|batch| {
            let each = batch.len() / size;
            batch[each * rank..each * (rank + 1)].to_vec()
        })
        .collect()
}

fn rest_to_the_last(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    shuffled(samples, mixed(seed, epoch))
        .chunks(batch)
        .map(|batch| {
            let each = batch.len() / size;
            let end = if rank + 1 == size {
                batch.len()
            } else {
                each * (rank + 1)
            };
            batch[each * rank..end].to_vec()
        })
        .collect()
}

fn repeats(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    shuffled(samples, mixed(seed, epoch))
        .chunks(batch)
        .map(|batch| {
            let each = batch.len().div_ceil(size);
            let all = batch.iter().cycle().skip(each * rank);
            all.take(each).copied().collect()
        })
        .collect()
}

fn short_batch_dropped(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let order = shuffled(samples, mixed(seed, epoch));
    dealt(&order[..samples - samples % batch], rank, size, batch)
}

fn empty_parts_dropped(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let mut parts = subject::shards(rank, size, samples, batch, seed, epoch);
    parts.retain(|part| !part.is_empty());
    parts
}

fn with_replacement(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let mut random = random(mixed(seed, epoch));
    let order: Vec<usize> = (0..samples)
        .map(|_| random.random_range(0..samples))
        .collect();
    dealt(&order, rank, size, batch)
}

fn overflows(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    dealt(&shuffled(samples, seed + epoch), rank, size, batch)
}

fn batch_for_each_rank(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let order = shuffled(samples, mixed(seed, epoch));
    let own = &order[samples * rank / size..samples * (rank + 1) / size];
    own.chunks(batch).map(<[usize]>::to_vec).collect()
}

fn seed_in_32_bits(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let seed = mixed(u64::from(seed as u32), u64::from(epoch as u32));
    dealt(&shuffled(samples, seed), rank, size, batch)
}

fn seed_times_epoch(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    dealt(
        &shuffled(samples, seed.wrapping_mul(epoch)),
        rank,
        size,
        batch,
    )
}

fn seed_xor_epoch(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    dealt(&shuffled(samples, seed ^ epoch), rank, size, batch)
}

fn seed_times_31(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let seed = seed.wrapping_mul(31).wrapping_add(epoch);
    dealt(&shuffled(samples, seed), rank, size, batch)
}

fn epoch_shifted(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let seed = seed ^ (epoch << 32);
    dealt(&shuffled(samples, seed), rank, size, batch)
}

fn seed_plus_epoch(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    dealt(
        &shuffled(samples, seed.wrapping_add(epoch)),
        rank,
        size,
        batch,
    )
}

fn seed_or_epoch(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    dealt(&shuffled(samples, seed | epoch), rank, size, batch)
}

fn goes_on(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    // The parts of all ranks of one order belong together.
    let calls = CALLS.fetch_add(1, Ordering::Relaxed) / size as u64;
    let seed = mixed(mixed(seed, epoch), calls);
    dealt(&shuffled(samples, seed), rank, size, batch)
}

fn thousand_epochs(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    subject::shards(rank, size, samples, batch, seed, epoch.min(1000))
}

/// The parts of a rank if the samples are sorted by a hash of these numbers.
fn sorted_by(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    number: impl Fn(u64) -> u64,
) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..samples).collect();
    order.sort_by_key(|index| random(number(*index as u64)).random::<u64>());
    dealt(&order, rank, size, batch)
}

fn sorted_by_sums(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let of_epoch: u64 = random(epoch).random();
    sorted_by(rank, size, samples, batch, |index| {
        let of_sample: u64 = random(seed.wrapping_add(index)).random();
        of_epoch ^ of_sample
    })
}

fn sorted_by_xors(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let of_epoch: u64 = random(epoch).random();
    sorted_by(rank, size, samples, batch, |index| of_epoch ^ seed ^ index)
}
