//! The curves: measured rows and fitted lines, in the terminal and as SVG. Each is described once and drawn twice.

use crate::scaling::Series;
use canvas::Terminal;
use measuring::{Line, Row};
use plotters::{
    coord::Shift,
    drawing::DrawingAreaErrorKind,
    prelude::{
        BLACK, BLUE, ChartBuilder, Circle, DrawingArea, DrawingBackend, IntoDrawingArea,
        IntoLogRange, LineSeries, RED, SVGBackend, WHITE,
    },
    style::Color,
};
use std::{error::Error, io, path::Path};

/// Lengths that suit the medium: in pixels, or in characters.
struct Look {
    margin: u32,
    left: u32,
    bottom: u32,
    caption: u32,
    label: u32,
    tick: u32,
    mark: u32,
    /// Whether there is room for the names of axes.
    has_names: bool,
}

const PICTURE: Look = Look {
    margin: 12,
    left: 64,
    bottom: 48,
    caption: 18,
    label: 14,
    tick: 5,
    mark: 4,
    has_names: true,
};

const TEXT: Look = Look {
    margin: 1,
    left: 8,
    bottom: 2,
    caption: 1,
    label: 1,
    tick: 1,
    mark: 1,
    has_names: false,
};

type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

fn name(look: &Look, name: &'static str) -> &'static str {
    if look.has_names { name } else { "" }
}

fn written(drawn: Result<(), impl Error>) -> io::Result<()> {
    drawn.map_err(|error| io::Error::other(error.to_string()))
}

/// The ping-pong as text: time against size.
pub fn network_in_terminal(rows: &[Row], line: Option<Line>) -> String {
    let mut terminal = Terminal::new(76, 18);
    match network(&terminal.area(), rows, line, &TEXT) {
        Ok(()) => terminal.text(),
        Err(error) => format!("(no figure: {error})\n"),
    }
}

/// The same as SVG.
pub fn write_network(path: &Path, rows: &[Row], line: Option<Line>) -> io::Result<()> {
    let area = SVGBackend::new(path, (720, 440)).into_drawing_area();
    // A white background: without one, it is black on black in a dark viewer.
    written(
        area.fill(&WHITE)
            .and_then(|()| network(&area, rows, line, &PICTURE)),
    )
}

fn network<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    rows: &[Row],
    line: Option<Line>,
    look: &Look,
) -> Drawn<B> {
    // A logarithmic axis has no 0: an empty message is drawn at half a byte.
    let at = |bytes: usize| (bytes as f64).max(0.5);
    let usable = || {
        rows.iter()
            .filter(|row| row.seconds > 0.0 && row.seconds.is_finite())
    };
    let micros = || usable().map(|row| 1e6 * row.seconds);
    let (least, most) = (
        micros().fold(f64::INFINITY, f64::min),
        micros().fold(0.0, f64::max),
    );
    let longest = usable().map(|row| at(row.bytes)).fold(1.0, f64::max);
    if most == 0.0 {
        return Ok(());
    }
    let mut chart = ChartBuilder::on(area)
        .margin(look.margin)
        .caption(
            "µs against bytes; points: measured, line: α + n / β",
            ("sans-serif", look.caption),
        )
        .x_label_area_size(look.bottom)
        .y_label_area_size(look.left)
        .build_cartesian_2d(
            (0.4..longest * 1.6).log_scale(),
            (least / 2.0..most * 2.0).log_scale(),
        )?;
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(BLACK)
        .label_style(("sans-serif", look.label))
        .set_all_tick_mark_size(look.tick)
        .x_desc(name(look, "bytes"))
        .y_desc(name(look, "µs in one direction"))
        .x_label_formatter(&|bytes| format!("{bytes:.0e}"))
        .y_label_formatter(&|micros| format!("{micros:.1}"))
        .draw()?;
    if let Some(line) = line {
        let sizes = (-4..=100).map(|step| 2_f64.powf(f64::from(step) / 4.0));
        let sizes = sizes.take_while(|bytes| *bytes <= longest);
        let points = sizes.map(|bytes| (bytes, 1e6 * (line.latency + bytes / line.bandwidth)));
        // The line is cut off at the edge of the picture.
        let points = points.filter(|(_, micros)| (least / 2.0..most * 2.0).contains(micros));
        chart.draw_series(LineSeries::new(points, BLUE))?;
    }
    chart.draw_series(
        usable()
            .map(|row| Circle::new((at(row.bytes), 1e6 * row.seconds), look.mark, RED.filled())),
    )?;
    area.present()
}

/// Both kinds of scaling as text, side by side: speed-up against workers, with the fitted laws.
pub fn scaling_in_terminal(strong: &Series, weak: &Series, shares: [Option<f64>; 2]) -> String {
    let mut terminal = Terminal::new(78, 16);
    match scaling(&terminal.area(), strong, weak, shares, &TEXT) {
        Ok(()) => terminal.text(),
        Err(error) => format!("(no figure: {error})\n"),
    }
}

/// The same as SVG.
pub fn write_scaling(
    path: &Path,
    strong: &Series,
    weak: &Series,
    shares: [Option<f64>; 2],
) -> io::Result<()> {
    let area = SVGBackend::new(path, (900, 420)).into_drawing_area();
    written(
        area.fill(&WHITE)
            .and_then(|()| scaling(&area, strong, weak, shares, &PICTURE)),
    )
}

fn scaling<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    strong: &Series,
    weak: &Series,
    shares: [Option<f64>; 2],
    look: &Look,
) -> Drawn<B> {
    let lines = || strong.table.iter().chain(&weak.table);
    let workers = lines().map(|line| line.workers).max().unwrap_or(1) as f64;
    let highest = lines().map(|line| line.speed_up).fold(1.0, f64::max);
    let amdahl = |share: f64, workers: f64| 1.0 / (share + (1.0 - share) / workers);
    let gustafson = |share: f64, workers: f64| share + (1.0 - share) * workers;
    type Law = fn(f64, f64) -> f64;
    let halves = area.split_evenly((1, 2));
    for (half, (series, title, share, law)) in halves.iter().zip([
        (strong, "strong; line: Amdahl", shares[0], amdahl as Law),
        (weak, "weak; line: Gustafson", shares[1], gustafson as Law),
    ]) {
        let mut chart = ChartBuilder::on(half)
            .margin(look.margin)
            .caption(title, ("sans-serif", look.caption))
            .x_label_area_size(look.bottom)
            .y_label_area_size(look.left)
            .build_cartesian_2d(0.0..1.08 * workers, 0.0..1.15 * highest)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .axis_style(BLACK)
            .label_style(("sans-serif", look.label))
            .set_all_tick_mark_size(look.tick)
            .x_labels(workers.min(8.0) as usize + 1)
            .y_labels(6)
            .x_desc(name(look, "workers: ranks × threads"))
            .y_desc(name(look, "speed-up"))
            .x_label_formatter(&|workers| {
                // There are no fractions of a worker.
                if workers.fract() == 0.0 {
                    workers.to_string()
                } else {
                    String::new()
                }
            })
            .y_label_formatter(&|speed_up| format!("{speed_up:.1}"))
            .draw()?;
        if let Some(share) = share {
            let curve = (0..=64).map(|step| 1.0 + (workers - 1.0) * f64::from(step) / 64.0);
            let curve = curve.map(|workers| (workers, law(share, workers)));
            let curve = curve.filter(|(_, speed_up)| *speed_up <= 1.15 * highest);
            chart.draw_series(LineSeries::new(curve, BLUE))?;
        }
        chart.draw_series(series.table.iter().map(|line| {
            Circle::new(
                (line.workers as f64, line.speed_up),
                look.mark,
                RED.filled(),
            )
        }))?;
    }
    area.present()
}
