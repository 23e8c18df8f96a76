//! Faults: calls that cannot be carried out, and errors in kernels.

use std::panic::Location;

/// A call that cannot be carried out, or an error in a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A sentence that says what is wrong, and what to do about it.
    pub message: String,
    /// The kind of fault.
    pub cause: Cause,
    /// The file of the WGSL if it is known, and otherwise that of the call.
    pub file: String,
    /// The line in [`Self::file`].
    pub line: u32,
}

/// The kind of a [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A call asks for something that the device cannot do.
    Call,
    /// A kernel is not valid WGSL.
    Source,
    /// Two invocations of a kernel access the same memory, at least one of them writes, and nothing orders them.
    Race,
    /// Not all invocations of a workgroup reach a barrier.
    Barrier,
    /// A kernel writes beyond the end of an array.
    Outside,
}

/// Called with a fault before the program panics.
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
