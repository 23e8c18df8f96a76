//! A Chromium, if this machine has one: it prints handouts, and tests look at pages in it.

#[cfg(feature = "devtools")]
pub mod devtools;

use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The names under which systems install it.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// The browser that `CHROME` names, else the first on PATH.
pub fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROME") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

/// The command that starts it without a window. Its profile lies in `profile`, so that nobody's own is
/// touched.
pub fn headless(browser: &Path, profile: &Path) -> Command {
    let mut command = Command::new(browser);
    command
        .args(["--headless", "--disable-gpu", "--hide-scrollbars"])
        .args(["--no-first-run", "--disable-background-networking"])
        .arg(format!("--user-data-dir={}", profile.display()))
        // Else it leaves folders in that of all when it is ended.
        .env("TMPDIR", profile)
        .stdin(Stdio::null());
    // Chromium's own sandbox refuses root, as which containers and CI run. The pages are ours.
    if is_root() {
        command.arg("--no-sandbox");
    }
    command
}

fn is_root() -> bool {
    let answer = Command::new("id").arg("-u").output();
    answer.is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}

/// Prints a page as PDF, with tags, so that a screen reader finds headings and figures in it.
///
/// # Errors
/// When the browser cannot be started, or does not print.
pub fn print(browser: &Path, page: &Path, pdf: &Path, profile: &Path) -> Result<()> {
    let output = headless(browser, profile)
        .args(["--no-pdf-header-footer", "--export-tagged-pdf"])
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .with_context(|| format!("starting {}", browser.display()))?;
    if !output.status.success() || !pdf.exists() {
        bail!(
            "{} could not print {}:\n{}",
            browser.display(),
            page.display(),
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    Ok(())
}
