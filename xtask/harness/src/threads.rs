//! The threads of this process, as the system lists them: what each does, and what it has computed.

use std::{
    fs,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

/// How often threads have given way, by the last digits of their numbers.
static WAYS: [AtomicU32; 4096] = [const { AtomicU32::new(0) }; 4096];

/// Notes that a thread gives way to others, however it does so: it is at work, even if the system says that it
/// sleeps for a moment.
pub fn gives_way(tid: i32) {
    WAYS[tid.unsigned_abs() as usize % WAYS.len()].fetch_add(1, Relaxed);
}

/// How often a thread has given way, as far as that was noted.
pub(crate) fn ways(tid: i32) -> u32 {
    WAYS[tid.unsigned_abs() as usize % WAYS.len()].load(Relaxed)
}

/// How often a thread has had a turn on a processor; 0 where the kernel does not count that.
pub(crate) fn turns(tid: i32) -> u64 {
    let text = fs::read_to_string(format!("/proc/self/task/{tid}/schedstat")).unwrap_or_default();
    let turns = text.split_ascii_whitespace().nth(2);
    turns.and_then(|turns| turns.parse().ok()).unwrap_or(0)
}

/// The threads of this process; none where the system does not list them.
pub(crate) fn all() -> Vec<i32> {
    numbers("/proc/self/task")
}

/// The entries of a folder whose names are numbers.
pub(crate) fn numbers(folder: &str) -> Vec<i32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

/// The name of a thread, as the system keeps it.
pub(crate) fn name(tid: i32) -> String {
    let name = text(&format!("/proc/self/task/{tid}/comm")).unwrap_or_default();
    name.trim_end().to_owned()
}

/// A file in which the system tells a name, among other things. It cuts names after 15 bytes, within a letter too.
pub(crate) fn text(path: &str) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a thread is at work, or waits for a processor to be at work.
pub(crate) fn runs(tid: i32) -> bool {
    stat(tid).is_some_and(|stat| letter(&stat) == Some('R'))
}

/// What the system says of a thread, as proc(5) describes it, after its name.
fn stat(tid: i32) -> Option<String> {
    let stat = text(&format!("/proc/self/task/{tid}/stat"))?;
    Some(stat.rsplit_once(')')?.1.to_owned())
}

/// The state in it.
fn letter(stat: &str) -> Option<char> {
    stat.trim_start().chars().next()
}

/// The state of a thread, as proc(5) names it, and how long it has computed.
pub(crate) fn state(tid: i32) -> Option<(char, Duration)> {
    let stat = stat(tid)?;
    let state = letter(&stat)?;
    // To the nanosecond where the kernel counts them, else in ticks of 10 ms.
    let exact = fs::read_to_string(format!("/proc/self/task/{tid}/schedstat")).ok();
    let exact = exact.and_then(|text| text.split_ascii_whitespace().next()?.parse().ok());
    let computed = match exact {
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
        None => {
            let ticks: u64 = stat
                .split_ascii_whitespace()
                .skip(11)
                .take(2)
                .filter_map(|it| it.parse::<u64>().ok())
                .sum();
            Duration::from_millis(10 * ticks)
        }
    };
    Some((state, computed))
}

/// The number of the thread that asks.
pub(crate) fn current() -> Option<i32> {
    let link = fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

/// The threads of this process that want to run, beside this one; none where the system does not tell.
pub(crate) fn waiting_for_a_turn() -> Vec<Kept> {
    let own = current();
    let threads = all().into_iter().filter(|tid| Some(*tid) != own);
    threads
        .filter_map(|tid| {
            let (state, before) = state(tid)?;
            matches!(state, 'R' | 'D').then_some(Kept { tid, before })
        })
        .collect()
}

/// A thread that wanted to run.
pub(crate) struct Kept {
    tid: i32,
    /// What it had computed by then.
    before: Duration,
}

impl Kept {
    /// Whether it has run since: it has ended, or sleeps, or has computed.
    pub(crate) fn has_run(&self) -> bool {
        state(self.tid)
            .is_none_or(|(state, computed)| !matches!(state, 'R' | 'D') || computed > self.before)
    }
}
