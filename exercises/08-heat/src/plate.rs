//! The plate that is simulated, and how it looks: a hot word on a cold plate with a warm edge.

use heat::Grid;

/// The word, in seven rows.
const WORD: [&str; 7] = [
    "#...#.#####..###..#####",
    "#...#.#.....#...#...#..",
    "#...#.#.....#...#...#..",
    "#####.####..#####...#..",
    "#...#.#.....#...#...#..",
    "#...#.#.....#...#...#..",
    "#...#.#####.#...#...#..",
];
/// The word takes this part of the plate, in each direction.
const PART: f64 = 0.8;
/// The temperatures of the word and of the left edge, in degrees; all other cells are at 0.
pub const HOT: f64 = 100.0;
const WARM: f64 = 60.0;

/// The whole grid before the first step.
pub fn plate([rows, columns]: [usize; 2]) -> Grid {
    let (width, height) = (columns + 2, rows + 2);
    let mut grid = Grid {
        width,
        cells: vec![0.0; width * height],
    };
    for row in 0..height {
        grid.row_mut(row)[0] = WARM;
    }
    for row in 0..rows {
        for column in 0..columns {
            if is_hot(row, rows, WORD.len()).is_some_and(|line| {
                is_hot(column, columns, WORD[0].len())
                    .is_some_and(|sign| WORD[line].as_bytes()[sign] == b'#')
            }) {
                grid.row_mut(row + 1)[column + 1] = HOT;
            }
        }
    }
    grid
}

/// The index of the line or character of the word at this place, if there is one.
fn is_hot(at: usize, length: usize, signs: usize) -> Option<usize> {
    let place = (at as f64 + 0.5) / length as f64;
    let within = (place - (1.0 - PART) / 2.0) / PART;
    (0.0..1.0)
        .contains(&within)
        .then(|| ((within * signs as f64) as usize).min(signs - 1))
}

/// Red, green and blue of a temperature: from black over red and yellow to white.
pub fn colour(degrees: f64) -> [u8; 3] {
    let part = (degrees / HOT).clamp(0.0, 1.0);
    [3.0 * part, 3.0 * part - 1.0, 3.0 * part - 2.0]
        .map(|shade| (255.0 * shade.clamp(0.0, 1.0)) as u8)
}

/// The number of columns. There are half as many lines as pixels would need, because characters are twice as high as
/// wide.
const COLUMNS: usize = 78;
/// From cold to hot, in a terminal without colors.
const SHADES: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];
/// The same with colors: numbers of the terminal's 256 colors.
const GROUNDS: [u8; 10] = [16, 52, 88, 124, 160, 202, 208, 220, 228, 231];

/// The grid as text, in color if the terminal has colors.
pub fn draw(grid: &Grid, has_colour: bool) -> String {
    let (rows, columns) = (grid.height() - 2, grid.width - 2);
    let signs = columns.min(COLUMNS);
    let lines = (rows * signs / columns / 2).clamp(1, rows.min(40));
    let mut text = String::new();
    for line in 0..lines {
        let row = grid.row(1 + (2 * line + 1) * rows / (2 * lines));
        for sign in 0..signs {
            let degrees = row[1 + (2 * sign + 1) * columns / (2 * signs)];
            let shade = (degrees / HOT * SHADES.len() as f64) as usize;
            let shade = shade.min(SHADES.len() - 1);
            match has_colour {
                true => text += &drawing::on_colour(" ", GROUNDS[shade]),
                false => text.push(SHADES[shade]),
            }
        }
        text = text.trim_end_matches(' ').to_owned() + "\n";
    }
    text
}
