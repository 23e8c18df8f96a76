//! Four threads bring their partial sums together in three ways.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
};

/// The sum of each thread's part.
const PARTS: [u64; 4] = [10, 20, 30, 40];

fn by_mutex() -> u64 {
    let sum = Mutex::new(0);
    thread::scope(|scope| {
        for part in PARTS {
            let sum = &sum;
            scope.spawn(move || {
                // ANCHOR: mutex
                *sum.lock().unwrap() += part;
                // ANCHOR_END: mutex
            });
        }
    });
    sum.into_inner().unwrap()
}

fn by_atomic() -> u64 {
    let sum = AtomicU64::new(0);
    thread::scope(|scope| {
        for part in PARTS {
            let sum = &sum;
            scope.spawn(move || {
                // ANCHOR: atomic
                sum.fetch_add(part, Relaxed);
                // ANCHOR_END: atomic
            });
        }
    });
    sum.into_inner()
}

fn by_channel() -> u64 {
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for part in PARTS {
            let sender = sender.clone();
            scope.spawn(move || {
                // ANCHOR: channel
                sender.send(part).unwrap();
                // ANCHOR_END: channel
            });
        }
        drop(sender);
        receiver.iter().sum()
    })
}

fn main() {
    println!(
        "mutex {}, atomic {}, channel {}",
        by_mutex(),
        by_atomic(),
        by_channel()
    );
}
