//! What a set-up says while it works.

use std::fmt;

/// Something that a person should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice<'a> {
    /// A line.
    Line(&'a str),
    /// How far an installation is: comes again and again.
    Step(Step<'a>),
}

/// A step of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// What is done, such as `fetching MPICH 5.0.2`.
    pub what: &'a str,
    /// Which step it is, counted from 1, and of how many.
    pub number: u32,
    /// All steps.
    pub of: u32,
    /// How many bytes are there.
    pub bytes: u64,
    /// How many megabytes there will be, at most; 0 where nobody knows.
    pub megabytes: u32,
}

impl Step<'_> {
    /// Which step it is, such as `[1/4] fetching MPICH 5.0.2`.
    pub fn title(&self) -> String {
        format!("[{}/{}] {}", self.number, self.of, self.what)
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.title())?;
        match self.megabytes {
            0 => Ok(()),
            most => write!(out, ": {:.1} of at most {most} MB", self.bytes as f64 / 1e6),
        }
    }
}

impl fmt::Display for Notice<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => out.write_str(line),
            Self::Step(step) => step.fmt(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_says_how_far_it_is() {
        let step = Step {
            what: "fetching MPICH 5.0.2",
            number: 1,
            of: 4,
            bytes: 3_420_000,
            megabytes: 14,
        };
        let said = Notice::Step(step).to_string();
        assert_eq!(said, "[1/4] fetching MPICH 5.0.2: 3.4 of at most 14 MB");
        let unknown = Step {
            megabytes: 0,
            ..step
        };
        assert_eq!(unknown.to_string(), "[1/4] fetching MPICH 5.0.2");
    }
}
