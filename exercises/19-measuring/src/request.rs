//! The arguments on the command line.

use std::{env, fs, path::PathBuf};

const USAGE: &str =
    "Type one folder for logs and pictures, for example: cargo xtask run 19 -n 4 -- measured";

/// The folder for logs and pictures, which is made if it does not exist. Without an argument, it is an empty folder
/// beside this program, so that a sweep begins anew.
pub fn folder() -> Result<PathBuf, String> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let folder = match &arguments[..] {
        [] => {
            let program = env::current_exe().unwrap_or_default();
            let folder = program.with_file_name("measured");
            if folder.exists() {
                fs::remove_dir_all(&folder)
                    .map_err(|error| format!("{} cannot be emptied: {error}", folder.display()))?;
            }
            folder
        }
        [folder] => folder.clone(),
        _ => return Err(format!("That is more than one folder. {USAGE}")),
    };
    fs::create_dir_all(&folder)
        .map_err(|error| format!("{} cannot be made: {error}. {USAGE}", folder.display()))?;
    Ok(folder)
}
