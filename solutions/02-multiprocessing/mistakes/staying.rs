//! Mistakes that any task may have: what the answer starts outlives it.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use multiprocessing_solution::{self as reference, Trouble};
use std::{hint, process::Command, thread};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("spawn": spawn = leaves_a_daemon => ResourceLeak,
        "starts a program besides, in the background, which never ends"),
    mistake!("spawn": spawn = leaves_a_thread_spinning => Leftover,
        "starts a thread that polls for ever, and never ends it"),
];

fn leaves_a_daemon(worker: &mut Command) -> Result<u64, Trouble> {
    let shell = Command::new("sh")
        .args(["-c", "(sleep 303 >/dev/null 2>&1 &)"])
        .status();
    shell.expect("there is a shell");
    reference::spawn(worker)
}

fn leaves_a_thread_spinning(worker: &mut Command) -> Result<u64, Trouble> {
    thread::spawn(|| {
        loop {
            hint::spin_loop();
        }
    });
    reference::spawn(worker)
}
