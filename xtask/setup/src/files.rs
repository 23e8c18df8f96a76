//! Writing files whole or not at all, and noticing that a file has changed.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, Permissions},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::UNIX_EPOCH,
};

/// A name that no other process or thread uses at the same time.
pub(crate) fn unique(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let now = UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos());
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}{}-{now:x}-{next}", std::process::id())
}

/// Writes `text` to `path` unless it stands there already. Whoever reads meanwhile, and whatever
/// breaks, sees the old text or the new one, never a part.
///
/// # Errors
/// The folder cannot be written to.
pub(crate) fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(unique(&format!(".{name}.")));
    let written = (|| {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(Permissions::from_mode(mode))?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // Best effort: what matters is the error below.
        let _ = fs::remove_file(&temporary);
    }
    written.with_context(|| {
        format!(
            "writing {} (is there space, and may you write in that folder?)",
            path.display()
        )
    })
}

/// How a file looked when it was last examined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    path: PathBuf,
    /// Size in bytes.
    size: u64,
    /// Time of the last change, in nanoseconds since 1970.
    modified: i128,
}

impl Stamp {
    /// The file as it is now; none when it is not there.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let data = path.metadata().ok()?;
        Some(Self {
            path: path.to_owned(),
            size: data.len(),
            modified: i128::from(data.mtime()) * 1_000_000_000 + i128::from(data.mtime_nsec()),
        })
    }

    /// Whether the file still looks like that.
    pub(crate) fn holds(&self) -> bool {
        Self::of(&self.path).as_ref() == Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unchanged_text_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file");
        write(&path, "one", 0o644).unwrap();
        let stamp = Stamp::of(&path).unwrap();
        write(&path, "one", 0o644).unwrap();
        assert!(stamp.holds());
        write(&path, "other", 0o644).unwrap();
        assert!(!stamp.holds());
        assert_eq!(fs::read_to_string(&path).unwrap(), "other");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
