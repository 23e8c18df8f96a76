//! Which threads may call MPI (MPI standard 5.0, section 11.6): decided by their numbers, so that it does
//! not hang on when they call.
//!
//! What binds a program is the level that it was told. `MPI_Init_thread` tells what MPI provides.
//! `MPI_Init` asks for `MPI_THREAD_SINGLE`: some MPIs provide more all the same, but a program does not
//! know that unless it asks with `MPI_Query_thread`, or the user has asked for more in the environment.

use crate::mpi;
use recording::event::Complaint;
use std::{
    env,
    sync::atomic::{AtomicU8, AtomicU32, Ordering},
};

/// Only one thread calls MPI.
const SERIALIZED: u8 = 2;
/// All threads may call it.
const MULTIPLE: u8 = 3;

/// The level that the program was told.
static LEVEL: AtomicU8 = AtomicU8::new(MULTIPLE);
/// The number of the thread that has initialized MPI, which may call it at every level.
static MAIN: AtomicU32 = AtomicU32::new(0);
/// The number of the thread that is in MPI and one; 0 for none. Only at `MPI_THREAD_SERIALIZED`.
static INSIDE: AtomicU32 = AtomicU32::new(0);

/// The variables by which users ask for a level in the place of programs: of MPICH, Cray's and Intel's
/// MPI, Open MPI.
const BY_USER: [&str; 5] = [
    "MPIR_CVAR_DEFAULT_THREAD_LEVEL",
    "MPICH_DEFAULT_THREAD_LEVEL",
    "MPICH_MAX_THREAD_SAFETY",
    "I_MPI_THREAD_LEVEL_DEFAULT",
    "OMPI_MPI_THREAD_LEVEL",
];

/// Whether the program has asked for a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It has, or nobody has seen how MPI was initialized.
    Itself,
    /// It has not.
    Nothing,
}

/// MPI was initialized, and provides this level; the thread of this number is here.
pub fn initialized(provided: u8, asked: Asked, thread: u16) {
    let is_told = asked == Asked::Itself || BY_USER.iter().any(|name| env::var_os(name).is_some());
    MAIN.store(thread.into(), Ordering::Relaxed);
    let level = match is_told {
        // Initialized by another thread, which has no number yet.
        _ if !mpi::is_main_thread() => MULTIPLE,
        true => provided,
        false => 0,
    };
    LEVEL.store(level, Ordering::Relaxed);
}

/// The program has asked which level MPI provides.
pub fn told(provided: u8) {
    // Never less than before.
    LEVEL.fetch_max(provided, Ordering::Relaxed);
}

/// A thread calls MPI. What is wrong with that, if anything is.
#[inline(always)]
pub fn enter(thread: u16) -> Option<Complaint> {
    let level = LEVEL.load(Ordering::Relaxed);
    if level == MULTIPLE || (level < SERIALIZED && MAIN.load(Ordering::Relaxed) == thread.into()) {
        return None;
    }
    look(thread, level)
}

fn look(thread: u16, level: u8) -> Option<Complaint> {
    let other = if level < SERIALIZED {
        MAIN.load(Ordering::Relaxed) as u16
    } else {
        let me = u32::from(thread) + 1;
        let other = INSIDE.swap(me, Ordering::AcqRel);
        if other == 0 || other == me {
            return None;
        }
        (other - 1) as u16
    };
    Some(Complaint::Threads { other, level })
}

/// A thread comes out of MPI.
#[inline(always)]
pub fn leave() {
    if LEVEL.load(Ordering::Relaxed) == SERIALIZED {
        INSIDE.store(0, Ordering::Release);
    }
}
