//! Mistakes in the tasks `broadcast`, `average`, and `learns`.

use crate::{
    subject::{self, Network, Sample},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use std::cell::Cell;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("broadcast": broadcast = nothing_sent => WrongResult,
        "leaves each rank its own network"),
    mistake!("broadcast": broadcast = without_bias => WrongResult,
        "forgets the bias of the output"),
    mistake!("broadcast": broadcast = without_hidden_biases => WrongResult,
        "sends the weights of the hidden neurons, and not their biases"),
    mistake!("broadcast": broadcast = without_output => WrongResult,
        "forgets the weights of the output"),
    mistake!("broadcast": broadcast = hidden_from_last => WrongResult,
        "takes the hidden neurons from the last rank"),
    mistake!("broadcast": broadcast = means_of_all => WrongResult,
        "takes the means of all ranks' networks"),
    mistake!("broadcast": broadcast = sent_in_single => WrongResult,
        "sends f32"),
    mistake!("broadcast": broadcast = number_by_number => TooMuchCommunication,
        "broadcasts each number alone"),
    mistake!("broadcast": broadcast = to_each => WrongOperation,
        "sends the network to each rank"),
    mistake!("broadcast": broadcast = all_but_rank_0 => Deadlock,
        "calls the broadcast on all ranks but rank 0, which has the numbers already"),
    mistake!("broadcast": broadcast = keeps_equal => WrongResult,
        "overwrites only numbers that are not equal, as 0.0 and -0.0 are"),
    mistake!("broadcast": broadcast = normal_only => WrongResult,
        "sends 0 in place of numbers that are not finite or are very small"),
    mistake!("broadcast": broadcast = once => WrongResult,
        "sends networks of the same size only once"),
    mistake!("broadcast": broadcast = on_a_duplicate => WrongOperation,
        "duplicates the communicator first"),
    mistake!("average": average = mean_of_means => WrongResult,
        "takes the mean of the ranks' means"),
    mistake!("average": average = of_ranks_with_samples => WrongResult,
        "takes the mean of the means of the ranks that have samples"),
    mistake!("average": average = summed => WrongResult,
        "adds up the means, but does not divide"),
    mistake!("average": average = sum_by_ranks => WrongResult,
        "adds up sums over samples, and divides by the number of ranks"),
    mistake!("average": average = own_only => WrongResult,
        "returns its own means"),
    mistake!("average": average = nan_times_0 => WrongResult,
        "multiplies the numbers of a rank without samples by 0"),
    mistake!("average": average = divides_by_0 => WrongResult,
        "divides by 0 if no rank has a sample"),
    mistake!("average": average = on_rank_0 => WrongResult,
        "reduces to rank 0, and the others keep zeros"),
    mistake!("average": average = averaged_in_single => WrongResult,
        "adds up in f32"),
    mistake!("average": average = counted_in_32_bits => WrongResult,
        "counts samples in a u32"),
    mistake!("average": average = counted_in_single => WrongResult,
        "counts samples in an f32"),
    mistake!("average": average = count_apart => TooMuchCommunication,
        "adds up the counts by a second all-reduce"),
    mistake!("average": average = gathers_all => WrongOperation,
        "gathers all vectors on all ranks"),
    mistake!("average": average = leaves_early => Deadlock,
        "returns at once on a rank without samples"),
    mistake!("average": average = leaves_with_nothing => Deadlock,
        "returns at once on a rank without samples if there are no means"),
    mistake!("average": average = zero_is_missing => WrongResult,
        "takes a mean of 0 for that of a rank without samples"),
    mistake!("learns": learns = no_broadcast => WrongResult,
        "begins with another network on each rank"),
    mistake!("learns": learns = bias_stays => WrongResult,
        "never changes the bias of the output"),
    mistake!("learns": learns = uphill => WrongResult,
        "adds the gradient"),
    mistake!("learns": learns = sum_of_ranks => WrongResult,
        "adds up the ranks' gradients, but does not divide"),
    mistake!("learns": learns = ranks_weigh_the_same => WrongResult,
        "takes the mean of the ranks' gradients"),
    mistake!("learns": learns = each_alone => WrongResult,
        "makes steps with its own gradient only"),
    mistake!("learns": learns = weights_averaged => WrongResult,
        "makes steps with its own gradient, and averages the weights at the end of the epoch"),
    mistake!("learns": learns = rate_shared => WrongResult,
        "divides the rate by the number of ranks"),
    mistake!("learns": learns = first_epoch_again => WrongResult,
        "takes the batches of epoch 0 each time"),
    mistake!("learns": learns = epochs_from_1 => WrongResult,
        "counts epochs from 1"),
    mistake!("learns": learns = one_step => WrongResult,
        "makes one step in each epoch, with the gradients of all its batches"),
    mistake!("learns": learns = own_losses => WrongResult,
        "returns the losses of its own samples"),
    mistake!("learns": learns = losses_of_batches => WrongResult,
        "takes the mean of the batches' losses"),
    mistake!("learns": learns = losses_after => WrongResult,
        "computes the loss after the step"),
    mistake!("learns": learns = last_losses => WrongResult,
        "returns the loss of the last batch"),
    mistake!("learns": learns = trained_in_single => WrongResult,
        "steps in f32"),
    mistake!("learns": learns = without_neurons => WrongResult,
        "makes no step if there are no hidden neurons"),
    mistake!("learns": learns = clipped => WrongResult,
        "shortens long gradients"),
    mistake!("learns": learns = stops_early => WrongResult,
        "stops when the loss is nearly 0"),
    mistake!("learns": learns = skips_empty => CollectiveMismatch,
        "leaves out a batch of which it has no sample"),
    mistake!("learns": learns = broadcasts_each => TooMuchCommunication,
        "broadcasts the network after each step"),
    mistake!("learns": learns = twice_for_each => TooMuchCommunication,
        "calls two all-reduces for each batch"),
    mistake!("learns": learns = losses_at_the_end => TooMuchCommunication,
        "adds up the losses of all epochs at the end, which may be more numbers than the network has"),
];

/// All weights and biases, one after the other.
fn flat(network: &Network) -> Vec<f64> {
    [
        network.hidden.as_flattened(),
        &network.output,
        &[network.bias],
    ]
    .concat()
}

fn fill(network: &mut Network, numbers: &[f64]) {
    let hidden = network.hidden.len();
    network
        .hidden
        .as_flattened_mut()
        .copy_from_slice(&numbers[..3 * hidden]);
    network
        .output
        .copy_from_slice(&numbers[3 * hidden..4 * hidden]);
    network.bias = numbers[4 * hidden];
}

fn nothing_sent(_: &SimpleCommunicator, _: &mut Network) {}

fn without_bias(world: &SimpleCommunicator, network: &mut Network) {
    let bias = network.bias;
    subject::broadcast(world, network);
    network.bias = bias;
}

fn without_hidden_biases(world: &SimpleCommunicator, network: &mut Network) {
    let before = network.hidden.clone();
    subject::broadcast(world, network);
    for (neuron, before) in network.hidden.iter_mut().zip(before) {
        neuron[2] = before[2];
    }
}

fn without_output(world: &SimpleCommunicator, network: &mut Network) {
    let output = network.output.clone();
    subject::broadcast(world, network);
    network.output = output;
}

fn hidden_from_last(world: &SimpleCommunicator, network: &mut Network) {
    let (first, last) = (
        world.process_at_rank(0),
        world.process_at_rank(world.size() - 1),
    );
    last.broadcast_into(network.hidden.as_flattened_mut());
    first.broadcast_into(&mut network.output[..]);
    first.broadcast_into(&mut network.bias);
}

fn means_of_all(world: &SimpleCommunicator, network: &mut Network) {
    let means = subject::average(world, &flat(network), 1);
    fill(network, &means);
}

fn sent_in_single(world: &SimpleCommunicator, network: &mut Network) {
    let mut numbers: Vec<f32> = flat(network).iter().map(|number| *number as f32).collect();
    world.process_at_rank(0).broadcast_into(&mut numbers[..]);
    let numbers: Vec<f64> = numbers.into_iter().map(f64::from).collect();
    fill(network, &numbers);
}

fn number_by_number(world: &SimpleCommunicator, network: &mut Network) {
    let root = world.process_at_rank(0);
    for number in network.hidden.as_flattened_mut() {
        root.broadcast_into(number);
    }
    for number in &mut network.output {
        root.broadcast_into(number);
    }
    root.broadcast_into(&mut network.bias);
}

fn to_each(world: &SimpleCommunicator, network: &mut Network) {
    let numbers = flat(network);
    if world.rank() > 0 {
        let (numbers, _) = world.process_at_rank(0).receive_vec::<f64>();
        return fill(network, &numbers);
    }
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(&numbers[..]);
    }
}

fn all_but_rank_0(world: &SimpleCommunicator, network: &mut Network) {
    if world.rank() > 0 {
        subject::broadcast(world, network);
    }
}

/// The sums of these numbers over all ranks.
fn keeps_equal(world: &SimpleCommunicator, network: &mut Network) {
    let mut numbers = flat(network);
    subject::broadcast(world, network);
    for (own, first) in numbers.iter_mut().zip(flat(network)) {
        if *own != first {
            *own = first;
        }
    }
    fill(network, &numbers);
}

fn normal_only(world: &SimpleCommunicator, network: &mut Network) {
    let mut numbers = flat(network);
    for number in &mut numbers {
        if !number.is_normal() {
            *number = 0.0;
        }
    }
    fill(network, &numbers);
    subject::broadcast(world, network);
}

fn once(world: &SimpleCommunicator, network: &mut Network) {
    thread_local! {
        static SENT: Cell<Option<usize>> = const { Cell::new(None) };
    }
    let hidden = Some(network.hidden.len());
    if SENT.replace(hidden) != hidden {
        subject::broadcast(world, network);
    }
}

fn on_a_duplicate(world: &SimpleCommunicator, network: &mut Network) {
    subject::broadcast(&world.duplicate(), network);
}

fn sums(world: &SimpleCommunicator, own: &[f64]) -> Vec<f64> {
    let mut all = vec![0.0; own.len()];
    world.all_reduce_into(own, &mut all[..], SystemOperation::sum());
    all
}

/// What this rank adds to the sums, and its number of samples.
fn weighted(own: &[f64], samples: usize) -> Vec<f64> {
    let weighted = own.iter().map(|mean| match samples {
        0 => 0.0,
        count => mean * count as f64,
    });
    weighted.chain([samples as f64]).collect()
}

fn divided(mut sums: Vec<f64>, count: f64) -> Vec<f64> {
    for sum in &mut sums {
        *sum /= count;
    }
    sums
}

fn mean_of_means(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let own: Vec<f64> = own
        .iter()
        .map(|mean| if samples > 0 { *mean } else { 0.0 })
        .collect();
    divided(sums(world, &own), f64::from(world.size()))
}

fn of_ranks_with_samples(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let mut all = sums(world, &weighted(own, samples.min(1)));
    let count = all.pop().unwrap_or(1.0).max(1.0);
    divided(all, count)
}

fn summed(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let own = weighted(own, samples.min(1));
    sums(world, &own[..own.len() - 1])
}

fn sum_by_ranks(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let own = weighted(own, samples);
    divided(sums(world, &own[..own.len() - 1]), f64::from(world.size()))
}

fn own_only(_: &SimpleCommunicator, own: &[f64], _: usize) -> Vec<f64> {
    own.to_vec()
}

fn nan_times_0(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let mut own: Vec<f64> = own.iter().map(|mean| mean * samples as f64).collect();
    own.push(samples as f64);
    let mut all = sums(world, &own);
    match all.pop() {
        Some(count) if count > 0.0 => divided(all, count),
        _ => vec![0.0; all.len()],
    }
}

fn divides_by_0(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let mut all = sums(world, &weighted(own, samples));
    let count = all.pop().unwrap_or(1.0);
    divided(all, count)
}

fn on_rank_0(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let own = weighted(own, samples);
    let mut all = vec![0.0_f64; own.len()];
    let root = world.process_at_rank(0);
    if world.rank() == 0 {
        root.reduce_into_root(&own[..], &mut all[..], SystemOperation::sum());
    } else {
        root.reduce_into(&own[..], SystemOperation::sum());
    }
    let count = all.pop().unwrap_or(1.0).max(1.0);
    divided(all, count)
}

fn averaged_in_single(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let own: Vec<f32> = weighted(own, samples)
        .into_iter()
        .map(|number| number as f32)
        .collect();
    let mut all = vec![0.0_f32; own.len()];
    world.all_reduce_into(&own[..], &mut all[..], SystemOperation::sum());
    let mut all: Vec<f64> = all.into_iter().map(f64::from).collect();
    let count = all.pop().unwrap_or(1.0).max(1.0);
    divided(all, count)
}

fn counted_in_32_bits(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let mut own = weighted(own, samples);
    if let Some(count) = own.last_mut() {
        *count = f64::from(samples as u32);
    }
    let mut all = sums(world, &own);
    let count = all.pop().unwrap_or(1.0).max(1.0);
    divided(all, count)
}

fn counted_in_single(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let own = match samples {
        0 => vec![0.0; own.len()],
        _ => own.to_vec(),
    };
    let count = f64::from(samples as f32);
    let own: Vec<f64> = own.iter().map(|mean| mean * count).chain([count]).collect();
    let mut all = sums(world, &own);
    let count = all.pop().unwrap_or(1.0).max(1.0);
    divided(all, count)
}

fn count_apart(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let own = weighted(own, samples);
    let (count, own) = own.split_last().expect("the count is there");
    let all = sums(world, own);
    divided(all, sums(world, &[*count])[0].max(1.0))
}

fn gathers_all(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let own = weighted(own, samples);
    let mut all = vec![0.0; own.len() * world.size() as usize];
    world.all_gather_into(&own[..], &mut all[..]);
    let mut sums = vec![0.0_f64; own.len()];
    for vector in all.chunks(own.len()) {
        for (sum, number) in sums.iter_mut().zip(vector) {
            *sum += number;
        }
    }
    let count = sums.pop().unwrap_or(1.0).max(1.0);
    divided(sums, count)
}

fn leaves_early(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    if samples == 0 {
        return vec![0.0; own.len()];
    }
    subject::average(world, own, samples)
}

fn leaves_with_nothing(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    if own.is_empty() && samples == 0 {
        return Vec::new();
    }
    subject::average(world, own, samples)
}

fn zero_is_missing(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    let pairs: Vec<f64> = own
        .iter()
        .flat_map(|mean| match *mean {
            0.0 => [0.0; 2],
            _ if samples == 0 => [0.0; 2],
            mean => [mean * samples as f64, samples as f64],
        })
        .collect();
    let all = sums(world, &pairs);
    let pairs = all.as_chunks().0.iter();
    pairs
        .map(|[sum, count]: &[f64; 2]| sum / count.max(1.0))
        .collect()
}

type Batches<'a> = &'a mut dyn FnMut(u64) -> Vec<Vec<Sample>>;

/// Goes down, or elsewhere.
fn step(network: &mut Network, rate: f64, gradient: &[f64]) {
    let stepped: Vec<f64> = flat(network)
        .iter()
        .zip(gradient)
        .map(|(number, derivative)| number - rate * derivative)
        .collect();
    fill(network, &stepped);
}

/// A training as the reference has it, but that each batch is done by `batch`, which steps and returns the loss of this
/// rank's samples. `begins` is done first.
fn trained(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    batches: Batches,
    mut batch: impl FnMut(&mut Network, &[Sample]) -> f64,
) -> Vec<f64> {
    subject::broadcast(world, network);
    (0..epochs)
        .map(|epoch| {
            let (mut sum, mut count) = (0.0, 0);
            for part in batches(epoch) {
                sum += batch(network, &part) * part.len() as f64;
                count += part.len();
            }
            subject::average(world, &[sum / count as f64], count)[0]
        })
        .collect()
}

fn no_broadcast(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    let mut losses = Vec::new();
    for epoch in 0..epochs {
        let (mut sum, mut count) = (0.0, 0);
        for part in batches(epoch) {
            let (loss, own) = subject::gradient(network, &part);
            sum += loss * part.len() as f64;
            count += part.len();
            step(
                network,
                rate,
                &subject::average(world, &flat(&own), part.len()),
            );
        }
        losses.extend(subject::average(world, &[sum / count as f64], count));
    }
    losses
}

fn bias_stays(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    trained(world, network, epochs, batches, |network, part| {
        let (loss, own) = subject::gradient(network, part);
        let bias = network.bias;
        step(
            network,
            rate,
            &subject::average(world, &flat(&own), part.len()),
        );
        network.bias = bias;
        loss
    })
}

fn uphill(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    subject::learns(world, network, epochs, -rate, batches)
}

fn sum_of_ranks(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    trained(world, network, epochs, batches, |network, part| {
        let (loss, own) = subject::gradient(network, part);
        step(network, rate, &sums(world, &flat(&own)));
        loss
    })
}

fn ranks_weigh_the_same(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    trained(world, network, epochs, batches, |network, part| {
        let (loss, own) = subject::gradient(network, part);
        let all = sums(world, &flat(&own));
        step(network, rate / f64::from(world.size()), &all);
        loss
    })
}

fn each_alone(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    trained(world, network, epochs, batches, |network, part| {
        let (loss, own) = subject::gradient(network, part);
        step(network, rate, &flat(&own));
        loss
    })
}

fn weights_averaged(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    subject::broadcast(world, network);
    let mut losses = Vec::new();
    for epoch in 0..epochs {
        let (mut sum, mut count) = (0.0, 0);
        for part in batches(epoch) {
            let (loss, own) = subject::gradient(network, &part);
            sum += loss * part.len() as f64;
            count += part.len();
            step(network, rate, &flat(&own));
        }
        let means = subject::average(world, &flat(network), 1);
        fill(network, &means);
        losses.extend(subject::average(world, &[sum / count as f64], count));
    }
    losses
}

fn rate_shared(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    let rate = rate / f64::from(world.size());
    subject::learns(world, network, epochs, rate, batches)
}

fn first_epoch_again(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    subject::learns(world, network, epochs, rate, &mut |_| batches(0))
}

fn epochs_from_1(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    subject::learns(world, network, epochs, rate, &mut |epoch| {
        batches(epoch + 1)
    })
}

fn one_step(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    subject::learns(world, network, epochs, rate, &mut |epoch| {
        vec![batches(epoch).concat()]
    })
}

fn own_losses(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    subject::broadcast(world, network);
    let mut losses = Vec::new();
    for epoch in 0..epochs {
        let (mut sum, mut count) = (0.0, 0);
        for part in batches(epoch) {
            let (loss, own) = subject::gradient(network, &part);
            sum += loss * part.len() as f64;
            count += part.len();
            step(
                network,
                rate,
                &subject::average(world, &flat(&own), part.len()),
            );
        }
        losses.push(if count > 0 { sum / count as f64 } else { 0.0 });
    }
    losses
}

/// The loss of all ranks' samples of a batch, and a step.
fn batch_of_all(
    world: &SimpleCommunicator,
    network: &mut Network,
    rate: f64,
    part: &[Sample],
) -> f64 {
    let (loss, own) = subject::gradient(network, part);
    let mut mean = subject::average(world, &[flat(&own), vec![loss]].concat(), part.len());
    let loss = mean.pop().unwrap_or_default();
    step(network, rate, &mean);
    loss
}

fn losses_of_batches(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    subject::broadcast(world, network);
    (0..epochs)
        .map(|epoch| {
            let parts = batches(epoch);
            let losses = parts
                .iter()
                .map(|part| batch_of_all(world, network, rate, part));
            losses.sum::<f64>() / parts.len().max(1) as f64
        })
        .collect()
}

fn losses_after(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    trained(world, network, epochs, batches, |network, part| {
        batch_of_all(world, network, rate, part);
        subject::gradient(network, part).0
    })
}

fn last_losses(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    subject::broadcast(world, network);
    (0..epochs)
        .map(|epoch| {
            batches(epoch)
                .iter()
                .map(|part| batch_of_all(world, network, rate, part))
                .last()
                .unwrap_or(0.0)
        })
        .collect()
}

fn trained_in_single(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    trained(world, network, epochs, batches, |network, part| {
        let loss = batch_of_all(world, network, rate, part);
        let rounded: Vec<f64> = flat(network)
            .iter()
            .map(|number| f64::from(*number as f32))
            .collect();
        fill(network, &rounded);
        loss
    })
}

fn without_neurons(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    let rate = if network.hidden.is_empty() { 0.0 } else { rate };
    subject::learns(world, network, epochs, rate, batches)
}

fn clipped(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    trained(world, network, epochs, batches, |network, part| {
        let (loss, own) = subject::gradient(network, part);
        let mut mean = subject::average(world, &flat(&own), part.len());
        let length = mean.iter().map(|slope| slope * slope).sum::<f64>().sqrt();
        for slope in &mut mean {
            *slope *= (10.0 / length).min(1.0);
        }
        step(network, rate, &mean);
        loss
    })
}

fn stops_early(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    subject::broadcast(world, network);
    let mut losses = Vec::new();
    for epoch in 0..epochs {
        let (mut sum, mut count) = (0.0, 0);
        let parts = batches(epoch);
        for part in &parts {
            sum += part.len() as f64 * batch_of_all(world, network, rate, part);
            count += part.len();
        }
        losses.extend(subject::average(world, &[sum / count as f64], count));
        if !parts.is_empty() && losses.last().is_some_and(|loss| *loss < 1e-20) {
            break;
        }
    }
    losses
}

fn skips_empty(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    trained(world, network, epochs, batches, |network, part| {
        if part.is_empty() {
            return 0.0;
        }
        let (loss, own) = subject::gradient(network, part);
        step(
            network,
            rate,
            &subject::average(world, &flat(&own), part.len()),
        );
        loss
    })
}

fn broadcasts_each(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    trained(world, network, epochs, batches, |network, part| {
        let (loss, own) = subject::gradient(network, part);
        step(
            network,
            rate,
            &subject::average(world, &flat(&own), part.len()),
        );
        subject::broadcast(world, network);
        loss
    })
}

fn twice_for_each(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    trained(world, network, epochs, batches, |network, part| {
        let (loss, own) = subject::gradient(network, part);
        let hidden = subject::average(world, own.hidden.as_flattened(), part.len());
        let output = [&own.output[..], &[own.bias]].concat();
        let output = subject::average(world, &output, part.len());
        step(network, rate, &[hidden, output].concat());
        loss
    })
}

fn losses_at_the_end(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: Batches,
) -> Vec<f64> {
    subject::broadcast(world, network);
    let mut all = Vec::new();
    for epoch in 0..epochs {
        let (mut sum, mut count) = (0.0, 0);
        for part in batches(epoch) {
            let (loss, own) = subject::gradient(network, &part);
            sum += loss * part.len() as f64;
            count += part.len();
            step(
                network,
                rate,
                &subject::average(world, &flat(&own), part.len()),
            );
        }
        all.extend([sum, count as f64]);
    }
    if all.is_empty() {
        return all;
    }
    let all = sums(world, &all);
    let pairs = all.as_chunks().0.iter();
    pairs
        .map(|[sum, count]: &[f64; 2]| sum / count.max(1.0))
        .collect()
}
