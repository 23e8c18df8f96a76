//! Jobs that end well: what is said arrives, in order and whole, and nothing that is forged does.

use crate::Test;
use crate::trace::*;
use launch::{Departure, Event, Job, Spec};
use std::ffi::OsString;
use std::time::Instant;

pub(crate) const TESTS: &[Test] = &[
    ("a_plain_command_ends", a_plain_command_ends),
    ("a_missing_program_is_named", a_missing_program_is_named),
    (
        "environment_and_folder_arrive",
        environment_and_folder_arrive,
    ),
    (
        "another_program_is_captured_whole",
        another_program_is_captured_whole,
    ),
    (
        "a_program_that_never_ends_is_ended_at_its_limit",
        a_program_that_never_ends_is_ended_at_its_limit,
    ),
    (
        "words_and_prints_come_before_the_end",
        words_and_prints_come_before_the_end,
    ),
    (
        "a_scratch_folder_is_private_and_goes_with_its_files",
        a_scratch_folder_is_private_and_goes_with_its_files,
    ),
    ("many_ranks_talk", many_ranks_talk),
    ("impostors_are_refused", impostors_are_refused),
    ("an_endless_line_is_cut_off", an_endless_line_is_cut_off),
    (
        "a_rank_that_does_not_read_is_cut_off",
        a_rank_that_does_not_read_is_cut_off,
    ),
    ("a_deadline_passes", a_deadline_passes),
    ("two_jobs_at_once", two_jobs_at_once),
];

fn sh(script: &str) -> Spec {
    Spec {
        program: "sh".into(),
        args: ["-c", script].map(OsString::from).into(),
        ..Spec::default()
    }
}

fn a_plain_command_ends() {
    let mut job = Job::start(&sh("echo out; echo err >&2; exit 7")).unwrap();
    let events = until(&mut job, ended);
    assert_eq!(printed(&events, None), "out\nerr\n");
    let Some(Event::LauncherEnded { status }) = events.last() else {
        unreachable!()
    };
    assert_eq!(status.code(), Some(7));
    job.end().unwrap();
    assert_eq!(job.next(None), Event::Over);
    assert_eq!(job.next(Some(Instant::now())), Event::Over);
    job.end().unwrap();
}

fn a_missing_program_is_named() {
    let error = Job::start(&Spec {
        program: "no-such-program".into(),
        ..Spec::default()
    });
    let message = format!("{:#}", error.unwrap_err());
    assert!(
        message.contains("no-such-program") && message.contains("No such file"),
        "{message}"
    );
}

fn environment_and_folder_arrive() {
    let script = r#"printf '%s|' "$NAME" "$(pwd)" "$1" "$2"; cat; test -S "$WORKBOOK_CHANNEL" && test "${WORKBOOK_HOST-$(uname -n)}" = "$(uname -n)""#;
    let mut spec = sh(script);
    spec.env.push(("NAME".into(), "a b\n=c".into()));
    spec.cwd = Some("/usr".into());
    spec.args.extend(["sh", "", "x y"].map(OsString::from));
    let mut job = Job::start(&spec).unwrap();
    let events = until(&mut job, ended);
    assert_eq!(printed(&events, None), "a b\n=c|/usr||x y|");
    let Some(Event::LauncherEnded { status }) = events.last() else {
        unreachable!()
    };
    assert!(status.success());
}

fn another_program_is_captured_whole() {
    // Whoever it leaves behind would hold the pipes open for long.
    let script = "sleep 90 & printf \"$NAME|$HOME|$(pwd)\"; echo no >&2; exit 3";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script]).current_dir("/usr");
    command.env("NAME", "a b").env_remove("HOME");
    let begin = Instant::now();
    let said = launch::captured(&command).unwrap().unwrap();
    assert!(begin.elapsed() < std::time::Duration::from_secs(60));
    assert_eq!(said.status.code(), Some(3));
    assert_eq!(String::from_utf8_lossy(&said.stdout), "a b||/usr");
    assert_eq!(String::from_utf8_lossy(&said.stderr), "no\n");
    // What it says is handed on while it runs: else it would wait forever.
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let mut command = std::process::Command::new("sh");
    command
        .args([
            "-c",
            "echo here >&2; until [ -e \"$0\" ]; do sleep 0.01; done; echo gone >&2",
        ])
        .arg(&go);
    let mut heard = Vec::new();
    let said = launch::captured_while(&command, &mut |bytes| {
        heard.extend_from_slice(bytes);
        std::fs::write(&go, "").unwrap();
    });
    assert!(heard.starts_with(b"here\n"), "{heard:?}");
    assert_eq!(said.unwrap().unwrap().stderr, b"here\ngone\n");
    let missing = launch::captured(&std::process::Command::new("no-such-program"));
    let message = format!("{:#}", missing.unwrap_err());
    assert!(message.contains("no-such-program"), "{message}");
}

fn a_program_that_never_ends_is_ended_at_its_limit() {
    let tag = tag();
    let mut command = std::process::Command::new("sh");
    // Its child would go on, too.
    command.args(["-c", "sleep infinity & wait", &tag]);
    let limit = std::time::Duration::from_millis(20);
    let captured = launch::captured_within(&command, limit).unwrap();
    assert!(
        matches!(captured, launch::Captured::TimeLimit),
        "{captured:?}"
    );
    assert_eq!(traces(&tag), []);
    // One that ends has all the time that a clock can tell.
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "exit 4"]);
    let captured = launch::captured_within(&command, std::time::Duration::MAX).unwrap();
    let launch::Captured::Ended(output) = captured else {
        unreachable!("{captured:?}")
    };
    assert_eq!(output.status.code(), Some(4));
}

fn a_scratch_folder_is_private_and_goes_with_its_files() {
    use std::os::unix::fs::PermissionsExt;
    for make in [launch::Scratch::create, launch::Scratch::on_disk] {
        let scratch = make().unwrap();
        let path = scratch.path().to_owned();
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        std::fs::create_dir_all(path.join("ompi.7/0")).unwrap();
        for file in ["rank-0", "ompi.7/0/0"] {
            std::fs::write(path.join(file), "x").unwrap();
        }
        drop(scratch);
        assert!(!path.exists());
    }
}

fn words_and_prints_come_before_the_end() {
    let tag = tag();
    let mut job = job(&tag, &["as-launcher", "3", "finish"]);
    let events = until(&mut job, ended);
    for rank in 0..3 {
        let at = |wanted: &Event| events.iter().position(|event| event == wanted);
        let line = at(&Event::Line {
            rank,
            line: "finished".into(),
        })
        .unwrap();
        let gone = at(&Event::Gone {
            rank,
            departure: Departure::Left,
        })
        .unwrap();
        assert!(line < gone);
        assert_eq!(printed(&events[..gone], Some(rank)), "printed");
    }
    assert_eq!(printed(&events, None), "past the connection\n".repeat(3));
    job.end().unwrap();
    assert_eq!(traces(&tag), []);
}

fn many_ranks_talk() {
    let tag = tag();
    let ranks = 128;
    let mut job = job(&tag, &["as-launcher", "128", "echo"]);
    joined(&mut job, ranks);
    let mut events = Vec::new();
    for round in ["one", "two"] {
        job.send_all(round);
        events.extend(said(&mut job, ranks));
    }
    job.send_all("end");
    events.extend(until(&mut job, ended));
    for rank in 0..128 {
        let said: Vec<(u32, &str)> = lines(&events)
            .into_iter()
            .filter(|(by, _)| *by == rank)
            .collect();
        assert_eq!(said, [(rank, "one"), (rank, "two")]);
        assert_eq!(printed(&events, Some(rank)), "onetwo");
    }
    assert!(!job.send(0, "anybody there?"));
    job.end().unwrap();
    assert_eq!(traces(&tag), []);
}

fn impostors_are_refused() {
    let mut job = job(&tag(), &["as-launcher", "1", "impostor"]);
    let mut events = said(&mut job, 1);
    job.send(0, "go on");
    events.extend(until(&mut job, ended));
    assert_eq!(lines(&events), [(0, "first"), (0, "second")]);
    let joined = events
        .iter()
        .filter(|event| matches!(event, Event::Joined { .. }));
    assert_eq!(joined.count(), 1);
    let Some(Event::LauncherEnded { status }) = events.last() else {
        unreachable!()
    };
    assert!(status.success(), "an impostor was let in: {events:?}");
}

fn an_endless_line_is_cut_off() {
    let tag = tag();
    let mut job = job(&tag, &["as-launcher", "1", "ramble"]);
    let events = until(&mut job, |event| matches!(event, Event::Gone { .. }));
    assert_eq!(
        events.last(),
        Some(&Event::Gone {
            rank: 0,
            departure: Departure::Overlong
        })
    );
    assert_eq!(lines(&events), []);
    end_and_count(&mut job, &tag);
}

fn a_rank_that_does_not_read_is_cut_off() {
    let tag = tag();
    let mut job = job(&tag, &["as-launcher", "1", "ignore"]);
    joined(&mut job, 1);
    let line = "x".repeat(100_000);
    let sent = (0..100).take_while(|_| job.send(0, &line)).count();
    assert!((10..100).contains(&sent), "{sent}");
    let gone = until(&mut job, |event| matches!(event, Event::Gone { .. }));
    assert_eq!(
        gone,
        [Event::Gone {
            rank: 0,
            departure: Departure::Deaf
        }]
    );
    end_and_count(&mut job, &tag);
}

fn a_deadline_passes() {
    let tag = tag();
    let mut job = job(&tag, &["as-launcher", "2", "echo"]);
    joined(&mut job, 2);
    assert_eq!(job.next(Some(Instant::now())), Event::Deadline);
    end_and_count(&mut job, &tag);
    let rest: Vec<Event> = std::iter::from_fn(|| {
        let event = job.next(None);
        (event != Event::Over).then_some(event)
    })
    .collect();
    assert!(
        rest.contains(&Event::Gone {
            rank: 1,
            departure: Departure::Left
        }),
        "{rest:?}"
    );
}

fn two_jobs_at_once() {
    let tags = [tag(), tag()];
    let [mut one, mut two] = tags
        .each_ref()
        .map(|tag| job(tag, &["as-launcher", "2", "echo"]));
    joined(&mut one, 2);
    joined(&mut two, 2);
    end_and_count(&mut one, &tags[0]);
    two.send_all("still there");
    said(&mut two, 1);
    end_and_count(&mut two, &tags[1]);
}
