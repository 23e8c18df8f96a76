//! Measures the mean with fewer and more ranks and threads. What it measures is shown, and graded
//! nowhere.

use hybrid_mean::{Run, Sum, merge, scatter, sum_row, threads};
use mpi::{
    topology::{Color, SimpleCommunicator},
    traits::*,
};
use ndarray::Array2;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{hint::black_box, thread, time::Duration};

/// The problem of one worker: 8 MB.
const ROWS: usize = 1000;
const COLUMNS: usize = 1000;
/// What else the machine does disturbs some runs: the best counts.
const TRIES: usize = 5;

/// A run, and how much of its time the rows were on their way.
pub struct Measured {
    pub run: Run,
    /// Seconds.
    pub moving: f64,
}

/// Measures all combinations, with the same rows and with the same rows for each worker. The result is
/// rank 0's; on the others it is empty. All ranks must call it.
pub fn all(world: &SimpleCommunicator) -> Vec<Measured> {
    let size = world.size() as usize;
    let mut counts: Vec<usize> = (0..)
        .map(|power| 1 << power)
        .take_while(|ranks| *ranks < size)
        .collect();
    counts.push(size);
    let mut measured = Vec::new();
    for threads in [1, 2] {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("the system can start a few threads");
        for &ranks in &counts {
            let takes_part = (world.rank() as usize) < ranks;
            let color = Color::with_value(i32::from(!takes_part));
            let part = world.split_by_color(color).filter(|_| takes_part);
            let mut sizes = vec![ROWS, ROWS * ranks * threads];
            sizes.dedup();
            for rows in sizes {
                measured.extend(part.as_ref().and_then(|part| best(part, rows, &pool)));
                wait_quietly(world);
            }
        }
    }
    measured
}

/// The best of some tries; rank 0 has it.
fn best(part: &SimpleCommunicator, rows: usize, pool: &ThreadPool) -> Option<Measured> {
    let matrix = (part.rank() == 0).then(|| {
        Array2::from_shape_fn((rows, COLUMNS), |(row, column)| (row ^ column) as f64 / 7.0)
    });
    let tries: Vec<[f64; 2]> = (0..TRIES)
        .map(|_| once(part, matrix.as_ref(), pool))
        .collect();
    let [seconds, moving] = tries
        .into_iter()
        .min_by(|one, other| one[0].total_cmp(&other[0]))?;
    let run = Run {
        ranks: part.size() as usize,
        threads: pool.current_num_threads(),
        rows,
        seconds,
    };
    matrix.is_some().then_some(Measured { run, moving })
}

/// The steps of `mean`, with a clock between them: the seconds of all, and of the first.
fn once(part: &SimpleCommunicator, matrix: Option<&Array2<f64>>, pool: &ThreadPool) -> [f64; 2] {
    part.barrier();
    let start = mpi::time();
    let mine = scatter(part, matrix.map(|matrix| matrix.view()));
    let moved = mpi::time();
    // Threads of the pool compute; it is still the main thread that calls MPI.
    let sum = pool.install(|| threads(mine.view(), &sum_row));
    let mut sums = vec![Sum::default(); part.size() as usize];
    part.all_gather_into(&sum, &mut sums[..]);
    black_box(sums.into_iter().fold(Sum::default(), merge).value());
    [mpi::time() - start, moved - start]
}

/// A barrier whose guests sleep: a rank that waits in MPI keeps a core busy, and others need it.
fn wait_quietly(world: &SimpleCommunicator) {
    let mut waiting = world.immediate_barrier();
    while let Err(still) = waiting.test() {
        waiting = still;
        thread::sleep(Duration::from_millis(1));
    }
}

/// Says what a number costs to add up and what it costs to move.
pub fn why(measured: &[Measured]) -> String {
    let gigabytes = |rows: usize| (rows * COLUMNS * size_of::<f64>()) as f64 / 1e9;
    let alone = measured
        .iter()
        .find(|it| it.run.ranks * it.run.threads == 1);
    let most = measured.iter().max_by_key(|it| (it.run.ranks, it.run.rows));
    let Some((alone, most)) = alone.zip(most).filter(|(_, most)| most.run.ranks > 1) else {
        return "With one rank nothing is moved. Try more: cargo xtask run 07 -n 4".into();
    };
    let adding = gigabytes(alone.run.rows) / (alone.run.seconds - alone.moving);
    let moving = gigabytes(most.run.rows) / most.moving;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let pays = if moving < adding {
        "To bring a number to another rank takes longer than to add it up here: at this\n\
         size, and at any other, ranks gain nothing, as long as rank 0 has the matrix and\n\
         each number is used once."
    } else {
        "To bring a number to another rank takes less time than to add it up here; but it\n\
         comes on top."
    };
    format!(
        "One thread adds up {adding:.1} GB/s; {} ranks get their rows at {moving:.1} GB/s together.\n\
         {pays}\nAnd there are {cores} cores: more workers than that share them.",
        most.run.ranks
    )
}
