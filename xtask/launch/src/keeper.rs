//! A process that removes this one's private folders, should it be killed.
//!
//! It is this very program, started once more before the first folder is made. It hears of every folder before
//! the folder is there, so that there is no moment in which one could be left behind.

use crate::{os, scratch};
use anyhow::{Context, Result};
use std::{
    env,
    ffi::{OsStr, OsString},
    io::{self, PipeWriter, Read, Write},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// The hidden first argument that makes a program the keeper.
const ARGUMENT: &str = "__keep";

/// How long processes that the supervisors end may still write into a folder.
const PATIENCE: Duration = Duration::from_secs(20);
const INTERVAL: Duration = Duration::from_millis(10);

/// The way to the keeper, once there is one. It hears of this process's end by the end of this pipe, which no
/// child inherits.
static KEEPER: Mutex<Option<PipeWriter>> = Mutex::new(None);

/// Tells the keeper that this process will make a folder, and have it until it ends or removes it.
///
/// # Errors
/// If the keeper cannot be started.
pub(crate) fn announce(folder: &Path) -> Result<()> {
    let mut keeper = KEEPER.lock().unwrap_or_else(PoisonError::into_inner);
    if keeper.is_none() {
        *keeper = Some(start().context("cannot start this program once more")?);
    }
    let mut line = folder.as_os_str().as_bytes().to_vec();
    line.push(0);
    let told = keeper.as_mut().map(|keeper| keeper.write_all(&line));
    if told.is_none_or(|told| told.is_err()) {
        // Somebody has killed it: the next folder gets another one.
        *keeper = None;
    }
    Ok(())
}

fn start() -> Result<PipeWriter> {
    let (orders, keeper) = io::pipe()?;
    Command::new(os::own_program()?)
        .arg0("xtask")
        .arg(ARGUMENT)
        .stdin(orders)
        // Whoever waits for the end of this program's output must not wait for the keeper.
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C is for the others.
        .process_group(0)
        .spawn()?;
    Ok(keeper)
}

/// Becomes the keeper and never returns, if this program was started as one.
pub(crate) fn keep_if_asked() {
    if env::args_os().nth(1).as_deref() != Some(OsStr::new(ARGUMENT)) {
        return;
    }
    let _ = rustix::process::setsid();
    let mut folders = Vec::new();
    // What was read before an error counts.
    let _ = io::stdin().lock().read_to_end(&mut folders);
    let folders = folders
        .split(|byte| *byte == 0)
        .filter(|folder| !folder.is_empty())
        .map(|folder| PathBuf::from(OsString::from_vec(folder.to_vec())));
    remove(folders.collect());
    process::exit(0);
}

/// Removes folders that are there, and those that others still write into, as soon as they no longer do.
fn remove(mut folders: Vec<PathBuf>) {
    let give_up = Instant::now() + PATIENCE;
    loop {
        folders.retain(|folder| {
            scratch::remove(folder);
            folder.exists()
        });
        if folders.is_empty() || Instant::now() >= give_up {
            return;
        }
        thread::sleep(INTERVAL);
    }
}
