//! The library that is loaded into the ranks: it lies in this program, and is written to a file for
//! the dynamic loader.

use anyhow::{Context, Result, bail};
use launch::Scratch;
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// The library, as the build script has built it.
static LIBRARY: &[u8] = include_bytes!(env!("RECORDER"));

/// The variable by which the dynamic loader takes it.
const VARIABLE: &str = "LD_PRELOAD";

/// How the program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// As it is.
    Plain,
    /// With every standard send and every collective waiting for the other ranks.
    Strict,
    /// As it is, and recorded with the time for which each rank computes.
    Computing,
}

/// The library as a file, which goes when this is dropped.
pub(crate) struct Preload {
    path: PathBuf,
    /// Where the recording's folder must not hold programs.
    _elsewhere: Option<tempfile::TempDir>,
}

impl Preload {
    /// Writes the library into the recording's folder, or into another if programs must not be
    /// there.
    pub(crate) fn write(scratch: &Scratch) -> Result<Self> {
        if cfg!(not(target_os = "linux")) {
            bail!(
                "loading the recorder into any program is only known to work on Linux; the checks \
                 of the workbook's exercises need no such loading"
            );
        }
        let may_hold_programs = rustix::fs::statvfs(scratch.path())
            .map(|status| {
                !status
                    .f_flag
                    .contains(rustix::fs::StatVfsMountFlags::NOEXEC)
            })
            .unwrap_or(true);
        let elsewhere = if may_hold_programs {
            None
        } else {
            Some(tempfile::tempdir().context("making a folder for the recorder's library")?)
        };
        let folder = elsewhere
            .as_ref()
            .map_or(scratch.path(), |folder| folder.path());
        let path = folder.join("recorder.so");
        fs::write(&path, LIBRARY)
            .with_context(|| format!("writing the recorder's library to {}", path.display()))?;
        Ok(Self {
            path,
            _elsewhere: elsewhere,
        })
    }

    /// What the ranks need in their environment to record into a folder.
    pub(crate) fn env(&self, folder: &Path, way: Way) -> Vec<(OsString, OsString)> {
        let mut preload = self.path.clone().into_os_string();
        if let Some(others) = std::env::var_os(VARIABLE).filter(|others| !others.is_empty()) {
            preload.push(":");
            preload.push(others);
        }
        let mut env = vec![
            (VARIABLE.into(), preload),
            (recording::FOLDER.into(), folder.into()),
            (recording::ENDINGS.into(), "1".into()),
        ];
        match way {
            Way::Plain => {}
            Way::Strict => env.push((recording::STRICT.into(), "1".into())),
            Way::Computing => env.push((recording::CPU_TIME.into(), "1".into())),
        }
        env
    }
}
