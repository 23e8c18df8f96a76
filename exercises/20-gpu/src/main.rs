//! Works on the devices of this machine: first the examples of the lesson, then what you have written.
//! `cargo xtask run 20 -n 4`
//!
//! `cargo xtask run 20 -n 4 -- 1000000` sets the number of points.

mod lesson;
mod request;

use demo::{agree, stop_all_on_panic, tell};
use device::{Device, Machine};
use gpu::*;
use mpi::{topology::SimpleCommunicator, traits::*};
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    // One rank reads the arguments, and all ranks act on the result.
    let points = match agree(&world, request::points) {
        Ok([points]) => points,
        Err(status) => return status,
    };
    // `agree` has made sure that there is a device.
    let machine = Machine::find().expect("there is a device");
    if world.rank() == 0 {
        lesson::examples(&machine);
    }
    devices(&world, &machine);
    if world.rank() == 0 {
        let device = machine.open(0);
        vectors(&device);
        hits(&device, points);
        pieces(&device);
    }
    together(&world, &machine, points);
    ExitCode::SUCCESS
}

/// How long something takes, once everything is compiled.
fn timed<R>(mut work: impl FnMut() -> R) -> (R, Duration) {
    work();
    let start = Instant::now();
    (work(), start.elapsed())
}

fn devices(world: &SimpleCommunicator, machine: &Machine) {
    let own = device(world, machine.devices());
    let mut all = vec![0_usize; world.size() as usize];
    world.all_gather_into(&own, &mut all[..]);
    tell(
        world,
        &format!("\ndevice: the ranks use the devices {all:?}"),
    );
}

fn vectors(device: &Device) {
    let length = 1_000_003;
    let numbers: Vec<f32> = (0..length).map(|number| (number % 100) as f32).collect();
    let (left, right) = (device.upload(&numbers), device.upload(&numbers));
    let sums = device.buffer::<f32>(length);
    let ((), time) = timed(|| {
        add(device, &left, &right, &sums, length);
        // The time is then that of the kernel, not that of starting it.
        device.download(&device.buffer::<f32>(1));
    });
    let back = device.download(&sums);
    println!("\nkernel: {:?} … in {time:.1?}", &back[..5]);

    let numbers: Vec<i32> = (0..length as i32).map(|number| number % 1000).collect();
    let there = device.upload(&numbers);
    let (total, time) = timed(|| sum(device, &there, length));
    println!("\nsum: {total} in {time:.1?}");
}

fn hits(device: &Device, points: u64) {
    let (hits, time) = timed(|| hits_between(device, 20, 0..points));
    let pi = 4.0 * hits as f64 / points as f64;
    println!("\npi: {hits} of {points} points are hits: {pi:.6}, in {time:.1?}");
}

fn pieces(device: &Device) {
    let numbers: Vec<f32> = (0..100 * PIECE)
        .map(|number| (number % 2001) as f32)
        .collect();
    let (mean, time) = timed(|| mean(device, &numbers));
    println!("\nmean: {mean:?} in {time:.1?}");
}

fn together(world: &SimpleCommunicator, machine: &Machine, points: u64) {
    let hits = all(world, machine, 20, points);
    let pi = 4.0 * hits as f64 / points as f64;
    let ranks = world.size();
    tell(
        world,
        &format!("\nall: {hits} hits on the devices of {ranks} ranks: {pi:.6}"),
    );
}
