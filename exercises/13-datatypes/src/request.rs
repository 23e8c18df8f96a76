//! The arguments on the command line.

use demo::agree;
use mpi::topology::SimpleCommunicator;
use std::{env, process::ExitCode};

/// More would not fit into a terminal of 80 columns.
const MOST_ROWS: u64 = 16;
const MOST_COLUMNS: u64 = 12;

/// A matrix, and a block of it.
#[derive(Clone, Copy)]
pub struct Request {
    /// Rows and columns of the matrix.
    pub shape: [usize; 2],
    /// Rows and columns of the block.
    pub block: [usize; 2],
    /// Row and column of its first element.
    pub corner: [usize; 2],
}

impl Request {
    /// Reads the arguments on rank 0. All ranks must call it, and all return the same.
    pub fn agree(world: &SimpleCommunicator) -> Result<Self, ExitCode> {
        let numbers = agree(world, || read(env::args().skip(1).collect()))?;
        let [rows, columns, height, width, row, column] = numbers.map(|number| number as usize);
        Ok(Self {
            shape: [rows, columns],
            block: [height, width],
            corner: [row, column],
        })
    }
}

/// The rows and columns of the matrix, those of the block, and those of its corner.
fn read(arguments: Vec<String>) -> Result<[u64; 6], String> {
    const USAGE: &str = "Type, for example: cargo xtask run 13 -- 5 8, or with a block of 2 × 3 from row 1 and \
                         column 4: cargo xtask run 13 -- 5 8 2 3 1 4";
    let number = |text: &String| {
        let number = text.parse::<u64>();
        number.map_err(|_| format!("`{text}` is not a number of rows or columns. {USAGE}"))
    };
    let numbers: Vec<u64> = arguments.iter().map(number).collect::<Result<_, _>>()?;
    let [rows, columns, block @ ..] = match numbers[..] {
        [] => [5, 8, 2, 3, 2, 4],
        [rows, columns] => [
            rows,
            columns,
            rows.min(2),
            columns.min(3),
            rows / 4,
            columns / 4,
        ],
        [rows, columns, height, width, row, column] => [rows, columns, height, width, row, column],
        _ => return Err(format!("Give two or six numbers. {USAGE}")),
    };
    if rows == 0 || columns == 0 {
        return Err(format!("A matrix of {rows} × {columns} has no elements."));
    }
    if rows > MOST_ROWS || columns > MOST_COLUMNS {
        return Err(format!(
            "A matrix of {rows} × {columns} is too large to show: at most {MOST_ROWS} × {MOST_COLUMNS}."
        ));
    }
    let [height, width, row, column] = block;
    if height == 0 || width == 0 {
        return Err(format!("A block of {height} × {width} has no elements."));
    }
    let is_inside = |start: u64, length: u64, all| start.saturating_add(length) <= all;
    if !is_inside(row, height, rows) || !is_inside(column, width, columns) {
        return Err(format!(
            "A block of {height} × {width} from row {row} and column {column} is not inside a matrix of \
             {rows} × {columns}."
        ));
    }
    Ok([rows, columns, height, width, row, column])
}
