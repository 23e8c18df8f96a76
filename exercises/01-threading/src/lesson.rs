//! The examples of the lesson, each complete. Each task has a similar example here, but none is solved.

use rayon::prelude::*;
use std::{
    panic,
    sync::{
        Arc, Condvar, Mutex, RwLock,
        atomic::{
            AtomicBool, AtomicU64,
            Ordering::{Acquire, Relaxed, Release},
        },
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// Runs every example.
pub fn examples() {
    stopwatch();
    two_halves();
    one_greeting_for_all();
    outlives_its_function();
    voters();
    page_behind_a_flag();
    counters_of_their_own();
    letters();
    alarm_clocks();
    readers_and_a_writer();
    waits_for_dinner();
    poisoned();
    even_squares();
    the_next_sunday();
    sums_in_two_orders();
    amdahl();
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
    println!("the sum of 1 to 100, by two threads: {sum}");
}
// ANCHOR_END: two-halves

fn one_greeting_for_all() {
    let greet: &(dyn Fn(&str) -> String + Sync) = &|name| format!("hello, {name}");
    thread::scope(|scope| {
        for name in ["Ann", "Bob"] {
            scope.spawn(move || println!("{}", greet(name)));
        }
    });
}

fn outlives_its_function() {
    let names = Arc::new(vec!["Ann", "Bob"]);
    let own = Arc::clone(&names);
    let handle = thread::spawn(move || own.len());
    println!("{names:?} are {}", handle.join().unwrap());
}

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
    println!("{} voted yes", yes.into_inner());
    println!("in this order: {:?}", order.into_inner().unwrap());
}

fn page_behind_a_flag() {
    let (page, is_written) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            page.store(42, Relaxed);
            is_written.store(true, Release);
        });
        while !is_written.load(Acquire) {
            thread::yield_now();
        }
        println!("the page says {}", page.load(Relaxed));
    });
}

#[derive(Default)]
#[repr(align(128))]
struct Apart(AtomicU64);

fn counters_of_their_own() {
    let (close, apart) = (<[AtomicU64; 2]>::default(), <[Apart; 2]>::default());
    for (name, counters) in [
        ("in one cache line", close.each_ref()),
        ("in two lines", apart.each_ref().map(|counter| &counter.0)),
    ] {
        let start = Instant::now();
        thread::scope(|scope| {
            for counter in counters {
                scope.spawn(move || (0..1_000_000).for_each(|_| _ = counter.fetch_add(1, Relaxed)));
            }
        });
        println!("two counters {name}: {:.0?}", start.elapsed());
    }
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

fn readers_and_a_writer() {
    let price = RwLock::new(3);
    thread::scope(|scope| {
        for reader in 1..=3 {
            let price = &price;
            scope.spawn(move || println!("reader {reader} sees {}", price.read().unwrap()));
        }
        *price.write().unwrap() += 1;
    });
}

fn waits_for_dinner() {
    let (is_ready, bell) = (Mutex::new(false), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            *is_ready.lock().unwrap() = true;
            bell.notify_all();
        });
        let guard = is_ready.lock().unwrap();
        let guard = bell.wait_while(guard, |is_ready| !*is_ready).unwrap();
        println!("dinner is ready: {guard}");
    });
}

fn poisoned() {
    let balance = Mutex::new(100);
    let payment = || {
        let mut balance = balance.lock().unwrap();
        *balance -= 70;
        panic::resume_unwind(Box::new("paid half"));
    };
    let result = thread::scope(|scope| scope.spawn(payment).join());
    let is_poisoned = balance.lock().is_err();
    println!(
        "the thread failed: {}, the lock is poisoned: {is_poisoned}",
        result.is_err()
    );
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

fn sums_in_two_orders() {
    let numbers: Vec<f64> = (1..=100_000)
        .map(|number| 1.0 / f64::from(number))
        .collect();
    let serial: f64 = numbers.iter().sum();
    let parallel: f64 = numbers.par_iter().sum();
    let sums: Vec<f64> = numbers
        .par_chunks(1000)
        .map(|part| part.iter().sum())
        .collect();
    println!("serial           {serial:.13}");
    println!("by rayon         {parallel:.13}");
    println!("in fixed pieces  {:.13}", sums.iter().sum::<f64>());
}

fn amdahl() {
    let speed_up = |serial: f64, cores: f64| 1.0 / (serial + (1.0 - serial) / cores);
    for cores in [2.0, 4.0, 16.0, 1000.0] {
        let best = speed_up(0.05, cores);
        println!("5 % serial, {cores} cores: speed-up at most {best:.1}");
    }
}
