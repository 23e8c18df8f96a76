//! What cannot be done, and why.

use std::panic::Location;

/// Something that a program has asked for, and that cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A sentence: what is wrong, and what to do about it.
    pub message: String,
    /// What sort of trouble.
    pub cause: Cause,
    /// The file and the line: where the WGSL is known to stand, its own; else the call's.
    pub file: String,
    /// See [`Self::file`].
    pub line: u32,
}

/// What sort of trouble a [`Fault`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A call asks for what a device cannot do.
    Call,
    /// A kernel is not valid WGSL.
    Source,
    /// Two invocations of a kernel use the same place, one of them writes, and nothing orders them.
    Race,
    /// A barrier that not all invocations of a workgroup reach.
    Barrier,
    /// A kernel writes outside of an array.
    Outside,
}

/// What is done about a fault, before the program panics.
pub(crate) type Handler = dyn Fn(&Fault);

impl Fault {
    pub(crate) fn at(place: &Location<'_>, message: String) -> Self {
        Self {
            message,
            cause: Cause::Call,
            file: place.file().to_owned(),
            line: place.line(),
        }
    }
}
