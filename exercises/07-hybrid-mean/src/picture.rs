//! The scaling table, and its curves: in the terminal and as SVG.

use crate::measure::Measured;
use hybrid_mean::{Run, Scaling};
use plotters::prelude::*;
use std::{error::Error, io, path::Path};

/// The workers of a run: all threads of all ranks together.
fn workers(line: &Scaling) -> usize {
    line.run.ranks * line.run.threads
}

/// One line for each run, with a bar as long as the efficiency: ten characters mean 1.
pub fn table(table: &[Scaling], measured: &[Measured]) -> String {
    let mut text =
        String::from("ranks threads    rows  best ms   median  moving speed-up efficiency\n");
    for line in table {
        let Scaling {
            run,
            speed_up,
            efficiency,
        } = line;
        let same = find(measured, run);
        let best = same.map_or(run.seconds, |measured| measured.seconds.best);
        let moving = same.map_or(0.0, |measured| 100.0 * measured.moving / run.seconds);
        let bar = "▬".repeat((10.0 * efficiency).round().clamp(0.0, 12.0) as usize);
        text += &format!(
            "{:5} {:7} {:7} {:8.1} {:8.1} {moving:5.0} % {speed_up:8.2} {efficiency:10.2} {bar}\n",
            run.ranks,
            run.threads,
            run.rows,
            1e3 * best,
            1e3 * run.seconds
        );
    }
    text
}

fn find<'a>(measured: &'a [Measured], run: &Run) -> Option<&'a Measured> {
    measured.iter().find(|measured| measured.run == *run)
}

/// The kind of workers of a run, which decides how it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Alone,
    Ranks,
    Threads,
    Both,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Alone, Self::Ranks, Self::Threads, Self::Both];

    fn of(run: &Run) -> Self {
        match (run.ranks, run.threads) {
            (1, 1) => Self::Alone,
            (_, 1) => Self::Ranks,
            (1, _) => Self::Threads,
            _ => Self::Both,
        }
    }

    fn sign(self) -> char {
        match self {
            Self::Alone => '1',
            Self::Ranks => 'r',
            Self::Threads => 't',
            Self::Both => 'b',
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Alone => "one rank, one thread",
            Self::Ranks => "ranks with one thread",
            Self::Threads => "threads in one rank",
            Self::Both => "threads in several ranks",
        }
    }

    fn color(self) -> RGBColor {
        match self {
            Self::Alone => BLACK,
            Self::Ranks => RGBColor(0, 92, 175),
            Self::Threads => RGBColor(200, 60, 0),
            Self::Both => RGBColor(110, 60, 150),
        }
    }

    /// The corners of its mark: each kind has its own shape, so that marks differ without color too.
    fn corners(self) -> Vec<(i32, i32)> {
        match self {
            Self::Alone => vec![(-5, 0), (-2, -4), (2, -4), (5, 0), (2, 4), (-2, 4)],
            Self::Ranks => vec![(-4, -4), (4, -4), (4, 4), (-4, 4)],
            Self::Threads => vec![(0, -6), (6, 4), (-6, 4)],
            Self::Both => vec![(0, -6), (6, 0), (0, 6), (-6, 0)],
        }
    }
}

/// The axes of both curves: the workers go up to the most that were measured, and the speed-up goes up to
/// the number of cores, or to the largest that was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axes {
    workers: usize,
    /// The number of workers up to which the ideal speed-up grows.
    ideal: usize,
    speed_up: f64,
}

impl Axes {
    fn of(tables: &[&[Scaling]], cores: usize) -> Self {
        let lines = || tables.iter().flat_map(|table| table.iter());
        let most = lines().map(workers).max().unwrap_or(1);
        let ideal = most.min(cores).max(1);
        let speed_ups = lines().map(|line| line.speed_up);
        Self {
            workers: most,
            ideal,
            speed_up: speed_ups
                .filter(|it| it.is_finite())
                .fold(ideal as f64, f64::max),
        }
    }
}

/// The speed-up against the workers, both curves side by side; dots show the ideal.
pub fn in_terminal(strong: &[Scaling], weak: &[Scaling], cores: usize) -> String {
    let axes = Axes::of(&[strong, weak], cores);
    let left = curve("strong scaling", strong, axes);
    let right = curve("weak scaling", weak, axes);
    let mut text = String::new();
    for (left, right) in left.iter().zip(&right) {
        text += format!("{left:39}{right}").trim_end();
        text += "\n";
    }
    let [alone, ranks, threads, both] =
        Kind::ALL.map(|kind| format!("{} {}", kind.sign(), kind.name()));
    text + &format!("{alone}   {ranks}   {threads}\n{both}   * several of these   · ideal\n")
}

/// One curve, line by line.
fn curve(title: &str, table: &[Scaling], axes: Axes) -> Vec<String> {
    const HEIGHT: usize = 12;
    const WIDTH: usize = 28;
    let column = |workers: f64| (workers / axes.workers as f64 * WIDTH as f64).round() as usize;
    let row = |speed_up: f64| {
        let row = (speed_up / axes.speed_up * HEIGHT as f64).round();
        row.clamp(0.0, HEIGHT as f64) as usize
    };
    let mut rows = vec![vec![' '; WIDTH + 1]; HEIGHT + 1];
    let ideal = (0..=WIDTH).map(|at| {
        let workers = at as f64 / WIDTH as f64 * axes.workers as f64;
        (at, row(workers.min(axes.ideal as f64)))
    });
    for (at, height) in ideal {
        rows[height][at] = '·';
    }
    let mut numbers = vec![' '; WIDTH + 4];
    for line in table {
        let at = column(workers(line) as f64).min(WIDTH);
        let place = &mut rows[row(line.speed_up)][at];
        let sign = Kind::of(&line.run).sign();
        *place = match *place {
            ' ' | '·' => sign,
            same if same == sign => sign,
            _ => '*',
        };
        let number = workers(line).to_string();
        // A number is printed only if there is room to its left and right.
        let around = at.saturating_sub(1)..at + number.len() + 1;
        if numbers[around].iter().all(|sign| *sign == ' ') {
            numbers.splice(at..at + number.len(), number.chars());
        }
    }
    let mut lines = vec![format!("       {title}")];
    for (height, signs) in rows.iter().enumerate().rev() {
        let label = if height % 4 == 0 {
            format!("{:5.1}", height as f64 / HEIGHT as f64 * axes.speed_up)
        } else {
            " ".repeat(5)
        };
        lines.push(format!("{label} │{}", signs.iter().collect::<String>()));
    }
    lines.push(format!("      └{}", "─".repeat(WIDTH + 1)));
    let numbers: String = numbers.iter().collect();
    lines.push(format!("       {}", numbers.trim_end()));
    lines
}

/// The same as SVG.
pub fn write_svg(
    path: &Path,
    [strong, weak]: [&[Scaling]; 2],
    measured: &[Measured],
    cores: usize,
) -> io::Result<()> {
    let axes = Axes::of(&[strong, weak], cores);
    let tables = [("strong scaling", strong), ("weak scaling", weak)];
    draw(path, tables, measured, axes).map_err(|error| io::Error::other(error.to_string()))
}

fn draw(
    path: &Path,
    tables: [(&str, &[Scaling]); 2],
    measured: &[Measured],
    axes: Axes,
) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::new(path, (900, 440)).into_drawing_area();
    // A white background: without one, it is black on black in a dark viewer.
    area.fill(&WHITE)?;
    let (ideal, most) = (axes.ideal as f64, axes.workers as f64);
    for (half, (title, table)) in area.split_evenly((1, 2)).iter().zip(tables) {
        let mut chart = ChartBuilder::on(half)
            .caption(title, ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(52)
            .build_cartesian_2d(0.0..1.05 * most, 0.0..1.45 * axes.speed_up)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_labels(axes.workers.min(8) + 1)
            .x_label_formatter(&|workers| {
                // There are no fractions of a worker.
                if workers.fract() == 0.0 {
                    workers.to_string()
                } else {
                    String::new()
                }
            })
            .x_desc("workers: ranks × threads")
            .y_desc("speed-up over one rank with one thread")
            .draw()?;
        let corners = [(0.0, 0.0), (ideal, ideal), (most, ideal)];
        chart
            .draw_series(LineSeries::new(corners, BLACK.mix(0.4)))?
            .label("ideal, up to the cores")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 16, y)], BLACK.mix(0.4)));
        for kind in Kind::ALL {
            let lines = || table.iter().filter(|line| Kind::of(&line.run) == kind);
            if lines().next().is_none() {
                continue;
            }
            let spreads = lines().filter_map(|line| {
                let seconds = find(measured, &line.run)?.seconds;
                let at = |seconds: f64| {
                    let speed_up = line.speed_up * line.run.seconds / seconds;
                    (workers(line) as f64, speed_up)
                };
                Some(PathElement::new(
                    [at(seconds.worst), at(seconds.best)],
                    kind.color(),
                ))
            });
            chart.draw_series(spreads)?;
            let marks = lines().map(|line| {
                let at = EmptyElement::at((workers(line) as f64, line.speed_up));
                at + Polygon::new(kind.corners(), kind.color().filled())
            });
            chart
                .draw_series(marks)?
                .label(kind.name())
                .legend(move |(x, y)| {
                    let at = EmptyElement::at((x + 8, y));
                    at + Polygon::new(kind.corners(), kind.color().filled())
                });
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE)
            .border_style(BLACK.mix(0.4))
            .draw()?;
    }
    area.present()?;
    Ok(())
}
