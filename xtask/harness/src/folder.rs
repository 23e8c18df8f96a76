//! A folder for what a check writes to files.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// A folder of this process alone, removed with all that is in it when dropped. Where a check is ended in the middle,
/// the folder for temporary files is removed, which is the job's own.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes the folder.
    ///
    /// # Panics
    /// If it cannot be made: then there can be no check.
    #[expect(
        clippy::new_without_default,
        reason = "it makes something, as File::create does"
    )]
    pub fn new() -> Self {
        static MANY: AtomicU32 = AtomicU32::new(0);
        let count = MANY.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("check-{}-{count}", std::process::id()));
        fs::create_dir(&path).unwrap_or_else(|error| {
            panic!("the check cannot make {}: {error}", path.display());
        });
        Self(path)
    }

    /// The folder itself.
    pub fn whole(&self) -> &Path {
        &self.0
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_apart_and_each_goes_with_its_content() {
        let (one, other) = (Folder::new(), Folder::new());
        assert_ne!(one.whole(), other.whole());
        let file = one.path("file");
        fs::write(&file, "text").unwrap();
        drop(one);
        assert!(!file.exists() && other.whole().is_dir());
    }
}
