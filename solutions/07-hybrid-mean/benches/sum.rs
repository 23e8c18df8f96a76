//! How many bytes per second one core adds up, and all cores: `cargo bench -p hybrid-mean-solution`.
//!
//! Beside each rate stands what part it is of the memory limit: that of a plain sum, which does nothing
//! for the digits and waits for nothing but memory. The numbers do not fit into any cache.

use criterion::{BenchmarkId, Criterion, Throughput};
use hybrid_mean_solution::{Sum, fast, merge, serial, sum_row, threads};
use ndarray::{Array2, ArrayView2};
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// 128 MiB.
const ROWS: usize = 4096;
const COLUMNS: usize = 4096;
const BYTES: usize = ROWS * COLUMNS * size_of::<f64>();

/// The memory limit: as many sums side by side as it takes for the adders never to be waited for.
fn plain(numbers: &[f64]) -> f64 {
    const LANES: usize = 16;
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for (sum, number) in sums.iter_mut().zip(chunk) {
            *sum += number;
        }
    }
    sums.iter().chain(rest).sum()
}

/// All threads of the pool, each row by the fast sum.
fn fast_threads(rows: ArrayView2<'_, f64>) -> Sum {
    threads(rows, &|row| fast::sum(row.to_slice().unwrap_or_default()))
}

/// The memory limit of all cores together.
fn plain_threads(numbers: &[f64]) -> f64 {
    numbers.par_chunks(COLUMNS).map(plain).sum()
}

/// A function to measure, and the shortest time that one call of it took.
struct Row<'a> {
    name: String,
    add: Box<dyn Fn() -> f64 + 'a>,
    best: Duration,
}

impl<'a> Row<'a> {
    fn new(name: &str, add: impl Fn() -> f64 + 'a) -> Self {
        Self {
            name: name.to_owned(),
            add: Box::new(add),
            best: Duration::MAX,
        }
    }

    /// Calls it once.
    fn time(&mut self) -> Duration {
        let start = Instant::now();
        black_box((self.add)());
        let time = start.elapsed();
        self.best = self.best.min(time);
        time
    }

    /// Lets criterion measure it.
    fn measure(&mut self, criterion: &mut Criterion) {
        let mut group = criterion.benchmark_group("sum");
        group
            .throughput(Throughput::Bytes(BYTES as u64))
            .sample_size(10);
        group.bench_function(BenchmarkId::from_parameter(&self.name), |bencher| {
            bencher.iter_custom(|calls| (0..calls).map(|_| self.time()).sum());
        });
        group.finish();
    }
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("the system can start a few threads")
}

fn main() {
    let matrix =
        Array2::from_shape_fn((ROWS, COLUMNS), |(row, column)| (row * column) as f64 / 7.0);
    let numbers = matrix.as_slice().expect("it is row after row in memory");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = pool(cores);
    let mut rows = [
        Row::new("memory limit", || plain(numbers)),
        Row::new("iter().sum()", || numbers.iter().sum()),
        Row::new("serial", || serial(matrix.view()).unwrap_or_default()),
        Row::new("sum_row by rows", || {
            let sums = matrix.outer_iter().map(sum_row);
            sums.fold(Sum::default(), merge).value()
        }),
        Row::new("fast::sum", || fast::sum(numbers).value()),
        Row::new("memory limit, all cores", || {
            pool.install(|| plain_threads(numbers))
        }),
        Row::new("threads, all cores", || {
            pool.install(|| threads(matrix.view(), &sum_row)).value()
        }),
        Row::new("fast::sum, all cores", || {
            pool.install(|| fast_threads(matrix.view())).value()
        }),
    ];
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(2))
        .warm_up_time(Duration::from_millis(500))
        .configure_from_args();
    for row in &mut rows {
        row.measure(&mut criterion);
    }
    criterion.final_summary();
    if rows.iter().any(|row| row.best == Duration::MAX) {
        return; // some were not asked for
    }
    // Turn by turn, so that what else the machine does disturbs all alike.
    for _ in 0..20 {
        for row in &mut rows {
            row.time();
        }
    }
    println!(
        "\n{:26} GB/s   of the memory limit on as many cores",
        "the best of each"
    );
    for (index, row) in rows.iter().enumerate() {
        let limit = &rows[if index < 5 { 0 } else { 5 }];
        let rate = BYTES as f64 / row.best.as_secs_f64() / 1e9;
        let part = 100.0 * limit.best.as_secs_f64() / row.best.as_secs_f64();
        println!("{:24} {rate:6.2} {part:6.0} %", row.name);
    }
}
