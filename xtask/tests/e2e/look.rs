//! What a person sees: within 80 columns, in colour on a terminal only, and with what to do next.

use crate::{
    command::statuses,
    course::{Course, course},
    verdicts::scatter_backwards,
};
use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::fd::OwnedFd,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};
use verdict::Status;

/// A terminal of 80 columns: what is shown on it is collected.
pub struct Screen {
    ours: File,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Screen {
    /// A new one, and the end of it that a command gets.
    pub fn new() -> (Self, OwnedFd) {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&ours, size).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let theirs = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        let ours = File::from(ours);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut source, sink) = (ours.try_clone().unwrap(), Arc::clone(&shown));
        let reader = thread::spawn(move || {
            let mut part = [0; 4096];
            // It is an error to read once nobody has the other end any more.
            while let Ok(length @ 1..) = source.read(&mut part) {
                sink.lock().unwrap().extend_from_slice(&part[..length]);
            }
        });
        let screen = Self {
            ours,
            shown,
            reader,
        };
        (screen, theirs.into())
    }

    /// What was shown so far.
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned();
        text.replace("\r\n", "\n")
    }

    pub fn press(&mut self, keys: &str) {
        self.ours.write_all(keys.as_bytes()).unwrap();
    }

    /// All that was shown, once the other end is closed.
    pub fn close(self) -> String {
        while !self.reader.is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
        self.text()
    }
}

fn on_a_terminal(course: &Course, arguments: &str, env: &[(&str, &str)]) -> (Option<i32>, String) {
    let (screen, theirs) = Screen::new();
    let mut command = course.xtask(arguments).env("TERM", "xterm-256color");
    for (name, value) in env {
        command = command.env(name, value);
    }
    let code = command.start_on(Some(theirs), None).wait().code;
    (code, screen.close())
}

/// The text without its colours.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let (_, rest) = part.split_once('m').unwrap();
        all + rest
    })
}

#[track_caller]
fn fits(text: &str) {
    for line in text.lines() {
        assert!(
            line.chars().count() <= 80,
            "{} columns: {line}",
            line.chars().count()
        );
    }
}

/// What differs from call to call, replaced.
fn without_time(text: &str) -> String {
    let timed = |line: &str| match line.rsplit_once(", ") {
        Some((rest, last)) if last.ends_with(" s") => format!("{rest}, … s\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(timed).collect()
}

#[test]
fn a_failure_is_explained_in_80_columns_with_and_without_colour() {
    let course = course();
    scatter_backwards(&course);
    let arguments = "check 05 --seed 4";
    let said = course.xtask(arguments).run();
    assert_eq!(
        (said.code, said.stderr.as_str()),
        (Some(1), ""),
        "{said:#?}"
    );
    fits(&said.stdout);
    for words in [
        "05 Collectives",
        "seed 4",
        "16 of 17 tasks pass, 1 fails.",
        "fails on 2 ranks, passes on 1",
        "exercises/05-collectives/src/lib.rs:",
        "cargo xtask hint 05.scatter",
        "cargo xtask run 05.scatter -n 2 --seed 4",
        "--seed 4",
    ] {
        let there = said.stdout.contains(words);
        assert!(there, "no `{words}` in {}", said.stdout);
    }
    assert!(!said.stdout.contains('\u{1b}'));

    let (code, coloured) = on_a_terminal(&course, arguments, &[]);
    assert_eq!(code, Some(1));
    assert!(coloured.contains("\u{1b}["), "{coloured:?}");
    fits(&plain(&coloured));
    assert_eq!(without_time(&plain(&coloured)), without_time(&said.stdout));

    let (_, uncoloured) = on_a_terminal(&course, arguments, &[("NO_COLOR", "1")]);
    assert_eq!(without_time(&uncoloured), without_time(&said.stdout));
    let (_, dumb) = on_a_terminal(&course, arguments, &[("TERM", "dumb")]);
    assert_eq!(without_time(&dumb), without_time(&said.stdout));
}

#[test]
fn a_program_that_reads_gets_no_colour_even_on_a_terminal() {
    let course = course();
    for format in ["json", "junit"] {
        let arguments = format!("check 05.scan --solution --ranks 1 --format {format}");
        let (code, text) = on_a_terminal(&course, &arguments, &[]);
        assert_eq!(code, Some(0));
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}

#[test]
fn whoever_begins_is_told_what_to_write() {
    let course = course();
    let said = course.xtask("check 05").run();
    assert_eq!(said.code, Some(1));
    fits(&said.stdout);
    for words in [
        "todo",
        "17 are not started",
        "Write `barrier` in",
        "src/lib.rs:",
    ] {
        assert!(
            said.stdout.contains(words),
            "no `{words}` in {}",
            said.stdout
        );
    }
    let done = course.xtask("check 05 --solution").run();
    done.succeeds_with(&["The solution passes."]);
    fits(&done.stdout);
    fits(&course.xtask("list").run().stdout);
}

/// While it works it says at what, to a person who watches; standard output stays what it is.
#[test]
fn progress_is_shown_on_the_terminal_of_standard_error() {
    let course = course();
    scatter_backwards(&course);
    let (screen, theirs) = Screen::new();
    let arguments = "check 05 --ranks 1 --format json";
    let mut running = course
        .xtask(arguments)
        .env("TERM", "xterm")
        .start_on(None, Some(theirs));
    statuses(&running.wait().report(), &[], Status::Passed);
    let text = screen.close();
    assert!(text.contains("building collectives"), "{text:?}");
    let said = course.xtask(arguments).run();
    assert_eq!(said.stderr, "");
    said.report();
}
