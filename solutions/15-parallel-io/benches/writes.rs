//! How many bytes per second go into a file by MPI, beside a plain write by the standard library, which is the limit,
//! and `dd`: `cargo bench -p parallel-io-solution`.
//!
//! One rank writes into the folder for temporary files. Where `sync` is not said, no call waits for the disk: so what is
//! measured is mostly the copy into the system's memory, and what MPI adds to it. Each row is compared with `dd` that
//! waits for the disk if the row does, and otherwise does not.

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
    process::Command,
    time::{Duration, Instant},
};

/// 64 KiB, 1 MiB, and 64 MiB.
const LENGTHS: [usize; 3] = [1 << 13, 1 << 17, 1 << 23];
/// Numbers in a row of a block, which has a neighbor of the same width in the file.
const ROW: usize = 512;

/// `dd` is started so often for a row.
const RUNS: usize = 20;
/// Ends the names of the rows that wait for the disk.
const SYNC: &str = ", sync";

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

fn until_on_disk(file: &File<'_>, numbers: &[f64]) -> io::Result<()> {
    file.write_at(0, numbers)?;
    file.sync()
}

/// Lets `dd` write one block into a file that is there already. Returns the time that it says it took: in that of the
/// process, its start would count most. An error if it does not run, or says something else.
fn dd(path: &Path, bytes: u64, sync: bool) -> io::Result<Duration> {
    let mut to = std::ffi::OsString::from("of=");
    to.push(path);
    let flags = if sync { "notrunc,fsync" } else { "notrunc" };
    let output = Command::new("dd")
        .args(["if=/dev/zero", "count=1"])
        .args([format!("bs={bytes}"), format!("conv={flags}")])
        .arg(to)
        .env("LC_ALL", "C")
        .output()?;
    // `65536 bytes (66 kB, 64 KiB) copied, 7.9603e-05 s, 823 MB/s`, or `… transferred in 0.000080 secs (…)`.
    let said = String::from_utf8_lossy(&output.stderr);
    let words: Vec<&str> = said.split_whitespace().collect();
    let place = words
        .iter()
        .rposition(|word| matches!(*word, "s," | "secs"));
    place
        .and_then(|place| words[place.checked_sub(1)?].parse().ok())
        .map(Duration::from_secs_f64)
        .ok_or_else(|| io::Error::other(format!("dd says {said:?}")))
}

/// A row of the table: a name, the bytes that are written at once, and the best time.
type Row = (String, u64, Duration);

/// The table: each row beside that of `dd` that writes as much and waits as long.
fn print(rows: &[Row]) {
    println!("\n{:32} MB per second   times dd", "the best of each");
    for (name, bytes, time) in rows {
        let rate = *bytes as f64 / 1e6 / time.as_secs_f64();
        let beside = rows.iter().find(|(other, of, _)| {
            other.starts_with("dd") && of == bytes && other.contains(SYNC) == name.contains(SYNC)
        });
        let times = beside.map_or(String::from("not measured"), |(_, _, dd)| {
            format!("{:.2}", dd.as_secs_f64() / time.as_secs_f64())
        });
        println!("{name:32} {rate:13.0} {times:>10}");
    }
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

    print(&best);
    Ok(())
}

fn measure(
    criterion: &mut Criterion,
    world: &SimpleCommunicator,
    path: &Path,
    length: usize,
    best: &mut Vec<Row>,
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
    run("plain write, sync", &mut || {
        file.rewind()?;
        file.write_all(&plain)?;
        file.sync_all()
    });
    drop(file);
    let ways: [(&str, Way); 5] = [
        ("write_at", alone),
        ("write_at, sync", until_on_disk),
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
    // Those above are measured in this run, unless a filter on the command line left them out.
    if best.iter().any(|(_, of, _)| *of == bytes) {
        for (name, sync) in [("dd", false), ("dd, sync", true)] {
            let times: io::Result<Vec<Duration>> =
                (0..RUNS).map(|_| dd(path, bytes, sync)).collect();
            match times {
                Ok(times) => {
                    let least = times.into_iter().min().unwrap_or(Duration::MAX);
                    best.push((format!("{name}, {size}"), bytes, least));
                }
                Err(error) => eprintln!("{name} is left out: {error}"),
            }
        }
    }
    Ok(())
}
