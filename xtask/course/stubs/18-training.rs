//! Exercise 18: training. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 18`.
//!
//! **The samples are distributed, and the network is replicated.** Every rank has a copy of all weights, and
//! some of the samples; a rank may have none. Weights, coordinates, and labels are of moderate size: nothing
//! overflows.
//!
//! **All numbers are `f64`.** Sums may be computed in any order, unless a function says otherwise. Where the
//! order is free, results must be right to twelve digits: the error is at most 10⁻¹² times the sum of the
//! absolute values of all terms (also of those that `value - label` consists of).

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

/// A point of the plane, and the value that the network is to return for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Its coordinates.
    pub point: [f64; 2],
    /// The value for this point: 1 or -1 for the two spirals, but it may be any number.
    pub label: f64,
}

/// The weights and biases of a network with one hidden layer. A gradient has the same shape: one number for
/// each weight and each bias.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// For each hidden neuron, the weight of x, the weight of y, and the bias.
    pub hidden: Vec<[f64; 3]>,
    /// For each hidden neuron, its weight in the output.
    pub output: Vec<f64>,
    /// The bias of the output.
    pub bias: f64,
}

impl Network {
    /// The value that the network returns for a point.
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
/// The loss is the mean of `(value - label)²` over the samples, where `value` is [`Network::value`] of the
/// point. The gradient contains, in the place of each weight and each bias, the derivative of the loss with
/// respect to it. Without samples, the loss and all numbers of the gradient are 0.
pub fn gradient(network: &Network, samples: &[Sample]) -> (f64, Network) {
    todo!()
}

/// Gives every rank the network of rank 0, with exactly the same bits.
///
/// `network` has the same number of hidden neurons on all ranks; it may be 0. On rank 0, `network` stays
/// unchanged. On the other ranks, its numbers are ignored and overwritten. Use at most three broadcasts
/// (blocking or not), and nothing else.
pub fn broadcast(world: &SimpleCommunicator, network: &mut Network) {
    todo!()
}

/// Returns, on every rank, the means over the samples of all ranks.
///
/// This rank has `samples` samples, and each number in `own` is the mean of some quantity over them. The
/// result contains the means of the same quantities over the samples of all ranks together. `own` has the
/// same length on all ranks; it may be 0. On a rank without samples, `own` may contain anything, even NaN,
/// and is ignored. If no rank has samples, the result is all zeros.
///
/// All ranks together have fewer than 2^40 samples. Use one all-reduce (blocking or not), and nothing else. If
/// `own` is empty, all ranks may leave it out, but not only some of them.
pub fn average(world: &SimpleCommunicator, own: &[f64], samples: usize) -> Vec<f64> {
    todo!()
}

/// Adds up pieces of a gradient in a fixed order: the result has the same bits on every rank, and on any
/// number of ranks.
///
/// The number of pieces does not depend on the number of ranks: there are piece 0, piece 1, and so on. Each
/// piece is a vector of `length` numbers. `own` contains the pieces of this rank: rank 0 has the first ones,
/// rank 1 the next ones, and so on; some ranks may have none, or even all of them. To compute each number of
/// the result, start with 0.0 (not with -0.0), and add the number of piece 0, then that of piece 1, and so on,
/// one after another, in `f64`. Without pieces, the result is all zeros. `length` may be 0.
///
/// With `n` ranks, each rank may send and start collectives at most `n + 4` times in all. The buffers that it
/// sends from in these calls together have at most `(pieces + 2) * length + 4 * n + 8` numbers, where `pieces`
/// is the number of all pieces, and the same is true of those that it receives into.
pub fn fixed_order(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    todo!()
}

/// Distributes the samples of an epoch: returns, for each batch, the indices of the samples that belong to
/// rank `rank` of `size` ranks.
///
/// The samples are numbered from 0 to `samples - 1`. They are shuffled: put into a random order that depends
/// on `seed` and `epoch`, but not on `batch`. Different pairs of seed and epoch give unrelated orders, even
/// seed 1 with epoch 0 and seed 0 with epoch 1: one order does not become the other one, or nearly so, if the
/// places or the numbers of the samples are shifted or reversed. (Orders of a few samples may be equal by
/// chance.) The same pair gives the same order, on all ranks and for any number of ranks. The first `batch`
/// samples in that order are batch 0, the next ones are batch 1, and so on; only the last batch may be
/// shorter. Each sample of a batch belongs to one rank; which one, and the order within a part, are up to you.
/// The numbers of samples that any two ranks have of a batch differ by at most 1, so a part may be empty. All
/// ranks return as many parts as there are batches.
///
/// `batch` is any number from 1 to `usize::MAX`. `samples` may be 0, and then there is no batch. `seed` and
/// `epoch` may be any numbers: find the order of a late epoch without going through the epochs before it. No
/// communication is needed.
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
/// `numbers` has the same length on all ranks. The length need not be divisible by the number of ranks, may
/// be smaller, and may be 0. Afterwards, `numbers` contains the sums, with the same bits on every rank.
///
/// Send only to the next rank, which is `rank + 1`, or 0 after the last rank. Use no collective, and make no
/// communicator, which takes a collective call, too. An empty message need not be sent. With `n` ranks, a rank
/// sends at most `2 * (n - 1)` messages, with at most `2 * (n - 1) * ⌈length / n⌉` numbers in all of them
/// together: a single rank sends none. Within these limits, the parts and the order of the steps are up to
/// you.
pub fn ring(world: &SimpleCommunicator, numbers: &mut [f64]) {
    todo!()
}

/// Computes the gradients of all layers, and adds up the gradients of all ranks. The sums of the last layers
/// are in progress while the gradients of the first layers are computed. Returns the sums on every rank,
/// layer by layer, from the first layer to the last.
///
/// `lengths[l]` is the length of the gradient of layer `l`, the same on all ranks. It may be 0, and there may
/// be no layers. `compute(l, gradient)` overwrites `gradient`, whose length is `lengths[l]`, with this
/// rank's gradient of layer `l`. Call it once for each layer, even if its length is 0, from the last layer to
/// the first, because each layer needs the result of the layer after it.
///
/// As soon as the gradient of a layer has been computed, and before the next one is computed, start a
/// non-blocking all-reduce (`MPI_Iallreduce`) for it; a layer of length 0 needs none. Wait for none of these
/// requests, and test none, before the gradient of layer 0 has been computed; after that, do it in any way.
/// Use nothing else.
pub fn buckets(
    world: &SimpleCommunicator,
    lengths: &[usize],
    compute: &mut dyn FnMut(usize, &mut [f64]),
) -> Vec<Vec<f64>> {
    todo!()
}

/// Trains a network by gradient descent, on all ranks together. Returns the loss of each epoch, on every
/// rank.
///
/// Training begins with the network of rank 0, whatever the other ranks have in `network`, and even if there
/// are no epochs. `network` has the same number of hidden neurons on all ranks. `batches(epoch)` returns this
/// rank's part of each batch of an epoch; call it once for each epoch, from 0 to `epochs - 1`. All ranks have
/// the same number of parts, any of which may be empty. For each batch, all ranks make one step together:
/// they subtract, from each weight and each bias, `rate` times the derivative of the loss with respect to it.
/// That loss is the mean over the samples of *all* ranks in this batch, as in [`gradient`]. A batch of which
/// no rank has a sample changes nothing.
///
/// The loss of an epoch is the mean of `(value - label)²` over all samples of the epoch, each computed before
/// the step of its batch; without samples, it is 0. After a few steps, losses and weights must agree with
/// those of a run on one rank to twelve digits. (With many steps, rounding errors grow.)
///
/// Use at most three broadcasts, at most one all-reduce for each batch, and at most one for each epoch, and
/// nothing else. Where the all-reduces stand is up to you. On average, such a call has at most 8 numbers more
/// than the network: no sample leaves its rank.
pub fn learns(
    world: &SimpleCommunicator,
    network: &mut Network,
    epochs: u64,
    rate: f64,
    batches: &mut dyn FnMut(u64) -> Vec<Vec<Sample>>,
) -> Vec<f64> {
    todo!()
}
