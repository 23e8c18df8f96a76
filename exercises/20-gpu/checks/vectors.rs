//! The checks of the tasks `kernel` and `sum`.

use super::{
    Answers,
    lab::{Lab, cases, is_well_used},
};
use device::Buffer;
use harness_mpi::{Check, Kind, Reason};

/// A buffer has less than this many numbers after those that count.
const BEHIND: usize = 300;
/// An invocation reads at most this many values from workgroup memory between two barriers: fewer than the smallest
/// workgroup has.
const READS: usize = 16;
/// A workgroup passes at most this many barriers: a tree of 1024 invocations takes eleven.
const BARRIERS: u32 = 64;
/// For this length, `sum` is called again with other numbers in the same buffer.
const AGAIN: usize = 65;
/// An invocation writes at most this many times as many numbers as there are for each invocation.
const UNEVEN: usize = 4;
/// The value of elements that must not be written.
const UNTOUCHED: f32 = -7.5;

pub fn add(check: &mut Check, answers: &Answers) {
    let Some(mut lab) = Lab::open(check) else {
        return;
    };
    for (length, most_groups) in cases(check) {
        lab = lab.with_most_groups(most_groups);
        let behind = check.draw(0..BEHIND);
        check.input(format!("{length} numbers, and {behind} more after them"));
        let drawn = |check: &mut Check| -> Vec<f32> {
            let eighths = check.draw_vec(length + behind, -80_000_000..80_000_001);
            eighths
                .into_iter()
                .map(|eighth| eighth as f32 / 8.0)
                .collect()
        };
        let (left, right) = (drawn(check), drawn(check));
        let mut expected: Vec<f32> = left
            .iter()
            .zip(&right)
            .map(|(one, other)| one + other)
            .collect();
        expected[length..].fill(UNTOUCHED);
        let on_device = [&left, &right].map(|numbers| lab.device.upload(numbers));
        let sum = lab.device.upload(&vec![UNTOUCHED; length + behind]);
        let [one, other] = &on_device;
        let ((), work) = lab.observe(|device| (answers.add)(device, one, other, &sum, length));
        let why = "the first numbers are the sums, and those after them stay unchanged";
        let sums = lab.device.download(&sum);
        if !check.holds("sum", sums, expected, why) {
            return;
        }
        for (name, buffer, numbers) in [("left", one, left), ("right", other, right)] {
            let there = lab.device.download(buffer);
            if !check.holds(name, there, numbers, "the summands must stay unchanged") {
                return;
            }
        }
        if !is_well_used(check, &work, most_groups, length, 256, 0) {
            return;
        }
        let share = length.div_ceil(work.invocations.max(1) as usize);
        let shared = check.require_rule(
            work.most_writes <= UNEVEN * share,
            Kind::WrongOperation,
            Reason::FewInvocations,
            || {
                format!(
                    "has an invocation that writes {} numbers, although there are enough invocations for {share} each: \
                     while it works, the others have nothing to do. Let each invocation add its share of the numbers",
                    work.most_writes
                )
            },
        );
        if !shared {
            return;
        }
    }
}

pub fn sum(check: &mut Check, answers: &Answers) {
    let Some(mut lab) = Lab::open(check) else {
        return;
    };
    for (length, most_groups) in cases(check) {
        lab = lab.with_most_groups(most_groups);
        // A buffer of one number could be copied back, and added up on the host.
        let behind = check.draw(0..BEHIND) * usize::from(length != 1);
        let there = lab.device.buffer(length + behind);
        let input = format!("{length} numbers, and {behind} more after them");
        let again = format!("{input}, in the buffer of the call before");
        let inputs = [Some(input), (length == AGAIN).then_some(again)];
        for input in inputs.into_iter().flatten() {
            check.input(input);
            if !is_sum(check, answers, &lab, &there, length) {
                return;
            }
        }
    }
}

/// Whether the sum of a buffer with drawn numbers is right, and was computed in a tree.
fn is_sum(
    check: &mut Check,
    answers: &Answers,
    lab: &Lab,
    there: &Buffer<i32>,
    length: usize,
) -> bool {
    let numbers = check.integers::<i32>(there.len());
    let expected = numbers[..length]
        .iter()
        .fold(0, |sum: i32, number| sum.wrapping_add(*number));
    lab.device.write(there, &numbers);
    let (total, work) = lab.observe(|device| (answers.sum)(device, there, length));
    let why = "the result is the sum of the first `length` numbers, which wraps around on overflow";
    let most_groups = lab.device.most_groups();
    if !check.returned(total, expected, why)
        || !check.holds(
            "numbers",
            lab.device.download(there),
            numbers,
            "the numbers must stay unchanged",
        )
        || !is_well_used(check, &work, most_groups, length, 1024, 16)
    {
        return false;
    }
    let kind = Kind::WrongOperation;
    check.require_rule(
            !work.atomics,
            kind,
            Reason::OtherCall,
            || String::from("used atomic operations: this task asks for a tree in each workgroup"),
        ) && check.require_rule(
            work.workgroup_memory || length == 0,
            kind,
            Reason::OtherCall,
            || {
                String::from(
                    "used no workgroup memory (`var<workgroup>`): in a tree, each invocation adds sums that other \
                     invocations of its workgroup have stored there",
                )
            },
        ) && check.require_rule(
            work.most_reads <= READS,
            kind,
            Reason::OtherCall,
            || {
                format!(
                    "has an invocation that reads {} values from workgroup memory between two barriers, but in a tree \
                     {READS} are enough: while one invocation adds, the others wait. In each step, let each of the \
                     adding invocations add one other value to its own",
                    work.most_reads
                )
            },
        ) && check.require_rule(
            work.most_barriers <= BARRIERS,
            kind,
            Reason::OtherCall,
            || {
                format!(
                    "has a workgroup that passes {} barriers, but in a tree {BARRIERS} are enough: each step of the tree \
                     halves the number of sums, and takes one barrier",
                    work.most_barriers
                )
            },
        )
}
