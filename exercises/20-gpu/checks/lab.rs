//! A device for the checks, and a record of what an answer does with it.

use device::{Cause, Device, Event, Fault, Machine, NoDevice};
use harness::{death, identity};
use harness_mpi::{Check, Kind, Reason};
use std::cell::OnceCell;

/// The limit of workgroups per dimension in most cases: with it, a few thousand numbers are already too many for one
/// invocation each.
pub const MOST_GROUPS: u32 = 16;
/// The limit of most devices.
const MANY_GROUPS: u32 = 65_535;
/// The least number of invocations in a workgroup.
const LEAST_WORKGROUP: u64 = 32;
/// The largest number of numbers or points for an invocation, unless there are [`ENOUGH`] invocations.
const EACH: u64 = 64;
const ENOUGH: u64 = 512;
/// The number of runs that are allowed in any case.
const RUNS: u64 = 4;
/// The number of steps for which kernels are rehearsed in tasks about kernels.
const STEPS: u64 = 1_500_000;

thread_local! {
    /// The search runs once, because it takes a tenth of a second. The machine is never dropped: at the end of the
    /// process, `wgpu` would use what is already gone.
    static MACHINE: OnceCell<&'static Result<Machine, NoDevice>> = const { OnceCell::new() };
}

/// A machine that records everything that an answer does with it. `None` if it has no device: then the task is not
/// run. Kernels are rehearsed for `steps` steps.
pub fn machine(check: &Check, most_groups: u32, steps: u64) -> Option<Machine> {
    let found =
        MACHINE.with(|machine| *machine.get_or_init(|| Box::leak(Box::new(Machine::find()))));
    if let Err(none) = found {
        check.fail(death::failure(Kind::NoDevice, none.to_string()));
    }
    let machine = found
        .clone()
        .ok()?
        .with_most_groups(most_groups)
        .watched(steps, refuse);
    // Starts the threads of the driver, so that they are not taken for those of an answer.
    let device = machine.open(0);
    device.download(&device.upload(&[0_u32]));
    machine.log().take();
    Some(machine)
}

/// Reports a fault of an answer in its use of the device.
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
            "has a kernel with a barrier that not all invocations reach",
        ),
        Cause::Outside => (
            Kind::WrongResult,
            None,
            "has a kernel that accesses memory outside a buffer",
        ),
    };
    let message = format!("{} {what}: {}", identity::who(), fault.message);
    let mut failure = death::failure(kind, message);
    failure.reason = reason;
    death::last_words_at(failure, &fault.file, fault.line);
}

/// A device for one rank, and the machine that it belongs to.
pub struct Lab {
    machine: Machine,
    /// It takes few workgroups, unless a case asks for more.
    pub device: Device,
}

impl Lab {
    /// None if there is no device.
    pub fn open(check: &Check) -> Option<Self> {
        let machine = machine(check, MANY_GROUPS, STEPS)?;
        let device = machine.clone().with_most_groups(MOST_GROUPS).open(0);
        Some(Self { machine, device })
    }

    /// The same device, with this limit of workgroups.
    pub fn with_most_groups(self, most: u32) -> Self {
        let device = self.machine.clone().with_most_groups(most).open(0);
        Self { device, ..self }
    }

    /// Calls an answer, waits until the device has finished, and returns what it was asked to do.
    pub fn observe<R>(&self, answer: impl FnOnce(&Device) -> R) -> (R, Work) {
        self.machine.log().take();
        let result = answer(&self.device);
        let work = Work::of(&self.machine.log().take());
        // Kernels may still run: the check needs their results.
        self.device.download(&self.device.buffer::<u32>(1));
        self.machine.log().take();
        (result, work)
    }

    /// Whether the result of an answer comes from the device. The input must be such that more hits or larger sums are
    /// possible.
    pub fn is_source<R: PartialEq>(
        &self,
        check: &mut Check,
        result: &R,
        answer: impl FnOnce(&Device) -> R,
    ) -> bool {
        let falsified = self.machine.falsified(|| answer(&self.device));
        depends_on_device(check, falsified != *result)
    }
}

/// Requires that a result was another one while the numbers that were copied from the device were wrong.
pub fn depends_on_device(check: &mut Check, depends: bool) -> bool {
    check.require_rule(
        depends,
        Kind::WrongOperation,
        Reason::OtherCall,
        || {
            String::from(
                "returned the same result when the check changed the numbers that were copied from the device: the \
                 result was computed somewhere else, but in this task, the device does the work",
            )
        },
    )
}

/// What was done on a device.
#[derive(Debug, Default)]
pub struct Work {
    pub opened: Vec<usize>,
    pub runs: u64,
    /// The invocations of all runs.
    pub invocations: u64,
    /// The invocations of the smallest workgroup.
    pub smallest: Option<u64>,
    /// Whether a kernel used workgroup memory, and whether one used atomic operations.
    pub workgroup_memory: bool,
    pub atomics: bool,
    /// The most values that an invocation read from workgroup memory between two barriers.
    pub most_reads: usize,
    /// The most barriers that a workgroup passed.
    pub most_barriers: u32,
    /// The most values that an invocation wrote to buffers in a run.
    pub most_writes: usize,
    /// Bytes that were copied to the device, except from staging buffers.
    pub uploaded: u64,
    pub downloaded: u64,
    /// Bytes that were copied from staging buffers.
    pub copied: u64,
    /// How often a staging buffer was filled, and how often of these no run was pending: started and not waited for.
    pub fills: u64,
    pub idle_fills: u64,
    /// The most bytes that were copied into a staging buffer at once.
    pub largest_fill: u64,
    /// The bytes of all buffers that were made.
    pub made: u64,
}

impl Work {
    pub fn of(events: &[Event]) -> Self {
        let mut work = Self::default();
        for event in events {
            match event {
                Event::Opened { device } => work.opened.push(*device),
                Event::Made { bytes, .. } => work.made += bytes,
                Event::Uploaded { bytes } => work.uploaded += bytes,
                Event::Filled { bytes, pending } => {
                    work.fills += 1;
                    work.idle_fills += u64::from(*pending == 0);
                    work.largest_fill = work.largest_fill.max(*bytes);
                }
                Event::Copied { bytes } => work.copied += bytes,
                Event::Ran {
                    facts,
                    groups,
                    together,
                } => {
                    let groups: u64 = groups.iter().copied().map(u64::from).product();
                    work.runs += 1;
                    work.invocations += groups * facts.invocations();
                    let smallest = work.smallest.unwrap_or(u64::MAX);
                    work.smallest = Some(smallest.min(facts.invocations()));
                    work.workgroup_memory |= facts.workgroup_memory > 0;
                    work.atomics |= facts.atomics;
                    work.most_reads = work.most_reads.max(together.most_reads);
                    work.most_barriers = work.most_barriers.max(together.most_barriers);
                    work.most_writes = work.most_writes.max(together.most_writes);
                }
                Event::Waited { .. } | Event::Freed { .. } => {}
                Event::Downloaded { bytes } => work.downloaded += bytes,
            }
        }
        work
    }
}

/// Whether a device was used well for `items` numbers or points, with at most `to` bytes copied to it, and `from` bytes
/// copied from it. One more run is allowed for as many items as 64 times `most_groups`.
pub fn is_well_used(
    check: &mut Check,
    work: &Work,
    most_groups: u32,
    items: usize,
    to: u64,
    from: u64,
) -> bool {
    let items = items as u64;
    let runs = items.div_ceil(64 * u64::from(most_groups)) + RUNS;
    let invocations = items.div_ceil(EACH).min(ENOUGH);
    let few = Reason::FewInvocations;
    check.require_rule(
        items == 0 || work.runs > 0,
        Kind::WrongOperation,
        few,
        || String::from("ran no kernel: in this task, the device does the work"),
    ) && check.require_rule(
        work.smallest.is_none_or(|smallest| smallest >= LEAST_WORKGROUP),
        Kind::WrongOperation,
        few,
        || {
            format!(
                "ran a kernel with {} in a workgroup, but at least {LEAST_WORKGROUP} are needed: the invocations of a \
                 workgroup run at the same time",
                harness_mpi::plural(work.smallest.unwrap_or(0) as usize, "invocation")
            )
        },
    ) && check.require_rule(
        work.invocations >= invocations,
        Kind::WrongOperation,
        few,
        || {
            format!(
                "used {} in all for {items} numbers or points, but there should be at least {invocations}: a device is \
                 fast only with many invocations",
                harness_mpi::plural(work.invocations as usize, "invocation")
            )
        },
    ) && at_most(check, "runs of kernels", work.runs, runs)
        && at_most(check, "bytes copied to the device", work.uploaded, to)
        && at_most(check, "bytes copied from the device", work.downloaded, from)
}

/// Whether a count of what a device was asked to do is small enough.
pub fn at_most(check: &mut Check, what: &str, count: u64, limit: u64) -> bool {
    let kind = Kind::TooMuchCommunication;
    check.require_rule(count <= limit, kind, Reason::Device, || {
        let enough = match limit {
            0 => String::from("none is needed"),
            1 => String::from("1 is enough"),
            more => format!("{more} are enough"),
        };
        format!("had {count} {what}, but {enough}")
    })
}

/// Lengths of vectors, and the limits of workgroups that devices have for them. The lengths are none, one, around the
/// size of a workgroup, any, and more than the invocations of the largest possible run. They ascend, so that a run for
/// each number is noticed early.
pub fn cases(check: &mut Check) -> Vec<(usize, u32)> {
    let whole = MOST_GROUPS as usize * 64;
    let few = [
        0,
        1,
        63,
        64,
        65,
        check.draw(66..300),
        check.draw(300..whole) | 1,
        check.draw(whole + 1..2 * whole),
        // More than a run with workgroups of 1024, the largest on any device, and more than 32 runs with those of 64.
        32 * whole + check.draw(1..whole),
    ];
    // More workgroups of 1024 than one workgroup has invocations.
    let many = 1024 * 256 + check.draw(1..30_000);
    few.map(|length| (length, MOST_GROUPS))
        .into_iter()
        .chain([(many, MANY_GROUPS)])
        .collect()
}
