//! Checks whose ranks are on several nodes of a cluster: verdicts as on one machine, and nothing left on any
//! node, whatever ends them.

use crate::{
    answer::{Answer, HERE},
    cluster::{Cluster, LOGIN, is_left_out},
    command::{BOUND, Running, failure, statuses, wait_for},
    course::{Course, STUDENT, course},
};
use rustix::process::{Pid, Signal};
use std::{
    fs, thread,
    time::{Duration, Instant},
};
use verdict::{Kind, Status};

/// A rank of the task says in this file that it is there.
fn there(course: &Course) -> String {
    let path = course.path(".workbook/progress-of-a-rank");
    path.to_str().unwrap().to_owned()
}

/// An answer to `barrier` of which rank 0 comes late by so many seconds, once.
fn late(course: &Course, seconds: u32) {
    let _ = fs::remove_file(there(course));
    let body = format!(
        "if world.rank() == 0 && std::fs::metadata({there:?}).is_err() {{
            std::fs::write({there:?}, \"\").unwrap();
            std::thread::sleep(std::time::Duration::from_secs({seconds}));
        }}
        enter();
        world.barrier();
        leave();",
        there = there(course)
    );
    Answer::reference(course)
        .with("barrier", &body)
        .submit(course);
}

fn wait_until_it_is_there(course: &Course, running: &mut Running) {
    wait_for("a rank", 10 * BOUND, || {
        assert!(!running.has_ended(), "it ended: {}", running.stderr());
        fs::metadata(there(course)).is_ok().then_some(())
    });
}

/// Builds what the checks need where no cluster waits for it.
fn build(course: &Course) {
    course.xtask("check 05.scan --ranks 1").run();
}

/// Requires that nothing is left on any node.
fn is_clean(cluster: &Cluster) {
    let mut left = Vec::new();
    let deadline = Instant::now() + BOUND;
    while Instant::now() < deadline {
        left = cluster.left();
        if left.is_empty() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("left on the nodes: {left:#?}");
}

#[test]
fn a_check_uses_all_nodes_and_explains_as_on_one() {
    if is_left_out() {
        return;
    }
    let course = course();
    let answer = Answer::reference(&course).with(
        "barrier",
        "enter();
        if world.rank() == 0 && world.size() > 1 {
            let _ = world.process_at_rank(1).receive_with_tag::<i32>(9); // HERE
        }
        world.barrier();
        leave();",
    );
    answer.submit(&course);
    build(&course);
    let cluster = Cluster::start();
    // On a node of the job, and on the login node, where no rank is.
    for node in [1, LOGIN] {
        let check = |name| course.xtask(&format!("check 05.{name} --ranks 3,5"));
        let report = cluster.command(node, check("scan")).report();
        statuses(&report, &[], Status::Passed);
        let report = cluster.command(node, check("barrier")).report();
        let waits = failure(&report, "barrier");
        assert_eq!(
            (waits.kind, waits.ranks),
            (Kind::Deadlock, Some(3)),
            "{waits:#?}"
        );
        let receiver = waits
            .places
            .iter()
            .find(|place| place.rank == Some(0))
            .unwrap();
        assert_eq!(receiver.line, answer.line("barrier", HERE));
        assert_eq!(receiver.file.as_deref(), Some(STUDENT));
        is_clean(&cluster);
    }
}

#[test]
fn a_network_that_drops_ends_nothing_and_a_node_that_vanishes_is_named() {
    if is_left_out() {
        return;
    }
    let course = course();
    late(&course, 8);
    build(&course);
    let cluster = Cluster::start();
    let check = || course.xtask("check 05.barrier --ranks 5 --time-limit 120 --format json");
    let mut running = cluster.command(1, check()).start();
    wait_until_it_is_there(&course, &mut running);
    cluster.set_network(2, "down");
    thread::sleep(Duration::from_secs(2));
    cluster.set_network(2, "up");
    let report = running.wait().report();
    statuses(&report, &[], Status::Passed);
    running.is_gone();

    late(&course, 100);
    build(&course);
    let mut running = cluster.command(1, check()).start();
    wait_until_it_is_there(&course, &mut running);
    cluster.set_network(2, "down");
    let report = running.wait().report();
    let lost = failure(&report, "barrier");
    assert_eq!(lost.kind, Kind::Crash);
    assert!(lost.message.contains("the node n2"), "{lost:#?}");
    // The node by itself, while nobody reaches it.
    running.is_gone();
    cluster.set_network(2, "up");
    is_clean(&cluster);
}

#[test]
fn whoever_is_killed_nothing_is_left_on_any_node() {
    if is_left_out() {
        return;
    }
    let course = course();
    late(&course, 100);
    build(&course);
    let cluster = Cluster::start();
    let check = || course.xtask("check 05.barrier --ranks 5 --time-limit 120 --format json");

    let mut grader = cluster.command(1, check()).start();
    wait_until_it_is_there(&course, &mut grader);
    grader.signal(Signal::KILL);
    grader.wait();
    grader.is_gone();
    is_clean(&cluster);

    late(&course, 100);
    let mut other = cluster.command(LOGIN, check()).start();
    wait_until_it_is_there(&course, &mut other);
    kill_launcher(&other.processes());
    let report = other.wait().report();
    let ended = failure(&report, "barrier");
    assert!(ended.message.contains("launcher"), "{ended:#?}");
    other.is_gone();
    is_clean(&cluster);
}

fn kill_launcher(processes: &[String]) {
    let launchers = processes
        .iter()
        .filter_map(|process| process.split_once(' '));
    let launchers = launchers.filter(|(_, command)| command.starts_with("srun "));
    let first = launchers
        .filter_map(|(pid, _)| pid.parse::<i32>().ok())
        .min();
    let pid = first
        .and_then(Pid::from_raw)
        .unwrap_or_else(|| panic!("no srun: {processes:#?}"));
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
}

#[test]
fn the_witness_watches_ranks_of_all_nodes() {
    if is_left_out() {
        return;
    }
    let course = course();
    let answer = Answer::reference(&course).with(
        "scatter",
        "if world.rank() == 0 {
            let _ = world.process_at_rank(1).receive_with_tag::<i32>(9);
        }
        world.barrier();
        Vec::new()",
    );
    answer.submit(&course);
    course.xtask("run 05 -n 1").run();
    course.xtask("witness -- true").run();
    let program = newest_program(&course);
    let mut cluster = Cluster::start();
    let (ssh, hosts) = cluster.accept_ssh();
    let by_slurm = course.xtask("witness -- srun --mpi=pmi2 --overlap --overcommit -n 4");
    let by_ssh = course.xtask(&format!(
        "witness -- mpiexec -launcher ssh -launcher-exec {ssh} -f {hosts} -n 4"
    ));
    let environment: serde_json::Value =
        serde_json::from_str(&course.read(".workbook/setup.json")).unwrap();
    let library = environment["mpi"]["library_dir"].as_str().unwrap();
    let by_slurm = by_slurm.env("LD_LIBRARY_PATH", library);
    for command in [
        cluster.command(1, by_slurm.argument(&program)),
        cluster.plain(1, by_ssh.argument(&program)),
    ] {
        let said = command.run();
        assert_eq!(said.code, Some(1), "{said:#?}");
        assert!(said.stderr.contains("wait for each other"), "{said:#?}");
        assert!(said.stderr.contains("on 4 ranks"), "{said:#?}");
    }
    is_clean(&cluster);
}

/// The exercise's own program, as `run` has built it.
fn newest_program(course: &Course) -> String {
    let targets = fs::read_dir(course.path("target")).unwrap().flatten();
    let programs = targets.map(|entry| entry.path().join("debug/collectives"));
    let program = programs
        .filter(|path| path.exists())
        .max_by_key(|path| fs::metadata(path).and_then(|found| found.modified()).ok());
    program.unwrap().to_str().unwrap().to_owned()
}
