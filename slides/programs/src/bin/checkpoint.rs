//! A file that is replaced by a new one, so that a crash at any moment leaves a complete one.

use std::{
    env,
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

fn main() -> io::Result<()> {
    let folder = env::temp_dir().join(format!("checkpoint-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let result = two_steps(&folder.join("state"));
    fs::remove_dir_all(&folder)?;
    result
}

fn two_steps(path: &Path) -> io::Result<()> {
    for step in ["step 100", "step 200"] {
        save(path, step.as_bytes())?;
        println!("saved: {}", fs::read_to_string(path)?);
    }
    Ok(())
}

// ANCHOR: save
fn save(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}
// ANCHOR_END: save
