//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    sensors(world);
    largest(world);
    if world.rank() == 0 {
        tenths();
    }
}

fn sensors(world: &SimpleCommunicator) {
    let temperature = 20.0 + f64::from(world.rank());
    let is_broken = world.rank() == 2;
    // ANCHOR: sensors
    let own = [temperature, 1.0, f64::from(u8::from(is_broken))];
    let mut all = [0.0; 3];
    world.all_reduce_into(&own[..], &mut all[..], SystemOperation::sum());
    let [sum, count, broken] = all;
    // ANCHOR_END: sensors
    if world.rank() == 0 {
        println!(
            "{:.1} degrees on average, {broken} of {count} sensors broken",
            sum / count
        );
    }
}

fn largest(world: &SimpleCommunicator) {
    let own = [
        f64::from((7 * world.rank() + 3) % 5),
        f64::from(world.rank()),
    ];
    let mut all = vec![[0.0; 2]; world.size() as usize];
    world.all_gather_into(&own[..], all.as_flattened_mut());
    let largest = all
        .into_iter()
        .reduce(|best, other| if other[0] > best[0] { other } else { best });
    if world.rank() == 0 {
        let [number, rank] = largest.expect("there is at least one rank");
        println!("the largest number is {number}, on rank {rank}");
    }
}

fn tenths() {
    // ANCHOR: tenths
    const UNIT: f64 = (1_u64 << 40) as f64;
    let tenths = [0.1_f64; 10];
    let floating: f64 = tenths.iter().sum();
    let counted: i64 = tenths
        .iter()
        .map(|tenth| (tenth * UNIT).round() as i64)
        .sum();
    // ANCHOR_END: tenths
    println!(
        "ten tenths: {floating}, and {} in fixed point",
        counted as f64 / UNIT
    );
}
