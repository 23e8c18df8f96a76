//! What befalls the grader and the supervisor themselves: signals, and being killed.

use crate::Test;
use crate::trace::*;
use launch::Event;
use rustix::process::{Pid, Signal};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

pub(crate) const TESTS: &[Test] = &[
    (
        "a_killed_grader_leaves_nothing",
        a_killed_grader_leaves_nothing,
    ),
    (
        "a_killed_supervisor_is_noticed",
        a_killed_supervisor_is_noticed,
    ),
    (
        "grader_and_supervisor_killed_at_once",
        grader_and_supervisor_killed_at_once,
    ),
    (
        "a_grader_killed_while_it_reads_leaves_nothing",
        a_grader_killed_while_it_reads_leaves_nothing,
    ),
    (
        "a_grader_killed_before_its_job_leaves_nothing",
        a_grader_killed_before_its_job_leaves_nothing,
    ),
    ("signals_interrupt", signals_interrupt),
    ("a_second_signal_ends_at_once", a_second_signal_ends_at_once),
    (
        "without_a_job_signals_do_what_they_always_do",
        without_a_job_signals_do_what_they_always_do,
    ),
    ("nohup_holds", nohup_holds),
    (
        "in_the_foreground_streams_are_inherited",
        in_the_foreground_streams_are_inherited,
    ),
    (
        "in_the_foreground_nothing_is_left",
        in_the_foreground_nothing_is_left,
    ),
];

/// A grader in a process of its own, with a folder of its own for sockets.
struct Grader {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    tag: String,
    sockets: PathBuf,
}

fn grader(behaviour: &str, job: &[&str]) -> Grader {
    let program = this_program();
    let program = program.to_str().unwrap();
    start(
        &[&["as-grader", behaviour, program], job].concat(),
        "exec \"$@\"",
    )
}

fn start(args: &[&str], script: &str) -> Grader {
    let tag = tag();
    let sockets = std::env::temp_dir().join(&tag);
    std::fs::create_dir(&sockets).unwrap();
    let mut child = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(this_program())
        .args(args)
        .env("TEST_TAG", &tag)
        .env("TMPDIR", &sockets)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    Grader {
        child,
        lines,
        tag,
        sockets,
    }
}

impl Grader {
    fn wait_for(&mut self, word: &str) {
        let found = self.lines.any(|line| line.unwrap().contains(word));
        assert!(found, "the grader never says {word}");
    }

    fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// All processes but the grader itself, which waits to be waited for.
    fn nothing_is_left(&self) {
        wait_for_traces(&self.tag, 0);
        let sockets: Vec<_> = std::fs::read_dir(&self.sockets).unwrap().collect();
        assert!(sockets.is_empty(), "{sockets:?}");
    }
}

impl Drop for Grader {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.sockets);
    }
}

fn supervisor(tag: &str) -> Pid {
    let all = traces(tag);
    let found = all
        .iter()
        .find(|(_, command)| command.contains("__supervise"));
    Pid::from_raw(found.unwrap().0).unwrap()
}

fn a_killed_grader_leaves_nothing() {
    let tag = tag();
    let mut grader = grader(
        "speak",
        &["as-launcher", "2", "daemonise", &tag, "and-stay"],
    );
    grader.wait_for("daemonised");
    grader.wait_for("daemonised");
    // Grader, keeper, supervisor, launcher, two ranks; the daemons have emptied their environment.
    wait_for_traces(&grader.tag, 6);
    // The grader and the launcher name this tag in their arguments, as do ranks and daemons.
    wait_for_traces(&tag, 6);
    assert_eq!(std::fs::read_dir(&grader.sockets).unwrap().count(), 1);
    grader.signal(Signal::KILL);
    grader.child.wait().unwrap();
    grader.nothing_is_left();
    wait_for_traces(&tag, 0);
}

fn a_killed_supervisor_is_noticed() {
    let tag = tag();
    let mut job = job(&tag, &["as-launcher", "2", "stubborn"]);
    joined(&mut job, 2);
    assert_eq!(traces(&tag).len(), 3);
    let own = std::process::id();
    let children = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let folder = entry.unwrap().path();
        let read = |name| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let mine = read("status").contains(&format!("PPid:\t{own}\n"));
        let pid = folder.file_name()?.to_str()?.parse().ok()?;
        (mine && read("cmdline").contains("__supervise")).then_some(pid)
    });
    let children: Vec<i32> = children.collect();
    assert_eq!(children.len(), 1);
    rustix::process::kill_process(Pid::from_raw(children[0]).unwrap(), Signal::KILL).unwrap();
    let events = until(&mut job, |event| matches!(event, Event::Broken { .. }));
    assert_eq!(traces(&tag), [], "{events:?}");
    job.end().unwrap();
}

fn grader_and_supervisor_killed_at_once() {
    // A launcher that would never end by itself.
    let mut grader = grader("speak", &["as-rank", "stubborn"]);
    grader.wait_for("deaf to signals");
    // Grader, keeper, supervisor, launcher.
    wait_for_traces(&grader.tag, 4);
    let supervisor = supervisor(&grader.tag);
    // Stopped first, so that it cannot act between the two.
    rustix::process::kill_process(supervisor, Signal::STOP).unwrap();
    grader.signal(Signal::KILL);
    grader.child.wait().unwrap();
    rustix::process::kill_process(supervisor, Signal::KILL).unwrap();
    wait_for_traces(&grader.tag, 0);
}

/// There is no supervisor yet.
fn a_grader_killed_before_its_job_leaves_nothing() {
    let mut grader = start(&["as-owner"], "exec \"$@\"");
    let path = PathBuf::from(grader.lines.next().unwrap().unwrap());
    assert!(path.join("something").exists());
    grader.signal(Signal::KILL);
    grader.child.wait().unwrap();
    grader.nothing_is_left();
    assert!(!path.exists());
}

/// Its job is over, and what the ranks wrote down is there to be read.
fn a_grader_killed_while_it_reads_leaves_nothing() {
    let mut grader = grader("read", &["sh", "-c", "echo x > $TMPDIR/left"]);
    let path = grader.lines.next().unwrap().unwrap();
    let path = PathBuf::from(path);
    assert!(path.is_dir(), "{}", path.display());
    grader.signal(Signal::KILL);
    grader.child.wait().unwrap();
    grader.nothing_is_left();
    assert!(!path.exists());
}

fn signals_interrupt() {
    // Under `nohup` a hangup is no interrupt; see `nohup_holds`.
    let signals = [Signal::INT, Signal::TERM, Signal::HUP];
    for signal in signals.into_iter().filter(|signal| !is_ignored(*signal)) {
        let mut grader = grader("speak", &["as-launcher", "2", "stubborn"]);
        grader.wait_for("Joined");
        grader.wait_for("Joined");
        grader.signal(signal);
        grader.wait_for("Interrupted");
        assert_eq!(grader.child.wait().unwrap().code(), Some(130));
        assert_eq!(traces(&grader.tag), []);
        grader.nothing_is_left();
    }
}

/// Whether whoever runs the tests has this signal ignored, which every process below inherits.
fn is_ignored(signal: Signal) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return false;
    };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal.as_raw() - 1) & 1 == 1)
}

fn a_second_signal_ends_at_once() {
    let mut grader = grader("dawdle", &["as-launcher", "2", "stubborn"]);
    grader.wait_for("Joined");
    grader.signal(Signal::INT);
    grader.wait_for("Interrupted");
    assert!(traces(&grader.tag).len() > 3);
    grader.signal(Signal::INT);
    assert_eq!(grader.child.wait().unwrap().code(), Some(130));
    grader.nothing_is_left();
}

fn without_a_job_signals_do_what_they_always_do() {
    let mut grader = grader("linger", &["as-launcher", "1", "finish"]);
    grader.wait_for("Idle");
    grader.signal(Signal::INT);
    assert_eq!(
        grader.child.wait().unwrap().signal(),
        Some(Signal::INT.as_raw())
    );
    grader.nothing_is_left();
}

fn nohup_holds() {
    let program = this_program();
    let args = [
        "as-grader",
        "speak",
        program.to_str().unwrap(),
        "as-launcher",
        "1",
        "stubborn",
    ];
    let mut grader = start(&args, "trap '' HUP; exec \"$@\"");
    grader.wait_for("Joined");
    grader.signal(Signal::HUP);
    grader.signal(Signal::TERM);
    grader.wait_for("Interrupted");
    // A second signal would have ended it with 128 and its number.
    assert_eq!(grader.child.wait().unwrap().code(), Some(130));
    grader.nothing_is_left();
}

fn in_the_foreground_streams_are_inherited() {
    let mut child = Command::new(this_program())
        .args([
            "as-foreground",
            "sh",
            "-c",
            "cat; echo $WORKBOOK_CHANNEL >&2; exit 7",
        ])
        .env("WORKBOOK_CHANNEL", "of another job")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"typed").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stdout, b"typed");
    assert_eq!(output.stderr, b"\n");
    assert_eq!(output.status.code(), Some(7));
}

fn in_the_foreground_nothing_is_left() {
    for (signal, code) in [(Signal::INT, Some(130)), (Signal::KILL, None)] {
        let script = "(setsid sleep 100 &) ; trap '' TERM INT HUP; echo ready; sleep 100";
        let mut grader = start(&["as-foreground", "sh", "-c", script], "exec \"$@\"");
        grader.wait_for("ready");
        // Grader, keeper, supervisor, the shell and what it sleeps by, and what has left its session.
        wait_for_traces(&grader.tag, 6);
        grader.signal(signal);
        assert_eq!(grader.child.wait().unwrap().code(), code);
        grader.nothing_is_left();
    }
}
