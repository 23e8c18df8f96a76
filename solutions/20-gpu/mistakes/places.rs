//! Mistakes in the tasks `device` and `all`.

use crate::{subject, tasks::Answers};
use device::Machine;
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use std::ops::Range;

pub const DEVICE: &[Mistake<Answers>] = &[
    mistake!("device": device = devices_in_32_bits => WrongResult,
        "takes more devices than an i32 can count for one"),
    mistake!("device": device = by_world_rank => WrongResult,
        "uses the rank in the world instead of the one on the node"),
    mistake!("device": device = always_the_first => WrongResult,
        "uses device 0 on every rank"),
    mistake!("device": device = not_in_turn => WrongResult,
        "gives the last device to all ranks that have none of their own"),
    mistake!("device": device = in_blocks => WrongResult,
        "gives consecutive ranks the same device"),
    mistake!("device": device = without_wrapping => WrongResult,
        "returns the rank on the node, even if there are fewer devices"),
    mistake!("device": device = last_rank_first => WrongResult,
        "numbers the ranks of a node in reverse order"),
    mistake!("device": device = masked => WrongResult,
        "uses a bit mask in place of the remainder"),
    mistake!("device": device = asks_twice => WrongOperation,
        "splits twice"),
    mistake!("device": device = tells_everybody => TooMuchCommunication,
        "gathers the numbers of all ranks"),
];

pub const ALL: &[Mistake<Answers>] = &[
    mistake!("all": all = by_world_rank_all => WrongOperation,
        "uses the rank in the world instead of the one on the node"),
    mistake!("all": all = all_on_the_first => WrongOperation,
        "opens device 0 on every rank"),
    mistake!("all": all = opens_all => WrongOperation,
        "opens all devices, and uses one"),
    mistake!("all": all = rank_0_counts => WrongOperation,
        "lets rank 0 count all points"),
    mistake!("all": all = rest_is_lost => WrongResult,
        "leaves out the remainder of the division"),
    mistake!("all": all = own_hits => WrongResult,
        "returns the hits of this rank"),
    mistake!("all": all = on_rank_0_only => WrongResult,
        "reduces to rank 0"),
    mistake!("all": all = gathers_hits => WrongResult,
        "counts the same points on all ranks"),
    mistake!("all": all = two_reductions => TooMuchCommunication,
        "reduces the numbers of points, too"),
    mistake!("all": all = counts_again_on_the_host => WrongOperation,
        "counts on the device, and returns what it has counted on the host"),
    mistake!("all": all = rounds_shares_up => WrongOperation,
        "rounds the shares up, so that nothing may be left for the last ranks"),
    mistake!("all": all = in_16_bits => WrongResult,
        "takes the hits of each rank for a number of 16 bits"),
    mistake!("all": all = the_most => WrongOperation,
        "counts all points on each rank, and takes the largest number of hits"),
    mistake!("all": all = rest_to_the_last => WrongOperation,
        "gives the last rank what is left by the division"),
    mistake!("all": all = rounded_up_to_the_end => WrongOperation,
        "gives each rank the share rounded up, as long as points are left"),
];

fn devices_in_32_bits(world: &SimpleCommunicator, devices: usize) -> usize {
    subject::device(world, (devices as i32).max(1) as usize)
}

fn by_world_rank(world: &SimpleCommunicator, devices: usize) -> usize {
    drop(world.split_shared(world.rank()));
    world.rank() as usize % devices
}

fn always_the_first(world: &SimpleCommunicator, _: usize) -> usize {
    drop(world.split_shared(world.rank()));
    0
}

fn not_in_turn(world: &SimpleCommunicator, devices: usize) -> usize {
    let node = world.split_shared(world.rank());
    (node.rank() as usize).min(devices - 1)
}

fn in_blocks(world: &SimpleCommunicator, devices: usize) -> usize {
    let node = world.split_shared(world.rank());
    node.rank() as usize * devices / node.size() as usize
}

fn without_wrapping(world: &SimpleCommunicator, _: usize) -> usize {
    world.split_shared(world.rank()).rank() as usize
}

fn masked(world: &SimpleCommunicator, devices: usize) -> usize {
    let mask = (1 << devices.ilog2()) - 1;
    world.split_shared(world.rank()).rank() as usize & mask
}

fn last_rank_first(world: &SimpleCommunicator, devices: usize) -> usize {
    let node = world.split_shared(-world.rank());
    node.rank() as usize % devices
}

fn asks_twice(world: &SimpleCommunicator, devices: usize) -> usize {
    let size = world.split_shared(world.rank()).size();
    let rank = world.split_shared(world.rank()).rank();
    (rank % size) as usize % devices
}

fn tells_everybody(world: &SimpleCommunicator, devices: usize) -> usize {
    let own = subject::device(world, devices);
    let mut all = vec![0_usize; world.size() as usize];
    world.all_gather_into(&own, &mut all[..]);
    all[world.rank() as usize]
}

/// What the reference does when the device is chosen: this part of the points, and what all ranks have.
fn count(
    world: &SimpleCommunicator,
    machine: &Machine,
    number: usize,
    seed: u64,
    samples: u64,
) -> u64 {
    let device = machine.open(number);
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    let start = |rank: u64| samples / size * rank + rank.min(samples % size);
    let own = subject::hits_between(&device, seed, start(rank)..start(rank + 1));
    total(world, own)
}

fn total(world: &SimpleCommunicator, own: u64) -> u64 {
    let mut all = 0;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    all
}

fn by_world_rank_all(
    world: &SimpleCommunicator,
    machine: &Machine,
    seed: u64,
    samples: u64,
) -> u64 {
    let number = by_world_rank(world, machine.devices());
    count(world, machine, number, seed, samples)
}

fn all_on_the_first(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let number = always_the_first(world, machine.devices());
    count(world, machine, number, seed, samples)
}

fn opens_all(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let number = subject::device(world, machine.devices());
    (0..machine.devices())
        .filter(|other| *other != number)
        .for_each(|other| drop(machine.open(other)));
    count(world, machine, number, seed, samples)
}

fn rank_0_counts(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let device = machine.open(subject::device(world, machine.devices()));
    let mut hits = 0;
    if world.rank() == 0 {
        hits = subject::hits_between(&device, seed, 0..samples);
    }
    total(world, hits)
}

fn rest_is_lost(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let size = world.size() as u64;
    subject::all(world, machine, seed, samples / size * size)
}

fn rounds_shares_up(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let device = machine.open(subject::device(world, machine.devices()));
    let share = samples.div_ceil(world.size() as u64);
    let start = (world.rank() as u64 * share).min(samples);
    let end = (start + share).min(samples);
    let own = match start < end {
        true => subject::hits_between(&device, seed, start..end),
        false => 0,
    };
    total(world, own)
}

fn own_hits(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let device = machine.open(subject::device(world, machine.devices()));
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    let start = |rank: u64| samples / size * rank + rank.min(samples % size);
    let own = subject::hits_between(&device, seed, start(rank)..start(rank + 1));
    total(world, own);
    own
}

fn on_rank_0_only(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let all = subject::all(world, machine, seed, samples);
    if world.rank() == 0 { all } else { 0 }
}

fn gathers_hits(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let device = machine.open(subject::device(world, machine.devices()));
    total(world, subject::hits_between(&device, seed, 0..samples))
}

fn counts_again_on_the_host(
    world: &SimpleCommunicator,
    machine: &Machine,
    seed: u64,
    samples: u64,
) -> u64 {
    subject::all(world, machine, seed, samples);
    let is_hit = |index: &u64| {
        let [x, y] = subject::point(seed, *index).map(u128::from);
        x * x + y * y < 1 << 106
    };
    (0..samples).filter(is_hit).count() as u64
}

fn two_reductions(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    total(world, samples);
    subject::all(world, machine, seed, samples)
}

fn in_16_bits(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let device = machine.open(subject::device(world, machine.devices()));
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    let start = |rank: u64| samples / size * rank + rank.min(samples % size);
    let own = subject::hits_between(&device, seed, start(rank)..start(rank + 1));
    total(world, own & 0xffff)
}

fn the_most(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let device = machine.open(subject::device(world, machine.devices()));
    let own = subject::hits_between(&device, seed, 0..samples);
    let mut most = 0;
    world.all_reduce_into(&own, &mut most, SystemOperation::max());
    most
}

fn rest_to_the_last(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    let share = samples / size;
    let rest = if rank + 1 == size { samples % size } else { 0 };
    with_share(
        world,
        machine,
        rank * share..(rank + 1) * share + rest,
        seed,
    )
}

fn rounded_up_to_the_end(
    world: &SimpleCommunicator,
    machine: &Machine,
    seed: u64,
    samples: u64,
) -> u64 {
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    let share = samples.div_ceil(size);
    let [start, end] = [rank, rank + 1].map(|rank| (rank * share).min(samples));
    with_share(world, machine, start..end, seed)
}

/// The right way, but for the points of this rank.
fn with_share(world: &SimpleCommunicator, machine: &Machine, points: Range<u64>, seed: u64) -> u64 {
    let device = machine.open(subject::device(world, machine.devices()));
    total(world, subject::hits_between(&device, seed, points))
}
