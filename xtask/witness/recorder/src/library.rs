//! The MPI library that lies below: its functions by their profiling names, and which of the three
//! binary interfaces it has.

use crate::abi::{Abi, MPICH, OPEN_MPI, STANDARD};
use std::{
    ffi::{CStr, c_void},
    mem::MaybeUninit,
    ptr,
    sync::{
        OnceLock,
        atomic::{AtomicPtr, Ordering},
    },
};

/// A function of the library, looked up when it is first called: one that is missing is no error
/// until then.
pub struct Twin {
    name: &'static CStr,
    address: AtomicPtr<c_void>,
}

impl Twin {
    /// The function of this name.
    pub const fn new(name: &'static CStr) -> Self {
        Self {
            name,
            address: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Its address. If the library has none of that name, the process ends: there is nothing that
    /// the call could do or return.
    #[inline(always)]
    pub fn get(&self) -> *const c_void {
        let address = self.address.load(Ordering::Relaxed);
        if address.is_null() {
            return self.look_up();
        }
        address
    }

    /// Its address, if there is one.
    pub fn find(&self) -> Option<*const c_void> {
        let address = self.address.load(Ordering::Relaxed);
        if !address.is_null() {
            return Some(address);
        }
        let address = symbol(self.name);
        self.address.store(address, Ordering::Relaxed);
        (!address.is_null()).then_some(address.cast_const())
    }

    #[cold]
    fn look_up(&self) -> *const c_void {
        self.find().unwrap_or_else(|| {
            let name = self.name.to_string_lossy();
            let name = name.trim_start_matches('P');
            eprintln!("The MPI library of this program does not have the function {name}.");
            std::process::abort()
        })
    }
}

/// Where the library's names are found.
struct Origin(*mut c_void);

// SAFETY: a handle of the dynamic linker may be used from every thread.
unsafe impl Send for Origin {}
// SAFETY: as above; nothing is changed through it.
unsafe impl Sync for Origin {}

/// A function that every MPI has, to know the library by.
const KNOWN: &CStr = c"PMPI_Init_thread";

/// The address of a name in the library; null if it has none.
pub fn symbol(name: &CStr) -> *mut c_void {
    static ORIGIN: OnceLock<Origin> = OnceLock::new();
    let Origin(handle) = ORIGIN.get_or_init(|| {
        // Whatever comes behind this library in the order of loading: where programs are linked to
        // MPI, it is there.
        for handle in [libc::RTLD_NEXT, libc::RTLD_DEFAULT] {
            // SAFETY: the name ends with a zero.
            if !unsafe { libc::dlsym(handle, KNOWN.as_ptr()) }.is_null() {
                return Origin(handle);
            }
        }
        Origin(loaded_aside().unwrap_or(libc::RTLD_NEXT))
    });
    // SAFETY: the name ends with a zero, and the handle is one of the linker's.
    unsafe { libc::dlsym(*handle, name.as_ptr()) }
}

/// A library that an interpreter has loaded for itself alone, as Python does: its names are not
/// found from outside, so all loaded files are asked.
#[cfg(target_os = "linux")]
fn loaded_aside() -> Option<*mut c_void> {
    use std::ffi::CString;
    unsafe extern "C" fn note(
        info: *mut libc::dl_phdr_info,
        _: usize,
        names: *mut c_void,
    ) -> libc::c_int {
        // SAFETY: the linker hands out a valid description, and `names` is the vector below, which
        // nobody else uses meanwhile.
        let (info, names) = unsafe { (&*info, &mut *names.cast::<Vec<CString>>()) };
        if !info.dlpi_name.is_null() {
            // SAFETY: the linker's names end with a zero.
            names.push(unsafe { CStr::from_ptr(info.dlpi_name) }.to_owned());
        }
        0
    }
    let mut names: Vec<CString> = Vec::new();
    // SAFETY: the callback keeps nothing of what it is given.
    unsafe { libc::dl_iterate_phdr(Some(note), (&raw mut names).cast()) };
    names
        .iter()
        .filter(|name| !name.is_empty())
        .find_map(|name| {
            // SAFETY: the file is loaded already; this only asks for its handle. It is never closed.
            let handle =
                unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD) };
            // SAFETY: the name ends with a zero, and the handle is valid if it is not null.
            let there =
                !handle.is_null() && !unsafe { libc::dlsym(handle, KNOWN.as_ptr()) }.is_null();
            there.then_some(handle)
        })
}

#[cfg(not(target_os = "linux"))]
fn loaded_aside() -> Option<*mut c_void> {
    None
}

/// The binary interface of the library.
pub fn abi() -> &'static Abi {
    static ABI: OnceLock<Abi> = OnceLock::new();
    ABI.get_or_init(|| {
        // Objects, unlike functions, may have been copied into the executable by the linker, and the
        // library then uses the copies itself: the first of a name in the order of loading counts.
        let object = |name: &CStr| {
            // SAFETY: the name ends with a zero.
            let first = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
            if first.is_null() { symbol(name) } else { first }
        };
        if !object(c"ompi_mpi_comm_world").is_null() {
            return OPEN_MPI.with_symbols(object);
        }
        let file = file_of(symbol(KNOWN)).unwrap_or_default();
        let name = file.rsplit('/').next().unwrap_or_default();
        if name.starts_with("libmpi_abi") {
            STANDARD
        } else {
            MPICH
        }
    })
}

/// The file that an address was loaded from.
fn file_of(address: *const c_void) -> Option<String> {
    let mut found = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: the result outlives the call. An all-zero one is valid, should nothing be found.
    let found = unsafe {
        libc::dladdr(address, found.as_mut_ptr());
        found.assume_init()
    };
    if found.dli_fname.is_null() {
        return None;
    }
    // SAFETY: the linker's names end with a zero.
    let name = unsafe { CStr::from_ptr(found.dli_fname) };
    Some(name.to_string_lossy().into_owned())
}
