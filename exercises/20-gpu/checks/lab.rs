//! A device for the checks, and what an answer has done with it.

use device::{Cause, Device, Event, Fault, Machine, NoDevice};
use harness::{death, identity};
use harness_mpi::{Check, Kind, Reason};
use std::cell::OnceCell;

/// A device takes so many workgroups in a dimension, in the checks: then already a few thousand numbers are more than
/// that.
pub const MOST_GROUPS: u32 = 16;
/// A workgroup has at least so many invocations.
const LEAST_WORKGROUP: u64 = 32;
/// An invocation has at most so many numbers or points.
const EACH: u64 = 64;
/// So many numbers may fall to one run, at least.
const EACH_RUN: u64 = 64 * MOST_GROUPS as u64;
/// So many runs may be made beside.
const RUNS: u64 = 4;
/// In a task about a kernel, it is rehearsed for so many steps in all.
const STEPS: u64 = 1_500_000;

thread_local! {
    /// It is looked for once: that takes a tenth of a second. It is never dropped: at the end of the process `wgpu`
    /// would miss what is gone already.
    static MACHINE: OnceCell<&'static Result<Machine, NoDevice>> = const { OnceCell::new() };
}

/// A machine of which everything is seen that an answer does with it. None if it has no device: then the task is not
/// run. Kernels are rehearsed for so many steps.
pub fn machine(check: &Check, steps: u64) -> Option<Machine> {
    let found =
        MACHINE.with(|machine| *machine.get_or_init(|| Box::leak(Box::new(Machine::find()))));
    if let Err(none) = found {
        check.fail(death::failure(Kind::NoDevice, none.to_string()));
    }
    let machine = found
        .clone()
        .ok()?
        .with_most_groups(MOST_GROUPS)
        .watched(steps, refuse);
    // Threads of a driver are none of an answer's.
    let device = machine.open(0);
    device.download(&device.upload(&[0_u32]));
    machine.log().take();
    Some(machine)
}

/// Reports what an answer has asked of a device that cannot be done.
fn refuse(fault: &Fault) {
    let (kind, reason, what) = match fault.cause {
        Cause::Call => (Kind::Panic, None, "panicked"),
        Cause::Source => (
            Kind::Build,
            Some(Reason::Kernel),
            "has a kernel with an error",
        ),
        Cause::Race => (
            Kind::MemoryRace,
            Some(Reason::Invocations),
            "has a race in a kernel",
        ),
        Cause::Barrier => (
            Kind::WrongOperation,
            Some(Reason::Barrier),
            "has a barrier where not all come to",
        ),
        Cause::Outside => (Kind::WrongResult, None, "has a kernel that leaves a buffer"),
    };
    let message = format!("{} {what}: {}", identity::who(), fault.message);
    let mut failure = death::failure(kind, message);
    failure.reason = reason;
    death::last_words_at(failure, &fault.file, fault.line);
}

/// A device for one rank, and the machine that it belongs to.
pub struct Lab {
    pub machine: Machine,
    pub device: Device,
}

impl Lab {
    /// None if there is no device.
    pub fn open(check: &Check) -> Option<Self> {
        let machine = machine(check, STEPS)?;
        let device = machine.open(0);
        Some(Self { machine, device })
    }

    /// Calls an answer, waits until the device has done all that it was asked for, and tells what that was.
    pub fn observe<R>(&self, answer: impl FnOnce(&Device) -> R) -> (R, Work) {
        self.machine.log().take();
        let result = answer(&self.device);
        let work = Work::of(&self.machine.log().take());
        // What still runs is not left over: the check needs its results.
        self.device.download(&self.device.buffer::<u32>(1));
        self.machine.log().take();
        (result, work)
    }
}

/// What was done on a device.
#[derive(Debug, Default)]
pub struct Work {
    pub opened: Vec<usize>,
    pub runs: u64,
    /// The invocations of all runs.
    pub invocations: u64,
    /// Those of the smallest workgroup.
    pub smallest: Option<u64>,
    /// Whether a kernel used workgroup memory, and whether one used atomic operations.
    pub workgroup_memory: bool,
    pub atomics: bool,
    /// Bytes that were copied to the device, not from staging buffers.
    pub uploaded: u64,
    pub downloaded: u64,
    /// Bytes that were copied from staging buffers.
    pub copied: u64,
    /// How often a staging buffer was filled, and how often while no run was started that had not been waited for.
    pub fills: u64,
    pub idle_fills: u64,
    /// The largest filling, in bytes.
    pub largest_fill: u64,
    /// The bytes of all buffers that were there at the same time.
    pub most_bytes: u64,
}

impl Work {
    pub fn of(events: &[Event]) -> Self {
        let mut work = Self::default();
        let mut bytes_now = 0_u64;
        for event in events {
            match event {
                Event::Opened { device } => work.opened.push(*device),
                Event::Made { bytes, .. } => {
                    bytes_now += bytes;
                    work.most_bytes = work.most_bytes.max(bytes_now);
                }
                // One that was made before is the check's.
                Event::Freed { bytes } => bytes_now = bytes_now.saturating_sub(*bytes),
                Event::Uploaded { bytes } => work.uploaded += bytes,
                Event::Filled { bytes, pending } => {
                    work.fills += 1;
                    work.idle_fills += u64::from(*pending == 0);
                    work.largest_fill = work.largest_fill.max(*bytes);
                }
                Event::Copied { bytes } => work.copied += bytes,
                Event::Ran { facts, groups } => {
                    let groups: u64 = groups.iter().copied().map(u64::from).product();
                    work.runs += 1;
                    work.invocations += groups * facts.invocations();
                    let smallest = work.smallest.unwrap_or(u64::MAX);
                    work.smallest = Some(smallest.min(facts.invocations()));
                    work.workgroup_memory |= facts.workgroup_memory > 0;
                    work.atomics |= facts.atomics;
                }
                Event::Waited { .. } => {}
                Event::Downloaded { bytes } => work.downloaded += bytes,
            }
        }
        work
    }
}

/// Whether a device was used as one should, for so many numbers or points; with at most so many bytes copied to it,
/// and from it.
pub fn is_well_used(check: &mut Check, work: &Work, items: usize, to: u64, from: u64) -> bool {
    let items = items as u64;
    let few = Reason::FewInvocations;
    check.require_rule(
        items == 0 || work.runs > 0,
        Kind::WrongOperation,
        few,
        || String::from("ran no kernel: the device does the work"),
    ) && check.require_rule(
        work.smallest.is_none_or(|smallest| smallest >= LEAST_WORKGROUP),
        Kind::WrongOperation,
        few,
        || {
            format!(
                "ran a kernel with {} in a workgroup, and {LEAST_WORKGROUP} is the least: those of a workgroup run \
                 side by side",
                harness_mpi::plural(work.smallest.unwrap_or(0) as usize, "invocation")
            )
        },
    ) && check.require_rule(
        work.invocations >= items.div_ceil(EACH),
        Kind::WrongOperation,
        few,
        || {
            format!(
                "used {} invocations in all for {items} numbers or points: there should be one for every {EACH}, at \
                 least",
                work.invocations
            )
        },
    ) && at_most(check, "runs of kernels", work.runs, items.div_ceil(EACH_RUN) + RUNS)
        && at_most(check, "bytes copied to the device", work.uploaded, to)
        && at_most(check, "bytes copied from the device", work.downloaded, from)
}

/// Whether a count of what a device was asked for is small enough.
pub fn at_most(check: &mut Check, what: &str, count: u64, limit: u64) -> bool {
    let kind = Kind::TooMuchCommunication;
    check.require_rule(count <= limit, kind, Reason::Device, || {
        format!("counts {count} {what}, and {limit} are enough")
    })
}

/// Lengths of vectors: none, one, around workgroups, of any size, and more than a run of the largest number of
/// workgroups has invocations. In ascending order: what starts a run for each number is found out soon.
pub fn lengths(check: &mut Check) -> Vec<usize> {
    let whole = MOST_GROUPS as usize * 64;
    vec![
        0,
        1,
        63,
        64,
        65,
        check.draw(66..300),
        check.draw(300..whole) | 1,
        check.draw(whole + 1..2 * whole),
        // More than a run of workgroups of 1024, the largest that there are anywhere.
        check.draw(MOST_GROUPS as usize * 1024 + 1..MOST_GROUPS as usize * 2000),
    ]
}
