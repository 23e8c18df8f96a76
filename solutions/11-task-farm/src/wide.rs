//! The same rows as by [`row`](crate::row()), several times as fast. Not part of the exercise: it shows how
//! to go further.
//!
//! Why is the readable row slower? Each step of a pixel needs the step before, so the processor waits for
//! one multiplication after another, and most of its multipliers are idle. Two things help:
//!
//! - **Lanes.** Neighboring pixels take their steps side by side, and the compiler puts several into one
//!   vector register. A lane whose pixel has left goes on without being counted, until all lanes have left.
//! - **Wider registers.** `pulp` asks the processor once what it has, and calls a version of the loop that
//!   was compiled for that: four numbers in a register with AVX2, eight with AVX-512.

use crate::View;

/// The number of pixels side by side that keeps the multipliers busy: two of them, four cycles, four numbers each.
const LANES: usize = 32;
/// The number of steps between two tests whether any lane is left.
const STEPS: u16 = 8;

/// One row of the picture, bit for bit as [`row`](crate::row()) computes it.
pub fn row(view: &View, row: usize) -> Vec<u16> {
    pulp::Arch::new().dispatch(InLanes { view, row })
}

/// A row to compute. A closure would do, but the compiler need not inline one.
struct InLanes<'a> {
    view: &'a View,
    row: usize,
}

impl pulp::NullaryFnOnce for InLanes<'_> {
    type Output = Vec<u16>;

    #[inline(always)]
    fn call(self) -> Vec<u16> {
        in_lanes(self.view, self.row)
    }
}

/// Always inlined: it is compiled for the processor that the caller is compiled for.
#[inline(always)]
fn in_lanes(view: &View, row: usize) -> Vec<u16> {
    let mut pixels = Vec::with_capacity(view.width + LANES);
    for first in (0..view.width).step_by(LANES) {
        // Lanes beyond the end of the row are computed too, and cut off below.
        let points: [_; LANES] = std::array::from_fn(|lane| view.point(first + lane, row));
        let (mut x, mut y) = (points.map(|point| point.0), points.map(|point| point.1));
        // Counts and marks are floating-point numbers, so that all registers have as many lanes.
        let (mut steps, mut stays) = ([0.0; LANES], [1.0; LANES]);
        let mut taken = 0;
        while taken < view.limit && stays.iter().sum::<f64>() > 0.0 {
            let some = STEPS.min(view.limit - taken);
            for _ in 0..some {
                for lane in 0..LANES {
                    let (xx, yy) = (x[lane] * x[lane], y[lane] * y[lane]);
                    stays[lane] = if xx + yy <= 4.0 { stays[lane] } else { 0.0 };
                    steps[lane] += stays[lane];
                    y[lane] = 2.0 * x[lane] * y[lane] + view.c.1;
                    x[lane] = xx - yy + view.c.0;
                }
            }
            taken += some;
        }
        pixels.extend(steps.map(|steps| steps as u16));
    }
    pixels.truncate(view.width);
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_count_the_same_steps() {
        for (width, limit) in [(1, 0), (31, 1), (32, 7), (33, 8), (200, 300)] {
            // The second constant is so large that a point that has left may come back.
            for c in [(-0.8, 0.156), (-4.0, 0.0), (0.0, 0.0)] {
                let view = View {
                    width,
                    height: 20,
                    c,
                    limit,
                };
                for number in 0..view.height {
                    assert_eq!(row(&view, number), crate::row(&view, number), "{view:?}");
                }
            }
        }
    }
}
