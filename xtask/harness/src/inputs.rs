//! Inputs that are nasty by default: shuffled, with equal items, with every remainder, with the
//! extremes of their type in any place, and with sums that cancel. An answer that only works for
//! small, sorted or evenly divided inputs must not pass, so no check has to remember to ask for them.
//!
//! Everything is drawn from the shared seed: all ranks must call these functions in the same order.

use crate::Check;
use rand::distr::uniform::SampleUniform;

/// An integer type whose edges a check wants to try.
pub trait Integer: Copy + Ord + SampleUniform {
    /// The smallest value.
    const MIN: Self;
    /// The largest value.
    const MAX: Self;
    /// Values of the type next to which narrower types end: around 2⁷, 2⁸, 2¹⁵, 2¹⁶, 2²⁴ (an `f32`
    /// counts no further), 2³¹, 2³², 2⁵³ (an `f64` counts no further) and their negatives, as far as
    /// they fit.
    fn edges() -> Vec<Self>;
}

macro_rules! integers {
    ($($type:ty)+) => {$(
        impl Integer for $type {
            const MIN: Self = <$type>::MIN;
            const MAX: Self = <$type>::MAX;

            fn edges() -> Vec<Self> {
                let mut edges: Vec<Self> = [7, 8, 15, 16, 24, 31, 32, 53]
                    .into_iter()
                    .flat_map(|bits| {
                        let power = 1_i128 << bits;
                        [power - 1, power, power + 1, -power - 1, -power]
                    })
                    .filter_map(|edge| edge.try_into().ok())
                    .collect();
                edges.extend([<$type>::MIN, <$type>::MAX, 0]);
                edges
            }
        }
    )+};
}

integers!(i8 i16 i32 i64 u8 u16 u32 u64 usize);

impl Check {
    /// Puts items into a drawn order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let other = self.draw(0..end + 1);
            items.swap(end, other);
        }
    }

    /// One of some items.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.draw(0..items.len())].clone()
    }

    /// Lengths to divide among `parts`: 0, 1, one fewer than `parts`, and for each remainder that a
    /// division can leave a drawn length that leaves it; in a drawn order. All are at most
    /// `10 * parts`.
    pub fn lengths(&mut self, parts: usize) -> Vec<usize> {
        let mut lengths = vec![0, 1, parts.saturating_sub(1)];
        for remainder in 0..parts {
            lengths.push(self.draw(1..9) * parts + remainder);
        }
        lengths.sort_unstable();
        lengths.dedup();
        self.shuffle(&mut lengths);
        lengths
    }

    /// `length` integers of any size: the extremes of the type, values next to which narrower types
    /// end, small ones, drawn ones, and some twice; in a drawn order.
    pub fn integers<T: Integer>(&mut self, length: usize) -> Vec<T> {
        let edges = T::edges();
        let mut numbers: Vec<T> = Vec::with_capacity(length);
        for index in 0..length {
            let number = match index % 4 {
                0 => self.pick(&edges),
                1 => self.draw(T::MIN..T::MAX),
                2 => match self.draw(0..3) {
                    0 => T::MAX,
                    1 => T::MIN,
                    _ => self.draw(T::MIN..T::MAX),
                },
                _ => numbers[self.draw(0..index)],
            };
            numbers.push(number);
        }
        self.shuffle(&mut numbers);
        numbers
    }

    /// `length` integers of both signs and of sizes from 1 to beyond 2⁵³, whose sum, in any order and
    /// of any part, fits an `i64`: many cancel, so that a type that holds the result does not yet
    /// hold the way to it. The last digit of each counts.
    pub fn summands(&mut self, length: usize) -> Vec<i64> {
        // Beyond 2^53 while there is room for all of them.
        let largest = (i64::MAX / (length.max(1) as i64)).min(1 << 56) - 4;
        let mut numbers: Vec<i64> = Vec::with_capacity(length);
        while numbers.len() < length {
            let bits = self.draw(1..63);
            let top = (1_i64 << bits).min(largest);
            let number = if numbers.is_empty() {
                // At least one is large and odd: no narrower type, and no `f64`, holds it.
                (largest - 1 - self.draw(0..1000)) | 1
            } else {
                self.draw(-top..top + 1)
            };
            numbers.push(number);
            if numbers.len() < length && self.draw(0..2) == 0 {
                numbers.push(-number + self.draw(-3..4));
            }
        }
        self.shuffle(&mut numbers);
        numbers
    }

    /// `length` floating-point numbers whose sum is exact in any order: whole numbers of both signs,
    /// many of them cancelling, up to 2⁴⁰ where the length allows it. What is lost in an `f32`, an
    /// `i32` or a sum that leaves one out shows.
    pub fn exact_summands(&mut self, length: usize) -> Vec<f64> {
        let largest = ((1_i64 << 52) / length.max(1) as i64).min(1 << 40) - 4;
        let mut numbers: Vec<f64> = Vec::with_capacity(length);
        while numbers.len() < length {
            let bits = self.draw(1..41);
            let top = (1_i64 << bits).min(largest);
            let number = self.draw(-top..top + 1) | 1;
            numbers.push(number as f64);
            if numbers.len() < length && self.draw(0..2) == 0 {
                numbers.push((-number + self.draw(-3..4)) as f64);
            }
        }
        self.shuffle(&mut numbers);
        numbers
    }

    /// `length` floating-point numbers of many sizes and both signs, each with all digits of an
    /// `f64`; some twice, none of them 0, in a drawn order.
    pub fn floats(&mut self, length: usize) -> Vec<f64> {
        let mut numbers: Vec<f64> = Vec::with_capacity(length);
        for index in 0..length {
            let number = if index > 0 && self.draw(0..5) == 0 {
                numbers[self.draw(0..index)]
            } else {
                let sign = if self.draw(0..2) == 0 { 1.0 } else { -1.0 };
                sign * self.draw(1.0_f64..2.0) * 2_f64.powi(self.draw(-40..41))
            };
            numbers.push(number);
        }
        self.shuffle(&mut numbers);
        numbers
    }

    /// `count` names as people write them: empty, long, with blanks, capitals, digits, punctuation,
    /// letters beyond ASCII; some equal but for their case, some twice. None holds a line break or a
    /// character that ends or quotes something in a format.
    pub fn names(&mut self, count: usize) -> Vec<String> {
        const WORDS: [&str; 12] = [
            "",
            "a",
            "A",
            "Ångström",
            "naïve café",
            " leading",
            "trailing ",
            "x-1.5_y",
            "ÜBER",
            "über",
            "名前",
            "Mixed Case 42",
        ];
        let mut names: Vec<String> = Vec::with_capacity(count);
        for index in 0..count {
            let name = match self.draw(0..5) {
                0 if index > 0 => names[self.draw(0..index)].clone(),
                1 => {
                    let word = self.pick(&WORDS[1..]);
                    word.repeat(self.draw(1..40))
                }
                _ => {
                    let number = self.draw(0..1000);
                    format!("{}{number}", self.pick(&WORDS))
                }
            };
            names.push(name);
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_narrower_type_does_not_hold_the_integers() {
        for seed in 0..50 {
            let numbers: Vec<i64> = Check::new(seed).integers(64);
            assert!(numbers.iter().any(|number| i32::try_from(*number).is_err()));
            assert!(
                numbers
                    .iter()
                    .any(|number| *number as f64 as i64 != *number)
            );
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            assert_ne!(numbers, sorted);
            sorted.dedup();
            assert!(sorted.len() < numbers.len(), "some are equal");
        }
    }

    #[test]
    fn every_remainder_is_among_the_lengths() {
        for parts in 1..13 {
            let lengths = Check::new(7).lengths(parts);
            for remainder in 0..parts {
                let leaves = |length: &usize| *length > parts && length % parts == remainder;
                assert!(parts == 1 || lengths.iter().any(leaves) || remainder == 0);
            }
            assert!(lengths.contains(&0) && lengths.contains(&1));
        }
    }

    proptest! {
        #[test]
        fn summands_fit_in_any_order(seed: u64, length in 0_usize..300) {
            let numbers = Check::new(seed).summands(length);
            prop_assert_eq!(numbers.len(), length);
            let all: i128 = numbers.iter().map(|number| i128::from(number.unsigned_abs())).sum();
            prop_assert!(all <= i128::from(i64::MAX));
            let wide = |number: &i64| *number as f64 as i64 != *number;
            prop_assert!(length == 0 || length > 500 || numbers.iter().any(wide));
        }

        #[test]
        fn exact_summands_are_exact_in_any_order(seed: u64, length in 0_usize..300) {
            let numbers = Check::new(seed).exact_summands(length);
            prop_assert_eq!(numbers.len(), length);
            let all: f64 = numbers.iter().map(|number| number.abs()).sum();
            prop_assert!(all < 2_f64.powi(53));
            prop_assert!(numbers.iter().all(|number| number.fract() == 0.0));
        }

        #[test]
        fn a_shuffle_loses_nothing(seed: u64, length in 0_usize..100) {
            let mut items: Vec<usize> = (0..length).collect();
            Check::new(seed).shuffle(&mut items);
            items.sort_unstable();
            prop_assert_eq!(items, (0..length).collect::<Vec<_>>());
        }
    }
}
