//! A disk that is full, as far as this process is concerned: files may not grow beyond a size.

// A signal is ignored by a C function.
#![allow(unsafe_code)]

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Runs something in which no file of this process can have more than `bytes`: what would make it longer fails with
/// an error (`EFBIG`), as on a full disk. Files that are longer already stay so.
pub fn limited<R>(bytes: u64, run: impl FnOnce() -> R) -> R {
    // SAFETY: the signal is ignored, which needs no handler. It would end the process.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    let before = getrlimit(Resource::Fsize);
    let _back = Back(before);
    let narrow = Rlimit {
        current: Some(bytes),
        ..before
    };
    // It may always be lowered.
    let _ = setrlimit(Resource::Fsize, narrow);
    run()
}

/// Takes the limit back, also when a check is left early.
struct Back(Rlimit);

impl Drop for Back {
    fn drop(&mut self) {
        let _ = setrlimit(Resource::Fsize, self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::ErrorKind};

    #[test]
    fn a_file_grows_no_further_and_then_again() {
        let path = std::env::temp_dir().join(format!("harness-space-{}", std::process::id()));
        let error = super::limited(10, || fs::write(&path, [1; 11])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        assert_eq!(fs::read(&path).unwrap(), [1; 10]);
        fs::write(&path, [1; 11]).unwrap();
        fs::remove_file(&path).unwrap();
    }
}
