//! What a check function works with: inputs from a seed that all ranks share, and comparisons that
//! say in the student's terms what is wrong.

use crate::{channel, compare, death, identity, prints, shown, staying};
use rand::{RngExt, SeedableRng, TryRng, distr::uniform::SampleUniform};
use rand_chacha::ChaCha8Rng;
use std::{cell::Cell, convert::Infallible, fmt::Debug, ops::Range};
use verdict::{
    Kind, Reason,
    wire::{RankFailure, Record},
};

/// After so many failures on one rank a task has said enough.
const ENOUGH: usize = 3;

/// How a failure begins and goes on that is about a returned value.
const RETURNED: (&str, &str) = (" returned", "should return");

/// The context of one task on one rank.
pub struct Check {
    random: Random,
    failures: Cell<usize>,
}

/// The generator of inputs. Its functions are not generic, so that they are compiled with this crate,
/// which is optimized, and not with a check, which is not.
struct Random(ChaCha8Rng);

impl TryRng for Random {
    type Error = Infallible;

    #[inline(never)]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    #[inline(never)]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    #[inline(never)]
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

impl Check {
    /// The context of one task, with the seed that all ranks share.
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random(ChaCha8Rng::seed_from_u64(seed)),
            failures: Cell::new(0),
        }
    }

    /// A number drawn from a range. It is the same on all ranks, as long as every rank draws the same:
    /// so inputs need not be sent around.
    pub fn draw<T: SampleUniform + PartialOrd>(&mut self, range: Range<T>) -> T {
        self.random.random_range(range)
    }

    /// `length` numbers drawn from a range; the same on all ranks.
    pub fn draw_vec<T: SampleUniform + PartialOrd + Clone>(
        &mut self,
        length: usize,
        range: Range<T>,
    ) -> Vec<T> {
        (0..length)
            .map(|_| self.random.random_range(range.clone()))
            .collect()
    }

    /// `length` numbers, none of them 0 and no two the same, so that a buffer that nobody filled shows,
    /// and an element in the wrong place; the same on all ranks. Far quicker than to draw each.
    pub fn ramp(&mut self, length: usize) -> Vec<i32> {
        let first = self.draw(1..1_000_000);
        (first..).take(length).collect()
    }

    /// The same with digits after the point that take all of an `f64`.
    pub fn fractions(&mut self, length: usize) -> Vec<f64> {
        let first = self.draw(1..1_000_000);
        let seventh = |number| f64::from(number) / 7.0;
        (first..).take(length).map(seventh).collect()
    }

    /// Describes the input of what follows; it stands in every failure until the next call.
    ///
    /// In a task of several functions, begin with the name of the one that gets it and a colon, as in
    /// `reduce_sum: 3 numbers`: then a failure that has no line of its own is shown at that function.
    pub fn input(&mut self, description: impl Into<String>) {
        staying::between_calls();
        channel::say(&Record::Input {
            text: description.into(),
            number: prints::next_input(),
            calls: shown::calls(),
        });
    }

    /// Holds what an answer returned against what it should return; `why` completes the sentence
    /// "rank 2 of 3 returned …, should return …: …". Returns whether they agree: they are equal, or at least print
    /// the same, as two NaNs do.
    pub fn returned<T: Debug + PartialEq>(&mut self, actual: T, expected: T, why: &str) -> bool {
        self.compare(RETURNED, &actual, &expected, why)
    }

    /// The same for a value that an answer left somewhere: "rank 2 of 3: `name` is …, should be …: …". A name of
    /// several words stands there as it is.
    pub fn holds<T: Debug + PartialEq>(
        &mut self,
        name: &str,
        actual: T,
        expected: T,
        why: &str,
    ) -> bool {
        let is = match name.contains(' ') {
            true => format!(": {name} is"),
            false => format!(": `{name}` is"),
        };
        self.compare((&is, "should be"), &actual, &expected, why)
    }

    /// Holds a floating-point number against the exact one, with a relative tolerance.
    pub fn close(&mut self, actual: f64, expected: f64, tolerance: f64, why: &str) -> bool {
        let error = (actual - expected).abs() / expected.abs().max(f64::MIN_POSITIVE);
        if error <= tolerance || actual == expected {
            shown::value(RETURNED.0, &actual);
            return true;
        }
        let why = if error.is_finite() {
            format!("{why} (the relative error is {error:.1e}; at most {tolerance:.1e} is allowed)")
        } else {
            why.to_owned()
        };
        self.compare(RETURNED, &actual, &expected, &why)
    }

    /// Fails with a sentence of its own unless `condition` holds. Returns the condition.
    pub fn require(&self, condition: bool, kind: Kind, message: impl FnOnce() -> String) -> bool {
        self.require_rule(condition, kind, None, message)
    }

    /// The same where the kind alone does not say which rule was broken.
    pub fn require_rule(
        &self,
        condition: bool,
        kind: Kind,
        reason: impl Into<Option<Reason>>,
        message: impl FnOnce() -> String,
    ) -> bool {
        if !condition {
            self.fail(RankFailure {
                reason: reason.into(),
                ..death::failure(kind, format!("{} {}", identity::who(), message()))
            });
        }
        condition
    }

    /// `is` and `should` stand before the two values in a failure, after the words for this process; `is` also
    /// before the value in what a run shows of it.
    fn compare<T: Debug + PartialEq>(
        &mut self,
        (is, should): (&str, &str),
        actual: &T,
        expected: &T,
        why: &str,
    ) -> bool {
        shown::value(is, actual);
        if actual == expected {
            return true;
        }
        let (actual, expected) = (format!("{actual:?}"), format!("{expected:?}"));
        // A NaN equals nothing, not even a NaN that has come through unchanged.
        if actual == expected {
            return true;
        }
        let shown = compare::cut(&actual, &expected);
        let place = shown.index.map_or(String::new(), |index| {
            format!(" (first difference at index {index})")
        });
        let message = format!(
            "{}{is} {}, {should} {}{place}: {why}",
            identity::who(),
            shown.actual,
            shown.expected
        );
        self.fail(RankFailure {
            expected: Some(shown.expected),
            actual: Some(shown.actual),
            ..death::failure(Kind::WrongResult, message)
        });
        false
    }

    /// Reports a failure; the task goes on, so that all ranks stay in step.
    pub fn fail(&self, failure: RankFailure) {
        self.failures.set(self.failures.get() + 1);
        if self.failures.get() <= ENOUGH {
            channel::say(&Record::Failed {
                failure,
                fatal: false,
            });
        }
    }

    /// Whether nothing has failed on this rank so far.
    pub fn is_clean(&self) -> bool {
        self.failures.get() == 0
    }
}
