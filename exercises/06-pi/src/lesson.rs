//! The examples of the lesson, each complete. They solve no task, but each task has its like here.

use pi::{Stream, point};
use rand::{RngExt, SeedableRng};
use rayon::{ThreadPoolBuilder, prelude::*};

/// Runs every example. One rank is enough: none of them needs another.
pub fn examples() {
    the_same_dice();
    two_tables();
    letters_by_threads();
    any_point_at_any_time();
    digits_that_cancel();
}

// ANCHOR: the-same-dice
fn the_same_dice() {
    let mut dice = Stream::seed_from_u64(2026);
    let mut again = Stream::seed_from_u64(2026);
    let throws: Vec<u32> = (0..8).map(|_| dice.random_range(1..=6)).collect();
    println!("throws: {throws:?}");
    assert_eq!(throws[0], again.random_range(1..=6));
}
// ANCHOR_END: the-same-dice

// ANCHOR: two-tables
fn two_tables() {
    let left = Stream::seed_from_u64(2026);
    let mut right = left.clone();
    right.jump();
    // From here on nobody at the left table gets to see what is thrown at the right one, unless the
    // left one goes on for 2^128 throws.
    for (name, mut dice) in [("left", left), ("right", right)] {
        let throws: Vec<u32> = (0..8).map(|_| dice.random_range(1..=6)).collect();
        println!("{name} table: {throws:?}");
    }
}
// ANCHOR_END: two-tables

// ANCHOR: letters-by-threads
fn letters_by_threads() {
    let pool = ThreadPoolBuilder::new()
        .num_threads(2)
        .build()
        .expect("the system can start two threads");
    let words = ["fork", "join", "steal"];
    let letters: usize = pool.install(|| words.par_iter().map(|word| word.len()).sum());
    assert_eq!(letters, 13);
}
// ANCHOR_END: letters-by-threads

// ANCHOR: any-point-at-any-time
fn any_point_at_any_time() {
    let (x, y) = point(2026, 1_000_000);
    println!("point 1,000,000 is ({x:.4}, {y:.4}), and nobody had to draw those before it");
    assert_eq!(point(2026, 1_000_000), (x, y));
}
// ANCHOR_END: any-point-at-any-time

// ANCHOR: digits-that-cancel
fn digits_that_cancel() {
    // Their standard deviation is 1.
    let values = [1e8 + 1.0, 1e8 + 2.0, 1e8 + 3.0];
    let sum: f64 = values.iter().sum();
    let squares: f64 = values.iter().map(|value| value * value).sum();
    let deviation = ((squares - sum * sum / 3.0) / 2.0).sqrt();
    println!("by the difference of two large squares it is {deviation}");
}
// ANCHOR_END: digits-that-cancel
