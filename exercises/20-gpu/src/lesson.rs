//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use device::{Device, Machine};

/// Runs every example, on one rank.
pub fn examples(machine: &Machine) {
    let device = machine.open(0);
    println!("{} device(s), the first is {device:?}", machine.devices());
    squares(&device);
    reversed(&device);
    large(&device);
    in_pieces(&device);
}

const SQUARE: &str = r"
@group(0) @binding(0) var<storage, read> numbers: array<f32>;
@group(0) @binding(1) var<storage, read_write> squares: array<f32>;

@compute @workgroup_size(64)
fn square(@builtin(global_invocation_id) id: vec3u) {
    let i = id.x;
    if i < arrayLength(&numbers) {
        squares[i] = numbers[i] * numbers[i];
    }
}
";

fn squares(device: &Device) {
    let numbers: Vec<f32> = (0..1000).map(|number| number as f32).collect();
    let there = device.upload(&numbers);
    let squares = device.buffer::<f32>(numbers.len());
    let kernel = device.kernel(SQUARE);
    let groups = numbers.len().div_ceil(64) as u32;
    device.run(&kernel, groups, &[&there, &squares]);
    let back = device.download(&squares);
    println!("squares: {:?} … {}", &back[..4], back[999]);
}

const REVERSE: &str = r"
@group(0) @binding(0) var<storage, read_write> numbers: array<u32>;

var<workgroup> part: array<u32, 64>;

@compute @workgroup_size(64)
fn reverse(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(local_invocation_index) local: u32,
) {
    part[local] = numbers[id.x];
    workgroupBarrier();
    numbers[id.x] = part[63u - local];
}
";

fn reversed(device: &Device) {
    let numbers: Vec<u32> = (0..128).collect();
    let there = device.upload(&numbers);
    device.run(&device.kernel(REVERSE), 2, &[&there]);
    let back = device.download(&there);
    println!("reversed: {:?} … {:?}", &back[..3], &back[64..67]);
}

const MINUS: &str = r"
@group(0) @binding(0) var<storage, read_write> numbers: array<vec2u>;

// a - b of 64 bits; x is the lower word.
fn subtract(a: vec2u, b: vec2u) -> vec2u {
    let borrow = u32(a.x < b.x);
    return vec2u(a.x - b.x, a.y - b.y - borrow);
}

@compute @workgroup_size(64)
fn minus(@builtin(global_invocation_id) id: vec3u) {
    if id.x < arrayLength(&numbers) {
        numbers[id.x] = subtract(numbers[id.x], vec2u(id.x, 0u));
    }
}
";

fn large(device: &Device) {
    let number = 1_u64 << 32;
    let words = [number as u32, (number >> 32) as u32];
    let there = device.upload(&[words, words].concat());
    device.run(&device.kernel(MINUS), 1, &[&there]);
    let back = device.download(&there);
    let joined = |words: &[u32]| u64::from(words[1]) << 32 | u64::from(words[0]);
    println!("minus: {} and {}", joined(&back[..2]), joined(&back[2..]));
}

fn in_pieces(device: &Device) {
    let numbers: Vec<f32> = (0..1000).map(|number| number as f32).collect();
    let stage = device.staging::<f32>(256);
    let there = device.buffer::<f32>(256);
    let squares = device.buffer::<f32>(256);
    let kernel = device.kernel(SQUARE);
    let mut last = Vec::new();
    for piece in numbers.chunks(256) {
        device.fill(&stage, piece);
        device.copy(&stage, &there, piece.len());
        let run = device.run(&kernel, 4, &[&there, &squares]);
        device.wait(run);
        last.push(device.download(&squares)[piece.len() - 1]);
    }
    println!("last squares of pieces: {last:?}");
}
