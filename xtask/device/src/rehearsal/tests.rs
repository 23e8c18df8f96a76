//! What a rehearsal finds, and what it lets pass. It needs no device.

use super::{Found, Rehearsed, rehearse};
use crate::Cause;
use wgpu::naga::{
    front::wgsl,
    valid::{Capabilities, ValidationFlags, Validator},
};

/// A kernel of 64 invocations with one buffer, `numbers`, and workgroup memory, `part`.
fn kernel(body: &str) -> String {
    format!(
        "@group(0) @binding(0) var<storage, read_write> numbers: array<u32>;
var<workgroup> part: array<u32, 64>;
var<workgroup> total: atomic<u32>;
fn twice(number: u32) -> u32 {{
    if number == 0u {{ return 0u; }}
    return 2u * number;
}}
fn double(number: ptr<function, u32>) {{
    *number = twice(*number);
}}
@compute @workgroup_size(64)
fn main(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(local_invocation_index) local: u32,
    @builtin(num_workgroups) groups: vec3u,
) {{
    let length = arrayLength(&numbers);
    {body}
}}"
    )
}

/// The rehearsal of a run of two workgroups on this many numbers.
fn rehearsed(body: &str, length: usize) -> Rehearsed {
    let source = kernel(body);
    let module = wgsl::parse_str(&source).unwrap();
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap();
    let bytes: Vec<u8> = (0..length as u32).flat_map(u32::to_le_bytes).collect();
    let mut steps = 1_000_000;
    rehearse(&module, &info, [2, 1, 1], &[bytes], &mut steps)
}

fn found(body: &str, length: usize) -> Option<(Cause, String)> {
    let Found { cause, message, .. } = rehearsed(body, length).found?;
    Some((cause, message))
}

fn cause(body: &str, length: usize) -> Option<Cause> {
    Some(found(body, length)?.0)
}

const TREE: &str = "part[local] = numbers[id.x];
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
        if local < half { part[local] += part[local + half]; }
        workgroupBarrier();
    }
    if local == 0u { numbers[id.x] = part[0]; }";

#[test]
fn what_is_right_passes() {
    for body in [
        TREE,
        "for (var i = id.x; i < length; i += 64u * groups.x) { numbers[i] = twice(numbers[i]); }",
        "if id.x >= length { return; } var own = numbers[id.x]; double(&own); numbers[id.x] = own;",
        "part[local] = id.x; workgroupBarrier(); numbers[id.x] = part[63u - local];",
        "atomicAdd(&total, local); workgroupBarrier(); if local == 0u { numbers[id.x] = atomicLoad(&total); }",
        "numbers[id.x] = select(0u, numbers[id.x + 1000u], id.x + 1000u < length);",
        "switch local % 3u { case 0u: { numbers[id.x] = 1u; } case 1u, 2u: { numbers[id.x] = 2u; } default: {} }",
        "var i = 0u; loop { if i > local { break; } i++; if i % 2u == 0u { continue; } numbers[id.x] = i; }",
    ] {
        assert_eq!(found(body, 128), None, "{body}");
    }
}

#[test]
fn a_missing_barrier_is_a_race() {
    let in_loop = TREE.replace("        workgroupBarrier();\n", "");
    let before = TREE.replacen("    workgroupBarrier();\n", "", 1);
    for body in [
        &in_loop[..],
        &before,
        "numbers[0] = id.x;",
        "numbers[id.x] = numbers[id.x + 1u];",
        "numbers[id.x / 2u] = 7u;",
        "part[local] = id.x; storageBarrier(); numbers[id.x] = part[63u - local];",
        "numbers[local] = 7u;",
        "for (var i = local; i < length; i += 64u) { numbers[i] *= 2u; }",
    ] {
        assert_eq!(cause(body, 128), Some(Cause::Race), "{body}");
    }
    let (_, message) = found("numbers[id.x / 2u] = 7u;", 128).unwrap();
    assert_eq!(
        message,
        "invocation 1 of workgroup 0 writes `numbers[0]`, which invocation 0 of workgroup 0 writes, and no barrier \
         orders them"
    );
}

#[test]
fn a_barrier_is_for_all() {
    for body in [
        "if local < 32u { workgroupBarrier(); }",
        "if id.x >= 100u { return; } workgroupBarrier();",
        "for (var i = local; i < 64u; i++) { workgroupBarrier(); }",
        "loop { if local == 3u { break; } workgroupBarrier(); if local != 3u { break; } }",
    ] {
        assert_eq!(cause(body, 128), Some(Cause::Barrier), "{body}");
    }
    // The same condition in all invocations keeps none of them away.
    assert_eq!(found("if length > 5u { workgroupBarrier(); }", 128), None);
}

#[test]
fn a_write_beyond_the_end_is_found() {
    assert_eq!(cause("numbers[id.x] = 7u;", 128), None);
    assert_eq!(cause("numbers[id.x] = 7u;", 127), Some(Cause::Outside));
    assert_eq!(cause("part[local + 1u] = 7u;", 128), Some(Cause::Outside));
}

#[test]
fn reads_between_barriers_are_counted() {
    let one_adds_all = "part[local] = numbers[id.x]; workgroupBarrier();
    if local == 0u { for (var i = 1u; i < 64u; i++) { numbers[id.x] += part[i]; } }";
    for (body, most) in [
        (TREE, 2),
        (one_adds_all, 63),
        ("numbers[id.x] += 1u;", 0),
        (
            "let a = part[0]; let b = part[1]; workgroupBarrier(); numbers[id.x] = a + b + part[2];",
            2,
        ),
    ] {
        assert_eq!(rehearsed(body, 128).together.most_reads, most, "{body}");
    }
}

#[test]
fn barriers_of_a_workgroup_are_counted() {
    for (body, most) in [
        ("numbers[id.x] += 1u;", 0),
        (
            "workgroupBarrier(); storageBarrier(); workgroupBarrier();",
            2,
        ),
        ("for (var i = 0u; i < 63u; i++) { workgroupBarrier(); }", 63),
    ] {
        assert_eq!(rehearsed(body, 128).together.most_barriers, most, "{body}");
    }
}

#[test]
fn writes_to_buffers_are_counted() {
    let first_does_all =
        "if local == 0u { for (var i = 0u; i < 64u; i++) { numbers[id.x + i] = i; } }";
    for (body, most) in [
        ("numbers[id.x] += 1u;", 1),
        ("part[local] = 1u;", 0),
        (first_does_all, 64),
    ] {
        assert_eq!(rehearsed(body, 128).together.most_writes, most, "{body}");
    }
}

#[test]
fn it_ends_when_it_has_done_enough() {
    let source = kernel("loop { numbers[id.x] += 1u; if length == 0u { break; } }");
    let module = wgsl::parse_str(&source).unwrap();
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap();
    let mut steps = 10_000;
    assert!(
        rehearse(&module, &info, [1, 1, 1], &[vec![0; 256]], &mut steps)
            .found
            .is_none()
    );
    assert_eq!(steps, 0);
}
