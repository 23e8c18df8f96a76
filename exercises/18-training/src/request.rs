//! The arguments on the command line.

use demo::agree;
use mpi::topology::SimpleCommunicator;
use std::{env, ffi::OsString, fs::File, path::PathBuf, process::ExitCode};

const MOST_EPOCHS: u64 = 1_000_000;
const MOST_HIDDEN: u64 = 10_000;

/// The size of the network, the length of its training, and the file for the picture.
pub struct Request {
    /// The number of epochs.
    pub epochs: u64,
    /// The number of hidden neurons.
    pub hidden: usize,
    /// The file; only rank 0 knows it.
    pub path: PathBuf,
}

impl Request {
    /// Reads the arguments and opens the file on rank 0. All ranks must call it, and all return the same,
    /// except that only rank 0 has the file and its path.
    pub fn agree(world: &SimpleCommunicator) -> Result<(Option<File>, Self), ExitCode> {
        let (mut file, mut path) = (None, PathBuf::new());
        let [epochs, hidden] = agree(world, || {
            let request = Self::read(env::args_os().skip(1).collect())?;
            let opened = File::create(&request.path).map_err(|error| {
                format!("{} cannot be written: {error}", request.path.display())
            })?;
            (file, path) = (Some(opened), request.path);
            Ok([request.epochs, request.hidden as u64])
        })?;
        Ok((
            file,
            Self {
                epochs,
                hidden: hidden as usize,
                path,
            },
        ))
    }

    fn read(arguments: Vec<OsString>) -> Result<Self, String> {
        const USAGE: &str = "Type, for example: cargo xtask run 18 -- 1000 48 spirals.png";
        if arguments.len() == 1 || arguments.len() > 3 {
            return Err(format!(
                "There are a number of epochs and one of hidden neurons; a file may follow. {USAGE}"
            ));
        }
        let path = arguments.get(2).map(PathBuf::from);
        Ok(Self {
            epochs: number(&arguments, 0, "epochs", 600, MOST_EPOCHS)?,
            hidden: number(&arguments, 1, "hidden neurons", 32, MOST_HIDDEN)? as usize,
            path: path.unwrap_or_else(beside_this_program),
        })
    }
}

fn number(
    arguments: &[OsString],
    at: usize,
    name: &str,
    usual: u64,
    most: u64,
) -> Result<u64, String> {
    let Some(text) = arguments.get(at) else {
        return Ok(usual);
    };
    let text = text.to_string_lossy();
    match text.parse::<u64>() {
        Ok(0) => Err(format!("Without {name} nothing is learned.")),
        Ok(number) if number <= most => Ok(number),
        Ok(_) => Err(format!("{text} {name} are too many: at most {most}.")),
        Err(_) => Err(format!("`{text}` is not a number of {name}.")),
    }
}

/// In the target folder, which can be deleted at any time.
fn beside_this_program() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    program.with_file_name("spirals.png")
}
