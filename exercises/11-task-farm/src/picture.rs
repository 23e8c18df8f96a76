//! The picture as a PNG file.

use std::{fs::File, io};
use task_farm::View;

/// Writes the whole picture before it returns.
pub fn write(file: File, view: &View, pixels: &[u16]) -> io::Result<()> {
    let colours: Vec<u8> = pixels
        .iter()
        .flat_map(|steps| colour(*steps, view.limit))
        .collect();
    drawing::write_png(file, [view.width, view.height], &colours)
}

/// Red, green and blue: from dark blue over white to brown, and black for points that stay.
fn colour(steps: u16, limit: u16) -> [u8; 3] {
    if steps >= limit {
        return [0; 3];
    }
    // Most points leave after few steps: the root spreads their colors.
    let part = (f64::from(steps) / f64::from(limit)).sqrt();
    let wave = |shift: f64| 0.5 - 0.5 * (std::f64::consts::TAU * (part + shift)).cos();
    [0.0, 0.08, 0.2].map(|shift| (255.0 * wave(shift)) as u8)
}
