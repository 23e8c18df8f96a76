//! Mistakes in the tasks `kernel` and `sum`.

use crate::{changed::changed, subject, tasks::Answers};
use device::{Buffer, Device};
use harness_mpi::{Mistake, mistake};
use std::{cell::RefCell, collections::HashMap, ptr};

pub const ADD: &[Mistake<Answers>] = &[
    mistake!("kernel": add = to_the_end_of_the_buffer => WrongResult,
        "uses the length of the buffer as that of the vectors"),
    mistake!("kernel": add = no_more_than_fit => WrongResult,
        "runs at most as many workgroups as the device allows, with one number for each invocation"),
    mistake!("kernel": add = whole_workgroups_only => WrongResult,
        "rounds the number of workgroups down"),
    mistake!("kernel": add = stride_of_one_workgroup => MemoryRace,
        "advances by one workgroup, so that workgroups do the same work"),
    mistake!("kernel": add = one_run_each => TooMuchCommunication,
        "runs the kernel once for each number"),
    mistake!("kernel": add = one_invocation_each => WrongOperation,
        "has workgroups of one invocation"),
    mistake!("kernel": add = one_invocation_for_all => WrongOperation,
        "lets the first invocation add all numbers"),
    mistake!("kernel": add = first_of_each_workgroup => WrongOperation,
        "lets the first invocation of each workgroup do the work of all"),
    mistake!("kernel": add = limits_for_each_run => TooMuchCommunication,
        "starts a run for each part that fits, and copies its limits"),
    mistake!("kernel": add = on_the_host => TooMuchCommunication,
        "copies the vectors to the host and adds them there"),
    mistake!("kernel": add = too_many_groups => Panic,
        "starts more workgroups than the device allows"),
    mistake!("kernel": add = one_too_far => WrongResult,
        "tests with `<=` whether an index is in the vectors"),
    mistake!("kernel": add = in_place => WrongResult,
        "adds to the first vector"),
    mistake!("kernel": add = other_type => Panic,
        "declares the vectors as integers"),
    mistake!("kernel": add = no_semicolon => Build,
        "forgets a semicolon in the kernel"),
    mistake!("kernel": add = unknown_name => Build,
        "uses a name in the kernel that is not declared"),
    mistake!("kernel": add = length_forgotten => Panic,
        "does not pass the length to the kernel"),
];

pub const SUM: &[Mistake<Answers>] = &[
    mistake!("sum": sum = no_barrier_in_the_loop => MemoryRace,
        "has no barrier between the steps of the tree"),
    mistake!("sum": sum = no_barrier_before => MemoryRace,
        "has no barrier before the first step of the tree"),
    mistake!("sum": sum = barrier_in_the_condition => WrongOperation,
        "has the barrier inside the `if`"),
    mistake!("sum": sum = returns_before_the_barrier => WrongOperation,
        "returns before the barrier if there is no number"),
    mistake!("sum": sum = all_write_the_sum => MemoryRace,
        "lets all invocations of a workgroup write its sum"),
    mistake!("sum": sum = as_floats => WrongResult,
        "adds as `f32`"),
    mistake!("sum": sum = rest_on_the_host => TooMuchCommunication,
        "copies the sums of all workgroups to the host and adds them there"),
    mistake!("sum": sum = all_on_the_host => TooMuchCommunication,
        "copies all numbers to the host"),
    mistake!("sum": sum = first_workgroup => WrongResult,
        "returns the sum of the first workgroup"),
    mistake!("sum": sum = by_atomics => WrongOperation,
        "adds every number to one place, with atomic operations"),
    mistake!("sum": sum = sums_by_atomics => WrongOperation,
        "adds the sums of the workgroups to one place, with atomic operations"),
    mistake!("sum": sum = last_step_forgotten => WrongResult,
        "ends the tree one step too early"),
    mistake!("sum": sum = first_adds_all => WrongOperation,
        "lets the first invocation of each workgroup add up the whole workgroup memory in a loop"),
    mistake!("sum": sum = first_adds_with_barriers => WrongOperation,
        "lets the first invocation of each workgroup add up the whole workgroup memory, with a barrier after each \
         addition"),
    mistake!("sum": sum = whole_buffer => WrongResult,
        "also adds the numbers after the end"),
    mistake!("sum": sum = in_the_numbers => WrongResult,
        "adds up in the buffer of the numbers"),
    mistake!("sum": sum = remembered => WrongResult,
        "remembers the sum of a buffer"),
    mistake!("sum": sum = of_256_workgroups => WrongResult,
        "adds the sums of no more than 256 workgroups"),
    mistake!("sum": sum = without_workgroup_memory => WrongOperation,
        "adds numbers only in the loop of each invocation, and none in workgroup memory"),
    mistake!("sum": sum = few_on_the_host => WrongOperation,
        "copies a buffer of at most four numbers to the host, and adds them there"),
];

/// The reference, with another kernel and number of workgroups.
fn add_with(kernel: &str, groups: u32, device: &Device, vectors: [&Buffer<f32>; 3], length: usize) {
    let [left, right, sum] = vectors;
    let kernel = device.kernel(kernel);
    let length = device.upload(&[length as u32]);
    device.run(&kernel, groups, &[left, right, sum, &length]);
}

type F<'a> = &'a Buffer<f32>;

/// One number for each invocation.
fn simple() -> String {
    changed(
        subject::ADD,
        &[(
            "for (var i = id.x; i < length; i += 64u * groups.x) {",
            "let i = id.x;\n    if i < length {",
        )],
    )
}

fn to_the_end_of_the_buffer(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(
        subject::ADD,
        &[("i < length", "i < max(length, arrayLength(&sum))")],
    );
    let groups = subject::groups_for(device, sum.len(), 64);
    add_with(&kernel, groups, device, [left, right, sum], length);
}

fn no_more_than_fit(device: &Device, left: F, right: F, sum: F, length: usize) {
    let groups = subject::groups_for(device, length, 64);
    add_with(&simple(), groups, device, [left, right, sum], length);
}

fn whole_workgroups_only(device: &Device, left: F, right: F, sum: F, length: usize) {
    let groups = (length / 64).min(device.most_groups() as usize) as u32;
    add_with(subject::ADD, groups, device, [left, right, sum], length);
}

fn stride_of_one_workgroup(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(subject::ADD, &[("i += 64u * groups.x", "i += 64u")]);
    let groups = subject::groups_for(device, length, 64);
    add_with(&kernel, groups, device, [left, right, sum], length);
}

fn one_run_each(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(
        subject::ADD,
        &[(
            "for (var i = id.x; i < length; i += 64u * groups.x) {",
            "let i = length;\n    if id.x == 0u {",
        )],
    );
    let kernel = device.kernel(&kernel);
    let index = device.buffer::<u32>(1);
    for i in 0..length {
        device.write(&index, &[i as u32]);
        device.run(&kernel, 1, &[left, right, sum, &index]);
    }
}

fn one_invocation_each(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(
        subject::ADD,
        &[("workgroup_size(64)", "workgroup_size(1)"), ("64u * ", "")],
    );
    let groups = subject::groups_for(device, length, 1);
    add_with(&kernel, groups, device, [left, right, sum], length);
}

fn one_invocation_for_all(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(
        subject::ADD,
        &[(
            "for (var i = id.x; i < length; i += 64u * groups.x)",
            "for (var i = 0u; i < length && id.x == 0u; i++)",
        )],
    );
    add_with(&kernel, 1, device, [left, right, sum], length);
}

fn first_of_each_workgroup(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(
        subject::ADD,
        &[(
            "for (var i = id.x; i < length; i += 64u * groups.x)",
            "for (var i = id.x / 64u; i < length && id.x % 64u == 0u; i += groups.x)",
        )],
    );
    let groups = subject::groups_for(device, length, 64);
    add_with(&kernel, groups, device, [left, right, sum], length);
}

fn limits_for_each_run(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(
        &simple(),
        &[
            ("length: u32", "limits: vec2u"),
            ("let i = id.x;", "let i = limits.x + id.x;"),
            ("i < length", "i < limits.y"),
        ],
    );
    let kernel = device.kernel(&kernel);
    let each = 64 * device.most_groups() as usize;
    for start in (0..length).step_by(each) {
        let end = length.min(start + each);
        let limits = device.upload(&[start as u32, end as u32]);
        let groups = subject::groups_for(device, end - start, 64);
        device.run(&kernel, groups, &[left, right, sum, &limits]);
    }
}

fn on_the_host(device: &Device, left: F, right: F, sum: F, length: usize) {
    let (left, right) = (device.download(left), device.download(right));
    let sums: Vec<f32> = left
        .iter()
        .zip(&right)
        .take(length)
        .map(|(one, other)| one + other)
        .collect();
    device.write(sum, &sums);
}

fn too_many_groups(device: &Device, left: F, right: F, sum: F, length: usize) {
    let groups = length.div_ceil(64) as u32;
    add_with(&simple(), groups, device, [left, right, sum], length);
}

fn one_too_far(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(subject::ADD, &[("i < length", "i <= length")]);
    let groups = subject::groups_for(device, length + 1, 64);
    add_with(&kernel, groups, device, [left, right, sum], length);
}

fn in_place(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(
        subject::ADD,
        &[
            (
                "sum[i] = left[i] + right[i]",
                "left[i] += right[i];\n        sum[i] = left[i]",
            ),
            ("<storage, read> left", "<storage, read_write> left"),
        ],
    );
    let groups = subject::groups_for(device, length, 64);
    add_with(&kernel, groups, device, [left, right, sum], length);
}

fn other_type(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(subject::ADD, &[("array<f32>", "array<i32>")]);
    let groups = subject::groups_for(device, length, 64);
    add_with(&kernel, groups, device, [left, right, sum], length);
}

fn no_semicolon(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(subject::ADD, &[("right[i];", "right[i]")]);
    add_with(&kernel, 1, device, [left, right, sum], length);
}

fn unknown_name(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = changed(subject::ADD, &[("right[i];", "right[j];")]);
    add_with(&kernel, 1, device, [left, right, sum], length);
}

fn length_forgotten(device: &Device, left: F, right: F, sum: F, length: usize) {
    let kernel = device.kernel(subject::ADD);
    let groups = subject::groups_for(device, length, 64);
    device.run(&kernel, groups, &[left, right, sum]);
}

/// The reference, with another kernel.
fn sum_with(kernel: &str, device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = device.kernel(kernel);
    let groups = subject::groups_for(device, length, 256).min(256);
    let (length, sums) = (device.upload(&[length as u32]), device.buffer::<i32>(256));
    device.run(&kernel, groups, &[numbers, &sums, &length]);
    let (many, all) = (device.upload(&[groups]), device.buffer::<i32>(1));
    device.run(&kernel, 1, &[&sums, &all, &many]);
    device.download(&all)[0]
}

fn no_barrier_in_the_loop(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = changed(
        subject::SUM,
        &[("        }\n        workgroupBarrier();\n", "        }\n")],
    );
    sum_with(&kernel, device, numbers, length)
}

fn no_barrier_before(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = changed(
        subject::SUM,
        &[("= own;\n    workgroupBarrier();\n", "= own;\n")],
    );
    sum_with(&kernel, device, numbers, length)
}

fn barrier_in_the_condition(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = changed(
        subject::SUM,
        &[(
            "        }\n        workgroupBarrier();\n",
            "            workgroupBarrier();\n        }\n",
        )],
    );
    sum_with(&kernel, device, numbers, length)
}

fn returns_before_the_barrier(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = changed(
        subject::SUM,
        &[(
            "    var own = 0;",
            "    if id.x >= length {\n        return;\n    }\n    var own = 0;",
        )],
    );
    sum_with(&kernel, device, numbers, length)
}

fn all_write_the_sum(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = changed(subject::SUM, &[("if local == 0u {", "if local < 256u {")]);
    sum_with(&kernel, device, numbers, length)
}

fn as_floats(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = changed(
        subject::SUM,
        &[
            ("parts: array<i32, 256>", "parts: array<f32, 256>"),
            ("parts[local] = own", "parts[local] = f32(own)"),
            ("= parts[0]", "= i32(parts[0])"),
        ],
    );
    sum_with(&kernel, device, numbers, length)
}

fn rest_on_the_host(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = device.kernel(subject::SUM);
    let groups = subject::groups_for(device, length, 256).min(256);
    let length = device.upload(&[length as u32]);
    let sums = device.buffer::<i32>(groups as usize);
    device.run(&kernel, groups, &[numbers, &sums, &length]);
    let sums = device.download(&sums).into_iter();
    sums.fold(0, i32::wrapping_add)
}

fn all_on_the_host(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let numbers = device.download(numbers);
    numbers[..length]
        .iter()
        .fold(0, |sum, number| sum.wrapping_add(*number))
}

fn first_workgroup(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = device.kernel(subject::SUM);
    let groups = subject::groups_for(device, length, 256).min(256);
    let (length, sums) = (device.upload(&[length as u32]), device.buffer::<i32>(256));
    device.run(&kernel, groups, &[numbers, &sums, &length]);
    let all = device.buffer::<i32>(1);
    let one = device.upload(&[1_u32]);
    device.run(&kernel, 1, &[&sums, &all, &one]);
    device.download(&all)[0]
}

fn by_atomics(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = device.kernel(
        r"
@group(0) @binding(0) var<storage, read> numbers: array<i32>;
@group(0) @binding(1) var<storage, read_write> sum: atomic<i32>;
@group(0) @binding(2) var<storage, read> length: u32;

@compute @workgroup_size(256)
fn add(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    for (var i = id.x; i < length; i += 256u * groups.x) {
        atomicAdd(&sum, numbers[i]);
    }
}
",
    );
    let groups = subject::groups_for(device, length, 256);
    let (length, sum) = (device.upload(&[length as u32]), device.buffer::<i32>(1));
    device.run(&kernel, groups, &[numbers, &sum, &length]);
    device.download(&sum)[0]
}

fn sums_by_atomics(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = device.kernel(&changed(
        subject::SUM,
        &[
            ("sums: array<i32>", "total: atomic<i32>"),
            ("sums[group.x] = parts[0];", "atomicAdd(&total, parts[0]);"),
        ],
    ));
    let groups = subject::groups_for(device, length, 256);
    let (length, total) = (device.upload(&[length as u32]), device.buffer::<i32>(1));
    device.run(&kernel, groups, &[numbers, &total, &length]);
    device.download(&total)[0]
}

fn last_step_forgotten(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = changed(subject::SUM, &[("half > 0u", "half > 1u")]);
    sum_with(&kernel, device, numbers, length)
}

fn first_adds_with_barriers(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = changed(
        subject::SUM,
        &[
            (
                "for (var half = 128u; half > 0u; half /= 2u) {",
                "for (var i = 1u; i < 256u; i++) {",
            ),
            (
                "if local < half {\n            parts[local] += parts[local + half];",
                "if local == 0u {\n            parts[0] += parts[i];",
            ),
        ],
    );
    sum_with(&kernel, device, numbers, length)
}

fn first_adds_all(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = changed(
        subject::SUM,
        &[
            (
                "for (var half = 128u; half > 0u; half /= 2u) {",
                "for (var i = 1u; i < 256u; i++) {",
            ),
            (
                "if local < half {\n            parts[local] += parts[local + half];",
                "if local == 0u {\n            parts[0] += parts[i];",
            ),
            ("        }\n        workgroupBarrier();\n", "        }\n"),
        ],
    );
    sum_with(&kernel, device, numbers, length)
}

fn whole_buffer(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = changed(
        subject::SUM,
        &[("i < length", "i < max(length, arrayLength(&numbers))")],
    );
    sum_with(&kernel, device, numbers, length)
}

fn in_the_numbers(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = changed(
        subject::SUM,
        &[
            ("<storage, read> numbers", "<storage, read_write> numbers"),
            (
                "    var own = 0;
    for (var i = id.x; i < length; i += 256u * groups.x) {
        own += numbers[i];
    }
    parts[local] = own;",
                "    for (var i = id.x + 256u * groups.x; i < length; i += 256u * groups.x) {
        numbers[id.x] += numbers[i];
    }
    if id.x < length {
        parts[local] = numbers[id.x];
    }",
            ),
        ],
    );
    sum_with(&kernel, device, numbers, length)
}

fn remembered(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    thread_local!(static KNOWN: RefCell<HashMap<(usize, usize), i32>> = RefCell::default());
    let buffer = (ptr::from_ref(numbers).addr(), length);
    let known = KNOWN.with_borrow(|known| known.get(&buffer).copied());
    known.unwrap_or_else(|| {
        let sum = subject::sum(device, numbers, length);
        KNOWN.with_borrow_mut(|known| known.insert(buffer, sum));
        sum
    })
}

fn few_on_the_host(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    match numbers.len() {
        0..=4 => device.download(numbers)[..length]
            .iter()
            .fold(0, |sum, number| sum.wrapping_add(*number)),
        _ => subject::sum(device, numbers, length),
    }
}

fn of_256_workgroups(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = device.kernel(subject::SUM);
    let groups = subject::groups_for(device, length, 256);
    let length = device.upload(&[length as u32]);
    let sums = device.buffer::<i32>(groups as usize);
    device.run(&kernel, groups, &[numbers, &sums, &length]);
    let (many, all) = (device.upload(&[groups.min(256)]), device.buffer::<i32>(1));
    device.run(&kernel, 1, &[&sums, &all, &many]);
    device.download(&all)[0]
}

fn without_workgroup_memory(device: &Device, numbers: &Buffer<i32>, length: usize) -> i32 {
    let kernel = device.kernel(
        r"
@group(0) @binding(0) var<storage, read> numbers: array<i32>;
@group(0) @binding(1) var<storage, read_write> sums: array<i32>;
@group(0) @binding(2) var<storage, read> length: u32;

@compute @workgroup_size(64)
fn add(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    var own = 0;
    for (var i = id.x; i < length; i += 64u * groups.x) {
        own += numbers[i];
    }
    if id.x < arrayLength(&sums) {
        sums[id.x] = own;
    }
}
",
    );
    let groups = subject::groups_for(device, length, 64);
    let (length, sums) = (
        device.upload(&[length as u32]),
        device.buffer::<i32>(64 * groups as usize),
    );
    device.run(&kernel, groups, &[numbers, &sums, &length]);
    // One workgroup, whose first invocation adds up what is left.
    let kernel = device.kernel(
        r"
@group(0) @binding(0) var<storage, read> numbers: array<i32>;
@group(0) @binding(1) var<storage, read_write> sum: i32;

@compute @workgroup_size(64)
fn add(@builtin(global_invocation_id) id: vec3u) {
    if id.x == 0u {
        for (var i = 0u; i < arrayLength(&numbers); i++) {
            sum += numbers[i];
        }
    }
}
",
    );
    let sum = device.buffer::<i32>(1);
    device.run(&kernel, 1, &[&sums, &sum]);
    device.download(&sum)[0]
}
