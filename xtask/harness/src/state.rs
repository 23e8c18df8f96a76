//! What this process is doing now: who it is, which task it runs, with which input. Last words need
//! it, whichever thread speaks them.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// A rank and the number of ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// This rank.
    pub rank: u32,
    /// How many there are.
    pub size: u32,
}

#[derive(Default)]
struct Now {
    task: Option<String>,
    input: Option<String>,
}

static IDENTITY: OnceLock<Identity> = OnceLock::new();
static NOW: Mutex<Now> = Mutex::new(Now {
    task: None,
    input: None,
});

fn now() -> MutexGuard<'static, Now> {
    NOW.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says that the process is a rank among others; without this it is one plain process.
pub fn identify(rank: u32, size: u32) {
    // The identity of a process does not change: a second call could only repeat the first.
    let _ = IDENTITY.set(Identity { rank, size });
}

/// Who this process is among the ranks; none for a plain process.
pub fn identity() -> Option<Identity> {
    IDENTITY.get().copied()
}

/// How a sentence about this process begins: "rank 2 of 3" or "the program".
pub fn who() -> String {
    match identity() {
        Some(Identity { rank, size }) => format!("rank {rank} of {size}"),
        None => String::from("the program"),
    }
}

/// Begins a task; its input is not known yet.
pub fn enter(task: &str) {
    *now() = Now {
        task: Some(task.to_owned()),
        input: None,
    };
}

/// Notes the input of what follows.
pub fn set_input(input: &str) {
    now().input = Some(input.to_owned());
}

/// The task that runs, if one has begun.
pub fn task() -> Option<String> {
    now().task.clone()
}

/// The input of what runs.
pub fn input() -> Option<String> {
    now().input.clone()
}
