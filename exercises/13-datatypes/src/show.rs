//! Matrices as text, with some elements marked; and the bytes of a struct.

use datatypes::Particle;
use std::{
    fmt::{self, Display, Formatter},
    mem::offset_of,
};

/// The number of columns that fit into 80 characters.
const COLUMNS: usize = 12;

/// A matrix, with some elements marked.
pub struct Marked<'a> {
    numbers: &'a [f64],
    columns: usize,
    is_marked: Box<dyn Fn(usize, usize) -> bool + 'a>,
}

impl<'a> Marked<'a> {
    /// `is_marked` gets the row and the column of an element.
    pub fn new(
        numbers: &'a [f64],
        columns: usize,
        is_marked: impl Fn(usize, usize) -> bool + 'a,
    ) -> Self {
        let is_marked = Box::new(is_marked);
        Self {
            numbers,
            columns,
            is_marked,
        }
    }
}

impl Display for Marked<'_> {
    fn fmt(&self, text: &mut Formatter<'_>) -> fmt::Result {
        for (row, numbers) in self.numbers.chunks(self.columns).enumerate() {
            let mut line = String::new();
            for (column, number) in numbers.iter().enumerate().take(COLUMNS) {
                let number = shown(number);
                line += &match (self.is_marked)(row, column) {
                    true => format!("[{number:>4}]"),
                    false => format!(" {number:>4} "),
                };
            }
            if self.columns > COLUMNS {
                line += " …";
            }
            writeln!(text, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A number, or a dot if it is negative, which means that no rank has put one there.
fn shown<N: PartialOrd + Default + Display>(number: &N) -> String {
    match *number < N::default() {
        true => String::from("."),
        false => number.to_string(),
    }
}

/// Numbers in a line, as many as fit.
pub fn line<N: PartialOrd + Default + Display>(numbers: &[N]) -> String {
    const WIDTH: usize = 66;
    let mut line = String::new();
    for number in numbers {
        if line.len() > WIDTH {
            return line + " …";
        }
        line += &format!(" {}", shown(number));
    }
    line
}

/// The bytes of a particle: a letter for those that are sent, `-` for those that the rank keeps, a dot for padding.
pub fn layout() -> String {
    let mut bytes = [b'.'; size_of::<Particle>()];
    for (start, length, letter) in [
        (offset_of!(Particle, charge), 1, b'c'),
        (offset_of!(Particle, position), 24, b'p'),
        (offset_of!(Particle, looks), 2, b'-'),
        (offset_of!(Particle, id), 8, b'i'),
        (offset_of!(Particle, weight), 4, b'-'),
    ] {
        bytes[start..start + length].fill(letter);
    }
    format!(
        "{}\nc charge, p position, i id; - the rank's own, . padding",
        String::from_utf8_lossy(&bytes)
    )
}
