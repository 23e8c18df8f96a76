//! The beginning and the end of MPI (MPI standard 5.0, chapter 11).

use super::{H, I, P, buffering};
use crate::{
    call::{enter, finalized, folder, initialized, is_recording, knock},
    counts::{self, Note},
    log,
    mpi::level_of,
    place::stack_pointer,
    threads::{self, Asked},
    worlds::{self, Way},
};
use recording::{
    clock,
    event::{Complaint, What},
    format::Outcome,
    functions::number,
    header::State,
};
use std::{ffi::c_int, mem::transmute, time::Duration};

/// `MPI_Init` of the MPI standard.
///
/// # Safety
/// As the MPI standard asks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MPI_Init(argc: P, argv: P) -> c_int {
    const NUMBER: u16 = number("MPI_Init");
    // SAFETY: the library's function of this name has these arguments.
    let twin: unsafe extern "C" fn(P, P) -> c_int = unsafe { transmute(twin!("PMPI_Init")) };
    // SAFETY: the arguments are handed on as they came.
    init(NUMBER, stack_pointer(), Asked::Nothing, || unsafe {
        twin(argc, argv)
    })
}

/// `MPI_Init_thread` of the MPI standard.
///
/// # Safety
/// As the MPI standard asks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MPI_Init_thread(argc: P, argv: P, required: I, provided: P) -> c_int {
    const NUMBER: u16 = number("MPI_Init_thread");
    // SAFETY: the library's function of this name has these arguments.
    let twin: unsafe extern "C" fn(P, P, I, P) -> c_int =
        unsafe { transmute(twin!("PMPI_Init_thread")) };
    // SAFETY: the arguments are handed on as they came.
    init(NUMBER, stack_pointer(), Asked::Itself, || unsafe {
        twin(argc, argv, required, provided)
    })
}

#[inline(always)]
fn init(number: u16, here: usize, asked: Asked, run: impl FnOnce() -> c_int) -> c_int {
    if is_recording() {
        if let Some(mut call) = enter(number, here) {
            call.complain(Complaint::InitTwice);
            call.begin(&What::Init, 0);
            let code = run();
            call.end(code, Outcome::Nothing);
            return code;
        }
        return run();
    }
    knock();
    if folder().is_some() {
        worlds::announce(Way::Spawned);
    }
    let entered = clock::ticks();
    let code = run();
    initialized(number, here, entered, code, true, asked);
    code
}

/// `MPI_Query_thread` of the MPI standard, which any thread may call at any time once MPI is initialized.
///
/// # Safety
/// As the MPI standard asks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MPI_Query_thread(provided: P) -> c_int {
    // SAFETY: the library's function of this name has this argument.
    let twin: unsafe extern "C" fn(P) -> c_int = unsafe { transmute(twin!("PMPI_Query_thread")) };
    // SAFETY: the argument is handed on as it came.
    let code = unsafe { twin(provided) };
    if code == 0 && is_recording() {
        // SAFETY: MPI has written an integer there.
        threads::told(level_of(unsafe {
            provided.cast::<c_int>().read_unaligned()
        }));
    }
    code
}

functions! {
    MPI_Finalize() |call, twin| {
        if call.is_counted() {
            counts::note(call.function(), Note::default());
        }
        #[cfg(feature = "preloaded")]
        if call.is_recorded() {
            crate::panics::finalizes();
        }
        if call.is_recorded() {
            buffering::check_all(&mut call);
        }
        call.begin(&What::Finalize, 0);
        let recorded = call.is_recorded();
        if recorded {
            log::state(State::Finalizing);
        }
        // SAFETY: as the MPI standard asks.
        let code = unsafe { twin() };
        if recorded {
            finalized();
        }
        call.end(code, Outcome::Nothing);
        code
    }
    MPI_Abort(comm: H, errorcode: I) |call, twin| {
        if call.is_counted() {
            counts::note(call.function(), Note::default());
        }
        call.begin(&What::Abort { code: errorcode }, 0);
        log::calibrate();
        if call.is_counted() {
            counts::aborting(errorcode);
        }
        // SAFETY: the arguments are handed on as they came.
        let code = unsafe { twin(comm, errorcode) };
        if call.is_recorded() {
            // MPICH may come back before its launcher has ended this process. What the program would
            // do until then belongs to no run.
            std::thread::sleep(Duration::from_secs(1));
        }
        call.end(code, Outcome::Nothing);
        code
    }
}

/// The functions that are defined by hand above.
pub(crate) static BY_HAND: &[(&str, super::Entry)] = &[
    ("MPI_Init", super::Entry(MPI_Init as *const ())),
    (
        "MPI_Init_thread",
        super::Entry(MPI_Init_thread as *const ()),
    ),
    (
        "MPI_Query_thread",
        super::Entry(MPI_Query_thread as *const ()),
    ),
];
