//! Conclusions from measured numbers, in sentences. Each follows from the numbers that it names: nothing is measured or
//! printed here.

use crate::{network::error, scaling::Series};
use measuring::{Line, Price, Row, Run, Scaling};

/// A number of bytes, in a readable unit.
fn bytes(count: f64) -> String {
    match count {
        1.0 => String::from("1 byte"),
        _ if count < 1024.0 => format!("{count:.0} bytes"),
        _ if count < 1024.0 * 1024.0 => format!("{:.1} KiB", count / 1024.0),
        _ => format!("{:.1} MiB", count / 1024.0 / 1024.0),
    }
}

/// How far the longest pass is above the shortest one: 0.1 is a tenth.
pub fn spread(run: &Run) -> f64 {
    let shortest = run.rounds.iter().copied().fold(f64::INFINITY, f64::min);
    let longest = run.rounds.iter().copied().fold(0.0, f64::max);
    if shortest > 0.0 && shortest.is_finite() {
        longest / shortest - 1.0
    } else {
        0.0
    }
}

/// Conclusions from the rows of a ping-pong and the line through them.
pub fn network(rows: &[Row], line: Option<Line>) -> Vec<String> {
    let Some(line) = line else {
        return vec![String::from(
            "No line fits these rows: the times do not grow with the size. Measure again on a machine with less to do.",
        )];
    };
    let gigabytes = line.bandwidth / 1e9;
    let mut sentences = Vec::new();
    if line.latency > 0.0 {
        let both = line.latency * line.bandwidth;
        sentences.push(format!(
            "The line has a latency of {:.2} µs and a bandwidth of {gigabytes:.2} GB/s. A message of {} takes as long for \
             its bytes as for the latency: shorter ones are worth joining.",
            1e6 * line.latency,
            bytes(both)
        ));
    } else {
        sentences.push(format!(
            "The best line begins at 0, with a bandwidth of {gigabytes:.2} GB/s: these rows say nothing about the latency."
        ));
    }
    let usable = rows
        .iter()
        .filter(|row| row.seconds > 0.0 && row.seconds.is_finite());
    let farthest =
        usable.max_by(|one, other| error(one, line).abs().total_cmp(&error(other, line).abs()));
    if let Some(row) = farthest {
        let off = 100.0 * error(row, line);
        let side = if off < 0.0 { "below" } else { "above" };
        let means = if off.abs() > 25.0 {
            "one line is not enough for all sizes"
        } else {
            "one line is enough for all sizes"
        };
        sentences.push(format!(
            "At {} the line is {:.0} % {side} the measured time, and nowhere farther: {means}.",
            bytes(row.bytes as f64),
            off.abs()
        ));
    }
    sentences
}

/// Shortest and median of some times.
fn shortest_and_median(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let at = |place: usize| times.get(place).copied().unwrap_or(f64::NAN);
    (at(0), at(times.len() / 2))
}

/// Conclusions from some tries of both ways: first the buffer, then the object.
pub fn object(what: &str, tries: &[[Price; 2]]) -> String {
    let times = |way: usize| tries.iter().map(|prices| prices[way].seconds).collect();
    let [(buffer, usual_buffer), (object, usual_object)] =
        [0, 1].map(|way| shortest_and_median(times(way)));
    let Some([by_buffer, by_object]) = tries.first().filter(|_| buffer > 0.0 && object > 0.0)
    else {
        return format!("{what}: the clock is too coarse for these times.");
    };
    // A difference that is smaller than those between tries of one way means nothing.
    let verdict = if usual_buffer < object {
        "the buffer is faster here"
    } else if usual_object < buffer {
        "the object is faster here"
    } else {
        "these tries show no difference"
    };
    format!(
        "{what}: as a buffer {} in {:.1} µs, as an object {} in {:.1} µs, {:.2} times as long: {verdict}.",
        bytes(by_buffer.bytes as f64),
        1e6 * buffer,
        bytes(by_object.bytes as f64),
        1e6 * object,
        object / buffer
    )
}

/// Conclusions from the tables of a sweep and the serial fractions of both laws.
pub fn scaling(
    strong: &Series,
    weak: &Series,
    shares: [Option<f64>; 2],
    cores: usize,
) -> Vec<String> {
    let mut sentences = Vec::new();
    if strong.table.is_empty() {
        return vec![String::from(
            "There is no run of one worker to compare with.",
        )];
    }
    let runs = strong.runs.iter().chain(&weak.runs);
    let largest = runs.map(|(_, run)| spread(run)).fold(0.0, f64::max);
    if largest > 0.25 {
        sentences.push(format!(
            "Passes differ by up to {:.0} %: this machine is also doing something else. Smaller differences mean nothing.",
            100.0 * largest
        ));
    }
    sentences.extend(of_best(strong, cores));
    let lines = |series: &Series| -> Vec<Scaling> {
        let lines = series.table.iter().copied();
        lines
            .filter(|line| line.workers > 1 && line.workers <= cores)
            .collect()
    };
    let (strong_lines, weak_lines) = (lines(strong), lines(weak));
    if let Some(share) = shares[0].filter(|_| !strong_lines.is_empty()) {
        sentences.push(of_amdahl(share, &strong_lines, largest));
    }
    if let Some(share) = shares[1].filter(|_| !weak_lines.is_empty()) {
        sentences.push(of_gustafson(share, &weak_lines));
    }
    let most = strong
        .table
        .iter()
        .map(|line| line.workers)
        .max()
        .unwrap_or(1);
    if most > cores {
        sentences.push(format!(
            "This machine lets the program use {cores} CPUs, and {most} workers share them: such lines are left out of both \
             fits."
        ));
    }
    sentences
}

/// Whether more workers pay off, and which run is fastest.
fn of_best(strong: &Series, cores: usize) -> Option<String> {
    let rounds = |place: usize| shortest_and_median(strong.runs[place].1.rounds.clone());
    let fits =
        |place: &usize| strong.table[*place].workers > 1 && strong.table[*place].workers <= cores;
    let places = 0..strong.table.len().min(strong.runs.len());
    let alone = places
        .clone()
        .find(|place| strong.table[*place].workers == 1)?;
    let fastest = places
        .filter(fits)
        .min_by(|one, other| rounds(*one).0.total_cmp(&rounds(*other).0));
    let Some(fastest) = fastest else {
        return Some(String::from(
            "No run had several workers with a CPU for each.",
        ));
    };
    let ((one_best, one_usual), (best, usual)) = (rounds(alone), rounds(fastest));
    let (point, line) = (strong.runs[fastest].0, strong.table[fastest]);
    let verdict = if usual < one_best {
        "it pays off here"
    } else if one_usual < best {
        "one worker alone is faster here"
    } else {
        "these passes show no difference"
    };
    Some(format!(
        "The fastest run has {} × {} workers (ranks × threads) and a speed-up of {:.2}: {verdict}.",
        point.ranks, point.threads, line.speed_up
    ))
}

/// The speed-up by the law at this serial fraction.
fn by_amdahl(share: f64, workers: f64) -> f64 {
    1.0 / (share + (1.0 - share) / workers)
}

fn by_gustafson(share: f64, workers: f64) -> f64 {
    share + (1.0 - share) * workers
}

/// How far a law is from its lines, and what that means.
fn distance(lines: &[Scaling], law: impl Fn(f64) -> f64) -> String {
    let error = |line: &Scaling| (law(line.workers as f64) / line.speed_up - 1.0).abs();
    let off = lines.iter().map(error).fold(0.0, f64::max);
    let means = if off > 0.25 {
        ", so that the law does not describe them"
    } else {
        ""
    };
    format!(
        "its curve is up to {:.0} % off the lines{means}",
        100.0 * off
    )
}

fn of_amdahl(share: f64, lines: &[Scaling], spread: f64) -> String {
    // The fraction is cut at 1, where the law says that more workers are as fast as one.
    if lines.iter().all(|line| line.speed_up <= 1.0) {
        return String::from(
            "No serial fraction explains the strong scaling: several workers are no faster than one, and Amdahl's law has no \
             term that makes them slower.",
        );
    }
    let limit = if share > 0.0 {
        let limit = 1.0 / share;
        format!(
            "if that were all, no number of workers would be more than {limit:.1} times as fast as one"
        )
    } else {
        String::from("no serial part is visible")
    };
    let serial = |line: Option<&Scaling>| line.and_then(|line| line.serial);
    let few = serial(lines.iter().min_by_key(|line| line.workers));
    let many = serial(lines.iter().max_by_key(|line| line.workers));
    let is_one = lines.iter().all(|line| line.workers == lines[0].workers);
    let trend = match few.zip(many) {
        _ if is_one => {
            "With one number of workers, a serial part cannot be told from other costs.".to_owned()
        }
        Some((few, many)) if many > few + spread => format!(
            "Karp and Flatt's serial fraction grows from {few:.2} to {many:.2}: something costs more with more workers."
        ),
        Some((few, many)) if many < few - spread => format!(
            "Karp and Flatt's serial fraction falls from {few:.2} to {many:.2}: the cause is not a serial part."
        ),
        _ => "Karp and Flatt's serial fraction changes by less than the passes differ.".to_owned(),
    };
    format!(
        "Strong scaling fits Amdahl's law best with a serial fraction of {:.0} %: {}; {limit}. {trend}",
        100.0 * share,
        distance(lines, |workers| by_amdahl(share, workers))
    )
}

fn of_gustafson(share: f64, lines: &[Scaling]) -> String {
    if lines.iter().all(|line| line.speed_up <= 1.0) {
        return String::from(
            "No serial fraction explains the weak scaling: several workers do no more work per second than one.",
        );
    }
    format!(
        "Weak scaling fits Gustafson's law best with a serial fraction of {:.0} %: {}.",
        100.0 * share,
        distance(lines, |workers| by_gustafson(share, workers))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use measuring::Point;

    fn rows(latency: f64, bandwidth: f64) -> Vec<Row> {
        [0, 1 << 10, 1 << 20]
            .map(|bytes| Row {
                bytes,
                seconds: latency + bytes as f64 / bandwidth,
            })
            .to_vec()
    }

    #[test]
    fn a_line_that_fits_is_called_one() {
        let line = Line {
            latency: 1e-6,
            bandwidth: 2e9,
        };
        let text = network(&rows(1e-6, 2e9), Some(line)).join(" ");
        assert!(
            text.contains("1.00 µs and a bandwidth of 2.00 GB/s"),
            "{text}"
        );
        assert!(text.contains("A message of 2.0 KiB"), "{text}");
        assert!(text.contains("one line is enough"), "{text}");
        let text = network(&rows(1e-6, 1e9), Some(line)).join(" ");
        assert!(text.contains("one line is not enough"), "{text}");
        assert!(text.contains("% below"), "{text}");
    }

    #[test]
    fn no_line_and_no_latency_are_said() {
        assert!(network(&rows(1e-6, 1e9), None)[0].contains("No line fits"));
        let line = Line {
            latency: 0.0,
            bandwidth: 1e9,
        };
        let text = network(&rows(0.0, 1e9)[1..], Some(line)).join(" ");
        assert!(text.contains("say nothing about the latency"), "{text}");
    }

    fn tries(buffer: [f64; 3], object: [f64; 3]) -> Vec<[Price; 2]> {
        let price = |seconds| Price {
            bytes: 800,
            seconds,
        };
        buffer
            .into_iter()
            .zip(object)
            .map(|(one, other)| [price(one), price(other)])
            .collect()
    }

    #[test]
    fn a_difference_is_larger_than_the_spread() {
        let faster = object("numbers", &tries([1.0, 1.1, 9.0], [2.0, 2.1, 2.2]));
        assert!(
            faster.contains("the buffer is faster") && faster.contains("2.00 times"),
            "{faster}"
        );
        let slower = object("numbers", &tries([3.0, 3.1, 9.0], [2.0, 2.1, 2.2]));
        assert!(slower.contains("the object is faster"), "{slower}");
        let alike = object("numbers", &tries([1.0, 2.5, 3.0], [2.0, 2.1, 2.2]));
        assert!(alike.contains("no difference"), "{alike}");
        let coarse = object("numbers", &tries([0.0; 3], [0.0; 3]));
        assert!(coarse.contains("too coarse"), "{coarse}");
    }

    /// A log with two passes of each run: ranks, and the two times.
    fn series(runs: &[(usize, [f64; 2])]) -> Series {
        let lines: Vec<(Point, f64)> = runs
            .iter()
            .flat_map(|(ranks, times)| {
                let point = Point {
                    size: 512,
                    ranks: *ranks,
                    threads: 1,
                };
                times.map(|time| (point, time))
            })
            .collect();
        Series::of(&lines, false)
    }

    fn said(runs: &[(usize, [f64; 2])], share: Option<f64>, cores: usize) -> String {
        scaling(&series(runs), &Series::default(), [share, None], cores).join(" ")
    }

    #[test]
    fn a_gain_and_a_loss_are_called_so() {
        let gain = said(
            &[(1, [8.0, 8.1]), (2, [4.1, 4.2]), (4, [2.2, 2.3])],
            Some(0.03),
            4,
        );
        assert!(
            gain.contains("4 × 1 workers") && gain.contains("it pays off here"),
            "{gain}"
        );
        assert!(gain.contains("more than 33.3 times as fast"), "{gain}");
        let loss = said(&[(1, [8.0, 8.1]), (2, [9.1, 9.2])], Some(1.0), 4);
        assert!(loss.contains("one worker alone is faster"), "{loss}");
        assert!(
            loss.contains("No serial fraction explains the strong scaling"),
            "{loss}"
        );
        let one = said(&[(1, [8.0, 8.1]), (2, [5.0, 5.1])], Some(0.25), 2);
        assert!(one.contains("cannot be told from other costs"), "{one}");
        assert!(one.contains("up to 0 % off the lines;"), "{one}");
        let alike = said(&[(1, [8.0, 9.0]), (2, [7.9, 8.5])], Some(0.9), 4);
        assert!(alike.contains("these passes show no difference"), "{alike}");
    }

    #[test]
    fn a_law_that_does_not_fit_is_not_believed() {
        let runs = [(1, [8.0, 8.0]), (2, [4.0, 4.0]), (4, [6.0, 6.0])];
        let text = said(&runs, Some(0.3), 4);
        assert!(text.contains("the law does not describe them"), "{text}");
        assert!(text.contains("fraction grows from 0.00 to 0.67"), "{text}");
        let mut weak = series(&[(1, [8.0, 8.0])]);
        weak.table.push(Scaling {
            workers: 2,
            speed_up: 0.7,
            efficiency: 0.35,
            serial: None,
        });
        let strong = series(&[(1, [8.0, 8.0])]);
        let text = scaling(&strong, &weak, [None, Some(1.0)], 2).join(" ");
        assert!(
            text.contains("several workers do no more work per second than one"),
            "{text}"
        );
    }

    #[test]
    fn crowded_runs_prove_nothing() {
        let crowded = said(&[(1, [8.0, 8.1]), (4, [9.0, 30.0])], None, 2);
        assert!(crowded.contains("4 workers share them"), "{crowded}");
        assert!(
            crowded.contains("No run had several workers with a CPU for each"),
            "{crowded}"
        );
        assert!(
            crowded.contains("Passes differ by up to 233 %"),
            "{crowded}"
        );
        assert!(!crowded.contains("Amdahl"), "{crowded}");
        assert!(said(&[(2, [1.0, 1.0])], None, 2).contains("no run of one worker"));
    }
}
