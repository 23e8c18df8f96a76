//! Two threads count and lose updates: the compiler accepts it, because each read and each write is
//! atomic on its own.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    thread,
};

fn main() {
    let counted = count();
    assert!(counted <= 2_000_000, "nobody counts what was not there");
    println!("counted: {counted}");
}

// ANCHOR: count
fn count() -> u64 {
    let counter = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..1_000_000 {
                    let seen = counter.load(Relaxed);
                    counter.store(seen + 1, Relaxed);
                }
            });
        }
    });
    counter.into_inner()
}
// ANCHOR_END: count
