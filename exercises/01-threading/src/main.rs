//! Shows threads at work: first the examples of the lesson, then the functions that you have written.
//! `cargo xtask run 01`

mod lesson;

use std::{
    panic,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};
use threading::*;

fn main() {
    lesson::examples();
    let chapters: [(&str, fn()); 7] = [
        ("baseline: the primes below 60000", measure),
        ("spawn: the same in several threads", share),
        ("counter: 8 threads, 20000 steps each", count),
        (
            "channel: the same primes, a hundred numbers in each task",
            pipeline,
        ),
        ("waiting: 30 hosts that answer after 100 ms", wait),
        ("rayon: the smallest and the largest remainder", reduce),
        ("two-locks: Ann pays Bob, Bob pays Ann", pay),
    ];
    panic::set_hook(Box::new(report));
    for (title, show) in chapters {
        println!("\n{title}");
        // A function that is not written yet does not keep the others from being shown.
        let _ = panic::catch_unwind(show);
    }
}

fn report(info: &panic::PanicHookInfo) {
    let why = info.payload_as_str().unwrap_or("a panic");
    match info.location() {
        Some(place) if why.starts_with("not yet implemented") => {
            println!("still to be written: {place}");
        }
        // The scope only repeats the panic of one of its threads.
        Some(place) if why != "a scoped thread panicked" => println!("{place}: {why}"),
        _ => {}
    }
}

const END: u64 = 60_000;

fn is_prime(number: u64) -> bool {
    number > 1
        && (2..)
            .take_while(|d| d * d <= number)
            .all(|d| !number.is_multiple_of(d))
}

fn primes(numbers: &[u64]) -> u64 {
    numbers.iter().filter(|number| is_prime(**number)).count() as u64
}

fn measure() {
    let numbers: Vec<u64> = (0..END).collect();
    let (primes, shortest) = baseline(5, &|| primes(&numbers) as f64);
    println!("{primes} primes, the shortest time is {shortest:.1?}");
}

fn share() {
    let numbers: Vec<u64> = (0..END).collect();
    let (_, alone) = baseline(5, &|| primes(&numbers) as f64);
    for threads in [2, 3, 4, 8] {
        let work = || spawn(&numbers, threads, &primes).iter().sum::<u64>() as f64;
        let (_, shortest) = baseline(5, &work);
        let speed_up = alone.as_secs_f64() / shortest.as_secs_f64();
        let bar = "▇".repeat((8.0 * speed_up) as usize);
        println!("{threads} threads: {shortest:>6.1?}, speed-up {speed_up:.2} {bar}");
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("cores: {cores}");
}

fn count() {
    let next = |count| {
        // Yields to another thread now and then, as a longer computation would be made to.
        if count % 64 == 0 {
            thread::yield_now();
        }
        count + 1
    };
    for (name, counter) in [
        ("mutex ", counter_mutex as fn(_, _, _) -> _),
        ("atomic", counter_atomic),
    ] {
        let start = Instant::now();
        let count: u64 = counter(8, 20_000, &next);
        println!("{name} {count}, in {:.1?}", start.elapsed());
    }
}

fn pipeline() {
    let shares = Mutex::new(Vec::new());
    let work = |hundred: u64| {
        shares.lock().unwrap().push(thread::current().id());
        (100 * hundred..100 * (hundred + 1))
            .filter(|number| is_prime(*number))
            .count() as u64
    };
    let results = channel(&mut (0..END / 100), 4, &work);
    println!(
        "{} primes in {} results",
        results.iter().sum::<u64>(),
        results.len()
    );
    let mut shares = shares.into_inner().unwrap();
    shares.sort_by_key(|thread| format!("{thread:?}"));
    for share in shares.chunk_by(|one, other| one == other) {
        println!(
            "a worker did {:>3} tasks {}",
            share.len(),
            "▇".repeat(share.len() / 8)
        );
    }
}

fn wait() {
    let names: Vec<String> = (1..=30).map(|number| format!("host {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let start = Instant::now();
    let answers = waiting(&names, &|name| {
        thread::sleep(Duration::from_millis(100));
        format!("{name} is up")
    });
    println!(
        "{} answers in {:.0?}; the last one: {:?}",
        answers.len(),
        start.elapsed(),
        answers.last()
    );
}

fn reduce() {
    let numbers: Vec<i64> = (1..=200_000).collect();
    let extremes = rayon(&numbers, &|number| number * number % 1009, &|remainder| {
        remainder > 0
    });
    println!("the squares of 1 to 200000 modulo 1009, without 0: {extremes:?}");
}

/// With `transfer` as the student finds it, this deadlocks: press Ctrl-C.
fn pay() {
    const TIMES: usize = 1_000_000;
    let accounts = [10_000_000, 10_000_000].map(Mutex::new);
    transfer(&accounts, 0, 1, 500);
    println!(
        "after one payment: {:?}",
        accounts.each_ref().map(|account| *account.lock().unwrap())
    );
    thread::scope(|scope| {
        for (from, to) in [(0, 1), (1, 0)] {
            let accounts = &accounts;
            scope.spawn(move || {
                for _ in 0..TIMES {
                    transfer(accounts, from, to, 3);
                }
            });
        }
    });
    println!(
        "after {TIMES} more in each direction: {:?}",
        accounts.map(|account| account.into_inner().unwrap())
    );
}
