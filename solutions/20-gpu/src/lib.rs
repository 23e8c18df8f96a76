//! Exercise 20: the reference.

use device::{Buffer, Device, Machine, Submission};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use std::ops::Range;

/// Returns the number of the device that this rank uses: the ranks of a node take its devices in turn.
pub fn device(world: &SimpleCommunicator, devices: usize) -> usize {
    let node = world.split_shared(world.rank());
    node.rank() as usize % devices
}

/// The number of workgroups for a number of items, if each has this many invocations; no more than the device
/// takes in one dimension.
pub fn groups_for(device: &Device, items: usize, invocations: usize) -> u32 {
    let most = device.most_groups();
    items.div_ceil(invocations).min(most as usize) as u32
}

/// Each invocation advances by the number of all invocations, so any number of workgroups gives the right
/// result.
pub const ADD: &str = r"
@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> sum: array<f32>;
@group(0) @binding(3) var<storage, read> length: u32;

@compute @workgroup_size(64)
fn add(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    for (var i = id.x; i < length; i += 64u * groups.x) {
        sum[i] = left[i] + right[i];
    }
}
";

/// Adds two vectors on the device: `sum[i]` becomes `left[i] + right[i]`, for each `i` below `length`.
pub fn add(
    device: &Device,
    left: &Buffer<f32>,
    right: &Buffer<f32>,
    sum: &Buffer<f32>,
    length: usize,
) {
    let kernel = device.kernel(ADD);
    let groups = groups_for(device, length, 64);
    let length = device.upload(&[length as u32]);
    device.run(&kernel, groups, &[left, right, sum, &length]);
}

/// Each invocation adds up its own numbers, and each workgroup adds up the sums of its invocations, in a
/// tree.
pub const SUM: &str = r"
@group(0) @binding(0) var<storage, read> numbers: array<i32>;
@group(0) @binding(1) var<storage, read_write> sums: array<i32>;
@group(0) @binding(2) var<storage, read> length: u32;

var<workgroup> parts: array<i32, 256>;

@compute @workgroup_size(256)
fn sum(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    var own = 0;
    for (var i = id.x; i < length; i += 256u * groups.x) {
        own += numbers[i];
    }
    parts[local] = own;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half /= 2u) {
        if local < half {
            parts[local] += parts[local + half];
        }
        workgroupBarrier();
    }
    if local == 0u {
        sums[group.x] = parts[0];
    }
}
";

/// Returns the sum of the first `length` numbers of a buffer on the device, which wraps around, or 0 if
/// `length` is 0.
///
/// There are two runs: the first has as many workgroups as the numbers need, at most 256; the second has one,
/// for their sums.
pub fn sum(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = device.kernel(SUM);
    let groups = groups_for(device, length, 256).min(256);
    let (length, sums) = (device.upload(&[length as u32]), device.buffer::<i32>(256));
    device.run(&kernel, groups, &[numbers, &sums, &length]);
    let (many, all) = (device.upload(&[groups]), device.buffer::<i32>(1));
    device.run(&kernel, 1, &[&sums, &all, &many]);
    device.download(&all)[0]
}

/// Random bits without a state: scrambles a counter with a key, in ten rounds of Philox2x64 (Salmon, Moraes,
/// Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
pub fn philox(mut counter: [u64; 2], mut key: u64) -> [u64; 2] {
    for _ in 0..10 {
        let product = 0xd2b7_4407_b1ce_6e93 * u128::from(counter[0]);
        counter = [(product >> 64) as u64 ^ key ^ counter[1], product as u64];
        key = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    }
    counter
}

/// The point with the index `index` in the sequence of `seed`, in units of 2^-53.
pub fn point(seed: u64, index: u64) -> [u64; 2] {
    philox([index, 0], seed).map(|bits| bits >> 11)
}

/// Numbers of 64 bits are two words, the lower one first, and numbers of 128 bits are four.
pub const HITS: &str = r"
struct Task {
    seed: vec2u,
    first: vec2u,
    points: u32,
}

@group(0) @binding(0) var<storage, read> task: Task;
@group(0) @binding(1) var<storage, read_write> hits: array<i32>;

fn add(a: vec2u, b: vec2u) -> vec2u {
    let low = a.x + b.x;
    return vec2u(low, a.y + b.y + u32(low < a.x));
}

// The product of two 32-bit numbers, from the products of their halves.
fn multiply_32(a: u32, b: u32) -> vec2u {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let one = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let other = (a & 0xffffu) * (b >> 16u) + (one & 0xffffu);
    return vec2u(other << 16u | (low & 0xffffu), (a >> 16u) * (b >> 16u) + (one >> 16u) + (other >> 16u));
}

fn multiply(a: vec2u, b: vec2u) -> vec4u {
    let low = multiply_32(a.x, b.x);
    let one = add(multiply_32(a.y, b.x), vec2u(low.y, 0u));
    let other = add(multiply_32(a.x, b.y), vec2u(one.x, 0u));
    let high = add(add(multiply_32(a.y, b.y), vec2u(one.y, 0u)), vec2u(other.y, 0u));
    return vec4u(low.x, other.x, high);
}

fn philox(index: vec2u, seed: vec2u) -> vec4u {
    var counter = vec4u(index, 0u, 0u);
    var key = seed;
    for (var round = 0; round < 10; round++) {
        let product = multiply(vec2u(0xb1ce6e93u, 0xd2b74407u), counter.xy);
        counter = vec4u(product.zw ^ key ^ counter.zw, product.xy);
        key = add(key, vec2u(0x7f4a7c15u, 0x9e3779b9u));
    }
    return counter;
}

// Whether the sum of two numbers is 2^128 or more.
fn is_carried(a: vec4u, b: vec4u) -> bool {
    var carry = false;
    for (var word = 0; word < 4; word++) {
        let sum = a[word] + b[word];
        carry = sum < a[word] || (carry && sum == 0xffffffffu);
    }
    return carry;
}

// With 11 zeros after their 53 bits, coordinates run to 2^64, and the radius is 2^64.
fn is_hit(index: vec2u) -> bool {
    let bits = philox(index, task.seed) & vec4u(0xfffff800u, 0xffffffffu, 0xfffff800u, 0xffffffffu);
    return !is_carried(multiply(bits.xy, bits.xy), multiply(bits.zw, bits.zw));
}

@compute @workgroup_size(64)
fn count(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    var own = 0;
    for (var i = id.x; i < task.points; i += 64u * groups.x) {
        own += i32(is_hit(add(task.first, vec2u(i, 0u))));
    }
    hits[id.x] = own;
}
";

/// Returns how many of the points with these indices in the sequence of `seed` are in the quarter circle,
/// counted on the device, exactly.
pub fn hits_between(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let kernel = device.kernel(HITS);
    let points = indices.end.saturating_sub(indices.start) as usize;
    let groups = groups_for(device, points, 64).min(1024);
    let [seed, first] = [seed, indices.start].map(|number| [number as u32, (number >> 32) as u32]);
    let task = device.upload(&[seed[0], seed[1], first[0], first[1], points as u32, 0]);
    let hits = device.buffer::<i32>(64 * groups as usize);
    device.run(&kernel, groups, &[&task, &hits]);
    sum(device, &hits, hits.len()) as u64
}

/// The largest number of numbers that [`mean`] copies to the device at a time.
pub const PIECE: usize = 4096;

/// Like [`SUM`], for a piece, whose sums have their own place.
pub const MEAN: &str = r"
@group(0) @binding(0) var<storage, read> numbers: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<storage, read> piece: vec2u; // its number, and its length

var<workgroup> parts: array<f32, 256>;

@compute @workgroup_size(256)
fn sum(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    parts[local] = select(0.0, numbers[id.x], id.x < piece.y);
    workgroupBarrier();
    for (var half = 128u; half > 0u; half /= 2u) {
        if local < half {
            parts[local] += parts[local + half];
        }
        workgroupBarrier();
    }
    if local == 0u {
        sums[piece.x * groups.x + group.x] = parts[0];
    }
}
";

/// Returns the mean of some numbers, added up on the device, or `None` if there are none.
///
/// While the device adds up one piece, the host copies the next one to the other staging buffer. The sums of
/// the workgroups are exact, and are added on the host in `f64`.
pub fn mean(device: &Device, numbers: &[f32]) -> Option<f64> {
    const GROUPS: usize = PIECE / 256;
    let kernel = device.kernel(MEAN);
    let stages = [device.staging::<f32>(PIECE), device.staging(PIECE)];
    let there = device.buffer::<f32>(PIECE);
    let sums = device.buffer::<f32>(numbers.len().div_ceil(PIECE) * GROUPS);
    let mut runs: [Option<Submission>; 2] = [None; 2];
    for (number, piece) in numbers.chunks(PIECE).enumerate() {
        let (stage, run) = (&stages[number % 2], &mut runs[number % 2]);
        if let Some(before) = *run {
            device.wait(before);
        }
        device.fill(stage, piece);
        device.copy(stage, &there, piece.len());
        let about = device.upload(&[number as u32, piece.len() as u32]);
        *run = Some(device.run(&kernel, GROUPS as u32, &[&there, &sums, &about]));
    }
    let sum: f64 = device.download(&sums).into_iter().map(f64::from).sum();
    (!numbers.is_empty()).then(|| sum / numbers.len() as f64)
}

/// Counts, on the devices of all ranks, how many of the points 0, 1, 2, …, `samples` - 1 of the sequence of
/// `seed` are in the quarter circle.
pub fn all(world: &SimpleCommunicator, machine: &Machine, seed: u64, samples: u64) -> u64 {
    let device = machine.open(device(world, machine.devices()));
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    let start = |rank: u64| samples / size * rank + rank.min(samples % size);
    let own = hits_between(&device, seed, start(rank)..start(rank + 1));
    let mut all = 0;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    all
}
