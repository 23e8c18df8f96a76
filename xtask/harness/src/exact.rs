//! Numbers that an answer only moves.

use std::fmt;

/// A number that is compared to the last bit: -0.0 is not 0.0, and NaN is NaN.
#[derive(Clone, Copy)]
pub struct Exact(f64);

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// These numbers, to be compared to the last bit.
pub fn exact(numbers: Vec<f64>) -> Vec<Exact> {
    numbers.into_iter().map(Exact).collect()
}
