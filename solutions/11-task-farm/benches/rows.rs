//! How many pixels per second one core computes, and all cores: `cargo bench -p task-farm-solution`.
//!
//! For all that your processor can do: `RUSTFLAGS="-C target-cpu=native" cargo bench -p task-farm-solution`.

use criterion::{BenchmarkId, Criterion, Throughput};
use rayon::prelude::*;
use std::{
    hint::black_box,
    time::{Duration, Instant},
};
use task_farm_solution::{View, row, wide};

/// The picture of the lesson.
const VIEW: View = View {
    width: 1280,
    height: 960,
    c: (-0.8, 0.156),
    limit: 255,
};
const PIXELS: u64 = (VIEW.width * VIEW.height) as u64;

/// Computes all rows of the picture, and adds up their steps.
type Picture = fn() -> u64;

fn sum(row: Vec<u16>) -> u64 {
    row.into_iter().map(u64::from).sum()
}

fn plain() -> u64 {
    (0..VIEW.height).map(|number| sum(row(&VIEW, number))).sum()
}

fn in_lanes() -> u64 {
    (0..VIEW.height)
        .map(|number| sum(wide::row(&VIEW, number)))
        .sum()
}

fn in_lanes_by_all() -> u64 {
    (0..VIEW.height)
        .into_par_iter()
        .map(|number| sum(wide::row(&VIEW, number)))
        .sum()
}

fn main() {
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(2))
        .sample_size(10)
        .configure_from_args();
    let cores = rayon::current_num_threads();
    let all = format!("wide::row, {cores} threads");
    let mut rows: Vec<(&str, Picture, Duration)> = vec![
        ("row", plain, Duration::MAX),
        ("wide::row", in_lanes, Duration::MAX),
        (&all, in_lanes_by_all, Duration::MAX),
    ];
    let mut group = criterion.benchmark_group("pixels");
    group.throughput(Throughput::Elements(PIXELS));
    for (name, picture, best) in &mut rows {
        group.bench_function(BenchmarkId::from_parameter(*name), |bencher| {
            bencher.iter_custom(|calls| {
                let call = |_| {
                    let start = Instant::now();
                    black_box(picture());
                    let time = start.elapsed();
                    *best = time.min(*best);
                    time
                };
                (0..calls).map(call).sum()
            });
        });
    }
    group.finish();
    criterion.final_summary();

    println!("\n{:24} Mpixel per second", "the best of each");
    // A filter on the command line may have left some out.
    for (name, _, best) in rows.iter().filter(|(_, _, best)| *best < Duration::MAX) {
        println!(
            "{name:24} {:17.1}",
            PIXELS as f64 / 1e6 / best.as_secs_f64()
        );
    }
}
