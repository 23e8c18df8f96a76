//! The checks of exercise 20: one source for the student's crate, the reference and every mistake.
//!
//! - `lab`: a device for the checks, and a record of what an answer does with it;
//! - `places`: the tasks `device` and `all`;
//! - `vectors`: the tasks `kernel` and `sum`;
//! - `points`: the task `pi`;
//! - `pieces`: the task `mean`.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "lab.rs"]
mod lab;
#[path = "pieces.rs"]
mod pieces;
#[path = "places.rs"]
mod places;
#[path = "points.rs"]
mod points;
#[path = "vectors.rs"]
mod vectors;

use device::{Buffer, Device, Machine};
use harness_mpi::{Check, SimpleCommunicator, Suite};
use std::ops::Range;

harness_mpi::answers! {
    fn device(world: &SimpleCommunicator, devices: usize) -> usize;
    fn add(device: &Device, left: &Buffer<f32>, right: &Buffer<f32>, sum: &Buffer<f32>, length: usize) -> ();
    fn sum(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32;
    fn hits_between(device: &Device, seed: u64, indices: Range<u64>) -> u64;
    fn mean(device: &Device, numbers: &[f32]) -> Option<f64>;
    fn all(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("device", places::device)
        .task("kernel", vectors::add)
        .task("sum", vectors::sum)
        .task("pi", points::hits_between)
        .task("mean", pieces::mean)
        .task("all", places::all)
}
