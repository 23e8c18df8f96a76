//! Sweeps over ranks and threads, for weak and strong scaling, with logs that survive a crash, and tables of the logs.

use crate::{
    conclusions, curves,
    kernels::{Heat, Kernel, Mean, share},
    wait_quietly, wrapped,
};
use demo::tell;
use measuring::{
    Machine, Point, Run, Scaling, amdahl, gustafson, merge, speed_up, stopwatch, sweep,
};
use mpi::{
    environment,
    topology::{Color, SimpleCommunicator},
    traits::*,
};
use std::{
    cell::{Cell, RefCell},
    fs, io,
    path::{Path, PathBuf},
    thread,
};

/// The number of rounds: each time is that of the best one.
const ROUNDS: usize = 4;
/// The number of passes in which each point is measured, to see how much results differ.
const PASSES: usize = 3;
/// The problem of one worker.
const ROWS: u64 = 512;

/// Measures both kernels. All ranks must call it.
///
/// # Errors
/// On every rank, if rank 0 cannot use its log.
pub fn sweeps(world: &SimpleCommunicator, machine: Machine, folder: &Path) -> io::Result<()> {
    let cores = thread::available_parallelism().map_or(1, usize::from) * machine.nodes;
    let points = points(world.size() as usize, cores);
    for (name, like) in [("mean", "the mean of 07"), ("heat", "the plate of 08")] {
        tell(
            world,
            &format!(
                "\nsweep: work like {like}, {} points, the best of {ROUNDS} rounds, {PASSES} passes",
                points.len()
            ),
        );
        let log = folder.join(format!("{name}-{}.csv", file_name()));
        measure_all(world, name, &points, (world.rank() == 0).then_some(&*log))?;
        if world.rank() == 0 {
            tell_of(name, folder, cores)?;
        }
        wait_quietly(world);
    }
    Ok(())
}

/// The name of this machine, without characters that a log does not allow.
fn file_name() -> String {
    let name = environment::processor_name().unwrap_or_default();
    let kept = |letter: char| {
        if letter.is_alphanumeric() || letter == '-' {
            letter
        } else {
            '_'
        }
    };
    name.chars().map(kept).collect()
}

/// All combinations: with the same rows in all, and with the same rows per worker.
fn points(ranks: usize, cores: usize) -> Vec<Point> {
    let mut counts: Vec<usize> = (0..)
        .map(|power| 1 << power)
        .take_while(|count| *count < ranks)
        .collect();
    counts.push(ranks);
    let mut points = Vec::new();
    for threads in [1, 2, 4] {
        for &ranks in &counts {
            // As many ranks as the user asks for, but no more threads than there are cores.
            if threads > 1 && ranks * threads > cores {
                continue;
            }
            let mut sizes = vec![ROWS, ROWS * (ranks * threads) as u64];
            sizes.dedup();
            points.extend(sizes.into_iter().map(|size| Point {
                size,
                ranks,
                threads,
            }));
        }
    }
    points
}

/// Sweeps over all points in several passes. In the log, each pass is a machine of its own.
fn measure_all(
    world: &SimpleCommunicator,
    kernel: &str,
    points: &[Point],
    log: Option<&Path>,
) -> io::Result<()> {
    let count = Cell::new(0);
    let measure = |point: Point| {
        count.set(count.get() + 1);
        measured(world, kernel, point)
    };
    for pass in 1..=PASSES {
        let machine = format!("{} pass {pass}", file_name());
        sweep(world, log, &machine, points, &measure)?;
    }
    let known = PASSES * points.len() - count.get();
    tell(
        world,
        &format!("{} measured now, {known} were in the log", count.get()),
    );
    Ok(())
}

/// Measures one point. All ranks call it; those that do not take part wait.
fn measured(world: &SimpleCommunicator, kernel: &str, point: Point) -> f64 {
    let takes_part = (world.rank() as usize) < point.ranks;
    let part = world.split_by_color(Color::with_value(i32::from(!takes_part)));
    let seconds = part.filter(|_| takes_part).and_then(|part| {
        let rows = share(point.size, &part);
        let kernel: Box<dyn Kernel> = match kernel {
            "mean" => Box::new(Mean::new(rows)),
            _ => Box::new(Heat::new(rows)),
        };
        let kernel = RefCell::new(kernel);
        stopwatch(&part, ROUNDS, &mpi::time, &|| {
            kernel.borrow_mut().run(&part, point.threads)
        })
    });
    wait_quietly(world);
    seconds.unwrap_or(f64::NAN)
}

/// Merges the logs of a kernel, and prints tables and conclusions.
fn tell_of(kernel: &str, folder: &Path, cores: usize) -> io::Result<()> {
    let mut paths: Vec<_> = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    let prefix = format!("{kernel}-");
    let is_log = |path: &&PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&prefix) && name.ends_with(".csv")
    };
    let logs: Vec<String> = paths
        .iter()
        .filter(is_log)
        .map(fs::read_to_string)
        .collect::<Result<_, _>>()?;
    let texts: Vec<&str> = logs.iter().map(String::as_str).collect();
    let merged = merge(&texts);
    println!(
        "logs in {}: {}; lines in all of them: {}",
        folder.display(),
        logs.len(),
        merged.lines().count().saturating_sub(1)
    );
    // The tables have only lines of this machine.
    let own = format!("{} pass ", file_name());
    let lines = merged.lines().filter(|line| line.starts_with(&own));
    let lines: Vec<(Point, f64)> = lines.filter_map(entry).collect();
    let strong = Series::of(&lines, false);
    let weak = Series::of(&lines, true);
    for (name, series) in [("strong", &strong), ("weak", &weak)] {
        println!("\n{name} scaling\n{}", series.text().trim_end());
    }
    let shares = [
        amdahl(&strong.within(cores)),
        gustafson(&weak.within(cores)),
    ];
    println!("\n{}", curves::scaling_in_terminal(&strong, &weak, shares));
    for sentence in conclusions::scaling(&strong, &weak, shares, cores) {
        println!("{}", wrapped(&sentence));
    }
    let path = folder.join(format!("{kernel}-scaling.svg"));
    match curves::write_scaling(&path, &strong, &weak, shares) {
        Ok(()) => println!("\nThe same as SVG:\n  {}", path.display()),
        Err(error) => println!("\nCould not write {}: {error}", path.display()),
    }
    Ok(())
}

/// The point and the seconds of a line.
fn entry(line: &str) -> Option<(Point, f64)> {
    let fields: Vec<&str> = line.split(',').collect();
    let [_, size, ranks, threads, seconds] = fields[..] else {
        return None;
    };
    let point = Point {
        size: size.parse().ok()?,
        ranks: ranks.parse().ok()?,
        threads: threads.parse().ok()?,
    };
    Some((point, seconds.parse().ok()?))
}

/// Runs that make up one table, each measured in several passes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The ranks and threads of each line, and the times of its passes.
    pub runs: Vec<(Point, Run)>,
    /// The lines, in the same order.
    pub table: Vec<Scaling>,
}

impl Series {
    /// The table of weak scaling, or of strong scaling, from the lines of a log. In weak scaling the speed-up is that of
    /// work per second.
    pub fn of(lines: &[(Point, f64)], is_weak: bool) -> Self {
        let mut runs: Vec<(Point, Run)> = Vec::new();
        for (point, seconds) in lines {
            let workers = point.ranks * point.threads;
            let rows = if is_weak { ROWS * workers as u64 } else { ROWS };
            if point.size != rows || !seconds.is_finite() || *seconds <= 0.0 {
                continue;
            }
            match runs.iter_mut().find(|(known, _)| known == point) {
                Some((_, run)) => run.rounds.push(*seconds),
                None => runs.push((
                    *point,
                    Run {
                        workers,
                        rounds: vec![*seconds],
                    },
                )),
            }
        }
        let only: Vec<Run> = runs.iter().map(|(_, run)| run.clone()).collect();
        let mut table = speed_up(&only);
        if is_weak {
            for line in &mut table {
                line.speed_up *= line.workers as f64;
                line.efficiency *= line.workers as f64;
                line.serial = None;
            }
        }
        Self { runs, table }
    }

    /// The lines with no more workers than cores.
    fn within(&self, cores: usize) -> Vec<Scaling> {
        let lines = self.table.iter().copied();
        lines.filter(|line| line.workers <= cores).collect()
    }

    fn text(&self) -> String {
        let mut text =
            String::from("ranks threads  best ms  spread speed-up efficiency serial fraction\n");
        for ((point, run), line) in self.runs.iter().zip(&self.table) {
            let best = run.rounds.iter().copied().fold(f64::INFINITY, f64::min);
            let serial = line
                .serial
                .map_or(String::new(), |serial| format!("{serial:15.3}"));
            text += format!(
                "{:5} {:7} {:8.2} {:5.0} % {:8.2} {:10.2} {serial}",
                point.ranks,
                point.threads,
                1e3 * best,
                100.0 * conclusions::spread(run),
                line.speed_up,
                line.efficiency,
            )
            .trim_end();
            text += "\n";
        }
        text
    }
}
