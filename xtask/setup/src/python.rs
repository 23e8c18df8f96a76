//! Finding a Python that can fetch packages: with pip, or with what makes one.

use crate::{
    process::run,
    surroundings::Surroundings,
    trouble::{Lack, Trouble},
};
use anyhow::Result;
use serde::Deserialize;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Prints what there is to know, in words that Python 2 understands too.
const PROBE: &str = r#"
import json, os, platform, sys
try:
    import pip
    version = pip.__version__
except Exception:
    version = None
try:
    import ensurepip, venv
    make = True
except Exception:
    make = False
try:
    libc = os.confstr("CS_GNU_LIBC_VERSION")
except Exception:
    libc = None
print(json.dumps({"version": list(sys.version_info[:3]), "pip": version, "makes_pip": make,
    "machine": platform.machine(), "libc": libc}))
"#;

/// pips before this one do not know the names of today's packages for Linux and macOS.
const OLDEST_PIP: (u32, u32) = (20, 3);

/// A Python that can fetch packages.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    pub(crate) program: PathBuf,
    /// Such as `3.11.2`.
    pub(crate) version: String,
    pub(crate) pip: Pip,
    /// Such as `glibc 2.36`; none for another C library.
    pub(crate) libc: Option<String>,
}

/// How a Python comes by its pip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pip {
    /// It has one; `new` tells whether it is new enough, `user` whether it lies in the user's home.
    Present { new: bool, user: bool },
    /// It makes one in a virtual environment.
    Makes,
}

#[derive(Deserialize)]
struct Answer {
    version: [u32; 3],
    pip: Option<String>,
    makes_pip: bool,
    machine: String,
    libc: Option<String>,
}

impl Answer {
    fn pip(&self, user: bool) -> Option<Pip> {
        let Some(version) = &self.pip else {
            return self.makes_pip.then_some(Pip::Makes);
        };
        let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
        let version = (
            numbers.next().unwrap_or(0),
            numbers.next().unwrap_or_default(),
        );
        let new = version >= OLDEST_PIP;
        Some(Pip::Present { new, user })
    }
}

/// The first Python on PATH that can fetch packages for this processor.
///
/// # Errors
/// [`Lack::Python`] and [`Lack::Pip`].
pub(crate) fn find(surroundings: &Surroundings) -> Result<Python> {
    let newest_first = (6..=20).rev().map(|minor| format!("python3.{minor}"));
    let names = ["python3".to_owned()].into_iter().chain(newest_first);
    let on_path = names
        .chain(["python".to_owned()])
        .flat_map(|name| surroundings.all(&name).collect::<Vec<_>>());
    let mut without_pip = None;
    for program in on_path {
        for user in [false, true] {
            let Some(answer) = ask(surroundings, &program, user) else {
                break;
            };
            // A Python for another processor (Rosetta) would fetch libraries for that one.
            let machine = match answer.machine.as_str() {
                "arm64" => "aarch64",
                "amd64" | "AMD64" => "x86_64",
                other => other,
            };
            if answer.version < [3, 6, 0] || machine != std::env::consts::ARCH {
                break;
            }
            if let Some(pip) = answer.pip(user) {
                let [major, minor, patch] = answer.version;
                return Ok(Python {
                    program,
                    version: format!("{major}.{minor}.{patch}"),
                    pip,
                    libc: answer.libc,
                });
            }
            without_pip.get_or_insert_with(|| program.clone());
        }
    }
    let lack = without_pip.map_or(Lack::Python, |python| Lack::Pip { python });
    Err(Trouble::new(lack, surroundings).into())
}

/// The pip of a virtual environment that was just made.
pub(crate) fn pip_of(surroundings: &Surroundings, program: &Path) -> Option<Pip> {
    ask(surroundings, program, false)?.pip(false)
}

/// None when it does not run, or is no Python at all.
fn ask(surroundings: &Surroundings, program: &Path, user: bool) -> Option<Answer> {
    let mut command = surroundings.command(program);
    command
        .args(["-c", PROBE])
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if !user {
        command.env("PYTHONNOUSERSITE", "1");
    }
    let said = run(&mut command, Duration::from_secs(20)).ok()?;
    serde_json::from_str(&said.output).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt as _};

    fn python(folder: &Path, name: &str, script: &str) {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn answer(version: &str, pip: &str, makes: bool) -> String {
        let machine = std::env::consts::ARCH;
        format!(
            "echo '{{\"version\":{version},\"pip\":{pip},\"makes_pip\":{makes},\
             \"machine\":\"{machine}\",\"libc\":null}}'"
        )
    }

    #[test]
    fn a_newer_python_beside_a_poor_one_is_found() {
        let folder = tempfile::tempdir().unwrap();
        python(folder.path(), "python3", &answer("[3,6,8]", "null", false));
        python(folder.path(), "python3.9", &answer("[3,9,1]", "null", true));
        let found = find(&Surroundings::none().with("PATH", folder.path())).unwrap();
        assert_eq!(found.program, folder.path().join("python3.9"));
        assert_eq!((found.version.as_str(), found.pip), ("3.9.1", Pip::Makes));
    }

    #[test]
    fn an_old_pip_is_known_as_such() {
        let folder = tempfile::tempdir().unwrap();
        for (pip, new) in [
            ("18.1", false),
            ("20.2.4", false),
            ("20.3", true),
            ("24.0", true),
        ] {
            let script = answer("[3,6,8]", &format!("\"{pip}\""), true);
            python(folder.path(), "python3", &script);
            let found = find(&Surroundings::none().with("PATH", folder.path())).unwrap();
            assert_eq!(found.pip, Pip::Present { new, user: false }, "{pip}");
        }
    }

    #[test]
    fn a_pip_in_the_users_home_is_the_second_choice() {
        let folder = tempfile::tempdir().unwrap();
        let with = answer("[3,8,1]", "\"23.0\"", false);
        let without = answer("[3,8,1]", "null", false);
        let script = format!("if [ -n \"$PYTHONNOUSERSITE\" ]; then {without}; else {with}; fi");
        python(folder.path(), "python3", &script);
        let found = find(&Surroundings::none().with("PATH", folder.path())).unwrap();
        let expected = Pip::Present {
            new: true,
            user: true,
        };
        assert_eq!(found.pip, expected);
    }
}
