//! How many keys per second one core sorts, and all cores: `cargo bench -p sorting-solution`.
//!
//! That is the limit for the sorts of this exercise: what a rank does by itself before and after keys travel. A radix
//! sort compares no keys, but distributes them by their digits.
//! `merge_two` is one pass over sorted keys, and a copy is the least that any sort has to do.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use sorting_solution::merge_two;
use std::{
    hint::black_box,
    time::{Duration, Instant},
};
use voracious_radix_sort::RadixSort;

/// Keys that are sorted at once: more than caches hold.
const KEYS: usize = 1 << 22;

/// Does something with keys.
type Way = fn(&mut Vec<i64>);

/// Two sorted halves become one list.
fn merged(keys: &mut Vec<i64>) {
    let (one, other) = keys.split_at(keys.len() / 2);
    *keys = merge_two(one, other);
}

fn copied(keys: &mut Vec<i64>) {
    *keys = black_box(&*keys).clone();
}

fn main() {
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(3))
        .sample_size(10)
        .configure_from_args();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(17);
    let drawn: Vec<i64> = (0..KEYS).map(|_| random.random()).collect();
    let few: Vec<i64> = (0..KEYS).map(|_| random.random_range(0..8)).collect();
    let mut halves = drawn.clone();
    let (one, other) = halves.split_at_mut(KEYS / 2);
    one.sort_unstable();
    other.sort_unstable();
    let ascending: Vec<i64> = (0..KEYS as i64).collect();

    let all = format!(
        "par_sort_unstable, {} threads",
        rayon::current_num_threads()
    );
    let sort: Way = |keys| keys.sort_unstable();
    let stable: Way = |keys| keys.sort();
    let by_digits: Way = |keys| keys.voracious_sort();
    let by_all: Way = |keys| keys.par_sort_unstable();
    let mut rows: Vec<(&str, &[i64], Way, Duration)> = vec![
        ("sort_unstable", &drawn, sort, Duration::MAX),
        ("sort", &drawn, stable, Duration::MAX),
        ("radix sort", &drawn, by_digits, Duration::MAX),
        (&all, &drawn, by_all, Duration::MAX),
        ("sort_unstable, 8 different keys", &few, sort, Duration::MAX),
        (
            "sort_unstable, sorted already",
            &ascending,
            sort,
            Duration::MAX,
        ),
        ("sort, two sorted halves", &halves, stable, Duration::MAX),
        (
            "merge_two, two sorted halves",
            &halves,
            merged,
            Duration::MAX,
        ),
        ("copy", &drawn, copied, Duration::MAX),
    ];
    let mut group = criterion.benchmark_group("keys");
    group.throughput(Throughput::Elements(KEYS as u64));
    for (name, keys, way, best) in &mut rows {
        group.bench_function(BenchmarkId::from_parameter(*name), |bencher| {
            bencher.iter_batched(
                || keys.to_vec(),
                |mut keys| {
                    let start = Instant::now();
                    way(&mut keys);
                    *best = start.elapsed().min(*best);
                    keys
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
    criterion.final_summary();

    println!("\n{:36} Mkeys per second", "the best of each");
    // A filter on the command line may have left some out.
    for (name, _, _, best) in rows.iter().filter(|(.., best)| *best < Duration::MAX) {
        println!("{name:36} {:16.1}", KEYS as f64 / 1e6 / best.as_secs_f64());
    }
}
