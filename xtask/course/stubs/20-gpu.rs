//! Exercise 20: gpu. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 20`. Kernels are
//! WGSL, as text: in a constant in this file, or in a file of its own next to it, which `include_str!` reads.
//!
//! In every task that runs kernels:
//!
//! - **A workgroup has at least 32 invocations,** and all runs together have at least one invocation for
//!   every 64 numbers or points, up to 512 invocations: a device is fast only with many of them. The
//!   invocations share the work: none does more than four times the average.
//! - A device takes at most [`Device::most_groups`] workgroups in a dimension. That may be as few as 16, and
//!   there may be more to do. Make at most one run for every `64 * most_groups()` numbers or points, and 4
//!   more. In [`mean`], make at most one for every 1024 numbers, and 4 more.
//! - The invocations of a kernel do not interfere with each other: if one writes a place, no other reads or
//!   writes it without a barrier or an atomic operation in between, and all invocations of a workgroup reach
//!   each barrier. They write nothing beyond the end of a buffer, and use nothing that they read there.
//! - The result is computed on the device, from what its kernels have read there.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use device::{Buffer, Device, Kernel, Machine, Staging, Submission};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use std::ops::Range;

/// Returns the number of the device that this rank uses, from 0 to `devices - 1`.
///
/// `devices`, at least 1, is the number of devices on this rank's node; other nodes may have a different
/// number. The ranks of a node, in the order of `world`, take its devices in turn: the first rank takes
/// device 0, the next one device 1, and after the last device comes the first again.
///
/// `split_shared` (`MPI_Comm_split_type`) determines which ranks are on a node; the checks make it pretend
/// that there are several nodes. Call it once. Apart from that, the ranks exchange no data.
pub fn device(world: &SimpleCommunicator, devices: usize) -> usize {
    todo!()
}

/// Adds two vectors on the device: `sum[i]` becomes `left[i] + right[i]`, for each `i` below `length`.
///
/// All three buffers have at least `length` numbers. They may have more, and those stay as they are. `length`
/// may be 0, and is less than 2^31. The numbers stay on the device: at most 256 bytes are copied to it, and
/// none from it.
pub fn add(
    device: &Device,
    left: &Buffer<f32>,
    right: &Buffer<f32>,
    sum: &Buffer<f32>,
    length: usize,
) {
    todo!()
}

/// Returns the sum of the first `length` numbers of a buffer on the device, or 0 if `length` is 0.
///
/// The numbers may be any `i32`, and sums wrap around, as they do in WGSL (and with `wrapping_add`); every
/// order therefore gives the same result. `length` is less than 2^31. The buffer keeps its numbers.
///
/// Each workgroup adds up its numbers in workgroup memory, in a tree: between two barriers, an invocation reads
/// at most 16 values from workgroup memory, and a workgroup passes at most 64 barriers in a run. The sums of the
/// workgroups are added on the device, too, until at most four are left: at most 16 bytes are copied back, and at
/// most 1024 are copied to the device. No kernel uses atomic operations.
pub fn sum(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    todo!()
}

/// Random bits without a state, as in exercise 06: scrambles a counter with a key, in ten rounds of
/// Philox2x64 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
pub fn philox(mut counter: [u64; 2], mut key: u64) -> [u64; 2] {
    for _ in 0..10 {
        let product = 0xd2b7_4407_b1ce_6e93 * u128::from(counter[0]);
        counter = [(product >> 64) as u64 ^ key ^ counter[1], product as u64];
        key = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    }
    counter
}

/// The point with the index `index` in the sequence of `seed`, as in exercise 06, in units of 2^-53: `x` and
/// `y` are less than 2^53.
pub fn point(seed: u64, index: u64) -> [u64; 2] {
    philox([index, 0], seed).map(|bits| bits >> 11)
}

/// Returns how many of the points with these indices in the sequence of `seed` are in the quarter circle,
/// counted on the device: those with `x² + y² < 2^106`, exactly. [`point`] defines the points. The result is
/// that of `hits_between` in exercise 06.
///
/// The range has fewer than 2^31 points, and may be empty, as `7..7` and `5..3` are; `seed` and the indices may
/// be any `u64`. At most 1024 bytes are copied to the device, and at most 1024 from it.
pub fn hits_between(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    todo!()
}

/// The largest number of numbers that [`mean`] copies to the device at a time.
pub const PIECE: usize = 4096;

/// Returns the mean of some numbers, added up on the device, or `None` if there are none. It is the exact mean,
/// rounded once, to `f64`.
///
/// The numbers are whole, from -2000 to 2000, and there may be many, with a sum beyond 2^31. An `f32` is exact
/// up to 2^24: that is enough for the sum of a piece, but not for the sum of all numbers.
///
/// The numbers are copied to the device in pieces of at most [`PIECE`], through staging buffers. Each time one
/// of these is filled, except for the very first time, the device still has a piece to add up: a run of a
/// kernel has been started, and not waited for.
///
/// All buffers that are made, including staging buffers and those that are dropped early, together have room
/// for at most `4 * PIECE` numbers, and for 256 more bytes for every `PIECE` numbers. For every `PIECE`
/// numbers, at most 256 bytes are copied back, and at most 64 are copied to the device in other ways than
/// through staging buffers. (For fewer than `PIECE` numbers, the limits are the same as for `PIECE`.)
pub fn mean(device: &Device, numbers: &[f32]) -> Option<f64> {
    todo!()
}

/// Counts, on the devices of all ranks, how many of the points 0, 1, 2, …, `samples` - 1 of the sequence of
/// `seed` are in the quarter circle. Returns this number on every rank.
///
/// Each rank opens one device of its node's `machine`, the one whose number [`device()`] returns, and counts
/// its share of the points there. The numbers of points of two ranks differ by at most one. One all-reduce
/// adds up the counts; apart from it and the split of [`device()`], the ranks exchange no data. `samples` may
/// be less than the number of ranks.
pub fn all(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    todo!()
}
