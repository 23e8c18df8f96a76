//! How much memory an answer holds at once: so that a copy of its data shows, however it is made.
//!
//! What Rust code of this process takes from the allocator is counted, on whatever thread. Buffers that
//! MPI makes inside are its own, and are not counted.

// An allocator is asked by raw pointers.
#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed},
};

/// The system's allocator, with a look at what is asked of it.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Whether anybody wants to know: a check whose threads allocate at the same time pays nothing for it.
static COUNTS: AtomicBool = AtomicBool::new(false);
/// Bytes that were taken since the count began, less those that were given back.
static HELD: AtomicI64 = AtomicI64::new(0);
/// The most of them at any time.
static MOST: AtomicI64 = AtomicI64::new(0);

/// Runs something, and tells how many bytes it held at most at one time beyond those that were held before.
///
/// It counts for the whole process: one at a time.
pub fn most_held<R>(run: impl FnOnce() -> R) -> (R, u64) {
    /// Ends the count, also when a panic leaves the answer.
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            COUNTS.store(false, Relaxed);
        }
    }

    HELD.store(0, Relaxed);
    MOST.store(0, Relaxed);
    COUNTS.store(true, Relaxed);
    let counted = Counted;
    let result = run();
    drop(counted);
    (result, MOST.load(Relaxed).unsigned_abs())
}

/// Counts so many bytes that are held from now on, or no longer.
fn count(bytes: i64) {
    if COUNTS.load(Relaxed) {
        let held = HELD.fetch_add(bytes, Relaxed) + bytes;
        MOST.fetch_max(held, Relaxed);
    }
}

/// No layout is larger than an `isize`.
fn size(bytes: usize) -> i64 {
    bytes as i64
}

// SAFETY: each function hands on to the system's allocator what it is given, unchanged, and returns what
// that returns. Counting allocates nothing, and does not panic.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(size(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(size(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-size(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        count(size(bytes) - size(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.realloc(memory, layout, bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{hint::black_box, thread};

    /// Other tests of this program run at the same time: they allocate a little, and free what they had before.
    const OTHERS: u64 = 1 << 20;
    const LARGE: usize = 32 << 20;

    #[test]
    fn what_is_held_at_once_is_counted_on_any_thread_and_in_any_way() {
        let most = |run: &dyn Fn()| most_held(run).1;
        let is_one = |bytes: u64| bytes.abs_diff(LARGE as u64) < OTHERS;
        assert!(is_one(most(&|| drop(black_box(vec![1_u8; LARGE])))));
        assert!(is_one(most(&|| drop(black_box(vec![0_u8; LARGE])))));
        assert!(is_one(most(&|| {
            let mut grown = Vec::<u8>::with_capacity(1);
            grown.reserve_exact(LARGE);
            black_box(grown);
        })));
        assert!(is_one(most(&|| {
            thread::scope(|scope| {
                scope.spawn(|| drop(black_box(vec![1_u8; LARGE])));
            });
        })));
        let twice = most(&|| {
            drop(black_box(vec![1_u8; LARGE]));
            drop(black_box(vec![1_u8; LARGE]));
        });
        assert!(is_one(twice), "one after the other: {twice}");
        let before = vec![1_u8; LARGE];
        assert!(most(&|| assert_eq!(black_box(&before).len(), LARGE)) < OTHERS);
    }
}
