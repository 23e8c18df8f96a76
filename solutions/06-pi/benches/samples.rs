//! How many points per second one core draws, and all cores: `cargo bench -p pi-solution`.
//!
//! Beside each rate stands how it compares with a loop in the style of C, in which nothing is left out
//! and nothing is called. `cargo xtask bench 06 --peers` compares with C itself.

use criterion::{Bencher, BenchmarkId, Criterion, Throughput};
use pi_solution::{Stream, hits, hits_between, hits_wide, threads};
use rand::{Rng, SeedableRng};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Points that one call draws.
const SAMPLES: u64 = 1 << 20;

/// The limit to compare with: xoshiro256+ as its authors publish it in C, and the loop around it.
fn plain_loop(state: &mut [u64; 4], samples: u64) -> u64 {
    let [mut s0, mut s1, mut s2, mut s3] = *state;
    let mut hits = 0;
    for _ in 0..samples {
        let mut point = [0.0; 2];
        for coordinate in &mut point {
            let bits = s0.wrapping_add(s3);
            let shifted = s1 << 17;
            s2 ^= s0;
            s3 ^= s1;
            s1 ^= s2;
            s0 ^= s3;
            s2 ^= shifted;
            s3 = s3.rotate_left(45);
            *coordinate = (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64);
        }
        let [x, y] = point;
        hits += u64::from(x * x + y * y < 1.0);
    }
    *state = [s0, s1, s2, s3];
    hits
}

/// One row of the table at the end.
struct Row {
    name: String,
    /// The shortest time that one call took.
    best: Duration,
}

/// Measures a function that draws [`SAMPLES`] points, and keeps the best time beside what criterion
/// makes of it.
fn measure(criterion: &mut Criterion, name: &str, mut count: impl FnMut(u64) -> u64) -> Row {
    let mut best = Duration::MAX;
    let mut calls = |calls: u64| {
        (0..calls)
            .map(|_| {
                let start = Instant::now();
                black_box(count(black_box(SAMPLES)));
                let time = start.elapsed();
                best = best.min(time);
                time
            })
            .sum()
    };
    let mut group = criterion.benchmark_group("points");
    group.throughput(Throughput::Elements(SAMPLES));
    group.bench_function(
        BenchmarkId::from_parameter(name),
        |bencher: &mut Bencher| {
            bencher.iter_custom(&mut calls);
        },
    );
    group.finish();
    Row {
        name: name.to_owned(),
        best,
    }
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("the system can start a few threads")
}

fn main() {
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut stream = Stream::seed_from_u64(6);
    let mut state = [(); 4].map(|()| stream.next_u64());
    let mut rows = vec![
        measure(&mut criterion, "plain loop", |samples| {
            plain_loop(&mut state, samples)
        }),
        measure(&mut criterion, "hits", |samples| hits(&mut stream, samples)),
        measure(&mut criterion, "hits_wide", |samples| {
            hits_wide(&mut stream, samples)
        }),
        measure(&mut criterion, "hits_between", |samples| {
            hits_between(6, 0..samples)
        }),
    ];
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (pool, pieces) = (pool(cores), 8 * cores);
    rows.push(measure(
        &mut criterion,
        &format!("hits, {cores} threads"),
        |samples| threads(&pool, &stream, samples, pieces, &hits),
    ));
    rows.push(measure(
        &mut criterion,
        &format!("hits_wide, {cores} threads"),
        |samples| threads(&pool, &stream, samples, pieces, &hits_wide),
    ));
    criterion.final_summary();

    let limit = rows[0].best;
    println!(
        "\n{:24} points per second   times the plain loop",
        "the best of each"
    );
    for Row { name, best } in rows.iter().filter(|row| row.best < Duration::MAX) {
        let rate = SAMPLES as f64 / best.as_secs_f64();
        // A filter on the command line may have left the plain loop out.
        let times = if limit < Duration::MAX {
            format!("{:.2}", limit.as_secs_f64() / best.as_secs_f64())
        } else {
            String::from("not measured")
        };
        println!("{name:24} {rate:17.2e} {times:>22}");
    }
}
