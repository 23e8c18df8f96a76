//! The checks of the tasks that compute with recorded times: `fit`, `speed-up` and `laws`.

use super::{Answers, near, near_if_any, ticks};
use crate::subject::{Row, Run, Scaling};
use harness_mpi::Check;

/// Numbers that are not usable as times.
const NOT_TIMES: [f64; 5] = [0.0, -1e-3, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

fn is_usable(seconds: f64) -> bool {
    seconds.is_finite() && seconds > 0.0
}

pub fn fit(check: &mut Check, answers: &Answers) {
    let (latency, bandwidth) = (1e-6 * check.draw(0.3..30.0), 1e9 * check.draw(0.1..20.0));
    let at = |bytes: usize| Row {
        bytes,
        seconds: latency + bytes as f64 / bandwidth,
    };
    let sizes: Vec<usize> = (0..23).map(|power| 1 << power).collect();
    let exact: Vec<Row> = [0].iter().chain(&sizes).map(|bytes| at(*bytes)).collect();
    let noisy = |check: &mut Check, rows: &[Row]| -> Vec<Row> {
        let mut rows = rows.to_vec();
        for row in &mut rows {
            row.seconds *= check.draw(0.8..1.25);
        }
        check.shuffle(&mut rows);
        rows
    };
    let drawn = noisy(check, &exact);
    let mut disturbed = noisy(check, &exact);
    let slow = check.draw(0..disturbed.len());
    disturbed[slow].seconds *= 50.0;
    let mut twice = noisy(check, &exact);
    twice.extend(noisy(check, &exact));
    // Some rows are the same, side by side and apart: each of them counts.
    twice.insert(1, twice[0]);
    twice.extend_from_within(2..5);
    let mut unusable = noisy(check, &exact);
    for seconds in NOT_TIMES {
        // Sizes that no other row has.
        let bytes = check.draw(1..1 << 20) * 2 + 1;
        unusable.push(Row { bytes, seconds });
    }
    check.shuffle(&mut unusable);
    let (small, large) = (check.draw(1..100), check.draw(10_000..100_000));
    let two = vec![at(large), at(small)];
    // Twice the size takes more than twice the time.
    let below: Vec<Row> = [1000, 2000, 4000, 8000]
        .map(|bytes| Row {
            bytes,
            seconds: (bytes as f64).powf(1.2) / bandwidth,
        })
        .to_vec();
    let falling: Vec<Row> = [100, 2000, 30_000]
        .map(|bytes| Row {
            bytes,
            seconds: latency * (1.0 + 1.0 / bytes as f64) - 1e-12 * bytes as f64,
        })
        .to_vec();
    // All sums of these are exact: the slope is 0.
    let flat = [1024, 2048, 3072, 6144].map(|bytes| Row {
        bytes,
        seconds: ticks(8),
    });
    let same = vec![
        at(large),
        Row {
            bytes: large,
            seconds: 2.0 * latency + 1.0,
        },
        at(large),
    ];
    let half_usable = vec![
        at(small),
        Row {
            bytes: large,
            seconds: 0.0,
        },
    ];
    let nothing_usable = NOT_TIMES
        .map(|seconds| Row {
            bytes: large,
            seconds,
        })
        .to_vec();
    // Whoever counts the sizes of all rows divides by nothing but a rounding error.
    let lone: Vec<(&str, Vec<Row>)> = (0..16)
        .map(|_| {
            let bytes = check.draw(1..100_000);
            let mut rows = noisy(check, &[at(bytes), at(bytes), at(bytes)]);
            rows.push(Row {
                bytes: bytes + 1,
                seconds: 0.0,
            });
            ("one size, and another one without a usable time", rows)
        })
        .collect();
    // More than 32 bits can count.
    let huge: Vec<Row> = [1_usize << 31, 1 << 33, 3 << 32, 1 << 40].map(at).to_vec();
    let huge = noisy(check, &huge);
    // Times that a clock does not show, but that are greater than 0.
    let mut tiny = noisy(check, &exact);
    for row in &mut tiny {
        row.seconds *= 1e-20;
    }
    for (what, rows) in [
        ("rows on a line", exact),
        ("rows near a line", drawn),
        ("rows near a line, one of which was disturbed", disturbed),
        ("each size twice, and some rows, too", twice),
        ("rows, some of them without a usable time", unusable),
        ("two rows", two),
        ("long messages", huge),
        ("very short times", tiny),
        ("rows whose best line has a negative latency", below),
        ("times that decrease with the size", falling),
        ("the same time for all sizes", flat.to_vec()),
        ("one size", same),
        ("a single row", vec![at(large)]),
        ("two rows, one of them not usable", half_usable),
        ("no usable row", nothing_usable),
        ("no rows", vec![]),
    ]
    .into_iter()
    .chain(lone)
    {
        let given: Vec<(usize, f64)> = rows.iter().map(|row| (row.bytes, row.seconds)).collect();
        check.input(format!("{what}: {given:?}"));
        let found = (answers.fit)(&rows).map(|line| (line.latency, line.bandwidth));
        if !is_line(check, &rows, found) {
            return;
        }
    }
}

/// The best line: latency and bandwidth, and why.
fn best_line(rows: &[Row]) -> Result<(f64, f64, &'static str), &'static str> {
    let rows: Vec<&Row> = rows.iter().filter(|row| is_usable(row.seconds)).collect();
    let Some(first) = rows.first() else {
        return Err("no row is usable");
    };
    if rows.iter().all(|row| row.bytes == first.bytes) {
        return Err("there is no single best line if all usable rows have the same size");
    }
    let weights: f64 = rows.iter().map(|row| row.seconds.powi(-2)).sum();
    let mean = |of: &dyn Fn(&Row) -> f64| {
        let parts = rows.iter().map(|row| of(row) / (row.seconds * row.seconds));
        parts.sum::<f64>() / weights
    };
    let (bytes, seconds) = (mean(&|row| row.bytes as f64), mean(&|row| row.seconds));
    let both = mean(&|row| (row.bytes as f64 - bytes) * (row.seconds - seconds));
    let slope = both / mean(&|row| (row.bytes as f64 - bytes).powi(2));
    if slope <= 0.0 {
        return Err("times that do not grow with the size give no bandwidth");
    }
    let latency = seconds - slope * bytes;
    if latency < 0.0 {
        let squares = mean(&|row| (row.bytes as f64).powi(2));
        let through_origin = mean(&|row| row.bytes as f64 * row.seconds) / squares;
        let why = "the best line has a negative latency, and then the best line through the origin is the result";
        return Ok((0.0, 1.0 / through_origin, why));
    }
    let why = "the best line has the least sum of squares of relative errors: each error is divided by its row's time";
    Ok((latency, 1.0 / slope, why))
}

fn is_line(check: &mut Check, rows: &[Row], found: Option<(f64, f64)>) -> bool {
    match (best_line(rows), found) {
        (Ok((latency, bandwidth, why)), Some(found)) => {
            // A formula that subtracts large sums may lose a few digits, but not more.
            const SIX: f64 = 1e-6;
            let close = |check: &mut Check, what: &str, found: f64, expected: f64| {
                check.close(found, expected, SIX, &format!("the {what}: {why}"))
            };
            close(check, "latency", found.0, latency)
                && close(check, "bandwidth", found.1, bandwidth)
        }
        (Ok((latency, bandwidth, why)), None) => {
            check.returned(None, Some((latency, bandwidth)), why)
        }
        (Err(why), found) => check.returned(found, None, why),
    }
}

pub fn speed_up(check: &mut Check, answers: &Answers) {
    let alone = 10_f64.powf(check.draw(-5.0..4.0));
    let mut runs = Vec::new();
    // More than 16 bits can count, and then more than 32 bits can.
    let (many, last) = (check.draw(66_000..1 << 20), (1 << 32) + 16);
    for workers in [2, 3, 4, 8, many, last, 4] {
        // From slower than one worker to better than ideal.
        let best = alone / (workers as f64 * check.draw(0.05..1.5));
        let rounds = check.draw(1..6);
        runs.push(run(check, workers, best, rounds));
    }
    let with = |alone: &[Run], place: usize| {
        let mut all = runs.clone();
        for run in alone.iter().rev() {
            all.insert(place, run.clone());
        }
        all
    };
    let one = run(check, 1, alone, 4);
    let (slower, slowest) = (run(check, 1, 1.5 * alone, 3), run(check, 1, 2.0 * alone, 3));
    let place = check.draw(1..runs.len());
    let nobody = run(check, 0, alone / 100.0, 2);
    let unusable = Run {
        workers: 2,
        rounds: NOT_TIMES.to_vec(),
    };
    let without_rounds = Run {
        workers: 8,
        rounds: vec![],
    };
    let useless = [nobody, unusable, without_rounds];
    let mixed: Vec<Run> = with(std::slice::from_ref(&one), place)
        .into_iter()
        .chain(useless.clone())
        .collect();
    let alone_unusable = Run {
        workers: 1,
        rounds: NOT_TIMES.to_vec(),
    };
    let mut tiny = with(std::slice::from_ref(&one), place);
    for round in tiny.iter_mut().flat_map(|run| &mut run.rounds) {
        *round *= 1e-310;
    }
    // The shortest round is the first one, or the last.
    let mut rising = one.clone();
    rising.rounds.sort_by(f64::total_cmp);
    let mut disturbed = rising.clone();
    disturbed.rounds.push(0.0);
    disturbed.rounds.reverse();
    for (what, runs) in [
        ("runs, the first with one worker", with(&[rising], 0)),
        (
            "runs, one of them with one worker",
            with(&[disturbed], place),
        ),
        (
            "runs, three of them with one worker",
            with(&[slower, one.clone(), slowest], place),
        ),
        ("runs, some of them without workers or usable rounds", mixed),
        ("a single run, with one worker", vec![one.clone()]),
        ("no run with one worker", runs.clone()),
        (
            "no usable round with one worker",
            with(&[alone_unusable], 0),
        ),
        (
            "only runs without workers or usable rounds",
            useless.to_vec(),
        ),
        ("very short times", tiny),
        ("no runs", vec![]),
    ] {
        let given: Vec<(usize, &[f64])> = runs
            .iter()
            .map(|run| (run.workers, &run.rounds[..]))
            .collect();
        check.input(format!("{what}: (workers, rounds) {given:?}"));
        let table = (answers.speed_up)(&runs);
        if !is_table(check, &runs, &table) {
            return;
        }
    }
}

/// A run whose shortest usable round takes `best`, somewhere among the others; one round is much longer, and some are
/// not usable.
fn run(check: &mut Check, workers: usize, best: f64, rounds: usize) -> Run {
    let mut rounds: Vec<f64> = (0..rounds).map(|_| best * check.draw(1.01..1.2)).collect();
    rounds[0] = best * 40.0;
    rounds.push(best);
    for seconds in NOT_TIMES {
        if check.draw(0..4) == 0 {
            rounds.push(seconds);
        }
    }
    check.shuffle(&mut rounds);
    Run { workers, rounds }
}

fn is_table(check: &mut Check, runs: &[Run], table: &[Scaling]) -> bool {
    let best = |run: &Run| {
        let usable = run.rounds.iter().copied().filter(|round| is_usable(*round));
        usable.reduce(f64::min).filter(|_| run.workers > 0)
    };
    let of_one = runs.iter().filter(|run| run.workers == 1);
    let alone = of_one.filter_map(best).reduce(f64::min);
    let expected: Vec<(usize, f64)> = runs
        .iter()
        .filter_map(|run| Some((run.workers, alone? / best(run)?)))
        .collect();
    let workers = |table: Vec<usize>| table;
    let why = match alone {
        None => "without a usable run of one worker, the table is empty",
        Some(_) => {
            "the table has a line for each run with workers and a usable round, in the order of the runs"
        }
    };
    let found = workers(table.iter().map(|line| line.workers).collect());
    let should = workers(expected.iter().map(|line| line.0).collect());
    check.holds("the list of workers in the table", found, should, why)
        && table
            .iter()
            .zip(expected)
            .all(|(line, (workers, speed_up))| {
                let count = workers as f64;
                let serial = (1.0 / speed_up - 1.0 / count) / (1.0 - 1.0 / count);
                let serial = (workers > 1).then_some(serial);
                let why = |what: &str| format!("{what}; {workers} workers");
                let gain = "the speed-up is the shortest usable round of one worker divided by that of the run";
                near(check, line.speed_up, speed_up, &why(gain))
                    && near(
                        check,
                        line.efficiency,
                        speed_up / count,
                        &why("the efficiency is the speed-up divided by the number of workers"),
                    )
                    && near_if_any(check, line.serial, serial, &why("this is the serial fraction"))
            })
}

pub fn laws(check: &mut Check, answers: &Answers) {
    let share = check.draw(0.02..0.6);
    // Two lines have as many workers, and are not equal if they are not on the curve.
    let workers: Vec<usize> = vec![1, 2, 3, 4, 8, 8, 16, check.draw(17..200)];
    // More than 8, more than 16, and more than 32 bits can count.
    let many = [300, check.draw(66_000..1 << 20), (1 << 32) + 16];
    let amdahl = |workers: usize, share: f64| 1.0 / (share + (1.0 - share) / workers as f64);
    let gustafson = |workers: usize, share: f64| share + (1.0 - share) * workers as f64;
    let useless = || {
        let of_nobody = [(0, 3.0), (1, 0.7), (1, 1.6)];
        let of_two = NOT_TIMES.map(|speed_up| (2, speed_up));
        of_nobody.into_iter().chain(of_two).collect::<Vec<_>>()
    };
    for law in [LAWS[0], LAWS[1]] {
        let of = |workers: &[usize], share: f64| -> Vec<(usize, f64)> {
            let speed_up = match law.name {
                "amdahl" => amdahl,
                _ => gustafson,
            };
            let lines = workers
                .iter()
                .map(|workers| (*workers, speed_up(*workers, share)));
            lines.collect()
        };
        let exactly = |share: f64| of(&workers, share);
        let mut near = exactly(share);
        for line in &mut near {
            line.1 *= check.draw(0.8..1.2);
        }
        check.shuffle(&mut near);
        let mut mixed = near.clone();
        mixed.extend(useless());
        check.shuffle(&mut mixed);
        let single = near
            .iter()
            .copied()
            .find(|line| line.0 > 1)
            .into_iter()
            .collect();
        // One line is better than ideal, but all together are not.
        let mut one_better = exactly(share.max(0.2));
        one_better[3].1 = 1.05 * one_better[3].0 as f64;
        let times = |factor: f64| {
            let lines = workers
                .iter()
                .map(|workers| (*workers, factor * *workers as f64));
            lines.collect()
        };
        for (what, lines) in [
            ("lines on the law's curve", exactly(share)),
            ("lines near the law's curve", near.clone()),
            ("lines, some of them to be left out", mixed),
            ("one line", single),
            ("very many workers", of(&many, share)),
            ("no serial part", exactly(0.0)),
            ("everything serial", exactly(1.0)),
            ("one line that is better than ideal", one_better),
            ("better than ideal", times(1.3)),
            ("slower than one worker", times(0.001)),
            ("only lines to be left out", useless()),
            ("no lines", vec![]),
        ] {
            check.input(format!(
                "{}: {what}: (workers, speed-up) {lines:?}",
                law.name
            ));
            // The fields that the fit does not use may have any value.
            let table: Vec<Scaling> = lines
                .iter()
                .map(|(workers, speed_up)| Scaling {
                    workers: *workers,
                    speed_up: *speed_up,
                    efficiency: check.draw(0.0..1.0),
                    serial: (check.draw(0..2) == 0).then_some(check.draw(0.0..1.0)),
                })
                .collect();
            let found = match law.name {
                "amdahl" => (answers.amdahl)(&table),
                _ => (answers.gustafson)(&table),
            };
            let expected = best_share(&lines, law.line);
            if !near_if_any(check, found, expected, law.why) {
                return;
            }
        }
    }
}

/// A law, as a line through the origin: y = s x.
#[derive(Clone, Copy)]
struct Law {
    name: &'static str,
    line: fn(f64, f64) -> (f64, f64),
    why: &'static str,
}

const LAWS: [Law; 2] = [
    Law {
        name: "amdahl",
        line: |workers, speed_up| (1.0 - 1.0 / workers, 1.0 / speed_up - 1.0 / workers),
        why: "the serial fraction s, from 0 to 1, has the least sum of squares of s + (1 - s) / workers - 1 / speed-up",
    },
    Law {
        name: "gustafson",
        line: |workers, speed_up| (workers - 1.0, workers - speed_up),
        why: "the serial fraction s, from 0 to 1, has the least sum of squares of s + (1 - s) · workers - speed-up",
    },
];

fn best_share(lines: &[(usize, f64)], line: fn(f64, f64) -> (f64, f64)) -> Option<f64> {
    let usable: Vec<(f64, f64)> = lines
        .iter()
        .filter(|(workers, speed_up)| *workers > 1 && is_usable(*speed_up))
        .map(|(workers, speed_up)| line(*workers as f64, *speed_up))
        .collect();
    let squares: f64 = usable.iter().map(|(x, _)| x * x).sum();
    let products: f64 = usable.iter().map(|(x, y)| x * y).sum();
    (!usable.is_empty()).then(|| (products / squares).clamp(0.0, 1.0))
}
