//! Where in a Python program a call was made. The native stack ends in the interpreter, the same for
//! every line of a script: so the interpreter is asked for its own frames (CPython 3.9 and later).
//!
//! Nothing is linked: the functions are those that the process has, if it runs Python.

use crate::place::{Places, place_of_frames};
use recording::event::{Address, Definition, PlaceId, SCRIPT};
use std::{
    ffi::{CStr, c_char, c_int, c_long, c_void},
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
    exit: Option<Exit>,
}

/// Those that are called once, to learn why the interpreter ends.
struct Exit {
    import: unsafe extern "C" fn(*const c_char) -> Object,
    function: unsafe extern "C" fn(*const Method, Object, Object) -> Object,
    tuple: unsafe extern "C" fn(isize) -> Object,
    set_item: unsafe extern "C" fn(Object, isize, Object) -> c_int,
    call: unsafe extern "C" fn(Object, Object) -> Object,
    system: unsafe extern "C" fn(*const c_char) -> Object,
    kind: unsafe extern "C" fn(Object) -> Object,
    said: unsafe extern "C" fn(Object) -> Object,
    number: unsafe extern "C" fn(Object) -> c_long,
    keep: unsafe extern "C" fn(Object),
    clear: unsafe extern "C" fn(),
    none: Object,
}

/// `PyMethodDef`.
#[repr(C)]
struct Method {
    name: *const c_char,
    function: unsafe extern "C" fn(Object, Object) -> Object,
    flags: c_int,
    about: *const c_char,
}

// SAFETY: its pointers lead to constants.
unsafe impl Sync for Method {}

// SAFETY: the addresses are of functions and of an object that lives as long as the process.
unsafe impl Send for Exit {}
// SAFETY: as above.
unsafe impl Sync for Exit {}

/// An exception that nobody has caught.
#[derive(Debug)]
pub struct Raised {
    /// Its type, such as `ValueError`.
    pub class: String,
    /// What it says.
    pub text: String,
    /// The lines through which it went, innermost first.
    lines: Vec<Address>,
}

impl Raised {
    /// Where it was raised.
    pub fn place(&self, define: impl FnOnce(&Definition)) -> PlaceId {
        let key: Vec<(usize, usize)> = vec![(usize::MAX, 0)];
        let lines = || self.lines.clone();
        place_of_frames(PlaceId::NONE, &key, |_| lines(), define).id
    }
}

static TELL: OnceLock<fn(Raised)> = OnceLock::new();

/// Has the interpreter, if there is one, tell when it ends by an exception that nobody has caught.
pub fn watch(tell: fn(Raised)) {
    if let Some(python) = python()
        && TELL.set(tell).is_ok()
    {
        python.watch();
    }
}

/// What the interpreter calls when it begins to end.
unsafe extern "C" fn ends(_: Object, _: Object) -> Object {
    let exit = python().and_then(|python| Some((python, python.exit.as_ref()?)));
    let Some((python, exit)) = exit else {
        // It has called a function that was made of these.
        return std::ptr::null_mut();
    };
    if let (Some(raised), Some(tell)) = (python.raised(exit), TELL.get()) {
        tell(raised);
    }
    // SAFETY: the object is one, and the interpreter, which calls this, is this thread's.
    unsafe {
        (exit.keep)(exit.none);
    }
    exit.none
}

/// The interpreter that this process runs, if it runs one.
fn python() -> Option<&'static Python> {
    static PYTHON: OnceLock<Option<Python>> = OnceLock::new();
    PYTHON.get_or_init(find).as_ref()
}

/// # Safety
/// The function, or object, of this name must be of type `F`, which has the size of an address.
unsafe fn function<F: Copy>(name: &CStr) -> Option<F> {
    // SAFETY: the name ends with a zero.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    // SAFETY: the caller's promise; a function pointer has the size of an address.
    (!address.is_null()).then(|| unsafe { std::mem::transmute_copy(&address) })
}

fn find_exit() -> Option<Exit> {
    // SAFETY: as in `find`.
    unsafe {
        Some(Exit {
            import: function(c"PyImport_ImportModule")?,
            function: function(c"PyCFunction_NewEx")?,
            tuple: function(c"PyTuple_New")?,
            set_item: function(c"PyTuple_SetItem")?,
            call: function(c"PyObject_CallObject")?,
            system: function(c"PySys_GetObject")?,
            kind: function(c"PyObject_Type")?,
            said: function(c"PyObject_Str")?,
            number: function(c"PyLong_AsLong")?,
            keep: function(c"Py_IncRef")?,
            clear: function(c"PyErr_Clear")?,
            none: function(c"_Py_NoneStruct")?,
        })
    }
}

fn find() -> Option<Python> {
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
            exit: find_exit(),
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

    /// Asks to be told when the interpreter begins to end, as a program does with `atexit.register`.
    fn watch(&self) {
        /// The function takes nothing.
        const NO_ARGUMENTS: c_int = 4;
        static ENDS: Method = Method {
            name: c"ends".as_ptr(),
            function: ends,
            flags: NO_ARGUMENTS,
            about: std::ptr::null(),
        };
        let Some(exit) = &self.exit else { return };
        // SAFETY: asks for a state.
        if unsafe { (self.is_initialized)() } == 0 {
            return;
        }
        // SAFETY: the interpreter is initialized, and is this thread's between `ensure` and `release`.
        // Every object is given back but the one that the tuple takes.
        unsafe {
            let held = (self.ensure)();
            // An error that is on its way must not meet the interpreter's functions.
            if (self.error)().is_null() {
                let module = (exit.import)(c"atexit".as_ptr());
                if !module.is_null() {
                    let register = (self.attribute)(module, c"register".as_ptr());
                    let ends = (exit.function)(
                        &raw const ENDS,
                        std::ptr::null_mut(),
                        std::ptr::null_mut(),
                    );
                    let arguments = (exit.tuple)(1);
                    if !register.is_null() && !ends.is_null() && !arguments.is_null() {
                        (exit.set_item)(arguments, 0, ends);
                        let done = (exit.call)(register, arguments);
                        if !done.is_null() {
                            (self.forget)(done);
                        }
                        (self.forget)(arguments);
                        (self.forget)(register);
                    }
                    (self.forget)(module);
                }
                (exit.clear)();
            }
            (self.release)(held);
        }
    }

    /// The exception that the interpreter has printed last, because nobody has caught it: then it ends.
    fn raised(&self, exit: &Exit) -> Option<Raised> {
        /// As much as a record has room for.
        const LONGEST: usize = 400;
        let text_of = |object: Object| {
            // SAFETY: the object is one, or null. The text is the object's, and copied.
            let text = unsafe {
                if object.is_null() {
                    return None;
                }
                let text = (self.text)(object);
                (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
            };
            Some(text?.chars().take(LONGEST).collect::<String>())
        };
        // SAFETY: the interpreter, which calls this, is this thread's. Of the system's objects one is lent
        // what it asks for; all others are given back.
        unsafe {
            let value = (exit.system)(c"last_value".as_ptr());
            if value.is_null() || value == exit.none {
                return None;
            }
            let kind = (exit.kind)(value);
            let name = (self.attribute)(kind, c"__name__".as_ptr());
            let said = (exit.said)(value);
            let raised = Raised {
                class: text_of(name).unwrap_or_default(),
                text: text_of(said).unwrap_or_default(),
                lines: self.traceback(exit, (exit.system)(c"last_traceback".as_ptr())),
            };
            for object in [kind, name, said] {
                if !object.is_null() {
                    (self.forget)(object);
                }
            }
            (exit.clear)();
            Some(raised)
        }
    }

    /// The lines of a traceback, innermost first.
    fn traceback(&self, exit: &Exit, first: Object) -> Vec<Address> {
        let mut lines = Vec::new();
        let mut at = first;
        // SAFETY: the interpreter is this thread's. The first part is lent, and lives as long as the
        // system's object; those behind it are given, and given back, as are the attributes.
        unsafe {
            while !at.is_null() && at != exit.none {
                let line = (self.attribute)(at, c"tb_lineno".as_ptr());
                let frame = (self.attribute)(at, c"tb_frame".as_ptr());
                if !line.is_null() && !frame.is_null() {
                    let code = (self.attribute)(frame, c"f_code".as_ptr());
                    if let Some(file) = (!code.is_null()).then(|| self.file(code)).flatten() {
                        lines.push(Address {
                            module: format!("{SCRIPT}{file}").into(),
                            offset: u64::try_from((exit.number)(line)).unwrap_or(0),
                        });
                    }
                    if !code.is_null() {
                        (self.forget)(code);
                    }
                }
                for object in [line, frame] {
                    if !object.is_null() {
                        (self.forget)(object);
                    }
                }
                let next = (self.attribute)(at, c"tb_next".as_ptr());
                if at != first {
                    (self.forget)(at);
                }
                at = next;
            }
            if !at.is_null() && at != first {
                (self.forget)(at);
            }
        }
        lines.reverse();
        lines.truncate(DEPTH);
        lines
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
