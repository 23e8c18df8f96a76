//! Where in a Python program a call was made. The native stack ends in the interpreter, the same for
//! every line of a script: so the interpreter is asked for its own frames (CPython 3.9 and later).
//!
//! Nothing is linked: the functions are those that the process has, if it runs Python.

use crate::place::{Places, place_of_frames};
use recording::event::{Address, Definition, PlaceId, SCRIPT};
use std::{
    ffi::{CStr, c_char, c_int, c_void},
    path::Path,
    sync::OnceLock,
};

/// Frames of one place at most.
const DEPTH: usize = 16;

/// An object of Python's.
type Object = *mut c_void;

/// The functions of Python's C interface that are called.
struct Python {
    is_initialized: unsafe extern "C" fn() -> c_int,
    /// Under two names, by the version; public since 3.13.
    is_finalizing: Option<unsafe extern "C" fn() -> c_int>,
    this_thread: unsafe extern "C" fn() -> Object,
    ensure: unsafe extern "C" fn() -> c_int,
    release: unsafe extern "C" fn(c_int),
    error: unsafe extern "C" fn() -> Object,
    frame: unsafe extern "C" fn() -> Object,
    back: unsafe extern "C" fn(Object) -> Object,
    /// Since 3.11. Before, the line must do, which takes long to find.
    instruction: Option<unsafe extern "C" fn(Object) -> c_int>,
    line: unsafe extern "C" fn(Object) -> c_int,
    line_of_instruction: unsafe extern "C" fn(Object, c_int) -> c_int,
    code: unsafe extern "C" fn(Object) -> Object,
    attribute: unsafe extern "C" fn(Object, *const c_char) -> Object,
    text: unsafe extern "C" fn(Object) -> *const c_char,
    forget: unsafe extern "C" fn(Object),
}

/// The interpreter that this process runs, if it runs one.
fn python() -> Option<&'static Python> {
    static PYTHON: OnceLock<Option<Python>> = OnceLock::new();
    PYTHON.get_or_init(find).as_ref()
}

fn find() -> Option<Python> {
    /// # Safety
    /// The function of this name must be of type `F`.
    unsafe fn function<F: Copy>(name: &CStr) -> Option<F> {
        // SAFETY: the name ends with a zero.
        let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
        // SAFETY: the caller's promise; a function pointer has the size of an address.
        (!address.is_null()).then(|| unsafe { std::mem::transmute_copy(&address) })
    }
    // SAFETY: the types are those of Python's documentation ("Python/C API Reference Manual"), where
    // pointers to its structures are passed as addresses.
    unsafe {
        Some(Python {
            is_initialized: function(c"Py_IsInitialized")?,
            is_finalizing: function(c"Py_IsFinalizing").or_else(|| function(c"_Py_IsFinalizing")),
            this_thread: function(c"PyGILState_GetThisThreadState")?,
            ensure: function(c"PyGILState_Ensure")?,
            release: function(c"PyGILState_Release")?,
            error: function(c"PyErr_Occurred")?,
            frame: function(c"PyEval_GetFrame")?,
            back: function(c"PyFrame_GetBack")?,
            instruction: function(c"PyFrame_GetLasti"),
            line: function(c"PyFrame_GetLineNumber")?,
            line_of_instruction: function(c"PyCode_Addr2Line")?,
            code: function(c"PyFrame_GetCode")?,
            attribute: function(c"PyObject_GetAttrString")?,
            text: function(c"PyUnicode_AsUTF8")?,
            forget: function(c"Py_DecRef")?,
        })
    }
}

/// The place of a call that was made at `native`, with the lines of the Python program; none where no
/// Python program calls.
#[inline]
pub fn place(native: PlaceId, define: impl FnOnce(&Definition)) -> Option<PlaceId> {
    python()?.place(native, define)
}

impl Python {
    fn place(&self, native: PlaceId, define: impl FnOnce(&Definition)) -> Option<PlaceId> {
        // SAFETY: these ask for a state, and may be called at any time in any thread.
        let runs = unsafe {
            (self.is_initialized)() != 0
                && self
                    .is_finalizing
                    .is_none_or(|is_finalizing| is_finalizing() == 0)
                && !(self.this_thread)().is_null()
        };
        if !runs {
            return None;
        }
        // A program gives the interpreter away while it calls MPI: it is taken back for a moment.
        // SAFETY: the interpreter is initialized and does not end, and knows this thread.
        let held = unsafe { (self.ensure)() };
        let frames = self.frames();
        let place = (!frames.is_empty()).then(|| {
            let place = place_of_frames(
                native,
                &frames,
                |places| self.lines(places, native, &frames),
                define,
            );
            if !place.is_new {
                self.forget_all(frames.iter().map(|frame| frame.0 as Object));
            }
            // Those of a new place are kept: their addresses stand for it, and must not come again.
            place.id
        });
        // SAFETY: the counterpart of `ensure`.
        unsafe { (self.release)(held) };
        place
    }

    /// The code of each frame, innermost first, and where in it: the instruction, or the line. Each code
    /// is this function's caller's.
    fn frames(&self) -> Vec<(usize, usize)> {
        let mut frames = Vec::new();
        // SAFETY: the interpreter is this thread's. The first frame is lent, and lives as long as the
        // call; the ones behind it are given, and given back.
        unsafe {
            // An error that is on its way must not meet the interpreter's functions.
            if !(self.error)().is_null() {
                return frames;
            }
            let first = (self.frame)();
            let mut frame = first;
            while !frame.is_null() && frames.len() < DEPTH {
                let at = self.instruction.unwrap_or(self.line)(frame);
                frames.push((
                    (self.code)(frame) as usize,
                    usize::try_from(at).unwrap_or(0),
                ));
                let back = (self.back)(frame);
                if frame != first {
                    (self.forget)(frame);
                }
                frame = back;
            }
            if frame != first && !frame.is_null() {
                (self.forget)(frame);
            }
        }
        frames
    }

    fn forget_all(&self, objects: impl Iterator<Item = Object>) {
        for object in objects {
            // SAFETY: each was given to us, and is not used any more; the interpreter is this thread's.
            unsafe { (self.forget)(object) };
        }
    }

    /// The native stack, with the frames of the program in it, where the interpreter's own begin.
    fn lines(&self, places: &Places, native: PlaceId, frames: &[(usize, usize)]) -> Vec<Address> {
        let mut stack = places.addresses(native);
        let is_interpreter = |address: &Address| {
            let file = Path::new(&*address.module).file_name().unwrap_or_default();
            let name = file.to_string_lossy();
            // Its own extension modules, such as that of ctypes, lie in a folder of this name.
            name.starts_with("python")
                || name.starts_with("libpython")
                || address.module.contains("/lib-dynload/")
        };
        let at = stack.iter().position(is_interpreter).unwrap_or(stack.len());
        let lines = frames.iter().filter_map(|(code, at)| {
            let file = self.file(*code as Object)?;
            Some(Address {
                module: format!("{SCRIPT}{file}").into(),
                offset: self.line(*code as Object, *at),
            })
        });
        stack.splice(at..at, lines.collect::<Vec<_>>());
        stack
    }

    /// The line that a frame's code is at.
    fn line(&self, code: Object, at: usize) -> u64 {
        let Some(at) = c_int::try_from(at)
            .ok()
            .filter(|_| self.instruction.is_some())
        else {
            return at as u64;
        };
        // SAFETY: the code is held by its caller, and the interpreter is this thread's.
        let line = unsafe { (self.line_of_instruction)(code, at) };
        u64::try_from(line).unwrap_or(0)
    }

    /// The file that code was read from; as it is called, where it is no file.
    fn file(&self, code: Object) -> Option<String> {
        // SAFETY: the code is held by its caller, and the interpreter is this thread's. The text is the
        // name object's, and copied before that is given back. Every code object has the attribute.
        let name = unsafe {
            let name = (self.attribute)(code, c"co_filename".as_ptr());
            if name.is_null() {
                return None;
            }
            let text = (self.text)(name);
            let copy =
                (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned());
            (self.forget)(name);
            copy?
        };
        if name.starts_with('<') {
            return Some(name);
        }
        // A script that was named from the folder it was started in.
        let path = std::path::absolute(&name).ok();
        Some(path.map_or(name, |path| path.display().to_string()))
    }
}
