//! The arguments on the command line.

use demo::agree;
use mpi::{topology::SimpleCommunicator, traits::*};
use std::{env, ffi::OsString, fs::File, path::PathBuf, process::ExitCode};

/// Rows or columns.
const LONGEST: u64 = 8192;
/// Steps.
const MOST: u64 = 1_000_000;

/// A simulation, and the file for its picture.
pub struct Request {
    /// Rows and columns inside the frame.
    pub shape: [usize; 2],
    /// The number of steps.
    pub steps: usize,
    /// The file for the picture; only rank 0 knows it.
    pub path: PathBuf,
}

impl Request {
    /// Reads the arguments, and tests whether the file can be written, on rank 0. All ranks must call it, and all
    /// return the same, except that only rank 0 has the path.
    pub fn agree(world: &SimpleCommunicator) -> Result<Self, ExitCode> {
        let mut path = PathBuf::new();
        let [rows, columns, steps] = agree(world, || {
            let request = Self::read(env::args_os().skip(1).collect())?;
            let [rows, columns] = request.shape;
            if rows < world.size() as usize {
                return Err(format!(
                    "A grid of {rows} × {columns} cells is too small for {} ranks: each rank needs at least one row.",
                    world.size()
                ));
            }
            File::create(&request.path).map_err(|error| {
                format!("{} cannot be written: {error}", request.path.display())
            })?;
            path = request.path;
            Ok([rows, columns, request.steps].map(|number| number as u64))
        })?
        .map(|number| number as usize);
        Ok(Self {
            shape: [rows, columns],
            steps,
            path,
        })
    }

    fn read(arguments: Vec<OsString>) -> Result<Self, String> {
        const USAGE: &str = "Type, for example: cargo xtask run 08 -- 240 400 300 heat.png";
        let number = |at: usize, name, usual, most| match arguments.get(at) {
            None => Ok(usual),
            Some(text) => number(name, text, most),
        };
        if arguments.len() == 1 || arguments.len() > 4 {
            return Err(format!(
                "Give rows and columns; steps and a file may follow. {USAGE}"
            ));
        }
        let shape = [
            number(0, "rows", 96, LONGEST)?,
            number(1, "columns", 160, LONGEST)?,
        ];
        let steps = number(2, "steps", 60, MOST)?;
        if let Some(name) = ["rows", "columns"]
            .into_iter()
            .zip(shape)
            .find_map(|(name, length)| (length == 0).then_some(name))
        {
            return Err(format!("A grid of 0 {name} has no cells."));
        }
        let path = arguments.get(3).map(PathBuf::from);
        Ok(Self {
            shape,
            steps,
            path: path.unwrap_or_else(beside_this_program),
        })
    }
}

fn number(name: &str, text: &OsString, most: u64) -> Result<usize, String> {
    let text = text.to_string_lossy();
    match text.parse::<u64>() {
        Ok(number) if number <= most => Ok(number as usize),
        Ok(_) => Err(format!("{text} {name} are too many: at most {most}.")),
        Err(_) => Err(format!("`{text}` is not a number of {name}.")),
    }
}

/// In the target folder, which can be deleted at any time.
fn beside_this_program() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    program.with_file_name("heat.png")
}
