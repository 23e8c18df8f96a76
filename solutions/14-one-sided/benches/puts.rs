//! How many bytes per second a put moves, and a get, beside a plain copy: `cargo bench -p one-sided-solution`.
//!
//! One rank reaches into its own window: there is no network between, and so what is left is what MPI adds to the
//! copy that a put on one machine is.

use criterion::{BenchmarkId, Criterion, Throughput};
use mpi::topology::SimpleCommunicator;
use mpi_extra::{
    traits::*,
    window::{Lock, Window},
};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// 8 KiB, which a cache holds, 1 MiB, and 64 MiB, which none does.
const LENGTHS: [usize; 3] = [1 << 10, 1 << 17, 1 << 23];

/// Moves so many numbers.
type Way = fn(&[f64], &mut [f64], &Window<'_, f64>);

fn copied(from: &[f64], to: &mut [f64], _: &Window<'_, f64>) {
    to.copy_from_slice(black_box(from));
}

/// The vector is handed over, so that it has to be made: as a program does that puts what it has computed.
fn handed_over(from: &[f64], _: &mut [f64], window: &Window<'_, f64>) {
    window.lock(0, Lock::Exclusive);
    window.put(from.to_vec(), 0, 0);
    window.unlock(0);
}

fn got(from: &[f64], _: &mut [f64], window: &Window<'_, f64>) {
    window.lock(0, Lock::Exclusive);
    let arriving = window.get(0, 0..from.len());
    window.unlock(0);
    black_box(arriving);
}

fn main() {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(2))
        .sample_size(10)
        .configure_from_args();
    let mut best = Vec::new();
    for length in LENGTHS {
        measure(&mut criterion, &world, length, &mut best);
    }
    criterion.final_summary();

    println!("\n{:32} GB per second   times the copy", "the best of each");
    for (name, bytes, time) in &best {
        let rate = *bytes as f64 / 1e9 / time.as_secs_f64();
        // A filter on the command line may have left the copy out.
        let copy = best
            .iter()
            .find(|row| row.0.starts_with("copy,") && row.1 == *bytes);
        let times = copy.map_or(String::from("not measured"), |(_, _, copy)| {
            format!("{:.2}", copy.as_secs_f64() / time.as_secs_f64())
        });
        println!("{name:32} {rate:13.1} {times:>16}");
    }
}

fn measure(
    criterion: &mut Criterion,
    world: &SimpleCommunicator,
    length: usize,
    best: &mut Vec<(String, u64, Duration)>,
) {
    let bytes = 8 * length as u64;
    let numbers: Vec<f64> = (0..length).map(|at| at as f64).collect();
    let mut copy = vec![0.0; length];
    let mut group = criterion.benchmark_group("bytes");
    group.throughput(Throughput::Bytes(bytes));
    let size = match length * 8 {
        small if small < 1 << 20 => format!("{} KiB", small >> 10),
        large => format!("{} MiB", large >> 20),
    };
    let mut run = |name: &str, bencher: &mut dyn FnMut(u64) -> Duration| {
        let name = format!("{name}, {size}");
        let mut least = Duration::MAX;
        group.bench_function(BenchmarkId::from_parameter(&name), |criterion| {
            criterion.iter_custom(|calls| {
                let time = bencher(calls);
                least = least.min(time / calls as u32);
                time
            });
        });
        // A filter on the command line may have left it out.
        if least < Duration::MAX {
            best.push((name, bytes, least));
        }
    };
    world.with_allocated_window(length, |window| {
        let ways: [(&str, Way); 3] = [
            ("copy", copied),
            ("put of a new vector", handed_over),
            ("get", got),
        ];
        for (name, way) in ways {
            run(name, &mut |calls| {
                let start = Instant::now();
                (0..calls).for_each(|_| way(&numbers, &mut copy, window));
                start.elapsed()
            });
        }
        // The slice outlives the window: nothing is made.
        run("put", &mut |calls| {
            let start = Instant::now();
            for _ in 0..calls {
                window.lock(0, Lock::Exclusive);
                window.put(&numbers, 0, 0);
                window.unlock(0);
            }
            start.elapsed()
        });
    });
}
