//! Finding the machine's libclang, with which the `mpi` crate's build reads `mpi.h`.

use crate::{os, process::run, surroundings::Surroundings};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Older ones cannot read today's headers as bindgen asks them to: 9 fails, 11 works.
const OLDEST: u32 = 11;

/// A libclang.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Libclang {
    /// The library's file.
    pub path: PathBuf,
    /// Whether the workbook installed it.
    pub private: bool,
}

/// The machine's libclang: the file or folder that the user named, else the newest in the usual
/// places.
pub(crate) fn find(named: Option<&Path>, surroundings: &Surroundings) -> Option<Libclang> {
    let found = |path| Libclang {
        path,
        private: false,
    };
    if let Some(named) = named {
        let in_folder = candidates(named).into_iter().max_by_key(|it| it.0);
        let file = named.is_file().then(|| named.to_owned());
        if let Some(path) = file.or(in_folder.map(|it| it.1)) {
            return Some(found(path));
        }
    }
    let mut folders: Vec<PathBuf> = Vec::new();
    let config = surroundings
        .get("LLVM_CONFIG_PATH")
        .map(PathBuf::from)
        .or_else(|| surroundings.which("llvm-config"));
    if let Some(config) = config {
        let mut command = surroundings.command(config);
        if let Ok(said) = run(command.arg("--libdir"), Duration::from_secs(10)) {
            folders.push(said.output.trim().into());
        }
    }
    folders.extend(
        os::LIBCLANG_FOLDERS
            .iter()
            .flat_map(|folder| expand(folder)),
    );
    let mut best: Option<(u32, PathBuf)> = None;
    for (version, path) in folders.iter().flat_map(|folder| candidates(folder)) {
        // Of equal ones the first: the places are in order of preference.
        if best.as_ref().is_none_or(|best| version > best.0) {
            best = Some((version, path));
        }
    }
    best.map(|best| found(best.1))
}

/// The libraries of one folder that can be used, with their versions.
fn candidates(folder: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let names = entries.flatten().map(|entry| entry.file_name());
    let paths = names
        .filter(|name| os::is_libclang(&name.to_string_lossy()))
        .map(|name| folder.join(name));
    paths
        .filter_map(|path| {
            // `libclang.so` is a link to a file whose name tells the version.
            let real = path.canonicalize().ok()?;
            let version = os::libclang_version(&path).or_else(|| os::libclang_version(&real))?;
            (version >= OLDEST && os::is_native_library(&real)).then_some((version, path))
        })
        .collect()
}

/// The folders that a pattern with `*` in some of its parts names.
pub(crate) fn expand(pattern: &str) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let Some((head, tail)) = part.split_once('*') else {
            folders.iter_mut().for_each(|folder| folder.push(part));
            continue;
        };
        let matching = folders.iter().flat_map(|folder| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let mut names: Vec<_> = entries
                .filter_map(|entry| entry.file_name().into_string().ok())
                .filter(|name| {
                    name.len() >= head.len() + tail.len()
                        && name.starts_with(head)
                        && name.ends_with(tail)
                })
                .collect();
            names.sort();
            names.into_iter().map(|name| folder.join(name))
        });
        folders = matching.collect();
    }
    folders.retain(|folder| folder.is_dir());
    folders
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// The first bytes of a library for this processor.
    fn library() -> Vec<u8> {
        let own = fs::read("/proc/self/exe").unwrap();
        own[..64].to_vec()
    }

    #[test]
    fn the_newest_that_is_new_enough_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        fs::write(file("libclang-9.so.9.0.1"), library()).unwrap();
        fs::write(file("libclang-12.so.12.0.1"), library()).unwrap();
        fs::write(
            file("libclang-16.so.16.0.6"),
            b"\x7fELF\x01 for 32 bits.....",
        )
        .unwrap();
        fs::write(file("libclang-cpp.so.17"), library()).unwrap();
        let found = find(Some(folder.path()), &Surroundings::none()).unwrap();
        assert_eq!(found.path, file("libclang-12.so.12.0.1"));

        fs::remove_file(file("libclang-12.so.12.0.1")).unwrap();
        assert!(candidates(folder.path()).is_empty());
    }

    #[test]
    fn a_link_without_version_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let real = tempfile::tempdir().unwrap();
        let file = real.path().join("libclang.so.18.1.8");
        fs::write(&file, library()).unwrap();
        symlink(&file, folder.path().join("libclang.so")).unwrap();
        let found = candidates(folder.path());
        assert_eq!(found, [(18, folder.path().join("libclang.so"))]);
    }

    #[test]
    fn a_named_file_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("libclang.so");
        fs::write(&file, library()).unwrap();
        let found = find(Some(&file), &Surroundings::none()).unwrap();
        assert_eq!(found.path, file);
    }

    #[test]
    fn patterns_name_folders() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["llvm-14/lib", "llvm-9/lib", "other/lib", "llvm-15"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let found = expand(&format!("{}/llvm-*/lib", folder.path().display()));
        let expected = ["llvm-14/lib", "llvm-9/lib"];
        assert_eq!(found, expected.map(|name| folder.path().join(name)));
    }
}
