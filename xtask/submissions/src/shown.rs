//! What a sandbox shows of the machine beside the system, and what it covers: the clone with its references, the
//! submissions, and the results, wherever they are.

use crate::copy::Copy;
use anyhow::{Context, Result, bail};
use setup::Environment;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Of a folder with an MPI in it, what belongs to an MPI. As with `~/bin/mpicc`, it can be a home.
const OF_PREFIX: [&str; 9] = [
    "bin", "etc", "include", "lib", "lib32", "lib64", "libexec", "sbin", "share",
];
/// Folders without which nothing runs: submissions, results, or a clone right in them cannot be covered.
const NEEDED: [&str; 9] = [
    "/",
    "/bin",
    "/etc",
    "/gnu/store",
    "/lib",
    "/nix/store",
    "/opt",
    "/usr",
    "/usr/local",
];
/// Parts of the names of settings that are secrets.
const SECRET: [&str; 3] = ["token", "secret", "password"];

/// What the compiler needs: itself, and the sources of crates. Not what else there is in a home, such as credentials.
///
/// # Errors
/// If cargo's settings, which it needs too, hold a secret.
pub(crate) fn compiler(copy: &Copy) -> Result<Vec<PathBuf>> {
    let cargo = home("CARGO_HOME", ".cargo");
    let mut settings = vec![cargo.join("config.toml")];
    // Cargo reads the settings of all folders above, and builds everything anew where they differ.
    for folder in copy.clone.ancestors() {
        let parts = [".cargo/config.toml", ".workbook/cargo.toml"];
        settings.extend(parts.map(|part| folder.join(part)));
    }
    for file in &settings {
        let text = fs::read_to_string(file).unwrap_or_default();
        if let Some(name) = text.parse().ok().and_then(|table| secret(&table)) {
            bail!(
                "{} has a secret, `{name}`, which every submission could read: move it to credentials.toml, as \
                 `cargo login` does, or into a variable of the environment",
                file.display()
            );
        }
    }
    let mut all = settings;
    all.extend(["bin", "git", "registry"].map(|part| cargo.join(part)));
    all.push(home("RUSTUP_HOME", ".rustup"));
    all.extend(["cargo", "rustc"].into_iter().filter_map(folder_on_path));
    all.extend(sysroot());
    Ok(all)
}

/// What an MPI and its libclang are made of.
pub(crate) fn mpi(found: &Environment, copy: &Copy) -> Vec<PathBuf> {
    // The workbook's own is reached by a link in the working copy.
    let mut all = vec![copy.clone.join(".workbook/mpi")];
    for program in [&found.mpi.mpicc, &found.mpi.mpiexec] {
        let real = program.canonicalize();
        for program in real.iter().chain([program]) {
            let prefix = program.parent().and_then(Path::parent);
            let parts = |prefix: &Path| OF_PREFIX.map(|part| prefix.join(part));
            all.extend(prefix.into_iter().flat_map(parts));
        }
    }
    all.push(found.mpi.library_dir.clone());
    all.extend(found.libclang.path.parent().map(Path::to_owned));
    all
}

/// The same with what links lead to, and without what would show too much: a home, or all of a disk.
pub(crate) fn whole(paths: Vec<PathBuf>, copy: &Copy) -> Vec<PathBuf> {
    let home = PathBuf::from(env::var_os("HOME").unwrap_or_default());
    let home = home.canonicalize().unwrap_or(home);
    let real = paths.iter().filter_map(|path| path.canonicalize().ok());
    let real: Vec<PathBuf> = real.collect();
    let mut all = paths;
    all.retain(|path| !path.starts_with(&copy.root));
    all.extend(real);
    all.retain(|path| !home.starts_with(path) || home == Path::new("/"));
    all
}

/// The folders that no submission may see, by their real names.
///
/// # Errors
/// If one of them is a folder that everything needs.
pub(crate) fn covered(clone: &Path, submissions: &Path, results: &Path) -> Result<Vec<PathBuf>> {
    let results = std::path::absolute(results).context("asking for the current folder")?;
    let results = results.parent().unwrap_or(&results);
    let mut all = Vec::new();
    for (what, folder) in [
        ("the clone", clone),
        ("the submissions", submissions),
        ("the results", results),
    ] {
        let real = folder
            .canonicalize()
            .with_context(|| format!("looking for {}", folder.display()))?;
        if NEEDED.iter().any(|needed| real == Path::new(needed)) {
            bail!(
                "{what} must be in a folder of their own, and not right in {}, which every submission sees",
                real.display()
            );
        }
        all.push(real);
    }
    Ok(all)
}

/// The name of a setting that is a secret, or an address that has one.
fn secret(table: &toml::Table) -> Option<String> {
    table.iter().find_map(|(name, value)| {
        let lower = name.to_lowercase();
        let found = match value {
            toml::Value::Table(inner) => secret(inner),
            toml::Value::String(text) => {
                let place = text.split_once("://").map_or("", |(_, rest)| rest);
                let place = place.split('/').next().unwrap_or_default();
                let is_secret = SECRET.iter().any(|word| lower.contains(word));
                (is_secret || place.contains('@')).then(String::new)
            }
            _ => None,
        };
        found.map(|inner| format!("{name}.{inner}").trim_end_matches('.').to_owned())
    })
}

pub(crate) fn home(variable: &str, name: &str) -> PathBuf {
    let below = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(name);
    env::var_os(variable).map_or_else(below, PathBuf::from)
}

/// The folder in which a program is found: that of `cargo` need not be in `$CARGO_HOME`.
fn folder_on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find(|folder| folder.join(program).is_file())
}

/// Where the compiler is, wherever it came from.
fn sysroot() -> Option<PathBuf> {
    let output = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(path.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_everything_needs_is_not_covered_but_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let results = path.join("results.csv");
        let real = path.canonicalize().unwrap();
        let all = covered(path, path, &results).unwrap();
        assert_eq!(all, vec![real; 3]);
        let error = covered(path, path, Path::new("/usr/results.csv")).unwrap_err();
        assert!(error.to_string().contains("right in /usr,"), "{error}");
    }

    #[test]
    fn secrets_in_cargos_settings_are_found() {
        let found = |text: &str| secret(&text.parse().unwrap());
        for (text, name) in [
            ("[registry]\ntoken = \"x\"\n", "registry.token"),
            ("[registries.own]\nToken = \"x\"\n", "registries.own.Token"),
            ("[http]\nproxy = \"http://ann:pw@proxy:80\"\n", "http.proxy"),
            ("[env]\nMY_SECRET_KEY = \"x\"\n", "env.MY_SECRET_KEY"),
        ] {
            assert_eq!(found(text).as_deref(), Some(name), "{text}");
        }
        for text in [
            "[http]\nproxy = \"http://proxy:80\"\n[build]\njobs = 2\n",
            "[source.own]\nregistry = \"sparse+https://own/@v1/\"\n",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
