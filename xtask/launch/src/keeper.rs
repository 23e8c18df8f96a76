//! Private folders, and a process that removes them should this one be killed.
//!
//! The keeper is this very program, started once more before the first folder is made. It hears of every folder
//! before the folder is there, so that there is no moment in which one could be left behind; and it ends with the
//! last of them.

use crate::os;
use anyhow::{Context, Result};
use std::{
    env,
    ffi::{OsStr, OsString},
    fs::{self, DirBuilder},
    io::{self, PipeWriter, Read, Write},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::DirBuilderExt,
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// The hidden first argument that makes a program the keeper.
const ARGUMENT: &str = "__keep";

/// How long processes that the supervisors end may still write into a folder.
const PATIENCE: Duration = Duration::from_secs(20);
const INTERVAL: Duration = Duration::from_millis(10);

/// The keeper, while there are folders.
static KEEPER: Mutex<Option<Keeper>> = Mutex::new(None);

fn lock() -> MutexGuard<'static, Option<Keeper>> {
    KEEPER.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Keeper {
    process: Child,
    /// It hears of this process's end by the end of this pipe, which no child inherits.
    orders: PipeWriter,
    /// How many folders there are.
    folders: usize,
}

impl Keeper {
    fn start(folders: usize) -> Result<Self> {
        let (theirs, orders) = io::pipe()?;
        let process = Command::new(os::own_program()?)
            .arg0("xtask")
            .arg(ARGUMENT)
            .stdin(theirs)
            // Whoever waits for the end of this program's output must not wait for the keeper.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C is for the others.
            .process_group(0)
            .spawn()
            .context("cannot start this program once more")?;
        Ok(Self {
            process,
            orders,
            folders,
        })
    }

    fn end(self) {
        let Self {
            mut process,
            orders,
            ..
        } = self;
        drop(orders);
        let _ = process.wait();
    }
}

/// A folder that nobody else can read; gone with what is in it when dropped, and also when this process is killed.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes a folder that is not there yet.
    ///
    /// # Errors
    /// If it cannot be made, or the keeper not be started.
    pub(crate) fn make(path: PathBuf) -> Result<Self> {
        let mut line = path.as_os_str().as_bytes().to_vec();
        line.push(0);
        let mut keeper = lock();
        let folders = keeper.as_ref().map_or(0, |keeper| keeper.folders);
        let told = keeper.as_mut().map(|keeper| keeper.orders.write_all(&line));
        if told.is_none_or(|told| told.is_err()) {
            // There is none, or somebody has killed it.
            let new = keeper.insert(Keeper::start(folders)?);
            new.orders.write_all(&line)?;
        }
        if let Some(keeper) = keeper.as_mut() {
            keeper.folders += 1;
        }
        drop(keeper);
        let folder = Self { path };
        DirBuilder::new().mode(0o700).create(&folder.path)?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
        let mut keeper = lock();
        if let Some(keeper) = keeper.as_mut() {
            keeper.folders -= 1;
        }
        if keeper.as_ref().is_some_and(|keeper| keeper.folders == 0)
            && let Some(keeper) = keeper.take()
        {
            keeper.end();
        }
    }
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
            let _ = fs::remove_dir_all(folder);
            folder.exists()
        });
        if folders.is_empty() || Instant::now() >= give_up {
            return;
        }
        thread::sleep(INTERVAL);
    }
}
