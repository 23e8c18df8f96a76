//! The environment variables and the PATH that a set-up sees, as a value: tests make their own.
//! Not the machine's hardware; that is `machine`.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

/// What a process was given by whoever started it.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    variables: BTreeMap<OsString, OsString>,
    /// Whether the process has the rights of root.
    pub(crate) superuser: bool,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn of_this_process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            superuser: rustix::process::geteuid().is_root(),
        }
    }

    /// The value of a variable; none when it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        let value = self.variables.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value.as_os_str())
    }

    /// Every executable file of that name on PATH, in PATH's order.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = PathBuf> {
        let folders = std::env::split_paths(self.get("PATH").unwrap_or_default());
        folders
            .filter(|folder| folder.is_absolute())
            .map(move |folder| folder.join(name))
            .filter(|path| is_executable(path))
    }

    /// The first executable file of that name on PATH.
    pub(crate) fn which(&self, name: &str) -> Option<PathBuf> {
        self.all(name).next()
    }

    /// A command that sees these surroundings and nothing else.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.variables);
        command
    }

    /// The same with one variable changed.
    #[cfg(test)]
    pub(crate) fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// No variable at all, and not root.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self {
            variables: BTreeMap::new(),
            superuser: false,
        }
    }
}

/// Whether the path is a file that somebody may execute.
pub(crate) fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}
