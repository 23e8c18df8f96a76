//! The predicted speed-up against the number of ranks, beside the measured one, Amdahl's law and the ideal.

use crate::{Outcome, table::speed_up};
use anyhow::{Result, anyhow};
use plotters::prelude::*;
use std::path::Path;

/// The serial fraction of a program that is so many times as fast on so many ranks, from 0 to 1 (A. H. Karp and
/// H. P. Flatt: Measuring parallel processor performance, 1990).
fn serial_fraction(speed_up: f64, ranks: f64) -> f64 {
    let fraction = (1.0 / speed_up - 1.0 / ranks) / (1.0 - 1.0 / ranks);
    fraction.clamp(0.0, 1.0)
}

/// The speed-up by Amdahl's law.
fn amdahl(fraction: f64, ranks: f64) -> f64 {
    1.0 / (fraction + (1.0 - fraction) / ranks)
}

/// A line of the picture: its name, its points, and how it is drawn.
type Line = (&'static str, Vec<(f64, f64)>, ShapeStyle);

/// Writes the curves as SVG. Amdahl's law has the serial fraction of the outcome on the second number of ranks:
/// where the prediction leaves it, communication grows with the ranks. Measured is what the recorded runs gained on
/// this machine, as long as each rank had one of its `cores`. False if there are fewer than two outcomes, or the
/// first is not of one rank: then there is nothing to draw.
///
/// # Errors
/// If the file cannot be written.
pub fn write(path: &Path, title: &str, outcomes: &[Outcome], cores: u32) -> Result<bool> {
    let [first, second, ..] = outcomes else {
        return Ok(false);
    };
    let Some(last) = outcomes.last().filter(|_| first.ranks == 1) else {
        return Ok(false);
    };
    let most = f64::from(last.ranks);
    let fraction = serial_fraction(speed_up(first, second), f64::from(second.ranks));
    let points: Vec<(f64, f64)> = outcomes
        .iter()
        .map(|outcome| (f64::from(outcome.ranks), speed_up(first, outcome)))
        .collect();
    let measured: Vec<(f64, f64)> = outcomes
        .iter()
        .filter(|outcome| outcome.ranks <= cores)
        .filter_map(|outcome| {
            let gain = first.here? as f64 / outcome.here?.max(1) as f64;
            Some((f64::from(outcome.ranks), gain))
        })
        .collect();
    let both = points.iter().chain(&measured);
    let least = both.map(|point| point.1).fold(1.0, f64::min);
    let steps = || (0..=64).map(|step| most.powf(f64::from(step) / 64.0));
    let draw = || -> Result<(), Box<dyn std::error::Error + '_>> {
        let area = SVGBackend::new(path, (720, 440)).into_drawing_area();
        // A white background: without one, it is black on black in a dark viewer.
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .margin(16)
            .caption(title, ("sans-serif", 18))
            .x_label_area_size(44)
            .y_label_area_size(56)
            .build_cartesian_2d(
                (1.0..most * 1.05).log_scale(),
                (least * 0.9..most * 1.1).log_scale(),
            )?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_desc("ranks")
            .y_desc("speed-up")
            .x_label_formatter(&|value| format!("{value:.0}"))
            .label_style(("sans-serif", 14))
            .draw()?;
        let lines: [Line; 2] = [
            (
                "ideal",
                steps().map(|it| (it, it)).collect(),
                BLACK.mix(0.3).into(),
            ),
            (
                "Amdahl's law",
                steps().map(|it| (it, amdahl(fraction, it))).collect(),
                RED.stroke_width(2),
            ),
        ];
        for (name, line, style) in lines {
            chart
                .draw_series(LineSeries::new(line, style))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style));
        }
        let style = BLUE.stroke_width(2);
        chart
            .draw_series(LineSeries::new(points.iter().copied(), style).point_size(4))?
            .label("predicted")
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style));
        let style = BLACK.stroke_width(2);
        // One point alone is always 1.
        if measured.len() > 1 {
            let signs = measured.iter().map(|point| Cross::new(*point, 6, style));
            chart
                .draw_series(signs)?
                .label("measured here")
                .legend(move |(x, y)| Cross::new((x + 10, y), 6, style));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .label_font(("sans-serif", 14))
            .draw()?;
        area.present()?;
        Ok(())
    };
    draw().map_err(|error| anyhow!("writing the curves to {}: {error}", path.display()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(ranks: u32, time: u64) -> Outcome {
        Outcome {
            ranks,
            time,
            ..Outcome::default()
        }
    }

    #[test]
    fn the_serial_fraction_is_the_one_of_amdahls_law() {
        for fraction in [0.0, 0.1, 0.5, 1.0] {
            let found = serial_fraction(amdahl(fraction, 4.0), 4.0);
            assert!((found - fraction).abs() < 1e-12, "{found} for {fraction}");
        }
        // Faster than ideal.
        assert_eq!(serial_fraction(5.0, 4.0), 0.0);
    }

    #[test]
    fn curves_need_two_numbers_of_ranks_from_one_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("curves.svg");
        assert!(!write(&path, "", &[outcome(1, 100)], 4).unwrap());
        assert!(!write(&path, "", &[outcome(2, 100), outcome(4, 60)], 4).unwrap());
        assert!(!path.exists());
        let outcomes = [outcome(1, 100), outcome(2, 60), outcome(4, 130)];
        assert!(write(&path, "08 on gigabit", &outcomes, 4).unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        for part in ["08 on gigabit", "Amdahl", "predicted", "speed-up"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(!text.contains("measured"), "nothing was");
        let nowhere = folder.path().join("none/curves.svg");
        assert!(write(&nowhere, "", &outcomes, 4).is_err());
    }

    #[test]
    fn what_was_measured_is_drawn_as_long_as_ranks_have_cores() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("curves.svg");
        let outcomes = [(1, 110), (2, 65), (4, 70)].map(|(ranks, here)| Outcome {
            here: Some(here),
            ..outcome(ranks, 100 / u64::from(ranks))
        });
        let has_measured = |cores| {
            assert!(write(&path, "", &outcomes, cores).unwrap());
            let text = std::fs::read_to_string(&path).unwrap();
            text.contains("measured here")
        };
        assert!(has_measured(2));
        assert!(!has_measured(1));
    }
}
