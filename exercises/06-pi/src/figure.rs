//! The error against the number of points, on logarithmic axes. The plot is described once and drawn
//! twice: as SVG, and in the terminal.

use canvas::Terminal;
use plotters::{
    coord::Shift,
    drawing::DrawingAreaErrorKind,
    prelude::{
        BLACK, BLUE, ChartBuilder, DrawingArea, DrawingBackend, ErrorBar, IntoDrawingArea,
        IntoLogRange, LineSeries, RED, SVGBackend, WHITE,
    },
    style::Color,
};
use std::{io, path::Path};

/// The result of many estimates from the same number of points.
pub struct Measured {
    /// Points for each estimate.
    pub samples: u64,
    /// The standard deviation of the estimates.
    pub deviation: f64,
    /// The smallest and the largest value that the true deviation is likely to have: in 19 of 20 cases it
    /// lies between them.
    pub low: f64,
    /// See `low`.
    pub high: f64,
}

/// Lengths that suit the medium: in pixels, or in characters.
struct Look {
    margin: u32,
    left: u32,
    bottom: u32,
    caption: u32,
    label: u32,
    tick: u32,
    bar: u32,
    /// The labels of the axes; empty where there is no room for them.
    axes: [&'static str; 2],
}

/// Writes the figure to a file.
pub fn write_svg(path: &Path, points: &[Measured], theory: fn(u64) -> f64) -> io::Result<()> {
    const LOOK: Look = Look {
        margin: 12,
        left: 64,
        bottom: 48,
        caption: 20,
        label: 14,
        tick: 5,
        bar: 8,
        axes: ["points", "standard deviation of the estimates"],
    };
    let area = SVGBackend::new(path, (720, 480)).into_drawing_area();
    area.fill(&WHITE)
        .and_then(|()| draw(&area, points, theory, &LOOK))
        .map_err(|error| io::Error::other(error.to_string()))
}

/// The figure as text.
pub fn in_terminal(points: &[Measured], theory: fn(u64) -> f64) -> String {
    const LOOK: Look = Look {
        margin: 1,
        left: 8,
        bottom: 2,
        caption: 1,
        label: 1,
        tick: 1,
        bar: 1,
        axes: [""; 2],
    };
    let mut terminal = Terminal::new(76, 22);
    match draw(&terminal.area(), points, theory, &LOOK) {
        Ok(()) => terminal.text(),
        Err(error) => format!("(no figure: {error})"),
    }
}

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    points: &[Measured],
    theory: fn(u64) -> f64,
    look: &Look,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Ok(());
    };
    let (fewest, most) = (first.samples, last.samples);
    let mut chart = ChartBuilder::on(area)
        .margin(look.margin)
        .caption(
            "error of pi against the number of points; line: theory, 1.64 / √N",
            ("sans-serif", look.caption),
        )
        .x_label_area_size(look.bottom)
        .y_label_area_size(look.left)
        .build_cartesian_2d(
            (fewest as f64 / 1.5..most as f64 * 1.5).log_scale(),
            (theory(most) / 2.0..theory(fewest) * 2.0).log_scale(),
        )?;
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(BLACK)
        .label_style(("sans-serif", look.label))
        .set_all_tick_mark_size(look.tick)
        .x_desc(look.axes[0])
        .y_desc(look.axes[1])
        .x_label_formatter(&|samples| format!("{samples:.0e}"))
        .y_label_formatter(&|error| format!("{error:.0e}"))
        .draw()?;
    let line = points
        .iter()
        .map(|point| (point.samples as f64, theory(point.samples)));
    chart.draw_series(LineSeries::new(line, BLUE))?;
    chart.draw_series(points.iter().map(|point| {
        ErrorBar::new_vertical(
            point.samples as f64,
            point.low,
            point.deviation,
            point.high,
            RED.filled(),
            look.bar,
        )
    }))?;
    area.present()
}
