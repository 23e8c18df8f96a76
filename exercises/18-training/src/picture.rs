//! The values of a network in the plane, in the terminal and as a PNG file.

use std::{fs::File, io};
use training::{Network, Sample};

/// The number of characters in a line.
pub const COLUMNS: usize = 60;
const LINES: usize = 24;
/// Pixels of a side, and between the two pictures.
const SIDE: usize = 500;
const GAP: usize = 20;
/// The plane is shown from -`MOST` to `MOST`.
const MOST: f64 = 1.1;
/// Numbers of colors for the two sides.
const PALETTE: [u8; 2] = [33, 208];
/// Red, green, and blue of the two sides.
const COLORS: [[u8; 3]; 2] = [[0, 114, 178], [230, 159, 0]];

/// 0 for 1, 1 for -1.
fn side(value: f64) -> usize {
    usize::from(value < 0.0)
}

/// The coordinate in the middle of a cell.
fn coordinate(cell: usize, cells: usize) -> f64 {
    ((cell as f64 + 0.5) / cells as f64 * 2.0 - 1.0) * MOST
}

/// The cell of a coordinate.
fn cell(coordinate: f64, cells: usize) -> usize {
    let part = (coordinate / MOST + 1.0) / 2.0;
    ((part * cells as f64) as usize).min(cells - 1)
}

/// Draws `+` where the value of the network is above 0, and `.` where it is below; and points with the label 1 as `O`,
/// and with -1 as `x`.
pub fn show(network: &Network, samples: &[Sample]) {
    const GROUND: [char; 2] = ['+', '.'];
    const POINTS: [char; 2] = ['O', 'x'];
    let mut cells: Vec<(char, usize)> = (0..LINES * COLUMNS)
        .map(|place| {
            let (line, column) = (place / COLUMNS, place % COLUMNS);
            let point = [coordinate(column, COLUMNS), -coordinate(line, LINES)];
            let side = side(network.value(point));
            (GROUND[side], side)
        })
        .collect();
    for Sample {
        point: [x, y],
        label,
    } in samples
    {
        let side = side(*label);
        cells[cell(-y, LINES) * COLUMNS + cell(*x, COLUMNS)] = (POINTS[side], side);
    }
    let has_color = drawing::has_colour();
    for line in cells.chunks(COLUMNS) {
        let line: String = line
            .iter()
            .map(|(sign, side)| match has_color {
                true => drawing::in_colour(&sign.to_string(), PALETTE[*side]),
                false => sign.to_string(),
            })
            .collect();
        println!("  {line}");
    }
}

/// Writes the whole picture of two networks, side by side, before it returns.
pub fn write(file: File, networks: [&Network; 2], samples: &[Sample]) -> io::Result<()> {
    let width = 2 * SIDE + GAP;
    let mut pixels = vec![255; 3 * width * SIDE];
    for (index, network) in networks.into_iter().enumerate() {
        let left = index * (SIDE + GAP);
        let mut dot = |row: usize, column: usize, color: [u8; 3]| {
            pixels[3 * (row * width + left + column)..][..3].copy_from_slice(&color);
        };
        for row in 0..SIDE {
            for column in 0..SIDE {
                let value = network.value([coordinate(column, SIDE), -coordinate(row, SIDE)]);
                // The larger the value, the stronger the color, but never as strong as that of the points.
                let strength = 0.6 * value.abs().min(1.0);
                let color = COLORS[side(value)];
                dot(row, column, color.map(|part| mixed(part, strength)));
            }
        }
        for Sample {
            point: [x, y],
            label,
        } in samples
        {
            let (row, column) = (cell(-y, SIDE), cell(*x, SIDE));
            for row in row.saturating_sub(3)..(row + 4).min(SIDE) {
                for column in column.saturating_sub(3)..(column + 4).min(SIDE) {
                    dot(row, column, COLORS[side(*label)]);
                }
            }
        }
    }
    drawing::write_png(file, [width, SIDE], &pixels)
}

/// A color, mixed with white.
fn mixed(part: u8, strength: f64) -> u8 {
    (255.0 - (255.0 - f64::from(part)) * strength) as u8
}
