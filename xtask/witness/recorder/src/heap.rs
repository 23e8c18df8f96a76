//! Memory that the program frees while it still belongs to MPI.
//!
//! The functions that free memory are looked at only while immediate operations are under way: else each
//! costs the reading of one word. They stand in for those of the C library, or of whatever allocator the
//! program has loaded, and so exist only in the library that is loaded before a program.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// So many buffers are looked after at once; further ones are not.
const MOST: usize = 64;

/// Where each buffer begins.
static BUFFERS: [AtomicUsize; MOST] = [const { AtomicUsize::new(0) }; MOST];
/// A bit for each place that is taken.
static TAKEN: AtomicU64 = AtomicU64::new(0);
/// A bit for each buffer whose memory was freed.
static FREED: AtomicU64 = AtomicU64::new(0);

/// A buffer of an immediate operation that is under way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held(Option<u8>);

impl Held {
    /// Looks after the memory where a buffer begins; 0 is no buffer.
    #[inline(always)]
    pub fn new(buffer: usize) -> Self {
        if buffer == 0 || !cfg!(all(feature = "preloaded", target_os = "linux")) {
            return Self(None);
        }
        let mut taken = TAKEN.load(Ordering::Relaxed);
        loop {
            let place = taken.trailing_ones();
            if place as usize == MOST {
                return Self(None);
            }
            let more = taken | 1 << place;
            match TAKEN.compare_exchange_weak(taken, more, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => {
                    BUFFERS[place as usize].store(buffer, Ordering::Release);
                    return Self(Some(place as u8));
                }
                Err(now) => taken = now,
            }
        }
    }

    /// Whether the memory was freed.
    pub fn is_freed(self) -> bool {
        self.0
            .is_some_and(|place| FREED.load(Ordering::Acquire) & 1 << place != 0)
    }

    /// The operation is complete, or is followed no longer. Whether the memory was freed before.
    #[inline(always)]
    pub fn release(self) -> bool {
        let Some(place) = self.0 else {
            return false;
        };
        let bit = 1 << place;
        BUFFERS[usize::from(place)].store(0, Ordering::Release);
        let is_freed = FREED.load(Ordering::Acquire) & bit != 0;
        if is_freed {
            FREED.fetch_and(!bit, Ordering::AcqRel);
        }
        TAKEN.fetch_and(!bit, Ordering::AcqRel);
        is_freed
    }
}

#[cfg(all(feature = "preloaded", target_os = "linux"))]
mod functions {
    use super::{BUFFERS, FREED, TAKEN};
    use std::{
        ffi::{CStr, c_int, c_void},
        mem::{MaybeUninit, transmute},
        ops::Range,
        ptr,
        sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    };

    /// The function that this library stands before.
    struct Next {
        name: &'static CStr,
        address: AtomicUsize,
        is_sought: AtomicBool,
    }

    impl Next {
        const fn new(name: &'static CStr) -> Self {
            Self {
                name,
                address: AtomicUsize::new(0),
                is_sought: AtomicBool::new(false),
            }
        }

        /// Its address; 0 if there is none, and while it is looked for, which may free memory itself.
        #[inline(always)]
        fn address(&self) -> usize {
            match self.address.load(Ordering::Relaxed) {
                0 => self.find(),
                address => address,
            }
        }

        #[cold]
        fn find(&self) -> usize {
            if self.is_sought.swap(true, Ordering::AcqRel) {
                return 0;
            }
            // SAFETY: looks a name up.
            let address = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) } as usize;
            self.address.store(address, Ordering::Relaxed);
            self.is_sought.store(false, Ordering::Release);
            address
        }
    }

    static FREE: Next = Next::new(c"free");
    static REALLOC: Next = Next::new(c"realloc");
    static MUNMAP: Next = Next::new(c"munmap");

    /// Stands in for the C library's function.
    ///
    /// # Safety
    /// As for that.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn free(memory: *mut c_void) {
        if TAKEN.load(Ordering::Relaxed) != 0 && !memory.is_null() {
            mark(held(memory));
        }
        let next = FREE.address();
        if next != 0 {
            // SAFETY: the function of this name has this type; its argument is handed on as it came.
            unsafe { transmute::<usize, unsafe extern "C" fn(*mut c_void)>(next)(memory) }
        }
    }

    /// Stands in for the C library's function.
    ///
    /// # Safety
    /// As for that.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn realloc(memory: *mut c_void, size: usize) -> *mut c_void {
        type Realloc = unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void;
        let next = REALLOC.address();
        if next == 0 {
            return ptr::null_mut();
        }
        let looks = TAKEN.load(Ordering::Relaxed) != 0 && !memory.is_null();
        let held = if looks { held(memory) } else { 0 };
        // SAFETY: the function of this name has this type; its arguments are handed on as they came.
        let moved = unsafe { transmute::<usize, Realloc>(next)(memory, size) };
        if moved != memory && (!moved.is_null() || size == 0) {
            mark(held);
        }
        moved
    }

    /// Stands in for the C library's function.
    ///
    /// # Safety
    /// As for that.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn munmap(memory: *mut c_void, length: usize) -> c_int {
        type Munmap = unsafe extern "C" fn(*mut c_void, usize) -> c_int;
        let start = memory as usize;
        mark(within(start..start.saturating_add(length)));
        match MUNMAP.address() {
            0 => -1,
            // SAFETY: the function of this name has this type; its arguments are handed on as they came.
            next => unsafe { transmute::<usize, Munmap>(next)(memory, length) },
        }
    }

    fn mark(held: u64) {
        if held != 0 {
            FREED.fetch_or(held, Ordering::AcqRel);
        }
    }

    /// The buffers that begin there.
    fn within(range: Range<usize>) -> u64 {
        let mut taken = TAKEN.load(Ordering::Acquire);
        let mut held = 0;
        while taken != 0 {
            let place = taken.trailing_zeros();
            taken &= taken - 1;
            if range.contains(&BUFFERS[place as usize].load(Ordering::Acquire)) {
                held |= 1 << place;
            }
        }
        held
    }

    /// The buffers that begin in memory that was allocated.
    fn held(memory: *mut c_void) -> u64 {
        let start = memory as usize;
        let length = if knows_lengths() {
            // SAFETY: the memory was allocated, and is not freed yet.
            unsafe { libc::malloc_usable_size(memory) }
        } else {
            1
        };
        within(start..start.saturating_add(length))
    }

    /// Whether the function that tells the length of what was allocated belongs to those that allocate.
    fn knows_lengths() -> bool {
        const UNKNOWN: usize = 0;
        const YES: usize = 1;
        const NO: usize = 2;
        static KNOWS: AtomicUsize = AtomicUsize::new(UNKNOWN);
        if KNOWS.load(Ordering::Relaxed) == UNKNOWN {
            // SAFETY: looks a name up.
            let tells =
                unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"malloc_usable_size".as_ptr()) } as usize;
            let is_same = tells != 0 && library(tells) == library(FREE.address());
            KNOWS.store(if is_same { YES } else { NO }, Ordering::Relaxed);
        }
        KNOWS.load(Ordering::Relaxed) == YES
    }

    /// Where the library begins that a function lies in.
    fn library(function: usize) -> Option<usize> {
        let mut about = MaybeUninit::<libc::Dl_info>::uninit();
        // SAFETY: it fills what it is given, if it says so.
        unsafe {
            let found = libc::dladdr(function as *const c_void, about.as_mut_ptr());
            (found != 0).then(|| about.assume_init().dli_fbase as usize)
        }
    }
}
