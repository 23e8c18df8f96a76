//! The arguments on the command line.

use demo::agree;
use mpi::topology::SimpleCommunicator;
use std::{env, ffi::OsString, fs::File, path::PathBuf, process::ExitCode};
use task_farm::View;

/// Pixels of a side.
const LONGEST: usize = u16::MAX as usize;
/// Pixels in all; they are held in memory several times.
const MOST: usize = 100_000_000;

/// A picture, and its file.
pub struct Request {
    /// The part of the plane, and its size in pixels.
    pub view: View,
    /// The file; only rank 0 knows it.
    pub path: PathBuf,
}

impl Request {
    /// Reads the arguments and opens the file on rank 0. All ranks must call it, and all return the
    /// same, except that only rank 0 has the file and its path.
    pub fn agree(world: &SimpleCommunicator) -> Result<(Option<File>, Self), ExitCode> {
        let (mut file, mut path) = (None, PathBuf::new());
        let size = agree(world, || {
            let request = Self::read(env::args_os().skip(1).collect())?;
            let opened = File::create(&request.path).map_err(|error| {
                format!("{} cannot be written: {error}", request.path.display())
            })?;
            (file, path) = (Some(opened), request.path);
            Ok([request.view.width, request.view.height].map(|length| length as u64))
        })?;
        let view = view(size.map(|length| length as usize));
        Ok((file, Self { view, path }))
    }

    fn read(arguments: Vec<OsString>) -> Result<Self, String> {
        const USAGE: &str = "Type, for example: cargo xtask run 11 -- 1280 960 julia.png";
        let (size, path) = match &arguments[..] {
            [] => ([640, 480], None),
            [width, height] => ([side("width", width)?, side("height", height)?], None),
            [width, height, path] => (
                [side("width", width)?, side("height", height)?],
                Some(PathBuf::from(path)),
            ),
            _ => {
                return Err(format!(
                    "Give a width and a height; a file may follow. {USAGE}"
                ));
            }
        };
        if size[0] * size[1] > MOST {
            return Err(format!(
                "{} × {} pixels are too many: at most {MOST} are drawn.",
                size[0], size[1]
            ));
        }
        Ok(Self {
            view: view(size),
            path: path.unwrap_or_else(beside_this_program),
        })
    }
}

fn view([width, height]: [usize; 2]) -> View {
    View {
        width,
        height,
        c: (-0.8, 0.156),
        limit: 255,
    }
}

fn side(name: &str, text: &OsString) -> Result<usize, String> {
    let text = text.to_string_lossy();
    match text.parse() {
        Ok(0) => Err(format!("A picture of {name} 0 has no pixels.")),
        Ok(length) if length <= LONGEST => Ok(length),
        Ok(_) => Err(format!(
            "The {name} {text} is too large: it is at most {LONGEST}."
        )),
        Err(_) => Err(format!("The {name} `{text}` is not a number of pixels.")),
    }
}

/// In the target folder, which can be deleted at any time.
fn beside_this_program() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    program.with_file_name("julia.png")
}
