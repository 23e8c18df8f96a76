//! Return addresses, and the lines that they stand for.
//!
//! A process in trouble only notes addresses. Another process of the same program tells the lines: an
//! address is sent as its distance from where the program was loaded, which address space
//! randomization leaves as it is.

// Where the program was loaded only the dynamic loader knows.
#![allow(unsafe_code)]

use backtrace::Symbol;
use std::{
    ffi::c_void,
    sync::atomic::{AtomicI64, Ordering},
};
use verdict::wire::{Frame, Place, RESOLVE, Stack};

/// How many return addresses are kept: enough to come from MPI through the `mpi` crate to an answer,
/// and to see that a function calls itself.
pub const DEPTH: usize = 64;

/// Where the program was loaded; 0 until it is asked for.
static BASE: AtomicI64 = AtomicI64::new(0);

/// Where the program was loaded. The first call, which no signal handler may make, asks the loader.
pub(crate) fn base() -> i64 {
    match BASE.load(Ordering::Relaxed) {
        0 => {
            // SAFETY: an all-zero value of this struct of pointers is valid, and it outlives the call;
            // the address is that of a static of this program.
            let base = unsafe {
                let mut info: libc::Dl_info = std::mem::zeroed();
                libc::dladdr((&raw const BASE).cast(), &raw mut info);
                info.dli_fbase.addr().cast_signed() as i64
            };
            BASE.store(base, Ordering::Relaxed);
            base
        }
        base => base,
    }
}

/// An address as it is sent.
pub fn offset(address: usize) -> i64 {
    address.cast_signed() as i64 - base()
}

/// The stack of this thread.
pub fn here() -> Stack {
    let mut stack = Stack::with_capacity(DEPTH);
    backtrace::trace(|frame| {
        stack.push(offset(frame.ip().addr()));
        stack.len() < DEPTH
    });
    stack
}

/// Prints the lines of the addresses among the arguments, as JSON, and ends, when that is what the
/// first argument asks for.
pub fn resolve_if_asked() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(RESOLVE) {
        return;
    }
    let lines: Vec<Vec<Frame>> = arguments
        .map(|offset| offset.parse().map_or_else(|_| Vec::new(), frames))
        .collect();
    println!("{}", serde_json::to_string(&lines).unwrap_or_default());
    std::process::exit(0);
}

/// The functions at an address, innermost first: one, or several where they are inlined.
fn frames(offset: i64) -> Vec<Frame> {
    let mut frames = Vec::new();
    let address = (base() + offset) as usize;
    backtrace::resolve(
        std::ptr::without_provenance_mut::<c_void>(address),
        |symbol| frames.push(frame(symbol)),
    );
    frames
}

fn frame(symbol: &Symbol) -> Frame {
    let place = symbol
        .filename()
        .zip(symbol.lineno())
        .map(|(file, line)| Place {
            file: file.display().to_string(),
            line,
        });
    Frame {
        function: symbol.name().map(|name| format!("{name:#}")),
        place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_leads_back_to_this_line() {
        let (stack, line) = (here(), line!());
        let places: Vec<Place> = stack
            .into_iter()
            .flat_map(frames)
            .filter_map(|frame| frame.place)
            .collect();
        let here = |place: &Place| place.file.ends_with("stack.rs") && place.line == line;
        assert!(places.iter().any(here), "{places:?}");
    }
}
