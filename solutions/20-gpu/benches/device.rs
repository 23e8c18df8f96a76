//! A device against the processor's cores: `cargo bench -p gpu-solution`.
//!
//! For `add` and `sum` the numbers are on the device already; "with copies" they are not, as when a program does nothing
//! else there. A device in software runs on the same cores, and can gain nothing.

use criterion::{BenchmarkId, Criterion, Throughput};
use device::{Device, Machine};
use gpu_solution::{add, hits_between, point, sum};
use rayon::prelude::*;
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Numbers in a vector.
const LENGTH: usize = 1 << 22;
/// Points that are counted.
const POINTS: u64 = 1 << 20;

/// What is measured: a name, how many items it works on, and the work.
type Row<'a> = (String, u64, Box<dyn Fn() + 'a>);

/// Waits until the device has done what it was asked for.
fn finish(device: &Device) {
    device.download(&device.buffer::<u32>(1));
}

fn is_hit(index: u64) -> bool {
    let [x, y] = point(20, index).map(u128::from);
    x * x + y * y < 1 << 106
}

fn main() {
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(3))
        .sample_size(10)
        .configure_from_args();
    let machine = match Machine::find() {
        Ok(machine) => machine,
        Err(none) => {
            eprintln!("There is nothing to measure: {none}.");
            std::process::exit(2);
        }
    };
    let device = machine.open(0);
    let cores = format!("{} threads", rayon::current_num_threads());

    let floats: Vec<f32> = (0..LENGTH).map(|number| (number % 1000) as f32).collect();
    let integers: Vec<i32> = (0..LENGTH as i32).collect();
    let (left, right, sums) = (
        device.upload(&floats),
        device.upload(&floats),
        device.buffer::<f32>(LENGTH),
    );
    let there = device.upload(&integers);
    let items = LENGTH as u64;
    let name = device.name();
    let rows: Vec<Row<'_>> = vec![
        (format!("add, {cores}"), items, {
            let (one, other) = (&floats, &floats);
            Box::new(move || {
                let sums = one.par_iter().zip(other).map(|(one, other)| one + other);
                black_box(sums.collect::<Vec<f32>>());
            })
        }),
        (
            format!("add, {name}"),
            items,
            Box::new(|| {
                add(&device, &left, &right, &sums, LENGTH);
                finish(&device);
            }),
        ),
        (
            format!("add, {name}, with copies"),
            items,
            Box::new(|| {
                let (left, right) = (device.upload(&floats), device.upload(&floats));
                add(&device, &left, &right, &sums, LENGTH);
                black_box(device.download(&sums));
            }),
        ),
        (
            format!("sum, {cores}"),
            items,
            Box::new(|| {
                let numbers = integers.par_iter().copied();
                black_box(numbers.reduce(|| 0, i32::wrapping_add));
            }),
        ),
        (
            format!("sum, {name}"),
            items,
            Box::new(|| {
                black_box(sum(&device, &there, LENGTH));
            }),
        ),
        (
            format!("sum, {name}, with copies"),
            items,
            Box::new(|| {
                black_box(sum(&device, &device.upload(&integers), LENGTH));
            }),
        ),
        (
            format!("pi, {cores}"),
            POINTS,
            Box::new(|| {
                let hits = (0..POINTS).into_par_iter().filter(|index| is_hit(*index));
                black_box(hits.count());
            }),
        ),
        (
            format!("pi, {name}"),
            POINTS,
            Box::new(|| {
                black_box(hits_between(&device, 20, 0..POINTS));
            }),
        ),
    ];

    let mut best = vec![Duration::MAX; rows.len()];
    let mut group = criterion.benchmark_group("device");
    for ((name, items, work), best) in rows.iter().zip(&mut best) {
        group.throughput(Throughput::Elements(*items));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                let start = Instant::now();
                work();
                *best = start.elapsed().min(*best);
            });
        });
    }
    group.finish();
    criterion.final_summary();

    println!(
        "\n{:60} million per second   times the threads",
        "the best of each"
    );
    // The row of the threads comes before those of the device. A filter on the command line may have left some out.
    let mut of_threads = Duration::MAX;
    for ((name, items, _), best) in rows.iter().zip(best) {
        if name.ends_with(&cores) {
            of_threads = best;
        }
        if best < Duration::MAX {
            let rate = *items as f64 / 1e6 / best.as_secs_f64();
            let times = if of_threads < Duration::MAX {
                format!("{:.2}", of_threads.as_secs_f64() / best.as_secs_f64())
            } else {
                String::from("not measured")
            };
            println!("{name:60} {rate:18.1} {times:>19}");
        }
    }
}
