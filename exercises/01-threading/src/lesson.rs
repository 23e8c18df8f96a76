//! The examples of the lesson, each complete. They solve no task, but each task has its like here.

use rayon::prelude::*;
use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// Runs every example.
pub fn examples() {
    stopwatch();
    two_halves();
    voters();
    letters();
    alarm_clocks();
    even_squares();
    the_next_sunday();
}

fn stopwatch() {
    let start = Instant::now();
    let sum: f64 = (0..1_000_000).map(|number| f64::from(number).sqrt()).sum();
    println!("a million roots: {sum:.0}, in {:.1?}", start.elapsed());
}

// ANCHOR: two-halves
fn two_halves() {
    let numbers: Vec<u64> = (1..=100).collect();
    let (left, right) = numbers.split_at(50);
    let sum = thread::scope(|scope| {
        let other = scope.spawn(|| left.iter().sum::<u64>());
        let own: u64 = right.iter().sum();
        own + other.join().unwrap()
    });
    println!("1 to 100 by two threads: {sum}");
}
// ANCHOR_END: two-halves

fn voters() {
    let (yes, order) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for voter in 0..8 {
            let (yes, order) = (&yes, &order);
            scope.spawn(move || {
                yes.fetch_add(voter % 2, Relaxed);
                order.lock().unwrap().push(voter);
            });
        }
    });
    println!("{} said yes", yes.into_inner());
    println!("they came as {:?}", order.into_inner().unwrap());
}

fn letters() {
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for name in ["Ann", "Bob"] {
            let sender = sender.clone();
            scope.spawn(move || sender.send(format!("a letter from {name}")).unwrap());
        }
        drop(sender);
        for letter in receiver {
            println!("{letter}");
        }
    });
}

fn alarm_clocks() {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| thread::sleep(Duration::from_millis(50)));
        }
    });
    println!("100 waits of 50 ms each: {:.0?}", start.elapsed());
}

fn even_squares() {
    let sum: u64 = (0..1_000_u64)
        .into_par_iter()
        .map(|number| number * number)
        .filter(|square| square % 2 == 0)
        .sum();
    println!("the even squares below a million add up to {sum}");
}

fn the_next_sunday() {
    let days = [17_u32, 3, 24, 10, 31];
    let first = days
        .par_iter()
        .filter(|day| **day > 9)
        .copied()
        .reduce_with(u32::min);
    println!("the next Sunday after the 9th: {first:?}");
}
