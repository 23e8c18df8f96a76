//! The checks of the tasks `kernel` and `sum`.

use super::{
    Answers,
    lab::{Lab, is_well_used, lengths},
};
use harness_mpi::{Check, Kind, Reason};

/// A buffer has less than this many numbers after those that count.
const BEHIND: usize = 300;
/// An invocation reads at most this many values from workgroup memory between two barriers: fewer than the smallest
/// workgroup has.
const READS: usize = 16;
/// A workgroup passes at most this many barriers: a tree of 1024 invocations takes eleven.
const BARRIERS: u32 = 64;
/// The value of elements that must not be written.
const UNTOUCHED: f32 = -7.5;

pub fn add(check: &mut Check, answers: &Answers) {
    let Some(lab) = Lab::open(check) else {
        return;
    };
    for length in lengths(check) {
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
        if !is_well_used(check, &work, length, 256, 0) {
            return;
        }
    }
}

pub fn sum(check: &mut Check, answers: &Answers) {
    let Some(lab) = Lab::open(check) else {
        return;
    };
    for length in lengths(check) {
        let behind = check.draw(0..BEHIND);
        check.input(format!("{length} numbers, and {behind} more after them"));
        let numbers = check.integers::<i32>(length + behind);
        let expected = numbers[..length]
            .iter()
            .fold(0, |sum: i32, number| sum.wrapping_add(*number));
        let there = lab.device.upload(&numbers);
        let (total, work) = lab.observe(|device| (answers.sum)(device, &there, length));
        let why =
            "the result is the sum of the first `length` numbers, which wraps around on overflow";
        if !check.returned(total, expected, why) || !is_well_used(check, &work, length, 1024, 16) {
            return;
        }
        let kind = Kind::WrongOperation;
        let in_tree = check.require_rule(
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
        );
        if !in_tree {
            return;
        }
    }
}
