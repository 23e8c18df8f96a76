//! What the tests look at: the traces that a job leaves in `/proc`, and the events it gives.

use launch::{Event, Job, Limits, Spec};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// No test waits longer than this for anything: it has failed then.
pub(crate) const BOUND: Duration = Duration::from_secs(30);

pub(crate) fn this_program() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// A word that stands in the environment or the arguments of every process of one test, and
/// nowhere else on the machine.
pub(crate) fn tag() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("launch-test-{}-{count}-", std::process::id())
}

/// This program as an actor, in a job that carries the tag.
pub(crate) fn spec(tag: &str, args: &[&str]) -> Spec {
    Spec {
        program: this_program().into(),
        args: args.iter().map(OsString::from).collect(),
        env: vec![("TEST_TAG".into(), tag.into())],
        ..Spec::default()
    }
}

pub(crate) fn limited(tag: &str, args: &[&str], limits: Limits) -> Job {
    Job::start(&Spec {
        limits,
        ..spec(tag, args)
    })
    .unwrap()
}

pub(crate) fn job(tag: &str, args: &[&str]) -> Job {
    limited(tag, args, Limits::default())
}

/// All events up to the first that fulfils the condition, that one included.
pub(crate) fn until(job: &mut Job, condition: impl Fn(&Event) -> bool) -> Vec<Event> {
    let deadline = Instant::now() + BOUND;
    let mut events = Vec::new();
    loop {
        let event = job.next(Some(deadline));
        let stop = condition(&event);
        assert!(
            stop || event != Event::Deadline,
            "waited in vain after {events:?}"
        );
        assert!(stop || event != Event::Over, "it is over after {events:?}");
        events.push(event);
        if stop {
            return events;
        }
    }
}

/// All events until so many of them fulfil the condition.
fn until_so_many(job: &mut Job, count: usize, condition: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    for _ in 0..count {
        events.extend(until(job, &condition));
    }
    events
}

/// All events until so many ranks have joined.
pub(crate) fn joined(job: &mut Job, count: usize) -> Vec<Event> {
    until_so_many(job, count, |event| matches!(event, Event::Joined { .. }))
}

/// All events until so many lines were said.
pub(crate) fn said(job: &mut Job, count: usize) -> Vec<Event> {
    until_so_many(job, count, |event| matches!(event, Event::Line { .. }))
}

pub(crate) fn ended(event: &Event) -> bool {
    matches!(event, Event::LauncherEnded { .. })
}

pub(crate) fn lines(events: &[Event]) -> Vec<(u32, &str)> {
    let line = |event| match event {
        &Event::Line { rank, ref line } => Some((rank, line.as_str())),
        _ => None,
    };
    events.iter().filter_map(line).collect()
}

pub(crate) fn printed(events: &[Event], by: Option<u32>) -> String {
    let mut all = Vec::new();
    for event in events {
        if let Event::Printed { rank, bytes } = event
            && *rank == by
        {
            all.extend_from_slice(bytes);
        }
    }
    String::from_utf8(all).unwrap()
}

/// The processes that carry the tag and have not ended, with their command lines.
pub(crate) fn traces(tag: &str) -> Vec<(i32, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let Ok(pid) = entry.unwrap().file_name().to_string_lossy().parse::<i32>() else {
            continue;
        };
        if pid.unsigned_abs() == std::process::id() {
            continue;
        }
        let read = |name| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let (environment, command) = (read("environ"), read("cmdline"));
        let carries = |bytes: &[u8]| bytes.windows(tag.len()).any(|part| part == tag.as_bytes());
        if carries(&environment) || carries(&command) {
            found.push((pid, String::from_utf8_lossy(&command).replace('\0', " ")));
        }
    }
    found
}

/// Waits until the tag is on exactly as many processes.
pub(crate) fn wait_for_traces(tag: &str, count: usize) -> Vec<(i32, String)> {
    let deadline = Instant::now() + BOUND;
    loop {
        let found = traces(tag);
        if found.len() == count {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "{count} processes expected, there are {found:?}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Ends the job, and looks at once whether anything is left of it.
pub(crate) fn end_and_count(job: &mut Job, tag: &str) {
    assert!(
        !traces(tag).is_empty(),
        "nothing is there to be ended: the test shows nothing"
    );
    job.end().unwrap();
    assert_eq!(traces(tag), []);
}
