//! The check of `step`: one row, and one grid without MPI.

use super::{
    Answers,
    plate::{Plate, Watch},
};
use harness_mpi::{Check, plural};

pub fn step(check: &mut Check, answers: &Answers) {
    if row(check, answers) {
        grid(check, answers);
    }
}

/// How often each short row is drawn. Another order of the sum rounds differently in one cell out of ten only. An
/// answer that computes a row in blocks may have that order in the few cells that remain.
const SHORT: usize = 60;

fn row(check: &mut Check, answers: &Answers) -> bool {
    let short = (0..SHORT).flat_map(|_| 3..11).map(|length| (length, 100.0));
    let others = [(2, 100.0), (200, 100.0), (50, 0.0)];
    for (length, cells) in short.chain(others) {
        // 0.0 and -0.0 are equal, but not the same.
        let [above, row, below] = [0; 3].map(|_| {
            let signs = check.draw_vec(length, -1.0..1.0);
            signs
                .into_iter()
                .map(|sign: f64| sign * cells)
                .collect::<Vec<f64>>()
        });
        let rate = check.draw(0.05..0.25);
        let mut new = check.draw_vec(length, 1000.0..2000.0);
        let mut expected = new.clone();
        for column in 1..length - 1 {
            let (left, old, right) = (row[column - 1], row[column], row[column + 1]);
            expected[column] =
                old + rate * (above[column] + left + right + below[column] - 4.0 * old);
        }
        check.input(format!(
            "update: {} of three rows, the rate {rate:?}",
            plural(length as u64, "cell")
        ));
        (answers.update)(rate, &above, &row, &below, &mut new);
        let differs = |column: &usize| new[*column].to_bits() != expected[*column].to_bits();
        let first = (0..length).find(differs);
        let why = match first {
            Some(column) if column == 0 || column + 1 == length => {
                "the first and the last cell of `new` stay unchanged"
            }
            Some(column) if (new[column] - expected[column]).abs() < 1e-3 => {
                "this was rounded in another order, or to fewer digits: compute `old + rate * (above + left + right \
                 + below - 4.0 * old)` in f64 and from left to right"
            }
            _ => "a new cell is `old + rate * (above + left + right + below - 4.0 * old)`",
        };
        if first.is_some() {
            // As text, so that -0.0 differs from 0.0.
            let text = |cells: Vec<f64>| {
                cells
                    .iter()
                    .map(|cell| format!("{cell:?}"))
                    .collect::<Vec<_>>()
            };
            check.holds("new", text(new), text(expected), why);
            return false;
        }
    }
    true
}

/// The number of steps on a grid that no step changes.
const STEADY: usize = 4;

fn grid(check: &mut Check, answers: &Answers) {
    let drawn = [check.draw(3..9), check.draw(3..9)];
    for (shape, steps) in [
        ([3, 4], 1),
        (drawn, 2),
        (drawn, 5),
        ([1, 1], 3),
        ([1, 7], 2),
        ([6, 1], 2),
        ([4, 3], 0),
        ([2, 300], 2),
        (drawn, STEADY),
    ] {
        let plate = match steps {
            STEADY => Plate::steady(check, shape, steps + 1),
            _ => Plate::new(check, shape, steps + 1),
        };
        let whole = plate.whole();
        check.input(format!(
            "serial: {} x {} cells inside the frame, {}",
            shape[0],
            shape[1],
            plural(steps as u64, "step")
        ));
        let mut grid = plate.block(0, &whole, true);
        let watch = Watch::of_swapping(&plate, &whole);
        (answers.serial)(&mut grid, steps, &|above, row, below, new| {
            watch.update(above, row, below, new);
        });
        let right = watch.judge(check, steps)
            && plate.holds(check, &grid, &whole, steps, false)
            && watch.is_left_in(check, &grid);
        if !right {
            return;
        }
    }
}
