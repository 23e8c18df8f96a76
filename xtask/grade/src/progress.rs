//! How far cargo is: what it would tell a terminal of a build.

use anyhow::Result;
use std::process::{Command, Output};

/// How far a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// So many parts are built of all that there are: crates, their build scripts, programs.
    Parts {
        /// Those that are built, or were before.
        done: u32,
        /// All of them.
        total: u32,
        /// What is being built now.
        now: &'a str,
    },
    /// In cargo's own words what it does before it builds, such as to download.
    Before(&'a str),
}

/// Wide enough for a few names.
const WIDTH: &str = "120";

/// Runs cargo as [`launch::captured`] does, and tells how far it is. What it has said on standard error
/// comes back without that.
///
/// # Errors
/// As [`launch::captured`].
pub fn watched(cargo: &mut Command, tell: &mut dyn FnMut(Progress<'_>)) -> Result<Option<Output>> {
    cargo
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", WIDTH);
    let mut line = Vec::new();
    let said = launch::captured_while(cargo, &mut |bytes| {
        for byte in bytes {
            if matches!(byte, b'\r' | b'\n') {
                if let Some(progress) = parse(&String::from_utf8_lossy(&line)) {
                    tell(progress);
                }
                line.clear();
            } else {
                line.push(*byte);
            }
        }
    })?;
    Ok(said.map(|output| Output {
        stderr: without_progress(&output.stderr),
        ..output
    }))
}

/// Reads one line of cargo's.
fn parse(line: &str) -> Option<Progress<'_>> {
    let line = line.trim();
    if let Some(bar) = line.strip_prefix("Building [") {
        let (_, rest) = bar.split_once("] ")?;
        let (counts, now) = rest.split_once(':').unwrap_or((rest, ""));
        let (done, total) = counts.split_once('/')?;
        return Some(Progress::Parts {
            done: done.trim().parse().ok()?,
            total: total.trim().parse().ok()?,
            now: now.trim(),
        });
    }
    let before = ["Updating ", "Downloading ", "Blocking "];
    let is_before = before.iter().any(|word| line.starts_with(word));
    is_before.then_some(Progress::Before(line))
}

/// Whatever cargo overwrites on a terminal is gone, as it is there.
fn without_progress(said: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    for line in said.split_inclusive(|byte| *byte == b'\n') {
        let last = line.iter().rposition(|byte| *byte == b'\r');
        kept.extend_from_slice(&line[last.map_or(0, |at| at + 1)..]);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_bar_is_read_and_taken_out() {
        let bar = "    Building [=====>     ] 12/34: mpi-sys(build), serde    ";
        let parts = Progress::Parts {
            done: 12,
            total: 34,
            now: "mpi-sys(build), serde",
        };
        assert_eq!(parse(bar), Some(parts));
        let download = "  Downloading 3 crates, remaining bytes: 1.2MB";
        assert_eq!(parse(download), Some(Progress::Before(download.trim())));
        for other in [
            "   Compiling mpi v0.8.2",
            "",
            "    Building [=",
            "Building [>] a/b: c",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
        let said = format!("   Compiling a\n{bar}\r{bar}\rerror: no\n  because\n{bar}\r");
        let kept = without_progress(said.as_bytes());
        assert_eq!(kept, b"   Compiling a\nerror: no\n  because\n");
    }
}
