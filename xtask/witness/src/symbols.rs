//! From return addresses to lines, by the debug information of whatever program it is.

use addr2line::Loader;
use observer::{Call, Observer};
use recording::event::Address;
use std::{collections::HashMap, path::Path, sync::Arc};

/// The lines of the programs and libraries of one run.
#[derive(Default)]
pub(crate) struct Symbols {
    loaders: HashMap<Arc<str>, Option<Loader>>,
    /// A part of the paths of the files that are meant, if only those are.
    answers: Option<String>,
}

/// A line of a source file, or at least a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) function: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
}

impl Symbols {
    /// The lines of the answers of an exercise, whose files have this in their path.
    pub(crate) fn of_answers(answers: String) -> Self {
        Self {
            answers: Some(answers),
            ..Self::default()
        }
    }

    /// The innermost line that is the user's own: not the recorder's, a library's from a registry,
    /// the language's runtime's, or the system's. None if there is no debug information.
    pub(crate) fn own(&mut self, observer: &Observer, call: &Call) -> Option<Line> {
        self.own_of(observer.stack(call))
    }

    /// The same for a stack of return addresses. What lies behind the lines of a script is the
    /// interpreter's; a script that is all a library's is shown where the library calls.
    pub(crate) fn own_of(&mut self, stack: &[Address]) -> Option<Line> {
        let is_script = |address: &Address| address.script().is_some();
        let end = stack.iter().rposition(is_script).map(|last| last + 1);
        let answers = self.answers.clone();
        let is_own = |file: &str| match &answers {
            Some(answers) => file.contains(answers.as_str()),
            None => is_own(file),
        };
        let mut lines = stack[..end.unwrap_or(stack.len())]
            .iter()
            .filter(|address| !is_interpreter(&address.module))
            .flat_map(|address| self.lines(address));
        let own = lines.find(|line| line.file.as_deref().is_some_and(is_own));
        let script = || stack.iter().find(|address| is_script(address));
        own.or_else(|| self.lines(script()?).pop())
    }

    /// Whether a call was made while something was set up once and for all, as what a static holds is:
    /// that is meant to live as long as the process.
    pub(crate) fn is_once(&mut self, observer: &Observer, call: &Call) -> bool {
        let stack: Vec<Address> = observer.stack(call).to_vec();
        stack
            .iter()
            .flat_map(|address| self.lines(address))
            .filter_map(|line| line.function)
            .any(|function| {
                ["sync::once", "once_cell", "pthread_once"]
                    .iter()
                    .any(|part| function.contains(part))
            })
    }

    /// The functions at an address, innermost first: several where they are inlined.
    fn lines(&mut self, address: &Address) -> Vec<Line> {
        if let Some((file, line)) = address.script() {
            return vec![Line {
                function: None,
                file: Some(file.to_owned()),
                line: Some(line),
            }];
        }
        let loader = self
            .loaders
            .entry(Arc::clone(&address.module))
            .or_insert_with(|| Loader::new(&*address.module).ok());
        let Some(loader) = loader else {
            return Vec::new();
        };
        // A return address stands behind the call; the line is that of the call.
        let probe = (loader.relative_address_base() + address.offset).saturating_sub(1);
        let Ok(mut frames) = loader.find_frames(probe) else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        while let Ok(Some(frame)) = frames.next() {
            let location = frame.location.as_ref();
            lines.push(Line {
                function: frame
                    .function
                    .and_then(|name| Some(name.demangle().ok()?.into_owned())),
                file: location.and_then(|location| Some(location.file?.to_owned())),
                line: location.and_then(|location| location.line),
            });
        }
        lines
    }
}

/// Whether a file that code was loaded from is Python's own.
fn is_interpreter(module: &str) -> bool {
    let name = Path::new(module).file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    name.starts_with("libpython")
        || module.contains("/lib-dynload/")
        || name.strip_prefix("python").is_some_and(|version| {
            let mut signs = version.chars();
            signs.all(|sign| sign.is_ascii_digit() || sign == '.')
        })
}

/// Whether a file is likely to be written by whoever runs the program.
fn is_own(file: &str) -> bool {
    const FOREIGN: [&str; 12] = [
        "/rustc/",
        // Wherever cargo has its home.
        "/registry/src/",
        "/lib/rustlib/",
        "/usr/include/",
        "/usr/lib/",
        "/usr/src/",
        "/xtask/witness/recorder/",
        "/xtask/mpi-extra/src/",
        "/site-packages/",
        "/dist-packages/",
        "/lib/python",
        "/mpi4py/",
    ];
    !is_checkout(file) && !FOREIGN.iter().any(|part| file.contains(part))
}

/// Whether a file belongs to a crate that cargo took from a repository, wherever cargo has its home:
/// `git/checkouts/<name>-<16 hexadecimal digits>/<abbreviated commit>/…`. Somebody may keep their own
/// programs in a folder of the first two names.
fn is_checkout(file: &str) -> bool {
    let is_hexadecimal = |name: &str| name.chars().all(|sign| sign.is_ascii_hexdigit());
    file.split_once("/git/checkouts/").is_some_and(|(_, rest)| {
        let mut folders = rest.split('/');
        let (repository, commit) = (folders.next(), folders.next());
        let hash = repository.and_then(|name| Some(name.rsplit_once('-')?.1));
        hash.is_some_and(|hash| hash.len() == 16 && is_hexadecimal(hash))
            && commit.is_some_and(|commit| commit.len() >= 7 && is_hexadecimal(commit))
    })
}

/// A path as it is shortest: from the current folder, if it lies below it.
pub(crate) fn shortest(file: &str) -> String {
    std::env::current_dir()
        .ok()
        .and_then(|here| {
            let rest = Path::new(file).strip_prefix(here).ok()?;
            Some(rest.display().to_string())
        })
        .unwrap_or_else(|| file.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_is_nobodys_own() {
        for (module, is) in [
            ("/usr/bin/python3.12", true),
            ("/usr/lib/libpython3.12.so.1.0", true),
            ("/usr/lib/python3.12/lib-dynload/_ctypes.so", true),
            ("/home/ann/pythonic", false),
            ("/home/ann/heat", false),
        ] {
            assert_eq!(is_interpreter(module), is, "{module}");
        }
    }

    #[test]
    fn own_files_are_told_from_libraries() {
        for (file, own) in [
            ("/home/ann/exchange.c", true),
            ("src/main.rs", true),
            (
                "/home/ann/.cargo/registry/src/x/mpi-0.8.2/src/lib.rs",
                false,
            ),
            ("/opt/cargo/registry/src/x/mpi-0.8.2/src/lib.rs", false),
            (
                "/home/ann/.cargo/git/checkouts/rsmpi-1b0d7f3c2a5e4968/3f8e1c2/src/lib.rs",
                false,
            ),
            (
                "/opt/cargo/git/checkouts/rsmpi-1b0d7f3c2a5e4968/3f8e1c2/src/lib.rs",
                false,
            ),
            ("/home/ann/git/checkouts/heat/src/main.rs", true),
            ("/home/ann/course/xtask/mpi-extra/src/persistent.rs", false),
            ("/home/ann/course/xtask/mpi-extra/tests/ranks/main.rs", true),
            ("/rustc/abc/library/core/src/ops/function.rs", false),
            ("/usr/include/c++/12/bits/invoke.h", false),
            ("/home/ann/heat.py", true),
            (
                "/home/ann/env/lib/python3.12/site-packages/mpi4py/futures/pool.py",
                false,
            ),
        ] {
            assert_eq!(is_own(file), own, "{file}");
        }
    }
}
