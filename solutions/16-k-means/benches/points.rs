//! How many points per second one core assigns to their centers, and all cores: `cargo bench -p k-means-solution`.
//!
//! Beside each rate stands how it compares with a plain loop, which takes one point after the other. A round is an
//! assignment, and the sums of the clusters: what a rank does by itself before numbers travel. The limit is the time that
//! the distances alone take, as vectors, from which nothing is chosen.
//!
//! `cargo xtask bench 16 --peers` compares a round with C, NumPy and numba.

use criterion::{BenchmarkId, Criterion, Throughput};
use k_means_solution::{Point, assign, step};
use mpi::topology::SimpleCommunicator;
use rayon::prelude::*;
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const POINTS: usize = 1 << 18;
const CLUSTERS: usize = 16;
/// Points for a thread at a time.
const PART: usize = 1 << 12;

/// Does something with points and centers.
type Way = fn(&SimpleCommunicator, &[Point], &[Point]);

fn plain_loop(_: &SimpleCommunicator, points: &[Point], centers: &[Point]) {
    let mut indices = vec![0; points.len()];
    for (index, [x, y]) in indices.iter_mut().zip(points) {
        let mut least = f64::INFINITY;
        for (center, [of_x, of_y]) in centers.iter().enumerate() {
            let (dx, dy) = (x - of_x, y - of_y);
            let distance = dx * dx + dy * dy;
            if distance < least {
                least = distance;
                *index = center;
            }
        }
    }
    black_box(indices);
}

fn distances(_: &SimpleCommunicator, points: &[Point], centers: &[Point]) {
    let mut sums = [0.0; 8];
    for group in points.as_chunks::<8>().0 {
        for [of_x, of_y] in centers {
            for (sum, [x, y]) in sums.iter_mut().zip(group) {
                let (dx, dy) = (x - of_x, y - of_y);
                *sum += dx * dx + dy * dy;
            }
        }
    }
    black_box(sums);
}

fn by_one(_: &SimpleCommunicator, points: &[Point], centers: &[Point]) {
    black_box(assign(points, centers));
}

fn by_all(_: &SimpleCommunicator, points: &[Point], centers: &[Point]) {
    let parts = points.par_chunks(PART).map(|part| assign(part, centers));
    black_box(parts.collect::<Vec<_>>());
}

fn round(world: &SimpleCommunicator, points: &[Point], centers: &[Point]) {
    black_box(step(world, points, &mut centers.to_vec()));
}

/// The fraction of multiples of an irrational number: they spread evenly over 0 to 1.
fn spread(index: usize, by: f64) -> f64 {
    (index as f64 * by).fract()
}

fn main() {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(2))
        .sample_size(10)
        .configure_from_args();
    let points: Vec<Point> = (0..POINTS)
        .map(|point| [0.618_034, 0.754_878].map(|by| spread(point, by)))
        .collect();
    let centers: Vec<Point> = (1..=CLUSTERS)
        .map(|center| [0.569_84, 0.438_38].map(|by| spread(center, by)))
        .collect();

    let all = format!("assign, {} threads", rayon::current_num_threads());
    let mut rows: [(&str, Way, Duration); 5] = [
        ("plain loop", plain_loop, Duration::MAX),
        ("distances alone", distances, Duration::MAX),
        ("assign", by_one, Duration::MAX),
        (&all, by_all, Duration::MAX),
        ("step, one rank", round, Duration::MAX),
    ];
    let mut group = criterion.benchmark_group("points");
    group.throughput(Throughput::Elements(POINTS as u64));
    for (name, way, best) in &mut rows {
        group.bench_function(BenchmarkId::from_parameter(*name), |bencher| {
            bencher.iter(|| {
                let start = Instant::now();
                way(&world, black_box(&points), black_box(&centers));
                *best = start.elapsed().min(*best);
            });
        });
    }
    group.finish();
    criterion.final_summary();

    let (_, _, limit) = rows[0];
    println!(
        "\n{:24} million points per second   times the plain loop",
        "the best of each"
    );
    // A filter on the command line may have left some out.
    for (name, _, best) in rows.iter().filter(|(.., best)| *best < Duration::MAX) {
        let rate = POINTS as f64 / 1e6 / best.as_secs_f64();
        let times = if limit < Duration::MAX {
            format!("{:.2}", limit.as_secs_f64() / best.as_secs_f64())
        } else {
            String::from("not measured")
        };
        println!("{name:24} {rate:25.1} {times:>22}");
    }
}
