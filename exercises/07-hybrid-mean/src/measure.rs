//! Measures the mean with different numbers of ranks and threads, several times each. The times are shown,
//! but never graded.

use hybrid_mean::{Run, Sum, merge, scatter, sum_row, threads};
use mpi::{
    collective::SystemOperation,
    topology::{Color, SimpleCommunicator},
    traits::*,
};
use ndarray::Array2;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{hint::black_box, thread, time::Duration};

/// The problem size of one worker: 40 MB.
const ROWS: usize = 10_000;
const COLUMNS: usize = 500;
/// The bytes of a row.
pub const ROW: usize = COLUMNS * size_of::<f64>();
/// Each run is repeated, because other programs on the machine disturb some of them.
pub const TRIES: usize = 9;

/// The times of the tries of one run, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The shortest time.
    pub best: f64,
    /// The median: half of the tries took less.
    pub median: f64,
    /// The longest time.
    pub worst: f64,
}

impl Spread {
    /// The spread of some tries; `None` without any.
    fn of(mut tries: Vec<f64>) -> Option<Self> {
        tries.sort_by(f64::total_cmp);
        Some(Self {
            best: *tries.first()?,
            median: tries[tries.len() / 2],
            worst: *tries.last()?,
        })
    }
}

/// A run that was made several times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The run; its seconds are the median.
    pub run: Run,
    /// The seconds of all tries.
    pub seconds: Spread,
    /// The median of the seconds that moving the rows to all ranks took.
    pub moving: f64,
}

impl Measured {
    /// The workers: all threads of all ranks together.
    pub fn workers(&self) -> usize {
        self.run.ranks * self.run.threads
    }
}

/// The number of cores of this machine.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Measures all combinations, with the same rows in all and with the same rows per worker. The result is
/// on rank 0; on the other ranks it is empty. All ranks must call it.
pub fn all(world: &SimpleCommunicator) -> Vec<Measured> {
    let size = world.size() as usize;
    let mut counts: Vec<usize> = (0..)
        .map(|power| 1 << power)
        .take_while(|ranks| *ranks < size)
        .collect();
    counts.push(size);
    let mut measured = Vec::new();
    for threads in [1, 2, 4] {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("the system can start a few threads");
        // As many ranks as the user asks for, but no more threads than there are cores.
        let fits = |ranks: &usize| threads == 1 || ranks * threads <= cores();
        for ranks in counts.iter().copied().filter(fits) {
            let takes_part = (world.rank() as usize) < ranks;
            let color = Color::with_value(i32::from(!takes_part));
            let part = world.split_by_color(color).filter(|_| takes_part);
            let mut sizes = vec![ROWS, ROWS * ranks * threads];
            sizes.dedup();
            for rows in sizes {
                measured.extend(part.as_ref().and_then(|part| several(part, rows, &pool)));
                wait_quietly(world);
            }
        }
    }
    measured
}

/// Makes the tries of one run; rank 0 returns them.
fn several(part: &SimpleCommunicator, rows: usize, pool: &ThreadPool) -> Option<Measured> {
    let matrix = (part.rank() == 0).then(|| {
        Array2::from_shape_fn((rows, COLUMNS), |(row, column)| (row ^ column) as f64 / 7.0)
    });
    let (seconds, moving) = (0..TRIES)
        .map(|_| once(part, matrix.as_ref(), pool))
        .unzip();
    let (seconds, moving) = (Spread::of(seconds)?, Spread::of(moving)?);
    let run = Run {
        ranks: part.size() as usize,
        threads: pool.current_num_threads(),
        rows,
        seconds: seconds.median,
    };
    matrix.is_some().then_some(Measured {
        run,
        seconds,
        moving: moving.median,
    })
}

/// The steps of `mean`, timed: returns the seconds of all steps, and the seconds until the last rank had its
/// rows. A single rank already has them, and moves none.
fn once(part: &SimpleCommunicator, matrix: Option<&Array2<f64>>, pool: &ThreadPool) -> (f64, f64) {
    part.barrier();
    let start = mpi::time();
    let scattered = (part.size() > 1).then(|| scatter(part, matrix.map(|matrix| matrix.view())));
    let moved = scattered.as_ref().map_or(start, |_| mpi::time());
    let mine = scattered.as_ref().or(matrix);
    // Threads of the pool compute; only the main thread calls MPI.
    let add = |mine: &Array2<f64>| pool.install(|| threads(mine.view(), &sum_row));
    let sum = mine.map_or(Sum::default(), add);
    let mut sums = vec![Sum::default(); part.size() as usize];
    part.all_gather_into(&sum, &mut sums[..]);
    black_box(sums.into_iter().fold(Sum::default(), merge).value());
    let seconds = mpi::time() - start;
    let mut moving = 0.0_f64;
    part.all_reduce_into(&(moved - start), &mut moving, SystemOperation::max());
    (seconds, moving.min(seconds))
}

/// A barrier in which ranks sleep: a rank that waits in MPI would keep a core busy that others need.
fn wait_quietly(world: &SimpleCommunicator) {
    let mut waiting = world.immediate_barrier();
    while let Err(still) = waiting.test() {
        waiting = still;
        thread::sleep(Duration::from_millis(1));
    }
}
