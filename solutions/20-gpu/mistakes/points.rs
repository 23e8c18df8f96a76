//! Mistakes in the task `pi`.

use crate::{changed::changed, subject, tasks::Answers};
use device::Device;
use harness_mpi::{Mistake, mistake};
use std::{cell::RefCell, ops::Range};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("pi": hits_between = products_overflow => WrongResult,
        "multiplies 32-bit numbers by `*`, which drops the upper half"),
    mistake!("pi": hits_between = as_floats => WrongResult,
        "converts coordinates to `f32`"),
    mistake!("pi": hits_between = upper_words => WrongResult,
        "uses only the upper 32 bits of each coordinate"),
    mistake!("pi": hits_between = index_does_not_carry => WrongResult,
        "adds to the lower word of the index, and drops the carry"),
    mistake!("pi": hits_between = lower_words => WrongResult,
        "passes the lower words of the seed and the first index alone"),
    mistake!("pi": hits_between = key_stays => WrongResult,
        "uses the same key in all rounds"),
    mistake!("pi": hits_between = nine_rounds => WrongResult,
        "makes nine rounds"),
    mistake!("pi": hits_between = one_more => WrongResult,
        "counts the end of the range, too"),
    mistake!("pi": hits_between = on_the_host => WrongOperation,
        "counts on the host"),
    mistake!("pi": hits_between = again_on_the_host => WrongOperation,
        "counts on the device, and returns what it has counted on the host"),
    mistake!("pi": hits_between = of_any_seed => WrongResult,
        "remembers the hits of a range, whatever the seed"),
    mistake!("pi": hits_between = subtracts_the_limits => Panic,
        "subtracts the limits of a range that ends before it starts"),
    mistake!("pi": hits_between = all_flags_to_the_host => TooMuchCommunication,
        "copies the count of each invocation to the host"),
    mistake!("pi": hits_between = limits_for_each_run => TooMuchCommunication,
        "starts a run for each part that fits, and copies its limits"),
    mistake!("pi": hits_between = length_with_a_sign => WrongResult,
        "takes the difference of the limits for a signed number, which is small if they are far apart"),
    mistake!("pi": hits_between = length_of_32_bits => WrongResult,
        "takes the lower words of the limits for their difference"),
];

/// The reference, with another kernel.
fn hits_with(kernel: &str, device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let kernel = device.kernel(kernel);
    let points = indices.end.saturating_sub(indices.start) as usize;
    let groups = subject::groups_for(device, points, 64).min(1024);
    let [seed, first] = [seed, indices.start].map(|number| [number as u32, (number >> 32) as u32]);
    let task = device.upload(&[seed[0], seed[1], first[0], first[1], points as u32, 0]);
    let hits = device.buffer::<i32>(64 * groups as usize);
    device.run(&kernel, groups, &[&task, &hits]);
    subject::sum(device, &hits, hits.len()) as u64
}

/// The reference, with something changed in its kernel.
fn with(parts: &[(&str, &str)], device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    hits_with(&changed(subject::HITS, parts), device, seed, indices)
}

fn limits_for_each_run(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let parts = [("hits[id.x] = own;", "hits[id.x] += own;")];
    let kernel = device.kernel(&changed(subject::HITS, &parts));
    let fitting = 64 * device.most_groups() as usize;
    let hits = device.buffer::<i32>(fitting);
    for start in indices.clone().step_by(fitting) {
        let points = (indices.end - start).min(fitting as u64) as u32;
        let [seed, first] = [seed, start].map(|number| [number as u32, (number >> 32) as u32]);
        let task = device.upload(&[seed[0], seed[1], first[0], first[1], points, 0]);
        device.run(&kernel, device.most_groups(), &[&task, &hits]);
    }
    subject::sum(device, &hits, hits.len()) as u64
}

fn products_overflow(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let product = "return vec2u(other << 16u | (low & 0xffffu), (a >> 16u) * (b >> 16u) + (one >> 16u) + (other >> 16u));";
    let parts = [(product, "return vec2u(a * b, 0u);")];
    with(&parts, device, seed, indices)
}

fn as_floats(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let exact = "return !is_carried(multiply(bits.xy, bits.xy), multiply(bits.zw, bits.zw));";
    let rounded = "let x = (f32(bits.y) + f32(bits.x) / 4294967296.0) / 4294967296.0;
    let y = (f32(bits.w) + f32(bits.z) / 4294967296.0) / 4294967296.0;
    return x * x + y * y < 1.0;";
    with(&[(exact, rounded)], device, seed, indices)
}

fn upper_words(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    with(
        &[(
            "vec4u(0xfffff800u, 0xffffffffu, 0xfffff800u,",
            "vec4u(0u, 0xffffffffu, 0u,",
        )],
        device,
        seed,
        indices,
    )
}

fn index_does_not_carry(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    with(
        &[("add(task.first, vec2u(i, 0u))", "task.first + vec2u(i, 0u)")],
        device,
        seed,
        indices,
    )
}

fn lower_words(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let start = u64::from(indices.start as u32);
    let points = indices.end - indices.start;
    subject::hits_between(device, u64::from(seed as u32), start..start + points)
}

fn key_stays(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let next = "        key = add(key, vec2u(0x7f4a7c15u, 0x9e3779b9u));\n";
    with(&[(next, "")], device, seed, indices)
}

fn nine_rounds(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    with(&[("round < 10", "round < 9")], device, seed, indices)
}

fn one_more(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    with(
        &[("i < task.points", "i <= task.points")],
        device,
        seed,
        indices,
    )
}

fn on_the_host(_: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let is_hit = |index: &u64| {
        let [x, y] = subject::point(seed, *index).map(u128::from);
        x * x + y * y < 1 << 106
    };
    indices.filter(is_hit).count() as u64
}

fn again_on_the_host(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    subject::hits_between(device, seed, indices.clone());
    on_the_host(device, seed, indices)
}

fn of_any_seed(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    thread_local!(static LAST: RefCell<(Range<u64>, u64)> = const { RefCell::new((0..0, 0)) });
    let known = LAST.with_borrow(|(range, hits)| (*range == indices).then_some(*hits));
    known.unwrap_or_else(|| {
        let hits = subject::hits_between(device, seed, indices.clone());
        LAST.set((indices, hits));
        hits
    })
}

fn subtracts_the_limits(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let points = indices.end - indices.start;
    subject::hits_between(device, seed, indices.start..indices.start + points)
}

fn all_flags_to_the_host(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let kernel = device.kernel(subject::HITS);
    let points = (indices.end - indices.start) as usize;
    let groups = subject::groups_for(device, points, 64);
    let [seed, first] = [seed, indices.start].map(|number| [number as u32, (number >> 32) as u32]);
    let task = device.upload(&[seed[0], seed[1], first[0], first[1], points as u32, 0]);
    let hits = device.buffer::<i32>(64 * groups as usize);
    device.run(&kernel, groups, &[&task, &hits]);
    device.download(&hits).iter().sum::<i32>() as u64
}

fn length_with_a_sign(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let points = indices.end.wrapping_sub(indices.start) as i64;
    let end = indices.start.saturating_add(points.max(0) as u64);
    subject::hits_between(device, seed, indices.start..end)
}

fn length_of_32_bits(device: &Device, seed: u64, indices: Range<u64>) -> u64 {
    let points = (indices.end as i32).wrapping_sub(indices.start as i32);
    let end = indices.start.saturating_add(points.max(0) as u64);
    subject::hits_between(device, seed, indices.start..end)
}
