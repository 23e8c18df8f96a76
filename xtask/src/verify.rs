//! The course checks itself: what `cargo xtask verify` and the tests of the workbook run.
//!
//! - [`layout`]: what stands where, and the copies of the stubs;
//! - [`lesson`]: sections, code and links of everything in Markdown;
//! - [`code`]: formatting, lints, documentation, slides;
//! - [`typed`]: the commands that pages tell people to type;
//! - [`strict`]: the programs that are shown to students, with synchronous sends;
//! - [`verdicts`]: stubs, references and known mistakes get the verdicts that they must get.
//!
//! Every part hands out [`Problem`]s; none stops at the first.

pub(crate) mod code;
pub(crate) mod layout;
pub(crate) mod lesson;
pub(crate) mod strict;
pub(crate) mod typed;
pub(crate) mod verdicts;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// A file, with a line if there is one, or an exercise.
    pub(crate) place: String,
    /// What is wrong, and what would be right.
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
        }
    }
}
