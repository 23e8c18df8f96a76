//! The processes of the machine, recognised by a variable in their environment, or by a program of
//! the tests' own.

use crate::command::TAG;
#[cfg(target_os = "linux")]
use std::{fs, path::Path};

/// The processes with this variable, as pid and command line. Those that run a program of the copy of
/// the course count too: they may have emptied their environment.
#[cfg(target_os = "linux")]
pub fn with(name: &str, value: &str) -> Vec<String> {
    let described = |(pid, command): (i32, String)| format!("{pid} {command}");
    find(name, value).into_iter().map(described).collect()
}

#[cfg(target_os = "linux")]
fn find(name: &str, value: &str) -> Vec<(i32, String)> {
    let wanted = format!("{name}={value}");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("course");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else {
            continue;
        };
        let read = |file| fs::read(entry.path().join(file)).unwrap_or_default();
        let marked = read("environ")
            .split(|byte| *byte == 0)
            .any(|variable| variable.starts_with(wanted.as_bytes()));
        let program = fs::read_link(entry.path().join("exe")).unwrap_or_default();
        if marked || program.starts_with(&copy) {
            let command = String::from_utf8_lossy(&read("cmdline")).replace('\0', " ");
            found.push((pid, command));
        }
    }
    found
}

/// Ends what a failed test has left.
#[cfg(target_os = "linux")]
pub fn end(name: &str, value: &str) {
    for (pid, _) in find(name, value) {
        if let Some(pid) = rustix::process::Pid::from_raw(pid) {
            // It may be gone by now.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub fn with(_: &str, _: &str) -> Vec<String> {
    use std::sync::Once;
    static SAID: Once = Once::new();
    SAID.call_once(|| println!("not covered on this system: {TAG} in the environment of processes, so that nobody counts those left behind"));
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
pub fn end(_: &str, _: &str) {}

#[test]
fn a_process_is_found_by_its_variable() {
    let value = format!("{}-itself-", std::process::id());
    let start = || {
        let mut sleep = std::process::Command::new("sleep");
        sleep.arg("100").env(TAG, &value).spawn().unwrap()
    };
    let mut child = start();
    if cfg!(target_os = "linux") {
        assert_eq!(with(TAG, &value).len(), 1);
        end(TAG, &value);
    } else {
        child.kill().unwrap();
    }
    child.wait().unwrap();
    assert_eq!(with(TAG, &value), [""; 0]);
}
