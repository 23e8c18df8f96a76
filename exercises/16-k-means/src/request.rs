//! The arguments on the command line.

use demo::agree;
use mpi::topology::SimpleCommunicator;
use std::{env, ffi::OsString, fs::File, path::PathBuf, process::ExitCode};

const MOST_POINTS: u64 = 10_000_000;
/// One character of the terminal for each.
const MOST_CLUSTERS: u64 = 26;

/// Points, and the file for their picture.
pub struct Request {
    /// The number of points.
    pub points: usize,
    /// The number of centers.
    pub clusters: usize,
    /// The file; only rank 0 knows it.
    pub path: PathBuf,
}

impl Request {
    /// Reads the arguments and opens the file on rank 0. All ranks must call it, and all return the same,
    /// except that only rank 0 has the file and its path.
    pub fn agree(world: &SimpleCommunicator) -> Result<(Option<File>, Self), ExitCode> {
        let (mut file, mut path) = (None, PathBuf::new());
        let [points, clusters] = agree(world, || {
            let request = Self::read(env::args_os().skip(1).collect())?;
            let opened = File::create(&request.path).map_err(|error| {
                format!("{} cannot be written: {error}", request.path.display())
            })?;
            (file, path) = (Some(opened), request.path);
            Ok([request.points, request.clusters].map(|number| number as u64))
        })?
        .map(|number| number as usize);
        Ok((
            file,
            Self {
                points,
                clusters,
                path,
            },
        ))
    }

    fn read(arguments: Vec<OsString>) -> Result<Self, String> {
        const USAGE: &str = "Type, for example: cargo xtask run 16 -- 20000 6 clusters.png";
        if arguments.len() == 1 || arguments.len() > 3 {
            return Err(format!(
                "Give the number of points and the number of centers; a file may follow. {USAGE}"
            ));
        }
        let points = number(&arguments, 0, "points", 3000, MOST_POINTS)?;
        let clusters = number(&arguments, 1, "centers", 5, MOST_CLUSTERS)?;
        if points < clusters {
            return Err(format!(
                "{points} points are too few for {clusters} centers: each center begins at a different point."
            ));
        }
        let path = arguments.get(2).map(PathBuf::from);
        Ok(Self {
            points,
            clusters,
            path: path.unwrap_or_else(beside_this_program),
        })
    }
}

fn number(
    arguments: &[OsString],
    at: usize,
    name: &str,
    usual: usize,
    most: u64,
) -> Result<usize, String> {
    let Some(text) = arguments.get(at) else {
        return Ok(usual);
    };
    let text = text.to_string_lossy();
    match text.parse::<u64>() {
        Ok(0) => Err(format!("Without {name} there are no clusters.")),
        Ok(number) if number <= most => Ok(number as usize),
        Ok(_) => Err(format!("{text} {name} are too many: at most {most}.")),
        Err(_) => Err(format!("`{text}` is not a number of {name}.")),
    }
}

/// In the target folder, which can be deleted at any time.
fn beside_this_program() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    program.with_file_name("clusters.png")
}
