//! A private folder for what the ranks of a job write down while they run, in memory, or for larger files, on disk.

use crate::{keeper::Folder, socket};
use anyhow::{Context, Result};
use std::{env, path::Path};

/// A file system in memory: what is written there costs no disk, and few write it slower.
const MEMORY: &str = "/dev/shm";

/// A folder that nobody else can read; gone when dropped, and also when this process is killed.
#[derive(Debug)]
pub struct Scratch(Folder);

impl Scratch {
    /// Makes a fresh folder in memory, or below `$TMPDIR` where there is no such file system.
    ///
    /// # Errors
    /// If it can be made in neither place.
    pub fn create() -> Result<Self> {
        let name = format!("workbook-{}", socket::random(8)?);
        if let Ok(folder) = Folder::make(Path::new(MEMORY).join(&name)) {
            return Ok(Self(folder));
        }
        Self::below_tmpdir(&name)
    }

    /// Makes a fresh folder below `$TMPDIR`, for what may need more room than there is memory.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn on_disk() -> Result<Self> {
        Self::below_tmpdir(&format!("workbook-{}", socket::random(8)?))
    }

    fn below_tmpdir(name: &str) -> Result<Self> {
        let path = env::temp_dir().join(name);
        let folder = Folder::make(path.clone()).with_context(|| {
            format!(
                "cannot make the folder {}; is it full, or not writable?",
                path.display()
            )
        })?;
        Ok(Self(folder))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}
