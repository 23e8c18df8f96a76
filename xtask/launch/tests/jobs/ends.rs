//! Jobs that go wrong: whatever ranks do, their deaths are told and nothing is left of them.

use crate::Test;
use crate::trace::*;
use launch::{Departure, Event, Job, Spec};
use std::path::Path;

pub(crate) const TESTS: &[Test] = &[
    (
        "a_dying_rank_is_heard_to_the_end",
        a_dying_rank_is_heard_to_the_end,
    ),
    (
        "a_rank_dies_though_its_child_holds_the_socket",
        a_rank_dies_though_its_child_holds_the_socket,
    ),
    ("a_stubborn_rank_is_ended", a_stubborn_rank_is_ended),
    (
        "a_daemon_is_found_during_the_job",
        a_daemon_is_found_during_the_job,
    ),
    (
        "a_daemon_is_found_after_a_normal_end",
        a_daemon_is_found_after_a_normal_end,
    ),
    (
        "processes_that_hop_are_caught",
        processes_that_hop_are_caught,
    ),
    ("dropping_a_job_ends_it", dropping_a_job_ends_it),
    (
        "temporary_files_go_with_the_job",
        temporary_files_go_with_the_job,
    ),
    (
        "segments_of_an_ended_job_are_removed",
        segments_of_an_ended_job_are_removed,
    ),
];

fn gone(event: &Event) -> bool {
    matches!(event, Event::Gone { .. })
}

fn a_dying_rank_is_heard_to_the_end() {
    let tag = tag();
    let mut job = job(&tag, &["as-launcher", "3", "die"]);
    joined(&mut job, 3);
    job.send(1, "die");
    // The others live, and so does the launcher: only the death itself can tell.
    let events = until(&mut job, gone);
    assert_eq!(
        events.last(),
        Some(&Event::Gone {
            rank: 1,
            departure: Departure::Left
        })
    );
    assert_eq!(lines(&events), [(1, "last words")]);
    assert_eq!(printed(&events, Some(1)), "last print");
    assert!(!job.send(1, "are you there?"));
    end_and_count(&mut job, &tag);
}

fn a_rank_dies_though_its_child_holds_the_socket() {
    let tag = tag();
    let mut job = job(&tag, &["as-launcher", "1", "fork"]);
    joined(&mut job, 1);
    job.send(0, "end");
    let mut events = until(&mut job, gone);
    assert_eq!(lines(&events), [(0, "forked")]);
    events = until(&mut job, ended);
    assert_eq!(lines(&events), []);
    end_and_count(&mut job, &tag);
}

fn a_stubborn_rank_is_ended() {
    let tag = tag();
    let mut job = job(&tag, &["as-launcher", "2", "stubborn"]);
    said(&mut job, 2);
    end_and_count(&mut job, &tag);
}

fn a_daemon_is_found_during_the_job() {
    let tag = tag();
    let mut job = job(&tag, &["as-launcher", "2", "daemonise", &tag, "and-stay"]);
    said(&mut job, 2);
    // The launcher, two ranks, two daemons.
    wait_for_traces(&tag, 5);
    end_and_count(&mut job, &tag);
}

fn a_daemon_is_found_after_a_normal_end() {
    let tag = tag();
    let mut job = job(&tag, &["as-launcher", "2", "daemonise", &tag]);
    let events = until(&mut job, ended);
    assert_eq!(lines(&events).len(), 2);
    wait_for_traces(&tag, 2);
    end_and_count(&mut job, &tag);
}

fn processes_that_hop_are_caught() {
    for _ in 0..3 {
        let tag = tag();
        let mut job = job(&tag, &["as-launcher", "1", "hops"]);
        said(&mut job, 1);
        end_and_count(&mut job, &tag);
        // One that slipped through would have a successor by now.
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert_eq!(traces(&tag), []);
    }
}

fn dropping_a_job_ends_it() {
    let tag = tag();
    let mut job = job(&tag, &["as-launcher", "2", "stubborn"]);
    joined(&mut job, 2);
    assert_eq!(traces(&tag).len(), 3);
    drop(job);
    assert_eq!(traces(&tag), []);
}

/// As launchers and ranks leave them, however the job ends.
fn temporary_files_go_with_the_job() {
    for end in ["exit 0", "exit 1", "kill -9 $$", "sleep 600"] {
        let script = format!(
            "mkdir -p $TMPDIR/ompi.7/0; echo x > $TMPDIR/ompi.7/0/x; echo $TMPDIR $HWLOC_XMLFILE.; {end}"
        );
        let spec = Spec {
            program: "sh".into(),
            args: vec!["-c".into(), script.into()],
            ..Spec::default()
        };
        let mut job = Job::start(&spec).unwrap();
        let events = until(&mut job, |event| matches!(event, Event::Printed { .. }));
        let said = printed(&events, None);
        // An empty name: MPICH's launcher leaves no picture of the machine in /tmp then.
        let folder = said.trim_end().strip_suffix(" .").unwrap();
        assert!(folder.contains("/workbook-"), "{said}");
        job.end().unwrap();
        drop(job);
        assert!(!Path::new(folder).exists(), "after {end}");
    }
}

/// As MPICH leaves them when its ranks are killed, or when one of them calls `_exit(0)`.
fn segments_of_an_ended_job_are_removed() {
    let folder = Path::new("/dev/shm");
    if !folder.exists() {
        return;
    }
    for end in ["exit 0", "exit 1", "echo on; sleep 600"] {
        let segment = folder.join(format!("mpich_shm_{}_0", tag()));
        let script = format!("echo x > {}; {end}", segment.display());
        let spec = Spec {
            program: "sh".into(),
            args: vec!["-c".into(), script.into()],
            ..Spec::default()
        };
        let mut job = Job::start(&spec).unwrap();
        until(&mut job, |event| {
            ended(event) || matches!(event, Event::Printed { .. })
        });
        job.end().unwrap();
        assert!(!segment.exists(), "after {end}");
    }
}
