//! The same loop, serial and in parallel.

use rayon::prelude::*;

// ANCHOR: serial
fn serial(numbers: &[f64]) -> f64 {
    numbers.iter().map(|number| number.sqrt()).sum()
}
// ANCHOR_END: serial

// ANCHOR: parallel
fn parallel(numbers: &[f64]) -> f64 {
    numbers.par_iter().map(|number| number.sqrt()).sum()
}
// ANCHOR_END: parallel

fn main() {
    let numbers: Vec<f64> = (0..1000).map(|root| f64::from(root * root)).collect();
    println!(
        "serial {}, parallel {}",
        serial(&numbers),
        parallel(&numbers)
    );
}
