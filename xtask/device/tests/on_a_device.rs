//! What a device does, on whichever there is. Where there is none, this is left out aloud, unless `CI` is set.

use device::{Cause, Event, Fault, Kernel, Machine, Together};
use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

fn machine() -> Option<Machine> {
    match Machine::find() {
        Ok(machine) => Some(machine),
        Err(none) => {
            assert!(std::env::var_os("CI").is_none(), "{none}");
            eprintln!("SKIPPED: {none}");
            None
        }
    }
}

const DOUBLE: &str = "@group(0) @binding(0) var<storage, read_write> numbers: array<u32>;
@compute @workgroup_size(64)
fn double(@builtin(global_invocation_id) id: vec3u) {
    if id.x < arrayLength(&numbers) {
        numbers[id.x] *= 2u;
    }
}";

/// What is refused, when this is done on a device that takes few workgroups.
fn refused<R>(machine: &Machine, doing: impl FnOnce(&device::Device) -> R) -> Fault {
    let found = Rc::new(RefCell::new(None));
    let told = Rc::clone(&found);
    let machine = machine
        .clone()
        .with_most_groups(4)
        .watched(100_000, move |fault| {
            told.replace(Some(fault.clone())).map_or((), drop)
        });
    let device = machine.open(0);
    assert!(catch_unwind(AssertUnwindSafe(|| doing(&device))).is_err());
    found.take().expect("a fault is told before the panic")
}

#[test]
fn numbers_go_there_and_back() {
    let Some(machine) = machine() else { return };
    let device = machine.open(0);
    for length in [0, 1, 63, 1000] {
        let numbers: Vec<u32> = (0..length).collect();
        let there = device.upload(&numbers);
        device.run(&device.kernel(DOUBLE), length.div_ceil(64), &[&there]);
        let doubled: Vec<u32> = numbers.iter().map(|number| 2 * number).collect();
        assert_eq!(device.download(&there), doubled);
    }
}

#[test]
fn downloads_can_be_falsified() {
    let Some(machine) = machine() else { return };
    let device = machine.open(0);
    let (whole, fraction) = (device.upload(&[u32::MAX, 7]), device.upload(&[-0.5_f32]));
    let found = machine.falsified(|| (device.download(&whole), device.download(&fraction)));
    assert_eq!(found, (vec![0, 8], vec![0.5]));
    let found = machine.zeroed(|| (device.download(&whole), device.download(&fraction)));
    assert_eq!(found, (vec![0, 0], vec![0.0]));
    assert_eq!(device.download(&whole), [u32::MAX, 7]);
}

/// The kernel on a slide, which no other program runs.
#[test]
fn the_kernel_on_the_slide_squares() {
    let Some(machine) = machine() else { return };
    let device = machine.open(0);
    let kernel = device.kernel(include_str!("../../../slides/programs/kernels/square.wgsl"));
    // One more than a workgroup has invocations.
    let numbers: Vec<f32> = (0_u16..65).map(f32::from).collect();
    let there = device.upload(&numbers);
    device.run(&kernel, 2, &[&there]);
    let squares: Vec<f32> = numbers.iter().map(|number| number * number).collect();
    assert_eq!(device.download(&there), squares);
}

#[test]
fn staging_buffers_bring_pieces() {
    let Some(machine) = machine() else { return };
    let device = machine.open(0);
    let stages = [device.staging::<f32>(3), device.staging(3)];
    let there = device.buffer::<f32>(3);
    let copy = |stage, numbers: &[f32]| {
        device.fill(stage, numbers);
        device.copy(stage, &there, numbers.len())
    };
    let first = copy(&stages[0], &[1.0, 2.0, 3.0]);
    copy(&stages[1], &[4.0, 5.0]);
    device.wait(first);
    copy(&stages[0], &[6.0]);
    assert_eq!(device.download(&there), [6.0, 5.0, 3.0]);
}

#[test]
fn everything_is_noted() {
    let Some(machine) = machine() else { return };
    let machine = machine.as_if_with(3);
    let device = machine.open(2);
    let there = device.upload(&[1_u32; 100]);
    let stage = device.staging::<u32>(1);
    let run = device.run(&device.kernel(DOUBLE), [2, 1], &[&there]);
    device.fill(&stage, &[5]);
    device.wait(run);
    device.download(&there);
    drop(there);
    let noted = machine.log().take();
    let [
        Event::Opened { device: 2 },
        Event::Made {
            bytes: 400,
            staging: false,
        },
        Event::Uploaded { bytes: 400 },
        Event::Made {
            bytes: 4,
            staging: true,
        },
        Event::Ran {
            facts,
            groups: [2, 1, 1],
            together:
                Together {
                    most_reads: 0,
                    most_barriers: 0,
                    most_writes: 0,
                },
        },
        Event::Filled {
            bytes: 4,
            pending: 1,
        },
        Event::Waited { pending: 0 },
        Event::Downloaded { bytes: 400 },
        Event::Freed { bytes: 400 },
    ] = &noted[..]
    else {
        panic!("{noted:#?}");
    };
    assert_eq!(
        (facts.workgroup_size, facts.invocations()),
        ([64, 1, 1], 64)
    );
}

#[test]
fn what_cannot_be_done_is_refused_with_a_reason() {
    let Some(machine) = machine() else { return };
    let says = |fault: Fault, text: &str| {
        assert_eq!(fault.cause, Cause::Call);
        assert!(fault.message.contains(text), "{}", fault.message);
        assert!(fault.file.ends_with("on_a_device.rs"), "{}", fault.file);
    };
    let double = |device: &device::Device| -> Kernel { device.kernel(DOUBLE) };
    says(
        refused(&machine, |device| {
            device.run(&double(device), 5, &[&device.buffer::<u32>(9)])
        }),
        "5 workgroups in one dimension, because this device allows at most 4",
    );
    says(
        refused(&machine, |device| device.run(&double(device), 1, &[])),
        "1 bindings (numbers), but was given 0 buffers",
    );
    says(
        refused(&machine, |device| {
            device.run(&double(device), 1, &[&device.buffer::<f32>(9)])
        }),
        "consists of u32, but the buffer consists of f32",
    );
    says(
        refused(&machine, |device| {
            device.write(&device.buffer::<f32>(1), &[1.0, 2.0])
        }),
        "2 numbers do not fit into a buffer of 1 f32",
    );
    says(
        refused(&machine, |device| {
            let stage = device.staging::<u32>(1);
            device.fill(&stage, &[1]);
            device.copy(&stage, &device.buffer(1), 1);
            device.fill(&stage, &[2]);
        }),
        "while the device may still copy from it",
    );
}

#[test]
fn errors_in_a_kernel_have_their_line() {
    let Some(machine) = machine() else { return };
    let fault = refused(&machine, |device| {
        device.kernel(
            "@compute @workgroup_size(64)
fn wrong() {
    let x = y; // here
}",
        );
    });
    assert_eq!(fault.cause, Cause::Source);
    assert!(fault.message.contains("`y`"), "{}", fault.message);
    let text = include_str!("on_a_device.rs");
    let line = text.lines().position(|line| line.contains("// here"));
    assert_eq!(Some(fault.line as usize), line.map(|line| line + 1));

    let race = "@group(0) @binding(0) var<storage, read_write> numbers: array<u32>;
@compute @workgroup_size(64)
fn race(@builtin(global_invocation_id) id: vec3u) {
    numbers[0] = id.x;
}";
    let fault = refused(&machine, |device| {
        device.run(&device.kernel(race), 1, &[&device.buffer::<u32>(1)])
    });
    assert_eq!(fault.cause, Cause::Race);
}
