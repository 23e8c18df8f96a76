//! The job's private folder: its socket, and a folder for temporary files. And the job's secrets.

use crate::keeper::Folder;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

/// A socket's path has room for 108 bytes on Linux, for 104 on macOS, and a zero at its end.
const LONGEST: usize = 100;
const SOCKET: &str = "s";
/// The folder for temporary files, beside the socket.
const TEMPORARY: &str = "t";

/// A listening socket that nobody else on the machine can open; gone when dropped.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) listener: UnixListener,
    pub(crate) path: PathBuf,
    folder: Folder,
}

impl Socket {
    /// Opens a socket in a fresh folder below `$TMPDIR`, or below `/tmp` if that is too long a
    /// path or no place for sockets.
    pub(crate) fn open() -> Result<Self> {
        Self::below(&std::env::temp_dir()).or_else(|_| {
            Self::below(Path::new("/tmp"))
                .context("cannot make a socket below /tmp; is it full, or not writable?")
        })
    }

    fn below(base: &Path) -> Result<Self> {
        let folder = base.join(format!("workbook-{}", random(6)?));
        let path = folder.join(SOCKET);
        if !base.is_absolute() || path.as_os_str().as_bytes().len() >= LONGEST {
            anyhow::bail!("{} is no path for a socket", path.display());
        }
        let folder = Folder::make(folder)?;
        let listener = UnixListener::bind(&path)?;
        listener.set_nonblocking(true)?;
        fs::create_dir(folder.path().join(TEMPORARY))?;
        Ok(Self {
            listener,
            path,
            folder,
        })
    }

    /// Where the job has its temporary files: the launcher's, which it leaves behind when it is killed,
    /// and what ranks put there.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.folder.path().join(TEMPORARY)
    }
}

/// That many random bytes, as hexadecimal digits.
pub(crate) fn random(bytes: usize) -> Result<String> {
    let mut buffer = vec![0; bytes];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut buffer))
        .context("cannot read random bytes from /dev/urandom")?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_missing_folder_is_refused() {
        assert!(Socket::below(Path::new(&format!("/{}", "x".repeat(90)))).is_err());
        assert!(Socket::below(Path::new("/no/such/folder")).is_err());
        assert!(Socket::below(Path::new("relative")).is_err());
    }
}
