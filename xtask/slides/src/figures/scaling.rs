//! Laws and errors, as curves: what more ranks and more samples bring.

use super::canvas::{Align, Canvas, Paint, Point};

/// A diagram with two linear axes.
pub(super) struct Diagram {
    pub(super) origin: Point,
    pub(super) size: (f64, f64),
    /// What the ends of the axes stand for.
    pub(super) most: (f64, f64),
}

impl Diagram {
    fn new(canvas: &mut Canvas, most: (f64, f64), across: &str, up: &str) -> Self {
        Self::of_height(canvas, 380.0, most, across, up)
    }

    /// A low one leaves a slide room for a question below it.
    fn of_height(
        canvas: &mut Canvas,
        height: f64,
        most: (f64, f64),
        across: &str,
        up: &str,
    ) -> Self {
        let (origin, size) = ((110.0, height + 30.0), (760.0, height));
        canvas.axes(origin, size, across, up);
        Self { origin, size, most }
    }

    pub(super) fn at(&self, x: f64, y: f64) -> Point {
        (
            self.origin.0 + x / self.most.0 * (self.size.0 - 40.0),
            self.origin.1 - y / self.most.1 * (self.size.1 - 50.0),
        )
    }

    fn across(&self, canvas: &mut Canvas, ticks: &[f64]) {
        for tick in ticks {
            let (x, y) = self.at(*tick, 0.0);
            canvas.line((x, y), (x, y + 8.0), Paint::Ink);
            canvas.note((x, y + 28.0), Align::Middle, &tick.to_string());
        }
    }

    fn up(&self, canvas: &mut Canvas, ticks: &[f64]) {
        for tick in ticks {
            let (x, y) = self.at(0.0, *tick);
            canvas.line((x - 8.0, y), (x, y), Paint::Ink);
            canvas.note((x - 16.0, y), Align::End, &tick.to_string());
        }
    }

    /// Ticks at powers of ten, for two logarithmic axes: bytes across, and up this many powers of microseconds.
    fn powers(&self, canvas: &mut Canvas, micros: usize) {
        for (power, bytes) in [(0.0, "1"), (2.0, "100"), (4.0, "10 kB"), (6.0, "1 MB")] {
            let (x, y) = self.at(power, 0.0);
            canvas.line((x, y), (x, y + 8.0), Paint::Ink);
            canvas.note((x, y + 28.0), Align::Middle, bytes);
        }
        let names = [(0.0, "1"), (1.0, "10"), (2.0, "100"), (3.0, "1,000")];
        for (power, name) in names.into_iter().take(micros) {
            let (x, y) = self.at(0.0, power);
            canvas.line((x - 8.0, y), (x, y), Paint::Ink);
            canvas.note((x - 16.0, y), Align::End, name);
        }
    }

    /// A curve over 1 to the end of the axis, and its name to the right.
    fn curve(&self, canvas: &mut Canvas, rank: u32, name: &str, value: impl Fn(f64) -> f64) {
        let points: Vec<Point> = (0..=100_u32)
            .map(|step| 1.0 + (self.most.0 - 1.0) * f64::from(step) / 100.0)
            .map(|x| self.at(x, value(x)))
            .collect();
        canvas.polyline(&points, Paint::Rank(rank));
        if let Some(end) = points.last() {
            canvas.dot(*end, 8.0, Paint::Rank(rank));
            canvas.text((end.0 + 46.0, end.1), Align::Start, name);
        }
    }
}

/// Amdahl, AFIPS 1967: `1 / (s + (1 - s) / n)`.
pub(crate) fn amdahl() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 410.0),
        "Amdahl's law",
        "Speed-up over cores, 1 to 64. With nothing serial it is 64. With 1 percent serial it is 39, with 5 \
         percent 15, with 20 percent 4.7: the serial part sets the limit.",
    );
    let diagram = Diagram::of_height(&mut canvas, 290.0, (64.0, 64.0), "cores", "speed-up");
    diagram.across(&mut canvas, &[1.0, 16.0, 32.0, 48.0, 64.0]);
    diagram.up(&mut canvas, &[16.0, 32.0, 48.0, 64.0]);
    for (rank, share, name) in [
        (2, 0.0, "nothing serial: 64"),
        (0, 0.01, "1 % serial: 39"),
        (1, 0.05, "5 % serial: 15"),
        (5, 0.2, "20 % serial: 4.7"),
    ] {
        diagram.curve(&mut canvas, rank, name, |cores| {
            1.0 / (share + (1.0 - share) / cores)
        });
    }
    canvas
}

/// Gustafson, CACM 1988: `s + (1 - s) n`.
pub(crate) fn gustafson() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 440.0),
        "Gustafson's law",
        "Scaled speed-up over cores, 1 to 64, when the problem grows with the cores. With 5 percent serial it \
         is 61, with 20 percent 51: straight lines, without a limit.",
    );
    let diagram = Diagram::of_height(&mut canvas, 320.0, (64.0, 64.0), "cores", "scaled speed-up");
    diagram.across(&mut canvas, &[1.0, 16.0, 32.0, 48.0, 64.0]);
    diagram.up(&mut canvas, &[16.0, 32.0, 48.0, 64.0]);
    for (rank, share, name) in [(1, 0.05, "5 % serial: 61"), (5, 0.2, "20 % serial: 51")] {
        diagram.curve(&mut canvas, rank, name, |cores| {
            share + (1.0 - share) * cores
        });
    }
    canvas
}

/// What grows and what stays.
pub(crate) fn strong_weak() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 440.0),
        "Strong and weak scaling",
        "Strong scaling: the same problem is split into 1, 2 and 4 parts, one for each core; the parts get \
         smaller. Weak scaling: each core has a part of the same size; the problem grows.",
    );
    canvas.text((280.0, 35.0), Align::Middle, "strong: same problem");
    canvas.text((900.0, 35.0), Align::Middle, "weak: same part per core");
    for (row, cores) in [(0_u32, 1_u32), (1, 2), (2, 4)] {
        let y = 85.0 + 100.0 * f64::from(row);
        let width = 480.0 / f64::from(cores);
        for core in 0..cores {
            let x = 40.0 + width * f64::from(core);
            canvas.area((x, y), (width, 70.0), Paint::Rank(core));
            let x = 660.0 + 120.0 * f64::from(core);
            canvas.area((x, y), (120.0, 70.0), Paint::Rank(core));
        }
        let plural = if cores == 1 { "core" } else { "cores" };
        canvas.note(
            (590.0, y + 35.0),
            Align::Middle,
            &format!("{cores} {plural}"),
        );
    }
    canvas.note((280.0, 405.0), Align::Middle, "ideal: time / cores");
    canvas.note((900.0, 405.0), Align::Middle, "ideal: the same time");
    canvas
}

/// The seed of the points on the dartboard.
const DARTS: u64 = 2026;

/// Points in a square, and a quarter of a circle.
pub(crate) fn dartboard() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 480.0),
        "Pi by throwing darts",
        "A square with a quarter circle in it, and 120 points thrown at random. Those inside the quarter circle \
         are counted: their share is about pi / 4.",
    );
    let (left, bottom, side) = (130.0, 450.0, 430.0);
    canvas.area((left, bottom - side), (side, side), Paint::Panel);
    let arc: Vec<Point> = (0..=60_u32)
        .map(|step| std::f64::consts::FRAC_PI_2 * f64::from(step) / 60.0)
        .map(|angle| (left + side * angle.cos(), bottom - side * angle.sin()))
        .collect();
    canvas.polyline(&arc, Paint::Ink);
    // SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): looks random, and is the same in every build.
    let mut state = DARTS;
    let mut random = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits >> 40) as f64 / f64::from(1_u32 << 24)
    };
    let mut hits = 0;
    for _point in 0..120 {
        let (x, y) = (random(), random());
        let hit = x * x + y * y < 1.0;
        hits += u32::from(hit);
        let paint = Paint::Rank(if hit { 0 } else { 1 });
        canvas.dot((left + side * x, bottom - side * y), 7.0, paint);
    }
    let estimate = 4.0 * f64::from(hits) / 120.0;
    canvas.dot((640.0, 120.0), 10.0, Paint::Rank(0));
    canvas.text((670.0, 120.0), Align::Start, &format!("{hits} inside"));
    canvas.dot((640.0, 180.0), 10.0, Paint::Rank(1));
    canvas.text(
        (670.0, 180.0),
        Align::Start,
        &format!("{} outside", 120 - hits),
    );
    canvas.text(
        (630.0, 270.0),
        Align::Start,
        &format!("4 · {hits} / 120 = {estimate:.3}"),
    );
    canvas.note((630.0, 330.0), Align::Start, "x² + y² < 1 is inside");
    canvas
}

/// The error of a mean of random numbers: `1 / √N`, on logarithmic axes.
pub(crate) fn error() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 500.0),
        "The error falls as one over the root of N",
        "Standard error of pi over the number of points, both axes logarithmic: 100 points give an error of \
         about 0.16, 10,000 points 0.016, a million 0.0016. A hundred times as many points give one more digit.",
    );
    let diagram = Diagram::new(
        &mut canvas,
        (6.4, 3.2),
        "number of points",
        "standard error of pi",
    );
    // The standard deviation of 4 · hit is 4 · √(p (1 - p)) with p = pi / 4, which is 1.642.
    let at = |power: f64| {
        let error = 1.642 / 10_f64.powf(power / 2.0);
        diagram.at(power, error.log10() + 3.0)
    };
    canvas.polyline(&[at(1.0), at(6.0)], Paint::Rank(0));
    for (power, points, text) in [
        (2.0, "100", "0.16"),
        (4.0, "10,000", "0.016"),
        (6.0, "1,000,000", "0.0016"),
    ] {
        let (x, y) = at(power);
        canvas.dot((x, y), 9.0, Paint::Rank(0));
        canvas.text((x + 20.0, y - 24.0), Align::Start, text);
        let base = diagram.at(power, 0.0);
        canvas.line(base, (base.0, base.1 + 8.0), Paint::Ink);
        canvas.note((base.0, base.1 + 28.0), Align::Middle, points);
    }
    for (power, error) in [(0.0, "0.001"), (1.0, "0.01"), (2.0, "0.1"), (3.0, "1")] {
        let (x, y) = diagram.at(0.0, power);
        canvas.line((x - 8.0, y), (x, y), Paint::Ink);
        canvas.note((x - 16.0, y), Align::End, error);
    }
    canvas.note((935.0, 180.0), Align::Start, "100 × the points:");
    canvas.note((935.0, 220.0), Align::Start, "one more digit");
    canvas.note((935.0, 340.0), Align::Start, "both axes are");
    canvas.note((935.0, 380.0), Align::Start, "logarithmic");
    canvas
}

/// The time of a message over its length, `α + n / β`, on logarithmic axes, for 2 µs and 10 GB/s.
pub(crate) fn latency_bandwidth() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 490.0),
        "Latency and bandwidth",
        "The time of a message over its length, both axes logarithmic, by the formula for a latency of 2 microseconds \
         and a bandwidth of 10 gigabytes per second. Up to some kilobytes the curve is flat at 2 microseconds; from a \
         hundred kilobytes it rises as the length. In between, at 20 kilobytes, both parts are equal: 4 microseconds.",
    );
    let (alpha, beta) = (2.0, 1e4);
    let diagram = Diagram::of_height(&mut canvas, 370.0, (7.4, 3.4), "bytes", "microseconds");
    let time = |bytes: f64| alpha + bytes / beta;
    let at = |power: f64| diagram.at(power, time(10_f64.powf(power)).log10());
    let points: Vec<Point> = (0..=70).map(|step| at(f64::from(step) / 10.0)).collect();
    canvas.polyline(&points, Paint::Rank(0));
    diagram.powers(&mut canvas, 4);
    let both = at((alpha * beta).log10());
    canvas.dot(both, 9.0, Paint::Rank(1));
    canvas.text(
        (both.0 - 20.0, both.1 - 30.0),
        Align::End,
        "n = α β = 20 kB",
    );
    canvas.note((125.0, at(1.0).1 - 24.0), Align::Start, "latency: α = 2 µs");
    canvas.note(
        (at(6.5).0 + 30.0, at(6.4).1 + 20.0),
        Align::Start,
        "bandwidth: β = 10 GB/s",
    );
    canvas
}

/// What the program `ping_pong` has measured: lengths in bytes, times in microseconds. Its file says how to
/// measure again.
const PING_PONG: &str = include_str!("ping_pong.csv");

/// Measured times, and the line that the shortest and the longest message give.
pub(crate) fn measured_ping_pong() -> Canvas {
    let rows = PING_PONG.lines().skip(1).filter_map(|row| {
        let (bytes, micros) = row.split_once(',')?;
        Some((bytes.parse().ok()?, micros.parse().ok()?))
    });
    let rows: Vec<(f64, f64)> = rows.collect();
    let ends = (rows.first().copied(), rows.last().copied());
    let ((_, alpha), (longest, most)) = (ends.0.unwrap_or_default(), ends.1.unwrap_or_default());
    // In bytes per microsecond, which is MB per second.
    let beta = longest / (most - alpha);
    let mut canvas = Canvas::new(
        (1200.0, 360.0),
        "A measured ping-pong",
        format!(
            "The measured time of a message over its length, from 1 byte to 4 MiB, both axes logarithmic, and the line \
             α + n/β with α = {alpha:.1} microseconds and β = {:.1} gigabytes per second. Up to 4 KiB the points are on \
             the line or just above it. At 8 KiB there is a step, and up to some hundred kibibytes the points are well \
             above the line, which they meet again at the end.",
            beta / 1e3
        ),
    );
    let diagram = Diagram::of_height(&mut canvas, 240.0, (7.4, 3.4), "bytes", "microseconds");
    let at = |bytes: f64, micros: f64| diagram.at(bytes.log10(), micros.log10());
    let line = |power: f64| at(10_f64.powf(power), alpha + 10_f64.powf(power) / beta);
    let points: Vec<Point> = (0..=66).map(|step| line(f64::from(step) / 10.0)).collect();
    canvas.polyline(&points, Paint::Rank(0));
    for (bytes, micros) in &rows {
        canvas.dot(at(*bytes, *micros), 7.0, Paint::Rank(1));
    }
    diagram.powers(&mut canvas, 4);
    let end = line(6.6);
    canvas.note(
        (end.0 + 24.0, end.1),
        Align::Start,
        &format!("α = {alpha:.1} µs, β = {:.1} GB/s", beta / 1e3),
    );
    canvas
}

/// Karp and Flatt, CACM 1990: `(1 / S - 1 / n) / (1 - 1 / n)`, for two programs that are equally fast on 16 cores.
pub(crate) fn karp_flatt() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 368.0),
        "The serial fraction after Karp and Flatt",
        "The experimentally determined serial fraction over cores, 2 to 64, of two programs made up for this figure. \
         One has a serial part of 5 percent: the fraction is 0.05 everywhere. The other has a serial part of 1 \
         percent and an overhead that grows with the cores: its fraction is 0.015 on 2 cores, 0.05 on 16, and 0.17 \
         on 64.",
    );
    let diagram = Diagram::of_height(
        &mut canvas,
        248.0,
        (64.0, 0.2),
        "cores",
        "serial fraction e",
    );
    diagram.across(&mut canvas, &[16.0, 32.0, 48.0, 64.0]);
    diagram.up(&mut canvas, &[0.05, 0.1, 0.15]);
    let fraction = |time: f64, cores: f64| (time - 1.0 / cores) / (1.0 - 1.0 / cores);
    // The times of both, if one core takes 1: on 16 cores they are equal.
    let serial = |cores: f64| 0.05 + 0.95 / cores;
    let overhead = |cores: f64| 0.01 + 0.99 / cores + 0.0025 * (cores - 1.0);
    for (rank, name, time) in [
        (0, "5 % serial", &serial as &dyn Fn(f64) -> f64),
        (1, "overhead grows", &overhead),
    ] {
        let points: Vec<Point> = (2..=64)
            .map(f64::from)
            .map(|cores| diagram.at(cores, fraction(time(cores), cores)))
            .collect();
        canvas.polyline(&points, Paint::Rank(rank));
        if let Some(end) = points.last() {
            canvas.dot(*end, 8.0, Paint::Rank(rank));
            canvas.text((end.0 + 46.0, end.1), Align::Start, name);
        }
    }
    let (x, y) = diagram.at(16.0, fraction(serial(16.0), 16.0));
    canvas.dot((x, y), 9.0, Paint::Ink);
    canvas.note(
        (x + 30.0, y + 32.0),
        Align::Start,
        "here both are equally fast",
    );
    canvas
}

/// The same calls of a recorded run, with the times of two networks.
pub(crate) fn predict() -> Canvas {
    use trace::Class;
    let mut canvas = Canvas::new(
        (1200.0, 362.0),
        "A recorded run on another network",
        "Two ranks, drawn twice. The same calls in the same order: compute, exchange, compute, exchange. The computing \
         takes as long in both. Above, the exchanges are long, as recorded; below, on a faster network, they are \
         short, and the whole ends sooner.",
    );
    for (top, name, exchange) in [(10.0, "recorded", 200.0), (192.0, "another network", 90.0)] {
        canvas.text((20.0, top + 16.0), Align::Start, name);
        for rank in 0..2_u32 {
            let y = top + 66.0 + 66.0 * f64::from(rank);
            canvas.rank((85.0, y), rank);
            let mut x = 170.0;
            for _ in 0..2 {
                let compute = [300.0, 240.0][rank as usize];
                let at = |x: f64| (x, y - 28.0);
                canvas.labelled(
                    at(x),
                    (compute - 4.0, 56.0),
                    Paint::Call(Class::Compute),
                    "compute",
                );
                let waits = 300.0 - compute;
                if waits > 0.0 {
                    canvas.hollow(
                        at(x + compute),
                        (waits - 4.0, 56.0),
                        Paint::Call(Class::Exchange),
                    );
                }
                let text = if exchange > 150.0 { "exchange" } else { "" };
                let at = at(x + 300.0);
                canvas.labelled(
                    at,
                    (exchange - 4.0, 56.0),
                    Paint::Call(Class::Exchange),
                    text,
                );
                x += 300.0 + exchange;
            }
        }
    }
    canvas
}
