//! Mistakes that any task may have: what the answer starts outlives it.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::{
    cell::RefCell,
    hint,
    process::Command,
    thread,
    time::{Duration, Instant},
};
use threading_solution as reference;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("baseline": baseline = leaves_a_thread_spinning => Leftover,
        "starts a thread that polls for ever, and never ends it"),
    mistake!("baseline": baseline = leaves_a_process => Leftover,
        "starts a program and forgets it"),
    mistake!("baseline": baseline = leaves_twenty_processes => Leftover,
        "starts twenty programs and forgets them"),
    mistake!("baseline": baseline = leaves_a_daemon => Leftover,
        "starts a program in a session of its own, whose parent ends at once"),
    mistake!("baseline": baseline = never_ends => Leftover,
        "keeps a value whose destructor waits for what never comes"),
    mistake!("baseline": baseline = computes_at_the_end => Leftover,
        "keeps a value whose destructor loops for ever"),
    mistake!("baseline": baseline = panics_at_the_end => Panic,
        "keeps a value whose destructor panics"),
    mistake!("baseline": baseline = aborts_at_the_end => Crash,
        "keeps a value whose destructor aborts"),
];

type Work<'a> = &'a dyn Fn() -> f64;

fn leaves_a_thread_spinning(runs: usize, work: Work) -> (f64, Duration) {
    thread::spawn(|| {
        loop {
            hint::spin_loop();
        }
    });
    reference::baseline(runs, work)
}

fn forgets(program: &str, arguments: &[&str]) {
    let child = Command::new(program).args(arguments).spawn();
    drop(child.expect("the program is there"));
}

fn leaves_a_process(runs: usize, work: Work) -> (f64, Duration) {
    forgets("sleep", &["303"]);
    reference::baseline(runs, work)
}

fn leaves_twenty_processes(runs: usize, work: Work) -> (f64, Duration) {
    for _ in 0..20 {
        forgets("sleep", &["303"]);
    }
    reference::baseline(runs, work)
}

fn leaves_a_daemon(runs: usize, work: Work) -> (f64, Duration) {
    let shell = Command::new("sh")
        .args(["-c", "trap '' HUP; (sleep 303 >/dev/null 2>&1 &)"])
        .status();
    shell.expect("there is a shell");
    reference::baseline(runs, work)
}

/// Runs something when it is dropped.
struct AtTheEnd(fn());

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.0();
    }
}

thread_local! {
    static KEPT: RefCell<Vec<AtTheEnd>> = const { RefCell::new(Vec::new()) };
}

fn keeps(end: fn()) {
    KEPT.with_borrow_mut(|kept| kept.push(AtTheEnd(end)));
}

fn never_ends(runs: usize, work: Work) -> (f64, Duration) {
    keeps(|| {
        loop {
            thread::park();
        }
    });
    reference::baseline(runs, work)
}

fn computes_at_the_end(runs: usize, work: Work) -> (f64, Duration) {
    keeps(|| {
        while Instant::now().elapsed() < Duration::MAX {
            hint::spin_loop();
        }
    });
    reference::baseline(runs, work)
}

fn panics_at_the_end(runs: usize, work: Work) -> (f64, Duration) {
    keeps(|| panic!("the pool is gone"));
    reference::baseline(runs, work)
}

fn aborts_at_the_end(runs: usize, work: Work) -> (f64, Duration) {
    keeps(|| std::process::abort());
    reference::baseline(runs, work)
}
