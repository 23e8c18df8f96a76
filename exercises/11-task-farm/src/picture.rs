//! The picture as a PNG file.

use std::{
    fs::File,
    io::{BufWriter, Write},
};
use task_farm::View;

/// Writes the picture, all of it, before it returns.
pub fn write(file: File, view: &View, pixels: &[u16]) -> Result<(), png::EncodingError> {
    let mut file = BufWriter::new(file);
    let mut encoder = png::Encoder::new(&mut file, view.width as u32, view.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let colours: Vec<u8> = pixels
        .iter()
        .flat_map(|steps| colour(*steps, view.limit))
        .collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&colours)?;
    writer.finish()?;
    Ok(file.flush()?)
}

/// Red, green and blue: from dark blue over white to brown, and black for what stays.
fn colour(steps: u16, limit: u16) -> [u8; 3] {
    if steps >= limit {
        return [0; 3];
    }
    // Most pixels leave after few steps: the root spreads them.
    let part = (f64::from(steps) / f64::from(limit)).sqrt();
    let wave = |shift: f64| 0.5 - 0.5 * (std::f64::consts::TAU * (part + shift)).cos();
    [0.0, 0.08, 0.2].map(|shift| (255.0 * wave(shift)) as u8)
}
