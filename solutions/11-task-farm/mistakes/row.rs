//! Mistakes in the task `row`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use std::{cell::RefCell, collections::BTreeMap};
use task_farm_solution::View;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("row": row = square_one_part_first => WrongResult,
        "computes the imaginary part with the new real part"),
    mistake!("row": row = looks_after_the_step => WrongResult,
        "looks at |z| after the step only, so that a point outside gets one step"),
    mistake!("row": row = one_step_more => WrongResult,
        "counts the look that finds z outside as a step"),
    mistake!("row": row = the_edge_is_outside => WrongResult,
        "stops where |z| is 2"),
    mistake!("row": row = radius_four => WrongResult,
        "compares |z| squared with 2 squared twice, and so |z| with 4"),
    mistake!("row": row = radius_of_the_square => WrongResult,
        "compares |z| squared with 2"),
    mistake!("row": row = mandelbrot => WrongResult,
        "adds the point, and begins at 0: a picture of another set"),
    mistake!("row": row = upside_down => WrongResult,
        "counts rows from the bottom"),
    mistake!("row": row = mirrored => WrongResult,
        "goes from right to left"),
    mistake!("row": row = in_f32 => WrongResult,
        "computes in `f32`"),
    mistake!("row": row = eight_bits => WrongResult,
        "counts steps in a `u8`, for a picture in grays"),
    mistake!("row": row = always_outside_at_the_limit => WrongResult,
        "gives 0 to what never leaves, to draw it black"),
    mistake!("row": row = conjugate => WrongResult,
        "forgets the factor 2"),
    mistake!("row": row = a_column => WrongResult,
        "exchanges rows and columns"),
    mistake!("row": row = close_is_inside => WrongResult,
        "takes a point that hardly moves for one that stays"),
    mistake!("row": row = kept_by_size => WrongResult,
        "keeps rows from one picture to the next of the same size"),
    mistake!("row": row = scaled_by_the_longer_side => WrongResult,
        "scales the picture by its height, if it is higher than wide"),
    mistake!("row": row = looks_at_every_eighth => WrongResult,
        "looks at z after every eighth step only, and takes it for inside if it has come back by then"),
    mistake!("row": row = room_for_one_more => Panic,
        "adds 1 to the number of steps before it compares it with the limit, which may be the largest `u16`"),
];

/// Counts steps; `look` says whether z is still inside.
fn count(view: &View, start: (f64, f64), c: (f64, f64), radius: f64) -> u16 {
    let (mut x, mut y) = start;
    let mut steps = 0;
    while steps < view.limit && x * x + y * y <= radius * radius {
        (x, y) = (x * x - y * y + c.0, 2.0 * x * y + c.1);
        steps += 1;
    }
    steps
}

fn each(view: &View, row: usize, pixel: impl Fn((f64, f64)) -> u16) -> Vec<u16> {
    (0..view.width)
        .map(|column| pixel(view.point(column, row)))
        .collect()
}

fn square_one_part_first(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |(mut x, mut y)| {
        let mut steps = 0;
        while steps < view.limit && x * x + y * y <= 4.0 {
            x = x * x - y * y + view.c.0;
            y = 2.0 * x * y + view.c.1;
            steps += 1;
        }
        steps
    })
}

fn looks_after_the_step(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |(mut x, mut y)| {
        for steps in 1..=view.limit {
            (x, y) = (x * x - y * y + view.c.0, 2.0 * x * y + view.c.1);
            if x * x + y * y > 4.0 {
                return steps;
            }
        }
        view.limit
    })
}

fn one_step_more(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |point| {
        (count(view, point, view.c, 2.0) + 1).min(view.limit)
    })
}

fn the_edge_is_outside(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |(mut x, mut y)| {
        let mut steps = 0;
        while steps < view.limit && x * x + y * y < 4.0 {
            (x, y) = (x * x - y * y + view.c.0, 2.0 * x * y + view.c.1);
            steps += 1;
        }
        steps
    })
}

fn radius_four(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |point| count(view, point, view.c, 4.0))
}

fn radius_of_the_square(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |point| {
        count(view, point, view.c, f64::sqrt(2.0))
    })
}

fn mandelbrot(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |point| count(view, (0.0, 0.0), point, 2.0))
}

fn scaled_by_the_longer_side(view: &View, row: usize) -> Vec<u16> {
    let scale = view.width as f64 / view.width.max(view.height) as f64;
    each(view, row, |(x, y)| {
        count(view, (x * scale, y * scale), view.c, 2.0)
    })
}

fn looks_at_every_eighth(view: &View, row: usize) -> Vec<u16> {
    let is_outside = |(x, y): (f64, f64)| x * x + y * y > 4.0;
    each(view, row, |mut z| {
        let mut taken = 0;
        while taken < view.limit {
            let before = z;
            let some = view.limit.min(taken + 8) - taken;
            for _ in 0..some {
                z = (z.0 * z.0 - z.1 * z.1 + view.c.0, 2.0 * z.0 * z.1 + view.c.1);
            }
            // Far outside, z is no number any more.
            if is_outside(before) || is_outside(z) || z.0.is_nan() || z.1.is_nan() {
                let few = View {
                    limit: some,
                    ..*view
                };
                return taken + count(&few, before, view.c, 2.0);
            }
            taken += some;
        }
        taken
    })
}

fn upside_down(view: &View, row: usize) -> Vec<u16> {
    task_farm_solution::row(view, view.height - 1 - row)
}

fn mirrored(view: &View, row: usize) -> Vec<u16> {
    let mut pixels = task_farm_solution::row(view, row);
    pixels.reverse();
    pixels
}

fn in_f32(view: &View, row: usize) -> Vec<u16> {
    let c = (view.c.0 as f32, view.c.1 as f32);
    each(view, row, |(x, y)| {
        let (mut x, mut y) = (x as f32, y as f32);
        let mut steps = 0;
        while steps < view.limit && x * x + y * y <= 4.0 {
            (x, y) = (x * x - y * y + c.0, 2.0 * x * y + c.1);
            steps += 1;
        }
        steps
    })
}

fn eight_bits(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |point| {
        count(view, point, view.c, 2.0).min(u8::MAX.into())
    })
}

fn always_outside_at_the_limit(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |point| match count(view, point, view.c, 2.0) {
        steps if steps == view.limit => 0,
        steps => steps,
    })
}

fn conjugate(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |(mut x, mut y)| {
        let mut steps = 0;
        while steps < view.limit && x * x + y * y <= 4.0 {
            (x, y) = (x * x - y * y + view.c.0, x * y + view.c.1);
            steps += 1;
        }
        steps
    })
}

fn a_column(view: &View, row: usize) -> Vec<u16> {
    (0..view.height)
        .map(|column| count(view, view.point(row, column), view.c, 2.0))
        .collect()
}

fn close_is_inside(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |(mut x, mut y)| {
        let mut steps = 0;
        while steps < view.limit && x * x + y * y <= 4.0 {
            let next = (x * x - y * y + view.c.0, 2.0 * x * y + view.c.1);
            if (next.0 - x).hypot(next.1 - y) < 1e-6 {
                return view.limit;
            }
            (x, y) = next;
            steps += 1;
        }
        steps
    })
}

fn kept_by_size(view: &View, row: usize) -> Vec<u16> {
    thread_local! {
        static KEPT: RefCell<BTreeMap<[usize; 3], Vec<u16>>> = RefCell::default();
    }
    let make = || task_farm_solution::row(view, row);
    KEPT.with_borrow_mut(|kept| {
        let size = [view.width, view.height, row];
        kept.entry(size).or_insert_with(make).clone()
    })
}

fn room_for_one_more(view: &View, row: usize) -> Vec<u16> {
    each(view, row, |(mut x, mut y)| {
        let mut steps = 0_u16;
        while x * x + y * y <= 4.0 {
            let next = steps + 1;
            if next > view.limit {
                break;
            }
            (x, y) = (x * x - y * y + view.c.0, 2.0 * x * y + view.c.1);
            steps = next;
        }
        steps
    })
}
