//! What the last set-up saw and chose, kept in `.workbook/setup.json`, and whether it still holds.

use crate::{
    compiler::Compiler,
    files::{self, Stamp},
    install,
    libclang::Libclang,
    mpi::{Mpi, starts_with_slurm},
    os,
    surroundings::Surroundings,
};
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder for everything that the workbook makes, beside builds.
pub(crate) fn workbook(root: &Path) -> PathBuf {
    root.join(".workbook")
}

/// The compiler wrapper that plain cargo is given. Its name tells the user's MPICC from ours: cargo
/// hands our settings to `cargo xtask`, too.
pub(crate) fn wrapper(root: &Path) -> PathBuf {
    workbook(root).join("bin/mpicc")
}

/// Where no MPI is; what `CRAY_MPICH_DIR` must name when another MPI was chosen.
pub(crate) fn nowhere(root: &Path) -> PathBuf {
    workbook(root).join("no-cray-mpich")
}

/// Who decides which MPI is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The workbook: the user's MPI if it is fit, else the private one.
    #[default]
    Automatic,
    /// The user: the private one.
    Private,
    /// The user: one of the machine's.
    System,
}

/// What a choice depends on, beside files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// A workbook that was moved has to be set up anew: its paths are in many places.
    pub(crate) root: PathBuf,
    /// The user's MPICC, as a path.
    pub(crate) mpicc_variable: Option<PathBuf>,
    /// The first `mpicc` on PATH, as modules put it there.
    pub(crate) mpicc_on_path: Option<PathBuf>,
    /// The user's LIBCLANG_PATH.
    pub(crate) libclang_variable: Option<PathBuf>,
    /// The machine's CRAY_MPICH_DIR, which the `mpi` crate obeys before MPICC.
    pub(crate) cray: Option<PathBuf>,
    /// The first `cc` on PATH.
    pub(crate) compiler: Option<PathBuf>,
    /// Whether ranks are started with Slurm's `srun`: then no mpiexec is needed.
    pub(crate) slurm: bool,
    /// The versions that the workbook would install.
    pub(crate) pinned: String,
}

impl Seen {
    /// What there is to see now; `last` tells the user's settings from our own.
    pub(crate) fn now(root: &Path, last: Option<&Record>, surroundings: &Surroundings) -> Self {
        let path = |name: &str| surroundings.get(name).map(PathBuf::from);
        // Ours, also those of a folder that has since been moved.
        let mpicc_variable = path("MPICC").filter(|path| !path.ends_with(".workbook/bin/mpicc"));
        let mpicc_variable = mpicc_variable.map(|path| match path.components().count() {
            1 => surroundings.which(&path.to_string_lossy()).unwrap_or(path),
            _ => std::path::absolute(&path).unwrap_or(path),
        });
        // A libclang that our settings name is the user's if it was the user's before.
        let libclang_variable = match path("LIBCLANG_PATH") {
            Some(path) if last.is_some_and(|last| last.libclang.path == path) => {
                last.and_then(|last| last.seen.libclang_variable.clone())
            }
            Some(path) if in_some_workbook(&path) => None,
            path => path,
        };
        let cray = match path("CRAY_MPICH_DIR") {
            Some(path) if path.ends_with(".workbook/no-cray-mpich") => {
                last.and_then(|last| last.seen.cray.clone())
            }
            path => path,
        };
        let own = workbook(root);
        Self {
            root: root.to_owned(),
            mpicc_variable,
            mpicc_on_path: surroundings
                .all("mpicc")
                .find(|path| !path.starts_with(&own)),
            libclang_variable,
            cray,
            compiler: surroundings.which("cc"),
            slurm: starts_with_slurm(surroundings),
            pinned: install::pinned(),
        }
    }
}

fn in_some_workbook(path: &Path) -> bool {
    path.components()
        .any(|part| part.as_os_str() == ".workbook")
}

/// The whole record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) decision: Decision,
    pub(crate) seen: Seen,
    pub(crate) mpi: Mpi,
    /// The MPI that is taken when `MPICC` names none; none if there was no such set-up yet.
    #[serde(default)]
    pub(crate) kept: Option<Mpi>,
    pub(crate) libclang: Libclang,
    pub(crate) compiler: Compiler,
    /// The files that were examined, as they were then.
    pub(crate) files: Vec<Stamp>,
}

impl Record {
    /// The last record; none when there is none that this version can read.
    pub(crate) fn read(root: &Path) -> Option<Self> {
        let text = fs::read(path(root)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The MPI to stay with while `MPICC` names none.
    pub(crate) fn kept(&self) -> Option<&Mpi> {
        let named = self.seen.mpicc_variable.is_some();
        self.kept.as_ref().or((!named).then_some(&self.mpi))
    }

    /// Keeps the record for the next time.
    ///
    /// # Errors
    /// The folder cannot be written to, or a path in it is not UTF-8.
    pub(crate) fn write(&self, root: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).with_context(|| {
            format!(
                "writing {}: does the name of a folder hold bytes that are not UTF-8?",
                path(root).display()
            )
        })?;
        files::write(&path(root), &text, 0o600)
    }

    /// Whether nothing has changed since.
    pub(crate) fn holds(&self, seen: &Seen) -> bool {
        self.seen == *seen && self.files.iter().all(Stamp::holds)
    }

    /// The files on which a choice depends.
    pub(crate) fn stamps(
        seen: &Seen,
        mpi: &Mpi,
        libclang: &Libclang,
        compiler: &Compiler,
    ) -> Vec<Stamp> {
        let entries = fs::read_dir(&mpi.library_dir).into_iter().flatten();
        let libraries = entries.flatten().map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().unwrap_or_default();
            os::is_mpi_library(&name.to_string_lossy())
        });
        let mut paths = vec![
            mpi.mpicc.clone(),
            mpi.mpiexec.clone(),
            mpi.include.join("mpi.h"),
            libclang.path.clone(),
            compiler.include.join("stddef.h"),
        ];
        paths.extend(libraries);
        // One that was refused may have been replaced by a better one.
        paths.extend(seen.mpicc_on_path.clone());
        paths.sort();
        paths.dedup();
        paths.iter().filter_map(|path| Stamp::of(path)).collect()
    }
}

fn path(root: &Path) -> PathBuf {
    workbook(root).join("setup.json")
}
