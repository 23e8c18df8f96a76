//! MPI's functions, under their own names. Each looks at its call, forwards it to its profiling twin
//! (`MPI_Send` to `PMPI_Send`; MPI standard 5.0, chapter 15), and looks at what came back.
//!
//! - [`partitions`]: messages in partitions.
//! - [`point_to_point`]: sends, receives, probes, persistent ones.
//! - [`buffering`]: the buffers of buffered sends.
//! - [`requests`]: waits, tests, starts, cancels.
//! - [`collectives`]: those that move data.
//! - [`communicators`]: those that make and free communicators.
//! - [`environment`]: the beginning and the end of MPI.
//! - [`objects`]: datatypes, operations, groups and what else is made and freed.
//! - [`together`]: windows and files, which all ranks of a communicator use together.
//! - [`windows`]: one-sided communication, and its epochs.
//! - [`others`]: all others, as calls and no more.

use std::{ffi::c_int, thread};

/// Defines functions of MPI. Each names what stands for the call, and for its twin, in its body;
/// the body is taken only if calls are looked at.
macro_rules! functions {
    ($($name:ident($($argument:ident: $type:ty),* $(,)?) |$call:ident, $twin:ident| $body:block)*) => {
        $(
            /// The function of this name in the MPI standard.
            ///
            /// # Safety
            /// As the MPI standard asks.
            #[unsafe(no_mangle)]
            #[allow(clippy::too_many_arguments, reason = "the standard's arguments")]
            pub unsafe extern "C" fn $name($($argument: $type),*) -> ::std::ffi::c_int {
                const NUMBER: u16 = ::recording::functions::number(stringify!($name));
                let twin = twin!(concat!("P", stringify!($name)));
                // SAFETY: the library's function of this name has these arguments.
                let twin: unsafe extern "C" fn($($type),*) -> ::std::ffi::c_int = unsafe { ::std::mem::transmute(twin) };
                let here = $crate::place::stack_pointer();
                #[allow(unused_mut)]
                let Some(mut $call) = $crate::call::enter(NUMBER, here) else {
                    // SAFETY: the arguments are handed on as they came; whoever called this
                    // function under MPI's name has promised what MPI asks for.
                    return unsafe { twin($($argument),*) };
                };
                let $twin = twin;
                $body
            }
        )*

        /// The functions above. Whoever reads this makes the linker keep them all, which it
        /// otherwise would not: nothing calls them by a Rust path.
        pub(crate) static ALL: &[(&str, $crate::functions::Entry)] = &[
            $((stringify!($name), $crate::functions::Entry($name as *const ()))),*
        ];
    };
}

/// Defines functions twice: with counts of type `int`, and with large ones, under another name. `N`
/// is the type of counts in both, `Unit` that of a window's unit of displacement.
macro_rules! both {
    ($($small:ident, $large:ident($($argument:ident: $type:ty),* $(,)?) |$call:ident, $twin:ident| $body:block)*) => {
        /// With counts of type `int`.
        pub mod small {
            #[allow(unused_imports)]
            use super::*;
            #[allow(dead_code)]
            type N = ::std::ffi::c_int;
            #[allow(dead_code)]
            type Unit = ::std::ffi::c_int;
            functions! { $($small($($argument: $type),*) |$call, $twin| $body)* }
        }
        /// With counts of type `MPI_Count`.
        pub mod large {
            #[allow(unused_imports)]
            use super::*;
            #[allow(dead_code)]
            type N = i64;
            #[allow(dead_code)]
            type Unit = isize;
            functions! { $($large($($argument: $type),*) |$call, $twin| $body)* }
        }
    };
}

/// The address of a function of the library.
macro_rules! twin {
    ($name:expr) => {{
        static TWIN: $crate::library::Twin = $crate::library::Twin::new(
            // The name ends with the only zero in it.
            match ::std::ffi::CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => panic!("a name of a function"),
            },
        );
        TWIN.get()
    }};
}

/// Does what a function does that waits for any of several things, by looks for them, and lets others run between
/// looks. MPICH's own such functions never do: each rank in one keeps its core until the system takes it away, so
/// where there are more ranks than cores, a message takes a time slice for every rank that waits (12 ranks on 2
/// cores: 200 times as long).
///
/// A look says at the address that it gets whether it has found something, by a number other than 0. It must be one
/// that MPI does not refuse: MPI would name the look, and not the call that the program has made.
fn by_looks(look: impl Fn(P) -> c_int) -> c_int {
    let mut found: c_int = 0;
    loop {
        let code = look((&raw mut found).cast());
        if code != 0 || found != 0 {
            return code;
        }
        thread::yield_now();
    }
}

/// The address of a function, only ever compared with null.
#[derive(Debug)]
pub(crate) struct Entry(pub(crate) *const ());

// SAFETY: the address of a function is a number; nothing is read or written through it.
unsafe impl Sync for Entry {}

pub mod buffering;
pub mod collectives;
pub mod communicators;
pub mod environment;
pub mod objects;
pub mod others;
pub mod packing;
pub mod partitions;
pub mod point_to_point;
pub mod requests;
pub mod together;
pub mod windows;

/// A handle, an address, an integer; as arguments.
pub(crate) type H = crate::abi::Handle;
/// An address.
pub(crate) type P = *mut std::ffi::c_void;
/// An integer.
pub(crate) type I = std::ffi::c_int;

/// All functions, by their tables.
pub(crate) fn all() -> impl Iterator<Item = &'static (&'static str, Entry)> {
    let tables = [
        point_to_point::small::ALL,
        point_to_point::large::ALL,
        point_to_point::ALL,
        partitions::ALL,
        buffering::small::ALL,
        buffering::large::ALL,
        requests::ALL,
        collectives::ALL,
        collectives::small::blocking::ALL,
        collectives::small::immediate::ALL,
        collectives::small::persistent::ALL,
        collectives::large::blocking::ALL,
        collectives::large::immediate::ALL,
        collectives::large::persistent::ALL,
        communicators::ALL,
        environment::ALL,
        environment::BY_HAND,
        objects::ALL,
        together::ALL,
        windows::small::ALL,
        windows::large::ALL,
        windows::ALL,
        packing::small::ALL,
        packing::large::ALL,
        others::plain::ALL,
        others::asking::ALL,
        others::asking::DATATYPES,
        others::asking::HANDLERS,
    ];
    tables.into_iter().flatten()
}
