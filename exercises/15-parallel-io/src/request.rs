//! The folder for the files: one that the command line names, or one that is removed at the end.

use mpi::{topology::SimpleCommunicator, traits::*};
use std::{
    env, fs, panic,
    path::{Path, PathBuf},
    sync::OnceLock,
};

const USAGE: &str = "Type a folder for the files, for example: cargo xtask run 15 -n 4 -- files";

/// Makes the folder. Returns whether the command line names it, and a number that no other program has now.
pub fn folder() -> Result<[u64; 2], String> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let process = u64::from(std::process::id());
    let (path, asked) = match &arguments[..] {
        [] => (temporary(process), 0),
        [path] if path.len() <= LONGEST && !path.is_empty() => (PathBuf::from(path), 1),
        [_] => return Err(format!("That is no name of a folder. {USAGE}")),
        _ => return Err(format!("That is more than one folder. {USAGE}")),
    };
    fs::create_dir_all(&path).map_err(|error| {
        format!(
            "The folder {} cannot be made: {error}. {USAGE}",
            path.display()
        )
    })?;
    Ok([asked, process])
}

/// The longest name of a folder, in bytes.
const LONGEST: usize = 1000;

fn temporary(process: u64) -> PathBuf {
    env::temp_dir().join(format!("parallel-io-{process}"))
}

/// The folder, if it is not to be kept.
static TEMPORARY: OnceLock<PathBuf> = OnceLock::new();

/// Removes a folder that is not to be kept when this rank panics. A rank may be ended as soon as its panic is reported.
pub fn remove_on_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if let Some(folder) = TEMPORARY.get() {
            let _ = fs::remove_dir_all(folder);
        }
        report(info);
    }));
}

/// The folder, which all ranks know.
pub struct Place {
    path: PathBuf,
    is_kept: bool,
    /// All ranks wait for each other before the folder is removed, on rank 0.
    world: SimpleCommunicator,
}

impl Place {
    /// Rank 0 broadcasts what it has found.
    pub fn of(world: &SimpleCommunicator, [asked, process]: [u64; 2]) -> Self {
        let mut name = [0; LONGEST];
        if world.rank() == 0 {
            let own = match asked {
                0 => temporary(process),
                _ => PathBuf::from(env::args().nth(1).unwrap_or_default()),
            };
            let bytes = own.as_os_str().as_encoded_bytes();
            name[..bytes.len()].copy_from_slice(bytes);
        }
        world.process_at_rank(0).broadcast_into(&mut name[..]);
        let end = name.iter().position(|byte| *byte == 0);
        let name = &name[..end.unwrap_or(LONGEST)];
        let path = PathBuf::from(String::from_utf8_lossy(name).into_owned());
        let is_kept = asked > 0;
        if !is_kept {
            TEMPORARY.get_or_init(|| path.clone());
        }
        Self {
            path,
            is_kept,
            world: world.duplicate(),
        }
    }

    pub fn folder(&self) -> &Path {
        &self.path
    }

    pub fn is_kept(&self) -> bool {
        self.is_kept
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        self.world.barrier();
        if self.world.rank() == 0 {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
