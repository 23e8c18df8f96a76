//! Mistakes in the tasks `fit`, `speed-up` and `laws`.

use crate::{
    subject::{self, Line, Row, Run, Scaling},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use std::collections::{BTreeMap, BTreeSet};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("fit": fit = all_rows_alike => WrongResult,
        "takes the squares of the errors, and not of the relative errors"),
    mistake!("fit": fit = weighs_once => WrongResult,
        "weights each row by 1 / seconds"),
    mistake!("fit": fit = first_and_last => WrongResult,
        "draws the line through the first row and the last one"),
    mistake!("fit": fit = slope_is_bandwidth => WrongResult,
        "returns the slope as the bandwidth"),
    mistake!("fit": fit = negative_latency => WrongResult,
        "returns a negative latency"),
    mistake!("fit": fit = cut_at_zero => WrongResult,
        "sets a negative latency to 0, but keeps the slope"),
    mistake!("fit": fit = negative_bandwidth => WrongResult,
        "returns a negative bandwidth"),
    mistake!("fit": fit = infinite_bandwidth => WrongResult,
        "returns an infinite bandwidth when times fall"),
    mistake!("fit": fit = single_row => WrongResult,
        "draws a line through a single size and the origin"),
    mistake!("fit": fit = counts_rows => WrongResult,
        "accepts two rows of the same size"),
    mistake!("fit": fit = drops_zeros_only => WrongResult,
        "leaves out only rows with 0 seconds"),
    mistake!("fit": fit = always_a_line => Panic,
        "unwraps the first usable row"),
    mistake!("fit": fit = without_the_slowest => WrongResult,
        "leaves out the row with the largest error"),
    mistake!("fit": fit = counts_all_sizes => WrongResult,
        "counts the sizes of rows without a usable time, too"),
    mistake!("fit": fit = not_below_nanoseconds => WrongResult,
        "takes times below a nanosecond for 0"),
    mistake!("fit": fit = different_rows => WrongResult,
        "counts equal rows only once"),
    mistake!("fit": fit = flat_is_fast => WrongResult,
        "returns an infinite bandwidth for a slope of 0"),
    mistake!("speed-up": speed_up = workers_in_two_bytes => WrongResult,
        "counts workers in 16 bits"),
    mistake!("speed-up": speed_up = first_round_left => WrongResult,
        "does not count the first of several usable rounds"),
    mistake!("speed-up": speed_up = not_below_epsilon => WrongResult,
        "takes very short times for 0"),
    mistake!("speed-up": speed_up = first_is_alone => WrongResult,
        "compares with the first run"),
    mistake!("speed-up": speed_up = means => WrongResult,
        "uses the mean of a run's usable rounds"),
    mistake!("speed-up": speed_up = medians => WrongResult,
        "uses the median of a run's usable rounds"),
    mistake!("speed-up": speed_up = zero_is_shortest => WrongResult,
        "counts a round of 0 s as the shortest one"),
    mistake!("speed-up": speed_up = first_of_one => WrongResult,
        "compares with the first run of one worker, although another one is faster"),
    mistake!("speed-up": speed_up = serial_of_one => WrongResult,
        "returns a serial fraction for one worker"),
    mistake!("speed-up": speed_up = never_negative => WrongResult,
        "cuts the serial fraction off at 0"),
    mistake!("speed-up": speed_up = efficiency_in_percent => WrongResult,
        "gives the efficiency in percent"),
    mistake!("speed-up": speed_up = somebody_is_alone => Panic,
        "unwraps the run of one worker"),
    mistake!("speed-up": speed_up = nobody_counts => WrongResult,
        "includes runs without workers in the table"),
    mistake!("speed-up": speed_up = by_workers => WrongResult,
        "sorts the table by workers"),
    mistake!("laws": amdahl = mean_of_karp_and_flatt => WrongResult,
        "takes the mean of the serial fractions of all lines"),
    mistake!("laws": amdahl = last_line => WrongResult,
        "solves the law for the last line"),
    mistake!("laws": amdahl = fits_the_speed_up => WrongResult,
        "searches for the fraction whose speed-ups are nearest"),
    mistake!("laws": amdahl = parallel_share => WrongResult,
        "returns the parallel fraction"),
    mistake!("laws": amdahl = not_cut => WrongResult,
        "returns a negative fraction when it is better than ideal"),
    mistake!("laws": amdahl = nan_of_nothing => WrongResult,
        "divides by 0 when there are no lines"),
    mistake!("laws": amdahl = all_lines => WrongResult,
        "fits lines without a usable speed-up, too"),
    mistake!("laws": amdahl = each_at_most_ideal => WrongResult,
        "takes a line that is better than ideal for an ideal one"),
    mistake!("laws": amdahl = last_of_each => WrongResult,
        "uses only the last of several lines with the same number of workers"),
    mistake!("laws": gustafson = is_amdahl => WrongResult,
        "fits Amdahl's law"),
    mistake!("laws": gustafson = mean_of_shares => WrongResult,
        "takes the mean of the fractions of all lines"),
    mistake!("laws": gustafson = gustafson_not_cut => WrongResult,
        "returns a fraction above 1"),
    mistake!("laws": gustafson = workers_in_a_byte => WrongResult,
        "counts workers in a byte"),
    mistake!("laws": gustafson = zero_of_nothing => WrongResult,
        "returns 0 when there are no lines"),
];

fn is_usable(seconds: f64) -> bool {
    seconds.is_finite() && seconds > 0.0
}

/// Latency and slope of the line through rows of these weights.
fn line(rows: &[Row], weight: impl Fn(&Row) -> f64) -> Option<(f64, f64)> {
    let mean = |of: &dyn Fn(&Row) -> f64| {
        let sum =
            |of: &dyn Fn(&Row) -> f64| rows.iter().map(|row| of(row) * weight(row)).sum::<f64>();
        sum(of) / sum(&|_| 1.0)
    };
    let (bytes, seconds) = (mean(&|row| row.bytes as f64), mean(&|row| row.seconds));
    let both = mean(&|row| (row.bytes as f64 - bytes) * (row.seconds - seconds));
    let spread = mean(&|row| (row.bytes as f64 - bytes).powi(2));
    let slope = both / spread;
    (spread > 0.0).then_some((seconds - slope * bytes, slope))
}

fn counts_all_sizes(rows: &[Row]) -> Option<Line> {
    let usable: Vec<Row> = rows
        .iter()
        .copied()
        .filter(|row| row.seconds.is_finite() && row.seconds > 0.0)
        .collect();
    let sizes: BTreeSet<usize> = rows.iter().map(|row| row.bytes).collect();
    if sizes.len() < 2 {
        return None;
    }
    let sum = |of: &dyn Fn(&Row) -> f64| {
        usable
            .iter()
            .map(|row| of(row) * (1.0 / (row.seconds * row.seconds)))
            .sum::<f64>()
    };
    let weights = sum(&|_| 1.0);
    let (mean_x, mean_y) = (
        sum(&|row| row.bytes as f64) / weights,
        sum(&|row| row.seconds) / weights,
    );
    let both = sum(&|row| (row.bytes as f64 - mean_x) * (row.seconds - mean_y));
    let spread = sum(&|row| (row.bytes as f64 - mean_x).powi(2));
    let slope = both / spread;
    if slope <= 0.0 {
        return None;
    }
    let latency = mean_y - slope * mean_x;
    if latency < 0.0 {
        let slope =
            sum(&|row| row.bytes as f64 * row.seconds) / sum(&|row| (row.bytes as f64).powi(2));
        return Some(Line {
            latency: 0.0,
            bandwidth: 1.0 / slope,
        });
    }
    Some(Line {
        latency,
        bandwidth: 1.0 / slope,
    })
}

fn not_below_nanoseconds(rows: &[Row]) -> Option<Line> {
    let mut rows = rows.to_vec();
    rows.retain(|row| row.seconds > 1e-9);
    subject::fit(&rows)
}

fn not_below_epsilon(runs: &[Run]) -> Vec<Scaling> {
    let mut runs = runs.to_vec();
    for run in &mut runs {
        run.rounds.retain(|round| *round > f64::EPSILON);
    }
    subject::speed_up(&runs)
}

fn usable(rows: &[Row]) -> Vec<Row> {
    let usable = rows.iter().filter(|row| is_usable(row.seconds));
    usable.copied().collect()
}

fn as_line((latency, slope): (f64, f64)) -> Option<Line> {
    (slope > 0.0).then_some(Line {
        latency: latency.max(0.0),
        bandwidth: 1.0 / slope,
    })
}

fn squared(row: &Row) -> f64 {
    row.seconds.powi(-2)
}

fn all_rows_alike(rows: &[Row]) -> Option<Line> {
    line(&usable(rows), |_| 1.0).and_then(as_line)
}

fn weighs_once(rows: &[Row]) -> Option<Line> {
    line(&usable(rows), |row| 1.0 / row.seconds).and_then(as_line)
}

fn first_and_last(rows: &[Row]) -> Option<Line> {
    let rows = usable(rows);
    let ends = [*rows.first()?, *rows.last()?];
    line(&ends, |_| 1.0).and_then(as_line)
}

fn slope_is_bandwidth(rows: &[Row]) -> Option<Line> {
    subject::fit(rows).map(|line| Line {
        bandwidth: 1.0 / line.bandwidth,
        ..line
    })
}

fn negative_latency(rows: &[Row]) -> Option<Line> {
    let (latency, slope) = line(&usable(rows), squared)?;
    (slope > 0.0).then_some(Line {
        latency,
        bandwidth: 1.0 / slope,
    })
}

fn cut_at_zero(rows: &[Row]) -> Option<Line> {
    line(&usable(rows), squared).and_then(as_line)
}

fn negative_bandwidth(rows: &[Row]) -> Option<Line> {
    subject::fit(rows).or_else(|| {
        let (latency, slope) = line(&usable(rows), squared)?;
        Some(Line {
            latency,
            bandwidth: 1.0 / slope,
        })
    })
}

fn infinite_bandwidth(rows: &[Row]) -> Option<Line> {
    subject::fit(rows).or_else(|| {
        let (latency, _) = line(&usable(rows), squared)?;
        Some(Line {
            latency,
            bandwidth: f64::INFINITY,
        })
    })
}

fn flat_is_fast(rows: &[Row]) -> Option<Line> {
    subject::fit(rows).or_else(|| {
        let (latency, slope) = line(&usable(rows), squared)?;
        (slope == 0.0).then_some(Line {
            latency,
            bandwidth: f64::INFINITY,
        })
    })
}

fn different_rows(rows: &[Row]) -> Option<Line> {
    let mut different: Vec<Row> = Vec::new();
    for row in rows {
        if !different.contains(row) {
            different.push(*row);
        }
    }
    subject::fit(&different)
}

fn single_row(rows: &[Row]) -> Option<Line> {
    subject::fit(rows).or_else(|| {
        let rows = usable(rows);
        let first = *rows.first()?;
        let is_single = rows.iter().all(|row| row.bytes == first.bytes);
        is_single.then_some(Line {
            latency: 0.0,
            bandwidth: first.bytes as f64 / first.seconds,
        })
    })
}

fn counts_rows(rows: &[Row]) -> Option<Line> {
    let usable = usable(rows);
    subject::fit(rows).or((usable.len() > 1).then_some(Line {
        latency: f64::NAN,
        bandwidth: f64::NAN,
    }))
}

fn drops_zeros_only(rows: &[Row]) -> Option<Line> {
    let rows: Vec<Row> = rows
        .iter()
        .copied()
        .filter(|row| row.seconds != 0.0)
        .collect();
    line(&rows, squared).and_then(as_line)
}

fn always_a_line(rows: &[Row]) -> Option<Line> {
    let first = *usable(rows).first().unwrap();
    subject::fit(rows).filter(|line| line.latency <= first.seconds.max(line.latency))
}

fn without_the_slowest(rows: &[Row]) -> Option<Line> {
    let line = subject::fit(rows)?;
    let error = |row: &Row| {
        let seconds = line.latency + row.bytes as f64 / line.bandwidth;
        (seconds / row.seconds - 1.0).abs()
    };
    let mut rows = usable(rows);
    rows.sort_by(|one, other| error(one).total_cmp(&error(other)));
    let kept = rows.len() - 1;
    subject::fit(&rows[..kept]).or(Some(line))
}

/// A table of runs whose times are these, compared with that of one.
fn table(runs: &[Run], time: impl Fn(&Run) -> Option<f64>, alone: Option<f64>) -> Vec<Scaling> {
    let line = |run: &Run| {
        let (workers, speed_up) = (run.workers as f64, alone? / time(run)?);
        let serial = (1.0 / speed_up - 1.0 / workers) / (1.0 - 1.0 / workers);
        Some(Scaling {
            workers: run.workers,
            speed_up,
            efficiency: speed_up / workers,
            serial: (run.workers > 1).then_some(serial),
        })
    };
    runs.iter().filter_map(line).collect()
}

fn rounds(run: &Run) -> Vec<f64> {
    let usable = run.rounds.iter().copied().filter(|round| is_usable(*round));
    usable.collect()
}

fn best(run: &Run) -> Option<f64> {
    let rounds = rounds(run).into_iter();
    rounds.reduce(f64::min).filter(|_| run.workers > 0)
}

fn first_is_alone(runs: &[Run]) -> Vec<Scaling> {
    table(runs, best, runs.iter().find_map(best))
}

fn by(runs: &[Run], time: impl Fn(&Run) -> Option<f64>) -> Vec<Scaling> {
    let alone = runs.iter().filter(|run| run.workers == 1);
    let alone = alone.filter_map(&time).reduce(f64::min);
    table(runs, time, alone)
}

fn means(runs: &[Run]) -> Vec<Scaling> {
    by(runs, |run| {
        let rounds = rounds(run);
        let mean = rounds.iter().sum::<f64>() / rounds.len() as f64;
        (run.workers > 0 && !rounds.is_empty()).then_some(mean)
    })
}

fn medians(runs: &[Run]) -> Vec<Scaling> {
    by(runs, |run| {
        let mut rounds = rounds(run);
        rounds.sort_by(f64::total_cmp);
        let median = rounds.get(rounds.len() / 2).copied();
        median.filter(|_| run.workers > 0)
    })
}

fn zero_is_shortest(runs: &[Run]) -> Vec<Scaling> {
    by(runs, |run| {
        let rounds = run.rounds.iter().copied().filter(|round| *round >= 0.0);
        rounds.reduce(f64::min).filter(|_| run.workers > 0)
    })
}

fn first_of_one(runs: &[Run]) -> Vec<Scaling> {
    let alone = runs.iter().filter(|run| run.workers == 1);
    table(runs, best, alone.clone().find_map(best))
}

/// The right table, changed line by line.
fn change(runs: &[Run], change: impl Fn(&mut Scaling)) -> Vec<Scaling> {
    let mut table = subject::speed_up(runs);
    table.iter_mut().for_each(change);
    table
}

fn serial_of_one(runs: &[Run]) -> Vec<Scaling> {
    change(runs, |line| line.serial = line.serial.or(Some(1.0)))
}

fn never_negative(runs: &[Run]) -> Vec<Scaling> {
    change(runs, |line| {
        line.serial = line.serial.map(|serial| serial.max(0.0))
    })
}

fn efficiency_in_percent(runs: &[Run]) -> Vec<Scaling> {
    change(runs, |line| line.efficiency *= 100.0)
}

fn somebody_is_alone(runs: &[Run]) -> Vec<Scaling> {
    let alone = runs.iter().filter(|run| run.workers == 1);
    table(
        runs,
        best,
        Some(alone.filter_map(best).reduce(f64::min).unwrap()),
    )
}

fn workers_in_two_bytes(runs: &[Run]) -> Vec<Scaling> {
    let mut runs = runs.to_vec();
    for run in &mut runs {
        run.workers = usize::from(run.workers as u16);
    }
    subject::speed_up(&runs)
}

fn first_round_left(runs: &[Run]) -> Vec<Scaling> {
    by(runs, |run| {
        let rounds = rounds(run);
        let counted = rounds.len().min(2).saturating_sub(1);
        let best = rounds[counted..].iter().copied().reduce(f64::min);
        best.filter(|_| run.workers > 0)
    })
}

fn nobody_counts(runs: &[Run]) -> Vec<Scaling> {
    by(runs, |run| rounds(run).into_iter().reduce(f64::min))
}

fn by_workers(runs: &[Run]) -> Vec<Scaling> {
    let mut table = subject::speed_up(runs);
    table.sort_by_key(|line| line.workers);
    table
}

/// What both laws look at.
fn lines(table: &[Scaling]) -> Vec<(f64, f64)> {
    let usable = table
        .iter()
        .filter(|line| line.workers > 1 && is_usable(line.speed_up));
    usable
        .map(|line| (line.workers as f64, line.speed_up))
        .collect()
}

fn amdahl_of((workers, speed_up): (f64, f64)) -> f64 {
    (1.0 / speed_up - 1.0 / workers) / (1.0 - 1.0 / workers)
}

fn mean(shares: Vec<f64>) -> Option<f64> {
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    (!shares.is_empty()).then(|| mean.clamp(0.0, 1.0))
}

fn mean_of_karp_and_flatt(table: &[Scaling]) -> Option<f64> {
    mean(lines(table).into_iter().map(amdahl_of).collect())
}

fn last_line(table: &[Scaling]) -> Option<f64> {
    let share = lines(table).last().copied().map(amdahl_of);
    share.map(|share| share.clamp(0.0, 1.0))
}

fn fits_the_speed_up(table: &[Scaling]) -> Option<f64> {
    let lines = lines(table);
    let error = |share: f64| -> f64 {
        let of_line = |(workers, speed_up): &(f64, f64)| {
            (1.0 / (share + (1.0 - share) / workers) - speed_up).powi(2)
        };
        lines.iter().map(of_line).sum()
    };
    let shares = (0..=10_000).map(|share| f64::from(share) / 10_000.0);
    let best = shares.min_by(|one, other| error(*one).total_cmp(&error(*other)));
    best.filter(|_| !lines.is_empty())
}

fn parallel_share(table: &[Scaling]) -> Option<f64> {
    subject::amdahl(table).map(|share| 1.0 - share)
}

fn sums(table: &[Scaling], line: impl Fn((f64, f64)) -> (f64, f64)) -> f64 {
    let (mut squares, mut products) = (0.0, 0.0);
    for (x, y) in lines(table).into_iter().map(line) {
        squares += x * x;
        products += x * y;
    }
    products / squares
}

fn not_cut(table: &[Scaling]) -> Option<f64> {
    subject::amdahl(table)?;
    Some(sums(table, |(workers, speed_up)| {
        (1.0 - 1.0 / workers, 1.0 / speed_up - 1.0 / workers)
    }))
}

fn each_at_most_ideal(table: &[Scaling]) -> Option<f64> {
    let mut table = table.to_vec();
    for line in &mut table {
        line.speed_up = line.speed_up.min(line.workers as f64);
    }
    subject::amdahl(&table)
}

fn last_of_each(table: &[Scaling]) -> Option<f64> {
    let lines = table.iter().map(|line| (line.workers, *line));
    let last: BTreeMap<usize, Scaling> = lines.collect();
    subject::amdahl(&last.into_values().collect::<Vec<_>>())
}

fn nan_of_nothing(table: &[Scaling]) -> Option<f64> {
    subject::amdahl(table).or(Some(f64::NAN))
}

fn all_lines(table: &[Scaling]) -> Option<f64> {
    let (mut squares, mut products) = (0.0, 0.0);
    for line in table.iter().filter(|line| line.workers > 1) {
        let (workers, speed_up) = (line.workers as f64, line.speed_up);
        squares += (1.0 - 1.0 / workers).powi(2);
        products += (1.0 - 1.0 / workers) * (1.0 / speed_up - 1.0 / workers);
    }
    (squares > 0.0).then(|| (products / squares).clamp(0.0, 1.0))
}

fn is_amdahl(table: &[Scaling]) -> Option<f64> {
    subject::amdahl(table)
}

fn mean_of_shares(table: &[Scaling]) -> Option<f64> {
    let lines = lines(table).into_iter();
    mean(
        lines
            .map(|(workers, speed_up)| (workers - speed_up) / (workers - 1.0))
            .collect(),
    )
}

fn gustafson_not_cut(table: &[Scaling]) -> Option<f64> {
    subject::gustafson(table)?;
    Some(sums(table, |(workers, speed_up)| {
        (workers - 1.0, workers - speed_up)
    }))
}

fn workers_in_a_byte(table: &[Scaling]) -> Option<f64> {
    let cut = |line: &Scaling| Scaling {
        workers: usize::from(line.workers as u8),
        ..*line
    };
    subject::gustafson(&table.iter().map(cut).collect::<Vec<_>>())
}

fn zero_of_nothing(table: &[Scaling]) -> Option<f64> {
    subject::gustafson(table).or(Some(0.0))
}
