//! How many bytes per second an update moves, beside a copy that only moves bytes: `cargo bench -p heat-solution`.
//!
//! A step has to read one grid and to write the other. More it need not move, if each row that is read stays in
//! the cache until the row after next has been computed. (A processor that reads a line before it writes it moves
//! half as much again; the copy may do without.)

use criterion::{BenchmarkId, Criterion, Throughput};
use heat_solution::{Grid, serial, update};
use rayon::prelude::*;
use std::{
    hint::black_box,
    mem::swap,
    time::{Duration, Instant},
};

/// Cells in each direction, frame included: two grids of 128 MiB, larger than any cache.
const SIDE: usize = 4096;
const BYTES: u64 = 2 * 8 * (SIDE * SIDE) as u64;
const RATE: f64 = 0.2;

/// Rows for a thread at a time.
const ROWS: usize = 64;

/// Two grids.
struct Plates {
    old: Grid,
    new: Grid,
}

/// Does one step.
type Way = fn(&mut Plates);

fn copied(plates: &mut Plates) {
    plates.new.cells.copy_from_slice(&plates.old.cells);
}

fn copied_by_all(plates: &mut Plates) {
    let new = plates.new.cells.par_chunks_mut(ROWS * SIDE);
    new.zip(plates.old.cells.par_chunks(ROWS * SIDE))
        .for_each(|(new, old)| new.copy_from_slice(old));
}

fn by_one(plates: &mut Plates) {
    let Plates { old, new } = plates;
    for row in 1..SIDE - 1 {
        let rows = [row - 1, row, row + 1].map(|row| old.row(row));
        update(RATE, rows[0], rows[1], rows[2], new.row_mut(row));
    }
    swap(old, new);
}

fn by_all(plates: &mut Plates) {
    let Plates { old, new } = plates;
    let inside = &mut new.cells[SIDE..SIDE * (SIDE - 1)];
    inside
        .par_chunks_mut(SIDE)
        .enumerate()
        .with_min_len(ROWS)
        .for_each(|(row, new)| {
            let rows = [row, row + 1, row + 2].map(|row| old.row(row));
            update(RATE, rows[0], rows[1], rows[2], new);
        });
    swap(old, new);
}

fn main() {
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(2))
        .sample_size(10)
        .configure_from_args();
    let cells: Vec<f64> = (0..SIDE * SIDE).map(|cell| (cell % 97) as f64).collect();
    let grid = Grid { width: SIDE, cells };
    let mut plates = Plates {
        old: grid.clone(),
        new: grid,
    };
    same_by_all(&mut plates);
    let threads = rayon::current_num_threads();
    let (copy_by_all, step_by_all) = (
        format!("copy, {threads} threads"),
        format!("update, {threads} threads"),
    );
    let mut rows: Vec<(&str, Way, Duration)> = vec![
        ("copy", copied, Duration::MAX),
        ("update", by_one, Duration::MAX),
        (&copy_by_all, copied_by_all, Duration::MAX),
        (&step_by_all, by_all, Duration::MAX),
    ];
    let mut group = criterion.benchmark_group("bytes");
    group.throughput(Throughput::Bytes(BYTES));
    for (name, way, best) in &mut rows {
        group.bench_function(BenchmarkId::from_parameter(*name), |bencher| {
            bencher.iter_custom(|calls| {
                let call = |_| {
                    let start = Instant::now();
                    way(black_box(&mut plates));
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

    println!("\n{:24} GB per second", "the best of each");
    // A filter on the command line may have left some out.
    for (name, _, best) in rows.iter().filter(|(_, _, best)| *best < Duration::MAX) {
        println!("{name:24} {:13.1}", BYTES as f64 / 1e9 / best.as_secs_f64());
    }
}

/// Threads compute the same as the reference: what is measured is a step.
fn same_by_all(plates: &mut Plates) {
    let mut expected = plates.old.clone();
    serial(&mut expected, 1, &|above, row, below, new| {
        update(RATE, above, row, below, new);
    });
    by_all(plates);
    assert_eq!(plates.old, expected);
}
