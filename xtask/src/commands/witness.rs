//! `cargo xtask witness`: any MPI program, watched by a program of its own, which is built first and
//! then takes this one's place: terminal, signals and exit status are its own.

use crate::{Answer, cli, show, workbook::Workbook};
use anyhow::{Context, Result, bail};
use grade::{Progress, build::cargo, watched};
use setup::{Environment, Mpi};
use std::{
    convert::Infallible,
    ffi::{OsStr, OsString},
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

pub(crate) fn run(arguments: &cli::Witness) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let mut command = arguments.command.clone();
    let mut env = put_mpi_into_place(&workbook, &mut command)?;
    if launch::nodes::names_hosts(&command)? {
        env.retain(|(name, _)| !setup::CONFINING.iter().any(|it| name == it));
    }
    let mut options: Vec<OsString> = Vec::new();
    if arguments.strict {
        options.push("--strict".into());
    }
    if arguments.notes {
        options.push("--notes".into());
    }
    if arguments.format == cli::WitnessFormat::Json {
        options.extend(["--format", "json"].map(OsString::from));
    }
    if let Some(limit) = arguments.time_limit {
        options.push(format!("--time-limit={limit}").into());
    }
    if let Some(name) = &arguments.trace {
        options.extend(["--trace".into(), name.clone().into_os_string()]);
    }
    if let Some(network) = &arguments.predict {
        options.extend(["--predict".into(), network.into()]);
        options.extend(super::predict::replay_limit(arguments.replay_limit));
    }
    match become_witness(&workbook, &options, &command, &env)? {}
}

/// The witness's name for people.
pub(crate) const WITNESS: &str = "the witness";

/// Builds the witness, and becomes it. Only comes back when that is not possible.
pub(crate) fn become_witness(
    workbook: &Workbook,
    options: &[OsString],
    command: &[OsString],
    env: &[(OsString, OsString)],
) -> Result<Infallible> {
    let program = build_tool(workbook.root(), "witness", WITNESS)?;
    let error = Command::new(&program)
        .args(options)
        .arg("--")
        .args(command)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .exec();
    Err(error).with_context(|| format!("starting {}", program.display()))
}

/// Builds a program of the workbook that is no part of this one, beside what plain `cargo build
/// --release` makes. `what` is its name for people.
pub(crate) fn build_tool(root: &Path, package: &str, what: &str) -> Result<PathBuf> {
    build_beside(root, "release", package, what)
}

/// The same beside this program: for one that waits more than it computes, and has most of its parts in common
/// with this one.
pub(crate) fn build_like_this(root: &Path, package: &str, what: &str) -> Result<PathBuf> {
    build_beside(root, "command", package, what)
}

fn build_beside(root: &Path, profile: &str, package: &str, what: &str) -> Result<PathBuf> {
    let spinner = show::Spinner::start();
    spinner.building(what);
    let tell = &mut |progress: Progress<'_>| spinner.built(progress);
    let built = build_telling(root, profile, package, what, tell);
    spinner.stop();
    built
}

/// The same, and tells how far it is.
pub(crate) fn build_telling(
    root: &Path,
    profile: &str,
    package: &str,
    what: &str,
    tell: &mut dyn FnMut(Progress<'_>),
) -> Result<PathBuf> {
    let target = root.join("target");
    let mut cargo = cargo(root);
    cargo
        .args(["build", "--profile", profile, "--package", package])
        .env("CARGO_TARGET_DIR", &target);
    let said = watched(&mut cargo, tell).context("running cargo; is it still installed?")?;
    let Some(Output { status, stderr, .. }) = said else {
        bail!(grade::Interrupted);
    };
    if !status.success() {
        bail!(
            "cargo could not build {what}:\n\n{}\n\n\
             When a package cannot be downloaded, connect to the network once and try again.",
            String::from_utf8_lossy(&stderr).trim_end()
        );
    }
    Ok(target.join(profile).join(package))
}

/// Where the command begins with an `mpiexec` that is not there, or that is not the one of the
/// program: puts the workbook's own in its place. Returns what programs of the workbook's MPI need in
/// their environment, if this is one.
fn put_mpi_into_place(
    workbook: &Workbook,
    command: &mut [OsString],
) -> Result<Vec<(OsString, OsString)>> {
    let Some((first, rest)) = command.split_first_mut() else {
        return Ok(Vec::new());
    };
    let is_launcher = ["mpiexec", "mpirun"].iter().any(|name| *name == first);
    let found = on_path(first);
    if is_launcher && found.is_none() {
        let environment = workbook.mpi()?;
        *first = environment.mpi.mpiexec.clone().into();
        return Ok(environment.run_env());
    }
    // Without a set-up nothing can have been built with the workbook's MPI.
    if !workbook.root().join(".workbook/setup.json").exists() {
        return Ok(Vec::new());
    }
    let environment = workbook.mpi()?;
    let is_ours = |path: &Path| same(path, &environment.mpi.mpiexec);
    if let Some(found) = found.filter(|_| is_launcher) {
        if is_ours(&found) {
            return Ok(environment.run_env());
        }
        let built_with_ours = rest
            .iter()
            .any(|word| is_built_with(&environment, Path::new(word), &found));
        if built_with_ours {
            *first = environment.mpi.mpiexec.clone().into();
            return Ok(environment.run_env());
        }
        return Ok(Vec::new());
    }
    // The launcher by its path, or one rank without a launcher.
    let program = Path::new(first);
    let ours = is_ours(program) || is_below(program, &environment.target_dir());
    Ok(if ours {
        environment.run_env()
    } else {
        Vec::new()
    })
}

fn on_path(name: &OsStr) -> Option<PathBuf> {
    if Path::new(name).components().count() != 1 {
        return None;
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn is_below(file: &Path, folder: &Path) -> bool {
    matches!((file.canonicalize(), folder.canonicalize()), (Ok(file), Ok(folder)) if file.starts_with(&folder))
}

/// Whether a file is a program of the workbook's MPI, and not of the one to which `launcher` belongs:
/// it lies among the workbook's builds, or asks for a library that only the workbook's MPI has.
fn is_built_with(environment: &Environment, file: &Path, launcher: &Path) -> bool {
    if !file.is_file() {
        return false;
    }
    if is_below(file, &environment.target_dir()) {
        return true;
    }
    let names = library_names(&environment.mpi);
    let theirs = launcher.canonicalize().ok().and_then(|launcher| {
        let prefix = launcher.parent()?.parent()?.to_owned();
        Some(["lib", "lib64"].map(|folder| prefix.join(folder)))
    });
    let is_theirs = |name: &str| {
        let folders = theirs.iter().flatten();
        folders
            .map(|folder| folder.join(name))
            .any(|it| it.exists())
    };
    let Ok(bytes) = fs::read(file) else {
        return false;
    };
    // The names of needed libraries stand in the program as they are, each ended by a zero.
    names
        .iter()
        .filter(|name| !is_theirs(name))
        .any(|name| holds(&bytes, name))
}

/// The names under which programs ask for this MPI's library, such as `libmpi.so.12`.
fn library_names(mpi: &Mpi) -> Vec<String> {
    let entries = fs::read_dir(&mpi.library_dir);
    let entries = entries.into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("libmpi") && name.contains(".so."))
        .collect();
    names.sort();
    names
}

fn holds(bytes: &[u8], name: &str) -> bool {
    let mut wanted = vec![0];
    wanted.extend(name.as_bytes());
    wanted.push(0);
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needed_library_is_found_by_its_whole_name() {
        let program = b"\x7fELF\0libmpi.so.12\0libc.so.6\0";
        assert!(holds(program, "libmpi.so.12"));
        assert!(!holds(program, "libmpi.so.1"));
        assert!(!holds(program, "mpi.so.12"));
        assert!(!holds(b"", "libmpi.so.12"));
    }

    #[test]
    fn only_bare_names_are_looked_up() {
        assert!(on_path(OsStr::new("sh")).is_some());
        assert_eq!(on_path(OsStr::new("/bin/sh")), None);
        assert_eq!(on_path(OsStr::new("no-such-program-anywhere")), None);
    }
}
