//! What the compiler must refuse: two threads that write to the same number. The tests of `slides`
//! try it, and hold what the compiler says against what a slide shows.

use std::thread;

/// Would count to two million.
pub fn count() -> u64 {
    // ANCHOR: count
    let mut counter = 0;
    thread::scope(|scope| {
        scope.spawn(|| (0..1_000_000).for_each(|_| counter += 1));
        scope.spawn(|| (0..1_000_000).for_each(|_| counter += 1));
    });
    // ANCHOR_END: count
    counter
}
