//! What is asked for on the command line. Only rank 0 looks, so that one message says what is wrong, and all
//! ranks learn whether it is: else those that go on would wait for those that have left.

use mpi::{topology::SimpleCommunicator, traits::*};
use std::{env, ffi::OsString, fs::File, path::PathBuf};
use task_farm::View;

/// Pixels of a side.
const LONGEST: usize = u16::MAX as usize;
/// Pixels in all; they are held in memory several times.
const MOST: usize = 100_000_000;

/// A picture, and where it goes.
pub struct Request {
    /// What is drawn.
    pub view: View,
    /// The file; only rank 0 knows it.
    pub path: PathBuf,
}

impl Request {
    /// Reads the arguments and opens the file on rank 0. All ranks must call it, and all return the same,
    /// but that only rank 0 has the file and the reason why it is refused.
    pub fn agree(world: &SimpleCommunicator) -> Result<(Option<File>, Self), String> {
        let found = (world.rank() == 0).then(|| {
            let request = Self::read(env::args_os().skip(1).collect())?;
            let file = File::create(&request.path).map_err(|error| {
                format!("{} cannot be written: {error}", request.path.display())
            })?;
            Ok((file, request))
        });
        // No pixels: refused.
        let mut size = match &found {
            Some(Ok((_, Self { view, .. }))) => [view.width as u64, view.height as u64],
            _ => [0; 2],
        };
        world.process_at_rank(0).broadcast_into(&mut size[..]);
        match found {
            Some(found) => found.map(|(file, request)| (Some(file), request)),
            None if size[0] == 0 => Err(String::from("rank 0 says why")),
            None => Ok((
                None,
                Self {
                    view: view(size.map(|length| length as usize)),
                    path: PathBuf::new(),
                },
            )),
        }
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
            _ => return Err(format!("A picture has a width and a height. {USAGE}")),
        };
        if size[0] * size[1] > MOST {
            return Err(format!(
                "{} x {} pixels are too many: at most {MOST} are drawn.",
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

/// In the target folder, where nobody has to clean up.
fn beside_this_program() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    program.with_file_name("julia.png")
}
