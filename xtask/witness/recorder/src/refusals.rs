//! Errors that MPI finds in a call. Where they would end the job (`MPI_ERRORS_ARE_FATAL`,
//! `MPI_ERRORS_ABORT`), an error handler of the recorder's own stands in the place of that handler: it
//! writes down what MPI says and then ends the job as MPI would have. The program does not see it. Its
//! own handlers, and `MPI_ERRORS_RETURN`, stay where they are: what they let pass is noted when the call
//! is back. Nothing of this costs anything while calls are right.

use crate::{
    abi::Handle,
    call,
    library::{abi, symbol},
    mpi::{Slot, mpi},
};
use recording::header::Implementation;
use std::{
    ffi::{CStr, c_char, c_int, c_void},
    ptr,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// What has an error handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raiser {
    /// A communicator.
    Communicator,
    /// A window.
    Window,
    /// A file.
    File,
}

/// What a stand-in stands for.
#[derive(Clone, Copy, Debug)]
enum For {
    /// `MPI_ERRORS_ARE_FATAL`.
    Fatal,
    /// `MPI_ERRORS_ABORT`.
    Abort,
}

/// The stand-ins, by [`Raiser`] and [`For`]; 0 before they are made.
static OWN: [[AtomicUsize; 2]; 3] = [const { [const { AtomicUsize::new(0) }; 2] }; 3];
/// Whether the program has named an error handler for files: what it gets then, it has asked for.
static FILES_CHOSEN: AtomicBool = AtomicBool::new(false);

/// A handler, as MPI calls it. It also gets arguments that the standard does not name; they are left.
type Handler = extern "C" fn(*mut c_void, *mut c_int);

macro_rules! handler {
    ($raiser:ident, $for:ident) => {{
        extern "C" fn handler(at: *mut c_void, code: *mut c_int) {
            refused(Raiser::$raiser, For::$for, at, code);
        }
        handler as Handler
    }};
}

/// Makes the stand-ins, and puts them where MPI ends the job by default. Called once, when MPI is
/// initialized.
pub fn install() {
    let abi = abi();
    let handlers = [
        [handler!(Communicator, Fatal), handler!(Communicator, Abort)],
        [handler!(Window, Fatal), handler!(Window, Abort)],
        [handler!(File, Fatal), handler!(File, Abort)],
    ];
    let raisers = [Raiser::Communicator, Raiser::Window, Raiser::File];
    for (raiser, handlers) in raisers.into_iter().zip(handlers) {
        for (own, handler) in OWN[raiser as usize].iter().zip(handlers) {
            own.store(create(raiser, handler).unwrap_or(0), Ordering::Relaxed);
        }
    }
    for comm in [abi.world, abi.comm_self] {
        take_over(Raiser::Communicator, comm);
    }
}

fn create(raiser: Raiser, handler: Handler) -> Option<Handle> {
    let mut new = Slot::default();
    // SAFETY: MPI is initialized; the handler has the standard's arguments, and the result outlives the
    // call.
    let code = unsafe {
        match raiser {
            Raiser::Communicator => {
                mpi!(PMPI_Comm_create_errhandler(handler => Handler, new.pointer() => *mut c_void))
            }
            Raiser::Window => {
                mpi!(PMPI_Win_create_errhandler(handler => Handler, new.pointer() => *mut c_void))
            }
            Raiser::File => {
                mpi!(PMPI_File_create_errhandler(handler => Handler, new.pointer() => *mut c_void))
            }
        }
    };
    (code == 0).then(|| new.handle(abi()))
}

/// The error handler of an object.
fn get(raiser: Raiser, object: Handle) -> Option<Handle> {
    let mut found = Slot::default();
    // SAFETY: the caller has an object that MPI knows; the result outlives the call.
    let code = unsafe {
        match raiser {
            Raiser::Communicator => {
                mpi!(PMPI_Comm_get_errhandler(object => Handle, found.pointer() => *mut c_void))
            }
            Raiser::Window => {
                mpi!(PMPI_Win_get_errhandler(object => Handle, found.pointer() => *mut c_void))
            }
            Raiser::File => {
                mpi!(PMPI_File_get_errhandler(object => Handle, found.pointer() => *mut c_void))
            }
        }
    };
    (code == 0).then(|| found.handle(abi()))
}

fn set(raiser: Raiser, object: Handle, handler: Handle) {
    // SAFETY: as in `get`; the handler is one of MPI's or of ours.
    unsafe {
        match raiser {
            Raiser::Communicator => {
                mpi!(PMPI_Comm_set_errhandler(object => Handle, handler => Handle))
            }
            Raiser::Window => mpi!(PMPI_Win_set_errhandler(object => Handle, handler => Handle)),
            Raiser::File => mpi!(PMPI_File_set_errhandler(object => Handle, handler => Handle)),
        }
    };
}

/// Gives back what [`get`] has found.
fn release(handler: Handle) {
    let abi = abi();
    let predefined = [abi.errors_are_fatal, abi.errors_abort, abi.errors_return];
    if !predefined.contains(&handler) {
        let mut slot = handler;
        // SAFETY: the handle is one that `get` was given; the slot is as wide as the widest handle.
        unsafe { mpi!(PMPI_Errhandler_free((&raw mut slot).cast() => *mut c_void)) };
    }
}

/// What stands in for a handler with which MPI ends the job.
fn stand_in(raiser: Raiser, handler: Handle) -> Option<Handle> {
    let abi = abi();
    let [fatal, abort] = &OWN[raiser as usize];
    let own = if handler == abi.errors_are_fatal {
        fatal
    } else if handler == abi.errors_abort {
        abort
    } else {
        return None;
    };
    let own = own.load(Ordering::Relaxed);
    (handler != 0 && own != 0).then_some(own)
}

/// What a stand-in stands for.
fn stands_for(raiser: Raiser, handler: Handle) -> Option<Handle> {
    let abi = abi();
    let own = &OWN[raiser as usize];
    let of = [abi.errors_are_fatal, abi.errors_abort];
    own.iter().zip(of).find_map(|(own, of)| {
        let own = own.load(Ordering::Relaxed);
        (own != 0 && own == handler).then_some(of)
    })
}

/// Puts a stand-in where MPI would end the job because of an error with this object, which is new.
pub fn take_over(raiser: Raiser, object: Handle) {
    let Some(now) = get(raiser, object) else {
        return;
    };
    if let Some(own) = stand_in(raiser, now) {
        set(raiser, object, own);
    }
    release(now);
}

/// The handler that the program names for an object, or what stands in for it.
pub fn named(raiser: Raiser, handler: Handle) -> Handle {
    if raiser == Raiser::File {
        FILES_CHOSEN.store(true, Ordering::Relaxed);
    }
    stand_in(raiser, abi().handle(handler)).unwrap_or(handler)
}

/// Puts the program's own handler where MPI has written the one that stands in for it.
///
/// # Safety
/// There must be a handle at `at`, or `at` must be null.
pub unsafe fn shown(raiser: Raiser, at: *mut c_void) {
    let abi = abi();
    if at.is_null() {
        return;
    }
    // SAFETY: the caller's promise.
    let own = unsafe { abi.read(at, 0) };
    if let Some(handler) = stands_for(raiser, own) {
        // SAFETY: the caller's promise.
        unsafe { abi.write(at, handler) };
        release(own);
    }
}

/// Whether the program itself gets the errors that MPI finds with this object, none where the object is
/// none: then it has asked for that, and may do with them what it likes.
pub fn are_returned(raiser: Raiser, object: Option<Handle>) -> bool {
    let is_returned = |raiser, object| {
        get(raiser, object).is_some_and(|handler| {
            let abi = abi();
            let ends = [abi.errors_are_fatal, abi.errors_abort].contains(&handler)
                || stands_for(raiser, handler).is_some();
            release(handler);
            !ends
        })
    };
    match (raiser, object) {
        (Raiser::File, _) => FILES_CHOSEN.load(Ordering::Relaxed),
        (_, Some(object)) => is_returned(raiser, object),
        // Older versions of the standard name the one, newer ones the other. Where they differ, MPI
        // itself will say.
        (_, None) => [abi().world, abi().comm_self]
            .into_iter()
            .any(|comm| is_returned(Raiser::Communicator, comm)),
    }
}

/// Asks MPI something that it may refuse, without anybody hearing of it.
pub fn quietly<R>(ask: impl FnOnce() -> R) -> R {
    let comms = [abi().world, abi().comm_self];
    let before = comms.map(|comm| get(Raiser::Communicator, comm));
    for comm in comms {
        set(Raiser::Communicator, comm, abi().errors_return);
    }
    let answer = ask();
    for (comm, before) in comms.into_iter().zip(before) {
        if let Some(before) = before {
            set(Raiser::Communicator, comm, before);
            release(before);
        }
    }
    answer
}

/// MPI has found an error for which it ends the job.
fn refused(raiser: Raiser, stands_for: For, at: *mut c_void, code: *mut c_int) {
    // SAFETY: MPI gives an error handler an error code.
    let error = unsafe { *code };
    let function = call::refused(error, true);
    let abi = abi();
    if abi.implementation == Implementation::OpenMpi {
        // Its handlers have names, and are told in which function the error was found.
        let name = match (raiser, stands_for) {
            (Raiser::Communicator, For::Fatal) => c"ompi_mpi_errors_are_fatal_comm_handler",
            (Raiser::Communicator, For::Abort) => c"ompi_mpi_errors_abort_comm_handler",
            (Raiser::Window, For::Fatal) => c"ompi_mpi_errors_are_fatal_win_handler",
            (Raiser::Window, For::Abort) => c"ompi_mpi_errors_abort_win_handler",
            (Raiser::File, For::Fatal) => c"ompi_mpi_errors_are_fatal_file_handler",
            (Raiser::File, For::Abort) => c"ompi_mpi_errors_abort_file_handler",
        };
        end_with(symbol(name), at, code, function);
    }
    let predefined = match stands_for {
        For::Fatal => abi.errors_are_fatal,
        For::Abort => abi.errors_abort,
    };
    // SAFETY: MPI gives an error handler the address of the object's handle.
    let object = unsafe {
        match raiser {
            Raiser::File => at.cast::<usize>().read_unaligned(),
            _ => abi.read(at, 0),
        }
    };
    set(raiser, object, predefined);
    // SAFETY: the object and the code are MPI's own.
    unsafe {
        match raiser {
            Raiser::Communicator => {
                mpi!(PMPI_Comm_call_errhandler(object => Handle, error => c_int))
            }
            Raiser::Window => mpi!(PMPI_Win_call_errhandler(object => Handle, error => c_int)),
            Raiser::File => mpi!(PMPI_File_call_errhandler(object => Handle, error => c_int)),
        }
    };
}

/// Calls the library's own handler, if it is there, with the name of the function in question.
fn end_with(handler: *mut c_void, at: *mut c_void, code: *mut c_int, function: &str) {
    type Theirs = unsafe extern "C" fn(*mut c_void, *mut c_int, *const c_char, ...);
    if handler.is_null() {
        return;
    }
    let mut name = [0u8; 64];
    let length = function.len().min(name.len() - 1);
    name[..length].copy_from_slice(&function.as_bytes()[..length]);
    let name = CStr::from_bytes_until_nul(&name).unwrap_or(c"MPI");
    // SAFETY: the library's function of this name has these arguments; it calls it in the same way.
    unsafe {
        let handler: Theirs = std::mem::transmute(handler);
        handler(at, code, name.as_ptr(), ptr::null::<c_void>());
    }
}
