//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use pi::{Stream, point};
use rand::{RngExt, SeedableRng};
use rayon::{ThreadPoolBuilder, prelude::*};

/// Runs every example. One rank is enough, because none of them communicates.
pub fn examples() {
    the_same_dice();
    two_tables();
    letters_by_threads();
    any_point_at_any_time();
    digits_that_cancel();
}

fn the_same_dice() {
    let mut dice = Stream::seed_from_u64(2026);
    let mut again = Stream::seed_from_u64(2026);
    let throws: Vec<u32> = (0..8).map(|_| dice.random_range(1..=6)).collect();
    println!("throws: {throws:?}");
    assert_eq!(throws[0], again.random_range(1..=6));
}

fn two_tables() {
    // ANCHOR: jump
    let left = Stream::seed_from_u64(2026);
    let mut right = left.clone();
    right.jump();
    // ANCHOR_END: jump
    // From here on, the left table does not see the right one's throws unless it goes on for 2^128
    // throws.
    for (name, mut dice) in [("left", left), ("right", right)] {
        let throws: Vec<u32> = (0..8).map(|_| dice.random_range(1..=6)).collect();
        println!("{name} table: {throws:?}");
    }
}

fn letters_by_threads() {
    let pool = ThreadPoolBuilder::new()
        .num_threads(2)
        .build()
        .expect("the system can start two threads");
    let words = ["fork", "join", "steal"];
    let letters: usize = pool.install(|| words.par_iter().map(|word| word.len()).sum());
    assert_eq!(letters, 13);
}

fn any_point_at_any_time() {
    // ANCHOR: point
    let (x, y) = point(2026, 1_000_000);
    // ANCHOR_END: point
    println!("point 1,000,000 is ({x:.4}, {y:.4}), computed without those before it");
    assert_eq!(point(2026, 1_000_000), (x, y));
}

fn digits_that_cancel() {
    // Their standard deviation is 1.
    let values = [1e8 + 1.0, 1e8 + 2.0, 1e8 + 3.0];
    let sum: f64 = values.iter().sum();
    let squares: f64 = values.iter().map(|value| value * value).sum();
    let deviation = ((squares - sum * sum / 3.0) / 2.0).sqrt();
    println!("standard deviation by the difference of two large sums: {deviation}");
}
