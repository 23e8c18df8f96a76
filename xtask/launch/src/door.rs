//! Where processes of a job that has the terminal knock, so that their ends are seen: nobody else who
//! listens is their parent, and some leave no word.

use crate::os;
use anyhow::{Context, Result};
use std::io::{ErrorKind, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::ExitStatus;

/// A socket at which a process knocks by connecting to it. It waits until it hears a byte, and then keeps
/// the connection as long as it lives.
#[derive(Debug)]
pub struct Door {
    listener: UnixListener,
    deaths: os::Deaths,
}

impl Door {
    /// Opens a door at a path, at most 100 bytes long, in a folder of the job.
    ///
    /// # Errors
    ///
    /// If no socket can be made there.
    pub fn open(path: &Path) -> Result<Self> {
        let open = || -> std::io::Result<Self> {
            let listener = UnixListener::bind(path)?;
            listener.set_nonblocking(true)?;
            let deaths = os::Deaths::new()?;
            deaths.ring_for(&listener)?;
            Ok(Self { listener, deaths })
        };
        open().with_context(|| format!("cannot listen at {}", path.display()))
    }

    /// Readable when somebody has knocked, or one who had has ended: then look. For
    /// [`crate::Company::bell`].
    ///
    /// # Errors
    ///
    /// If the process has too many files open.
    pub fn bell(&self) -> Result<OwnedFd> {
        let bell = self.deaths.bell().as_fd().try_clone_to_owned();
        bell.context("cannot listen for deaths")
    }

    /// Lets in who has knocked. Gives the ids of those who have ended since the last look, the first
    /// first.
    ///
    /// # Errors
    ///
    /// If the system cannot be asked.
    pub fn look(&mut self) -> Result<Vec<u32>> {
        loop {
            match self.listener.accept() {
                Ok((mut stream, _)) => {
                    if let Some(pid) = os::peer(&stream) {
                        self.deaths.watch(pid.cast_signed(), &stream);
                    }
                    // Whoever has ended meanwhile need not hear it.
                    let _ = stream.write_all(b"\n");
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let ended = self.deaths.look().context("cannot ask who has died")?;
        Ok(ended.into_iter().map(i32::cast_unsigned).collect())
    }

    /// How a process has ended that had knocked, where the system tells: Linux does until its parent has
    /// waited for it, and since 6.15 after that too.
    pub fn status(&self, pid: u32) -> Option<ExitStatus> {
        self.deaths.status(pid.cast_signed())
    }
}
