//! From the stack to a line in the student's files. Everything above that line is the library's or
//! the harness's business, and would only distract.

use backtrace::Frame;
use std::{ffi::c_void, path::Path, sync::OnceLock};
use verdict::wire::Place;

static CRATE_DIR: OnceLock<&'static str> = OnceLock::new();

/// Says where the crate under test lies, by its `CARGO_MANIFEST_DIR`.
pub fn set_crate_dir(dir: &'static str) {
    // A second call could only repeat the first: there is one crate under test in a program.
    let _ = CRATE_DIR.set(dir);
}

/// Whether a file belongs to the answers under test: `src/` of the crate, or `mistakes/`, but not
/// the glue of the check program itself.
fn is_answer(file: &Path) -> bool {
    let Some(dir) = CRATE_DIR.get().map(Path::new) else {
        return false;
    };
    // The compiler names files from the workspace's folder, debug information from the root.
    let file = if file.is_absolute() {
        file.strip_prefix(dir).ok()
    } else {
        dir.ancestors()
            .skip(1)
            .filter_map(|base| dir.strip_prefix(base).ok())
            .find_map(|tail| file.strip_prefix(tail).ok())
    };
    file.is_some_and(|file| {
        file.starts_with("src") || (file.starts_with("mistakes") && !file.ends_with("main.rs"))
    })
}

/// The innermost line of the answers on this thread's stack.
pub fn of_caller() -> Option<Place> {
    let mut found = None;
    backtrace::trace(|frame| {
        found = of_frame(frame);
        found.is_none()
    });
    found
}

fn of_frame(frame: &Frame) -> Option<Place> {
    of_address(frame.ip())
}

/// The line of the answers at a return address.
pub fn of_address(address: *mut c_void) -> Option<Place> {
    let mut found = None;
    backtrace::resolve(address, |symbol| {
        if let (None, Some(file), Some(line)) = (&found, symbol.filename(), symbol.lineno()) {
            found = is_answer(file).then(|| Place {
                file: file.display().to_string(),
                line,
            });
        }
    });
    found
}

/// The place that a panic names, if it lies in the answers.
pub fn of_location(location: &std::panic::Location<'_>) -> Option<Place> {
    is_answer(Path::new(location.file())).then(|| Place {
        file: location.file().to_owned(),
        line: location.line(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_from_the_glue() {
        set_crate_dir("/home/ann/course/exercises/05-collectives");
        for (file, answer) in [
            ("/home/ann/course/exercises/05-collectives/src/lib.rs", true),
            ("exercises/05-collectives/src/lib.rs", true),
            (
                "/home/ann/course/exercises/05-collectives/mistakes/scatter.rs",
                true,
            ),
            (
                "/home/ann/course/exercises/05-collectives/mistakes/main.rs",
                false,
            ),
            ("exercises/05-collectives/checks/tasks.rs", false),
            ("/home/ann/course/exercises/03-mpi-p2p/src/lib.rs", false),
            ("src/lib.rs", false),
            ("/rustc/abc/library/core/src/panicking.rs", false),
        ] {
            assert_eq!(is_answer(Path::new(file)), answer, "{file}");
        }
    }
}
