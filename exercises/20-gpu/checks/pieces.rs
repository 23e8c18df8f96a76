//! The check of the task `mean`.

use super::{
    Answers,
    lab::{Lab, MOST_GROUPS, at_most, is_well_used},
};
use crate::subject::PIECE;
use harness_mpi::{Check, Kind, Reason};

/// The number of bytes for each piece that may be copied back, and that buffers may have in addition to the pieces.
const EACH: u64 = 256;
/// So many numbers, all near 2000, have a sum of more than 2^31, and even those in one place of all pieces, added up by
/// one workgroup, have one of more than 2^24.
const MANY: usize = 270 * PIECE;
/// 49 times the nearest `f64` to 1/49 is less than 1.
const INEXACT: usize = 49;
/// So many numbers have a sum of 0.
const BALANCED: usize = 2;
/// So many numbers have a sum below 0.
const BELOW_ZERO: usize = PIECE + 1;

pub fn mean(check: &mut Check, answers: &Answers) {
    let Some(lab) = Lab::open(check) else {
        return;
    };
    for length in lengths(check) {
        check.input(format!("{length} numbers, in pieces of {PIECE}"));
        let numbers = numbers(check, length);
        let sum: f64 = numbers.iter().copied().map(f64::from).sum();
        let expected = (length > 0).then(|| sum / length as f64);
        let (mean, work) = lab.observe(|device| (answers.mean)(device, &numbers));
        let why = match length {
            0 => "there is no mean of no numbers",
            _ => {
                "the sum is exact if no `f32` exceeds 2^24: add up the sums of the pieces on the host, in `f64`, and \
                 divide once"
            }
        };
        if !check.returned(mean, expected, why) {
            return;
        }
        let pieces = length.div_ceil(PIECE) as u64;
        // Each piece may be copied and added up by its own runs.
        let well = is_well_used(check, &work, MOST_GROUPS, length, 64 * pieces.max(1), EACH * pieces.max(1))
            && at_most(
                check,
                "bytes at once in a staging buffer",
                work.largest_fill,
                4 * PIECE as u64,
            )
            && at_most(
                check,
                "bytes in all buffers",
                work.made,
                4 * 4 * PIECE as u64 + EACH * pieces.max(1),
            )
            && check.require_rule(
                work.copied >= 4 * length as u64,
                Kind::WrongOperation,
                Reason::OtherCall,
                || {
                    format!(
                        "copied {} bytes from staging buffers, but the {length} numbers have {}: all of them are copied \
                         to the device through staging buffers",
                        work.copied,
                        4 * length
                    )
                },
            )
            && check.require_rule(
                work.idle_fills <= 1,
                Kind::WrongOperation,
                Reason::OtherCall,
                || {
                    format!(
                        "filled a staging buffer {} times while no run was pending, but only the first time is allowed: \
                         start the run of a piece, and wait for it only after the next piece has been copied, so that \
                         the device adds while the host copies",
                        work.idle_fills
                    )
                },
            );
        if !well {
            return;
        }
    }
    let length = 3 * PIECE;
    check.input(format!("{length} numbers, in pieces of {PIECE}"));
    let numbers = numbers(check, length);
    let sum: f64 = numbers.iter().copied().map(f64::from).sum();
    lab.is_source(check, &Some(sum / length as f64), |device| {
        (answers.mean)(device, &numbers)
    });
}

fn lengths(check: &mut Check) -> Vec<usize> {
    let mut lengths = vec![
        0,
        check.draw(2..PIECE),
        PIECE,
        BELOW_ZERO,
        2 * PIECE + check.draw(1..PIECE),
        MANY + check.draw(1..300),
        INEXACT,
        BALANCED,
    ];
    check.shuffle(&mut lengths);
    // Last, since so few bytes may also be copied to the device in another way than by a staging buffer.
    lengths.push(1);
    lengths
}

/// Whole numbers with an odd sum: if there are thousands of them, an `f32` cannot hold it.
fn numbers(check: &mut Check, length: usize) -> Vec<f32> {
    if length == INEXACT {
        return vec![1.0; length];
    }
    if length == BALANCED {
        return vec![2000.0, -2000.0];
    }
    if length >= MANY {
        // The sum of 256 of them, in whatever order, is 1 less than a multiple of a power of two. An `f32` that is more
        // than 2^24 rounds it up each time.
        let at = |index: usize| {
            if index.is_multiple_of(256) {
                1998.0
            } else {
                1999.0
            }
        };
        return (0..length).map(at).collect();
    }
    let lowest = if length > PIECE { 1000 } else { -2000 };
    let mut numbers: Vec<i32> = check.draw_vec(length, lowest..2001);
    if lowest > 0
        && let Some(first) = numbers.first_mut()
    {
        *first = 1999;
        let sum: i32 = numbers.iter().sum();
        if sum % 2 == 0 {
            numbers[0] = 2000;
        }
    }
    let sign = if length == BELOW_ZERO { -1 } else { 1 };
    let signed = numbers.into_iter().map(|number| sign * number);
    signed.map(|number| number as f32).collect()
}
