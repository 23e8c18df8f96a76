//! The clusters, in the terminal and as a PNG file.

use k_means::Point;
use mpi::{topology::SimpleCommunicator, traits::*};
use std::{fs::File, io};

const LINES: usize = 20;
const COLUMNS: usize = 60;
/// Pixels of a side.
const SIDE: usize = 800;
/// Numbers of colors that can be told apart on a dark and on a light background.
const PALETTE: [u8; 8] = [33, 208, 34, 170, 178, 37, 160, 99];
/// Red, green and blue of the same.
const COLORS: [[u8; 3]; 8] = [
    [0, 114, 178],
    [230, 159, 0],
    [0, 158, 115],
    [204, 121, 167],
    [213, 94, 0],
    [86, 180, 233],
    [160, 140, 0],
    [120, 90, 200],
];

/// The places of points on a screen.
pub struct Picture<'a> {
    points: &'a [Point],
    has_color: bool,
    is_shown: bool,
}

/// From -1 to 1, as a whole number below `length`.
fn place(coordinate: f64, length: usize) -> usize {
    let part = (coordinate.clamp(-1.0, 1.0) + 1.0) / 2.0;
    ((part * length as f64) as usize).min(length - 1)
}

impl<'a> Picture<'a> {
    /// A picture of these points, which only rank 0 draws.
    pub fn of(world: &SimpleCommunicator, points: &'a [Point]) -> Self {
        Self {
            points,
            has_color: drawing::has_colour(),
            is_shown: world.rank() == 0,
        }
    }

    /// Draws each point as the letter of its cluster, and each center as the capital letter.
    pub fn show(&self, nearest: &[usize], centers: &[Point]) {
        if !self.is_shown {
            return;
        }
        let mut cells = vec![None; LINES * COLUMNS];
        let at = |[x, y]: Point| (LINES - 1 - place(y, LINES)) * COLUMNS + place(x, COLUMNS);
        for (point, cluster) in self.points.iter().zip(nearest) {
            cells[at(*point)] = Some((*cluster, false));
        }
        for (cluster, center) in centers.iter().enumerate() {
            cells[at(*center)] = Some((cluster, true));
        }
        for line in cells.chunks(COLUMNS) {
            let line: String = line.iter().map(|cell| self.cell(*cell)).collect();
            println!("  {}", line.trim_end());
        }
    }

    fn cell(&self, cell: Option<(usize, bool)>) -> String {
        let Some((cluster, is_center)) = cell else {
            return String::from(" ");
        };
        let letter = (b'a' + cluster as u8) as char;
        let letter = if is_center {
            letter.to_ascii_uppercase()
        } else {
            letter
        };
        match self.has_color {
            true => drawing::in_colour(&letter.to_string(), PALETTE[cluster % PALETTE.len()]),
            false => letter.to_string(),
        }
    }
}

/// Writes the whole picture before it returns.
pub fn write(file: File, points: &[Point], nearest: &[usize], centers: &[Point]) -> io::Result<()> {
    let mut pixels = vec![255; 3 * SIDE * SIDE];
    let mut dot = |[x, y]: Point, radius: usize, color: [u8; 3]| {
        let (column, row) = (place(x, SIDE), SIDE - 1 - place(y, SIDE));
        for row in row.saturating_sub(radius)..(row + radius + 1).min(SIDE) {
            for column in column.saturating_sub(radius)..(column + radius + 1).min(SIDE) {
                pixels[3 * (row * SIDE + column)..][..3].copy_from_slice(&color);
            }
        }
    };
    for (point, cluster) in points.iter().zip(nearest) {
        dot(*point, 1, COLORS[cluster % COLORS.len()]);
    }
    for center in centers {
        dot(*center, 6, [0; 3]);
    }
    drawing::write_png(file, [SIDE, SIDE], &pixels)
}
