//! How many bytes per second go into a file by MPI, beside a plain write by the standard library, which is the limit:
//! `cargo bench -p parallel-io-solution`.
//!
//! One rank writes into the folder for temporary files, and no call waits for the disk: so what is measured is mostly
//! the copy into the system's memory, and what MPI adds to it.

use criterion::{BenchmarkId, Criterion, Throughput};
use mpi::{Count, topology::SimpleCommunicator, traits::*};
use mpi_extra::{
    datatype::subarray,
    file::{Access, File},
    traits::*,
};
use std::{
    env,
    fs::{self, OpenOptions},
    io::{self, Seek, Write},
    path::Path,
    time::{Duration, Instant},
};

/// 64 KiB, 1 MiB, and 64 MiB.
const LENGTHS: [usize; 3] = [1 << 13, 1 << 17, 1 << 23];
/// Numbers in a row of a block, which has a neighbor of the same width in the file.
const ROW: usize = 512;

/// Writes so many numbers into a file that is open.
type Way = fn(&File<'_>, &[f64]) -> io::Result<()>;

fn alone(file: &File<'_>, numbers: &[f64]) -> io::Result<()> {
    file.write_at(0, numbers)
}

fn together(file: &File<'_>, numbers: &[f64]) -> io::Result<()> {
    file.write_at_all(0, numbers)
}

/// Every other row of the file.
fn row_by_row(file: &File<'_>, numbers: &[f64]) -> io::Result<()> {
    (0..)
        .step_by(16 * ROW)
        .zip(numbers.chunks(ROW))
        .try_for_each(|(place, row)| file.write_at(place, row))
}

fn through_a_view(file: &File<'_>, numbers: &[f64]) -> io::Result<()> {
    let shape = [(numbers.len() / ROW) as Count, 2 * ROW as Count];
    let block = [shape[0], ROW as Count];
    let block = subarray(&shape, &block, &[0, 0], &f64::equivalent_datatype());
    file.set_view::<f64>(0, &block)?;
    file.write_at_all(0, numbers)
}

fn main() -> io::Result<()> {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let path = env::temp_dir().join(format!("parallel-io-bench-{}", std::process::id()));
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(2))
        .sample_size(10)
        .configure_from_args();
    let mut best = Vec::new();
    let measured = LENGTHS
        .into_iter()
        .try_for_each(|length| measure(&mut criterion, &world, &path, length, &mut best));
    fs::remove_file(&path)?;
    measured?;
    criterion.final_summary();

    println!("\n{:32} MB per second", "the best of each");
    for (name, bytes, time) in best {
        println!("{name:32} {:13.0}", bytes as f64 / 1e6 / time.as_secs_f64());
    }
    Ok(())
}

fn measure(
    criterion: &mut Criterion,
    world: &SimpleCommunicator,
    path: &Path,
    length: usize,
    best: &mut Vec<(String, u64, Duration)>,
) -> io::Result<()> {
    let bytes = 8 * length as u64;
    let numbers: Vec<f64> = (0..length).map(|at| at as f64).collect();
    let plain: Vec<u8> = numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    let mut group = criterion.benchmark_group("bytes");
    group.throughput(Throughput::Bytes(bytes));
    let size = match bytes {
        small if small < 1 << 20 => format!("{} KiB", small >> 10),
        large => format!("{} MiB", large >> 20),
    };
    let mut run = |name: &str, write: &mut dyn FnMut() -> io::Result<()>| {
        let name = format!("{name}, {size}");
        let mut least = Duration::MAX;
        group.bench_function(BenchmarkId::from_parameter(&name), |criterion| {
            criterion.iter_custom(|calls| {
                let start = Instant::now();
                (0..calls).for_each(|_| write().expect("the disk has room"));
                let time = start.elapsed();
                least = least.min(time / calls as u32);
                time
            });
        });
        // A filter on the command line may have left it out.
        if least < Duration::MAX {
            best.push((name, bytes, least));
        }
    };
    // The file is there already, and as long as it will be: nothing is measured but writing.
    fs::write(path, vec![0; 2 * plain.len()])?;
    let mut file = OpenOptions::new().write(true).open(path)?;
    run("plain write", &mut || {
        file.rewind()?;
        file.write_all(&plain)
    });
    drop(file);
    let ways: [(&str, Way); 4] = [
        ("write_at", alone),
        ("write_at_all", together),
        ("row by row", row_by_row),
        ("view", through_a_view),
    ];
    for (name, way) in ways {
        world.with_file(path, Access::ReadWrite, |file| {
            run(name, &mut || way(file, &numbers));
            Ok(())
        })?;
    }
    Ok(())
}
