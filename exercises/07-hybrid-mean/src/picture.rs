//! The scaling table, and its curve: in the terminal and as SVG.

use crate::measure::Measured;
use hybrid_mean::Scaling;
use plotters::prelude::*;
use std::{io, path::Path};

/// The workers of a run: all threads of all ranks together.
fn workers(line: &Scaling) -> usize {
    line.run.ranks * line.run.threads
}

/// A line for each run; a bar as long as the efficiency, where ten signs are 1.
pub fn table(table: &[Scaling], measured: &[Measured]) -> String {
    let mut text = String::from("ranks threads   rows       ms  moving  speed-up  efficiency\n");
    for line in table {
        let Scaling {
            run,
            speed_up,
            efficiency,
        } = line;
        let same = measured.iter().find(|measured| measured.run == *run);
        let moving = same.map_or(0.0, |measured| 100.0 * measured.moving / run.seconds);
        let bar = "▬".repeat((10.0 * efficiency).round().clamp(0.0, 20.0) as usize);
        text += &format!(
            "{:5} {:7} {:6} {:8.2} {moving:5.0} % {speed_up:9.2} {efficiency:11.2}  {bar}\n",
            run.ranks,
            run.threads,
            run.rows,
            1e3 * run.seconds
        );
    }
    text
}

/// The speed-up against the workers: dots are what could be expected at best.
pub fn in_terminal(strong: &[Scaling], weak: &[Scaling]) -> String {
    const HEIGHT: usize = 16;
    let most = strong.iter().chain(weak).map(workers).max().unwrap_or(1);
    let (across, upward) = (60 / most.max(1), HEIGHT as f64 / most as f64);
    let row = |speed_up: f64| (speed_up * upward).round().clamp(0.0, HEIGHT as f64) as usize;
    let mut rows = vec![vec![' '; most * across + 1]; HEIGHT + 1];
    for workers in 1..=most {
        rows[row(workers as f64)][workers * across] = '·';
    }
    for (sign, table) in [('s', strong), ('w', weak)] {
        for line in table {
            rows[row(line.speed_up)][workers(line) * across] = sign;
        }
    }
    let mut text = String::new();
    for (height, signs) in rows.iter().enumerate().rev() {
        let label = if height % 4 == 0 {
            format!("{:6.1}", height as f64 / upward)
        } else {
            " ".repeat(6)
        };
        let signs: String = signs.iter().collect();
        text += &format!("{label} │{}\n", signs.trim_end());
    }
    text += &format!("       └{}\n         ", "─".repeat(most * across));
    text + &(1..=most)
        .map(|workers| format!("{workers:across$}"))
        .collect::<String>()
        + "\n"
}

/// The same as SVG.
pub fn write_svg(path: &Path, strong: &[Scaling], weak: &[Scaling]) -> io::Result<()> {
    draw(path, strong, weak).map_err(|error| io::Error::other(error.to_string()))
}

fn draw(
    path: &Path,
    strong: &[Scaling],
    weak: &[Scaling],
) -> Result<(), Box<dyn std::error::Error>> {
    let most = strong.iter().chain(weak).map(workers).max().unwrap_or(1) as f64;
    let area = SVGBackend::new(path, (640, 480)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("speed-up of the mean of a matrix", ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..most + 0.5, 0.0..most + 0.5)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("workers: ranks times threads")
        .y_desc("speed-up against one rank with one thread")
        .draw()?;
    let best = LineSeries::new([(0.0, 0.0), (most, most)], BLACK.mix(0.4));
    chart
        .draw_series(best)?
        .label("the best to expect")
        .legend(mark(BLACK));
    for (name, table, color) in [
        ("strong scaling", strong, BLUE),
        ("weak scaling", weak, RED),
    ] {
        let points = table
            .iter()
            .map(|line| (workers(line) as f64, line.speed_up));
        let dots = points.map(|point| Circle::new(point, 4, color.filled()));
        chart.draw_series(dots)?.label(name).legend(mark(color));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .border_style(BLACK.mix(0.4))
        .draw()?;
    area.present()?;
    Ok(())
}

/// How a series stands in the legend.
fn mark(color: RGBColor) -> impl Fn((i32, i32)) -> Circle<(i32, i32), i32> {
    move |(x, y)| Circle::new((x + 8, y), 4, color.filled())
}
