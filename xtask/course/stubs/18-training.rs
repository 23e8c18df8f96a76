//! Exercise 18: Training. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 18`.
//!
//! **The samples are distributed, the network is everywhere.** Every rank has a copy of all weights, and some of the
//! samples; a rank may have none. Weights, coordinates, and labels are of moderate size: nothing overflows.
//!
//! **All numbers are `f64`.** Sums may be made in any order, unless a function says otherwise: then results are right
//! to twelve digits, compared with the largest number that is added up.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{
    Count, collective::SystemOperation, datatype::PartitionMut, point_to_point::send_receive_into,
    request, topology::SimpleCommunicator, traits::*,
};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A point of the plane, and what the network shall say of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Its coordinates.
    pub point: [f64; 2],
    /// What the network shall say: 1 or -1 for the two spirals, but any number will do.
    pub label: f64,
}

/// The weights and biases of a network with one hidden layer. A gradient has the same shape: one number for each of
/// them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// For each hidden neuron the weight of x, the weight of y, and the bias.
    pub hidden: Vec<[f64; 3]>,
    /// For each hidden neuron its weight in the output.
    pub output: Vec<f64>,
    /// The bias of the output.
    pub bias: f64,
}

impl Network {
    /// What the network says of a point.
    pub fn value(&self, [x, y]: [f64; 2]) -> f64 {
        let mut value = self.bias;
        for ([of_x, of_y, bias], weight) in self.hidden.iter().zip(&self.output) {
            value += weight * (of_x * x + of_y * y + bias).tanh();
        }
        value
    }
}

/// Returns the loss of a network on some samples, and the gradient of the loss.
///
/// The loss is the mean of `(value - label)²` over the samples, where `value` is [`Network::value`] of the point. The
/// gradient says for each weight and each bias of the network, in its place, the derivative of the loss with respect to
/// it. Both are right to twelve digits. Without samples, the loss and all numbers of the gradient are 0.
pub fn gradient(network: &Network, samples: &[Sample]) -> (f64, Network) {
    todo!()
}

/// Gives every rank the network of rank 0, bit by bit.
///
/// `network` has the same number of hidden neurons on all ranks, and it may be 0. On rank 0 it stays as it is; on the
/// others it holds some numbers that do not count. Use at most three broadcasts, and nothing else.
pub fn broadcast(world: &SimpleCommunicator, network: &mut Network) {
    todo!()
}

/// Returns, on every rank, the mean over the samples of all ranks.
///
/// `own` holds means over this rank's samples, of which there are `samples`: each number of `own` is the mean of
/// something over them. The result holds the means of the same over the samples of all ranks together. All ranks have
/// vectors of the same length, which may be 0. On a rank without samples, `own` holds anything, even NaN, and does not
/// count. If no rank has samples, the result is all zeros.
///
/// There are fewer than 2^40 samples in all. Use one all-reduce, and nothing else.
pub fn average(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    todo!()
}

/// Adds up pieces of a gradient in a fixed order: the result has the same bits on every rank, and at every number of
/// ranks.
///
/// There is a number of pieces that does not depend on the number of ranks: piece 0, piece 1, and so on. Each is a
/// vector of `length` numbers. `own` holds those of this rank; rank 0 has the first ones, rank 1 the next ones, and
/// so on, and some ranks may have none. Each number of the result is made by starting with 0 and adding that of piece
/// 0, then that of piece 1, and so on, one after the other, in `f64`.
///
/// No rank may send or get more than all pieces and a few numbers, by at most as many messages and collectives as there
/// are ranks, and four more.
pub fn fixed_order(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    todo!()
}

/// Deals the samples of an epoch out to the ranks: returns the indices of those that rank `rank` of `size` works on,
/// for each batch.
///
/// The samples are numbered from 0 to `samples - 1`. They are put into a random order that depends on `seed` and
/// `epoch`: another epoch or another seed gives another order, the same two give the same one, on all ranks and at
/// every number of ranks. The first `batch` samples in that order are batch 0, the next ones are batch 1, and so on;
/// only the last batch may be shorter. Each sample of a batch belongs to one rank, and the numbers of samples that
/// two ranks have of it differ by 1 at most; so a part may be empty. All ranks return as many parts as there are
/// batches.
///
/// `batch` is at least 1; `samples` may be 0, and then there is no batch. `seed` and `epoch` are any numbers; a late
/// epoch takes no longer than an early one. No communication is needed.
pub fn shards(
    rank: usize,
    size: usize,
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    todo!()
}

/// Adds up the vectors of all ranks, element by element: an all-reduce by hand, around a ring.
///
/// `numbers` has the same length on all ranks, which need not be divisible by the number of ranks, may be smaller, and
/// may be 0. Afterwards it holds the sums, with the same bits on every rank.
///
/// Send only to the next rank, `rank + 1`, or 0 after the last one, and use no collective. With `n` ranks, a rank
/// sends at most `2 * (n - 1)` messages, and in all of them at most `2 * (n - 1) * ⌈length / n⌉` numbers.
pub fn ring(world: &SimpleCommunicator, numbers: &mut [f64]) {
    todo!()
}

/// Computes the gradients of all layers and adds up those of all ranks; the last layers' sums travel while the first
/// layers' gradients are computed. Returns the sums, layer by layer from the first to the last, on every rank.
///
/// `lengths[l]` says how many numbers the gradient of layer `l` has, the same on all ranks; it may be 0, and there may
/// be no layers. `compute(l, gradient)` writes this rank's gradient of layer `l` into `gradient`, whose length is
/// `lengths[l]`. Call it once for each layer, from the last layer to the first, because each needs what the one behind
/// it has found.
///
/// As soon as the gradient of a layer is there, and before the next one is computed, start an immediate all-reduce
/// (`MPI_Iallreduce`) for it. Wait for none of them, and test none, before the gradient of layer 0 has been computed.
/// Use nothing else.
pub fn buckets(
    world: &SimpleCommunicator,
    lengths: &[usize],
    compute: &mut dyn FnMut(usize, &mut [f64]),
) -> Vec<Vec<f64>> {
    todo!()
}

/// Trains a network: repeats steps down the gradient, all ranks together. Returns the loss of each epoch, on every
/// rank.
///
/// Training begins with the network of rank 0, whatever the others have in `network`, also if there are no epochs; it
/// has the same number of hidden neurons on all ranks. `batches(epoch)` returns this rank's part of each batch of an
/// epoch; it is called once for each epoch, from 0 to `epochs - 1`. All ranks have as many parts, and any of them may
/// be empty. For each batch, all ranks make one step together: `rate` times its derivative of the loss is subtracted
/// from each weight and each bias. That loss is the mean over the samples of *all* ranks in this batch, as in
/// [`gradient`]. A batch without any sample changes nothing.
///
/// The loss of an epoch is the mean of `(value - label)²` over all samples of the epoch, each computed before the step
/// of its batch; without samples it is 0. Losses and weights are right to twelve digits: those of a run on one rank.
///
/// Use at most three broadcasts, one all-reduce for each batch, and one for each epoch, and nothing else. No sample
/// leaves its rank.
pub fn learns(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: &mut dyn FnMut(u64) -> Vec<Vec<Sample>>,
) -> Vec<f64> {
    todo!()
}
