//! Which rank has computed what, in the terminal: in color, or in plain characters without colors.

use task_farm::View;

/// The largest number of lines and columns of the picture.
const LINES: usize = 24;
const COLUMNS: usize = 56;
/// The number of columns of the longest time.
const TIME: usize = 56;
/// From few steps to many.
const SHADES: [char; 8] = [' ', '.', ':', '-', '=', '+', '*', '#'];
/// Numbers of colors that can be told apart on a dark and on a light background.
const PALETTE: [u8; 8] = [33, 208, 34, 170, 178, 37, 160, 99];

/// The result of a picture.
pub struct Shift {
    /// How its rows were distributed.
    pub name: String,
    /// For each rank, its rows and their steps, in the order in which it computed them.
    pub ranks: Vec<Vec<[u64; 2]>>,
    /// The picture, on rank 0.
    pub picture: Option<Vec<u16>>,
}

impl Shift {
    /// The number of steps that a rank has taken.
    pub fn steps_of(&self, rank: usize) -> u64 {
        self.ranks[rank].iter().map(|[_, steps]| steps).sum()
    }

    /// The most steps of a worker, divided by the mean of all workers. Rank 0 is no worker unless it is alone.
    pub fn imbalance_of_workers(&self) -> f64 {
        let first = usize::from(self.ranks.len() > 1);
        let steps = (first..self.ranks.len()).map(|rank| self.steps_of(rank));
        let (most, sum) = (steps.clone().max().unwrap_or(0), steps.clone().sum::<u64>());
        most as f64 * steps.len() as f64 / sum.max(1) as f64
    }

    fn owner(&self, row: usize) -> Option<usize> {
        let has = |rows: &Vec<[u64; 2]>| rows.iter().any(|[number, _]| *number == row as u64);
        self.ranks.iter().position(has)
    }
}

/// A terminal, and the number of ranks.
pub struct Terminal {
    has_colour: bool,
    ranks: usize,
}

impl Terminal {
    /// MPI's launcher is between this program and the terminal, so the command that starts both has to say that
    /// there are colors: by `CLICOLOR_FORCE=1`.
    pub fn new(ranks: usize) -> Self {
        let has_colour = drawing::has_colour();
        Self { has_colour, ranks }
    }

    /// The picture, each row in the color of the rank that computed it when rows were handed out, and beside it the
    /// rank of the row for each distribution.
    pub fn columns(&self, view: &View, shifts: &[Shift]) -> String {
        let lines = LINES.min(view.height);
        let columns = COLUMNS.min(view.width);
        let names: Vec<&str> = shifts.iter().map(|shift| &*shift.name).collect();
        let mut text = format!("{:columns$}  {}\n", "", names.join("  "));
        for line in 0..lines {
            // Not always the first, the second, …: otherwise all might be rows of the same rank.
            let rows = line * view.height / lines..(line + 1) * view.height / lines;
            let row = rows.start + line % rows.len();
            let owners: Vec<Option<usize>> = shifts.iter().map(|shift| shift.owner(row)).collect();
            let shades: String = (0..columns)
                .map(|column| {
                    let column = (2 * column + 1) * view.width / (2 * columns);
                    let pixels = shifts[0].picture.as_ref();
                    let steps = pixels.map_or(0, |pixels| pixels[row * view.width + column]);
                    shade(steps, view.limit)
                })
                .collect();
            text += &self.ink(&shades, owners.last().copied().flatten());
            for (owner, name) in owners.iter().zip(&names) {
                let rank = owner.map_or(String::from("-"), |rank| rank.to_string());
                text += "  ";
                text += &self.ink(&format!("{rank:^width$}", width = name.len()), *owner);
            }
            text = text.trim_end().to_owned() + "\n";
        }
        text
    }

    /// For each distribution and each rank, a line as long as the rank worked, and dots until the last one is done.
    pub fn timeline(&self, shifts: &[Shift]) -> String {
        let steps = |shift: &Shift| -> Vec<u64> {
            (0..self.ranks).map(|rank| shift.steps_of(rank)).collect()
        };
        let longest = |shift: &Shift| steps(shift).into_iter().max().unwrap_or(0);
        let all = shifts.iter().map(longest).max().unwrap_or(0).max(1);
        let columns = |steps: u64| (steps as f64 * TIME as f64 / all as f64).round() as usize;
        let mut text = String::new();
        for shift in shifts {
            let end = columns(longest(shift));
            text += &format!(
                "{}: {} steps until all ranks are done\n",
                shift.name,
                longest(shift)
            );
            for (rank, steps) in steps(shift).into_iter().enumerate() {
                let sign = if self.has_colour { "█" } else { "#" };
                let work = sign.repeat(columns(steps));
                let idle = ".".repeat(end - columns(steps));
                let rows = shift.ranks[rank].len();
                text += &format!(
                    "{rank:4} {}{idle} {rows} rows\n",
                    self.ink(&work, Some(rank))
                );
            }
        }
        text
    }

    fn ink(&self, text: &str, rank: Option<usize>) -> String {
        match rank.filter(|_| self.has_colour) {
            None => text.to_owned(),
            Some(rank) => drawing::in_colour(text, PALETTE[rank % PALETTE.len()]),
        }
    }
}

fn shade(steps: u16, limit: u16) -> char {
    let part = (f64::from(steps) / f64::from(limit.max(1))).sqrt();
    SHADES[((part * SHADES.len() as f64) as usize).min(SHADES.len() - 1)]
}
