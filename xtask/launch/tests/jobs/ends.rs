//! Jobs that go wrong: whatever ranks do, their deaths are told and nothing is left of them.

use crate::Test;
use crate::trace::*;
use launch::{Departure, Event};

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
    #[cfg(target_os = "linux")]
    (
        "memory_that_mpi_shares_goes_with_the_job",
        memory_that_mpi_shares_goes_with_the_job,
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

#[cfg(target_os = "linux")]
fn memory_that_mpi_shares_goes_with_the_job() {
    let tag = tag();
    let [shared, own] = ["mpich_shm_", "table_"].map(|name| format!("/dev/shm/{name}{tag}"));
    let mut job = job(&tag, &["as-launcher", "2", "share", &shared, &own]);
    said(&mut job, 2);
    let exists = |path: &str| std::path::Path::new(path).exists();
    assert!(exists(&shared));
    end_and_count(&mut job, &tag);
    assert!(!exists(&shared));
    // What a program calls its own may be meant to stay.
    assert!(exists(&own));
    std::fs::remove_file(own).unwrap();
}
