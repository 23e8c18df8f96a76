//! Runs the examples of the lesson, and then your functions, which estimate pi from random points.
//! `cargo xtask run 06 -n 4`
//!
//! The plot is also written to a file: `cargo xtask run 06 -n 4 -- error.svg` names it.

mod figure;
mod lesson;

use figure::Measured;
use mpi::{topology::SimpleCommunicator, traits::*};
use pi::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{env, f64::consts::PI, path::PathBuf};

/// The seed of all random numbers here.
const SEED: u64 = 2026;

fn main() {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    if world.rank() == 0 {
        lesson::examples();
    }
    in_blocks(&world);
    let mut stream = own_streams(&world);
    by_all_ranks(&world, &mut stream);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = ThreadPoolBuilder::new()
        .num_threads(cores)
        .build()
        .expect("the system can start a few threads");
    on_threads(&world, &pool, &stream);
    always_the_same(&world, &pool);
    error_against_points(&world, &mut stream);
    midpoints(&world);
}

/// Prints one line from each rank, in rank order.
fn say(world: &SimpleCommunicator, line: String) {
    if world.rank() != 0 {
        world.process_at_rank(0).send(line.as_bytes());
        return;
    }
    println!("rank 0 {line}");
    for rank in 1..world.size() {
        let (line, _) = world.process_at_rank(rank).receive_vec();
        println!("rank {rank} {}", String::from_utf8_lossy(&line));
    }
}

/// Prints a text once, on rank 0.
fn tell(world: &SimpleCommunicator, text: String) {
    if world.rank() == 0 {
        println!("{text}");
    }
}

fn in_blocks(world: &SimpleCommunicator) {
    tell(world, "\nserial: pi after each block, on rank 0".into());
    if world.rank() != 0 {
        return;
    }
    let mut stream = rand::SeedableRng::seed_from_u64(SEED);
    let mut count = Count::default();
    for hits in blocks(&mut stream, 1_050_000, 150_000) {
        count.hits += hits;
        count.samples += 150_000;
        let error = count.pi() - PI;
        println!(
            "{:9} points: {:.6}, off by {error:+.6}",
            count.samples,
            count.pi()
        );
    }
}

fn own_streams(world: &SimpleCommunicator) -> Stream {
    tell(
        world,
        "\nstreams: the first three points of each rank".into(),
    );
    let stream = streams(world, SEED);
    let mut ahead = stream.clone();
    let points = [(); 3].map(|()| {
        let (x, y): (f64, f64) = rand::RngExt::random(&mut ahead);
        format!("({x:.4}, {y:.4})")
    });
    say(world, format!("draws {}", points.join(" ")));
    stream
}

fn by_all_ranks(world: &SimpleCommunicator, stream: &mut Stream) {
    tell(world, "\nreduce: a million points on all ranks".into());
    let start = mpi::time();
    if let Some(count) = reduce(world, stream, 1_000_000) {
        let time = 1e3 * (mpi::time() - start);
        println!("{count:?}: pi is about {:.5}, in {time:.0} ms", count.pi());
    }
}

fn on_threads(world: &SimpleCommunicator, pool: &ThreadPool, stream: &Stream) {
    let threads_of_pool = pool.current_num_threads();
    tell(
        world,
        format!("\nthreads: a million points on each rank; threads in its pool: {threads_of_pool}"),
    );
    let start = mpi::time();
    let hits = threads(pool, stream, 1_000_000, 64, &hits);
    let time = 1e3 * (mpi::time() - start);
    let samples = 1_000_000;
    say(
        world,
        format!(
            "has {hits} hits: {:.5}, in {time:.0} ms",
            Count { hits, samples }.pi()
        ),
    );
}

fn always_the_same(world: &SimpleCommunicator, pool: &ThreadPool) {
    let samples = 1_000_000;
    let hits = same_digits(world, pool, samples, &|indices| hits_between(SEED, indices));
    let ranks = world.size();
    tell(
        world,
        format!("\nsame-digits: the first million points of seed {SEED}"),
    );
    tell(
        world,
        format!(
            "{hits} hits: {:.6}, with -n {ranks} and with any other number of ranks",
            Count { hits, samples }.pi()
        ),
    );
}

/// The number of estimates for each number of points.
const RUNS: usize = 40;
/// Of 40 normally distributed estimates with the standard deviation σ, 39 times the square of the measured
/// deviation over σ² is chi-squared distributed with 39 degrees of freedom: it lies between these two in 19
/// of 20 cases, below them and above them in one of 40 each (any table of chi-squared).
const PLAUSIBLE: [f64; 2] = [58.120, 23.654];

fn error_against_points(world: &SimpleCommunicator, stream: &mut Stream) {
    tell(
        world,
        format!("\nstatistics: {RUNS} estimates for each number of points"),
    );
    tell(world, "   points      mean   deviation      theory".into());
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let own_runs = RUNS / size + usize::from(rank < RUNS % size);
    let mut points = Vec::new();
    for samples in [
        100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000,
    ] {
        let mine = estimates(stream, own_runs, samples);
        let Statistics { mean, deviation } = statistics(world, &mine);
        let expected = theory(samples);
        tell(
            world,
            format!("{samples:9} {mean:9.5} {deviation:11.5} {expected:11.5}"),
        );
        let [low, high] = PLAUSIBLE.map(|square| deviation * ((RUNS - 1) as f64 / square).sqrt());
        points.push(Measured {
            samples,
            deviation,
            low,
            high,
        });
    }
    if world.rank() == 0 {
        println!("\n{}", figure::in_terminal(&points, theory));
        let path = picture_path();
        match figure::write_svg(&path, &points, theory) {
            Ok(()) => println!("The same plot as SVG: {}", path.display()),
            Err(error) => println!("Could not write {}: {error}", path.display()),
        }
    }
}

/// The first argument; without one, a file beside this program, in the target folder.
fn picture_path() -> PathBuf {
    let named = env::args_os().nth(1).map(PathBuf::from);
    named.unwrap_or_else(|| {
        let program = env::current_exe().unwrap_or_default();
        program.with_file_name("pi-error.svg")
    })
}

fn midpoints(world: &SimpleCommunicator) {
    tell(
        world,
        "\nintegrate: the error of the midpoint rule, and that of as many random points".into(),
    );
    for steps in [10, 100, 1_000, 10_000, 100_000, 1_000_000] {
        let error = (integrate(world, &|x| 4.0 / (1.0 + x * x), steps) - PI).abs();
        let random = theory(steps);
        tell(
            world,
            format!("{steps:9} steps: {error:.1e}   random: about {random:.1e}"),
        );
    }
}
