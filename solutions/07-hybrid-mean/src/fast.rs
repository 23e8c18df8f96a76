//! The same sum as by [`plus`], as fast as memory delivers the numbers. Not part of the exercise: it
//! shows how to go further.
//!
//! Why is the readable sum slower? Each step needs the total of the step before, so the processor waits
//! for one addition after another, four cycles each, and most of its adders are idle. Two things help:
//!
//! - **Lanes.** Many sums go side by side, number `i` to sum `i % LANES`. None waits for another, and
//!   the compiler puts several into one vector register. It may not do so by itself, because it would
//!   add in another order, and that rounds differently; here nothing is lost in whatever order.
//! - **Wider registers.** A program that runs everywhere may only use what every processor has: two
//!   numbers in a register. `pulp` asks the processor once and calls a version of the loop that was
//!   compiled for what it has: four numbers in a register with AVX2, eight with AVX-512.

use crate::{Sum, merge, plus, two_sum};

/// The number of sums side by side: twice as many as keep the adders busy (two adders, four cycles, four numbers
/// each), so that the processor asks for numbers early enough and always waits for memory alone.
const LANES: usize = 64;

/// Adds up numbers: the same twelve digits as a fold with [`plus`], several times as fast.
pub fn sum(numbers: &[f64]) -> Sum {
    pulp::Arch::new().dispatch(InLanes(numbers))
}

/// Numbers to add up. A closure would do, but the compiler need not inline one.
struct InLanes<'a>(&'a [f64]);

impl pulp::NullaryFnOnce for InLanes<'_> {
    type Output = Sum;

    #[inline(always)]
    fn call(self) -> Sum {
        in_lanes(self.0)
    }
}

/// Always inlined: it is compiled for the processor that the caller is compiled for.
#[inline(always)]
fn in_lanes(numbers: &[f64]) -> Sum {
    let (mut totals, mut losts) = ([0.0; LANES], [0.0; LANES]);
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let (total, lost) = two_sum(totals[lane], chunk[lane]);
            totals[lane] = total;
            losts[lane] += lost;
        }
    }
    let lanes = totals.into_iter().zip(losts);
    let rest = rest.iter().copied().fold(Sum::default(), plus);
    lanes.fold(rest, |sum, (total, lost)| merge(sum, Sum { total, lost }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_lose_as_little_as_one_sum() {
        for length in [0, 1, 63, 64, 65, 1000, 4096] {
            let mut numbers: Vec<f64> = (0..length).map(|number| number as f64 / 7.0).collect();
            let exact = numbers.iter().copied().fold(Sum::default(), plus).value();
            if length > 2 {
                // They cancel, in different lanes.
                numbers.insert(length / 3, 1e20);
                numbers.insert(length / 2, -1e20);
            }
            let error = (sum(&numbers).value() - exact).abs();
            assert!(error <= 1e-12 * exact, "{length} numbers: off by {error}");
        }
    }
}
