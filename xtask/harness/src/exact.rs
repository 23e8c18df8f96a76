//! Numbers that an answer only moves.

use std::fmt;

/// A number that is compared to the last bit: -0.0 is not 0.0, and a NaN is equal to one of the same bits alone.
#[derive(Clone, Copy)]
pub struct Exact(pub f64);

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            number if !number.is_nan() => number.fmt(formatter),
            nan if nan.to_bits() == f64::NAN.to_bits() => write!(formatter, "NaN"),
            nan if nan.to_bits() == (-f64::NAN).to_bits() => write!(formatter, "-NaN"),
            // Two of these are only told apart by their bits.
            nan => write!(formatter, "NaN({:#x})", nan.to_bits()),
        }
    }
}

/// These numbers, to be compared to the last bit.
pub fn exact(numbers: impl AsRef<[f64]>) -> Vec<Exact> {
    numbers.as_ref().iter().copied().map(Exact).collect()
}
