//! Which loaded file an address lies in: the program, or one of its libraries.
//!
//! `dladdr` would tell too, but looks through all of a file's symbols for a name that nobody needs
//! here; a rank asks some thousand times when it meets its first calls.

use std::{
    ffi::{CStr, c_void},
    sync::Arc,
};

/// The loaded files, as the linker listed them last.
#[derive(Debug)]
pub(crate) struct Modules {
    /// How many the linker had loaded and unloaded then: a file may come where another one lay.
    #[cfg(target_os = "linux")]
    changes: (u64, u64),
    segments: Vec<Segment>,
}

/// A part of a file in memory.
#[derive(Debug)]
struct Segment {
    start: usize,
    end: usize,
    /// What offsets in the file count from.
    base: usize,
    file: Arc<str>,
}

impl Modules {
    pub(crate) const NONE: Self = Self {
        #[cfg(target_os = "linux")]
        changes: (0, 0),
        segments: Vec::new(),
    };

    /// The file with this address, and how far above the file's base it lies.
    pub(crate) fn find(&mut self, address: usize) -> Option<(&Arc<str>, usize)> {
        self.refresh(address);
        let inside = |segment: &&Segment| (segment.start..segment.end).contains(&address);
        let segment = self.segments.iter().find(inside)?;
        Some((&segment.file, address - segment.base))
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{CStr, Modules, Segment, c_void};
    use libc::{PT_LOAD, dl_phdr_info};
    use std::ffi::c_int;
    use std::sync::Arc;

    impl Modules {
        /// Asks the linker anew if it has loaded or unloaded something since the last time.
        pub(super) fn refresh(&mut self, _address: usize) {
            let mut changes = (0, 0);
            // SAFETY: the callback gets the pair alone, and keeps nothing.
            unsafe { libc::dl_iterate_phdr(Some(count), (&raw mut changes).cast()) };
            if changes == self.changes {
                return;
            }
            self.changes = changes;
            self.segments.clear();
            // SAFETY: the callback gets the list alone, and keeps nothing.
            unsafe { libc::dl_iterate_phdr(Some(list), (&raw mut self.segments).cast()) };
        }
    }

    /// Notes how many files were ever loaded and unloaded, which the first file already tells.
    unsafe extern "C" fn count(
        info: *mut dl_phdr_info,
        _size: usize,
        changes: *mut c_void,
    ) -> c_int {
        const ENOUGH: c_int = 1;
        // SAFETY: the linker hands out a valid description, and `refresh` a pair.
        unsafe { *changes.cast::<(u64, u64)>() = ((*info).dlpi_adds, (*info).dlpi_subs) };
        ENOUGH
    }

    unsafe extern "C" fn list(
        info: *mut dl_phdr_info,
        _size: usize,
        segments: *mut c_void,
    ) -> c_int {
        const GO_ON: c_int = 0;
        // SAFETY: the linker hands out a valid description, and `refresh` a list.
        let (info, segments) = unsafe { (&*info, &mut *segments.cast::<Vec<Segment>>()) };
        if info.dlpi_phdr.is_null() {
            return GO_ON;
        }
        // SAFETY: the linker says where the headers lie, and how many there are.
        let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
        let loaded = || headers.iter().filter(|header| header.p_type == PT_LOAD);
        let above = info.dlpi_addr as usize;
        let Some(lowest) = loaded().map(|header| header.p_vaddr).min() else {
            return GO_ON;
        };
        let name = if info.dlpi_name.is_null() {
            c""
        } else {
            // SAFETY: the linker's names end with a zero.
            unsafe { CStr::from_ptr(info.dlpi_name) }
        };
        // The linker has no name for the program itself; and the one that it was started with need
        // not be a path, nor one that holds after a change of directory.
        let file: Arc<str> = if name.is_empty() {
            std::env::current_exe().map_or_else(|_| "".into(), |path| path.to_string_lossy().into())
        } else {
            name.to_string_lossy().into()
        };
        // The first page of the lowest part is where the linker says that the file begins.
        let base = above + (lowest as usize & !0xFFF);
        segments.extend(loaded().map(|header| Segment {
            start: above + header.p_vaddr as usize,
            end: above + (header.p_vaddr + header.p_memsz) as usize,
            base,
            file: Arc::clone(&file),
        }));
        GO_ON
    }
}

#[cfg(not(target_os = "linux"))]
impl Modules {
    /// Remembers the file with this address, unless it is known.
    fn refresh(&mut self, address: usize) {
        let known = |segment: &Segment| (segment.start..segment.end).contains(&address);
        if self.segments.iter().any(known) {
            return;
        }
        let mut found = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
        // SAFETY: the result outlives the call. An all-zero one is valid, should nothing be found.
        let found = unsafe {
            libc::dladdr(address as *const c_void, found.as_mut_ptr());
            found.assume_init()
        };
        if found.dli_fbase.is_null() || found.dli_fname.is_null() {
            return;
        }
        // SAFETY: the linker's names end with a zero.
        let file = unsafe { CStr::from_ptr(found.dli_fname.cast::<std::ffi::c_char>()) };
        self.segments.push(Segment {
            // How far the file reaches, it does not say: no further than this is known.
            start: address,
            end: address + 1,
            base: found.dli_fbase as usize,
            file: file.to_string_lossy().into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_program_and_of_a_library_are_told_as_dladdr_does() {
        let mut modules = Modules::NONE;
        for address in [
            Modules::find as *const () as usize,
            libc::getpid as *const () as usize,
        ] {
            let mut found = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
            // SAFETY: the result outlives the call, and both addresses are loaded.
            let found = unsafe {
                assert_ne!(
                    libc::dladdr(address as *const c_void, found.as_mut_ptr()),
                    0
                );
                found.assume_init()
            };
            let (file, offset) = modules.find(address).unwrap();
            // SAFETY: the linker's names end with a zero.
            let name = unsafe { CStr::from_ptr(found.dli_fname.cast::<std::ffi::c_char>()) };
            let name = std::fs::canonicalize(name.to_str().unwrap()).unwrap();
            assert_eq!(std::fs::canonicalize(&**file).unwrap(), name);
            assert_eq!(offset, address - found.dli_fbase as usize);
        }
        assert!(modules.find(8).is_none());
    }
}
