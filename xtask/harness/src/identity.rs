//! Who this process is: a rank among others, or one plain program. Sentences begin with it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The rank in the upper half, the number of ranks in the lower one; 0 for one plain program.
static IDENTITY: AtomicU64 = AtomicU64::new(0);

/// Says that the process is a rank among others; without this it is one plain program. Each task has
/// ranks of its own.
pub fn identify(rank: u32, size: u32) {
    IDENTITY.store(u64::from(rank) << 32 | u64::from(size), Ordering::Relaxed);
}

/// Whether it is a process that the ranks have started.
static WORKER: AtomicBool = AtomicBool::new(false);

/// Says that the process is one of those that the ranks of a job have started.
pub fn identify_worker(rank: u32, size: u32) {
    identify(rank, size);
    WORKER.store(true, Ordering::Relaxed);
}

/// How a sentence about this process begins: "rank 2 of 3" or "your function".
pub fn who() -> String {
    match IDENTITY.load(Ordering::Relaxed) {
        0 => String::from("your function"),
        identity if WORKER.load(Ordering::Relaxed) => {
            format!("worker {} of {}", identity >> 32, identity as u32)
        }
        identity => format!("rank {} of {}", identity >> 32, identity as u32),
    }
}
