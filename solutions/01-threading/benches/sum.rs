//! How fast the sum of a large vector is, serial, by `spawn` and by rayon, beside what the memory can
//! deliver. `cargo bench -p threading-solution`

use criterion::{Criterion, SamplingMode, Throughput};
use rayon::prelude::*;
use std::{
    collections::BTreeSet,
    hint::black_box,
    thread,
    time::{Duration, Instant},
};
use threading_solution::spawn;

/// Far more than fits into any cache: 128 MiB.
const LENGTH: usize = 16 << 20;

fn serial(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

fn spawned(numbers: &[u64], threads: usize) -> u64 {
    spawn(numbers, threads, &serial).iter().sum()
}

fn parallel(numbers: &[u64]) -> u64 {
    numbers.par_iter().sum()
}

/// Reads every byte and does as little as possible with it: 16 independent chains, which the compiler
/// keeps in vector registers, so that only the memory is left to wait for.
fn read(numbers: &[u64]) -> u64 {
    let mut chains = [0; 16];
    let blocks = numbers.chunks_exact(chains.len());
    let rest = blocks
        .remainder()
        .iter()
        .fold(0, |bits, number| bits ^ number);
    for block in blocks {
        for (chain, number) in chains.iter_mut().zip(block) {
            *chain ^= number;
        }
    }
    chains.iter().fold(rest, |bits, chain| bits ^ chain)
}

fn main() {
    let numbers: Vec<u64> = (0..LENGTH as u64).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);

    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut group = criterion.benchmark_group("sum of 128 MiB");
    group.throughput(Throughput::Bytes(size_of_val(&numbers[..]) as u64));
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("serial", |bench| bench.iter(|| serial(black_box(&numbers))));
    for threads in BTreeSet::from([1, 2, cores]) {
        let name = format!("spawn, {threads} threads");
        group.bench_function(name, |bench| {
            bench.iter(|| spawned(black_box(&numbers), threads))
        });
    }
    group.bench_function("rayon", |bench| {
        bench.iter(|| parallel(black_box(&numbers)))
    });
    group.finish();
    criterion.final_summary();
    compare(&numbers, cores);
}

/// Prints how much of the memory's speed each of them uses. All are measured in turn, several times
/// over, so that whatever else the machine does meanwhile concerns all of them.
fn compare(numbers: &[u64], cores: usize) {
    let kernels: [(&str, &dyn Fn() -> u64); 5] = [
        ("one core reads", &|| read(black_box(numbers))),
        ("all cores read", &|| {
            spawn(black_box(numbers), cores, &read).iter().sum()
        }),
        ("serial", &|| serial(black_box(numbers))),
        ("spawn", &|| spawned(black_box(numbers), cores)),
        ("rayon", &|| parallel(black_box(numbers))),
    ];
    let mut shortest = [f64::INFINITY; 5];
    for _ in 0..100 {
        for ((_, kernel), shortest) in kernels.iter().zip(&mut shortest) {
            let start = Instant::now();
            black_box(kernel());
            *shortest = shortest.min(start.elapsed().as_secs_f64());
        }
    }
    println!("\nThe best of 100 runs, beside what the memory delivers ({cores} cores)");
    let rates = shortest.map(|seconds| size_of_val(numbers) as f64 / seconds / 1e9);
    let limits = [rates[0], rates[0].max(rates[1])];
    for ((name, _), rate) in kernels.iter().zip(rates) {
        let [one, all] = limits.map(|limit| 100.0 * rate / limit);
        println!(
            "{name:<16}{rate:5.1} GB/s{one:6.0} % of one core's limit{all:6.0} % of all cores'"
        );
    }
}
