//! The check of `row`.
//!
//! In which order an answer rounds is up to it, and far from the edge of the set that makes no difference.
//! At the edge the error doubles with each step: there, any number of steps is right that one of several
//! ways to compute it gives.

use super::Answers;
use crate::subject::View;
use harness_mpi::{Check, Kind};

pub fn row(check: &mut Check, answers: &Answers) {
    let drawn = (check.draw(-1.0..0.5), check.draw(-0.8..0.8));
    for (c, width, height, limit) in [
        ((-0.8, 0.156), 60, 48, 200),
        // In a single row the middle is real; z stays real, and never leaves, or leaves at once.
        ((-2.0, 0.0), 41, 1, 50),
        ((-0.1, 0.0), 7, 5, 300),
        // A picture of the same size, of another set, and of the same set with fewer steps.
        (drawn, 60, 48, 100),
        (drawn, 60, 48, 30),
        // Steps that lead to exactly 2, where z stays.
        ((-2.0, 0.0), 5, 1, FEW),
        // Large: a point that has left may come back, and be there after 2, 3, … or 16 steps.
        ((-2.05, 0.0), 120, 1, 60),
        (drawn, 1, 1, 9),
        (drawn, 12, 4, 0),
        // Higher than wide.
        (drawn, 10, 24, 1),
        // Here z nearly stands still for a long time, and then leaves.
        ((0.250_000_1, 0.0), 9, 1, 20_000),
        // As many steps as 16 bits count.
        ((0.0, 0.0), 9, 3, u16::MAX),
    ] {
        let view = View {
            width,
            height,
            c,
            limit,
        };
        for number in rows(check, height) {
            check.input(format!("row {number} of {view:?}"));
            let returned = (answers.row)(&view, number);
            if !holds(check, &view, number, returned) {
                return;
            }
        }
    }
}

/// The first, the last, the middle, and a drawn one.
fn rows(check: &mut Check, height: usize) -> Vec<usize> {
    let mut rows = vec![0, height - 1, height / 2, check.draw(0..height)];
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// In so few steps no error of rounding grows: only real ways to round count.
const FEW: u16 = 3;

fn holds(check: &mut Check, view: &View, row: usize, returned: Vec<u16>) -> bool {
    let ways = if view.limit == FEW { &WAYS[..3] } else { &WAYS };
    let ways: Vec<Vec<u16>> = ways
        .iter()
        .map(|way| {
            let steps = |column| steps(view, point(view, column, row), *way);
            (0..view.width).map(steps).collect()
        })
        .collect();
    // Any count is accepted if rounding decides.
    let expected: Vec<u16> = (0..view.width)
        .map(|column| {
            let right = ways[0][column];
            let Some(seen) = returned.get(column) else {
                return right;
            };
            let all = ways.iter().map(|way| way[column]);
            let (least, most) = all.fold((right, right), |(least, most), steps| {
                (least.min(steps), most.max(steps))
            });
            if (least..=most).contains(seen) {
                *seen
            } else {
                right
            }
        })
        .collect();
    let squares = |column: &usize| {
        let (x, y) = point(view, *column, row);
        x * x + y * y
    };
    let first = (0..view.width).find(|column| returned.get(*column) != expected.get(*column));
    let why = match first {
        Some(column) if returned.len() == view.width && squares(&column) > 4.0 => {
            "the point of this pixel is already farther than 2 from 0, so it gets 0"
        }
        Some(column) if returned.len() == view.width && expected[column] == view.limit => {
            "|z| is still at most 2 after `view.limit` steps, and no more steps are taken"
        }
        _ => {
            "a step replaces z by z² + c, as long as |z| is at most 2; pixels are in order from left to right"
        }
    };
    check.require(returned.len() == view.width, Kind::WrongResult, || {
        format!(
            "returned {} numbers, but a row of this picture has {}",
            returned.len(),
            view.width
        )
    }) && check.returned(returned, expected, why)
}

/// The point of a pixel, as `View::point` says it: the student's file may have another.
fn point(view: &View, column: usize, row: usize) -> (f64, f64) {
    let pixel = 3.2 / view.width as f64;
    let from_middle = |index: usize, length: usize| index as f64 + 0.5 - 0.5 * length as f64;
    (
        from_middle(column, view.width) * pixel,
        -from_middle(row, view.height) * pixel,
    )
}

/// One step: (x, y) and c.
type Step = fn((f64, f64), (f64, f64)) -> (f64, f64);

/// Ways to round. The first is that of the lesson.
const WAYS: [Step; 5] = [
    |(x, y), c| (x * x - y * y + c.0, 2.0 * x * y + c.1),
    |(x, y), c| {
        (
            (x - y) * (x + y) + c.0,
            (x + y) * (x + y) - x * x - y * y + c.1,
        )
    },
    |(x, y), c| (x.mul_add(x, c.0 - y * y), (2.0 * x).mul_add(y, c.1)),
    // Off by more than any rounding.
    |(x, y), c| (x * x - y * y + c.0 + 4e-15, 2.0 * x * y + c.1 - 4e-15),
    |(x, y), c| (x * x - y * y + c.0 - 4e-15, 2.0 * x * y + c.1 + 4e-15),
];

fn steps(view: &View, mut z: (f64, f64), step: Step) -> u16 {
    let mut steps = 0;
    while steps < view.limit && z.0 * z.0 + z.1 * z.1 <= 4.0 {
        z = step(z, view.c);
        steps += 1;
    }
    steps
}
